"""
Choice counts: how many releases or films have each value that a query can name.

To count them takes a walk over all releases, so they are kept, and an edition writes what it changes.
A node of a version before 5 leaves them as they are, so one more row says of which edition they are:
for any other one they are counted.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    func,
    literal_column,
    select,
    text,
)

from releasecal.core.editions import Edition, Entry
from releasecal.core.models import Film
from releasecal.queries.feed_query import entry_kinds, film_genres, release_kinds
from releasecal.store import schema

KIND, REGION, CHANNEL, GENRE, SERIES = "kind", "region", "channel", "genre", "series"
"""Names of what values are of: those of releases first, then those of films."""

Choice = tuple[str, str]
"""Name of what a value is of, and the value."""

_EDITION: Choice = ("edition", "")  # the row whose number is that of the edition

_count, _entry = schema.choice_counts.c, schema.entries.c


def difference(
    before: Edition, edition: Edition, entries: Collection[Entry], films: Collection[str]
) -> Counter[Choice]:
    """
    Return by how much numbers are others in *edition* than in *before*.

    *entries* and *films* (ids) are those of *edition* that differ, or are new.
    """
    found: Counter[Choice] = Counter()
    for entry in entries:
        found.update(_of_entry(entry))
    for id_ in films:
        found.update(_of_film(edition.films[id_]))
    keys, ids = {entry.key for entry in entries}, set(films)
    for key, known in before.entries.items():
        if key in keys or key not in edition.entries:
            found.subtract(_of_entry(known))
    for id_, film in before.films.items():
        if id_ in ids or id_ not in edition.films:
            found.subtract(_of_film(film))
    return found


def _of_entry(entry: Entry) -> Iterable[Choice]:
    if entry.is_withdrawn:
        return ()
    return (
        *((KIND, slug) for slug in entry_kinds(entry)),
        (REGION, entry.key.region),
        *([(CHANNEL, entry.key.channel)] if entry.key.channel else ()),
    )


def _of_film(film: Film) -> Iterable[Choice]:
    return {
        *((GENRE, slug) for slug in film_genres(film)),
        *((SERIES, place.id) for place in film.series),
    }


def kept(connection: Connection, facet: str, most: int | None = None) -> Mapping[str, int]:
    """Return the numbers on record of the values of *facet*, the largest first; at *most* so many."""
    statement = select(_count.value, _count.number).where(_count.facet == facet)
    in_order = statement.order_by(_count.number.desc(), _count.value).limit(most)
    return {row[0]: row[1] for row in connection.execute(in_order)}


def counted(connection: Connection) -> Counter[Choice]:
    """Return the numbers of everything on record, counted now."""
    parts = (_entry.region, _entry.kind, _entry.channel, _entry.was_derived)
    # A literal: PostgreSQL takes two parameters for two expressions.
    is_sequel = _entry.follows != literal_column("''")
    releases = select(*parts, is_sequel, func.count()).where(~_entry.is_withdrawn)
    found: Counter[Choice] = Counter()
    for row in connection.execute(releases.group_by(*parts, is_sequel)):
        region, kind, channel, was_derived, is_of_sequel, number = row
        slugs = release_kinds(kind, was_derived=was_derived, is_sequel=is_of_sequel)
        for choice in (*((KIND, slug) for slug in slugs), (REGION, region), (CHANNEL, channel)):
            found[choice] += number
    for facet, column in ((GENRE, schema.genres.c.slug), (SERIES, schema.series.c.id)):
        films = select(column, func.count()).group_by(column)
        found.update({(facet, row[0]): row[1] for row in connection.execute(films)})
    del found[CHANNEL, ""]
    return found


def write(connection: Connection, changed: Counter[Choice] | None, number: int) -> None:
    """
    Write the numbers of the edition with this *number*, whose rows are written.

    They are *changed* by so much, or counted: for None, and where those of the last edition are unknown.
    """
    if changed is None or not is_of(connection, number - 1):
        found = counted(connection)
        found[_EDITION] = number
        known = connection.execute(select(_count.facet, _count.value, _count.number))
        found.subtract({(row[0], row[1]): row[2] for row in known})
    else:
        found = Counter({**changed, _EDITION: 1})
    rows = [_row(each) for each in sorted(found.items()) if each[1]]
    connection.execute(_ADDING, rows)
    connection.execute(_FORGETTING, rows)


_ADDING = text(
    "INSERT INTO choice_counts (facet, value, number) VALUES (:facet, :value, :number)"
    " ON CONFLICT (facet, value) DO UPDATE SET number = choice_counts.number + excluded.number"
)

_FORGETTING = text(
    "DELETE FROM choice_counts WHERE facet = :facet AND value = :value AND choice_counts.number = 0"
)


def _row(found: tuple[Choice, int]) -> dict[str, Any]:
    (facet, value), number = found
    return {"facet": facet, "value": value, "number": number}


def is_of(connection: Connection, number: int) -> bool:
    """Whether the numbers on record are of the edition with this *number*."""
    return connection.execute(select(_count.number).where(_is_of(number))).first() is not None


def _is_of(number: int) -> ColumnElement[bool]:
    facet, value = _EDITION
    return and_(_count.facet == facet, _count.value == value, _count.number == number)
