"""Windows: releases that follow from an announced date, and give way to announced ones."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releasecal.core.derived_releases import derive, end
from releasecal.core.models import Certainty, ReleaseKind, Status, Window
from support.build import DAY, film, release, revision

TO_PARAMOUNT = Window(ReleaseKind.STREAMING, days=45, channel="Paramount+")


def derived(*releases, windows=(TO_PARAMOUNT,)):
    return [each for each in derive(film("film", *releases, windows=windows)) if each.derivation]


def dates(releases):
    return [str(each.current.when) for each in releases]


@pytest.mark.parametrize(
    ("window", "opening", "expected"),
    [
        (Window(ReleaseKind.STREAMING, days=45), "2023-07-14", "2023-08-28"),
        (Window(ReleaseKind.STREAMING, days=45), "2022-05-27", "2022-07-11"),
        (Window(ReleaseKind.STREAMING, days=0), "2021-10-01", "2021-10-01"),
        (Window(ReleaseKind.STREAMING, days=1), "2024-02-28", "2024-02-29"),
        (Window(ReleaseKind.DIGITAL, weekends=3), "2026-03-13", "2026-03-30"),
        (Window(ReleaseKind.DIGITAL, weekends=5), "2026-03-13", "2026-04-13"),
        (Window(ReleaseKind.DIGITAL, weekends=7), "2026-03-13", "2026-04-27"),
        (Window(ReleaseKind.DIGITAL, weekends=1), "2026-03-15", "2026-03-16"),
        (Window(ReleaseKind.DIGITAL, weekends=1), "2026-03-11", "2026-03-16"),
        (Window(ReleaseKind.STREAMING, weeks=17), "2026-03-13", "2026-07-10"),
        (Window(ReleaseKind.STREAMING, months=4), "2025-02-13", "2025-06-13"),
        (Window(ReleaseKind.STREAMING, months=3), "2023-11-30", "2024-02-29"),
        (Window(ReleaseKind.STREAMING, months=3), "2022-11-30", "2023-02-28"),
        (Window(ReleaseKind.STREAMING, months=1), "2024-01-31", "2024-02-29"),
        (Window(ReleaseKind.STREAMING, months=1), "2024-02-29", "2024-03-29"),
        (Window(ReleaseKind.STREAMING, months=17), "2025-08-31", "2027-01-31"),
        (Window(ReleaseKind.TV, months=22), "2025-02-28", "2026-12-28"),
    ],
)
def test_a_window_ends_on_its_day(window, opening, expected):
    """Days count from the opening day; weekends end with their Sunday; months are the calendar's."""
    assert end(window, date.fromisoformat(opening)) == date.fromisoformat(expected)


@given(st.dates(date(1970, 1, 1), date(2037, 1, 1)), st.integers(1, 60))
def test_weekends_end_on_mondays(opening, weekends):
    """A window of weekends ends on a Monday for any opening day."""
    ending = end(Window(ReleaseKind.DIGITAL, weekends=weekends), opening)

    assert ending.weekday() == 0
    assert 0 <= (ending - opening).days - 7 * (weekends - 1) <= 7


@given(st.dates(date(1970, 1, 1), date(2037, 1, 1)), st.integers(1, 120))
def test_months_end_in_their_month(opening, months):
    """A window of months ends that many months later, on the day or before it at a month's end."""
    ending = end(Window(ReleaseKind.DIGITAL, months=months), opening)

    ahead = (ending.year - opening.year) * 12 + ending.month - opening.month
    assert ahead == months
    assert ending.day == opening.day or (ending + DAY).day == 1


def test_a_date_is_derived_from_a_day():
    """A streaming-eligible date follows, marked as derived, with its anchor."""
    (eligible,) = derived(release("film", "2023-07-14"))

    assert eligible.kind is ReleaseKind.STREAMING_ELIGIBLE
    assert str(eligible.key) == "film.streaming.us.paramount-plus"
    assert dates([eligible]) == ["2023-08-28"]
    assert eligible.current.certainty is Certainty.DERIVED
    assert str(eligible.derivation.counted_from) == "2023-07-14"


