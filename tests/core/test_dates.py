"""Partial dates: spans and words, no more precise than the announcement."""

import re
from datetime import date, timedelta

import edtf
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from releasecal.core.dates import PartialDate, Precision
from support.strategies import partial_dates


@pytest.mark.parametrize(
    ("text", "precision", "first", "after", "words"),
    [
        ("2023-07-14", Precision.DAY, "2023-07-14", "2023-07-15", "14 Jul 2023"),
        ("2024-02-29", Precision.DAY, "2024-02-29", "2024-03-01", "29 Feb 2024"),
        ("2021-09", Precision.MONTH, "2021-09-01", "2021-10-01", "September 2021"),
        ("2021-12", Precision.MONTH, "2021-12-01", "2022-01-01", "December 2021"),
        ("2024-Q3", Precision.QUARTER, "2024-07-01", "2024-10-01", "Q3 2024"),
        ("2024-36", Precision.QUARTER, "2024-10-01", "2025-01-01", "Q4 2024"),
        ("2025-summer", Precision.SEASON, "2025-06-01", "2025-09-01", "summer 2025"),
        ("2025-22", Precision.SEASON, "2025-06-01", "2025-09-01", "summer 2025"),
        ("2025-Fall", Precision.SEASON, "2025-09-01", "2025-12-01", "autumn 2025"),
        ("2025-winter", Precision.SEASON, "2025-12-01", "2026-03-01", "winter 2025"),
        ("2024", Precision.YEAR, "2024-01-01", "2025-01-01", "2024"),
        ("2027-H1", Precision.HALF, "2027-01-01", "2027-07-01", "the first half of 2027"),
        ("2027-41", Precision.HALF, "2027-07-01", "2028-01-01", "the second half of 2027"),
        ("2027-early", Precision.THIRD, "2027-01-01", "2027-05-01", "early 2027"),
        ("2027-mid", Precision.THIRD, "2027-05-01", "2027-09-01", "mid-2027"),
        ("2027-Late", Precision.THIRD, "2027-09-01", "2028-01-01", "late 2027"),
        ("2027-02-early", Precision.THIRD, "2027-02-01", "2027-02-11", "early February 2027"),
        ("2027-02-mid", Precision.THIRD, "2027-02-11", "2027-02-21", "mid-February 2027"),
        ("2027-02-late", Precision.THIRD, "2027-02-21", "2027-03-01", "late February 2027"),
        ("2027-Q4-late", Precision.THIRD, "2027-12-01", "2028-01-01", "late Q4 2027"),
        ("2027-summer-late", Precision.THIRD, "2027-08-01", "2027-09-01", "late summer 2027"),
        ("2027-winter-mid", Precision.THIRD, "2028-01-01", "2028-02-01", "mid-winter 2027"),
        ("2027-03~", Precision.ABOUT, "2027-02-14", "2027-04-16", "around March 2027"),
        ("2027-07-14~", Precision.ABOUT, "2027-07-11", "2027-07-18", "around 14 Jul 2027"),
        ("2027~", Precision.ABOUT, "2026-07-03", "2028-07-01", "around 2027"),
        ("2027-mid~", Precision.ABOUT, "2027-03-01", "2027-11-01", "around mid-2027"),
        ("2027-03/2027-05", Precision.RANGE, "2027-03-01", "2027-06-01", "March–May 2027"),
        ("2026-12/2027-02", Precision.RANGE, "2026-12-01", "2027-03-01", "December 2026 – February 2027"),
        ("2027-07-03/2027-07-07", Precision.RANGE, "2027-07-03", "2027-07-08", "3–7 Jul 2027"),
        ("2027-07-28/2027-08-03", Precision.RANGE, "2027-07-28", "2027-08-04", "28 Jul – 3 Aug 2027"),
        ("2027/2028", Precision.RANGE, "2027-01-01", "2029-01-01", "2027 – 2028"),
        ("2027-03~/2027-05", Precision.RANGE, "2027-02-14", "2027-06-01", "around March 2027 – May 2027"),
        ("2027-XX", Precision.YEAR, "2027-01-01", "2028-01-01", "2027"),
        ("2027-XX-XX", Precision.YEAR, "2027-01-01", "2028-01-01", "2027"),
        ("2027-03-XX", Precision.MONTH, "2027-03-01", "2027-04-01", "March 2027"),
    ],
)  # fmt: skip
def test_each_notation_has_its_span_and_words(text, precision, first, after, words):
    """Each notation has its precision, its span and its words."""
    when = PartialDate.parse(text)

    assert when.precision is precision
    assert (when.first, when.after) == (date.fromisoformat(first), date.fromisoformat(after))
    assert when.in_words == words
    assert when.is_day == (precision is Precision.DAY)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("soon", "not a date: 'soon'"),
        ("", "not a date: ''"),
        ("2023-02-30", "no such day: 2023-02-30"),
        ("2023-13", "no such month: 2023-13"),
        ("2023-00", "no such month: 2023-00"),
        ("2023-37", "no such month: 2023-37"),
        ("2023-25", "no such month: 2023-25"),
        ("2023-Q5", "not a date: '2023-Q5'"),
        ("2023-later", "not a season: 'later'"),
        ("1066-10-14", "not a year from 1888 to 2199: 1066"),
        ("2200", "not a year from 1888 to 2199: 2200"),
        ("14 July 2023", "not a date: '14 July 2023'"),
        ("2023-7-14", "not a date: '2023-7-14'"),
        ("2023-07-14T00:00:00Z", "not a date: '2023-07-14T00:00:00Z'"),
        ("٢٠٢٣", "not a date: '٢٠٢٣'"),
        ("2023\n", "not a date: '2023\\n'"),
        ("2023-07-14-early", "a day has no early part: 2023-07-14"),
        ("2023-H1-mid", "a half has no mid part: 2023-H1"),
        ("2023-early-late", "not a season: 'early'"),
        ("2023~~", "not a date: '2023~~'"),
        ("2023?", "not a date: '2023?'"),
        ("2023-XX-14", "not a date: '2023-XX-14'"),
        ("2023-05/2023-03", "a range that ends before it begins: 2023-05/2023-03"),
        ("2023/2023-03", "a range that ends before it begins: 2023/2023-03"),
        ("2023/2024/2025", "not a date: '2023/2024/2025'"),
        ("2023/..", "not a date: '2023/..'"),
        ("2023-02-28/2023-02-30", "no such day: 2023-02-30"),
    ],
)
def test_an_invalid_date_is_named_in_the_error(text, message):
    """A text that is no date is refused with a message that quotes it."""
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        PartialDate.parse(text)


