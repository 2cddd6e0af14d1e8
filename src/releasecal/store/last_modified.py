"""
The last-modified memory: when the response at each address last changed.

An edition says when anything changed. That a response is still the same, or that an event has
left it without any news, shows only in comparison with the one before. So its digest is kept,
with the moment that was its Last-Modified then. A forgotten response has the edition's moment
again, which is later than need be.
"""

import logging
import sqlite3
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from hashlib import blake2b
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, delete, select, text
from sqlalchemy.exc import DBAPIError

from releasecal.core.value_classes import dataclass
from releasecal.errors import StoreError
from releasecal.store import schema
from releasecal.store.connection import is_busy
from releasecal.store.quick_statements import QuickStatement
from releasecal.store.store import Store

MAX = 100_000
"""Responses remembered, about; beyond it the ones asked for longest ago are forgotten."""

MAX_OWN = 10_000
"""Responses remembered by a process that cannot write."""

SWEEP = 1_000
"""One in so many new addresses makes us look whether some responses have to be forgotten."""

_NEXT = timedelta(seconds=1)  # the resolution of an HTTP date

_table, _column = schema.last_modified, schema.last_modified.c

# Each first answer runs these: they are built once.
_FOUND = QuickStatement(
    select(_column.digest, _column.changed, _column.asked).where(
        _column.address == bindparam("seen")
    )
)
# A later response may be there already, unless it was made from the newest edition.
_NOTED = QuickStatement(
    text(
        """
        INSERT INTO last_modified (address, digest, changed, asked)
        SELECT :address, :digest, :changed, :asked
        WHERE :edition = (SELECT max(number) FROM editions)
        ON CONFLICT (address) DO UPDATE
        SET digest = excluded.digest, changed = excluded.changed, asked = excluded.asked
        """
    ).bindparams(*(bindparam(each.name, type_=each.type) for each in _column))
)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sighting:
    """
    A response at the time it was made.

    Attributes:
        address: Digest of its address: short, and the same for ever.
        digest: Of its octets.
        today: Civil day (UTC).
    """

    address: str
    digest: str
    today: date

    @classmethod
    def of(cls, address: str, digest: str, today: date) -> "Sighting":
        """Return the sighting of *digest* at *address*, which may be of any length."""
        return cls(blake2b(address.encode(), digest_size=16).hexdigest(), digest, today)


def last_changed(  # noqa: PLR0913 - the response, and what it was made from
    store: Store,
    address: str,
    digest: str,
    *,
    edition: int,
    today: date,
    at_the_latest: datetime,
) -> datetime:
    """
    Return when the response at *address* last changed, now that it has *digest*.

    It was made from *edition* on the civil day *today*, and nothing in it has changed after
    *at_the_latest*, which is returned where the memory cannot be read. Raises nothing and
    waits for no other writer: a moment not written now may be written the next time.
    """
    seen = Sighting.of(address, digest, today)
    own = store.moments.get(seen.address)
    changed = _moment(own, seen, at_the_latest)
    try:
        with store.noting() as connection:
            row = _find(connection, seen)
            changed = _moment(_fitting(row, own, seen), seen, at_the_latest)
            is_noted = not _is_news(row, seen)
            note = _Note(seen, changed, edition, is_new=row is None)
            if not is_noted and store.notes_at_once:
                is_noted = _remember_now(connection, note)
        if not is_noted:
            with store.writing(hurry=True) as connection:
                _remember(connection, note)
        store.moments.pop(seen.address, None)
    except StoreError as error:
        _log.info("when a response changed could not be noted: %s", error)
        if len(store.moments) >= MAX_OWN:
            store.moments.clear()
        store.moments[seen.address] = {"digest": digest, "changed": changed}
    return changed


def _fitting(
    row: Mapping[Any, Any] | None, own: Mapping[Any, Any] | None, seen: Sighting
) -> Mapping[Any, Any] | None:
    """Return *row*, or what this process has of *seen* in its *own* memory, if that alone fits."""
    is_known = row is not None and row["digest"] == seen.digest
    return own if own and own["digest"] == seen.digest and not is_known else row


def _find(connection: Connection, seen: Sighting) -> Mapping[Any, Any] | None:
    """Return the row of the address of *seen*."""
    for digest, changed, asked in _FOUND.rows(connection, {"seen": seen.address}):
        return {"digest": digest, "changed": changed, "asked": asked}
    return None


def _moment(row: Mapping[Any, Any] | None, seen: Sighting, at_the_latest: datetime) -> datetime:
    """
    Return when the response *seen* last changed, by the *row* of its address.

    A changed response is always later than the one before, for clients ask by this moment; and
    all processes say the same, for it comes from the store alone.
    """
    if row is None:
        return at_the_latest
    before: datetime = row["changed"]
    return before if row["digest"] == seen.digest else max(at_the_latest, before + _NEXT)


def _is_news(row: Mapping[Any, Any] | None, seen: Sighting) -> bool:
    """Whether *seen* is to be written in the place of *row*; once a day if it is the same."""
    return row is None or row["digest"] != seen.digest or row["asked"] < seen.today


def _remember_now(connection: Connection, note: "_Note") -> bool:
    """Write *note* in a transaction that only read so far; return whether no writer was in the way."""
    try:
        _remember(connection, note)
    except (DBAPIError, sqlite3.Error) as error:
        if is_busy(error):
            return False
        raise
    return True


class _Note(NamedTuple):
    """
    A sighting, with when it last *changed*, to be written unless *edition* is not the newest.

    Attributes:
        is_new: Whether nothing of its address was on record.
    """

    seen: Sighting
    changed: datetime
    edition: int
    is_new: bool


def _remember(connection: Connection, note: _Note) -> None:
    """Write *note*."""
    seen, changed, edition, is_new = note
    facts = {"address": seen.address, "digest": seen.digest, "asked": seen.today}
    _NOTED.run(connection, {**facts, "changed": changed, "edition": edition})
    if is_new and int(seen.address, 16) % SWEEP == 0:
        _sweep(connection)


def _sweep(connection: Connection) -> None:
    """Forget all but the `MAX` that were asked for last."""
    order = _column.asked.desc(), _column.address
    too_many = select(_column.address).order_by(*order).offset(MAX)
    connection.execute(delete(_table).where(_column.address.in_(too_many)))
