"""The clock: the only module that asks for the time."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""A function that returns the time, UTC."""


def now() -> datetime:
    """Return the time, UTC."""
    return datetime.now(UTC)
