"""
Selecting: what answers a feed, the nearest first, and no more of it than there is room for.

Which entries that are is found in indexes alone; of those, and of no others, the rest is read.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, select, true

from releasecal.editions import Entry
from releasecal.feeds import FeedSpec, Ready, Undated
from releasecal.store import queries, tables
from releasecal.store.queries import Head

_column, _event = tables.entries.c, tables.events.c

_MOST_KEYS = 10_000  # in one statement
_NO_TIME, _A_DAY = timedelta(), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Choice:
    """
    Which entries answer a selection.

    Attributes:
        found: Those there is room for: the day after each ends, where it has one, and its key.
        left_out: How many more there would be.
    """

    found: tuple[tuple[date | None, str], ...]
    left_out: int = 0


NONE = Choice(())
"""What answers nobody."""


@dataclass(frozen=True, slots=True)
class _Way:
    """
    A way to be shown.

    Attributes:
        condition: That an entry is.
        column: Has an index, and the day after it ends, but for *lead*.
    """

    condition: ColumnElement[bool]
    column: ColumnElement[Any]
    lead: timedelta


def dated(connection: Connection, spec: FeedSpec, today: date, most: int | None) -> Choice:
    """
    Return what *spec* shows on some day, at most *most*.

    What is coming on the civil day *today* comes first, the next before all; then what is
    past, the latest before all.
    """
    ways = tuple(_ways(spec, today))
    found = _nearest(connection, ways, today, most)
    if most is None or len(found) <= most:
        room = None if most is None else most - len(found)
        found += _nearest(connection, ways, today, room, is_past=True)
    return _choice(connection, found, most, [way.condition for way in ways])


def undated(connection: Connection, spec: FeedSpec, today: date, most: int | None) -> Choice:
    """
    Return what *spec* asks for that is to happen and has no day yet, at most *most*.

    What may still come in time comes first, the soonest before all; then that of which
    nothing is known; then what is overdue.
    """
    end = _column.coarse_after
    waiting = and_(queries.wanted(spec), queries.undated())
    found: list[tuple[date | None, str]] = []
    for condition, order in (
        (end > today, end),
        (end.is_(None), _column.key),
        (end <= today, end.desc()),
    ):
        if most is None or len(found) <= most:
            query = select(end, _column.key).where(waiting, condition)
            room = None if most is None else most - len(found) + 1
            rows = connection.execute(query.order_by(order, _column.key).limit(room))
            found += [(after, key) for after, key in rows]
    return _choice(connection, found, most, [waiting])


def _ways(spec: FeedSpec, today: date) -> Iterator[_Way]:
    of_these = queries.wanted(spec)
    yield _Way(and_(of_these, queries.on_a_day(spec, today)), _column.first, _A_DAY)
    if spec.undated is not Undated.HIDE:
        yield _Way(and_(of_these, queries.coarse(spec, today)), _column.coarse_after, _NO_TIME)


def _nearest(
    connection: Connection,
    ways: Iterable[_Way],
    today: date,
    most: int | None,
    *,
    is_past: bool = False,
) -> list[tuple[date | None, str]]:
    """Return what is coming or past, nearest first; one more than *most* if there is one."""
    found: list[tuple[date, str]] = []
    room = None if most is None else most + 1
    for way in ways:
        bound = today - way.lead
        side = way.column <= bound if is_past else way.column > bound
        order = way.column.desc() if is_past else way.column
        query = select(way.column, _column.key).where(way.condition, side)
        rows = connection.execute(query.order_by(order, _column.key).limit(room))
        found += [(last + way.lead, key) for last, key in rows]
    sign = -1 if is_past else 1
    found.sort(key=lambda each: (sign * each[0].toordinal(), each[1]))
    return [*found[:room]]


def _choice(
    connection: Connection,
    found: Sequence[tuple[date | None, str]],
    most: int | None,
    conditions: Iterable[ColumnElement[bool]],
) -> Choice:
    """Return what was *found*, but no more than *most*; then all there are have to be counted."""
    if most is None or len(found) <= most:
        return Choice(tuple(found))
    counts = [
        connection.execute(select(func.count()).where(condition)).scalar_one()
        for condition in conditions
    ]
    return Choice(tuple(found[:most]), sum(counts) - most)


def entries(connection: Connection, choice: Choice) -> list[Entry]:
    """Return the entries of *choice*, in no order that counts."""
    return [
        entry
        for keys in _batches(choice)
        for entry in queries.fetch(connection, _column.key.in_(keys), order=())
    ]


def ready(connection: Connection, choice: Choice, today: date) -> tuple[Ready, ...] | None:
    """
    Return the events of *choice* as they are on the civil day *today*, by day, then key.

    None where one does not lie ready: a refresh after an upgrade makes them.
    """
    is_now = and_(_event.since <= today, _event.until > today)
    bodies: dict[str, bytes] = {}
    for keys in _batches(choice):
        query = select(_event.key, _event.body).where(_event.key.in_(keys), is_now)
        bodies.update((key, body) for key, body in connection.execute(query))
    if len(bodies) < len(choice.found):
        return None
    return tuple(Ready(after, bodies[key]) for after, key in sorted(choice.found) if after)


def _batches(choice: Choice) -> Iterator[list[str]]:
    keys = [key for _, key in choice.found]
    for first in range(0, len(keys), _MOST_KEYS):
        yield keys[first : first + _MOST_KEYS]


def news(connection: Connection, spec: FeedSpec, head: Head) -> datetime:
    """
    Return when anything that *spec* may count was last news, UTC.

    It may be later than that, but not earlier: only what of a release never changes narrows
    it, and what a film follows or which series it is in does change.
    """
    if spec.film or spec.series:
        return head.published
    places = [_column.region.in_(spec.region)] if spec.region else []
    places += [_column.channel.in_(spec.channel)] if spec.channel else []
    query = select(_column.revised).where(true(), *places).order_by(_column.revised.desc())
    return connection.execute(query.limit(1)).scalar_one_or_none() or head.published
