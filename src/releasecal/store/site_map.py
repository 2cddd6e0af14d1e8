"""The films and series that have pages, each with the moment of its last change."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from releasecal.store import schema

_entry, _series = schema.entries.c, schema.series.c


class Changed(NamedTuple):
    """The *id* of a film or series, and when a release of it last changed, UTC."""

    id: str
    at: datetime


def count(connection: Connection) -> int:
    """Return the number of films that have a release."""
    return connection.execute(select(func.count(_entry.film.distinct()))).scalar_one()


def films(connection: Connection, first: int, most: int) -> Sequence[Changed]:
    """Return *most* films at most, by id, from number *first* on, counted from 0."""
    latest = select(_entry.film, func.max(_entry.revised)).group_by(_entry.film)
    some = latest.order_by(_entry.film).offset(first).limit(most)
    return [Changed(*row) for row in connection.execute(some)]


def series(connection: Connection) -> Sequence[Changed]:
    """Return all series, by id."""
    of_films = schema.series.join(schema.entries, _series.film == _entry.film)
    latest = select(_series.id, func.max(_entry.revised)).select_from(of_films)
    some = latest.group_by(_series.id).order_by(_series.id)
    return [Changed(*row) for row in connection.execute(some)]
