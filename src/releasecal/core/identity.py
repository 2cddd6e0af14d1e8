"""
Identity: which accounts of the sources are of one film, and the id of that film.

Accounts with one id are of one film, and so are an account and those of the ids that it had
before (`was` in a data file). The sources decide that anew each time. The published edition decides
the id alone: once given, it stays, until an account says that it had that id before.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from releasecal.core.models import Film, Release, ReleaseKey


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


@dataclass(frozen=True, slots=True)
class Renames:
    """
    Published films and releases that have another identity now.

    Attributes:
        films: Present ids by published ones.
        releases: Releases by the keys that they had, with the present id of the film.
    """

    films: Mapping[str, str] = field(default_factory=dict)
    releases: Mapping[ReleaseKey, Release] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Identities:
    """
    The films that the sources tell of.

    Attributes:
        accounts: By present id, sorted: the accounts of a film under that id, by precedence.
        names: Present ids by all other ids that films have or had.
        renamed: Present ids by published ones that are theirs no more.
        clashes: Old ids that cannot be, in the order of the sources.
    """

    accounts: Mapping[str, Sequence[Film]]
    names: Mapping[str, str]
    renamed: Mapping[str, str]
    clashes: Sequence[Clash]


def identify(told: Sequence[Sequence[Film]], published: Mapping[str, Film]) -> Identities:
    """
    Return the films that *told*, the accounts of each source by precedence, are of.

    Of one source each id stands for a film of its own. *published* has by id the films on
    record, at least those that have or had one of the ids in *told*.
    """
    groups = _Groups(told)
    groups.join_renamed()
    found = groups.films()
    on_record = _on_record(found, published)
    accounts: dict[str, Sequence[Film]] = {}
    names: dict[str, str] = {}
    renamed: dict[str, str] = {}
    for root, films in found.items():
        known = on_record[root]
        id_ = _present_id(films, known)
        had = {old for other in known for old in published[other].other_ids}
        others = tuple(sorted({*_names(films), *known, *had} - {id_}))
        accounts[id_] = [_called(id_, film, others) for film in films]
        renamed |= {other: id_ for other in known if other != id_}
        names |= dict.fromkeys(others, id_)
    known_now = accounts.keys() | renamed.keys()
    silent = [film for film in published.values() if film.id not in known_now]
    past = {old: film.id for film in silent for old in film.other_ids}
    films_now = accounts.keys() | {film.id for film in silent}
    names = {name: id_ for name, id_ in (past | names).items() if name not in films_now}
    return Identities(dict(sorted(accounts.items())), names, renamed, tuple(groups.clashes()))


def _called(id_: str, film: Film, others: tuple[str, ...]) -> Film:
    """Return *film* under the id *id_* and, beside that, with the ids *others*."""
    if (film.id, film.other_ids) == (id_, others):
        return film
    releases = (
        film.releases if film.id == id_ else tuple(of_film(id_, each) for each in film.releases)
    )
    return replace(film, id=id_, other_ids=others, releases=releases)


def of_film(film: str, release: Release) -> Release:
    """Return *release* as one of the film with the id *film*."""
    was = tuple(replace(key, film=film) for key in release.was)
    return replace(release, key=replace(release.key, film=film), was=was)


def former_releases(accounts: Sequence[Film]) -> Mapping[ReleaseKey, Release]:
    """Return by former key the releases that *accounts*, of one film by precedence, say had it."""
    found: dict[ReleaseKey, Release] = {}
    for release in (release for film in accounts for release in film.releases):
        for old in release.was:
            if _last(release, found).key != old:  # or they would exchange their keys for ever
                found.setdefault(old, release)
    return {old: replace(_last(release, found), was=()) for old, release in found.items()}


def _last(release: Release, found: Mapping[ReleaseKey, Release]) -> Release:
    while release.key in found:
        release = found[release.key]
    return release


def with_present_keys(film: Film, former: Mapping[ReleaseKey, Release]) -> Film:
    """
    Return *film*, an account, with its releases under the keys that they have now.

    *former* has releases by former keys. A source that tells of both means two releases.
    """
    if not former:
        return film
    releases = {release.key: replace(release, was=()) for release in film.releases}
    for old, now in former.items():
        if old in releases and now.key not in releases:
            release = releases.pop(old)
            releases[now.key] = replace(release, key=now.key, kind=now.kind, channel=now.channel)
    return replace(film, releases=tuple(releases.values()))


def referring(film: Film, names: Mapping[str, str]) -> Film:
    """Return *film* with the ids of other films that it mentions as *names* has them."""
    releases = tuple(release_referring(release, names) for release in film.releases)
    return replace(film, follows=names.get(film.follows, film.follows), releases=releases)


def release_referring(release: Release, names: Mapping[str, str]) -> Release:
    """Return *release* with the ids of other films in its history as *names* has them."""
    if not any(said.slot_from in names or said.slot_to in names for said in release.history):
        return release
    history = tuple(
        replace(
            said,
            slot_from=names.get(said.slot_from, said.slot_from),
            slot_to=names.get(said.slot_to, said.slot_to),
        )
        for said in release.history
    )
    return replace(release, history=history)


class _Groups:
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


def _on_record(
    groups: Mapping[str, Sequence[Film]], published: Mapping[str, Film]
) -> Mapping[str, Sequence[str]]:
    """
    Return the ids of the *published* films that each of *groups* is of.

    These are the films with the ids of its accounts, by precedence, then with the ids that those
    had before; without any, a film that a source called so when it was published.
    """
    found: dict[str, Sequence[str]] = {}
    called = {name: id_ for id_, film in published.items() for name in film.other_ids}
    for root, films in groups.items():
        found[root] = [name for name in _names(films) if name in published]
    taken = {id_ for ids in found.values() for id_ in ids}
    for root, films in groups.items() if called else ():
        if not found[root]:
            likely = (called[name] for name in _names(films) if name in called)
            found[root] = [id_ for id_ in likely if id_ not in taken][:1]
            taken.update(found[root])
    return found


def _names(films: Sequence[Film]) -> Sequence[str]:
    """Return the ids in the accounts *films*, each once: present ones, then former ones."""
    if len(films) == 1 and not films[0].other_ids:
        return (films[0].id,)
    ids = [film.id for film in films]
    return list(dict.fromkeys([*ids, *(old for film in films for old in film.other_ids)]))


def _present_id(films: Sequence[Film], on_record: Sequence[str]) -> str:
    """
    Return the id of a film from its accounts, by precedence, and from its published ids.

    It is the published one, unless an account says that the film had that before; such an
    account may not have an id that another one says is former.
    """
    former = {old for film in films for old in film.other_ids}
    present = [film for film in films if film.id not in former] or films
    if not on_record:
        return present[0].id
    if present is films or former.isdisjoint(on_record):
        return on_record[0]
    renaming = [film for film in present if film.other_ids]
    direct = [film for film in renaming if not set(on_record).isdisjoint(film.other_ids)]
    return (*direct, *renaming, *present)[0].id
