"""Refreshes after pushes: none is missed, and many at once are few."""

import threading
from datetime import timedelta

import pytest

from releasecal.errors import RefreshRunning, StoreError
from releasecal.refresh.push_refresher import PushRefresher

PATIENCE = 30  # seconds; not reached unless something is wrong


class Report:
    def __init__(self, number):
        self.as_json = {"number": number}


class FakePublisher:
    """A publisher whose refreshes wait until they may go on."""

    def __init__(self):
        self.begun = threading.Semaphore(0)
        self.may_end = threading.Semaphore(0)
        self.count = 0
        self.errors = []

    def refresh(self):
        self.begun.release()
        assert self.may_end.acquire(timeout=PATIENCE)
        if self.errors:
            raise self.errors.pop(0)
        self.count += 1
        return Report(self.count)


class FakeFetcher:
    """A fetcher of sources of all kinds, which notes at which it looks."""

    def __init__(self, **types):
        self.settings = {id_: type("Settings", (), {"type": kind}) for id_, kind in types.items()}
        self.looked = []

    def look(self, id_):
        self.looked.append(id_)


@pytest.fixture
def publisher():
    return FakePublisher()


def refresher(publisher, **types):
    return PushRefresher(publisher, FakeFetcher(**types), timedelta(), 0.001)


def test_pushes_during_a_refresh_share_the_next_one(publisher):
    """The one that runs may have looked before them; one more is enough for all of them."""
    pushes = refresher(publisher)
    first = pushes.ask()
    assert publisher.begun.acquire(timeout=PATIENCE)

    later = [pushes.ask() for _ in range(100)]
    publisher.may_end.release(2)

    assert first.result(PATIENCE) == {"number": 1}
    assert {each.result(PATIENCE)["number"] for each in later} == {2}
    assert publisher.count == 2


def test_a_push_waits_for_the_refresh_of_another_process(publisher):
    """That one may have looked before the push, and so it is no answer to it."""
    publisher.errors = [RefreshRunning("another"), RefreshRunning("another")]
    publisher.may_end.release(3)

    assert refresher(publisher).ask().result(PATIENCE) == {"number": 1}


def test_an_error_ends_one_push_and_no_later_one(publisher):
    """A database that is away, or a bug: the next push is tried anew."""
    publisher.errors = [StoreError("away"), ZeroDivisionError()]
    publisher.may_end.release(3)
    pushes = refresher(publisher)

    assert isinstance(pushes.ask().exception(PATIENCE), StoreError)
    assert isinstance(pushes.ask().exception(PATIENCE), ZeroDivisionError)
    assert pushes.ask().result(PATIENCE) == {"number": 1}


def test_files_on_the_web_are_fetched_first(publisher):
    """Due or not; a database that has no repository is left to its own times."""
    pushes = refresher(publisher, web="file", festival="ics", tmdb="tmdb", facts="wikidata")
    publisher.may_end.release()

    pushes.ask().result(PATIENCE)

    assert pushes._fetcher.looked == ["web", "festival"]
