"""The front and the shelf: what is known is a look-up, stays fresh, and has an end."""

import gc
import itertools
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import pytest
from werkzeug.test import Client

from releasecal.errors import DataError, StoreError
from releasecal.formats import Format
from releasecal.queries.feed_query import EVERYTHING
from releasecal.queries.results import Feed
from releasecal.queries.site import SiteSettings
from releasecal.refresh.publisher import Publisher
from releasecal.store import NO_HEAD, WELL, RefreshStatus, answers, read, refresh_status
from releasecal.web import create_app, pages
from releasecal.web.http.cache import CAPACITY, FRESH, Documents
from releasecal.web.http.conditional import Terms
from releasecal.web.http.encodings import CODINGS
from releasecal.web.http.fast_path import Front
from support.build import NOW
from support.data_files import DATA
from support.site import TOKEN

pytestmark = pytest.mark.slow


class Ticks:
    """Seconds that pass when a test says so."""

    def __init__(self):
        self.now = 1_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def ticks():
    return Ticks()


class Site:
    """A site with its front, that tells how many requests came through to Flask."""

    def __init__(self, teller, ticks, capacity=CAPACITY):
        self.publisher = teller
        self.documents = Documents(
            teller.store,
            teller.site,
            teller.clock,
            capacity=capacity,
            news=lambda: teller.own_status,
            status=lambda: teller.status,
            ticks=ticks,
        )
        self._flask = create_app(teller, TOKEN, documents=self.documents)
        self.passed = 0
        self.client = Client(Front(self._pass, self.documents))

    def _pass(self, environ, start_response):
        self.passed += 1
        return self._flask(environ, start_response)


@pytest.fixture
def site(publisher, ticks):
    return Site(publisher, ticks)


@pytest.fixture
def told(publisher, ticks):
    """A site that has been told its address."""
    site = SiteSettings(public_url="https://films.example")
    teller = Publisher(publisher.store, publisher.addresses, site, publisher.clock)
    teller.refresh()
    return Site(teller, ticks)


def test_a_known_document_never_reaches_flask(told):
    """The first request makes it; those that look the same are answered in front."""
    addresses = (
        *("/calendar.ics", "/calendar.ics?_=1", "/films/film.json", "/undo.ics?past=9"),
        *("/changes.atom", "/changes.json?since=0&_=1"),
        *("/", "/?as-of=2030-11-22", "/films/film", "/series/saga?_=1", "/changes?added=1"),
    )
    for address in addresses:
        for _ in range(3):
            assert told.client.get(address).status_code == 200
        assert told.client.head(address).status_code == 200

    assert told.passed == len(addresses)


def test_a_known_document_asks_no_database(site, monkeypatch):
    """Not a question of the store for a second, whatever is asked and in which coding."""
    etag = site.client.get("/calendar.ics").headers["ETag"]

    def asked(*_, **__):
        raise AssertionError("the database was asked")

    monkeypatch.setattr(site.publisher.store, "_transaction", asked)
    for headers in ({}, {"If-None-Match": etag}, {"Accept-Encoding": "br"}):
        site.client.get("/calendar.ics", headers=headers)

    assert site.passed == 1


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("GET", "/"),
        ("GET", "/calendar.ics?kind=nonsense"),
        ("GET", "/nowhere.ics"),
        ("GET", "/films/nobody"),
        ("GET", "/changes.atom?since=yesterday"),
        ("GET", "/readyz"),
        ("OPTIONS", "/changes.json"),
        ("OPTIONS", "/calendar.ics"),
        ("PUT", "/calendar.ics"),
        ("POST", "/calendar.ics"),
    ],
)
def test_all_else_goes_through(site, method, address):
    """Errors, other methods, and pages that may differ by Host, however often they are asked for."""
    site.client.get("/calendar.ics")
    for _ in range(2):
        site.client.open(address, method=method)

    assert site.passed == 3


@pytest.mark.parametrize("host", ["..", ".a", "a..b", f"{'a' * 64}.example"])
@pytest.mark.parametrize("address", ["/calendar.ics", "/", "/healthz", "/nothing"])
def test_a_host_that_is_none_is_refused_wherever(site, host, address):
    """In plain text, whether the address is known by then or not."""
    for _ in range(2):
        answer = site.client.get(address, headers={"Host": host, "Accept": "text/html,*/*"})
        assert (answer.status_code, answer.mimetype) == (400, "text/plain")
        site.client.get(address)


def test_each_visitor_finds_the_address_they_came_by(site):
    """Where none is told, a page of one host is not another's."""
    for host in ("nas", "10.0.0.2:8000", "nas"):
        assert f"http://{host}/calendar.ics" in site.client.get("/", headers={"Host": host}).text


def moved(data):
    data.write_text(DATA.replace("2027-07-14", "2027-09-30"))


