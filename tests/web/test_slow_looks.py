"""A slow look at the state, of a busy machine or a database that hangs, keeps few others waiting."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import timedelta

import pytest

from releasecal.errors import StoreError
from releasecal.web.http import response_cache
from releasecal.web.http.conditional_requests import Representation
from releasecal.web.http.response_cache import FRESH, SLOW, WAITING, FreshCache, Target
from support.live import until
from support.site import DELIVERY

pytestmark = pytest.mark.fast


@dataclass(frozen=True)
class Edition:
    """A state that never changes."""

    of_all: str = "edition"
    of_pages: str = "status"
    every: timedelta | None = None
    lasts: timedelta = timedelta.max


class Site:
    """
    A response cache, and a database whose answers to a look can be kept back.

    Attributes:
        now: Ticks.
        looks: Looks begun.
        waits: Requests that wait for a slow look.
    """

    def __init__(self):
        self.now, self.looks, self.fails = 1_000.0, 0, False
        self.state: Edition | None = None
        self._answers = threading.Event()
        self._answers.set()
        self._cache = FreshCache(
            Edition(),
            self._look,
            DELIVERY,
            capacity=100_000,
            news=lambda: None,
            ticks=lambda: self.now,
        )

    def _look(self, state):
        self.looks += 1
        assert self._answers.wait(60)
        if self.fails:
            raise StoreError("the database is gone")
        return self.state or state

    @property
    def waits(self):
        return self._cache._waiting

    def ask(self, key, path=""):
        """Return the body of the response with *key*; a request for *path* leads to it from now on."""
        slot = self._cache.find(key, lambda _: Representation(key.encode(), "", "tag", None))
        if path:
            self._cache.note({"PATH_INFO": path}, Target(slot, download=False))
        return slot.resource.representation.body

    def poll(self, path):
        """Return the body of the known response for *path*; None if there is none."""
        self.now += FRESH / 2 if self._answers.is_set() else 0
        found = self._cache.known({"PATH_INFO": path})
        return found and found.slot.resource.representation.body

    def hang(self):
        self._answers.clear()

    def answer(self):
        self._answers.set()


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def pool(site: Site) -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1 + WAITING) as pool:
        yield pool
        site.answer()  # or the pool would wait for its threads until they give up


@pytest.fixture
def first(site, pool):
    """A request for /first, whose look is slow; /known is in the cache."""
    site.ask("/known")
    site.now += FRESH
    site.hang()
    first = pool.submit(site.ask, "/first")
    until(lambda: site.looks == 2, "a look")
    site.now += SLOW * 1.5
    return first


def test_many_new_selections_share_a_look(site):
    """What is not in the cache is made by the state that was looked at just now; what is, looks."""
    assert [site.ask(f"/new-{number}") for number in range(9)][-1] == b"/new-8"
    assert site.looks == 1
    site.ask("/new-0")
    assert site.looks == 2

    site.now += FRESH
    site.ask("/new-9")
    assert site.looks == 3


def test_a_look_that_failed_is_taken_again(site):
    """A new selection looks for itself as long as the last look has failed."""
    site.ask("/known", "a")
    site.fails = True
    site.now += FRESH
    site.poll("a")
    with pytest.raises(StoreError):
        site.ask("/new")
    site.fails = False
    assert site.ask("/new") == b"/new"
    assert site.looks == 4


def test_a_new_selection_waits_for_a_slow_look(site, pool, first):
    """However many seconds its look took, the first one is answered, and so are a few others."""
    others = [pool.submit(site.ask, f"/new-{number}") for number in range(WAITING)]
    until(lambda: site.waits == WAITING, "requests that wait")

    site.answer()

    assert first.result(60) == b"/first"
    assert [each.result(60) for each in others] == [b"/new-%d" % each for each in range(WAITING)]
    assert site.looks == 2 + WAITING
    assert site.waits == 0


def test_a_known_response_waits_for_no_look(site, first):
    """What is in the cache is answered during a slow look, which is still under way."""
    assert site.ask("/known") == b"/known"
    assert not first.done()
    assert site.looks == 2


@pytest.mark.parametrize("pause", [0.5, 3_600.0])
def test_after_a_pause_nobody_goes_on_with_what_was(site, pool, monkeypatch, pause):
    """
    Two ask at once, and one looks. The other waits for that only if the last look was long ago.

    A hub of WebSub fetches several feeds at once, when nobody has asked for long, and never again.
    """
    monkeypatch.setattr(response_cache, "MOMENT", 10.0)
    site.ask("/known", "a")
    assert site.poll("a") == b"/known"
    site.now += pause
    site.hang()
    first = pool.submit(site.poll, "a")
    until(lambda: site.looks == 2, "a look")
    second = pool.submit(site.poll, "a")

    if pause < response_cache.PAUSE:
        assert second.result(5) == b"/known"
    else:
        assert wait([second], 0.2).not_done
    site.state = Edition("another edition")
    site.answer()

    assert first.result(60) is None  # the cache of another state is empty
    if pause > response_cache.PAUSE:
        assert second.result(60) is None


def test_after_a_pause_nobody_waits_for_long(site, pool):
    """If the look hangs, what is in the cache is answered, as ever."""
    site.ask("/known", "a")
    assert site.poll("a") == b"/known"
    site.now += 3_600
    site.hang()
    pool.submit(site.poll, "a")
    until(lambda: site.looks == 2, "a look")

    assert pool.submit(site.poll, "a").result(5) == b"/known"


def test_no_more_than_a_few_wait(site, pool, first):
    """The next one is refused at once, so that threads are left for what is known."""
    others = [pool.submit(site.ask, f"/new-{number}") for number in range(WAITING)]
    until(lambda: site.waits == WAITING, "requests that wait")

    with pytest.raises(StoreError, match="not answered"):
        site.ask("/one-too-many")

    assert not any(each.done() for each in (first, *others))


def test_nobody_waits_for_a_look_for_ever(site, first, monkeypatch):
    """If it does not end in time, the request is refused, and its place is free again."""
    monkeypatch.setattr(response_cache, "PATIENCE", 0.01)

    for _ in range(WAITING + 1):
        with pytest.raises(StoreError, match="not answered"):
            site.ask("/new")

    assert site.waits == 0
    assert not first.done()


def test_nobody_waits_for_a_database_that_failed(site, pool):
    """One request tries again, and the others are refused meanwhile without any wait."""
    site.fails = True
    with pytest.raises(StoreError, match="gone"):
        site.ask("/new")
    site.hang()
    again = pool.submit(site.ask, "/new")
    until(lambda: site.looks == 2, "another try")
    site.now += SLOW * 1.5

    with pytest.raises(StoreError, match="not answered"):
        site.ask("/other")

    assert not again.done()
    site.fails = False
    site.answer()
    assert again.result(60) == b"/new"
