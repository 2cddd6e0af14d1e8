"""The memory of each process of a server, and the process's own view of it."""

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from releasecal.clock import ticks
from releasecal.telemetry import shared_counters, subscribers
from releasecal.telemetry.shared_counters import CounterMemory, Key, SharedCounters
from releasecal.telemetry.subscribers import SubscriberMemory, Subscribers

QUEUE = "queue"
"""Gauge of the requests that wait for their answer to be made."""

SUCCEEDED = "succeeded"
"""Moment of the last refresh that went well, seconds since 1970; of all processes, the latest."""

STARTS = "starts"
"""Counter of the processes that have started to answer."""


@dataclass(frozen=True, slots=True)
class ProcessMemory:
    """Memory of one process at a time: what it counts, and the subscribers that it sees."""

    counters: CounterMemory
    subscribers: SubscriberMemory

    @classmethod
    def shared(cls) -> "ProcessMemory":
        """Return an empty memory that processes share which are started from now on."""
        return cls(CounterMemory.shared(), SubscriberMemory.shared())

    def end(self) -> None:
        """Take back what a process that has ended told of its present state."""
        SharedCounters(self.counters, (QUEUE,))


@dataclass(frozen=True, slots=True)
class ServerMemory:
    """
    The memories of all processes of a server.

    Attributes:
        processes: One for each process that can be alive at a time.
        secret: Key of the hashes of subscribers; it is in memory only.
    """

    processes: tuple[ProcessMemory, ...]
    secret: bytes

    @classmethod
    def shared(cls, processes: int) -> "ServerMemory":
        """Return empty memories for as many *processes*."""
        several = tuple(ProcessMemory.shared() for _ in range(processes))
        return cls(several, os.urandom(32))


class Telemetry:
    """
    The counters of this process, and the sums over all processes of its server.

    Attributes:
        counters: What this process counts.
        subscribers: The subscribers that it sees.
    """

    def __init__(self, memory: ServerMemory, own: int, clock: Callable[[], datetime]) -> None:
        """Count in the *own* one of the processes' memories; *clock* returns the time, UTC."""
        self._processes = memory.processes
        mine = memory.processes[own]
        self.counters = SharedCounters(mine.counters, (QUEUE,))
        self.subscribers = Subscribers(
            mine.subscribers, memory.secret, lambda: clock().date(), ticks
        )
        self._clock = clock
        self.counters.add(STARTS)

    @classmethod
    def alone(cls, clock: Callable[[], datetime]) -> "Telemetry":
        """Return that of a process that shares its memory with none."""
        return cls(ServerMemory.shared(1), 0, clock)

    def totals(self) -> Counter[Key]:
        """Return the sums over all processes by key; of `SUCCEEDED`, the latest."""
        memories = [each.counters for each in self._processes]
        found = shared_counters.totals(memories)
        latest = max((each.read().get((SUCCEEDED,), 0.0) for each in memories), default=0.0)
        if latest:
            found[SUCCEEDED,] = latest  # type: ignore[assignment]  # as in `totals`
        return found

    def subscribers_today(self) -> dict[str, int]:
        """Return how many subscribers there were today, about, by family."""
        memories = [each.subscribers for each in self._processes]
        return subscribers.counts(memories, self._clock().date())