def test_news_of_this_process_is_there_at_once(site, data, clock):
    """A refresh here is seen by the next request, without waiting for the second to pass."""
    before = site.client.get("/calendar.ics")
    clock.now += timedelta(hours=1)
    moved(data)
    site.publisher.refresh()

    after = site.client.get("/calendar.ics", headers={"If-None-Match": before.headers["ETag"]})

    assert after.status_code == 200
    assert b"20270930" in after.data


def test_news_of_another_process_is_there_within_a_second(site, data, clock, ticks):
    """Another process's edition is up here when the second is over, and not looked for before."""
    site.client.get("/calendar.ics")
    clock.now += timedelta(hours=1)
    moved(data)
    Publisher(site.publisher.store, [str(data)], SiteSettings(), clock).refresh()

    ticks.now += FRESH * 0.9
    assert b"20270714" in site.client.get("/calendar.ics").data
    ticks.now += FRESH * 0.2
    assert b"20270930" in site.client.get("/calendar.ics").data


def test_an_older_edition_does_not_come_back(site, data, clock, ticks, monkeypatch):
    """Whoever looked for news before another one found some does not put the old ones up again."""
    site.client.get("/calendar.ics")
    store, head = site.publisher.store, read.head
    ticks.now += 2 * FRESH

    def overtaken(connection):
        monkeypatch.undo()
        found = head(connection)
        clock.now += timedelta(hours=1)
        moved(data)
        Publisher(store, [str(data)], SiteSettings(), clock).refresh()
        ticks.now += 0.01
        assert b"20270930" in site.client.get("/calendar.ics?new=1").data
        return found

    monkeypatch.setattr(read, "head", overtaken)

    assert b"20270930" in site.client.get("/calendar.ics").data
    assert b"20270930" in site.client.get("/calendar.ics").data


def test_what_shows_nowhere_empties_no_shelf(site, data, ticks):
    """A comment in a data file is news to those who read it, and to nobody else."""
    site.client.get("/calendar.ics")
    data.write_text(DATA + "# a comment\n")
    site.publisher.refresh()
    ticks.now += 2 * FRESH
    site.client.get("/calendar.ics")

    assert site.passed == 1


PAGES = ("/", "/films/film", "/changes", "/?as-of=2030-11-22")
BANNER = "The last check for new dates failed"


def test_a_refresh_that_fails_shows_on_pages_at_once(told, data):
    """And no longer once one goes well; what they say otherwise stays, and so do the feeds."""
    before = {address: told.client.get(address) for address in (*PAGES, "/calendar.ics")}
    # Nobody is asked while it goes on failing alike, and nobody for the feed.
    for is_broken, passed in ((True, 4), (True, 0), (False, 4), (True, 4), (False, 4)):
        data.write_text(DATA.replace("2027-07-14", "2027-02-30") if is_broken else DATA)
        told.passed = 0
        if is_broken:
            with pytest.raises(DataError):
                told.publisher.refresh()
        else:
            told.publisher.refresh()
        for address in PAGES:
            etag = before[address].headers["ETag"]
            answer = told.client.get(address, headers={"If-None-Match": etag})
            assert answer.status_code == (200 if is_broken else 304)
            assert (BANNER in answer.text) is is_broken
        assert told.client.get("/calendar.ics").data == before["/calendar.ics"].data
        assert told.passed == passed


def test_a_refresh_that_fails_elsewhere_shows_within_a_second(told, ticks):
    """As news does, and goes as fast."""
    other = RefreshStatus(None, NOW, ("films.yaml: gone",), is_held=False)
    for trouble in (WELL, other, WELL):
        refresh_status.note(told.publisher.store, trouble)
        ticks.now += FRESH
        for address in PAGES:
            assert (BANNER in told.client.get(address).text) is bool(trouble.problems)
    passed = told.passed
    refresh_status.note(told.publisher.store, other)
    ticks.now += FRESH * 0.9
    assert BANNER not in told.client.get("/").text
    assert told.passed == passed


def test_a_page_that_was_made_too_late_is_not_kept(told, monkeypatch):
    """One of before a failure is not put up after it."""
    render = pages.render

    def overtaken(*args, **values):
        monkeypatch.undo()
        told.publisher.own_status = RefreshStatus(failed=NOW, problems=("broken",))
        assert BANNER in told.client.get("/films/film").text
        return render(*args, **values)

    monkeypatch.setattr(pages, "render", overtaken)

    assert BANNER not in told.client.get("/").text
    assert BANNER in told.client.get("/").text


