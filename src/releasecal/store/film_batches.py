"""Batches of films: those that a source lists now, with their entries, a few at a time."""

import json
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from sqlalchemy import Connection, select

from releasecal.core.editions import Entry
from releasecal.core.models import Film, Source
from releasecal.store import codec, newest_edition, schema

_film = schema.films.c
_AT_ONCE = 1_000  # rows held in memory


class Part(NamedTuple):
    """
    Some films of an edition.

    Attributes:
        edition: Its number.
        films: By id, sorted; empty after the last ones.
        entries: Those of *films*, by film, then key.
    """

    edition: int
    films: Mapping[str, Film]
    entries: Mapping[str, Sequence[Entry]]


def ids(connection: Connection) -> tuple[str, ...]:
    """Return the ids of all films that a source lists now, sorted."""
    statement = select(_film.id, _film.data).order_by(_film.id)
    rows = connection.execute(statement.execution_options(yield_per=_AT_ONCE))
    return tuple(row.id for row in rows if json.loads(row.data).get("told_by"))


def sources(connection: Connection) -> tuple[Source, ...]:
    """Return all sources, by id."""
    rows = connection.execute(select(schema.sources.c.data).order_by(schema.sources.c.id))
    return tuple(map(codec.SOURCE.validate_json, rows.scalars()))


def part(
    connection: Connection, film_ids: Iterable[str], told: Mapping[str, Film] = MappingProxyType({})
) -> Part:
    """
    Return the films *film_ids*, a thousand at most, and the number of the present edition.

    Those that are just as *told* are the same objects.
    """
    statement = select(schema.films).where(_film.id.in_(list(film_ids))).order_by(_film.id)
    rows = connection.execute(statement)
    films = {row.id: codec.film_in(row.data, told.get(row.id)) for row in rows}
    entries: dict[str, list[Entry]] = {id_: [] for id_ in films}
    for entry in newest_edition.select_entries(connection, schema.entries.c.film.in_(list(films))):
        entries[entry.key.film].append(entry)
    found = {id_: sorted(each, key=lambda entry: entry.key) for id_, each in entries.items()}
    return Part(newest_edition.head(connection).number, films, found)
