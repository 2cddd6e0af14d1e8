"""Refreshes as they are counted: by outcome, by duration, and their changes by kind."""

from collections.abc import Mapping
from types import MappingProxyType

from releasecal.telemetry.counters_of_processes import SUCCEEDED
from releasecal.telemetry.shared_counters import SharedCounters

PUBLISHED, UNCHANGED, TROUBLED = "published", "unchanged", "troubled"
HELD, FAILED = "held", "failed"
"""
Outcomes: an edition, no news, either of them with sources in trouble, held by the loss guard, and
nothing that could be published.
"""

BUCKETS = (0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3_600.0)
"""Upper ends, in seconds, of the histogram of durations; the last one is endless."""

REFRESHES, DURATION, SECONDS, CHANGES = "refreshes", "duration", "seconds", "changes"
"""Names of the counters."""


def count(
    counters: SharedCounters,
    outcome: str,
    seconds: float,
    changes: Mapping[str, int] = MappingProxyType({}),
) -> None:
    """Count a refresh with its *outcome* and duration, and the number of its *changes* by kind."""
    counters.add(REFRESHES, outcome)
    counters.add(SECONDS, amount=seconds)
    counters.add(DURATION, next((f"{end}" for end in BUCKETS if seconds <= end), "+Inf"))
    for kind, number in changes.items():
        counters.add(CHANGES, kind, amount=number)


def note_success(counters: SharedCounters, moment: float) -> None:
    """Note that a refresh went well at a *moment*, seconds since 1970."""
    counters.put(SUCCEEDED, value=moment)
