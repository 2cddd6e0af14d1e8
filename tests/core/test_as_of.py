"""The calendar as it was known on a day in the past."""

from datetime import date

import pytest

from releasecal.core.as_of import entries_as_of, known_by
from releasecal.core.catalogue import merge
from releasecal.core.editions import NOTHING
from releasecal.core.models import ReleaseKind, Status, Window
from releasecal.core.revise import revise
from releasecal.sources import read
from support.build import (
    DAY,
    NOW,
    POLICY,
    catalogue,
    film,
    only,
    opening,
    publish,
    release,
    revision,
)
from support.paths import ARTICLE, DATA


def dates(edition):
    return {str(key): str(entry.current.when) for key, entry in edition.entries.items()}


def on(day, *films):
    edition = publish(*films)
    return dates(
        entries_as_of(
            edition.entries.values(), edition.films, edition.sources, date.fromisoformat(day)
        )
    )


def test_a_day_has_the_dates_announced_by_then():
    """A day has the dates that had been announced on it."""
    told = opening(
        revision("2021-07-23", as_of=date(2019, 2, 1)),
        revision("2021-11-19", as_of=date(2020, 4, 24)),
        revision("2023-07-14", as_of=date(2022, 1, 21)),
    )

    assert on("2019-01-31", told) == {}
    assert on("2019-02-01", told) == {"film.theatrical.us": "2021-07-23"}
    assert on("2022-01-20", told) == {"film.theatrical.us": "2021-11-19"}
    assert on("2030-01-01", told) == {"film.theatrical.us": "2023-07-14"}


def test_a_published_date_is_known_from_its_publication():
    """A date without a day of announcement is known from its publication."""
    first = publish(opening("2027-01-01"))
    second = publish(opening("2027-02-02"), before=first, now=NOW.replace(year=2027))

    def then(day):
        return dates(entries_as_of(second.entries.values(), second.films, second.sources, day))

    assert then(date(2026, 11, 21)) == {}
    assert then(date(2026, 11, 22)) == {"film.theatrical.us": "2027-01-01"}
    assert then(date(2027, 11, 22)) == {"film.theatrical.us": "2027-02-02"}


def test_a_derived_date_is_known_with_its_window():
    """A derived date follows from the dates known on that day, once its window was known."""
    window = Window(ReleaseKind.STREAMING, days=45, as_of=date(2021, 6, 1))
    told = film(
        "film",
        release(
            "film",
            revision("2021-07-23", as_of=date(2020, 1, 1)),
            revision("2022-07-23", as_of=date(2022, 1, 1)),
        ),
        windows=(window,),
    )

    assert "film.streaming.us" not in on("2021-05-31", told)
    assert on("2021-06-01", told)["film.streaming.us"] == "2021-09-06"
    assert on("2022-01-01", told)["film.streaming.us"] == "2022-09-06"


def test_an_undated_announcement_is_known_with_the_next_one():
    """An announcement without a day was known when the next one was."""
    history = (revision("2021"), revision("2022", as_of=date(2020, 1, 1)), revision("2023"))

    assert known_by(history, date(2019, 12, 31)) == ()
    assert [str(each.when) for each in known_by(history, date(2020, 1, 1))] == ["2021", "2022"]


@pytest.mark.parametrize(
    ("day", "seven", "eight", "maverick"),
    [
        ("2020-04-23", "2021-07-23", "2022-08-05", "2020-12-23"),
        ("2020-04-24", "2021-11-19", "2022-11-04", "2020-12-23"),
        ("2021-04-30", "2022-05-27", "2023-07-07", "2021-11-19"),
        ("2021-09-01", "2022-09-30", "2023-07-07", "2022-05-27"),
        ("2022-03-25", "2023-07-14", "2024-06-28", "2022-05-27"),
        ("2023-04-27", "2023-07-12", "2024-06-28", "2022-05-27"),
        ("2023-10-23", "2023-07-12", "2025-05-23", "2022-05-27"),
    ],
)
def test_films_of_the_article_stand_on_their_announced_dates(day, seven, eight, maverick):
    """On each day the three films have the dates announced by then."""
    told = merge(read([str(ARTICLE), str(DATA)]))
    edition, _ = revise(NOTHING, told, now=NOW, policy=POLICY)

    then = dates(
        entries_as_of(
            edition.entries.values(), edition.films, edition.sources, date.fromisoformat(day)
        )
    )

    assert then["mission-impossible-7.theatrical.us"] == seven
    assert then["mission-impossible-8.theatrical.us"] == eight
    assert then["top-gun-maverick.theatrical.us"] == maverick


def test_a_coarse_date_is_known_as_it_was_told():
    """On each day the part, the range or the date that it is about, as announced by then."""
    told = [
        revision("2027-H2", as_of=date(2026, 1, 1)),
        revision("2027-08/2027-10", as_of=date(2026, 3, 1)),
        revision("2027-09~", as_of=date(2026, 5, 1)),
        revision("2027-09-17", as_of=date(2026, 7, 1)),
    ]
    edition = publish(opening(*told))

    for known, day in zip(told, (date(2026, month, 15) for month in (1, 3, 5, 7)), strict=True):
        then = entries_as_of(edition.entries.values(), edition.films, edition.sources, day)
        assert only(then).current.when == known.when


@pytest.mark.parametrize("day", [date.min, date.max])
def test_the_ends_of_the_calendar_are_days(day):
    """No day that can be asked for is too far away, neither for what is cancelled nor for a mark."""
    cancelled = revision("2027-07-14", status=Status.CANCELLED, as_of=date(2026, 6, 1))
    moved = [revision("2027-07-14", as_of=date(2026, 1, 1)), revision("2028-07-14")]
    edition = publish(
        opening(revision("2027-07-14", as_of=date(2026, 1, 1)), cancelled),
        opening(*moved, id_="moved"),
    )

    then = entries_as_of(edition.entries.values(), edition.films, edition.sources, day, 14 * DAY)

    assert len(then.entries) == (2 if day == date.max else 0)


def test_a_day_before_everything_is_empty():
    """A day before everything is an empty edition."""
    assert entries_as_of((), {}, {}, date(2000, 1, 1)).entries == {}
    assert catalogue().films == {}
