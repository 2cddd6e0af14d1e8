"""Queries: from a selection to the entries that answer it."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from pydantic import ValidationError
from sqlalchemy import ColumnElement, Connection, Date, and_, bindparam, func, or_, select, true

from releasecal.core.changes import ChangeKind
from releasecal.core.debounce import Pending
from releasecal.core.editions import NOTHING, Edition, Entry
from releasecal.core.models import SEQUEL, Film, ReleaseKey, Source
from releasecal.queries.change_query import ChangeQuery
from releasecal.queries.feed_query import FeedQuery
from releasecal.queries.parameters import Cancelled, Undated
from releasecal.queries.results import ChangeLog, ChangeRecord
from releasecal.store import schema

_column = schema.entries.c


@dataclass(frozen=True, slots=True)
class Head:
    """
    The newest edition, without what is in it.

    Attributes:
        inputs: Digest of what the sources last said, which is all in it.
        is_waiting: Whether machine sources tell of changes that do not count yet.
        confirmed: When the sources last said the same, UTC, to the day; None for never.
        healed: When that ended a time in which they could not be asked, UTC.
        recheck: The civil day from which the same inputs may make another edition.
        told_until: The last civil day whose releases have been told of as out.
    """

    number: int
    published: datetime
    rendering: str
    inputs: str
    is_waiting: bool = False
    confirmed: datetime | None = None
    healed: datetime | None = None
    recheck: date | None = None
    told_until: date | None = None

    def shows(self, today: date, stale_after: timedelta) -> tuple[object, ...]:
        """Return what of it shows in documents on the civil day *today*."""
        since = self.confirmed if self.is_stale(today, stale_after) else None
        return self.number, self.rendering, self.healed, since

    def is_due(self, today: date) -> bool:
        """Whether the same inputs may make another edition on the civil day *today*."""
        return self.recheck is not None and self.recheck <= today

    def is_stale(self, today: date, after: timedelta) -> bool:
        """Whether the last good refresh was more than *after* before the day *today*."""
        return self.confirmed is not None and today - self.confirmed.date() > after


@dataclass(frozen=True, slots=True)
class Inputs:
    """
    What an edition is made from.

    Attributes:
        digest: Of all that the sources say.
        recheck: The civil day from which the same may make another edition.
        outlines: Of files that were read, by address and name, as whoever reads writes them.
        is_whole: Whether these are all files.
        events: Writes the event of an entry as feeds have it that ask for nothing else, with
            the civil day from which it is so, in their order.
    """

    digest: str
    recheck: date | None = None
    outlines: Mapping[tuple[str, str], bytes] = field(default_factory=dict)
    is_whole: bool = True
    events: Callable[[Entry], Iterable[tuple[date, bytes]]] = lambda _: ()


NO_HEAD = Head(NOTHING.number, NOTHING.published, NOTHING.rendering, "")


_edition, _fresh, _reading = schema.editions.c, schema.freshness.c, schema.reading.c
_HEAD = (  # made once, for it is asked every second
    select(
        _edition.number,
        _edition.published,
        _edition.rendering,
        func.coalesce(select(_reading.inputs).scalar_subquery(), ""),
        select(schema.pending.c.key).exists(),
        select(_fresh.confirmed).scalar_subquery(),
        select(_fresh.healed).scalar_subquery(),
        select(_reading.recheck).scalar_subquery(),
        select(_reading.told_until).scalar_subquery(),
    )
    .order_by(_edition.number.desc())
    .limit(1)
)


def head(connection: Connection) -> Head:
    """Return the newest edition's masthead; number 0 before the first."""
    row = connection.execute(_HEAD).first()
    if row is None:
        return NO_HEAD
    number, published, rendering, inputs, is_waiting, *rest = row
    return Head(number, published, rendering, inputs, bool(is_waiting), *rest)


def edition(
    connection: Connection,
    only: Collection[str] | None = None,
    around: Collection[str] = (),
) -> Edition:
    """Return the newest edition; of *only* some films, and without entries some *around*."""
    newest = head(connection)
    of_these = wanted(FeedQuery())
    told = select(schema.films)
    if only is not None:
        of_these = _column.film.in_(sorted(only))
        told = told.where(schema.films.c.id.in_(sorted({*only, *around})))
    entries = fetch(connection, of_these, order=())
    cited = connection.execute(select(schema.sources).order_by(schema.sources.c.id))
    return Edition(
        newest.number,
        newest.published,
        newest.rendering,
        entries={entry.key: entry for entry in sorted(entries, key=lambda entry: entry.key)},
        films={
            row.id: schema.FILM.validate_json(row.data)
            for row in connection.execute(told.order_by(schema.films.c.id))
        },
        sources={row.id: schema.SOURCE.validate_json(row.data) for row in cited},
        pending=pending(connection),
    )


