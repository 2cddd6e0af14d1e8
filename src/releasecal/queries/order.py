"""The orders of a calendar's entries: by day, by beginning, and nearest first."""

from collections.abc import Iterable
from datetime import date

from releasecal.core.editions import Entry
from releasecal.queries.feed_query import FeedQuery


def by_day(entries: Iterable[Entry], query: FeedQuery) -> tuple[Entry, ...]:
    """Return *entries* by the days on which *query* shows them, then by key."""
    return tuple(sorted(entries, key=lambda entry: (query.span_of(entry), str(entry.key))))


def by_beginning(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return *entries* by the first day they may be on, those without a date first."""

    def beginning(entry: Entry) -> tuple[date, str]:
        return entry.shown.first if entry.shown else date.min, str(entry.key)

    return tuple(sorted(entries, key=beginning))


def nearness(after: date, today: date) -> tuple[bool, int]:
    """
    Return the sort key, nearest first, of an entry that ends on the day before *after*.

    A calendar without room for all its entries keeps the nearest ones. First are those that
    end on the civil day *today* or later, the soonest before all others; then those that are
    past, the latest before all others.
    """
    return after <= today, abs((after - today).days)
