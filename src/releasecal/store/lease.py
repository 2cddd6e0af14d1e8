"""The lease: one refresh at a time, in whichever process; it ends by time if its holder dies."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from releasecal.errors import RefreshRunning
from releasecal.store import read, schema
from releasecal.store.connection import DatabaseLocked
from releasecal.store.read import Head
from releasecal.store.store import Store

LEASE = timedelta(seconds=30)
"""Longest silence of a refresh before another process takes over."""

_column = schema.lease.c


def acquire(store: Store, holder: str, *, now: datetime) -> bool:
    """
    Take the lease for `LEASE` from *now*; False if it is held, even by *holder*.

    Raises:
        StoreError: The database cannot be used; also locked by a program without the lease.
    """
    if store.ask(is_held, now):
        return False
    try:
        with store.writing() as connection:
            return _take(connection, holder, now)
    except DatabaseLocked:
        if store.ask(is_held, now):  # its holder began to save while we waited
            return False
        raise


def renew(store: Store, holder: str, *, now: datetime) -> bool:
    """Keep the lease for `LEASE` from *now*; False if *holder* has lost it."""
    with store.writing() as connection:
        ours = _column.holder == holder
        result = connection.execute(update(schema.lease).where(ours).values(until=now + LEASE))
        return result.rowcount == 1


def release(store: Store, holder: str) -> None:
    """Give the lease back, if *holder* has it."""
    with store.writing() as connection:
        connection.execute(delete(schema.lease).where(_column.holder == holder))


@contextmanager
def writing(store: Store, holder: str, number: int) -> Iterator[tuple[Connection, Head]]:
    """
    Give a writing transaction to the *holder* of the lease, and the newest edition's head.

    Raises:
        RefreshRunning: *holder* has lost the lease, or edition *number* is not the newest.
    """
    try:
        with store.writing() as connection:
            yield connection, _unchanged_head(connection, holder, number)
    except DatabaseLocked as error:
        if store.ask(_holder) not in {holder, None}:
            raise RefreshRunning("another process is refreshing") from error
        raise


def _unchanged_head(connection: Connection, holder: str, number: int) -> Head:
    head = read.head(connection)
    if _holder(connection) != holder or head.number != number:
        raise RefreshRunning("another process has refreshed in the meantime")
    return head


def _holder(connection: Connection) -> str | None:
    """Return the last holder of the lease, if it was not given back."""
    return connection.execute(select(_column.holder)).scalar_one_or_none()


def is_held(connection: Connection, now: datetime) -> bool:
    """
    Whether the lease runs at *now*.

    A lease that ends later than any can was written by a clock gone wrong: it is void.
    """
    until = connection.execute(select(_column.until)).scalar_one_or_none()
    return until is not None and now < until <= now + 2 * LEASE


def _take(connection: Connection, holder: str, now: datetime) -> bool:
    if is_held(connection, now):
        return False
    connection.execute(delete(schema.lease))
    row = {"name": "refresh", "holder": holder, "until": now + LEASE}
    connection.execute(insert(schema.lease).values(row))
    return True
