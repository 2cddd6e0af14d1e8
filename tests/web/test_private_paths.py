"""Private paths: the site and its feeds for holders of tokens, and for nobody else."""

import re
from datetime import timedelta

import pytest

from releasecal.errors import StoreError
from releasecal.queries.site_settings import SiteSettings
from releasecal.refresh.publisher import Publisher
from releasecal.store import Store, access_tokens
from releasecal.store.access_tokens import AccessToken
from releasecal.web.http.private_answers import privately
from support.database import database_url, rows
from support.site import FEEDS, TOKEN, app_of

PAGES = ("/", "/films/film", "/series/saga", "/changes", "/films", "/search?q=film", "/status")
OTHERS = (
    "/api",
    "/api/v1/",
    "/openapi.json",
    "/site.webmanifest",
    "/icon.svg",
    "/static/style.css",
    "/data.json",
    "/sitemap.xml",
)
PUBLIC = "https://films.example"


@pytest.fixture
def publisher(tmp_path, data, clock):
    store = Store.open(database_url(tmp_path / "releasecal.db"))
    publisher = Publisher(store, [str(data)], SiteSettings(public_url=PUBLIC), clock)
    publisher.ticks = clock.ticks
    publisher.refresh()
    yield publisher
    store.close()


@pytest.fixture
def give(publisher, clock):
    """Return what makes a token and gives the private path of its holder."""

    def given(name, query="", scopes=("read",), expires=None):
        made = access_tokens.make()
        ends = clock.now + expires if expires else None
        record = AccessToken(name, scopes, clock.now, ends, query)
        assert access_tokens.add(publisher.store, made, record)
        return f"/t/{made}"

    return given


@pytest.fixture
def site(publisher):
    """Return a client of a private site."""
    return app_of(publisher, is_private=True).test_client()


def told(answer):
    """Return all that a client gets, but for the id of its request."""
    headers = [each for each in answer.headers if each[0] != "X-Request-ID"]
    return answer.status, headers, answer.data


@pytest.mark.parametrize("address", [*FEEDS, *PAGES, *OTHERS])
def test_a_holder_has_the_whole_site(site, give, address):
    """Each address, for this reader alone: in no shared cache, in no index, in no Referer."""
    answer = site.get(give("ann") + address, buffered=True)

    assert answer.status_code == 200, answer.text
    assert re.match(r"private(,|$)|no-store", answer.headers["Cache-Control"])
    assert "public" not in answer.headers["Cache-Control"]
    assert "s-maxage" not in answer.headers["Cache-Control"]
    assert answer.headers.get_all("Referrer-Policy") == ["no-referrer"]
    assert answer.headers.get_all("X-Robots-Tag") == ["noindex, nofollow, noarchive"]


def test_a_poll_is_answered_304_and_stays_private(site, give):
    """A private feed has the tags of any other one, and a 304 says whose it is, too."""
    path = f"{give('ann')}/calendar.ics"
    tag = site.get(path).headers["ETag"]

    answer = site.get(path, headers={"If-None-Match": tag})

    assert answer.status_code == 304
    assert answer.headers["Cache-Control"].startswith("private, max-age=")
    assert answer.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("address", [*FEEDS, *PAGES, *OTHERS, "/nowhere", "/films/nobody", "/t"])
def test_without_a_token_a_private_site_has_nothing(site, address):
    """Octet for octet what is said of an address that leads nowhere, for each method."""
    for method in ("GET", "HEAD", "POST", "OPTIONS", "PUT"):
        nowhere = site.open("/nobody/has/been/here", method=method)
        assert told(site.open(address, method=method)) == told(nowhere)
        assert nowhere.status_code == 404
        assert nowhere.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("is_private", [True, False])
def test_tokens_that_do_not_count_lead_nowhere(publisher, clock, give, is_private):
    """Unknown, revoked, expired, of another scope or selection: octet for octet one answer."""
    client = app_of(publisher, is_private=is_private).test_client()
    revoked, brief = give("revoked"), give("brief", expires=timedelta(hours=1))
    assert client.get(f"{revoked}/calendar.ics").status_code == 200
    assert client.get(f"{brief}/calendar.ics").status_code == 200
    access_tokens.revoke(publisher.store, "revoked")
    clock.now += timedelta(hours=1)
    paths = [revoked, brief, give("ci", scopes=("refresh",)), "/t/", "/t/x", f"/t/{TOKEN}"]
    nowhere = told(client.get(f"/t/{access_tokens.make()}/nowhere"))

    assert nowhere[0] == "404 NOT FOUND"
    for address in (*FEEDS, *PAGES, "/nowhere"):
        for path in paths:
            assert told(client.get(path + address)) == nowhere
        assert told(client.get(give(address, query="kind=tv") + "/films/film.ics")) == nowhere


