"""Writing: what of an edition differs from the one before, and what it was made from."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Table, delete, func, insert, select, update

from releasecal.core.catalogue import references
from releasecal.core.changes import Change
from releasecal.core.debounce import Pending
from releasecal.core.editions import Edition, Entry
from releasecal.core.models import ReleaseKey
from releasecal.errors import RefreshRunning
from releasecal.store import read, schema
from releasecal.store.read import Head, Inputs


def hold(connection: Connection, holder: str, number: int) -> Head:
    """
    Return the newest edition's masthead.

    Raises:
        RefreshRunning: *holder* has lost the lease, or another edition than *number* is up.
    """
    lease = connection.execute(select(schema.lease.c.holder)).scalar_one_or_none()
    head = read.head(connection)
    if lease != holder or head.number != number:
        raise RefreshRunning("another process has refreshed in the meantime")
    return head


def put_reading(connection: Connection, **facts: object) -> None:
    """Write *facts* into the one row of what has been read; it begins with all of them."""
    result = connection.execute(update(schema.reading).values(**facts))
    if not result.rowcount:
        connection.execute(insert(schema.reading).values(id=1, **facts))


def put_outlines(connection: Connection, inputs: Inputs) -> None:
    """Write the outlines of *inputs*, in the place of all or of those of the same files."""
    column = schema.outlines.c
    if inputs.is_whole:
        connection.execute(delete(schema.outlines))
    for address, name in inputs.outlines:
        here = (column.address == address, column.name == name)
        connection.execute(delete(schema.outlines).where(*here))
    rows = [
        {"address": address, "name": name, "data": data}
        for (address, name), data in inputs.outlines.items()
    ]
    if rows:
        connection.execute(insert(schema.outlines), rows)


def put_news(connection: Connection, edition: Edition, before: Edition, inputs: Inputs) -> None:
    """
    Write what of *edition* differs from *before*; nothing ever goes away.

    Where the rendering does, that is every event, and whatever else follows from facts.
    """
    is_anew = edition.rendering != before.rendering
    _put(connection, schema.sources, _news(edition.sources, before.sources, schema.source_row))
    films = _news(edition.films, before.films, schema.film_row)
    _put(connection, schema.films, films)
    of_films = list(edition.films) if is_anew else [film["id"] for film in films]
    _put_parts(connection, schema.series, of_films, _series(edition, of_films))
    _put_parts(connection, schema.mentions, of_films, _mentions(edition, of_films))
    known = {} if is_anew else before.entries
    _put_entries(
        connection,
        [entry for key, entry in edition.entries.items() if known.get(key) != entry],
        inputs,
        is_whole=is_anew,
    )


def put_edition(
    connection: Connection, edition: Edition, changes: Iterable[Change], inputs: str
) -> None:
    """Write the masthead of *edition*, and *changes* into the log."""
    rows = [schema.change_row(change, edition.number) for change in changes]
    if rows:
        connection.execute(insert(schema.changes), rows)
    connection.execute(
        insert(schema.editions).values(
            number=edition.number,
            published=edition.published,
            rendering=edition.rendering,
            inputs=inputs,
        )
    )


def put_pending(connection: Connection, pending: Mapping[ReleaseKey, Pending]) -> None:
    """Write all that is *pending*."""
    connection.execute(delete(schema.pending))
    rows = [
        {"key": str(key), "data": schema.as_json(schema.WAITING, (key, change))}
        for key, change in pending.items()
    ]
    if rows:
        connection.execute(insert(schema.pending), rows)


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


def _put_entries(
    connection: Connection, entries: Sequence[Entry], inputs: Inputs, *, is_whole: bool
) -> None:
    """Write *entries* and their events, in the place of the same or, if *is_whole*, of all."""
    keys = [str(entry.key) for entry in entries]
    column = schema.events.c
    if is_whole:
        connection.execute(delete(schema.events))
    for some in () if is_whole else _batches(keys):
        theirs = select(column.id).join(schema.entries, read.lying(schema.entries.c))
        of_these = column.id.in_(theirs.where(schema.entries.c.key.in_(some)))
        connection.execute(delete(schema.events).where(of_these))
    last = connection.execute(select(func.max(column.id))).scalar_one() or 0
    firsts: dict[str, int] = {}
    for many in _batches(_events(entries, inputs, last + 1), 10_000):
        for row in many:
            firsts.setdefault(row["key"], row["id"])
        connection.execute(insert(schema.events), many)
    rows = [schema.entry_row(entry) | {"event": firsts.get(str(entry.key))} for entry in entries]
    _put(connection, schema.entries, rows)


def _events(entries: Iterable[Entry], inputs: Inputs, number: int) -> Iterator[dict[str, Any]]:
    """
    Yield the ready events of *entries*, one for each time they look another way.

    They come by day, and so have their ids from *number* on: what is asked for together lies
    together.
    """

    def day(entry: Entry) -> tuple[date, ReleaseKey]:
        return entry.shown.first if entry.shown else date.min, entry.key

    ids = itertools.count(number)
    for entry in sorted(entries, key=day):
        ready = [*inputs.events(entry), (date.max, b"")]
        assert len(ready) <= schema.EVENTS + 1
        for (since, body), (until, _) in itertools.pairwise(ready):
            key = str(entry.key)
            yield {"id": next(ids), "key": key, "since": since, "until": until, "body": body}


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
    for many in _batches(rows, 10_000):
        connection.execute(insert(table), many)


def _batches(items: Iterable[Any], most: int = 500) -> Iterator[list[Any]]:
    """Cut *items* into lists, as keys are that have to fit into one statement's parameters."""
    rest = iter(items)
    while some := list(itertools.islice(rest, most)):
        yield some
