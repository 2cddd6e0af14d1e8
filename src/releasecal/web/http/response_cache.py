"""
Response cache: the responses of the present state of the site, the least recently used dropped.

A new state comes with an empty cache, so there is nothing to invalidate; if only pages have
changed, they alone are dropped. Only requests that were answered with a representation enter
the cache, so nobody fills it with nonsense. Beside each response it keeps the raw addresses
that led to it, so that an equal request needs no parsing.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from releasecal.errors import StoreError
from releasecal.web.http.conditional_requests import (
    Delivery,
    Environ,
    HttpResponse,
    Representation,
    Resource,
    respond,
)
from releasecal.web.http.devices import device_of

FRESH = 0.25
"""Seconds between two checks for a new state; each takes less than a thousandth of one."""

PAUSE = 1.0
"""Seconds since the last look after which its state may be an old one."""

MOMENT = 0.05
"""Seconds that what is in the cache waits for a look that comes after a pause, at most."""

SLOW = 1.0
"""Seconds after which a look at the state is slow."""

PATIENCE = 5.0
"""Seconds that a request waits for another one's slow look at the state, at most."""

WAITING = 4
"""Requests that wait for another one's slow look, at most."""

_OF_ADDRESS = 600  # memory of an address in octets, at most, without its characters
_ADDRESSES = 1 / 8  # share of the capacity, at most: cache-busters push out no response
_MAX_KNOWN = 20_000  # keys of earlier states


Address = tuple[str, str, str]
"""SCRIPT_NAME with PATH_INFO, and QUERY_STRING, as they came; for a page, the languages that the
visitor accepts, and the device."""


class State(Protocol):
    """The state of the site that responses are made from."""

    @property
    def of_all(self) -> Hashable:
        """Part of the state that shows in every response."""

    @property
    def of_pages(self) -> Hashable:
        """Part of the state that shows in pages only."""

    @property
    def every(self) -> timedelta | None:
        """Time between two refreshes, where another node tells it."""

    @property
    def lasts(self) -> timedelta:
        """Time until the state changes by itself; a change of facts may come before."""


StateT = TypeVar("StateT", bound=State)


@dataclass(slots=True, eq=False)
class CacheSlot:
    """
    A resource and its account in a cache.

    Attributes:
        key: Path and canonical query.
        counted: Octets that the cache has counted for it.
        addresses: The raw addresses that lead to it.
    """

    key: str
    resource: Resource
    counted: int = 0
    addresses: set[Address] = field(default_factory=set)

    @property
    def octets(self) -> int:
        """Memory that it takes, at most."""
        return self.resource.octets + len(self.key)


class Target(NamedTuple):
    """The slot that an address leads to, whether it is sent as an attachment, and the route."""

    slot: CacheSlot
    download: bool
    route: str = ""


@dataclass(slots=True)
class ResponseCache(Generic[StateT]):
    """
    LRU cache of the responses of one *state*; *capacity* and all sizes are octets.

    Callers that change it hold a lock of theirs. `at` needs none: its steps are atomic in the
    interpreter, for the keys are built of strings.

    Attributes:
        making: A lock for each key whose response is being made.
    """

    state: StateT
    capacity: int
    slots: OrderedDict[str, CacheSlot] = field(default_factory=OrderedDict)
    addresses: OrderedDict[Address, Target] = field(default_factory=OrderedDict)
    making: dict[str, threading.Lock] = field(default_factory=dict)
    octets: int = 0
    octets_of_addresses: int = 0

    def at(self, address: Address) -> Target | None:
        """Return the target of *address*, if it is known."""
        target = self.addresses.get(address)
        if target:
            try:
                self.addresses.move_to_end(address)
                self.slots.move_to_end(target.slot.key)
            except KeyError:
                pass  # just dropped by another thread; the target is valid all the same
        return target

    def get(self, key: str) -> CacheSlot | None:
        """Return the slot with *key*, if there is one."""
        slot = self.slots.get(key)
        if slot:
            self.slots.move_to_end(key)
        return slot

    def put(self, slot: CacheSlot, made: StateT) -> None:
        """Keep *slot*, made from the state *made*, if it fits in and is up to date."""
        is_current = made is self.state or not slot.resource.representation.is_page
        if is_current and slot.key not in self.slots and slot.octets <= self.capacity:
            self.slots[slot.key] = slot
            self.recount(slot)

    def drop_pages(self, state: StateT) -> None:
        """Take on *state*, which differs from the present one in pages only."""
        self.state = state
        for slot in [*self.slots.values()]:
            if slot.resource.representation.is_page:
                del self.slots[slot.key]
                self._clear(slot)

    def recount(self, slot: CacheSlot) -> None:
        """Count the present size of *slot*, and make room for it."""
        if self.slots.get(slot.key) is slot:
            now = slot.octets
            self.octets += now - slot.counted
            slot.counted = now
            self._make_room()

    def note(self, address: Address, target: Target) -> None:
        """Remember that *address* leads to *target*, if its slot is in the cache."""
        slot = target.slot
        if self.slots.get(slot.key) is slot and address not in self.addresses:
            self.addresses[address] = target
            slot.addresses.add(address)
            self.octets += _octets(address)
            self.octets_of_addresses += _octets(address)
            self._make_room()

    def _make_room(self) -> None:
        # A thread in `at` may change the order meanwhile, which breaks iterators.
        while self.octets_of_addresses > self.capacity * _ADDRESSES:
            address, target = self.addresses.popitem(last=False)
            target.slot.addresses.discard(address)
            self._discount(address)
        while self.octets > self.capacity:
            _, oldest = self.slots.popitem(last=False)
            self._clear(oldest)

    def _clear(self, slot: CacheSlot) -> None:
        """Discount *slot*, which was taken out, and forget its addresses."""
        self.octets -= slot.counted
        while slot.addresses:
            address = slot.addresses.pop()
            del self.addresses[address]
            self._discount(address)

    def _discount(self, address: Address) -> None:
        self.octets -= _octets(address)
        self.octets_of_addresses -= _octets(address)


