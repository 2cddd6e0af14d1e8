"""
When documents last changed: what each address last answered with, and since when.

An edition says when anything changed; that a document is still the same, or that an event
has left it without any news, shows only beside what it was. So a digest of that is kept,
with the moment that was told as Last-Modified then. What is forgotten is told as of the
edition again, which is later than need be.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import blake2b
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from releasecal.store import schema

MAX = 100_000
"""How many documents are remembered, about; those that were asked for longest ago go."""

SWEEP = 1_000
"""After how many new ones in a process it looks whether some have to go."""

_NEXT = timedelta(seconds=1)  # an HTTP date tells no shorter time

_table, _column = schema.documents, schema.documents.c


@dataclass(frozen=True, slots=True)
class Sight:
    """
    What a document was at the time it was made.

    Attributes:
        address: Names it for ever; short, whatever was asked for.
        digest: Of its bytes.
        today: The civil day (UTC).
    """

    address: str
    digest: str
    today: date

    @classmethod
    def of(cls, address: str, digest: str, today: date) -> "Sight":
        """Return the sight of what has *digest* at *address*, which may be of any length."""
        return cls(blake2b(address.encode(), digest_size=16).hexdigest(), digest, today)


def find(connection: Connection, sight: Sight) -> Mapping[Any, Any] | None:
    """Return what is remembered of the address, as a row."""
    statement = select(_table).where(_column.address == sight.address)
    return connection.execute(statement).mappings().first()


def moment(row: Mapping[Any, Any] | None, sight: Sight, at_the_latest: datetime) -> datetime:
    """
    Return when the document last changed, given what is remembered of it in *row*.

    It is later than whatever was told before, for a client asks by it whether it is up to
    date; and the same in every process, for it comes from the store alone.
    """
    if row is None:
        return at_the_latest
    told: datetime = row["changed"]
    return told if row["digest"] == sight.digest else max(at_the_latest, told + _NEXT)


def is_news(row: Mapping[Any, Any] | None, sight: Sight) -> bool:
    """Whether *sight* is worth remembering beside *row*: once a day if it is the same."""
    return row is None or row["digest"] != sight.digest or row["asked"] < sight.today


def remember(connection: Connection, sight: Sight, changed: datetime) -> bool:
    """Write down that the document is as in *sight*; return whether it is a new one."""
    facts = {"digest": sight.digest, "changed": changed, "asked": sight.today}
    known = connection.execute(update(_table).where(_column.address == sight.address).values(facts))
    if known.rowcount:
        return False
    connection.execute(insert(_table).values(address=sight.address, **facts))
    return True


def sweep(connection: Connection) -> None:
    """Forget all but the `MAX` that were asked for last."""
    order = _column.asked.desc(), _column.address
    too_many = select(_column.address).order_by(*order).offset(MAX)
    connection.execute(delete(_table).where(_column.address.in_(too_many)))
