"""Choices: the values that a query can name, with the number of their releases."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, Integer, cast, func, select

from releasecal.core.models import SEQUEL, ReleaseKind
from releasecal.core.value_classes import dataclass
from releasecal.queries.feed_query import release_kinds
from releasecal.store import choice_counts, film_queries, newest_edition, schema

_KINDS = (*(kind.slug for kind in ReleaseKind), SEQUEL)
_MAX = 40  # series; a form with more is no help

_column = schema.entries.c


@dataclass(frozen=True, slots=True)
class Choices:
    """
    Values that a query can name, each with its number, the most frequent first.

    Attributes:
        kinds: Numbers of releases by slug, in the order of `ReleaseKind`.
        regions: Numbers of releases by region, the worldwide ones apart.
        channels: (name, number of releases) by slug.
        genres: Numbers of films by slug.
        series: (title, number of films) by id; some of them where there are very many.
    """

    kinds: Mapping[str, int]
    regions: Mapping[str, int]
    channels: Mapping[str, tuple[str, int]]
    genres: Mapping[str, int]
    series: Mapping[str, tuple[str, int]]


def choices(connection: Connection) -> Choices:
    """Return the values that are on record now; withdrawn releases do not count."""
    is_kept = choice_counts.is_of(connection, newest_edition.head(connection).number)
    counted = {} if is_kept else choice_counts.counted(connection)

    def numbers(facet: str, most: int | None = None) -> Mapping[str, int]:
        if is_kept:
            return choice_counts.kept(connection, facet, most)
        found = [(value, number) for (each, value), number in counted.items() if each == facet]
        return dict(sorted(found, key=lambda each: (-each[1], each[0]))[:most])

    kinds, channels = numbers(choice_counts.KIND), numbers(choice_counts.CHANNEL)
    names = film_queries.channel_names(connection, channels)
    series = numbers(choice_counts.SERIES, _MAX)
    titles = _titles(connection, series)
    return Choices(
        kinds={slug: kinds[slug] for slug in _KINDS if slug in kinds},
        regions=numbers(choice_counts.REGION),
        channels={slug: (names[slug], number) for slug, number in channels.items()},
        genres=numbers(choice_counts.GENRE),
        series={id_: (titles[id_], number) for id_, number in series.items()},
    )


def _titles(connection: Connection, ids: Iterable[str]) -> Mapping[str, str]:
    """Return the titles of the series with *ids*."""
    column = schema.series.c
    statement = select(column.id, func.min(column.title)).where(column.id.in_(sorted(ids)))
    return {row[0]: row[1] for row in connection.execute(statement.group_by(column.id))}


def kinds_by_region(connection: Connection) -> frozenset[tuple[str, str]]:
    """Return the pairs of a kind and a region that some release has; withdrawn ones count, too."""
    derived = func.max(cast(_column.was_derived, Integer))
    follows = func.max(_column.follows)
    statement = select(_column.kind, _column.region, derived, follows)
    found = set()
    for kind, region, was_derived, followed in connection.execute(
        statement.group_by(_column.kind, _column.region)
    ):
        kinds = release_kinds(kind, was_derived=bool(was_derived), is_sequel=bool(followed))
        found |= {(slug, region) for slug in kinds}
    return frozenset(found)
