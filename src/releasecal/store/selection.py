"""
The selection: the entries that answer a query, nearest first, as far as there is room.

The first step finds their keys, or their rendered events, in indexes alone; the second one reads
the rows of these entries and no others.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, and_, select

from releasecal.core.editions import Entry
from releasecal.queries.feed_query import FeedQuery
from releasecal.queries.order import nearness
from releasecal.queries.parameters import Undated
from releasecal.queries.results import RenderedEvent
from releasecal.store import conditions, part_queries, read, schema
from releasecal.store.conditions import Parts

_column, _event = schema.entries.c, schema.events.c

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
class Showing:
    """
    One of the ways in which a query shows entries: on a day, or by a coarse date.

    Attributes:
        column: Name of the column with their last day, or the day after it; indexed.
        lead: Time from the day in *column* to the day after the last one.
        within: Returns those whose last day is since a day and before another one.
    """

    column: str
    lead: timedelta
    within: Callable[[date, date], Parts]

    @property
    def all(self) -> Parts:
        """All entries that are shown so."""
        return self.within(date.min, date.max)


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
    room = None if most is None else most + 1
    ways = showings(connection, query, today, room)
    day = today if rendered else None
    found = [
        match
        for way in ways
        for match in _matches(connection, way, way.all, order=way.column, most=room, day=day)
    ]
    if most is None or len(found) <= most:
        return Selection(tuple(found))
    found = _nearest(connection, ways, today, most, day)
    return _selection(connection, found, most, [way.all for way in ways])


def without_day(
    connection: Connection, query: FeedQuery, today: date, most: int | None
) -> Selection:
    """
    Return the entries of *query* that are to happen and have no day yet, at most *most*.

    Those that may still come in time are first, the soonest before all others; then those
    without any date; then the overdue ones, the latest before all others.
    """
    end = _column.coarse_after
    coarse, unknown = parts_without_day(connection, query, most)
    found: list[Match] = []
    ways: list[tuple[Parts, Sequence[str]]] = [
        (coarse.narrowed(end > today), ["coarse_after"]),
        (unknown, []),
        (coarse.narrowed(end <= today), ["-coarse_after"]),
    ]
    for parts, order in ways:
        if most is None or len(found) <= most:
            room = None if most is None else most - len(found) + 1
            statement = part_queries.in_order(parts, order, room, also=["coarse_after"])
            found += [Match(row.coarse_after, row.key) for row in connection.execute(statement)]
    return _selection(connection, found, most, [coarse.narrowed(end.is_not(None)), unknown])


def parts_without_day(
    connection: Connection, query: FeedQuery, room: int | None = None
) -> tuple[Parts, Parts]:
    """
    Return the entries of *query* that have no day yet, of which *room* are wanted, if not all.

    The first ones need a condition that they have a coarse date; the others have none.
    """
    waiting = conditions.undated()
    coarse = conditions.disjoint_parts(connection, query, conditions.by_end(query), room)
    unknown = conditions.disjoint_parts(connection, query, (), room)
    return coarse.narrowed(waiting), unknown.narrowed(waiting, _column.coarse_after.is_(None))


def entries(connection: Connection, selection: Selection) -> list[Entry]:
    """Return the entries of *selection*, in no particular order."""
    return read.entries_with_keys(connection, [match.key for match in selection.matches])


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


def showings(
    connection: Connection, query: FeedQuery, today: date, room: int | None = None
) -> Sequence[Showing]:
    """
    Return the ways in which *query* shows entries on the civil day *today*; no entry has two.

    *room* is the number of entries that are wanted, if not all.
    """
    by_days = conditions.disjoint_parts(connection, query, conditions.by_day(query), room)

    def on_a_day(since: date, before: date) -> Parts:
        return by_days.narrowed(conditions.on_a_day(query, today, since, before))

    if query.undated is Undated.HIDE:
        return [Showing("first", _A_DAY, on_a_day)]
    by_ends = conditions.disjoint_parts(connection, query, conditions.by_end(query), room)

    def coarse(since: date, before: date) -> Parts:
        return by_ends.narrowed(conditions.coarse(query, today, since, before))

    return [Showing("first", _A_DAY, on_a_day), Showing("coarse_after", _NO_TIME, coarse)]


def _nearest(
    connection: Connection,
    ways: Iterable[Showing],
    today: date,
    most: int,
    day: date | None,
) -> list[Match]:
    """
    Return the nearest matches of all *ways*, at least one more than *most* if there are.

    An index gives each side of *today* in the order of `nearness`; past matches are looked up
    only if there is room for some.
    """
    found: list[Match] = []
    for span, sign in (((today, date.max), ""), ((date.min, today), "-")):
        room = most - len(found) + 1
        for way in ways if room > 0 else ():
            parts, order = way.within(*span), f"{sign}{way.column}"
            found += _matches(connection, way, parts, order=order, most=room, day=day)
    return sorted(found, key=lambda match: (nearness(_end(match), today), match.key))


def _end(match: Match) -> date:
    assert match.after is not None
    return match.after


def _matches(  # noqa: PLR0913 - what, in which order, how much, with what
    connection: Connection,
    way: Showing,
    parts: Parts,
    *,
    order: str,
    most: int | None,
    day: date | None,
) -> list[Match]:
    """Return at most *most* matches of *parts*, shown *way*, in *order*, with their events on *day*."""
    if day is None:
        rows = connection.execute(part_queries.in_order(parts, [order], most))
        return [Match(last + way.lead, key) for last, key in rows.all()]
    found = part_queries.in_order(parts, [order], most, also=["event"]).subquery().c
    is_then = and_(_event.since <= day, _event.until > day)
    statement = select(found[way.column], found.key, _event.body).outerjoin_from(
        found.key.table, schema.events, and_(conditions.event_of(found), is_then)
    )
    told = connection.execute(statement).all()  # one by one they take twice as long
    return [Match(last + way.lead, key, body) for last, key, body in told]


def _selection(
    connection: Connection,
    found: Sequence[Match],
    most: int | None,
    several: Sequence[Parts],
) -> Selection:
    """Return the first *most* of *found*, and by how many the matches of *several* are more."""
    if most is None or len(found) <= most:
        return Selection(tuple(found))
    return Selection(tuple(found[:most]), part_queries.count(connection, several, most) - most)
