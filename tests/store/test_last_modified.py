"""When documents last changed: remembered in the store, the same for every worker."""

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


def test_the_same_document_keeps_its_moment(published):
    """However much later the edition is in which it is still the same."""
    assert told(published) == NOW
    assert told(published, at=NOW + 5 * DAY, days=5) == NOW
    assert told(published, at=NOW + DAY, address="/other.ics?") == NOW + DAY


def test_another_document_is_later(published):
    """Also where the edition is not: an event has left the window, and no news with it."""
    assert told(published) == NOW
    assert told(published, "two") == NOW + SECOND
    assert told(published, "two") == NOW + SECOND
    assert told(published, "one") == NOW + 2 * SECOND
    assert told(published, "three", at=NOW + DAY) == NOW + DAY


def test_all_workers_tell_the_same(published, url):
    """Whoever makes it first, in whatever process."""
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


def test_what_an_older_edition_made_is_not_remembered(published):
    """A document that was overtaken while it was made must not hide what came after it."""
    assert told(published, edition=0) == NOW

    assert rows(published)["documents"] == []


def test_nothing_is_written_that_is_known(published, monkeypatch):
    """The same document is written down once a day, so that it counts as asked for."""
    writes = []
    remember = last_modified._remember
    monkeypatch.setattr(
        last_modified, "_remember", lambda *args: writes.append(args) or remember(*args)
    )

    for days in (0, 0, 1, 1, 0):
        told(published, days=days)

    assert len(writes) == 2


def test_a_writer_is_not_waited_for(published, url):
    """While somebody else writes, the moment is told and not remembered; so is a broken store's."""
    told(published)
    other = Store.open(url)
    with other.writing():
        assert told(published, "two", at=NOW + DAY) == NOW + DAY
    assert told(published, "one", at=NOW + 2 * DAY) == NOW
    other.close()

    with published.writing() as connection:
        connection.execute(text("drop table documents"))
    assert told(published, "one", at=NOW + 2 * DAY) == NOW + 2 * DAY


def test_what_matters_waits_again(published):
    """A connection that was in a hurry has its patience back, and its care."""
    told(published)
    with published.writing() as connection:
        assert connection.execute(text("pragma busy_timeout")).scalar_one() == 5_000
        assert connection.execute(text("pragma synchronous")).scalar_one() == 2
    with published.writing(hurry=True) as connection:
        assert connection.execute(text("pragma busy_timeout")).scalar_one() == 20
        assert connection.execute(text("pragma synchronous")).scalar_one() == 1
    with published.reading() as connection:
        assert connection.execute(text("pragma busy_timeout")).scalar_one() == 5_000


def test_what_is_remembered_has_an_end(published, monkeypatch):
    """Of many, those that were asked for longest ago go."""
    monkeypatch.setattr(last_modified, "MAX", 10)
    monkeypatch.setattr(last_modified, "SWEEP", 5)
    told(published, address="/old.ics")
    told(published, address="/asked.ics")
    told(published, address="/asked.ics", days=2)
    for number in range(33):
        told(published, address=f"/{number}.ics", days=1)

    kept = {row[0] for row in rows(published)["documents"]}
    assert len(kept) <= 15
    assert last_modified.Sighting.of("/asked.ics", "", NOW.date()).address in kept
    assert last_modified.Sighting.of("/old.ics", "", NOW.date()).address not in kept


def test_an_address_of_any_length(published):
    """A row is short, whatever was asked for."""
    told(published, address="/calendar.ics?" + "x" * 100_000)

    (row,) = rows(published)["documents"]
    assert max(len(str(value)) for value in row) < 100
