"""SQL conditions: whether an entry answers a query, and where it is shown."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, true

from releasecal.core.models import SEQUEL
from releasecal.queries.feed_query import FeedQuery
from releasecal.queries.parameters import Cancelled, Undated
from releasecal.store import schema

_column = schema.entries.c


def selected(query: FeedQuery) -> ColumnElement[bool]:
    """Return the condition that an entry answers *query*, whatever its date."""
    return and_(true(), *_parts(query))


def _parts(query: FeedQuery) -> Iterator[ColumnElement[bool]]:
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
        yield in_series(_column.film, query.series)


def in_series(film: ColumnElement[str], ids: tuple[str, ...]) -> ColumnElement[bool]:
    """Return the condition that *film*, a column, is a film of one of the series *ids*."""
    column = schema.series.c
    return film.in_(select(column.film).where(column.id.in_(ids)))


def undated() -> ColumnElement[bool]:
    """Return the condition that an entry is to happen and has no day yet."""
    return _column.is_undated


def shown(query: FeedQuery, today: date) -> ColumnElement[bool]:
    """Return the condition that *query* shows an entry within its span."""
    if query.undated is Undated.HIDE:
        return on_a_day(query, today)
    return or_(coarse(query, today), on_a_day(query, today))


def on_a_day(query: FeedQuery, today: date) -> ColumnElement[bool]:
    """Return the condition that *query* shows an entry on the one day announced for it."""
    first, after = query.span(today)
    # `coalesce` keeps SQLite from the index of this column: few entries leave, or nearly all.
    leaves = func.coalesce(_column.leaves, date.max)
    conditions = [
        _column.is_dated,
        leaves == date.max if query.cancelled is Cancelled.HIDE else leaves > today,
        _column.first >= first,
        _column.first < after,
    ]
    if query.undated is not Undated.HIDE:
        # `coalesce` for the same reason: nearly all entries have no coarse date.
        conditions.append(func.coalesce(_column.coarse_after, date.max) == date.max)
    return and_(*conditions)


def coarse(query: FeedQuery, today: date) -> ColumnElement[bool]:
    """Return the condition that *query* shows an entry by a date without a day."""
    first, after = query.span(today)
    is_end = query.undated is Undated.END
    starts = _column.coarse_after <= after if is_end else _column.coarse_first < after
    return and_(_column.coarse_after > first, starts)


def event_of(entry: Any) -> ColumnElement[bool]:
    """Return the condition that an event is one of *entry*, the columns of `entries`."""
    event = schema.events.c
    nearby = and_(event.id >= entry.event, event.id < entry.event + schema.EVENTS)
    return and_(nearby, event.key == entry.key)
