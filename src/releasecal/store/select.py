"""
Selecting: what answers a feed, the nearest first, and no more of it than there is room for.

Which entries that are is found in indexes alone; of those, and of no others, the rest is read.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, func, null, select

from releasecal.core.editions import Entry
from releasecal.queries.feed_query import FeedQuery
from releasecal.queries.parameters import Undated
from releasecal.queries.results import ReadyEvent
from releasecal.store import read, schema
from releasecal.store.read import Head

_column, _event = schema.entries.c, schema.events.c

_MAX_KEYS = 10_000  # in one statement
_NO_TIME, _A_DAY = timedelta(), timedelta(days=1)


class Found(NamedTuple):
    """
    An entry that answers.

    Attributes:
        after: The day after it ends; None for one that is on no day.
        body: Its event as it lies ready; None where that was not asked for or does not.
    """

    after: date | None
    key: str
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """
    Which entries answer a selection.

    Attributes:
        found: Those there is room for.
        left_out: How many more there would be.
    """

    found: tuple[Found, ...]
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


def dated(
    connection: Connection, query: FeedQuery, today: date, most: int | None, *, ready: bool = False
) -> Choice:
    """
    Return what *query* shows on some day, at most *most*.

    What is coming on the civil day *today* comes first, the next before all; then what is
    past, the latest before all. Where *ready* asks for them it brings the events.
    """
    ways = tuple(_ways(query, today))
    room = None if most is None else most + 1
    day = today if ready else None
    found = [
        each
        for way in ways
        for each in _rows(connection, way, way.condition, order=way.column, most=room, day=day)
    ]
    if most is None or len(found) <= most:
        return Choice(tuple(found))
    found = _nearest(connection, ways, today, most, day)
    if len(found) <= most:
        found += _nearest(connection, ways, today, most - len(found), day, is_past=True)
    return _choice(connection, found, most, [way.condition for way in ways])


def undated(connection: Connection, query: FeedQuery, today: date, most: int | None) -> Choice:
    """
    Return what *query* asks for that is to happen and has no day yet, at most *most*.

    What may still come in time comes first, the soonest before all; then that of which
    nothing is known; then what is overdue.
    """
    end = _column.coarse_after
    waiting = and_(read.wanted(query), read.undated())
    found: list[Found] = []
    for condition, order in (
        (end > today, end),
        (end.is_(None), _column.key),
        (end <= today, end.desc()),
    ):
        if most is None or len(found) <= most:
            statement = select(end, _column.key).where(waiting, condition)
            room = None if most is None else most - len(found) + 1
            rows = connection.execute(statement.order_by(order, _column.key).limit(room))
            found += [Found(*row) for row in rows]
    return _choice(connection, found, most, [waiting])


def _ways(query: FeedQuery, today: date) -> Iterator[_Way]:
    of_these = read.wanted(query)
    yield _Way(and_(of_these, read.on_a_day(query, today)), _column.first, _A_DAY)
    if query.undated is not Undated.HIDE:
        yield _Way(and_(of_these, read.coarse(query, today)), _column.coarse_after, _NO_TIME)


def _nearest(  # noqa: PLR0913 - what, when, how much, with what
    connection: Connection,
    ways: Iterable[_Way],
    today: date,
    most: int,
    day: date | None,
    *,
    is_past: bool = False,
) -> list[Found]:
    """Return what is coming or past, nearest first; one more than *most* if there is one."""
    found: list[tuple[int, str, Found]] = []
    sign = -1 if is_past else 1
    for way in ways:
        bound = today - way.lead
        side = way.column <= bound if is_past else way.column > bound
        order = way.column.desc() if is_past else way.column
        nearest = and_(way.condition, side)
        for each in _rows(connection, way, nearest, order=order, most=most + 1, day=day):
            assert each.after
            found.append((sign * each.after.toordinal(), each.key, each))
    return [each for *_, each in sorted(found)[: most + 1]]


def _rows(  # noqa: PLR0913 - what, in which order, how much, with what
    connection: Connection,
    way: _Way,
    condition: ColumnElement[bool],
    *,
    order: ColumnElement[Any],
    most: int | None,
    day: date | None,
) -> list[Found]:
    """Return at most *most* of what meets *condition*, in *order*, with its events on *day*."""
    statement = select(way.column.label("last"), _column.key).where(condition)
    statement = statement.order_by(order, _column.key).limit(most)
    rows = connection.execute(
        _with_events(statement.add_columns(_column.event), day)
        if day
        else statement.add_columns(null())
    )
    return [Found(last + way.lead, key, body) for last, key, body in rows.all()]


def _with_events(statement: Select[Any], day: date) -> Select[Any]:
    """Return *statement*, and then the body of each event, of those that it finds and of no others."""
    found = statement.subquery()
    is_then = and_(_event.since <= day, _event.until > day)
    return select(found.c.last, found.c.key, _event.body).outerjoin_from(
        found, schema.events, and_(read.lying(found.c), is_then)
    )


def _choice(
    connection: Connection,
    found: Sequence[Found],
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
    keys = [each.key for each in choice.found]
    return [
        entry
        for first in range(0, len(keys), _MAX_KEYS)
        for entry in read.fetch(
            connection, _column.key.in_(keys[first : first + _MAX_KEYS]), order=()
        )
    ]


def ready(choice: Choice) -> tuple[ReadyEvent, ...] | None:
    """
    Return the events of *choice*, by day, then key.

    None where one does not lie ready: a refresh after an upgrade makes them.
    """
    lying = tuple(
        ReadyEvent(after, body)
        for after, _, body in sorted(choice.found)
        if after and body is not None
    )
    return lying if len(lying) == len(choice.found) else None


def news(connection: Connection, query: FeedQuery, head: Head) -> datetime:
    """
    Return when anything that *query* may count was last news, UTC.

    It may be later than that, but not earlier: of what is selected by, only the region of a
    release never changes and has few values.
    """
    if query.film or query.series or not query.region:
        return head.published
    latest = select(func.max(_column.revised))
    found = [
        connection.execute(latest.where(_column.region == region)).scalar_one()
        for region in query.region
    ]
    return max(filter(None, found), default=head.published)
