"""
The file of an SQLite database, watched for being deleted, replaced or cut off.

An open connection goes on with the file it has, also when nobody else can see that any more.
So the path is looked at before each transaction, which costs some microseconds.
"""

import fcntl
import logging
import os
import sqlite3
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Engine, event
from sqlalchemy.exc import InvalidatePoolError

_STATE = "releasecal_file"  # key in the notes of a pooled connection

_Identity = tuple[int, int]
"""Device and inode."""

_log = logging.getLogger(__name__)


class _FileState(NamedTuple):
    """
    A database's files at one moment.

    Attributes:
        size: Of the main file, octets; less later only if it is cut off, or vacuumed.
        log: Of the write-ahead log; None if there is none.
    """

    identity: _Identity
    size: int
    log: _Identity | None


class DatabaseFile:
    """The file at *path*; once it *is_known*, no connection creates it anew."""

    def __init__(self, path: Path, *, is_known: bool) -> None:
        self._path, self._place = path, str(path)
        self._log_path, self._log_place = Path(f"{path}-wal"), f"{path}-wal"
        self._index_path = Path(f"{path}-shm")
        self._is_known = is_known
        self._seen: _FileState | None = None  # by any connection of this process

    def watch(self, engine: Engine) -> None:
        """Look at the file before each transaction of *engine*."""
        event.listen(engine, "do_connect", self._before_connect)
        event.listen(engine, "connect", self._on_connect)
        event.listen(engine, "checkout", self._on_checkout)

    def _before_connect(self, *_: object) -> None:
        if not self._is_known:
            return
        # SQLite would make a new database of an empty file, and wait for those that have it open.
        if self._state().size == 0:
            raise sqlite3.OperationalError("the file is empty")
        self._drop_log_of_another()

    def _on_connect(self, _: object, record: Any) -> None:
        self._is_known = True
        record.info[_STATE] = self._seen = self._state()

    def _on_checkout(self, _: object, record: Any, _proxy: object) -> None:
        before: _FileState = record.info[_STATE]
        now = self._state()
        if now.identity != before.identity or (before.log and now.log != before.log):
            raise InvalidatePoolError("the file is another one")  # the pool connects anew
        if now.size < before.size:
            raise sqlite3.OperationalError("the file was cut off")
        record.info[_STATE] = self._seen = now

    def _state(self) -> _FileState:
        """
        Return the present state.

        Raises:
            sqlite3.OperationalError: The file is gone.
        """
        try:
            main = os.stat(self._place)  # noqa: PTH116 - half the time of Path.stat, before each transaction
        except FileNotFoundError as error:
            raise sqlite3.OperationalError("the file is gone") from error
        except OSError as error:
            raise sqlite3.OperationalError(f"unable to open the file: {error.strerror}") from error
        return _FileState((main.st_dev, main.st_ino), main.st_size, _identity(self._log_place))

    def _drop_log_of_another(self) -> None:
        """
        Remove the write-ahead log if it belongs to the file that was there before.

        SQLite would play it into the new file, which would then be a mixture of both
        (https://sqlite.org/howtocorrupt.html § 1.4). Each process does so before it connects,
        one at a time: a log that one has removed is not another's new one.
        """
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            before, now = self._seen, self._state()
            if before and now.identity != before.identity:
                _log.warning("the database was replaced by another file")
                if before.log and before.log == now.log:
                    self._log_path.unlink(missing_ok=True)
                    self._index_path.unlink(missing_ok=True)
                self._seen = now
        finally:
            os.close(folder)


def _identity(place: str) -> _Identity | None:
    try:
        found = os.stat(place)  # noqa: PTH116 - as above
    except OSError:
        return None
    return found.st_dev, found.st_ino