@pytest.mark.parametrize(
    "anchor",
    [
        release("film", "2023-07"),
        release("film", "2023-Q3"),
        release("film", ""),
        release("film", revision("2023-07-14", status=Status.CANCELLED)),
        release("film", revision("2023-07-14", certainty=Certainty.DERIVED)),
        release("film", "2023-07-14", kind=ReleaseKind.PREVIEW),
    ],
)
def test_no_date_is_derived_from_less_than_a_day(anchor):
    """Only an announced day of the origin that is in force has a derived release."""
    assert derived(anchor) == []


PAID_FIRST = (
    Window(ReleaseKind.STREAMING, days=45, origin=ReleaseKind.DIGITAL, channel="Peacock"),
    Window(ReleaseKind.DIGITAL, days=17),
)


@pytest.mark.parametrize("windows", [PAID_FIRST, PAID_FIRST[::-1]])
def test_a_date_is_derived_from_a_derived_one(windows):
    """Case k6: a window counts from what follows from another window, in any order of both."""
    digital, streaming = derived(release("film", "2027-03-05"), windows=windows)

    assert dates([digital, streaming]) == ["2027-03-22", "2027-05-06"]
    assert streaming.derivation.anchor == digital.key
    assert digital.derivation.basis is Certainty.CONFIRMED
    assert streaming.derivation.basis is Certainty.DERIVED


def test_an_announced_date_in_the_middle_takes_over():
    """Once the first release of two is announced, the second counts from the announced day."""
    real = release("film", "2027-04-01", kind=ReleaseKind.DIGITAL)

    (streaming,) = derived(release("film", "2027-03-05"), real, windows=PAID_FIRST)

    assert dates([streaming]) == ["2027-05-16"]
    assert streaming.derivation.basis is Certainty.CONFIRMED


def test_what_follows_from_an_announced_day_comes_first():
    """Of two windows to one release, that from an announced day counts, wherever it stands."""
    direct = Window(ReleaseKind.STREAMING, days=90, channel="Peacock")

    found = derived(release("film", "2027-03-05"), windows=(*PAID_FIRST, direct))

    assert sorted(dates(found)) == ["2027-03-22", "2027-06-03"]


def test_a_chain_falls_with_its_opening():
    """Nothing follows from a derived release whose opening is cancelled."""
    opening = release("film", revision("2027-03-05", status=Status.CANCELLED))

    assert derived(opening, windows=PAID_FIRST) == []


def test_months_of_a_chain_count_from_its_middle():
    """Three months after the day that follows from an opening at a month's end."""
    windows = (
        Window(ReleaseKind.DIGITAL, months=1),
        Window(ReleaseKind.STREAMING, months=3, origin=ReleaseKind.DIGITAL),
        Window(ReleaseKind.TV, weeks=4, origin=ReleaseKind.STREAMING),
    )

    found = derived(release("film", "2027-10-31"), windows=windows)

    assert dates(found) == ["2027-11-30", "2028-02-29", "2028-03-28"]


def test_windows_in_a_circle_end():
    """A circle, which `check` refuses, derives each release once."""
    back = Window(ReleaseKind.DIGITAL, days=9, origin=ReleaseKind.STREAMING)
    windows = (*PAID_FIRST, replace(back, channel="peacock"))

    found = derived(release("film", "2027-03-05"), windows=windows)

    assert sorted(dates(found)) == ["2027-03-22", "2027-05-06", "2027-05-15"]


@pytest.mark.parametrize("said", ["2023-09-15", "2023-09", "2023"])
@pytest.mark.parametrize("region", ["US", "001"])
def test_a_derived_release_gives_way_to_an_announced_one(said, region):
    """An announced date for the channel, here or worldwide, takes the derived one's place."""
    real = release("film", said, kind=ReleaseKind.STREAMING, channel="Paramount+", region=region)

    assert derived(release("film", "2023-07-14"), real) == []


