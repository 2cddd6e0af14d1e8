"""Pages on moves: the most postponed films, two days beside each other, a series on one line."""

from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest

from releasecal.core.models import ReleaseKind, SeriesPlace
from releasecal.web.pages.series_chart import series_line
from releasecal.web.pages.when_it_comes import film_answers
from support.build import film, opening, release, revision
from support.build import publish as published
from support.pages import RICH, in_order, moved, see

pytestmark = pytest.mark.slow

DAY = date(2026, 11, 22)
MOVED = moved(*RICH, eight="2028-07-07")


@pytest.fixture
def client(publish):
    return publish(RICH, MOVED)[0]


# ── The most postponed films


def test_the_most_postponed_film_comes_first(client):
    page = see(client, "/slips")
    assert in_order(
        page.sections["found"],
        "Seven & a Half In cinemas United States 30 Sep 2026 16 Jul 2027 2 moves · 289 days later",
        "Eight In cinemas United States 23 Jun 2028 7 Jul 2028 Moved 1 move · 14 days later",
    )
    assert "Past" not in page.sections["found"]
    assert parse_qs(urlsplit(page.address).query)["film"] == ["eight,seven"]


def test_the_form_narrows_the_most_postponed(client):
    """By kind, region and series, as feeds do."""
    assert "Eight" not in see(client, "/slips?kind=premiere").sections["found"]
    assert "No such film has been postponed." in see(client, "/slips?region=IT").text
    assert "Eight" in see(client, "/slips?series=saga&kind=&region=").text
    assert "did you mean region?" in see(client, "/slips?regoin=US", 400).text


# ── Two days


def test_two_days_are_compared(client):
    """What was announced in between, once a film; the calendar of the selection is offered."""
    page = see(client, "/diff?from=2026-02-10&to=2026-05-10&series=saga")
    assert "What had been announced by 10 May 2026" in page.sections["h1"]
    assert in_order(
        page.sections["found"],
        "Seven & a Half",
        "Delayed Moved from 5 Mar 2027 to 16 Jul 2027, announced by 6 May 2026: Weather.",
        "In cinemas United States",
    )
    assert urlsplit(page.address).path == "/series/saga.ics"
    later = see(client, "/diff?from=2026-11-21&to=2026-11-22").sections["found"]
    assert "1 difference Eight Delayed Moved from 23 Jun 2028 to 7 Jul 2028." in later


def test_without_days_the_last_month_is_compared(client):
    page = see(client, "/diff")
    fields = {attrs.get("name"): attrs.get("value") for attrs in page.all("input")}
    assert (fields["from"], fields["to"]) == ("2026-10-23", "2026-11-22")


@pytest.mark.parametrize(
    ("query", "advice"),
    [
        ("from=soon", "as in from=2026-09-01"),
        ("from=2026-09-02&to=2026-09-01", "swap the two days"),
        ("kind=theatre", "theatrical"),
    ],
)
def test_a_wrong_comparison_gets_advice(client, query, advice):
    assert advice in see(client, f"/diff?{query}", 400).text


# ── A series on one line


def told(*films):
    return published(*films).entries.values()


SAGA = (SeriesPlace("saga", "Saga"),)


def test_each_film_of_a_series_has_a_row_by_its_opening():
    """From its first date to its present one, by date; the visitor's region before others."""
    films = (
        film(
            "two",
            release("two", "2028-01-01", "2029-01-01"),
            release("two", "2028-02-01", kind=ReleaseKind.PREMIERE),
        ),
        film("one", release("one", "2027-01-01"), release("one", "2027-01-05", region="DE")),
        opening("", id_="never"),
    )
    line = series_line(told(*films), DAY, "DE")
    assert [(row.label, str(row.first), str(row.when)) for row in line.rows] == [
        ("One", "2027-01-05", "2027-01-05"),
        ("Two", "2028-01-01", "2029-01-01"),
    ]
    one, two = line.rows
    assert one.x < two.was < two.x
    assert (one.slip.moves, two.slip.days) == (0, 366)
    assert line.now is None


def test_one_film_makes_no_line():
    assert series_line(told(opening("2027-01-01")), DAY) is None
    assert (
        series_line(told(opening("2027-01-01", id_="a"), opening("2027-01-01", id_="b")), DAY)
        is None
    )


def test_a_series_page_has_the_picture_and_a_table(client):
    page = see(client, "/series/saga")
    assert "series-line" in page.source
    assert in_order(
        page.sections["line"],
        "Seven & a Half In cinemas United States 30 Sep 2026 16 Jul 2027 2 moves · 289 days later",
        "Eight",
    )
    assert "img" in [attrs.get("role") for attrs in page.all("svg")]


# ── A film, for a visitor


def test_the_answer_is_of_the_visitors_region():
    """In cinemas first, then at home; a worldwide release answers where there is no own one."""
    own = list(
        told(
            film(
                "film",
                release("film", "2027-03-01", kind=ReleaseKind.DIGITAL, region="DE"),
                release("film", "2027-01-01"),
                release("film", "2027-01-05", region="DE"),
                release("film", "2027-02-01", region="001", kind=ReleaseKind.TV),
            )
        )
    )

    def answers(region):
        found = film_answers(own, DAY, region)
        return [(each.key.kind, each.key.region) for each in found.entries], found.missing

    assert answers("DE") == ([("theatrical", "DE"), ("digital", "DE")], "")
    assert answers("US") == ([("theatrical", "US")], "")
    assert answers("FR") == ([("tv", "001")], "")
    assert [place for _, place in answers("")[0]] == ["001"]


def test_a_region_without_a_release_is_named():
    found = film_answers(list(told(opening("2027-01-01"))), DAY, "FR")
    assert [each.key.region for each in found.entries] == ["US"]
    assert found.missing == "FR"


def test_a_film_page_answers_for_the_visitor(publish):
    client, _ = publish(
        (film("film", release("film", "2027-01-01"), release("film", "2027-01-05", region="DE")),)
    )
    page = see(client, "/films/film", headers={"Accept-Language": "de-DE"}, lang="en")
    assert page.sections["h1"].startswith(
        "Film In cinemas Germany 5 Jan 2027 in 6 weeks · confirmed"
    )
    missing = see(client, "/films/film", headers={"Accept-Language": "it"}, lang="en")
    assert "Nothing is known of a release in Italy yet." in missing.sections["h1"]


def test_a_film_of_many_releases_stays_small(publish):
    """Twenty releases are told in full, the others have a line each."""
    codes = [
        "AD",
        "AE",
        "AR",
        "AT",
        "AU",
        "BE",
        "BG",
        "BR",
        "CA",
        "CH",
        "CL",
        "CN",
        "CO",
        "CZ",
        "DE",
        "DK",
    ]
    codes += [
        "EE",
        "EG",
        "ES",
        "FI",
        "FR",
        "GB",
        "GR",
        "HK",
        "HR",
        "HU",
        "ID",
        "IE",
        "IL",
        "IN",
        "IS",
        "IT",
    ]
    codes += [
        "JP",
        "KR",
        "LT",
        "LU",
        "LV",
        "MX",
        "NL",
        "NO",
        "NZ",
        "PL",
        "PT",
        "RO",
        "RS",
        "SE",
        "SG",
        "US",
    ]
    dates = [revision(f"2027-0{month}-05", as_of=date(2026, month, 1)) for month in range(1, 6)]
    client, _ = publish((film("film", *(release("film", *dates, region=code) for code in codes)),))
    page = see(client, "/films/film")
    assert len(page.all("article")) == 20
    assert "United States" in page.sections["others"]
    assert len(page.source.encode()) < 100_000
