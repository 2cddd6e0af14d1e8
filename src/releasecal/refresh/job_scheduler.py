"""APScheduler as this package uses it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger


class JobScheduler(BackgroundScheduler):  # type: ignore[misc]  # APScheduler has no types
    """A thread that runs jobs, each beside the others and never beside itself."""

    def __init__(self) -> None:
        """Start nothing yet."""
        super().__init__(
            timezone=UTC,
            job_defaults={
                "misfire_grace_time": None,  # a run is never dropped for being late
                "coalesce": True,
                "max_instances": 1,
            },
        )

    def add_every(self, every: timedelta, run: Callable[[], None], job: str) -> None:
        """Have *run* called now, and then once in *every*; it is the job of that name."""
        self.add_job(run, _Every(every), id=job)


class _Every(BaseTrigger):  # type: ignore[misc]  # as above
    """
    Trigger of a run at an interval after the one before, however late that is.

    APScheduler's own counts each run that was missed: a year at one a second takes minutes.
    """

    def __init__(self, every: timedelta) -> None:
        self._every = every

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        """Return the moment of the next run, UTC."""
        return now + self._every if previous else now
