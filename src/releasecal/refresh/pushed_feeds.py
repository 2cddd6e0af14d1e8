"""
Pushed feeds: whether the Atom feeds that hubs of WebSub are told of have changed.

A feed changes by more than the log tells: releases that are new, titles, the days of a selection
that begins or ends some days from today. So its octets are compared, once an edition and day.
"""

import zlib
from datetime import date

from releasecal.core.value_classes import dataclass
from releasecal.formats import render
from releasecal.queries.feed_query import FeedQuery
from releasecal.queries.site_settings import SiteSettings
from releasecal.store import Connection, Store, answering_queries, newest_edition


@dataclass(frozen=True, slots=True)
class FeedsState:
    """
    The state that feeds are made from, beside their queries.

    Attributes:
        edition: Its number.
        today: The civil day (UTC).
        shown: What else shows in feeds.
    """

    edition: int
    today: date
    shown: tuple[object, ...]


class PushedFeeds:
    """The feeds of *store*, as *site* publishes them."""

    def __init__(self, store: Store, site: SiteSettings) -> None:
        self._store = store
        self._site = site
        self._digests: dict[str, int] = {}
        self._state: FeedsState | None = None

    def state(self, connection: Connection, today: date) -> FeedsState | None:
        """Return the state of all feeds on the civil day *today*; None before the first edition."""
        head = newest_edition.head(connection)
        if not head.number:
            return None
        return FeedsState(head.number, today, head.shows(today, self._site.stale_after))

    def digest(self, path: str, query: FeedQuery, state: FeedsState) -> int:
        """
        Return a checksum of the Atom feed of *query* at *path*, made once for several hubs.

        If there is an edition after *state*, it may be that one's, and is asked for again.
        """
        if state != self._state:
            self._state, self._digests = state, {}
        if path not in self._digests:
            feed = self._store.ask(
                answering_queries.feed,
                query,
                path=path,
                site=self._site,
                today=state.today,
                undated=False,
            )
            self._digests[path] = zlib.crc32(render(feed, "atom"))
        return self._digests[path]
