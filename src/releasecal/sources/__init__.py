"""Sources: where facts come from. A module and a row in `SOURCES` for each type."""

import gc
import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from itertools import chain

from releasecal.core import films_on_record
from releasecal.core.catalogue import Reading, merge
from releasecal.core.film_storage import MEMORY, Room
from releasecal.core.films_on_record import FilmsOnRecord
from releasecal.core.value_classes import dataclass, replace
from releasecal.errors import DataError, Place, Problem, SourceError, condensed
from releasecal.sources import builtin, files, snapshot_parts
from releasecal.sources.changed_films import (
    ChangedFilms,
    Outline,
    Outlines,
    decode_outline,
    encode_outline,
)
from releasecal.sources.files import FileStat
from releasecal.sources.read_result import Progress, ReadResult, no_progress
from releasecal.sources.sidecar_layout import kept
from releasecal.sources.snapshot import Snapshot

__all__ = [
    "SOURCES",
    "ChangedFilms",
    "Contents",
    "Digests",
    "FileStat",
    "Outline",
    "Outlines",
    "Progress",
    "ReadResult",
    "SourceType",
    "Stats",
    "are_conclusive",
    "compare",
    "dangling",
    "decode_outline",
    "digests",
    "encode_outline",
    "fingerprint",
    "in_public",
    "no_progress",
    "read",
    "read_each",
    "read_films",
    "read_kept",
    "read_one",
    "stats",
    "unchanged",
    "unread",
]

Stats = tuple[FileStat, ...]
"""States of all files, found without reading them; equal if nothing seems changed."""


@dataclass(frozen=True, slots=True)
class Contents:
    """
    The contents of an address at one moment, known by their hashes.

    Attributes:
        files: The hash of each file's contents, by its name.
        problems: Why the address cannot be read; empty if it can.
        failing: Why it could not be looked at lately, so that these are older contents.
    """

    address: str
    files: Mapping[str, str]
    problems: tuple[Problem, ...] = ()
    failing: tuple[Problem, ...] = ()


Digests = tuple[Contents, ...]
"""The contents of all addresses, in their order."""

# FAT keeps times to 2 s, others to less; clocks of file servers run that much apart.
_GRANULARITY = timedelta(seconds=2)

_COLLECT_AFTER = 100_000  # new objects, while reading


@dataclass(frozen=True, slots=True)
class SourceType:
    """
    A kind of place that facts are read from.

    Attributes:
        name: For messages, in the plural.
        recognises: Whether an address is of this type.
        read: Returns all facts of an address with its problems, given room for them, or raises SourceError if
            it cannot be read at all.
        stats: States of its files, found cheaply; raises nothing.
        digests: A hash of each file that `read` would read, by name, or SourceError.
        compare: The films that differ from the outlines of an address, given its digests,
            or None if only a whole read can tell.
        unread: A note for each of its files that `read` passes over; raises nothing.
    """

    name: str
    recognises: Callable[[str], bool]
    read: Callable[[str, Progress, Room], ReadResult]
    stats: Callable[[str], Stats]
    digests: Callable[[str], Mapping[str, str]]
    compare: Callable[[str, Mapping[str, Outline], Mapping[str, str]], ChangedFilms | None]
    unread: Callable[[str], Sequence[Problem]] = lambda _: ()


SOURCES: Mapping[str, SourceType] = {
    "files": SourceType(
        "files and folders",
        files.recognises,
        files.read,
        files.stats,
        files.digests,
        files.compare,
        files.unread,
    ),
    "builtin": SourceType(
        "data that come with releasecal",
        builtin.recognises,
        builtin.read,
        builtin.stats,
        builtin.digests,
        builtin.compare,
    ),
}
"""All types of source, by name; the first one that recognises an address reads it."""


def read(addresses: Sequence[str], *, progress: Progress = no_progress) -> tuple[Reading, ...]:
    """Return the facts of each of *addresses*, as `read_each` does with `read_one`."""
    results = read_each(addresses, lambda address: read_one(address, progress))
    return tuple(result.reading for result in results)


def read_each(
    addresses: Sequence[str], read: Callable[[str], ReadResult]
) -> tuple[ReadResult, ...]:
    """
    Return the outcome of *read* for each of *addresses*, in their order of precedence.

    All are read before anything is complained of.

    Raises:
        DataError: Something in them is wrong; every problem of every one.
        SourceError: Some cannot be read, and nothing else is wrong.
    """
    results: list[ReadResult] = []
    failures: list[Problem] = []
    for address in addresses:
        try:
            results.append(read(address))
        except SourceError as error:
            failures += error.problems
    problems = [problem for result in results for problem in result.problems]
    if problems and not failures and all(result.is_whole for result in results):
        problems += dangling(results)
    if problems:
        raise DataError(problems + failures)
    if failures:
        raise SourceError(*failures)
    return tuple(results)


def read_one(address: str, progress: Progress, room: Room = MEMORY) -> ReadResult:
    """
    Return the outcome of reading *address*, for which there is *room*.

    Raises:
        SourceError: It cannot be read.
    """
    with _rare_collection():
        result = _type_of(address).read(address, progress, room)
    return replace(result, reading=replace(result.reading, address=address))


