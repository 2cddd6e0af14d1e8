"""SQL conditions: whether an entry answers a query, days aside."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, NamedTuple

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    Select,
    String,
    and_,
    any_,
    bindparam,
    false,
    func,
    literal_column,
    not_,
    or_,
    select,
    true,
)
from sqlalchemy.sql.elements import True_

from releasecal.core.models import SEQUEL, UNKNOWN, WORLD, ReleaseKind
from releasecal.core.value_classes import dataclass, replace
from releasecal.queries.feed_query import FeedQuery
from releasecal.queries.parameters import AskedCertainty
from releasecal.store import schema
from releasecal.store.transaction_memory import once

_MAX_PARTS = 24  # of one statement
_MANY = 4_000  # films; one of so many, or more, is soon met on a walk from day to day
_ENOUGH = 1_000  # the same, where no more than a few entries are wanted

_column = schema.entries.c
_own = schema.entries.alias("own").c  # made once: it has a copy of each column
_EMPTY: ColumnElement[str] = literal_column("''")  # a literal: a partial index fits no parameter


class ParameterName(str):
    """The name of a parameter of a statement, in the place of a value of a query."""

    __slots__ = ()


class AskedQuery(NamedTuple):
    """
    A query as statements select by it.

    Attributes:
        query: The query, with parameters or values.
        films: Its conditions on films, as `of_films` yields them: they are looked up once.
        words: The condition on titles by which entries are soon counted, in whatever order; None
            where that by which they are found will do.
    """

    query: FeedQuery
    films: tuple[tuple[ColumnElement[bool], bool], ...]
    words: ColumnElement[bool] | None = None

    @property
    def is_looked_up(self) -> bool:
        """Whether its entries are found by their films."""
        return bool(self.query.film) or any(is_listed for _, is_listed in self.films)

    @property
    def is_scattered(self) -> bool:
        """Whether no index has its entries together: they are met on a walk."""
        return bool(self.films) and not self.is_looked_up

    @property
    def ever(self) -> "AskedQuery":
        """The same of everything that may ever have answered; see `FeedQuery.ever`."""
        return self._replace(query=self.query.ever)


@dataclass(frozen=True, slots=True)
class Parts:
    """
    Conditions of which no entry meets two.

    Attributes:
        is_scattered: Whether no index has their entries together: they are met on a walk.
        counted: The same in the form in which some of them are soon counted, in whatever order.
    """

    each: tuple[ColumnElement[bool], ...]
    is_scattered: bool = False
    counted: tuple[ColumnElement[bool], ...] = ()

    def narrowed(self, *conditions: ColumnElement[bool]) -> "Parts":
        """Return the parts that meet *conditions*, too."""
        each = tuple(and_(part, *conditions) for part in self.each)
        counted = tuple(and_(part, *conditions) for part in self.counted)
        return replace(self, each=each, counted=counted)


def selected(connection: Connection, query: FeedQuery) -> ColumnElement[bool]:
    """Return the condition that an entry answers *query*, dates aside."""
    return or_(*disjoint_parts(connection, query).each)


def asked(connection: Connection, query: FeedQuery, room: int | None = None) -> AskedQuery:
    """
    Return *query* with its conditions on films, for which some have to be counted.

    *room* is the number of entries that are wanted, if not all.
    """
    found = AskedQuery(query, tuple(of_films(connection, _column.film, query, room)))
    if found.is_looked_up or not query.q:
        return found
    # In an order of their own entries are met on a walk; a number of them is sooner looked up.
    words = (_column.film.in_(_with_words(connection, each.split())) for each in query.q)
    return found._replace(words=or_(*words))


def by_day(query: FeedQuery) -> Collection[str]:
    """Return the columns before the day in the indexes that find entries of *query* by day."""
    return ("channel",) if query.channel else ("region", "kind")


def by_end(query: FeedQuery) -> Collection[str]:
    """Return the columns before the end of a coarse date in the indexes for *query*."""
    return ("channel",) if query.channel else ("region",) if query.region else ("kind",)


def disjoint_parts(
    connection: Connection,
    query: FeedQuery,
    apart: Collection[str] = ("region",),
    room: int | None = None,
) -> Parts:
    """
    Return the condition that an entry answers *query*, dates aside, cut into parts.

    There is a part for each value of *apart*, the columns that indexes begin with; all other
    columns are hidden from indexes. Of few films one part is of themselves and one of their
    sequels, for then these are looked up. *room* is the number of entries that are wanted, if not all.
    """
    return parts_of(asked(connection, query, room), apart)


def parts_of(of: AskedQuery, apart: Collection[str] = ("region",)) -> Parts:
    """Return the same of a query whose conditions on films are known."""
    query, films, words = of
    others = and_(true(), *(condition for condition, _ in films), *_announced(query))
    is_looked_up = of.is_looked_up
    parts = tuple(_films(query))
    for name, conditions in _DIMENSIONS.items():
        column = schema.entries.c[name]
        each = tuple(conditions(query, column))
        if name not in apart or is_looked_up or len(each) * len(parts) > _MAX_PARTS:
            each = (unindexed(*conditions(query, column)),)
        parts = tuple(and_(part, condition) for part in parts for condition in each)
    if words is None:
        return Parts(parts, of.is_scattered).narrowed(others)
    return Parts(parts, True, tuple(and_(part, words) for part in parts)).narrowed(others)


def value(text: str) -> ColumnElement[str] | str:
    """Return *text*, a value of a query, for a comparison: the parameter for the name of one."""
    return bindparam(text, type_=_column.key.type) if isinstance(text, ParameterName) else text


def among(column: ColumnElement[str], texts: tuple[str, ...]) -> ColumnElement[bool]:
    """Return the condition that *column* is one of *texts*, or of the list that one parameter has."""
    if texts and isinstance(texts[0], ParameterName):
        return column.in_(bindparam(texts[0], expanding=True, type_=_column.key.type))
    return column.in_(texts)


def unindexed(*either: ColumnElement[bool]) -> ColumnElement[bool]:
    """
    Return the condition that one of those given holds, so that no index answers it.

    A planner still knows how many rows meet it, as it does not of what a function makes of a column.
    """
    if any(isinstance(each, True_) for each in either):
        return true()
    return or_(false(), *either).is_(true())


def _films(query: FeedQuery) -> Iterator[ColumnElement[bool]]:
    """Yield the condition that an entry is of the films of *query*, and that of their sequels."""
    if not query.film:
        yield true()
        return
    yield among(_column.film, query.film)
    yield and_(
        among(_column.follows, query.film),
        _column.follows != _EMPTY,
        unindexed(not_(among(_column.film, query.film))),
    )


def _regions(query: FeedQuery, region: ColumnElement[str]) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions that an entry answers for the regions of *query*, where it does."""
    if not query.region:
        yield true()
        return
    yield from (region == value(each) for each in query.region)
    yield from stand_ins(query.region, region, (_column.film, _column.kind, _column.channel))


