"""Slips: moves are counted, and days only between days."""

from datetime import date

import pytest

from releasecal.core.models import Certainty
from releasecal.core.slips import Slip, moved_before, slip_of
from support.build import NOW, revision

DAY = date(2022, 3, 25)


@pytest.mark.parametrize(
    ("dates", "slip"),
    [
        (["2021-07-23", "2021-11-19", "2023-07-14"], Slip(2, 721)),
        (["2023-07-14", "2023-07-13"], Slip(1, -1)),
        (["2027", "2027-07", "2027-07-16"], Slip(0, 0)),
        (["2027-07-16", "2028"], Slip(1, 0)),
        (["2027-07-16", "", "2027-07-30"], Slip(1, 14)),
        ([""], Slip(0, 0)),
    ],
)
def test_a_slip_has_the_moves_and_the_days_between_the_ends(dates, slip):
    """A more precise date is no move, and a month or a year has no day to count to."""
    assert slip_of([revision(text) for text in dates]) == slip


def test_a_calculated_date_has_not_slipped():
    """Nobody has announced it, so nobody has moved it."""
    assert slip_of(
        [revision("2027-01-01", certainty=Certainty.DERIVED), revision("2027-03-01")]
    ) == (Slip(0, 0))


def test_moves_before_the_first_edition_are_told_apart():
    """What moved before we published it is dated by the day it was known; later moves are not."""
    told = [revision("2021-07-23"), revision("2021-11-19"), revision("2022-05-27", seen=NOW)]
    later = revision("2023-07-14", seen=NOW)

    assert moved_before([*told, later], [DAY, DAY, NOW.date(), NOW.date()]) == NOW.date()
    assert moved_before([told[2], later], [DAY, DAY]) is None
    assert moved_before(told[:1], [DAY]) is None
