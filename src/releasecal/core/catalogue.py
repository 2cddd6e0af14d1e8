"""The catalogue: the films of all sources merged by precedence, and the conflicts among them."""

from array import array
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import field
from datetime import date, datetime
from itertools import chain, islice
from types import MappingProxyType
from typing import NamedTuple

from releasecal.core import films_on_record, overrides
from releasecal.core.changes import revision_in_words
from releasecal.core.derived_releases import derive
from releasecal.core.film_facts import Certification
from releasecal.core.film_identity import (
    Identities,
    Renames,
    identify,
    of_film,
    referring,
)
from releasecal.core.film_matching import Clash
from releasecal.core.film_storage import MEMORY, AllFilms, FilmsInMemory, KeptFilms, Room
from releasecal.core.films_on_record import FilmsOnRecord
from releasecal.core.implausible_facts import (
    Contradiction,
    contradictions,
    different_refs,
    kept_ids,
    likely_renames,
    twins,
    undone_sources,
)
from releasecal.core.lone_films import Repeats, lone_films
from releasecal.core.models import Film, Release, ReleaseKey, Revision, Source
from releasecal.core.namesakes import title_mark
from releasecal.core.overrides import Override
from releasecal.core.placeholder_dates import without_placeholders
from releasecal.core.release_matching import have_other_keys, numbered, with_present_keys
from releasecal.core.release_merge import agreed
from releasecal.core.rerelease_or_correction import is_told_apart
from releasecal.core.suggestions import nearest
from releasecal.core.value_classes import dataclass, replace
from releasecal.core.window_rules import WindowRule, WindowRules
from releasecal.errors import MAX_PROBLEMS, DataError, Place, Problem, as_problem, condensed

_MAX_GUESSES = 20  # suggestions a run; each takes time
_MAX_SHOWN = 10  # films of a circle in a message

_Places = Sequence[Mapping[tuple[str, str], Place]]
_NO_FILMS: Mapping[str, Film] = MappingProxyType({})


class _Link(NamedTuple):
    """A field of a film, with all its *ids*, and the id of the *other* film that it refers to there."""

    ids: Sequence[str]
    field: str
    other: str


