"""Validation: every problem of a source at its place, all at once, and all that is right."""

from collections import ChainMap, Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from releasecal.core.catalogue import Reading
from releasecal.core.film_storage import MEMORY, Room
from releasecal.core.models import Film, Release, SeriesPlace, Source, slugify
from releasecal.core.overrides import Override
from releasecal.core.reading_date_phrases import read_date
from releasecal.core.window_rules import WindowRule
from releasecal.errors import MAX_PROBLEMS, DataError, Place, Problem
from releasecal.sources.changed_films import (
    ChangedFilms,
    FilmsToParse,
    film_by_film,
    outline_of,
)
from releasecal.sources.notation.clean_text import Steps, clean, clean_id, shown
from releasecal.sources.notation.remedy_wording import YAML, in_words
from releasecal.sources.read_result import Progress, ReadResult
from releasecal.sources.schema import messages
from releasecal.sources.schema.base_record import Record
from releasecal.sources.schema.records import (
    FileRecord,
    FilmRecord,
    OverrideRecord,
    SourceRecord,
    WindowRuleRecord,
)
from releasecal.sources.schema.rules import Finding, findings
from releasecal.sources.sidecar_layout import misplaced
from releasecal.sources.snapshot import MANY_OCTETS, Snapshot, Spot

R = TypeVar("R", bound=Record)
T = TypeVar("T")

_NOUNS = {
    "sources": "source",
    "films": "film",
    "windows": "window",
    "overrides": "override of",
}
_FILMS_A_STEP = 1_000  # between two calls of progress

_VITAL = (("id",), ("title",), ())  # of a film; without them it is none
_OF_A_SOURCE = "source "
_DAYS = ("published", "retrieved")
_EXAMPLES = {"table": "csv", "calendar": "ics"}  # of endings

_WaysByField = Mapping[str, Sequence[Steps]]
"""The ways that may lead to the place of a field, by its name."""

_Lists = Mapping[str, Collection[Any]]
"""The lists at the top of a file, by name; the films of a large one may be still to parse."""


def validate(
    snapshots: Sequence[Snapshot],
    problems: Sequence[Problem],
    progress: Progress,
    address: str = "",
    room: Room = MEMORY,
) -> ReadResult:
    """
    Return the facts of *snapshots* together, films in the order of the data, for which there is *room*.

    *problems* are those of files that could not be opened. Films are told by *address*, if given.
    """
    try:
        return _validated(snapshots, _Check(problems, address, room=room), progress)
    except DataError:  # a film of a large file cannot be parsed: only all of it tells its place
        check = _Check(problems, address, room=room, is_film_by_film=False)
        return _validated(snapshots, check, progress)


def _validated(snapshots: Sequence[Snapshot], check: "_Check", progress: Progress) -> ReadResult:
    """Return the facts of *snapshots*, each taken by *check*."""
    files = [(snapshot, check.open(snapshot)) for snapshot in snapshots]
    outlines = {snapshot.origin: outline_of(snapshot, lists) for snapshot, lists in files}
    if check.is_whole:  # or else the broken file may declare any source
        check.declare(id_ for outline in outlines.values() for id_ in outline.declares)
    for spot, raw in check.members(files, "sources"):
        check.add_source(spot, raw)
    for spot, raw in check.members(files, "windows"):
        check.add_rule(spot, raw)
    total = sum(len(lists.get("films", ())) for _, lists in files)
    for done, (spot, raw) in enumerate(check.members(files, "films"), start=1):
        check.add_film(spot, raw)
        if done % _FILMS_A_STEP == 0:
            progress(spot.snapshot.origin, done, total)
    for spot, raw in check.members(files, "overrides"):
        check.add_override(spot, raw)
    cut_short = {problem.place.origin for problem in check.left_out}
    check.refuse(sorted(cut_short - check.filled))
    outlines |= {name: replace(outlines[name], is_partial=True) for name in cut_short}
    by_name = {snapshot.origin: snapshot for snapshot in snapshots}
    return ReadResult(check.reading(), check.problems, check.is_whole, outlines, by_name)


