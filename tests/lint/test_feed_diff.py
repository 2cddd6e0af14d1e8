"""Two versions of a feed: what subscribers see, and what clients pass over."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releasecal.lint.feed_diff import DiffKind, UpdateFault, differences
from releasecal.lint.feed_text import read_feed
from support.broken_feeds import GOOD, Break, add, drop, event, one_more, swap

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
STAMPS = "20261101T090000Z", "20261120T090000Z"


def changes(before: bytes, after: bytes):
    return differences(read_feed(before, NOW), read_feed(after, NOW))


def later(*steps: Break, sequence: bool = True) -> Break:
    """Return the change of the first event with all *steps*, its stamps and its SEQUENCE."""

    def changed(feed: bytes) -> bytes:
        feed = feed.replace(STAMPS[0].encode(), STAMPS[1].encode())
        for step in (*steps, swap("SEQUENCE:2", "SEQUENCE:3")) if sequence else steps:
            feed = step(feed)
        return feed

    return changed


def without(uid: str) -> Break:
    """Return the change that takes out the event with that UID."""

    def changed(feed: bytes) -> bytes:
        parts = feed.split(b"BEGIN:VEVENT\r\n")
        kept = [part for part in parts if f"UID:{uid}".encode() not in part]
        end = b"" if kept[-1].endswith(b"END:VCALENDAR\r\n") else b"END:VCALENDAR\r\n"
        return b"BEGIN:VEVENT\r\n".join(kept) + end

    return changed


MOVE = swap("DATE:20261218\nDTEND;VALUE=DATE:20261219", "DATE:20270115\nDTEND;VALUE=DATE:20270116")
OFF = swap("STATUS:CONFIRMED", "STATUS:CANCELLED")
SEEN: Mapping[DiffKind, tuple[Break, ...]] = {
    DiffKind.ADDED: (one_more(),),
    DiffKind.MOVED: (later(MOVE),),
    DiffKind.RESIZED: (later(swap("DTEND;VALUE=DATE:20261219", "DTEND;VALUE=DATE:20261220")),),
    DiffKind.RENAMED: (later(swap("Part Three", "Part Four")),),
    DiffKind.CHANGED: (
        later(swap("In cinemas", "In all cinemas"), sequence=False),
        later(drop("URL:https://films.example/dune")),
    ),
    DiffKind.CANCELLED: (
        later(OFF),
        later(OFF, swap("SUMMARY:🎬", "SUMMARY:Cancelled: 🎬")),
    ),
    DiffKind.RESTORED: (),  # below, for it begins with a cancelled one
    DiffKind.DROPPED: (without("premiere"),),
    DiffKind.VANISHED: (without("dune"),),
    DiffKind.REPLACED: (
        swap("UID:dune.theatrical.us", "UID:20261218"),
        lambda feed: MOVE(swap("UID:dune.theatrical.us", "UID:20270115")(feed)),
    ),
    DiffKind.DOUBLED: (one_more(DTSTART=";VALUE=DATE:20261218", SUMMARY=":🎬 Dune: Part Three"),),
    DiffKind.TOUCHED: (swap("DTSTAMP:20261101", "DTSTAMP:20261128"),),
}
PASSED_OVER: Mapping[UpdateFault, Break] = {
    UpdateFault.SAME_REVISION: MOVE,
    UpdateFault.NOT_LATER: lambda feed: swap("SEQUENCE:2", "SEQUENCE:3")(MOVE(feed)),
    UpdateFault.SAME_SEQUENCE: later(MOVE, sequence=False),
    UpdateFault.LOWER_SEQUENCE: later(MOVE, swap("SEQUENCE:2", "SEQUENCE:1"), sequence=False),
}


def test_a_feed_is_no_different_from_itself():
    """Nothing is told of two equal feeds."""
    assert changes(GOOD, GOOD) == []


@pytest.mark.parametrize("kind", SEEN)
def test_each_kind_of_change_is_seen(kind):
    """A feed with one change has one difference, of that kind, which clients take."""
    for change in SEEN[kind]:
        (found,) = changes(GOOD, change(GOOD))

        assert (found.kind, found.faults) == (kind, ())
        assert found.misleads == kind.misleads


def test_a_cancelled_event_can_come_back():
    """An event that was cancelled and is not any more is told as back."""
    back = later(swap("STATUS:CANCELLED", "STATUS:CONFIRMED"))

    (found,) = changes(OFF(GOOD), back(OFF(GOOD)))

    assert (found.kind, found.faults) == (DiffKind.RESTORED, ())


@pytest.mark.parametrize("fault", UpdateFault)
def test_what_clients_pass_over_is_told(fault):
    """A move that SEQUENCE or LAST-MODIFIED do not tell is told with the clients that miss it."""
    (found,) = changes(GOOD, PASSED_OVER[fault](GOOD))

    assert (found.kind, found.faults) == (DiffKind.MOVED, (fault,))
    assert found.misleads


def test_a_move_says_from_when_to_when():
    """A difference has the title and both days in words."""
    (found,) = changes(GOOD, later(MOVE)(GOOD))

    assert found.in_words == "moved: 🎬 Dune: Part Three, from 2026-12-18 to 2027-01-15"


def test_the_next_of_a_weekly_event_takes_no_place():
    """An event of the same title, once the former one is over, is new and nothing else."""
    past = add(event("w1", DTSTART=";VALUE=DATE:20261101", SUMMARY=":Club"), "END:VTIMEZONE\n")
    next_ = add(event("w2", DTSTART=";VALUE=DATE:20261201", SUMMARY=":Club"), "END:VTIMEZONE\n")
    past_end = swap("DTEND;VALUE=DATE:20270102", "DTEND;VALUE=DATE:20261102")

    kinds = [each.kind for each in changes(past_end(past(GOOD)), next_(GOOD))]

    assert set(kinds) == {DiffKind.DROPPED, DiffKind.ADDED}


@given(st.binary(max_size=400), st.integers(0, len(GOOD)), st.integers(0, 200))
def test_any_two_feeds_can_be_compared(octets, start, size):
    """Damage to either feed is no error."""
    broken = GOOD[:start] + octets + GOOD[start + size :]

    changes(GOOD, broken)
    changes(broken, GOOD)
    changes(octets, broken)
