"""Revision: from one edition and a catalogue to the next edition."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releasecal.core.changes import ChangeKind
from releasecal.core.editions import NOTHING
from releasecal.core.models import Certainty, ReleaseKind, SeriesPlace, Source, Status, Window
from releasecal.core.revise import Policy, revise
from support.build import (
    DAY,
    NOW,
    POLICY,
    catalogue,
    film,
    only,
    opening,
    publish,
    release,
    revision,
)

TO_PARAMOUNT = Window(ReleaseKind.STREAMING, days=45, channel="Paramount+")


def changes(before, *films, now=NOW + DAY):
    _, found = revise(before, catalogue(*films), now=now, policy=POLICY)
    return [change.kind for change in found]


def story(entry):
    return [(str(each.when), each.status.value) for each in entry.facts.release.history]


def test_revising_twice_is_the_identity():
    """The same facts again make no edition: not a byte changes."""
    told = catalogue(opening("2021", "2022-07", "2023-07-14", windows=(TO_PARAMOUNT,)))
    first, _ = revise(NOTHING, told, now=NOW, policy=POLICY)

    again, found = revise(first, told, now=NOW + DAY, policy=POLICY)

    assert again is first
    assert found == ()


def test_a_move_keeps_the_uid_and_raises_sequence():
    """A delay moves the same event: SEQUENCE and LAST-MODIFIED rise, CREATED stays."""
    first = publish(opening("2027-09-30"))

    second = publish(opening("2028-07-14"), before=first, now=NOW + DAY)

    before, after = only(first), only(second)
    assert after.key == before.key
    assert (before.sequence, after.sequence) == (0, 1)
    assert (after.created, after.revised) == (NOW, NOW + DAY)
    assert story(after) == [("2027-09-30", "scheduled"), ("2028-07-14", "scheduled")]
    assert second.number == first.number + 1


def test_moves_of_the_first_history_count():
    """The moves in the first history of a release count in SEQUENCE."""
    assert only(publish(opening("2021-07-23", "2021-11-19", "2022-05-27"))).sequence == 2


@pytest.mark.parametrize(
    ("told", "sequence"),
    [
        (("2021", "2022", "2023-07-14"), 2),  # backfilled
        (("2023-07-14",), 1),  # taken back
        (("2020", "2023-07-14"), 2),  # replaced: what was published stays in between
    ],
)
def test_sequence_never_falls(told, sequence):
    """SEQUENCE never falls when an editor adds or deletes history."""
    first = publish(opening("2022", "2023-07-14"))
    assert only(first).sequence == 1

    second = publish(opening(*told), before=first, now=NOW + DAY)

    assert only(second).sequence >= 1
    assert only(second).current.when == only(first).current.when
    assert only(second).sequence == max(1, len(only(second).facts.release.history) - 1)
    assert sequence >= 1


def test_published_dates_stay_in_the_history():
    """A source that gives only the current date loses none of the published ones."""
    edition = NOTHING
    for day, when in enumerate(("2027-07-23", "2027-11-19", "2027-07-23", "2028-05-27")):
        edition = publish(opening(when), before=edition, now=NOW + day * DAY)

    assert [when for when, _ in story(only(edition))] == [
        "2027-07-23",
        "2027-11-19",
        "2027-07-23",
        "2028-05-27",
    ]
    assert only(edition).sequence == 3


@pytest.mark.parametrize("changed", ["2028-07-12", "2029", ""])
def test_an_edited_last_date_is_appended(changed):
    """A date edited at the end of a history follows it, and no other date changes its place."""
    past = ("2026-07-23", "2026-11-19", "2027-05-27")
    first = publish(opening(*past, "2028-07-14"))

    second = publish(opening(*past, changed), before=first, now=NOW + DAY)
    back = publish(opening(*past, "2028-07-14"), before=second, now=NOW + 2 * DAY)
    shortened = publish(opening(*past), before=back, now=NOW + 3 * DAY)

    def told(edition):
        return [str(each.when) for each in only(edition).facts.release.history]

    new = changed or "None"
    assert told(second) == [*past, "2028-07-14", new]
    assert told(back) == [*past, "2028-07-14", new, "2028-07-14"]
    assert told(shortened) == [*past, "2028-07-14", new, "2028-07-14", past[-1]]


def test_unpublished_background_can_be_corrected():
    """A typo in the history before our first edition goes when the file is corrected."""
    first = publish(opening("2021-07-32"[:7], "2023-07-14"))

    second = publish(opening("2021-07-23", "2023-07-14"), before=first, now=NOW + DAY)

    assert [when for when, _ in story(only(second))] == ["2021-07-23", "2023-07-14"]


def test_a_derived_date_moves_with_its_anchor():
    """The streaming date follows the opening, under its own old key (promise 3)."""
    first = publish(opening("2027-09-30", windows=(TO_PARAMOUNT,)))
    second = publish(opening("2028-07-14", windows=(TO_PARAMOUNT,)), before=first, now=NOW + DAY)

    streaming = [
        next(entry for key, entry in edition.entries.items() if key.kind == "streaming")
        for edition in (first, second)
    ]

    assert [str(entry.current.when) for entry in streaming] == ["2027-11-14", "2028-08-28"]
    assert [entry.sequence for entry in streaming] == [0, 1]
    assert streaming[0].key == streaming[1].key


def test_a_derived_release_gives_way_under_the_same_key():
    """The announced streaming date takes over the event of the derived one."""
    theatrical = release("film", "2023-07-14")
    real = release("film", "2024-01-25", kind=ReleaseKind.STREAMING, channel="Paramount+")
    first = publish(film("film", theatrical, windows=(TO_PARAMOUNT,)))

    second, found = revise(
        first,
        catalogue(film("film", theatrical, real, windows=(TO_PARAMOUNT,))),
        now=NOW + DAY,
        policy=POLICY,
    )

    assert list(second.entries) == list(first.entries)
    change, out = found  # it is told of when the day has passed
    assert [change.kind, out.kind] == [ChangeKind.CONFIRMED, ChangeKind.RELEASED]
    entry = second.entries[change.key]
    assert entry.facts.release.kind is ReleaseKind.STREAMING
    assert entry.current.certainty is Certainty.CONFIRMED


def test_a_dropped_release_is_withdrawn():
    """A release dropped by its source is withdrawn, not forgotten, and SEQUENCE rises."""
    first = publish(opening("2027-07-14"), film("other"))

    second = publish(film("other"), before=first, now=NOW + DAY)

    entry = only(second)
    assert entry.current.status is Status.WITHDRAWN
    assert entry.sequence == 1
    assert str(entry.shown) == "2027-07-14"
    assert publish(film("other"), before=second, now=NOW + 2 * DAY) is second
    assert "film" in second.films


def test_a_restored_release_keeps_its_uid():
    """A restored release is the same event, with the gap in its history."""
    edition = NOTHING
    for day, films in enumerate(([opening("2027")], [], [opening("2027")])):
        edition = publish(film("other"), *films, before=edition, now=NOW + day * DAY)

    assert story(only(edition)) == [
        ("2027", "scheduled"),
        ("2027", "withdrawn"),
        ("2027", "scheduled"),
    ]
    assert only(edition).sequence == 2


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        (revision("2026-12-01", status=Status.CANCELLED), ChangeKind.CANCELLED),
        (revision("2026"), ChangeKind.BLURRED),
        (revision("2027"), ChangeKind.DELAYED),
        (revision(""), ChangeKind.UNDATED),
    ],
)
def test_a_release_off_its_day_stays_there_for_a_while(told, kind):
    """A release without a day keeps the one that subscribers have in their calendars."""
    first = publish(opening("2026-12-01"))
    assert only(first).leaves is None

    assert changes(first, opening(told)) == [kind]
    entry = only(publish(opening(told), before=first, now=NOW + DAY))

    assert entry.is_off_its_day
    assert str(entry.shown) == "2026-12-01"
    assert entry.leaves == (NOW + DAY + timedelta(days=30)).date()


def test_a_far_release_off_its_day_stays_until_that_day():
    """An entry off its day stays until that day has passed, however far away."""
    first = publish(opening("2028-05-26"))

    entry = only(publish(opening(""), before=first, now=NOW + DAY))

    assert str(entry.leaves) == "2028-05-27"


def test_an_unpublished_day_is_never_shown():
    """A coarse date after a day that was never published is shown on no day."""
    entry = only(publish(opening("2026-12-01", "2027")))

    assert str(entry.shown) == "2027"
    assert entry.leaves is None


def test_a_new_title_changes_the_event_but_not_sequence():
    """A new title changes the film's events; SEQUENCE counts dates and status only."""
    first = publish(opening("2023-07-14", title="Mission: Impossible 7"))
    renamed = opening("2023-07-14", title="Dead Reckoning")

    assert changes(first, renamed) == [ChangeKind.RETITLED]
    entry = only(publish(renamed, before=first, now=NOW + DAY))
    assert (entry.sequence, entry.revised) == (0, NOW + DAY)


