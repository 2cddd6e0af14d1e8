"""
The scheduler: refreshes at the start, at an interval, and sooner while something is wrong.

Each source that is fetched has a job of its own, so that one that is slow or away delays none.
"""

import math
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from functools import cached_property, partial
from typing import Any

from releasecal.clock import Ticks, now, ticks
from releasecal.errors import RefreshRunning, ReleasecalError, StoreError
from releasecal.refresh.notifier import Notifier
from releasecal.refresh.poster_keeper import PosterKeeper
from releasecal.refresh.publisher import Publisher
from releasecal.refresh.remote_fetcher import Fetcher
from releasecal.store import LEASE

FIRST_RETRY = timedelta(seconds=15)
"""Wait after the first failure; it doubles with each further one in a row."""

DATABASE_RETRY = timedelta(seconds=30)
"""Longest wait while the database cannot be used: people wait for it to be right again."""

WATCH = timedelta(seconds=1)
"""Time between two looks whether APScheduler sleeps too long, which is also its grace."""

LOOK = timedelta(seconds=30)
"""Time between two questions whether a look at a source is due; the database has the answer."""

NEWS = timedelta(seconds=5)
"""Time between two questions whether there is something to tell; the database has the answer."""

_SOON = timedelta(seconds=1)

_JOB = "refresh"  # one job for runs and retries, so that max_instances counts both


class Scheduler:
    """
    Thread that refreshes *publisher*, in the process that calls `start`.

    APScheduler sleeps until a moment of the wall clock, which is a day ahead if the clock is
    set back by a day. A second thread has the same moments by a clock that is never set, and
    wakes it. Threads do not survive a fork: call `start` after it.
    """

    def __init__(  # noqa: PLR0913 - a clock, and one for each job
        self,
        publisher: Publisher,
        every: timedelta,
        ticks: Ticks = ticks,
        *,
        fetcher: Fetcher | None = None,
        keeper: PosterKeeper | None = None,
        notifier: Notifier | None = None,
    ) -> None:
        """
        Prepare a refresh once in *every*; zero turns the scheduler off.

        *fetcher* takes looks at sources, which a refresh follows that have news; *keeper* keeps
        copies of posters, and *notifier* tells others of news, whatever the interval is.
        """
        self._publisher = publisher
        self._fetcher = fetcher
        self._keeper = keeper
        self._notifier = notifier
        self._every = every
        self._ticks = ticks
        self._due: dict[
            str, float
        ] = {}  # of the next run of each job, in ticks; none while it runs
        self._has_news = False  # since the refresh that is running has begun
        self._failures = 0
        self._starting = threading.Lock()
        self._stopped = threading.Event()

    @cached_property
    def _scheduler(self) -> Any:
        """APScheduler, which has no types."""
        from releasecal.refresh.job_scheduler import JobScheduler  # noqa: PLC0415 - imports for 40 ms

        return JobScheduler()

    def start(self) -> None:
        """Start the threads, which refresh at once; a second start does nothing."""
        with self._starting:
            if self._scheduler.running or not (self._every or self._notifier):
                return
            if self._every:
                self._add_refreshes()
            if self._notifier:
                self._add("notify", NEWS, self._notify)
            self._scheduler.start()
            threading.Thread(target=self._watch, name="releasecal-clock", daemon=True).start()

    def _add_refreshes(self) -> None:
        self._add(_JOB, self._every, self._tick)
        for id_ in self._fetcher.settings if self._fetcher else ():
            self._add(f"fetch {id_}", LOOK, partial(self._look, id_))
        if self._keeper:
            self._add("posters", LOOK, self._keep_posters)

    def _add(self, job: str, every: timedelta, run: Callable[[], None]) -> None:
        self._due[job] = self._ticks()
        self._scheduler.add_every(every, partial(self._timed, job, every, run), job)

    def _timed(self, job: str, every: timedelta, run: Callable[[], None]) -> None:
        """Run a job, and note when it is due again."""
        self._due[job] = math.inf
        try:
            run()
        finally:
            self._due[job] = min(self._due[job], self._ticks() + every.total_seconds())

    def stop(self) -> None:
        """Stop the threads; a refresh that is running is finished first."""
        self._stopped.set()
        if self._scheduler.running:
            self._scheduler.shutdown()

    def _watch(self) -> None:
        while not self._stopped.wait(WATCH.total_seconds()):
            self._wake_if_late()

    def _wake_if_late(self) -> None:
        """Run what is due while APScheduler sleeps on: the clock was set."""
        for job, due in list(self._due.items()):
            if self._ticks() >= due + WATCH.total_seconds():
                self._due[job] = math.inf  # the run sets the next one
                self._scheduler.modify_job(job, next_run_time=now())

    def _look(self, id_: str) -> None:
        """Take a look at a source if one is due, and have a refresh follow one with news."""
        assert self._fetcher
        with suppress(RefreshRunning, StoreError):  # another process does; /readyz tells of it
            if self._fetcher.look_if_due(id_):
                self._has_news = True
        if self._has_news and self._due[_JOB] < math.inf:
            self._retry(timedelta())

    def _keep_posters(self) -> None:
        assert self._keeper
        with suppress(RefreshRunning, StoreError):  # another process does; /readyz tells of it
            self._keeper.round()

    def _notify(self) -> None:
        assert self._notifier
        with suppress(RefreshRunning, StoreError):  # another process does; /readyz tells of it
            self._notifier.round()

    def _tick(self) -> None:
        self._has_news = False
        self._run()
        if self._has_news:
            self._retry(_SOON)

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
            self._due[_JOB] = self._ticks() + wait.total_seconds()
            self._scheduler.modify_job(_JOB, next_run_time=now() + wait)
