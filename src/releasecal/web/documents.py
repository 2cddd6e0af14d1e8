"""
Documents: rendered feeds, kept for as long as the edition they were made from is up.

A new edition, or a new day, comes with an empty shelf, so there is nothing to
invalidate. Only documents that somebody could rightly ask for are ever kept.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import blake2b

from releasecal.errors import NothingPublished, StoreError
from releasecal.feeds import FeedSpec, Imprint
from releasecal.formats import Format
from releasecal.store import NO_HEAD, Head, Store

SHELF_OCTETS = 64 * 2**20
"""How much a shelf holds before what was asked for longest ago leaves it."""

_OVERHEAD = 1_000  # octets a document takes besides its body, roughly


@dataclass(frozen=True, slots=True)
class Document:
    """
    Bytes ready for the wire.

    Attributes:
        etag: Strong, without quotes.
        changed: Last-Modified, UTC.
    """

    body: bytes
    content_type: str
    etag: str
    changed: datetime


Key = tuple[str, FeedSpec, str]


@dataclass(slots=True)
class _Shelf:
    """The documents made of one edition on one day, the latest used last."""

    head: Head
    today: date
    documents: OrderedDict[Key, Document] = field(default_factory=OrderedDict)
    making: dict[Key, threading.Lock] = field(default_factory=dict)
    octets: int = 0

    def get(self, key: Key) -> Document | None:
        document = self.documents.get(key)
        if document:
            self.documents.move_to_end(key)
        return document

    def put(self, key: Key, document: Document) -> None:
        if key in self.documents:
            return
        self.documents[key] = document
        self.octets += len(document.body) + _OVERHEAD
        while self.octets > SHELF_OCTETS and len(self.documents) > 1:
            _, oldest = self.documents.popitem(last=False)
            self.octets -= len(oldest.body) + _OVERHEAD


class Documents:
    """Feeds of *store* as documents; safe to use from any thread."""

    def __init__(self, store: Store, imprint: Imprint, clock: Callable[[], datetime]) -> None:
        """Make documents that bear *imprint*; *clock* tells the civil day (UTC)."""
        self._store = store
        self._imprint = imprint
        self._clock = clock
        self._lock = threading.Lock()
        self._shelf = _Shelf(NO_HEAD, date.min)

    def get(self, path: str, spec: FeedSpec, form: Format) -> Document:
        """
        Return the document that answers *spec* at *path*.

        Raises:
            StoreError: The database cannot be used, and the document is not on the shelf.
        """
        key = (path, spec, form.extension)
        try:
            shelf = self._current_shelf()
        except StoreError:
            with self._lock:
                document = self._shelf.get(key)
            if document:
                return document
            raise
        with self._lock:
            document = shelf.get(key)
            if document:
                return document
            making = shelf.making.setdefault(key, threading.Lock())
        with making:  # one makes it, whoever asks meanwhile waits for it
            with self._lock:
                document = shelf.get(key)
            if document is None:
                try:
                    document = self._make(path, spec, form, shelf)
                finally:
                    shelf.making.pop(key, None)
        return document

    def _current_shelf(self) -> _Shelf:
        head, today = self._store.head(), self._clock().date()
        if head.number == 0:
            raise NothingPublished("nothing has been published yet")
        with self._lock:
            if (self._shelf.head, self._shelf.today) != (head, today):
                self._shelf = _Shelf(head, today)
            return self._shelf

    def _make(self, path: str, spec: FeedSpec, form: Format, shelf: _Shelf) -> Document:
        feed = self._store.select(
            spec,
            path=path,
            imprint=self._imprint,
            today=shelf.today,
            undated=form.has_undated,
        )
        body = form.render(feed)
        document = Document(
            body=body,
            content_type=form.content_type,
            etag=blake2b(body, digest_size=16).hexdigest(),
            changed=feed.changed,
        )
        with self._lock:
            key = (path, spec, form.extension)
            if feed.edition == shelf.head.number:  # else a newer one came up in between
                shelf.put(key, document)
        return document