def test_a_page_is_of_its_day_and_edition(told, data, clock, ticks):
    """At midnight, and with news, a known page is made anew."""
    clock.now = clock.now.replace(year=2027, month=7, day=14, hour=23, minute=59, second=59)
    before = told.client.get("/").text
    clock.now += timedelta(seconds=1)
    ticks.now += 1
    after = told.client.get("/").text
    assert before != after
    moved(data)
    told.publisher.refresh()
    for address in ("/", "/films/film", "/changes"):
        assert "30 Sep 2027" in told.client.get(address).text


def test_a_new_day_is_there_at_midnight(site, clock, ticks):
    """However little of the second has passed."""
    clock.now = clock.now.replace(year=2027, month=7, day=14, hour=23, minute=59, second=59)
    clock.now += timedelta(seconds=0.5)
    assert b"20270714" in site.client.get("/calendar.ics?past=0").data

    clock.now += timedelta(seconds=0.6)
    ticks.now += 0.6

    assert b"20270714" not in site.client.get("/calendar.ics?past=0").data


def test_without_a_database_what_is_known_is_answered(site, ticks, monkeypatch):
    """And the database is tried once a second, not by each request."""
    before = site.client.get("/calendar.ics").data
    tries = []

    def broken():
        tries.append(1)
        raise StoreError("the database is gone")

    monkeypatch.setattr(site.publisher.store, "reading", broken)
    site.publisher.own_status = replace(site.publisher.own_status)  # as after a refresh that failed
    for _ in range(3):
        ticks.now += FRESH
        for _ in range(3):
            assert site.client.get("/calendar.ics").data == before

    assert len(tries) == 3
    assert site.passed == 1


def test_a_database_made_anew_empties_nothing(told, ticks, monkeypatch):
    """Until something is published in it, what is known is answered, in front and behind it."""
    before = {each: told.client.get(each).data for each in ("/calendar.ics", "/", "/changes.json")}
    monkeypatch.setattr(read, "head", lambda _: NO_HEAD)

    for query in ("", "?_=1"):
        ticks.now += FRESH
        for address, body in before.items():
            assert told.client.get(address + query).data == body
    assert told.client.get("/calendar.ics?past=9").status_code == 503


# ── How much is kept ───────────────────────────────────────────────────────────────────────


class Facts:
    """A store whose feeds cost nothing."""

    def ask(self, question, *args, **options):
        if question is read.head:
            return replace(NO_HEAD, number=1)
        if question is answers.feed:
            return self.feed(*args, **options)
        raise StoreError("this store remembers nothing")

    def feed(self, query, *, path, site, today, **_):
        return Feed(site, query, f"Films {query.canonical}", path, today, (), NOW)


LINE = b"BEGIN:VEVENT and what an event has\r\n"
FORM = Format("ics", "text/calendar", lambda _: LINE * 100, has_undated=False, is_followed=True)


def query(number):
    """Return one of a million selections."""
    return replace(EVERYTHING, film=(f"film-{number}",))


def fill(documents, numbers, **headers):
    """Ask for what nobody has asked for, at addresses of their own, in every coding."""
    for number in numbers:
        found = documents.get("/calendar", query(number), FORM)
        for coding in CODINGS:
            environ = {
                "REQUEST_METHOD": "GET",
                "PATH_INFO": "/calendar.ics",
                "QUERY_STRING": f"film=film-{number}&utm_source={coding}-{number}",
                "HTTP_ACCEPT_ENCODING": coding,
                **headers,
            }
            documents.note(environ, found, download=False)
            assert documents.answer(found, environ, download=False).status == "200 OK"
            assert documents.known(environ) is not None


def test_the_shelf_has_an_end():
    """A million selections cannot grow a worker by more than the setting, in octets measured."""
    capacity = 2**20
    documents = Documents(Facts(), SiteSettings(), lambda: NOW, capacity=capacity)
    fill(documents, range(10))  # what is made once
    shelf = documents._shelf
    gc.collect()
    tracemalloc.start()
    try:
        fill(documents, range(10, 1_000))
        gc.collect()
        grown, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert capacity * 0.9 < shelf.octets <= capacity
    assert grown <= shelf.octets
    assert 50 < len(shelf.documents) < 1_000
    assert not shelf.making


def test_all_that_is_kept_has_one_end(publisher, ticks):
    """Feeds, logs and pages at addresses without end share the setting, in octets measured."""
    capacity = 2**20
    teller = Publisher(
        publisher.store, [], SiteSettings(public_url="https://a.example"), publisher.clock
    )
    site = Site(teller, ticks, capacity)
    ask(site, range(5))  # what is made once
    shelf = site.documents._shelf
    gc.collect()
    tracemalloc.start()
    try:
        before = shelf.octets
        ask(site, range(5, 160))
        gc.collect()
        grown, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert site.documents._shelf is shelf
    assert capacity * 0.9 < shelf.octets <= capacity
    assert grown <= shelf.octets - before
    kinds = {found.resource.document.content_type for found in shelf.documents.values()}
    assert len(kinds) == 4
    assert len(shelf.documents) < 4 * 150
    assert not shelf.making


