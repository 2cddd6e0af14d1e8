"""Reading: the newest edition, all of it or parts, and the state of reading the sources."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Date,
    Integer,
    and_,
    bindparam,
    func,
    select,
    true,
    type_coerce,
)

from releasecal.core.dates import midnight
from releasecal.core.debounce import Pending
from releasecal.core.editions import NOTHING, Edition, Entry
from releasecal.core.models import ReleaseKey, Source
from releasecal.core.value_classes import dataclass
from releasecal.store import codec, film_queries, schema
from releasecal.store.quick_statements import QuickStatement
from releasecal.store.source_health import is_stale

_MAX_KEYS = 10_000  # in one statement

_column = schema.entries.c
_IN_ENTRY = tuple(_column[name] for name in codec.IN_ENTRY)  # a quarter of all columns


@dataclass(frozen=True, slots=True)
class Head:
    """
    The head of an edition: all but its films and entries.

    Attributes:
        inputs: Digest of everything that the sources last said and that the edition has.
        has_pending: Whether changes by machine sources are pending.
        confirmed: Last good look at the source for which that is longest ago, UTC; None for
            never.
        looked: Last good look at any source, UTC, once a day.
        healed: End of the last time in which a source was out of reach for too long, UTC.
        recheck: Civil day from which the same inputs may make another edition.
        told_until: Last civil day whose releases are in the change log as out.
        posters: A number that changes with the copies of posters that are kept.
    """

    number: int
    published: datetime
    rendering: str
    inputs: str
    has_pending: bool = False
    confirmed: datetime | None = None
    looked: datetime | None = None
    healed: datetime | None = None
    recheck: date | None = None
    told_until: date | None = None
    posters: int = 0

    def shows(self, today: date, stale_after: timedelta) -> tuple[object, ...]:
        """Return the parts of it that responses depend on, on the civil day *today*."""
        since = self.confirmed if self.is_stale(today, stale_after) else None
        return self.number, self.rendering, self.healed, since

    def is_due(self, today: date) -> bool:
        """Whether the same inputs may make another edition on the civil day *today*."""
        return self.recheck is not None and self.recheck <= today

    def is_stale(self, today: date, after: timedelta) -> bool:
        """Whether the last good look at a source was more than *after* before the day *today*."""
        return is_stale(self.confirmed, today, after)


NO_HEAD = Head(NOTHING.number, NOTHING.published, NOTHING.rendering, "")
"""The head before the first edition; its number is 0."""


@dataclass(frozen=True, slots=True)
class PageEntries:
    """
    The entries that a page shows of the answer to a query.

    Attributes:
        coming: Those on *today* or later, next first.
        undated: Those that have no day yet and may still come, soonest and best known first.
        past: Those before *today*, latest first.
        overdue: Those announced for days that have all passed, latest first.
        count: Number of all that there are; an entry in two parts counts twice.
    """

    coming: tuple[Entry, ...]
    undated: tuple[Entry, ...]
    past: tuple[Entry, ...]
    overdue: tuple[Entry, ...]
    count: int

    @property
    def left_out(self) -> int:
        """Number of those that are in none of the parts."""
        shown = (self.coming, self.undated, self.past, self.overdue)
        return max(0, self.count - sum(map(len, shown)))


_edition, _state, _reading = schema.editions.c, schema.source_states.c, schema.refresh_state.c
_kept = type_coerce(schema.posters.c.kept, Integer)
_HEAD = QuickStatement(  # every worker runs it four times a second
    select(
        _edition.number,
        _edition.published,
        _edition.rendering,
        func.coalesce(select(_reading.inputs).scalar_subquery(), ""),
        select(schema.pending.c.key).exists(),
        select(func.min(_state.confirmed)).scalar_subquery(),
        select(func.max(_state.confirmed)).scalar_subquery(),
        select(func.max(_state.healed)).scalar_subquery(),
        select(_reading.recheck).scalar_subquery(),
        select(_reading.told_until).scalar_subquery(),
        select(func.coalesce(func.sum(_kept), 0)).scalar_subquery(),
    )
    .order_by(_edition.number.desc())
    .limit(1)
)


def head(connection: Connection) -> Head:
    """Return the newest edition's head, `NO_HEAD` before the first edition."""
    rows = _HEAD.rows(connection)
    if not rows:
        return NO_HEAD
    number, published, rendering, inputs, has_pending, *rest = rows[0]
    return Head(number, published, rendering, inputs, bool(has_pending), *rest)


def contents(connection: Connection) -> str:
    """Return the digest of what the sources last said, wherever they lay; empty for an unknown one."""
    return connection.execute(select(_reading.contents)).scalar_one_or_none() or ""


