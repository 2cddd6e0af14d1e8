"""Choices: the values that a query can name, with the number of their releases."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, func, select

from releasecal.core.models import SEQUEL, ReleaseKind
from releasecal.store import schema

_MAX = 300  # series; a form with more is no help

_column = schema.entries.c


@dataclass(frozen=True, slots=True)
class Choices:
    """
    Values that a query can name, each with its number, the most frequent first.

    Attributes:
        kinds: Numbers of releases by slug, in the order of `ReleaseKind`.
        regions: Numbers of releases by region, the worldwide ones apart.
        channels: Numbers of releases by slug.
        genres: Numbers of films by slug.
        series: (title, number of films) by id; some of them where there are very many.
    """

    kinds: Mapping[str, int]
    regions: Mapping[str, int]
    channels: Mapping[str, int]
    genres: Mapping[str, int]
    series: Mapping[str, tuple[str, int]]


def choices(connection: Connection) -> Choices:
    """Return the values that are on record now; withdrawn releases do not count."""
    series, genre = schema.series.c, schema.genres.c
    films = func.count()
    by_series = select(series.id, func.min(series.title), films).group_by(series.id)
    by_genre = select(genre.slug, films).group_by(genre.slug).order_by(films.desc(), genre.slug)
    return Choices(
        kinds=_kinds(connection),
        regions=_counts(connection, _column.region),
        channels={
            slug: count for slug, count in _counts(connection, _column.channel).items() if slug
        },
        genres={row[0]: row[1] for row in connection.execute(by_genre)},
        series={
            id_: (title, count)
            for id_, title, count in connection.execute(
                by_series.order_by(films.desc(), series.id).limit(_MAX)
            )
        },
    )


def _kinds(connection: Connection) -> Mapping[str, int]:
    sums = [
        func.count().filter(condition) for condition in (_column.was_derived, _column.follows != "")
    ]
    statement = select(_column.kind, func.count(), *sums).where(~_column.is_withdrawn)
    found = {kind: rest for kind, *rest in connection.execute(statement.group_by(_column.kind))}
    counts = {}
    for kind in ReleaseKind:
        count, derived, _ = found.get(kind.identity, (0, 0, 0))
        counts[kind.slug] = count if kind.identity == kind.slug else derived
    counts[SEQUEL] = sum(sequels for _, _, sequels in found.values())
    return {slug: count for slug, count in counts.items() if count}


def _counts(connection: Connection, column: ColumnElement[str]) -> Mapping[str, int]:
    count = func.count()
    statement = select(column, count).where(~_column.is_withdrawn)
    rows = connection.execute(statement.group_by(column).order_by(count.desc(), column))
    return {row[0]: row[1] for row in rows}


def kinds_by_region(connection: Connection) -> frozenset[tuple[str, str]]:
    """Return the pairs of a kind and a region that some release has; withdrawn ones count, too."""
    derived, follows = func.max(_column.was_derived), func.max(_column.follows)
    statement = select(_column.kind, _column.region, derived, follows)
    found = set()
    for identity, region, was_derived, followed in connection.execute(
        statement.group_by(_column.kind, _column.region)
    ):
        slugs = [kind.slug for kind in ReleaseKind if kind.identity == identity]
        found |= {(slug, region) for slug in slugs if was_derived or slug == identity}
        if followed:
            found.add((SEQUEL, region))
    return frozenset(found)
