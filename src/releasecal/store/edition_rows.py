"""The rows of an edition, of all films or a part of them after the other, and their insertion."""

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, Table, func, select

from releasecal.core.catalogue import references
from releasecal.core.changes import Change
from releasecal.core.editions import Edition, Entry
from releasecal.queries.feed_query import film_genres, film_words
from releasecal.queries.title_words import title_words
from releasecal.store import codec, film_index, schema
from releasecal.store.film_queries import ref_mention, title_mention
from releasecal.store.prepared_rows import PreparedRows
from releasecal.store.store import Store

Renderings = Iterable[tuple[date, bytes]]
"""The renderings of an event, each with the civil day from which it holds, in the order of days."""

OF_FILMS = (schema.series, schema.mentions, schema.genres, schema.words, schema.other_ids)
"""The tables of the parts of films."""


class EditionRows:
    """
    The rows of the difference between two editions.

    Attributes:
        count: Number of entries.
    """

    def __init__(self, store: Store, events: Callable[[Entry], Renderings]) -> None:
        """Prepare rows for *store*, with the *events* of each entry."""
        self._rows = PreparedRows(store.dialect, store.folder)
        self._events = events
        # By the number of an entry: its day, and the number of its events.
        self._days, self._counts = array("l"), array("b")

    def close(self) -> None:
        """Forget all rows."""
        self._rows.close()

    def add_films(self, edition: Edition, differing: Iterable[str], ids: Sequence[str]) -> None:
        """Add the *differing* films of *edition* by their ids, and the parts of those with *ids*."""
        films = edition.films
        self._rows.add(schema.films, (codec.film_row(films[id_]) for id_ in differing))
        for table, rows in rows_of_films(edition, ids):
            self._rows.add(table, rows)

    def add_index(self, edition: Edition, ids: Sequence[str]) -> None:
        """Add the films with *ids*, all of whose entries are in *edition*, to the index of films."""
        self._rows.add(schema.film_index, film_index.rows(edition, ids))

    def add_entries(self, entries: Iterable[Entry]) -> None:
        """Add *entries*, in the order of their keys, and their events."""
        self._rows.add(schema.entries, map(self._entry_row, entries))

    def add_changes(self, changes: Iterable[Change], number: int) -> None:
        """Add the *changes* in the edition with this *number* to the log."""
        self._rows.add(schema.changes, (codec.change_row(change, number) for change in changes))

    def _entry_row(self, entry: Entry) -> dict[str, Any]:
        """Return the row of *entry*, without its event, having added its events."""
        row = codec.entry_row(entry)
        day = day_number(row["first"])
        events = list(_event_rows(row["key"], self._events(entry)))
        self._rows.add_by_day(schema.events, day, events)
        self._days.append(day)
        self._counts.append(len(events))
        return row

    def insert_films(self, connection: Connection) -> None:
        """Insert the rows of films and of their parts."""
        for table in (schema.films, *OF_FILMS, schema.film_index):
            self._rows.insert(connection, table)

    def insert_entries(self, connection: Connection) -> None:
        """
        Insert the rows of entries and events.

        Events are numbered by day: those of the same days then lie side by side in the database.
        """
        last = connection.execute(select(func.max(schema.events.c.id))).scalar_one() or 0
        by_day = sorted(range(len(self._days)), key=self._days.__getitem__)
        ids = array("q", bytes(8 * len(by_day)))
        following = last + 1
        for number in by_day:
            ids[number] = following
            following += self._counts[number]
        events = enumerate(self._rows.values(schema.events), last + 1)
        self._rows.insert(connection, schema.events, ((*row, id_) for id_, row in events), "id")
        numbered = zip(self._rows.values(schema.entries), ids, self._counts, strict=True)
        found = ((*entry, id_ if count else None) for entry, id_, count in numbered)
        self._rows.insert(connection, schema.entries, found, "event")

    def insert_changes(self, connection: Connection) -> None:
        """Insert the rows of the log."""
        last = connection.execute(select(func.max(schema.changes.c.id))).scalar_one() or 0
        changes = enumerate(self._rows.values(schema.changes), last + 1)
        self._rows.insert(connection, schema.changes, ((*row, id_) for id_, row in changes), "id")


def day_number(day: date | None) -> int:
    """Return the number of a *day*, that of the first day of all if there is none."""
    return (day or date.min).toordinal()


def _event_rows(key: str, renderings: Renderings) -> Iterator[dict[str, Any]]:
    """Yield the rows of the events of the entry *key*, without ids, one for each of *renderings*."""
    rendered = [*renderings, (date.max, b"")]
    assert len(rendered) <= schema.EVENTS + 1
    for (since, body), (until, _) in pairwise(rendered):
        yield {"key": key, "since": since, "until": until, "body": body}


def rows_of_films(
    edition: Edition, ids: Sequence[str]
) -> Iterator[tuple[Table, Iterator[dict[str, Any]]]]:
    """Yield the rows of each of `OF_FILMS` for the films of *edition* with *ids*."""
    yield schema.series, _series(edition, ids)
    yield schema.mentions, _mentions(edition, ids)
    yield schema.genres, _genres(edition, ids)
    yield schema.words, _words(edition, ids)
    yield schema.other_ids, _other_ids(edition, ids)


def _series(edition: Edition, films: Iterable[str]) -> Iterator[dict[str, Any]]:
    for film in films:
        for place in edition.films[film].series:
            sort = " ".join(title_words(place.title))
            yield {"film": film, "id": place.id, "title": place.title, "sort": sort}


def _genres(edition: Edition, films: Iterable[str]) -> Iterator[dict[str, Any]]:
    for film in films:
        for slug in film_genres(edition.films[film]):
            yield {"film": film, "slug": slug}


def _words(edition: Edition, films: Iterable[str]) -> Iterator[dict[str, Any]]:
    for film in films:
        for word in film_words(edition.films[film]):
            yield {"film": film, "word": word}


def _mentions(edition: Edition, films: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield what each of *films* mentions: films, its title, ids elsewhere, and ids in its UIDs."""
    elsewhere: dict[str, set[str]] = {id_: set() for id_ in films}
    for key, entry in edition.entries.items():
        if key.film in elsewhere:
            elsewhere[key.film].update(uid.partition(".")[0] for uid in entry.uids)
    for id_ in films:
        film = edition.films[id_]
        others = {other for _, other in references(film)} | elsewhere[id_]
        mentioned = [title_mention(film.title), *map(ref_mention, film.refs), *others - {id_}]
        yield from ({"film": id_, "other": other} for other in mentioned)


def _other_ids(edition: Edition, films: Iterable[str]) -> Iterator[dict[str, Any]]:
    for film in films:
        for id_ in edition.films[film].other_ids:
            yield {"film": film, "id": id_}
