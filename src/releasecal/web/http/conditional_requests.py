"""
Conditional requests: status, headers and body for a `Resource` by RFC 9110 and 9111.

Pure functions of the resource and the request: no framework, no clock, no store. Headers that
depend on no request are made once for each content coding, so that a response is a choice.

There are no ranges: a calendar is sent whole or not at all (RFC 9110 § 14.2 lets a server
ignore Range), and If-Range falls with them.
"""

import re
import threading
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from functools import cached_property, lru_cache
from hashlib import blake2b
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import quote

from releasecal.core.graphemes import beginning
from releasecal.core.value_classes import dataclass, replace
from releasecal.web.http.encodings import CODINGS, IDENTITY, negotiate
from releasecal.web.http.problem import CONTENT_TYPE as PROBLEM
from releasecal.web.http.problem import problem

Header = tuple[str, str]

Environ = Mapping[str, Any]
"""A request as WSGI has it (PEP 3333)."""

METHODS = ("GET", "HEAD", "OPTIONS")
"""Methods of a resource. All others are 405: a 409 or 412 to a PUT makes Thunderbird believe
that it may write."""

WORTHWHILE = 1_000
"""Octets from which a coding pays; a smaller response fits into one packet, headers included."""

OVERHEAD = 3_000
"""Memory of a resource in octets, at most, without its bodies, address and file name."""

OVERHEAD_OF_CODING = 1_500
"""Memory of a further coding in octets, at most, without its body."""

_LONGEST_DATE = 40  # characters; "Wednesday, 09-Nov-94 08:49:37 GMT" has 33
_LONGEST_NAME = 80  # characters of a file's name, without its ending


class HttpResponse(NamedTuple):
    """Status line, headers and body for a WSGI server; the receiver may change the lists."""

    status: str
    headers: list[Header]
    body: list[bytes]


@dataclass(frozen=True, slots=True)
class Representation:
    """
    A resource's octets before any coding, with their metadata (RFC 9110 § 3.2).

    Attributes:
        etag: Strong, without quotes; of these octets.
        changed: Last-Modified, UTC; None for a representation without one.
        address: The canonical one, absolute; empty if there is none.
        filename: File name of a copy, with its ending; any characters.
        is_page: Whether it is a page for people: revalidated each time, closed to other sites,
            and in the language that the visitor accepts.
        headers: Further headers of a 200.
        is_of_api: Whether its errors are problems (RFC 9457), like those around it.
    """

    body: bytes
    content_type: str
    etag: str
    changed: datetime | None
    address: str = ""
    filename: str = ""
    is_page: bool = False
    headers: Sequence[Header] = ()
    is_of_api: bool = False


@dataclass(frozen=True)
class Delivery:
    """
    Settings of the operator that shape responses.

    Attributes:
        every: Time between two refreshes; zero for none.
        compress: Whether content codings are used.
    """

    every: timedelta
    compress: bool

    def at(self, every: timedelta | None) -> "Delivery":
        """Return it with another time between two refreshes; None for the same."""
        return self if every in (None, self.every) else replace(self, every=every)

    @property
    def max_age(self) -> int:
        """Seconds for which a response is fresh in a client's cache; an hour at most."""
        hour = timedelta(hours=1)
        return int(min(self.every or hour, hour).total_seconds())

    @cached_property
    def cache_control(self) -> str:
        """
        The header of that name (RFC 9111 § 5.2.2, RFC 5861).

        A shared cache revalidates after a minute, which costs a 304, and so delays news by
        a minute at most; it may serve the stale response while it does. If this server is
        down, yesterday's calendar is better than an error, for a day.
        """
        shared = min(self.max_age, 60)
        return (
            f"public, max-age={self.max_age}, s-maxage={shared}, "
            f"stale-while-revalidate={shared}, stale-if-error=86400"
        )


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """
    A representation in one content coding, ready for the wire.

    Attributes:
        etag: As in the header, with quotes.
        changed: Last-Modified in whole seconds since 1970; None without one.
        headers: Headers of a 200.
        validators: Headers of a 304: those that update a cache (RFC 9110 § 15.4.5).
    """

    body: bytes
    etag: str
    changed: int | None
    headers: Sequence[Header]
    validators: Sequence[Header]


