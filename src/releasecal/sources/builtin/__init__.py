"""
Data that come with releasecal, as sources.

``builtin:windows`` are windows of many films, ``builtin:article`` is the example: the folder ``data``
of the repository, by a link.
"""

import hashlib
from collections.abc import Mapping
from importlib import resources

from releasecal.core.film_storage import MEMORY, Room
from releasecal.core.suggestions import nearest
from releasecal.errors import DataError, Place, Problem, SourceError
from releasecal.sources.changed_films import ChangedFilms, Outline, compare_files
from releasecal.sources.files import BUILTIN, FileStat, read_kept
from releasecal.sources.read_result import Progress, ReadResult
from releasecal.sources.sidecar_layout import kept
from releasecal.sources.snapshot import notation_of

EXAMPLE = f"{BUILTIN}article"
"""Address of the example: what one news article said of a film."""

_HERE = resources.files(__package__)


def recognises(address: str) -> bool:
    """Whether *address* is one of such data."""
    return address.startswith(BUILTIN)


def read(address: str, progress: Progress, room: Room = MEMORY) -> ReadResult:
    """
    Return the facts at *address*, for which there is *room*.

    Raises:
        SourceError: There are no such data.
    """
    return read_kept(address, _octets(address).items(), progress, room)


def stats(address: str) -> tuple[FileStat, ...]:
    """Return the states of the files at *address*, by their sizes: only an upgrade changes them."""
    try:
        return tuple(FileStat(name, len(data)) for name, data in _octets(address).items())
    except SourceError:
        return (FileStat(address),)


def digests(address: str) -> dict[str, str]:
    """
    Return a hash, hexadecimal, of each file at *address*, by its name.

    Raises:
        SourceError: There are no such data.
    """
    return {name: hashlib.blake2b(data).hexdigest() for name, data in _octets(address).items()}


def compare(
    address: str, known: Mapping[str, Outline], digests: Mapping[str, str]
) -> ChangedFilms | None:
    """Return how the films at *address* differ from the outlines *known*; None if unsure."""
    try:
        octets = _octets(address)
        if set(octets) != set(known) or set(digests) != set(known):
            return None
        return compare_files(known, digests, lambda name: kept(name, octets, octets.__getitem__))
    except (SourceError, DataError):
        return None


def _octets(address: str) -> Mapping[str, bytes]:
    """Return the contents of the files at *address*, by their names."""
    folders = {each.name: each for each in _HERE.iterdir() if each.is_dir() and each.name[0] != "_"}
    folder = folders.get(address.removeprefix(BUILTIN))
    if folder is None:
        known = [f"{BUILTIN}{name}" for name in sorted(folders)]
        remedy = nearest(address, known) or f"there is {', '.join(known)}"
        raise SourceError(Problem(Place(address), "no such data come with releasecal", remedy))
    found = {each.name: each.read_bytes() for each in folder.iterdir() if notation_of(each.name)}
    return {f"{address}/{name}": found[name] for name in sorted(found)}