_Identity = tuple[ColumnElement[str], ColumnElement[str], ColumnElement[str]]


def stand_ins(
    regions: Collection[str], region: ColumnElement[str], release: _Identity
) -> Iterator[ColumnElement[bool]]:
    """
    Yield the conditions under which a release elsewhere answers for one of *regions*.

    A worldwide one does where there is no own one of its film, kind and channel; one of an
    unknown region does for a country without its own one of that film and kind, if there is
    no worldwide one.
    *region* is the column with its region, *release* those with film, kind and channel.
    """
    if WORLD not in regions:
        yield and_(region == WORLD, or_(*_without(regions, release)))
    countries = [each for each in regions if each != WORLD]
    if countries and UNKNOWN not in regions:
        of_kind = release[:2]
        yield and_(
            region == UNKNOWN, or_(*_without(countries, of_kind)), *_without((WORLD,), of_kind)
        )


def _without(
    regions: Iterable[str], alike: Iterable[ColumnElement[str]]
) -> Iterator[ColumnElement[bool]]:
    """Yield for each of *regions* the condition that it has no release like the columns *alike*."""
    columns = zip((_own.film, _own.kind, _own.channel), alike, strict=False)
    equal = [column == other for column, other in columns]
    # A column of the index, which covers the search then.
    own_ones = select(_own.region).where(*equal, ~_own.is_withdrawn)
    for region in regions:
        yield ~own_ones.where(_own.region == value(region)).exists()


def _kinds(query: FeedQuery, kind: ColumnElement[str]) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions that an entry is of the kinds of *query*, of which none meets two."""
    if not query.kind:
        yield true()
        return
    slugs: dict[str, set[str]] = {}
    for slug in query.kind:
        if slug != SEQUEL:
            slugs.setdefault(ReleaseKind.from_slug(slug).identity, set()).add(slug)
    found = [
        kind == identity if identity in each else and_(kind == identity, _column.was_derived)
        for identity, each in slugs.items()
    ]
    yield from found
    if SEQUEL in query.kind:
        yield and_(_column.follows != _EMPTY, not_(or_(false(), *found)))


def _channels(query: FeedQuery, channel: ColumnElement[str]) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions that an entry is on the channels of *query*, where it names some."""
    if not query.channel:
        yield true()
    yield from (and_(channel == value(each), channel != _EMPTY) for each in query.channel)


_DIMENSIONS = {"region": _regions, "channel": _channels, "kind": _kinds}


