"""deploy/nginx.conf as it is shipped: the real nginx in front of the real server."""

import http.client
import shutil
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module

import pytest

from support.paths import BENCHMARKS, ROOT

FEED = "/calendar.ics"
CODINGS = ("br", "zstd", "gzip", "")
PATIENCE = 30  # seconds; not reached unless something is wrong


@dataclass(frozen=True)
class Exchange:
    """A request as it left nginx, and the status it was answered with."""

    method: str
    path: str
    headers: http.client.HTTPMessage
    status: int


class Witness(ThreadingHTTPServer):
    """Passes requests of nginx on to the application, and records them."""

    daemon_threads = True

    def __init__(self, app):
        super().__init__(("127.0.0.1", 0), _Passing)
        self.app = app
        self.seen: list[Exchange] = []

    def of(self, path):
        return [exchange for exchange in self.seen if exchange.path == path]


class _Passing(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_one_request(self):
        self.raw_requestline = self.rfile.readline(65_537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            answer = self.server.app.get(
                self.path, dict(self.headers), method=self.command, body=body
            )
        except OSError:  # the application is down: so are we
            self.close_connection = True
            return
        self.server.seen.append(Exchange(self.command, self.path, self.headers, answer.status))
        lines = [f"{name}: {text}" for name, text in answer.headers.items()]
        head = "\r\n".join([f"HTTP/1.1 {answer.status} as said", *lines, "", ""])
        self.wfile.write(head.encode("latin-1") + answer.body)


@dataclass(frozen=True)
class Stack:
    """Nginx, its recorded requests, and the application behind it."""

    nginx: object
    witness: Witness
    app: object

    def get(self, path, headers=None, **options):
        return self.nginx.get(path, headers, **options)

    def until(self, is_so, what):
        deadline = time.monotonic() + PATIENCE
        while not is_so():
            assert time.monotonic() < deadline, f"not yet: {what}"
            time.sleep(0.05)


@pytest.fixture(scope="module")
def servers():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(BENCHMARKS)
        yield import_module("servers")


@pytest.fixture(scope="module")
def everything(servers, tmp_path_factory) -> Iterator[Stack]:
    """One nginx and one application for all; each test asks for addresses of its own."""
    if not shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin"):
        pytest.skip("nginx is missing: apt-get install nginx")
    home = tmp_path_factory.mktemp("home")
    shutil.copytree(ROOT / "data", home / "data")
    with ExitStack() as stack:
        app = stack.enter_context(servers.Releasecal(home, settings={"REFRESH_EVERY": "1s"}))
        app.start()
        witness = Witness(app)
        stack.callback(witness.server_close)
        threading.Thread(target=witness.serve_forever, daemon=True).start()
        stack.callback(witness.shutdown)
        nginx = stack.enter_context(servers.Nginx.shipped(witness.server_port))
        nginx.start()
        yield Stack(nginx, witness, app)


@pytest.fixture
def stack(everything) -> Iterator[Stack]:
    """The stack, and afterwards nothing in nginx's error log that should not be there."""
    yield everything
    log = everything.nginx.errors
    assert not [word for word in ("[warn]", "[crit]", "[alert]", "[emerg]") if word in log], log


@pytest.fixture
def address(request):
    """A feed that no other test has asked for; it is the same feed all the same."""
    return f"{FEED}?utm_source={request.node.name.replace('[', '-').rstrip(']')}"


def status(answer):
    return answer.headers["Cache-Status"]


def kept(answer):
    """Headers that a cache must not change."""
    names = ("Content-Type", "Content-Encoding", "ETag", "Last-Modified", "Cache-Control", "Vary")
    return {name: answer.headers[name] for name in names}


def test_nginx_accepts_the_configuration(stack):
    """``nginx -t`` has no error and no warning about the configuration."""
    said = stack.nginx.check()
    assert "test is successful" in said
    assert "warn" not in said


def test_the_second_client_is_answered_by_nginx(stack, address):
    first, second = stack.get(address), stack.get(address)

    assert status(first) == "nginx; fwd=uri-miss"
    assert status(second) in ("nginx; hit", "nginx; hit; detail=updating")
    direct = stack.app.get(address)
    assert first.body == second.body == direct.body
    assert kept(first) == kept(second) == kept(direct)


def test_head_is_get_without_the_body(stack, address):
    """HEAD fills the cache as GET does, and has the same headers."""
    head, get = stack.get(address, method="HEAD"), stack.get(address)

    assert head.body == b""
    assert kept(head) == kept(get)
    assert head.headers["Content-Length"] == get.headers["Content-Length"] == str(len(get.body))
    assert [exchange.method for exchange in stack.witness.of(address)][:1] == ["GET"]


def test_the_cache_answers_conditional_requests(stack, address):
    """A cached answer is compared as in RFC 9110, and the 304 has all headers."""
    known = stack.get(address).headers
    etag, modified = known["ETag"], known["Last-Modified"]
    unchanged = [
        {"If-None-Match": etag},
        {"If-None-Match": f"W/{etag}"},
        {"If-None-Match": f'"other", {etag}'},
        {"If-None-Match": "*"},
        {"If-Modified-Since": modified},
        {"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"},
        {"If-None-Match": etag, "If-Modified-Since": modified},
    ]
    for headers in unchanged:
        for method in ("GET", "HEAD"):
            answer = stack.get(address, headers, method=method)
            assert (answer.status, answer.body) == (304, b""), headers
            for name in ("ETag", "Last-Modified", "Cache-Control", "Vary"):
                assert answer.headers[name] == known[name], name
    for headers in (
        {"If-None-Match": '"other"'},
        {"If-None-Match": '"other"', "If-Modified-Since": modified},
        {"If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"},
    ):
        answer = stack.get(address, headers)
        assert (answer.status, answer.headers["ETag"]) == (200, etag), headers


@pytest.mark.parametrize("coding", CODINGS)
def test_each_coding_has_its_own_copy(stack, address, coding):
    """Each coding has its own copy, with its own ETag, equal to the application's answer."""
    headers = {"Accept-Encoding": coding} if coding else {}
    first, second = stack.get(address, headers), stack.get(address, headers)

    direct = stack.app.get(address, headers)
    assert first.body == second.body == direct.body
    assert kept(first) == kept(second) == kept(direct)
    assert stack.get(address, {**headers, "If-None-Match": direct.headers["ETag"]}).status == 304


def test_spellings_of_accept_encoding_share_a_copy(stack, address):
    """Spellings of Accept-Encoding share a copy; a coding that is refused is not sent."""
    wanted = {
        "gzip, deflate, br, zstd": "br",
        "gzip, deflate, br": "br",
        "br": "br",
        "BR;q=0.1,gzip": "br",
        "gzip;q=1.0, zstd ; q=0.5": "zstd",
        "zstd,br;q=0": "zstd",
        "gzip": "gzip",
        "gzip, deflate": "gzip",
        "deflate;q=1, gzip;q=0.001": "gzip",
        "br;q=0.000, gzip;q=1.000": "gzip",
        "gzip;q=0": "",
        "gzip;q=0.0, identity": "",
        "x-gzipped, brr": "",
        "identity": "",
        "": "",
    }
    for written in wanted:
        stack.get(address, {"Accept-Encoding": written})

    asked = [exchange.headers.get("Accept-Encoding", "") for exchange in stack.witness.of(address)]
    assert set(asked) == {"br", "zstd", "gzip", ""}
    for written, coding in wanted.items():
        answer = stack.get(address, {"Accept-Encoding": written})
        assert answer.headers.get("Content-Encoding", "") in (coding, ""), written


def test_an_old_answer_is_revalidated_by_its_etag(stack, address):
    """After its time an answer is revalidated at the application, which answers 304."""
    first = stack.get(address)

    def is_revalidated():
        stack.get(address)
        return any(exchange.status == 304 for exchange in stack.witness.of(address))

    stack.until(is_revalidated, "a 304 from the application")
    asked = [exchange.headers["If-None-Match"] for exchange in stack.witness.of(address)]
    assert asked[0] is None
    assert set(asked[1:]) == {first.headers["ETag"]}
    assert stack.get(address).body == first.body


def test_a_moved_date_arrives_after_revalidation(stack, address):
    """Once revalidated, the moved date is there, and an older ETag gets 200."""
    before = stack.get(address)
    assert b"20240628" in before.body
    path = stack.app.home / "data" / "mission-impossible.yaml"
    path.write_text(path.read_text().replace("2024-06-28", "2025-05-23"))

    stack.until(lambda: b"20250523" in stack.get(address).body, "the new date")

    answer = stack.get(address, {"If-None-Match": before.headers["ETag"]})
    assert answer.status == 200
    assert answer.headers["ETag"] != before.headers["ETag"]
    assert answer.body == stack.app.get(address).body


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", f"{FEED}?kind=cinema", 400),
        ("GET", "/films/nobody-made-this.ics", 404),
        ("GET", "/nothing-here", 404),
        ("PUT", FEED, 405),
        ("POST", FEED, 405),
        ("DELETE", FEED, 405),
        ("PROPFIND", FEED, 405),
    ],
)
def test_errors_are_passed_on_and_not_kept(stack, method, path, expected):
    """An error is asked for each time, and is the application's."""
    before = len(stack.witness.of(path))
    for _ in range(2):
        answer = stack.get(path, method=method)
        direct = stack.app.get(path, method=method)
        assert (answer.status, answer.body) == (expected, direct.body)
        assert answer.headers["Allow"] == direct.headers["Allow"]
        assert answer.headers["Cache-Control"] == direct.headers["Cache-Control"]
    asked = [each for each in stack.witness.of(path)[before:] if each.status == expected]
    assert len(asked) == 2


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_is_never_cached(stack, path):
    before = len(stack.witness.of(path))
    assert [stack.get(path).status for _ in range(3)] == [200] * 3
    assert len(stack.witness.of(path)) - before == 3


