"""The fast path and the response cache: a look-up a request, fresh within a second, bounded."""

import gc
import itertools
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest
from werkzeug.test import Client

from releasecal.errors import DataError, StoreError, as_problem
from releasecal.queries.site_settings import SiteSettings
from releasecal.refresh.publisher import Publisher
from releasecal.store import NO_HEAD, WELL, RefreshStatus, newest_edition, refresh_status
from releasecal.web.http.conditional_requests import Representation, tag
from releasecal.web.http.encodings import CODINGS
from releasecal.web.http.response_cache import FRESH, FreshCache, Target
from releasecal.web.routes import pages
from support.build import NOW
from support.data_files import DATA
from support.site import DELIVERY, app_of

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
    """A site that counts the requests that reach Flask behind the fast path."""

    def __init__(self, publisher, ticks, **options):
        self.publisher = publisher
        outermost = app_of(publisher, ticks=ticks, **options).wsgi_app
        layer = outermost.application
        self.cache = layer.cache
        self._flask = layer.application
        layer.application = self._pass
        self.passed = 0
        self.client = Client(layer)

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


def test_a_repeated_request_never_reaches_flask(told):
    """The first request makes the response; equal requests are answered by the fast path."""
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


def test_a_repeated_request_asks_no_database(site, monkeypatch):
    """The store is asked nothing for a second, whatever the precondition and the coding."""
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
def test_other_requests_reach_flask(site, method, address):
    """Errors, other methods, and pages that may differ by Host, however often they are asked for."""
    site.client.get("/calendar.ics")
    for _ in range(2):
        site.client.open(address, method=method)

    assert site.passed == 3


@pytest.mark.parametrize("host", ["..", ".a", "a..b", f"{'a' * 64}.example"])
@pytest.mark.parametrize("address", ["/calendar.ics", "/", "/healthz", "/nothing"])
def test_an_invalid_host_is_refused_at_every_address(site, host, address):
    """In plain text, whether the cache knows the address or not."""
    for _ in range(2):
        answer = site.client.get(address, headers={"Host": host, "Accept": "text/html,*/*"})
        assert (answer.status_code, answer.mimetype) == (400, "text/plain")
        site.client.get(address)


def test_each_visitor_finds_the_address_of_their_request(site):
    """Without a public address, a page of one host is not another's."""
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
    """A thread that looked before another one found news does not bring back the old state."""
    site.client.get("/calendar.ics")
    store, head = site.publisher.store, newest_edition.head
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

    monkeypatch.setattr(newest_edition, "head", overtaken)

    assert b"20270930" in site.client.get("/calendar.ics").data
    assert b"20270930" in site.client.get("/calendar.ics").data


def test_an_edition_without_visible_news_empties_no_cache(site, data, ticks):
    """A comment in a data file makes no response anew."""
    site.client.get("/calendar.ics")
    data.write_text(DATA + "# a comment\n")
    site.publisher.refresh()
    ticks.now += 2 * FRESH
    site.client.get("/calendar.ics")

    assert site.passed == 1


PAGES = ("/", "/films/film", "/changes", "/?as-of=2030-11-22")
BANNER = "the next look for new ones is soon"


def test_a_refresh_that_fails_shows_on_pages_at_once(told, data):
    """And leaves them once one succeeds; the rest of the pages stays, and so do the feeds."""
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
    other = RefreshStatus(None, NOW, (as_problem("films.yaml: gone"),), is_held=False)
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


def test_a_page_made_before_a_failure_is_not_kept_after_it(told, monkeypatch):
    """A page of the state before is sent, but not to the next visitor."""
    render = pages.render

    def overtaken(*args, **values):
        monkeypatch.undo()
        told.publisher.own_status = RefreshStatus(failed=NOW, problems=(as_problem("broken"),))
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


def test_without_a_database_the_cache_answers(site, ticks, monkeypatch):
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


def test_an_empty_new_database_empties_no_cache(told, ticks, monkeypatch):
    """Until an edition is published in it, the cache answers, by the fast path and by Flask."""
    before = {each: told.client.get(each).data for each in ("/calendar.ics", "/", "/changes.json")}
    monkeypatch.setattr(newest_edition, "head", lambda _: NO_HEAD)

    for query in ("", "?_=1"):
        ticks.now += FRESH
        for address, body in before.items():
            assert told.client.get(address + query).data == body
    assert told.client.get("/calendar.ics?past=9").status_code == 503


# ── How much is kept ───────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Still:
    """A state that never changes."""

    of_all: str = "edition"
    of_pages: str = "status"
    every: timedelta | None = None
    lasts: timedelta = timedelta.max


LINE = b"BEGIN:VEVENT and what an event has\r\n"


def cache_of(capacity):
    """Return an empty cache of a state that never changes."""
    return FreshCache(
        Still(),
        lambda state: state,
        DELIVERY,
        capacity=capacity,
        news=lambda: None,
        ticks=itertools.count().__next__,
    )


def slot_of(cache, number):
    """Return the slot of one of a million selections, made if it is not in the cache."""
    key = f"/calendar.ics?film=film-{number}"

    def make(_):
        body = LINE * 100
        return Representation(body, "text/calendar", tag(body), NOW, f"https://a.example{key}")

    return cache.find(key, make)


def fill(cache, numbers):
    """Ask for selections at addresses of their own, in every coding."""
    for number in numbers:
        target = Target(slot_of(cache, number), download=False)
        for coding in CODINGS:
            environ = {
                "REQUEST_METHOD": "GET",
                "PATH_INFO": "/calendar.ics",
                "QUERY_STRING": f"film=film-{number}&utm_source={coding}-{number}",
                "HTTP_ACCEPT_ENCODING": coding,
            }
            cache.note(environ, target)
            assert cache.respond(target, environ).status == "200 OK"
            assert cache.known(environ) == target


