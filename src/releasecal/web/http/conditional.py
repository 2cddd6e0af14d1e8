"""
Answers: the rules of RFC 9110 and 9111 for documents, once for all who answer.

From a `Resource` and the request, status, headers and body; no framework, no clock and no
store. What does not depend on the request is made once for each coding of a document, so
that an answer is a choice among things that lie ready.

There are no ranges: a calendar is sent whole or not at all (RFC 9110 § 14.2 lets a server
ignore Range), and If-Range falls with them.
"""

import re
import threading
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from functools import cached_property, lru_cache
from typing import Any, NamedTuple
from urllib.parse import quote

from releasecal.web.http.encodings import CODINGS, IDENTITY, negotiate

Header = tuple[str, str]

Environ = Mapping[str, Any]
"""A request as WSGI has it (PEP 3333)."""

METHODS = ("GET", "HEAD", "OPTIONS")
"""What documents can be asked by. All else is 405: a 409 or 412 to a PUT makes Thunderbird
believe that it may write."""

WORTHWHILE = 1_000
"""Octets from which packing pays; less fits into one packet anyway, headers and all."""

OVERHEAD = 3_000
"""Octets that a resource takes besides its bodies, address and name, at most."""

OVERHEAD_OF_CODING = 1_500
"""Octets that a further representation takes besides its body, at most."""

_LONGEST_DATE = 40  # characters; "Wednesday, 09-Nov-94 08:49:37 GMT" has 33
_LONGEST_NAME = 80  # characters of a file's name, without its ending


class Answer(NamedTuple):
    """What goes to a WSGI server; the lists are the receiver's own."""

    status: str
    headers: list[Header]
    body: list[bytes]


@dataclass(frozen=True, slots=True)
class Document:
    """
    Bytes ready for the wire.

    Attributes:
        etag: Strong, without quotes; of the bytes as they are.
        changed: Last-Modified, UTC; None if nobody knows.
        address: The canonical one, absolute; empty if there is none.
        filename: What a copy is to be called, with its ending; any characters.
        is_page: Whether it is for people: asked for anew each time, and by no other site.
        headers: What else a 200 says.
    """

    body: bytes
    content_type: str
    etag: str
    changed: datetime | None
    address: str = ""
    filename: str = ""
    is_page: bool = False
    headers: Sequence[Header] = ()


@dataclass(frozen=True)
class Terms:
    """
    What an operator decides of answers.

    Attributes:
        every: How often the sources are read again; zero for never.
        compress: Whether clients that take a coding get it.
    """

    every: timedelta = timedelta()
    compress: bool = True

    @property
    def max_age(self) -> int:
        """Seconds for which a client may take an answer from its cache; an hour at most."""
        hour = timedelta(hours=1)
        return int(min(self.every or hour, hour).total_seconds())

    @cached_property
    def cache_control(self) -> str:
        """
        The header of that name (RFC 9111 § 5.2.2, RFC 5861).

        A shared cache asks again after a minute, which costs a 304, so that it adds no more
        than that to how late news is; meanwhile it may answer with what it has. Should we
        be away, yesterday's calendar is better than an error, for a day.
        """
        shared = min(self.max_age, 60)
        return (
            f"public, max-age={self.max_age}, s-maxage={shared}, "
            f"stale-while-revalidate={shared}, stale-if-error=86400"
        )


@dataclass(frozen=True, slots=True)
class Representation:
    """
    A document in one coding, with what its answers say.

    Attributes:
        etag: As it stands in the header.
        changed: Last-Modified, whole seconds since 1970; None if nobody knows.
        headers: Of a 200.
        validators: Of a 304: what a cache may have to bring up to date (RFC 9110 § 15.4.5).
    """

    body: bytes
    etag: str
    changed: int | None
    headers: Sequence[Header]
    validators: Sequence[Header]


