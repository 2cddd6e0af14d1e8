"""
Files: data files by name, and folders of them.

A folder stands for the data files in it and in its subfolders, by name. Hidden ones, and
those that editors and systems leave behind, are passed over; a note names every other file
that is not read. Only regular files are opened: opening a pipe waits for somebody to write.
"""

import errno
import hashlib
import os
import stat
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from releasecal.core.film_storage import MEMORY, Room
from releasecal.core.value_classes import dataclass, replace
from releasecal.errors import DataError, Place, Problem, SourceError
from releasecal.sources.changed_films import ChangedFilms, Outline, compare_files
from releasecal.sources.read_result import Progress, ReadResult
from releasecal.sources.sidecar_layout import ENDING, kept, laid_out
from releasecal.sources.snapshot import MANY_OCTETS, NOTATIONS, Notation, Snapshot, notation_of

BUILTIN = "builtin:"
"""Beginning of the addresses of data that come with releasecal."""

_LEFTOVERS = (".", "#", "~")  # beginnings of names
_BACKUPS = ("~", ".swp", ".tmp")  # ends of names
_OF_OTHERS = frozenset({"4913", "Thumbs.db", "desktop.ini", "lost+found"})  # Vim's, systems'
_MIB = 1024 * 1024
_ENDINGS = ", ".join(NOTATIONS)

_REASONS = {
    errno.ENOENT: ("does not exist", "create it, or name another"),
    errno.ENOTDIR: ("does not exist", "a part of its path is no folder"),
    errno.ELOOP: ("leads to itself", "mend the symbolic link"),
    errno.EACCES: ("may not be read", "let the user who runs this read it"),
    errno.EPERM: ("may not be read", "let the user who runs this read it"),
}


@dataclass(frozen=True, slots=True)
class FileStat:
    """
    The state of a file as its folder has it.

    Attributes:
        size: In octets; -1 for a file that cannot be read.
        modified: Time of the last change of its contents, in nanoseconds since 1970.
        changed: Likewise, of its contents, name, owner or mode: a copy that keeps the
            time of modification still shows here.
    """

    path: str
    size: int = -1
    modified: int = 0
    changed: int = 0
    inode: int = 0


def recognises(address: str) -> bool:
    """Whether *address* is a path and not something for another source."""
    return "://" not in address and not address.startswith(BUILTIN)


def stats(address: str) -> tuple[FileStat, ...]:
    """Return the state of each file at *address*; a missing one has a state, too."""
    try:
        return tuple(map(_stat, _files(address)))
    except SourceError:
        return (FileStat(address),)


def _stat(path: Path) -> FileStat:
    try:
        status = path.stat()
    except OSError:
        return FileStat(str(path))
    return FileStat(
        str(path), status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino
    )


def is_elsewhere(name: str, address: str) -> bool:
    """
    Whether the file that messages call *name* is a link out of the folder at *address*.

    So is one that cannot be found by that name, which may be written in another way.
    """
    folder, path = Path(address), Path(name)
    if path == folder or not path.is_relative_to(folder):
        return False
    if not os.path.lexists(path):
        return True
    real = Path(os.path.realpath(path))  # Path.resolve raises at a loop of links
    return not real.is_relative_to(folder.resolve())


def digests(address: str) -> dict[str, str]:
    """
    Return a hash, hexadecimal, of the contents of each file at *address*, by its name.

    Where `read` would refuse a file unread, its size stands for the contents.

    Raises:
        SourceError: A file cannot be read.
    """
    found = {}
    for path in _files(address):
        try:
            found[_named(path)] = _contents(path)
        except OSError as error:
            raise _unreadable(path, error) from error
    return found


def _contents(path: Path) -> str:
    status = path.stat()
    if _refusal(path, status):
        return hashlib.blake2b(b"%o %d" % (status.st_mode, status.st_size)).hexdigest()
    with path.open("rb") as file:
        return hashlib.file_digest(file, "blake2b").hexdigest()


