"""Films, series and channels on record, those included that no source lists any more."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, literal_column, select

from releasecal.core.models import Film
from releasecal.core.namesakes import folded
from releasecal.queries.feed_query import FeedQuery
from releasecal.store import codec, schema

_MAX_IDS = 10_000  # in one statement
_MAX_NAMES = 5_000  # as many as `nearest` compares with

_EMPTY: ColumnElement[str] = literal_column("''")  # a literal: a partial index fits no parameter

_film, _series, _mention = schema.films.c, schema.series.c, schema.mentions.c


def film(connection: Connection, film_id: str) -> Film | None:
    """Return a film, or None."""
    return films(connection, [film_id]).get(film_id)


def films(connection: Connection, ids: Collection[str] | None = None) -> Mapping[str, Film]:
    """Return by id, sorted, the films with *ids*, as far as there are any; without *ids* all."""
    statement = select(schema.films).order_by(_film.id)
    if ids is None:
        return _films(connection, statement)
    wanted = sorted(ids)
    found: dict[str, Film] = {}
    for first in range(0, len(wanted), _MAX_IDS):
        some = _film.id.in_(wanted[first : first + _MAX_IDS])
        found |= _films(connection, statement.where(some))
    return found


def _films(connection: Connection, statement: Select[Any]) -> dict[str, Film]:
    return {row.id: codec.FILM.validate_json(row.data) for row in connection.execute(statement)}


def listed_films(connection: Connection, ids: Collection[str]) -> Mapping[str, Film]:
    """Return by id those of the films with *ids* that a source lists now."""
    return {id_: film for id_, film in films(connection, ids).items() if film.told_by}


def mentioning(connection: Connection, ids: Collection[str]) -> frozenset[str]:
    """Return the ids of the films that mention one of *ids*, or did when they were last listed."""
    statement = select(_mention.film).where(_mention.other.in_(sorted(ids)))
    return frozenset(connection.execute(statement).scalars())


def namesakes(connection: Connection, titles: Collection[str]) -> frozenset[str]:
    """Return the ids of the films with one of *titles*, whether in capitals or not."""
    return mentioning(connection, [title_mention(title) for title in titles])


def title_mention(title: str) -> str:
    """Return the mention under which all films of one *title* are found."""
    return f"={folded(title)}"  # no id has such a character


def alike(connection: Connection, refs: Collection[tuple[str, str]]) -> frozenset[str]:
    """Return the ids of the films with one of *refs*, (database, id) pairs."""
    return mentioning(connection, list(map(ref_mention, refs)))


def ref_mention(ref: tuple[str, str]) -> str:
    """Return an id elsewhere, as (database, id), as one more mention."""
    return ":".join(ref)  # no id of ours has such a character


def channel_names(connection: Connection, slugs: Iterable[str]) -> Mapping[str, str]:
    """Return the names of the channels *slugs*, as some release on each calls it."""
    entry = schema.entries.c
    names = {}
    for slug in sorted({*slugs} - {""}):
        some = select(entry.facts).where(entry.channel == slug, entry.channel != _EMPTY)
        undated = some.where(entry.first.is_(None)).order_by(entry.key).limit(1)
        first = some.order_by(entry.first, entry.key).limit(1)
        facts = connection.execute(undated).scalar_one_or_none()
        facts = facts or connection.execute(first).scalar_one_or_none()
        names[slug] = codec.FACTS.validate_json(facts).release.channel if facts else slug
    return names


def has(connection: Connection, name: str, *, column: ColumnElement[str]) -> bool:
    """Whether a row on record has *name* in *column*."""
    statement = select(column).where(column == name, column != _EMPTY).limit(1)
    return connection.execute(statement).first() is not None


def all_names(connection: Connection, column: ColumnElement[str]) -> tuple[str, ...]:
    """Return all names in *column*, or none if they are too many to suggest one."""
    # From each name to the next one in an index, however many rows have it.
    first = select(func.min(column).label("name")).where(column != _EMPTY)
    names = first.cte("names", recursive=True)
    following = select(func.min(column)).where(column > names.c.name, column != _EMPTY)
    known = names.c.name.is_not(None)
    names = names.union_all(select(following.scalar_subquery()).where(known))
    found = select(names.c.name).where(names.c.name.is_not(None)).limit(_MAX_NAMES + 1)
    all_ = connection.execute(found).scalars().all()
    return tuple(all_) if len(all_) <= _MAX_NAMES else ()


def titles(connection: Connection, film_ids: Iterable[str]) -> Mapping[str, str]:
    """Return by id the titles of the films *film_ids*, as far as there are any."""
    statement = select(_film.id, _film.title).where(_film.id.in_(tuple(film_ids)))
    return {row.id: row.title for row in connection.execute(statement)}


def names(connection: Connection, query: FeedQuery) -> Mapping[str, str]:
    """Return by id the titles of the films and series that *query* names."""
    found = dict(titles(connection, query.film)) if query.film else {}
    if query.series:
        titles_ = select(_series.id, func.min(_series.title)).where(_series.id.in_(query.series))
        found |= {row[0]: row[1] for row in connection.execute(titles_.group_by(_series.id))}
    return found


def sequels(connection: Connection, film_id: str) -> tuple[tuple[str, str], ...]:
    """Return (id, title) of the films that follow *film_id*, by id."""
    entry = schema.entries.c
    statement = (
        select(_film.id, _film.title)
        .join(schema.entries, entry.film == _film.id)
        .where(entry.follows == film_id, entry.follows != _EMPTY)
        .distinct()
        .order_by(_film.id)
    )
    return tuple((row.id, row.title) for row in connection.execute(statement))


def series_title(connection: Connection, series_id: str) -> str | None:
    """Return the title of a series, the first by alphabet of several; None without the series."""
    statement = select(func.min(_series.title)).where(_series.id == series_id)
    title: str | None = connection.execute(statement).scalar_one_or_none()
    return title


def series_titles(connection: Connection, series_id: str) -> frozenset[str]:
    """Return all titles of a series: films may give it different ones."""
    statement = select(_series.title).where(_series.id == series_id)
    return frozenset(connection.execute(statement).scalars())
