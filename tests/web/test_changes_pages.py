"""What moved: as a page, as Atom and as JSON."""

import json
import re
from dataclasses import replace
from html import unescape
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from releasecal.core.changes import Change, ChangeKind
from releasecal.core.models import WORLD, ReleaseKind, Window
from releasecal.core.revise import revise
from releasecal.errors import StoreError
from releasecal.formats import CHANGE_FORMATS, changes_atom
from releasecal.queries.change_query import ChangeQuery
from releasecal.queries.results import ChangeLog, ChangeRecord
from releasecal.queries.site_settings import SiteSettings
from releasecal.refresh.publisher import Publisher
from releasecal.store import Inputs, Store, change_log, newest_edition, write
from releasecal.web.routes import changes as pages
from support.build import DAY, NOW, POLICY, catalogue, film, opening, release, revision
from support.conditional import conditional_story
from support.pages import IMPRINT, RICH, SOURCE, Page, in_order, moved, see
from support.site import app_of

pytestmark = pytest.mark.slow

ATOM = "{http://www.w3.org/2005/Atom}"
FEEDS = [f"/changes.{extension}" for extension in CHANGE_FORMATS]
LATER = opening("2028-06-23", revision("2028-07-07", reason="Strike", source="paper"), id_="eight")
EIGHT = replace(RICH[1], releases=LATER.releases)
MOVED = tuple(EIGHT if each.id == "eight" else each for each in RICH)
OFF = moved(MOVED[0], *MOVED[1:], off="", month="2027-11-05")


@pytest.fixture
def client(publish):
    """Return a client after three editions: all is new; one is delayed; two more change."""
    return publish(RICH, MOVED, OFF)[0]


def entries(client, address="/changes.atom"):
    answer = client.get(address)
    assert (answer.status_code, answer.content_type) == (200, CHANGE_FORMATS["atom"].content_type)
    return ET.fromstring(answer.data).findall(f"{ATOM}entry")


def items(client, address="/changes.json"):
    answer = client.get(address)
    assert (answer.status_code, answer.content_type) == (200, "application/json")
    return json.loads(answer.data)["changes"]


def words(client, query=""):
    """Return what each change under *query* says, which is the same on page and in feeds."""
    told = [item["in_words"] for item in items(client, f"/changes.json{query}")]
    contents = [
        entry.findtext(f"{ATOM}content") for entry in entries(client, f"/changes.atom{query}")
    ]
    text = see(client, f"/changes{query}").text
    assert len(told) == len(contents)
    for sentence, content in zip(told, contents, strict=True):
        assert sentence in content
        assert sentence in text
    return told


# ── The page


def test_the_page_has_the_changes_newest_first(client):
    page = see(client, "/changes")
    assert page.sections["h1"].startswith("Changes What moved, newest first.")
    assert in_order(
        page.text,
        "Published on 22 Nov 2026",
        "Off Undated No date any more, was 25 Dec 2026. In cinemas United States",
        "Month Refined Now exactly 5 Nov 2027, was November 2027.",
        "Published on 21 Nov 2026",
        "Eight Delayed Moved from 23 Jun 2028 to 7 Jul 2028: Strike. [1]",
        "The Paper, Press & Co, 2 Jan 2026.",
    )
    assert {"/films/off", "/films/month", "/films/eight", SOURCE.url} <= set(page.links())


def test_the_first_page_leads_there(client):
    assert "/changes" in see(client, "/").links()


def test_every_page_names_its_atom_feed(client):
    for path, feed in (
        ("/", "/changes.atom"),
        ("/films/eight", "/changes.atom?film=eight"),
        ("/changes?region=US,DE", "/changes.atom?region=DE,US"),
    ):
        links = [
            attrs for attrs in see(client, path).all("link") if "atom" in attrs.get("type", "")
        ]
        assert [attrs["href"] for attrs in links] == [feed]
        assert client.get(feed).status_code == 200