def compare(
    address: str, known: Mapping[str, Outline], digests: Mapping[str, str]
) -> ChangedFilms | None:
    """
    Return the films at *address* that differ from the outlines *known*.

    *digests* is from the function of that name. None if only a whole read can tell.
    """
    try:
        paths = {_named(path): path for path in _files(address)}
        if set(paths) != set(known) or set(digests) != set(known):
            return None
        return compare_files(known, digests, lambda name: _snapshot(paths[name]))
    except (SourceError, DataError, OSError):
        return None


def snapshots(address: str) -> list[Snapshot]:
    """
    Return the file, or all files of the folder, at *address*; a table before its layout.

    Raises:
        DataError: One is of a sort or size that we do not read.
        SourceError: One cannot be read.
    """
    found = []
    for path in _files(address):
        try:
            found.append(_snapshot(path))
        except OSError as error:
            raise _unreadable(path, error) from error
    return found


def read(address: str, progress: Progress, room: Room = MEMORY) -> ReadResult:
    """
    Return the facts of the file, or of all files of the folder, at *address*, for which there is *room*.

    Raises:
        SourceError: *address* itself does not exist or cannot be read.
    """
    snapshots: list[Snapshot] = []
    problems: list[Problem] = []
    for path in _files(address):
        try:
            snapshots.append(_put_aside(_snapshot(path), room))
        except DataError as error:
            problems += error.problems
        except OSError as error:
            if path == Path(address):
                raise _unreadable(path, error) from error
            problems.append(Problem(Place(_named(path)), *_reason(error)))
    return _validated(snapshots, problems, progress, address, room)


def read_kept(
    address: str,
    files: Iterable[tuple[str, bytes]],
    progress: Progress,
    room: Room = MEMORY,
) -> ReadResult:
    """Return the facts of *files*, the names and contents that *address* once had."""
    octets = dict(files)
    by_path = sorted(octets, key=Path)
    snapshots = [_put_aside(kept(name, octets, octets.__getitem__), room) for name in by_path]
    del files, octets  # which are large
    return _validated(snapshots, (), progress, address, room)


def _put_aside(snapshot: Snapshot, room: Room) -> Snapshot:
    """Return *snapshot*; if it is large, its octets are where there is *room* for them."""
    if len(snapshot.data) <= MANY_OCTETS:
        return snapshot
    return replace(snapshot, octets=room.octets(snapshot.data))


def _validated(
    snapshots: Sequence[Snapshot],
    problems: Sequence[Problem],
    progress: Progress,
    address: str,
    room: Room,
) -> ReadResult:
    from releasecal.sources.validate import validate  # noqa: PLC0415 - only who reads needs it

    return validate(snapshots, problems, progress, address, room)


def _files(address: str) -> list[Path]:
    """
    Return *address*, or if it is a folder the data files in it and below, sorted; never none.

    Raises:
        SourceError: *address*, or a folder in it, cannot be read.
    """
    if not address:  # which Path takes for the current folder
        raise SourceError(Problem(Place("''"), "an empty address", "name a file or a folder"))
    path = Path(address)
    try:
        if not stat.S_ISDIR(path.stat().st_mode):
            return [path, *_beside(path)]
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise _unreadable(path, error) from error
    found = [child for child in _walk(path) if notation_of(child.name)]
    if not found:
        remedy = f"put a file in that ends in {_ENDINGS}, or name another folder"
        what = "nothing to read in that folder"
        raise SourceError(Problem(Place(_named(path)), what, remedy))
    return found


def _walk(folder: Path) -> list[Path]:
    """
    Return all files of *folder* and its subfolders that a person put there, sorted.

    Links to folders are among them and not followed: they can lead in circles.

    Raises:
        SourceError: One of the folders cannot be read.
    """
    try:
        with os.scandir(folder) as entries:
            children = [(Path(entry), entry.is_dir(follow_symlinks=False)) for entry in entries]
    except OSError as error:
        raise _unreadable(folder, error) from error
    found: list[Path] = []
    for child, is_folder in children:
        if not _is_leftover(child):
            found += _walk(child) if is_folder else [child]
    return sorted(found)


