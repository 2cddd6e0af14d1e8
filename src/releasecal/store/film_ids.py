"""Ids of films on record: present ones, and those that films had before or that sources use."""

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, func, or_, select

from releasecal.store import schema

_film, _other = schema.films.c, schema.other_ids.c


def has_film(connection: Connection, film_id: str) -> bool:
    """Whether a film is on record, with that id or under another one."""
    return bool(present_ids(connection, [film_id]))


def present_ids(connection: Connection, ids: Collection[str]) -> Mapping[str, str]:
    """
    Return by each of *ids* the present id of its film, as far as there is one.

    An id that a film has means that film, also if another one had it before.
    """
    wanted = sorted(ids)
    others = select(_other.id, func.min(_other.film)).where(_other.id.in_(wanted))
    found = {row[0]: row[1] for row in connection.execute(others.group_by(_other.id))}
    films_ = connection.execute(select(_film.id).where(_film.id.in_(wanted))).scalars()
    return {**found, **{id_: id_ for id_ in films_}}


def with_other_ids(connection: Connection, ids: Collection[str]) -> frozenset[str]:
    """Return *ids*, and all other ids of the films that have or had one of them."""
    known: set[str] = set()
    ahead = set(ids)
    while ahead:
        known |= ahead
        either = or_(_other.id.in_(sorted(ahead)), _other.film.in_(sorted(ahead)))
        rows_ = connection.execute(select(_other.film, _other.id).where(either))
        ahead = {id_ for row in rows_ for id_ in row} - known
    return frozenset(known)
