"""Settling: what a machine says counts once it has lasted; what people say, at once."""

import csv
from bisect import bisect_right
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from releasecal.core.catalogue import Reading, merge
from releasecal.core.changes import ChangeKind
from releasecal.core.days_a_source_lists import Coverage
from releasecal.core.debounce import JITTER, LONGEST_WAIT, ONE_LOOK, WEEK
from releasecal.core.editions import NOTHING
from releasecal.core.models import Certainty, ReleaseKind, Source, Status, Window
from releasecal.core.overrides import Override
from releasecal.core.revise import revise
from releasecal.errors import Place
from support.build import DAY, NOW, POLICY, catalogue, film, opening, publish, release, revision
from support.paths import REPLAYS

MACHINE = Source("tmdb", machine=True)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)

FAR = "2027-12-31"  # 403 days after NOW: LONGEST_WAIT
FARTHER = "2028-01-01"
MIDDLE, NEXT_DAY = "2027-01-31", "2027-02-01"  # 69.6 days after NOW
WAIT = timedelta(days=6, hours=23)  # a tenth of that lead, to the hour


def said(when, status=Status.SCHEDULED, **facts):
    return opening(revision(when, source="tmdb", status=status, **facts))


def told_by_tmdb(*films, source=MACHINE):
    return merge([Reading(tuple(films), (source,))])


class Calendar:
    """Follows one machine source under a made-up clock; keeps all changes but additions."""

    def __init__(self, *films, source=MACHINE, now=NOW):
        self.source, self.edition, self.changes = source, NOTHING, []
        self.look(timedelta(), *films, now=now)

    def look(self, after, *films, now=None):
        """Look again *after* some time: the source has *films*, and always one more."""
        self.now = now or self.now + after
        told = told_by_tmdb(film("other"), *films, source=self.source)
        self.edition, changes = revise(self.edition, told, now=self.now, policy=POLICY)
        found = [change.kind for change in changes if change.kind is not ChangeKind.ADDED]
        self.changes += found
        return found

    def entry(self, id_="film"):
        (entry,) = (e for key, e in self.edition.entries.items() if key.film == id_)
        return entry

    @property
    def shown(self):
        return str(self.entry().current.when)

    @property
    def due(self):
        (pending,) = self.edition.pending.values()
        return pending.due


# ── by time ──────────────────────────────────────────────────────────────────────────


def test_a_change_counts_at_a_look_after_its_wait():
    """Another day is published when it has been said for a tenth of the lead."""
    calendar = Calendar(said(MIDDLE))

    assert calendar.look(DAY, said(NEXT_DAY)) == []
    assert calendar.shown == MIDDLE
    assert calendar.look(WAIT - DAY, said(NEXT_DAY)) == []
    assert calendar.look(DAY, said(NEXT_DAY)) == [ChangeKind.DELAYED]
    assert (calendar.shown, calendar.edition.pending) == (NEXT_DAY, {})


@pytest.mark.parametrize("every", [10 * MINUTE, HOUR, 6 * HOUR])
def test_more_looks_shorten_no_wait(every):
    """The same wait passes with a thousand looks and with one."""
    calendar = Calendar(said(MIDDLE))
    calendar.look(every, said(NEXT_DAY))
    due = calendar.due

    while calendar.now + every < due:
        assert calendar.look(every, said(NEXT_DAY)) == []
    assert calendar.due == due
    assert calendar.look(every, said(NEXT_DAY)) == [ChangeKind.DELAYED]


