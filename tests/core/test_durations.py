"""Durations: one canonical spelling, and the arithmetic of the calendar."""

from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from icalendar import vDuration

from releasecal.core.durations import MAX_DAYS, Period, offset_text, parse_offset

periods = st.builds(Period, st.integers(0, MAX_DAYS), st.integers(0, 1_200))
offsets = st.timedeltas(timedelta(days=-366), timedelta(days=366)).map(
    lambda offset: timedelta(offset.days, offset.seconds)
)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("30", "30"),
        ("030", "30"),
        ("P30D", "30"),
        ("P2W", "14"),
        ("P0D", "0"),
        ("P0Y", "0"),
        ("p6m", "P6M"),
        ("P12M", "P1Y"),
        ("P1Y14M3W1D", "P2Y2M22D"),
        (" P1Y ", "P1Y"),
    ],
)
def test_equal_periods_have_one_spelling(text, canonical):
    """Equal periods in different spellings are equal, and have one canonical spelling."""
    assert str(Period.parse(text)) == canonical
    assert Period.parse(canonical) == Period.parse(text)


@pytest.mark.parametrize(
    "text", ["", "P", "D", "1D", "-1", "P-1D", "P1.5M", "PT1H", "P1M1Y", "36526", "P1201M", "P999999D"]
)  # fmt: skip
def test_an_invalid_period_is_refused(text):
    """Times of day, fractions, other orders and more than a century are refused."""
    with pytest.raises(ValueError, match=r"not a period|more than a century"):
        Period.parse(text)


@given(periods)
def test_period_parse_and_str_undo_each_other(period):
    """`parse` and `str` undo each other."""
    assert Period.parse(str(period)) == period


@pytest.mark.parametrize(
    ("day", "text", "before", "after"),
    [
        ("2026-11-22", "P1M", "2026-10-22", "2026-12-22"),
        ("2026-03-31", "P1M", "2026-02-28", "2026-04-30"),
        ("2028-03-31", "P1M", "2028-02-29", "2028-04-30"),
        ("2028-02-29", "P1Y", "2027-02-28", "2029-02-28"),
        ("2026-01-31", "P1M1D", "2025-12-30", "2026-03-01"),
        ("2026-12-31", "P2M", "2026-10-31", "2027-02-28"),
        ("2026-11-22", "14", "2026-11-08", "2026-12-06"),
    ],
)
def test_months_follow_the_calendar(day, text, before, after):
    """A month later is the same day of that month, or its last day; days are added afterwards."""
    today, period = date.fromisoformat(day), Period.parse(text)

    assert period.before(today) == date.fromisoformat(before)
    assert period.after(today) == date.fromisoformat(after)


@given(periods, periods, st.dates(date(1970, 1, 1), date(2100, 1, 1)))
def test_a_longer_period_never_ends_sooner(one, other, day):
    """A period with at least as many months and days never ends sooner."""
    longer = Period(max(one.days, other.days), max(one.months, other.months))

    assert longer.before(day) <= one.before(day) <= day <= one.after(day) <= longer.after(day)


@given(offsets)
@example(timedelta())
@example(timedelta(seconds=3_601))
@example(-timedelta(seconds=1))
@example(timedelta(days=366))
def test_offsets_are_written_like_icalendar(offset):
    """Offsets are written as `icalendar` writes them, and `parse_offset` reads them again."""
    assert offset_text(offset).encode() == vDuration(offset).to_ical()
    assert parse_offset(offset_text(offset)) == offset


@pytest.mark.parametrize(
    ("text", "canonical"),
    [("-P1W", "-P7D"), ("+PT9H", "PT9H"), ("pt540m", "PT9H"), ("-PT0S", "P0D"), ("P1DT24H", "P2D")],
)
def test_equal_offsets_have_one_spelling(text, canonical):
    """Equal offsets in different spellings have one canonical spelling."""
    assert offset_text(parse_offset(text)) == canonical


@pytest.mark.parametrize(
    "text", ["", "P", "-P", "PT", "P1DT", "P1M", "P1Y", "7d", "-7", "P1W1D", "P367D", "-PT8785H"]
)
def test_an_invalid_offset_is_refused(text):
    """Months and years, which RFC 5545 leaves out, and more than a year are refused."""
    with pytest.raises(ValueError, match=r"not a duration|more than a year"):
        parse_offset(text)


def test_a_period_beyond_the_calendar_is_clamped():
    """A result outside Python's calendar is its first or last day."""
    first, last = date.min, date.max

    assert Period(months=1_200).before(date(50, 1, 1)) == first
    assert Period(days=1).before(first) == first
    assert Period(months=1).after(last) == Period(days=1).after(last) == last
    assert Period().before(first) == first
    assert Period().after(last) == last
