"""The past: the entries that would have answered a query on a day; no index has them."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import Connection, or_

from releasecal.core.as_of import entries_as_of
from releasecal.core.dates import PartialDate
from releasecal.core.editions import Entry
from releasecal.errors import SelectionError
from releasecal.queries.feed_query import FeedQuery
from releasecal.queries.order import by_day, nearness
from releasecal.queries.parameters import Limit, Undated
from releasecal.queries.results import Feed, calendar_name
from releasecal.queries.site_settings import SiteSettings
from releasecal.store import conditions, film_queries, newest_edition, reads_along_indexes, schema
from releasecal.store.newest_edition import PageEntries

MAX_ENTRIES = 5_000
"""Most releases whose past is worked out for one response."""


def entries_on_day(
    connection: Connection, query: FeedQuery, day: date, mark: timedelta = timedelta()
) -> tuple[Entry, ...]:
    """
    Return the entries of *query* on any date, as they stood on the civil day *day*, by key.

    An entry that had moved bears its mark for as long as *mark*.

    Raises:
        SelectionError: There are more than `MAX_ENTRIES` to look at.
    """
    of_films = conditions.disjoint_parts(
        connection,
        FeedQuery(film=query.film, series=query.series, genre=query.genre, q=query.q),
    )
    if reads_along_indexes.is_more_than(connection, MAX_ENTRIES, of_films):
        raise SelectionError(
            f"as-of: more than {MAX_ENTRIES:,} releases are too many to recall "
            "(ask for a film or a series, by its page or its id)"
        )
    by_day_first = (schema.entries.c.first.nulls_first(),)
    entries = newest_edition.select_entries(connection, or_(*of_films.each), order=by_day_first)
    ids = {entry.key.film for entry in entries}
    mentioned = {id_ for entry in entries for id_, _ in entry.facts.titles}
    films = film_queries.films(connection, ids | mentioned)
    sources = {source.id: source for entry in entries for source in entry.facts.sources}
    then = entries_as_of(entries, films, sources, day, mark).entries.values()
    return query.select(then, films)


def feed(
    connection: Connection, query: FeedQuery, day: date, *, path: str, site: SiteSettings
) -> Feed:
    """
    Return the feed that would have answered *query* on the civil day *day*.

    Raises:
        SelectionError: It has too many entries to recall.
    """
    found = entries_on_day(connection, query, day)
    dated = by_day((entry for entry in found if _is_shown(entry, query, day)), query)
    most = site.limits.events if query.limit is Limit.USUAL else None
    nearest = sorted(dated, key=lambda entry: nearness(query.span_of(entry)[1], day))[:most]
    return Feed(
        site=site,
        query=query,
        title=calendar_name(site, query, film_queries.names(connection, query)),
        path=path,
        today=day,
        entries=by_day(nearest, query),
        undated=tuple(entry for entry in found if entry.is_off_its_day),
        changed=newest_edition.head(connection).published,
        left_out=len(dated) - len(nearest),
    )


def listed(connection: Connection, query: FeedQuery, day: date) -> Sequence[Entry]:
    """
    Return the entries of *query* that were shown on the civil day *day*, or had no day yet.

    Raises:
        SelectionError: There are too many to recall.
    """
    found = entries_on_day(connection, query, day)
    return [each for each in found if each.is_off_its_day or _is_shown(each, query, day)]


def page(entries: Sequence[Entry], day: date, most: int) -> PageEntries:
    """Return the part of *entries* for a page on the civil day *day*, at most *most* a part."""
    by_key = sorted(entries, key=lambda entry: str(entry.key))
    dated = [(when.first, entry) for entry in by_key if (when := entry.shown) and when.is_day]
    coarse = [
        (when, entry)
        for entry in by_key
        if entry.overdue_from is not None and (when := entry.current.when)
    ]
    unknown = [
        entry for entry in by_key if entry.current.when is None and not entry.current.status.is_over
    ]
    coming = sorted((each for each in dated if each[0] >= day), key=lambda each: each[0])
    past = sorted((each for each in dated if each[0] < day), key=lambda each: each[0], reverse=True)
    waiting = sorted((each for each in coarse if each[0].after > day), key=_soonest)
    overdue = sorted((each for each in coarse if each[0].after <= day), key=_latest)
    return PageEntries(
        coming=tuple(entry for _, entry in coming[:most]),
        undated=(*(entry for _, entry in waiting), *unknown)[:most],
        past=tuple(entry for _, entry in past[:most]),
        overdue=tuple(entry for _, entry in overdue[:most]),
        count=len(dated) + len(coarse) + len(unknown),
    )


def month(entries: Sequence[Entry], when: PartialDate, most: int) -> PageEntries:
    """Return the part of *entries* in the month *when*, at most *most* with a day."""
    by_key = sorted(entries, key=lambda entry: str(entry.key))
    dated = [(day, entry) for entry in by_key if (day := entry.shown) and day.is_day]
    inside = [(day.first, entry) for day, entry in dated if when.contains(day)]
    vague = [
        entry
        for entry in by_key
        if entry.overdue_from is not None
        and (coarse := entry.current.when)
        and when.contains(coarse)
    ]
    shown = sorted(inside, key=lambda each: each[0])[:most]
    coming = tuple(entry for _, entry in shown)
    return PageEntries(coming, tuple(vague[:most]), (), (), len(inside) + len(vague[:most]))


def _is_shown(entry: Entry, query: FeedQuery, day: date) -> bool:
    """Whether *query* shows *entry* within its span on the civil day *day*."""
    when, (first, after) = entry.current.when, query.span(day)
    if when is None or not (when.is_day or query.undated is not Undated.HIDE):
        return False
    return when.after > first and when.first < after


def _soonest(each: tuple[PartialDate, Entry]) -> tuple[int, int]:
    """Sort key: the end of the date, soonest first, of equals the best known first."""
    when, _ = each
    return when.after.toordinal(), -when.first.toordinal()


def _latest(each: tuple[PartialDate, Entry]) -> tuple[int, int]:
    """Sort key: the end of the date, latest first, of equals the vaguest first."""
    when, _ = each
    return -when.after.toordinal(), when.first.toordinal()