@pytest.mark.parametrize(
    ("before", "after", "wait"),
    [
        (FAR, FARTHER, LONGEST_WAIT),
        (MIDDLE, NEXT_DAY, (datetime(2027, 1, 31, tzinfo=UTC) - NOW) / 10),
        (NEXT_DAY, MIDDLE, (datetime(2027, 1, 31, tzinfo=UTC) - NOW) / 10),
        ("2026-12-02", "2026-12-03", (datetime(2026, 12, 2, tzinfo=UTC) - NOW) / 10),
        # Within a week, and when the week is reached, one look is enough.
        ("2026-11-29", "2026-11-30", ONE_LOOK),
        ("2026-11-30", "2026-12-01", datetime(2026, 11, 30, tzinfo=UTC) - WEEK - NOW),
        ("2026-11-20", "2026-11-21", ONE_LOOK),
        # Of what is long past, nobody needs to know at once either.
        ("2020-11-20", "2020-11-21", LONGEST_WAIT),
        # A coarse date may be its last day.
        ("2027", "2027-01-31", (datetime(2027, 1, 31, tzinfo=UTC) - NOW) / 10),
        ("2027-01-31", "2027", (datetime(2027, 1, 31, tzinfo=UTC) - NOW) / 10),
        ("", "2027-01-31", (datetime(2027, 1, 31, tzinfo=UTC) - NOW) / 10),
    ],
)
def test_the_wait_is_a_tenth_of_the_lead(before, after, wait):
    """At most 14 days; the lead is the time to the nearer of the two dates."""
    calendar = Calendar(said(before))
    calendar.look(timedelta(seconds=1), said(after))

    assert abs(calendar.due - NOW - wait) < MINUTE


def test_two_processes_that_look_at_once_are_one_look():
    """In the last week a second look has to be later, not only another one."""
    calendar = Calendar(said("2026-11-25"))
    calendar.look(HOUR, said("2026-11-26"))

    assert calendar.look(MINUTE, said("2026-11-26")) == []
    assert calendar.look(ONE_LOOK, said("2026-11-26")) == [ChangeKind.DELAYED]


def test_a_change_taken_back_within_its_wait_leaves_no_trace():
    """A day that reverts is not announced, however often it flickers."""
    calendar = Calendar(said(MIDDLE))
    for number in range(20):
        calendar.look(DAY, said(MIDDLE if number % 2 else NEXT_DAY))

    assert calendar.changes == []
    assert calendar.edition.pending == {}


def test_another_statement_begins_its_wait_anew():
    """A third day has to last as long as the second one would have had to."""
    calendar = Calendar(said(MIDDLE))
    calendar.look(DAY, said(NEXT_DAY))
    calendar.look(WAIT, said("2027-02-02"))

    assert calendar.changes == []
    assert calendar.look(WAIT, said("2027-02-02")) == [ChangeKind.DELAYED]


def test_a_large_move_takes_one_confirming_look():
    """More than a week is too far for jitter, but one look may be a slip."""
    beyond = (date.fromisoformat(FAR) + JITTER + DAY).isoformat()
    calendar = Calendar(said(FAR))

    assert calendar.look(DAY, said(beyond)) == []
    assert calendar.look(ONE_LOOK, said(beyond)) == [ChangeKind.DELAYED]


def test_a_large_move_within_a_week_of_the_day_counts_at_once():
    """A film that was to open in three days and does not has to be known."""
    calendar = Calendar(said("2026-11-25"))

    assert calendar.look(DAY, said("2027-03-05")) == [ChangeKind.DELAYED]


@pytest.mark.parametrize("how", [said(""), None])
@pytest.mark.parametrize("near", ["2026-11-27", "2026-12-05", "2027-01-31"])
def test_a_loss_waits_twice_as_long_and_a_day_at_least(how, near):
    """A date or a release is missed for longer before it is gone."""
    lead = datetime.combine(date.fromisoformat(near), time(), UTC) - NOW
    usual = max(ONE_LOOK, min(lead / 10, lead - WEEK))
    calendar = Calendar(said(near))
    calendar.look(timedelta(seconds=1), *filter(None, [how]))

    assert abs(calendar.due - NOW - max(DAY, 2 * usual)) < MINUTE
    assert calendar.look(max(DAY, 2 * usual) - HOUR, *filter(None, [how])) == []
    (kind,) = calendar.look(HOUR, *filter(None, [how]))
    assert kind is (ChangeKind.UNDATED if how else ChangeKind.WITHDRAWN)


@pytest.mark.parametrize(
    ("after", "kind"),
    [
        (said(MIDDLE, Status.CANCELLED), ChangeKind.CANCELLED),
        (said("2027"), ChangeKind.BLURRED),
    ],
)
def test_a_status_or_a_coarser_date_waits_as_a_date_does(after, kind):
    """A cancellation is said, and so no loss by silence; nor is a year."""
    calendar = Calendar(said(MIDDLE))
    calendar.look(HOUR, after)

    assert calendar.look(WAIT - HOUR, after) == []
    assert calendar.look(HOUR, after) == [kind]


