"""The engine: connections to the database, the pace of transactions, and errors in words."""

import os
import sqlite3
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from releasecal.errors import StoreError
from releasecal.store import postgresql
from releasecal.store.database_file import DatabaseFile
from releasecal.store.postgresql import ConnectionLimits

LOCK_TIMEOUT = 5_000
"""Longest wait for another writer, ms."""

SHORT_LOCK_TIMEOUT = 20
"""Longest wait for another writer in a hurried transaction, ms."""

DEFAULT_LIMITS = ConnectionLimits()

_NORMAL, _FULL = 1, 2  # of ``PRAGMA synchronous``
_PRAGMAS = "releasecal_pragmas"  # key in the notes of a pooled connection: those that were set


class _ErrorKind(NamedTuple):
    """
    A kind of database error.

    Attributes:
        cause: Public words for it, without names of files or hosts; may be empty.
        remedy: An action that would help.
    """

    cause: str
    remedy: str


_MAKE_ANEW = "restore it from a copy, or restart: the sources make a new one, without history"
_ELSEWHERE = "if it is in another place, name that in RELEASECAL_STATE_DIR"
_CROWDED = "its server has too many connections"
_SPREAD = "let it take more, or set RELEASECAL_DATABASE_CONNECTIONS lower"

_ERROR_KINDS: Mapping[str, _ErrorKind] = {
    "locked": _ErrorKind(
        "another program has locked it",
        "another program has it: try again, or end that program",
    ),
    "is gone": _ErrorKind("its file is gone", f"{_MAKE_ANEW}; {_ELSEWHERE}"),
    "is empty": _ErrorKind("its file is empty", _MAKE_ANEW),
    "no such table": _ErrorKind("its file holds no calendar", _MAKE_ANEW),
    "cut off": _ErrorKind("its file was cut off", "restore it from a copy"),
    "not a database": _ErrorKind(
        "its file is not a database", "move that file away, or name another database"
    ),
    "malformed": _ErrorKind(
        "its file is damaged",
        "restore it from a copy, or move it away: the sources make a new one",
    ),
    "unable to open": _ErrorKind(
        "its file cannot be opened", "let this user write in its folder, or name another one"
    ),
    "readonly": _ErrorKind(
        "its file cannot be written", "let this user write the file and its folder"
    ),
    "full": _ErrorKind("its disk is full", "make room on that disk"),
    "disk I/O": _ErrorKind("its disk fails", "see whether that disk is full or broken"),
    "'psycopg'": _ErrorKind("", "pip install 'releasecal[postgres]'"),
    "No module named": _ErrorKind("", "install that driver with pip, or name another database"),
    "onnection refused": _ErrorKind(
        "its server refuses connections", "start that server, or mend its address"
    ),
    "resolve host": _ErrorKind("its server is not found", "mend its address, or that of the DNS"),
    "translate host": _ErrorKind("its server is not found", "mend its address, or that of the DNS"),
    "authentication failed": _ErrorKind(
        "its server refuses this user", "mend user and password in its address"
    ),
    'relation "': _ErrorKind("it holds no calendar", _MAKE_ANEW),
    "does not exist": _ErrorKind(
        "its server has no such database", "create it, or mend its address"
    ),
    "timeout expired": _ErrorKind(
        "its server does not answer", "see whether it runs, and whether a network is between"
    ),
    "statement timeout": _ErrorKind(
        "its server is too slow", "see what keeps it busy, or set RELEASECAL_DATABASE_PATIENCE"
    ),
    "lock timeout": _ErrorKind(
        "another program has locked it",
        "another program has it: try again, or end that program",
    ),
    "starting up": _ErrorKind("its server is just starting", "try again"),
    "shutting down": _ErrorKind("its server is being stopped", "try again"),
    "terminating connection": _ErrorKind("its server was stopped", "start it again"),
    "server closed the connection": _ErrorKind("its server has ended", "start it again"),
    "connection is": _ErrorKind("its server has ended", "start it again"),
    "consuming input failed": _ErrorKind("its server has ended", "start it again"),
    "too many clients": _ErrorKind(_CROWDED, _SPREAD),
    "connection slots": _ErrorKind(_CROWDED, _SPREAD),
    "QueuePool limit": _ErrorKind(
        "all connections are busy", "set RELEASECAL_DATABASE_CONNECTIONS higher"
    ),
    "read-only transaction": _ErrorKind(
        "it cannot be written", "name the primary server: this one is a replica"
    ),
    "permission denied": _ErrorKind(
        "its server does not let this user do that", "grant this user all on that database"
    ),
    "No space left": _ErrorKind("its disk is full", "make room on that disk"),
}
"""Kinds of errors, by a part of the message of SQLite, PostgreSQL, a driver or Python."""


class DatabaseLocked(StoreError):
    """The database is locked by another writer, and was for as long as we waited."""


class DatabaseReadOnly(StoreError):
    """The database lets this node read and not write: it is a replica, or the user may not."""


def open_engine(
    url: str, *, create: bool = True, limits: ConnectionLimits = DEFAULT_LIMITS
) -> Engine:
    """
    Return an engine for the database at *url* (SQLAlchemy's form).

    With *create* the first connection makes an SQLite file that does not exist yet; none
    makes one later, for the loss of a database is to be noticed. *limits* are a server's.

    Raises:
        StoreError: There is no such driver, or no folder for the file.
    """
    try:
        parsed = postgresql.with_driver(make_url(url))
        is_postgresql = parsed.get_backend_name() == "postgresql"
        if create and parsed.get_backend_name() == "sqlite" and parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        options = postgresql.engine_options(limits) if is_postgresql else _reusing(parsed)
        engine = create_engine(parsed, **options)
    except (ArgumentError, NoSuchModuleError, ImportError, OSError, ValueError) as error:
        remedy = f" ({found.remedy})" if (found := _kind_of(error)) else ""
        raise StoreError(f"cannot open the database {url}: {error}{remedy}") from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _on_connect)
        if parsed.database and not parsed.query:  # a file, and not ``:memory:`` or a URI
            DatabaseFile(Path(parsed.database), is_known=not create).watch(engine)
    elif is_postgresql:
        postgresql.watch(engine, limits)
    _forget_after_fork(engine)
    return engine


