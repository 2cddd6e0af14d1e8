"""Feeds of films and series from the rows of one pass, with the bytes that a server sends."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime
from typing import NamedTuple

from releasecal.core.languages import ENGLISH
from releasecal.formats import FORMATS, Format, ics
from releasecal.queries.feed_query import FeedQuery, written_query
from releasecal.queries.results import Feed, Heading, calendar_name, joined_name
from releasecal.queries.site_settings import SiteSettings
from releasecal.store import Connection, Head, answering_queries, newest_edition
from releasecal.store.rows_of_all_film_feeds import FilmRows

OF_EACH_FILM = tuple(form for form in FORMATS.values() if form.of_each_film)
"""Formats of which each film and each series has a file."""

_AROUND = 16_000  # octets of a calendar without its events, at most

_PARAMETERS = {"films": "film", "series": "series"}
"""The parameter that selects what is in a folder."""


class Rendered(NamedTuple):
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
        # Of short feeds, and of long ones, in which any day may change something.
        self._latest = [
            newest_edition.last_change(connection, head, today, is_daily=is_daily)
            for is_daily in (False, True)
        ]

    def of(
        self, folder: str, rows: FilmRows, forms: Collection[Format] = OF_EACH_FILM
    ) -> Iterator[Rendered]:
        """Yield the feed of *rows*, films or series by *folder*, in each of *forms*."""
        for form in forms:
            yield self._of_events(folder, rows, form) or self._of_entries(folder, rows, form)

    def _of_events(self, folder: str, rows: FilmRows, form: Format) -> Rendered | None:
        """Return the feed of *rows* from their rendered events; None where that takes more."""
        events = None if self._is_stale or not form.takes_rendered else rows.events
        if events is None or not self._is_within_limits(events):
            return None
        latest = self._latest[len(events) > answering_queries.SURELY_SHORT]
        return Rendered(form, self._calendar(folder, rows, events), latest)

    def _is_within_limits(self, events: Sequence[bytes]) -> bool:
        """Whether no limit cuts a calendar with *events*."""
        limits = self._site.limits
        return len(events) <= limits.events and sum(map(len, events)) <= limits.octets - _AROUND

    def _of_entries(self, folder: str, rows: FilmRows, form: Format) -> Rendered:
        """Return the feed of *rows* from their entries."""
        # A notice about old sources or a feed that may have to be cut takes the way of a request.
        is_short = not self._is_stale and len(rows.rows) <= answering_queries.SURELY_SHORT
        of_rows = is_short and not form.takes_rendered
        feed = self._feed(folder, rows) if of_rows else self._asked(folder, rows, form)
        return Rendered(form, form.render(feed), feed.changed)

    def selected(self, query: FeedQuery, path: str, form: Format) -> Feed:
        """Return the feed that answers *query* at *path*, as a server finds it."""
        return answering_queries.feed(
            self._connection,
            query,
            path=path,
            site=self._site,
            today=self._today,
            undated=form.has_undated,
            rendered=form.takes_rendered,
        )

    def _asked(self, folder: str, rows: FilmRows, form: Format) -> Feed:
        return self.selected(_query(folder, rows), f"/{folder}/{rows.id}", form)

    def _left(self, rows: FilmRows) -> datetime | None:
        return max(filter(None, (rows.left, self._head.healed)), default=None)

    def _calendar(self, folder: str, rows: FilmRows, events: list[bytes]) -> bytes:
        """Return the calendar of *rows* with their rendered *events*."""
        path, site = f"/{folder}/{rows.id}", self._site
        title = joined_name([site.name, rows.title])
        asked = written_query({_PARAMETERS[folder]: rows.id})
        heading = Heading(site, ENGLISH, title, path, asked, f"{site.url}{path}.ics")
        return ics.joined(heading, events, self._left(rows))

    def _feed(self, folder: str, rows: FilmRows) -> Feed:
        """Return the feed of *rows* for a format that shows entries, those without a day, too."""
        query, dated, undated = _query(folder, rows), rows.dated, rows.undated
        return Feed(
            site=self._site,
            query=query,
            title=calendar_name(self._site, query, {rows.id: rows.title}),
            path=f"/{folder}/{rows.id}",
            today=self._today,
            entries=dated,
            undated=undated,
            films=rows.told_of((*dated, *undated)),
            changed=self._latest[False],
            left=self._left(rows),
            news=self._head.published,
        )


def _query(folder: str, rows: FilmRows) -> FeedQuery:
    """Return the query for *rows*, films or series by *folder*."""
    only = (rows.id,)
    return FeedQuery(film=only) if folder == "films" else FeedQuery(series=only)