def pending(connection: Connection) -> Mapping[ReleaseKey, Pending]:
    """
    Return the changes that machine sources tell of and that do not count yet.

    Rows of an older releasecal, which counted looks and not time, are left out.
    """
    statement = select(schema.pending).order_by(schema.pending.c.key)
    found = {}
    for row in connection.execute(statement):
        with suppress(ValidationError):
            key, change = schema.WAITING.validate_json(row.data)
            found[key] = change
    return found


def mentioning(connection: Connection, ids: Collection[str]) -> frozenset[str]:
    """Return the ids of the films that mention one of *ids*."""
    column = schema.mentions.c
    statement = select(column.film).where(column.other.in_(sorted(ids)))
    return frozenset(row.film for row in connection.execute(statement))


def fetch(
    connection: Connection,
    condition: ColumnElement[bool],
    *,
    order: Iterable[ColumnElement[Any]] = (_column.first,),
    limit: int | None = None,
) -> tuple[Entry, ...]:
    """Return the entries that meet *condition*, in *order*, then by key; at most *limit*."""
    statement = select(schema.entries).where(condition).order_by(*order, _column.key).limit(limit)
    return tuple(map(schema.entry_of, connection.execute(statement).mappings()))


def wanted(query: FeedQuery) -> ColumnElement[bool]:
    """Return the condition that an entry is of what *query* asks for, whatever its date."""
    return and_(true(), *_conditions(query))


def _conditions(query: FeedQuery) -> Iterator[ColumnElement[bool]]:
    if query.kind:
        kinds = _column.kind.in_(query.kind)
        yield or_(kinds, _column.follows != "") if SEQUEL in query.kind else kinds
    if query.region:
        yield _column.region.in_(query.region)
    if query.channel:
        yield _column.channel.in_(query.channel)
    if query.film:
        yield or_(_column.film.in_(query.film), _column.follows.in_(query.film))
    if query.series:
        of_series = schema.series.c.id.in_(query.series)
        yield _column.film.in_(select(schema.series.c.film).where(of_series))


def undated() -> ColumnElement[bool]:
    """Return the condition that an entry is to happen and has no day yet."""
    return _column.is_undated


def shown(query: FeedQuery, today: date) -> ColumnElement[bool]:
    """Return the condition that an entry is shown on a day within the span asked for."""
    if query.undated is Undated.HIDE:
        return on_a_day(query, today)
    return or_(coarse(query, today), on_a_day(query, today))


def on_a_day(query: FeedQuery, today: date) -> ColumnElement[bool]:
    """Return the condition that an entry is shown on the one day it was told of."""
    first, after = query.span(today)
    # So that none looks for it in the index of what leaves, which is nearly nothing or all.
    leaves = func.coalesce(_column.leaves, date.max)
    conditions = [
        _column.is_dated,
        leaves == date.max if query.cancelled is Cancelled.HIDE else leaves > today,
        _column.first >= first,
        _column.first < after,
    ]
    if query.undated is not Undated.HIDE:
        # Not by an index, either: that is nearly everything.
        conditions.append(func.coalesce(_column.coarse_after, date.max) == date.max)
    return and_(*conditions)


def coarse(query: FeedQuery, today: date) -> ColumnElement[bool]:
    """Return the condition that an entry is shown by a date that is no day."""
    first, after = query.span(today)
    is_end = query.undated is Undated.END
    starts = _column.coarse_after <= after if is_end else _column.coarse_first < after
    return and_(_column.coarse_after > first, starts)


def lying(entry: Any) -> ColumnElement[bool]:
    """Return the condition that an event is one of *entry*, which are columns of `entries`."""
    event = schema.events.c
    nearby = and_(event.id >= entry.event, event.id < entry.event + schema.EVENTS)
    return and_(nearby, event.key == entry.key)


def films(connection: Connection, ids: Collection[str]) -> Mapping[str, Film]:
    """Return the films with *ids*, as far as there are any."""
    statement = select(schema.films).where(schema.films.c.id.in_(sorted(ids)))
    return {row.id: schema.FILM.validate_json(row.data) for row in connection.execute(statement)}


def titles(connection: Connection, query: FeedQuery) -> Mapping[str, str]:
    """Return the titles of the films and series that *query* names."""
    names: dict[str, str] = {}
    for table, ids in ((schema.films, query.film), (schema.series, query.series)):
        if ids:
            statement = select(table.c.id, table.c.title).where(table.c.id.in_(ids))
            names |= {row.id: row.title for row in connection.execute(statement)}
    return names


