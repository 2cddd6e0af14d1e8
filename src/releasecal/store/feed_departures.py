"""
Departures: when an event last left the answer to a query, so that its calendar can say so.

Time takes events out, and news does: a move out of the days that are asked for, a film that is
of a series no more. What time took shows in the entries, and a move in the log. For the rest
the table `schema.departures` has a row: which feed a film or a worldwide release left, and when.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    and_,
    bindparam,
    func,
    or_,
    select,
)

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
from releasecal.store import (
    change_log,
    codec,
    conditions,
    kept_statements,
    reads_along_indexes,
    schema,
)
from releasecal.store.conditions import AskedQuery, ParameterName
from releasecal.store.day_conditions import DAYS
from releasecal.store.kept_statements import Wanted, kept
from releasecal.store.quick_statements import QuickStatement

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


@lru_cache(maxsize=8)  # one takes 20 kB, and most queries have one to three names
def _last_written(count: int) -> QuickStatement:
    """Return the query for the last moment of a row with one of *count* names."""
    departure = schema.departures.c
    names = [bindparam(f"name{number}", type_=departure.what.type) for number in range(count)]
    return QuickStatement(select(func.max(departure.at)).where(departure.what.in_(names)))


def last(
    connection: Connection, query: FeedQuery, today: date, published: datetime
) -> datetime | None:
    """
    Return the last moment until *today* at which an event left the answer to *query*, UTC.

    It may be that of another event, which *query* never had. None if none has left.
    *published* is the moment of the newest edition. What cannot be later than what is known
    already is not asked for: time takes events out at midnights, and editions do when published.
    """
    wanted = kept_statements.wanted(connection, query, room=1)
    latest = _past(connection, wanted, today)
    if latest is None or latest < midnight(today):
        latest = _later(latest, _gone(connection, wanted, today))
    if latest is None or latest < published:
        names = {f"name{number}": name for number, name in enumerate(asked(query))}
        ((written,),) = _last_written(len(names)).rows(connection, names)
        latest = _later(latest, written)
    if latest is None or latest < published:
        latest = _later(latest, _moved(connection, wanted, latest))
    return latest


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(filter(None, (one, other)), default=None)


def _gone(connection: Connection, wanted: Wanted, today: date) -> datetime | None:
    """Return when the last entry left that no longer happened on its day."""
    if wanted.query.cancelled is Cancelled.HIDE:
        return None
    rows = _last_gone(wanted).rows(connection, {**wanted.values, "today": today})
    return midnight(rows[0][0]) if rows else None


@kept
def _last_gone(asked: AskedQuery) -> Select[Any] | CompoundSelect[Any]:
    gone = conditions.parts_of(asked.ever).narrowed(_column.leaves <= DAYS.today)
    return reads_along_indexes.in_order(gone, ["-leaves", "-key"], 1)


def _past(connection: Connection, wanted: Wanted, today: date) -> datetime | None:
    """Return when the last entry came to lie before the days of *wanted*."""
    query = wanted.query
    if query.past is None:
        return None
    first, _ = query.span(today)
    is_hiding = query.undated is Undated.HIDE
    ways = (
        [("first", timedelta())]
        if is_hiding
        else [("first", timedelta()), ("coarse_after", _A_DAY)]
    )
    moments = []
    for day, lead in ways:
        values = {**wanted.values, "since": first}
        for last_day, created in _last_past(wanted, day).rows(connection, values):
            moments.append(max(midnight(_after(query, last_day - lead)), created))
    return max(moments, default=None)


@kept
def _last_past(asked: AskedQuery, day: str) -> Select[Any]:
    """Return the query for the last *day*, a column, before those asked for, and who had it since when."""
    query = asked.query
    if day == "first":
        apart, is_past = (
            conditions.by_day(query),
            and_(_column.is_dated, _column.first < DAYS.since),
        )
    else:
        apart, is_past = conditions.by_end(query), _column.coarse_after <= DAYS.since
    past = conditions.parts_of(asked.ever, apart).narrowed(is_past)
    found = reads_along_indexes.in_order(past, [f"-{day}", "-key"], 1).subquery().c
    created = select(_column.created).where(_column.key == found.key)
    return select(found[day], created.scalar_subquery())


def _after(query: FeedQuery, last_day: date) -> date:
    """Return the first day on which what ended on *last_day* lies before the days of *query*."""
    assert query.past is not None
    day = query.past.after(last_day)
    while query.past.before(day) <= last_day:  # months are of different lengths
        day += _A_DAY
    return day


def _moved(connection: Connection, wanted: Wanted, known: datetime | None) -> datetime | None:
    """
    Return when a change last took an event out of the days or the looks of *wanted*.

    None if that was not after the moment that is *known*.
    """
    query = wanted.query
    looks = query.undated, query.cancelled, query.certainty
    if not query.is_daily and looks == _USUAL:
        return None
    films = query.film and _with_sequels(connection, query.film)
    values = {**wanted.values, "film": films, "most": _MAX_CHANGES}
    told = _changes(connection, wanted, films).rows(connection, values)
    for at, data in told:
        if known and at <= known:
            return None
        change = codec.CHANGE.validate_json(data)
        if change.old and _has_left(query, change.old, change):
            return change.at
    return told[-1][0] if len(told) == _MAX_CHANGES else None


_OF_FILMS = conditions.parts_of(AskedQuery(FeedQuery(film=(ParameterName("film"),)), ()))
_FILMS = select(_column.film).where(or_(*_OF_FILMS.each)).distinct()


def _with_sequels(connection: Connection, films: tuple[str, ...]) -> tuple[str, ...]:
    """Return *films* and those that follow them."""
    return (*films, *connection.execute(_FILMS, {"film": films}).scalars())


def _changes(connection: Connection, wanted: Wanted, films: tuple[str, ...]) -> QuickStatement:
    """Return the query for the newest changes, of *films* if there are any, in the log of *wanted*."""
    if wanted.is_kept:
        return _kept_changes(wanted)
    of_films = conditions.of_films(connection, schema.changes.c.film, wanted.query)
    changes = _changes_of(replace(wanted.query, film=films), of_films)
    return QuickStatement(changes, is_kept=False)


@kept
def _kept_changes(asked: AskedQuery) -> Select[Any]:
    return _changes_of(asked.query, conditions.of_series(schema.changes.c.film, asked.query))


def _changes_of(
    query: FeedQuery, of_films: Iterable[tuple[ColumnElement[bool], bool]]
) -> Select[Any]:
    """Return the query for the newest changes of releases that *query* may have had."""
    column, found = schema.changes.c, tuple(of_films)
    channels = [conditions.value(each) for each in query.channel]
    on_channels = [column.channel.in_(channels)] if channels else []
    only = change_log.Only(
        (*on_channels, *(condition for condition, _ in found)),
        any(is_listed for _, is_listed in found),
    )
    of_these = ChangeQuery(film=query.film, region=query.ever.region, kind=_kinds(query))
    return change_log.newest_of(of_these, only)


def _kinds(query: FeedQuery) -> tuple[str, ...]:
    """Return the kinds of the releases that *query* may have had."""
    slugs = {ReleaseKind.THEATRICAL.slug if slug == SEQUEL else slug for slug in query.kind}
    return tuple(sorted({ReleaseKind.from_slug(slug).identity for slug in slugs}))


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
