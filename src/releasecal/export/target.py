"""Targets of an export: places that hold a site's files, in a folder or in a bucket."""

from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, Protocol


class SiteFile(NamedTuple):
    """
    A file of the site, to be written.

    Attributes:
        path: As in its address, without a slash at the beginning.
        body: Its octets, or a file that has them.
        content_type: Value of the header.
        changed: Its Last-Modified, UTC.
        max_age: Seconds for which a client may keep it; 0 for a look each time.
    """

    path: str
    body: bytes | Path
    content_type: str
    changed: datetime
    max_age: int


class SiteTarget(Protocol):
    """
    A place for the files of a site.

    All methods raise ExportError where the place cannot be used.
    """

    name: str
    """Its name in messages."""

    has_packed: bool
    """Whether a host serves packed twins that lie beside the files."""

    def locked(self, now: datetime) -> AbstractContextManager[None]:
        """Return a lock of the whole place; ExportError if another export has it *now*."""

    def read(self, path: str) -> bytes | None:
        """Return the octets of the file at *path*; None without one."""

    def write(self, file: SiteFile) -> None:
        """Write *file* as a whole: who reads it gets the old octets or the new ones."""

    def wait(self) -> None:
        """Wait until everything that was written can be read."""

    def flush(self) -> None:
        """Wait until everything that was written is there, and stays."""

    def remove(self, path: str) -> None:
        """Remove the file at *path*, if it is there."""
