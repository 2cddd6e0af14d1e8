"""Dates after the day: corrections, repeats that a person confirms, and sources that take over."""

from datetime import date, timedelta
from functools import partial

import pytest

from releasecal.core.as_of import entries_as_of
from releasecal.core.catalogue import Reading, merge
from releasecal.core.changes import history_in_words
from releasecal.core.debounce import NEVER, repeats
from releasecal.core.editions import NOTHING
from releasecal.core.models import Certainty, ReleaseKey, ReleaseKind, Source, Status, Window
from releasecal.core.overrides import Override
from releasecal.core.rerelease_or_correction import REPEAT_AFTER
from releasecal.core.revise import revise
from releasecal.errors import Place
from releasecal.formats.event_text import summary
from releasecal.queries.feed_query import FeedQuery
from support.build import DAY, NOW, POLICY, account, film, release, revision

HOUR = timedelta(hours=1)
OWN = Source("own", "Our list")
LIST = Source("list", "The List")
DATABASE = Source("db", "The Database", machine=True)
SOURCES = (OWN, LIST, DATABASE)
KEY = ReleaseKey("film", "theatrical", "US")

said = partial(account, source="db")

DAY_OUT = "2026-11-20"  # two days before NOW
LATER = "2027-06-18"


class Calendar:
    """Follows a few sources under a made-up clock."""

    def __init__(self, *told, now=NOW):
        self.edition, self.now = NOTHING, now
        self.look(timedelta(), *told)

    def look(self, after, *told, **sources):
        """
        Look again *after* some time; return the sentences of the changes of "film".

        *told* is the films of each source, in order of precedence: one, a list, or None.
        """
        self.now += after
        readings = [
            Reading((film(f"of-{number}"), *_films(each)), SOURCES, f"source {number}", **sources)
            for number, each in enumerate(told)
        ]
        catalogue = merge(readings, self.now.date())
        self.edition, changes = revise(self.edition, catalogue, now=self.now, policy=POLICY)
        self.changes = [change for change in changes if change.key.film == "film"]
        return [change.in_words for change in self.changes]

    @property
    def kinds(self):
        return [change.kind.value for change in self.changes]

    @property
    def entry(self):
        return self.edition.entries[KEY]

    @property
    def shown(self):
        return str(self.entry.current.when)

    @property
    def summary(self):
        return summary(
            self.entry, FeedQuery(), self.now.date(), is_off_its_day=self.entry.is_off_its_day
        )

    @property
    def notes(self):
        return repeats(self.edition.pending)


def _films(told):
    if told is None:
        return []
    return told if isinstance(told, list) else [told]


def days_after(count):
    return str(date.fromisoformat(DAY_OUT) + count * DAY)


# ── corrections ──────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("day", ["2026-11-13", "2026-11-27", "2026-12", days_after(90)])
def test_after_its_day_a_changed_date_is_a_correction(day):
    """It is told as one and not as a move, and no title is marked."""
    calendar = Calendar(said(DAY_OUT, source="own"))
    words = revision(day).when.in_words

    assert (
        calendar.look(DAY, said(day, source="own"))[0] == f"Corrected from 20 Nov 2026 to {words}"
    )
    assert calendar.kinds[0] == "corrected"
    assert "moved" not in calendar.summary
    assert calendar.entry.marked_until is None
    assert calendar.entry.sequence == 1
    assert calendar.look(DAY, said(day, source="own")) == []
    (_, sentence) = history_in_words(calendar.entry.facts.release.history, {})
    assert sentence.startswith("Corrected from")


def test_a_correction_ends_the_mark_of_a_move():
    """A film that moved a week ago and came out on another day says nothing of that move."""
    calendar = Calendar(said("2026-12-18", source="own"), now=NOW - 7 * DAY)
    calendar.look(DAY, said(DAY_OUT, source="own"))
    assert calendar.summary.endswith("(moved from 18 Dec 2026)")

    calendar.look(7 * DAY, said("2026-11-19", source="own"))
    assert calendar.summary == "Film – in cinemas (US)"


def test_on_its_day_a_date_still_moves():
    """Somebody who is on the way has to read it."""
    calendar = Calendar(said("2026-11-22", source="own"))

    assert calendar.look(HOUR, said("2026-11-29", source="own")) == [
        "Moved from 22 Nov 2026 to 29 Nov 2026"
    ]
    assert calendar.summary.endswith("(moved from 22 Nov 2026)")


