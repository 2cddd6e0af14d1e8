"""The releases that have slipped most."""

from collections.abc import Iterator

from sqlalchemy import Connection, literal_column

from releasecal.core.editions import Entry
from releasecal.queries.feed_query import FeedQuery
from releasecal.store import conditions, newest_edition, reads_along_indexes, schema

_LOOKED_AT = 5  # releases for each film that is wanted: a film slips in many countries at once

_column = schema.entries.c


def most_slipped(connection: Connection, query: FeedQuery, most: int) -> tuple[Entry, ...]:
    """
    Return the release of each film of *query* that has slipped most, the most days first.

    At most *most*; of equals the first by key. What is past or cancelled counts, too.
    """
    found: dict[str, str] = {}
    for _, key, film in sorted(_slipped(connection, query, most * _LOOKED_AT)):
        found.setdefault(film, key)
    keys = list(found.values())[:most]
    entries = {
        str(each.key): each
        for each in newest_edition.select_entries(connection, _column.key.in_(keys))
    }
    return tuple(entries[key] for key in keys)


def _slipped(connection: Connection, query: FeedQuery, most: int) -> Iterator[tuple[int, str, str]]:
    """Yield (days, negative, key, film) of *query*'s releases, the *most* of all."""
    parts = conditions.disjoint_parts(connection, query)
    # A literal: a partial index fits no parameter.
    slipped = parts.narrowed(_column.slipped > literal_column("0"))
    statement = reads_along_indexes.in_order(slipped, ["-slipped"], most, also=["film"])
    for days, key, film in connection.execute(statement):
        yield -days, key, film