def test_facts_outside_events_change_no_event():
    """News about the cast makes an edition and changes no event."""
    first = publish(opening("2023-07-14"))

    second = publish(opening("2023-07-14", distributor="Paramount"), before=first, now=NOW + DAY)

    assert second.number == first.number + 1
    assert second.entries == first.entries


def test_a_new_rendering_moves_last_modified():
    """If the code or a setting changes the bytes, LAST-MODIFIED moves for all."""
    first = publish(opening("2023-07-14"))

    second = publish(
        opening("2023-07-14"),
        before=first,
        now=NOW + DAY,
        policy=Policy("2", event_digests=lambda several: [f"2 {facts}" for facts in several]),
    )

    assert only(second).revised == NOW + DAY
    assert only(second).sequence == only(first).sequence


def test_time_never_runs_backwards():
    """A clock that is set back makes no event older."""
    first = publish(opening("2022"))

    second = publish(opening("2023"), before=first, now=NOW - 365 * DAY)

    assert second.published > first.published
    assert only(second).revised > only(first).revised
    assert only(second).created <= only(second).revised


def test_moments_are_whole_seconds():
    """Moments have no fractions of a second, like iCalendar's times."""
    edition = publish(opening("2022"), now=datetime(2026, 1, 1, 0, 0, 0, 999_999, tzinfo=UTC))

    assert only(edition).revised.microsecond == edition.published.microsecond == 0


