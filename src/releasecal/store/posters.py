"""
Posters: copies of the films' posters, as far as they are kept.

Their number is bounded by who keeps them; a copy has the name of its contents.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, delete, func, insert, select

from releasecal.core.value_classes import dataclass
from releasecal.store import film_queries, schema
from releasecal.store.store import Store

_table, _column = schema.posters, schema.posters.c
_copy, _entry = schema.poster_copies.c, schema.entries.c


@dataclass(frozen=True, slots=True)
class PosterState:
    """
    The state of keeping a copy of a poster.

    Attributes:
        address: Where it comes from.
        due: When it is to be fetched, UTC.
        digest: Hash of the copy; empty if there is none.
        media_type: That of the copy.
        octets: Size of the copy.
        kept: When the copy was made, UTC; None if there is none.
        failures: Number of attempts in a row that went wrong.
    """

    address: str
    due: datetime
    digest: str = ""
    media_type: str = ""
    octets: int = 0
    kept: datetime | None = None
    failures: int = 0


def states(connection: Connection) -> Mapping[str, PosterState]:
    """Return the state of each poster that was ever fetched, by its address."""
    rows = connection.execute(select(_table).order_by(_column.address)).mappings()
    return {row["address"]: PosterState(**row) for row in rows}


def copies(connection: Connection, hosts: Collection[str]) -> Mapping[str, tuple[str, str]]:
    """Return the digest and the media type of each copy from *hosts*, by its poster's address."""
    found = select(_column.address, _column.digest, _column.media_type)
    rows = connection.execute(found.where(_column.digest > "").order_by(_column.address))
    return {
        row.address: (row.digest, row.media_type)
        for row in rows
        if urlsplit(row.address).hostname in hosts
    }


def copy(connection: Connection, digest: str) -> tuple[bytes, str] | None:
    """Return the octets and the media type of the copy with *digest*, if it is kept."""
    row = connection.execute(
        select(_copy.data, _column.media_type)
        .join(_table, _column.digest == _copy.digest)
        .where(_copy.digest == digest)
    ).first()
    return (row.data, row.media_type) if row else None


def put(store: Store, state: PosterState, data: bytes | None = None) -> None:
    """Write *state*, and *data*, the copy with its digest, if there is a new one."""
    values: dict[str, Any] = {name: getattr(state, name) for name in PosterState.__slots__}
    with store.writing() as connection:
        connection.execute(delete(_table).where(_column.address == state.address))
        connection.execute(insert(_table).values(values))
        if data is not None:
            connection.execute(delete(schema.poster_copies).where(_copy.digest == state.digest))
            row = {"digest": state.digest, "data": data}
            connection.execute(insert(schema.poster_copies).values(row))
        _sweep(connection)


def drop(store: Store, addresses: Collection[str]) -> None:
    """Forget the posters at *addresses*, and their copies."""
    with store.writing() as connection:
        for address in sorted(addresses):
            connection.execute(delete(_table).where(_column.address == address))
        _sweep(connection)


def _sweep(connection: Connection) -> None:
    """Delete the copies that are no poster's any more."""
    in_use = select(_column.digest)
    connection.execute(delete(schema.poster_copies).where(_copy.digest.not_in(in_use)))


def addresses(connection: Connection, today: date, most: int) -> Sequence[str]:
    """
    Return the addresses of the posters of *most* films at most, each once.

    First those of films with a release on *today* or later, the next one first; then of films
    in the past, the latest first; then of those without a day.
    """
    first, last = func.min(_entry.first), func.max(_entry.first)
    parts = (
        (_entry.first >= today, first),
        (_entry.first < today, last.desc()),
        (_entry.first.is_(None), _entry.film),
    )
    ids: dict[str, None] = {}
    for condition, order in parts:
        films = select(_entry.film).where(condition).group_by(_entry.film)
        found = connection.execute(films.order_by(order, _entry.film).limit(most))
        ids.update(dict.fromkeys(found.scalars()))
    nearest = list(ids)[:most]
    films_by_id = film_queries.films(connection, nearest)
    posters = (films_by_id[id_].poster for id_ in nearest if id_ in films_by_id)
    return list(dict.fromkeys(filter(None, posters)))
