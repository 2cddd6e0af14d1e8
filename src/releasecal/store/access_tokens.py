"""
Access tokens, which an operator gives to others and takes back: names, scopes, ends, digests.

A token is 256 bits of chance, so one round of SHA-256 keeps it as well as a slow hash would, which
is for passwords that people think of. It is looked up by that digest: how long that takes tells
nothing of other tokens.
"""

import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, or_, select

from releasecal.core.value_classes import dataclass
from releasecal.store import schema
from releasecal.store.store import Store

PREFIX = "rc_"
"""Beginning of each token, by which programs that look for secrets know it."""

READ = "read"
"""Scope of tokens in addresses, which have no other one: addresses are seen by many programs."""

SCOPES = {
    "refresh": "POST /refresh",
    "accept-loss": "what the loss guard holds, too",
    READ: "an address of one's own, and nothing else",
}
"""The scopes, each with what it allows."""

_OCTETS = 32
_LENGTH = len(PREFIX) + 2 * _OCTETS

_column = schema.access_tokens.c


@dataclass(frozen=True, slots=True)
class AccessToken:
    """
    A token as it is on record, without itself.

    Attributes:
        name: One of the operator's, by which it is revoked.
        scopes: Names in `SCOPES`, in their order.
        expires: Moment from which on it counts no more, UTC; None for never.
        query: Canonical query of all that may be read with it; empty for the whole site.
    """

    name: str
    scopes: Sequence[str]
    created: datetime
    expires: datetime | None = None
    query: str = ""


def make() -> str:
    """Return a new token: letters and digits, which no program takes for the end of an address."""
    return PREFIX + secrets.token_hex(_OCTETS)


def add(store: Store, token: str, record: AccessToken) -> bool:
    """Put the *record* of *token* into *store*; False if another one has its name."""
    row = {
        "digest": _digest(token),
        "name": record.name,
        "scopes": " ".join(record.scopes),
        "created": record.created,
        "expires": record.expires,
        "query": record.query,
    }
    with store.writing(leases=True) as connection:
        taken = select(_column.name).where(_column.name == record.name)
        if connection.execute(taken).first():
            return False
        connection.execute(insert(schema.access_tokens).values(row))
    return True


def revoke(store: Store, name: str) -> bool:
    """Delete the token called *name* from *store*, for all processes at once; False for none."""
    with store.writing(leases=True) as connection:
        found = connection.execute(delete(schema.access_tokens).where(_column.name == name))
        return found.rowcount == 1


def find(store: Store, token: str, scope: str, now: datetime) -> AccessToken | None:
    """
    Return the record of *token* if it allows *scope* at *now*.

    None stands for an unknown, a revoked, an expired one and one of other scopes alike. The
    database is asked each time, and not a replica, which learns late of a revocation.

    Raises:
        StoreError: The database cannot be used.
    """
    if len(token) != _LENGTH or not token.startswith(PREFIX):
        return None
    digest = _digest(token)
    query = select(schema.access_tokens).where(
        _column.digest == digest, or_(_column.expires.is_(None), _column.expires > now)
    )
    with store.reading(newest=True) as connection:
        row = connection.execute(query).first()
    if row is None or not hmac.compare_digest(row.digest, digest):
        return None
    found = _record(row)
    return found if scope in found.scopes else None


def listed(connection: Connection) -> Sequence[AccessToken]:
    """Return all that are on record, expired ones too, by name."""
    query = select(schema.access_tokens).order_by(_column.name)
    return [_record(row) for row in connection.execute(query)]


def _record(row: Row[Any]) -> AccessToken:
    return AccessToken(row.name, row.scopes.split(), row.created, row.expires, row.query)


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()
