"""
Snapshot parts: a snapshot of many films in bounded parts, each of which is a data file by itself.

A digest of a film's id tells whether a part begins with it. So a film more or less moves the
bounds of one part alone, and a film that changes changes one part, however many there are.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from hashlib import blake2b
from itertools import pairwise
from zlib import crc32

import msgspec

from releasecal.core.value_classes import dataclass, replace
from releasecal.sources.changed_films import (
    MAX_CHANGED,
    ChangedFilms,
    CutFile,
    NamedFilm,
    Outline,
    cut_file,
    film_id,
)
from releasecal.sources.snapshot import JSON, Snapshot

PART = 128
"""Films of a part, on average."""

BEGIN, BETWEEN, END = b',\n"films":[\n', b",\n", b"\n]}\n"
"""Octets before the films of a snapshot, each in a line, between two of them, and after them."""

MAX_WHOLE = 2 * PART
"""Films, up to which a snapshot is one part."""

_PLAIN = re.compile("[a-z0-9]+(-[a-z0-9]+)*")  # no other id could be known by its order


def head_of(address: str, names: Collection[str]) -> str:
    """Return which of *names*, of the parts of the snapshot of *address*, has what is not films."""
    return address if address in names else f"{address}#"


def split(address: str, data: bytes) -> Mapping[str, bytes]:
    """
    Return the parts of the snapshot *data* of *address* by name, sorted as their films are.

    A small snapshot, or one in another form, is one part that is called like *address*.
    """
    top, _, rest = data.partition(BEGIN)
    lines = rest.removesuffix(END).split(BETWEEN)
    if len(lines) <= MAX_WHOLE or not rest.endswith(END):
        return {address: data}
    ids = _ids(lines)
    if ids is None:
        return {address: data}
    return {f"{address}#": top + b"}\n", **film_parts(address, ids, lines)}


def film_parts(address: str, ids: Sequence[str], lines: Sequence[bytes]) -> Mapping[str, bytes]:
    """Return the parts of films of *address*, by name: those with *ids*, sorted, and these *lines*."""
    starts = [at for at, id_ in enumerate(ids) if at == 0 or crc32(id_.encode()) % PART == 0]
    ends = [*starts[1:], len(lines)]
    return {
        f"{address}#{ids[start]}": b"{" + BEGIN[2:] + BETWEEN.join(lines[start:end]) + END
        for start, end in zip(starts, ends[: len(starts)], strict=True)
    }


def film_lines_of(data: bytes) -> Mapping[str, bytes]:
    """
    Return the line of each film in a part by id, in their order; none if it has no films.

    Raises:
        UnpartedError: They are not known by their ids.
    """
    _, _, rest = data.partition(BEGIN[2:])
    lines = [line for line in rest.removesuffix(END).split(BETWEEN) if line]
    ids = _ids(lines)
    if ids is None:
        raise UnpartedError
    return dict(zip(ids, lines, strict=True))


class UnpartedError(Exception):
    """A snapshot has films that are not known by the order of their ids."""


def _ids(lines: Sequence[bytes]) -> Sequence[str] | None:
    """Return the ids of the films in *lines*; None if one is not plain, or not after the one before."""
    decoder = msgspec.json.Decoder(NamedFilm)
    try:
        ids = [decoder.decode(line).id for line in lines]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    are_plain = all(isinstance(id_, str) and is_plain(id_) for id_ in ids)
    is_sorted = are_plain and all(one < other for one, other in pairwise(ids))
    return ids if is_sorted else None


def is_plain(id_: str) -> bool:
    """Whether films with ids such as *id_* are known by the order of these."""
    return _PLAIN.fullmatch(id_) is not None


def join(address: str, parts: Mapping[str, bytes]) -> bytes:
    """Return the snapshot of *address* whose *parts* are those of `split`."""
    if address in parts:
        return parts[address]
    head, *films = (parts[name] for name in sorted(parts))
    first = len(BEGIN) - 1  # octets before the films of a part
    lines = BETWEEN.join(part[first : -len(END)] for part in films)
    return head.removesuffix(b"}\n") + BEGIN + lines + END


def joined(address: str, files: Iterable[tuple[str, bytes]]) -> Iterable[tuple[str, bytes]]:
    """Return *files* of *address*, names and contents; parts of a snapshot become one again."""
    parts = dict(files)
    return [(address, join(address, parts))] if f"{address}#" in parts else parts.items()


def holders(address: str, names: Collection[str], ids: Iterable[str]) -> frozenset[str]:
    """Return which of *names*, of parts of *address*, are of those that may have films with *ids*."""
    if address in names:
        return frozenset({address})
    found, known = set(), sorted(names)
    for id_ in ids:
        found.add(known[max(0, bisect_right(known, f"{address}#{id_}") - 1)])
    return frozenset(found)


def part_outlines(
    address: str, outline: Outline, parts: Mapping[str, bytes]
) -> Mapping[str, Outline]:
    """Return the outlines of the *parts* of *address*, whose whole snapshot has this *outline*."""
    if address in parts:
        return {address: outline}
    found = {name: _outline(name, data) for name, data in parts.items()}
    head = head_of(address, parts)
    own = found[head]
    found[head] = replace(outline, digest=own.digest, frame=own.frame, ids=(), films=b"")
    return found


def _outline(name: str, data: bytes) -> Outline:
    digest = blake2b(data).hexdigest()
    cut = cut_file(Snapshot(name, JSON, data))
    ids = [*map(str, cut.ids())] if cut else []
    return Outline(digest, cut.frame, tuple(ids), b"".join(cut.films)) if cut else Outline(digest)


Octets = Callable[[Collection[str]], Mapping[str, bytes]]
"""Returns the parts with given names, as far as they are there."""


@dataclass(frozen=True, slots=True)
class KnownParts:
    """
    The parts of a snapshot that was read and found right.

    Attributes:
        digests: Hash of the octets of each, hexadecimal, by name.
        outlines: Returns the outlines of those with given names.
    """

    digests: Mapping[str, str]
    outlines: Callable[[Collection[str]], Mapping[str, Outline]]


def compare_parts(
    address: str, known: KnownParts, digests: Mapping[str, str], octets: Octets
) -> ChangedFilms | None:
    """
    Return how the parts of the snapshot of *address* differ from those *known*.

    *digests* are of the parts as they are now, by name. Those that differ are opened, and no others. It is
    None if only a whole read can tell.
    """
    new = {name for name, digest in digests.items() if known.digests.get(name) != digest}
    gone = known.digests.keys() - digests.keys()
    old, head = head_of(address, known.digests), head_of(address, digests)
    before = known.outlines({old, *gone, *(new & known.digests.keys())})
    snapshots = {name: Snapshot(name, JSON, data) for name, data in octets(new).items()}
    cuts = {name: cut for name in snapshots if (cut := cut_file(snapshots[name]))}
    if old not in before or not before[old].frame or cuts.keys() != new:
        return None
    if head in cuts and cuts[head].frame != before[old].frame:
        return None
    had = [outline for name, outline in before.items() if name in new | gone]
    compared = _difference(had, cuts)
    if compared is None or (head == address and head in new and not cuts[head].films):
        return None  # a whole read knows who has to agree if all is gone
    ids, touched = compared
    outlines = {
        name: Outline(snapshots[name].digest, cut.frame, ids[name], b"".join(cut.films))
        for name, cut in cuts.items()
    }
    own = outlines.get(head, before[old])
    outlines[head] = replace(before[old], digest=own.digest, ids=own.ids, films=own.films)

    def open_(name: str) -> Snapshot:
        return Snapshot(name, JSON, octets([name])[name])

    opened = {name: (snapshots[name], cut) for name, cut in cuts.items()}
    others = partial(_others, address, replace(known, digests=digests), outlines)
    return ChangedFilms(
        touched, outlines, frozenset(new), open_, opened, address, frozenset(gone), others
    )


def _others(
    address: str, known: KnownParts, but: Collection[str], asked: Collection[str]
) -> Mapping[str, Outline]:
    """Return the outlines of the parts, *but* those, that films with the ids *asked* may be in."""
    return known.outlines(holders(address, known.digests, asked).difference(but))


def _difference(
    before: Iterable[Outline], now: Mapping[str, CutFile]
) -> tuple[Mapping[str, tuple[str, ...]], frozenset[str]] | None:
    """Return the ids of the films of each part of *now*, and of those that differ, or None if unsure."""
    had = {
        digest: id_
        for outline in before
        for digest, id_ in zip(outline.digests, outline.ids, strict=True)
    }
    ids = {
        name: tuple(
            had.get(digest) or film_id(cut, number) for number, digest in enumerate(cut.films)
        )
        for name, cut in now.items()
    }
    has = {
        digest: id_
        for name, cut in now.items()
        for digest, id_ in zip(cut.films, ids[name], strict=True)
    }
    told = [id_ for part in ids.values() for id_ in part]
    touched = frozenset(id_ for _, id_ in has.items() ^ had.items())
    is_sure = "" not in told and len(set(told)) == len(told) and len(touched) <= MAX_CHANGED
    return (ids, touched) if is_sure else None
