"""A shelf: pages as they were last made, for whoever asks again."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b

from releasecal.errors import StoreError
from releasecal.store import Head
from releasecal.web.documents import Document
from releasecal.web.site import Site


@dataclass(frozen=True, slots=True)
class Moment:
    """
    What a page depends on, beside its address and the facts of the edition.

    Attributes:
        problems: Why the last refresh failed; empty if it did not.
        is_held: Whether it was the brake that held it.
    """

    head: Head
    today: date
    problems: tuple[str, ...]
    is_held: bool


class Shelf:
    """Pages of *site*, at most *most*; safe to use from any thread."""

    def __init__(self, site: Site, most: int = 200) -> None:
        """Start empty; beyond *most*, what was asked for longest ago leaves."""
        self._site = site
        self._most = most
        self._lock = threading.Lock()
        self._pages: OrderedDict[Hashable, tuple[Moment, Document]] = OrderedDict()

    def get(
        self, key: Hashable, content_type: str, make: Callable[[Moment], str | bytes]
    ) -> Document:
        """
        Return the page that *key* names, as *make* makes it now if it may have changed.

        Raises:
            StoreError: The database cannot be used, and the page was never made.
        """
        with self._lock:
            kept = self._pages.get(key)
        try:
            moment = self._now()
            if kept and kept[0] == moment:
                page = kept[1]
            else:
                page = _document(make(moment), content_type, moment)
        except StoreError:
            if kept is None:
                raise
            moment, page = kept
        with self._lock:
            self._pages[key] = moment, page
            self._pages.move_to_end(key)
            while len(self._pages) > self._most:
                self._pages.popitem(last=False)
        return page

    def _now(self) -> Moment:
        publisher = self._site.publisher
        head = publisher.store.head()
        health = publisher.standing
        return Moment(head, publisher.clock().date(), tuple(health.problems), health.is_held)


def _document(made: str | bytes, content_type: str, moment: Moment) -> Document:
    body = made.encode() if isinstance(made, str) else made
    etag = blake2b(body, digest_size=16).hexdigest()
    return Document(body, content_type, etag, moment.head.published)
