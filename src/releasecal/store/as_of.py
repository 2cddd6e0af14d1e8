"""The past: what would have answered a selection on a day, which no index knows."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import Connection

from releasecal.core.as_of import recall
from releasecal.core.dates import PartialDate
from releasecal.core.editions import Entry
from releasecal.errors import SelectionError
from releasecal.queries.feed_query import FeedQuery
from releasecal.store import read
from releasecal.store.read import Timeline

MAX_RECALLED = 5_000
"""How many releases the past is worked out for at once."""


def recalled(
    connection: Connection, query: FeedQuery, day: date, mark: timedelta = timedelta()
) -> tuple[Entry, ...]:
    """
    Return what *query* asks for as it stood on the civil day *day*, whatever its date, by key.

    What had moved is marked for as long as *mark*.

    Raises:
        SelectionError: There are more than `MAX_RECALLED` to look at.
    """
    of_films = read.wanted(FeedQuery(film=query.film, series=query.series))
    entries = read.fetch(connection, of_films, limit=MAX_RECALLED + 1)
    if len(entries) > MAX_RECALLED:
        raise SelectionError(
            f"as-of: more than {MAX_RECALLED:,} releases are too many to recall "
            "(ask for a film or a series, by its page or its id)"
        )
    ids = {entry.key.film for entry in entries}
    mentioned = {id_ for entry in entries for id_, _ in entry.facts.titles}
    films = read.films(connection, ids | mentioned)
    sources = {source.id: source for entry in entries for source in entry.facts.sources}
    then = recall(entries, films, sources, day, mark).entries.values()
    return tuple(entry for entry in then if query.matches(entry))


def timeline(entries: Sequence[Entry], day: date, most: int) -> Timeline:
    """Return the beginning of *entries* on the civil day *day*, as `queries.timeline` has it."""
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
    return Timeline(
        coming=tuple(entry for _, entry in coming[:most]),
        undated=(*(entry for _, entry in waiting), *unknown)[:most],
        past=tuple(entry for _, entry in past[:most]),
        overdue=tuple(entry for _, entry in overdue[:most]),
        count=len(dated) + len(coarse) + len(unknown),
    )


def _soonest(each: tuple[PartialDate, Entry]) -> tuple[int, int]:
    """Sort by the end of what is meant, of equals the best known first."""
    when, _ = each
    return when.after.toordinal(), -when.first.toordinal()


def _latest(each: tuple[PartialDate, Entry]) -> tuple[int, int]:
    """Sort by the end of what is meant, latest first, of equals the vaguest first."""
    when, _ = each
    return -when.after.toordinal(), when.first.toordinal()
