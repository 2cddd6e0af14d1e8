"""
A year of a calendar: what three sources say of 300 films, and what of it is to be told.

The sources are a file that people keep, a database that jitters, and a list of what is coming.
Each of their releases has a story: what its source says, from which look on; some of the people's
are in the database, too, which echoes them late and jitters. A story is written with its end in
sight, so that nobody has to work out a wait. What is taken back lasts for half of a wait at most,
which is a tenth of the time to the nearer day, or for one look if it is far off. What lasts does so
for 35 days, longer than any wait, or is said within a week of the day. The first is never told,
the second once.

Looks are six hours apart and counted from 0, days from 0, too: look 9 is the second of day 2.
"""

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from support.build import DAY

BEGIN = datetime(2030, 1, 5, 3, tzinfo=UTC)
A_LOOK = timedelta(hours=6)
A_DAY = 4  # looks
LOOKS = 365 * A_DAY
PEOPLE, DATABASE, COMING = "people", "database", "coming"
LASTING = 35 * A_DAY
FILMS = 300
OWN = 60  # kept by people; the database has the others
ECHOED = 20  # of the people's, in the database, too; they have windows
WINDOW = 45  # days
LISTED = 180  # of the others, in the list of what is coming, too


def moment(look):
    return BEGIN + look * A_LOOK


def iso(day):
    """Return *day* as in a file."""
    return f"{BEGIN.date() + day * DAY}"


def days(some):
    """Return *some* days without any 1 January, which of a database means the year."""
    return [day for day in some if not iso(day).endswith("-01-01")]


@dataclass
class Story:
    """
    What one source says of one release, and what is to be told of it.

    Attributes:
        day: The day that is in force.
        said: (first look, what is said from it on), by look: (when, status), "" for no date; None
            where it is not listed.
        told: What is to be told, in its order: (when, status).
        days: All days that are ever said.
        fragile: Spans of looks in which the source has to be readable for this to be told so.
    """

    source: str
    film: str
    region: str
    day: int
    said: list = field(default_factory=list)
    told: list = field(default_factory=list)
    days: list = field(default_factory=list)
    fragile: list = field(default_factory=list)

    def say(self, look, when, status="scheduled", *, lasts=True):
        """Say from *look* on *when*, a day's number or a date without a day, or that there is none."""
        text = iso(when) if isinstance(when, int) else when
        self.days.append(when if isinstance(when, int) else self.day)
        self.said.append((look, (text, status)))
        if lasts:
            self.told.append((text, status))
            self.day = when if isinstance(when, int) else self.day

    def drop(self, look, *, lasts=True):
        """List the release no more from *look* on."""
        self.said.append((look, None))
        if lasts:
            self.told.append((self.told[-1][0], "withdrawn"))

    def back(self, look):
        """Say from *look* on what was told last."""
        self.said.append((look, self.told[-1]))

    def at(self, look):
        """Return what is said at *look*."""
        return next((said for since, said in reversed(self.said) if since <= look), None)

    @property
    def released(self):
        """The day on which it is to be told that it came out; None if it does not in this year."""
        is_on = self.told and self.told[-1] == (iso(self.day), "scheduled")
        return self.day if is_on and self.day < LOOKS // A_DAY else None


def lead(day, look):
    """Return the days from *look* to the beginning of *day*."""
    return day - (look + 0.5) / A_DAY


class Teller:
    """
    The teller of a story.

    Attributes:
        grain: Looks between two at which most things happen; 1 for all looks.
    """

    def __init__(self, dice, story, look, grain):
        self.dice, self.story, self.grain = dice, story, grain
        story.say(look, story.day)
        self.look = look

    def wait(self, least, most):
        """Go on to a look that many looks away."""
        later = self.dice.randint(max(least, self.grain), max(most, self.grain))
        self.look = (self.look + later) // self.grain * self.grain

    def short(self, *days):
        """Return for how many looks something may be said of *days* that is taken back."""
        wait = min(14, *(lead(day, self.look) / 10 for day in days))
        most = int(wait / 2 * A_DAY / self.grain)
        return self.dice.randint(1, max(1, most)) * self.grain


