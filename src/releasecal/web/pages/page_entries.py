"""The entries that a page shows, and the sources that they cite."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import NamedTuple

from releasecal.core.models import Source
from releasecal.queries.feed_query import FeedQuery
from releasecal.store import Connection, PageEntries, answering_queries
from releasecal.web.cached_responses import SiteState
from releasecal.web.pages.agenda import MAX
from releasecal.web.services import Services

_LONG_AGO = timedelta(days=365)


def page_entries(  # noqa: PLR0913 - what is asked for, from where, and when
    services: Services,
    facts: Connection,
    query: FeedQuery,
    as_of: date | None,
    state: SiteState,
    *,
    counted: bool = True,
    most: int = MAX,
) -> tuple[PageEntries, date]:
    """
    Return the entries of *query* and their civil day: today or, if past, *as_of*.

    Each part has *most* at most. Without *counted* the number of all there are is that of those returned.
    """
    day = min(as_of, state.today) if as_of else state.today
    query = replace(query, as_of=day if as_of else None)
    found = answering_queries.page(
        facts, query, today=day, most=most, mark=services.mark, counted=counted
    )
    return found, day


def cited(found: PageEntries) -> Sequence[Source]:
    """Return the sources that the entries cite, each once, by title."""
    entries = (*found.coming, *found.undated, *found.past, *found.overdue)
    sources = {source.id: source for entry in entries for source in entry.facts.sources}
    return sorted(sources.values(), key=lambda source: (source.title, source.id))


class OldSources(NamedTuple):
    """The civil day up to which the *sources* of a page tell, long ago."""

    day: date
    sources: Sequence[Source]


def old_sources(found: PageEntries, today: date) -> OldSources | None:
    """Return the sources of a page if all were published long ago and nothing is to come."""
    sources = cited(found)
    days = [source.published for source in sources if source.published and not source.machine]
    if found.coming or not days or len(days) < len(sources) or today - max(days) < _LONG_AGO:
        return None
    newest = [source for source in sources if source.published == max(days)]
    return OldSources(max(days), newest)
