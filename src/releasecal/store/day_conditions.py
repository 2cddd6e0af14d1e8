"""SQL conditions on days: whether and where a query shows an entry."""

from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Date, and_, bindparam, or_

from releasecal.queries.feed_query import FeedQuery
from releasecal.queries.parameters import Cancelled, Undated
from releasecal.store import schema
from releasecal.store.conditions import unindexed

_column = schema.entries.c


class Days(NamedTuple):
    """
    The days by which entries are shown, or the parameters of a statement for them.

    Attributes:
        today: The civil day of the answer.
        since: The first one that may be an entry's last day.
        until: The day after the last one that may be, by the query and the part of it in question.
        before: The same by that part alone.
        after: The same by the query alone.
    """

    today: Any
    since: Any
    until: Any
    before: Any
    after: Any


DAYS = Days(*(bindparam(name, type_=Date()) for name in Days._fields))
"""The parameters; `days` has their values."""


def undated() -> ColumnElement[bool]:
    """Return the condition that an entry is to happen and has no day yet."""
    return _column.is_undated


def days(query: FeedQuery, today: date, since: date = date.min, before: date = date.max) -> Days:
    """Return the days of *query*, in the part of it *since* some day and *before* another one."""
    first, after = query.span(today)
    return Days(today, max(first, since), min(after, before), before, after)


def on_a_day(query: FeedQuery, days: Days) -> ColumnElement[bool]:
    """
    Return the condition that *query* shows an entry on the one day announced for it.

    There is one bound at each end, for SQLite uses no second one.
    """
    stays: ColumnElement[bool] = _column.leaves.is_(None)
    if query.cancelled is not Cancelled.HIDE:
        stays = or_(stays, _column.leaves > days.today)
    conditions = [
        _column.is_dated,
        unindexed(stays),  # few entries leave, or nearly all
        _column.first >= days.since,
        _column.first < days.until,
    ]
    if query.undated is not Undated.HIDE:
        conditions.append(unindexed(_column.coarse_after.is_(None)))  # as of nearly all
    return and_(*conditions)


def coarse(query: FeedQuery, days: Days) -> ColumnElement[bool]:
    """Return the condition that *query* shows an entry by a date without a day."""
    if query.undated is Undated.END:
        return and_(_column.coarse_after > days.since, _column.coarse_after <= days.until)
    return and_(
        *(_column.coarse_after > days.since, _column.coarse_after <= days.before),
        _column.coarse_first < days.after,
    )


def shown(query: FeedQuery, today: date, since: date, before: date) -> ColumnElement[bool]:
    """Return the condition that *query* shows an entry whose own day is in that span, half-open."""
    if query.undated is Undated.HIDE:
        return on_a_day(query, days(query, today, since, before))
    own_day = and_(_column.first >= since, _column.first < before)
    all_days = days(query, today)
    return and_(own_day, or_(coarse(query, all_days), on_a_day(query, all_days)))
