"""
The news of an edition: all that differs from the one before, prepared part by part, then written.

No row of a film, a source or an entry ever goes away, but under another identity it stays.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Sized
from contextlib import contextmanager
from datetime import datetime
from itertools import chain, islice
from typing import Any

from sqlalchemy import Connection, Index, Table, delete, insert, select
from sqlalchemy.schema import CreateIndex, DropIndex

from releasecal.core.changes import Change
from releasecal.core.editions import Edition, Entry
from releasecal.queries.site_settings import without_stamp
from releasecal.store import choice_counts, conditions, feed_departures, schema
from releasecal.store.choice_counts import Choice
from releasecal.store.edition_rows import OF_FILMS, EditionRows, Renderings
from releasecal.store.renaming import Renamed, rename, renamed
from releasecal.store.rewritten_events import CHANGED, RewrittenEvents
from releasecal.store.rows_on_record import RowsOnRecord, by_value
from releasecal.store.store import Store

MAX_TOLD = 10_000
"""Changes that are told one by one: all may be hundreds of thousands."""


class EditionNews:
    """
    The difference of an edition from the one before, ready to be written.

    Attributes:
        changes: Those of all parts by key, the first `MAX_TOLD` of them.
        untold: Number of the other ones, by kind.
    """

    def __init__(
        self,
        store: Store,
        before: Edition,
        rendering: str,
        events: Callable[[Entry], Renderings] = lambda _: (),
    ) -> None:
        """
        Begin with nothing new after *before*; only the head of it is needed.

        Where its *rendering* is that of other code, all rows are compared with those on record. *events*
        returns the renderings of an entry.
        """
        self._number = before.number + 1
        self._is_first = before.number == 0
        self._is_rendered_anew = rendering != before.rendering
        is_same_code = without_stamp(rendering) == without_stamp(before.rendering) != ""
        is_compared = self._is_rendered_anew and not is_same_code and not self._is_first
        self._differing = RowsOnRecord(store).differing if is_compared else by_value
        self._rows = EditionRows(store, events)
        self._looks = RewrittenEvents(store, events)
        self._renamed = Renamed([], {})
        self._departures: dict[str, datetime] = {}
        # Of what is on record and written again: films, those with parts, of the index, entries.
        self._films: list[str] = []
        self._of_films: list[str] = []
        self._shown: list[str] = []
        self._keys: list[str] = []
        # None if they have to be counted: all is new, or other code may count otherwise.
        self._choices = None if is_compared or self._is_first else Counter[Choice]()
        self._number_of_films = self._number_of_entries = 0  # all of them
        self.changes: list[Change] = []
        self.untold: Counter[str] = Counter()

    def close(self) -> None:
        """Forget all rows."""
        self._rows.close()
        self._looks.close()

    def add(self, before: Edition, edition: Edition, changes: Sequence[Change]) -> None:
        """
        Add the difference of *edition* from *before*, and the *changes*; events are rendered.

        Both are whole, or the same films of both with all their entries. Parts come in order.
        """
        if edition is before:
            return
        found = self._differing(before, edition)
        self._rows.add_films(edition, found.films, found.of_films)
        self._rows.add_index(edition, found.shown)
        self._rows.add_entries(found.entries)
        self._looks.add(found.looks)
        self._rows.add_changes(changes, self._number)
        if not self._is_first:
            self._films += (id_ for id_ in found.films if id_ in before.films)
            self._of_films += found.of_films
            self._shown += found.shown
            self._keys += (str(entry.key) for entry in found.entries)
            for row in feed_departures.rows(before, edition, found.entries, found.films):
                self._departures[row["what"]] = row["at"]
            self._add_renamed(renamed(before, edition))
        self._number_of_films += len(edition.films)
        self._number_of_entries += len(edition.entries)
        if self._choices is not None:
            more = choice_counts.difference(before, edition, found.entries, found.films)
            self._choices.update(more)
        self._tell(changes)

    def _add_renamed(self, more: Renamed) -> None:
        if more.films or more.keys:
            films = [*self._renamed.films, *more.films]
            self._renamed = Renamed(films, {**self._renamed.keys, **more.keys})

    def _tell(self, changes: Sequence[Change]) -> None:
        room = MAX_TOLD - len(self.changes)
        self.changes += changes[:room]
        self.untold.update(change.kind.value for change in changes[room:])

    def write(self, connection: Connection) -> None:
        """Write all."""
        _drop_events(connection, list(map(str, self._renamed.keys)))
        rename(connection, self._renamed)
        departures = [{"what": what, "at": at} for what, at in sorted(self._departures.items())]
        put(connection, schema.departures, departures)
        with _filling(connection, self._refilled):
            _drop_events(connection, None if self._is_first else self._keys)
            _drop(connection, schema.films, self._films)
            for table, keys in (
                *((table, self._of_films) for table in OF_FILMS),
                (schema.film_index, self._shown),
                (schema.entries, self._keys),
            ):
                _drop(connection, table, None if self._is_first else keys)
            self._rows.insert_films(connection)
            self._rows.insert_entries(connection)
            self._rows.insert_changes(connection)
            self._looks.write(connection)
        choice_counts.write(connection, self._choices, self._number)

    @property
    def _refilled(self) -> Mapping[Table, Collection[Index]]:
        """The tables of which most rows are written, and the indexes that change with them."""
        if self._is_first:
            tables = [*OF_FILMS, schema.film_index, schema.entries, schema.changes]
            return {table: table.indexes for table in tables}
        if not self._is_rendered_anew:
            return {}
        films, entries = self._number_of_films, self._number_of_entries
        found: dict[Table, Collection[Index]] = {}
        if _is_most(self._looks, entries):
            own = schema.entries.indexes
            found[schema.entries] = {
                each for each in own if not {*CHANGED}.isdisjoint(each.columns.keys())
            }
        for table, keys, number in (
            *((table, self._of_films, films) for table in OF_FILMS),
            (schema.film_index, self._shown, films),
            (schema.entries, self._keys, entries),
        ):
            if _is_most(keys, number):
                found[table] = table.indexes
        return found


@contextmanager
def _filling(connection: Connection, tables: Mapping[Table, Collection[Index]]) -> Iterator[None]:
    """
    Prepare for all rows of *tables*, and finish with them.

    SQLite does without their indexes meanwhile, which takes a third of the time; readers have
    those of before until the transaction ends. On a server they would have to wait for it, so there
    all indexes stay. It counts the tables at the end, since its planner goes by what was counted last.
    """
    if connection.dialect.name != "sqlite":
        yield
        for table in [*tables, schema.events] if tables else ():
            connection.exec_driver_sql(f"ANALYZE {table.name}")
        return
    indexes = sorted(chain(*tables.values()), key=lambda index: str(index.name))
    for index in indexes:
        connection.execute(DropIndex(index, if_exists=True))
    yield
    for index in indexes:
        connection.execute(CreateIndex(index))


def _is_most(keys: Sized, number: int) -> bool:
    """Whether *keys* are so many of a *number* that their indexes had better be made anew."""
    return len(keys) > number / 4


def _drop_events(connection: Connection, keys: Sequence[str] | None) -> None:
    """Delete the events of the entries with *keys*; None stands for all entries."""
    column = schema.events.c
    if keys is None:
        connection.execute(delete(schema.events))
    for some in _batches(keys or ()):
        theirs = select(column.id).join(schema.entries, conditions.event_of(schema.entries.c))
        of_these = column.id.in_(theirs.where(schema.entries.c.key.in_(some)))
        connection.execute(delete(schema.events).where(of_these))


def put(connection: Connection, table: Table, found: list[dict[str, Any]]) -> None:
    """Insert the rows *found*, in the place of those with the same primary key."""
    (key,) = table.primary_key.columns
    _drop(connection, table, [row[key.name] for row in found])
    if found:
        connection.execute(insert(table), found)


def _drop(connection: Connection, table: Table, keys: Sequence[str] | None) -> None:
    """Delete the rows whose primary key begins with one of *keys*; None stands for all rows."""
    first = next(iter(table.primary_key.columns))
    if keys is None:
        connection.execute(delete(table))
    for some in _batches(keys or ()):
        connection.execute(delete(table).where(first.in_(some)))


def _batches(items: Iterable[Any], most: int = 500) -> Iterator[list[Any]]:
    """Cut *items* into lists of at most *most*: one statement takes so many parameters."""
    rest = iter(items)
    while some := list(islice(rest, most)):
        yield some
