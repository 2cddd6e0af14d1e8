"""The index of films: by letter, by year and by the words of their titles, a page at a time."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, case, func, select

from releasecal.core.editions import Edition, Entry
from releasecal.queries.title_words import letter, title_words
from releasecal.store import codec, schema

ALL_YEARS = 0
"""The year of the rows that have each film once."""

MAX_FOUND = 300
"""Most films that a search looks at."""

_MAX_HINTS = 8

_film, _indexed, _word = schema.films.c, schema.film_index.c, schema.words.c
_series, _entry = schema.series.c, schema.entries.c


class ListedFilm(NamedTuple):
    """A film in a list; *last* is the last year in which it comes out, 0 where none is known."""

    id: str
    title: str
    last: int


class ListedSeries(NamedTuple):
    """A series in a list, with its number of films."""

    id: str
    title: str
    films: int


def rows(edition: Edition, ids: Collection[str]) -> Iterator[dict[str, Any]]:
    """Yield the rows of the films *ids*, all of whose entries are in *edition*."""
    entries: dict[str, list[Entry]] = {id_: [] for id_ in ids}
    for key, entry in edition.entries.items():
        if key.film in entries:
            entries[key.film].append(entry)
    for id_, own in entries.items():
        listed = [entry for entry in own if not entry.is_withdrawn]
        if own and not listed:
            continue
        dates = [entry.shown for entry in listed]
        # Those in which it comes out, or would have.
        years = {when.year for when in dates if when}
        sort = " ".join(title_words(edition.films[id_].title))
        row = {"film": id_, "letter": letter(sort), "sort": sort, "last": max(years, default=0)}
        yield from (row | {"year": year} for year in (ALL_YEARS, *sorted(years)))


def page(
    connection: Connection, *, year: int | None, letter: str, first: int, most: int
) -> tuple[ListedFilm, ...]:
    """Return at most *most* films by title, without the *first* ones; "" is every letter."""
    places = select(_indexed.film, _indexed.sort).where(*_on_page(year, letter))
    places = places.order_by(_indexed.sort, _indexed.film).limit(most).offset(first)
    found = places.subquery()
    return _listed(connection, found, (found.c.sort, found.c.film))


def count(connection: Connection, *, year: int | None, letter: str) -> int:
    """Return the number of films in a *year*, or ever, under a *letter*, or all."""
    statement = select(func.count()).select_from(schema.film_index)
    return int(connection.execute(statement.where(*_on_page(year, letter))).scalar_one())


def _on_page(year: int | None, letter: str) -> Iterator[ColumnElement[bool]]:
    yield _indexed.year == (ALL_YEARS if year is None else year)
    if letter:
        yield _indexed.letter == letter


def letters(connection: Connection, year: int | None) -> tuple[str, ...]:
    """Return the letters of all titles in a *year*, or ever, in order."""
    of_year = _indexed.year == (year or ALL_YEARS)
    return tuple(_distinct(connection, _indexed.letter, "", of_year))


def years(connection: Connection) -> tuple[int, ...]:
    """Return all years in which a film comes out, in order."""
    return tuple(_distinct(connection, _indexed.year, ALL_YEARS))


def _distinct(
    connection: Connection, column: ColumnElement[Any], after: Any, *conditions: ColumnElement[bool]
) -> Iterator[Any]:
    """Yield the values of *column* above *after*, in order: a look-up in an index for each."""
    while True:
        above = select(column).where(column > after, *conditions).order_by(column).limit(1)
        row = connection.execute(above).first()
        if row is None:
            return
        yield (after := row[0])


def search(connection: Connection, phrases: Sequence[str]) -> tuple[ListedFilm, ...]:
    """
    Return the films with all words of one of *phrases* in their titles, the latest first.

    At most `MAX_FOUND` + 1: one more than a search looks at says that there are others.
    """
    found: dict[str, None] = {}
    for phrase in phrases:
        ids = connection.execute(_with_words(connection, phrase.split())).scalars().all()
        found |= dict.fromkeys(ids)
    places = select(_indexed.film, _indexed.last, _indexed.sort).where(
        _indexed.year == ALL_YEARS, _indexed.film.in_(list(islice(found, MAX_FOUND + 1)))
    )
    some = places.subquery()
    return _listed(connection, some, (some.c.last.desc(), some.c.sort, some.c.film))


def _with_words(connection: Connection, words: Sequence[str]) -> Select[Any]:
    """Return a selection of the films with all *words*, looked up by the rarest one."""
    counts = {word: _frequency(connection, word) for word in words}
    rarest, *others = sorted(counts, key=lambda word: (counts[word], word))
    statement = select(_word.film).where(_word.word == rarest)
    for word in others:
        own = schema.words.alias().c
        statement = statement.where(
            select(own.word).where(own.film == _word.film, own.word == word).exists()
        )
    return statement.order_by(_word.film).limit(MAX_FOUND + 1)


def _frequency(connection: Connection, word: str) -> int:
    """Return in how many films *word* is, as far as that matters."""
    some = select(_word.film).where(_word.word == word).limit(10 * MAX_FOUND).subquery()
    return int(connection.execute(select(func.count()).select_from(some)).scalar_one())


def beginnings(connection: Connection, word: str) -> tuple[str, ...]:
    """Return some words of titles that begin with *word*."""
    is_longer = _word.word < word + chr(0x10FFFF)
    return tuple(islice(_distinct(connection, _word.word, word, is_longer), _MAX_HINTS))


def _listed(
    connection: Connection, found: Any, order: Sequence[ColumnElement[Any]]
) -> tuple[ListedFilm, ...]:
    """Return the films *found*, a subquery with ids, in *order*."""
    last = select(_indexed.last).where(_indexed.film == found.c.film, _indexed.year == ALL_YEARS)
    statement = select(_film.id, _film.title, last.scalar_subquery())
    statement = statement.join(found, found.c.film == _film.id).order_by(*order)
    return tuple(ListedFilm(*row) for row in connection.execute(statement))


def series(connection: Connection, *, first: int, most: int) -> tuple[ListedSeries, ...]:
    """Return at most *most* series by title, without the *first* ones."""
    places = select(_series.sort, _series.id).group_by(_series.sort, _series.id)
    places = places.order_by(_series.sort, _series.id).limit(most).offset(first)
    ids = dict.fromkeys(row.id for row in connection.execute(places))
    found = {each.id: each for each in _named_series(connection, list(ids))}
    return tuple(found[id_] for id_ in ids)


def _named_series(connection: Connection, ids: Collection[str]) -> tuple[ListedSeries, ...]:
    """Return the series with *ids*, by id."""
    statement = select(_series.id, func.min(_series.title), func.count())
    statement = statement.where(_series.id.in_(list(ids))).group_by(_series.id).order_by(_series.id)
    return tuple(ListedSeries(*row) for row in connection.execute(statement))


def series_count(connection: Connection) -> int:
    """Return the number of series."""
    return int(connection.execute(select(func.count(_series.id.distinct()))).scalar_one())


def series_of(connection: Connection, films: Collection[str]) -> tuple[ListedSeries, ...]:
    """Return the series that some of *films* are in, by id."""
    ids = select(_series.id).where(_series.film.in_(list(films))).distinct()
    return _named_series(connection, connection.execute(ids).scalars().all())


def chief_entries(
    connection: Connection, films: Collection[str], today: date
) -> Mapping[str, tuple[Entry, int]]:
    """
    Return by film its next entry, or else its last one, and its number of entries.

    Without a day it is the one that is known best; withdrawn ones do not count.
    """
    is_past = _entry.first < today
    latest_first = case((is_past, _entry.first)).desc()
    rank = func.row_number().over(
        partition_by=_entry.film,
        order_by=(
            *(_entry.is_dated.desc(), is_past.nulls_first(), latest_first.nulls_last()),
            *(_entry.first.nulls_first(), _entry.key),
        ),
    )
    number = func.count().over(partition_by=_entry.film)
    own = select(_entry.key, rank.label("rank"), number.label("number"))
    own = own.where(_entry.film.in_(list(films)), ~_entry.is_withdrawn)
    ranked = own.subquery()
    statement = select(schema.entries, ranked.c.number)
    statement = statement.join(ranked, ranked.c.key == _entry.key).where(ranked.c.rank == 1)
    found = {}
    for row in connection.execute(statement).mappings():
        entry = codec.entry_of(row)
        found[entry.key.film] = (entry, row["number"])
    return found
