"""Requests at random: real addresses with values, headers and bodies that no client should send."""

import io
import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote_to_bytes

PATHS = (
    "/", "/calendar.ics", "/calendar.json", "/undo.ics", "/changes", "/changes.atom",
    "/changes.json", "/films/{id}", "/films/{id}.ics", "/films/{id}.json", "/series/{id}",
    "/series/{id}.ics", "/series/{id}.json", "/refresh", "/healthz", "/readyz", "/robots.txt",
    "/static/style.css", "/static/style.css", "/static/copy.js", "/static/{id}", "/{id}",
    "/calendar.csv", "/calendar.jcal", "/calendar.jsonfeed", "/films/{id}.atom", "/api/v1/",
    "/api/v1/films", "/api/v1/films/{id}", "/api/v1/releases", "/api/v1/changes",
    "/api/v1/sources", "/api/v1/selections", "/openapi.json", "/api",
)  # fmt: skip
_PERIODS = ("0", "1", "36525", "36526", "P1Y", "P100Y", "P1200M", "P9999Y", "P1M1D")
_DAYS = ("9999-12-31", "0001-01-01", "2022-03-25", "2030-01-14", "2026-02-30", "2026-W53-7")
_MOMENTS = ("9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00+14:00", "2026-11-22T09:30:00Z", "1")
PARAMETERS: Mapping[str, tuple[str, ...]] = {
    "kind": ("theatrical", "streaming,tv", "sequel"),
    "region": ("US", "us,DE,001"),
    "film": ("film", "gone"),
    "series": ("saga",),
    "channel": ("paramount-plus", "Paramount+"),
    "undated": ("span", "end", "hide"),
    "cancelled": ("strike", "keep", "hide"),
    "as-of": _DAYS,
    "past": _PERIODS,
    "future": _PERIODS,
    "alarm": ("-P7D,-P1D,PT9H", "P366D", "P366DT1S", "-P0D"),
    "limit": ("usual", "none"),
    "lang": ("de", "de-AT"),
    "emoji": ("1", "0"),
    "download": ("1", "0"),
    "since": _MOMENTS,
    "before": ("0", "9" * 15, "9" * 16),
    "added": ("1",),
    "size": ("1", "500", "501", "0"),
    "cursor": ("x", "AAAA", "YWJjZGVm", "9" * 2_001),
    **dict.fromkeys(
        ("_", "utm_source", "genre", "q", "certainty", "regoin", "", "\0", "é"), ("x",)
    ),
}
"""Values that are right, or nearly, by the parameter's name."""
DATES = (
    "Mon, 01 Jan 99999999999 00:00:00 GMT", "Mon, 01 Jan 2147483648 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 -2400",
    "Mon, 01 Jan 0001 00:00:00 +2359", "Sun, 22 Nov 2026 09:30:00 GMT", "Sunday, 22-Nov-26 9:30:00",
    "Thu, 01 Jan 1970 00:00:00 GMT", "0", "-1", "x", "", " ", "1 2 3 4 5 6", "Mon,", "00:00",
    "31 Feb 2026 25:61:61 GMT", "9999-12-31T23:59:59-23:59", "Mon Nov 22 09:30:00 2026",
)  # fmt: skip
VALUES = (
    *DATES, "9999-12-31", "0001-01-01", "2026-02-30", "2022-03-25", "2026-W53-7", "20261122",
    "9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00+14:00", "2026-11-22T09:30:00Z", "-0", "1",
    "0", "36525", "36526", "P1Y", "P1200M", "P9999Y", "PT9H", "-P366D", "P366DT1S", "-P7D,-P1D,PT9H",
    "9" * 15, "9" * 16, "9" * 400, "-9223372036854775809", "1e999", "nan", "inf", "١", "²",
    "theatrical", "theatrical,tv,sequel", "streaming", "US", "us,DE,001", "film", "gone", "saga",
    "de", "en", "de-AT", "span", "end", "hide", "keep", "none", "usual", "announced", "%", "%zz",
    "%00", "%ff%fe", "%ed%a0%80", "%C0%AF", "..%2f..%2fetc%2fpasswd", "%0d%0aX: y", "'; DROP TABLE",
    "a" * 5_000, "," * 3_000, "US," * 1_000, "🎬", "\u202e", "\ufeff", "ﬁlm", "<script>", "{{7*7}}",
    "*", '"', "\\", "\t", "true", "null", "[]", "+", "+1", " ",
)  # fmt: skip
TAGS = ("*", "W/", '"', '""', 'W/"x"', '"x", "y"', "," * 500, '"' * 501, 'W/"' * 99, "\x80\xff")
HEADERS: Mapping[str, tuple[str, ...]] = {
    "If-Modified-Since": DATES,
    "If-Unmodified-Since": DATES,
    "If-Range": (*DATES, *TAGS),
    "If-None-Match": TAGS,
    "If-Match": TAGS,
    "Range": ("bytes=0-", "bytes=5-1", "bytes=-1", f"bytes=0-{'9' * 30}", "bytes=" + "0-," * 300, "x"),
    "Accept-Encoding": (
        "gzip", "br;q=1e999", "zstd;q=nan", "*;q=0", "identity;q=0", "gzip;q=-1", "," * 400, "\xff",
    ),
    "Accept": ("text/html", "*/*;q=x", "text/html;q=" + "9" * 400, "a/b;" * 300, "", "\xff/\xfe"),
    "Accept-Language": ("de", "x" * 2_000, "*;q=nan"),
    "Host": ("films.example", "", "[::1", "a..b", "x" * 300, "a:99999999", "é", "127.0.0.1:8000"),
    "Authorization": ("Bearer", "Bearer x", "Bearer \xff", "Basic !!!", "Bearer {token}", "x" * 3_000),
    "Content-Type": ("application/json", "text/plain; charset=nothing", "multipart/form-data", ";;"),
    "Cookie": ("a=b", "=;" * 500, "session=\xff"),
    "Origin": ("null", "https://films.example"),
    "X-Forwarded-For": ("1.2.3.4", "," * 100),
    "X-Forwarded-Host": ("evil.example", ""),
    "User-Agent": ("", "Google-Calendar-Importer", "\xff" * 200),
    "Depth": ("1", "infinity"),
}  # fmt: skip
METHODS = ("GET",) * 12 + ("HEAD",) * 3 + ("POST", "OPTIONS", "PUT", "PROPFIND", "DELETE", "TRACE")
BODIES = (
    b"", b"{}", b"[" * 9_000, b"\xff\xfe", b'{"accept_loss": true}', b'{"accept_loss": 1e999}',
    b"a=b&" * 2_000, b"x" * 70_000, b"\0",
)  # fmt: skip


