"""The rate limit: how much that is costly one client may ask for in a stretch of time."""

import math
import threading
from collections.abc import Callable

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter
from werkzeug.exceptions import TooManyRequests

COSTLY = RateLimitItemPerMinute(120)
"""Answers that are made for one client, by each worker."""

_MAX_CLIENTS = 10_000  # remembered, a few hundred octets each


class Counters(Storage):
    """
    Counters of *limits* in memory, by a clock that is never set.

    The library's own count by the wall clock: one set back by a day would refuse for a day.
    """

    STORAGE_SCHEME = None

    def __init__(self, ticks: Callable[[], float]) -> None:
        """Count nothing yet; *ticks* are seconds that are never set back."""
        super().__init__()
        self._ticks = ticks
        self._lock = threading.Lock()
        self._found: dict[str, tuple[int, float]] = {}  # count, end

    @property
    def base_exceptions(self) -> type[Exception]:
        """Errors of the storage: there are none."""
        return ValueError

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Return the count of *key* with *amount* more; it starts anew after *expiry* seconds."""
        now = self._ticks()
        with self._lock:
            count, end = self._found.get(key, (0, now))
            if end <= now:
                self._make_room(now)
                count, end = 0, now + expiry
            self._found[key] = count + amount, end
            return count + amount

    def _make_room(self, now: float) -> None:
        if len(self._found) >= _MAX_CLIENTS:
            self._found = {key: each for key, each in self._found.items() if each[1] > now}
        if len(self._found) >= _MAX_CLIENTS:
            self._found.clear()  # so many clients at once are no single one

    def get(self, key: str) -> int:
        """Return the count of *key*."""
        count, end = self._found.get(key, (0, -math.inf))
        return count if end > self._ticks() else 0

    def get_expiry(self, key: str) -> float:
        """Return when *key* starts anew, in ticks."""
        return self._found.get(key, (0, self._ticks()))[1]

    def check(self) -> bool:
        """Whether it can be used: always."""
        return True

    def reset(self) -> None:
        """Forget everything."""
        self._found.clear()

    def clear(self, key: str) -> None:
        """Forget *key*."""
        self._found.pop(key, None)


class RateLimit:
    """Limit of each client's requests; *ticks* are seconds that are never set back."""

    def __init__(self, ticks: Callable[[], float], limit: RateLimitItem = COSTLY) -> None:
        self._ticks = ticks
        self._limit = limit
        self._counters = Counters(ticks)
        self._limiter = FixedWindowRateLimiter(self._counters)

    def count(self, client: str) -> None:
        """
        Count a request of *client*; "" has no limit.

        Raises:
            TooManyRequests: It has had as many as it may have.
        """
        if client and not self._limiter.hit(self._limit, client):
            end = self._counters.get_expiry(self._limit.key_for(client))
            wait = max(1, math.ceil(end - self._ticks()))
            raise TooManyRequests(
                f"You have asked for too much that is new. Please try again in {wait} seconds.",
                retry_after=wait,
            )
