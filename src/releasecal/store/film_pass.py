"""
One pass over all films: the feeds of each film and series, without a query for each.

Selecting for one film takes half a millisecond of SQL, which is a minute for 100,000 films. Here
all rows come once, film by film, with the answers to the conditions of a film's own feed.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from hashlib import blake2b
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, select

from releasecal.core.editions import Entry
from releasecal.core.models import Film
from releasecal.queries.feed_query import EVERYTHING
from releasecal.queries.order import by_beginning, by_day
from releasecal.queries.results import RenderedEvent
from releasecal.store import codec, conditions, feed_departures, schema

_AT_ONCE = 2_000  # rows
_A_DAY = timedelta(days=1)

_film, _column, _event = schema.films.c, schema.entries.c, schema.events.c
_FACTS = (
    *(_column.key, _column.sequence, _column.created, _column.revised, _column.facts),
    _column.uids,
)
_TURNS = (
    *(_column.first, _column.after, _column.marked_until, _column.leaves),
    *(_column.coarse_first, _column.coarse_after),
)
_OTHERS = (_column.film, _column.follows, _column.event_digest, _column.is_undated)


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
    def rendered(self) -> tuple[RenderedEvent, ...] | None:
        """Its rendered events by day, then key; None where one is missing."""
        shown = [(row.first + _A_DAY, row.key, row.body) for row in self.rows if row.is_shown]
        if any(body is None for _, _, body in shown):
            return None
        return tuple(RenderedEvent(after, body) for after, _, body in sorted(shown))

    @property
    def dated(self) -> tuple[Entry, ...]:
        """Its entries with a day that feeds show, by day."""
        found = (row for row in self.rows if row.is_shown)
        return by_day((codec.entry_of(row._mapping) for row in found), EVERYTHING)  # noqa: SLF001 - SQLAlchemy's public name for it

    @property
    def undated(self) -> tuple[Entry, ...]:
        """Its entries that are to happen and have no day yet."""
        found = (row for row in self.rows if row.is_undated)
        return by_beginning(codec.entry_of(row._mapping) for row in found)  # noqa: SLF001 - the same

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
        self.series: dict[str, str] = {}
        for film, id_, title in connection.execute(
            of_series.order_by(place.id, place.title, place.film)
        ):
            self._in_series[film].append(id_)
            self.series.setdefault(id_, title)
        others = select(schema.other_ids.c.id, func.min(schema.other_ids.c.film))
        self.other_ids = {
            row[0]: row[1]
            for row in connection.execute(others.group_by(schema.other_ids.c.id))
            if row[0] not in self.titles
        }
        cited = connection.execute(select(schema.sources.c.id, schema.sources.c.data))
        self._sources = {row.id: row.data for row in cited}
        self._sequels: dict[str, list[Row[Any]]] = defaultdict(list)
        for row in connection.execute(self._rows().where(_column.follows != "")):
            self._sequels[row.follows].append(row)
        self._left = _Left(connection, today)
        self._of_series: dict[str, list[Row[Any]]] = defaultdict(list)

    def films(self) -> Iterator[FilmRows]:
        """Yield the rows of each film; those without an entry come last."""
        seen = set()
        rows = self._connection.execute(
            self._rows().order_by(_column.film, _column.key),
            execution_options={"yield_per": _AT_ONCE},
        )
        for film, several in groupby(rows, attrgetter("film")):
            seen.add(film)
            own = list(several)
            for id_ in self._in_series.get(film, ()):
                self._of_series[id_] += own
            yield self._film(film, own)
        for film in self.titles.keys() - seen:
            yield self._film(film, [])

    def series_rows(self) -> Iterator[FilmRows]:
        """Yield the rows of each series; `films` has to be at its end."""
        for id_, title in self.series.items():
            rows = self._of_series[id_]
            films = {film for film, several in self._in_series.items() if id_ in several}
            yield FilmRows(
                id_,
                title,
                rows,
                self._left.of_series(id_, rows),
                self._digest([title], films, rows),
                {film: self._data[film] for film in films},
            )

    def _film(self, film: str, own: list[Row[Any]]) -> FilmRows:
        sequels = [row for row in self._sequels.get(film, ()) if row.film != film]
        rows = own + sequels
        concerned = {film, *(row.film for row in sequels)}
        told = [self.titles.get(id_, "") for id_ in _named(self._data[film], "follows")]
        return FilmRows(
            film,
            self.titles[film],
            rows,
            self._left.of_film(film, rows),
            self._digest(told, concerned, rows),
            {id_: self._data[id_] for id_ in concerned},
        )

    def _digest(self, told: Iterable[str], films: Iterable[str], rows: Iterable[Row[Any]]) -> str:
        """Return a digest of the titles *told*, of *films* with their sources, and of *rows*."""
        digest = blake2b(repr(list(told)).encode(), digest_size=12)
        for id_ in sorted(films):
            data = self._data[id_]
            digest.update(data.encode())
            for source in _named(data, "source"):
                digest.update(self._sources.get(source, "").encode())
        for row in rows:
            facts, turns = row[: len(_FACTS)], row[len(_FACTS) : len(_FACTS) + len(_TURNS)]
            digest.update(repr((facts, *map(self._side, turns))).encode())
        return digest.hexdigest()

    def _side(self, turn: date | None) -> int | None:
        """Return whether *turn* is before, on or after the day; None without one."""
        return None if turn is None else (turn > self._today) - (turn < self._today)

    def _rows(self) -> Select[Any]:
        """Return the query for entries, each with its present event and whether it is shown."""
        is_then = and_(_event.since <= self._today, _event.until > self._today)
        here = and_(conditions.event_of(_column), is_then)
        is_shown = conditions.on_a_day(EVERYTHING, self._today).label("is_shown")
        columns = (*_FACTS, *_TURNS, *_OTHERS, is_shown, _event.body)
        return select(*columns).outerjoin_from(schema.entries, schema.events, here)


def _named(data: str, field_: str) -> Iterator[str]:
    """Yield the ids that stand in the JSON *data* under the name *field_*."""
    for part in data.split(f'"{field_}":"')[1:]:
        yield part.partition('"')[0]


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

    def _last(self, names: Iterable[str], rows: Iterable[Row[Any]]) -> datetime | None:
        days = [row.leaves for row in rows if row.leaves and row.leaves <= self._today]
        gone = [datetime.combine(day, time(), UTC) for day in days]
        return max([*gone, *filter(None, map(self._written.get, names))], default=None)