def test_a_revoked_token_leads_nowhere_in_every_process(publisher, give):
    """The next request, although its answer is in the memory of both."""
    clients = [app_of(publisher, is_private=True).test_client() for _ in range(2)]
    path = f"{give('ann')}/calendar.ics"
    assert [each.get(path).status_code for each in clients for _ in range(2)] == [200] * 4

    access_tokens.revoke(publisher.store, "ann")

    assert [each.get(path).status_code for each in clients] == [404, 404]


def test_without_a_database_no_token_counts(publisher, give, monkeypatch):
    """Known or not, it is 503: nobody could tell whether it was revoked."""
    client = app_of(publisher).test_client()
    path = give("ann")
    client.get(f"{path}/calendar.ics")

    def fail(*_):
        raise StoreError("away")

    monkeypatch.setattr(access_tokens, "find", fail)
    answers = [told(client.get(f"{each}/calendar.ics")) for each in (path, "/t/x")]

    assert answers[0] == answers[1]
    assert answers[0][0].startswith("503")


def test_a_selection_has_one_calendar_and_no_page(site, give):
    """Its events are those of the query, which the holder cannot change, only download."""
    path = give("ann", query="kind=tv")

    calendar = site.get(f"{path}/calendar.ics")
    assert (calendar.status_code, b"VEVENT" in calendar.data) == (200, False)
    assert site.get(f"{path}/calendar.json").status_code == 200
    assert (
        "attachment" in site.get(f"{path}/calendar.ics?download=1").headers["Content-Disposition"]
    )
    wider = site.get(f"{path}/calendar.ics?kind=theatrical")
    assert (wider.status_code, "of one selection" in wider.text) == (400, True)
    for page in (*PAGES, "/undo.ics", "/data.json", ""):
        assert site.get(path + page).status_code == 404
    film = site.get(f"{give('film', query='film=film')}/calendar.ics")
    assert b"UID:film.theatrical.us@releasecal" in film.data
    gone = site.get(f"{give('gone', query='film=gone')}/calendar.ics")
    assert (gone.status_code, b"VEVENT" in gone.data) == (200, False)


@pytest.mark.parametrize("address", PAGES)
def test_links_of_a_page_lead_into_its_own_site(site, give, address):
    """Each link to this site has the token, so do the ways to subscribe; no other token is in it."""
    path, other = give("ann"), give("ben")
    site.get(other + address)

    text = site.get(path + address).text

    assert other not in text
    links = re.findall(r'(?:href|src|action)="(/[^"]*)"', text)
    assert links
    assert [link for link in links if not link.startswith(f"{path}/")] == []
    assert (
        f"{PUBLIC}{path}/calendar.ics" in text
        or f"{PUBLIC}{path}/films/film.ics" in text
        or (f"{PUBLIC}{path}/series/saga.ics" in text)
    )


def test_a_visitor_of_a_public_site_never_gets_a_holders_page(publisher, give):
    """Neither after nor before the holder: responses of private paths are their own."""
    client = app_of(publisher).test_client()
    path = give("ann")
    for address in (*PAGES, *OTHERS, *FEEDS):
        private, public, again = (
            client.get(each, buffered=True) for each in (path + address, address, address)
        )
        assert path.encode() not in public.data + again.data, address
        assert path not in f"{public.headers}{again.headers}"
        assert "Referrer-Policy" not in public.headers
        assert private.status_code == public.status_code


def test_a_feed_tells_clients_its_own_address(site, give):
    """Those that follow SOURCE, feed_url or the link to itself come back with the token."""
    path = give("ann")
    calendar = site.get(f"{path}/calendar.ics?kind=theatrical").data.replace(b"\r\n ", b"")
    assert f"SOURCE;VALUE=URI:{PUBLIC}{path}/calendar.ics?kind=theatrical\r\n".encode() in calendar
    alone = give("ben", query="kind=theatrical")
    calendar = site.get(f"{alone}/calendar.ics").data.replace(b"\r\n ", b"")
    assert f"SOURCE;VALUE=URI:{PUBLIC}{alone}/calendar.ics\r\n".encode() in calendar
    assert site.get(f"{alone}/calendar.json").json["url"] == f"{PUBLIC}{alone}/calendar.json"


