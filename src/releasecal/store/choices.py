"""Choices: the values that a query can name, with the number of their releases."""

from collections import Counter
from collections.abc import Mapping

from sqlalchemy import Connection, Integer, cast, func, literal_column, select

from releasecal.core.models import SEQUEL, ReleaseKind
from releasecal.core.value_classes import dataclass
from releasecal.store import film_queries, schema

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
    series, genre = schema.series.c, schema.genres.c
    films = func.count()
    by_series = select(series.id, func.min(series.title), films).group_by(series.id)
    by_genre = select(genre.slug, films).group_by(genre.slug).order_by(films.desc(), genre.slug)
    counted = _counted(connection)
    by_channel = _most_frequent(counted, 2)
    channels = film_queries.channel_names(connection, by_channel)
    return Choices(
        kinds=_kinds(counted),
        regions=_most_frequent(counted, 0),
        channels={slug: (channels[slug], count) for slug, count in by_channel.items() if slug},
        genres={row[0]: row[1] for row in connection.execute(by_genre)},
        series={
            id_: (title, count)
            for id_, title, count in connection.execute(
                by_series.order_by(films.desc(), series.id).limit(_MAX)
            )
        },
    )


_Counted = Mapping[tuple[str, str, str, bool, bool], int]
"""Numbers of releases by region, kind, channel, whether derived, and whether of a sequel."""


def _counted(connection: Connection) -> _Counted:
    """Return the numbers of all releases, in one walk along an index."""
    parts = (_column.region, _column.kind, _column.channel, _column.was_derived)
    # A literal: PostgreSQL takes two parameters for two expressions.
    is_sequel = _column.follows != literal_column("''")
    statement = select(*parts, is_sequel, func.count()).where(~_column.is_withdrawn)
    rows = connection.execute(statement.group_by(*parts, is_sequel))
    return {(row[0], row[1], row[2], bool(row[3]), bool(row[4])): row[5] for row in rows}


def _kinds(counted: _Counted) -> Mapping[str, int]:
    counts = dict.fromkeys((*(kind.slug for kind in ReleaseKind), SEQUEL), 0)
    derived = {kind.identity: kind.slug for kind in ReleaseKind if kind.identity != kind.slug}
    for (_, kind, _, was_derived, is_sequel), count in counted.items():
        names = {kind, *([derived[kind]] if was_derived and kind in derived else [])}
        for name in names | ({SEQUEL} if is_sequel else set()):
            counts[name] += count
    return {slug: count for slug, count in counts.items() if count}


def _most_frequent(counted: _Counted, place: int) -> Mapping[str, int]:
    """Return the numbers by the part of the keys at *place*, the most frequent first."""
    counts: Counter[str] = Counter()
    for key, count in counted.items():
        counts[str(key[place])] += count
    return dict(sorted(counts.items(), key=lambda each: (-each[1], each[0])))


def kinds_by_region(connection: Connection) -> frozenset[tuple[str, str]]:
    """Return the pairs of a kind and a region that some release has; withdrawn ones count, too."""
    derived = func.max(cast(_column.was_derived, Integer))
    follows = func.max(_column.follows)
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
