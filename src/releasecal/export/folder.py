"""A folder as the target of an export: each file is renamed into its place, with its moment."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from releasecal.errors import ExportError
from releasecal.export.target import SiteFile

_LOCK = ".releasecal-lock"
_NEW = ".releasecal-new"
_FILE = ".file"


class Folder:
    """
    The folder at *path*, which is made if need be.

    A file's time of modification is its Last-Modified, which web servers send.

    Attributes:
        name: Its path.
        has_packed: True, as nginx and others can serve packed twins.
    """

    def __init__(self, path: Path) -> None:
        """Touch nothing yet."""
        self.name = str(path)
        self.has_packed = True
        self._path = path
        self._aside = f"{path}/{_NEW}/"
        self._new: list[str] = []  # folders at the top that are built aside
        self._places: dict[str, str] = {}  # by folder; see `_place`

    @contextmanager
    def locked(self, now: datetime) -> Iterator[None]:
        """Hold the lock of the folder; the kernel frees that of a process that ends."""
        del now
        with _told(self._path):
            self._path.mkdir(parents=True, exist_ok=True)
            handle = os.open(self._path / _LOCK, os.O_CREAT | os.O_RDWR, 0o644)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise ExportError(
                    f"{self.name}: another export is writing there (wait until it ends)"
                ) from error
            with _told(self._path):
                # What a killed export has left.
                shutil.rmtree(self._path / _NEW, ignore_errors=True)
                (self._path / _NEW).mkdir()
            try:
                yield
            finally:
                shutil.rmtree(self._path / _NEW, ignore_errors=True)
        finally:
            os.close(handle)

    def read(self, path: str) -> bytes | None:
        """Return the octets of the file at *path*; None without one."""
        with _told(self._path / path):
            try:
                return (self._path / path).read_bytes()
            except (FileNotFoundError, NotADirectoryError):
                return None

    def write(self, file: SiteFile) -> None:
        """
        Write *file* as a whole; the old one stays open for those who read it.

        A folder that is new is built aside, and has its place from `wait` on.
        """
        # Of 300,000 files, pathlib would take as long for the names as the kernel for the files.
        folder, _, name = file.path.rpartition("/")
        try:
            place = self._places.get(folder) or self._place(folder)
            if place.startswith(self._aside):
                _write(f"{place}{name}", file)
            else:
                _write(f"{self._aside}{_FILE}", file)
                os.replace(f"{self._aside}{_FILE}", f"{place}{name}")  # noqa: PTH105 - see above
        except OSError as error:
            raise _in_words(f"{self.name}/{file.path}", error) from error

    def _place(self, folder: str) -> str:
        """Return the path under which files of *folder* are written, with a slash; make it."""
        top = folder.partition("/")[0]
        if top and top not in self._new and not (self._path / top).is_dir():
            self._new.append(top)
        root = self._aside if top in self._new else f"{self.name}/"
        place = f"{root}{folder}/" if folder else root
        Path(place).mkdir(parents=True, exist_ok=True)
        self._places[folder] = place
        return place

    def wait(self) -> None:
        """Put the folders that are new into their places; all else can be read as it is written."""
        with _told(self._path):
            for top in self._new:
                Path(f"{self._aside}{top}").rename(self._path / top)
        self._new.clear()
        self._places.clear()

    def flush(self) -> None:
        """Wait until the disk has everything, so that a power cut leaves what a manifest says."""
        self.wait()
        os.sync()

    def remove(self, path: str) -> None:
        """Remove the file at *path*, and the folders that are empty then."""
        there = self._path / path
        with _told(there):
            there.unlink(missing_ok=True)
        self._places.clear()
        with suppress(OSError):  # not empty
            for parent in there.parents:
                if parent == self._path:
                    break
                parent.rmdir()


def _write(path: str, file: SiteFile) -> None:
    """Write *file* at *path*, with its moment."""
    moment = int(file.changed.timestamp())
    if isinstance(file.body, Path):
        shutil.copyfile(file.body, path)
        os.utime(path, (moment, moment))
        return
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    try:
        rest = file.body
        while rest:  # a full disk takes less than all at first
            rest = rest[os.write(handle, rest) :]
        os.utime(handle, (moment, moment))
    finally:
        os.close(handle)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _in_words(str(path), error) from error


def _in_words(path: str, error: OSError) -> ExportError:
    why = error.strerror or error
    return ExportError(f"{path}: cannot be written or read: {why} (name another folder)")
