"""
One pass over all films: the feeds of each film and series, without a query for each.

Selecting for one film takes half a millisecond of SQL, which is a minute for 100,000 films. Here
all rows come once, film by film, with the answers to the conditions of a film's own feed.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from datetime import date, datetime
from hashlib import blake2b
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Row,
    Select,
    and_,
    func,
    select,
    type_coerce,
)

from releasecal.core.dates import midnight
from releasecal.core.editions import Entry
from releasecal.core.models import SEQUEL, UNKNOWN, WORLD, Film, ReleaseKind
from releasecal.core.value_classes import dataclass
from releasecal.queries.feed_query import EVERYTHING, FeedQuery
from releasecal.queries.order import by_beginning, by_day
from releasecal.store import codec, conditions, day_conditions, feed_departures, schema
from releasecal.store.answering_queries import SURELY_SHORT
from releasecal.store.moment_type import moment_of

_AT_ONCE = 2_000  # rows

_film, _column, _event = schema.films.c, schema.entries.c, schema.events.c
_TURNS = (
    *(_column.first, _column.after, _column.marked_until, _column.leaves),
    *(_column.coarse_first, _column.coarse_after),
)
# Most rows are read for a digest alone: their moments stay the numbers that the database has.
_MOMENTS = tuple(
    type_coerce(each, Integer).label(each.name) for each in (_column.created, _column.revised)
)
_SAID = (*_MOMENTS, _column.key, _column.sequence, _column.uids, _column.facts)
_OTHERS = (
    *(_column.film, _column.kind, _column.region, _column.follows),
    *(_column.event_digest, _column.is_undated),
)

# A row finds a column by its name ten times as slowly as by its place, and a large catalogue has
# 400,000 rows.
_PLACES = [each.name for each in (*_TURNS, *_SAID, *_OTHERS)] + ["is_shown", "body"]
_FILM, _LEAVES, _IS_SHOWN = map(_PLACES.index, ("film", "leaves", "is_shown"))
_group = itemgetter(*map(_PLACES.index, ("kind", "region", "follows")))
_shown = itemgetter(*map(_PLACES.index, ("first", "key", "body")))


@dataclass(frozen=True, slots=True)
class FilmRows:
    """
    The rows of a film, or of the films of a series.

    Attributes:
        id: Of the film or the series.
        title: Of the film or the series.
        rows: Its entries and those of its sequels, each with the columns `is_shown` and `body`.
        left: When an event last left the feed, UTC; None for never.
        made_from: Digest of all published facts that its files show on this day.
        films: The JSON of all films concerned, by id.
    """

    id: str
    title: str
    rows: Sequence[Row[Any]]
    left: datetime | None
    made_from: str
    films: Mapping[str, str] = field(repr=False)

    @property
    def events(self) -> list[bytes] | None:
        """Its rendered events by day, then key; None where one is missing, or empty."""
        shown = sorted([_shown(row) for row in self.rows if row[_IS_SHOWN]])
        bodies = [body for _, _, body in shown]
        return bodies if all(bodies) else None

    @property
    def posters(self) -> list[str]:
        """Addresses of the posters of its films, sorted."""
        return sorted({each for data in self.films.values() for each in _named(data, "poster")})

    @property
    def dated(self) -> tuple[Entry, ...]:
        """Its entries with a day that feeds show, by day."""
        return by_day((_entry(row) for row in self.rows if row.is_shown), EVERYTHING)

    @property
    def undated(self) -> tuple[Entry, ...]:
        """Its entries that are to happen and have no day yet."""
        return by_beginning(_entry(row) for row in self.rows if row.is_undated)

    def told_of(self, entries: Iterable[Entry]) -> Mapping[str, Film]:
        """Return by id, sorted, the films of *entries*."""
        ids = sorted({entry.key.film for entry in entries} & self.films.keys())
        return {id_: codec.FILM.validate_json(self.films[id_]) for id_ in ids}


class FilmPass:
    """
    The films and series of an edition, as their feeds show them on the civil day *today*.

    Attributes:
        titles: Of all films, by id, sorted.
        series: Titles of all series, by id, sorted.
        other_ids: Ids by which films are found, too, with their present ids.
    """

    def __init__(self, connection: Connection, today: date) -> None:
        """Read everything but the entries; they come with `films`."""
        self._connection, self._today = connection, today
        found = connection.execute(select(schema.films).order_by(_film.id)).all()
        self.titles = {row.id: row.title for row in found}
        self._data = {row.id: row.data for row in found}
        place = schema.series.c
        of_series = select(place.film, place.id, place.title)
        self._in_series: dict[str, list[str]] = defaultdict(list)
        self._series_films: dict[str, set[str]] = defaultdict(set)
        self.series: dict[str, str] = {}
        for film, id_, title in connection.execute(
            of_series.order_by(place.id, place.title, place.film)
        ):
            self._in_series[film].append(id_)
            self._series_films[id_].add(film)
            self.series.setdefault(id_, title)
        others = select(schema.other_ids.c.id, func.min(schema.other_ids.c.film))
        self.other_ids = {
            row[0]: row[1]
            for row in connection.execute(others.group_by(schema.other_ids.c.id))
            if row[0] not in self.titles
        }
        cited = connection.execute(select(schema.sources.c.id, schema.sources.c.data))
        self._sources = {row.id: row.data.encode() for row in cited}
        self._side = _Sides(today)
        self._sequels: dict[str, list[Row[Any]]] = defaultdict(list)
        for row in connection.execute(self._rows().where(_column.follows != "")):
            self._sequels[row.follows].append(row)
        self._left = _Left(connection, today)
        self._of_series: dict[str, list[Row[Any]]] = defaultdict(list)
        # What rows have told, by kind, region, and whether they are of a sequel.
        self._groups: dict[tuple[str, str, bool], list[bytes]] = defaultdict(list)

    def films(self) -> Iterator[FilmRows]:
        """Yield the rows of each film; those without an entry come last."""
        seen = set()
        rows = self._connection.execute(
            self._rows().order_by(_column.film, _column.key),
            execution_options={"yield_per": _AT_ONCE},
        )
        for film, several in groupby(rows, itemgetter(_FILM)):
            seen.add(film)
            own = list(several)
            for id_ in self._in_series.get(film, ()):
                self._of_series[id_] += own
            yield self._film(film, own)
        for film in self.titles:
            if film not in seen:
                yield self._film(film, [])

    def series_rows(self) -> Iterator[FilmRows]:
        """Yield the rows of each series; `films` has to be at its end."""
        for id_, title in self.series.items():
            rows = self._of_series[id_]
            films = self._series_films[id_]
            yield FilmRows(
                id_,
                title,
                rows,
                self._left.of_series(id_, rows),
                self._digest([title], films, map(self._told, rows)),
                {film: self._data[film] for film in films},
            )

    def of_selection(self, query: FeedQuery) -> str:
        """
        Return a digest of all that the calendar of *query* shows: of a kind, a region, or both.

        A larger part of the entries is in it than *query* selects. `films` has to be at its end.
        """
        kinds = {ReleaseKind.from_slug(each).identity for each in query.kind if each != SEQUEL}
        regions = {*query.region, WORLD, UNKNOWN} if query.region else set()
        digest = blake2b(repr(self._left.of_selection(query)).encode(), digest_size=12)
        count = 0
        for group in sorted(self._groups):
            kind, region, is_sequel = group
            is_of_kind = not query.kind or kind in kinds or (is_sequel and SEQUEL in query.kind)
            if is_of_kind and (not regions or region in regions):
                digest.update(repr(group).encode() + b"".join(self._groups[group]))
                count += len(self._groups[group])
        # What a limit may cut changes with each day.
        return digest.hexdigest() + (f"{self._today:%Y%m%d}" if count > SURELY_SHORT else "")

    def _film(self, film: str, own: list[Row[Any]]) -> FilmRows:
        told = [self._told(row) for row in own]
        for row, octets in zip(own, told, strict=True):
            kind, region, follows = _group(row)
            self._groups[kind, region, follows != ""].append(octets)
        sequels = [row for row in self._sequels.get(film, ()) if row[_FILM] != film]
        told += [self._told(row) for row in sequels]
        concerned = {film, *(row.film for row in sequels)}
        titles = [self.titles.get(id_, "") for id_ in _named(self._data[film], "follows")]
        rows = own + sequels
        return FilmRows(
            film,
            self.titles[film],
            rows,
            self._left.of_film(film, rows),
            self._digest(titles, concerned, told),
            {id_: self._data[id_] for id_ in concerned},
        )

    def _digest(self, titles: Iterable[str], films: Iterable[str], told: Iterable[bytes]) -> str:
        """Return a digest of *titles*, of *films* with their sources, and of what rows have *told*."""
        digest = blake2b(repr(list(titles)).encode(), digest_size=12)
        for id_ in sorted(films):
            data = self._data[id_]
            digest.update(data.encode())
            for source in _named(data, "source"):
                digest.update(self._sources.get(source, b""))
        digest.update(b"".join(told))
        return digest.hexdigest()

    def _told(self, row: Row[Any]) -> bytes:
        """Return the published facts of *row*, and on which side of today each of its days is."""
        sides = "".join(map(self._side.__getitem__, row[: len(_TURNS)]))
        created, revised, key, sequence, uids, facts = row[len(_TURNS) : len(_TURNS) + len(_SAID)]
        said = f"{key} {sequence} {created} {revised} {uids} {sides} {facts}"
        return blake2b(said.encode(), digest_size=16).digest()

    def _rows(self) -> Select[Any]:
        """Return the query for entries, each with its present event and whether it is shown."""
        is_then = and_(_event.since <= self._today, _event.until > self._today)
        # SQLite would make an index of all bodies for this alone.
        its_own = conditions.unindexed(_event.key == _column.key)
        here = and_(conditions.near_event_of(_column), its_own, is_then)
        is_shown = self._is_shown().label("is_shown")
        columns = (*_TURNS, *_SAID, *_OTHERS, is_shown, _event.body)
        return select(*columns).outerjoin_from(schema.entries, schema.events, here)

    def _is_shown(self) -> ColumnElement[bool]:
        days = day_conditions.days(EVERYTHING, self._today)
        return day_conditions.on_a_day(EVERYTHING, days)


def _named(data: str, field_: str) -> Iterator[str]:
    """Yield the ids that stand in the JSON *data* under the name *field_*."""
    for part in data.split(f'"{field_}":"')[1:]:
        yield part.partition('"')[0]


def _entry(row: Row[Any]) -> Entry:
    """Return the entry in a *row* of the pass."""
    moments = {"created": moment_of(row.created), "revised": moment_of(row.revised)}
    return codec.entry_of({**row._mapping, **moments})  # noqa: SLF001 - SQLAlchemy's public name for it


class _Sides(dict[date | None, str]):
    """For each day a letter that says whether it is before, on or after the day *today*."""

    def __init__(self, today: date) -> None:
        super().__init__({None: "-"})
        self._today = today

    def __missing__(self, turn: date | None) -> str:
        assert turn is not None
        self[turn] = "=" if turn == self._today else "<>"[turn > self._today]
        return self[turn]


class _Left:
    """When an event last left the feeds of films and series; see `feed_departures`."""

    def __init__(self, connection: Connection, today: date) -> None:
        table = schema.departures.c
        found = connection.execute(select(table.what, table.at))
        self._written = {row.what: row.at for row in found}
        self._today = today

    def of_film(self, film: str, rows: Iterable[Row[Any]]) -> datetime | None:
        return self._last([feed_departures.ANY, f"follows {film}"], rows)

    def of_series(self, series: str, rows: Iterable[Row[Any]]) -> datetime | None:
        return self._last([feed_departures.ANY, f"series {series}"], rows)

    def of_selection(self, query: FeedQuery) -> list[datetime | None]:
        """Return the moments that are written; days of the entries come on top."""
        return [self._written.get(name) for name in feed_departures.asked(query)]

    def _last(self, names: Iterable[str], rows: Iterable[Row[Any]]) -> datetime | None:
        days = [row[_LEAVES] for row in rows]
        gone = [midnight(day) for day in days if day and day <= self._today]
        return max([*gone, *filter(None, map(self._written.get, names))], default=None)
