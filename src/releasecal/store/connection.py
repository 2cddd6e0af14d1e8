"""The engine: connections to the database, the pace of transactions, and errors in words."""

import os
import sqlite3
import weakref
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from releasecal.errors import StoreError

PATIENCE = 5_000
"""Longest wait for another writer, ms."""

HURRY = 20
"""Longest wait for another writer in a hurried transaction, ms."""

_REMEDIES = {
    "locked": "another program has it: try again, or end that program",
    "not a database": "move that file away, or name another database",
    "malformed": "restore it from a copy, or move it away: the sources make a new one",
    "unable to open": "let this user write in its folder, or name another one",
    "readonly": "let this user write the file and its folder",
    "full": "make room on that disk",
    "disk I/O": "see whether that disk is full or broken",
    "No module named": "install that driver with pip, or name another database",
}
"""Remedies, by a part of the message of SQLite, a driver or Python."""


class DatabaseLocked(StoreError):
    """The database is locked by another writer, and was for as long as we waited."""


def open_engine(url: str) -> Engine:
    """
    Return an engine for the database at *url* (SQLAlchemy's form).

    Raises:
        StoreError: There is no such driver, or no folder for the file.
    """
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite" and parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(parsed)
    except (ArgumentError, NoSuchModuleError, ImportError, OSError) as error:
        shown = url if "@" not in url else url.rpartition("@")[2]
        raise StoreError(f"cannot open the database {shown}: {error}{_remedy(error)}") from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _on_connect)
        event.listen(engine, "begin", _on_begin)
    _forget_after_fork(engine)
    return engine


def paced(engine: Engine, *, write: bool = False, hurry: bool = False) -> Engine:
    """
    Return *engine* with the same connections, whose transactions *write* or only read.

    A transaction in a *hurry* hardly waits for another writer, nor for the disk: its rows may
    be lost in a power cut.
    """
    return engine.execution_options(releasecal_write=write, releasecal_hurry=hurry)


def in_words(error: DBAPIError | PoolTimeout, engine: Engine) -> StoreError:
    """Return a database's *error* as one of ours; `DatabaseLocked` by SQLite's error code."""
    why = error.orig if isinstance(error, DBAPIError) else error
    code = why.sqlite_errorcode if isinstance(why, sqlite3.Error) else 0
    is_busy = code & 0xFF == sqlite3.SQLITE_BUSY  # the low byte of an extended code
    where = engine.url.render_as_string(hide_password=True)
    kind = DatabaseLocked if is_busy else StoreError
    return kind(f"the database {where} cannot be used: {why}{_remedy(why)}")


def _remedy(error: object) -> str:
    """Return `` (remedy)`` for a database's *error*, empty for an unknown one."""
    text = str(error)
    return next((f" ({cure})" for said, cure in _REMEDIES.items() if said in text), "")


def _on_connect(connection: Any, _: object) -> None:
    # The driver's own BEGIN comes late and never for reading; ours is explicit.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {PATIENCE}")
    cursor.execute("PRAGMA journal_mode = WAL")  # readers go on while one writes
    # An edition that subscribers have seen must outlive a power cut, too.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


def _on_begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    _set_pace(connection, is_hurried=options.get("releasecal_hurry", False))
    write = options.get("releasecal_write", False)
    # IMMEDIATE waits for other writers here, where waiting is safe.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _set_pace(connection: Connection, *, is_hurried: bool) -> None:
    """Set the waits for another writer and for the disk, unless the connection has them."""
    if connection.info.get("releasecal_hurry", False) != is_hurried:
        patience, synchronous = (HURRY, "NORMAL") if is_hurried else (PATIENCE, "FULL")
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {patience}")
        connection.exec_driver_sql(f"PRAGMA synchronous = {synchronous}")
        connection.info["releasecal_hurry"] = is_hurried


def _forget_after_fork(engine: Engine) -> None:
    """Have a forked child open connections of its own: SQLite's do not survive a fork."""
    reference = weakref.ref(engine)

    def forget() -> None:
        if (inherited := reference()) is not None:
            inherited.dispose(close=False)

    os.register_at_fork(after_in_child=forget)
