"""Room for catalogues: where their films, and the octets of their files, are kept, in memory or elsewhere."""

from abc import abstractmethod
from collections import UserDict
from collections.abc import Callable, Collection, Iterable, MutableMapping, ValuesView
from collections.abc import Set as AbstractSet
from typing import Protocol

from releasecal.core.models import Film


class Identified(Protocol):
    """The ids of a film, and nothing else of it: those of `Film`."""

    @property
    def id(self) -> str:
        """The present one."""

    @property
    def other_ids(self) -> tuple[str, ...]:
        """Those that it had."""

    @property
    def refs(self) -> tuple[tuple[str, str], ...]:
        """Those elsewhere, as (database, id)."""


class KeptFilms(MutableMapping[str, Film]):
    """Films by id; to look one up may take a while."""

    @abstractmethod
    def sort(self) -> None:
        """Have the films in the order of their ids."""

    @property
    def all(self) -> Collection[Film]:
        """All films in their order, without their ids."""
        return AllFilms(self)

    @property
    def identified(self) -> Iterable[Identified]:
        """The ids of all films in their order, which take less than the films; once."""
        return self.values()

    def take(self, other: "KeptFilms", ids: AbstractSet[str]) -> None:
        """Have the films of *other* with one of *ids*, too."""
        self.update((id_, other[id_]) for id_ in other if id_ in ids)


class AllFilms(ValuesView[Film]):
    """All films of a room, the *kept* ones, without their ids."""

    def __init__(self, kept: KeptFilms) -> None:
        """Take the films *kept*, whatever becomes of them."""
        super().__init__(kept)
        self.kept = kept


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
