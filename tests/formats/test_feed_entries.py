"""Atom and JSON Feed of a selection: its releases for feed readers."""

import json
from dataclasses import replace
from datetime import timedelta
from xml.etree import ElementTree as ET

import fastfeedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from releasecal.core.editions import NOTHING
from releasecal.core.models import Source
from releasecal.core.revise import revise
from releasecal.formats import feed_atom, feed_jsonfeed
from releasecal.queries.feed_query import EVERYTHING, FeedQuery
from releasecal.queries.results import Feed
from releasecal.queries.site_settings import SiteSettings, SizeLimits
from support.build import DAY, NOW, POLICY, catalogue, opening, publish, revision

SITE = SiteSettings(
    name="Club & Co", public_url="https://films.example", uid_domain="films.example"
)
ATOM = "{http://www.w3.org/2005/Atom}"

FORMATS = pytest.mark.parametrize("form", [feed_atom, feed_jsonfeed], ids=["atom", "jsonfeed"])


def feed(edition, query=EVERYTHING, **facts):
    entries = tuple(edition.entries.values())
    return replace(Feed(SITE, query, "Films <&>", "/calendar", NOW.date(), entries, NOW), **facts)


def moved():
    """Return an edition in which the second film of two has moved a day later."""
    first = publish(opening("2027-07-14", id_="one"), opening("2027-08-14", id_="two"))
    later = catalogue(opening("2027-07-14", id_="one"), opening("2027-09-30", id_="two"))
    edition, _ = revise(first, later, now=NOW + DAY, policy=POLICY)
    return edition


def entries(octets):
    return fastfeedparser.parse(octets.decode()).entries


@FORMATS
def test_a_feed_reader_shows_what_moved_last_first(form):
    """Another parser reads title, address, both moments and the kinds of each release."""
    two, one = entries(form.render(feed(moved(), today=(NOW + DAY).date())))

    assert two["title"] == "Two – in cinemas (US) (moved from 14 Aug 2027)"
    assert one["title"] == "One – in cinemas (US)"
    assert "Moved from 14 Aug 2027 to 30 Sep 2027" in text(two)
    assert one["link"] == "https://films.example/films/one"
    assert one["published"] == one["updated"] == two["published"]
    assert two["published"] < two["updated"]
    assert "Theatrical" in str(two["tags"])


def text(entry):
    return str(entry.get("content") or entry["description"])


@FORMATS
def test_a_release_keeps_its_id_when_its_date_moves(form):
    """Feed readers show it again, and not as another one."""
    before = publish(opening("2027-07-14", id_="one"), opening("2027-08-14", id_="two"))

    first, later = (
        {each["id"] for each in entries(form.render(feed(edition)))}
        for edition in (before, moved())
    )

    assert len(first) == 2
    assert first == later


def test_atom_has_what_it_must_have():
    """Id, title, updated, author and a link to itself (RFC 4287 § 4.1.1), a licence if it must."""
    source = Source("list", attribution="Data by <The List>")
    edition, _ = revise(
        NOTHING,
        catalogue(opening(revision("2027-07-14", source="list")), sources=(source,)),
        now=NOW,
        policy=POLICY,
    )
    root = ET.fromstring(feed_atom.render(feed(edition, FeedQuery(lang="de", region=("US",)))))
    links = {
        (each.get("rel"), each.get("type")): each.get("href") for each in root.iter(f"{ATOM}link")
    }

    assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == "de"
    assert (
        root.findtext(f"{ATOM}id") == "tag:films.example,2026:releases/calendar?lang=de&region=US"
    )
    assert root.findtext(f"{ATOM}title") == "Films <&>"
    assert root.findtext(f"{ATOM}updated") == f"{NOW:%Y-%m-%dT%H:%M:%SZ}"
    assert root.findtext(f"{ATOM}author/{ATOM}name") == "Club & Co"
    assert root.findtext(f"{ATOM}rights") == "Data by <The List>"
    assert root.find(f"{ATOM}subtitle") is None
    asked = "?lang=de&region=US"
    assert links["self", "application/atom+xml"] == f"https://films.example/calendar.atom{asked}"
    assert links["alternate", "text/calendar"] == f"https://films.example/calendar.ics{asked}"


def test_json_feed_has_what_it_must_have():
    """Version, title and items, and in each item an id and a content (jsonfeed.org/version/1.1)."""
    told = json.loads(
        feed_jsonfeed.render(feed(publish(opening("2027-07-14", poster="https://p/1"))))
    )
    (item,) = told["items"]

    assert told["version"] == "https://jsonfeed.org/version/1.1"
    assert told["feed_url"] == "https://films.example/calendar.jsonfeed"
    assert told["home_page_url"] == "https://films.example/"
    assert told["authors"] == [{"name": "Club & Co", "url": "https://films.example/"}]
    assert item["id"] == "film.theatrical.us@films.example"
    assert item["image"] == "https://p/1"
    assert item["content_text"]


@FORMATS
def test_a_feed_that_was_cut_says_so(form):
    """The nearest releases stay, and the feed tells how many have no room, and how old it is."""
    films = [opening(f"2027-07-{day:02}", id_=f"f{day:02}") for day in range(1, 31)]
    cut = feed(
        publish(*films),
        site=replace(SITE, limits=SizeLimits(octets=14_000)),
        stale_since=NOW - timedelta(days=9),
        left_out=7,
    )
    octets = form.render(cut)
    kept = {each["link"] for each in entries(octets)}

    assert len(octets) <= 14_000
    assert 5 < len(kept) < 30
    assert kept == {f"https://films.example/films/f{day:02}" for day in range(1, len(kept) + 1)}
    assert f"{37 - len(kept)} releases left out" in octets.decode()
    assert "not checked since" in octets.decode()


@FORMATS
def test_a_feed_of_nothing_moves_with_nothing(form):
    """It is the same after news of films that it does not have."""
    nothing = feed(publish())

    assert form.render(nothing) == form.render(replace(nothing, changed=NOW + DAY))
    assert "1970-01-01" in feed_atom.render(nothing).decode()


@FORMATS
@given(title=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1))
def test_any_title_comes_through(form, title):
    """Whatever characters it has that XML can hold."""
    (entry,) = entries(form.render(feed(publish(opening("2027-07-14", title=title)))))

    assert entry["id"]
    if title.isalnum():
        assert title[:100] in entry["title"]
