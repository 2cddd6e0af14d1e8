"""
The selection: the entries that answer a query, nearest first, as far as there is room.

The first step finds their keys, or their rendered events, in indexes alone; the second one reads
the rows of these entries and no others.
"""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from enum import Enum, auto
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    String,
    and_,
    case,
    select,
    type_coerce,
    union_all,
)

from releasecal.core.editions import Entry
from releasecal.core.value_classes import dataclass
from releasecal.queries.feed_query import FeedQuery
from releasecal.queries.order import nearness
from releasecal.queries.parameters import Undated
from releasecal.store import conditions, day_conditions, newest_edition, reads_along_indexes, schema
from releasecal.store.conditions import AskedQuery, Parts
from releasecal.store.day_conditions import DAYS, Days
from releasecal.store.kept_statements import MOST, Wanted, kept

_column, _event = schema.entries.c, schema.events.c
_FIRST = schema.events.alias("first_events")
_first = _FIRST.c

Match = tuple[date | None, str, bytes | None]
"""
An entry that answers a query: the day after its last day, None without a day; its key; and its
rendered event, None if there is none or none was asked for. There are many: a plain tuple.
"""


@dataclass(frozen=True, slots=True)
class Selection:
    """
    The entries that answer a query.

    Attributes:
        matches: Those there is room for.
        left_out: Number of the others.
        events: Instead of *matches*, all of their rendered events, by day, then key, of which none
            is empty; None for matches.
    """

    matches: tuple[Match, ...]
    left_out: int = 0
    events: Sequence[bytes] | None = None


EMPTY = Selection(())
"""No entries."""


def on_a_day(asked: AskedQuery, days: Days) -> Parts:
    """Return the entries of a query that it shows on the one day announced for each, on *days*."""
    parts = conditions.parts_of(asked, conditions.by_day(asked.query))
    return parts.narrowed(day_conditions.on_a_day(asked.query, days))


def _coarse(asked: AskedQuery, days: Days) -> Parts:
    """Return the entries of a query that it shows by a date without a day, on *days*."""
    parts = conditions.parts_of(asked, conditions.by_end(asked.query))
    return parts.narrowed(day_conditions.coarse(asked.query, days))


@dataclass(frozen=True, slots=True)
class Showing:
    """
    One of the ways in which a query shows entries: on a day, or by a coarse date.

    Attributes:
        column: Name of the column with their last day, or the day after it; indexed.
        lead: Time from the day in *column* to the day after the last one.
        parts: Returns the entries of a query that it shows so on some days.
    """

    column: str
    lead: timedelta
    parts: Callable[[AskedQuery, Days], Parts]


_ON_A_DAY = Showing("first", timedelta(days=1), on_a_day)
_COARSE = Showing("coarse_after", timedelta(), _coarse)


def dated(  # noqa: PLR0913 - what, how much, and what of it
    connection: Connection,
    wanted: Wanted,
    today: date,
    most: int | None,
    *,
    rendered: bool = False,
    keyed: bool = True,
) -> Selection:
    """
    Return the entries that are *wanted* on some day, at most *most*, nearest first.

    *rendered* asks for their events as rendered for the civil day *today*; without *keyed*, for
    nothing else if possible.
    """
    room = None if most is None else most + 1
    days = day_conditions.days(wanted.query, today)
    events = _events(connection, wanted, days, room) if rendered and not keyed else None
    if events is None or _has_room(events, most):
        if events is not None and all(events):
            return Selection((), events=events)
        found = [
            match
            for way in showings(wanted.query)
            for match in _matches(
                connection, wanted, way, days, way.column, room, rendered=rendered
            )
        ]
        if _has_room(found, most):
            return Selection(tuple(found))
    assert most is not None
    found = _nearest(connection, wanted, today, most, rendered=rendered)
    values = {**wanted.values, **days._asdict()}
    count = reads_along_indexes.counted(connection, _dated_ones(wanted), values, wanted.asked, most)
    return Selection(tuple(found[:most]), count - most)


def _has_room(found: Sequence[object], most: int | None) -> bool:
    """Whether there is room for all that was *found* if there is for *most*."""
    return most is None or len(found) <= most


