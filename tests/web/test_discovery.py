"""How machines find the way: links to calendars, descriptions, facts for search engines, sitemap."""

import json
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from releasecal.web.routes import sitemap
from support.build import opening, release
from support.pages import PAGES, RICH, moved, see

pytestmark = pytest.mark.slow

SPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
OF_NOW = list(
    dict.fromkeys(path for path in (*PAGES, "/status", "/sources") if "as-of" not in path)
)


@pytest.fixture
def client(publish):
    return publish(RICH)[0]


@pytest.mark.parametrize("path", OF_NOW)
def test_every_page_leads_to_its_calendar(client, path):
    """In a header and in the page: the address that it has to copy, or else that of everything."""
    answer, page = client.get(path), see(client, path)
    links = {each.get("type"): each["href"] for each in page.all("link")}
    address = links["text/calendar"]
    shown = [each["value"] for each in page.all("input") if each.get("id") == "address"]

    assert answer.headers["Link"] == f'<{address}>; rel="alternate"; type="text/calendar"'
    assert shown in ([], [address])
    assert client.get(address.removeprefix("https://films.example")).status_code == 200


@pytest.mark.parametrize("path", OF_NOW)
def test_every_page_describes_itself(client, path):
    """Title, description, address and picture, once for search engines and once for the rest."""
    page = see(client, path)
    told = {
        each.get("property") or each["name"]: each["content"]
        for each in page.all("meta")
        if "content" in each
    }

    assert told["og:description"] == told["description"]
    assert f"<title>{told['og:title']}" in page.source or "&" in told["og:title"]
    (canonical,) = [each["href"] for each in page.all("link") if each["rel"] == "canonical"]
    assert told["og:url"] == canonical
    assert client.get(canonical.removeprefix("https://films.example")).status_code == 200


def test_descriptions_are_of_their_page(client):
    """No two pages have one, but for those that only select."""
    found, paths = {}, [path for path in OF_NOW if "view=" not in path]
    for path in paths:
        page = see(client, path)
        (text,) = [
            each["content"] for each in page.all("meta") if each.get("name") == "description"
        ]
        found[text] = path

    assert len(found) == len(paths)
    film = next(text for text, path in found.items() if path == "/films/seven")
    assert film.startswith("Seven & a Half · ")
    assert "In cinemas · United States · 16 Jul 2027" in film


def test_a_screening_at_a_place_is_told_as_one(publish):
    """All other announced releases are publications; what is not known is left out."""
    shown = opening("2027-03-04", id_="film")
    here = release("film", "2027-03-03", region="DE", place="Zoo Palast")
    client, _ = publish((replace(shown, runtime=90, releases=(*shown.releases, here)),))
    (script,) = see(client, "/films/film").scripts
    facts = json.loads(script)

    assert facts["duration"] == "PT90M"
    assert "genre" not in facts
    assert facts["url"] == "https://films.example/films/film"
    assert [(each["@type"], each["location"]["name"]) for each in facts["releasedEvent"]] == [
        ("ScreeningEvent", "Zoo Palast"),
        ("PublicationEvent", "United States"),
    ]


def test_the_first_page_lists_its_films_for_search_engines(client):
    (script,) = see(client, "/").scripts
    facts = json.loads(script)

    assert facts["@type"] == "ItemList"
    assert facts["itemListElement"][0]["url"] == "https://films.example/films/seven"
    addresses = [each["url"] for each in facts["itemListElement"]]
    assert len(addresses) == len(set(addresses))


def located(client, path="/sitemap.xml"):
    answer = client.get(path)
    assert answer.content_type == "application/xml"
    root = ET.fromstring(answer.data)
    return root.tag.removeprefix(SPACE), {
        each.find(f"{SPACE}loc").text: each.find(f"{SPACE}lastmod").text for each in root
    }


def test_the_sitemap_has_every_page_with_its_last_change(publish):
    """A film's is that of its releases, a series' that of its films."""
    client, _ = publish(RICH, moved(*RICH, eight="2028-07-07"))
    kind, found = located(client)

    assert kind == "urlset"
    days = {address.removeprefix("https://films.example"): at[:10] for address, at in found.items()}
    assert days["/films/eight"] == days["/series/saga"] == "2026-11-22"
    assert days["/films/seven"] == "2026-11-21"
    for path in days:
        assert client.get(path).status_code == 200
    assert {f"/films/{each.id}" for each in RICH} <= set(days)


def test_a_long_sitemap_is_an_index_of_parts(publish, monkeypatch):
    """Each film is in one of them, and a part that is not there is not found."""
    monkeypatch.setattr(sitemap, "MAX", 5)
    client, _ = publish(RICH)
    kind, parts = located(client)

    assert kind == "sitemapindex"
    assert len(parts) == 3
    found = [
        address
        for part in parts
        for address in located(client, part.removeprefix("https://films.example"))[1]
        if "/films/" in address
    ]
    assert sorted(found) == sorted(f"https://films.example/films/{each.id}" for each in RICH)
    for number in (0, 4):
        assert client.get(f"/sitemap-{number}.xml").status_code == 404


@pytest.mark.parametrize("number", ["0", "2", "9" * 18, "9" * 20, "9" * 400])
def test_a_part_of_the_sitemap_that_is_not_there_is_404(client, number):
    """However large its number is: a database counts to 9,223,372,036,854,775,807."""
    assert client.get(f"/sitemap-{number}.xml").status_code == 404


def test_robots_are_led_to_the_sitemap(client):
    assert "Sitemap: https://films.example/sitemap.xml" in client.get("/robots.txt").text
