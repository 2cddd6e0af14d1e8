"""Following films without an account, and frames on other sites."""

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest

from support.build import opening
from support.pages import EVERY_PAGE, HOSTILE, RICH, Page, moved, see

pytestmark = pytest.mark.slow


@pytest.fixture
def client(publish):
    return publish(RICH)[0]


def ticks(page):
    """Return (film, whether it is ticked) of each box that belongs to the form."""
    return [
        (each["value"], "checked" in each)
        for each in page.all("input")
        if each.get("form") == "follow"
    ]


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/films", "/search?q=seven", "/films/seven", "/series/saga", "/follow"),
        *("/slips", "/changes?added=1", "/diff?from=2020-01-01"),
        *("/?view=month&month=2026-11", "/?view=month&month=2027-11"),
    ],
)
def test_films_can_be_ticked_anywhere(client, path):
    """Each box names its film, and there is one form that they all belong to."""
    page = see(client, path)

    assert ticks(page)
    assert (
        [each["id"] for each in page.all("form")].count("follow") == 1
        if path == "/follow"
        else True
    )
    assert len([each for each in page.all("form") if each.get("id") == "follow"]) == 1
    names = [each["aria-label"] for each in page.all("input") if each.get("form") == "follow"]
    assert all(name.startswith("Follow ") and len(name) > 8 for name in names)


def test_each_film_that_a_page_links_to_can_be_ticked_there(publish):
    """On every page but those of another day, and in a frame, where nothing is followed."""
    client, _ = publish(RICH, moved(*RICH, eight="2028-07-07"))
    for path in (*EVERY_PAGE, "/?view=month&month=2026-11", "/changes?added=1"):
        page = Page(client.get(path, headers={"Accept": "text/html"}).text)
        links = (urlsplit(link).path for link in page.links())
        films = {link.removeprefix("/films/") for link in links if link.startswith("/films/")}
        ticked = {film for film, _ in ticks(page)}

        if "as-of" in path or path == "/embed":
            assert not ticked, path
        else:
            assert {film for film in films if "." not in film} <= ticked, path
            assert [each.get("id") for each in page.all("form")].count("follow") == 1 or not films


def test_the_selection_is_in_the_address(client):
    """The page has the films ticked, and a calendar of just these, for whoever opens it."""
    page = see(client, "/follow?film=seven&film=off&lang=")

    assert {film for film, is_ticked in ticks(page) if is_ticked} == {"seven", "off"}
    assert page.address == "https://films.example/calendar.ics?film=off,seven"
    feed = client.get("/calendar.ics?film=off,seven").text
    assert feed.count("BEGIN:VEVENT") > 2
    assert "/?film=off,seven" in [link.replace("%2C", ",") for link in page.links()]
    assert client.get("/follow?film=off,seven").text == client.get("/follow?film=seven,off").text


def test_more_are_found_and_ticked_in_one_form(client):
    """Without JavaScript: a search keeps what is ticked, for both are in the form."""
    page = see(client, "/follow?film=seven&q=eight")

    assert ticks(page) == [("seven", True), ("eight", False)]
    assert [each["value"] for each in page.all("input") if each.get("name") == "q"] == ["eight"]
    assert "There are no such films." in see(client, "/follow?q=nowhere").text


def test_without_a_film_there_is_no_calendar_and_films_to_choose_from(client):
    page = see(client, "/follow")

    assert 'id="address"' not in page.source
    assert ("seven", False) in ticks(page)


def test_a_film_that_is_not_there_is_an_error(client):
    """With the advice that a feed gives."""
    answer = client.get("/follow?film=sevn", headers={"Accept": "text/html"})

    assert answer.status_code == 400
    assert "did you mean seven?" in answer.text
    assert client.get("/follow?flim=seven").status_code == 400


def test_many_followed_films_have_a_short_address(publish):
    films = tuple(opening("2027-01-01", id_=f"a-film-with-a-name-{n:03}") for n in range(60))
    client, _ = publish(films)
    page = see(client, f"/follow?film={','.join(each.id for each in films)}")

    assert page.address.startswith("https://films.example/c/")
    assert len(page.address) < 600
    path = page.address.removeprefix("https://films.example")
    assert client.get(path).text.count("BEGIN:VEVENT") == 60


def test_an_embed_is_a_table_of_the_next_ten(publish):
    """Of any selection; links lead out of the frame to this site."""
    films = tuple(opening(f"2027-01-{n:02}", id_=f"film-{n:02}") for n in range(1, 20))
    client, _ = publish(films)
    page = Page(client.get("/embed?kind=theatrical&region=US").text)

    assert len(page.all("tr")) == 11
    assert page.links()[1] == "https://films.example/films/film-01"
    assert {each["target"] for each in page.all("a")} == {"_top"}
    assert "https://films.example/?kind=theatrical&region=US#subscribe" in page.links()
    assert "No film has a day ahead of today." in client.get("/embed?kind=tv").text


def test_only_an_embed_may_be_framed_by_others(client):
    """It runs no script, and loads nothing from elsewhere; every other page stays out of frames."""
    embed, page = client.get("/embed"), client.get("/")
    policy = embed.headers["Content-Security-Policy"]

    assert "frame-ancestors *" in policy
    assert "script-src" not in policy
    assert "default-src 'none'" in policy
    assert "<script" not in embed.text
    assert "frame-ancestors 'self'" in page.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in embed.headers


def test_an_embed_is_cached_like_a_page_and_errs_like_a_feed(client):
    answer = client.get("/embed?region=US")
    again = client.get("/embed?region=US", headers={"If-None-Match": answer.headers["ETag"]})

    assert again.status_code == 304
    assert client.get("/embed?regoin=US").status_code == 400


def test_a_page_has_the_html_of_its_embed(client):
    """It is one frame, whatever a title has in it, and its address answers."""
    for path, query in (
        ("/films/hostile", {"film": ["hostile"]}),
        ("/?region=US", {"region": ["US"]}),
    ):
        source = client.get(path).text
        (snippet,) = re.findall(r"<textarea[^>]*>(.*?)</textarea>", source, re.DOTALL)
        assert "<" not in snippet
        ((tag, attrs),) = Page(unescape(snippet)).elements
        assert tag == "iframe"
        assert parse_qs(urlsplit(attrs["src"]).query) == query
        assert client.get(attrs["src"].removeprefix("https://films.example")).status_code == 200
    assert HOSTILE in Page(client.get("/embed?film=hostile").text).text
