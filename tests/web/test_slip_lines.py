"""Slip lines: pictures of how a date has moved."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releasecal.core.models import Certainty, Status
from releasecal.web.pages.slip_chart import slip_line, sparkline, summary
from support.build import revision

DELAYS = [revision(day) for day in ("2021-07-23", "2021-11-19", "2022-05-27", "2023-07-14")]
DAYS = st.dates(date(1990, 1, 1), date(2035, 12, 28))
FORMS = ["{:%Y}", "{:%Y-%m}", "{:%Y-%m-%d}", ""]
HISTORIES = st.lists(st.tuples(st.sampled_from(FORMS), DAYS), min_size=1, max_size=40)


def picture(history):
    return slip_line(history, [None] * len(history))


def test_each_delay_is_a_step_to_the_right():
    """The picture tells the article's delays: every row stands further on than the one before."""
    rows = picture(DELAYS).rows
    assert [row.label for row in rows] == [
        *("23 Jul 2021", "19 Nov 2021", "27 May 2022", "14 Jul 2023")
    ]
    assert all(before.x < after.x and before.y < after.y for before, after in pairwise(rows))


@pytest.mark.parametrize(
    ("dates", "said"),
    [
        (["2021-07-23", "2023-07-14"], "1 move · 721 days later"),
        (["2023-07-14", "2023-07-13"], "1 move · 1 day earlier"),
        (["2027", "2027-07", "2027-07-16"], ""),
        (["2027-07-16", "2028"], "1 move"),
        (["2027-07-16", "", "2027-07-30"], "1 move · 14 days later"),
        (["2027-07-16", "2027-08-16", "2027-07-16"], "2 moves"),
        (["2027"], ""),
    ],
)
def test_the_summary_counts_moves_and_days(dates, said):
    """A more precise date is no move, and only days are counted between days."""
    assert summary([revision(text) for text in dates]) == said


def test_an_announced_date_after_a_calculated_one_is_no_move():
    """Nobody has announced the calculated one, so nobody has moved it."""
    history = [revision("2027-07-16", certainty=Certainty.DERIVED), revision("2027-07-30")]
    assert summary(history) == ""
    assert sparkline(history) == ""


def test_a_cancellation_is_drawn_and_no_date_is_said():
    """What has no date stands below the date before, crossed out."""
    over = revision("2027-07-30", status=Status.CANCELLED)
    rows = picture([revision("2027-07-16"), revision("2027-07-30"), revision(""), over]).rows
    assert [(row.label, row.is_dated, row.is_over) for row in rows[2:]] == [
        ("no date", False, False),
        ("30 Jul 2027", True, True),
    ]
    assert rows[2].x == rows[1].x


def test_the_same_said_again_is_no_row():
    """An announcement that repeats the date leads to no step."""
    assert len(picture([DELAYS[0], DELAYS[0], DELAYS[1]]).rows) == 2
    assert picture([DELAYS[0], DELAYS[0]]) is None


def test_long_histories_keep_the_first_and_the_latest_dates():
    """The picture says how many announcements it leaves out."""
    days = [date(2027, 1, 1) + timedelta(7 * at) for at in range(60)]
    drawn = picture([revision(str(day)) for day in days])
    assert (len(drawn.rows), drawn.left_out) == (24, 36)
    assert drawn.rows[0].label == "1 Jan 2027"
    assert drawn.rows[-1].label.endswith("2028")


@given(HISTORIES)
def test_all_of_a_picture_is_within_its_frame(told):
    """Whatever was announced, marks, labels and ticks have a place in the picture."""
    history = [revision(form.format(day)) for form, day in told]
    drawn = picture(history)
    if drawn is None:
        assert len({each.when for each in history} - {None}) < 2
        return
    for row in drawn.rows:
        assert 96 <= row.x <= row.end <= drawn.width
        assert 0 < row.y < drawn.height
        assert 84 <= row.label_x <= drawn.width
    assert len(drawn.ticks) <= 7
    assert all(96 <= x <= drawn.width for x, _ in drawn.ticks)
    assert drawn.summary == summary(history)


@given(HISTORIES)
def test_a_sparkline_is_within_its_frame(told):
    """Its points lie in 60 by 16 units, from left to right."""
    points = sparkline([revision(form.format(day)) for form, day in told])
    places = [tuple(map(int, point.split(","))) for point in points.split()]
    assert all(0 <= x <= 60 and 0 <= y <= 16 for x, y in places)
    assert places == sorted(places, key=lambda place: place[0])


def test_days_known_stand_beside_the_dates():
    """The day by which a date was announced is said in words, and nothing where it is unknown."""
    drawn = slip_line(DELAYS[:2], [date(2022, 3, 25), None])
    assert [row.told for row in drawn.rows] == ["25 Mar 2022", ""]