class Resource:
    """
    A document in all its representations; each coding is made when it is first asked for.

    Attributes:
        octets: What it takes in memory, at most; grows with each coding.
    """

    __slots__ = (
        "_coded",
        "_lock",
        "_more",
        "_plain",
        "_terms",
        "disposition",
        "document",
        "octets",
    )

    def __init__(self, document: Document, terms: Terms) -> None:
        """Offer *document* as *terms* say."""
        self.document = document
        self.disposition = ("Content-Disposition", _attachment(document.filename))
        self._terms = terms
        link = [("Link", _canonical(document.address))] if document.address else []
        self._more = [*([] if document.is_page else [_EXPOSED]), *link, *document.headers]
        self._plain = self._represent(IDENTITY, document.body)
        self._coded: dict[str, Representation] = {}
        self._lock = threading.Lock()
        said = (document.address, self.disposition[1], *(value for _, value in link))
        self.octets = OVERHEAD + len(document.body) + sum(map(len, said))

    def choose(self, accepted: str | None) -> Representation:
        """Return what an Accept-Encoding header of *accepted* selects; None for without one."""
        if not self._terms.compress:
            return self._plain
        wish = negotiate(accepted)
        if wish.coding == IDENTITY:
            return self._plain
        size = len(self.document.body)
        if wish.takes_plain and size < WORTHWHILE:
            return self._plain
        coded = self._coded.get(wish.coding) or self._encode(wish.coding)
        return self._plain if wish.takes_plain and len(coded.body) >= size else coded

    def _encode(self, coding: str) -> Representation:
        with self._lock:  # one packs it, whoever asks meanwhile waits for it
            if coding not in self._coded:
                packed = CODINGS[coding](self.document.body)
                self._coded[coding] = self._represent(coding, packed)
                self.octets += OVERHEAD_OF_CODING + len(packed)
            return self._coded[coding]

    def _represent(self, coding: str, body: bytes) -> Representation:
        document, is_coded = self.document, coding != IDENTITY
        # Other octets, another strong tag (RFC 9110 § 8.8.3.3).
        etag = f'"{document.etag}-{coding}"' if is_coded else f'"{document.etag}"'
        changed = document.changed.astimezone(UTC) if document.changed else None
        modified = [("Last-Modified", format_datetime(changed, usegmt=True))] if changed else []
        keeping = "no-cache" if document.is_page else self._terms.cache_control
        validators = (
            ("ETag", etag),
            *modified,
            ("Cache-Control", keeping),
            _VARY,
            *(() if document.is_page else (_FOR_ALL,)),
        )
        about = [("Content-Type", document.content_type), ("Content-Length", str(len(body)))]
        about += [("Content-Encoding", coding)] if is_coded else []
        headers = (*about, *validators, *self._more)
        seconds = int(changed.timestamp()) if changed else None
        return Representation(body, etag, seconds, headers, validators)


def _canonical(address: str) -> str:
    """Return a link to *address*, with all that has no place in a URI percent-encoded."""
    return f'<{quote(address, safe=_IN_ADDRESSES)}>; rel="canonical"'


_IN_ADDRESSES = "%/:?#[]@!$&'()*+,;=-._~"  # RFC 3986 § 2
_VARY = ("Vary", "Accept-Encoding")
_FOR_ALL = ("Access-Control-Allow-Origin", "*")  # FullCalendar and its like
_EXPOSED = ("Access-Control-Expose-Headers", "ETag, Link, Content-Disposition")


def answer(resource: Resource, environ: Environ, *, download: bool = False) -> Answer:
    """
    Answer a GET or HEAD for *resource*; with *download* as a file to be kept.

    Preconditions in the order of RFC 9110 § 13.2.2, against the representation that
    Accept-Encoding selects: a tag of another coding is the tag of other octets.
    """
    chosen = resource.choose(environ.get("HTTP_ACCEPT_ENCODING"))
    is_head = environ["REQUEST_METHOD"] == "HEAD"
    if not _is_as_demanded(chosen, environ):
        return _changed_meanwhile(resource.document, is_head=is_head)
    if _is_known(chosen, environ):
        return Answer("304 Not Modified", list(chosen.validators), [])
    headers = [*chosen.headers, resource.disposition] if download else list(chosen.headers)
    return Answer("200 OK", headers, [] if is_head else [chosen.body])