@pytest.mark.parametrize(
    "other",
    [
        {"channel": "Netflix"},
        {"channel": "Paramount+", "region": "DE"},
        {"channel": ""},
    ],
)
def test_a_derived_release_stays_beside_another_channel_or_region(other):
    """Another channel or country is another release."""
    real = release("film", "2023-09-15", kind=ReleaseKind.STREAMING, **other)

    assert len(derived(release("film", "2023-07-14"), real)) == 1


@pytest.mark.parametrize(
    ("facts", "count"),
    [
        ({"channel": "Netflix"}, 0),
        ({"channel": "Netflix", "region": "001"}, 0),
        ({"channel": "Netflix", "region": "DE"}, 1),
        ({"channel": "Netflix", "kind": ReleaseKind.DIGITAL}, 1),
    ],
)
def test_a_window_without_a_channel_gives_way_to_any(facts, count):
    """Where the window names no channel, an announced release on one is what it leads to."""
    real = release("film", "2023-09-15", **{"kind": ReleaseKind.STREAMING, **facts})
    window = Window(ReleaseKind.STREAMING, days=45)

    assert len(derived(release("film", "2023-07-14"), real, windows=(window,))) == count


@pytest.mark.parametrize("off", [revision(""), revision("2023-09-15", status=Status.CANCELLED)])
def test_a_window_without_a_channel_stays_beside_no_date(off):
    """A release on one channel without a date, or cancelled there, says nothing of others."""
    real = release("film", off, kind=ReleaseKind.STREAMING, channel="Netflix")
    window = Window(ReleaseKind.STREAMING, days=45)

    assert len(derived(release("film", "2023-07-14"), real, windows=(window,))) == 1


def test_no_date_is_derived_for_a_cancelled_release():
    """A cancelled streaming release has no derived one."""
    called_off = release(
        "film",
        revision("2023-09-15", status=Status.CANCELLED),
        kind=ReleaseKind.STREAMING,
        channel="Paramount+",
    )

    assert derived(release("film", "2023-07-14"), called_off) == []


def test_a_derived_date_replaces_no_date():
    """An announced release without a date has the derived one for now, and its history."""
    undated = release("film", "", kind=ReleaseKind.STREAMING, channel="Paramount+")

    (eligible,) = derived(release("film", "2023-07-14"), undated)

    assert [str(each.when) for each in eligible.history] == ["None", "2023-08-28"]


def test_a_window_counts_in_its_regions():
    """A window without a region follows each opening; one with a region follows only its own."""
    openings = (
        release("film", "2023-07-14", region="US"),
        release("film", "2023-07-12", region="DE"),
        release("film", "2023-07-10", region="001"),
    )
    window = Window(ReleaseKind.STREAMING, days=1, region="FR")

    assert sorted(dates(derived(*openings, windows=(Window(ReleaseKind.STREAMING, days=1),)))) == [
        "2023-07-11",
        "2023-07-13",
        "2023-07-15",
    ]
    (french,) = derived(*openings, windows=(window,))
    assert (french.key.region, dates([french])) == ("FR", ["2023-07-11"])


def test_an_own_region_precedes_the_world():
    """A country's own opening counts before the worldwide one."""
    openings = (
        release("film", "2023-07-10", region="001"),
        release("film", "2023-07-14", region="US"),
    )
    window = Window(ReleaseKind.STREAMING, days=1, region="US")

    assert dates(derived(*openings, windows=(window,))) == ["2023-07-15"]


@pytest.mark.parametrize(
    ("opening", "follows"),
    [("2021-02-23", 0), ("2021-02-24", 1), ("2022-12-31", 1), ("2023-01-01", 0)],
)
def test_validity_is_judged_by_the_opening(opening, follows):
    """A window applies to openings from its first to its last day."""
    window = Window(
        ReleaseKind.STREAMING,
        days=45,
        valid_from=date(2021, 2, 24),
        valid_until=date(2022, 12, 31),
    )

    assert len(derived(release("film", opening), windows=(window,))) == follows


def test_the_first_of_two_windows_stands():
    """Of two windows to the same release the first one counts."""
    windows = (TO_PARAMOUNT, Window(ReleaseKind.STREAMING, days=30, channel="Paramount+"))

    assert dates(derived(release("film", "2023-07-14"), windows=windows)) == ["2023-08-28"]
