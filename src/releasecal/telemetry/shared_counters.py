"""
Counters in memory that all processes of a server share.

Each process writes to a memory of its own, so no lock is held between processes that one which is
killed would never give back. Whoever is asked adds up all memories. The memory of a process that
has ended stays, and the one that takes its place goes on counting there: no count ever falls.

prometheus_client has files for this, a memory map for each process and metric, which grow with
each restart, have to be cleared at the right moment, and are chosen by a variable of the
environment before the library is imported.
"""

import multiprocessing
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

ROWS = 2_048
"""Counters of a memory, at most; there are a few hundred, for routes and statuses are few."""

_NAME = 160  # octets of a name with its labels, at most

Key = tuple[str, ...]
"""A counter's name and its labels."""

OVERFLOW: Key = ("overflow",)
"""Counter of what had no room."""


@dataclass(frozen=True, slots=True)
class CounterMemory:
    """
    Memory of the counters of one process at a time.

    Attributes:
        names: `ROWS` names, each NUL-padded.
        values: The number of rows in use, then a value for each.
    """

    names: Any
    values: Any

    @classmethod
    def shared(cls) -> "CounterMemory":
        """Return an empty memory that processes share which are started from now on."""
        return cls(
            multiprocessing.RawArray("c", ROWS * _NAME), multiprocessing.RawArray("d", 1 + ROWS)
        )

    def read(self) -> dict[Key, float]:
        """Return the values by key."""
        names = memoryview(self.names).cast("B")
        return {
            _key(names, row): self.values[1 + row] for row in range(min(int(self.values[0]), ROWS))
        }


def totals(memories: Sequence[CounterMemory]) -> Counter[Key]:
    """Return the sums of all *memories* by key; 0 for a key that none has."""
    found: Counter[Key] = Counter()
    for memory in memories:
        found.update(memory.read())
    return found


class SharedCounters:
    """The counters of this process; safe to use from any thread."""

    def __init__(self, memory: CounterMemory, gauges: Sequence[str] = ()) -> None:
        """
        Go on with what is in *memory*.

        Rows named in *gauges* begin anew: they tell of a process, and the last one has ended.
        """
        self._names = memoryview(memory.names).cast("B")
        self._values = memoryview(memory.values).cast("B").cast("d")
        self._rows = {_key(self._names, row): 1 + row for row in range(int(self._values[0]))}
        self._lock = threading.Lock()
        for key, place in self._rows.items():
            if key[0] in gauges:
                self._values[place] = 0.0

    def add(self, *key: str, amount: float = 1.0) -> None:
        """Add *amount* to the counter with *key*; a new one begins with zero."""
        with self._lock:
            place = self._rows.get(key) or self._begin(key)
            self._values[place] += amount

    def place(self, *key: str) -> int:
        """Return the place of the counter with *key*, for `add_one`."""
        with self._lock:
            return self._rows.get(key) or self._begin(key)

    def add_one(self, place: int) -> None:
        """Add one to the counter at *place*: half the work of `add`."""
        with self._lock:
            self._values[place] += 1.0

    def put(self, *key: str, value: float) -> None:
        """Set the counter with *key* to *value*."""
        with self._lock:
            self._values[self._rows.get(key) or self._begin(key)] = value

    def _begin(self, key: Key) -> int:
        """Return the place of a new counter, written so that readers see it whole or not at all."""
        row = int(self._values[0])
        name = "\t".join(key).encode()
        if row >= ROWS - 1 or len(name) >= _NAME:
            name, key = OVERFLOW[0].encode(), OVERFLOW
            if key in self._rows:
                return self._rows[key]
        self._names[row * _NAME : row * _NAME + len(name)] = name
        self._values[1 + row] = 0.0
        self._values[0] = row + 1
        self._rows[key] = 1 + row
        return 1 + row


def _key(names: memoryview, row: int) -> Key:
    octets = bytes(names[row * _NAME : (row + 1) * _NAME])
    return tuple(octets.rstrip(b"\0").decode().split("\t"))
