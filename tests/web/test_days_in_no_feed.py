"""Days in no feed: a film's own feed and page say that a release is in no calendar."""

import pytest

from support.build import film, release

FILMS = [
    film(
        "harbour", release("harbour", "2062-12-18"), release("harbour", "2027-05-07", region="GB")
    ),
    film("classic", release("classic", "1962-12-18")),
    film("usual", release("usual", "2027-05-07")),
]


@pytest.fixture
def client(publish):
    client, _ = publish(FILMS)
    return client


def events(client, address):
    return client.get(address).text.split("BEGIN:VEVENT")[1:]


def test_a_films_feed_says_what_it_cannot_hold(client):
    """Case k1: a film's own feed has a notice on the last or first day that it can hold."""
    *_, notice = events(client, "/films/harbour.ics")
    assert ": releases after 2037 left out" in notice
    assert "DTSTART;VALUE=DATE:20371231" in notice
    assert "/films/harbour" in notice

    (notice,) = events(client, "/films/classic.ics")
    assert ": releases before 1970 left out" in notice
    assert "DTSTART;VALUE=DATE:19700101" in notice


def test_it_is_said_in_the_language_of_the_feed(client):
    """A German feed has a German notice, whose event was not rendered before."""
    *_, notice = events(client, "/films/harbour.ics?lang=de")

    assert "Termine nach 2037 fehlen hier" in notice


@pytest.mark.parametrize(
    ("address", "count"), [("/films/usual.ics", 1), ("/calendar.ics?past=36500", 2)]
)
def test_other_feeds_have_no_such_notice(client, address, count):
    """A feed that lacks nothing, or that is of many films, says nothing."""
    assert len(events(client, address)) == count


@pytest.mark.parametrize("address", ["/films/harbour", "/films/classic"])
def test_a_page_says_so_beside_the_date(client, address):
    """Wherever on a page the date stands, with a mark that no calendar has it."""
    page = client.get(address).text
    count = 2 if address.startswith("/films") else 1  # the answer, and the release
    assert page.count("In no calendar, for they hold 1970 to 2037") == count


def test_the_page_of_another_film_does_not(client):
    """A date that calendars hold has no such mark."""
    assert "In no calendar" not in client.get("/films/usual").text