def without_day(connection: Connection, wanted: Wanted, today: date, most: int | None) -> Selection:
    """
    Return the entries *wanted* that are to happen and have no day yet, at most *most*.

    Those that may still come in time are first, the soonest before all others; then those
    without any date; then the overdue ones, the latest before all others.
    """
    found: list[Match] = []
    values = {**wanted.values, "today": today}
    for part in range(3):
        if most is None or len(found) <= most:
            room = None if most is None else most - len(found) + 1
            statement = _waiting(wanted, part, is_limited=room is not None)
            rows = statement.rows(connection, {**values, "most": room})
            found += [(end[0] if end else None, key, None) for *end, key in rows]
    if most is None or len(found) <= most:
        return Selection(tuple(found))
    count = reads_along_indexes.counted(
        connection, _waiting_ones(wanted), values, wanted.asked, most
    )
    return Selection(tuple(found[:most]), count - most)


def parts_without_day(asked: AskedQuery) -> tuple[Parts, Parts]:
    """
    Return the entries of a query that have no day yet.

    The first ones need a condition that they have a coarse date; the others have none.
    """
    waiting = day_conditions.undated()
    coarse = conditions.parts_of(asked, conditions.by_end(asked.query))
    unknown = conditions.parts_of(asked, ())
    return coarse.narrowed(waiting), unknown.narrowed(waiting, _column.coarse_after.is_(None))


@kept
def _waiting(
    asked: AskedQuery, part: int, *, is_limited: bool
) -> Select[Any] | CompoundSelect[Any]:
    """Return the query for end, if any, and key of a *part* of those without a day; see `without_day`."""
    end = _column.coarse_after
    coarse, unknown = parts_without_day(asked)
    parts, order = (
        (coarse.narrowed(end > DAYS.today), ["coarse_after"]),
        (unknown, []),
        (coarse.narrowed(end <= DAYS.today), ["-coarse_after"]),
    )[part]
    room = MOST if is_limited else None
    return reads_along_indexes.in_order(parts, order, room)


@kept
def _waiting_ones(asked: AskedQuery) -> Select[Any]:
    coarse, unknown = parts_without_day(asked)
    return reads_along_indexes.counting(
        [coarse.narrowed(_column.coarse_after.is_not(None)), unknown]
    )


def entries(connection: Connection, selection: Selection) -> list[Entry]:
    """Return the entries of *selection*, in no particular order."""
    return newest_edition.entries_with_keys(connection, [key for _, key, _ in selection.matches])


def rendered_events(selection: Selection) -> tuple[Sequence[bytes], Sequence[date]] | None:
    """
    Return the rendered events of *selection*, by day, then key, and the days after the empty ones.

    None where one is missing: the refresh after an upgrade renders them.
    """
    if selection.events is not None:
        return selection.events, ()
    found = sorted(selection.matches)
    if any(body is None for *_, body in found):
        return None
    unseen = [after for after, _, body in found if after and not body]
    return [body for *_, body in found if body], unseen


def showings(query: FeedQuery) -> Sequence[Showing]:
    """Return the ways in which *query* shows entries; no entry has two."""
    return [_ON_A_DAY] if query.undated is Undated.HIDE else [_ON_A_DAY, _COARSE]


def _nearest(
    connection: Connection, wanted: Wanted, today: date, most: int, *, rendered: bool
) -> list[Match]:
    """
    Return the nearest matches, at least one more than *most* if there are.

    An index gives each side of *today* in the order of `nearness`; past matches are looked up
    only if there is room for some.
    """
    found: list[Match] = []
    for span, sign in (((today, date.max), ""), ((date.min, today), "-")):
        room = most - len(found) + 1
        days = day_conditions.days(wanted.query, today, *span)
        for way in showings(wanted.query) if room > 0 else ():
            order = f"{sign}{way.column}"
            found += _matches(connection, wanted, way, days, order, room, rendered=rendered)
    return sorted(found, key=lambda match: (nearness(_end(match), today), match[1]))


def _end(match: Match) -> date:
    after, _, _ = match
    assert after is not None
    return after


def _matches(  # noqa: PLR0913, PLR0917 - what, in which order, how much, with what
    connection: Connection,
    wanted: Wanted,
    way: Showing,
    days: Days,
    order: str,
    most: int | None,
    *,
    rendered: bool,
) -> list[Match]:
    """Return at most *most* matches shown *way* on *days*, in *order*, with events if *rendered*."""
    statement = _matching(
        wanted, way, order, _events_by(connection), is_limited=most is not None, rendered=rendered
    )
    values = {**wanted.values, **days._asdict(), "most": most}
    told = statement.rows(connection, values)
    if rendered:
        return [(last + way.lead, key, body) for last, key, body in told]
    return [(last + way.lead, key, None) for last, key in told]


