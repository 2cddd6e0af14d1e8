"""Pages on which a film is found: lists by letter and year, series, and a search."""

from urllib.parse import urlsplit

import pytest

from releasecal.core.models import SeriesPlace
from support.build import opening
from support.pages import HOSTILE, RICH, in_order, see

pytestmark = pytest.mark.slow


@pytest.fixture
def client(publish):
    return publish(RICH)[0]


def feed_of(client, page):
    answer = client.get(urlsplit(page.address)._replace(scheme="", netloc="").geturl())
    assert answer.status_code == 200
    return answer.text


def test_all_films_are_listed_by_title_with_their_next_release(client):
    page = see(client, "/films")
    assert in_order(
        page.sections["found"],
        "Eight 2028 In cinemas United States: 23 Jun 2028",
        "Llanfair",
        "Seven & a Half 2027 Premiere Italy: 24 Nov 2026 (in 2 days) and 2 more releases",
        "Year 2029",
    )
    assert "12 films" in page.sections["h1"]
    assert HOSTILE in page.text


def test_a_letter_and_a_year_narrow_the_list_and_its_calendar(client):
    """The page offers the calendar of the very films that it lists."""
    page = see(client, "/films?letter=s&year=2027")
    assert page.sections["h1"].startswith("Films 2027 S 3 films")
    assert in_order(page.sections["found"], "Season", "Seven & a Half")
    assert "Eight" not in page.sections["found"]
    assert "Seven & a Half" in feed_of(client, page)
    assert "/films?year=2027" in page.links()
    assert [attrs["value"] for attrs in page.all("input") if attrs.get("name") == "letter"] == ["s"]


def test_a_year_without_films_says_so(client):
    page = see(client, "/films?year=1950")
    assert "There are no such films." in page.text


def test_series_are_listed_with_their_calendar(client):
    page = see(client, "/series")
    assert "The Saga 2 films" in page.sections["found"]
    assert "/series/saga" in page.links()
    assert urlsplit(page.address).path == "/series/saga.ics"


def test_a_search_has_the_films_of_its_feed(client):
    """Page and calendar are of the same words, read by the same parser."""
    page = see(client, "/search?q=Séven half")
    assert "1 film" in page.sections["found"]
    assert "Seven & a Half" in page.sections["found"]
    feed = feed_of(client, page)
    assert "Seven & a Half" in feed
    assert "Eight" not in feed


def test_a_search_finds_series_too(publish):
    saga = (SeriesPlace("saga", "The Long Saga"),)
    client, _ = publish((opening("2027-01-01", id_="one", title="A Saga Begins", series=saga),))
    assert "The Long Saga 1 film" in see(client, "/search?q=saga").sections["series"]


def test_a_search_without_a_result_names_words_that_there_are(client):
    page = see(client, "/search?q=sev")
    assert "No title has all these words. Titles have: seven" in page.text
    assert "/search?q=seven" in page.links()


def test_a_long_list_has_pages(publish):
    client, _ = publish(tuple(opening("2027-01-01", id_=f"film-{at:03}") for at in range(205)))
    page = see(client, "/films?page=2")
    assert in_order(page.text, "Film 100", "Film 199", "Page 2 of 3")
    assert {"/films", "/films?page=3"} <= set(page.links())
    assert len(page.source.encode()) < 100_000
    assert feed_of(client, page).count("BEGIN:VEVENT") == 100
    assert "Film 204" in see(client, "/films?page=3").text
    assert see(client, "/films?page=4", 404)


@pytest.mark.parametrize(
    ("address", "advice"),
    [
        ("/films?yeer=2027", "did you mean year?"),
        ("/films?letter=ab+cd", "not a letter"),
        ("/films?year=soon", "as in year=2027"),
        ("/films?page=0", "as in page=2"),
    ],
)
def test_a_slip_in_an_address_gets_advice(client, address, advice):
    assert advice in see(client, address, 400).text


def test_every_page_leads_there(client):
    for path in ("/", "/films/seven", "/changes", "/films"):
        assert {"/films", "/slips", "/search", "/changes"} <= set(see(client, path).links())
