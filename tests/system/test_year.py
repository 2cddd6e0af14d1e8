"""
A year in the life of a calendar of 300 films by three sources, under a made-up clock.

A file kept by hand has a fifth of the films. A database has all of them, and jitters: days that
are a few days off for less than their wait, films that are gone for a day. A list of what is
coming drops each film after its day. What is told is compared with what really happened, which
this test made up before anybody looked.

``RELEASECAL_TEST_YEARS=50 pytest tests/system/test_year.py`` lives more years than one.
"""

import json
import os
import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from releasecal.core.changes import ChangeKind
from releasecal.core.dates import PartialDate
from releasecal.core.models import Status
from releasecal.queries.site import SiteSettings
from releasecal.refresh.publisher import Publisher
from releasecal.store import Store, read
from support.clock import Clock

pytestmark = pytest.mark.system

YEARS = int(os.environ.get("RELEASECAL_TEST_YEARS", "1"))
FILMS = 300
BEGIN = date(2030, 1, 1)
A_DAY = timedelta(days=1)
LOOKS = (time(9), time(15))
SITE = SiteSettings(public_url="https://films.example")
ASIDE = {
    *(ChangeKind.RELEASED, ChangeKind.CONFLICT, ChangeKind.SLOT_TAKEN, ChangeKind.SLOT_LOST),
    ChangeKind.RETITLED,
}


@dataclass
class Story:
    """
    What really happened to a film.

    Attributes:
        dates: (day since when, date) of all that lasted, oldest first.
        jitter: By day: what the database says on it instead; None for nothing at all.
        known: Day from which any source has it.
    """

    id: str
    is_by_hand: bool
    known: date
    dates: list[tuple[date, str]] = field(default_factory=list)
    jitter: dict[date, str | None] = field(default_factory=dict)

    def on(self, day: date) -> str:
        """Return the date in force on *day*, in which the film is known."""
        return [when for since, when in self.dates if since <= day][-1]

    @property
    def opening(self) -> date:
        """The day on which it opens in the end."""
        return date.fromisoformat(self.dates[-1][1])


def story(number: int, chance: random.Random) -> Story:
    """Make up a film that opens within some 500 days, moves now and then, and is jittered about."""
    known = BEGIN if number < FILMS * 0.85 else BEGIN + chance.randrange(30, 250) * A_DAY
    told = Story(f"film-{number}", is_by_hand=number % 5 == 0, known=known)
    opening = known + chance.randrange(20, 500) * A_DAY
    told.dates.append((known, str(opening)))
    since = known + chance.randrange(10, 60) * A_DAY
    if chance.random() < 0.15:  # a month first, then a day of it
        told.dates[0] = (known, f"{opening:%Y-%m}")
        told.dates.append((since, str(opening)))
    while chance.random() < 0.5:
        # It lasts for longer than any wait, and is told in good time before either day.
        since += chance.randrange(45, 120) * A_DAY
        moved = opening + chance.choice([-14, -7, -3, 2, 5, 7, 14, 28, 91]) * A_DAY
        if min(opening, moved) < since + 40 * A_DAY or moved == opening:
            break
        opening = moved
        told.dates.append((since, str(opening)))
    for _ in range(chance.choice([0, 0, 1, 2])):
        jitter(told, chance)
    return told