def read_films(changed: ChangedFilms, ids: Collection[str]) -> Reading | None:
    """
    Return the facts of the films with *ids*, or None if only a whole read can tell.

    It has no places: where something is wrong, everything is read.
    """
    raws = changed.raw_films(ids)
    if raws is None:
        return None
    check = _Check(())
    check.declare(id_ for outline in changed.outlines.values() for id_ in outline.declares)
    for spot, raw in raws:
        check.add_film(spot, raw)
    rules = [
        WindowRuleRecord.model_validate(raw).rule()
        for outline in changed.outlines.values()
        for raw in outline.rules
    ]
    if check.problems or check.left_out:
        return None
    return replace(
        check.reading(), places={}, notes=(), address=changed.address, rules=tuple(rules)
    )


def sound_film(raw: Mapping[str, Any], origin: str) -> tuple[dict[str, Any], Sequence[Problem]]:
    """
    Return the film *raw*, plain values, without the parts that break the rules.

    With it comes a problem for each of them, at *origin*. A film whose id or title is wrong
    is empty.
    """
    problems: list[Problem] = []
    whole = Place(f"{origin}: {_owner('film', 0, raw)}")
    record, errors = _validate(FilmRecord, raw, None)
    problems += (messages.problem(error, ("films", 0), lambda *_, **__: whole) for error in errors)
    if errors:
        raw, _ = _sound(raw, errors)
        record, _ = _validate(FilmRecord, raw, None)
    while record and record.title and (broken := next(findings(record.film()), None)):
        problems.append(Problem(whole, broken.what, in_words(broken.remedy, YAML)))
        name, number, *_ = broken.steps
        raw = {**raw, str(name): [part for at, part in enumerate(raw[str(name)]) if at != number]}
        record, _ = _validate(FilmRecord, raw, None)
    is_kept = record is not None and not any(error["loc"][:1] in _VITAL for error in errors)
    return dict(raw) if is_kept else {}, problems


