"""Feeds of films and series from the rows of one pass, with the bytes that a server sends."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from releasecal.formats import FORMATS, Format
from releasecal.queries.feed_query import FeedQuery
from releasecal.queries.results import Feed, calendar_name
from releasecal.queries.site_settings import SiteSettings
from releasecal.store import Connection, Head, answers, read
from releasecal.store.film_pass import FilmRows


@dataclass(frozen=True, slots=True)
class Rendered:
    """
    A feed in a format.

    Attributes:
        latest: Moment after which nothing in it has changed, UTC.
    """

    form: Format
    body: bytes
    latest: datetime


class FilmFeeds:
    """The feeds of an edition's films and series on the civil day *today*."""

    def __init__(self, connection: Connection, head: Head, site: SiteSettings, today: date) -> None:
        self._connection, self._head, self._today = connection, head, today
        self._site = site.stamped(head.rendering)
        self._is_stale = head.is_stale(today, site.stale_after)
        self._latest = read.last_change(connection, head, today, is_daily=False)

    def of(
        self, folder: str, rows: FilmRows, forms: Collection[Format] = tuple(FORMATS.values())
    ) -> Iterator[Rendered]:
        """Yield the feed of *rows*, films or series by *folder*, in each of *forms*."""
        query = FeedQuery(film=(rows.id,)) if folder == "films" else FeedQuery(series=(rows.id,))
        path = f"/{folder}/{rows.id}"
        # A notice about old sources or a feed that has to be cut takes the way of a request.
        is_special = self._is_stale or len(rows.rows) > answers.SURELY_SHORT
        for form in forms:
            feed = None if is_special else self._feed(query, path, rows, form)
            yield self._rendered(form, feed or self.selected(query, path, form))

    def selected(self, query: FeedQuery, path: str, form: Format) -> Feed:
        """Return the feed that answers *query* at *path*, as a server finds it."""
        return answers.feed(
            self._connection,
            query,
            path=path,
            site=self._site,
            today=self._today,
            undated=form.has_undated,
            rendered=form.takes_rendered,
        )

    def _rendered(self, form: Format, feed: Feed) -> Rendered:
        return Rendered(form, form.render(feed), feed.changed)

    def _feed(self, query: FeedQuery, path: str, rows: FilmRows, form: Format) -> Feed | None:
        """Return the feed of *rows*; None where its events have to be rendered first."""
        events = rows.rendered if form.takes_rendered else None
        if events is None and form.takes_rendered:
            return None
        dated = () if form.takes_rendered else rows.dated
        undated = rows.undated if form.has_undated else ()
        return Feed(
            site=self._site,
            query=query,
            title=calendar_name(self._site, query, {rows.id: rows.title}),
            path=path,
            today=self._today,
            entries=dated,
            rendered=events,
            undated=undated,
            films=rows.told_of((*dated, *undated)) if form.has_undated else {},
            changed=self._latest,
            left=max(filter(None, (rows.left, self._head.healed)), default=None),
            news=self._head.published,
        )
