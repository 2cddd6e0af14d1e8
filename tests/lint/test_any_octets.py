"""Lint takes any octets: it has findings and no errors, in time in proportion to them."""

import gc
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from releasecal.lint.linter import lint
from support.broken_feeds import BREAKS, GOOD

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
WORDS = sorted(
    {word for line in GOOD.splitlines() for word in (line, *line.split(b":"))}
    | {b"BEGIN:", b"END:", b'";,:=\\', b"\r\n", b"\n ", b"\0", b"\xff\xc3", b"TZID=", b"VALUE=DATE"}
)
LINES = st.lists(st.sampled_from(WORDS) | st.binary(max_size=9), max_size=60)
HEAVY = {
    "one long line": lambda size: b"BEGIN:VCALENDAR\r\nSUMMARY:" + b"a" * size,
    "folds": lambda size: b"BEGIN:VCALENDAR\r\nX:1" + b"\r\n a" * size,
    "cut characters": lambda size: b"BEGIN:VCALENDAR\r\nX:1" + b"\xc3\r\n \xa9" * size,
    "levels": lambda size: b"BEGIN:VCALENDAR\r\n" + b"BEGIN:X\r\n" * size,
    "ends": lambda size: b"BEGIN:VCALENDAR\r\n" + b"BEGIN:X\r\n" * size + b"END:Y\r\n" * size,
    "parameters": lambda size: b"BEGIN:VCALENDAR\r\nSUMMARY" + b";A=1" * size + b":x",
    "quotes": lambda size: b"BEGIN:VCALENDAR\r\nSUMMARY;A=" + b'"' * size,
    "tags": lambda size: b"BEGIN:VCALENDAR\r\nSUMMARY:" + b"<b " * size,
    "backslashes": lambda size: b"BEGIN:VCALENDAR\r\nSUMMARY:" + b"\\" * size,
    "commas": lambda size: b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nEXDATE:" + b",1" * size,
    "a rule": lambda size: b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nRRULE:BYDAY=" + b"MO," * size,
    "spaces": lambda size: b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:" + b" " * size,
    "zones": lambda size: (
        b"BEGIN:VCALENDAR\r\n"
        + b"".join(
            b"BEGIN:VTIMEZONE\r\nTZID:%d\r\nEND:VTIMEZONE\r\n" % n for n in range(size // 10)
        )
    ),
    "exceptions": lambda size: (
        b"BEGIN:VCALENDAR\r\n"
        + b"BEGIN:VEVENT\r\nUID:1\r\nRECURRENCE-ID:x\r\nRRULE:x\r\nRRULE:y\r\nEND:VEVENT\r\n"
        * (size // 10)
    ),
}


@given(st.binary(max_size=300))
def test_any_octets_have_findings(octets):
    """Any octets are read to the end; what is no calendar has one finding."""
    assert lint(octets, NOW)


@settings(max_examples=500)
@given(LINES, st.sampled_from([b"\r\n", b"\n", b"", b" "]))
def test_any_pieces_of_feeds_are_read(words, between):
    """Pieces of feeds in any order are read to the end, and each finding has its place."""
    octets = b"BEGIN:VCALENDAR\r\n" + between.join(words)
    lines = len(octets.splitlines()) + octets.count(b"\x0b") + 2

    for each in lint(octets, NOW):
        assert str(each.problem("feed")).isprintable()
        assert 0 <= each.fault.line <= lines
        assert each.fault.column >= 1


@settings(max_examples=200)
@given(st.data())
def test_a_feed_with_damage_is_read(data):
    """A feed of which octets are changed, lost or doubled is read to the end."""
    feed = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 8))):
        start = data.draw(st.integers(0, len(feed)))
        end = data.draw(st.integers(start, min(len(feed), start + 200)))
        feed[start:end] = data.draw(st.binary(max_size=4) | st.just(bytes(feed[start:end] * 2)))

    for each in lint(bytes(feed), NOW):
        assert str(each.problem("feed")).isprintable()


@pytest.mark.slow
@pytest.mark.parametrize("shape", HEAVY)
def test_time_grows_with_the_octets(shape):
    """Ten times the octets take ten times the time, not a hundred times."""

    def seconds(size: int) -> float:
        octets = HEAVY[shape](size)
        gc.disable()  # or it looks through all that is alive, ever again
        try:
            start = time.process_time()
            lint(octets, NOW)
            return time.process_time() - start
        finally:
            gc.enable()

    few, many = (min(seconds(size) for _ in range(3)) for size in (5_000, 50_000))
    assert many < 40 * max(few, 0.01)


def test_every_broken_feed_is_broken_in_its_own_way():
    """No two of the broken feeds are one."""
    feeds = [change(GOOD) for breaks in BREAKS.values() for change in breaks]

    assert len(set(feeds)) == len(feeds) >= 100
