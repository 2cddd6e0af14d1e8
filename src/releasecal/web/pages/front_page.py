"""The first page: a calendar that is being chosen, and the preview of that very one."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any

from releasecal.core.dates import PartialDate
from releasecal.core.languages import ENGLISH
from releasecal.errors import SelectionError
from releasecal.queries.change_query import ChangeQuery
from releasecal.queries.feed_query import EVERYTHING, FeedQuery
from releasecal.queries.parameters import PARAMETERS, Cancelled, Undated
from releasecal.queries.results import Feed
from releasecal.store import (
    Choices,
    Connection,
    PageEntries,
    answering_queries,
    change_log,
    film_queries,
)
from releasecal.web.cached_responses import SiteState
from releasecal.web.pages import month_view
from releasecal.web.pages.agenda import Timeline
from releasecal.web.pages.builder import FeedSize, builder, events_of
from releasecal.web.pages.month_view import MonthView
from releasecal.web.pages.page_entries import OldSources, cited, old_sources, page_entries
from releasecal.web.pages.schema_org import listed
from releasecal.web.pages.subscription_links import site_address, subscription
from releasecal.web.services import Services

_MANY = 100  # events: to render them for their size would take longer than the page
_MAX_CHANGES = 8
_MAX_FILMS = 12  # that the form offers

_PLAINLY = {
    each: Cancelled.HIDE if each is Cancelled.HIDE else Cancelled.STRIKE for each in Cancelled
}


def front_page(  # noqa: PLR0913, PLR0917 - what is asked for, by whom, and of what
    services: Services,
    query: FeedQuery,
    month: PartialDate | None,
    region: str,
    choices: Choices,
    state: SiteState,
) -> Mapping[str, Any]:
    """Return the values of the page of *query*, as an agenda or a *month*, for *region*'s visitor."""
    is_all = replace(query, lang=ENGLISH.code) == EVERYTHING
    with services.store.reading() as facts:
        # A film that is new to the catalogue is no change of a date.
        changes = change_log.newest(facts, limit=_MAX_CHANGES, query=ChangeQuery())
        titles = film_queries.names(facts, query)
        shown = _month(services, facts, query, month, region, state) if month else None
    feed, is_about = (None, False) if query.as_of else _feed(services, query, state)
    if shown is None:
        shown = _agenda(services, query, feed, region, state)
    films = dict(islice(shown["films"].items(), _MAX_FILMS))
    return {
        **shown,
        "as_of": query.as_of,
        "query": query,
        "asked": {name: text for name, text in query.limits.items() if name != "lang"},
        "is_all": is_all,
        "subscription": subscription(services.site, query, titles),
        "size": FeedSize.of(feed, is_about=is_about) if feed else None,
        "builder": builder(query, choices, titles, films, region),
        "changes": changes if is_all else (),
        "parameters": PARAMETERS,
    }


def _agenda(
    services: Services, query: FeedQuery, feed: Feed | None, region: str, state: SiteState
) -> Mapping[str, Any]:
    # Coarse dates are lines of their own part, whether the calendar has them or not.
    plain = replace(query, undated=Undated.HIDE)
    with services.store.reading() as facts:
        found, day = page_entries(services, facts, plain, query.as_of, state, counted=not feed)
        old = None if query.as_of else old_sources(found, state.today)
        then = _then(services, facts, plain, old, region, state) if old else None
    has_coarse = feed is not None and query.undated is not Undated.HIDE
    in_feed = {entry.key for entry in feed.entries} if feed and has_coarse else None
    timeline = Timeline.of(found, day, in_feed, region, is_lasting=bool(services.exported))
    if feed:
        timeline = replace(timeline, left_out=_left_out(feed, timeline))
    return {
        "timeline": timeline,
        "search_facts": listed(found.coming, site_address(services.site), services.site.name),
        "sources": cited(found),
        "films": _films(found),
        "old": old,
        "before": then,
    }


def _left_out(feed: Feed, timeline: Timeline) -> int:
    """Return how many events of *feed* the *timeline* has no room for."""
    events = events_of(feed) + feed.left_out
    has_coarse = feed.query.undated is not Undated.HIDE
    shown = (line for line in timeline.lines if line.is_on_a_day or (has_coarse and line.when))
    return max(0, events - sum(1 for _ in shown))


def _then(  # noqa: PLR0913, PLR0917 - what is asked for, from where, and when
    services: Services,
    facts: Connection,
    query: FeedQuery,
    old: OldSources,
    region: str,
    state: SiteState,
) -> Timeline | None:
    """Return the calendar as of the day of *old* sources; None if that is too much to work out."""
    try:
        found, day = page_entries(services, facts, query, old.day, state)
    except SelectionError:
        return None
    return Timeline.of(found, day, region=region, is_lasting=bool(services.exported))


def _month(  # noqa: PLR0913, PLR0917 - the month, for whom, and of what
    services: Services,
    facts: Connection,
    query: FeedQuery,
    month: PartialDate,
    region: str,
    state: SiteState,
) -> Mapping[str, Any]:
    day = min(query.as_of, state.today) if query.as_of else state.today
    found = answering_queries.month(facts, query, month, today=day, most=month_view.MAX)
    view = MonthView.of(
        found.coming, found.undated, month, day, left_out=found.left_out, region=region
    )
    beside = {month_view.VIEW: month_view.MONTH, month_view.MONTH: str(month)}
    search_facts = listed(found.coming, site_address(services.site), services.site.name)
    return {
        "beside": beside,
        "search_facts": search_facts,
        "month": view,
        "sources": cited(found),
        "films": _films(found),
    }


def _films(found: PageEntries) -> Mapping[str, str]:
    """Return the titles by id of the films that the page shows, next first."""
    entries = (*found.coming, *found.undated, *found.past)
    return {entry.key.film: entry.facts.title for entry in entries}


def _feed(services: Services, query: FeedQuery, state: SiteState) -> tuple[Feed, bool]:
    """
    Return the calendar of *query*, of which the page is a preview.

    In the place of many events in another language it has the same ones as they are rendered
    ahead; the second value tells so.
    """
    find = partial(answering_queries.feed, path="/calendar", undated=False, rendered=True)
    plain = replace(query, lang=ENGLISH.code, emoji=False, cancelled=_PLAINLY[query.cancelled])
    feed = services.store.ask(find, plain, site=services.site, today=state.today)
    if plain == query or (plain.is_plain and events_of(feed) > _MANY):
        return feed, plain != query
    return services.store.ask(find, query, site=services.site, today=state.today), False
