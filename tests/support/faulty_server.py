"""A web server on this machine that answers as told, and fails in every way that servers do."""

import gzip
import json
import ssl
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

BOMB = gzip.compress(b" " * 20_000_000, 9)
HTML = (
    b"<!doctype html><html><head><title>Sign in &ndash; Example</title></head><body></body></html>"
)


@dataclass(frozen=True)
class Asked:
    """
    A request.

    Attributes:
        query: The last value of each parameter.
        method: In capitals.
        headers: By name in small letters.
    """

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    method: str = "GET"
    body: bytes = b""


@dataclass(frozen=True)
class Answer:
    """A response; its length and type are added."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, value: object, **headers: str) -> "Answer":
        """Return *value* as JSON."""
        return cls(json.dumps(value).encode(), headers=headers)


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: "_Server"

    def do_GET(self):
        parts = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", "0")))
        asked = Asked(parts.path, query, headers, self.command, body)
        owner = self.server.owner
        with owner.lock:
            owner.asked.append(asked)
            fault = owner.next_fault()
        with suppress(ConnectionError, ssl.SSLError):
            if fault:
                fault(self)
            else:
                self.send(owner.answer(asked))

    do_HEAD = do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 - the names that http.server looks for

    def send(self, answer):
        self.start(answer.status, {"Content-Length": str(len(answer.body)), **answer.headers})
        if self.command != "HEAD" and answer.status != 304:
            self.wfile.write(answer.body)

    def start(self, status, headers):
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def wait(self, seconds=None):
        """Return whether the server goes on, after *seconds* or, without any, at its end."""
        return not self.server.owner.closing.wait(seconds)

    def log_message(self, *_):
        pass


Fault = Callable[[_Handler], None]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    owner: "FaultyServer"

    def handle_error(self, *_):  # a client that goes away is no news here
        pass


class FaultyServer:
    """
    A server; as a context manager it runs.

    Attributes:
        answer: Returns the response to a request, as long as no fault is set.
        asked: All requests so far.
    """

    def __init__(
        self, answer: Callable[[Asked], Answer], certificates: ssl.SSLContext | None = None
    ) -> None:
        self.answer = answer
        self.asked: list[Asked] = []
        self.lock = threading.Lock()
        self.closing = threading.Event()
        self._faults: list[Fault] = []
        self._always: Fault | None = None
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.owner = self
        self.scheme = "https" if certificates else "http"
        if certificates:
            self._server.socket = certificates.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def address(self):
        """Its address, without a slash at the end."""
        return f"{self.scheme}://127.0.0.1:{self._server.server_port}"

    def fail(self, fault: Fault | None, times: int | None = None) -> None:
        """Answer the next requests with *fault*, or all; None ends that."""
        self._always = None if times else fault
        self._faults = [fault] * (times or 0)

    def next_fault(self) -> Fault | None:
        """Return the fault of this request, if it has one."""
        return self._faults.pop() if self._faults else self._always


def status(number: int, body: object = None, **headers: str) -> Fault:
    """Return the fault that is a status."""
    data = json.dumps(body or {"status_message": "no"}).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler: handler.send(Answer(data, number, named))


def redirect(to: str) -> Fault:
    """Return the fault that leads to another address."""
    return lambda handler: handler.send(Answer(b"", 302, {"Location": to}))


def _slow_headers(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    while handler.wait(0.02):
        handler.wfile.write(b"X-Slow: yes\r\n")


def _slow_body(handler):
    handler.start(200, {"Content-Length": "1000000"})
    while handler.wait(0.02):
        handler.wfile.write(b" ")


def _silent(handler):
    handler.wait()


def _cut(handler):
    handler.start(200, {"Content-Length": "1000"})
    handler.wfile.write(b'{"films": [')
    handler.close_connection = True


def _cut_chunk(handler):
    handler.start(200, {"Transfer-Encoding": "chunked"})
    handler.wfile.write(b'ff\r\n{"films": [')
    handler.close_connection = True


def _cut_gzip(handler):
    handler.send(
        Answer(gzip.compress(b" " * 5_000 + b"{}")[:-9], headers={"Content-Encoding": "gzip"})
    )


def _wrong_length(handler):
    handler.start(200, {"Content-Length": "many"})
    handler.close_connection = True


def _bomb(handler):
    handler.send(Answer(BOMB, headers={"Content-Encoding": "gzip"}))


def _coding(handler):
    handler.send(Answer(b"\x1b\x00", headers={"Content-Encoding": "br"}))


def _html(handler):
    handler.send(Answer(HTML, headers={"Content-Type": "text/html; charset=utf-8"}))


def _empty(handler):
    handler.send(Answer(b""))


def _closed(handler):
    handler.close_connection = True


FAULTS: Mapping[str, tuple[Fault, str]] = {
    "401": (status(401, {"status_code": 7}), "unauthorized"),
    "403": (status(403), "forbidden"),
    "404": (status(404), "missing"),
    "418": (status(418), "refused"),
    "429": (status(429), "throttled"),
    "429 for an hour": (status(429, Retry_After="3600"), "throttled"),
    "500": (status(500), "broken"),
    "503": (status(503, Retry_After="Fri, 04 Jan 2030 00:00:00 GMT"), "broken"),
    "slow headers": (_slow_headers, "slow"),
    "slow body": (_slow_body, "slow"),
    "silence": (_silent, "slow"),
    "cut in the middle": (_cut, "cut"),
    "cut in a chunk": (_cut_chunk, "cut"),
    "cut in gzip": (_cut_gzip, "cut"),
    "wrong length": (_wrong_length, "cut"),
    "closed at once": (_closed, "cut"),
    "redirect loop": (redirect("?again"), "redirects"),
    "redirect to a private address": (redirect("https://10.0.0.1/films"), "private"),
    "redirect to a mapped address": (redirect("https://[::ffff:169.254.169.254]/"), "private"),
    "redirect to plain http": (redirect("http://films.example/"), "insecure"),
    "redirect to a file": (redirect("file:///etc/passwd"), "insecure"),
    "gzip bomb": (_bomb, "bomb"),
    "a coding nobody asked for": (_coding, "coding"),
    "a page for signing in": (_html, "not-data"),
    "an empty answer": (_empty, "not-data"),
}
"""Faults by name, each with the failure that it is."""
