"""Room for catalogues: where their films, and the octets of their files, are kept, in memory or elsewhere."""

from abc import abstractmethod
from collections import UserDict
from collections.abc import Callable, Collection, MutableMapping

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


class FilmsInMemory(UserDict[str, Film], KeptFilms):
    """Films in memory."""

    def sort(self) -> None:
        """Have the films in the order of their ids."""
        self.data = dict(sorted(self.data.items()))

    @property
    def all(self) -> Collection[Film]:
        """All films in their order, without their ids."""
        return tuple(self.data.values())


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