def test_a_move_that_is_told_late_is_a_move():
    """What had been announced by the day is no correction of it, though we know of it after it."""
    calendar = Calendar(said(DAY_OUT, source="own"))
    told = said(revision(LATER, as_of=date(2026, 11, 20), source="own"))

    assert calendar.look(DAY, told) == [
        "Moved from 20 Nov 2026 to 18 Jun 2027, announced by 20 Nov 2026"
    ]
    assert calendar.summary.endswith("(moved from 20 Nov 2026)")


def test_a_machine_corrects_after_its_wait():
    """Of what is past nobody needs to know at once."""
    calendar = Calendar(said("2026-11-08"))

    assert calendar.look(DAY, said("2026-11-07")) == []
    assert calendar.look(14 * DAY, said("2026-11-07")) == [
        "Corrected from 8 Nov 2026 to 7 Nov 2026"
    ]


def test_a_history_that_is_told_whole_has_its_moves():
    """What a source tells of the years before us is no correction of ours."""
    calendar = Calendar(said("2021-07-23", "2022-05-27", "2023-07-14", source="own"))

    told = history_in_words(calendar.entry.facts.release.history, {})
    assert told[1:] == (
        "Moved from 23 Jul 2021 to 27 May 2022",
        "Moved from 27 May 2022 to 14 Jul 2023",
    )


def test_a_calculated_date_is_corrected_with_its_opening():
    """If both days had passed, both corrections are told as such."""
    window = Window(ReleaseKind.STREAMING, days=2)
    calendar = Calendar(said("2026-11-13", source="own", windows=(window,)))

    assert calendar.look(DAY, said("2026-11-12", source="own", windows=(window,))) == [
        "Corrected from 15 Nov 2026 to 14 Nov 2026 (streaming, calculated)",
        "Corrected from 13 Nov 2026 to 12 Nov 2026",
    ]


def test_a_page_of_a_past_day_tells_the_correction():
    """What is known of the past is told in the words of its time."""
    calendar = Calendar(said(DAY_OUT, source="own"))
    calendar.look(DAY, said("2026-11-13", source="own"))
    edition = calendar.edition

    known = entries_as_of(
        [calendar.entry], edition.films, edition.sources, NOW.date() + 30 * DAY, mark=14 * DAY
    )

    (entry,) = known.entries.values()
    assert (
        history_in_words(entry.facts.release.history, {})[-1]
        == "Corrected from 20 Nov 2026 to 13 Nov 2026"
    )
    assert entry.marked_until is None


# ── repeats ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("source", ["db", "own"])
@pytest.mark.parametrize("day", [LATER, days_after(91), "2027-02", "2028", "2029-12-31"])
def test_a_date_long_after_its_day_waits_for_a_person(source, day):
    """Whoever says it, and for however long: what came out keeps its day."""
    calendar = Calendar(said(DAY_OUT, source=source))
    for _ in range(50):
        assert calendar.look(15 * DAY, said(day, source=source)) == []

    assert (calendar.shown, calendar.summary) == (DAY_OUT, "Film – in cinemas (US)")
    (pending,) = calendar.edition.pending.values()
    assert pending.due == NEVER
    assert len(calendar.notes) == 1


def test_the_note_says_what_a_person_can_do():
    """Both days, why it waits, and what confirms a repeat or a correction."""
    calendar = Calendar(said(DAY_OUT))
    calendar.look(DAY, said(LATER))

    (note,) = calendar.notes
    assert note == (
        f"film.theatrical.us: 18 Jun 2027 is more than {REPEAT_AFTER.days} days after "
        "20 Nov 2026, when it came out, and waits for a person (for a repeat, add a release of "
        "its own, with number: 2 or as re-release; if it is none, write an override, or put "
        "2026-11-20 before it in revisions)"
    )


def repeat(day=LATER, **facts):
    return release("film", revision(day, source="own"), **facts)


