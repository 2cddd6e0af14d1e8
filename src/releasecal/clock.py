"""The clock: the only module that asks for the time."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""A function that returns the time, UTC."""

Ticks = Callable[[], float]
"""A function that returns seconds since some moment; they are never set, forward or back."""


def now() -> datetime:
    """Return the time, UTC."""
    return datetime.now(UTC)


ticks: Ticks = time.monotonic
"""Seconds that nobody can set: only their differences mean something."""