@kept
def _matching(  # noqa: PLR0913 - as `_matches`
    asked: AskedQuery,
    way: Showing,
    order: str,
    events_by: "_EventsBy",
    *,
    is_limited: bool,
    rendered: bool,
) -> Select[Any] | CompoundSelect[Any]:
    """Return the query for last day, key and, if *rendered*, event of entries; see `_matches`."""
    parts, most = way.parts(asked, DAYS), MOST if is_limited else None
    if not rendered:
        return reads_along_indexes.in_order(parts, [order], most)
    if _is_one(asked, parts):
        day = _column[order.removeprefix("-")]
        by = day.desc() if order.startswith("-") else day
        matches = _with_events(select(day, _column.key), _column, events_by)
        return matches.where(*parts.each).order_by(by, _column.key).limit(most)
    found = reads_along_indexes.in_order(parts, [order], most, also=["event"]).subquery().c
    return _with_events(select(found[way.column], found.key), found, events_by)


def _is_one(asked: AskedQuery, parts: Parts) -> bool:
    """Whether an index has all of *parts* in order, or they would be sorted with their events."""
    return len(parts.each) == 1 and not asked.films


def _events(connection: Connection, wanted: Wanted, days: Days, most: int | None) -> Sequence[Any]:
    """
    Return at most *most* rendered events shown on one of *days*; None for none.

    They are by day, then key, and the first ones if an index has all of them in order.
    """
    statement = _rendered(wanted, _events_by(connection), is_limited=most is not None)
    rows = statement.rows(connection, {**wanted.values, **days._asdict(), "most": most})
    is_merged = rows and len(rows[0]) > 1
    return [row[-1] for row in (sorted(map(tuple, rows)) if is_merged else rows)]


@kept
def _rendered(
    asked: AskedQuery, events_by: "_EventsBy", *, is_limited: bool
) -> Select[Any] | CompoundSelect[Any]:
    """Return the query for the events of entries, after their days and keys where these are to be sorted."""
    parts, most = on_a_day(asked, DAYS), MOST if is_limited else None
    if _is_one(asked, parts):
        events = _with_events(select(), _column, events_by).where(*parts.each)
        return events.order_by(_column.first, _column.key).limit(most)
    if events_by is _EventsBy.SEARCH:
        found = reads_along_indexes.in_order(parts, ["first"], most, also=["event"]).subquery().c
        return _with_events(select(found.first, found.key), found, events_by)
    # Sorted here, they take a third less time: SQLite moves each row twice to merge all in order.
    day = type_coerce(_column.first, String)  # as it is written, which is in the order of days
    events = _with_events(select(day, _column.key), _column, events_by)
    return union_all(*(events.where(part) for part in parts.each)).limit(most)


class _EventsBy(Enum):
    """
    Ways to an entry's event of today, of which it has at most three, nearly always one.

    SEARCH finds it among those near its first one. JOIN takes the first one and searches if that is
    of other days: SQLite has its place in the table still, and opens nothing anew. A server would
    read all events for a join.
    """

    JOIN = auto()
    SEARCH = auto()


def _events_by(connection: Connection) -> _EventsBy:
    return _EventsBy.JOIN if connection.dialect.name == "sqlite" else _EventsBy.SEARCH


def _with_events(entries: Select[Any], entry: Any, by: _EventsBy) -> Select[Any]:
    """Return *entries* with one column more: the event of each *entry* as of today, or NULL."""
    # It is looked up until it is found: a join with them would read all that an entry may have.
    near = select(_event.body).where(conditions.event_of(entry), _is_of_today(_event))
    searched = near.limit(1).scalar_subquery()
    if by is _EventsBy.SEARCH:
        return entries.add_columns(searched)
    is_first = and_(_first.key == entry.key, _is_of_today(_first))
    body = case((is_first, _first.body), else_=searched)
    return entries.add_columns(body).outerjoin(_FIRST, _first.id == entry.event)


def _is_of_today(event: Any) -> ColumnElement[bool]:
    """Return the condition that *event*, columns of `events`, is as rendered for today."""
    return and_(event.since <= DAYS.today, event.until > DAYS.today)


@kept
def _dated_ones(asked: AskedQuery) -> Select[Any]:
    ways = showings(asked.query)
    return reads_along_indexes.counting([way.parts(asked, DAYS) for way in ways])