def jitter(told: Story, chance: random.Random) -> None:
    """Have the database be wrong about a film for less than its wait, far from all that is true."""
    day = told.known + chance.randrange(15, 350) * A_DAY
    changes = [since for since, _ in told.dates]
    if any(abs((since - day).days) < 40 for since in changes[1:]) or day in told.jitter:
        return
    true = told.on(day)
    if len(true) < 10 or date.fromisoformat(true) < day + 60 * A_DAY:
        return
    lead = (date.fromisoformat(true) - day).days - 7
    wrong = str(date.fromisoformat(true) + chance.choice([-6, -4, 4, 6]) * A_DAY)
    if chance.random() < 0.3:
        told.jitter[day] = None
        return
    for later in range(chance.randrange(1, min(14, lead // 10))):
        told.jitter[day + later * A_DAY] = wrong


def document(source: dict[str, object], dates: dict[str, str]) -> str:
    """Return a data file of *source* with the *dates* of films by id."""
    films = [
        {
            "id": id_,
            "title": id_.replace("-", " ").title(),
            "source": source["id"],
            "releases": [{"kind": "theatrical", "region": "US", "when": when}],
        }
        for id_, when in dates.items()
    ]
    return json.dumps({"sources": [source], "films": films})


HAND = {"id": "hand", "title": "Kept by hand"}
DATABASE = {"id": "database", "title": "A database", "machine": True}
COMING = {"id": "coming", "title": "What is coming", "machine": True, "covers": "upcoming"}


def said(stories: list[Story], day: date) -> dict[str, str]:
    """Return what each of the three files says on *day*, by the file's name."""
    known = [told for told in stories if told.known <= day]
    by_hand = {told.id: told.on(day) for told in known if told.is_by_hand}
    jittered = {told.id: told.jitter.get(day, told.on(day)) for told in known}
    database = {id_: when for id_, when in jittered.items() if when}
    # It follows what the others say by three days, and lists nothing that has opened.
    late = day - 3 * A_DAY
    coming = {
        told.id: told.on(late)
        for told in stories
        if told.known <= late and PartialDate.parse(told.on(late)).after > day
    }
    return {
        "1-hand.json": document(HAND, by_hand),
        "2-database.json": document(DATABASE, database),
        "3-coming.json": document(COMING, coming),
    }


class Life:
    """A publisher that lives through a year, and keeps all that it told."""

    def __init__(self, folder, stories: list[Story]) -> None:
        self.folder, self.stories, self.clock = folder, stories, Clock()
        self.store = Store.open(f"sqlite:///{folder / 'releasecal.db'}")
        files = [str(folder / name) for name in said(stories, BEGIN)]
        self.publisher = Publisher(self.store, files, SITE, self.clock)
        self.publisher.ticks = self.clock.ticks
        self.changes = []

    def look(self, moment: datetime) -> None:
        """Refresh at *moment*; the loss guard would raise here."""
        self.clock.now = moment
        self.changes += self.publisher.refresh().changes

    def live(self, days: int) -> None:
        before: dict[str, str] = {}
        for day in (BEGIN + number * A_DAY for number in range(days)):
            for name, text in said(self.stories, day).items():
                if text != before.get(name):
                    path = self.folder / name
                    path.write_text(text)
                    stamp = datetime.combine(day, time(3), UTC).timestamp()
                    os.utime(path, (stamp, stamp))
                    before[name] = text
            for look in LOOKS:
                self.look(datetime.combine(day, look, UTC))


DAYS = 365


@pytest.fixture
def folders(tmp_path_factory):
    return tmp_path_factory


@settings(
    max_examples=YEARS,
    deadline=None,
    phases=[Phase.generate],  # a smaller seed is no smaller story
    derandomize=YEARS == 1,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 2**32))
def test_a_year_tells_what_lasted_once_and_nothing_else(folders, seed):
    """
    Nothing is withdrawn that came out, told twice, or told and taken back within its wait.

    Every lasting change is told once, and the loss guard lets every honest edition through.
    """
    chance = random.Random(seed)
    stories = [story(number, chance) for number in range(FILMS)]
    life = Life(folders.mktemp("year"), stories)
    life.live(DAYS)
    last = BEGIN + (DAYS - 1) * A_DAY

    told, released = defaultdict(list), defaultdict(list)
    for change in life.changes:
        assert not change.new.status.is_over, change
        if change.kind is ChangeKind.RELEASED:
            released[change.key.film].append(str(change.new.when))
        elif change.kind not in ASIDE:
            told[change.key.film].append(str(change.new.when))
    for film in stories:
        due = [when for since, when in film.dates if since <= last - 15 * A_DAY]
        late = [when for since, when in film.dates if last - 15 * A_DAY < since <= last]
        assert told[film.id][: len(due)] == due, film
        assert set(told[film.id][len(due) :]) <= set(late), film
        out = [str(film.opening)] if film.opening <= last and due == film_dates(film) else []
        assert released[film.id] == out, film
    entries = life.store.ask(read.edition).entries.values()
    assert all(entry.current.status is Status.SCHEDULED for entry in entries)
    assert len(entries) == len([film for film in stories if film.known <= last])
    life.store.close()


def film_dates(film: Story) -> list[str]:
    """Return all dates of *film* that lasted."""
    return [when for _, when in film.dates]


def test_the_stories_have_moves_and_jitter():
    """The year is none of peace: it has what the calendar has to tell, and what it must not."""
    chance = random.Random(1)
    stories = [story(number, chance) for number in range(FILMS)]
    assert sum(len(told.dates) > 1 for told in stories) > 100
    assert sum(len(told.jitter) > 0 for told in stories) > 60
    assert sum(None in told.jitter.values() for told in stories) > 10
    assert sum(told.opening < BEGIN + 365 * A_DAY for told in stories) > 100
