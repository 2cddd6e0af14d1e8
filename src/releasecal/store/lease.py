"""
Leases: one refresh at a time, and one look at a source, in whichever process.

A lease ends by time if its holder dies.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from hashlib import blake2b

from sqlalchemy import Connection, delete, insert, select, update

from releasecal.errors import RefreshRunning
from releasecal.store import newest_edition, schema
from releasecal.store.connection import DatabaseLocked
from releasecal.store.newest_edition import Head
from releasecal.store.store import Store

LEASE = timedelta(seconds=30)
"""Longest silence of a refresh before another process takes over."""

REFRESH = "refresh"
"""Name of the lease of refreshes."""

_column = schema.lease.c


def node_of(connection: Connection, holder: str) -> str:
    """
    Return a digest of the name of the machine of a *holder*, with which the holder's name begins.

    It is empty in SQLite, whose file one machine has at a time, whatever that is called.
    """
    return "" if connection.dialect.name == "sqlite" else _digest(holder.partition(":")[0])


def _digest(name: str) -> str:
    return blake2b(name.encode(), digest_size=8).hexdigest()


def is_overtaken(connection: Connection, made_from: str, holder: str) -> bool:
    """
    Whether an edition was *made_from* the contents with that digest, and another machine than *holder*'s has since.

    A file that was put back on the machine that publishes is news; on another one it is old.
    """
    newest = select(schema.editions.c.node).order_by(schema.editions.c.number.desc()).limit(1)
    known = select(schema.editions.c.number).where(schema.editions.c.contents == made_from).limit(1)
    publisher = connection.execute(newest).scalar_one_or_none()
    is_known = connection.execute(known).first() is not None
    return bool(publisher) and publisher != node_of(connection, holder) and is_known


def acquire(store: Store, holder: str, *, now: datetime, name: str = REFRESH) -> bool:
    """
    Take the lease called *name* for `LEASE` from *now*; False if it is held, even by *holder*.

    Raises:
        StoreError: The database cannot be used; also locked by a program without the lease.
    """
    if store.ask(is_held, now, name):
        return False
    try:
        with store.writing(leases=True) as connection:
            return _take(connection, holder, now, name)
    except DatabaseLocked:
        if store.ask(is_held, now, name):  # its holder began to save while we waited
            return False
        raise


def renew(store: Store, holder: str, *, now: datetime) -> bool:
    """Keep the lease of *holder* for `LEASE` from *now*; False if it was lost."""
    with store.writing(leases=True) as connection:
        ours = _column.holder == holder
        result = connection.execute(update(schema.lease).where(ours).values(until=now + LEASE))
        return result.rowcount == 1


def release(store: Store, holder: str) -> None:
    """Give the lease of *holder* back, if it has one."""
    with store.writing(leases=True) as connection:
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
        if store.ask(holder_of) not in {holder, None}:
            raise RefreshRunning("another process is refreshing") from error
        raise


def _unchanged_head(connection: Connection, holder: str, number: int) -> Head:
    head = newest_edition.head(connection)
    if holder_of(connection) != holder or head.number != number:
        raise RefreshRunning("another process has refreshed in the meantime")
    return head


def holder_of(connection: Connection, name: str = REFRESH) -> str | None:
    """Return the last holder of the lease called *name*, if it was not given back."""
    statement = select(_column.holder).where(_column.name == name)
    return connection.execute(statement).scalar_one_or_none()


def is_held(connection: Connection, now: datetime, name: str = REFRESH) -> bool:
    """
    Whether the lease called *name* runs at *now*.

    A lease that ends later than any can was written by a clock gone wrong: it is void.
    """
    statement = select(_column.until).where(_column.name == name)
    until = connection.execute(statement).scalar_one_or_none()
    return until is not None and now < until <= now + 2 * LEASE


def _take(connection: Connection, holder: str, now: datetime, name: str) -> bool:
    if is_held(connection, now, name):
        return False
    connection.execute(delete(schema.lease).where(_column.name == name))
    row = {"name": name, "holder": holder, "until": now + LEASE}
    connection.execute(insert(schema.lease).values(row))
    return True
