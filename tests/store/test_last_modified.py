"""When responses last changed: remembered in the store, the same for every worker."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text

from releasecal.core.editions import NOTHING
from releasecal.store import Inputs, Store, last_modified, lease, write
from support.build import DAY, NOW, opening, publish
from support.database import rows

SECOND = timedelta(seconds=1)


@pytest.fixture
def published(store):
    lease.acquire(store, "me", now=NOW)
    write.save(store, publish(opening("2027-07-14")), NOTHING, (), inputs=Inputs(""), holder="me")
    return store


def told(of, digest="one", *, at=NOW, days=0, address="/calendar.ics?", edition=1):
    today = (NOW + days * DAY).date()
    return last_modified.last_changed(
        of, address, digest, edition=edition, today=today, at_the_latest=at
    )


def test_an_unchanged_response_keeps_its_last_modified(published):
    """An unchanged response keeps its moment, however new the edition is."""
    assert told(published) == NOW
    assert told(published, at=NOW + 5 * DAY, days=5) == NOW
    assert told(published, at=NOW + DAY, address="/other.ics?") == NOW + DAY


def test_a_changed_response_has_a_later_last_modified(published):
    """A changed response is later than the one before, also within one edition: an event left it."""
    assert told(published) == NOW
    assert told(published, "two") == NOW + SECOND
    assert told(published, "two") == NOW + SECOND
    assert told(published, "one") == NOW + 2 * SECOND
    assert told(published, "three", at=NOW + DAY) == NOW + DAY


def test_all_workers_give_the_same_last_modified(published, url):
    """All processes give a response the same moment, in whichever order they make it."""
    told(published)
    other = Store.open(url)

    assert {told(each, "two", at=NOW + DAY) for each in (published, other, published)} == {
        NOW + DAY
    }
    with ThreadPoolExecutor(8) as pool:
        moments = set(
            pool.map(lambda each: told(each, "three", at=NOW + DAY), [published, other] * 8)
        )
    assert moments == {NOW + DAY + SECOND}
    other.close()


def test_a_response_of_an_older_edition_is_not_remembered(published):
    """A response that was overtaken while it was made does not hide its successor."""
    assert told(published, edition=0) == NOW

    assert rows(published)["last_modified"] == []


def test_a_known_response_is_written_once_a_day(published, monkeypatch):
    """An unchanged response is written once a day, so that it counts as asked for."""
    writes = []
    remember = last_modified._remember
    monkeypatch.setattr(
        last_modified,
        "_remember",
        lambda *args, **named: writes.append(args) or remember(*args, **named),
    )

    for days in (0, 0, 1, 1, 0):
        told(published, days=days)

    assert len(writes) == 2


@pytest.mark.sqlite("a writer locks the whole database")
def test_the_memory_waits_for_no_writer(published, url):
    """While another process writes, and with a broken store, the moment is given and not remembered."""
    told(published)
    other = Store.open(url)
    with other.writing():
        assert told(published, "two", at=NOW + DAY) == NOW + DAY
    assert told(published, "one", at=NOW + 2 * DAY) == NOW
    other.close()

    with published.writing() as connection:
        connection.execute(text("drop table last_modified"))
    assert told(published, "one", at=NOW + 2 * DAY) == NOW + 2 * DAY


@pytest.mark.sqlite("a server's transaction that reads never writes")
def test_a_moment_is_noted_where_another_process_writes_in_between(published, url, monkeypatch):
    """Another process may write after this one has looked: the moment is noted in a second attempt."""
    told(published)
    other, find = Store.open(url), last_modified._find

    def slow(connection, seen):
        found = find(connection, seen)
        monkeypatch.setattr(last_modified, "_find", find)
        told(other, address="/other.ics?")
        return found

    monkeypatch.setattr(last_modified, "_find", slow)
    assert told(published, "two", at=NOW + DAY) == NOW + DAY
    assert told(other, "two", at=NOW + 2 * DAY) == NOW + DAY
    assert len(rows(published)["last_modified"]) == 2
    other.close()


@pytest.mark.sqlite("the patience is in pragmas")
def test_a_hurried_connection_gets_its_patience_back(published):
    """A connection that was in a hurry waits for writers and the disk again in the next transaction."""
    told(published)
    with published.writing() as connection:
        assert connection.execute(text("pragma busy_timeout")).scalar_one() == 5_000
        assert connection.execute(text("pragma synchronous")).scalar_one() == 2
    with published.writing(hurry=True) as connection:
        assert connection.execute(text("pragma busy_timeout")).scalar_one() == 20
        assert connection.execute(text("pragma synchronous")).scalar_one() == 1
    with published.reading() as connection:
        assert connection.execute(text("pragma busy_timeout")).scalar_one() == 5_000


def test_the_memory_is_bounded(published, monkeypatch):
    """Of too many responses, the ones asked for longest ago are forgotten."""
    monkeypatch.setattr(last_modified, "MAX", 10)
    monkeypatch.setattr(last_modified, "SWEEP", 5)
    told(published, address="/old.ics")
    told(published, address="/asked.ics")
    told(published, address="/asked.ics", days=2)
    for number in range(33):
        told(published, address=f"/{number}.ics", days=1)

    kept = {row[0] for row in rows(published)["last_modified"]}
    assert len(kept) <= 15
    assert last_modified.Sighting.of("/asked.ics", "", NOW.date()).address in kept
    assert last_modified.Sighting.of("/old.ics", "", NOW.date()).address not in kept


def test_a_long_address_makes_a_short_row(published):
    """A row is short, however long the address is."""
    told(published, address="/calendar.ics?" + "x" * 100_000)

    (row,) = rows(published)["last_modified"]
    assert max(len(str(value)) for value in row) < 100
