"""
Departures: when an event last left the answer to a query, so that its calendar can say so.

Time takes events out, and news does: a move out of the days that are asked for, a film that is
of a series no more. What time took shows in the entries, and a move in the log. For the rest
the table `schema.departures` has a row: which feed a film or a worldwide release left, and when.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, func, select

from releasecal.core.changes import ASIDE, Change
from releasecal.core.dates import midnight
from releasecal.core.editions import Edition, Entry
from releasecal.core.models import (
    SEQUEL,
    UNKNOWN,
    WORLD,
    Film,
    ReleaseKind,
    Revision,
)
from releasecal.queries.change_query import ChangeQuery
from releasecal.queries.feed_query import EVERYTHING, FeedQuery, film_genres, film_words
from releasecal.queries.parameters import AskedCertainty, Cancelled, Undated
from releasecal.store import change_log, conditions, part_queries, schema

_MAX_CHANGES = 100  # that are looked at; the last of them is as late as any older one
_A_DAY = timedelta(days=1)
ANY = "day"  # whatever is asked for, it has one

_USUAL = EVERYTHING.undated, EVERYTHING.cancelled, EVERYTHING.certainty

_column = schema.entries.c


def rows(
    before: Edition, edition: Edition, entries: Iterable[Entry], films: Iterable[str]
) -> list[dict[str, Any]]:
    """
    Return the rows about what *edition* no longer has and *before* had.

    *entries* and *films* (ids) are those that differ.
    """
    left: set[str] = set()
    for id_ in films:
        if known := before.films.get(id_):
            left |= _groups(known) - _groups(edition.films[id_])
    regions = defaultdict(set)
    for key in edition.entries if before.entries else ():
        regions[key.film, key.kind].add(key.region)
    for entry in entries:
        key, old = entry.key, before.entries.get(entry.key)
        is_new = (old is None or old.is_withdrawn) and not entry.is_withdrawn
        others = regions[key.film, key.kind].intersection((WORLD, UNKNOWN)) - {key.region}
        if is_new and others:  # which may have answered in its place
            left.add(ANY if key.region == WORLD else f"region {key.region}")
        if old and _has_event(old) and not _has_event(entry):
            left.add(ANY)
        if old and old.facts.follows not in ("", entry.facts.follows):
            left |= {SEQUEL, f"follows {old.facts.follows}"}
    return [{"what": what, "at": edition.published} for what in sorted(left)]


def _has_event(entry: Entry) -> bool:
    """Whether *entry* is on a day, that it happens on or not."""
    return entry.shown is not None and entry.shown.is_day


def _groups(film: Film) -> set[str]:
    """Return the names of all that may select *film* and is not for ever."""
    return {
        *(f"series {place.id}" for place in film.series),
        *(f"genre {slug}" for slug in film_genres(film)),
        *(f"word {word}" for word in film_words(film)),
    }


def asked(query: FeedQuery) -> list[str]:
    """Return the names of all that *query* selects by and that is not for ever, as rows have them."""
    return [
        ANY,
        *(f"series {id_}" for id_ in query.series),
        *(f"genre {slug}" for slug in query.genre),
        *(f"word {word}" for phrase in query.q for word in phrase.split()),
        *(f"follows {id_}" for id_ in query.film),
        *(f"region {code}" for code in query.region),
        *([SEQUEL] if SEQUEL in query.kind else []),
    ]


def last(connection: Connection, query: FeedQuery, today: date) -> datetime | None:
    """
    Return the last moment until *today* at which an event left the answer to *query*, UTC.

    It may be that of another event, which *query* never had. None if none has left.
    """
    column = schema.departures.c
    written = select(func.max(column.at)).where(column.what.in_(asked(query)))
    moments = [
        connection.execute(written).scalar_one(),
        _gone(connection, query, today),
        _past(connection, query, today),
        _moved(connection, query),
    ]
    return max(filter(None, moments), default=None)


def _gone(connection: Connection, query: FeedQuery, today: date) -> datetime | None:
    """Return when the last entry left that no longer happened on its day."""
    if query.cancelled is Cancelled.HIDE:
        return None
    parts = conditions.disjoint_parts(connection, query.ever, room=1)
    gone = parts.narrowed(_column.leaves <= today)
    row = connection.execute(part_queries.in_order(gone, ["-leaves", "-key"], 1)).first()
    return midnight(row.leaves) if row else None


def _past(connection: Connection, query: FeedQuery, today: date) -> datetime | None:
    """Return when the last entry came to lie before the days of *query*."""
    if query.past is None:
        return None
    first, _ = query.span(today)
    by_day, by_end = conditions.by_day(query), conditions.by_end(query)
    ways = [("first", by_day, and_(_column.is_dated, _column.first < first), timedelta())]
    if query.undated is not Undated.HIDE:
        ways.append(("coarse_after", by_end, _column.coarse_after <= first, _A_DAY))
    moments = []
    for day, apart, is_past, lead in ways:
        parts = conditions.disjoint_parts(connection, query.ever, apart, room=1)
        past = parts.narrowed(is_past)
        latest = part_queries.in_order(past, [f"-{day}", "-key"], 1)
        for last_day, key in connection.execute(latest):
            created = select(_column.created).where(_column.key == key)
            known = connection.execute(created).scalar_one()
            moments.append(max(midnight(_after(query, last_day - lead)), known))
    return max(moments, default=None)


def _after(query: FeedQuery, last_day: date) -> date:
    """Return the first day on which what ended on *last_day* lies before the days of *query*."""
    assert query.past is not None
    day = query.past.after(last_day)
    while query.past.before(day) <= last_day:  # months are of different lengths
        day += _A_DAY
    return day


def _moved(connection: Connection, query: FeedQuery) -> datetime | None:
    """Return when a change last took an event out of the days or the looks of *query*."""
    looks = query.undated, query.cancelled, query.certainty
    if not query.is_daily and looks == _USUAL:
        return None
    films: tuple[str, ...] = ()
    if query.film:  # and their sequels
        of_films = conditions.selected(connection, FeedQuery(film=query.film))
        sequels = connection.execute(select(_column.film).where(of_films).distinct()).scalars()
        films = (*query.film, *sequels)
    of_these = ChangeQuery(film=films, region=query.ever.region, kind=_kinds(query))
    only = _of_releases(connection, query)
    found = change_log.newest(connection, limit=_MAX_CHANGES, query=of_these, only=only)
    for change in found:
        if change.old and _has_left(query, change.old, change):
            return change.at
    return found[-1].at if len(found) == _MAX_CHANGES else None


def _kinds(query: FeedQuery) -> tuple[str, ...]:
    """Return the kinds of the releases that *query* may have had."""
    slugs = {ReleaseKind.THEATRICAL.slug if slug == SEQUEL else slug for slug in query.kind}
    return tuple(sorted({ReleaseKind.from_slug(slug).identity for slug in slugs}))


def _of_releases(connection: Connection, query: FeedQuery) -> change_log.Only:
    """Return the other conditions that a change is of a release that *query* may have had."""
    column = schema.changes.c
    of_films = tuple(conditions.of_films(connection, column.film, query))
    on_channels = (column.channel.in_(query.channel),) if query.channel else ()
    return change_log.Only(
        (*on_channels, *(condition for condition, _ in of_films)),
        any(is_listed for _, is_listed in of_films),
    )


def _has_left(query: FeedQuery, old: Revision, change: Change) -> bool:
    """
    Whether the release of *change* was shown by *query* some time before, and is not after it.

    One that time had taken out before the change is among these, for its date no longer tells.
    """
    first, after = query.span(change.at.date())
    hides = query.cancelled is Cancelled.HIDE
    was_shown = not hides if _is_off(query, old) else _is_within(old, date.min, after)
    if change.kind in ASIDE or not (was_shown and _is_asked(query, old)):
        return False
    if not _is_asked(query, change.new):
        return True
    if _is_off(query, change.new):  # it stays on the day that it had
        return hides or not (old.when and old.when.is_day)
    return not _is_within(change.new, first, after)


def _is_asked(query: FeedQuery, revision: Revision) -> bool:
    return query.certainty is AskedCertainty.ANY or revision.certainty.is_announced


def _is_off(query: FeedQuery, revision: Revision) -> bool:
    is_shown = revision.when and (revision.when.is_day or query.undated is not Undated.HIDE)
    return revision.status.is_over or not is_shown


def _is_within(revision: Revision, first: date, after: date) -> bool:
    """Whether some of the date of *revision* is from *first* on and before *after*."""
    when = revision.when
    return when is not None and when.after > first and when.first < after
