"""
Documents: rendered feeds, kept for as long as the edition they were made from is up.

A new edition, or a new day, comes with an empty shelf, so there is nothing to
invalidate. Only documents that somebody could rightly ask for are ever kept, and beside
them the raw addresses at which they were found, for a request that looks the same.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b

from releasecal.errors import NothingPublished, StoreError
from releasecal.feeds import Feed, FeedSpec, Imprint
from releasecal.formats import UNDO, Format
from releasecal.store import NO_HEAD, Head, Store
from releasecal.web.answers import Answer, Document, Environ, Resource, Terms, answer, filename

__all__ = ["Document", "Documents", "Found"]

CAPACITY = 64 * 2**20
"""Octets that a shelf holds before what was asked for longest ago leaves it."""

FRESH = 1.0
"""Seconds for which what is on the shelf is taken to be of the newest edition."""

_OF_ADDRESS = 600  # octets an address takes on the shelf besides its characters, at most
_ADDRESSES = 1 / 8  # of the capacity, at most: cache-busters push out no document

Address = tuple[str, str]
"""PATH_INFO and QUERY_STRING, as they came."""


@dataclass(slots=True, eq=False)
class Found:
    """
    A document's place on a shelf.

    Attributes:
        key: The canonical address within the site.
        counted: As many of its octets as the shelf knows of.
        addresses: Where it is known to be found.
    """

    key: str
    resource: Resource
    counted: int = 0
    addresses: set[Address] = field(default_factory=set)

    @property
    def octets(self) -> int:
        """What it takes in memory, at most."""
        return self.resource.octets + len(self.key)


@dataclass(slots=True)
class _Shelf:
    """
    The documents made of one edition on one day, the latest used last.

    Whoever changes it holds the lock of `Documents`. `at` needs none: all it does are single
    steps of the interpreter, for the keys are built of strings.
    """

    head: Head
    today: date
    capacity: int
    documents: OrderedDict[str, Found] = field(default_factory=OrderedDict)
    addresses: OrderedDict[Address, tuple[Found, bool]] = field(default_factory=OrderedDict)
    making: dict[str, threading.Lock] = field(default_factory=dict)
    octets: int = 0
    octets_of_addresses: int = 0

    def at(self, address: Address) -> tuple[Found, bool] | None:
        known = self.addresses.get(address)
        if known:
            try:
                self.addresses.move_to_end(address)
                self.documents.move_to_end(known[0].key)
            except KeyError:
                pass  # it has just left; what we hold of it is still right
        return known

    def get(self, key: str) -> Found | None:
        found = self.documents.get(key)
        if found:
            self.documents.move_to_end(key)
        return found

    def put(self, found: Found) -> None:
        if found.key not in self.documents and found.octets <= self.capacity:
            self.documents[found.key] = found
            self.recount(found)

    def recount(self, found: Found) -> None:
        """Count what *found* has grown to, and make room for it."""
        if self.documents.get(found.key) is found:
            now = found.octets
            self.octets += now - found.counted
            found.counted = now
            self._make_room()

    def note(self, address: Address, found: Found, *, download: bool) -> None:
        """Remember that *found* is at *address*, if it is on the shelf."""
        if self.documents.get(found.key) is found and address not in self.addresses:
            self.addresses[address] = found, download
            found.addresses.add(address)
            self.octets += _octets(address)
            self.octets_of_addresses += _octets(address)
            self._make_room()

    def _make_room(self) -> None:
        while self.octets_of_addresses > self.capacity * _ADDRESSES:
            self._forget(next(iter(self.addresses)))
        while self.octets > self.capacity:
            _, oldest = self.documents.popitem(last=False)
            self.octets -= oldest.counted
            for address in [*oldest.addresses]:
                self._forget(address)

    def _forget(self, address: Address) -> None:
        found, _ = self.addresses.pop(address)
        found.addresses.discard(address)
        self.octets -= _octets(address)
        self.octets_of_addresses -= _octets(address)


def _octets(address: Address) -> int:
    return _OF_ADDRESS + sum(map(len, address))


_TERMS = Terms()


class Documents:
    """Feeds of *store* as documents; safe to use from any thread."""

    def __init__(  # noqa: PLR0913 - what it is made from, and what tests set
        self,
        store: Store,
        imprint: Imprint,
        clock: Callable[[], datetime],
        terms: Terms = _TERMS,
        *,
        capacity: int = CAPACITY,
        news: Callable[[], object] = lambda: None,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        """
        Make documents that bear *imprint*, to be answered as *terms* say.

        *clock* tells the civil day (UTC), *ticks* seconds that are never set back. Of
        documents, their codings and addresses, *capacity* octets are kept. What *news*
        returns becomes another object once this process has refreshed.
        """
        self._store = store
        self._imprint = imprint
        self._clock = clock
        self._terms = terms
        self._capacity = capacity
        self._news = news
        self._ticks = ticks
        self._lock = threading.Lock()
        self._shelf = _Shelf(NO_HEAD, date.min, capacity)
        self._shows: tuple[object, ...] = ()
        self._put_up = self._fresh_until = float("-inf")
        self._seen: object = None

    def get(self, path: str, spec: FeedSpec, form: Format) -> Found:
        """
        Return the document that answers *spec* at *path*.

        Raises:
            StoreError: The database cannot be used, and the document is not on the shelf.
        """
        key = f"{path}.{form.extension}?{spec.query}"
        try:
            shelf = self._current_shelf()
        except StoreError:
            with self._lock:
                found = self._shelf.get(key)
            if found:
                return found
            raise
        with self._lock:
            found = shelf.get(key)
            if found:
                return found
            making = shelf.making.setdefault(key, threading.Lock())
        with making:  # one makes it, whoever asks meanwhile waits for it
            with self._lock:
                found = shelf.get(key)
            if found is None:
                try:
                    found = self._make(key, path, spec, form, shelf)
                finally:
                    shelf.making.pop(key, None)
        return found

    def answer(self, found: Found, environ: Environ, *, download: bool) -> Answer:
        """Return what answers the request for *found*."""
        given = answer(found.resource, environ, download=download)
        if found.octets != found.counted:  # it has just been packed
            with self._lock:
                self._shelf.recount(found)
        return given

    def note(self, environ: Environ, found: Found, *, download: bool) -> None:
        """Remember that a request such as *environ* is for *found*, as a file or not."""
        with self._lock:
            self._shelf.note(_address(environ), found, download=download)

    def known(self, environ: Environ) -> Answer | None:
        """
        Return what answers a request, if one that looks the same has been answered.

        It costs a look-up, and once a second a look at the newest edition's number.
        """
        address = _address(environ)
        known = self._shelf.at(address)
        if known is None:
            return None
        if self._ticks() >= self._fresh_until or self._news() is not self._seen:
            known = self._looked_again(address)
            if known is None:
                return None
        found, download = known
        return self.answer(found, environ, download=download)

    def _looked_again(self, address: Address) -> tuple[Found, bool] | None:
        # One looks; meanwhile others go on, and after a failure nobody looks for a while.
        self._fresh_until, self._seen = self._ticks() + FRESH, self._news()
        try:
            shelf = self._current_shelf()
        except StoreError:
            shelf = self._shelf  # what is there is better than nothing
        return shelf.at(address)

    def _current_shelf(self) -> _Shelf:
        ticks, now, news = self._ticks(), self._clock(), self._news()
        head, today = self._store.head(), now.date()
        if head.number == 0:
            raise NothingPublished("nothing has been published yet")
        shows = head.shows(today, self._imprint.stale_after)
        with self._lock:
            if self._put_up > ticks:  # while we were looking: it may know of a newer edition
                return self._shelf
            self._seen = news
            self._fresh_until = ticks + min(FRESH, _until_midnight(now).total_seconds())
            if (self._shows, self._shelf.today) != (shows, today):
                self._shelf, self._shows = _Shelf(head, today, self._capacity), shows
                self._put_up = self._ticks()
            return self._shelf

    def _make(self, key: str, path: str, spec: FeedSpec, form: Format, shelf: _Shelf) -> Found:
        feed = self._store.select(
            spec,
            path=path,
            imprint=self._imprint,
            today=shelf.today,
            undated=form.has_undated,
            ready=form.takes_ready,
        )
        body = form.render(feed)
        etag = blake2b(body, digest_size=16).hexdigest()
        document = Document(
            body=body,
            content_type=form.content_type,
            etag=etag,
            changed=self._store.last_changed(
                key, etag, edition=feed.edition, today=shelf.today, at_the_latest=feed.changed
            ),
            address=feed.address(form.extension),
            filename=_filename(feed, form),
        )
        found = Found(key, Resource(document, self._terms))
        with self._lock:
            if feed.edition == shelf.head.number:  # else a newer one came up in between
                shelf.put(found)
        return found


def _address(environ: Environ) -> Address:
    return environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", "")


def _until_midnight(now: datetime) -> timedelta:
    """Return how long the civil day (UTC) of *now* still is."""
    midnight = datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), datetime.min.time())
    return midnight.replace(tzinfo=UTC) - now


def _filename(feed: Feed, form: Format) -> str:
    title = f"{feed.title} - undo" if form is UNDO else feed.title
    return filename(title, form.extension)
