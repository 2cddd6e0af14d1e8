"""Readings: documents, checked in all their parts and put together as one source's word."""

from collections import ChainMap, Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from releasecal.core.catalogue import Reading
from releasecal.core.models import Film, Release, SeriesPlace, Source, slugify
from releasecal.core.overrides import Override
from releasecal.errors import MAX_PROBLEMS, DataError, Place, Problem
from releasecal.sources import outlines
from releasecal.sources.notation.text import Steps, shown
from releasecal.sources.outlines import Outline
from releasecal.sources.schema import messages
from releasecal.sources.schema.records import (
    FileRecord,
    FilmRecord,
    OverrideRecord,
    Record,
    SourceRecord,
)
from releasecal.sources.schema.rules import Finding, findings
from releasecal.sources.snapshot import NOTATIONS, Document

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""


def no_progress(_what: str, _done: int, _all: int) -> None:
    """Show nothing."""


R = TypeVar("R", bound=Record)

_PLACED = ("id", "follows", "slot_from", "slot_to")
_FILMS_A_STEP = 1_000  # between two calls of progress


@dataclass(frozen=True, slots=True)
class _Spot:
    """Something in a document; where that is, is worked out only if somebody asks."""

    document: Document
    steps: Steps

    def place(self, *more: str | int, at_name: bool = False) -> Place:
        return self.document.place((*self.steps, *more), at_name=at_name)


@dataclass(frozen=True, slots=True)
class Account:
    """
    What a source said, right or wrong.

    Attributes:
        reading: All of it, if there are no *problems*; else whatever of it is right, so
            that what refers to it can be checked all the same.
        problems: In no order; empty if all is well.
        is_whole: Whether every film it tells of could be made out.
        outlines: Of each of its files, by name.
    """

    reading: Reading
    problems: Sequence[Problem] = ()
    is_whole: bool = True
    outlines: Mapping[str, Outline] = field(default_factory=dict)


def assemble(
    documents: Sequence[Document], problems: Sequence[Problem], progress: Progress
) -> Account:
    """
    Return what *documents* say together, films in the order of the data.

    *problems* are those of files that could not even be opened.
    """
    check = _Check(problems)
    parts = [(document, check.open(document)) for document in documents]
    told = {document.origin: _outline(document, part) for document, part in parts}
    check.learn_sources(part.get("sources", ()) for _, part in parts)
    for spot, raw in _raws(parts, "sources", check):
        check.add_source(spot, raw)
    done, total = 0, sum(len(part.get("films", ())) for _, part in parts)
    for document, part in parts:
        raws = part.get("films", [])
        for number, raw in enumerate(raws):
            if document.origin not in check.full:
                check.add_film(_Spot(document, ("films", number)), raw)
            raws[number] = None  # the next ones may need the room
            done += 1
            if done % _FILMS_A_STEP == 0:
                progress(document.origin, done, total)
    for spot, raw in _raws(parts, "overrides", check):
        check.add_override(spot, raw)
    reading = Reading(
        films=tuple(check.films.values()),
        sources=tuple(check.sources),
        places=check.places,
        overrides=tuple(check.overrides),
        reads=check.reads({document.origin: document.state for document in documents}),
        states={document.origin: name_of(document.state) for document in documents},
    )
    return Account(reading, check.problems, check.is_whole, told)


def _outline(document: Document, part: Mapping[str, list[Any]]) -> Outline:
    """Return the outline of a *document* that has the lists of *part*."""
    is_json = document.notation is NOTATIONS[".json"]
    pieces = outlines.cut(document) if is_json else outlines.cut_values(part)

    def ids(name: str, of: str) -> tuple[str, ...]:
        return tuple(str(raw.get(of)) for raw in part.get(name, ()) if isinstance(raw, dict))

    return replace(
        outlines.outline(document.digest, pieces, ids("films", "id")),
        declares=ids("sources", "id"),
        corrects=ids("overrides", "film"),
    )


def name_of(state: str) -> str:
    """Return a short name for *state*, which another one does not have."""
    return blake2b(state.encode(), digest_size=8).hexdigest()


def reassemble(
    films: Iterable[tuple[Document, int, object]],
    outlines: Mapping[str, Outline],
    states: Mapping[str, str],
) -> Reading | None:
    """
    Return what *films* (where, which number, what) say, or None if anything is wrong with it.

    *outlines* and *states* are those of all files of the address, by name. It has no places:
    where something is wrong, everything is read.
    """
    check = _Check(())
    check.declare(id_ for outline in outlines.values() for id_ in outline.declares)
    for document, number, raw in films:
        check.add_film(_Spot(document, ("films", number)), raw)
    if check.problems:
        return None
    return Reading(
        films=tuple(check.films.values()),
        reads=check.reads(states),
        states={name: name_of(state) for name, state in states.items()},
    )


def _raws(
    parts: Sequence[tuple[Document, Mapping[str, list[Any]]]], name: str, check: "_Check"
) -> Iterator[tuple[_Spot, Any]]:
    """Yield what the lists called *name* hold, without the rest of files that are full."""
    for document, part in parts:
        for number, raw in enumerate(part.get(name, ())):
            if document.origin not in check.full:
                yield _Spot(document, (name, number)), raw


