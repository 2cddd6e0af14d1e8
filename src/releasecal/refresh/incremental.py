"""
Increments: the next edition from the few films that have changed.

If one date moves in a catalogue of a hundred thousand films, that one film is read, merged and
compared. The result equals that of a whole read (a property test compares them); where that is
not certain, there is no increment, and everything is read.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import chain

from releasecal import sources
from releasecal.core.catalogue import Catalogue, Reading, merge, references
from releasecal.core.changes import Change
from releasecal.core.editions import Edition, on_record
from releasecal.core.loss_guard import losses
from releasecal.core.models import Film
from releasecal.core.namesakes import folded
from releasecal.core.renaming import with_present_ids
from releasecal.core.revise import Policy, Scope, revise
from releasecal.core.value_classes import dataclass, replace
from releasecal.errors import DataError, as_problem, condensed
from releasecal.refresh.source_fallback import SourceReader
from releasecal.sources import ChangedFilms, Outline
from releasecal.store import Store, film_ids, film_queries, last_good_files, newest_edition
from releasecal.store.edition_difference import EditionNews

_MAX_FILMS = 5_000  # of one increment, neighbours included


@dataclass(frozen=True, slots=True)
class ReadFile:
    """
    A file that was read well.

    Attributes:
        packed: Its octets, as the store packs them: many are large.
    """

    outline: Outline
    packed: bytes

    @classmethod
    def of(cls, outline: Outline, octets: bytes) -> "ReadFile":
        """Return the file with *outline* and *octets*."""
        return cls(outline, last_good_files.pack(octets))


@dataclass(frozen=True, slots=True)
class NextEdition:
    """
    An edition and the one that it follows.

    Attributes:
        before: The newest edition in the store, as much of it as was compared.
        edition: The following one, as much of it.
        changes: Changes that subscribers see, by key, unless *news* has them.
        catalogue: Facts of the sources, as much of them.
        files: The files that were read, by address and name.
        anew: Addresses of which *files* has all; None where only changed films were read.
        gone: Files that are there no more, by address and name, where only changed films were read.
        news: The differences, of a whole read, whose editions are without films and entries.
    """

    before: Edition
    edition: Edition
    changes: tuple[Change, ...]
    catalogue: Catalogue
    files: Mapping[tuple[str, str], ReadFile]
    anew: tuple[str, ...] | None = None
    news: EditionNews | None = None
    gone: Collection[tuple[str, str]] = ()

    @property
    def is_whole(self) -> bool:
        """Whether all sources were read as a whole."""
        return self.anew is not None

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes about the facts that were read: those that do not count first."""
        left_out = condensed(chain(*self.catalogue.left_out.values()), as_problem)
        return (*map(str, left_out), *self.catalogue.notes)


def increment(  # noqa: PLR0913 - the differences, the moment, and what else decides
    store: Store,
    reader: SourceReader,
    parts: Sequence[ChangedFilms],
    *,
    now: datetime,
    today: date,
    policy: Policy,
) -> NextEdition | None:
    """
    Return the next edition, or None if only a whole read can tell.

    *parts* are the differences of each address; *now* is UTC, *today* the civil day on which
    the sources are read.
    """
    changed = frozenset(chain(*(part.touched for part in parts)))
    waiting = {key.film for key in store.ask(newest_edition.pending)}
    touched = store.ask(film_ids.with_other_ids, changed | waiting)
    readings = [sources.read_films(part, touched) for part in parts]
    told = [reading for reading in readings if reading is not None]
    if len(touched) > _MAX_FILMS or len(told) < len(parts) or _claims(store, told) - touched:
        return None
    titles = _titles(store, touched, told)
    dependent = _dependent(store, touched, titles)
    if dependent is None:
        return None
    scope = touched | dependent
    around = _around(store, touched, told, dependent)
    if len(scope) + len(around) > _MAX_FILMS or not _is_one_series(store, told):
        return None
    before = store.ask(newest_edition.edition, scope, around)
    # The cited sources are the same as before: a change among them needs a whole read.
    told[0] = replace(told[0], sources=tuple(before.sources.values()))
    try:
        catalogue = merge(told, today, around, on_record(before))
    except DataError:  # a whole read knows its place
        return None
    catalogue = replace(catalogue, looks=reader.looks(_declared(parts)))
    only = Scope(scope, judged=scope)
    edition, changes = revise(before, catalogue, now=now, policy=policy, scope=only)
    # The title of an override may have namesakes of its own.
    is_renamed = any(film.title not in titles for film in _of(touched, catalogue))
    # Only a whole read can tell.
    is_unsure = is_renamed or _is_mended(before, catalogue) or _has_gone(before, edition)
    if is_unsure or losses(before, edition, reader.addresses, today, is_part=True):
        return None
    gone = [(part.address, name) for part in parts for name in sorted(part.gone)]
    return NextEdition(before, edition, changes, catalogue, _files(parts), gone=gone)


