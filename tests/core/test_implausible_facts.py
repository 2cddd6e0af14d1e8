"""Contradictions: doubtful facts are told with their place, and stop nothing."""

from datetime import date
from typing import ClassVar

import pytest

from releasecal.core.catalogue import Reading, merge
from releasecal.core.film_facts import Production
from releasecal.core.models import ReleaseKind, Status, Window
from releasecal.errors import Place
from support.build import film, opening, release, revision

FIELDS = ("published", "retrieved")
TODAY = date(2026, 11, 27)
DIGITAL = Window(to=ReleaseKind.DIGITAL, days=17)
STREAMING = Window(to=ReleaseKind.STREAMING, days=45, origin=ReleaseKind.DIGITAL)


def notes(*films, today=TODAY, places=None):
    return merge([Reading(films=films, places=places or {})], today).notes


class TestDaysInNoFeed:
    @pytest.mark.parametrize(
        ("day", "remedy"),
        [
            ("2062-12-18", "check the year"),
            ("2038", "check the year"),
            ("1962-12-18", "pages and JSON have it"),
        ],
    )
    def test_a_day_that_no_feed_has_is_told(self, day, remedy):
        """Case k1: a date outside 1970-2037 is accepted, and told to be in no feed."""
        assert notes(opening(day)) == (
            f"film: {day} is in no feed: they hold 1970 to 2037 ({remedy})",
        )

    @pytest.mark.parametrize("day", ["1970-01-01", "2037-12-31", "2037"])
    def test_a_day_that_feeds_have_is_not_told(self, day):
        """The first and the last day of feeds are in them."""
        assert notes(opening(day)) == ()

    def test_of_many_old_films_ten_are_told(self):
        """A catalogue of classics has ten lines of these, and one with the number of the rest."""
        told = notes(*(opening("1955-05-05", id_=f"film-{number:03}") for number in range(500)))

        assert len(told) == 11
        assert told[-1] == (
            "film-009: 490 more like the 10 before: … is in no feed: they hold … to …"
        )


class TestAnnouncements:
    def test_an_announcement_from_the_future_is_told(self):
        """Case k5: what is known by a day that has not come has a wrong year."""
        told = notes(opening("2027-01-08", revision("2027-02-05", as_of=date(2062, 11, 20))))

        assert told == (
            (
                "film: as_of: 2062-11-20 has not come yet, and nothing is known by then "
                "(check the year)"
            ),
        )

    @pytest.mark.parametrize("day", [date(2026, 11, 27), date(2026, 11, 28)])
    def test_an_announcement_of_tomorrow_is_no_contradiction(self, day):
        """East of us it is tomorrow already."""
        assert notes(opening(revision("2027-02-05", as_of=day))) == ()

    def test_without_a_day_nothing_is_of_the_future(self):
        """Where nobody says what day it is, no announcement is doubtful."""
        known = opening(revision("2027-02-05", as_of=date(2062, 11, 20)))

        assert notes(known, today=None) == ()


class TestSources:
    DAYS: ClassVar = {("paper", f"source {field}"): date(2062, 11, 1) for field in FIELDS}

    def test_a_source_from_the_future_is_told(self):
        """Nothing has appeared or been looked at on a day that has not come."""
        place = Place("sources.yaml", 3, 5)
        reading = Reading(days=self.DAYS, places={("paper", "source retrieved"): place})

        assert merge([reading], TODAY).notes == (
            "paper: published: 2062-11-01 has not come yet (check the year)",
            "sources.yaml:3:5: retrieved: 2062-11-01 has not come yet (check the year)",
        )
        assert merge([reading]).notes == ()

    @pytest.mark.parametrize("day", [date(2026, 11, 27), date(2026, 11, 28)])
    def test_a_source_of_tomorrow_is_no_contradiction(self, day):
        """East of us it is tomorrow already."""
        assert merge([Reading(days=dict.fromkeys(self.DAYS, day))], TODAY).notes == ()


class TestCancelledFilms:
    SHELVED = Production(status="cancelled")

    def test_a_confirmed_date_of_a_cancelled_film_is_told(self):
        """Case k5: one of the two is wrong."""
        (told,) = notes(opening("2027-01-08", production=self.SHELVED))

        assert "the film's production is cancelled, and this date is confirmed" in told

    def test_a_cancelled_release_of_a_cancelled_film_is_right(self):
        """What is cancelled, or has no date, contradicts nothing."""
        over = opening(revision("2027-01-08", status=Status.CANCELLED), production=self.SHELVED)

        assert notes(over) == ()


class TestTwins:
    def test_films_with_one_outside_id_are_told(self):
        """Case k5: two films with the same outside id are most likely one; both places are told."""
        films = [film(id_, refs=(("imdb", "tt9999991"),)) for id_ in ("storm-five", "untitled")]
        places = {
            (one.id, "refs imdb"): Place("a.yaml", number) for number, one in enumerate(films, 1)
        }

        assert notes(*films, places=places) == (
            (
                "a.yaml:2:0: imdb: the film 'storm-five' has tt9999991, too (a.yaml:1:0) "
                "(join the two films, or mend the id of one)"
            ),
        )

    def test_other_outside_ids_are_no_contradiction(self):
        """The same number in two databases is no one film."""
        assert notes(film("a", refs=(("imdb", "1"),)), film("b", refs=(("tmdb", "1"),))) == ()


class TestWindows:
    def test_a_window_that_counts_from_nothing_is_told(self):
        """Case k6: a window that can never give a date says so."""
        assert notes(opening("2027-03-05", windows=(STREAMING,))) == (
            (
                "film: this window gives no date: the film has no digital release "
                "(add that release, or mend from and region of the window)"
            ),
        )

    def test_a_window_after_a_window_counts(self):
        """A window may count from a release that follows from another window."""
        assert notes(opening("2027-03-05", windows=(STREAMING, DIGITAL))) == ()

    def test_a_window_for_another_region_is_told(self):
        """A window for a region without a release to count from gives no date."""
        (told,) = notes(
            opening("2027-03-05", windows=(Window(to=ReleaseKind.DIGITAL, days=17, region="DE"),))
        )

        assert "the film has no theatrical release in DE" in told

    def test_a_window_of_a_film_without_releases_waits(self):
        """Where nothing is announced yet, nothing is wrong with a window."""
        assert notes(film(windows=(DIGITAL,))) == ()


class TestSundays:
    def test_a_wide_opening_on_a_sunday_is_told(self):
        """A hint: wide releases in the US do not open on a Sunday."""
        (told,) = notes(opening("2027-06-13"))

        assert "2027-06-13 is a Sunday" in told
        assert "check the day" in told

    @pytest.mark.parametrize(
        "usual",
        [
            opening("2027-06-11"),
            opening("2033-12-25"),  # Christmas
            opening("2026-06-14"),  # past
            film("film", release("film", "2027-06-13", region="GB")),
            film("film", release("film", "2027-06-13", kind=ReleaseKind.THEATRICAL_LIMITED)),
        ],
    )
    def test_other_days_and_releases_are_not_told(self, usual):
        """Other countries, select cinemas, Christmas and the past have their Sundays."""
        assert notes(usual) == ()