@pytest.mark.parametrize("query", ["", "?lang=en", "?added=0", "?region="])
def test_without_changes_the_page_says_so(publish, query):
    still = tuple(each for each in RICH if each.id not in ("seven", "eight"))
    assert "Nothing has moved." in see(publish(still)[0], f"/changes{query}").text


def test_without_changes_the_page_says_so_in_its_language(publish):
    """Its language narrows nothing."""
    still = tuple(each for each in RICH if each.id not in ("seven", "eight"))
    assert "Nichts hat sich verschoben." in see(publish(still)[0], "/changes?lang=de").text


def test_what_was_announced_before_the_first_edition_is_told(publish):
    """While a film's page tells of moves, nobody is told that nothing has moved."""
    page = see(publish(RICH)[0], "/changes")
    assert "Nothing has moved." not in page.text
    assert in_order(
        page.sections["before"],
        "Told when we began",
        "6 May 2026 Seven & a Half Delayed Moved from 5 Mar 2027 to 16 Jul 2027",
        "3 Feb 2026 Seven & a Half Delayed Moved from 30 Sep 2026 to 5 Mar 2027",
    )
    assert "[1]" in page.sections["before"]


def test_the_form_narrows_the_page_and_its_feeds(client):
    """By kind, region and series; its empty fields ask for nothing."""
    page = see(client, "/changes?kind=theatrical&region=US&series=")
    assert {
        "/changes.atom?kind=theatrical&region=US",
        "/changes.json?kind=theatrical&region=US",
    } <= set(page.links())
    assert "Of kind: In cinemas." in page.sections["h1"]
    chosen = {attrs["value"] for attrs in page.all("option") if "selected" in attrs}
    assert {"theatrical", "US"} <= chosen
    assert "Eight" in page.text
    assert "Eight" not in see(client, "/changes?kind=premiere").sections.get("of-2026-11-21", "")
    assert len(items(client, "/changes.json?kind=theatrical")) == 3
    assert items(client, "/changes.json?kind=premiere") == []
    assert [item["film"] for item in items(client, "/changes.json?kind=sequel")] == ["eight"]


def test_a_kind_of_change_narrows_page_and_feeds_alike(client):
    """The form has each kind; what was announced before is narrowed too, and links keep it."""
    page = see(client, "/changes?change=Refined,undated&kind=")
    assert "/changes.atom?change=refined,undated" in page.links()
    assert "Only: Refined, Undated." in page.sections["h1"]
    assert "Eight" not in page.text
    for form in ("json", "atom"):
        told = client.get(f"/changes.{form}?change=refined,undated").text
        assert ("Month" in told, "Off" in told, "Eight" in told) == (True, True, False)
    assert [item["film"] for item in items(client, "/changes.json?change=delayed")] == ["eight"]
    added = items(client, "/changes.json?change=added")
    assert {item["change"] for item in added} == {"added"}
    offered = {attrs["value"] for attrs in page.all("option")}
    assert {kind.slug for kind in ChangeKind} <= offered


def test_what_was_announced_before_is_narrowed_by_its_kind_of_change(publish):
    """Moves of other kinds are not told; where there is none of the kind, the page says so."""
    client, _ = publish(RICH)
    assert "Told when we began" in see(client, "/changes?change=delayed").text
    page = see(client, "/changes?change=retitled").text
    assert "Told when we began" not in page
    assert "There are no such changes." in page


def test_the_changes_of_a_day_are_grouped_by_film(publish):
    """A film is named once a day, above all that changed of it, each with its channel and region."""

    def told(first, second):
        releases = [release("film", first), release("film", first, region="DE")]
        releases.append(release("film", second, kind=ReleaseKind.STREAMING, channel="Paramount+"))
        return (film("film", *releases),)

    client, _ = publish(told("2027-01-01", "2027-03-01"), told("2027-01-08", "2027-03-08"))
    page = see(client, "/changes")
    day = page.text[page.text.index("Published on") :]
    assert day.count("Film ") == 1
    for where in (
        "In cinemas Germany",
        "Streaming · Paramount+ United States",
        "In cinemas United",
    ):
        assert where in day


