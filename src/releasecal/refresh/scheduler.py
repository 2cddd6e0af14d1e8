"""When refresh() runs: now, every so often, and sooner after a failure."""

import threading
from datetime import UTC, timedelta

from apscheduler.schedulers.background import BackgroundScheduler

from releasecal.clock import now
from releasecal.errors import RefreshRunning, ReleasecalError
from releasecal.refresh.publisher import Publisher
from releasecal.store import LEASE

FIRST_RETRY = timedelta(seconds=15)
"""How long after a failure to try again; twice as long after each further one."""

_JOB = "refresh"  # the only one, so that max_instances holds for retries, too


class Scheduler:
    """
    Runs *publisher*'s refresh in a thread of the process that calls `start`.

    Threads do not survive a fork, so start it in the process that is to run it.
    """

    def __init__(self, publisher: Publisher, every: timedelta) -> None:
        """Refresh *every* so often; a zero length turns the scheduler off."""
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
        """Start the thread; the first refresh runs at once. Starting twice does nothing."""
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
        """Stop the thread, after the refresh that may be running."""
        if self._scheduler.running:
            self._scheduler.shutdown()

    def _tick(self) -> None:
        try:
            self._publisher.refresh()
        except RefreshRunning:
            # It may have been killed: then its lease runs out, and the work is ours.
            self._retry(LEASE)
        except ReleasecalError:
            self._retry_later()
        except Exception:  # a bug, which APScheduler logs
            self._retry_later()
            raise
        else:
            self._failures = 0

    def _retry_later(self) -> None:
        """Run again after a while, which doubles from failure to failure."""
        self._failures += 1
        self._retry(FIRST_RETRY * 2 ** min(self._failures - 1, 16))

    def _retry(self, wait: timedelta) -> None:
        """Run again after *wait*, unless the next run comes before that."""
        if wait < self._every:
            self._scheduler.modify_job(_JOB, next_run_time=now() + wait)
