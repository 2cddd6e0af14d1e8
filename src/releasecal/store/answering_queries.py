"""Answers: the feed, or the entries of a page, that answer a query today or as of a day."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, and_, bindparam, func, select

from releasecal.core.dates import PartialDate
from releasecal.core.editions import Entry
from releasecal.core.models import UNKNOWN, WORLD
from releasecal.errors import SelectionError
from releasecal.queries.feed_query import FeedQuery
from releasecal.queries.order import by_beginning, by_day
from releasecal.queries.parameters import Limit
from releasecal.queries.results import Feed, calendar_name
from releasecal.queries.site_settings import SiteSettings
from releasecal.store import (
    as_of,
    conditions,
    day_conditions,
    feed_departures,
    film_queries,
    kept_statements,
    newest_edition,
    reads_along_indexes,
    schema,
    selection,
    source_health,
)
from releasecal.store.conditions import Parts
from releasecal.store.newest_edition import Head, PageEntries
from releasecal.store.quick_statements import QuickStatement
from releasecal.store.selection import EMPTY, Match
from releasecal.store.source_health import is_stale

MAX_UNDONE = 20_000
"""Most releases that one response takes out of a calendar."""

SURELY_SHORT = 30  # events, which fit into any feed's length

_column = schema.entries.c


def feed(  # noqa: PLR0913 - the query, its surroundings, and what its format needs
    connection: Connection,
    query: FeedQuery,
    *,
    path: str,
    site: SiteSettings,
    today: date,
    undated: bool = True,
    rendered: bool = False,
) -> Feed:
    """
    Return the feed that answers *query* on the civil day *today*.

    *undated* asks for entries without a day, and for the films, too; *rendered* for pre-rendered
    events in the place of entries, where *query* is plain and all of them are rendered.

    Raises:
        SelectionError: The feed as of a day has too many entries to recall.
    """
    if query.as_of:
        return as_of.feed(connection, query, query.as_of, path=path, site=site)
    head = newest_edition.head(connection)
    site = site.stamped(head.rendering)
    most = site.limits.events if query.limit is Limit.USUAL else None
    wanted = kept_statements.wanted(connection, query, None if most is None else most + 1)
    takes_rendered = rendered and query.is_plain
    is_stale = head.is_stale(today, site.stale_after)  # where all depends on films
    found = selection.dated(
        connection, wanted, today, most, rendered=takes_rendered, keyed=is_stale
    )
    events = selection.rendered_events(found) if takes_rendered else None
    rendered_ones, unseen = events or (None, ())
    waiting = selection.without_day(connection, wanted, today, most) if undated else EMPTY
    dated = () if events else by_day(selection.entries(connection, found), query)
    coming = by_beginning(selection.entries(connection, waiting))
    answer = Feed(
        site=site,
        query=query,
        title=calendar_name(site, query, film_queries.names(connection, query)),
        path=path,
        today=today,
        entries=dated,
        rendered=rendered_ones,
        unseen=unseen,
        undated=coming,
        films=film_queries.films(connection, _films_of(dated, coming)) if undated else {},
        changed=head.published,
        left_out=found.left_out,
        left_out_undated=waiting.left_out,
    )
    return _with_moments(connection, answer, head, (*found.matches, *waiting.matches))


def _films_of(*several: Iterable[Entry]) -> frozenset[str]:
    return frozenset(entry.key.film for entries in several for entry in entries)


def undo(
    connection: Connection, query: FeedQuery, *, path: str, site: SiteSettings, today: date
) -> Feed:
    """
    Return the feed of all entries that ever answered *query*, its days, looks and size aside.

    The entries are by key, those without any date included.

    Raises:
        SelectionError: There are more than `MAX_UNDONE`.
    """
    apart = conditions.by_day(query.ever)
    of_these = conditions.disjoint_parts(connection, query.ever, apart)
    if reads_along_indexes.is_more_than(connection, MAX_UNDONE, of_these):
        raise SelectionError(
            f"more than {MAX_UNDONE:,} releases are too many to take out at once "
            "(take them out in parts, as in region=US and then region=DE)"
        )
    entries = reads_along_indexes.entries(connection, of_these, [], MAX_UNDONE)
    head = newest_edition.head(connection)
    return Feed(
        site=site.stamped(head.rendering),
        query=query,
        title=calendar_name(site, query, film_queries.names(connection, query)),
        path=path,
        today=today,
        entries=entries,
        changed=newest_edition.last_change(connection, head, today, is_daily=True),
    )


def page(  # noqa: PLR0913 - the query, the day, and how much of the answer
    connection: Connection,
    query: FeedQuery,
    *,
    today: date,
    most: int,
    mark: timedelta = timedelta(),
    counted: bool = True,
) -> PageEntries:
    """
    Return the entries that a page shows of the answer to *query*: at most *most* of each part.

    Without *counted* no index is walked to count all there are.

    As of a day they are those of that day, whatever *today* is; an entry that had moved bears
    its mark for as long as *mark*.

    Raises:
        SelectionError: There are too many to recall.
    """
    if query.as_of is None:
        return _page(connection, query, today, most, counted=counted)
    then = as_of.entries_on_day(connection, query, query.as_of, mark)
    return as_of.page(then, query.as_of, most)


def month(
    connection: Connection, query: FeedQuery, when: PartialDate, *, today: date, most: int
) -> PageEntries:
    """
    Return the entries of *query* in the month *when*, at most *most* with a day.

    Those with a day are `coming`, by day; those that are known to be in that month and have no
    day yet are `undated`.

    Raises:
        SelectionError: There are too many to recall as of a day.
    """
    if query.as_of:
        recalled = as_of.entries_on_day(connection, query, min(query.as_of, today))
        return as_of.month(recalled, when, most)
    asked = conditions.asked(connection, query)
    span = day_conditions.days(query, today, when.first, when.after)
    days = selection.on_a_day(asked, span)
    dated = reads_along_indexes.entries(connection, days, ["first"], most)
    count = len(dated)
    if count == most:
        count = reads_along_indexes.count(connection, [days], most)
    # The end of such a date is in the month, too: a span of an index.
    vague = and_(
        *(_column.coarse_first >= when.first, _column.coarse_after <= when.after),
        _column.coarse_after > when.first,
    )
    parts = conditions.parts_of(asked, conditions.by_end(query))
    undated = reads_along_indexes.entries(connection, parts.narrowed(vague), ["first"], most)
    return PageEntries(dated, undated, (), (), count + len(undated))


def _with_moments(
    connection: Connection, answer: Feed, head: Head, matches: Sequence[Match]
) -> Feed:
    """Return *answer*, with *matches* in it, with the moments of its last change and its notices."""
    since, changed = _staleness(connection, answer, head, matches)
    # A feed cut to its length may begin on another day tomorrow, and its notice says so today.
    is_long = answer.count > SURELY_SHORT
    is_daily = answer.query.is_daily or since is not None or is_long
    left = feed_departures.last(connection, answer.query, answer.today, head.published)
    return replace(
        answer,
        left=max(filter(None, (left, head.healed)), default=None),
        changed=newest_edition.last_change(connection, head, answer.today, is_daily=is_daily),
        news=_news(connection, answer.query, head) if is_long or answer.left_out else None,
        stale_since=since,
        stale_changed=changed,
    )


def _staleness(
    connection: Connection, answer: Feed, head: Head, matches: Sequence[Match]
) -> tuple[datetime | None, datetime | None]:
    """
    Return the last good look at the sources of *matches*, if it was too long ago, else None.

    The second moment is the last one before today at which the notice about it changed.
    """
    today, after = answer.today, answer.site.stale_after
    if not head.is_stale(today, after):
        return None, None
    looks = source_health.looks(connection)
    stale = {each: look for each, look in looks.items() if is_stale(look, today, after)}
    concerned = set(stale)
    if len(stale) < len(looks):  # or else it may lack anything
        films = film_queries.films(connection, {key.partition(".")[0] for _, key, _ in matches})
        concerned &= {address for film in films.values() for address in film.told_by}
    since = min((stale[address] for address in concerned), default=None)
    if since is None:
        return None, None
    moments = [
        source_health.healed_before(connection, since),
        newest_edition.rendered_since(connection, head),
    ]
    if len(stale) > 1 or len(looks) > 2:  # news decides which are or were concerned
        moments.append(head.published)
    return since, max(filter(None, moments))


_LATEST = QuickStatement(
    select(func.max(_column.revised)).where(_column.region == bindparam("region"))
)


def _news(connection: Connection, query: FeedQuery, head: Head) -> datetime:
    """
    Return the last change in the regions of *query*, UTC; it dates the notice "left out".

    It may be later than the last change of the selected entries, never earlier: of all that
    a query selects by, only a release's region never changes and has few values.
    """
    if query.film or query.series or query.genre or query.q or not query.region:
        return head.published
    regions = {*query.region, WORLD, UNKNOWN}
    found = [_LATEST.rows(connection, {"region": each})[0][0] for each in regions]
    return max(filter(None, found), default=head.published)


def _page(
    connection: Connection, query: FeedQuery, today: date, most: int, *, counted: bool
) -> PageEntries:
    end = _column.coarse_after
    asked = conditions.asked(connection, query)
    days = conditions.parts_of(asked, conditions.by_day(query))
    coarse = conditions.parts_of(asked, conditions.by_end(query))

    def some(parts: Parts, *order: str, most: int = most) -> tuple[Entry, ...]:
        return reads_along_indexes.entries(connection, parts, order, most)

    # Each part has an index: `first` is a day's own, and `coarse_after` is of those without one.
    coming = some(days.narrowed(day_conditions.shown(query, today, today, date.max)), "first")
    past = some(days.narrowed(day_conditions.shown(query, today, date.min, today)), "-first")
    waiting = some(coarse.narrowed(end > today), "coarse_after", "-coarse_first")
    overdue = some(coarse.narrowed(end <= today), "-coarse_after", "coarse_first")
    vague, unknown = selection.parts_without_day(asked)
    if len(waiting) < most:
        waiting += some(unknown, most=most - len(waiting))
    found = (coming, waiting, past, overdue)
    if not counted:
        return PageEntries(*found, sum(map(len, found)))
    all_days = day_conditions.days(query, today)
    shown = [way.parts(asked, all_days) for way in selection.showings(query)]
    undated = [vague.narrowed(end.is_not(None)), unknown]
    counts = (reads_along_indexes.count(connection, each, most) for each in (shown, undated))
    return PageEntries(*found, sum(counts))