def test_feeds_of_changes_name_the_release(publish):
    """Its kind, its region and its channel, in Atom in words."""

    def told(when):
        streaming = release("film", when, kind=ReleaseKind.STREAMING, channel="Paramount+")
        return (film("film", streaming),)

    client, _ = publish(told("2027-03-01"), told("2027-03-08"))
    (item,) = items(client)
    assert (item["kind"], item["region"], item["channel"]) == ("streaming", "US", "paramount-plus")
    (entry,) = entries(client)
    assert "streaming · Paramount+ (US): " in entry.findtext(f"{ATOM}title")
    assert "streaming · Paramount+ (US). " in entry.findtext(f"{ATOM}content")


def test_the_page_names_its_selection_and_links_to_the_rest(client):
    for query, words in (
        ("", "What moved, newest first."),
        ("?film=eight&added=1", "What moved or is new, newest first. Of: Eight."),
        ("?series=saga&region=US", "What moved, newest first. Of: The Saga. In: United States."),
        ("?since=2", "What moved, newest first. Since edition 2."),
        ("?since=2026-11-21T09:30:00Z", "What moved, newest first. Since: 21 Nov 2026, 09:30 UTC."),
    ):
        assert words in see(client, f"/changes{query}").sections["h1"]
    page = see(client, "/changes?film=off&before=99")
    assert {"/changes", "/changes?added=1&film=off", "/changes.atom?film=off"} <= set(page.links())
    assert "/changes?film=off" in see(client, "/changes?film=off&added=1").links()
    assert "All changes" not in see(client, "/changes?added=1").text
    assert "/changes?film=off" in see(client, "/films/off").links()
    assert "/changes?series=saga" in see(client, "/series/saga").links()
    assert "There are no such changes." in see(client, "/changes?since=99").text


def test_a_calendar_of_changes_is_not_narrowed_by_accident(client):
    """A feed of dates knows no kinds of change, and says where they are."""
    answer = client.get("/calendar.ics?change=delayed")
    assert answer.status_code == 400
    assert "(it narrows changes, as in /changes?change=delayed)" in answer.text


# ── What is selected


def test_new_films_are_listed_on_demand(client):
    assert not any(item["change"] == "added" for item in items(client))
    added = [item for item in items(client, "/changes.json?added=1") if item["change"] == "added"]
    assert len(added) == 14
    assert added[0]["old"] is None


@pytest.mark.parametrize(
    ("query", "films"),
    [
        ("?film=eight", ["eight"]),
        ("?film=off,eight", ["off", "eight"]),
        ("?film=off&film=eight", ["off", "eight"]),
        ("?series=saga", ["eight"]),
        ("?region=US", ["off", "month", "eight"]),
        ("?region=us&film=month", ["month"]),
        ("?region=DE", []),
        ("?since=0", ["off", "month", "eight"]),
        ("?since=2", ["off", "month"]),
        ("?since=3", []),
        ("?since=2026-11-20T09:30:00Z", ["off", "month", "eight"]),
        ("?since=2026-11-21T09:30:00Z", ["off", "month"]),
        ("?since=2026-11-21T10:30:00+01:00", ["off", "month"]),
        ("?since=2026-11-21T10:29:59%2B01:00", ["off", "month", "eight"]),
        ("?utm_source=mail&_=1", ["off", "month", "eight"]),
    ],
)
def test_changes_can_be_narrowed(client, query, films):
    found = [item["film"] for item in items(client, f"/changes.json{query}")]
    assert sorted(found) == sorted(films)
    assert len(words(client, query)) == len(films)


def test_a_region_selects_by_the_release_and_not_by_a_text(publish):
    tricky = opening("2027-01-01", id_="tricky", title='"region":"FR"')
    client, _ = publish((tricky,), (replace(tricky, title='"region":"FR" %_'),))
    assert items(client, "/changes.json?region=FR") == []
    assert len(items(client, "/changes.json?region=US")) == 1


