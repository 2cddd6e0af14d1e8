"""
The selection: the entries that answer a query, nearest first, as far as there is room.

The first step finds their keys, or their rendered events, in indexes alone; the second one reads
the rows of these entries and no others.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, func, null, select

from releasecal.core.editions import Entry
from releasecal.queries.feed_query import FeedQuery
from releasecal.queries.order import nearness
from releasecal.queries.parameters import Undated
from releasecal.queries.results import RenderedEvent
from releasecal.store import conditions, read, schema

_column, _event = schema.entries.c, schema.events.c

_MAX_KEYS = 10_000  # in one statement
_NO_TIME, _A_DAY = timedelta(), timedelta(days=1)


class Match(NamedTuple):
    """
    An entry that answers a query.

    Attributes:
        after: The day after its last day; None for an entry without a day.
        body: Its rendered event; None if there is none or none was asked for.
    """

    after: date | None
    key: str
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """
    The entries that answer a query.

    Attributes:
        matches: Those there is room for.
        left_out: Number of the others.
    """

    matches: tuple[Match, ...]
    left_out: int = 0


EMPTY = Selection(())
"""No entries."""


@dataclass(frozen=True, slots=True)
class _Showing:
    """
    One of the ways in which a query shows entries: a part of them, on a day or by a coarse date.

    Attributes:
        condition: Holds for the entries that are shown so.
        column: Their last day, or the day after it; indexed.
        lead: Time from the day in *column* to the day after the last one.
    """

    condition: ColumnElement[bool]
    column: ColumnElement[Any]
    lead: timedelta

    def coming(self, today: date) -> ColumnElement[bool]:
        """Return the condition that an entry ends on the civil day *today* or later."""
        return self.column > today - self.lead

    def past(self, today: date) -> ColumnElement[bool]:
        """Return the condition that an entry ends before the civil day *today*."""
        return self.column <= today - self.lead


def dated(
    connection: Connection,
    query: FeedQuery,
    today: date,
    most: int | None,
    *,
    rendered: bool = False,
) -> Selection:
    """
    Return the entries that *query* shows on some day, at most *most*, nearest first.

    *rendered* asks for their events as rendered for the civil day *today*.
    """
    showings = tuple(_showings(query, today))
    room = None if most is None else most + 1
    day = today if rendered else None
    found = [
        match
        for way in showings
        for match in _matches(connection, way, way.condition, order=way.column, most=room, day=day)
    ]
    if most is None or len(found) <= most:
        return Selection(tuple(found))
    found = _nearest(connection, showings, today, most, day)
    return _selection(connection, found, most, [way.condition for way in showings])


def without_day(
    connection: Connection, query: FeedQuery, today: date, most: int | None
) -> Selection:
    """
    Return the entries of *query* that are to happen and have no day yet, at most *most*.

    Those that may still come in time are first, the soonest before all others; then those
    without any date; then the overdue ones, the latest before all others.
    """
    end = _column.coarse_after
    waiting = and_(conditions.selected(query), conditions.undated())
    found: list[Match] = []
    ways = [(end > today, end), (end.is_(None), _column.key), (end <= today, end.desc())]
    for condition, order in ways:
        if most is None or len(found) <= most:
            statement = select(end, _column.key).where(waiting, condition)
            room = None if most is None else most - len(found) + 1
            rows = connection.execute(statement.order_by(order, _column.key).limit(room))
            found += [Match(*row) for row in rows]
    return _selection(connection, found, most, [waiting])


def entries(connection: Connection, selection: Selection) -> list[Entry]:
    """Return the entries of *selection*, in no particular order."""
    keys = [match.key for match in selection.matches]
    return [
        entry
        for first in range(0, len(keys), _MAX_KEYS)
        for entry in read.select_entries(
            connection, _column.key.in_(keys[first : first + _MAX_KEYS]), order=()
        )
    ]


def rendered_events(selection: Selection) -> tuple[RenderedEvent, ...] | None:
    """
    Return the rendered events of *selection*, by day, then key.

    None where one is missing: the refresh after an upgrade renders them.
    """
    found = tuple(
        RenderedEvent(after, body)
        for after, _, body in sorted(selection.matches)
        if after and body is not None
    )
    return found if len(found) == len(selection.matches) else None


def _showings(query: FeedQuery, today: date) -> Iterator[_Showing]:
    for of_these in conditions.disjoint_parts(query):
        on_a_day = and_(of_these, conditions.on_a_day(query, today))
        yield _Showing(on_a_day, _column.first, _A_DAY)
        if query.undated is not Undated.HIDE:
            coarse = and_(of_these, conditions.coarse(query, today))
            yield _Showing(coarse, _column.coarse_after, _NO_TIME)


def _nearest(
    connection: Connection,
    showings: Iterable[_Showing],
    today: date,
    most: int,
    day: date | None,
) -> list[Match]:
    """
    Return the nearest matches of all *showings*, at least one more than *most* if there are.

    An index gives each side of *today* in the order of `nearness`; past matches are looked up
    only if there is room for some.
    """
    found: list[Match] = []
    for side, is_past in ((_Showing.coming, False), (_Showing.past, True)):
        room = most - len(found) + 1
        for way in showings if room > 0 else ():
            order = way.column.desc() if is_past else way.column
            nearest = and_(way.condition, side(way, today))
            found += _matches(connection, way, nearest, order=order, most=room, day=day)
    return sorted(found, key=lambda match: (nearness(_end(match), today), match.key))


def _end(match: Match) -> date:
    assert match.after is not None
    return match.after


def _matches(  # noqa: PLR0913 - what, in which order, how much, with what
    connection: Connection,
    way: _Showing,
    condition: ColumnElement[bool],
    *,
    order: ColumnElement[Any],
    most: int | None,
    day: date | None,
) -> list[Match]:
    """Return at most *most* matches of *condition*, in *order*, with their events on *day*."""
    statement = select(way.column.label("last"), _column.key).where(condition)
    statement = statement.order_by(order, _column.key).limit(most)
    rows = connection.execute(_with_events(statement, day))
    return [Match(last + way.lead, key, body) for last, key, body in rows.all()]


def _with_events(statement: Select[Any], day: date | None) -> Select[Any]:
    """Return *statement* with the body of the event of each match on *day*; NULL for no day."""
    if day is None:
        return statement.add_columns(null())
    found = statement.add_columns(_column.event).subquery()
    is_then = and_(_event.since <= day, _event.until > day)
    return select(found.c.last, found.c.key, _event.body).outerjoin_from(
        found, schema.events, and_(conditions.event_of(found.c), is_then)
    )


def _selection(
    connection: Connection,
    found: Sequence[Match],
    most: int | None,
    each: Iterable[ColumnElement[bool]],
) -> Selection:
    """Return the first *most* of *found*, and by how many the matches of *each* are more."""
    if most is None or len(found) <= most:
        return Selection(tuple(found))
    counts = [
        connection.execute(select(func.count()).where(condition)).scalar_one() for condition in each
    ]
    return Selection(tuple(found[:most]), sum(counts) - most)