@pytest.mark.parametrize(
    "repeat",
    [
        repeat(number=2),
        repeat(kind=ReleaseKind.RE_RELEASE),
        repeat("2027-06", kind=ReleaseKind.RE_RELEASE),
    ],
)
def test_a_repeat_is_confirmed_by_a_release_of_its_own(repeat):
    """It is added, the first one stays on its day, and nothing waits or differs any more."""
    calendar = Calendar(None, said(DAY_OUT))
    calendar.look(DAY, None, said(LATER))
    assert calendar.notes

    calendar.look(DAY, film("film", repeat), said(LATER))

    assert calendar.kinds == ["added"]
    assert (calendar.shown, calendar.edition.pending) == (DAY_OUT, {})
    assert calendar.look(30 * DAY, film("film", repeat), said(LATER)) == []
    # Nor is it a conflict with the first day, if somebody lists that one as well.
    both = film("film", *said(DAY_OUT, source="own").releases, repeat)
    assert calendar.look(DAY, both, said(LATER)) == []


@pytest.mark.parametrize(
    "other",
    [
        repeat("2027-08-06", number=2),
        repeat(number=2, region="GB"),
        repeat(kind=ReleaseKind.DIGITAL),
    ],
)
def test_another_release_confirms_no_repeat(other):
    """Neither one on another day, nor in another country, nor of another kind."""
    calendar = Calendar(None, said(DAY_OUT))

    calendar.look(DAY, film("film", other), said(LATER))

    assert len(calendar.notes) == 1


def test_an_override_says_that_it_is_no_repeat():
    """The film had not come out then: its event goes to the day on which it does."""
    calendar = Calendar(said(DAY_OUT))
    calendar.look(DAY, said(LATER))
    by_anna = Override(
        "film",
        "Anna",
        "It was put off on the last day",
        Source("override:anna"),
        Place("overrides.yaml"),
        releases=said(LATER, source="override:anna").releases,
    )

    assert calendar.look(DAY, said(LATER), overrides=(by_anna,)) == [
        "Corrected from 20 Nov 2026 to 18 Jun 2027"
    ]
    assert calendar.look(DAY, said(LATER), overrides=(by_anna,)) == []
    assert calendar.look(DAY, said(LATER)) == []
    assert calendar.notes == ()


def test_a_file_by_hand_says_that_it_is_no_repeat():
    """A person who lists both days, one after the other, knows of the first one."""
    calendar = Calendar(said(DAY_OUT, source="own"))

    assert calendar.look(DAY, said(DAY_OUT, LATER, source="own")) == [
        "Corrected from 20 Nov 2026 to 18 Jun 2027"
    ]


def test_a_history_by_a_machine_confirms_nothing():
    """A database that keeps its former dates has asked nobody."""
    calendar = Calendar(said(DAY_OUT))

    assert calendar.look(DAY, said(DAY_OUT, LATER)) == []
    assert len(calendar.notes) == 1


def test_a_repeat_that_is_taken_back_waits_no_longer():
    """The source has its first day again."""
    calendar = Calendar(said(DAY_OUT))
    calendar.look(DAY, said(LATER))

    assert calendar.look(DAY, said(DAY_OUT)) == []
    assert calendar.edition.pending == {}


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (revision(DAY_OUT, certainty=Certainty.TENTATIVE), revision(LATER)),
        (revision(DAY_OUT, status=Status.CANCELLED), revision(LATER)),
        (revision("2026-11"), revision(LATER)),
        (revision("2026-11-23"), revision(LATER)),
        (revision(DAY_OUT), revision(LATER, as_of=date(2026, 11, 19))),
        (revision(DAY_OUT), revision("2026")),
        (revision(DAY_OUT), revision(LATER, status=Status.CANCELLED)),
        (revision(DAY_OUT), revision("2024-01-05")),
    ],
)
def test_what_is_no_repeat_counts_as_ever(first, then):
    """What had not come out for certain, what was announced in time, what is not long after."""
    calendar = Calendar(said(first))

    assert calendar.look(DAY, said(then))
    assert calendar.edition.pending == {}


# ── a source that takes over ─────────────────────────────────────────────────────────

SOON, LATE = "2026-12-18", "2026-12-25"
TOLD = "According to The List: 25 Dec 2026; the source before said 18 Dec 2026"


def test_a_source_that_takes_over_is_told_by_its_name():
    """Nobody has moved the film: the first source has gone, and the second one has said so before."""
    calendar = Calendar(said(SOON, source="own"), said(LATE, source="list"))

    assert calendar.look(DAY, None, said(LATE, source="list")) == [TOLD]
    assert calendar.kinds == ["taken over"]
    assert calendar.summary == "Film – in cinemas (US) (was 18 Dec 2026)"
    assert calendar.look(DAY, None, said(LATE, source="list")) == []
    assert calendar.look(DAY, None, said("2026-12-26", source="list")) == [
        "Moved from 25 Dec 2026 to 26 Dec 2026"
    ]