def test_a_worldwide_release_answers_for_countries_without_their_own(publish):
    """On the page, in Atom and in JSON, as in feeds; a release on another channel is no own one."""
    others = [
        release("film", "2027-03-01", region="FR"),
        release("film", "2027-03-02", region="IT", channel="IMAX"),
    ]
    client, _ = publish(
        (film("film", release("film", "2027-01-01", region=WORLD), *others),),
        (film("film", release("film", "2027-02-01", region=WORLD), *others),),
    )

    moved = ["Moved from 1 Jan 2027 to 1 Feb 2027"]
    for query in ("?region=DE", "?region=IT", "?region=FR,DE", "?region=001", ""):
        assert words(client, query) == moved
    assert words(client, "?region=FR") == []


@pytest.mark.parametrize("path", ["/changes", *FEEDS])
@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("film=zzz", "film: there is no film 'zzz' (the addresses of pages have the ids)"),
        ("film=eigth", "film: there is no film 'eigth' (did you mean eight?)"),
        ("series=sage", "series: there is no series 'sage' (did you mean saga?)"),
        ("series=nope", "series: there is no series 'nope'"),
        ("region=XX", "region: there is no region 'XX'"),
        ("film=", "film: is empty"),
        ("before=x", "before: not the id of a change: 'x'"),
        ("before=-1", "before: not the id"),
        ("before=9999999999999999999999", "before: not the id"),
        ("since=yesterday", "since: neither a moment with its zone nor the number of an edition"),
        ("since=2026-11-22", "since: neither"),
        ("since=0001-01-01T00:00:00%2B14:00", "since: neither"),
        ("added=maybe", "added: neither 1 nor 0: 'maybe'"),
        ("added=1&added=0", "added: neither 1 nor 0: '1,0'"),
        ("change=delay", "change: there is no change 'delay' (did you mean delayed?)"),
        ("change=,", "change: is empty (try change=added, or leave it out)"),
        ("country=US", "unknown parameter 'country' (did you mean region?)"),
        (
            "from=2026",
            "unknown parameter 'from' (since begins at a moment, as in since=2026-11-22T09:30:00Z)",
        ),
        ("regoin=US", "unknown parameter 'regoin' (did you mean region?)"),
        ("channel=mubi", "channel: narrows calendars, not changes (try film, series, region"),
        ("language=de", "unknown parameter 'language' (did you mean lang?)"),
    ],
)
def test_a_wrong_query_is_refused_in_plain_words(client, path, query, message):
    answer = client.get(f"{path}?{query}", headers={"Accept": "text/html,*/*"})
    assert answer.status_code == 400
    assert answer.headers["Cache-Control"] == "no-store"
    if path in FEEDS:
        assert answer.mimetype == "text/plain"
        assert answer.text.startswith(message)
    else:
        assert message[1:] in Page(answer.text).text  # it begins with a capital there


@pytest.mark.parametrize("number", [2**31, 10**15 - 1])
def test_a_number_beyond_all_ids_is_no_error(client, number):
    """Before it are all changes, and since such an edition there is none."""
    assert items(client, f"/changes.json?before={number}") == items(client)
    assert items(client, f"/changes.json?since={number}") == []


def next_in_json(answer):
    return json.loads(answer.data)["next"]


def next_in_atom(answer):
    link = ET.fromstring(answer.data).find(f"{ATOM}link[@rel='next']")
    return None if link is None else link.get("href")


def next_on_page(answer):
    links = [attrs for attrs in Page(answer.text).all("a") if attrs.get("rel") == "next"]
    return links[0]["href"] if links else None


FOLLOWING = {"json": next_in_json, "atom": next_in_atom}