@given(partial_dates)
@example(PartialDate.of_day(date(2199, 12, 31)))
def test_parse_and_str_undo_each_other(when):
    """A written date is read back equal in our spelling, and in EDTF with the same days."""
    assert PartialDate.parse(str(when)) == when
    assume("2200" not in when.edtf)  # the end of the last winter is in a year that we do not read
    in_edtf = PartialDate.parse(when.edtf)
    if when.of and when.of[0].of:  # EDTF has no sign for what is about a third
        assert in_edtf.overlaps(when)
    else:
        assert (in_edtf.first, in_edtf.after) == (when.first, when.after)
        assert in_edtf == when or when.of


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("2027-03-01/2027-03-31", "2027-03"),
        ("2027-04/2027-06", "2027-Q2"),
        ("2027-Q3/2027-Q4", "2027-H2"),
        ("2027-01-01/2027-12-31", "2027"),
        ("2027-05/2027-05", "2027-05"),
    ],
)
def test_a_range_that_is_a_unit_is_that_unit(text, unit):
    """The same days have one spelling, so that other words for them are no change."""
    assert str(PartialDate.parse(text)) == unit


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2027-early", "2027-01/2027-04"),
        ("2027-02-late", "2027-02-21/2027-02-28"),
        ("2027-Q3-early", "2027-07"),
        ("2027-H2", "2027-41"),
        ("2027-03~", "2027-03~"),
        ("2027-Q1/2027-summer", "2027-01/2027-08"),
        ("2027-07-14~", "2027-07-14~"),
    ],
)
def test_edtf_has_the_days_of_what_it_has_no_sign_for(text, expected):
    """Thirds are intervals, for programs that read EDTF."""
    assert PartialDate.parse(text).edtf == expected


@pytest.mark.slow
@given(st.text())
@example("2023-07-14\x00")
def test_any_text_is_a_date_or_a_value_error(text):
    """A text that is no date raises ValueError and nothing else."""
    try:
        when = PartialDate.parse(text)
    except ValueError:
        return
    assert PartialDate.parse(str(when)) == when


@given(partial_dates)
def test_spans_are_half_open_and_never_empty(when):
    """The span of a date has at least one day, and that of a day has exactly one."""
    assert when.first < when.after
    assert when.is_day == (when.after - when.first == timedelta(days=1))


@given(partial_dates, partial_dates)
def test_containing_is_an_order(one, other):
    """Two dates that contain each other have equal spans."""
    assert one.contains(one)
    if one.contains(other) and other.contains(one):
        assert (one.first, one.after) == (other.first, other.after)


@pytest.mark.parametrize(
    "text",
    [
        *("2024-02-03", "2024-02", "2024-Q2", "2024-summer", "2024-H2", "2024"),
        *("2024-early", "2024-02-late", "2024-03~", "2024-02-03/2024-02-07", "2024-03/2024-05"),
    ],
)
def test_edtf_agrees_with_the_library(text):
    """Our EDTF is valid for the library, with the same bounds."""
    when = PartialDate.parse(text)

    parsed = edtf.parse_edtf(when.edtf)

    if when.precision is Precision.ABOUT:  # how far around it is our own choice
        when = when.of[0]
    assert date(*parsed.lower_strict()[:3]) == when.first
    assert date(*parsed.upper_strict()[:3]) + timedelta(days=1) == when.after


def test_a_civil_day_is_announced_as_itself():
    """A civil day becomes the announced date of that day."""
    assert str(PartialDate.of_day(date(2023, 7, 14))) == "2023-07-14"
