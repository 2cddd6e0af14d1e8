"""The lease: one refresh at a time, and a database that is locked."""

import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest

from releasecal.core.editions import NOTHING
from releasecal.errors import RefreshRunning, StoreError
from releasecal.queries.site_settings import SiteSettings
from releasecal.refresh.publisher import Publisher
from releasecal.store import LEASE, NO_HEAD, Inputs, Store, lease, newest_edition, write
from support.build import NOW, opening, publish

EDITION = publish(opening("2026-12-14"))


def save(store, edition, before=NOTHING, holder="me"):
    write.save(store, edition, before, (), inputs=Inputs("digest"), holder=holder)


@pytest.fixture
def impatient(url, monkeypatch):
    """A store whose transactions wait for 50 ms."""
    monkeypatch.setattr("releasecal.store.connection.LOCK_TIMEOUT", 50)
    store = Store.open(url)
    yield store
    store.close()


@pytest.fixture
def lock(url):
    """Return a function that has another program take the write lock."""
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        yield lambda: other.execute("begin immediate")


def test_the_lease_has_one_holder(store):
    """One process may refresh; a silent one loses the lease by time."""
    assert lease.acquire(store, "me", now=NOW)
    assert not lease.acquire(store, "me", now=NOW)
    assert not lease.acquire(store, "you", now=NOW + LEASE - timedelta(seconds=1))
    assert lease.acquire(store, "you", now=NOW + LEASE)
    lease.release(store, "me")
    assert not lease.renew(store, "me", now=NOW + LEASE)
    assert not lease.acquire(store, "me", now=NOW + LEASE)
    assert lease.renew(store, "you", now=NOW + 2 * LEASE)
    assert not lease.acquire(store, "me", now=NOW + 2 * LEASE)
    lease.release(store, "you")
    assert lease.acquire(store, "me", now=NOW)


def test_a_lost_lease_saves_nothing(store):
    """A refresh that was taken for dead does not overwrite a later one."""
    lease.acquire(store, "you", now=NOW)

    with pytest.raises(RefreshRunning):
        save(store, EDITION)

    assert store.ask(newest_edition.head) == NO_HEAD


def test_an_edition_follows_the_newest_only(store):
    """An edition made from an older one than the newest is refused."""
    lease.acquire(store, "me", now=NOW)
    save(store, EDITION)

    with pytest.raises(RefreshRunning):
        save(store, publish(opening("2027", id_="other")))


@pytest.mark.sqlite("another program locks its file; test_postgresql.py has contenders")
def test_a_foreign_lock_is_an_error_and_readers_go_on(impatient, lock):
    """Another program that holds the write lock delays writers, never readers."""
    lease.acquire(impatient, "me", now=NOW)
    save(impatient, EDITION)
    lease.release(impatient, "me")
    lock()

    with pytest.raises(StoreError, match=r"database is locked \(another program has it"):
        lease.acquire(impatient, "me", now=NOW)
    assert impatient.ask(newest_edition.edition) == EDITION


@pytest.mark.sqlite("another program locks its file; test_postgresql.py has contenders")
def test_a_lock_beside_a_lease_is_a_refresh(impatient, lock):
    """While another process holds the lease, the lock is taken for its own: a refresh is running."""
    lease.acquire(impatient, "another process", now=NOW)
    lock()

    assert not lease.acquire(impatient, "me", now=NOW)
    publisher = Publisher(impatient, [], SiteSettings(), lambda: NOW)
    with pytest.raises(RefreshRunning, match="another process is refreshing"):
        publisher.refresh()
    assert publisher.own_status.problems == ()


@pytest.mark.sqlite("another program locks its file; test_postgresql.py has contenders")
def test_a_lease_taken_while_we_wait_counts(impatient, lock, monkeypatch):
    """A refresh that began to save while we waited for the lock is a refresh, too."""
    lease.acquire(impatient, "another process", now=NOW)
    lock()
    looks = []
    held = lease.is_held
    monkeypatch.setattr(
        lease, "is_held", lambda *args: looks.append(1) or (len(looks) > 1 and held(*args))
    )

    assert not lease.acquire(impatient, "me", now=NOW)
    assert len(looks) == 2


@pytest.mark.sqlite("another program locks its file; test_postgresql.py has contenders")
def test_a_lock_beside_an_old_lease_is_an_error(impatient, lock):
    """The lease of a dead process does not make another program's lock a refresh."""
    lease.acquire(impatient, "a dead process", now=NOW)
    lock()

    with pytest.raises(StoreError, match="database is locked"):
        lease.acquire(impatient, "me", now=NOW + LEASE)


@pytest.mark.sqlite("another program locks its file; test_postgresql.py has contenders")
@pytest.mark.parametrize(
    ("holder", "error", "message"),
    [
        ("another process", RefreshRunning, "another process is refreshing"),
        ("me", StoreError, "database is locked"),
    ],
)
def test_a_save_that_cannot_begin_says_why(impatient, lock, holder, error, message):
    """A locked save names the other refresh to a holder without the lease, another program to one with it."""
    lease.acquire(impatient, holder, now=NOW)
    lock()

    with pytest.raises(error, match=message):
        save(impatient, EDITION)
    assert impatient.ask(newest_edition.head) == NO_HEAD


@pytest.mark.sqlite("another program locks its file, for readers, too")
def test_a_database_that_nobody_can_read_is_an_error(impatient, url):
    """A program that locks out readers, too, is an error, even beside a lease."""
    lease.acquire(impatient, "another process", now=NOW)
    impatient.close()
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as other:
        other.execute("pragma locking_mode = exclusive")
        other.execute("begin exclusive")

        with pytest.raises(StoreError, match=r"database is locked \(another program has it"):
            lease.acquire(impatient, "me", now=NOW)
