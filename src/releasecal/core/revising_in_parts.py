"""
The next edition in parts: a film is revised by itself, so a large catalogue needs no room at once.

A release depends on its film, on what is on record of that, and on the films that these mention.
All else that a part needs of the others is found before: namesakes, UIDs and ids that are taken.
A part has some films with all their entries; all parts, one after the other, are what `revise`
makes of the whole.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from functools import cached_property
from itertools import chain, islice
from typing import NamedTuple, Protocol

from releasecal.core.catalogue import Catalogue, references
from releasecal.core.changes import Change
from releasecal.core.debounce import Pending, debounce
from releasecal.core.editions import Edition, Entry
from releasecal.core.film_identity import Renames
from releasecal.core.films_on_record import FilmsOnRecord
from releasecal.core.lone_films import Repeats
from releasecal.core.models import Film, ReleaseKey
from releasecal.core.namesakes import Named, title_mark, told_apart
from releasecal.core.renaming import with_present_ids
from releasecal.core.revise import Policy, Scope, published_in, revise
from releasecal.core.value_classes import replace

FILMS = 500
"""Films of a part."""


class EditionOnRecord(Protocol):
    """
    The newest edition, of which parts are read.

    Attributes:
        head: It without films and entries.
        titles: Of all films on record, by id.
    """

    head: Edition
    titles: Mapping[str, str]

    @property
    def films(self) -> FilmsOnRecord:
        """All films on record."""

    def part(
        self, ids: Collection[str], told: Mapping[str, Film]
    ) -> tuple[Mapping[str, Film], Mapping[ReleaseKey, Entry]]:
        """
        Return those of the films with *ids* that are on record, and their entries, sorted.

        Films that are just as *told* now, by id, need not be made again.
        """

    def uids_elsewhere(self, films: Collection[str]) -> Collection[str]:
        """Return the UIDs with another film's id, and all of the entries of *films*."""


class RevisedPart(NamedTuple):
    """
    Some films of an edition and of the one before.

    Attributes:
        before: What is on record of them.
        known: The same under present ids.
        edition: *before* itself where nothing has changed.
        changes: By key.
    """

    before: Edition
    known: Edition
    edition: Edition
    changes: Sequence[Change]


