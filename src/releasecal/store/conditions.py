"""SQL conditions: whether an entry answers a query, and where it is shown."""

from collections.abc import Collection, Iterable, Iterator
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, true

from releasecal.core.models import SEQUEL, UNKNOWN, WORLD, ReleaseKind
from releasecal.queries.feed_query import FeedQuery
from releasecal.queries.parameters import AskedCertainty, Cancelled, Undated
from releasecal.store import schema

_column = schema.entries.c


def selected(query: FeedQuery) -> ColumnElement[bool]:
    """Return the condition that an entry answers *query*, dates aside."""
    return or_(*disjoint_parts(query))


def disjoint_parts(query: FeedQuery) -> tuple[ColumnElement[bool], ...]:
    """
    Return the condition that an entry answers *query*, dates aside, cut into parts.

    No entry meets two of them. They are apart for indexes: one part is of the query's own
    regions, one of the world, and one of unknown regions.
    """
    parts = and_(true(), *_parts(query))
    if not query.region:
        return (parts,)
    own = and_(_column.region.in_(query.region), parts)
    others = stand_ins(query.region, _column.region, (_column.film, _column.kind, _column.channel))
    return (own, *(and_(condition, parts) for condition in others))


_Identity = tuple[ColumnElement[str], ColumnElement[str], ColumnElement[str]]


def stand_ins(
    regions: Collection[str], region: ColumnElement[str], release: _Identity
) -> Iterator[ColumnElement[bool]]:
    """
    Yield the conditions under which a release elsewhere answers for one of *regions*.

    A worldwide one does where there is no own one of its film, kind and channel; one of an
    unknown region does for a country without its own one of that film and kind, if there is
    no worldwide one.
    *region* is the column with its region, *release* those with film, kind and channel.
    """
    if WORLD not in regions:
        yield and_(region == WORLD, or_(*_without(regions, release)))
    countries = [each for each in regions if each != WORLD]
    if countries and UNKNOWN not in regions:
        of_kind = release[:2]
        yield and_(
            region == UNKNOWN, or_(*_without(countries, of_kind)), *_without((WORLD,), of_kind)
        )


def _without(
    regions: Iterable[str], alike: Iterable[ColumnElement[str]]
) -> Iterator[ColumnElement[bool]]:
    """Yield for each of *regions* the condition that it has no release like the columns *alike*."""
    own = schema.entries.alias("own").c
    columns = zip((own.film, own.kind, own.channel), alike, strict=False)
    equal = [column == other for column, other in columns]
    # A column of the index, which covers the search then.
    own_ones = select(own.region).where(*equal, ~own.is_withdrawn)
    for region in regions:
        yield ~own_ones.where(own.region == region).exists()


def _of_kind(slug: str) -> ColumnElement[bool]:
    """Return the condition that an entry is of the kind *slug*."""
    if slug == SEQUEL:
        return _column.follows != ""
    kind = ReleaseKind.from_slug(slug)
    of_kind = _column.kind == kind.identity
    return of_kind if kind.identity == slug else and_(of_kind, _column.was_derived)


def _parts(query: FeedQuery) -> Iterator[ColumnElement[bool]]:
    if query.kind:
        yield or_(*map(_of_kind, query.kind))
    if query.channel:
        yield _column.channel.in_(query.channel)
    if query.film:
        yield or_(_column.film.in_(query.film), _column.follows.in_(query.film))
    yield from of_films(_column.film, query)
    if query.certainty is AskedCertainty.ANNOUNCED:
        yield _column.is_announced


def of_films(film: ColumnElement[str], query: FeedQuery) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions of *query* on the series, genres and titles of *film*, a column."""
    if query.series:
        yield in_series(film, query.series)
    if query.genre:
        genre = schema.genres.c
        yield film.in_(select(genre.film).where(genre.slug.in_(query.genre)))
    if query.q:
        word = schema.words.c
        phrases = [
            and_(*(film.in_(select(word.film).where(word.word == each)) for each in phrase.split()))
            for phrase in query.q
        ]
        yield or_(*phrases)


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
    return and_(near_event_of(entry), schema.events.c.key == entry.key)


def near_event_of(entry: Any) -> ColumnElement[bool]:
    """Return the condition that an event is where those of *entry* are, or right behind them."""
    event = schema.events.c
    return and_(event.id >= entry.event, event.id < entry.event + schema.EVENTS)
