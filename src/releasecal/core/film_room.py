"""Room for catalogues: where their films, and the octets of their files, are kept, in memory or elsewhere."""

from abc import abstractmethod
from collections.abc import Callable, Collection, Iterator, MutableMapping

from releasecal.core.models import Film


class KeptFilms(MutableMapping[str, Film]):
    """Films by id; to look one up may take a while."""

    @abstractmethod
    def sort(self) -> None:
        """Have the films in the order of their ids."""

    @property
    def all(self) -> Collection[Film]:
        """All films in their order, without their ids."""
        return self.values()


class FilmsInMemory(KeptFilms):
    """Films in memory."""

    def __init__(self) -> None:
        """Begin without any."""
        self._films: dict[str, Film] = {}

    def __getitem__(self, id_: str) -> Film:
        return self._films[id_]

    def __setitem__(self, id_: str, film: Film) -> None:
        self._films[id_] = film

    def __delitem__(self, id_: str) -> None:
        del self._films[id_]

    def __contains__(self, id_: object) -> bool:
        return id_ in self._films

    def __iter__(self) -> Iterator[str]:
        return iter(self._films)

    def __len__(self) -> int:
        return len(self._films)

    def sort(self) -> None:
        """Have the films in the order of their ids."""
        self._films = dict(sorted(self._films.items()))

    @property
    def all(self) -> Collection[Film]:
        """All films in their order, without their ids."""
        return tuple(self._films.values())


class Room:
    """The memory."""

    def films(self) -> KeptFilms:
        """Return a place for films, without any."""
        return FilmsInMemory()

    def octets(self, data: bytes) -> Callable[[], bytes]:
        """Keep *data*, and return a function that returns it."""
        return lambda: data


MEMORY = Room()
"""Room in memory, which is there where nobody names another one."""