class _Check:
    """
    Takes the parts of documents one by one, and keeps what is right and what is wrong.

    Attributes:
        films: By id; without those parts that are wrong.
        film_spots: Where each film id was first used.
        is_whole: Whether every document could be made out.
        full: Files that have had their share of problems, and are looked at no further.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = list(problems)
        self.is_whole = not problems
        self.full: set[str] = set()
        self._told: Counter[str] = Counter()
        self.sources: list[Source] = []
        self.films: dict[str, Film] = {}
        self.film_spots: dict[str, _Spot] = {}
        self.overrides: list[Override] = []
        self._corrections: list[tuple[Film, _Spot]] = []
        self._source_spots: dict[str, _Spot] = {}
        self._series: dict[str, tuple[str, _Spot]] = {}
        self._known_sources: frozenset[str] | None = None

    def open(self, document: Document) -> Mapping[str, list[Any]]:
        """Return the lists that *document* has at its top."""
        try:
            value = document.parse()
        except DataError as error:
            self.problems += error.problems
            self.is_whole = False
            return {}
        if not isinstance(value, dict):
            self._record(FileRecord, _Spot(document, ()), value)
            self.is_whole = False
            return {}
        lists = {name: part for name, part in value.items() if isinstance(part, list)}
        self._record(FileRecord, _Spot(document, ()), value | dict.fromkeys(lists, ()))
        return lists

    def learn_sources(self, parts: Iterable[Sequence[Any]]) -> None:
        """Note which sources may be cited: any, if a file that may declare some is broken."""
        raws = [raw for part in parts for raw in part if isinstance(raw, dict)]
        if self.is_whole:
            self.declare(str(raw.get("id")) for raw in raws)

    def declare(self, ids: Iterable[str]) -> None:
        """Note that no other sources than those with *ids* may be cited."""
        self._known_sources = frozenset(ids)

    def add_source(self, spot: _Spot, raw: object) -> None:
        """Take one source."""
        self._note_id("source", raw, spot, self._source_spots)
        record, _ = self._record(SourceRecord, spot, raw)
        if record:
            self.sources.append(record.source())

    def add_film(self, spot: _Spot, raw: object) -> None:
        """Take one film; of one that is wrong in parts, hold the other parts to the rules."""
        id_ = self._note_id("film", raw, spot, self.film_spots)
        record, errors = self._record(FilmRecord, spot, raw)
        numbers: _Numbers = {}
        if not record and isinstance(raw, dict):
            sound, numbers = _sound(raw, errors)
            record, _ = _validate(FilmRecord, sound, self._known_sources)
        if record:
            film = replace(record.film(), told_in=(spot.document.origin,))
            if film.id == id_:  # and not one that `_sound` made up
                self.films.setdefault(film.id, film)
            self._apply_rules(film, spot, numbers)

    def add_override(self, spot: _Spot, raw: object) -> None:
        """Take one correction; of one that is wrong nothing counts."""
        record, _ = self._record(OverrideRecord, spot, raw)
        if not record:
            return
        film = record.corrections()
        # No source of a file can have this id, for a colon is in none.
        by = Source(f"override:{slugify(record.by)}", title=f"Correction by {record.by}")
        self._apply_rules(film, spot, {})
        self._corrections.append((film, spot))
        self.overrides.append(
            Override(
                film=film.id,
                by=record.by,
                why=record.why,
                source=by,
                place=spot.place(),
                until=record.until,
                title=film.title,
                releases=tuple(_corrected(release, record.why, by) for release in film.releases),
                windows=film.windows,
            )
        )

    def reads(self, states: Mapping[str, str]) -> Mapping[str, str]:
        """Return by film id a name for the state of its file, given the *states* of all."""
        names = {name: name_of(state) for name, state in states.items()}
        return {id_: names[self.film_spots[id_].document.origin] for id_ in self.films}

    @property
    def places(self) -> Mapping[tuple[str, str], Place]:
        """Where everything was said; of what is overridden, where that was."""
        said = [Places({film.id: film}, {film.id: spot}) for film, spot in self._corrections]
        maps: list[Any] = [*said, Places(self.films, self.film_spots)]  # which nobody writes to
        return ChainMap(*maps)

    def _apply_rules(self, film: Film, spot: _Spot, numbers: "_Numbers") -> None:
        self._complain(spot, (_broken(finding, spot, numbers) for finding in findings(film)))
        for number, series in enumerate(film.series):
            title = _Spot(spot.document, spot.steps + _back(("series", number, "title"), numbers))
            self._compare_series(series, title)

    def _compare_series(self, series: SeriesPlace, spot: _Spot) -> None:
        """Note if another film calls *series* by another title."""
        title, first = self._series.setdefault(series.id, (series.title, spot))
        if series.title != title:
            what = f"title: the series {series.id} is {shown(title)} at {first.place()}"
            self._complain(spot, [Problem(spot.place(), what, "give it one title")])

    def _note_id(self, noun: str, raw: object, spot: _Spot, spots: dict[str, _Spot]) -> str:
        """Return the id that *raw* gives, be it right or not, and note if it was used before."""
        id_ = raw.get("id") if isinstance(raw, dict) else None
        if not isinstance(id_, str | int):
            return ""
        first = spots.setdefault(str(id_), spot)
        if first is not spot:
            what = f"id: there is another {noun} {shown(str(id_))} at {first.place('id')}"
            remedy = "give one of them another id, or join the two"
            self._complain(spot, [Problem(spot.place("id"), what, remedy)])
        return str(id_)

    def _record(
        self, shape: type[R], spot: _Spot, raw: object
    ) -> tuple[R | None, list[ErrorDetails]]:
        """Return *raw* as a record, or note what is wrong with it."""
        record, errors = _validate(shape, raw, self._known_sources)
        self._complain(spot, (messages.problem(error, spot.steps, spot.place) for error in errors))
        return record, errors

    def _complain(self, spot: _Spot, problems: Iterable[Problem]) -> None:
        """Note *problems*, worked out one by one, for as long as its file is not full."""
        origin = spot.document.origin
        if origin in self.full:
            return
        for problem in problems:
            if self._told[origin] == MAX_PROBLEMS:
                what = f"more than {MAX_PROBLEMS:,} problems"
                remedy = "mend these first: the rest of the file has not been looked at"
                self.problems.append(Problem(Place(origin), what, remedy))
                self.full.add(origin)
                self.is_whole = False
                break
            self._told[origin] += 1
            self.problems.append(problem)


def _corrected(release: Release, why: str, by: Source) -> Release:
    """Return *release* with its revision in force said by *by*, unless that cites another."""
    *earlier, current = release.history
    current = replace(current, source=current.source or by.id, reason=current.reason or why)
    return replace(release, history=(*earlier, current))


_Numbers = Mapping[str, Sequence[int]]
"""By list: which members of the original the remaining ones are."""


def _validate(
    shape: type[R], raw: object, known_sources: frozenset[str] | None
) -> tuple[R | None, list[ErrorDetails]]:
    try:
        return shape.model_validate(raw, context=known_sources), []
    except ValidationError as error:
        return None, error.errors(include_url=False)


def _sound(
    raw: Mapping[str, Any], errors: Sequence[ErrorDetails]
) -> tuple[dict[str, Any], _Numbers]:
    """Return a film without its wrong parts; if need be, with an id and title of no meaning."""
    wholly = {error["loc"][0] for error in errors if len(error["loc"]) == 1}
    partly = {error["loc"][:2] for error in errors if error["loc"]}
    sound: dict[str, Any] = {"id": "film", "title": "film"}
    numbers = {}
    for name, part in raw.items():
        if name not in wholly and isinstance(part, list):
            numbers[name] = [number for number in range(len(part)) if (name, number) not in partly]
            sound[name] = [part[number] for number in numbers[name]]
        elif not any(name == first for first, *_ in partly):
            sound[name] = part
    return sound, numbers


def _back(steps: Steps, numbers: _Numbers) -> Steps:
    """Return the way in the original for *steps* in what `_sound` left of it."""
    name, number, *rest = steps
    if name in numbers and isinstance(number, int):
        number = numbers[str(name)][number]
    return (name, number, *rest)


def _broken(finding: Finding, spot: _Spot, numbers: _Numbers) -> Problem:
    """Return the *finding* in the film at *spot* with its place."""
    what = finding.what
    if finding.first:
        what += f", first at {spot.place(*_back(finding.first, numbers))}"
    return Problem(spot.place(*_back(finding.steps, numbers)), what, finding.remedy)


class Places(Mapping[tuple[str, str], Place]):
    """
    Where films say who they are and which others they refer to, by (film id, field).

    The fields are id, follows, slot_from and slot_to. Places are worked out when they are
    asked for, so keeping them costs no more than the octets of the documents.
    """

    def __init__(self, films: Mapping[str, Film], spots: Mapping[str, _Spot]) -> None:
        """Know that the film of each id was told of at the spot of that id."""
        self._films = films
        self._spots = spots

    def __getitem__(self, key: tuple[str, str]) -> Place:
        film_id, name = key
        ways = _ways(self._films[film_id], name)
        if not ways:
            raise KeyError(key)
        # A way that does not exist ends early, at what would hold it.
        return max(self._spots[film_id].place(*way) for way in ways)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        for film_id, film in self._films.items():
            yield from ((film_id, name) for name in _PLACED if _ways(film, name))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _ways(film: Film, name: str) -> list[Steps]:
    """Return the ways there can be from *film* to its first field *name*."""
    if name in ("id", "follows"):
        return [(name,)] if getattr(film, name) else []
    for number, release in enumerate(film.releases):
        for which, revision in enumerate(release.history):
            if getattr(revision, name):
                way = ("releases", number)
                return [(*way, "revisions", which, name), (*way, name)]
    return []