def test_metrics_are_not_for_the_world(stack):
    """Nobody reads /metrics through nginx, not even from this machine."""
    seen = len(stack.witness.seen)

    assert stack.get("/metrics").status == 404
    assert len(stack.witness.seen) == seen


def test_an_answer_of_the_application_has_its_request_id(stack, address):
    """The id that the application logs is told once; what comes from the cache repeats none."""
    first, second = stack.get(address), stack.get(address, {"X-Request-ID": "from-outside"})

    (exchange,) = stack.witness.of(address)
    assert first.headers.get_all("X-Request-ID") == [exchange.headers["X-Request-ID"]]
    assert "X-Request-ID" not in second.headers


def test_refresh_is_passed_on_with_its_token(stack):
    """POST /refresh reaches the application each time, and needs its token there."""
    token = {"Authorization": f"Bearer {stack.app.token()}"}

    def refresh(headers):
        return stack.get("/refresh", headers, method="POST").status

    assert refresh({}) == 401
    assert refresh(token) in (200, 409)  # 409: the scheduler is at it
    assert refresh(token) in (200, 409)
    assert stack.get("/refresh", token).status == 405
    assert len(stack.witness.of("/refresh")) == 4


def test_headers_outside_the_key_are_dropped(stack, address):
    """No header shapes an answer that others get."""
    strange = {
        "Host": "evil.example",
        "X-Forwarded-Host": "evil.example",
        "Cookie": "session=1",
        "Authorization": "Bearer of-something",
        "Cache-Control": "no-cache",
        "Pragma": "no-cache",
        "Range": "bytes=0-9",
    }
    stack.get(address, strange)

    (exchange,) = stack.witness.of(address)
    assert exchange.headers["Host"] == "releasecal"
    assert not set(strange) - {"Host"} & set(exchange.headers.keys())


