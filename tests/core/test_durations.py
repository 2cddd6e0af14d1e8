"""Durations: read once, counted as a calendar counts, written in one way."""

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
def test_a_period_has_one_spelling(text, canonical):
    """However it is written, equal periods are equal, and written alike."""
    assert str(Period.parse(text)) == canonical
    assert Period.parse(canonical) == Period.parse(text)


@pytest.mark.parametrize(
    "text", ["", "P", "D", "1D", "-1", "P-1D", "P1.5M", "PT1H", "P1M1Y", "36526", "P1201M", "P999999D"]
)  # fmt: skip
def test_what_is_no_period_is_refused(text):
    """Times of day, fractions, other orders, and what is longer than a century."""
    with pytest.raises(ValueError, match=r"not a period|more than a century"):
        Period.parse(text)


@given(periods)
def test_periods_are_read_as_they_are_written(period):
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
def test_months_are_those_of_the_calendar(day, text, before, after):
    """A month later is the same day of it, or its last; days are counted after that."""
    today, period = date.fromisoformat(day), Period.parse(text)

    assert period.before(today) == date.fromisoformat(before)
    assert period.after(today) == date.fromisoformat(after)


@given(periods, periods, st.dates(date(1970, 1, 1), date(2100, 1, 1)))
def test_longer_reaches_further(one, other, day):
    """A period with more of everything never ends sooner."""
    longer = Period(max(one.days, other.days), max(one.months, other.months))

    assert longer.before(day) <= one.before(day) <= day <= one.after(day) <= longer.after(day)


@given(offsets)
@example(timedelta())
@example(timedelta(seconds=3_601))
@example(-timedelta(seconds=1))
@example(timedelta(days=366))
def test_offsets_are_written_as_the_reference_writes_them(offset):
    """As `icalendar` does, and `parse_offset` reads them again."""
    assert offset_text(offset).encode() == vDuration(offset).to_ical()
    assert parse_offset(offset_text(offset)) == offset


@pytest.mark.parametrize(
    ("text", "canonical"),
    [("-P1W", "-P7D"), ("+PT9H", "PT9H"), ("pt540m", "PT9H"), ("-PT0S", "P0D"), ("P1DT24H", "P2D")],
)
def test_an_offset_has_one_spelling(text, canonical):
    """However it is written, equal offsets are equal, and written alike."""
    assert offset_text(parse_offset(text)) == canonical


@pytest.mark.parametrize(
    "text", ["", "P", "-P", "PT", "P1DT", "P1M", "P1Y", "7d", "-7", "P1W1D", "P367D", "-PT8785H"]
)
def test_what_is_no_offset_is_refused(text):
    """Months and years have no fixed length, so RFC 5545 has none; nor more than a year."""
    with pytest.raises(ValueError, match=r"not a duration|more than a year"):
        parse_offset(text)


def test_beyond_the_calendar_is_its_first_day_or_its_last():
    """As of the year 50, a century ago is the beginning."""
    first, last = date.min, date.max

    assert Period(months=1_200).before(date(50, 1, 1)) == first
    assert Period(days=1).before(first) == first
    assert Period(months=1).after(last) == Period(days=1).after(last) == last
    assert Period().before(first) == first
    assert Period().after(last) == last
