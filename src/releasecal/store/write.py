"""Writing: the difference between an edition and the one before, and its inputs."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Table, delete, insert, select, update
from sqlalchemy.schema import CreateIndex, DropIndex

from releasecal.core.changes import Change
from releasecal.core.debounce import Pending
from releasecal.core.editions import NOTHING, Edition, Entry
from releasecal.core.models import ReleaseKey
from releasecal.store import (
    codec,
    conditions,
    feed_departures,
    last_good_files,
    lease,
    read,
    schema,
    source_states,
)
from releasecal.store.edition_rows import OF_FILMS, EditionRows, Renderings
from releasecal.store.last_good_files import Files
from releasecal.store.read import Head
from releasecal.store.renaming import Renamed, rename, renamed
from releasecal.store.source_states import SourceStatus
from releasecal.store.store import Store


@dataclass(frozen=True, slots=True)
class Inputs:
    """
    The inputs of an edition.

    Attributes:
        digest: Of everything that the sources say, and where they lie.
        contents: Of what they say alone; empty for an unknown one.
        statuses: States of all sources, by precedence.
        at: When they were found so, UTC.
        stale_after: Time without a good look at a source after which feeds say so.
        recheck: Civil day from which the same inputs may make another edition.
        files: Files that were read well, and differ from what is stored.
        anew: Addresses of which *files* has all.
        gone: Addresses and names of other files that are there no more.
        events: Returns the renderings of an entry's event in plain feeds: each with the civil
            day from which it holds, in the order of days.
    """

    digest: str
    contents: str = ""
    statuses: tuple[SourceStatus, ...] = ()
    at: datetime = NOTHING.published
    stale_after: timedelta = timedelta.max
    recheck: date | None = None
    files: Files = field(default_factory=dict)
    anew: Collection[str] = ()
    gone: Collection[tuple[str, str]] = ()
    events: Callable[[Entry], Renderings] = lambda _: ()


MAX_TOLD = 10_000
"""Changes of a first edition that are returned: all may be hundreds of thousands."""

Part = tuple[Edition, Sequence[Change]]
"""A part of an edition: some films with all their entries, and the changes of these."""


@dataclass(frozen=True, slots=True)
class _News:
    """
    The difference between two editions, ready to be written.

    Attributes:
        is_anew: Whether everything counts as different: the rendering version is another one.
        renamed: Films and releases with another identity.
        films: Ids of the films that differ, and may be on record.
        of_films: Ids of those whose parts are written.
        shown: Ids of those in the index of films that are written.
        keys: Of the entries that are written.
        rows: Their rows.
        is_first: Whether there was no edition before, and so no log.
    """

    is_anew: bool
    rows: EditionRows
    sources: list[dict[str, Any]]
    renamed: Renamed = field(default_factory=lambda: Renamed((), {}))
    films: Sequence[str] = ()
    of_films: Sequence[str] = ()
    shown: Sequence[str] = ()
    keys: Sequence[str] = ()
    departures: list[dict[str, Any]] = field(default_factory=list)
    is_first: bool = False

    @classmethod
    def between(
        cls, before: Edition, edition: Edition, changes: Iterable[Change], rows: EditionRows
    ) -> "_News":
        """Return the difference of *edition* from *before*, its events rendered, in empty *rows*."""
        is_anew = edition.rendering != before.rendering
        known = {} if is_anew else before.entries
        entries = [entry for key, entry in edition.entries.items() if known.get(key) != entry]
        films = [id_ for id_, film in edition.films.items() if before.films.get(id_) != film]
        of_films = list(edition.films) if is_anew else films
        shown = sorted({*of_films, *(entry.key.film for entry in entries)})
        rows.add_films(edition, films, of_films)
        rows.add_index(edition, shown)
        rows.add_entries(entries)
        rows.add_changes(changes, edition.number)
        return cls(
            is_anew,
            rows,
            [
                codec.source_row(source)
                for id_, source in edition.sources.items()
                if before.sources.get(id_) != source
            ],
            renamed(before, edition),
            films,
            of_films,
            shown,
            [str(entry.key) for entry in entries],
            feed_departures.rows(before, edition, entries, films),
        )


def save(  # noqa: PLR0913 - two editions, and all that is written with them
    store: Store,
    edition: Edition,
    before: Edition,
    changes: Iterable[Change],
    *,
    inputs: Inputs,
    holder: str,
) -> None:
    """
    Write *edition*, which follows *before*: all of it, or nothing after an error.

    Events are rendered before the transaction begins: meanwhile other processes can write.

    Raises:
        RefreshRunning: *holder* has lost the lease, or *before* is not the newest edition.
    """
    is_new = edition.number != before.number
    with closing(EditionRows(store, inputs.events)) as rows:
        news = _News.between(before, edition, changes, rows) if is_new else None
        _write(store, edition, before, news, inputs=inputs, holder=holder)


def save_first(
    store: Store, edition: Edition, parts: Iterable[Part], *, inputs: Inputs, holder: str
) -> tuple[tuple[Change, ...], Mapping[str, int]]:
    """
    Write the first *edition* as `save` does; return its first changes, the others counted by kind.

    Its films and entries are in *parts*, in their order; each part is gone before the next one is
    made.
    """
    told: list[Change] = []
    untold: Counter[str] = Counter()
    with closing(EditionRows(store, inputs.events)) as rows:
        for part, changes in parts:
            ids = list(part.films)
            rows.add_films(part, ids, ids)
            rows.add_index(part, ids)
            rows.add_entries(part.entries.values())
            rows.add_changes(changes, edition.number)
            room = MAX_TOLD - len(told)
            told += changes[:room]
            untold.update(change.kind.value for change in changes[room:])
        sources = list(map(codec.source_row, edition.sources.values()))
        news = _News(is_anew=True, rows=rows, sources=sources, is_first=True)
        _write(store, edition, NOTHING, news, inputs=inputs, holder=holder)
    return tuple(told), untold


def _write(  # noqa: PLR0913 - two editions, and all that is written with them
    store: Store,
    edition: Edition,
    before: Edition,
    news: _News | None,
    *,
    inputs: Inputs,
    holder: str,
) -> None:
    """Write the *inputs* of *edition* and, if there are any, its *news* since *before*."""
    with lease.writing(store, holder, before.number) as (connection, head):
        told_until = head.told_until or edition.published.date()
        _put_refresh_state(
            connection,
            inputs=inputs.digest,
            contents=inputs.contents,
            recheck=inputs.recheck,
            told_until=told_until,
        )
        _put_sources(connection, inputs)
        if edition.pending != before.pending:
            _put_pending(connection, edition.pending)
        if news:
            _put_news(connection, news)
            made_from = {"inputs": inputs.digest, "contents": inputs.contents}
            _put_edition(connection, edition, made_from, holder)


def append_changes(  # noqa: PLR0913 - what time brings, and what is written with it
    store: Store,
    changes: Sequence[Change],
    head: Head,
    *,
    at: datetime,
    holder: str,
    pending: Mapping[ReleaseKey, Pending],
) -> None:
    """
    Write the *changes* that time alone has brought since the edition of *head*, until *at*, UTC.

    They make an edition of their own, with nothing else in it. *pending* is all pending changes.

    Raises:
        RefreshRunning: *holder* has lost the lease, or the edition of *head* is not the newest.
    """
    with lease.writing(store, holder, head.number) as (connection, _):
        _put_refresh_state(connection, told_until=at.date())
        _put_pending(connection, pending)
        if changes:
            edition = Edition(head.number + 1, at, head.rendering)
            made_from = {"inputs": head.inputs, "contents": read.contents(connection)}
            with closing(EditionRows(store, lambda _: ())) as rows:
                rows.add_changes(changes, edition.number)
                rows.insert_changes(connection)
            _put_edition(connection, edition, made_from, holder)


def _put_refresh_state(connection: Connection, **facts: object) -> None:
    """Write *facts* into the one row of `reading`; the first call has all of them."""
    result = connection.execute(update(schema.refresh_state).values(**facts))
    if not result.rowcount:
        connection.execute(insert(schema.refresh_state).values(id=1, **facts))


def _put_sources(connection: Connection, inputs: Inputs) -> None:
    """Write the states of the sources, and the files of theirs that were read well."""
    source_states.put(connection, inputs.statuses, inputs.at, inputs.stale_after)
    last_good_files.put(connection, inputs.files, inputs.at, anew=inputs.anew, gone=inputs.gone)
    last_good_files.forget(connection, [status.address for status in inputs.statuses])


def _put_news(connection: Connection, news: _News) -> None:
    """
    Write the *news* of an edition.

    No row of a film, a source or an entry ever goes away, but under another identity it stays.
    """
    _drop_events(connection, list(map(str, news.renamed.keys)))
    rename(connection, news.renamed)
    _put(connection, schema.sources, news.sources)
    _put(connection, schema.departures, news.departures)
    refilled = [*OF_FILMS, schema.film_index, schema.entries] if news.is_anew else []
    with _indexed_afterwards(connection, refilled + [schema.changes] * news.is_first):
        _drop_events(connection, None if news.is_anew else news.keys)
        _drop(connection, schema.films, news.films)
        for table, keys in (
            *((table, news.of_films) for table in OF_FILMS),
            (schema.film_index, news.shown),
            (schema.entries, news.keys),
        ):
            _drop(connection, table, None if news.is_anew else keys)
        news.rows.insert_films(connection)
        news.rows.insert_entries(connection)
        news.rows.insert_changes(connection)


@contextmanager
def _indexed_afterwards(connection: Connection, tables: Iterable[Table]) -> Iterator[None]:
    """
    Do without the indexes of *tables* meanwhile, and make them anew: a third of the time.

    In SQLite readers have the indexes of before until the transaction ends. On a server they would
    have to wait for it, so there all stays.
    """
    found = (index for table in tables for index in table.indexes)
    indexes = sorted(found, key=lambda index: str(index.name))
    is_hidden = connection.dialect.name == "sqlite"
    for index in indexes if is_hidden else ():
        connection.execute(DropIndex(index, if_exists=True))
    yield
    for index in indexes if is_hidden else ():
        connection.execute(CreateIndex(index))


def _put_edition(
    connection: Connection, edition: Edition, made_from: Mapping[str, str], holder: str
) -> None:
    """Write the head of *edition*, *made_from* digests by *holder*."""
    connection.execute(
        insert(schema.editions).values(
            number=edition.number,
            published=edition.published,
            rendering=edition.rendering,
            **made_from,
            node=lease.node_of(connection, holder),
        )
    )


def _put_pending(connection: Connection, pending: Mapping[ReleaseKey, Pending]) -> None:
    """Write the *pending* changes, in the place of all."""
    connection.execute(delete(schema.pending))
    found = [
        {"key": str(key), "data": codec.as_json(codec.PENDING, (key, change))}
        for key, change in pending.items()
    ]
    if found:
        connection.execute(insert(schema.pending), found)


def _drop_events(connection: Connection, keys: Sequence[str] | None) -> None:
    """Delete the events of the entries with *keys*; None stands for all entries."""
    column = schema.events.c
    if keys is None:
        connection.execute(delete(schema.events))
    for some in _batches(keys or ()):
        theirs = select(column.id).join(schema.entries, conditions.event_of(schema.entries.c))
        of_these = column.id.in_(theirs.where(schema.entries.c.key.in_(some)))
        connection.execute(delete(schema.events).where(of_these))


def _put(connection: Connection, table: Table, found: list[dict[str, Any]]) -> None:
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
