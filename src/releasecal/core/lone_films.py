"""
Lone films: those that one account tells of, and that no other film has to be compared with.

Nearly all films of a large catalogue are. To find that out takes eight octets for each id, so that
the films themselves may wait in a file.
"""

from array import array
from collections.abc import Hashable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from itertools import pairwise

from releasecal.core.film_storage import Identified, KeptFilms
from releasecal.core.films_on_record import FilmsOnRecord


class Repeats:
    """Keys that may have been added more than once: those that have, and very seldom another."""

    def __init__(self) -> None:
        """Begin without any key."""
        self._hashes = array("q")
        self._repeated: frozenset[int] | None = None

    def add(self, keys: Iterable[Hashable]) -> None:
        """Add *keys*, before anything is asked."""
        self._hashes.extend(map(hash, keys))

    def has_any(self, keys: Iterable[Hashable] | None = None) -> bool:
        """Whether one of *keys* may have been added more than once; None stands for all."""
        if self._repeated is None:
            pairs = pairwise(sorted(self._hashes))
            self._repeated = frozenset(one for one, other in pairs if one == other)
            self._hashes = array("q")
        if keys is None:
            return bool(self._repeated)
        return not self._repeated.isdisjoint(map(hash, keys))


def lone_films(told: Sequence[KeptFilms], published: FilmsOnRecord) -> AbstractSet[str]:
    """
    Return the ids of the lone films of *told*, the accounts of each source.

    *published* has the films on record. A lone film has and had one id, and has no id, here or
    elsewhere, in common with another account. It is on record, or no film on record could be it:
    all of them are told of.
    """
    repeats = Repeats()
    ids: set[str] = set()
    had: set[str] = set()
    for films in told:
        for film in films.identified:
            ids.add(film.id)
            repeats.add(_keys(film))
            if film.other_ids:
                had.add(film.id)
    had.update(id_ for id_ in ids if id_ in published and published.other_ids(id_))
    if any(id_ not in ids for id_ in published):
        had.update(id_ for id_ in ids if id_ not in published)
    if repeats.has_any():
        each_film = (film for films in told for film in films.identified)
        had.update(film.id for film in each_film if repeats.has_any(_keys(film)))
    return ids - had


def _keys(film: Identified) -> Sequence[Hashable]:
    """Return the ids by which an account may be of the same film as *film*."""
    return (film.id, *film.other_ids, *film.refs)