def edition(
    connection: Connection,
    only: Collection[str] | None = None,
    around: Collection[str] = (),
) -> Edition:
    """
    Return the newest edition, or the part of it about a few films.

    *only* and *around* are ids of films: the part has the films in both, the entries of those
    in *only*, all sources and everything pending.
    """
    newest = head(connection)
    of_these = true() if only is None else _column.film.in_(sorted(only))
    entries = select_entries(connection, of_these, order=())
    beside = _column.film.in_(sorted(set(around).difference(only or ())))
    neighbours = connection.execute(select(_column.key, _column.uids).where(beside))
    cited = connection.execute(select(schema.sources).order_by(schema.sources.c.id))
    return Edition(
        newest.number,
        newest.published,
        newest.rendering,
        entries={entry.key: entry for entry in sorted(entries, key=lambda entry: entry.key)},
        films=film_queries.films(connection, None if only is None else {*only, *around}),
        sources={row.id: codec.SOURCE.validate_json(row.data) for row in cited},
        pending=pending(connection),
        uids={row.key: row.uids.partition(" ")[0] for row in neighbours},
    )


def pending(connection: Connection) -> Mapping[ReleaseKey, Pending]:
    """Return the changes by machine sources that do not count yet, by key."""
    statement = select(schema.pending.c.data).order_by(schema.pending.c.key)
    return dict(map(codec.PENDING.validate_json, connection.execute(statement).scalars()))


def pending_count(connection: Connection) -> int:
    """Return how many changes by machine sources do not count yet."""
    return connection.execute(select(func.count()).select_from(schema.pending)).scalar_one()


def uids(connection: Connection, keys: Iterable[str]) -> Mapping[str, str]:
    """Return the UIDs, without a domain, of the entries with *keys*, by key."""
    statement = select(_column.key, _column.uids).where(_column.key.in_(sorted(keys)))
    return {row.key: row.uids.partition(" ")[0] for row in connection.execute(statement)}


def came_out(connection: Connection, *, after: date, until: date) -> tuple[Entry, ...]:
    """Return the entries on the civil days after *after*, up to *until*."""
    return select_entries(
        connection, and_(_column.is_dated, _column.first > after, _column.first <= until)
    )


def sources(connection: Connection, ids: Iterable[str]) -> Mapping[str, Source]:
    """Return by id those of the sources *ids* that facts cite, in that order."""
    wanted = [id_ for id_ in dict.fromkeys(ids) if id_]
    column = schema.sources.c
    statement = select(column.id, column.data).where(column.id.in_(wanted))
    found = {row.id: row.data for row in connection.execute(statement)}
    return {id_: codec.SOURCE.validate_json(found[id_]) for id_ in wanted if id_ in found}


def select_entries(
    connection: Connection,
    condition: ColumnElement[bool],
    *,
    order: Iterable[ColumnElement[Any]] = (_column.first,),
    limit: int | None = None,
) -> tuple[Entry, ...]:
    """Return the entries that meet *condition*, in *order*, then by key; at most *limit*."""
    statement = select(*_IN_ENTRY).where(condition).order_by(*order, _column.key).limit(limit)
    return tuple(map(codec.entry_of_values, connection.execute(statement)))


def entries_with_keys(connection: Connection, keys: Sequence[str]) -> list[Entry]:
    """Return the entries with *keys*, in no particular order."""
    return [
        entry
        for first in range(0, len(keys), _MAX_KEYS)
        for entry in select_entries(
            connection, _column.key.in_(keys[first : first + _MAX_KEYS]), order=()
        )
    ]


def rendered_since(connection: Connection, newest: Head) -> datetime:
    """Return when the rendering of the *newest* edition was first published, UTC."""
    others = select(func.max(_edition.number)).where(_edition.rendering != newest.rendering)
    since = _edition.number > func.coalesce(others.scalar_subquery(), 0)
    moment = connection.execute(select(func.min(_edition.published)).where(since)).scalar_one()
    return moment or newest.published


_TURNS = QuickStatement(
    select(
        *(
            select(func.max(turn)).where(turn <= bindparam("today", type_=Date)).scalar_subquery()
            for turn in (_column.leaves, _column.marked_until, _column.coarse_after)
        )
    )
)


def last_change(connection: Connection, newest: Head, today: date, *, is_daily: bool) -> datetime:
    """
    Return the last moment until *today* at which any response may have changed.

    Time alone changes some: an entry leaves, loses its mark, becomes overdue. A response that
    *is_daily* may change with every day.
    """
    (days,) = _TURNS.rows(connection, {"today": today})
    midnights = [midnight(day) for day in (*days, today if is_daily else None) if day]
    return max([newest.published, *midnights, *([newest.healed] if newest.healed else [])])
