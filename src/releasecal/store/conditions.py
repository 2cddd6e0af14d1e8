"""SQL conditions: whether an entry answers a query, and where it is shown."""

from collections.abc import Collection, Iterator
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, true

from releasecal.core.models import SEQUEL, WORLD, ReleaseKind
from releasecal.queries.feed_query import FeedQuery
from releasecal.queries.parameters import AskedCertainty, Cancelled, Undated
from releasecal.store import schema

_column = schema.entries.c


def selected(query: FeedQuery) -> ColumnElement[bool]:
    """Return the condition that an entry answers *query*, whatever its date."""
    return or_(*apart(query))


def apart(query: FeedQuery) -> tuple[ColumnElement[bool], ...]:
    """
    Return the condition that an entry answers *query*, whatever its date, cut into parts.

    No entry meets two of them. They are apart for indexes: one part is of the query's own
    regions, the other of the world.
    """
    parts = and_(true(), *_parts(query))
    if not query.region:
        return (parts,)
    own = and_(_column.region.in_(query.region), parts)
    if WORLD in query.region:
        return (own,)
    return own, and_(_column.region == WORLD, is_wanting(query.region, _OF_AN_ENTRY), parts)


_Identity = tuple[ColumnElement[str], ColumnElement[str], ColumnElement[str]]
_OF_AN_ENTRY: _Identity = (_column.film, _column.kind, _column.channel)


def is_wanting(regions: Collection[str], release: _Identity) -> ColumnElement[bool]:
    """
    Return the condition that one of *regions* has no own release like a worldwide one.

    *release* is the columns with its film, kind and channel.
    """
    own = schema.entries.alias("own").c
    film, kind, channel = release
    alike = (own.film == film, own.kind == kind, own.channel == channel, ~own.is_withdrawn)
    own_ones = select(own.region).where(*alike)  # a column of the index, which covers it then
    return or_(*(~own_ones.where(own.region == region).exists() for region in regions))


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
    if query.series:
        yield in_series(_column.film, query.series)
    if query.genre:
        genre = schema.genres.c
        yield _column.film.in_(select(genre.film).where(genre.slug.in_(query.genre)))
    if query.q:
        yield or_(*(and_(*map(_has_word, phrase.split())) for phrase in query.q))
    if query.certainty is AskedCertainty.ANNOUNCED:
        yield _column.is_announced


def _has_word(word: str) -> ColumnElement[bool]:
    """Return the condition that a title of an entry's film has *word*."""
    column = schema.words.c
    return _column.film.in_(select(column.film).where(column.word == word))


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
