"""The catalogue: what all sources say together, by precedence, and where they differ."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import chain, islice
from types import MappingProxyType

from releasecal.core import overrides
from releasecal.core.changes import said
from releasecal.core.history import corroborate, weave
from releasecal.core.models import Film, Release, ReleaseKey, Revision, Source
from releasecal.core.overrides import Override
from releasecal.core.placeholders import without_placeholders
from releasecal.core.suggestions import nearest
from releasecal.errors import MAX_PROBLEMS, DataError, Place, Problem

_MAX_GUESSES = 20  # at what was meant: nobody waits for more
_MAX_SHOWN = 10  # films of one circle

_Places = Sequence[Mapping[tuple[str, str], Place]]


@dataclass(frozen=True, slots=True)
class Reading:
    """
    What one source said when it was read.

    Attributes:
        address: Where it was read, as the operator named it.
        films: Each id once.
        places: Where it was said, by (film id, field); for messages only.
        overrides: Corrections of what this and all other sources say.
        reads: By film id, a name for the state of the file that tells of it; another state
            has another one.
        states: Such a name for each file, by the file's.
    """

    films: tuple[Film, ...] = ()
    sources: tuple[Source, ...] = ()
    address: str = ""
    places: Mapping[tuple[str, str], Place] = field(default_factory=dict)
    overrides: tuple[Override, ...] = ()
    reads: Mapping[str, str] = field(default_factory=dict)
    states: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, order=True)
class Conflict:
    """
    Two sources name different dates for one release; the first one's stands.

    Attributes:
        stands: The date published, as announced.
        other: The date that the source *by* names.
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
    What all sources say together.

    Attributes:
        films: By id, sorted.
        sources: Those that films cite, by id, sorted.
        notes: What whoever keeps the overrides should know of them, one line each.
        recheck: The next civil day on which an override ends or has outlived its date.
        reads: By film id and the id of a machine source that it cites, a name for the state
            in which the two were read.
        states: By file, a name for the state it was read in.
        overridden: Releases that overrides correct now, be they told of or not.
    """

    films: Mapping[str, Film]
    sources: Mapping[str, Source]
    notes: tuple[str, ...] = ()
    recheck: date | None = None
    reads: Mapping[tuple[str, str], str] = field(default_factory=dict)
    states: Mapping[str, str] = field(default_factory=dict)
    overridden: frozenset[ReleaseKey] = frozenset()

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        """Where sources differ, sorted."""
        releases = (release for film in self.films.values() for release in film.releases)
        return tuple(
            sorted(_conflict(release, other) for release in releases for other in release.contested)
        )


def merge(
    readings: Sequence[Reading],
    today: date | None = None,
    around: Mapping[str, Film] = MappingProxyType({}),
) -> Catalogue:
    """
    Return what *readings* say together; an earlier one has precedence, overrides most.

    *today* (a civil day) decides which overrides still hold; without it all do. Where
    *readings* tell of some films only, *around* has, by id, whichever others those lead to.

    Raises:
        DataError: A film refers to one that nobody tells of, or follows itself.
    """
    told: dict[str, list[Film]] = defaultdict(list)
    sources: dict[str, Source] = {}
    for reading in readings:
        for film in reading.films:
            told[film.id].append(replace(film, told_by=(reading.address,)))
        sources = {**{source.id: source for source in reading.sources}, **sources}
    machines = {id_ for id_, source in sources.items() if source.machine}
    films = {id_: _merge_films(without_placeholders(told[id_], machines)) for id_ in sorted(told)}
    corrections = [override for reading in readings for override in reading.overrides]
    outcome = overrides.apply(corrections, films, today)
    films |= outcome.films
    sources |= outcome.sources
    films = dict(sorted({**around, **films}.items()))
    # Only looked into for messages: a large source works its places out when asked.
    places = [reading.places for reading in readings]
    found = chain(_dangling(films, places), _circular(films, places))
    problems = list(islice(found, MAX_PROBLEMS))
    if problems:
        more = sum(1 for _ in found)
        raise DataError([*problems, *_rest(problems[-1].place.origin, more)])
    return Catalogue(
        films,
        dict(sorted(sources.items())),
        outcome.notes,
        outcome.recheck,
        reads=_reads(readings, machines),
        states={name: state for reading in readings for name, state in reading.states.items()},
        overridden=outcome.releases,
    )


def _reads(
    readings: Sequence[Reading], machines: AbstractSet[str]
) -> Mapping[tuple[str, str], str]:
    reads: dict[tuple[str, str], str] = {}
    for reading in readings if machines else ():
        for film in reading.films:
            cited = {past.source for release in film.releases for past in release.history}
            for id_ in cited & machines:
                name = reading.reads.get(film.id, "")
                reads[film.id, id_] = f"{reads.get((film.id, id_), '')} {name}".lstrip()
    return reads


def _merge_films(told: Sequence[Film]) -> Film:
    """Return one film; of each fact the first account that has it, of releases all."""
    film = told[0]
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
            releases=_merge_releases(film.releases, other.releases),
            windows=film.windows or other.windows,
            told_by=film.told_by + other.told_by,
            told_in=film.told_in + other.told_in,
        )
    return film


def _merge_releases(told: tuple[Release, ...], others: tuple[Release, ...]) -> tuple[Release, ...]:
    releases = {release.key: release for release in told}
    for other in others:
        release = releases.get(other.key)
        if release is None:
            releases[other.key] = other
            continue
        contested = release.contested
        if _contradicts(release, other.current):
            contested += (other.current,)
        earlier = [rev for rev in other.history if _is_known(rev, release.history)]
        history = weave(release.history, earlier, corroborate)
        releases[other.key] = replace(
            release, history=history, note=release.note or other.note, contested=contested
        )
    return tuple(releases.values())


def _is_known(revision: Revision, history: Sequence[Revision]) -> bool:
    """Whether *revision* belongs in *history* without changing how it ends."""
    if any(revision.statement == known.statement for known in history):
        return True
    known_by = history[-1].as_of
    return bool(revision.as_of and known_by and revision.as_of < known_by)


def _contradicts(release: Release, other: Revision) -> bool:
    """
    Whether *other* cannot be true where *release* is.

    A coarser date around a finer one is agreement, and so is one that *release* had
    before: that source has not heard of the change yet.
    """
    current = release.current
    if any(other.statement == past.statement for past in release.history):
        return False
    if current.when is None or other.when is None:
        return current.status != other.status
    agrees = current.when.contains(other.when) or other.when.contains(current.when)
    return not agrees or current.status != other.status


def _conflict(release: Release, other: Revision) -> Conflict:
    return Conflict(release.key, said(release.current), said(other), other.source)


def _rest(origin: str, more: int) -> Sequence[Problem]:
    """Return one problem that stands for *more* of them, if there are any."""
    what = f"{more:,} more like the {MAX_PROBLEMS:,} of which this tells"
    return [Problem(Place(origin), what, "mend these first")] if more else ()


def _dangling(films: Mapping[str, Film], places: _Places) -> Iterable[Problem]:
    led = ((film, *said) for film in films.values() for said in references(film))
    nowhere = ((film, name, other) for film, name, other in led if other not in films)
    for number, (film, name, other) in enumerate(nowhere):
        guess = nearest(other, films) if number < _MAX_GUESSES else ""
        yield Problem(
            _place(places, film, name),
            f"{name} leads nowhere: there is no film {other!r}",
            guess or "add that film, or take the line out",
        )


def references(film: Film) -> Iterable[tuple[str, str]]:
    """Return (field, film id) for each film that *film* mentions, each pair once."""
    pairs = [("follows", film.follows)]
    for release in film.releases:
        for revision in release.history:
            pairs += [("slot_from", revision.slot_from), ("slot_to", revision.slot_to)]
    return dict.fromkeys(pair for pair in pairs if pair[1])


def _circular(films: Mapping[str, Film], places: _Places) -> Iterable[Problem]:
    """Report each circle once, at the film of it that sorts first."""
    settled: set[str] = set()
    for start in films:
        path: dict[str, None] = {}  # a set in order
        film_id = start
        while film_id in films and film_id not in settled and film_id not in path:
            path[film_id] = None
            film_id = films[film_id].follows
        if film_id in path:
            way = list(path)
            circle = way[way.index(film_id) :]
            film = films[min(circle)]
            yield Problem(
                _place(places, film, "follows"),
                f"follows goes in a circle: {' → '.join([*_shortened(circle), film_id])}",
                "the first film of a series follows none",
            )
        settled.update(path)


def _shortened(circle: list[str]) -> list[str]:
    """Return *circle* as a message can show it."""
    return circle if len(circle) <= _MAX_SHOWN else [*circle[: _MAX_SHOWN - 1], "…", circle[-1]]


def _place(places: _Places, film: Film, field_name: str) -> Place:
    """Return where the first source that does says *field_name*, or else names *film*."""
    for key in ((film.id, field_name), (film.id, "id")):
        for known in places:
            if key in known:
                return known[key]
    return Place(film.id)