@pytest.mark.parametrize(
    ("ending", "following"),
    [*((f".{form}", FOLLOWING[form]) for form in CHANGE_FORMATS), ("", next_on_page)],
)
def test_each_response_links_to_the_next_until_the_last(publish, monkeypatch, ending, following):
    """Nothing comes twice, nothing is left out, and what was selected stays so."""
    client, publisher = publish(RICH, MOVED, OFF)
    query = ChangeQuery(added=True, region=("US",))
    told = [
        record.change.title
        for record in publisher.store.ask(
            change_log.log, query, site=SiteSettings(), most=999
        ).records
    ]
    monkeypatch.setattr(pages, "MAX", 5)
    address, found = f"/changes{ending}?region=US&added=1", []
    while address:
        answer = client.get(address.removeprefix("https://films.example"))
        found.append(answer.text)
        address = following(answer)
    assert len(found) == -(-len(told) // 5) == 4
    for number, text in enumerate(found):
        for title in told[5 * number : 5 * number + 5]:
            assert title in unescape(text) or json.dumps(title) in text


# ── Atom


def test_the_feed_keeps_rfc_4287(client):
    """One id, title, updated and author; each entry has its own and an alternate link."""
    feed = ET.fromstring(client.get("/changes.atom").data)
    assert feed.tag == f"{ATOM}feed"
    assert feed.findtext(f"{ATOM}id") == "tag:releasecal,2026:changes"
    assert feed.findtext(f"{ATOM}title") == "Film releases: changes"
    assert feed.findtext(f"{ATOM}updated") == "2026-11-22T09:30:00Z"
    assert feed.findtext(f"{ATOM}author/{ATOM}name") == "Film releases"
    assert feed.findtext(f"{ATOM}rights") is None
    assert [dict(link.attrib) for link in feed.findall(f"{ATOM}link")] == [
        {
            "rel": "self",
            "type": "application/atom+xml",
            "href": "https://films.example/changes.atom",
        },
        {"rel": "alternate", "type": "text/html", "href": "https://films.example/changes"},
    ]
    found = feed.findall(f"{ATOM}entry")
    eight = found[-1]
    assert eight.findtext(f"{ATOM}title") == (
        "Eight – in cinemas (US): moved from 23 Jun 2028 to 7 Jul 2028: Strike"
    )
    assert eight.findtext(f"{ATOM}updated") == "2026-11-21T09:30:00Z"
    assert eight.find(f"{ATOM}link").get("href") == "https://films.example/films/eight"
    assert eight.find(f"{ATOM}category").get("term") == "delayed"
    assert eight.findtext(f"{ATOM}content").endswith("Source: The Paper, Press & Co.")
    ids = [entry.findtext(f"{ATOM}id") for entry in found]
    assert len(set(ids)) == len(ids)
    assert all(id_.startswith("tag:releasecal,2026-11-2") for id_ in ids)


def test_an_entry_stays_as_it_was_through_later_editions(publish):
    """A feed reader shows nothing twice, whatever is renamed or moves afterwards."""
    client, publisher = publish(RICH, MOVED)
    before = [ET.tostring(entry) for entry in entries(client)]
    nine = tuple(replace(each, title="Nine") if each.id == "eight" else each for each in MOVED)
    edition = publisher.store.ask(newest_edition.edition)
    told = catalogue(*nine, sources=(SOURCE,))
    following, changes = revise(edition, told, now=NOW + DAY, policy=POLICY)
    write.save(publisher.store, following, edition, changes, inputs=Inputs(""), holder="tests")
    after = entries(client)
    assert after[0].findtext(f"{ATOM}title") == "Nine – in cinemas (US): retitled from Eight"
    assert [ET.tostring(entry) for entry in after[1:]] == before


def test_attributions_that_sources_demand_are_there(publish, monkeypatch):
    owed = replace(SOURCE, attribution="Uses <The Paper> & friends.")
    monkeypatch.setattr("support.pages.SOURCE", owed)
    client, _ = publish(RICH, MOVED)
    assert ET.fromstring(client.get("/changes.atom").data).findtext(f"{ATOM}rights") == (
        "Uses <The Paper> & friends."
    )
    assert "Uses &lt;The Paper&gt; &amp; friends." in client.get("/changes").text


@given(st.text(), st.text(), st.text())
@example("a\x00b", "\x0b\x1f\ufffe", "\ud800</title>]]>&amp;")
def test_any_title_makes_well_formed_xml(title, reason, name):
    """Titles come out as they went in, without what XML cannot hold."""
    new = revision("2027-01-01", reason=reason, source="paper")
    change = Change(NOW, opening("2026-01-01").releases[0].key, ChangeKind.DELAYED, title, new, new)
    log = ChangeLog(
        ChangeQuery(),
        (ChangeRecord(1, 1, change, change.key.uid),),
        {"paper": replace(SOURCE, title=title)},
        has_more=False,
        site=SiteSettings(name=name),
        titles=(name,),
        regions=(),
        published=NOW,
    )
    document = changes_atom.render(log)
    assert document == changes_atom.render(log)
    content = ET.fromstring(document).findtext(f"{ATOM}entry/{ATOM}content")
    kept = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "", title)
    assert content.startswith(kept.replace("\r\n", "\n").replace("\r", "\n"))


