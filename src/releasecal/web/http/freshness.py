"""
Freshness: the response cache of the present state, replaced when the state has changed.

A new state comes with an empty cache, so there is nothing to invalidate. If only pages have
changed, they alone are dropped.
"""

import threading
from collections.abc import Callable
from typing import Generic

from releasecal.errors import StoreError
from releasecal.web.http.cache import (
    CacheSlot,
    ResponseCache,
    StateT,
    Target,
    address_of,
)
from releasecal.web.http.conditional import (
    Delivery,
    Environ,
    HttpResponse,
    Representation,
    Resource,
    respond,
)

FRESH = 1.0
"""Seconds between two checks for a new state."""


class FreshCache(Generic[StateT]):
    """Response cache that follows the state of the site; safe to use from any thread."""

    def __init__(  # noqa: PLR0913 - one for each part of the site
        self,
        first: StateT,
        look: Callable[[StateT], StateT],
        delivery: Delivery,
        *,
        capacity: int,
        news: Callable[[], object],
        ticks: Callable[[], float],
    ) -> None:
        """
        Begin with the state *first*, and with no look at the present one.

        *look* returns the present state, given the last one; it raises StoreError if it
        cannot tell. *capacity* is in octets. *news* returns another object after each
        refresh of this process; *ticks* are seconds that are never set back.
        """
        self.current = ResponseCache(first, capacity)
        self._look = look
        self._delivery = delivery
        self._news = news
        self._ticks = ticks
        self._lock = threading.Lock()
        self._replaced = self._fresh_until = float("-inf")
        self._seen: object = None

    def find(
        self, key: str, make: Callable[[StateT], Representation], *, keep: bool = True
    ) -> CacheSlot:
        """
        Return the slot with *key*, filled by *make* if it is not in the cache.

        The representation depends on *key*, on the state and on nothing else. It stays in the
        cache if *keep* allows that.

        Raises:
            StoreError: The state cannot be told, and the slot is not in the cache.
        """
        try:
            cache = self._current_cache()
        except StoreError:
            with self._lock:
                slot = self.current.get(key)
            if slot:
                return slot
            raise
        with self._lock:
            slot = cache.get(key)
            if slot:
                return slot
            making = cache.making.setdefault(key, threading.Lock())
        with making:  # one thread makes it, the others wait
            return self._make(cache, key, make, keep=keep)

    def _make(
        self,
        cache: ResponseCache[StateT],
        key: str,
        make: Callable[[StateT], Representation],
        *,
        keep: bool,
    ) -> CacheSlot:
        with self._lock:
            slot, state = cache.get(key), cache.state
        if slot:
            return slot
        try:
            slot = CacheSlot(key, Resource(make(state), self._delivery))
            with self._lock:
                if keep:
                    cache.put(slot, state)
        finally:
            cache.making.pop(key, None)
        return slot

    def note(self, environ: Environ, target: Target) -> None:
        """Remember that requests for the address of *environ* lead to *target*."""
        with self._lock:
            self.current.note(address_of(environ), target)

    def known(self, environ: Environ) -> Target | None:
        """
        Return the target of a request whose address is known.

        That costs a look-up and, once in `FRESH` seconds, a look at the present state.
        """
        address = address_of(environ)
        target = self.current.at(address)
        if target and (self._ticks() >= self._fresh_until or self._news() is not self._seen):
            return self._fresh_cache().at(address)
        return target

    def respond(self, target: Target, environ: Environ) -> HttpResponse:
        """Return the response to a GET or HEAD that leads to *target*."""
        slot, download = target
        response = respond(slot.resource, environ, download=download)
        if slot.octets != slot.counted:  # a coding was made just now
            with self._lock:
                self.current.recount(slot)
        return response

    def _fresh_cache(self) -> ResponseCache[StateT]:
        # One thread looks, the others go on; after a failure nobody looks for a while.
        self._fresh_until, self._seen = self._ticks() + FRESH, self._news()
        try:
            return self._current_cache()
        except StoreError:
            return self.current  # the last state is better than an error

    def _current_cache(self) -> ResponseCache[StateT]:
        ticks, news = self._ticks(), self._news()
        state = self._look(self.current.state)
        with self._lock:
            if (
                self._replaced > ticks
            ):  # during the look, by a thread that may know of a newer state
                return self.current
            self._seen = news
            self._fresh_until = ticks + min(FRESH, state.lasts.total_seconds())
            if state.of_all != self.current.state.of_all:
                self.current = ResponseCache(state, self.current.capacity)
                self._replaced = self._ticks()
            elif state.of_pages != self.current.state.of_pages:
                self.current.drop_pages(state)
                self._replaced = self._ticks()
            return self.current