def _reusing(url: URL) -> dict[str, Any]:
    """
    Return what `create_engine` needs to take the connection at *url* that was used last.

    It has pages in memory, which SQLite forgets as soon as another connection has written. In turn,
    two connections would read all they need from the file each time.
    """
    is_file = url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:")
    return {"poolclass": QueuePool, "pool_use_lifo": True} if is_file else {}


def paced(
    engine: Engine,
    *,
    write: bool = False,
    hurry: bool = False,
    part: str = "editions",
    migrates: bool = False,
) -> Engine:
    """
    Return *engine* with the same connections, whose transactions *write* or only read.

    A transaction in a *hurry* hardly waits for another writer, nor for the disk: its rows may
    be lost in a power cut. One of SQLite that begins as a reader may write as well, and waits for
    no other writer. A server's database has writers of the same *part* wait for each
    other; one that *migrates* takes its time.
    """
    options = {"releasecal_write": write, "releasecal_hurry": hurry}
    if engine.dialect.name == "postgresql":
        lock_ms = SHORT_LOCK_TIMEOUT if hurry else LOCK_TIMEOUT
        options |= postgresql.paced_options(
            write=write, part=part, lock_ms=lock_ms, migrates=migrates
        )
    return engine.execution_options(**options)


def in_words(error: Exception, engine: Engine) -> StoreError:
    """Return a database's *error* as one of ours; `DatabaseLocked` by its code."""
    why = error.orig if isinstance(error, DBAPIError) else error
    if is_busy(error):
        return _told(DatabaseLocked, why, engine)
    state = getattr(why, "sqlstate", None)
    return _told(DatabaseReadOnly if state in postgresql.READ_STATES else StoreError, why, engine)


def is_busy(error: Exception) -> bool:
    """Whether another transaction was in the way, by the code in a database's *error*."""
    why = error.orig if isinstance(error, DBAPIError) else error
    code: int = getattr(why, "sqlite_errorcode", 0)  # none in an error of the driver itself
    is_locked = code & 0xFF == sqlite3.SQLITE_BUSY  # the low byte of an extended code
    return is_locked or getattr(why, "sqlstate", None) in postgresql.BUSY_STATES


def not_writable(engine: Engine) -> StoreError | None:
    """Return the error of an SQLite file that cannot be written now; None for any other one."""
    path = engine.url.database
    if engine.dialect.name != "sqlite" or not path or engine.url.query or not Path(path).exists():
        return None
    folder = Path(path).resolve().parent  # which takes the write-ahead log
    is_writable = all(os.access(each, os.W_OK) for each in (path, folder))
    return None if is_writable else _told(StoreError, "the file is readonly", engine)


def _told(kind: type[StoreError], why: object, engine: Engine) -> StoreError:
    """Return an error of *kind* that says *why* the database of *engine* cannot be used."""
    found = _kind_of(why)
    where = engine.url.render_as_string(hide_password=True)
    remedy = f" ({found.remedy})" if found else ""
    error = kind(f"the database {where} cannot be used: {why}{remedy}")
    error.cause = found.cause if found else ""
    return error


def _kind_of(error: object) -> _ErrorKind | None:
    """Return the kind of a database's *error*; None for an unknown one."""
    text = str(error)
    return next((found for said, found in _ERROR_KINDS.items() if said in text), None)


def _on_connect(connection: Any, _: object) -> None:
    # The driver's own BEGIN comes late and never for reading; ours is explicit.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {LOCK_TIMEOUT}")
    cursor.execute("PRAGMA journal_mode = WAL")  # readers go on while one writes
    # An edition that subscribers have seen must outlive a power cut, too.
    cursor.execute(f"PRAGMA synchronous = {_FULL}")
    cursor.close()


def begin(connection: Connection) -> None:
    """
    Begin the transaction of *connection*, at the pace that `paced` gave its engine.

    Only SQLite's begins here. With a listener to "begin", SQLAlchemy would look for other ones
    around each statement: a twentieth of a first answer.
    """
    if connection.dialect.name != "sqlite":
        return
    options = connection.get_execution_options()
    # Past SQLAlchemy, which takes ten times as long.
    run = connection.connection.cursor().execute
    is_writing = options.get("releasecal_write", False)
    is_hurried = options.get("releasecal_hurry", False)
    patience = SHORT_LOCK_TIMEOUT if is_writing and is_hurried else LOCK_TIMEOUT
    wanted = {"busy_timeout": patience}
    if is_writing or is_hurried:
        wanted["synchronous"] = _NORMAL if is_hurried else _FULL
    present = connection.info.setdefault(_PRAGMAS, {})
    for pragma, value in wanted.items():
        if present.get(pragma) != value:
            run(f"PRAGMA {pragma} = {value}")
            present[pragma] = value
    # IMMEDIATE waits for other writers here, where waiting is safe.
    run("BEGIN IMMEDIATE" if is_writing else "BEGIN")


def _forget_after_fork(engine: Engine) -> None:
    """Have a forked child open connections of its own: SQLite's do not survive a fork."""
    reference = weakref.ref(engine)

    def forget() -> None:
        if (inherited := reference()) is not None:
            inherited.dispose(close=False)

    os.register_at_fork(after_in_child=forget)