def of_films(
    connection: Connection,
    film: ColumnElement[str],
    query: FeedQuery,
    room: int | None = None,
) -> Iterator[tuple[ColumnElement[bool], bool]]:
    """
    Yield the conditions of *query* on the series, genres and titles of *film*, a column.

    With each comes whether it names few films, by which entries are looked up. What many films
    have is soon met on any walk, and sooner if *room* entries are wanted and not all: there each film is
    looked at by itself.
    """
    yield from of_series(film, query)
    if query.genre:
        genre = schema.genres.c
        with_one = select(genre.film).where(genre.slug.in_(query.genre))
        is_rare = _count(connection, with_one) < _MANY
        its_own = with_one.where(genre.film == film).exists()
        yield film.in_(with_one) if is_rare else its_own, is_rare
    if query.q:
        many = _MANY if room is None else min(max(_ENOUGH, 4 * room), _MANY)
        yield _with_phrase(connection, film, query.q, many)


def of_series(
    film: ColumnElement[str], query: FeedQuery
) -> Iterator[tuple[ColumnElement[bool], bool]]:
    """Yield that of `of_films` for which nothing is looked up."""
    if query.series:
        yield in_series(film, query.series), True


def _with_phrase(
    connection: Connection, film: ColumnElement[str], phrases: Collection[str], many: int
) -> tuple[ColumnElement[bool], bool]:
    """
    Return the condition that *film* has all words of one of *phrases*; see `of_films`.

    Fewer than *many* films are looked up.
    """
    each = [_with_words(connection, phrase.split()) for phrase in phrases]
    if len(each) == 1 and " " not in min(phrases):
        if _frequency(connection, min(phrases)) < many:
            return film.in_(each[0]), True
    else:  # to find those with two words takes long: once for all statements
        found = once(connection, (*sorted(phrases), many), lambda: _found(connection, each, many))
        if len(found) < many:
            return _is_one_of(connection, film, found), True
    own = ([_has_word(film, word) for word in phrase.split()] for phrase in phrases)
    return or_(*(and_(*words) for words in own)), False


def _found(connection: Connection, each: Iterable[Select[tuple[str]]], most: int) -> set[str]:
    """Return the ids of the films that *each* selects, at most as *most* of one."""
    several = (connection.execute(films.limit(most)).scalars() for films in each)
    return set(map(str, chain.from_iterable(several)))


def _is_one_of(
    connection: Connection, film: ColumnElement[str], ids: Collection[str]
) -> ColumnElement[bool]:
    """Return the condition that *film* is one of *ids*, in one parameter: a thousand take long."""
    if connection.dialect.name == "sqlite":
        return film.in_(
            select(func.json_each(json.dumps(sorted(ids))).table_valued("value").c.value)
        )
    return film == any_(bindparam(None, sorted(ids), ARRAY(String)))


def _with_words(connection: Connection, words: Sequence[str]) -> Select[tuple[str]]:
    """Return the films with all *words*, looked up by the rarest one."""
    column = schema.words.c
    films = {word: select(column.film).where(column.word == word) for word in words}
    rarest = min(films, key=lambda word: _frequency(connection, word))
    others = (_has_word(column.film, word) for word in words if word != rarest)
    return films[rarest].where(*others)


def _has_word(film: ColumnElement[str], word: str) -> ColumnElement[bool]:
    own = schema.words.alias().c
    return select(own.word).where(own.film == film, own.word == word).exists()


def _frequency(connection: Connection, word: str) -> int:
    """Return in how many films *word* is, as far as that matters."""
    films = select(schema.words.c.film).where(schema.words.c.word == word)
    return once(connection, ("word", word), lambda: _count(connection, films))


def _count(connection: Connection, films: Select[tuple[str]]) -> int:
    """Return the number of rows of *films*, as far as that matters."""
    some = films.limit(_MANY).subquery()
    return int(connection.execute(select(func.count()).select_from(some)).scalar_one())


def _announced(query: FeedQuery) -> Iterator[ColumnElement[bool]]:
    if query.certainty is AskedCertainty.ANNOUNCED:
        yield _column.is_announced


def in_series(film: ColumnElement[str], ids: tuple[str, ...]) -> ColumnElement[bool]:
    """Return the condition that *film*, a column, is a film of one of the series *ids*."""
    column = schema.series.c
    return film.in_(select(column.film).where(among(column.id, ids)))


def event_of(entry: Any) -> ColumnElement[bool]:
    """Return the condition that an event is one of *entry*, the columns of `entries`."""
    return and_(near_event_of(entry), schema.events.c.key == entry.key)


def near_event_of(entry: Any) -> ColumnElement[bool]:
    """Return the condition that an event is where those of *entry* are, or right behind them."""
    event = schema.events.c
    return and_(event.id >= entry.event, event.id < entry.event + schema.EVENTS)
