"""Sources: where facts come from. A module and a row in `SOURCES` for each type."""

import gc
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain

from releasecal.core.catalogue import Reading, merge
from releasecal.errors import DataError, Place, Problem, SourceError, condensed
from releasecal.sources import files
from releasecal.sources.changed_films import (
    ChangedFilms,
    Outline,
    decode_outline,
    encode_outline,
)
from releasecal.sources.files import FileStat
from releasecal.sources.schema.json_schema import json_schema
from releasecal.sources.validate import Progress, ReadResult, no_progress, read_films

__all__ = [
    "SOURCES",
    "ChangedFilms",
    "Digests",
    "FileStat",
    "Outline",
    "Outlines",
    "Progress",
    "ReadResult",
    "SourceType",
    "Stats",
    "compare",
    "decode_outline",
    "digests",
    "encode_outline",
    "fingerprint",
    "in_public",
    "is_settled",
    "json_schema",
    "no_progress",
    "read",
    "read_all",
    "read_films",
    "stats",
    "unread",
]

Stats = tuple[FileStat, ...]
"""States of all files, found without reading them; equal if nothing seems changed."""

Digests = tuple[tuple[str, Mapping[str, str]], ...]
"""By address, in their order: the hash of each file's contents, by its name."""

Outlines = Mapping[str, Mapping[str, Outline]]
"""By address: the outline of each file, by its name."""

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
        read: Returns all facts of an address with its problems, or raises SourceError if
            it cannot be read at all.
        stats: States of its files, found cheaply; raises nothing.
        digests: A hash of each file that `read` would read, by name, or SourceError.
        compare: The films that differ from the outlines of an address, given its digests,
            or None if only a whole read can tell.
        unread: A note for each of its files that `read` passes over; raises nothing.
    """

    name: str
    recognises: Callable[[str], bool]
    read: Callable[[str, Progress], ReadResult]
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
}
"""All types of source, by name; the first one that recognises an address reads it."""


def read(addresses: Sequence[str], *, progress: Progress = no_progress) -> tuple[Reading, ...]:
    """Return the facts of each of *addresses*, as `read_all` does."""
    return tuple(result.reading for result in read_all(addresses, progress=progress))


def read_all(
    addresses: Sequence[str], *, progress: Progress = no_progress
) -> tuple[ReadResult, ...]:
    """
    Return the outcome of reading each of *addresses*, in their order of precedence.

    All are read before anything is complained of.

    Raises:
        DataError: Something in them is wrong; every problem of every one.
        SourceError: Some cannot be read, and nothing else is wrong.
    """
    results: list[ReadResult] = []
    failures: list[Problem] = []
    with _rare_collection():
        for address in addresses:
            try:
                result = _type_of(address).read(address, progress)
                results.append(replace(result, reading=replace(result.reading, address=address)))
            except SourceError as error:
                failures += error.problems
    problems = [problem for result in results for problem in result.problems]
    if problems and not failures and all(result.is_whole for result in results):
        problems += _dangling(results)
    if problems:
        raise DataError(problems + failures)
    if failures:
        raise SourceError(*failures)
    return tuple(results)


def _dangling(results: Sequence[ReadResult]) -> Sequence[Problem]:
    """Return the problems that `merge` would find next, so that one message has them all."""
    try:
        merge([result.reading for result in results])
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


def is_settled(stats: Stats, now: datetime) -> bool:
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
    Return a hash of the contents of each file at *addresses*.

    Take it before `read`: should a file change in between, the next digests differ.

    Raises:
        SourceError: One of them cannot be read.
    """
    return tuple((address, _type_of(address).digests(address)) for address in addresses)


def fingerprint(digests: Digests) -> str:
    """Return one hash, hexadecimal, over all names and contents in *digests*."""
    result = hashlib.blake2b(digest_size=32)
    for address, files_ in digests:
        for name in (address, *chain.from_iterable(sorted(files_.items()))):
            result.update(hashlib.blake2b(name.encode(errors="surrogateescape")).digest())
        result.update(b"%d" % len(files_))
    return result.hexdigest()


def compare(digests: Digests, known: Outlines) -> tuple[ChangedFilms, ...] | None:
    """
    Return the films of each address that differ from the outlines *known*.

    *digests* is from the function of that name. None if only `read` can tell.
    """
    found = []
    for address, contents in digests:
        changed = _type_of(address).compare(address, known.get(address, {}), contents)
        if changed is None:
            return None
        found.append(replace(changed, address=address))
    return tuple(found)


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
