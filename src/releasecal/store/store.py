"""
The store: editions in SQL, in SQLite by default or in PostgreSQL, through SQLAlchemy Core.

It gives transactions; the modules beside it have the queries, each a function that takes the
open connection. The queries of one response share one transaction, so that they see one edition.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar
from weakref import finalize

from sqlalchemy import Connection, Dialect, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from releasecal.errors import StoreError
from releasecal.store.connection import (
    DEFAULT_LIMITS,
    DatabaseLocked,
    DatabaseReadOnly,
    begin,
    in_words,
    not_writable,
    open_engine,
    paced,
)
from releasecal.store.migrations import UPGRADES, Upgrade, is_current, is_older, migrate
from releasecal.store.postgresql import ConnectionLimits
from releasecal.store.transaction_memory import remembering

_P = ParamSpec("_P")
_T = TypeVar("_T")

_IS_CHECKED = "releasecal_schema"  # key in the notes of a pooled connection


class Store:
    """
    A database of editions; usable from any thread.

    All transactions raise `StoreError` where the database is locked, full or unreadable.

    Attributes:
        limits: Limits of its connections to a server, as `open` takes them.
        moments: What `last_modified` could not write, by address.
    """

    def __init__(self, engine: Engine, replica: Engine | None = None) -> None:
        """Use `Store.open`; this takes an *engine* whose schema is up to date, and a *replica*."""
        self._engine = engine
        self._replica = replica
        self._reading = paced(replica or engine)
        self._asking = paced(engine)
        # Connections of a store that nobody has closed are no leak once it is gone.
        for each in filter(None, (engine, replica)):
            finalize(self, each.dispose).atexit = False
        self._writing = paced(engine, write=True)
        self._hurrying = paced(engine, write=True, hurry=True, part="memory")
        self._noting = paced(engine, hurry=True)
        self._leasing = paced(engine, write=True, part="leases")
        self._migrating = paced(engine, write=True, migrates=True)
        self._upgrades: Sequence[Upgrade] = UPGRADES
        self.limits = DEFAULT_LIMITS
        self.moments: dict[str, dict[str, Any]] = {}

    @classmethod
    def open(
        cls,
        url: str,
        upgrades: Sequence[Upgrade] = UPGRADES,
        *,
        create: bool = True,
        limits: ConnectionLimits = DEFAULT_LIMITS,
        replica: str = "",
    ) -> "Store":
        """
        Open the database at *url* (SQLAlchemy's form), and create or upgrade its schema.

        Without *create* an SQLite file must exist. *limits* are those of a server's connections.
        *replica* is the address of a copy of the database that is read in its place.

        Raises:
            StoreTooNew: A newer releasecal wrote it; it has not been touched.
            StoreError: It cannot be opened.
        """
        copy = open_engine(replica, create=False, limits=limits) if replica else None
        store = cls(open_engine(url, create=create, limits=limits), copy)
        store.limits = limits
        try:
            store._migrate(upgrades)
        except StoreError:
            store.close()
            raise
        return store

    @classmethod
    def existing(cls, url: str) -> "Store | None":
        """
        Return the database at *url* to read, as it is.

        None stands for one that does not exist, cannot be read, or is of another version.
        """
        with suppress(StoreError, DBAPIError):
            store = cls(open_engine(url, create=False))
            with closing(store._reading.connect()) as connection:
                if is_current(connection, UPGRADES):
                    return store
            store.close()
        return None

    def _migrate(self, upgrades: Sequence[Upgrade]) -> None:
        self._upgrades = upgrades
        with self._transaction(self._asking) as connection:
            is_made = is_current(connection, upgrades)
        if not is_made:
            with self._transaction(self._migrating) as connection:
                migrate(connection, upgrades)

    @property
    def url(self) -> str:
        """The database's address, as `open` takes it, with its password."""
        return self._engine.url.render_as_string(hide_password=False)

    @property
    def dialect(self) -> Dialect:
        """The dialect of the database."""
        return self._engine.dialect

    @property
    def folder(self) -> Path | None:
        """The folder of an SQLite file, which has room for it; None elsewhere."""
        path = Path(self._engine.url.database or "")
        return path.resolve().parent if self.dialect.name == "sqlite" and path.is_file() else None

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()
        if self._replica:
            self._replica.dispose()

    def check_writable(self) -> None:
        """
        Look whether an SQLite file can be written; transactions that are open may go on.

        Raises:
            StoreError: It cannot.
        """
        error = not_writable(self._engine)
        if error:
            raise error

    def reading(self, *, newest: bool = False) -> AbstractContextManager[Connection]:
        """
        Return a transaction that reads: all its queries see the same edition.

        The *newest* is asked for where others write, and not of a replica, which is behind.
        """
        return self._remembering(self._asking if newest else self._reading)

    def writing(
        self, *, hurry: bool = False, leases: bool = False
    ) -> AbstractContextManager[Connection]:
        """
        Return a transaction that writes all or nothing; it waits for other writers first.

        One in a *hurry* hardly waits, and a power cut may undo it. One of *leases* waits for no
        others than those where the database allows that.

        Raises:
            DatabaseLocked: Another writer had the database for too long.
        """
        if leases:
            return self._transaction(self._leasing)
        return self._transaction(self._hurrying if hurry else self._writing)

    @property
    def notes_at_once(self) -> bool:
        """Whether transactions of `noting` may write."""
        return self.dialect.name == "sqlite"

    def noting(self) -> AbstractContextManager[Connection]:
        """
        Return a transaction that reads where others write, and may then write if `notes_at_once`.

        A statement that writes waits for nobody: it fails while another transaction writes, and
        if one has written since this one read. A power cut may undo it.
        """
        return self._transaction(self._noting)

    def ask(
        self, query: Callable[Concatenate[Connection, _P], _T], *args: _P.args, **kwargs: _P.kwargs
    ) -> _T:
        """Return the result of one *query*, in a reading transaction of its own."""
        with self.reading() as connection:
            return query(connection, *args, **kwargs)

    @contextmanager
    def _remembering(self, engine: Engine) -> Iterator[Connection]:
        """Enter a transaction that reads, with a memory of what was found in it."""
        with self._transaction(engine) as connection:
            yield remembering(connection)

    @contextmanager
    def _transaction(self, engine: Engine) -> Iterator[Connection]:
        """Enter a transaction of *engine*; a copy of an older version is upgraded first."""
        try:
            with engine.begin() as connection:
                begin(connection)
                if self._is_checked(connection):
                    yield connection
                    return
            with self._migrating.begin() as connection:
                begin(connection)
                migrate(connection, self._upgrades)
            with engine.begin() as connection:
                begin(connection)
                connection.info[_IS_CHECKED] = True
                yield connection
        except (DBAPIError, PoolTimeout, sqlite3.Error) as error:
            told = in_words(error, engine)
            if not isinstance(told, (DatabaseLocked, DatabaseReadOnly)):
                # A connection to a broken or closed file stays so when that is right again.
                engine.dispose()
            raise told from error

    def _is_checked(self, connection: Connection) -> bool:
        """Whether *connection* is to a database of this version or a newer one, now or before."""
        if _IS_CHECKED not in connection.info:
            if is_older(connection, self._upgrades):
                return False
            connection.info[_IS_CHECKED] = True
        return True