class _Check:
    """
    Takes the parts of files one by one, and keeps facts and problems.

    Attributes:
        films: By id; without their wrong parts.
        left_out: Problems of tables, whose wrong parts alone do not count.
        is_whole: Whether every file could be made out.
        full: Files with their share of problems, which are looked at no further.
        filled: Tables with at least one right row.
    """

    def __init__(
        self,
        problems: Sequence[Problem],
        address: str = "",
        *,
        room: Room = MEMORY,
        is_film_by_film: bool = True,
    ) -> None:
        self._told_by = (address,) if address else ()
        self._is_film_by_film = is_film_by_film
        self.problems = list(problems)
        self.notes: list[Problem] = []
        self.left_out: list[Problem] = []
        self.is_whole = not problems
        self.full: set[str] = set()
        self.filled: set[str] = set()
        self.films = room.films()
        self._octets = 0  # of the files that were opened
        self._sources: list[SourceRecord] = []
        self._machines: set[str] = set()  # ids of those of them that are
        self._rules: list[WindowRule] = []
        self._overrides: list[Override] = []
        self._corrections: list[tuple[Film, Spot]] = []
        self._count: Counter[str] = Counter()  # of problems, by file
        self._spots: dict[str, dict[str, Spot]] = {"film": {}, "source": {}}  # first use of ids
        self._series: dict[str, tuple[str, Spot]] = {}
        self._known_sources: frozenset[str] | None = None

    def open(self, snapshot: Snapshot) -> _Lists:
        """Return the lists at the top of *snapshot*."""
        size = len(snapshot.data)
        self._octets += size
        is_large = size > MANY_OCTETS
        value: object = film_by_film(snapshot) if is_large and self._is_film_by_film else None
        try:
            value = value or snapshot.parse()
        except DataError as error:
            self.problems += error.problems
            self.is_whole = False
            return {}
        self.notes += snapshot.remarks()
        self._complain(Spot(snapshot), snapshot.slips())
        if not isinstance(value, dict):
            self._record(FileRecord, Spot(snapshot), value)
            self.is_whole = False
            return {}
        lists = {
            name: part for name, part in value.items() if isinstance(part, (list, FilmsToParse))
        }
        self._record(FileRecord, Spot(snapshot), value | dict.fromkeys(lists, ()))
        if name := misplaced(snapshot.origin, [name for name, part in value.items() if part]):
            what = f"{name}: it tells of a {name} that the file is not called after"
            remedy = f"call the file films.{_EXAMPLES[name]}.yaml"
            self._complain(Spot(snapshot), [Problem(Spot(snapshot).place(name), what, remedy)])
        return lists

    def members(
        self, files: Sequence[tuple[Snapshot, _Lists]], name: str
    ) -> Iterator[tuple[Spot, Any]]:
        """
        Yield and forget the members of the lists called *name*, up to where a file is full.

        Raises:
            DataError: A film of a large file cannot be parsed.
        """
        for snapshot, lists in files:
            members = lists.get(name, [])
            has_owner = len(members) > 1 and snapshot.is_one_line
            for number, raw in enumerate(_taken(members)):
                if snapshot.origin in self.full:
                    continue  # to parse the rest, which may be wrong, too
                owner = _owner(_NOUNS[name], number, raw) if has_owner else ""
                yield Spot(snapshot, (name, number), owner), raw

    def declare(self, ids: Iterable[str]) -> None:
        """Allow citations of the sources with *ids* only."""
        self._known_sources = frozenset(ids)

    def add_source(self, spot: Spot, raw: object) -> None:
        """Take one source."""
        self._note_id("source", raw, spot)
        record, _ = self._record(SourceRecord, spot, raw)
        if record:
            self._sources.append(record)
            if record.machine:
                self._machines.add(record.id)

    def add_rule(self, spot: Spot, raw: object) -> None:
        """Take one window of many films."""
        record, _ = self._record(WindowRuleRecord, spot, raw)
        if record:
            self._rules.append(record.rule())

    def add_film(self, spot: Spot, raw: object) -> None:
        """Take one film; where parts of it are wrong, hold the others to the rules."""
        id_ = self._note_id("film", raw, spot)
        record, errors = self._record(FilmRecord, spot, raw)
        numbers: _Numbers = {}
        if record and isinstance(raw, dict) and not spot.snapshot.notation.is_table:
            self.notes += _dates_in_words(raw, spot)
        if not record and isinstance(raw, dict):
            sound, numbers = _sound(raw, errors)
            record, _ = _validate(FilmRecord, sound, self._known_sources)
        if not record:
            return
        film = record.film(self._told_by)
        broken = self._apply_rules(film, spot, numbers)
        is_made_up = film.id != id_  # by `_sound`
        if spot.snapshot.notation.is_table:
            film = _without_broken(film, broken)
            is_made_up |= any(error["loc"][0] == "title" for error in errors)
            if is_made_up or not film.releases:
                return
            self.filled.add(spot.snapshot.origin)
        if not is_made_up and film.id not in self.films:
            self.films[film.id] = film

    def add_override(self, spot: Spot, raw: object) -> None:
        """Take one correction; nothing of a wrong one counts."""
        record, _ = self._record(OverrideRecord, spot, raw)
        if not record:
            return
        film = record.corrections()
        # No source of a file can have this id: it has a colon.
        by = Source(f"override:{slugify(record.by)}", title=f"Correction by {record.by}")
        self._apply_rules(film, spot, {})
        self._corrections.append((film, spot))
        self._overrides.append(
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

    def refuse(self, tables: Iterable[str]) -> None:
        """Note that none of *tables*, by name, has a row that could be published."""
        for origin in tables:
            told = [problem for problem in self.left_out if problem.place.origin == origin]
            self.left_out = [problem for problem in self.left_out if problem not in told]
            self.problems += told

    def reading(self) -> Reading:
        """Return all that is right."""
        sources = {record.id: record for record in self._sources}
        of_sources = Places(_ways_of_source, sources, self._spots["source"])
        said = [
            Places(_ways_of_film, {film.id: film}, {film.id: spot})
            for film, spot in self._corrections
        ]
        of_films = Places(_ways_of_film, self.films, self._spots["film"])
        maps: list[Any] = [*said, of_films, of_sources]  # nobody writes to them
        return Reading(
            films=self.films.all,
            sources=tuple(record.source() for record in self._sources),
            places=ChainMap(*maps),
            overrides=tuple(self._overrides),
            rules=tuple(self._rules),
            notes=tuple(self.notes),
            left_out=tuple(sorted(self.left_out)),
            is_large=self._octets > MANY_OCTETS,
            days={
                (id_, name): getattr(record, name.removeprefix(_OF_A_SOURCE))
                for id_, record in sources.items()
                for name in _ways_of_source(record)
            },
        )

    def _apply_rules(self, film: Film, spot: Spot, numbers: "_Numbers") -> Sequence[Finding]:
        """Return the rules that *film* breaks, having noted them."""
        broken = list(findings(film, self._machines))
        self._complain(spot, (_broken(finding, spot, numbers) for finding in broken))
        for number, series in enumerate(film.series):
            steps = _original(("series", number, "title"), numbers)
            self._compare_series(series, replace(spot, steps=spot.steps + steps))
        return broken

    def _compare_series(self, series: SeriesPlace, spot: Spot) -> None:
        """Note if another film gives *series* another title."""
        title, first = self._series.setdefault(series.id, (series.title, spot))
        if series.title != title:
            what = f"title: the series {series.id} is {shown(title)} at {first.place()}"
            self._complain(spot, [Problem(spot.place(), what, "give it one title")])

    def _note_id(self, noun: str, raw: object, spot: Spot) -> str:
        """Return the id of *raw*, right or wrong, and note if it was used before."""
        id_ = raw.get("id") if isinstance(raw, dict) else None
        if not isinstance(id_, str | int):
            return ""
        id_ = clean_id(id_)
        first = self._spots[noun].setdefault(id_, spot)
        if first is not spot:
            what = f"id: there is another {noun} {shown(id_)} at {first.place('id')}"
            remedy = "give one of them another id, or join the two"
            self._complain(spot, [Problem(spot.place("id"), what, remedy)])
        return id_

    def _record(
        self, shape: type[R], spot: Spot, raw: object
    ) -> tuple[R | None, list[ErrorDetails]]:
        """Return *raw* as a record, or note its problems."""
        record, errors = _validate(shape, raw, self._known_sources)
        if errors:
            say = spot.snapshot.wording
            told = (messages.problem(error, spot.steps, spot.place, say) for error in errors)
            self._complain(spot, told)
        return record, errors

    def _complain(self, spot: Spot, problems: Iterable[Problem]) -> None:
        """Note *problems*, each worked out in its turn, until the file is full."""
        noted = self.left_out if spot.snapshot.notation.is_table else self.problems
        origin = spot.snapshot.origin
        if origin in self.full:
            return
        for problem in problems:
            if self._count[origin] == MAX_PROBLEMS:
                what = f"more than {MAX_PROBLEMS:,} problems"
                remedy = "mend these first: the rest of the file has not been looked at"
                self.problems.append(Problem(Place(origin), what, remedy))
                self.full.add(origin)
                self.is_whole = False
                break
            self._count[origin] += 1
            owner = f"{spot.owner}: " if spot.owner else ""
            noted.append(replace(problem, what=owner + problem.what))


def _taken(members: Collection[Any]) -> Iterator[object]:
    """Yield each of *members*, and forget it: the next ones may need the room."""
    if isinstance(members, list):
        members.reverse()
        while members:
            yield members.pop()
    yield from members


def _without_broken(film: Film, broken: Iterable[Finding]) -> Film:
    """Return *film* without the releases that are *broken*."""
    numbers = {finding.steps[1] for finding in broken if finding.steps[0] == "releases"}
    kept = (release for number, release in enumerate(film.releases) if number not in numbers)
    return replace(film, releases=tuple(kept))


def _owner(noun: str, number: int, raw: object) -> str:
    """Return the name of the part *raw*, the one with this *number* of its list, for messages."""
    given = raw if isinstance(raw, dict) else {}
    name = next((given[name] for name in ("id", "film", "title") if given.get(name)), None)
    return f"{noun} {shown(name)}" if name else f"{noun} number {number + 1}"


def _dates_in_words(film: Mapping[str, Any], spot: Spot) -> Iterator[Problem]:
    """Yield a note for each date in words of *film*, which is right: how it is read."""
    for number, release in enumerate(film.get("releases") or ()):
        ways: list[tuple[Steps, Any]] = [((), release)]
        ways += (
            (("revisions", at), said) for at, said in enumerate(release.get("revisions") or ())
        )
        for way, said in ways:
            text = said.get("when")
            if isinstance(text, str) and not text.strip()[:1].isdigit():  # as all notation does
                what = f"when: {shown(text)} is read as {read_date(clean(text))}"
                place = spot.place("releases", number, *way, "when")
                yield Problem(place, what, "write that, if it is meant")


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
    firsts = {first for first, *_ in partly}  # 200,000 unknown fields are compared with each other
    sound: dict[str, Any] = {"id": "film", "title": "film"}
    numbers = {}
    for name, part in raw.items():
        if name not in wholly and isinstance(part, list):
            numbers[name] = [number for number in range(len(part)) if (name, number) not in partly]
            sound[name] = [part[number] for number in numbers[name]]
        elif name not in firsts:
            sound[name] = part
    return sound, numbers


def _original(steps: Steps, numbers: _Numbers) -> Steps:
    """Return the steps in the original film for *steps* in one that `_sound` made."""
    name, number, *rest = steps
    if name in numbers and isinstance(number, int):
        number = numbers[str(name)][number]
    return (name, number, *rest)


def _broken(finding: Finding, spot: Spot, numbers: _Numbers) -> Problem:
    """Return the *finding* in the film at *spot* with its place."""
    what = finding.what
    if finding.first:
        what += f", first at {spot.place(*_original(finding.first, numbers))}"
    where = spot.place(*_original(finding.steps, numbers))
    return Problem(where, what, in_words(finding.remedy, spot.snapshot.wording))


class Places(Mapping[tuple[str, str], Place]):
    """
    Places of the fields of films, or of sources, by (id, field).

    `Reading` lists the fields. Each place is found on request, so that keeping them costs no
    more than the octets of the snapshots.
    """

    def __init__(
        self, ways: Callable[[T], _WaysByField], owners: Mapping[str, T], spots: Mapping[str, Spot]
    ) -> None:
        """Take the *ways* to the fields of an owner, owners and their spots, both by id."""
        self._ways: Callable[[str], _WaysByField] = lambda id_: ways(owners[id_])
        self._ids: Collection[str] = owners.keys()
        self._spots = spots

    def __getitem__(self, key: tuple[str, str]) -> Place:
        id_, name = key
        # A way that does not exist ends early, at what would hold it.
        return max(self._spots[id_].place(*way) for way in self._ways(id_)[name])

    def __contains__(self, key: object) -> bool:
        """Whether there is such a field; where it is takes longer to find out."""
        match key:
            case (str(id_), name) if id_ in self._ids and id_ in self._spots:
                return name in self._ways(id_)
        return False

    def __iter__(self) -> Iterator[tuple[str, str]]:
        for id_ in self._ids:
            yield from ((id_, name) for name in self._ways(id_))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _ways_of_source(record: SourceRecord) -> _WaysByField:
    """Return the ways to the days in *record*, by their names in `Reading.days`."""
    return {_OF_A_SOURCE + name: [(name,)] for name in _DAYS if getattr(record, name)}


def _ways_of_film(film: Film) -> _WaysByField:
    """Return the ways there can be to each field of *film* that has a place, by its name."""
    ways: dict[str, Sequence[Steps]] = {"id": [("id",)]}
    if film.follows:
        ways["follows"] = [("follows",)]
    for number, release in enumerate(film.releases):
        ways |= _ways_of_release(("releases", number), release, ways)
    ways |= {f"refs {name}": [("refs", name)] for name, _ in film.refs}
    ways |= {f"was {old}": [("was", number)] for number, old in enumerate(film.other_ids)}
    ways |= {f"windows {number}": [("windows", number)] for number in range(len(film.windows))}
    return ways


def _ways_of_release(way: Steps, release: Release, known: Collection[str]) -> _WaysByField:
    """Return the ways to the fields of *release*, at *way*; references only if not *known*."""
    history = release.history
    ways = {str(release.key): _ways(way, len(history) - 1, "when")}
    days = [said.as_of or date.min for said in history]
    if max(days) > date.min:
        ways[f"{release.key} as_of"] = _ways(way, days.index(max(days)), "as_of")
    for which, revision in enumerate(history):
        for name in ("slot_from", "slot_to"):
            if getattr(revision, name) and name not in {*known, *ways}:
                ways[name] = _ways(way, which, name)
    return ways


def _ways(release: Steps, revision: int, name: str) -> Sequence[Steps]:
    return [(*release, "revisions", revision, name), (*release, name)]
