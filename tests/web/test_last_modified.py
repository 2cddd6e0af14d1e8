"""Last-Modified over HTTP: it moves with the document, and only with it."""

from datetime import timedelta

import pytest

from releasecal.refresh.publisher import Publisher
from releasecal.web.http.response_cache import FRESH
from support.build import DAY
from support.data_files import DATA
from support.database import asked
from support.site import app_of


def test_news_of_another_film_leaves_last_modified(publisher, data, clock):
    """An edition that changes another film leaves a film's feed as it was, date and all."""
    client = app_of(publisher).test_client()
    before = {each: client.get(each) for each in ("/films/film.ics", "/calendar.ics")}
    clock.now += timedelta(hours=1)
    data.write_text(
        DATA
        + "  - {id: other, title: Other, releases: [{kind: tv, region: DE, when: 2027-01-01}]}\n"
    )
    publisher.refresh()

    after = {each: app_of(publisher).test_client().get(each) for each in before}

    modified = {each: after[each].headers["Last-Modified"] for each in before}
    assert modified["/films/film.ics"] == before["/films/film.ics"].headers["Last-Modified"]
    assert modified["/calendar.ics"] != before["/calendar.ics"].headers["Last-Modified"]


def test_a_new_selection_is_of_the_newest_edition(publisher, data, clock):
    """Though nobody looks for an edition so soon; and it stays as it is once somebody has."""
    now = 0.0
    client = app_of(publisher, ticks=lambda: now).test_client()
    before = client.get("/calendar.ics")
    clock.now += timedelta(hours=1)
    data.write_text(DATA.replace("2027-07-14", "2027-07-15"))
    Publisher(publisher.store, publisher.addresses, publisher.site, clock).refresh()

    soon = client.get("/films/film.ics")
    now += FRESH
    later = client.get("/films/film.ics")

    assert b"VALUE=DATE:20270714" in before.data
    assert b"VALUE=DATE:20270715" in soon.data
    assert later.data == soon.data
    assert later.headers["Last-Modified"] == soon.headers["Last-Modified"]
    assert soon.headers["Last-Modified"] != before.headers["Last-Modified"]


def test_an_event_that_leaves_moves_last_modified(publisher, clock):
    """An event that is past goes from the feed, and a client that goes by the date sees it go."""
    clock.now = clock.now.replace(year=2027, month=7, day=14)
    client = app_of(publisher).test_client()
    before = client.get("/calendar.ics?past=0")
    assert b"VEVENT" in before.data
    clock.now += 2 * DAY

    after = client.get(
        "/calendar.ics?past=0", headers={"If-Modified-Since": before.headers["Last-Modified"]}
    )

    assert after.status_code == 200
    assert b"VEVENT" not in after.data


@pytest.mark.sqlite("its statements are counted, without a lock of writers")
def test_a_first_answer_asks_little_of_the_database(publisher):
    """Three transactions: the state, the feed, and the one that looks up and notes when it last changed."""
    client = app_of(publisher).test_client()
    client.get("/calendar.ics?past=4&region=US")  # whose statements are compiled

    with asked(publisher.store) as statements:
        answer = client.get("/calendar.ics?past=5&region=DE")

    assert answer.status_code == 200
    assert statements.count("BEGIN") == 3
    assert len(statements) - statements.count("BEGIN") == 12
