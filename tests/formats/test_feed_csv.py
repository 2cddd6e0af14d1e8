"""CSV: a table of releases, for spreadsheets and for another releasecal."""

import csv
import io
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releasecal.core.models import ReleaseKind
from releasecal.formats import feed_csv
from releasecal.queries.feed_query import EVERYTHING
from releasecal.queries.results import Feed
from releasecal.queries.site_settings import SiteSettings, SizeLimits
from releasecal.sources import read
from support.build import NOW, film, opening, publish, release

SITE = SiteSettings(public_url="https://films.example")


def feed(*films, **facts):
    entries = publish(*films).entries.values()
    dated = tuple(each for each in entries if each.shown)
    undated = tuple(each for each in entries if each.is_off_its_day)
    given = {"site": SITE, "undated": undated, **facts}
    return replace(Feed(SITE, EVERYTHING, "Films", "/calendar", NOW.date(), dated, NOW), **given)


def table(octets):
    return list(csv.DictReader(io.StringIO(octets.decode(), newline=""), strict=True))


def test_a_release_is_a_row_under_a_header():
    """Each cell is under the name of its column; a missing value is an empty cell."""
    films = film(
        "film",
        release("film", "2027-03-01", "2027-07-14", kind=ReleaseKind.STREAMING, channel="Lantern+"),
        title="Film",
        genres=("spy", "drama"),
    )

    (row,) = table(feed_csv.render(feed(films)))

    expected = {
        "title": "Film", "kind": "streaming", "region": "US", "channel": "Lantern+", "number": "",
        "when": "2027-07-14", "status": "scheduled", "certainty": "confirmed", "as_of": "",
        "reason": "", "genres": "spy; drama", "place": "", "label": "", "shown": "2027-07-14",
        "film_id": "film", "url": "https://films.example/films/film",
        "uid": "film.streaming.us.lantern-plus@releasecal",
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected
    assert row["created"] == row["revised"] == f"{NOW:%Y-%m-%dT%H:%M:%SZ}"


def test_what_has_no_day_comes_last_and_once():
    """Also what is shown on its old day and has no day any more."""
    rows = table(
        feed_csv.render(
            feed(
                opening("", id_="never"),
                opening("2027", id_="year"),
                opening("2027-01-02", id_="day"),
            )
        )
    )

    assert [row["film_id"] for row in rows] == ["day", "year", "never"]
    assert [row["when"] for row in rows] == ["2027-01-02", "2027", ""]


@pytest.mark.parametrize(
    "title",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        " =1",
        "\t=1",
        '=HYPERLINK("http://x","y")',
        "=cmd|' /C calc'!A0",
    ],
)
def test_no_text_is_a_formula(title):
    """A spreadsheet would compute what begins so; an apostrophe makes it a text."""
    (row,) = table(feed_csv.render(feed(opening("2027-07-14", title=title))))

    assert row["title"] == f"'{title}"


@given(
    title=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1)
)
def test_any_text_comes_back(title):
    """Through the standard library's strict reader, but for the apostrophe."""
    entry = feed(opening("2027-07-14", title=title))
    octets = feed_csv.render(entry)
    (row,) = table(octets)

    assert row["title"].removeprefix("'") == title.removeprefix("'")
    assert octets.endswith(b"\r\n")


def test_another_releasecal_reads_it(tmp_path):
    """As a table: the same films, releases and dates; columns it has no use for are named."""
    path = tmp_path / "films.csv"
    films = (
        opening("2027-07-14", id_="one", title="One, the first", genres=("spy", "drama")),
        film("two", release("two", "2027-Q3", region="DE", kind=ReleaseKind.TV), title="Two"),
        opening("", id_="three"),
    )
    path.write_bytes(feed_csv.render(feed(*films)))

    (reading,) = read([str(path)])

    assert {
        (each.id, each.title, each.genres, str(own.key), own.current.when)
        for each in reading.films
        for own in each.releases
    } == {
        (each.id, each.title, each.genres, str(own.key), own.current.when)
        for each in films
        for own in each.releases
    }


def test_a_table_that_was_cut_says_so():
    """In a last row, of no release: how many are left out, and since when nobody has looked."""
    films = [opening(f"2027-07-{day:02}", id_=f"f{day:02}") for day in range(1, 31)]
    cut = feed(
        *films,
        site=replace(SITE, limits=SizeLimits(octets=5_000)),
        stale_since=NOW - timedelta(days=9),
    )
    octets = feed_csv.render(cut)
    *rows, stale, left_out = table(octets)

    assert len(octets) <= 5_000
    assert [row["film_id"] for row in rows] == [f"f{day:02}" for day in range(1, len(rows) + 1)]
    assert {stale["kind"], left_out["kind"]} == {"notice"}
    assert "not checked since" in stale["title"]
    assert f"{30 - len(rows)} releases left out" in left_out["title"]