# ── titles and new releases ──────────────────────────────────────────────────────────


@pytest.mark.parametrize("coarse", ["2027-H1", "2027-early", "2027-01/2027-02", "2027-02~"])
def test_a_coarse_date_by_a_machine_waits_like_a_day(coarse):
    """A part, a range or what is about the day replaces it once it has lasted."""
    calendar = Calendar(said(MIDDLE))

    assert calendar.look(DAY, said(coarse)) == []
    assert calendar.shown == MIDDLE
    assert calendar.look(LONGEST_WAIT, said(coarse)) == [ChangeKind.BLURRED]
    assert calendar.look(DAY, said(MIDDLE)) == []
    assert calendar.look(LONGEST_WAIT, said(MIDDLE)) == [ChangeKind.REFINED]


def test_a_title_waits_as_a_date_does():
    """Another title counts when it has lasted for a tenth of the lead."""
    calendar = Calendar(replace(said(MIDDLE), source="tmdb", title="Old"))
    new = replace(said(MIDDLE), source="tmdb", title="New")

    assert calendar.look(HOUR, new) == []
    assert calendar.entry().facts.title == "Old"
    assert calendar.edition.films["film"].title == "Old"
    assert calendar.look(WAIT, new) == [ChangeKind.RETITLED]
    assert calendar.entry().facts.title == "New"


def test_a_title_by_people_counts_at_once():
    """A film whose title a person gives is called so from the next look on."""
    calendar = Calendar(replace(said(MIDDLE), source="tmdb", title="Old"))

    assert calendar.look(HOUR, replace(said(MIDDLE), title="New")) == [ChangeKind.RETITLED]


def test_a_title_by_an_override_comes_and_goes_at_once():
    """A correction and its end are a person's word, though the film is a machine's."""
    told = replace(said(MIDDLE), source="tmdb", title="Old")
    anna = Source("override:anna")
    by_anna = Override("film", "Anna", "Knows", anna, Place("overrides.yaml"), title="New")
    up, found = NOTHING, []
    for number, overrides in enumerate([(), (by_anna,), ()]):
        reading = Reading((told,), (MACHINE,), overrides=overrides)
        up, changes = revise(up, merge([reading]), now=NOW + number * HOUR, policy=POLICY)
        found += [change.kind for change in changes if change.kind is not ChangeKind.ADDED]

    assert found == [ChangeKind.RETITLED] * 2


def test_a_new_release_takes_one_confirming_look():
    """What a known machine tells of for the first time may be a slip."""
    calendar = Calendar(said(MIDDLE))
    new = opening(revision(FAR, source="tmdb"), id_="new")

    calendar.look(DAY, said(MIDDLE), new)
    assert {key.film for key in calendar.edition.entries} == {"film"}
    calendar.look(ONE_LOOK, said(MIDDLE), new)
    assert {key.film for key in calendar.edition.entries} == {"film", "new"}


def test_a_new_release_taken_back_leaves_no_trace():
    """Somebody has entered a film and has taken it out before the next look."""
    calendar = Calendar(said(MIDDLE))
    calendar.look(DAY, said(MIDDLE), opening(revision(FAR, source="tmdb"), id_="new"))
    calendar.look(DAY, said(MIDDLE))

    assert {key.film for key in calendar.edition.entries} == {"film"}
    assert calendar.edition.pending == {}


def test_a_new_release_within_a_week_counts_at_once():
    """A film that opens in three days cannot wait."""
    calendar = Calendar(said(MIDDLE))
    calendar.look(DAY, said(MIDDLE), opening(revision("2026-11-26", source="tmdb"), id_="new"))

    assert {key.film for key in calendar.edition.entries} == {"film", "new"}


