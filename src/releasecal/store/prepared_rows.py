"""
Prepared rows: all that an edition writes, made before its transaction and kept in a file.

Rows are many times as large as the values that they are made of, and other processes can write
while they are made. They are inserted by the driver's own `executemany`: SQLAlchemy's takes as
long again for each row.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import merge
from itertools import chain, islice
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, TypeVar

import msgspec
from sqlalchemy import Connection, Dialect, Table
from sqlalchemy.types import TypeDecorator

T = TypeVar("T")

IN_MEMORY = 4 * 1024 * 1024
"""Octets that need no file."""

_AT_ONCE = 1_000  # rows of one statement
_IN_RUN = 5_000  # rows that are sorted by day together, in memory
_OF_RUN = 50  # those of a run that are read at once, of all runs at the same time
_DAY = itemgetter(0)

Place = tuple[int, int]
"""Number of octets before something, and its length."""

Row = Mapping[str, Any]
"""The values of a row by the names of their columns."""


class Scratch:
    """
    Octets put aside: the last ones in memory, all before them in a file without a name.

    Where no file can be written, or its disk is full, all later ones stay in memory.
    """

    def __init__(self, folder: Path | None = None) -> None:
        """Begin with nothing; a file will be in *folder*, or where the system has them."""
        self._folder = folder
        self._file: IO[bytes] | None = None
        self._in_file = 0
        self._buffer = bytearray()
        self._is_full = False

    def put(self, data: bytes) -> Place:
        """Put *data* aside, and return its place."""
        place = self._in_file + len(self._buffer), len(data)
        self._buffer += data
        if len(self._buffer) > IN_MEMORY and not self._is_full:
            self._empty()
        return place

    def close(self) -> None:
        """Forget all."""
        self._buffer = bytearray()
        if self._file:
            self._file.close()

    def _empty(self) -> None:
        """Write the octets in memory to the file."""
        try:
            self._file = self._file or TemporaryFile(buffering=0, dir=self._folder)  # noqa: SIM115
            written = 0
            while written < len(self._buffer):  # half of it, where the disk is nearly full
                written += self._file.write(memoryview(self._buffer)[written:])
        except OSError:
            self._is_full = True
        else:
            self._in_file += written
            self._buffer = bytearray()

    def get(self, place: Place) -> bytes:
        """Return the data at *place*."""
        first, length = place
        if self._file and first < self._in_file:
            return os.pread(self._file.fileno(), length, first)
        first -= self._in_file
        return bytes(self._buffer[first : first + length])


class PreparedRows:
    """The rows of some tables, each in the order in which they were added, or of their days."""

    def __init__(self, dialect: Dialect, folder: Path | None = None) -> None:
        """Prepare rows for a database of *dialect*; see `Scratch` for *folder*."""
        self._columns: dict[Table, _Columns] = {}
        self._dialect = dialect
        self._scratch = Scratch(folder)
        self._places: dict[Table, list[Place]] = {}
        # Of rows that come by day: the last ones, and the places of all before them in sorted runs.
        self._by_day: dict[Table, list[tuple[int, list[Any]]]] = {}
        self._runs: dict[Table, list[list[Place]]] = {}

    def close(self) -> None:
        """Forget all rows."""
        self._scratch.close()

    def add(self, table: Table, rows: Iterable[Row]) -> None:
        """Add *rows* of *table*, all with the same columns in one order."""
        places = self._places.setdefault(table, [])
        for some in _cut(rows, _AT_ONCE):
            places.append(self._put(self._values(table, some)))

    def add_by_day(self, table: Table, day: int, rows: Sequence[Row]) -> None:
        """Add *rows* of *table*, as `add` does: they come after those of all days before *day*."""
        found = self._by_day.setdefault(table, [])
        found += [(day, values) for values in self._values(table, rows)]
        if len(found) >= _IN_RUN:
            self._end_run(table)

    def _end_run(self, table: Table) -> None:
        """Put the last rows that come by day aside, sorted."""
        run = sorted(self._by_day.pop(table), key=_DAY)
        self._runs.setdefault(table, []).append([*map(self._put, _cut(run, _OF_RUN))])

    def values(self, table: Table) -> Iterator[list[Any]]:
        """Yield the values of each row of *table*."""
        for place in self._places.get(table, ()):
            yield from self._at(place)
        if table in self._by_day:
            self._end_run(table)
        runs = (chain.from_iterable(map(self._at, places)) for places in self._runs.get(table, ()))
        for _, values in merge(*runs, key=_DAY):
            yield values

    def _values(self, table: Table, rows: Sequence[Row]) -> list[list[Any]]:
        if table not in self._columns and rows:
            self._columns[table] = _Columns(table, rows[0], self._dialect)
        return self._columns[table].values(rows) if rows else []

    def _put(self, rows: Sequence[Any]) -> Place:
        return self._scratch.put(msgspec.msgpack.encode(rows))

    def _at(self, place: Place) -> list[Any]:
        found: list[Any] = msgspec.msgpack.decode(self._scratch.get(place))
        return found

    def insert(
        self,
        connection: Connection,
        table: Table,
        values: Iterable[Sequence[Any]] | None = None,
        *more: str,
    ) -> None:
        """
        Insert the rows of *table*.

        *values*, if given, are those of its rows instead, with those of the columns *more* last.
        """
        if table not in self._columns:
            return
        quote = connection.dialect.identifier_preparer.quote
        names = [*self._columns[table].names, *more]
        mark = "?" if connection.dialect.positional else "%s"
        columns, marks = ", ".join(map(quote, names)), ", ".join([mark] * len(names))
        statement = f"INSERT INTO {quote(table.name)} ({columns}) VALUES ({marks})"  # noqa: S608 - our own
        execute_many(connection, statement, self.values(table) if values is None else values)


def execute_many(connection: Connection, statement: str, values: Iterable[Sequence[Any]]) -> None:
    """Execute a *statement* of the driver's own with each of *values*."""
    for some in _cut(map(tuple, values), _AT_ONCE):
        connection.exec_driver_sql(statement, some)


def _cut(items: Iterable[T], most: int) -> Iterator[list[T]]:
    """Cut *items* into lists of at most *most*."""
    rest = iter(items)
    while some := list(islice(rest, most)):
        yield some


class _Columns:
    """
    The columns of the rows of a table.

    Dates need no conversion: they are kept as texts, as SQLite has them.
    """

    def __init__(self, table: Table, row: Row, dialect: Dialect) -> None:
        self.names = [*row]
        types = [table.columns[name].type for name in self.names]
        made = [each.dialect_impl(dialect) for each in types if isinstance(each, TypeDecorator)]
        own = [at for at, each in enumerate(types) if isinstance(each, TypeDecorator)]
        processors = (each.bind_processor(dialect) for each in made)
        self._own = [(at, each) for at, each in zip(own, processors, strict=True) if each]

    def values(self, rows: Iterable[Row]) -> list[list[Any]]:
        """Return the values of each of *rows*."""
        found = [[*row.values()] for row in rows]
        for at, process in self._own:
            for values in found:
                values[at] = process(values[at])
        return found
