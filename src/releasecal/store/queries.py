"""Queries: from a selection to the entries that answer it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, true

from releasecal.editions import NOTHING, Entry
from releasecal.feeds import Cancelled, FeedSpec, Undated
from releasecal.models import SEQUEL
from releasecal.store import tables

_column = tables.entries.c


@dataclass(frozen=True, slots=True)
class Head:
    """
    The newest edition, without what is in it.

    Attributes:
        inputs: Digest of what it was made from.
        is_waiting: Whether machine sources tell of changes that do not count yet.
        confirmed: When the sources last said the same, UTC, to the day; None for never.
        healed: When that ended a time in which they could not be asked, UTC.
    """

    number: int
    published: datetime
    rendering: str
    inputs: str
    is_waiting: bool = False
    confirmed: datetime | None = None
    healed: datetime | None = None

    def is_stale(self, today: date, after: timedelta) -> bool:
        """Whether the last good refresh was more than *after* before the day *today*."""
        return self.confirmed is not None and today - self.confirmed.date() > after


NO_HEAD = Head(NOTHING.number, NOTHING.published, NOTHING.rendering, "")


def head(connection: Connection) -> Head:
    """Return the newest edition's masthead; number 0 before the first."""
    fresh = tables.freshness.c
    row = connection.execute(
        select(
            tables.editions,
            select(tables.pending.c.key).exists().label("is_waiting"),
            select(fresh.confirmed).scalar_subquery().label("confirmed"),
            select(fresh.healed).scalar_subquery().label("healed"),
        )
        .order_by(tables.editions.c.number.desc())
        .limit(1)
    )
    found = row.mappings().first()
    return Head(**{**found, "is_waiting": bool(found["is_waiting"])}) if found else NO_HEAD


def fetch(
    connection: Connection,
    condition: ColumnElement[bool],
    *,
    limit: int | None = None,
    latest_first: bool = False,
) -> tuple[Entry, ...]:
    """Return the entries that meet *condition*, by day, then key; at most *limit*."""
    day = _column.first.desc() if latest_first else _column.first
    query = select(tables.entries).where(condition).order_by(day, _column.key).limit(limit)
    return tuple(map(tables.entry_of, connection.execute(query).mappings()))


def count(connection: Connection, condition: ColumnElement[bool]) -> int:
    """Return how many entries meet *condition*."""
    query = select(func.count()).select_from(tables.entries).where(condition)
    number: int = connection.execute(query).scalar_one()
    return number


def wanted(spec: FeedSpec) -> ColumnElement[bool]:
    """Return the condition that an entry is of what *spec* asks for, whatever its date."""
    return and_(true(), *_conditions(spec))


def _conditions(spec: FeedSpec) -> Iterator[ColumnElement[bool]]:
    if spec.kind:
        kinds = _column.kind.in_(spec.kind)
        yield or_(kinds, _column.follows != "") if SEQUEL in spec.kind else kinds
    if spec.region:
        yield _column.region.in_(spec.region)
    if spec.channel:
        yield _column.channel.in_(spec.channel)
    if spec.film:
        yield or_(_column.film.in_(spec.film), _column.follows.in_(spec.film))
    if spec.series:
        of_series = tables.series.c.id.in_(spec.series)
        yield _column.film.in_(select(tables.series.c.film).where(of_series))


def undated() -> ColumnElement[bool]:
    """Return the condition that an entry is to happen and has no day yet."""
    return _column.is_undated


def shown(spec: FeedSpec, today: date) -> ColumnElement[bool]:
    """Return the condition that an entry is shown on a day within the span asked for."""
    first, after = spec.span(today)
    on_a_day = and_(
        _column.is_dated,
        or_(_column.leaves.is_(None), _column.leaves > today),
        _column.after > first,
        _column.first < after,
    )
    if spec.cancelled is Cancelled.HIDE:
        on_a_day = and_(on_a_day, _column.leaves.is_(None))
    if spec.undated is Undated.HIDE:
        return on_a_day
    is_end = spec.undated is Undated.END
    starts = _column.coarse_after <= after if is_end else _column.coarse_first < after
    coarse = and_(_column.coarse_after > first, starts)
    return or_(coarse, and_(_column.coarse_after.is_(None), on_a_day))


def titles(connection: Connection, spec: FeedSpec) -> Mapping[str, str]:
    """Return the titles of the films and series that *spec* names."""
    names: dict[str, str] = {}
    for table, ids in ((tables.films, spec.film), (tables.series, spec.series)):
        if ids:
            query = select(table.c.id, table.c.title).where(table.c.id.in_(ids))
            names |= {row.id: row.title for row in connection.execute(query)}
    return names


def changed(connection: Connection, newest: Head, today: date, *, is_daily: bool) -> datetime:
    """
    Return a moment after which no answer has changed, until *today*.

    It covers what only time does: an entry leaves, loses its mark, becomes overdue; and
    *is_daily* says that the answer may change with every day.
    """
    turns = (_column.leaves, _column.marked_until, _column.coarse_after)
    days = [
        connection.execute(select(func.max(turn)).where(turn <= today)).scalar_one()
        for turn in turns
    ]
    midnights = [
        datetime.combine(day, time(), UTC) for day in (*days, today if is_daily else None) if day
    ]
    return max([newest.published, *midnights, *([newest.healed] if newest.healed else [])])
