"""Writing: the difference between an edition and the one before, and its inputs."""

import itertools
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, delete, func, insert, select, update

from releasecal.core.catalogue import references
from releasecal.core.changes import Change
from releasecal.core.debounce import Pending
from releasecal.core.editions import NOTHING, Edition, Entry
from releasecal.core.models import ReleaseKey
from releasecal.queries.feed_query import film_genres, film_words
from releasecal.queries.title_words import title_words
from releasecal.store import (
    codec,
    conditions,
    feed_departures,
    film_index,
    last_good_files,
    lease,
    read,
    schema,
    source_states,
)
from releasecal.store.film_queries import ref_mention, title_mention
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
    events: Callable[[Entry], Iterable[tuple[date, bytes]]] = lambda _: ()


@dataclass(frozen=True, slots=True)
class _News:
    """
    The difference between two editions, ready to be written.

    Attributes:
        is_anew: Whether everything counts as different: the rendering version is another one.
        renamed: Films and releases with another identity.
        events: Rows of the rendered events of *entries*, by day, without their ids.
    """

    is_anew: bool
    renamed: Renamed
    sources: list[dict[str, Any]]
    films: list[dict[str, Any]]
    entries: list[Entry]
    events: list[dict[str, Any]]
    departures: list[dict[str, Any]]

    @classmethod
    def between(cls, before: Edition, edition: Edition, inputs: Inputs) -> "_News":
        """Return the difference of *edition* from *before*, its events rendered."""
        is_anew = edition.rendering != before.rendering
        known = {} if is_anew else before.entries
        entries = [entry for key, entry in edition.entries.items() if known.get(key) != entry]
        films = _differing(edition.films, before.films, codec.film_row)
        return cls(
            is_anew,
            renamed(before, edition),
            _differing(edition.sources, before.sources, codec.source_row),
            films,
            entries,
            list(_events(entries, inputs)),
            feed_departures.rows(before, edition, entries, [film["id"] for film in films]),
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
    news = _News.between(before, edition, inputs) if is_new else None
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
            _put_news(connection, edition, news)
            made_from = {"inputs": inputs.digest, "contents": inputs.contents}
            _put_edition(connection, edition, changes, made_from, holder)


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
            _put_edition(connection, edition, changes, made_from, holder)


def _put_refresh_state(connection: Connection, **facts: object) -> None:
    """Write *facts* into the one row of `reading`; the first call has all of them."""
    result = connection.execute(update(schema.refresh_state).values(**facts))
    if not result.rowcount:
        connection.execute(insert(schema.refresh_state).values(id=1, **facts))


def _put_sources(connection: Connection, inputs: Inputs) -> None:
    """Write the states of the sources, and the files of theirs that were read well."""
    source_states.put(connection, inputs.statuses, inputs.at, inputs.stale_after)
    last_good_files.put(connection, inputs.files, inputs.at, anew=inputs.anew)
    last_good_files.forget(connection, [status.address for status in inputs.statuses])


def _put_news(connection: Connection, edition: Edition, news: _News) -> None:
    """
    Write the *news* of *edition*.

    No row of a film, a source or an entry ever goes away, but under another identity it stays.
    """
    _drop_events(connection, list(map(str, news.renamed.keys)))
    rename(connection, news.renamed)
    _put(connection, schema.sources, news.sources)
    _put(connection, schema.films, news.films)
    _put(connection, schema.departures, news.departures)
    of_films = list(edition.films) if news.is_anew else [film["id"] for film in news.films]
    _put_parts(connection, schema.series, of_films, _series(edition, of_films))
    _put_parts(connection, schema.mentions, of_films, _mentions(edition, of_films))
    _put_parts(connection, schema.genres, of_films, _genres(edition, of_films))
    _put_parts(connection, schema.words, of_films, _words(edition, of_films))
    _put_parts(connection, schema.other_ids, of_films, _other_ids(edition, of_films))
    shown = sorted({*of_films, *(entry.key.film for entry in news.entries)})
    _put_parts(connection, schema.film_index, shown, film_index.rows(edition, shown))
    _put_entries(connection, news)


def _put_edition(
    connection: Connection,
    edition: Edition,
    changes: Iterable[Change],
    made_from: Mapping[str, str],
    holder: str,
) -> None:
    """Write the head of *edition*, *made_from* digests by *holder*, and its *changes* into the log."""
    last = connection.execute(select(func.max(schema.changes.c.id))).scalar_one() or 0
    log = [
        {"id": id_, **codec.change_row(change, edition.number)}
        for id_, change in enumerate(changes, last + 1)
    ]
    if log:
        connection.execute(insert(schema.changes), log)
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


def _differing(
    now: Mapping[Any, Any], before: Mapping[Any, Any], row: Callable[[Any], dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return a *row* of each value that is new or has changed."""
    return [row(value) for key, value in now.items() if before.get(key) != value]


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


def _put_entries(connection: Connection, news: _News) -> None:
    """Write the entries and their events, in the place of the same or, *is_anew*, of all."""
    keys = [str(entry.key) for entry in news.entries]
    _drop_events(connection, None if news.is_anew else keys)
    firsts = _put_events(connection, news.events)
    found = [
        codec.entry_row(entry) | {"event": firsts.get(key)}
        for key, entry in zip(keys, news.entries, strict=True)
    ]
    _put(connection, schema.entries, found)


def _drop_events(connection: Connection, keys: Sequence[str] | None) -> None:
    """Delete the events of the entries with *keys*; None stands for all entries."""
    column = schema.events.c
    if keys is None:
        connection.execute(delete(schema.events))
    for some in _batches(keys or ()):
        theirs = select(column.id).join(schema.entries, conditions.event_of(schema.entries.c))
        of_these = column.id.in_(theirs.where(schema.entries.c.key.in_(some)))
        connection.execute(delete(schema.events).where(of_these))


def _put_events(connection: Connection, events: Iterable[Mapping[str, Any]]) -> Mapping[str, int]:
    """Insert the rows of *events* in this order; return the first id of each entry, by key."""
    last = connection.execute(select(func.max(schema.events.c.id))).scalar_one() or 0
    firsts: dict[str, int] = {}
    for many in _batches(enumerate(events, last + 1), 10_000):
        for id_, event in many:
            firsts.setdefault(event["key"], id_)
        connection.execute(insert(schema.events), [{"id": id_, **event} for id_, event in many])
    return firsts


def _events(entries: Iterable[Entry], inputs: Inputs) -> Iterator[dict[str, Any]]:
    """
    Yield the rows of the events of *entries*, one for each time they look another way.

    They come by day: events of the same days then lie side by side in the database.
    """

    def day(entry: Entry) -> tuple[date, ReleaseKey]:
        return entry.shown.first if entry.shown else date.min, entry.key

    for entry in sorted(entries, key=day):
        rendered = [*inputs.events(entry), (date.max, b"")]
        assert len(rendered) <= schema.EVENTS + 1
        for (since, body), (until, _) in itertools.pairwise(rendered):
            yield {"key": str(entry.key), "since": since, "until": until, "body": body}


def _put(connection: Connection, table: Table, found: list[dict[str, Any]]) -> None:
    """Insert the rows *found*, in the place of those with the same primary key."""
    (key,) = table.primary_key.columns
    _put_parts(connection, table, [row[key.name] for row in found], found)


def _put_parts(
    connection: Connection, table: Table, keys: Sequence[str], found: Iterable[dict[str, Any]]
) -> None:
    """Insert the rows *found*, in the place of those whose primary key begins with *keys*."""
    first = next(iter(table.primary_key.columns))
    for some in _batches(keys):
        connection.execute(delete(table).where(first.in_(some)))
    for many in _batches(found, 10_000):
        connection.execute(insert(table), many)


def _batches(items: Iterable[Any], most: int = 500) -> Iterator[list[Any]]:
    """Cut *items* into lists of at most *most*: one statement takes so many parameters."""
    rest = iter(items)
    while some := list(itertools.islice(rest, most)):
        yield some
