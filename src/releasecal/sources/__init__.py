"""Sources: where facts come from. One module each, one row each."""

import gc
import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain

from releasecal.core.catalogue import Reading, merge
from releasecal.errors import DataError, Place, Problem, SourceError
from releasecal.sources import files
from releasecal.sources.changed_films import Part
from releasecal.sources.files import FileStat
from releasecal.sources.outlines import Outline, decode_outline, encode
from releasecal.sources.schema.json_schema import schema
from releasecal.sources.validate import Account, Progress, no_progress

__all__ = [
    "SOURCES",
    "Account",
    "Digests",
    "FileStat",
    "Outline",
    "Outlines",
    "Part",
    "Progress",
    "Reading",
    "SourceType",
    "Stats",
    "accounts",
    "compare",
    "decode_outline",
    "digests",
    "encode",
    "fingerprint",
    "is_settled",
    "no_progress",
    "read",
    "schema",
    "stats",
]

Stats = tuple[FileStat, ...]
"""What can be told of all files without reading them; equal if nothing seems changed."""

Digests = tuple[tuple[str, Mapping[str, str]], ...]
"""By address, in their order: the hash of each file's contents, by its name."""

Outlines = Mapping[str, Mapping[str, Outline]]
"""By address: the outline of each file, by its name."""

# FAT keeps times to 2 s, others to less; clocks of file servers run that much apart.
_GRANULARITY = timedelta(seconds=2)

_OBJECTS_A_LOOK = 100_000  # new ones, until the garbage collector looks at them
_one_reads = threading.Lock()


@dataclass(frozen=True, slots=True)
class SourceType:
    """
    A kind of place that facts are read from.

    Attributes:
        name: For messages, in the plural.
        recognises: Whether an address is one of these.
        read: Returns all that an address says and what is wrong with it, or raises
            SourceError if it cannot be read at all.
        stats: What can be told cheaply; raises nothing.
        digests: A hash of each file that `read` would read by name, or SourceError.
        compare: Which films have changed at an address since its files had some outlines,
            given their digests, or None if only a whole read can tell.
    """

    name: str
    recognises: Callable[[str], bool]
    read: Callable[[str, Progress], Account]
    stats: Callable[[str], Stats]
    digests: Callable[[str], Mapping[str, str]]
    compare: Callable[[str, Mapping[str, Outline], Mapping[str, str]], Part | None]


SOURCES: Mapping[str, SourceType] = {
    "files": SourceType(
        "files and folders",
        files.recognises,
        files.read,
        files.stats,
        files.digests,
        files.compare,
    ),
}
"""All types of source, by name; the first one that recognises an address reads it."""


def read(addresses: Sequence[str], *, progress: Progress = no_progress) -> tuple[Reading, ...]:
    """Return what each of *addresses* says, as `accounts` does, and nothing else of them."""
    return tuple(account.reading for account in accounts(addresses, progress=progress))


def accounts(addresses: Sequence[str], *, progress: Progress = no_progress) -> tuple[Account, ...]:
    """
    Return what each of *addresses* says, in their order, which is that of precedence.

    All are read before anything is complained of.

    Raises:
        DataError: Something in them is wrong; every problem of every one.
        SourceError: Nothing else is wrong than that some cannot be read.
    """
    told: list[Account] = []
    failures: list[Problem] = []
    for address in addresses:
        try:
            with _rare_collection():
                account = _type_of(address).read(address, progress)
            told.append(replace(account, reading=replace(account.reading, address=address)))
        except SourceError as error:
            origin, _, what = str(error).partition(": ")
            failures.append(Problem(Place(origin), what))
    problems = [problem for account in told for problem in account.problems]
    if problems and not failures and all(account.is_whole for account in told):
        problems += _dangling(told)
    if problems:
        raise DataError(problems + failures)
    if failures:
        raise SourceError(*failures)
    return tuple(told)


def _dangling(accounts: Sequence[Account]) -> Sequence[Problem]:
    """Return what `merge` would complain of next, so that nobody has to ask twice."""
    try:
        merge([account.reading for account in accounts])
    except DataError as error:
        return error.problems
    return ()


@contextmanager
def _rare_collection() -> Iterator[None]:
    """
    Have the garbage collector look less often; one read at a time.

    A large catalogue is millions of objects, none of which is garbage; to find that out
    over and over costs a fifth of the reading. The collector belongs to the whole process,
    whose other threads answer requests and leave garbage, so it stays on.
    """
    with _one_reads:  # or else two would put back each other's threshold
        threshold, *others = gc.get_threshold()
        gc.set_threshold(threshold and max(threshold, _OBJECTS_A_LOOK), *others)
        try:
            yield
        finally:
            gc.set_threshold(threshold, *others)


def stats(addresses: Sequence[str]) -> Stats:
    """Return what can be told of *addresses* without reading them; never raises."""
    found: list[FileStat] = []
    for address in addresses:
        try:
            found += _type_of(address).stats(address)
        except SourceError:
            found.append(FileStat(address))
    return tuple(found)


def is_settled(stats: Stats, now: datetime) -> bool:
    """
    Whether equal *stats* later on will mean equal contents.

    They will not if a file changed within the last 2 s before *now*, which is when the
    stats were taken: it can change again, to the same size, without the time showing
    it. (git calls such an entry "racily clean".)
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


def compare(digests: Digests, known: Outlines) -> tuple[Part, ...] | None:
    """
    Return which films each address tells of differently than when it had the outlines *known*.

    *digests* is what the function of that name says now. None if only `read` can tell.
    """
    parts = []
    for address, contents in digests:
        part = _type_of(address).compare(address, known.get(address, {}), contents)
        if part is None:
            return None
        parts.append(replace(part, address=address))
    return tuple(parts)


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
    raise SourceError(f"{address}: nothing here reads that (there are {known})")
