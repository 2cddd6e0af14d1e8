"""
The databases of tests: SQLite files, or PostgreSQL's with that plugin; and their insides.

``python -m pytest --database postgresql`` has each store in PostgreSQL.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import event, inspect, text

_elsewhere: list[Callable[[Path | None], str]] = []
_observers: list[Callable[[], None]] = []


def use(addresses: Callable[[Path | None], str]) -> None:
    """Have *addresses* say where the database at a path is, or one without a place."""
    _elsewhere.append(addresses)


def observe(observer: Callable[[], None]) -> None:
    """Have *observer* called before each `database_url`."""
    _observers.append(observer)


def database_url(path: Path | None = None) -> str:
    """
    Return the address of the database of a test: at *path*, or one without a place.

    It may have our tables already.
    """
    for observer in _observers:
        observer()
    if _elsewhere:
        return _elsewhere[-1](path)
    return f"sqlite:///{path}" if path else "sqlite://"


def database_settings(path: Path) -> dict[str, str]:
    """Return the settings, as variables, with which the database that is at *path* is another's."""
    address = database_url(path)
    return {"RELEASECAL_DATABASE_URL": address} if _elsewhere else {}


class ColumnShape(NamedTuple):
    """A column, as ``PRAGMA table_info`` has it."""

    name: str
    type: str
    is_required: bool
    default: str | None
    place_in_key: int


class Shape(NamedTuple):
    """The tables of a database and the statements of its indexes, by name."""

    tables: dict
    indexes: dict


def rows(store):
    """Return every row of every table, in an order of their own, to see whether any was written."""
    with store._engine.connect() as connection:
        return {
            name: sorted(map(tuple, connection.execute(text(f"select * from {name}"))), key=repr)
            for name in inspect(connection).get_table_names()
        }


@contextmanager
def asked(store) -> Iterator[list[str]]:
    """Give the list of the statements that *store* asks meanwhile; transactions begin with BEGIN."""
    told: list[str] = []

    def begin(_) -> None:
        told.append("BEGIN")

    def ask(_, __, statement, *___) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            told.append(statement)

    event.listen(store._engine, "begin", begin)
    event.listen(store._engine, "before_cursor_execute", ask)
    try:
        yield told
    finally:
        event.remove(store._engine, "begin", begin)
        event.remove(store._engine, "before_cursor_execute", ask)


def shape(database):
    """Return the `Shape` of *database*, a store or a connection of sqlite3."""
    if not isinstance(database, sqlite3.Connection):
        with database._engine.connect() as connection:
            return shape(connection.connection.driver_connection)
    master = list(database.execute("select type, name, sql from sqlite_master where sql notnull"))
    return Shape(
        {
            name: [
                ColumnShape(*each[1:]) for each in database.execute(f"PRAGMA table_info({name})")
            ]
            for kind, name, _ in master
            if kind == "table"
        },
        {
            name: " ".join(sql.replace('"', "").split())
            for kind, name, sql in master
            if kind == "index"
        },
    )