class Machine(Teller):
    """The story of a release in a database, or in a list of what is coming."""

    def tell(self):
        """Write the story to its end."""
        changes = [
            *(self.jitter, self.jitter, self.blink, self.nudge, self.move, self.glimpse),
            *(self.wander, self.lose_date, self.leave, self.blur, self.cancel),
        ]
        while self.story.told[-1][1] == "scheduled":
            self.wait(LASTING + A_DAY, LASTING + 30 * A_DAY)
            if self.look >= LOOKS - LASTING or lead(self.story.day, self.look) < 40:
                break
            self.dice.choice(changes)()
        self.end()

    def near(self):
        """Return another day that is at most a week off."""
        week = range(-7, 8)
        return self.dice.choice(days(self.story.day + off for off in week if off))

    def far(self):
        """Return another day that is more than a week off, and not soon."""
        earliest = int(lead(self.story.day, self.look)) - 25
        earlier = -self.dice.randint(8, earliest) if earliest > 8 else 8
        later = self.dice.randint(8, 150)
        return self.dice.choice(days(self.story.day + off for off in (earlier, later, later + 1)))

    def jitter(self):
        """Say another day close by for a short time, once or again and again."""
        begun, times = self.look, self.dice.randint(1, 3)
        for _ in range(times):
            day = self.near()
            self.story.say(self.look, day, lasts=False)
            self.look += self.short(day, self.story.day)
            self.story.back(self.look)
            self.look += self.dice.randint(1, 3) * self.grain
        if times > 1:  # who misses that it was taken back sees it last
            self.story.fragile.append((begun, self.look))

    def glimpse(self):
        """Say a day far off at one look, and never again."""
        self.story.say(self.look, self.far(), lasts=False)
        self.story.back(self.look + 1)

    def blink(self):
        """List no release, or no date, for a short time."""
        if self.dice.random() < 0.5:
            self.story.drop(self.look, lasts=False)
        else:
            self.story.say(self.look, "", lasts=False)
        self.story.back(self.look + self.short(self.story.day))

    def nudge(self):
        self.story.say(self.look, self.near())

    def move(self):
        self.story.say(self.look, self.far())

    def wander(self):
        """Move over another day, which does not last."""
        between = self.near()
        self.story.say(self.look, between, lasts=False)
        day = next(day for day in iter(self.near, None) if day != between)
        self.story.say(self.look + self.short(between, day, self.story.day), day)

    def lose_date(self):
        """Have no date, and another one later."""
        self.story.say(self.look, "")
        self.return_()

    def leave(self):
        """List the release no more, and again later."""
        self.story.drop(self.look)
        self.return_()

    def blur(self):
        """Know the month alone, and a day later."""
        self.story.say(self.look, iso(self.story.day)[:7])
        self.return_()

    def return_(self):
        self.wait(LASTING + A_DAY, LASTING + 20 * A_DAY)
        self.story.day = max(self.story.day, self.look // A_DAY + 60)
        if self.look < LOOKS - LASTING:
            self.story.say(self.look, self.far())

    def cancel(self):
        self.story.say(self.look, self.story.day, "cancelled")

    def end(self):
        """Come out, perhaps after a late move; a list then forgets it, a database perhaps."""
        story = self.story
        if story.told[-1] != (iso(story.day), "scheduled"):
            return
        late = story.day * A_DAY - self.dice.randint(9, 22)
        if self.dice.random() < 0.2 and self.look + LASTING < late < LOOKS - LASTING:
            story.fragile.append((late, late + 8))
            story.say(late, self.dice.choice(days(story.day + off for off in (1, 3, 6, 20, 45))))
        if story.source == COMING or self.dice.random() < 0.5:
            opening = story.day * A_DAY
            # A list in another zone forgets it the evening before.
            gone = opening + self.dice.randint(-3, 4)
            gone += self.dice.randrange(60 * A_DAY) if story.source == DATABASE else 0
            story.said.append((gone, None))


class Person(Teller):
    """The story of a release in a file that people keep: each change counts, also one for a day."""

    def tell(self):
        while True:
            self.wait(A_DAY, self.dice.choice([8, 100, 400]))
            if self.look >= LOOKS - LASTING or lead(self.story.day, self.look) < 2:
                break
            self.dice.choice([self.move, self.move, self.move, self.leave, self.unknown])()
        if self.dice.random() < 0.3:
            gone = self.story.day * A_DAY + self.dice.randint(0, 200)
            self.story.said.append((gone, None))
        # What is said while the file cannot be read is told late, or not at all.
        self.story.fragile += [(look, look + 2) for look, _ in self.story.said]

    def soon(self):
        """Return another day that has not come."""
        days = {self.story.day + self.dice.randint(-20, 60) for _ in range(9)} - {self.story.day}
        return max(self.dice.choice(sorted(days)), self.look // A_DAY + 3 + self.dice.randrange(9))

    def only_move(self):
        """Tell a story of moves alone."""
        while lead(self.story.day, self.look) > 60 and self.look < LOOKS - LASTING:
            self.wait(20 * A_DAY, 80 * A_DAY)
            if lead(self.story.day, self.look) > 10 and self.look < LOOKS - LASTING:
                self.move()

    def move(self):
        day = self.soon()
        if day != self.story.day:
            self.story.say(self.look, day)

    def leave(self):
        self.story.drop(self.look)
        self.wait(A_DAY, 100)
        self.story.say(self.look, self.soon())

    def unknown(self):
        when, status = self.dice.choice([("", "scheduled"), (self.story.day, "cancelled")])
        self.story.say(self.look, when, status)
        self.look += self.dice.choice([1, 20, 60, 100])  # somebody sees the mistake soon
        self.story.say(self.look, self.soon())


class Echo(Teller):
    """What a database says of a release that people keep: the same, but late, with jitter."""

    def tell(self, story):
        following = [*(since for since, _ in story.said[1:]), LOOKS]
        for (since, (when, _)), until in zip(story.said, following, strict=True):
            day = (date.fromisoformat(when) - BEGIN.date()).days
            self.look = since + (self.dice.randrange(15 * A_DAY) if since else 0)
            if self.look < until and since:
                self.story.say(self.look, day)
            self.wait(A_DAY, 20 * A_DAY)
            while lead(day, self.look) > 40 and self.look + 3 * A_DAY < until:
                other = self.dice.choice(days(day + off for off in (*range(-7, 0), *range(1, 8))))
                self.story.say(self.look, other, lasts=False)
                self.look += self.short(day, other)
                self.story.say(min(self.look, until - 1), day, lasts=False)
                self.wait(5 * A_DAY, 60 * A_DAY)


@dataclass
class Year:
    """
    What all sources say in a year.

    Attributes:
        stories: By (film, region).
        echoes: Those of the database that echo others.
        titles: By film: (first look, title), by look.
        retitled: By film: the titles that are to be told.
        outages: (source, first look, look after the last) in which a file is cut off.
    """

    stories: dict
    titles: dict
    retitled: dict
    outages: list
    echoes: list = field(default_factory=list)

    @classmethod
    def of(cls, seed, grain):
        """Return the year that *seed* makes; *grain* is as in `Teller`."""
        dice = random.Random(seed)
        year = cls({}, {}, defaultdict(list), [])
        for number in range(FILMS):
            film = f"f{number:03}"
            year.titles[film] = [(0, f"Film {number}")]
            year.begin(dice, PEOPLE if number < OWN else DATABASE, film, "US", grain)
            if number >= FILMS - LISTED:
                year.begin(dice, COMING, film, "DE", grain)
            if number >= OWN:
                year.retitle(dice, film)
        for _ in range(50):
            year.fail(dice)
        return year

    def begin(self, dice, source, film, region, grain):
        """Write the story of a release: known from the beginning, or announced in the year."""
        look = 0 if dice.random() < 0.7 else dice.randrange(grain, LOOKS - LASTING, grain)
        day = dice.choice(days(look // A_DAY + dice.randint(10, 430) for _ in range(5)))
        story = Story(source, film, region, day)
        if look and source != PEOPLE and dice.random() < 0.3:
            story.say(look, day + 30, lasts=False)  # a glimpse, days before it is announced
            story.said.append((look + 1, None))
            look += dice.randint(1, 5) * A_DAY
        teller = (Person if source == PEOPLE else Machine)(dice, story, look, grain)
        self.stories[film, region] = story
        if source == PEOPLE and int(film[1:]) < ECHOED:
            teller.only_move()
            echo = Story(DATABASE, film, region, day)
            Echo(dice, echo, look, grain).tell(story)
            self.echoes.append(echo)
        else:
            teller.tell()
        story.said.sort(key=lambda each: each[0])

    def retitle(self, dice, film):
        """Give a film another title for good, or for a day, far from all of its days."""
        stories = [self.stories[key] for key in self.stories if key[0] == film]
        look = dice.randrange(LASTING, LOOKS - 2 * LASTING)
        is_listed = all(
            said and since == 0 for story in stories for since, said in (story.said[0],)
        ) and all(said for story in stories for at, said in story.said if at < look + LASTING)
        if not is_listed or any(abs(lead(day, look)) < 45 for each in stories for day in each.days):
            return
        old = self.titles[film][0][1]
        self.titles[film].append((look, f"{old}, retitled"))
        if dice.random() < 0.5:
            self.titles[film].append((look + dice.randint(1, 3), old))
        else:
            self.retitled[film].append(f"{old}, retitled")

    def fail(self, dice):
        """Have a file cut off for up to a day and a half, where that spoils no story."""
        source = dice.choice([PEOPLE, DATABASE, COMING])
        first = dice.randrange(A_DAY, LOOKS - LASTING)
        after = first + dice.randint(1, 6)
        fragile = [
            span
            for story in self.stories.values()
            if story.source == source
            for span in story.fragile
        ]
        if not any(since <= after and until >= first for since, until in fragile):
            self.outages.append((source, first, after))

    def is_out(self, source, look):
        return any(who == source and first <= look < after for who, first, after in self.outages)

    def is_echoed(self, story):
        return story.film in {echo.film for echo in self.echoes}

    def title(self, film, look):
        return next(title for since, title in reversed(self.titles[film]) if since <= look)

    def file(self, source, look):
        """Return what the data file of *source* says at *look*."""
        covers = {"covers": "upcoming"} if source == COMING else {}
        films = [
            {
                "id": story.film,
                "title": self.title(story.film, look),
                "source": source,
                "releases": [release(story, *said)],
                "windows": [{"to": "streaming", "days": WINDOW}] if self.is_echoed(story) else [],
            }
            for story in (*self.stories.values(), *self.echoes)
            if story.source == source and (said := story.at(look))
        ]
        about = {"id": source, "title": source.title(), "machine": source != PEOPLE, **covers}
        return {"sources": [about], "films": films}

    @property
    def busy(self):
        """The looks at which something else is said."""
        stories = [*self.stories.values(), *self.echoes]
        said = [look for story in stories for look, _ in story.said]
        said += [look for titles in self.titles.values() for look, _ in titles]
        said += [look for _, *span in self.outages for look in span]
        return {look for look in said if look < LOOKS}


def release(story, when, status):
    given = {"when": when or None} | ({"status": status} if status != "scheduled" else {})
    return {"kind": "theatrical", "region": story.region, **given}
