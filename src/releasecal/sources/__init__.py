"""Sources: where facts come from. One module each, one row each."""

import gc
import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from releasecal.catalogue import Reading, merge
from releasecal.errors import DataError, Place, Problem, SourceError
from releasecal.sources import files
from releasecal.sources.files import FileStat
from releasecal.sources.readings import Account, Progress
from releasecal.sources.schema import schema

__all__ = [
    "SOURCES",
    "Account",
    "FileStat",
    "Progress",
    "SourceType",
    "Stats",
    "digest",
    "is_settled",
    "read",
    "schema",
    "stats",
]

Stats = tuple[FileStat, ...]
"""What can be told of all files without reading them; equal if nothing seems changed."""

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
        digest: A hash of all that `read` would read, or SourceError.
    """

    name: str
    recognises: Callable[[str], bool]
    read: Callable[[str, Progress], Account]
    stats: Callable[[str], Stats]
    digest: Callable[[str], bytes]


SOURCES: Mapping[str, SourceType] = {
    "files": SourceType(
        "files and folders", files.recognises, files.read, files.stats, files.digest
    ),
}
"""All types of source, by name; the first one that recognises an address reads it."""


def _no_progress(_what: str, _done: int, _all: int) -> None:
    """Show nothing."""


def read(addresses: Sequence[str], *, progress: Progress = _no_progress) -> tuple[Reading, ...]:
    """
    Return what each of *addresses* says, in their order, which is that of precedence.

    All are read before anything is complained of.

    Raises:
        DataError: Something in them is wrong; every problem of every one.
        SourceError: Nothing else is wrong than that some cannot be read.
    """
    accounts: list[Account] = []
    failures: list[Problem] = []
    for address in addresses:
        try:
            with _rare_collection():
                account = _type_of(address).read(address, progress)
            accounts.append(replace(account, reading=replace(account.reading, address=address)))
        except SourceError as error:
            origin, _, what = str(error).partition(": ")
            failures.append(Problem(Place(origin), what))
    problems = [problem for account in accounts for problem in account.problems]
    if problems and not failures and all(account.is_whole for account in accounts):
        problems += _dangling(accounts)
    if problems:
        raise DataError(problems + failures)
    if failures:
        raise SourceError("\n".join(map(str, failures)))
    return tuple(account.reading for account in accounts)


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


def digest(addresses: Sequence[str]) -> str:
    """
    Return a hash, in hexadecimal, over the names and contents of all *addresses*.

    Take it before `read`: should a file change in between, the next digest differs.

    Raises:
        SourceError: One of them cannot be read.
    """
    result = hashlib.blake2b(digest_size=32)
    for address in addresses:
        contents = _type_of(address).digest(address)
        result.update(hashlib.blake2b(address.encode(errors="surrogateescape")).digest() + contents)
    return result.hexdigest()


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