@pytest.mark.parametrize(
    "path",
    [
        *(FEED, "/calendar.json", "/undo.ics", "/films/mission-impossible-7.ics"),
        *("/", "/films/mission-impossible-7", "/changes", "/changes.atom", "/robots.txt"),
    ],
)
def test_cached_answers_vary_by_the_key_only(stack, path):
    """The key has the coding; no answer that can be kept depends on another request header."""
    answer = stack.app.get(path)

    assert answer.status == 200
    if not {"no-store", "no-cache"} & {answer.headers.get("Cache-Control")}:
        assert answer.headers.get("Vary", "Accept-Encoding") == "Accept-Encoding"


def test_a_page_is_that_of_its_visitor(stack):
    """In the visitor's language and with the way of the visitor's device first; none is kept."""
    german = {"Accept-Language": "de", "User-Agent": "Mozilla/5.0 (Windows NT 10.0)"}

    assert '<html lang="de"' in stack.get("/changes", german).body.decode()
    assert '<html lang="en"' in stack.get("/changes").body.decode()
    own, other = (
        stack.get("/films/mission-impossible-7", each).body.decode() for each in (german, {})
    )
    assert own.index("Outlook.com") < own.index("Thunderbird")
    assert other.index("Google Calendar") < other.index("Outlook.com")


def test_no_cache_of_a_client_is_ignored(stack, address):
    """Polls with no-cache, as by Thunderbird, are served from the cache."""
    stack.get(address)
    impatient = {"Cache-Control": "no-cache", "Pragma": "no-cache"}
    assert "hit" in status(stack.get(address, impatient))