def test_a_source_that_agrees_with_the_second_one_moves():
    """It is there still, and has another date."""
    calendar = Calendar(said(SOON, source="own"), said(LATE, source="list"))

    assert calendar.look(DAY, said(LATE, source="own"), said(LATE, source="list")) == [
        "Moved from 18 Dec 2026 to 25 Dec 2026"
    ]


def test_a_source_that_is_taken_out_of_the_settings_is_followed_by_name():
    """Somebody asks the first one no more; and a source without a title is another source."""
    calendar = Calendar(said(SOON, source="own"), said(LATE, source=""))
    readings = [Reading((said(LATE, source=""),), SOURCES, "source 1")]

    _, changes = revise(calendar.edition, merge(readings), now=NOW + DAY, policy=POLICY)

    told = [change.in_words for change in changes if change.key == KEY]
    assert told == [TOLD.replace("The List", "another source")]


def test_a_machine_that_falls_silent_waits_as_a_loss():
    """Its date stays for twice the wait, then another machine's word is told."""
    other = Source("list", "The List", machine=True)
    calendar = Calendar()

    def look(after, *told):
        calendar.now += after
        readings = [
            Reading((film(f"of-{number}"), *_films(each)), (DATABASE, other), f"source {number}")
            for number, each in enumerate(told)
        ]
        calendar.edition, changes = revise(
            calendar.edition, merge(readings), now=calendar.now, policy=POLICY
        )
        return [change.in_words for change in changes if change.key == KEY]

    theirs = said("2027-12-31", source="list")
    look(HOUR, said("2027-12-30"), theirs)
    assert look(HOUR, None, theirs) == []
    assert look(20 * DAY, None, theirs) == []
    assert look(8 * DAY, None, theirs) == [
        "According to The List: 31 Dec 2027; the source before said 30 Dec 2027"
    ]


def test_nobody_takes_over_what_has_come_out():
    """A list that drops what is past leaves its day as it was."""
    calendar = Calendar(said(DAY_OUT, source="own"), said("2026-11-13", source="list"))

    assert calendar.look(DAY, None, said("2026-11-13", source="list")) == []
    assert calendar.shown == DAY_OUT


def test_an_override_that_is_taken_out_after_its_day_leaves_it():
    """The note about it says so; nor does its last day give the sources their day back."""
    calendar = Calendar(said(DAY_OUT, source="own"))
    by_anna = Override(
        "film",
        "Anna",
        "It opened a week earlier",
        Source("override:anna"),
        Place("overrides.yaml"),
        releases=said("2026-11-13", source="override:anna").releases,
    )
    assert calendar.look(DAY, said(DAY_OUT, source="own"), overrides=(by_anna,)) == [
        "Corrected from 20 Nov 2026 to 13 Nov 2026"
    ]

    for _ in range(2):
        assert calendar.look(DAY, said(DAY_OUT, source="own")) == []
        assert calendar.shown == "2026-11-13"
    assert calendar.look(DAY, said("2026-11-12", source="own")) == [
        "According to Our list: 12 Nov 2026; the source before said 13 Nov 2026"
    ]


def test_an_address_that_is_spelt_otherwise_takes_nothing_over():
    """The same source, read from another address, moves and corrects as ever."""
    for day, then, kind in ((SOON, LATE, "delayed"), (DAY_OUT, "2026-11-13", "corrected")):
        first = Reading((said(day, source="own"),), SOURCES, "data")
        edition, _ = revise(NOTHING, merge([first]), now=NOW, policy=POLICY)
        again = Reading((said(then, source="own"),), SOURCES, "./data")

        _, (change,) = revise(edition, merge([again]), now=NOW + DAY, policy=POLICY)[:2]

        assert change.kind.value == kind


def test_a_page_of_a_past_day_names_who_took_over():
    """The words are kept with the ledger."""
    calendar = Calendar(said(SOON, source="own"), said(LATE, source="list"))
    calendar.look(DAY, None, said(LATE, source="list"))
    edition = calendar.edition

    known = entries_as_of([calendar.entry], edition.films, edition.sources, NOW.date() + 2 * DAY)

    (entry,) = known.entries.values()
    facts = entry.facts
    assert history_in_words(facts.release.history, {}, sources=facts.source_titles)[-1] == TOLD
