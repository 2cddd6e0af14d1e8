"""
Documents: feeds, logs and pages, kept for as long as the edition they are of is up.

A new edition, or a new day, comes with an empty shelf, so there is nothing to
invalidate. Pages also tell how refreshing stands: when that is news, they are made anew,
and the feeds stay. Only documents that somebody could rightly ask for are ever kept, and
beside them the raw addresses at which they were found, for a request that looks the same.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from hashlib import blake2b

from releasecal.errors import NothingPublished, StoreError
from releasecal.formats import UNDO, Format
from releasecal.queries.feed_query import FeedQuery
from releasecal.queries.results import Feed
from releasecal.queries.site import SiteSettings
from releasecal.store import NO_HEAD, WELL, Head, RefreshStatus, Store, answers, last_modified, read
from releasecal.web.http.conditional import (
    Answer,
    Document,
    Environ,
    Resource,
    Terms,
    answer,
    filename,
)

__all__ = ["Document", "Documents", "Found", "Moment", "tag"]

CAPACITY = 64 * 2**20
"""Octets that a shelf holds before what was asked for longest ago leaves it."""

FRESH = 1.0
"""Seconds for which what is on the shelf is taken to be of the newest edition."""

_NOTHING = "nothing has been published yet"

_OF_ADDRESS = 600  # octets an address takes on the shelf besides its characters, at most
_ADDRESSES = 1 / 8  # of the capacity, at most: cache-busters push out no document

Address = tuple[str, str]
"""PATH_INFO and QUERY_STRING, as they came."""


@dataclass(frozen=True, slots=True)
class Moment:
    """
    What documents depend on, beside their addresses and the facts of the edition.

    Attributes:
        today: The civil day (UTC).
        problems: Why the last refresh failed; empty if it did not.
        is_held: Whether it was the brake that held it.
    """

    head: Head
    today: date
    problems: tuple[str, ...] = ()
    is_held: bool = False

    @property
    def standing(self) -> tuple[object, ...]:
        """How refreshing stands, which shows on pages alone."""
        return self.problems, self.is_held


@dataclass(slots=True, eq=False)
class Found:
    """
    A document's place on a shelf.

    Attributes:
        key: Its address, with a canonical query.
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
    The documents made of one edition on one day, the latest used last; pages of one standing.

    Whoever changes it holds the lock of `Documents`. `at` needs none: all it does are single
    steps of the interpreter, for the keys are built of strings.
    """

    moment: Moment
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

    def put(self, found: Found, made: Moment) -> None:
        """Keep *found*, made at the moment *made*, if it fits in and is still right."""
        is_right = made is self.moment or not found.resource.document.is_page
        if is_right and found.key not in self.documents and found.octets <= self.capacity:
            self.documents[found.key] = found
            self.recount(found)

    def go_on(self, moment: Moment) -> None:
        """Be of *moment*, at which refreshing stands otherwise: all pages leave."""
        self.moment = moment
        for found in [*self.documents.values()]:
            if found.resource.document.is_page:
                del self.documents[found.key]
                self._clear(found)

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
        # Whoever is in `at` meanwhile changes the order, which no iterator would stand.
        while self.octets_of_addresses > self.capacity * _ADDRESSES:
            address, (found, _) = self.addresses.popitem(last=False)
            found.addresses.discard(address)
            self._discount(address)
        while self.octets > self.capacity:
            _, oldest = self.documents.popitem(last=False)
            self._clear(oldest)

    def _clear(self, found: Found) -> None:
        """Forget of *found*, which has left, what it took and where it was."""
        self.octets -= found.counted
        while found.addresses:
            address = found.addresses.pop()
            del self.addresses[address]
            self._discount(address)

    def _discount(self, address: Address) -> None:
        self.octets -= _octets(address)
        self.octets_of_addresses -= _octets(address)


def _octets(address: Address) -> int:
    return _OF_ADDRESS + sum(map(len, address))


def tag(body: bytes) -> str:
    """Return the entity tag of *body*, without quotes."""
    return blake2b(body, digest_size=16).hexdigest()


_TERMS = Terms()


class Documents:
    """What is made of *store*, as documents; safe to use from any thread."""

    def __init__(  # noqa: PLR0913 - what it is made from, and what tests set
        self,
        store: Store,
        site: SiteSettings,
        clock: Callable[[], datetime],
        terms: Terms = _TERMS,
        *,
        capacity: int = CAPACITY,
        news: Callable[[], object] = lambda: None,
        status: Callable[[], RefreshStatus] = lambda: WELL,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        """
        Make documents that bear *site*, to be answered as *terms* say.

        *clock* tells the civil day (UTC), *ticks* seconds that are never set back. Of
        documents, their codings and addresses, *capacity* octets are kept. What *news*
        returns becomes another object once this process has refreshed; *status* tells how
        refreshing stands, whichever process has tried last.
        """
        self._store = store
        self._site = site
        self._clock = clock
        self._terms = terms
        self._capacity = capacity
        self._news = news
        self._ticks = ticks
        self._status = status
        self._lock = threading.Lock()
        self._shelf = _Shelf(Moment(NO_HEAD, date.min), capacity)
        self._shows: tuple[object, ...] = ()
        self._put_up = self._fresh_until = float("-inf")
        self._seen: object = None

    def get(self, path: str, query: FeedQuery, form: Format) -> Found:
        """
        Return the feed that answers *query* at *path*.

        Raises:
            StoreError: The database cannot be used, and the document is not on the shelf.
        """
        key = f"{path}.{form.extension}?{query.canonical}"
        return self.find(key, partial(self._render, path, query, form))

    def find(self, key: str, make: Callable[[Moment], Document], *, keep: bool = True) -> Found:
        """
        Return the document that *key* names, which *make* makes unless it is on the shelf.

        Whatever it depends on is in *key*, in the moment or in the edition. What *make* says
        of when it changed is the latest that it can be. It stays on the shelf if *keep*
        allows that.

        Raises:
            NothingPublished: There is no edition yet, and it is no page.
            StoreError: The database cannot be used, and the document is not on the shelf.
        """
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
                found, moment = shelf.get(key), shelf.moment
            if found is None:
                try:
                    document = self._dated(key, make(moment), moment)
                    found = Found(key, Resource(document, self._terms))
                    with self._lock:
                        if keep:
                            shelf.put(found, moment)
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

        It costs a look-up, and once a second a look at what the newest edition is.
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
        head, status = self._store.ask(read.head), self._status()
        if head.number == 0 < self._shelf.moment.head.number:  # a database made anew
            raise NothingPublished(_NOTHING)
        moment = Moment(head, now.date(), status.problems, status.is_held)
        shows = head.shows(moment.today, self._site.stale_after)
        with self._lock:
            if self._put_up > ticks:  # while we were looking: it may know of a newer edition
                return self._shelf
            self._seen = news
            self._fresh_until = ticks + min(FRESH, _until_midnight(now).total_seconds())
            if (self._shows, self._shelf.moment.today) != (shows, moment.today):
                self._shelf, self._shows = _Shelf(moment, self._capacity), shows
                self._put_up = self._ticks()
            elif self._shelf.moment.standing != moment.standing:
                self._shelf.go_on(moment)
                self._put_up = self._ticks()
            return self._shelf

    def _dated(self, key: str, document: Document, moment: Moment) -> Document:
        """Return *document* with the moment when it last changed, if it is to tell one."""
        if document.changed is None:
            return document
        if moment.head.number == 0:
            raise NothingPublished(_NOTHING)
        changed = last_modified.last_changed(
            self._store,
            key,
            document.etag,
            edition=moment.head.number,
            today=moment.today,
            at_the_latest=document.changed,
        )
        return replace(document, changed=changed)

    def _render(self, path: str, query: FeedQuery, form: Format, moment: Moment) -> Document:
        feed = self._store.ask(
            answers.feed,
            query,
            path=path,
            site=self._site,
            today=moment.today,
            undated=form.has_undated,
            ready=form.takes_ready,
        )
        body = form.render(feed)
        return Document(
            body=body,
            content_type=form.content_type,
            etag=tag(body),
            changed=feed.changed,
            address=feed.address(form.extension),
            filename=_filename(feed, form),
        )


def _address(environ: Environ) -> Address:
    return environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", "")


def _until_midnight(now: datetime) -> timedelta:
    """Return how long the civil day (UTC) of *now* still is."""
    midnight = datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), datetime.min.time())
    return midnight.replace(tzinfo=UTC) - now


def _filename(feed: Feed, form: Format) -> str:
    title = f"{feed.title} - undo" if form is UNDO else feed.title
    return filename(title, form.extension)