def test_a_source_met_for_the_first_time_counts_at_once():
    """Nothing of a new source can be compared; its first look fills the calendar."""
    edition = publish(opening(FAR, id_="own"))
    told = merge([Reading((opening(FAR, id_="own"), said(FAR)), (MACHINE,))])

    _, changes = revise(edition, told, now=NOW + DAY, policy=POLICY)

    assert [change.kind for change in changes] == [ChangeKind.ADDED]


def test_a_withdrawn_release_comes_back_after_one_confirming_look():
    """A film that is listed again is a new release to those who saw it go."""
    calendar = Calendar(said(MIDDLE))
    for _ in range(2):
        calendar.look(2 * WAIT)
    assert calendar.changes == [ChangeKind.WITHDRAWN]

    assert calendar.look(HOUR, said(MIDDLE)) == []
    assert calendar.look(HOUR, said(MIDDLE)) == [ChangeKind.RESTORED]


# ── people, windows, slots ───────────────────────────────────────────────────────────


def test_changes_by_people_count_at_once():
    """A file kept by hand says it once."""
    first = publish(opening(MIDDLE))

    _, found = revise(first, catalogue(opening(NEXT_DAY)), now=NOW + DAY, policy=POLICY)

    assert [change.kind for change in found] == [ChangeKind.DELAYED]


def test_a_derived_date_waits_with_its_opening():
    """A streaming date does not run ahead of the opening it is counted from."""
    window = Window(ReleaseKind.STREAMING, days=45)

    def told(when):
        return film("film", release("film", revision(when, source="tmdb")), windows=(window,))

    calendar = Calendar(told(MIDDLE))
    assert calendar.look(HOUR, told(NEXT_DAY)) == []
    days = {str(entry.current.when) for entry in calendar.edition.entries.values()}
    assert days == {MIDDLE, "2027-03-17"}
    assert calendar.look(WAIT, told(NEXT_DAY)) == [ChangeKind.DELAYED] * 2


def test_an_announced_date_replaces_a_derived_one_once_it_has_lasted():
    """Until the announced streaming date has lasted, the derived one stays."""
    window = Window(ReleaseKind.STREAMING, days=45)

    def told(*days):
        streaming = [
            release("film", revision(day, source="tmdb"), kind=ReleaseKind.STREAMING)
            for day in days
        ]
        return film("film", release("film", MIDDLE), *streaming, windows=(window,))

    calendar = Calendar(told(), source=MACHINE)
    assert calendar.look(HOUR, told("2027-03-19")) == []
    assert calendar.look(LONGEST_WAIT, told("2027-03-19")) == [ChangeKind.CONFIRMED]


def test_a_pending_change_may_mention_a_film_that_is_gone():
    """A film whose date was taken keeps its title in the words of one that is pending."""

    def told(day, *others, slot=""):
        return film("film", release("film", revision(day, source="tmdb", slot_from=slot))), *others

    rival = film("rival", title="The Rival")
    calendar = Calendar(*told(MIDDLE, rival, slot="rival"))

    assert calendar.look(DAY, *told(NEXT_DAY)) == []
    assert calendar.shown == MIDDLE
    assert calendar.entry().facts.titles == (("rival", "The Rival"),)


# ── silence ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("source", ["tmdb", ""])
def test_silence_withdraws_nothing_that_came_out(source):
    """A confirmed day that has passed stays, whether a machine or a person lists it no more."""
    calendar = Calendar(opening(revision("2026-11-24", source=source)))
    for _ in range(60):
        assert calendar.look(DAY, *([said("2026-11-24")] * (calendar.now < NOW + DAY))) == []

    assert calendar.entry().current.status is Status.SCHEDULED
    assert calendar.edition.pending == {}
    assert calendar.edition.films["film"].told_by == ()


def test_a_day_that_comes_ends_a_pending_loss():
    """A list in another time zone drops a film the evening before: it comes out all the same."""
    calendar = Calendar(said("2026-11-24"))
    calendar.look(timedelta(hours=27))  # 12:30 on the 23rd
    assert calendar.due == datetime(2026, 11, 24, tzinfo=UTC)
    for _ in range(100):
        calendar.look(HOUR)

    assert calendar.changes == []
    assert calendar.edition.pending == {}


