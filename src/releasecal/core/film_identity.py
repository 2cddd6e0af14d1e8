"""
Identity of films: one id for all accounts of the sources that are of one film.

Accounts with one id are of one film, and so are an account and those of the ids that it had
before (`was` in a data file), and accounts of one id elsewhere (`refs`). Titles decide nothing.
The sources decide that anew each time. The published edition decides the id alone: once given, it
stays, until an account says that it had that id before.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import field
from itertools import islice

from releasecal.core.film_matching import AccountGroups, Clash, is_same
from releasecal.core.films_on_record import FilmsOnRecord
from releasecal.core.models import Film, Release, ReleaseKey
from releasecal.core.value_classes import dataclass, replace


@dataclass(frozen=True, slots=True)
class Renames:
    """
    Published films and releases that have another identity now.

    Attributes:
        films: Present ids by published ones.
        releases: Releases by the keys that they had, with the id of the film then, or of now.
    """

    films: Mapping[str, str] = field(default_factory=dict)
    releases: Mapping[ReleaseKey, Release] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Identities:
    """
    The films of the sources, but those that are compared with no other.

    Attributes:
        accounts: By present id, sorted: the accounts of a film under that id, by precedence.
        names: Present ids by all other ids that films have or had.
        on_record: By present id the published ones, the present one first if it is one of them.
        clashes: Old ids that cannot be, in the order of the sources.
        kept: The new id that a source gives to a published film, by its published id. The two
            have an id elsewhere in common.
    """

    accounts: Mapping[str, Sequence[Film]]
    names: Mapping[str, str]
    on_record: Mapping[str, Sequence[str]]
    clashes: Sequence[Clash]
    kept: Mapping[str, str]

    @property
    def renamed(self) -> Mapping[str, str]:
        """Present ids by published ones that are theirs no more."""
        pairs = ((id_, known) for id_, known in self.on_record.items() if known != (id_,))
        return {other: id_ for id_, known in pairs for other in known if other != id_}


def identify(
    told: Sequence[Sequence[Film]],
    published: FilmsOnRecord,
    lone: AbstractSet[str] = frozenset(),
) -> Identities:
    """
    Return the films that *told*, the accounts of each source by precedence, are of.

    Of one source each id stands for a film of its own. *published* has by id the films on
    record, at least those that have or had one of the ids in *told*. The films with the ids
    *lone* are told of, too, and are compared with none of these (`lone_films`).
    """
    groups = AccountGroups(told)
    groups.join_renamed()
    groups.join_by_refs()
    found = groups.films()
    known_by_root = _on_record(found, published, lone)
    accounts: dict[str, Sequence[Film]] = {}
    names: dict[str, str] = {}
    on_record: dict[str, Sequence[str]] = {}
    kept: dict[str, str] = {}
    owners = {name: root for root, films in found.items() for name in _names(films)}
    for root, films in found.items():
        known = known_by_root[root]
        id_ = _present_id(films, known)
        had = {old for other in known for old in published.other_ids(other)}
        had -= {old for old in had if old in lone or owners.get(old, root) != root}
        others = tuple(sorted({*_names(films), *known, *had} - {id_}))
        accounts[id_] = [_called(id_, film, others) for film in films]
        on_record[id_] = tuple(sorted(known, key=lambda other: other != id_))
        names |= dict.fromkeys(others, id_)
        if had.isdisjoint(own := _names(films)) and id_ not in own:
            kept[id_] = own[0]
    spoken = set(accounts).union(*on_record.values())
    silent = [id_ for id_ in published if id_ not in spoken and id_ not in lone]
    past = {old: id_ for id_ in silent for old in published.other_ids(id_)}
    films_now = accounts.keys() | silent
    found_names = (past | names).items()
    names = {name: id_ for name, id_ in found_names if name not in films_now and name not in lone}
    clashes = tuple(groups.clashes())
    return Identities(dict(sorted(accounts.items())), names, on_record, clashes, kept)


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


def referring(film: Film, names: Mapping[str, str]) -> Film:
    """Return *film* with the ids of other films that it mentions as *names* has them."""
    follows = names.get(film.follows, film.follows)
    releases = tuple(release_referring(release, names) for release in film.releases)
    if follows == film.follows and releases == film.releases:
        return film
    return replace(film, follows=follows, releases=releases)


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


def _on_record(
    groups: Mapping[str, Sequence[Film]], published: FilmsOnRecord, lone: AbstractSet[str]
) -> Mapping[str, Sequence[str]]:
    """
    Return the ids of the *published* films that each of *groups* is of.

    These are the films with the ids of its accounts, by precedence, then with the ids that those
    had before; without any, one that a source called so when it was published, or one with an
    id elsewhere in common. None of them is one of the *lone* films.
    """
    found = {
        root: tuple(name for name in _names(films) if name in published)
        for root, films in groups.items()
    }
    new = [root for root, ids in found.items() if not ids]
    taken = {id_ for ids in found.values() for id_ in ids}
    free_ids = (id_ for id_ in published if id_ not in taken and id_ not in lone)
    silent = [*free_ids] if new else []
    for likely in _likely(published, silent) if silent else ():
        for root in new:
            free = (id_ for id_ in likely(groups[root]) if id_ not in taken)
            found[root] = found[root] or tuple(islice(free, 1))
            taken.update(found[root])
    return found


def _likely(
    published: FilmsOnRecord, silent: Iterable[str]
) -> Sequence[Callable[[Sequence[Film]], Iterable[str]]]:
    """
    Return two functions from the accounts of a film to the ids of *published* films it may be.

    These are among *silent* ones, of which no account tells by an id. The first one goes by the ids that sources called them by, the second one by ids elsewhere.
    """
    called: dict[str, str] = {}
    owners: dict[tuple[str, str], list[str]] = defaultdict(list)
    for id_ in silent:
        called |= dict.fromkeys(published.other_ids(id_), id_)
        for ref in published[id_].refs:
            owners[ref].append(id_)

    def one(films: Sequence[Film], id_: str) -> bool | None:
        refs = dict(ref for film in reversed(films) for ref in film.refs)
        return is_same(refs, dict(published[id_].refs))

    def by_name(films: Sequence[Film]) -> Iterable[str]:
        found = (called[name] for name in _names(films) if name in called)
        return (id_ for id_ in found if one(films, id_) is not False)

    def by_refs(films: Sequence[Film]) -> Iterable[str]:
        found = (id_ for film in films for ref in film.refs for id_ in owners.get(ref, ()))
        return (id_ for id_ in found if one(films, id_))

    return by_name, by_refs


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