def _of(ids: Collection[str], catalogue: Catalogue) -> Iterable[Film]:
    return (catalogue.films[id_] for id_ in catalogue.films.keys() & set(ids))


def _has_gone(before: Edition, edition: Edition) -> bool:
    """Whether a release of *before* has another key in *edition*."""
    return not before.entries.keys() <= edition.entries.keys()


def _is_mended(before: Edition, catalogue: Catalogue) -> bool:
    """Whether a film of *before* has another id in *catalogue*, or seems to."""
    # What mentions a film changes with its id, and a note about it has a place.
    return with_present_ids(before, catalogue.renames) is not before or bool(
        catalogue.likely_renames
    )


def _claims(store: Store, told: Sequence[Reading]) -> frozenset[str]:
    """Return the ids that films in *told* had before, and those of films with a ref of theirs."""
    films = [film for reading in told for film in reading.films]
    refs = {ref for film in films for ref in film.refs}
    former = frozenset(old for film in films for old in film.other_ids)
    return former | store.ask(film_queries.alike, refs)


def _declared(parts: Sequence[ChangedFilms]) -> Mapping[str, Sequence[str]]:
    """Return the ids of the sources that each address declares."""
    return {
        part.address: [*chain(*(outline.declares for outline in part.outlines.values()))]
        for part in parts
    }


def _files(parts: Sequence[ChangedFilms]) -> Mapping[tuple[str, str], ReadFile]:
    """Return the changed files, by address and name."""
    return {
        (part.address, name): ReadFile.of(part.outlines[name], part.cuts[name][0].data)
        for part in parts
        for name in part.changed
    }


def _titles(store: Store, touched: Collection[str], told: Sequence[Reading]) -> frozenset[str]:
    """Return the titles that the *touched* films have now or had before."""
    now = [film.title for reading in told for film in reading.films]
    return frozenset([*now, *store.ask(film_queries.titles, touched).values()])


def _dependent(
    store: Store, touched: Collection[str], titles: Collection[str]
) -> frozenset[str] | None:
    """
    Return the films whose events change with *touched* ones, which have or had *titles*.

    These are the films that mention a touched one, and the namesakes of the touched ones. It
    is None if one that mentions has other namesakes: only a whole read tells those apart.
    """
    mentioning = store.ask(film_queries.mentioning, touched)
    namesakes = store.ask(film_queries.namesakes, titles)
    others = mentioning - namesakes - frozenset(touched)
    theirs = store.ask(film_queries.titles, others)
    has_twins = len({folded(title) for title in theirs.values()}) < len(theirs)
    has_twins |= bool(store.ask(film_queries.namesakes, [*theirs.values()]) - others)
    return None if has_twins else mentioning | namesakes


def _around(
    store: Store,
    touched: Collection[str],
    told: Sequence[Reading],
    dependent: Collection[str],
) -> Mapping[str, Film]:
    """
    Return the neighbours of the *touched* films, by id; none of them is touched itself.

    Neighbours are the *dependent* films, which mention a touched one, the films that touched
    and dependent ones mention, and the films before those, back to the first of each.
    """
    found: dict[str, Film] = {}
    # What is on record of a machine's film stands as long as a change of it is pending.
    films = [*store.ask(film_queries.films, touched).values()]
    films += (film for reading in told for film in reading.films)
    mentioned = {other for film in films for _, other in references(film)}
    ahead = {*store.ask(film_ids.present_ids, mentioned).values(), *dependent}
    while ahead := ahead - found.keys() - set(touched):
        fetched = store.ask(film_queries.listed_films, ahead)
        found |= fetched
        if len(found) > _MAX_FILMS:
            break
        ahead = {film.follows for film in fetched.values()} - {""}
        ahead |= {
            other
            for id_ in fetched.keys() & set(dependent)
            for _, other in references(fetched[id_])
        }
    return found


def _is_one_series(store: Store, told: Sequence[Reading]) -> bool:
    """Whether each series in the readings *told* has its title in the stored films."""
    for reading in told:
        for film in reading.films:
            for place in film.series:
                if store.ask(film_queries.series_titles, place.id) - {place.title}:
                    return False
    return True
