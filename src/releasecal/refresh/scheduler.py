"""The scheduler: refreshes at the start, at an interval, and sooner while something is wrong."""

import math
import threading
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from releasecal.clock import Ticks, now, ticks
from releasecal.errors import RefreshRunning, ReleasecalError, StoreError
from releasecal.refresh.publisher import Publisher
from releasecal.store import LEASE

FIRST_RETRY = timedelta(seconds=15)
"""Wait after the first failure; it doubles with each further one in a row."""

DATABASE_RETRY = timedelta(seconds=30)
"""Longest wait while the database cannot be used: people wait for it to be right again."""

WATCH = timedelta(seconds=1)
"""Time between two looks whether APScheduler sleeps too long, which is also its grace."""

_JOB = "refresh"  # one job for runs and retries, so that max_instances counts both


class _Every(BaseTrigger):  # type: ignore[misc]  # APScheduler has no types
    """
    Trigger of a run at an interval after the one before, however late that is.

    APScheduler's own counts each run that was missed: a year at one a second takes minutes.
    """

    def __init__(self, every: timedelta) -> None:
        self._every = every

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        """Return the moment of the next run, UTC."""
        return now + self._every if previous else now


class Scheduler:
    """
    Thread that refreshes *publisher*, in the process that calls `start`.

    APScheduler sleeps until a moment of the wall clock, which is a day ahead if the clock is
    set back by a day. A second thread has the same moments by a clock that is never set, and
    wakes it. Threads do not survive a fork: call `start` after it.
    """

    def __init__(self, publisher: Publisher, every: timedelta, ticks: Ticks = ticks) -> None:
        """Prepare a refresh once in *every*; zero turns the scheduler off."""
        self._publisher = publisher
        self._every = every
        self._ticks = ticks
        self._due = math.inf  # of the next run, in ticks; none while one is running
        self._failures = 0
        self._starting = threading.Lock()
        self._stopped = threading.Event()
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            job_defaults={
                "misfire_grace_time": None,  # a run is never dropped for being late
                "coalesce": True,
                "max_instances": 1,
            },
        )

    def start(self) -> None:
        """Start the threads, which refresh at once; a second start does nothing."""
        with self._starting:
            if not self._every or self._scheduler.running:
                return
            self._due = self._ticks()
            self._scheduler.add_job(self._tick, _Every(self._every), id=_JOB)
            self._scheduler.start()
            threading.Thread(target=self._watch, name="releasecal-clock", daemon=True).start()

    def stop(self) -> None:
        """Stop the threads; a refresh that is running is finished first."""
        self._stopped.set()
        if self._scheduler.running:
            self._scheduler.shutdown()

    def _watch(self) -> None:
        while not self._stopped.wait(WATCH.total_seconds()):
            self._wake_if_late()

    def _wake_if_late(self) -> None:
        """Run now if the time to run is over and APScheduler sleeps on: the clock was set."""
        if self._ticks() >= self._due + WATCH.total_seconds():
            self._due = math.inf  # the run sets the next one
            self._scheduler.modify_job(_JOB, next_run_time=now())

    def _tick(self) -> None:
        self._due = math.inf
        try:
            self._run()
        finally:
            self._due = min(self._due, self._ticks() + self._every.total_seconds())

    def _run(self) -> None:
        try:
            report = self._publisher.refresh()
        except RefreshRunning:
            # The other process may have been killed: its lease has expired by then.
            self._retry(LEASE)
        except StoreError:
            self._retry_later(DATABASE_RETRY)
        except ReleasecalError:
            self._retry_later()
        except Exception:  # a bug, which APScheduler logs
            self._retry_later()
            raise
        else:
            if report.problems:
                self._retry_later()
            else:
                self._failures = 0

    def _retry_later(self, longest: timedelta = timedelta.max) -> None:
        """Run again after a wait that doubles from failure to failure, up to the *longest*."""
        self._failures += 1
        self._retry(min(FIRST_RETRY * 2 ** min(self._failures - 1, 16), longest))

    def _retry(self, wait: timedelta) -> None:
        """Run again after *wait*, unless the next run is due earlier."""
        if wait < self._every:
            self._due = self._ticks() + wait.total_seconds()
            self._scheduler.modify_job(_JOB, next_run_time=now() + wait)