def test_simultaneous_misses_are_one_request(stack, address):
    """Of many simultaneous requests for a missing answer, one reaches the application."""
    with ThreadPoolExecutor(8) as pool:
        bodies = {answer.body for answer in pool.map(stack.get, [address] * 8)}
    assert len(bodies) == 1
    assert len([each for each in stack.witness.of(address) if each.status == 200]) == 1


def test_requests_share_connections(stack):
    """Nginx keeps its connections to the application open."""
    for number in range(5):
        stack.get(f"{FEED}?utm_source=shared-{number}")
    assert not any("close" in each.headers.get("Connection", "") for each in stack.witness.seen)


def test_the_log_has_the_cache_status(servers, everything, address):
    """A request is a line with its cache status; a poll without news is none."""
    with servers.Nginx.shipped(everything.witness.server_port) as nginx:
        nginx.start()
        etag = nginx.get(address).headers["ETag"]
        nginx.get(address, {"If-None-Match": etag, "User-Agent": "a poll"})
        nginx.get(address, {"User-Agent": "a calendar"})
        nginx.stop()  # buffered lines are written
        log = (nginx.folder / "logs" / "releasecal.log").read_text().splitlines()
    asked = [line for line in log if address in line]
    assert len(asked) == 2
    assert " MISS " in asked[0]
    assert " HIT " in asked[1]
    assert asked[1].endswith('"a calendar"')
    assert f'"GET {address} HTTP/1.1" 200 ' in asked[1]


def test_no_token_is_in_a_log_or_in_the_cache(servers, everything):
    """However its path is written, with an application behind or none; a revoked one is away at once."""
    app = everything.app
    words = ("token", "add", "ann", "--scope", "read")
    address = servers.run(*words, folder=app.home, environ=app.environ).strip()
    path = f"/t/{address.rpartition('/t/')[2]}calendar.ics"
    secret = path.split("/")[2][-20:]
    with servers.Nginx.shipped(everything.witness.server_port) as nginx:
        nginx.start()
        tag = nginx.get(path).headers["ETag"]
        assert nginx.get(path, {"If-None-Match": tag}).status == 304
        assert nginx.get(path.replace("/t/", "/%74/")).status == 200
        assert nginx.get(path.replace(secret, secret[::-1])).status == 404
        nginx.get(f"/{path}")
        servers.run("token", "revoke", "ann", folder=app.home, environ=app.environ)
        assert nginx.get(path).status == 404
        nginx.stop()
        told = _octets_below(nginx.folder)
    assert b"/t/***" in told
    assert secret.encode() not in told
    with servers.Nginx.shipped(servers.free_port()) as nginx:  # where nobody is
        nginx.begin()
        everything.until(lambda: _status(nginx, path) == 503, "an answer of nginx")
        nginx.stop()
        assert secret.encode() not in _octets_below(nginx.folder)


def _octets_below(folder):
    """Return the contents of all files in *folder*: logs and cache."""
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def _status(server, path):
    try:
        return server.get(path).status
    except OSError:
        return None


def test_the_cache_serves_without_the_application(stack, address):
    """Cached answers stay without the application; a missing one is 503 with Retry-After."""
    first = stack.get(address)
    stack.app.stop()
    try:
        stack.until(
            lambda: "stale" in (status(stack.get(address)) or ""), "an answer that is out of date"
        )
        answer = stack.get(address)
        assert (answer.status, answer.body) == (200, first.body)
        assert stack.get(address, {"If-None-Match": first.headers["ETag"]}).status == 304

        unknown = stack.get(f"{address}-unknown")
        assert unknown.status == 503
        assert unknown.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert (unknown.headers["Retry-After"], unknown.headers["Cache-Control"]) == (
            "60",
            "no-store",
        )
    finally:
        stack.app.start()
    stack.until(lambda: stack.get(f"{address}-unknown").status == 200, "the application again")


# ── Limits by client ───────────────────────────────────────────────────────────────────────