def ask(site, numbers):
    """Ask for what nobody has asked for, of each sort, packed."""
    for number in numbers:
        for address in (
            f"/changes.json?since={number}",
            f"/changes.atom?added=1&since={number}",
            f"/?as-of={date(2030, 1, 1) + timedelta(days=number)}",
            f"/calendar.ics?past={number}",
        ):
            answer = site.client.get(address, headers={"Accept-Encoding": "gzip, identity;q=0"})
            assert answer.status_code == 200


def test_the_octets_are_counted_right():
    """What the shelf has counted is what is on it, whatever has come and gone."""
    documents = Documents(Facts(), SiteSettings(), lambda: NOW, capacity=100_000)
    fill(documents, itertools.chain(range(50), range(20, 40), range(60)))

    shelf = documents._shelf
    of_documents = sum(found.octets for found in shelf.documents.values())
    addresses = {address for found in shelf.documents.values() for address in found.addresses}
    assert shelf.octets == of_documents + shelf.octets_of_addresses
    assert addresses == set(shelf.addresses)
    assert 0 < shelf.octets_of_addresses <= 100_000 / 8


def test_cache_busters_push_out_no_document():
    """Raw addresses without end leave the documents where they are, and known."""
    documents = Documents(Facts(), SiteSettings(), lambda: NOW, capacity=100_000)
    found = [documents.get("/calendar", query(number), FORM) for number in range(5)]
    for number in range(1_000):
        environ = {"PATH_INFO": "/calendar.ics", "QUERY_STRING": f"_={number}"}
        documents.note(environ, found[0], download=False)

    assert [*documents._shelf.documents.values()] == found
    assert len(documents._shelf.addresses) < 100


def test_what_is_asked_for_stays():
    """Of much that nobody asks for again, and one thing that somebody does, that stays."""
    documents = Documents(Facts(), SiteSettings(), lambda: NOW, capacity=100_000)
    asked = {"REQUEST_METHOD": "GET", "PATH_INFO": "/calendar.ics", "QUERY_STRING": "film=film-0"}
    first = documents.get("/calendar", query(0), FORM)
    documents.note(asked, first, download=False)
    for number in range(1, 200):
        documents.get("/calendar", query(number), FORM)
        assert documents.known(asked)

    assert documents.get("/calendar", query(0), FORM) is first


def test_what_is_too_large_is_answered_and_not_kept():
    """A document that would not fit in pushes nothing out."""
    documents = Documents(Facts(), SiteSettings(), lambda: NOW, capacity=20_000)
    small = documents.get("/calendar", query(0), FORM)
    large = replace(FORM, render=lambda _: bytes(30_000))
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/large.ics", "QUERY_STRING": ""}

    found = documents.get("/large", EVERYTHING, large)
    documents.note(environ, found, download=False)

    assert len(documents.answer(found, environ, download=False).body[0]) == 30_000
    assert documents.known(environ) is None
    assert documents.get("/calendar", query(0), FORM) is small


def test_many_at_once():
    """Threads that make, ask, pack and push out at the same time meet no error."""
    documents = Documents(Facts(), SiteSettings(), lambda: NOW, Terms(), capacity=60_000)

    with ThreadPoolExecutor(8) as pool:
        rounds = [pool.submit(fill_and_forgive, documents, first) for first in range(8)]
        for each in rounds:
            each.result()

    shelf = documents._shelf
    assert shelf.octets <= 60_000
    of_documents = sum(found.counted for found in shelf.documents.values())
    assert shelf.octets == of_documents + shelf.octets_of_addresses


def fill_and_forgive(documents, first):
    """Fill, though others may push out at once what was just asked for."""
    for number in range(first, first + 60):
        found = documents.get("/calendar", query(number % 40), FORM)
        environ = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": "/calendar.ics",
            "QUERY_STRING": f"film=film-{number % 40}",
            "HTTP_ACCEPT_ENCODING": [*CODINGS][number % 3],
        }
        documents.note(environ, found, download=False)
        documents.answer(found, environ, download=False)
        known = documents.known(environ)
        assert known is None or known.status == "200 OK"


def test_strange_hosts_take_no_room(publisher, ticks):
    """Where no address is told, each host of a home has pages of its own, which nobody keeps."""
    site = Site(publisher, ticks)
    site.client.get("/")
    kept = {*site.documents._shelf.documents}

    for number in range(5):
        site.client.get("/", headers={"Host": f"h{number}"})
        site.client.get("/calendar.ics", headers={"Host": f"h{number}"})

    new = {*site.documents._shelf.documents} - kept
    assert new == {"/calendar.ics?"}
