"""
Outlines: which films a data file has, and what each looked like, in a few octets a film.

Where a large file has changed, its outline tells which of its films have, so that only those
are read. An outline never decides whether a file is right: whatever it cannot tell for
certain is left to a whole read, which knows how to complain.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import msgspec

from releasecal.errors import DataError
from releasecal.sources.notation.text import decode
from releasecal.sources.snapshot import NOTATIONS, Document

_OCTETS = 16  # of a film's digest
_JSON = NOTATIONS[".json"]
_ESCAPED_NAME = re.compile(rb'\\u[0-9a-fA-F]{4}[^"]*"\s*:')


@dataclass(frozen=True, slots=True)
class Outline:
    """
    What was in a file when it was last read and found right.

    Attributes:
        digest: Of the file's octets, hexadecimal.
        frame: Of all that is not films; empty where the file has no outline.
        ids: Of its films, in their order.
        films: A digest of each film, one after the other.
        declares: Ids of the sources that it tells of.
        corrects: Ids of the films that it overrides.
    """

    digest: str
    frame: str = ""
    ids: tuple[str, ...] = ()
    films: bytes = b""
    declares: tuple[str, ...] = ()
    corrects: tuple[str, ...] = ()

    @property
    def digests(self) -> list[bytes]:
        """The digest of each film, in their order."""
        return [self.films[at : at + _OCTETS] for at in range(0, len(self.films), _OCTETS)]


def encode(outline: Outline) -> bytes:
    """Return *outline* as `decode_outline` takes it."""
    return msgspec.msgpack.encode(outline)


def decode_outline(data: bytes) -> Outline | None:
    """Return the outline that was encoded as *data*, or None if another releasecal did that."""
    try:
        return msgspec.msgpack.decode(data, type=Outline)
    except msgspec.MsgspecError:
        return None


@dataclass(frozen=True, slots=True)
class Cut:
    """
    A file, cut into films that nobody has looked at yet.

    Attributes:
        frame: Digest of all that is not films.
        films: A digest of each film, in their order.
        film: Returns a film by its number as plain values, or raises DataError.
    """

    frame: str
    films: Sequence[bytes]
    film: Callable[[int], object]


class _File(msgspec.Struct, forbid_unknown_fields=True):
    """A data file in JSON, its parts not looked into."""

    films: list[msgspec.Raw] = []
    sources: msgspec.Raw = msgspec.Raw(b"[]")
    overrides: msgspec.Raw = msgspec.Raw(b"[]")


def cut(document: Document) -> Cut | None:
    """Return *document* cut into films, or None if only a whole read can tell what it is."""
    if document.notation is _JSON:
        return _cut_json(document)
    try:
        value = document.parse()
    except DataError:
        return None
    return cut_values(value) if isinstance(value, dict) else None


def _cut_json(document: Document) -> Cut | None:
    data = document.data
    # A field that is there twice would go unnoticed; as a text the name may be there often.
    if any(data.count(b'"%s"' % name.encode()) > 1 for name in _File.__struct_fields__):
        return None
    if _ESCAPED_NAME.search(data):
        return None
    try:
        file = msgspec.json.decode(data, type=_File)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None

    def film(number: int) -> object:
        text = decode(bytes(file.films[number]), document.origin)
        return document.notation.parse(text, document.origin)

    frame = blake2b(digest_size=_OCTETS)
    for part in (file.sources, file.overrides):
        frame.update(b"%d " % len(bytes(part)) + bytes(part))
    return Cut(frame.hexdigest(), list(map(_digest, file.films)), film)


def cut_values(value: Mapping[str, Any]) -> Cut | None:
    """Return a file of which *value* was read, cut into films, or None if it has no list of them."""
    films = value.get("films", [])
    if not isinstance(films, list):
        return None
    rest = {name: part for name, part in value.items() if name != "films"}
    return Cut(
        _digest(_text(rest)).hex(), [_digest(_text(film)) for film in films], films.__getitem__
    )


def _text(value: object) -> bytes:
    """Return plain *value* as one text, which another value does not have."""
    return json.dumps(value, default=repr).encode(errors="surrogatepass")


def _digest(data: bytes | msgspec.Raw) -> bytes:
    return blake2b(data, digest_size=_OCTETS).digest()


def outline(digest: str, cut: Cut | None, ids: Sequence[str]) -> Outline:
    """Return the outline of a file with a *digest* that was *cut* into films with *ids*."""
    if cut is None or len(cut.films) != len(ids):
        return Outline(digest)
    return Outline(digest, cut.frame, tuple(ids), b"".join(cut.films))


@dataclass(frozen=True, slots=True)
class Difference:
    """
    How the films of a file differ from those of its outline.

    Attributes:
        added: Number and id of each film that is new or another one now.
        removed: Ids of those that are not there any more, or not like that.
        ids: Of all films that are there now, in their order.
    """

    added: Mapping[str, int]
    removed: frozenset[str]
    ids: tuple[str, ...]


def compare(before: Outline, now: Cut) -> Difference | None:
    """Return how *now* differs from *before*, or None if only a whole read can tell."""
    if not before.frame or before.frame != now.frame:
        return None
    had, has = before.digests, set(now.films)
    if len(has) < len(now.films):
        return None  # one is there twice
    known = dict(zip(had, before.ids, strict=True))
    added: dict[str, int] = {}
    ids: list[str] = []
    for number, digest in enumerate(now.films):
        id_ = known.get(digest) or _id(now, number)
        ids.append(id_)
        if digest not in known:
            added[id_] = number
    if "" in added or len(set(ids)) < len(ids):
        return None
    removed = frozenset(id_ for digest, id_ in known.items() if digest not in has)
    return Difference(added, removed, tuple(ids))


def _id(cut: Cut, number: int) -> str:
    """Return the id of a film, or nothing if it has none that would do."""
    try:
        film = cut.film(number)
    except DataError:
        return ""
    id_ = film.get("id") if isinstance(film, dict) else None
    return str(id_) if isinstance(id_, str | int) else ""
