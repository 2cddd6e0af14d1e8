"""The scheduler: no run dropped for being late, none twice, sooner after a failure."""

import math
import os
import threading
import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from releasecal.errors import Place, Problem, RefreshRunning, SourceError, StoreError
from releasecal.refresh.scheduler import FIRST_RETRY, Scheduler
from releasecal.store import LEASE

GONE = SourceError(Problem(Place("films.yaml"), "gone"))
HOUR = timedelta(hours=1)


class Publisher:
    """Stands for one: counts refreshes, fails as told, or reports problems."""

    def __init__(self, *outcomes):
        self.outcomes = list(outcomes)
        self.runs = 0
        self.ran = threading.Event()

    def refresh(self):
        self.runs += 1
        self.ran.set()
        outcome = self.outcomes.pop(0) if self.outcomes else None
        if isinstance(outcome, Exception):
            raise outcome
        return SimpleNamespace(problems=outcome or ())


@pytest.fixture
def start():
    """Start schedulers that are stopped afterwards."""
    started = []

    def start(publisher, every):
        scheduler = Scheduler(publisher, every)
        scheduler.start()
        started.append(scheduler)
        return scheduler

    yield start
    for scheduler in started:
        scheduler.stop()


def jobs(scheduler):
    return {job.id: job for job in scheduler._scheduler.get_jobs()}


def waits(scheduler):
    """Return how long from now the next run is, once it is sooner than the interval says."""
    for _ in range(100):
        job = jobs(scheduler)["refresh"]
        wait = job.next_run_time - datetime.now(UTC)
        if timedelta() < wait < HOUR / 2:
            return wait
        time.sleep(0.02)
    return None


@pytest.mark.slow
def test_news_go_out_where_another_process_refreshes():
    """With no interval the notifier runs all the same; what it finds wrong stops nothing."""

    class Notifier:
        rounds = threading.Semaphore(0)

        def round(self):
            self.rounds.release()
            raise RefreshRunning("another process does")

    publisher, notifier = Publisher(), Notifier()
    scheduler = Scheduler(publisher, timedelta(), notifier=notifier)
    scheduler.start()
    try:
        assert notifier.rounds.acquire(timeout=30)
        assert list(jobs(scheduler)) == ["notify"]
    finally:
        scheduler.stop()
    assert publisher.runs == 0


@pytest.mark.slow
def test_the_first_refresh_is_at_once_and_the_next_in_time(start):
    """The first refresh does not wait for the first tick; the next comes in time."""
    publisher = Publisher()
    start(publisher, timedelta(seconds=1))

    assert publisher.ran.wait(5)
    publisher.ran.clear()
    assert publisher.ran.wait(5)


def test_an_interval_of_zero_runs_nothing(start):
    """With no interval nothing runs."""
    publisher = Publisher()
    start(publisher, timedelta())

    assert not publisher.ran.wait(0.2)


def test_starting_twice_is_starting_once(start):
    """However often it is started, from however many threads, there is one job."""
    publisher = Publisher()
    scheduler = start(publisher, HOUR)
    threads = [threading.Thread(target=scheduler.start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert list(jobs(scheduler)) == ["refresh"]
    assert publisher.ran.wait(5)
    assert publisher.runs == 1


def test_a_late_run_is_run_and_one_at_a_time(start):
    """Late runs are run, and one at a time."""
    job = jobs(start(Publisher(), HOUR))["refresh"]

    assert job.misfire_grace_time is None
    assert job.coalesce
    assert job.max_instances == 1


def test_a_failure_is_tried_again_soon(start):
    """A failure is tried again soon."""
    scheduler = start(Publisher(GONE), HOUR)

    wait = waits(scheduler)

    assert timedelta() < wait <= FIRST_RETRY


def test_a_source_in_trouble_is_tried_again_soon(start):
    """While a source is in trouble the next look is sooner, though the others are published."""
    scheduler = start(Publisher(("films.yaml: gone",)), HOUR)

    wait = waits(scheduler)

    assert timedelta() < wait <= FIRST_RETRY


class Fetcher:
    """Stands for one: says of each look whether it has news, or fails."""

    def __init__(self, *outcomes):
        self.settings = {"web": None, "tmdb": None}
        self.outcomes = list(outcomes)
        self.looked = []

    def look_if_due(self, id_):
        self.looked.append(id_)
        outcome = self.outcomes.pop(0) if self.outcomes else False
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


def test_each_source_that_is_fetched_has_a_job():
    """Its looks wait for no other source, and for no refresh."""
    fetcher = Fetcher()
    scheduler = Scheduler(Publisher(), HOUR, fetcher=fetcher)
    scheduler.start()
    try:
        assert sorted(jobs(scheduler)) == ["fetch tmdb", "fetch web", "refresh"]
    finally:
        scheduler.stop()
    assert sorted(fetcher.looked) == ["tmdb", "web"]


@pytest.mark.parametrize("error", [RefreshRunning("another"), StoreError("gone")])
def test_a_look_with_news_brings_a_refresh(error):
    """A refresh follows at once; none follows a look without news, or one that was not taken."""
    scheduler = Scheduler(Publisher(), HOUR, fetcher=Fetcher(False, error, True))
    retries = []
    scheduler._retry = retries.append
    scheduler._due["refresh"] = 0

    for _ in range(3):
        scheduler._look("web")

    assert retries == [timedelta()]


def test_news_that_come_during_a_refresh_bring_another_one():
    """The refresh that is running may have read before the news came."""
    scheduler = Scheduler(None, HOUR, fetcher=Fetcher(True))
    retries = []
    scheduler._retry = retries.append
    scheduler._due["refresh"] = math.inf  # it is running
    scheduler._run = lambda: scheduler._look("web")

    scheduler._tick()

    assert len(retries) == 1
    assert timedelta() < retries[0] < FIRST_RETRY


def test_each_failure_in_a_row_doubles_the_wait():
    """Each failure in a row doubles the wait, up to the next run; a success resets it."""
    publisher = Publisher(*[GONE] * 12, None, GONE)
    scheduler = Scheduler(publisher, HOUR)
    retries = []
    scheduler._retry = retries.append

    for _ in range(14):
        scheduler._tick()

    assert retries[:3] == [FIRST_RETRY, 2 * FIRST_RETRY, 4 * FIRST_RETRY]
    assert retries[11] > HOUR  # which the next run precedes
    assert retries[12:] == [FIRST_RETRY]


def test_a_lease_that_another_holds_is_waited_for(start):
    """Should its holder have been killed, the work is done when the lease runs out."""
    scheduler = start(Publisher(RefreshRunning("another")), HOUR)

    wait = waits(scheduler)

    assert FIRST_RETRY < wait <= LEASE


def test_after_a_fork_the_child_starts_its_own():
    """A fork before the start leaves the child with a scheduler that starts and runs."""
    publisher = Publisher()
    scheduler = Scheduler(publisher, HOUR)
    child = os.fork()
    if child == 0:
        scheduler.start()
        os._exit(0 if publisher.ran.wait(5) else 1)
    _, status = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(status) == 0
    assert publisher.runs == 0
