"""The scheduler: refreshes at the start, at an interval, and sooner after a failure."""

import threading
from datetime import UTC, timedelta

from apscheduler.schedulers.background import BackgroundScheduler

from releasecal.clock import now
from releasecal.errors import RefreshRunning, ReleasecalError
from releasecal.refresh.publisher import Publisher
from releasecal.store import LEASE

FIRST_RETRY = timedelta(seconds=15)
"""Wait after the first failure; it doubles with each further one in a row."""

_JOB = "refresh"  # one job for runs and retries, so that max_instances counts both


class Scheduler:
    """
    Thread that refreshes *publisher*, in the process that calls `start`.

    Threads do not survive a fork: call `start` after it.
    """

    def __init__(self, publisher: Publisher, every: timedelta) -> None:
        """Prepare a refresh once in *every*; zero turns the scheduler off."""
        self._publisher = publisher
        self._every = every
        self._failures = 0
        self._starting = threading.Lock()
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            job_defaults={
                "misfire_grace_time": None,  # a run is never dropped for being late
                "coalesce": True,
                "max_instances": 1,
            },
        )

    def start(self) -> None:
        """Start the thread, which refreshes at once; a second start does nothing."""
        with self._starting:
            if not self._every or self._scheduler.running:
                return
            self._scheduler.add_job(
                self._tick,
                "interval",
                seconds=self._every.total_seconds(),
                next_run_time=now(),
                id=_JOB,
            )
            self._scheduler.start()

    def stop(self) -> None:
        """Stop the thread; a refresh that is running is finished first."""
        if self._scheduler.running:
            self._scheduler.shutdown()

    def _tick(self) -> None:
        try:
            self._publisher.refresh()
        except RefreshRunning:
            # The other process may have been killed: its lease has expired by then.
            self._retry(LEASE)
        except ReleasecalError:
            self._retry_later()
        except Exception:  # a bug, which APScheduler logs
            self._retry_later()
            raise
        else:
            self._failures = 0

    def _retry_later(self) -> None:
        """Run again after a wait that doubles from failure to failure."""
        self._failures += 1
        self._retry(FIRST_RETRY * 2 ** min(self._failures - 1, 16))

    def _retry(self, wait: timedelta) -> None:
        """Run again after *wait*, unless the next run is due earlier."""
        if wait < self._every:
            self._scheduler.modify_job(_JOB, next_run_time=now() + wait)