_TURNS = select(
    *(
        select(func.max(turn)).where(turn <= bindparam("today", type_=Date)).scalar_subquery()
        for turn in (_column.leaves, _column.marked_until, _column.coarse_after)
    )
)


def changed(connection: Connection, newest: Head, today: date, *, is_daily: bool) -> datetime:
    """
    Return a moment after which no answer has changed, until *today*.

    It covers what only time does: an entry leaves, loses its mark, becomes overdue; and
    *is_daily* says that the answer may change with every day.
    """
    days = connection.execute(_TURNS, {"today": today}).one()
    midnights = [
        datetime.combine(day, time(), UTC) for day in (*days, today if is_daily else None) if day
    ]
    return max([newest.published, *midnights, *([newest.healed] if newest.healed else [])])


@dataclass(frozen=True, slots=True)
class Timeline:
    """
    The beginning of what a page shows of a selection.

    Attributes:
        coming: What is on *today* or later, next first.
        undated: What has no day yet and may still come, the next and best known first.
        past: What was before *today*, latest first.
        overdue: What was announced for days that have all passed, latest first.
        count: How many there are in all; one that is in two of these counts twice.
    """

    coming: tuple[Entry, ...]
    undated: tuple[Entry, ...]
    past: tuple[Entry, ...]
    overdue: tuple[Entry, ...]
    count: int


def timeline(connection: Connection, query: FeedQuery, today: date, most: int) -> Timeline:
    """Return the beginning of what answers *query*: at most *most* of each of its parts."""
    of_these, first, end = wanted(query), _column.first, _column.coarse_after
    on_a_day = and_(of_these, shown(query, today))
    # Each has an index: a day's first is that day, and whatever has an end lacks a day.
    coming = fetch(connection, and_(on_a_day, first >= today), limit=most)
    past = fetch(connection, and_(on_a_day, first < today), order=[first.desc()], limit=most)
    soonest, latest = (end, _column.coarse_first.desc()), (end.desc(), _column.coarse_first)
    waiting = fetch(connection, and_(of_these, end > today), order=soonest, limit=most)
    overdue = fetch(connection, and_(of_these, end <= today), order=latest, limit=most)
    if len(waiting) < most:
        unknown = and_(of_these, undated(), end.is_(None))
        waiting += fetch(connection, unknown, order=(), limit=most - len(waiting))
    counts = [func.count().filter(condition) for condition in (shown(query, today), undated())]
    statement = select(*counts).select_from(schema.entries).where(of_these)
    return Timeline(coming, waiting, past, overdue, sum(connection.execute(statement).one()))


def log(connection: Connection, query: ChangeQuery, most: int) -> ChangeLog:
    """Return the newest changes that *query* asks for, at most *most*."""
    column = schema.changes.c
    statement = (
        select(column.id, column.edition, column.data)
        .where(true(), *_limits(query))
        .order_by(column.id.desc())
        .limit(most + 1)
    )
    records = [
        ChangeRecord(row.id, row.edition, schema.CHANGE.validate_json(row.data))
        for row in connection.execute(statement)
    ]
    cited = [record.change.new.source for record in records[:most]]
    return ChangeLog(query, tuple(records[:most]), sources(connection, cited), len(records) > most)


def _limits(query: ChangeQuery) -> Iterator[ColumnElement[bool]]:
    column = schema.changes.c
    if query.film:
        yield column.film.in_(query.film)
    if query.series:
        of_series = schema.series.c.id.in_(query.series)
        yield column.film.in_(select(schema.series.c.film).where(of_series))
    if query.region:
        # In JSON a text's quotation marks are escaped, so this is the key's and nothing else.
        yield or_(*(column.data.contains(f'"region":"{code}"') for code in query.region))
    if query.before is not None:
        yield column.id < query.before
    if query.since is not None:
        place = column.edition if isinstance(query.since, int) else column.at
        yield place > query.since
    if not query.added:
        yield column.kind != ChangeKind.ADDED.value


def sources(connection: Connection, ids: Iterable[str]) -> Mapping[str, Source]:
    """Return by id those of the sources *ids* that there are, in that order."""
    wanted_ids = [id_ for id_ in dict.fromkeys(ids) if id_]
    column = schema.sources.c
    statement = select(column.id, column.data).where(column.id.in_(wanted_ids))
    found = {row.id: row.data for row in connection.execute(statement)}
    return {id_: schema.SOURCE.validate_json(found[id_]) for id_ in wanted_ids if id_ in found}