@pytest.mark.parametrize(
    "address",
    [
        *("/calendar.ics", "/calendar.ics?lang=de", "/calendar.json", "/calendar.atom"),
        *("/calendar.csv", "/calendar.jsonfeed", "/changes.atom", "/changes.json?added=1"),
        *("/openapi.json", "/api/v1/", "/api/v1/films", "/api"),
    ],
)
def test_all_that_an_answer_links_to_is_below_its_path(site, give, address):
    """Events, entries and the pages behind a part of a list: each leads to the same reader's site."""
    path = give("ann")

    text = site.get(path + address).text.replace("\r\n ", "").replace("\n ", "\n")

    addresses = re.findall(rf"{PUBLIC}(/[^\s\"<>,]*)", text)
    assert addresses
    assert [each for each in addresses if not each.startswith(path)] == []


def test_a_token_in_a_path_is_nowhere(publisher, site, give, caplog):
    """Neither in a log nor in a row of the database, of known feeds, pages and errors."""
    caplog.set_level(0)
    path = give("ann")

    for address in (*FEEDS, *PAGES, "/calendar.ics?kind=x", "/nowhere", "/films/nobody"):
        site.get(path + address)
    access_tokens.revoke(publisher.store, "ann")
    site.get(f"{path}/calendar.ics")

    secret = path[-20:]
    assert secret not in caplog.text
    assert secret not in repr(rows(publisher.store))


def test_a_private_path_is_a_last_modified_of_its_own(site, give):
    """It has a date, and the same one at each look."""
    path = f"{give('ann')}/calendar.ics"

    assert site.get(path).last_modified
    assert site.get(path).last_modified == site.get(path).last_modified


def test_programs_find_a_private_site_alive_and_learn_no_film(site, give):
    """Probes get their status; problems and sources are for holders. Robots may come and index nothing."""
    assert site.get("/healthz").status_code == 200
    assert site.get("/readyz").json == {"status": "ok"}
    assert "sources" in site.get(f"{give('ann')}/readyz").json
    assert site.get("/robots.txt").text == "User-agent: *\nAllow: /\n"
    assert site.post("/refresh").status_code == 401
    assert site.post("/refresh", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200


def test_a_token_to_read_refreshes_nothing(site, give):
    """Neither in the path nor as a bearer."""
    path = give("ann")
    bearer = {"Authorization": f"Bearer {path.removeprefix('/t/')}"}

    assert site.post("/refresh", headers=bearer).status_code == 401
    assert site.post(f"{path}/refresh").status_code == 401


def test_a_private_path_without_its_slash_is_the_first_page(site, give):
    """As people copy it."""
    path = give("ann")

    assert site.get(path).data == site.get(f"{path}/").data


@pytest.mark.parametrize(
    ("public", "private"),
    [
        ("public, max-age=3600, s-maxage=60, stale-if-error=86400", "private, max-age=3600"),
        ("no-cache", "private, no-cache"),
        ("no-store", "no-store"),
        ("public", "private, no-cache"),
        (None, "private, no-cache"),
    ],
)
def test_no_shared_cache_keeps_a_private_answer(public, private):
    """Of Cache-Control stays what tells the reader's own cache."""
    headers = privately([("Cache-Control", public)] if public else [("X", "y")])

    assert [value for name, value in headers if name == "Cache-Control"] == [private]


def test_a_holder_reads_whole_lists_of_the_api(site, give):
    """The address of the next page is below his own path, and so is that of each feed."""
    path = give("reader")

    first = site.get(f"{path}/api/v1/selections?size=1").json

    assert first["next"].startswith(f"{PUBLIC}{path}/api/v1/selections?cursor=")
    assert site.get(first["next"].removeprefix(PUBLIC)).status_code == 200
    (only,) = first["items"]
    assert site.get(only["feeds"]["ics"].removeprefix(PUBLIC)).status_code == 200
    assert site.get("/api/v1/selections").status_code == 404
