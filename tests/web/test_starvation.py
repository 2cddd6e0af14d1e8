"""Nobody starves: costly answers are few at a time, limited by client, and refused cheaply."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_network

import pytest
from werkzeug.exceptions import RequestTimeout, ServiceUnavailable, TooManyRequests

from releasecal.store import answering_queries
from releasecal.web import cached_responses
from releasecal.web.http.body_time_limit import BodyReader
from releasecal.web.http.client_address import client_of
from releasecal.web.http.concurrency_limit import PLACES, ConcurrencyLimit
from releasecal.web.http.rate_limit import COSTLY, RateLimit
from support.data_files import DATA
from support.live import until
from support.site import TOKEN, app_of

FEED = "/calendar.ics"
PROXY = {"REMOTE_ADDR": "10.0.0.1"}
TRUSTED = (ip_network("10.0.0.0/8"), ip_network("2001:db8:ff::/48"))


class Slow:
    """A step that takes until it is told to end; it counts those that are in it."""

    def __init__(self):
        self.inside = self.most = 0
        self._end = threading.Event()
        self._lock = threading.Lock()

    def __call__(self, *_, **__):
        with self._lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        assert self._end.wait(60)
        with self._lock:
            self.inside -= 1

    def end(self):
        self._end.set()


@pytest.fixture
def slow():
    slow = Slow()
    yield slow
    slow.end()


# ── The limit ───────────────────────────────────────────────────────────────────────────────


def test_the_gate_lets_some_in_has_some_wait_and_refuses_the_others(slow):
    """Two work, three wait and work later, and the sixth is refused at once."""
    small = ConcurrencyLimit(places=2, waiting=3)

    def work():
        with small.place():
            slow()

    with ThreadPoolExecutor(5) as pool:
        done = [pool.submit(work) for _ in range(5)]
        until(lambda: small.is_full, "a full limit")
        with pytest.raises(ServiceUnavailable) as refused, small.place():
            pass
        until(lambda: slow.inside == 2, "two inside")
        slow.end()
        for each in done:
            each.result(60)

    assert slow.most == 2
    assert dict(refused.value.get_headers())["Retry-After"] == "5"
    with small.place(), small.place():  # all places were given back
        pass


def test_nobody_waits_for_ever_at_the_limit():
    """Who has waited in vain is refused, and one that was polled before waits on."""
    small = ConcurrencyLimit(places=1, waiting=3, patience=0.05)

    def favoured():
        with small.place(is_favoured=True):
            return True

    with ThreadPoolExecutor(1) as pool:
        with small.place():
            waiting = pool.submit(favoured)
            with pytest.raises(ServiceUnavailable), small.place():
                pass
            assert not waiting.done()
        assert waiting.result(60)


@pytest.mark.parametrize(("lasts", "most"), [(0.02, 33), (0.4, 13), (60, 7)])
def test_as_many_wait_as_will_have_their_turn_in_time(slow, lasts, most):
    """While answers take 20 ms all who find room may wait, of slow answers a dozen or a few."""
    now = [0.0]
    limit = ConcurrencyLimit(ticks=lambda: now[0])
    for _ in range(50):
        with limit.place():
            now[0] += lasts

    def work():
        with limit.place():
            slow()

    with ThreadPoolExecutor(most) as pool:
        done = [pool.submit(work) for _ in range(most)]
        until(lambda: limit._inside == most, "as many as may wait")
        with pytest.raises(ServiceUnavailable), limit.place():
            pass
        slow.end()
        for each in done:
            each.result(60)


# ── A site ─────────────────────────────────────────────────────────────────────────────────


def test_slow_answers_leave_known_feeds_and_health_alone(publisher, slow, clock, monkeypatch):
    """With as many as allowed of new selections a known feed is answered, and a new one is 503."""
    small = ConcurrencyLimit(places=2, waiting=3, patience=60)
    monkeypatch.setattr(cached_responses, "ConcurrencyLimit", lambda: small)
    app = app_of(publisher, ticks=clock.ticks)
    known = app.test_client().get(FEED).data
    make = answering_queries.feed

    def slowly(*arguments, **options):
        slow()
        return make(*arguments, **options)

    monkeypatch.setattr(answering_queries, "feed", slowly)

    def ask(number):
        return app.test_client().get(f"{FEED}?past={number}").status_code

    with ThreadPoolExecutor(5) as pool:
        asked = [pool.submit(ask, number) for number in range(5)]
        until(lambda: small.is_full and slow.inside == 2, "a full limit")
        client = app.test_client()

        refused = client.get(f"{FEED}?past=901")
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
        assert refused.headers["Cache-Control"] == "no-store"
        assert "try again" in refused.text
        assert client.get(FEED).data == known
        assert client.get("/healthz").status_code == client.get("/readyz").status_code == 200
        assert client.get(f"{FEED}?kind=cinema").status_code == 400
        slow.end()
        assert {each.result(60) for each in asked} == {200}

    assert slow.most == 2


def test_a_site_that_has_just_started_has_callers_wait(publisher, clock, monkeypatch):
    """Twenty ask at once for what nobody has asked for: each gets its answer, and none is refused."""
    app = app_of(publisher, ticks=clock.ticks)
    together, make = threading.Barrier(20), answering_queries.feed

    def slowly(*arguments, **options):
        time.sleep(0.02)
        return make(*arguments, **options)

    def ask(number):
        together.wait(60)
        return app.test_client().get(f"{FEED}?past={number}").status_code

    monkeypatch.setattr(answering_queries, "feed", slowly)
    with ThreadPoolExecutor(20) as pool:
        assert [*pool.map(ask, range(20))] == [200] * 20


def test_a_polled_feed_is_not_refused_after_news(publisher, data, slow, clock, monkeypatch):
    """After news, an address that was answered before waits for its turn, however many there are."""
    app = app_of(publisher, ticks=clock.ticks)
    for number in range(20):
        app.test_client().get(f"{FEED}?past={number}")
    data.write_text(DATA.replace("title: Film", "title: Movie"))
    assert publisher.refresh().is_news
    make = answering_queries.feed

    def slowly(*arguments, **options):
        slow()
        return make(*arguments, **options)

    monkeypatch.setattr(answering_queries, "feed", slowly)
    with ThreadPoolExecutor(20) as pool:
        asked = [
            pool.submit(app.test_client().get, f"{FEED}?past={number}") for number in range(20)
        ]
        until(lambda: slow.inside == PLACES, "all places in use")
        slow.end()
        assert {each.result(60).status_code for each in asked} == {200}
    assert slow.most == PLACES


def test_a_client_is_limited_in_what_is_new(publisher, clock):
    """Beyond its rate a client gets 429 for new selections alone, and others get their answers."""
    app = app_of(publisher, trusted_proxies=TRUSTED, ticks=clock.ticks)

    def ask(path, client="192.0.2.1"):
        headers = {"X-Forwarded-For": client}
        return app.test_client().get(path, headers=headers, environ_base=PROXY)

    first = [ask(f"{FEED}?past={number}").status_code for number in range(COSTLY.amount)]
    assert set(first) == {200}
    refused = ask(f"{FEED}?past=9999")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
    assert refused.headers["Cache-Control"] == "no-store"

    assert ask(f"{FEED}?past=0").status_code == 200
    assert ask("/healthz").status_code == 200
    assert ask(f"{FEED}?past=9999", "192.0.2.2").status_code == 200
    clock.now = clock.now.replace(minute=clock.now.minute + 1)
    assert ask(f"{FEED}?past=9998").status_code == 200


# ── Clients ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("peer", "told", "client"),
    [
        ("192.0.2.1", "", "192.0.2.1"),
        ("192.0.2.1", "198.51.100.1", "192.0.2.1"),  # anybody can write that
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, 10.0.0.2 ,10.9.9.9", "198.51.100.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "10.0.0.7", "10.0.0.7"),
        ("10.0.0.1", "nobody", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1, unknown", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1," + "10.0.0.2," * 999, "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1," + "," * 99_999, "10.0.0.1"),
        ("::ffff:10.0.0.1", "::ffff:198.51.100.1", "198.51.100.1"),
        ("2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::"),
        ("2001:db8:1:2::9", "", "2001:db8:1:2::"),
        ("2001:db8:1:3::9", "", "2001:db8:1:3::"),
        ("2001:db8:ff::1", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("fe80::1%eth0", "", "fe80::"),
        ("127.0.0.1", "198.51.100.1", ""),  # a proxy that nobody has named: many are behind it
        ("::1", "", ""),
        ("10.0.0.1", "127.0.0.1", ""),
        ("", "198.51.100.1", ""),
        ("/run/socket", "198.51.100.1", ""),
    ],
)
def test_the_client_is_the_peer_or_what_a_trusted_proxy_says(peer, told, client):
    """X-Forwarded-For counts from trusted proxies only, from its end; IPv6 counts by network."""
    environ = {"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": told}

    assert client_of(environ, TRUSTED) == client


def test_clients_are_counted_apart_and_anew_each_minute():
    """The limit holds for each client, for a minute by a clock that is never set."""
    now = [0.0]
    limit = RateLimit(lambda: now[0])
    for _ in range(COSTLY.amount):
        limit.count("a")
    limit.count("b")
    for _ in range(10 * COSTLY.amount):
        limit.count("")  # nobody

    now[0] = 40.5
    with pytest.raises(TooManyRequests) as refused:
        limit.count("a")

    assert dict(refused.value.get_headers())["Retry-After"] == "20"
    now[0] = 60
    limit.count("a")


def test_clients_take_no_memory_without_bound():
    """Of ever new clients, those whose minute is over are forgotten first."""
    now = [0.0]
    limit = RateLimit(lambda: now[0])
    for number in range(30_000):
        now[0] += 0.01
        limit.count(str(number))

    assert 5_000 < len(limit._counters._found) <= 10_000


# ── Bodies ─────────────────────────────────────────────────────────────────────────────────


def test_a_stalled_body_has_a_time_limit(slow):
    """It is given up in time, and keeps its place for as long as a thread waits for it."""
    reader = BodyReader(places=2, longest=0.01)
    for _ in range(2):
        with pytest.raises(RequestTimeout):
            reader.read(slow)
    with pytest.raises(ServiceUnavailable):
        reader.read(lambda: b"body")

    slow.end()

    def is_read():
        try:
            return BodyReader.read(reader, lambda: b"body") == b"body"
        except ServiceUnavailable:
            return False

    until(is_read, "a place")


def test_what_a_body_raises_is_raised():
    """An error of reading is that of the request, and the place is free again."""
    reader = BodyReader(places=1)

    def fail():
        raise OSError("gone")

    for _ in range(2):
        with pytest.raises(OSError, match="gone"):
            reader.read(fail)


class Stalled:
    """An input that never ends."""

    def __init__(self, slow):
        self.slow = slow

    def read(self, *_):
        self.slow()
        return b""


def test_stalled_bodies_of_a_refresh_stop_no_refresh(publisher, slow, monkeypatch):
    """They are 408, or 503 if there are many; a refresh without a body goes on."""
    monkeypatch.setattr(BodyReader.__init__, "__defaults__", (2, 0.01))
    client = app_of(publisher).test_client()
    right = {"Authorization": f"Bearer {TOKEN}"}
    stalled = {"wsgi.input": Stalled(slow), "CONTENT_LENGTH": "9", "wsgi.input_terminated": True}

    answers = [client.post("/refresh", headers=right, environ_overrides=stalled) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [408, 408, 503]
    assert answers[2].headers["Retry-After"] == "5"
    assert all(answer.json["problems"] for answer in answers)
    assert client.post("/refresh", environ_overrides=stalled).status_code == 401
    assert client.post("/refresh", headers=right).status_code == 200
