"""Room aside: the films of a large catalogue wait in a file, and so do the octets that they were read from."""

from array import array
from collections.abc import Callable, Iterator
from functools import partial

import msgspec

from releasecal.core.film_storage import KeptFilms, Room
from releasecal.core.models import Film
from releasecal.store.prepared_rows import Scratch

IN_MEMORY = 30_000
"""Films that need no file."""

_encode, _decode = msgspec.msgpack.encode, msgspec.msgpack.Decoder(Film).decode


class FilmsAside(KeptFilms):
    """Films by id: the first ones in memory, all later ones encoded in a `Scratch`."""

    def __init__(self, scratch: Scratch) -> None:
        """Begin without any film; *scratch* is open as long as this is used."""
        self._scratch = scratch
        self._in_memory: dict[str, Film] = {}
        self._numbers: dict[str, int] = {}  # of all films
        self._firsts, self._lengths = array("q"), array("l")  # by number, of those put aside

    def __getitem__(self, id_: str) -> Film:
        number = self._numbers[id_]
        if id_ in self._in_memory:
            return self._in_memory[id_]
        return _decode(self._scratch.get((self._firsts[number], self._lengths[number])))

    def __setitem__(self, id_: str, film: Film) -> None:
        if id_ in self._in_memory or len(self._numbers) < IN_MEMORY:
            self._numbers.setdefault(id_, -1)
            self._in_memory[id_] = film
            return
        first, length = self._scratch.put(_encode(film))
        self._numbers[id_] = len(self._firsts)
        self._firsts.append(first)
        self._lengths.append(length)

    def __delitem__(self, id_: str) -> None:
        del self._numbers[id_]
        self._in_memory.pop(id_, None)

    def __contains__(self, id_: object) -> bool:
        return id_ in self._numbers

    def __iter__(self) -> Iterator[str]:
        return iter(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)

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