def unread(address: str) -> Sequence[Problem]:
    """Return a note for each file at *address* that `read` passes over, and why."""
    path = Path(address)
    try:
        found = _walk(path) if address and path.is_dir() else []
    except (SourceError, ValueError):  # which `read` tells of; ValueError: a NUL in the name
        return ()
    return [
        Problem(Place(_named(child)), *_why_unread(child))
        for child in found
        if not notation_of(child.name)
    ]


def _why_unread(path: Path) -> tuple[str, str]:
    """Return why the file at *path* is not read, and what to do."""
    if path.is_dir():
        return "not read: a link to a folder", "name that folder as a source"
    if Path(path.stem).suffix.lower() in NOTATIONS:
        return f"not read: its name ends in {path.suffix}", f"call it {path.stem}"
    return "not read: not a data file", f"their names end in {_ENDINGS}"


def _beside(path: Path) -> list[Path]:
    """Return the file that declares the layout of the table at *path*; none for another file."""
    notation = notation_of(path.name)
    if not notation or not notation.is_table:
        return []
    beside = path.with_name(path.name + ENDING)
    return [beside] if beside.is_file() else []


def _is_leftover(path: Path) -> bool:
    name = path.name
    return name.startswith(_LEFTOVERS) or name.endswith(_BACKUPS) or name in _OF_OTHERS


def _snapshot(path: Path) -> Snapshot:
    """
    Return the file at *path*, unparsed.

    Raises:
        DataError: It is of a sort or size that we do not read.
        OSError: It cannot be read.
    """
    status = path.stat()
    refusal = _refusal(path, status)
    notation = notation_of(path.name)
    if refusal or not notation:
        raise DataError([Problem(Place(_named(path)), *refusal)])
    with path.open("rb") as file:
        data = file.read(status.st_size + 1)
        if len(data) > status.st_size:  # it has grown since, or is endless
            data += file.read(notation.limit + 1 - len(data))
    if len(data) > notation.limit:
        raise DataError([Problem(Place(_named(path)), *_too_large(len(data), notation))])
    snapshot = Snapshot(_named(path), notation, data)
    for beside in _beside(path):
        snapshot = laid_out(snapshot, _snapshot(beside))
    return snapshot


def _refusal(path: Path, status: os.stat_result) -> tuple[str, ...]:
    """Return reason and remedy if the file is not to be opened, else nothing."""
    notation = notation_of(path.name)
    if stat.S_ISDIR(status.st_mode):
        return "a folder, not a file", "move its files up, or name it as a source"
    if not stat.S_ISREG(status.st_mode):
        return "not a regular file", "a pipe or device cannot be read twice: copy it to a file"
    if not notation:
        return "not a data file", f"their names end in {_ENDINGS}"
    if status.st_size > notation.limit:
        return _too_large(status.st_size, notation)
    return ()


def _too_large(size: int, notation: Notation) -> tuple[str, str]:
    most = f"{notation.limit // _MIB} MiB is the most for {notation.name}"
    return f"too large, {size / _MIB:,.0f} MiB", f"{most}: make it several files"


def _unreadable(path: Path, error: OSError | ValueError) -> SourceError:
    return SourceError(Problem(Place(_named(path)), *_reason(error)))


def _reason(error: OSError | ValueError) -> tuple[str, str]:
    """Return reason and remedy, in plain words."""
    number = error.errno if isinstance(error, OSError) else errno.ENOENT
    said = getattr(error, "strerror", None) or "unknown error"
    return _REASONS.get(number or 0, (f"cannot be read: {said.lower()}", "see the system's log"))


def _named(path: Path) -> str:
    """Return *path* for a message, on one line."""
    name = str(path)
    return name if name.isprintable() else ascii(name)[1:-1]
