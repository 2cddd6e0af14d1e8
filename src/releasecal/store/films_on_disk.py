"""Room aside: the films of a large catalogue wait in a file, and so do the octets that they were read from."""

from array import array
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from functools import partial

import msgspec

from releasecal.core.film_storage import Identified, KeptFilms, Room
from releasecal.core.models import Film
from releasecal.store.prepared_rows import Place, Scratch

IN_MEMORY = 50_000
"""Films that need no file."""

_encode, _decode = msgspec.msgpack.encode, msgspec.msgpack.Decoder(Film).decode


class _Identified(msgspec.Struct):
    """The ids of an encoded film; all else of it is passed over."""

    id: str
    other_ids: tuple[str, ...]
    refs: tuple[tuple[str, str], ...]


_decode_ids = msgspec.msgpack.Decoder(_Identified).decode


class FilmsAside(KeptFilms):
    """
    Films by id: the first ones in memory, all later ones encoded in a *scratch*.

    It is open as long as this is used.
    """

    def __init__(self, scratch: Scratch) -> None:
        """Begin without any film."""
        self.scratch = scratch
        self._in_memory: dict[str, Film] = {}
        self._numbers: dict[str, int] = {}  # of all films
        self._firsts, self._lengths = array("q"), array("l")  # by number, of those put aside

    def kept(self, id_: str) -> Film | Place:
        """Return the film with the id *id_*, or its place in the scratch."""
        number = self._numbers[id_]
        return self._in_memory.get(id_) or (self._firsts[number], self._lengths[number])

    def __getitem__(self, id_: str) -> Film:
        kept = self.kept(id_)
        return kept if isinstance(kept, Film) else _decode(self.scratch.get(kept))

    def __setitem__(self, id_: str, film: Film) -> None:
        if id_ in self._in_memory or len(self._numbers) < IN_MEMORY:
            self._numbers.setdefault(id_, -1)
            self._in_memory[id_] = film
        else:
            self._add(id_, self.scratch.put(_encode(film)))

    def _add(self, id_: str, place: Place) -> None:
        """Add the film that is put aside at *place*."""
        self._numbers[id_] = len(self._firsts)
        self._firsts.append(place[0])
        self._lengths.append(place[1])

    def __delitem__(self, id_: str) -> None:
        del self._numbers[id_]
        self._in_memory.pop(id_, None)

    def __contains__(self, id_: object) -> bool:
        return id_ in self._numbers

    def __iter__(self) -> Iterator[str]:
        return iter(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)

    @property
    def identified(self) -> Iterable[Identified]:
        """The ids of all films in their order, which take less than the films; once."""
        for kept in map(self.kept, self):
            yield kept if isinstance(kept, Film) else _decode_ids(self.scratch.get(kept))

    def take(self, other: KeptFilms, ids: AbstractSet[str]) -> None:
        """Have the films of *other* with one of *ids*, too; those in this scratch stay where they are."""
        if not isinstance(other, FilmsAside) or other.scratch is not self.scratch:
            super().take(other, ids)
            return
        for id_ in other:
            if id_ in ids:
                kept = other.kept(id_)
                if isinstance(kept, Film):
                    self[id_] = kept
                else:
                    self._add(id_, kept)

    def sort(self) -> None:
        """Have the films in the order of their ids."""
        self._numbers = dict(sorted(self._numbers.items()))


class RoomAside(Room):
    """Room in a `Scratch`, which is open as long as this is used."""

    def __init__(self, scratch: Scratch) -> None:
        """Keep all in *scratch*."""
        self._scratch = scratch

    def films(self) -> KeptFilms:
        """Return a place for films, without any."""
        return FilmsAside(self._scratch)

    def octets(self, data: bytes) -> Callable[[], bytes]:
        """Keep *data*, and return a function that returns it."""
        return partial(self._scratch.get, self._scratch.put(data))