class Resource:
    """
    The responses of one address in all codings; each is made at its first request.

    Attributes:
        octets: Memory that it takes, at most; grows with each coding.
    """

    __slots__ = (
        "_coded",
        "_delivery",
        "_lock",
        "_more",
        "_plain",
        "disposition",
        "octets",
        "representation",
    )

    def __init__(self, representation: Representation, delivery: Delivery) -> None:
        """Offer *representation*, coded and cached as *delivery* says."""
        self.representation = representation
        self.disposition = ("Content-Disposition", _attachment(representation.filename))
        self._delivery = delivery
        link = [("Link", _canonical(representation.address))] if representation.address else []
        self._more = [
            *([] if representation.is_page else [_EXPOSED]),
            *link,
            *representation.headers,
        ]
        self._plain = self._store(IDENTITY, representation.body)
        self._coded: dict[str, StoredResponse] = {}
        self._lock = threading.Lock()
        texts = (representation.address, self.disposition[1], *(value for _, value in link))
        self.octets = OVERHEAD + len(representation.body) + sum(map(len, texts))

    def choose(self, accepted: str | None) -> StoredResponse:
        """Return the response that Accept-Encoding selects; *accepted* is None without the header."""
        if not self._delivery.compress:
            return self._plain
        wanted = negotiate(accepted)
        if wanted.coding == IDENTITY:
            return self._plain
        size = len(self.representation.body)
        if wanted.accepts_identity and size < WORTHWHILE:
            return self._plain
        coded = self._coded.get(wanted.coding) or self._encode(wanted.coding)
        return self._plain if wanted.accepts_identity and len(coded.body) >= size else coded

    def _encode(self, coding: str) -> StoredResponse:
        with self._lock:  # one thread codes it, the others wait
            if coding not in self._coded:
                coded = CODINGS[coding](self.representation.body)
                self._coded[coding] = self._store(coding, coded)
                self.octets += OVERHEAD_OF_CODING + len(coded)
            return self._coded[coding]

    def _store(self, coding: str, body: bytes) -> StoredResponse:
        representation, is_coded = self.representation, coding != IDENTITY
        # Each coding has octets, and so a strong tag, of its own (RFC 9110 § 8.8.3.3).
        etag = f'"{representation.etag}-{coding}"' if is_coded else f'"{representation.etag}"'
        changed = representation.changed.astimezone(UTC) if representation.changed else None
        modified = [("Last-Modified", format_datetime(changed, usegmt=True))] if changed else []
        caching = "no-cache" if representation.is_page else self._delivery.cache_control
        validators = (
            ("ETag", etag),
            *modified,
            ("Cache-Control", caching),
            _VARY_OF_PAGES if representation.is_page else _VARY,
            *(() if representation.is_page else (_FOR_ALL,)),
        )
        about = [("Content-Type", representation.content_type), ("Content-Length", str(len(body)))]
        about += [("Content-Encoding", coding)] if is_coded else []
        headers = (*about, *validators, *self._more)
        seconds = int(changed.timestamp()) if changed else None
        return StoredResponse(body, etag, seconds, headers, validators)


def tag(body: bytes) -> str:
    """Return the entity tag of *body*, without quotes."""
    return blake2b(body, digest_size=16).hexdigest()


def _canonical(address: str) -> str:
    """Return a canonical link to *address*, percent-encoded where a URI needs it."""
    return f'<{quote(address, safe=_IN_ADDRESSES)}>; rel="canonical"'


def hub_links(hubs: Sequence[str], address: str) -> Sequence[Header]:
    """Return the headers by which the feed at *address* names its *hubs*, and itself (WebSub § 4)."""
    links = [*((hub, "hub") for hub in hubs), *([(address, "self")] if hubs else [])]
    return [("Link", f'<{there}>; rel="{relation}"') for there, relation in links]


_IN_ADDRESSES = "%/:?#[]@!$&'()*+,;=-._~"  # RFC 3986 § 2
_VARY = ("Vary", "Accept-Encoding")
_VARY_OF_PAGES = ("Vary", "Accept-Encoding, Accept-Language, User-Agent")
_FOR_ALL = ("Access-Control-Allow-Origin", "*")  # FullCalendar and its like
_EXPOSED = ("Access-Control-Expose-Headers", "ETag, Link, Content-Disposition")


def respond(resource: Resource, environ: Environ, *, download: bool = False) -> HttpResponse:
    """
    Return the response to a GET or HEAD for *resource*, with *download* as an attachment.

    Preconditions are tested in the order of RFC 9110 § 13.2.2, against the coding that
    Accept-Encoding selects: the tag of another coding belongs to other octets.
    """
    chosen = resource.choose(environ.get("HTTP_ACCEPT_ENCODING"))
    if environ.get("HTTP_IF_NONE_MATCH") == chosen.etag and not _has_demands(environ):  # most polls
        return _not_modified(chosen)
    is_head = environ["REQUEST_METHOD"] == "HEAD"
    if not _meets_demands(chosen, environ):
        return _precondition_failed(resource.representation, is_head=is_head)
    if _is_known(chosen, environ):
        return _not_modified(chosen)
    headers = [*chosen.headers, resource.disposition] if download else list(chosen.headers)
    return HttpResponse("200 OK", headers, [] if is_head else [chosen.body])


def _not_modified(chosen: StoredResponse) -> HttpResponse:
    return HttpResponse("304 Not Modified", list(chosen.validators), [])


