"""
Concurrency limit: one thread at a time makes an answer, a few more wait, others are refused.

An answer that is not in the cache takes the interpreter for up to seconds. Without a limit, one
client that keeps asking for new ones occupies all threads, and nobody else is answered.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from werkzeug.exceptions import ServiceUnavailable

PLACES = 1
"""Answers made at a time: more would not be done sooner, and polls would wait for each of them."""

WAITING = 6
"""Requests that wait for a place, at most."""

PATIENCE = 5.0
"""Seconds that a request waits, at most."""

_RETRY = 5  # seconds


class ConcurrencyLimit:
    """Limit of the threads that make answers: *places* at a time, and *waiting* that wait."""

    def __init__(
        self, places: int = PLACES, waiting: int = WAITING, patience: float = PATIENCE
    ) -> None:
        """Let nobody in yet; nobody waits longer than *patience*, in seconds."""
        self._places = threading.Semaphore(places)
        self._all = threading.Semaphore(places + waiting)
        self._patience = patience

    @contextmanager
    def place(self, *, is_favoured: bool = False) -> Iterator[None]:
        """
        Hold a place; one that *is_favoured* waits for it as long as it takes.

        Raises:
            ServiceUnavailable: Too many wait already, or there was no place in time.
        """
        if is_favoured:
            with self._places:
                yield
            return
        if not self._all.acquire(blocking=False):
            raise _busy()
        try:
            if not self._places.acquire(timeout=self._patience):
                raise _busy()
            try:
                yield
            finally:
                self._places.release()
        finally:
            self._all.release()


def _busy() -> ServiceUnavailable:
    return ServiceUnavailable(
        "Too much is asked for at once. Please try again in a few seconds.", retry_after=_RETRY
    )
