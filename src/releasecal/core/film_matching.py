"""
Matching: which accounts of different sources are of one film.

Accounts of one id are, and an account and those of the ids that it had before. So are accounts
of which the first database that both have ids in has the same id. Titles decide nothing.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from releasecal.core.models import Film
from releasecal.core.value_classes import dataclass

DATABASES = ("tmdb", "imdb", "wikidata", "eidr")
"""The databases whose ids tell a film, the first one that decides first."""


@dataclass(frozen=True, slots=True)
class Clash:
    """
    An id that a film says it had before, and that cannot be.

    Attributes:
        film: Id of the film as its source calls it.
        old: The id that it claims.
        other: Id of the film that has that id, or claims it, too.
    """

    film: str
    old: str
    other: str


def is_same(refs: Mapping[str, str], others: Mapping[str, str]) -> bool | None:
    """
    Return whether two films are one by their ids elsewhere, by database.

    The first database that has an id of both decides; without any, the answer is None.
    """
    for database in DATABASES:
        if database in refs and database in others:
            return refs[database] == others[database]
    return None


class AccountGroups:
    """Groups of accounts, each of one film; a source has one account in a group at most."""

    def __init__(self, told: Sequence[Sequence[Film]]) -> None:
        """Group *told*, the accounts of each source by precedence, by their ids."""
        self._told = told
        self._members: dict[str, dict[int, Film]] = {}
        for number, films in enumerate(told):
            for film in films:
                self._members.setdefault(film.id, {})[number] = film
        self._ids = frozenset(self._members)
        self._roots: dict[str, str] = {}

    def films(self) -> Mapping[str, Sequence[Film]]:
        """Return the accounts of each group by precedence, by one of their ids."""
        return {
            root: [members[number] for number in sorted(members)]
            for root, members in self._members.items()
        }

    def join_renamed(self) -> None:
        """Join each account with those of the ids that it had before."""
        for film in self._renamed():
            for old in film.other_ids:
                if old in self._ids:
                    self._join(film.id, old)

    def join_by_refs(self) -> None:
        """Join accounts with one id elsewhere, unless a database before that tells them apart."""
        for database in DATABASES:
            owners: dict[str, list[str]] = defaultdict(list)
            for film in (film for films in self._told for film in films if film.refs):
                id_ = dict(film.refs).get(database)
                if id_ and not any(self._is_joined(film.id, other) for other in owners[id_]):
                    owners[id_].append(film.id)

    def _is_joined(self, one: str, other: str) -> bool:
        """Join the groups of two ids if they are of one film, and return whether they are one."""
        first, second = self._root(one), self._root(other)
        if first != second and is_same(self._refs(first), self._refs(second)):
            self._join(other, one)
        return self._root(one) == self._root(other)

    def _refs(self, root: str) -> Mapping[str, str]:
        """Return the ids elsewhere of a group, by database; the first account with one decides."""
        members = self._members[root]
        pairs = (pair for number in sorted(members, reverse=True) for pair in members[number].refs)
        return dict(pairs)

    def clashes(self) -> Iterator[Clash]:
        """Yield the old ids of films that another film has or claims."""
        claims: dict[str, str] = {}
        for film in self._renamed():
            for old in film.other_ids:
                first = claims.setdefault(old, film.id)
                for other in dict.fromkeys([old] if old in self._ids else [first]):
                    if self._root(other) != self._root(film.id):
                        yield Clash(film.id, old, other)

    def _renamed(self) -> Iterator[Film]:
        return (film for films in self._told for film in films if film.other_ids)

    def _root(self, id_: str) -> str:
        while id_ in self._roots:
            id_ = self._roots[id_]
        return id_

    def _join(self, one: str, other: str) -> None:
        """Join the groups of two ids, unless a source has accounts in both: two films to it."""
        first, second = self._root(one), self._root(other)
        if self._members[first].keys().isdisjoint(self._members[second]):
            self._members[first] |= self._members.pop(second)
            self._roots[second] = first