@dataclass(frozen=True, slots=True)
class Reading:
    """
    The facts of one source, as of one read.

    Attributes:
        address: Where it was read, as the operator named it.
        films: Each id once, as often as somebody asks; those of a file are told by *address* already.
        places: Where it was said, by (film id, field); for messages only. Fields are id,
            follows, slot_from, slot_to, production, ``refs imdb``, ``windows 0``, and the
            release's key, also with ``as_of`` behind it. Of *days* likewise.
        days: When its *sources* appeared and were looked at, by (source id, field). Fields are
            ``source published`` and ``source retrieved``.
        is_large: Whether finding a place takes so long that notes do without.
        overrides: Corrections of the facts of this and all other sources.
        notes: Remarks for the person who keeps the source; none of them stops anything.
        left_out: What was wrong in it and does not count, while all else does: its silence
            says nothing.
        rules: Windows of many films, of this and all other sources; those of an earlier source
            have precedence.
    """

    films: Collection[Film] = ()
    sources: tuple[Source, ...] = ()
    address: str = ""
    places: Mapping[tuple[str, str], Place] = field(default_factory=dict)
    overrides: tuple[Override, ...] = ()
    notes: tuple[Problem, ...] = ()
    is_large: bool = False
    days: Mapping[tuple[str, str], date] = field(default_factory=dict)
    left_out: tuple[Problem, ...] = ()
    rules: tuple[WindowRule, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Conflict:
    """
    Two different dates of one release; the one of the first source stands.

    Attributes:
        stands: The published date, in words.
        other: The date in the source *by*, in words.
    """

    key: ReleaseKey
    stands: str
    other: str
    by: str

    def __str__(self) -> str:
        """Return a line for a person."""
        by = f" ({self.by})" if self.by else ""
        return f"{self.key}: {self.stands} stands, another source says {self.other}{by}"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """
    The facts of all sources, merged.

    Attributes:
        films: By id, sorted.
        sources: The sources cited by films, by id, sorted.
        notes: Remarks for those who keep the sources, one line each: overrides that nobody
            needs, facts that contradict each other or are in no feed.
        recheck: The next civil day on which an override ends or its date has passed.
        overridden: Releases that overrides correct now, whether or not a source has them.
        renames: Films and releases whose published identity is another one.
        likely_renames: Notes, among the others, about films that seem to be published ones which are gone.
        looks: The last good look, UTC, at each source that this refresh did not look at, by
            (address, id of the source); None if the source is in trouble, and its last good
            state is used.
        left_out: What was wrong in sources and does not count, while all else does, by address.
        rules: Windows of many films, which *films* have.
        conflicts: The conflicts among sources, sorted.
        titles: `title_mark` of each of *films*, in their order.
    """

    films: Mapping[str, Film]
    sources: Mapping[str, Source]
    notes: tuple[str, ...] = ()
    recheck: date | None = None
    overridden: frozenset[ReleaseKey] = frozenset()
    renames: Renames = field(default_factory=Renames)
    likely_renames: tuple[Problem, ...] = ()
    looks: Mapping[tuple[str, str], datetime | None] = field(default_factory=dict)
    left_out: Mapping[str, Sequence[Problem]] = field(default_factory=dict)
    rules: tuple[WindowRule, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    titles: Sequence[int] = ()


def merge(
    readings: Sequence[Reading],
    today: date | None = None,
    around: Mapping[str, Film] = _NO_FILMS,
    published: FilmsOnRecord = films_on_record.NONE,
    room: Room = MEMORY,
) -> Catalogue:
    """
    Return *readings* as one catalogue; an earlier one has precedence, and overrides beat all.

    *today* (a civil day) decides which overrides still hold; without it all do. If
    *readings* hold only some of the films, *around* holds the others that these mention,
    by id. *published* has the films on record. There is *room* for the films of the catalogue.

    Films on record keep their ids. A film may refer to a film on record that no source has any
    more, unless that one seems to have another id now; and a machine may say that a film
    follows one that no source has. A note tells of each.

    Raises:
        DataError: A film refers to one that was never there, follows itself, or claims an id
            that another one has.
    """
    sources = {each.id: each for reading in reversed(readings) for each in reading.sources}
    machines = {id_ for id_, source in sources.items() if source.machine}
    merging = _Merging(readings, published, machines)
    identities, films = merging.identities, room.films()
    merging.fill(films)
    corrections = _corrections(readings, identities.names, films, published)
    outcome = overrides.apply(corrections, films, today)
    films.update(outcome.films)
    beside = around.keys() - films.keys()
    films.update({id_: around[id_] for id_ in beside})
    films.sort()
    rules = tuple(chain.from_iterable(reading.rules for reading in readings))
    noticed = _Noticed(films, merging, beside, WindowRules(rules), today)
    likely = likely_renames(films, published, identities.renamed)
    by_machine = _following_by_machines(identities, films, merging.lone, machines)
    mistakes = _mistakes(noticed.nowhere, published, likely, by_machine)
    _check(readings, films, identities.clashes, noticed, mistakes=mistakes, likely=likely)
    told_renames = _placed(readings, films, chain(likely.values(), kept_ids(identities.kept)))
    doubtful = _placed(readings, films, _doubts(readings, identities, noticed, today))
    noted = condensed(chain(*(reading.notes for reading in readings)), as_problem)
    return Catalogue(
        films,
        dict(sorted({**sources, **outcome.sources}.items())),
        (*outcome.notes, *map(str, (*noted, *doubtful, *told_renames))),
        outcome.recheck,
        overridden=outcome.releases,
        left_out={each.address: each.left_out for each in readings if each.left_out},
        renames=Renames(identities.renamed, _untold(merging.former, films)),
        likely_renames=told_renames,
        rules=rules,
        conflicts=tuple(sorted(noticed.conflicts)),
        titles=noticed.titles,
    )


class _Merging:
    """
    The merging of the films of *readings*.

    Attributes:
        lone: Ids of the films that need no comparison with others.
        identities: Of all other films.
        former: By film its releases by the keys that they had, if any had another one; of the
            films that are merged already.
    """

    def __init__(
        self, readings: Sequence[Reading], published: FilmsOnRecord, machines: AbstractSet[str]
    ) -> None:
        """Find out which films there are; *published* and *machines* are as for `merge`."""
        self._told = [_told(reading) for reading in readings]
        self._published, self._machines = published, machines
        corrected = {each.film for reading in readings for each in reading.overrides}
        self.lone = lone = lone_films(self._told, published) - corrected
        compared = [[films[id_] for id_ in films if id_ not in lone] for films in self._told]
        self.identities = identify(compared, published, lone)
        self.former: dict[str, Mapping[ReleaseKey, Release]] = {}

    def fill(self, films: KeptFilms) -> None:
        """Fill *films*: with the lone ones as they are told, and all others merged."""
        for id_, accounts in self.identities.accounts.items():
            films[id_] = self._merged(id_, accounts, self.identities.on_record[id_])
        for each in self._told:
            films.take(each, self.lone)

    def merged(self, film: Film) -> Film:
        """Return *film*, with which `fill` filled a place, merged if it is a lone one."""
        return self._merged(film.id, [film], [film.id]) if film.id in self.lone else film

    def _merged(self, id_: str, accounts: Sequence[Film], likely: Iterable[str]) -> Film:
        """Return one film of *accounts*, with present ids and keys; on record it has *likely* ids."""
        published, names = self._published, self.identities.names
        on_record = [other for other in likely if other in published]
        may_differ = have_other_keys(accounts) or any(map(published.may_repeat, on_record))
        known = [published[other] for other in on_record] if may_differ else []
        told, had = with_present_keys(accounts, known)
        if had:
            self.former[id_] = had
        film = _merge_films(without_placeholders(told, self._machines))
        return referring(film, names) if names else film


def _told(reading: Reading) -> KeptFilms:
    """Return the films of *reading* by id, told by its source."""
    if isinstance(reading.films, AllFilms):
        return reading.films.kept
    return FilmsInMemory({film.id: told_by(film, reading.address) for film in reading.films})


class _Noticed:
    """
    Facts of all films that somebody has to look at: each film is looked up once, and merged then.

    Attributes:
        nowhere: Links to films that there are not.
        follows: The id of the film before, of each that has one, by id.
        doubts: Facts that a person should look at, of all films but those *beside*.
        conflicts: In no order.
        titles: `title_mark` of each film.
    """

    def __init__(
        self,
        films: KeptFilms,
        merging: _Merging,
        beside: AbstractSet[str],
        rules: WindowRules,
        today: date | None,
    ) -> None:
        """
        Look at *films*, filled by *merging*, which merges the rest of them now.

        All but those *beside* get the windows that *rules* give them.
        """
        self.nowhere: list[_Link] = []
        self.follows: dict[str, str] = {}
        self.doubts: list[Contradiction] = []
        self.conflicts: list[Conflict] = []
        self.titles = array("q")
        refs = Repeats()
        for id_ in films:
            found = films[id_]
            film = merging.merged(found)
            self._look(film, films)
            self.titles.append(title_mark(film.title))
            if id_ not in beside:
                self.doubts += contradictions(film, today)
                refs.add(film.refs)
                film = rules.applied(film) if rules else film
            if film is not found:
                films[id_] = film
        if refs.has_any():
            told = (film for id_, film in films.items() if id_ not in beside)
            self.doubts += twins(film for film in told if refs.has_any(film.refs))

    def _look(self, film: Film, films: Collection[str]) -> None:
        if film.follows:
            self.follows[film.id] = film.follows
        for name, other in references(film):
            if other not in films:
                self.nowhere.append(_Link(_ids(film), name, other))
        for release in film.releases:
            self.conflicts += (_conflict(release, other) for other in release.contested)


def _doubts(
    readings: Sequence[Reading], identities: Identities, noticed: _Noticed, today: date | None
) -> Iterable[Contradiction]:
    """Return what a person should look at in *readings*, and in what was *noticed* of all films."""
    return chain(
        map(_unfollowed, noticed.nowhere),
        noticed.doubts,
        different_refs(identities.accounts),
        _undone(readings, today),
    )


def _untold(
    former: Mapping[str, Mapping[ReleaseKey, Release]], films: Mapping[str, Film]
) -> Mapping[ReleaseKey, Release]:
    """Return those of the *former* releases, by film, whose keys no release of *films* has."""
    found: dict[ReleaseKey, Release] = {}
    for id_, releases in former.items():
        present = {release.key for release in derive(films[id_])}
        found |= {key: release for key, release in releases.items() if key not in present}
    return found


def _corrections(
    readings: Sequence[Reading],
    names: Mapping[str, str],
    films: Mapping[str, Film],
    published: FilmsOnRecord,
) -> Sequence[Override]:
    """Return the overrides of *readings*, of *films* by id and of releases by their keys of now."""
    found: list[Override] = []
    for override in (each for reading in readings for each in reading.overrides):
        id_ = names.get(override.film, override.film)
        told = [
            release for film in (films, published) if id_ in film for release in film[id_].releases
        ]
        known = {release.key: release for release in reversed(told)}
        releases = tuple(of_film(id_, each) for each in override.releases)
        account = Film(id_, "", releases=releases)
        ((account, *_), _) = numbered([account], [Film(id_, "", releases=tuple(known.values()))])
        found.append(replace(override, film=id_, releases=account.releases))
    return found


def _check(  # noqa: PLR0913 - the films, and what can be wrong
    readings: Sequence[Reading],
    films: Mapping[str, Film],
    clashes: Sequence[Clash],
    noticed: _Noticed,
    *,
    mistakes: Iterable[_Link],
    likely: Mapping[str, Contradiction],
) -> None:
    """
    Raise DataError if *films* contradict each other in their ids.

    *noticed* is of them. *mistakes* are links that lead nowhere; *likely* are `likely_renames`.
    """
    # Needed for messages only: a large source finds its places when asked.
    places = [reading.places for reading in readings]
    found = chain(
        _claimed(clashes, places),
        _dangling(mistakes, films, likely, places),
        _circular(noticed.follows, films, places),
    )
    problems = list(islice(found, MAX_PROBLEMS))
    if problems:
        more = sum(1 for _ in found)
        raise DataError([*problems, *_rest(problems[-1].place.origin, more)])


def _placed(
    readings: Sequence[Reading], films: Mapping[str, Film], doubtful: Iterable[Contradiction]
) -> tuple[Problem, ...]:
    """Return a problem, with its place in *readings*, for each *doubtful* fact of *films* or sources."""
    places = [reading.places for reading in readings if not reading.is_large]

    def place(id_: str, field_name: str) -> Place:
        return _place(places, _ids(films[id_]) if id_ in films else (id_,), field_name)

    def placed(found: Contradiction) -> Problem:
        first = f" ({place(found.first, found.field)})" if found.first else ""
        return Problem(place(found.id, found.field), found.what + first, found.remedy)

    return tuple(condensed(doubtful, placed))


def told_by(film: Film, address: str) -> Film:
    """Return *film* and its releases as told by the source at *address*; itself if it says so."""
    by = (address,)
    if film.told_by == by:
        return film
    releases = tuple(replace(release, told_by=by) for release in film.releases)
    return replace(film, told_by=by, releases=releases)


def _merge_films(told: Sequence[Film]) -> Film:
    """Return one film: each fact from the first account with it, and the releases of all."""
    film = told[0]
    accounts: dict[ReleaseKey, list[Release]] = defaultdict(list)
    for account in told:
        for release in account.releases:
            accounts[release.key].append(release)
    if len(told) == 1 and len(accounts) == len(film.releases):  # as most films are
        return film
    for other in told[1:]:
        film = replace(
            film,
            titles=film.titles or other.titles,
            refs=tuple(sorted(({**dict(other.refs), **dict(film.refs)}).items())),
            distributor=film.distributor or other.distributor,
            genres=film.genres or other.genres,
            production=film.production or other.production,
            cast=film.cast or other.cast,
            series=film.series or other.series,
            follows=film.follows or other.follows,
            notes=film.notes or other.notes,
            windows=film.windows or other.windows,
            poster=film.poster or other.poster,
            synopsis=film.synopsis or other.synopsis,
            runtime=film.runtime or other.runtime,
            certifications=_certifications(film, other),
            links=film.links or other.links,
            told_by=film.told_by + other.told_by,
        )
    releases = tuple(map(agreed, accounts.values()))
    return replace(film, releases=tuple(_without_repeats(each, releases) for each in releases))


def _without_repeats(release: Release, releases: Sequence[Release]) -> Release:
    """Return *release* without the conflicts that *releases*, of the same film, tell apart."""
    if not release.contested:
        return release
    others = (each for each in release.contested if not is_told_apart(each, release, releases))
    return replace(release, contested=tuple(others))


def _certifications(film: Film, other: Film) -> tuple[Certification, ...]:
    """Return the ratings of *film*, and those of *other* for further regions."""
    rated = {each.region for each in film.certifications}
    more = (each for each in other.certifications if each.region not in rated)
    return (*film.certifications, *more)


def _conflict(release: Release, other: Revision) -> Conflict:
    return Conflict(
        release.key, revision_in_words(release.current), revision_in_words(other), other.source
    )


def _rest(origin: str, more: int) -> Sequence[Problem]:
    """Return one problem that stands for *more* of them; none if *more* is 0."""
    what = f"{more:,} more like the {MAX_PROBLEMS:,} of which this tells"
    return [Problem(Place(origin), what, "mend these first")] if more else ()


def _undone(readings: Iterable[Reading], today: date | None) -> Iterable[Contradiction]:
    return chain(*(undone_sources(reading.days, today) for reading in readings))


def _mistakes(
    nowhere: Iterable[_Link],
    published: FilmsOnRecord,
    likely: Mapping[str, Contradiction],
    is_by_machine: Callable[[str], bool],
) -> Sequence[_Link]:
    """Return the links to *nowhere* but those that are no mistake: to films gone, or by a machine."""
    return [
        link
        for link in nowhere
        if (link.other not in published or link.other in likely)
        and not (link.field == "follows" and is_by_machine(link.ids[0]))
    ]


def _following_by_machines(
    identities: Identities,
    films: Mapping[str, Film],
    lone: AbstractSet[str],
    machines: AbstractSet[str],
) -> Callable[[str], bool]:
    """Return whether the `follows` of a film is from a machine source, by its id."""

    def is_by_machine(id_: str) -> bool:
        accounts = [films[id_]] if id_ in lone else identities.accounts.get(id_, ())
        return any(
            each.source in machines for each in [film for film in accounts if film.follows][:1]
        )

    return is_by_machine


def _unfollowed(link: _Link) -> Contradiction:
    """Return the doubt about a *link* that leads nowhere and is no mistake."""
    what = f"{link.field} leads nowhere: no source has a film {link.other!r} now"
    return Contradiction(link.ids[0], link.field, what, "nothing else of this film waits for it")


def _claimed(clashes: Iterable[Clash], places: _Places) -> Iterable[Problem]:
    for clash in clashes:
        place = _place(places, [clash.film], f"was {clash.old}")
        field_name = "id" if clash.other == clash.old else f"was {clash.old}"
        other = _place(places, [clash.other], field_name)
        if clash.other == clash.old:
            what = f"was: there still is a film {clash.old!r} at {other}"
            yield Problem(place, what, "take it out of was, or join the two films")
        else:
            what = f"was: the film {clash.other!r} was {clash.old!r}, too, at {other}"
            yield Problem(place, what, "leave it with one of them")


def _dangling(
    nowhere: Iterable[_Link],
    films: Collection[str],
    likely: Mapping[str, Contradiction],
    places: _Places,
) -> Iterable[Problem]:
    for number, (ids, name, other) in enumerate(nowhere):
        guess = nearest(other, films) if number < _MAX_GUESSES else ""
        if other in likely:
            guess = f"did you mean {likely[other].id}? {likely[other].remedy}"
        yield Problem(
            _place(places, ids, name),
            f"{name} leads nowhere: there is no film {other!r}",
            guess or "add that film, or take the line out",
        )


def references(film: Film) -> Iterable[tuple[str, str]]:
    """Return (field, film id) of each film that *film* mentions, each pair once."""
    pairs = [("follows", film.follows)] if film.follows else []
    for release in film.releases:
        for revision in release.history:
            if revision.slot_from:  # few revisions mention any
                pairs.append(("slot_from", revision.slot_from))
            if revision.slot_to:
                pairs.append(("slot_to", revision.slot_to))
    return dict.fromkeys(pairs)


def _circular(
    follows: Mapping[str, str], films: Mapping[str, Film], places: _Places
) -> Iterable[Problem]:
    """Yield a problem for each circle that *films* make by what each *follows*, at its first film."""
    settled: set[str] = set()
    for start in follows:
        path: dict[str, None] = {}  # a set in order
        film_id = start
        while film_id in follows and film_id not in settled and film_id not in path:
            path[film_id] = None
            film_id = follows[film_id]
        if film_id in path:
            way = list(path)
            circle = way[way.index(film_id) :]
            yield Problem(
                _place(places, _ids(films[min(circle)]), "follows"),
                f"follows goes in a circle: {' → '.join([*_shortened(circle), film_id])}",
                "the first film of a series follows none",
            )
        settled.update(path)


def _shortened(circle: list[str]) -> list[str]:
    """Return *circle*, or its ends around an ellipsis if a message has no room for it."""
    return circle if len(circle) <= _MAX_SHOWN else [*circle[: _MAX_SHOWN - 1], "…", circle[-1]]


def _place(places: _Places, ids: Sequence[str], field_name: str) -> Place:
    """Return the first place of *field_name* of a film by any of its *ids*, else that of its id."""
    keys = [(id_, name) for name in (field_name, "id") for id_ in ids]
    found = (known[key] for key in keys for known in places if key in known)
    return next(found, Place(keys[0][0]))


def _ids(film: Film) -> Sequence[str]:
    return (film.id, *film.other_ids)