class RevisedParts:
    """
    The edition after *before* with the facts of *catalogue* at *now*, UTC, in parts.

    Attributes:
        films: Ids of all films, sorted: those told of and those on record.
        most: Films of a part, at most; `FILMS` unless told.
        edition: The whole of all parts that were made, without films and entries.
    """

    def __init__(
        self,
        before: EditionOnRecord,
        catalogue: Catalogue,
        *,
        now: datetime,
        policy: Policy,
        most: int | None = None,
    ) -> None:
        """Revise nothing yet."""
        self.most = most or FILMS
        self._before, self._catalogue = before, catalogue
        self._now, self._policy = now, policy
        names = catalogue.renames.films
        present = {old: new for old, new in names.items() if old in before.titles}
        self._renames = Renames(present, catalogue.renames.releases)
        self._former: dict[str, list[str]] = defaultdict(list)
        for old, new in present.items():
            self._former[new].append(old)
        self._pending: dict[str, dict[ReleaseKey, Pending]] = defaultdict(dict)
        for key, change in before.head.pending.items():
            self._pending[key.film][key] = change
        self.films = sorted({*map(self._present, before.titles), *catalogue.films})
        bare = replace(catalogue, films={})
        head, _ = revise(before.head, bare, now=now, policy=policy)
        self.edition = replace(head, pending={})

    def __iter__(self) -> Iterator[RevisedPart]:
        """Yield the parts in the order of their films."""
        pending: dict[ReleaseKey, Pending] = {}
        rest = iter(self.films)
        while ids := dict.fromkeys(islice(rest, self.most)):
            part = self._part(ids)
            yield part
            newest = max(self.edition, part.edition, key=lambda edition: edition.number)
            pending |= part.edition.pending
            self.edition = replace(newest, films={}, entries={}, pending=pending)

    def _part(self, ids: Collection[str]) -> RevisedPart:
        """Return the part with the films *ids*."""
        before, catalogue = self._around(ids)
        scope = Scope(
            ids, apart=self._apart, uids_elsewhere=self._uids_elsewhere, claimed=self._claimed
        )
        edition, changes = revise(
            before, catalogue, now=self._now, policy=self._policy, scope=scope
        )
        own = {*ids, *self._on_record(ids)}
        known = with_present_ids(before, self._renames)
        is_same = edition is before
        before = _only(before, own)
        return RevisedPart(
            before, _only(known, own), before if is_same else _only(edition, own), changes
        )

    def _around(self, ids: Collection[str]) -> tuple[Edition, Catalogue]:
        """Return the films with *ids*, and those that they mention: on record, and as told now."""
        told = self._catalogue.films
        part = {id_: told[id_] for id_ in ids if id_ in told}
        films, entries = self._before.part(self._on_record(ids), part)
        both = chain(part.values(), films.values())
        mentioned = {other for film in both for _, other in references(film)}
        for entry in entries.values():
            mentioned.update(id_ for id_, _ in entry.facts.titles)
        beside = set(map(self._present, mentioned)).difference(ids)
        if beside:
            more, theirs = self._before.part(self._on_record(beside), told)
            films = dict(sorted({**films, **more}.items()))
            entries = dict(sorted({**entries, **theirs}.items()))
        here = sorted({*ids, *beside})
        of_these = (self._pending.get(id_, {}) for id_ in dict.fromkeys([*films, *here]))
        pending = {key: each for some in of_these for key, each in some.items()}
        before = replace(self._before.head, films=films, entries=entries, pending=pending)
        part |= {id_: told[id_] for id_ in beside if id_ in told}
        part = dict(sorted(part.items()))
        return before, replace(self._catalogue, films=part, renames=self._renames)

    def _present(self, id_: str) -> str:
        """Return the present id of the film *id_* on record."""
        return self._renames.films.get(id_, id_)

    def _on_record(self, ids: Iterable[str]) -> Sequence[str]:
        """Return the ids on record of the films with the present *ids*, sorted."""
        both = {name for id_ in ids for name in (id_, *self._former.get(id_, ()))}
        return sorted(both & self._before.titles.keys())

    @cached_property
    def _apart(self) -> Mapping[str, str]:
        """Distinctions of all films that have namesakes, with the titles that are settled."""
        found: list[Named] = []
        unsettled: list[str] = []
        for id_ in self._likely_namesakes():
            if self._is_settled(id_):
                found.append(Named.of(self._catalogue.films[id_]))
            else:
                unsettled.append(id_)
        rest = iter(unsettled)
        while ids := dict.fromkeys(islice(rest, self.most)):
            films = self._settled(ids)
            found += (Named.of(films[id_]) for id_ in ids if id_ in films)
        return told_apart(found)

    def _likely_namesakes(self) -> Sequence[str]:
        """Return the ids, sorted, of all films that another one may have a title of, then or now."""
        told = dict(zip(self._catalogue.films, self._catalogue.titles, strict=True))
        known, titles = self._before.titles, Repeats()

        def of_film(id_: str) -> AbstractSet[int]:
            found = {told[id_]} if id_ in told else set()
            for each in (id_, *self._former.get(id_, ())) if known else ():
                if each in known:
                    found.add(title_mark(known[each]))
            return found

        for id_ in self.films:
            titles.add(of_film(id_))
        return [id_ for id_ in self.films if titles.has_any(of_film(id_))]

    def _is_settled(self, id_: str) -> bool:
        """Whether the film with *id_* is told as it is published, or nothing is published yet."""
        if not self._before.titles:
            return True
        film = self._catalogue.films.get(id_)
        is_own = id_ in self._before.titles and id_ not in self._former
        return film is not None and is_own and self._before.films.has(film)

    def _settled(self, ids: Collection[str]) -> Mapping[str, Film]:
        """Return the films with *ids*, as far as there are any once unsettled changes are undone."""
        before, catalogue = self._around(ids)
        known = published_in(with_present_ids(before, self._renames))
        return debounce(catalogue, known, self._now)[0].films

    @cached_property
    def _uids_elsewhere(self) -> frozenset[str]:
        return frozenset(self._before.uids_elsewhere(self._renames.films))

    @cached_property
    def _claimed(self) -> frozenset[str]:
        """Ids that films on record had before, and that films told of have now."""
        films = self._before.films
        former = set(chain.from_iterable(map(films.other_ids, films)))
        told = self._catalogue.films.values() if former else ()
        return frozenset(
            id_ for film in told for id_ in (film.id, *film.other_ids) if id_ in former
        )


def _only(edition: Edition, ids: Collection[str]) -> Edition:
    """Return *edition* with the films *ids*, their entries and pending changes alone."""
    return replace(
        edition,
        films={id_: film for id_, film in edition.films.items() if id_ in ids},
        entries={key: entry for key, entry in edition.entries.items() if key.film in ids},
        pending={key: each for key, each in edition.pending.items() if key.film in ids},
    )