def preflight() -> Answer:
    """
    Answer OPTIONS, to whoever asks: what a document can be asked by, from any site.

    ``*`` covers no Authorization, which does no harm here (Fetch § 4.9).
    """
    methods = ", ".join(METHODS)
    headers = [
        ("Allow", methods),
        _FOR_ALL,
        ("Access-Control-Allow-Methods", methods),
        ("Access-Control-Allow-Headers", "*, Authorization"),
        ("Access-Control-Max-Age", "86400"),
    ]
    return Answer("204 No Content", headers, [])


def _is_as_demanded(chosen: Representation, environ: Environ) -> bool:
    """Whether If-Match, or else If-Unmodified-Since, lets the request pass."""
    tags = environ.get("HTTP_IF_MATCH")
    if tags is not None:
        # The strong comparison: a weak tag matches nothing (RFC 9110 § 13.1.1).
        return tags.strip() == "*" or chosen.etag in _tags(tags)
    since = _seconds(environ.get("HTTP_IF_UNMODIFIED_SINCE"))
    # Without a date of its own it ignores that of the client (RFC 9110 § 13.1.4).
    return since is None or chosen.changed is None or chosen.changed <= since


def _is_known(chosen: Representation, environ: Environ) -> bool:
    """Whether the client has *chosen*, by If-None-Match or, without that, If-Modified-Since."""
    tags = environ.get("HTTP_IF_NONE_MATCH")
    if tags is not None:
        return tags == chosen.etag or _matches(tags, chosen.etag)
    since = _seconds(environ.get("HTTP_IF_MODIFIED_SINCE"))
    return since is not None and chosen.changed is not None and chosen.changed <= since


def _changed_meanwhile(document: Document, *, is_head: bool) -> Answer:
    text = b"What is here has changed since.\n"
    headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(text))),
        ("Cache-Control", "no-store"),
        _VARY,
        *(() if document.is_page else (_FOR_ALL,)),
    ]
    return Answer("412 Precondition Failed", headers, [] if is_head else [text])


_TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')  # RFC 9110 § 8.8.3


def _tags(header: str) -> list[str]:
    """Return the entity tags in *header*, as they stand there; what is malformed is none."""
    return _TAG.findall(header)


def _matches(header: str, etag: str) -> bool:
    """Whether If-None-Match names *etag*: the weak comparison (RFC 9110 § 8.8.3.2)."""
    return header.strip() == "*" or etag in (tag.removeprefix("W/") for tag in _tags(header))


def _seconds(text: str | None) -> int | None:
    """
    Return an HTTP-date as seconds since 1970, or None if it is none.

    All three forms of RFC 9110 § 5.6.7; a recipient ignores what is no date (§ 13.1.3).
    """
    return _parsed(text) if text is not None and len(text) <= _LONGEST_DATE else None


@lru_cache(256)  # clients send back what we have said, so there are few
def _parsed(text: str) -> int | None:
    try:
        moment = parsedate_to_datetime(text)
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None  # also a year that no calendar has


_NOT_IN_NAMES = frozenset('/\\:*?"<>|%')  # of files in some system; % confuses some clients


def filename(title: str, extension: str) -> str:
    """Return what a copy of the calendar *title* is called, on any system."""
    text = "".join(char if _is_fit(char) else " " for char in title.replace("·", "-"))
    return f"{_trimmed(text)[:_LONGEST_NAME].rstrip()}.{extension}"


def _is_fit(char: str) -> bool:
    return char.isprintable() and char not in _NOT_IN_NAMES


def _trimmed(text: str) -> str:
    return " ".join(text.split()).strip(" .-") or "calendar"


def _attachment(name: str) -> str:
    """
    Return ``attachment`` with *name*: in ASCII, and in full where that says more.

    RFC 6266 § 4.3 and appendix D; the long form is RFC 8187's.
    """
    if not name:
        return "attachment"
    stem, dot, extension = name.rpartition(".")
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
    fallback = f"{_trimmed(plain)}{dot}{extension}"
    said = f'attachment; filename="{fallback}"'
    if fallback == name:
        return said
    return f"{said}; filename*=UTF-8''{quote(name, safe='!#$&+-.^_`|~')}"