def _octets(address: Address) -> int:
    return _OF_ADDRESS + sum(map(len, address))


class Admission(Protocol):
    """A permit to make a response."""

    def __call__(self, *, is_known: bool) -> AbstractContextManager[None]:
        """Hold it; *is_known* says whether the response was in the cache of an earlier state."""


def _anybody(*, is_known: bool) -> AbstractContextManager[None]:  # noqa: ARG001 - `Admission`
    return nullcontext()


class FreshCache(Generic[StateT]):
    """Response cache that follows the state of the site; safe to use from any thread."""

    def __init__(  # noqa: PLR0913 - one for each part of the site
        self,
        first: StateT,
        find_state: Callable[[StateT], StateT],
        delivery: Delivery,
        *,
        capacity: int,
        news: Callable[[], object],
        ticks: Callable[[], float],
    ) -> None:
        """
        Begin with the state *first*, and with no look at the present one.

        *find_state* returns the present state, given the last one; it raises StoreError if it
        cannot tell. *capacity* is in octets. *news* returns another object after each
        refresh of this process; *ticks* are seconds that are never set back.
        """
        self.current = ResponseCache(first, capacity)
        self._find_state = find_state
        self._delivery = delivery
        self._news = news
        self._ticks = ticks
        self._lock = threading.Lock()
        self._look_ended = threading.Condition(self._lock)
        self._replaced = self._fresh_until = float("-inf")
        self._looked = self._doubtful_until = float("-inf")  # of the look that comes after a pause
        self._seen: object = None
        self._asked: float | None = None  # when the first of the looks under way began, in ticks
        self._has_failed = False  # the last look
        self._waiting = 0  # requests that wait for the end of a slow look
        self._known: frozenset[str] = frozenset()  # keys of earlier states

    def find(
        self,
        key: str,
        make: Callable[[StateT], Representation],
        *,
        keep: bool = True,
        admit: Admission = _anybody,
    ) -> CacheSlot:
        """
        Return the slot with *key*.

        If it is not in the cache, *admit* lets the request in or raises, and *make* makes the
        representation. That depends on *key* and the state, and on nothing else. It stays in
        the cache if *keep* allows that.

        Raises:
            StoreError: The state cannot be told, at least not within `PATIENCE`, and the slot
                is not in the cache.
            Exception: The one that *admit* raises.
        """
        patience = 0 if key in self.current.slots else PATIENCE
        try:
            cache = self.current if self._is_fresh_without(key) else self._current_cache(patience)
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
        with admit(is_known=key in self._known):
            return self._make(cache, key, make, keep=keep)

    def _is_fresh_without(self, key: str) -> bool:
        """
        Whether no look is due or under way, and nothing with *key* is in the cache.

        Many new selections may be asked for at once, and each is made of facts that are read anew.
        """
        is_looked_at = self._asked is None and not self._has_failed
        is_fresh = self._ticks() < self._fresh_until and self._news() is self._seen
        return is_looked_at and is_fresh and key not in self.current.slots

    def _make(
        self,
        cache: ResponseCache[StateT],
        key: str,
        make: Callable[[StateT], Representation],
        *,
        keep: bool,
    ) -> CacheSlot:
        with self._lock:
            making = cache.making.setdefault(key, threading.Lock())
        with making:  # one thread makes it, the others wait
            with self._lock:
                slot, state = cache.get(key), cache.state
            if slot is None:
                try:
                    slot = CacheSlot(key, Resource(make(state), self._delivery.at(state.every)))
                    with self._lock:
                        if keep:
                            cache.put(slot, state)
                finally:
                    cache.making.pop(key, None)
        return slot

    def note(self, environ: Environ, target: Target) -> None:
        """Remember that requests for the address of *environ* lead to *target*."""
        with self._lock:
            page = target.slot.resource.representation.is_page
            address = _address_of_page(environ) if page else _address(environ)
            self.current.note(address, target)

    def known(self, environ: Environ) -> Target | None:
        """
        Return the target of a request whose address is known.

        That costs a look-up and, once in `FRESH` seconds, a look at the present state.
        """
        target = _at(self.current, environ)
        if target is None:
            return None
        ticks = self._ticks()
        if ticks >= self._fresh_until or self._news() is not self._seen:
            return _at(self._fresh_cache(), environ)
        return target if ticks >= self._doubtful_until else _at(self._after_look(), environ)

    def respond(self, target: Target, environ: Environ) -> HttpResponse:
        """Return the response to a GET or HEAD that leads to *target*."""
        slot, download, _ = target
        response = respond(slot.resource, environ, download=download)
        if slot.octets != slot.counted:  # a coding was made just now
            with self._lock:
                self.current.recount(slot)
        return response

    def _fresh_cache(self) -> ResponseCache[StateT]:
        # One thread looks, the others go on; after a failure nobody looks for a while. If nobody
        # has asked for long, what they would go on with may be of hours ago: they wait a moment.
        ticks = self._ticks()
        if ticks > self._looked + PAUSE:
            self._looked, self._doubtful_until = ticks, ticks + MOMENT
        self._fresh_until, self._seen = ticks + FRESH, self._news()
        try:
            return self._current_cache()
        except StoreError:
            return self.current  # the last state is better than an error
        finally:
            with self._lock:
                self._doubtful_until = float("-inf")
                self._look_ended.notify_all()

    def _after_look(self) -> ResponseCache[StateT]:
        """Return the cache once the look under way has ended, or `MOMENT` is over."""
        with self._lock:
            self._look_ended.wait_for(lambda: self._doubtful_until == float("-inf"), MOMENT)
            return self.current

    def _current_cache(self, patience: float = 0) -> ResponseCache[StateT]:
        with self._look(patience):
            ticks, news = self._ticks(), self._news()
            state = self._find_state(self.current.state)
        with self._lock:
            if (
                self._replaced > ticks
            ):  # during the look, by a thread that may know of a newer state
                return self.current
            self._seen, self._looked = news, ticks
            self._fresh_until = ticks + min(FRESH, state.lasts.total_seconds())
            if state.of_all != self.current.state.of_all:
                self._remember(frozenset(self.current.slots))
                self.current = ResponseCache(state, self.current.capacity)
                self._replaced = self._ticks()
            elif state.of_pages != self.current.state.of_pages:
                self.current.drop_pages(state)
                self._replaced = self._ticks()
            return self.current

    @contextmanager
    def _look(self, patience: float) -> Iterator[None]:
        """
        Hold the right to look at the present state, got after *patience* seconds at most.

        A look that takes longer than `SLOW` is slow: the machine is busy, or the database hangs.
        A few requests wait for its end; the other threads go on to answer from the cache.

        Raises:
            StoreError: Another thread's look is slow, or tries again after a failure; or this
                one's raises it.
        """
        with self._lock:
            if patience and not self._has_failed and self._waiting < WAITING:
                self._waiting += 1
                self._look_ended.wait_for(lambda: not self._is_slow(), patience)
                self._waiting -= 1
            is_first = self._asked is None
            if not is_first and (self._has_failed or self._is_slow()):
                raise StoreError("the database has not answered another thread yet")
            if is_first:
                self._asked = self._ticks()
        try:
            yield
            self._has_failed = False
        except StoreError:
            self._has_failed = True
            raise
        finally:
            if is_first:
                with self._lock:
                    self._asked = None
                    self._look_ended.notify_all()

    def _is_slow(self) -> bool:
        return self._asked is not None and self._ticks() - self._asked > SLOW

    def _remember(self, keys: frozenset[str]) -> None:
        """Remember *keys* as known, and those of before as long as they are not too many."""
        known = self._known | keys
        self._known = known if len(known) <= _MAX_KNOWN else keys


def _at(cache: ResponseCache[Any], environ: Environ) -> Target | None:
    """Return the target in *cache* of the request, for anything but a page or for a page."""
    return cache.at(_address(environ)) or cache.at(_address_of_page(environ))


def _address(environ: Environ, visitor: str = "") -> Address:
    path = f"{environ.get('SCRIPT_NAME', '')}{environ.get('PATH_INFO', '')}"
    return path, environ.get("QUERY_STRING", ""), visitor


def _address_of_page(environ: Environ) -> Address:
    """Return the address with that of a visitor by which pages differ: languages and device."""
    device = device_of(environ.get("HTTP_USER_AGENT", ""))
    languages = environ.get("HTTP_ACCEPT_LANGUAGE", "")
    return _address(environ, f"{device.value}, accept-language: {languages}")
