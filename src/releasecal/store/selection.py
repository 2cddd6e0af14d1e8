"""
The selection: the entries that answer a query, nearest first, as far as there is room.

The first step finds their keys, or their rendered events, in indexes alone; the second one reads
the rows of these entries and no others.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import chain
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, select

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
class _Showing:
    """
    One of the ways in which a query shows entries: a part of them, on a day or by a coarse date.

    Attributes:
        parts: Hold for the entries that are shown so.
        column: Name of the column with their last day, or the day after it; indexed.
        lead: Time from the day in *column* to the day after the last one.
    """

    parts: Parts
    column: str
    lead: timedelta

    def coming(self, today: date) -> "_Showing":
        """Return the part of it that ends on the civil day *today* or later."""
        is_coming = _column[self.column] > today - self.lead
        return replace(self, parts=part_queries.narrowed(self.parts, is_coming))

    def past(self, today: date) -> "_Showing":
        """Return the part of it that ends before the civil day *today*."""
        is_past = _column[self.column] <= today - self.lead
        return replace(self, parts=part_queries.narrowed(self.parts, is_past))


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
    showings = tuple(_showings(connection, query, today))
    room = None if most is None else most + 1
    day = today if rendered else None
    found = [
        match
        for way in showings
        for match in _matches(connection, way, order=way.column, most=room, day=day)
    ]
    if most is None or len(found) <= most:
        return Selection(tuple(found))
    found = _nearest(connection, showings, today, most, day)
    return _selection(connection, found, most, chain(*(way.parts for way in showings)))


def without_day(
    connection: Connection, query: FeedQuery, today: date, most: int | None
) -> Selection:
    """
    Return the entries of *query* that are to happen and have no day yet, at most *most*.

    Those that may still come in time are first, the soonest before all others; then those
    without any date; then the overdue ones, the latest before all others.
    """
    end = _column.coarse_after
    coarse, unknown = parts_without_day(connection, query)
    found: list[Match] = []
    ways: list[tuple[Parts, Sequence[str]]] = [
        (part_queries.narrowed(coarse, end > today), ["coarse_after"]),
        (unknown, []),
        (part_queries.narrowed(coarse, end <= today), ["-coarse_after"]),
    ]
    for parts, order in ways:
        if most is None or len(found) <= most:
            room = None if most is None else most - len(found) + 1
            statement = part_queries.in_order(parts, order, room, also=["coarse_after"])
            found += [Match(row.coarse_after, row.key) for row in connection.execute(statement)]
    return _selection(connection, found, most, (*coarse, *unknown))


def parts_without_day(connection: Connection, query: FeedQuery) -> tuple[Parts, Parts]:
    """Return the entries of *query* that have no day yet: with a coarse date, and without any."""
    waiting, end = conditions.undated(), _column.coarse_after
    coarse = conditions.disjoint_parts(connection, query, by_end(query))
    unknown = conditions.disjoint_parts(connection, query, ())
    return (
        part_queries.narrowed(coarse, waiting, end.is_not(None)),
        part_queries.narrowed(unknown, waiting, end.is_(None)),
    )


def by_day(query: FeedQuery) -> Collection[str]:
    """Return the columns before the day in the indexes that find entries of *query* by day."""
    return ("channel",) if query.channel else ("region", "kind")


def by_end(query: FeedQuery) -> Collection[str]:
    """Return the columns before the end of a coarse date in the indexes for *query*."""
    return ("channel",) if query.channel else ("region",) if query.region else ("kind",)


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


def _showings(connection: Connection, query: FeedQuery, today: date) -> Iterator[_Showing]:
    parts = conditions.disjoint_parts(connection, query, by_day(query))
    on_a_day = conditions.on_a_day(query, today)
    yield _Showing(part_queries.narrowed(parts, on_a_day), "first", _A_DAY)
    if query.undated is not Undated.HIDE:
        parts = conditions.disjoint_parts(connection, query, by_end(query))
        coarse = conditions.coarse(query, today)
        yield _Showing(part_queries.narrowed(parts, coarse), "coarse_after", _NO_TIME)


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
    for side, sign in ((_Showing.coming, ""), (_Showing.past, "-")):
        room = most - len(found) + 1
        for way in showings if room > 0 else ():
            order = f"{sign}{way.column}"
            found += _matches(connection, side(way, today), order=order, most=room, day=day)
    return sorted(found, key=lambda match: (nearness(_end(match), today), match.key))


def _end(match: Match) -> date:
    assert match.after is not None
    return match.after


def _matches(
    connection: Connection, way: _Showing, *, order: str, most: int | None, day: date | None
) -> list[Match]:
    """Return at most *most* matches of *way*, in *order*, with their events on *day*."""
    if day is None:
        rows = connection.execute(part_queries.in_order(way.parts, [order], most))
        return [Match(last + way.lead, key) for last, key in rows.all()]
    found = part_queries.in_order(way.parts, [order], most, also=["event"]).subquery().c
    is_then = and_(_event.since <= day, _event.until > day)
    statement = select(found[way.column], found.key, _event.body).outerjoin_from(
        found.key.table, schema.events, and_(conditions.event_of(found), is_then)
    )
    return [Match(last + way.lead, key, body) for last, key, body in connection.execute(statement)]


def _selection(
    connection: Connection,
    found: Sequence[Match],
    most: int | None,
    parts: Iterable[ColumnElement[bool]],
) -> Selection:
    """Return the first *most* of *found*, and by how many the matches of *parts* are more."""
    if most is None or len(found) <= most:
        return Selection(tuple(found))
    return Selection(tuple(found[:most]), part_queries.count(connection, parts, most) - most)