def preflight() -> HttpResponse:
    """
    Return the response to OPTIONS: the methods and headers that any site may use.

    Authorization is named, for ``*`` does not cover it (Fetch § 4.9).
    """
    methods = ", ".join(METHODS)
    headers = [
        ("Allow", methods),
        _FOR_ALL,
        ("Access-Control-Allow-Methods", methods),
        ("Access-Control-Allow-Headers", "*, Authorization"),
        ("Access-Control-Max-Age", "86400"),
    ]
    return HttpResponse("204 No Content", headers, [])


def _has_demands(environ: Environ) -> bool:
    """Whether the request has preconditions that come before If-None-Match."""
    return "HTTP_IF_MATCH" in environ or "HTTP_IF_UNMODIFIED_SINCE" in environ


def _meets_demands(chosen: StoredResponse, environ: Environ) -> bool:
    """Whether the request meets If-Match or, without that, If-Unmodified-Since."""
    tags = environ.get("HTTP_IF_MATCH")
    if tags is not None:
        # The strong comparison: a weak tag matches nothing (RFC 9110 § 13.1.1).
        return tags.strip() == "*" or chosen.etag in _tags(tags)
    since = _seconds(environ.get("HTTP_IF_UNMODIFIED_SINCE"))
    # A response without a date ignores the client's (RFC 9110 § 13.1.4).
    return since is None or chosen.changed is None or chosen.changed <= since


def _is_known(chosen: StoredResponse, environ: Environ) -> bool:
    """Whether the client has *chosen* by If-None-Match or, without that, If-Modified-Since."""
    tags = environ.get("HTTP_IF_NONE_MATCH")
    if tags is not None:
        return _matches(tags, chosen.etag)
    since = _seconds(environ.get("HTTP_IF_MODIFIED_SINCE"))
    return since is not None and chosen.changed is not None and chosen.changed <= since


def _precondition_failed(representation: Representation, *, is_head: bool) -> HttpResponse:
    text, content_type = _CHANGED.encode() + b"\n", "text/plain; charset=utf-8"
    if representation.is_of_api:
        text, content_type = problem(HTTPStatus.PRECONDITION_FAILED, _CHANGED), PROBLEM
    headers = [
        ("Content-Type", content_type),
        ("Content-Length", str(len(text))),
        ("Cache-Control", "no-store"),
        _VARY_OF_PAGES if representation.is_page else _VARY,
        *(() if representation.is_page else (_FOR_ALL,)),
    ]
    return HttpResponse("412 Precondition Failed", headers, [] if is_head else [text])


_CHANGED = "What is here has changed since."
_TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')  # RFC 9110 § 8.8.3


def _tags(header: str) -> list[str]:
    """Return the well-formed entity tags in *header*, with quotes and ``W/``."""
    return _TAG.findall(header)


def _matches(header: str, etag: str) -> bool:
    """Whether If-None-Match names *etag*: the weak comparison (RFC 9110 § 8.8.3.2)."""
    return header.strip() == "*" or etag in (tag.removeprefix("W/") for tag in _tags(header))


def _seconds(text: str | None) -> int | None:
    """
    Return the HTTP-date *text* as seconds since 1970, or None for any other text.

    Takes all three forms of RFC 9110 § 5.6.7; a recipient ignores other texts (§ 13.1.3).
    """
    return _parsed(text) if text is not None and len(text) <= _LONGEST_DATE else None


@lru_cache(256)  # clients send back our own dates, so there are few
def _parsed(text: str) -> int | None:
    try:
        moment = parsedate_to_datetime(text)
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None  # not a date, or a year out of range


_NOT_IN_NAMES = frozenset('/\\:*?"<>|%')  # refused by some file system; % confuses clients


def filename(title: str, extension: str) -> str:
    """Return the file name for a copy of the calendar *title*, valid on any system."""
    text = "".join(char if _is_fit(char) else " " for char in title.replace("·", "-"))
    return f"{beginning(_trimmed(text), _LONGEST_NAME).rstrip()}.{extension}"


def _is_fit(char: str) -> bool:
    return char.isprintable() and char not in _NOT_IN_NAMES


def _trimmed(text: str) -> str:
    return " ".join(text.split()).strip(" .-") or "calendar"


def _attachment(name: str) -> str:
    """
    Return the disposition ``attachment`` with *name* in ASCII and, if that loses letters, in full.

    RFC 6266 § 4.3 and appendix D; the full form is RFC 8187's.
    """
    if not name:
        return "attachment"
    stem, dot, extension = name.rpartition(".")
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
    fallback = f"{_trimmed(plain)}{dot}{extension}"
    disposition = f'attachment; filename="{fallback}"'
    if fallback == name:
        return disposition
    return f"{disposition}; filename*=UTF-8''{quote(name, safe='!#$&+-.^_`|~')}"