def read_kept(
    address: str,
    files_: Iterable[tuple[str, bytes]],
    progress: Progress,
    room: Room = MEMORY,
) -> ReadResult:
    """Return the outcome of reading *files_*, the names and contents that *address* once had."""
    with _rare_collection():
        result = files.read_kept(address, snapshot_parts.joined(address, files_), progress, room)
    return replace(result, reading=replace(result.reading, address=address))


def dangling(
    results: Sequence[ReadResult], published: FilmsOnRecord = films_on_record.NONE
) -> Sequence[Problem]:
    """
    Return the problems that `merge` would find in *results*, so that all are told at once.

    *published* has the films on record.
    """
    try:
        merge([result.reading for result in results], published=published)
    except DataError as error:
        return error.problems
    return ()


@contextmanager
def _rare_collection() -> Iterator[None]:
    """
    Have the garbage collector look less often.

    A large catalogue is millions of objects, none of them garbage; finding that out over
    and over takes a fifth of the time of reading.
    """
    before = gc.get_threshold()
    gc.set_threshold(_COLLECT_AFTER, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def in_public(problem: Problem, addresses: Sequence[str]) -> Problem:
    """
    Return *problem*, of the sources at *addresses*, as everybody may read it.

    It quotes nothing from a file outside its data folder, which may be none of ours.
    """
    if not any(files.is_elsewhere(problem.place.origin, each) for each in addresses):
        return problem
    what = "something is wrong, and the file is a link out of its folder"
    return Problem(problem.place, what, "see the log")


def stats(addresses: Sequence[str]) -> Stats:
    """Return the states of all files at *addresses* without reading them; never raises."""
    found: list[FileStat] = []
    for address in addresses:
        try:
            found += _type_of(address).stats(address)
        except SourceError:
            found.append(FileStat(address))
    return tuple(found)


def unread(addresses: Sequence[str]) -> Sequence[str]:
    """Return a line for each file at *addresses* that is not read and why, of many the first."""
    found: list[Problem] = []
    for address in addresses:
        with suppress(SourceError):
            found += _type_of(address).unread(address)
    return list(map(str, condensed(found, lambda note: note)))


def are_conclusive(stats: Stats, now: datetime) -> bool:
    """
    Whether equal *stats* later on will mean equal contents.

    They will not if a file changed within the last 2 s before *now*, the time at which the
    stats were taken: it can change again, to the same size, without the time showing it.
    (git calls such an entry "racily clean".)
    """
    latest = max((max(stat.modified, stat.changed) for stat in stats), default=0)
    return latest <= (now - _GRANULARITY).timestamp() * 1e9


def digests(addresses: Sequence[str]) -> Digests:
    """
    Return the contents of each of *addresses* by their hashes; never raises.

    Take it before reading: should a file change in between, the next digests differ.
    """
    return tuple(map(_digests, addresses))


def _digests(address: str) -> Contents:
    try:
        return Contents(address, _type_of(address).digests(address))
    except SourceError as error:
        return Contents(address, {}, tuple(error.problems))


def fingerprint(digests: Digests) -> str:
    """Return one hash, hexadecimal, over all names, contents and problems in *digests*."""
    result = hashlib.blake2b(digest_size=32)
    for contents in digests:
        parts = chain.from_iterable(sorted(contents.files.items()))
        told = map(str, (*contents.problems, *contents.failing))
        for part in (contents.address, *parts, *told):
            result.update(hashlib.blake2b(part.encode(errors="surrogateescape")).digest())
        result.update(b"%d %d" % (len(contents.files), len(contents.problems)))
    return result.hexdigest()


def compare(contents: Contents, known: Mapping[str, Outline]) -> ChangedFilms | None:
    """
    Return the films of an address that differ from the outlines *known*, given its *contents*.

    None if only reading it can tell.
    """
    address = contents.address
    changed = _type_of(address).compare(address, known, contents.files)
    return replace(changed, address=address) if changed else None


def unchanged(
    address: str, known: Mapping[str, Outline], octets: snapshot_parts.Octets
) -> ChangedFilms:
    """Return no changed films of an address with the outlines *known* and *octets* by name."""

    def open_(name: str) -> Snapshot:
        return kept(name, known, lambda name: octets([name])[name])

    return ChangedFilms(frozenset(), known, frozenset(), open_, {}, address)


def read_films(changed: ChangedFilms, ids: Collection[str]) -> Reading | None:
    """Return the films of *changed* with those *ids*, or None if only a whole read can tell."""
    from releasecal.sources.validate import read_films as read  # noqa: PLC0415 - only who reads needs it

    return read(changed, ids)


def _type_of(address: str) -> SourceType:
    """
    Return the type that reads *address*.

    Raises:
        SourceError: None does.
    """
    for source in SOURCES.values():
        if source.recognises(address):
            return source
    known = ", ".join(source.name for source in SOURCES.values())
    raise SourceError(Problem(Place(address), "nothing here reads that", f"there are {known}"))
