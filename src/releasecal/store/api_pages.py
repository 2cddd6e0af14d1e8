"""Pages of the API's lists: a place in an index, and as many rows behind it as a page has."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import islice
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    func,
    literal_column,
    not_,
    or_,
    select,
)

from releasecal.core.editions import Entry
from releasecal.core.models import Source
from releasecal.queries.feed_query import FeedQuery
from releasecal.store import (
    as_of,
    codec,
    conditions,
    day_conditions,
    newest_edition,
    reads_along_indexes,
    schema,
    selection,
)
from releasecal.store.conditions import Parts
from releasecal.store.film_index import ALL_YEARS

_entry, _film = schema.entries.c, schema.films.c
_indexed, _source = schema.film_index.c, schema.sources.c


class ReleasePlace(NamedTuple):
    """
    The place of an entry in the list of releases.

    Attributes:
        part: 0 for those on a day, 1 for those with a date that has no day, 2 for those without.
        day: Its day, or the day after its date; the least one in the last part.
        key: Text of its key.
    """

    part: int
    day: date
    key: str


class ListedRelease(NamedTuple):
    """An entry with its place in the list."""

    place: ReleasePlace
    entry: Entry


_BEGINNING = ReleasePlace(0, date.min, "")


def releases(
    connection: Connection,
    query: FeedQuery,
    today: date,
    *,
    after: ReleasePlace | None,
    most: int,
) -> Sequence[ListedRelease]:
    """
    Return the entries of *query* behind the place *after*, at most *most*, by place.

    They are those that the JSON of a feed has: those that are shown on the civil day *today*,
    and those that have no day yet.

    Raises:
        SelectionError: There are too many to recall as of a day.
    """
    begin = after or _BEGINNING
    if query.as_of:
        then = sorted(_recalled(connection, query, query.as_of), key=lambda each: each.place)
        return list(islice((each for each in then if each.place > begin), most))
    places: list[ReleasePlace] = []
    for part in range(begin.part, 3):
        if len(places) < most:
            start = begin if part == begin.part else ReleasePlace(part, date.min, "")
            places += _places(connection, query, today, start, most - len(places))
    keys = [place.key for place in places]
    found = {str(entry.key): entry for entry in newest_edition.entries_with_keys(connection, keys)}
    return [ListedRelease(place, found[place.key]) for place in places]


def _places(
    connection: Connection, query: FeedQuery, today: date, after: ReleasePlace, most: int
) -> Iterator[ReleasePlace]:
    """Yield the places behind *after* in its part of the list, at most *most*."""
    number, day, key = after
    if number == 2:
        _, unknown = selection.parts_without_day(conditions.asked(connection, query, most))
        wanted = _unseen(unknown, query, today).narrowed(_entry.key > key)
        statement = reads_along_indexes.in_order(wanted, [], most)
        yield from (ReleasePlace(2, date.min, row.key) for row in connection.execute(statement))
        return
    name = ("first", "coarse_after")[number]
    column = _entry[name]
    behind = or_(column > day, _entry.key > key)
    if number == 0:
        by_days = conditions.disjoint_parts(connection, query, conditions.by_day(query), most)
        days = day_conditions.days(query, today, day)
        wanted = by_days.narrowed(day_conditions.on_a_day(query, days), behind)
    else:
        coarse, _ = selection.parts_without_day(conditions.asked(connection, query, most))
        wanted = _unseen(coarse, query, today).narrowed(column >= day, behind)
    for row in connection.execute(reads_along_indexes.in_order(wanted, [name], most)):
        yield ReleasePlace(number, row[0], row.key)


def _unseen(parts: Parts, query: FeedQuery, today: date) -> Parts:
    """Return those of *parts* that *query* does not show on a day that they had before."""
    is_shown = day_conditions.on_a_day(query, day_conditions.days(query, today))
    return parts.narrowed(not_(func.coalesce(is_shown, False)))


def film_ids(
    connection: Connection, query: FeedQuery, today: date, *, after: str, most: int
) -> Sequence[str]:
    """
    Return the ids of the films behind the id *after*, in their order, at most *most*.

    They are all that are listed, or those with a release that answers *query*.
    """
    if query == FeedQuery(lang=query.lang, undated=query.undated, cancelled=query.cancelled):
        # There are indexes that begin with the year, and none of them is in this order.
        is_listed = conditions.unindexed(_indexed.year == ALL_YEARS)
        listed = select(_indexed.film).where(is_listed, _indexed.film > after)
        return connection.execute(listed.order_by(_indexed.film).limit(most)).scalars().all()
    others = replace(query, film=(), series=(), genre=(), q=())
    (own,) = conditions.disjoint_parts(connection, others, ()).each
    days = day_conditions.days(query, today)
    shown = or_(day_conditions.on_a_day(query, days), day_conditions.undated())
    own_ones = select(_entry.key).where(_entry.film == _film.id, own, conditions.unindexed(shown))
    release = own_ones.offset(0).exists()  # without it PostgreSQL would read all entries at once
    found = select(_film.id).where(_film.id > after, *_narrowed(connection, query), release)
    return connection.execute(found.order_by(_film.id).limit(most)).scalars().all()


def _narrowed(connection: Connection, query: FeedQuery) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions of *query* on films themselves."""
    yield from (condition for condition, _ in conditions.of_films(connection, _film.id, query))
    if query.film:
        # A literal, for the index is a partial one, of sequels.
        follows = and_(_entry.follows.in_(query.film), _entry.follows != literal_column("''"))
        sequels = select(_entry.film).where(follows)
        yield or_(_film.id.in_(query.film), _film.id.in_(sequels))


def sources(connection: Connection, *, after: str, most: int) -> Sequence[Source]:
    """Return the sources that facts cite behind the id *after*, by id, at most *most*."""
    statement = select(_source.data).where(_source.id > after).order_by(_source.id).limit(most)
    return [codec.SOURCE.validate_json(data) for data in connection.execute(statement).scalars()]


def _recalled(connection: Connection, query: FeedQuery, day: date) -> Iterator[ListedRelease]:
    """Yield the entries of *query* that were listed on the civil day *day*, each once."""
    for entry in as_of.listed(connection, query, day):
        key, when = str(entry.key), entry.shown
        if when is None:
            yield ListedRelease(ReleasePlace(2, date.min, key), entry)
        else:
            part = 0 if when.is_day else 1
            yield ListedRelease(ReleasePlace(part, when.after if part else when.first, key), entry)
