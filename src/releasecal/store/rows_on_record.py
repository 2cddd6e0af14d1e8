"""
Rows on record: which of them an edition has to write again.

Where the code is the same, values tell: equal ones make equal rows. Other code may make other rows
of them, so those that it makes are compared with those on record: that takes less than to write
them, into every index, and most are the same. Events are not read, for they lie by day, and those of
a few films are all over the table.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, Table, select

from releasecal.core.editions import Edition, Entry
from releasecal.store import codec, film_index, schema
from releasecal.store.edition_rows import rows_of_films
from releasecal.store.rewritten_events import differs_at_most_in_event
from releasecal.store.store import Store

_AT_ONCE = 500  # films of one statement
_COMPARED = tuple(
    each.name for each in schema.entries.columns if each.name not in ("facts", "event")
)


class Differing(NamedTuple):
    """
    The parts of an edition, or a part of it, that differ from what is on record, in its order.

    Attributes:
        films: Ids of the films that differ by themselves.
        of_films: Ids of the films whose series, words and other parts do.
        shown: Ids of the films that do in the index, sorted.
        entries: Those that do as a row.
        looks: Those that do in their events alone.
    """

    films: Sequence[str]
    of_films: Sequence[str]
    shown: Sequence[str]
    entries: Sequence[Entry]
    looks: Sequence[Entry]


def by_value(before: Edition, edition: Edition) -> Differing:
    """Return what differs of *edition* from *before*, if both were written by the same code."""
    films = [id_ for id_, film in edition.films.items() if before.films.get(id_) != film]
    entries: list[Entry] = []
    looks: list[Entry] = []
    for key, entry in edition.entries.items():
        known = before.entries.get(key)
        if known is None or not differs_at_most_in_event(known, entry):
            entries.append(entry)
        elif known != entry:
            looks.append(entry)
    shown = sorted({*films, *(entry.key.film for entry in entries)})
    return Differing(films, films, shown, entries, looks)


class RowsOnRecord:
    """The rows of the newest edition in a database, which other code has written."""

    def __init__(self, store: Store) -> None:
        """Compare with those in *store*."""
        self._store = store

    def differing(self, before: Edition, edition: Edition) -> Differing:
        """Return what differs of *edition*, by value or as it is written now, from *before*."""
        found = by_value(before, edition)
        ids = list(edition.films)
        of_films, shown = {*found.of_films}, {*found.shown}
        for table, rows in rows_of_films(edition, ids):
            of_films |= self._differing_films(table, ids, rows)
        index = film_index.rows(edition, ids)
        shown |= self._differing_films(schema.film_index, ids, index)
        others = {entry.key for entry in found.entries}
        rows_of_entries = self._rows_of_entries(ids)
        entries = [
            entry
            for key, entry in edition.entries.items()
            if key in others or _is_other(entry, rows_of_entries.get(str(key)))
        ]
        in_order = [id_ for id_ in ids if id_ in of_films]
        return Differing(found.films, in_order, sorted(shown), entries, ())

    def _differing_films(
        self, table: Table, ids: Sequence[str], rows: Iterable[Mapping[str, Any]]
    ) -> set[str]:
        """Return those of the films *ids* for which *table* has other rows than *rows*."""
        names = table.columns.keys()
        of_film = names.index("film")
        made, known = defaultdict(set), defaultdict(set)
        for row in rows:
            made[row["film"]].add(tuple([row[name] for name in names]))
        for on_record in self._read(table.columns, table.c.film, ids):
            known[on_record[of_film]].add(on_record)
        return {id_ for id_ in ids if made.get(id_) != known.get(id_)}

    def _rows_of_entries(self, films: Iterable[str]) -> Mapping[str, tuple[Any, ...]]:
        """Return the columns `_COMPARED` of the entries of *films*, and their events, by key."""
        columns = [schema.entries.c[name] for name in (*_COMPARED, "event")]
        of_key = _COMPARED.index("key")
        return {row[of_key]: row for row in self._read(columns, schema.entries.c.film, films)}

    def _read(
        self, columns: Iterable[ColumnElement[Any]], film: ColumnElement[str], ids: Iterable[str]
    ) -> Iterator[tuple[Any, ...]]:
        """Yield *columns* of the rows in which *film* is one of *ids*."""
        statement, rest = select(*columns), iter(ids)
        while some := list(islice(rest, _AT_ONCE)):
            yield from self._store.ask(_all, statement.where(film.in_(some)))


def _is_other(entry: Entry, on_record: tuple[Any, ...] | None) -> bool:
    """
    Whether the row of *entry*, or its event, may be another one than *on_record*.

    Its digest tells of the event, but not how it looks while it is marked as moved, or overdue.
    """
    if on_record is None:
        return True
    row = codec.columns(entry)
    *known, event = on_record
    if [row[name] for name in _COMPARED] != known or (event is not None) != row["is_dated"]:
        return True
    return bool(event is not None and (entry.marked_until or entry.overdue_from))


def _all(connection: Connection, statement: Select[Any]) -> Sequence[tuple[Any, ...]]:
    return [tuple(row) for row in connection.execute(statement)]
