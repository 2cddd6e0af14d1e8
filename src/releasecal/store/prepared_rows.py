"""
Prepared rows: all that an edition writes, made before its transaction and kept in a file.

Rows are many times as large as the values that they are made of, and other processes can write
while they are made. They are inserted by the driver's own `executemany`: SQLAlchemy's takes as
long again for each row.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

import msgspec
from sqlalchemy import Connection, Dialect, Table
from sqlalchemy.types import TypeDecorator

IN_MEMORY = 4 * 1024 * 1024
"""Octets that need no file."""

_AT_ONCE = 1_000  # rows of one statement

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
    """The rows of some tables, each in the order in which they were added."""

    def __init__(self, dialect: Dialect, folder: Path | None = None) -> None:
        """Prepare rows for a database of *dialect*; see `Scratch` for *folder*."""
        self._columns: dict[Table, _Columns] = {}
        self._dialect = dialect
        self._scratch = Scratch(folder)
        self._places: dict[Table, list[Place]] = {}

    def close(self) -> None:
        """Forget all rows."""
        self._scratch.close()

    def add(self, table: Table, rows: Iterable[Row]) -> None:
        """Add *rows* of *table*, all with the same columns."""
        rest = iter(rows)
        while some := list(islice(rest, _AT_ONCE)):
            self._places.setdefault(table, []).append(self.add_apart(table, some))

    def add_apart(self, table: Table, rows: Sequence[Row]) -> Place:
        """Add *rows* of *table*, which `values` leaves out; return their place for `apart`."""
        if table not in self._columns:
            self._columns[table] = _Columns(table, rows[0], self._dialect)
        return self._scratch.put(msgspec.msgpack.encode(self._columns[table].values(rows)))

    def apart(self, place: Place) -> list[list[Any]]:
        """Return the values of the rows at a *place*."""
        found: list[list[Any]] = msgspec.msgpack.decode(self._scratch.get(place))
        return found

    def values(self, table: Table) -> Iterator[list[Any]]:
        """Yield the values of each row of *table*."""
        for place in self._places.get(table, ()):
            yield from self.apart(place)

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
    rest = iter(values)
    while some := [*map(tuple, islice(rest, _AT_ONCE))]:
        connection.exec_driver_sql(statement, some)


class _Columns:
    """
    The columns of the rows of a table.

    Dates need no conversion: they are kept as texts, as SQLite has them.
    """

    def __init__(self, table: Table, row: Row, dialect: Dialect) -> None:
        self.names = [*row]
        self._in_order = itemgetter(*self.names)  # in a third of the time of a look-up by name
        types = [table.columns[name].type for name in self.names]
        made = [each.dialect_impl(dialect) for each in types if isinstance(each, TypeDecorator)]
        own = [at for at, each in enumerate(types) if isinstance(each, TypeDecorator)]
        processors = (each.bind_processor(dialect) for each in made)
        self._own = [(at, each) for at, each in zip(own, processors, strict=True) if each]

    def values(self, rows: Iterable[Row]) -> list[list[Any]]:
        """Return the values of each of *rows*."""
        found = []
        for row in rows:
            values = [*self._in_order(row)]
            for at, process in self._own:
                values[at] = process(values[at])
            found.append(values)
        return found
