"""Writing: what of an edition differs from the one before, and what it was made from."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Table, delete, insert, select, update

from releasecal.catalogue import references
from releasecal.changes import Change
from releasecal.editions import Edition, Entry
from releasecal.errors import RefreshRunning
from releasecal.models import ReleaseKey
from releasecal.settling import Pending
from releasecal.store import queries, tables
from releasecal.store.queries import Head, Inputs


def hold(connection: Connection, holder: str, number: int) -> Head:
    """
    Return the newest edition's masthead.

    Raises:
        RefreshRunning: *holder* has lost the lease, or another edition than *number* is up.
    """
    lease = connection.execute(select(tables.lease.c.holder)).scalar_one_or_none()
    head = queries.head(connection)
    if lease != holder or head.number != number:
        raise RefreshRunning("another process has refreshed in the meantime")
    return head


def put_reading(connection: Connection, **facts: object) -> None:
    """Write *facts* into the one row of what has been read; it begins with all of them."""
    result = connection.execute(update(tables.reading).values(**facts))
    if not result.rowcount:
        connection.execute(insert(tables.reading).values(id=1, **facts))


def put_outlines(connection: Connection, inputs: Inputs) -> None:
    """Write the outlines of *inputs*, in the place of all or of those of the same files."""
    column = tables.outlines.c
    if inputs.is_whole:
        connection.execute(delete(tables.outlines))
    for address, name in inputs.outlines:
        here = (column.address == address, column.name == name)
        connection.execute(delete(tables.outlines).where(*here))
    rows = [
        {"address": address, "name": name, "data": data}
        for (address, name), data in inputs.outlines.items()
    ]
    if rows:
        connection.execute(insert(tables.outlines), rows)


def put_news(connection: Connection, edition: Edition, before: Edition, inputs: Inputs) -> None:
    """
    Write what of *edition* differs from *before*; nothing ever goes away.

    Where the rendering does, that is every event, and whatever else follows from facts.
    """
    is_anew = edition.rendering != before.rendering
    _put(connection, tables.sources, _news(edition.sources, before.sources, tables.source_row))
    films = _news(edition.films, before.films, tables.film_row)
    _put(connection, tables.films, films)
    of_films = list(edition.films) if is_anew else [film["id"] for film in films]
    _put_parts(connection, tables.series, of_films, _series(edition, of_films))
    _put_parts(connection, tables.mentions, of_films, _mentions(edition, of_films))
    entries = _news(edition.entries, before.entries, tables.entry_row)
    _put(connection, tables.entries, entries)
    keys = list(map(str, edition.entries)) if is_anew else [row["key"] for row in entries]
    _put_parts(connection, tables.events, keys, _events(edition, set(keys), inputs))


def put_edition(
    connection: Connection, edition: Edition, changes: Iterable[Change], inputs: str
) -> None:
    """Write the masthead of *edition*, and *changes* into the log."""
    rows = [tables.change_row(change, edition.number) for change in changes]
    if rows:
        connection.execute(insert(tables.changes), rows)
    connection.execute(
        insert(tables.editions).values(
            number=edition.number,
            published=edition.published,
            rendering=edition.rendering,
            inputs=inputs,
        )
    )


def put_pending(connection: Connection, pending: Mapping[ReleaseKey, Pending]) -> None:
    """Write all that is *pending*."""
    connection.execute(delete(tables.pending))
    rows = [
        {"key": str(key), "data": tables.as_json(tables.WAITING, (key, change))}
        for key, change in pending.items()
    ]
    if rows:
        connection.execute(insert(tables.pending), rows)


def _news(
    now: Mapping[Any, Any], before: Mapping[Any, Any], row: Callable[[Any], dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return the rows of what is new or different."""
    return [row(value) for key, value in now.items() if before.get(key) != value]


def _series(edition: Edition, films: Iterable[str]) -> Iterator[dict[str, Any]]:
    for film in films:
        for place in edition.films[film].series:
            yield {"film": film, "id": place.id, "title": place.title}


def _mentions(edition: Edition, films: Iterable[str]) -> Iterator[dict[str, Any]]:
    for film in films:
        for other in {other for _, other in references(edition.films[film])}:
            yield {"film": film, "other": other}


def _events(edition: Edition, keys: set[str], inputs: Inputs) -> Iterator[dict[str, Any]]:
    """
    Yield the ready events of the entries with *keys*, one for each time they look another way.

    They come by day, for so they are asked for: what is near each other lies near each other.
    """

    def day(item: tuple[ReleaseKey, Entry]) -> tuple[date, ReleaseKey]:
        key, entry = item
        return entry.shown.first if entry.shown else date.min, key

    for key, entry in sorted(edition.entries.items(), key=day):
        if str(key) in keys:
            ready = [*inputs.events(entry), (date.max, b"")]
            for (since, body), (until, _) in itertools.pairwise(ready):
                yield {"key": str(key), "since": since, "until": until, "body": body}


def _put(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    """Insert *rows*, in the place of those with the same primary key."""
    (key,) = table.primary_key.columns
    _put_parts(connection, table, [row[key.name] for row in rows], rows)


def _put_parts(
    connection: Connection, table: Table, keys: Sequence[str], rows: Iterable[dict[str, Any]]
) -> None:
    """Insert *rows*, in the place of those that begin with *keys*."""
    first = next(iter(table.primary_key.columns))
    for some in _batches(keys):
        connection.execute(delete(table).where(first.in_(some)))
    for many in _batches(list(rows), 10_000):
        connection.execute(insert(table), many)


def _batches(items: Sequence[Any], most: int = 500) -> Iterator[Sequence[Any]]:
    """Cut *items* into lists, as keys are that have to fit into one statement's parameters."""
    for first in range(0, len(items), most):
        yield items[first : first + most]