# ── JSON


def test_json_has_every_part_of_a_change(client):
    document = json.loads(client.get("/changes.json?film=eight").data)
    assert (document["url"], document["next"]) == (
        "https://films.example/changes.json?film=eight",
        None,
    )
    (item,) = document["changes"]
    assert item == {
        "id": item["id"],
        "edition": 2,
        "at": "2026-11-21T09:30:00Z",
        "release": "eight.theatrical.us@releasecal",
        "film": "eight",
        "title": "Eight",
        "kind": "theatrical",
        "region": "US",
        "channel": None,
        "change": "delayed",
        "in_words": "Moved from 23 Jun 2028 to 7 Jul 2028: Strike",
        "old": "2028-06-23",
        "new": "2028-07-07",
        "certainty": "confirmed",
        "reason": "Strike",
        "source": "paper",
        "url": "https://films.example/films/eight",
    }
    month = items(client, "/changes.json?film=month")[0]
    assert (month["old"], month["new"]) == ("2027-11", "2027-11-05")
    assert items(client, "/changes.json?film=off")[0]["new"] is None


def test_a_derived_date_is_named_as_in_events(publish):
    """Nobody has announced it, which every feed of changes says."""
    window = Window(ReleaseKind.STREAMING, days=45)
    client, _ = publish(
        (opening("2027-07-14", windows=(window,)),), (opening("2027-08-14", windows=(window,)),)
    )

    ours = {item["release"]: item for item in items(client)}
    item = ours["film.streaming.us@releasecal"]
    assert item["certainty"] == "derived"
    assert item["in_words"] == ("Moved from 28 Aug 2027 to 28 Sep 2027 (streaming, calculated)")
    assert ours["film.theatrical.us@releasecal"]["in_words"] == (
        "Moved from 14 Jul 2027 to 14 Aug 2027"
    )
    assert "Film – streaming, calculated (US): moved from 28 Aug 2027 to 28 Sep 2027" in [
        entry.findtext(f"{ATOM}title") for entry in entries(client)
    ]
    assert item["in_words"] in words(client)


def test_dates_are_edtf(publish):
    client, _ = publish((opening("2027-Q3"),), (opening("2027-summer"),))
    (item,) = items(client)
    assert (item["old"], item["new"]) == ("2027-35", "2027-22")


def test_since_an_edition_lists_the_changes_after_it(client):
    """A client that asks since its last edition gets every later change once."""
    for seen in (1, 2, 3):
        since = items(client, f"/changes.json?added=1&since={seen}")
        assert all(item["edition"] > seen for item in since)
        moments = {item["at"] for item in items(client, "/changes.json?added=1")}
        for moment in moments:
            later = items(client, f"/changes.json?added=1&since={moment}")
            assert all(item["at"] > moment for item in later)


# ── HTTP