def test_related_releases_are_openings():
    """A sequel's opening refers to its predecessor's, a stream to its film's opening."""
    seven = opening("2023-07-14", id_="seven", windows=(TO_PARAMOUNT,))
    eight = opening(
        "2024-06-28", id_="eight", follows="seven", series=(SeriesPlace("mi", "M:I", 8),)
    )

    related = {
        str(key): [str(other) for other in entry.facts.related]
        for key, entry in publish(seven, eight).entries.items()
    }

    assert related == {
        "eight.theatrical.us": ["seven.theatrical.us"],
        "seven.streaming.us.paramount-plus": ["seven.theatrical.us"],
        "seven.theatrical.us": [],
    }


def test_only_the_opening_is_the_sequel():
    """Sequel is a role of the theatrical release; it is one event, never two."""
    digital = release("eight", "2024-09-01", kind=ReleaseKind.DIGITAL)
    eight = film("eight", release("eight", "2024-06-28"), digital, follows="seven")

    edition = publish(film("seven"), eight)

    sequels = [str(key) for key, entry in edition.entries.items() if entry.facts.is_sequel]
    assert sequels == ["eight.theatrical.us"]


def test_an_entry_has_its_cited_sources_once():
    """An entry has the sources of its history and its window, each once."""
    sources = (Source("a", "Article"), Source("b", "Blog"), Source("c", "Chronicle"))
    told = opening(
        revision("2022", source="b"),
        revision("2023-07-14", source="b"),
        windows=(Window(ReleaseKind.STREAMING, days=45, source="a"),),
    )

    edition = publish(told, sources=sources)

    cited = {str(key): [s.id for s in e.facts.sources] for key, e in edition.entries.items()}
    assert cited == {"film.streaming.us": ["a"], "film.theatrical.us": ["b"]}


dates = st.sampled_from(["", "2027", "2027-07", "2027-07-14", "2027-07-15", "2028-01-01"])
tellings = st.lists(
    st.none() | st.lists(dates, min_size=1, max_size=3, unique=True), min_size=1, max_size=8
)


@given(tellings)
def test_any_tellings_keep_the_promises(told):
    """Through any sequence of catalogues the promises 1, 2 and 4 hold."""
    edition = NOTHING
    for step, history in enumerate(told):
        films = [opening(*history)] if history else []
        now = NOW + step * DAY
        following = publish(film("other"), *films, before=edition, now=now)
        assert publish(film("other"), *films, before=following, now=now + DAY) is following
        for key, before in edition.entries.items():
            after = following.entries[key]
            has_moved = after.current.statement != before.current.statement
            assert after.sequence >= before.sequence + has_moved
            assert (after.revised > before.revised) == (after.facts != before.facts)
            published = [r.statement for r in before.facts.release.history if r.seen]
            still = [r.statement for r in after.facts.release.history if r.seen]
            assert still[: len(published)] == published
        if history and following.entries:
            assert only(following).current.when == opening(*history).releases[0].current.when
        edition = following
