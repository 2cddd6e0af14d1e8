"""
Concurrency limit: one thread at a time makes an answer, some more wait, others are refused.

An answer that is not in the cache takes the interpreter for up to seconds. Without a limit, one
client that keeps asking for new ones occupies all threads, and nobody else is answered. A node that
has just started has no answer, and its subscribers all come at once: as many of them wait as will
have their turn in time, by how long answers took of late.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from werkzeug.exceptions import ServiceUnavailable

PLACES = 1
"""Answers made at a time: more would not be done sooner, and polls would wait for each of them."""

WAITING = 32
"""Requests that wait for a place, at most; each has a thread."""

PATIENCE = 5.0
"""Seconds that a request waits, at most."""

_FEW = 6  # requests that may wait however long answers take
_SHARE = 1 / 8  # of the last answer in the time that answers take of late
_RETRY = 5  # seconds


class ConcurrencyLimit:
    """Limit of the threads that make answers: *places* at a time, and *waiting* that wait."""

    def __init__(
        self,
        places: int = PLACES,
        waiting: int = WAITING,
        patience: float = PATIENCE,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        """Let nobody in yet; nobody waits longer than *patience*, in seconds, as *ticks* are."""
        self._places = threading.Semaphore(places)
        self._number, self._most = places, places + waiting
        self._patience, self._ticks = patience, ticks
        self._lock = threading.Lock()
        self._inside = 0  # requests that have a place or wait for one, without favoured ones
        self._lasts = 0.0  # seconds that an answer takes, of late

    @property
    def is_full(self) -> bool:
        """Whether there is no room to wait, or no turn in time for who would."""
        few, waits = self._number + _FEW, self._inside * self._lasts / self._number
        return self._inside >= self._most or (self._inside >= few and waits > self._patience)

    @contextmanager
    def place(self, *, is_favoured: bool = False) -> Iterator[None]:
        """
        Hold a place; one that *is_favoured* waits for it as long as it takes.

        Raises:
            ServiceUnavailable: Too many wait already, or there was no place in time.
        """
        if is_favoured:
            with self._places, self._timed():
                yield
            return
        with self._lock:
            if self.is_full:
                raise _busy()
            self._inside += 1
        try:
            if not self._places.acquire(timeout=self._patience):
                raise _busy()
            try:
                with self._timed():
                    yield
            finally:
                self._places.release()
        finally:
            with self._lock:
                self._inside -= 1

    @contextmanager
    def _timed(self) -> Iterator[None]:
        """Note how long an answer takes."""
        began = self._ticks()
        try:
            yield
        finally:
            with self._lock:
                self._lasts += (self._ticks() - began - self._lasts) * _SHARE


def _busy() -> ServiceUnavailable:
    return ServiceUnavailable(
        "Too much is asked for at once. Please try again in a few seconds.", retry_after=_RETRY
    )