def test_a_cancelled_release_is_withdrawn_after_a_wait():
    """A cancelled day that has passed is nothing that came out, and no reason to hurry."""
    calendar = Calendar(said("2026-11-18", Status.CANCELLED))

    assert calendar.look(HOUR) == []
    assert calendar.look(2 * DAY) == [ChangeKind.WITHDRAWN]


def test_a_tentative_release_is_withdrawn_by_silence():
    """A tentative day that has passed is nothing that came out."""
    calendar = Calendar(said("2026-11-24", certainty=Certainty.TENTATIVE))
    calendar.look(4 * DAY)

    assert calendar.look(2 * DAY) == [ChangeKind.WITHDRAWN]


def test_a_rolling_window_withdraws_nothing():
    """A source that lists the next 30 days, and marks that, is right about every film."""
    days = [NOW.date() + number * 5 * DAY for number in range(24)]

    def listed(now):
        return [
            opening(revision(str(day), source="tmdb"), id_=f"f{day:%m%d}")
            for day in days
            if now.date() <= day <= now.date() + 30 * DAY
        ]

    source = replace(MACHINE, covers=Coverage(upcoming=True))
    calendar = Calendar(*listed(NOW), source=source)
    for _ in range(60 * 4):
        assert calendar.look(6 * HOUR, *listed(calendar.now + 6 * HOUR)) == []


@pytest.mark.parametrize(
    ("covers", "when", "is_gone"),
    [
        ("upcoming", "2027-03-05", True),
        ("upcoming", "2027", True),
        ("upcoming", "2026-10", False),
        ("upcoming", "", False),
        ("2027/..", "2027-03-05", True),
        ("2027/..", "2026-12-18", False),
        ("../2026", "2026-12-18", True),
        ("../2026", "2027-03-05", False),
        ("2026-12-01/2026-12-31", "2026-12-31", True),
        ("2026-12-01/2026-12-31", "2027-01-01", False),
    ],
)
@pytest.mark.parametrize("is_machine", [True, False])
def test_silence_counts_inside_of_what_a_source_covers(covers, when, is_gone, is_machine):
    """What it does not list anyway is not missed, for however long."""
    source = replace(MACHINE, machine=is_machine, covers=Coverage.parse(covers))
    calendar = Calendar(said(when), source=source)
    for _ in range(4):
        calendar.look(10 * DAY)

    assert calendar.changes == [ChangeKind.WITHDRAWN] * is_gone


@pytest.mark.parametrize("text", ["", "coming", "2027", "../..", "2027/2026", "2027-13/.."])
def test_coverage_is_upcoming_or_an_interval(text):
    """Anything else is refused."""
    with pytest.raises(ValueError, match=r"\S"):
        Coverage.parse(text)


# ── what is pending shows ────────────────────────────────────────────────────────────


def test_an_event_is_being_checked_while_a_change_is_pending_in_its_last_week():
    """It is tentative from the look that brings the change to the one that settles it."""
    calendar = Calendar(said("2026-11-25"))
    revised = calendar.entry().revised
    assert not calendar.entry().facts.is_being_checked

    calendar.look(HOUR, said("2026-11-26"))
    assert calendar.entry().facts.is_being_checked
    assert calendar.entry().revised > revised
    calendar.look(HOUR, said("2026-11-25"))
    assert not calendar.entry().facts.is_being_checked
    assert calendar.entry().sequence == 2


def test_an_event_is_firm_while_its_day_is_far():
    """Months before, a change that is being checked leaves the event as it is."""
    calendar = Calendar(said(FAR))
    calendar.look(HOUR, said(FARTHER))

    assert calendar.entry().facts.pending
    assert not calendar.entry().facts.is_being_checked


# ── a real history ───────────────────────────────────────────────────────────────────


