"""Dates in words: parts, halves, ranges and what is about a date, as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releasecal.core.dates import PartialDate
from releasecal.core.reading_date_phrases import read_date


@pytest.mark.parametrize(
    ("words", "notation"),
    [
        ("early 2027", "2027-early"),
        ("mid-2027", "2027-mid"),
        ("Mid 2027", "2027-mid"),
        ("late 2027", "2027-late"),
        ("late summer 2027", "2027-summer-late"),
        ("early fall of 2027", "2027-autumn-early"),
        ("mid-December 2026", "2026-12-mid"),
        ("late Q4 2026", "2026-Q4-late"),
        ("early in the third quarter of 2027", "2027-Q3-early"),
        ("H1 2027", "2027-H1"),
        ("first half of 2027", "2027-H1"),
        ("the second half of 2027", "2027-H2"),
        ("around March 2027", "2027-03~"),
        ("about 14 July 2027", "2027-07-14~"),
        ("circa 2027", "2027~"),
        ("around early 2027", "2027-early~"),
        ("around 2027-03", "2027-03~"),
        ("from March to May 2027", "2027-03/2027-05"),
        ("March to May 2027", "2027-03/2027-05"),
        ("from 3 to 7 March 2027", "2027-03-03/2027-03-07"),
        ("between 3 and 7 March 2027", "2027-03-03/2027-03-07"),
        ("from 28 September to 3 November 2027", "2027-09-28/2027-11-03"),
        ("from Dec 26, 2026 to Jan 3, 2027", "2026-12-26/2027-01-03"),
        ("spring to summer 2027", "2027-spring/2027-summer"),
        ("early March to mid-April 2027", "2027-03-early/2027-04-mid"),
        ("2027 to 2028", "2027/2028"),
        ("2027-03-03 to 2027-03-07", "2027-03-03/2027-03-07"),
        ("2027-early", "2027-early"),
        ("2027-07-14", "2027-07-14"),
    ],
)
def test_words_that_are_clear_are_read(words, notation):
    """Words for which there is no everyday notation are read as ours."""
    assert str(read_date(words)) == notation


@pytest.mark.parametrize(
    "words",
    [
        *("Q4 2026", "Summer 2026", "Dec 2026", "18 December 2026"),  # which have a notation
        *("early", "around", "mid", "from to", "between March and", "third half of 2027"),
        *("December to February 2027", "May to March 2027", "early 14 July 2027", "early H1 2027"),
        *("around March", "July 3 to 7, 2027", "early monsoon 2027", "late 1066"),
    ],
)
def test_words_that_are_not_clear_are_no_date(words):
    """Nothing is guessed, and the message quotes what was said."""
    with pytest.raises(ValueError, match=words):
        read_date(words)


@pytest.mark.slow
@given(
    st.text()
    | st.lists(
        st.sampled_from(
            [
                "early",
                "mid",
                "late",
                "from",
                "to",
                "3",
                "march",
                "2027",
                "h1",
                "around",
                "and",
                "-",
                "/",
            ]
        )
    ).map(" ".join)
)
def test_any_words_are_a_date_or_a_value_error(text):
    """Words that are no date raise ValueError and nothing else; those that are have a notation."""
    try:
        when = read_date(text)
    except ValueError:
        return
    assert PartialDate.parse(str(when)) == when
