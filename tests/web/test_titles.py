"""Titles that are hard to show: right on every page, in every feed, and nowhere anything but text."""

import json
import re
import xml.etree.ElementTree as ET
from datetime import date
from html import unescape
from urllib.parse import urlencode

import pytest
from icalendar import Calendar

from support.browsing import CHROMIUM, PHONE, UNFOLD, served, visited
from support.build import opening, revision
from support.pages import SAGA, TITLES, library, moved, see
from support.site import app_of

MOVED = ("2027-01-01", revision("2027-03-03", as_of=date(2026, 1, 1)))
IDS = tuple(TITLES)
SHOWN = 200
"""Letters of a title that the summary of an event surely has: calendar programs cut at 255."""


def film(id_, title):
    """Return a film of *title* that has moved, with a sequel of the same title."""
    return opening(*MOVED, id_=id_, title=title, series=SAGA, genres=("action",))


FILMS = tuple(film(id_, title) for id_, title in TITLES.items())
LATER = moved(*FILMS, **dict.fromkeys(("quotes",), "2027-04-04"))
PAGES = {
    "/": IDS,
    "/?view=month&month=2027-03": IDS,
    "/?as-of=2026-11-21": IDS,
    "/films": IDS,
    "/series/saga": IDS,
    "/slips": IDS,
    "/diff?from=2025-01-01&to=2026-11-22": IDS,
    "/changes?added=1": IDS,
    "/embed?q=family": ("emoji",),
    f"/follow?{urlencode({'film': ','.join(IDS)})}": IDS,
    **{f"/films/{id_}": (id_,) for id_ in IDS},
    **{f"/embed?film={id_}": (id_,) for id_ in IDS},
    **{
        f"/search?{urlencode({'q': word})}": (id_,)
        for id_, word in (
            ("quotes", "great"),
            ("script", "alert"),
            ("rtl", "مهمة"),
            ("long", "very"),
            ("korean", "기생충"),
        )
    },
}
"""The titles that each page has to show."""


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    publisher = library(tmp_path_factory.mktemp("titles"), FILMS, LATER)
    yield app_of(publisher)
    publisher.store.close()


@pytest.fixture
def client(app):
    return app.test_client()


def spaced(text):
    return " ".join(text.split())


@pytest.mark.slow
@pytest.mark.parametrize("path", PAGES)
def test_a_page_shows_titles_as_they_are(client, path):
    """Letter by letter, as text; scripts and elements are those that the page has anyway."""
    page = see(client, path)
    for id_ in PAGES[path]:
        assert spaced(TITLES[id_]) in page.text, id_
    assert page.all("b") == []
    handlers = [name for _, attrs in page.elements for name in attrs if name.startswith("on")]
    assert handlers == []
    assert all(
        attrs.get("src", "").startswith("/static/") or attrs["type"] == "application/ld+json"
        for attrs in page.all("script")
    )
    for script in filter(str.strip, page.scripts):
        json.loads(script)


@pytest.mark.slow
@pytest.mark.parametrize("id_", IDS)
def test_the_head_of_a_page_has_the_title(client, id_):
    """For other sites, in a tab, and for machines."""
    page = see(client, f"/films/{id_}")
    title = spaced(TITLES[id_])
    tab = unescape(re.search(r"<title>(.*?)</title>", page.source, re.DOTALL)[1])
    assert spaced(tab).startswith(title)
    named = {each["property"]: each["content"] for each in page.all("meta") if "property" in each}
    assert spaced(named["og:title"]).startswith(title)
    assert title in spaced(named["og:description"])
    (facts,) = [json.loads(script) for script in page.scripts if script.strip()]
    assert spaced(facts["name"]) == title


@pytest.mark.slow
def test_feeds_have_titles_as_they_are(client):
    """As calendars, JSON, Atom and data: each read by somebody else's parser."""
    events = Calendar.from_ical(client.get("/calendar.ics").data).events
    summaries = {str(event["UID"]).partition(".")[0]: str(event["SUMMARY"]) for event in events}
    told = {each["film"]: each for each in client.get("/calendar.json").json["releases"]}
    data = {
        each["id"]: each["title"] for each in json.loads(client.get("/data.json").data)["films"]
    }
    atom = "".join(ET.fromstring(client.get("/changes.atom?added=1").data).itertext())
    for id_, title in TITLES.items():
        assert title[:SHOWN] in summaries[id_], id_
        assert told[id_]["title"] == title
        assert data[id_] == title
        assert spaced(title) in spaced(atom), id_


@pytest.mark.slow
def test_an_undo_file_has_them_too(client):
    events = Calendar.from_ical(client.get("/undo.ics").data).events
    found = {str(event["UID"]).partition(".")[0] for event in events}
    assert found - {"notice"} == {*IDS}


@pytest.mark.system
@pytest.mark.parametrize(
    "path", [path for path in PAGES if not path.startswith(("/films/", "/embed?film", "/search"))]
)
def test_a_browser_shows_titles_within_its_window(request, app, require, path):
    """On a phone nothing sticks out, no script runs, and a title is read in its own direction."""
    require("chromium", found=CHROMIUM.exists(), remedy="apt-get install chromium")
    browser = request.getfixturevalue("browser")
    with served(app) as site, visited(browser, site, path, viewport=PHONE) as page:
        page.evaluate(UNFOLD)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        shown = {spaced(text) for text in page.locator("bdi").all_text_contents()}
        assert {spaced(TITLES[id_]) for id_ in PAGES[path]} <= shown