def test_the_cache_is_bounded():
    """A million selections grow a worker by no more than the setting, in octets measured."""
    capacity = 2**20
    fresh = cache_of(capacity)
    fill(fresh, range(10))  # makes what is made once
    cache = fresh.current
    gc.collect()
    tracemalloc.start()
    try:
        fill(fresh, range(10, 1_000))
        gc.collect()
        grown, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert capacity * 0.9 < cache.octets <= capacity
    assert grown <= cache.octets
    assert 50 < len(cache.slots) < 1_000
    assert not cache.making


def test_feeds_logs_and_pages_share_one_bound(publisher, ticks):
    """Addresses without end grow a worker by no more than the setting, in octets measured."""
    capacity = 2**20
    teller = Publisher(
        publisher.store, [], SiteSettings(public_url="https://a.example"), publisher.clock
    )
    site = Site(teller, ticks, capacity=capacity)
    ask(site, range(5))  # what is made once
    cache = site.cache.current
    gc.collect()
    tracemalloc.start()
    try:
        before = cache.octets
        ask(site, range(5, 160))
        gc.collect()
        grown, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert site.cache.current is cache
    assert capacity * 0.9 < cache.octets <= capacity
    assert grown <= cache.octets - before
    kinds = {slot.resource.representation.content_type for slot in cache.slots.values()}
    assert len(kinds) == 4
    assert len(cache.slots) < 4 * 150
    assert not cache.making


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
    """The count of the cache is the sum of its slots and addresses, whatever came and went."""
    fresh = cache_of(100_000)
    fill(fresh, itertools.chain(range(50), range(20, 40), range(60)))

    cache = fresh.current
    of_slots = sum(slot.octets for slot in cache.slots.values())
    addresses = {address for slot in cache.slots.values() for address in slot.addresses}
    assert cache.octets == of_slots + cache.octets_of_addresses
    assert addresses == set(cache.addresses)
    assert 0 < cache.octets_of_addresses <= 100_000 / 8


def test_cache_busters_push_out_no_response():
    """Raw addresses without end leave the responses in the cache."""
    fresh = cache_of(100_000)
    slots = [slot_of(fresh, number) for number in range(5)]
    for number in range(1_000):
        environ = {"PATH_INFO": "/calendar.ics", "QUERY_STRING": f"_={number}"}
        fresh.note(environ, Target(slots[0], download=False))

    assert [*fresh.current.slots.values()] == slots
    assert len(fresh.current.addresses) < 100


def test_the_least_recently_used_goes_first():
    """A response that is asked for again and again outlasts many that are asked for once."""
    fresh = cache_of(100_000)
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/calendar.ics", "QUERY_STRING": "film=film-0"}
    first = slot_of(fresh, 0)
    fresh.note(environ, Target(first, download=False))
    for number in range(1, 200):
        slot_of(fresh, number)
        assert fresh.known(environ)

    assert slot_of(fresh, 0) is first


def test_a_response_larger_than_the_cache_is_sent_and_not_kept():
    """It pushes nothing out."""
    fresh = cache_of(20_000)
    small = slot_of(fresh, 0)
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/large.ics", "QUERY_STRING": ""}

    large = fresh.find("/large.ics", lambda _: Representation(bytes(30_000), "", "tag", NOW))
    target = Target(large, download=False)
    fresh.note(environ, target)

    assert len(fresh.respond(target, environ).body[0]) == 30_000
    assert fresh.known(environ) is None
    assert slot_of(fresh, 0) is small


def test_one_thread_makes_a_response_for_all():
    """However many ask at once for a response that is not in the cache, it is made once."""
    made = []

    def make(state):
        made.append(state)
        time.sleep(0.1)
        return Representation(b"x", "text/plain", "tag", None)

    fresh = cache_of(100_000)
    with ThreadPoolExecutor(8) as pool:
        slots = list(pool.map(lambda _: fresh.find("/x", make), range(8)))

    assert [slot.resource.representation.body for slot in slots] == [b"x"] * 8
    assert len(made) == 1


def test_threads_share_a_cache():
    """Threads that make, ask, code and push out at the same time meet no error."""
    fresh = cache_of(60_000)

    with ThreadPoolExecutor(8) as pool:
        rounds = [pool.submit(fill_and_forgive, fresh, first) for first in range(8)]
        for each in rounds:
            each.result()

    cache = fresh.current
    assert cache.octets <= 60_000
    of_slots = sum(slot.counted for slot in cache.slots.values())
    assert cache.octets == of_slots + cache.octets_of_addresses


def fill_and_forgive(fresh, first):
    """Fill, though other threads may push out at once what this one has asked for."""
    for number in range(first, first + 60):
        environ = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": "/calendar.ics",
            "QUERY_STRING": f"film=film-{number % 40}",
            "HTTP_ACCEPT_ENCODING": [*CODINGS][number % 3],
        }
        target = Target(slot_of(fresh, number % 40), download=False)
        fresh.note(environ, target)
        fresh.respond(target, environ)
        known = fresh.known(environ)
        assert known is None or fresh.respond(known, environ).status == "200 OK"


def test_pages_of_other_hosts_are_not_kept(publisher, ticks):
    """Without a public address each host of a home network has its own pages; none is cached."""
    site = Site(publisher, ticks)
    site.client.get("/")
    kept = {*site.cache.current.slots}

    for number in range(5):
        site.client.get("/", headers={"Host": f"h{number}"})
        site.client.get("/calendar.ics", headers={"Host": f"h{number}"})

    new = {*site.cache.current.slots} - kept
    assert new == {"/calendar.ics?"}