class _Holding(BaseHTTPRequestHandler):
    """Answers below ``/slow`` once it is told to, and all else at once."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path.startswith("/slow"):
            self.server.held += 1
            self.server.go_on.wait(PATIENCE)
        self.server.clients.add(self.headers["X-Forwarded-For"])
        self.send_response(200)
        self.send_header("Content-Length", "3")
        self.send_header("Cache-Control", "max-age=60")
        self.end_headers()
        self.wfile.write(b"ok\n")

    def log_message(self, *_):
        pass


class _Backend(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 200


@pytest.fixture
def limited(servers, require):
    """Nginx as shipped, but for its clients, which a header names, before a program that waits."""
    require("nginx", found=bool(shutil.which("nginx", path="/usr/sbin:/usr/bin")))
    backend = _Backend(("127.0.0.1", 0), _Holding)
    backend.held, backend.go_on, backend.clients = 0, threading.Event(), set()
    port = servers.free_port()
    site = servers.deployed(port, backend.server_port)
    named = "set_real_ip_from 127.0.0.1; real_ip_header X-Client;\n"
    site = site.replace("    server_tokens off;\n", f"    server_tokens off; {named}")
    with ExitStack() as stack:
        threading.Thread(target=backend.serve_forever, daemon=True).start()
        stack.callback(backend.server_close)
        stack.callback(backend.shutdown)
        stack.callback(backend.go_on.set)
        nginx = stack.enter_context(servers.Nginx("nginx", port, site, "/healthz"))
        nginx.start()
        yield nginx, backend


@pytest.mark.parametrize(("method", "code"), [("PROPFIND", 405), ("POST", 401), ("GET", 405)])
def test_a_refusal_reaches_whoever_sent_much(behind, method, code):
    """Nobody reads the body of a request that is refused; nginx must not take that for the end."""
    found = {behind.get("/refresh", method=method, body=b"x" * 900_000).status for _ in range(40)}

    assert found == {code}
    assert "[warn]" not in behind.errors


@pytest.fixture(scope="module")
def behind(servers, tmp_path_factory):
    """An nginx of its own before an application that knows it."""
    home = tmp_path_factory.mktemp("behind")
    shutil.copytree(ROOT / "data", home / "data")
    settings = {"TRUSTED_PROXIES": "127.0.0.1"}
    with servers.Releasecal(home, settings=settings) as app:
        app.start()
        with servers.Nginx.shipped(app.port) as nginx:
            nginx.start()
            yield nginx


def until_refused(nginx, clients):
    """Return how many requests of *clients* were answered before one was refused, and that."""
    for number, client in enumerate(clients):
        answer = nginx.get("/calendar.ics", {"X-Client": client})
        if answer.status != 200:
            return number, answer
    raise AssertionError("nobody was refused")


def statuses(nginx, client, count, path="/calendar.ics"):
    """Return the statuses of so many requests of *client* in a row, on connections of their own."""
    headers = {"X-Client": client} if client else {}
    return [nginx.get(path, headers).status for _ in range(count)]


def test_requests_are_limited_by_client(limited):
    """After a burst of 200 a client gets 429; others, its neighbours and this machine do not."""
    nginx, backend = limited

    answered, refused = until_refused(nginx, ["192.0.2.1"] * 5_000)

    assert answered >= 200
    assert refused.status == 429
    assert refused.headers["Retry-After"] == "10"
    assert refused.headers["Cache-Control"] == "no-store"
    assert refused.body == b"Too many requests. Please try again in some seconds.\n"
    assert set(statuses(nginx, "192.0.2.2", 50)) == {200}
    assert set(statuses(nginx, "", 600)) == {200}
    assert {"192.0.2.1", "127.0.0.1"} & backend.clients


def test_a_network_of_ipv6_is_one_client(limited):
    """Addresses of one network of 64 bits share a limit; another network has its own."""
    nginx, _ = limited

    answered, refused = until_refused(nginx, (f"2001:db8:1:2::{n:x}" for n in range(1, 5_000)))

    assert answered >= 200
    assert refused.status == 429
    assert set(statuses(nginx, "2001:db8:1:3::1", 50)) == {200}


def test_connections_are_limited_by_client(limited):
    """A client has 100 requests under way at most, and another one is answered meanwhile."""
    nginx, backend = limited
    with ThreadPoolExecutor(100) as pool:
        headers = {"X-Client": "192.0.2.1"}
        waiting = [pool.submit(nginx.get, f"/slow/{number}", headers) for number in range(100)]
        deadline = time.monotonic() + PATIENCE
        while backend.held < 100:
            assert time.monotonic() < deadline, backend.held
            time.sleep(0.05)

        assert nginx.get("/slow/more", headers).status == 429
        assert nginx.get("/calendar.ics", {"X-Client": "192.0.2.2"}).status == 200
        backend.go_on.set()
        assert {each.result().status for each in waiting} == {200}
    assert statuses(nginx, "192.0.2.1", 1) == [200]
