"""Partial dates: spans and words, no more precise than the announcement."""

import re
from datetime import date, timedelta

import edtf
import pytest
from hypothesis import example, given
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
    ],
)
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
    ],
)
def test_an_invalid_date_is_named_in_the_error(text, message):
    """A text that is no date is refused with a message that quotes it."""
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        PartialDate.parse(text)


@given(partial_dates)
@example(PartialDate.of_day(date(2199, 12, 31)))
def test_parse_and_str_undo_each_other(when):
    """A written date is read back equal, in our spelling and in EDTF."""
    assert PartialDate.parse(str(when)) == when
    assert PartialDate.parse(when.edtf) == when


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


@pytest.mark.parametrize("precision", list(Precision))
def test_edtf_agrees_with_the_library(precision):
    """Our EDTF is valid for the library, with the same bounds."""
    part = 0 if precision is Precision.YEAR else 2
    when = PartialDate(2024, precision, part, 3 if precision is Precision.DAY else 0)

    parsed = edtf.parse_edtf(when.edtf)

    assert date(*parsed.lower_strict()[:3]) == when.first
    assert date(*parsed.upper_strict()[:3]) + timedelta(days=1) == when.after


def test_a_civil_day_is_announced_as_itself():
    """A civil day becomes the announced date of that day."""
    assert str(PartialDate.of_day(date(2023, 7, 14))) == "2023-07-14"