@pytest.mark.parametrize("address", [*FEEDS, "/changes.atom?region=US", "/changes.json?film=off"])
def test_every_precondition_is_answered(client, address):
    """Absent, matching, weak, listed, ``*``, stale: as the calendars have it."""
    conditional_story(client, address)


@pytest.mark.parametrize("address", FEEDS)
def test_any_site_may_read_and_cache_it(client, address):
    answer = client.get(address)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"].startswith("public, max-age=3600, ")
    head = client.head(address)
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["Content-Length"] == answer.headers["Content-Length"]


@pytest.mark.parametrize("address", FEEDS)
def test_without_a_database_cached_changes_are_served(client, address, monkeypatch):
    """And what was not is refused as plain text, whatever the client prefers."""
    seen = client.get(address)

    def broken(*_args, **_options):
        raise StoreError("the database sqlite:////secret cannot be used")

    monkeypatch.setattr(Store, "reading", broken)
    assert client.get(address).data == seen.data
    answer = client.get(f"{address}?region=FR", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.mimetype) == (503, "text/plain")
    assert "secret" not in answer.text
    assert answer.headers["Retry-After"] == "60"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", FEEDS)
def test_last_modified_is_when_the_log_changed(publish, path):
    """News of other films leaves it alone; other words for the same news do not."""
    client, publisher = publish(RICH, MOVED, OFF)
    address = f"{path}?film=off"
    seen = client.get(address)
    nine = tuple(replace(each, title="Nine") if each.id == "eight" else each for each in OFF)
    edition = publisher.store.ask(newest_edition.edition)
    told = catalogue(*nine, sources=(SOURCE,))
    following, changes = revise(edition, told, now=NOW + 2 * DAY, policy=POLICY)
    write.save(publisher.store, following, edition, changes, inputs=Inputs(""), holder="tests")

    again = client.get(address)
    assert (again.data, again.last_modified) == (seen.data, seen.last_modified)

    site = SiteSettings(public_url="https://elsewhere.example")
    moved_away = Publisher(publisher.store, [], site, publisher.clock)
    since = {"If-Modified-Since": seen.headers["Last-Modified"]}
    other = app_of(moved_away).test_client().get(address, headers=since)
    assert other.status_code == 200
    assert other.data != seen.data
    assert other.last_modified > seen.last_modified


@pytest.mark.parametrize("path", FEEDS)
def test_before_the_first_edition_there_is_no_log(publish, path):
    """Or a cache would keep an empty one."""
    client, _ = publish()
    answer = client.get(path)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (503, "no-store")
    assert client.get("/changes").status_code == 200


def test_two_spellings_of_one_query_are_one_response(client):
    one = client.get("/changes.json?film=off,eight&region=us&utm_source=x")
    assert one.data == client.get("/changes.json?region=US&film=eight&film=off").data


# ── Hubs


def test_the_whole_log_names_its_hubs(publish):
    """The feed of all changes, in each language, names hubs and itself in headers and in the feed."""
    hub = "https://hub.example/"
    client = publish(RICH, MOVED, site=replace(IMPRINT, hubs=(hub,)))[0]

    for address in ("/changes.atom", "/changes.atom?lang=de"):
        answer = client.get(address)
        here = IMPRINT.url + address
        links = answer.headers.getlist("Link")
        assert f'<{hub}>; rel="hub"' in links
        assert f'<{here}>; rel="self"' in links
        feed = ET.fromstring(answer.data)
        found = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
        assert (found["hub"], found["self"]) == (hub, here)


@pytest.mark.parametrize("address", ["/changes.atom?region=US", "/changes.json", "/calendar.ics"])
def test_what_no_hub_is_told_of_names_none(publish, address):
    """Whoever is told to wait for a hub asks no more: so no other feed names one."""
    client = publish(RICH, MOVED, site=replace(IMPRINT, hubs=("https://hub.example/",)))[0]

    answer = client.get(address)

    assert "hub.example" not in answer.get_data(as_text=True) + str(answer.headers)
