"""The published edition, read in parts: a large one needs no room at once."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property

from sqlalchemy import Connection, or_, select

from releasecal.core.editions import Edition, Entry
from releasecal.core.films_on_record import FilmsOnRecord
from releasecal.core.models import Film, ReleaseKey
from releasecal.core.value_classes import replace
from releasecal.store import codec, film_batches, newest_edition, schema
from releasecal.store.store import Store

_AT_ONCE = 1_000  # films that are read at once

_film, _entry, _other = schema.films.c, schema.entries.c, schema.other_ids.c


class PublishedEdition:
    """
    The newest edition in *store*, of which parts are read; nobody may publish another meanwhile.

    Attributes:
        head: It without films and entries.
        titles: Of all films on record, by id, sorted.
        films: All films on record.
    """

    def __init__(self, store: Store) -> None:
        """Read what is known of all films: their ids and titles."""
        self._store = store
        self.head: Edition = store.ask(newest_edition.edition, ())
        self.titles: Mapping[str, str] = store.ask(_titles)

    @cached_property
    def films(self) -> "StoredFilms":
        """All films on record."""
        return StoredFilms(self._store, self.titles.keys())

    def part(
        self, ids: Collection[str], told: Mapping[str, Film]
    ) -> tuple[Mapping[str, Film], Mapping[ReleaseKey, Entry]]:
        """
        Return those of the films with *ids* that are on record, and their entries, sorted.

        Films that are just as *told* now, by id, are not made again.
        """
        films: dict[str, Film] = {}
        entries: dict[ReleaseKey, Entry] = {}
        wanted = sorted(ids)
        for first in range(0, len(wanted), _AT_ONCE):
            some = wanted[first : first + _AT_ONCE]
            part = self._store.ask(film_batches.part, some, told)
            films |= part.films
            entries |= {entry.key: entry for each in part.entries.values() for entry in each}
        return films, entries

    def uids_elsewhere(self, films: Collection[str]) -> Collection[str]:
        """Return the UIDs with another film's id, and all of the entries of *films*."""
        return self._store.ask(_uids_elsewhere, films)

    def telling(self) -> Collection[str]:
        """Return the addresses that tell of its films."""
        return {address for film in self.films.values() for address in film.told_by}


class StoredFilms(FilmsOnRecord):
    """The films on record in a database, looked up where they lie: a row at a time is decoded."""

    def __init__(self, store: Store, ids: AbstractSet[str]) -> None:
        """Take the films with *ids*, which are all on record."""
        self._store, self._ids = store, ids
        self._sorted = sorted(ids)
        self._rows: Mapping[str, str] = {}
        others: dict[str, list[str]] = defaultdict(list)
        for film, id_ in store.ask(_other_ids):
            others[film].append(id_)
        self._others = {film: tuple(sorted(each)) for film, each in others.items()}
        self._repeating = store.ask(_likely_repeating)

    def __getitem__(self, id_: str) -> Film:
        film: Film = codec.FILM.validate_json(self._text(id_))
        return self._with_repeats(film) if id_ in self._repeating else film

    def has(self, film: Film) -> bool:
        """Whether *film* is on record just as it is; its text tells, and is not decoded."""
        return film.id in self._ids and (
            self[film.id] == film
            if film.id in self._repeating
            else codec.film_in(self._text(film.id), film) is film
        )

    def _text(self, id_: str) -> str:
        """Return what is on record of the film *id_*, without its repeats."""
        if id_ not in self._rows:
            first = bisect_left(self._sorted, id_)
            self._rows = self._store.ask(_rows, self._sorted[first : first + _AT_ONCE])
        return self._rows[id_]

    def __contains__(self, id_: object) -> bool:
        return id_ in self._ids

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)

    def other_ids(self, id_: str) -> Sequence[str]:
        """Return the other ids of the film *id_*."""
        return self._others.get(id_, ())

    def may_repeat(self, id_: str) -> bool:
        """Whether the film *id_* may have releases with a place or a label."""
        return id_ in self._repeating

    def _with_repeats(self, film: Film) -> Film:
        """Return *film* with all its releases on record, if one of them may be a repeat."""
        (entries,) = self._store.ask(film_batches.part, [film.id]).entries.values()
        releases = tuple(entry.facts.release for entry in entries)
        is_repeating = any(each.key.number > 1 or each.place or each.label for each in releases)
        return replace(film, releases=releases) if is_repeating else film


def _titles(connection: Connection) -> Mapping[str, str]:
    rows = connection.execute(select(_film.id, _film.title).order_by(_film.id))
    return {row.id: row.title for row in rows}


def _rows(connection: Connection, ids: Sequence[str]) -> Mapping[str, str]:
    rows = connection.execute(select(_film.id, _film.data).where(_film.id.in_(ids)))
    return {row.id: row.data for row in rows}


def _other_ids(connection: Connection) -> Sequence[tuple[str, str]]:
    return [(row.film, row.id) for row in connection.execute(select(_other.film, _other.id))]


def _likely_repeating(connection: Connection) -> frozenset[str]:
    """Return the ids of the films that may have repeats: some words in the facts say so."""
    words = ("place", "label", "number")
    said = or_(*(_entry.facts.contains(f'"{word}":') for word in words))
    return frozenset(connection.execute(select(_entry.film).where(said).distinct()).scalars())


def _uids_elsewhere(connection: Connection, films: Collection[str]) -> Collection[str]:
    """Return the UIDs with another film's id, and all of the entries of *films*."""
    odd = or_(_entry.uids.not_like(_entry.film + ".%"), _entry.uids.contains(" "))
    found: set[str] = set()
    for row in connection.execute(select(_entry.film, _entry.uids).where(odd)):
        found.update(uid for uid in row.uids.split(" ") if uid.partition(".")[0] != row.film)
    renamed = sorted(films)
    for first in range(0, len(renamed), _AT_ONCE):
        some = _entry.film.in_(renamed[first : first + _AT_ONCE])
        for uids in connection.execute(select(_entry.uids).where(some)).scalars():
            found.update(uids.split(" "))
    return found