def history():
    """Return [(moment, the day of each film then)], as a public database told it in 2026."""
    looks = defaultdict(list)
    with (REPLAYS / "uk_2026.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            looks[row["observed"]].append((row["film"], date.fromisoformat(row["opens"])))
    states, state = [], {}
    for moment in sorted(looks):
        state = {**state, **dict(looks[moment])}
        states.append((datetime.fromisoformat(moment), state))
    return states


def replayed(every):
    """
    Return what was published from looks *every* so often: (moment, film, old day, new day).

    Where the state is the same and nothing is due, there is no look: it would come to nothing,
    as `test_looking_more_often_hastens_nothing` shows, and as a server's 304 does.
    """
    states = history()
    moments = [moment for moment, _ in states]
    now, end = moments[0], moments[-1] + 2 * DAY
    edition, published, told = NOTHING, [], None
    while now <= end:
        state = states[bisect_right(moments, now) - 1][1]
        if state is not told or any(each.due <= now for each in edition.pending.values()):
            told = state
            edition, changes = revise(edition, _uk(state), now=now, policy=POLICY)
            published += [
                (now, change.key.film, change.old and change.old.when.first, change.new.when.first)
                for change in changes
            ]
        now += every
    return published


def moves(every):
    """Return the moves (film, old day, new day) published from looks *every* so often, sorted."""
    return sorted((id_, old, new) for _, id_, old, new in replayed(every) if old and old != new)


def _uk(state):
    return told_by_tmdb(
        *(
            film(f"f{id_}", release(f"f{id_}", revision(str(day), source="tmdb"), region="GB"))
            for id_, day in state.items()
        )
    )


def test_a_real_history_shows_what_lasted_and_no_flicker():
    """Of 36 moves in ten weeks 25 are published, of three there-and-backs none."""
    found = moves(timedelta(minutes=15))

    assert len(found) == 25
    assert [move for move in found if (move[0], move[2], move[1]) in found] == []
    assert "f755679" not in {id_ for id_, _, _ in found}  # 16, 17, 16 March 2028


def test_no_more_films_open_on_a_wrong_day():
    """Four opened on a day other than their last one when a second look was enough."""
    last = {f"f{id_}": day for id_, day in history()[-1][1].items()}
    calendar: dict[str, date] = {}
    wrong = set()
    published = [(moment.date(), id_, day) for moment, id_, _, day in replayed(15 * MINUTE)]
    for number in range((history()[-1][0] - history()[0][0]).days + 1):
        today = history()[0][0].date() + number * DAY
        calendar |= {id_: day for since, id_, day in published if since == today}
        wrong |= {id_ for id_, day in calendar.items() if day == today != last[id_]}

    assert len(wrong) <= 4


@pytest.mark.parametrize("every", [15 * MINUTE, HOUR, 6 * HOUR])
def test_a_real_history_comes_to_the_same_however_often_one_looks(every):
    """Every 15 minutes and every 6 hours, the same moves are published in the end."""
    assert moves(every) == moves(30 * MINUTE)


# ── conflicts ────────────────────────────────────────────────────────────────────────


def beside(own, other):
    """Return what people (*own*) and a machine (*other*) say of one release."""
    people = opening(revision(own, source="people"))
    sources = Source("people"), MACHINE
    return merge([Reading((people,), sources), Reading((said(other),), (MACHINE,))])


def test_a_machine_that_has_not_heard_of_a_change_contradicts_nobody():
    """People move a date, a database says the former one for a while: sources do not differ."""
    edition, now, kinds = NOTHING, NOW, []
    for own, other in [(FAR, FAR), (NEXT_DAY, FAR), (NEXT_DAY, FAR), (NEXT_DAY, NEXT_DAY)]:
        edition, changes = revise(edition, beside(own, other), now=now, policy=POLICY)
        kinds += [change.kind for change in changes]
        assert edition.pending == {}
        now += 20 * DAY

    assert kinds == [ChangeKind.ADDED, ChangeKind.BROUGHT_FORWARD]


def test_a_machine_that_says_what_nobody_said_before_contradicts():
    """Another date than all that people have said is a conflict, once it has lasted."""
    edition, now, kinds = NOTHING, NOW, []
    for own, other in [(FAR, FAR), (NEXT_DAY, FAR), (NEXT_DAY, MIDDLE), (NEXT_DAY, MIDDLE)]:
        edition, changes = revise(edition, beside(own, other), now=now, policy=POLICY)
        kinds += [change.kind for change in changes]
        now += 20 * DAY

    assert kinds == [ChangeKind.ADDED, ChangeKind.BROUGHT_FORWARD, ChangeKind.CONFLICT]