IDS = ("film", "gone", "vague", "saga")
DATA = """
films:
  - id: film
    title: Film
    series: [{id: saga, title: Saga}]
    releases:
      - {kind: theatrical, region: US, revisions: [{when: 2029-07-14}, {when: 2030-07-14}]}
    windows: [{to: streaming, channel: Paramount+, days: 45}]
  - id: gone
    title: Gone
    follows: film
    releases:
      - kind: theatrical
        region: DE
        revisions: [{when: 2030-01-14}, {when: 2030-01-14, status: cancelled}]
  - {id: vague, title: Vague, releases: [{kind: tv, region: "001", when: 2031-Q3}]}
"""


@dataclass(frozen=True)
class Attempt:
    """A request; *path* and *query* are ASCII, header values are Latin-1."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def target(self) -> str:
        """Path and query, as in a request line."""
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def octets(self) -> bytes:
        """The request as a client sends it, Latin-1, on a connection that may stay open."""
        headers = {"Host": "films.example", **self.headers, "Content-Length": str(len(self.body))}
        lines = [
            f"{self.method} {self.target} HTTP/1.1",
            *(f"{n}: {v}" for n, v in headers.items()),
        ]
        return "\r\n".join((*lines, "", "")).encode("latin-1", "replace") + self.body

    @property
    def environ(self) -> dict[str, Any]:
        """The request as a WSGI server passes it on (PEP 3333)."""
        headers = {f"HTTP_{name.upper().replace('-', '_')}": v for name, v in self.headers.items()}
        headers["CONTENT_TYPE"] = headers.pop("HTTP_CONTENT_TYPE", "")
        return {
            "REQUEST_METHOD": self.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(self.path).decode("latin-1"),
            "QUERY_STRING": self.query,
            "CONTENT_LENGTH": str(len(self.body)),
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(self.body),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
            **headers,
        }


def attempts(seed: int, count: int, ids: Iterable[str], token: str) -> Iterator[Attempt]:
    """Yield *count* requests; equal arguments yield equal requests. *ids* are of films and series."""
    chance = random.Random(seed)
    names = (*ids, *VALUES)
    for _ in range(count):
        path = chance.choice(PATHS).replace("{id}", _encoded(chance, chance.choice(names)))
        few = chance.choice((0, 0, 1, 1, 2, 3))
        query = "&".join(_pair(chance, names) for _ in range(few))
        headers = {
            name: chance.choice(HEADERS[name]).replace("{token}", token)
            for name in chance.sample(sorted(HEADERS), chance.choice((0, 1, 1, 2, 4)))
        }
        if "If-Range" in headers:  # without Range it says nothing
            headers.setdefault("Range", "bytes=0-9")
        body = chance.choice(BODIES) if chance.random() < 0.2 else b""
        yield Attempt(chance.choice(METHODS), path, query, headers, body)


def _pair(chance: random.Random, names: tuple[str, ...]) -> str:
    name = chance.choice(sorted(PARAMETERS))
    value = chance.choice(PARAMETERS[name] if chance.random() < 0.75 else names)
    sign = chance.choice(("=",) * 18 + ("", "=="))
    return f"{_encoded(chance, name)}{sign}{_encoded(chance, value)}"


def _encoded(chance: random.Random, text: str) -> str:
    """Return *text* for an address: as it is where it has escapes, mostly; never with spaces."""
    is_raw = "%" in text and chance.random() < 0.8
    return quote(text, safe="%/:,;+*'\"<>{}[]\\" if is_raw else "")
