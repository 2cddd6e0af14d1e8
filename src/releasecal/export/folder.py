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
        self._made: set[str] = set()

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
        """Write *file* as a whole; the old one stays open for those who read it."""
        # Of 300,000 files, pathlib would take as long for the names as the kernel for the files.
        there, new = f"{self.name}/{file.path}", f"{self.name}/{_NEW}/file"
        folder = there.rpartition("/")[0]
        moment = int(file.changed.timestamp())
        with _told(Path(there)):
            if isinstance(file.body, Path):
                shutil.copyfile(file.body, new)
                os.utime(new, (moment, moment))
            else:
                with open(new, "wb", buffering=0) as stream:  # noqa: PTH123 - see above
                    stream.write(file.body)
                    os.utime(stream.fileno(), (moment, moment))
            if folder not in self._made:
                Path(folder).mkdir(parents=True, exist_ok=True)
                self._made.add(folder)
            os.replace(new, there)  # noqa: PTH105 - see above

    def wait(self) -> None:
        """Return at once: what was renamed into its place can be read."""

    def flush(self) -> None:
        """Wait until the disk has everything, so that a power cut leaves what a manifest says."""
        os.sync()

    def remove(self, path: str) -> None:
        """Remove the file at *path*, and the folders that are empty then."""
        there = self._path / path
        with _told(there):
            there.unlink(missing_ok=True)
        self._made.clear()
        with suppress(OSError):  # not empty
            for parent in there.parents:
                if parent == self._path:
                    break
                parent.rmdir()


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        why = error.strerror or error
        raise ExportError(
            f"{path}: cannot be written or read: {why} (name another folder)"
        ) from error
