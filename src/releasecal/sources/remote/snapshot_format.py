"""
Film lines: the form of a snapshot, a data file in JSON with one film a line, sorted by id.

Equal facts make equal octets, and a film that has not changed is the same line, which need
not be held to the rules again.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from releasecal.core.value_classes import dataclass, replace
from releasecal.errors import Problem
from releasecal.sources.remote.fetched import Fetched, SnapshotChange
from releasecal.sources.remote.source_settings import SourceSettings
from releasecal.sources.snapshot_editing import ChangedParts, Lines, PartedFile
from releasecal.sources.snapshot_parts import BEGIN, BETWEEN, END
from releasecal.sources.validate import sound_film

Raw = Mapping[str, Any]
"""A part of a data file, as plain values."""

_NO_LINES: Mapping[str, bytes] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class FilmLines:
    """
    The octets of a snapshot.

    Attributes:
        films: Number of films.
        releases: Number of releases.
        notes: What was left out, for it breaks the rules.
        doubtful: Ids of the films of which something was left out.
    """

    data: bytes
    films: int
    releases: int
    notes: tuple[Problem, ...] = ()
    doubtful: frozenset[str] = frozenset()

    def fetched(
        self,
        before: Fetched | None,
        now: datetime,
        *,
        covers: str = "",
        memory: bytes = b"",
        validators: Mapping[str, str] | None = None,
    ) -> Fetched:
        """Return the outcome of a look at the time *now*, with the one *before* known."""
        now = now.replace(microsecond=0)
        is_same = before is not None and before.data == self.data
        return Fetched(
            data=self.data,
            fetched=before.fetched if before and is_same else now,
            validated=now,
            films=self.films,
            releases=self.releases,
            covers=covers,
            validators=validators or {},
            memory=memory,
            notes=self.notes,
        )


def source_row(
    settings: SourceSettings, *, machine: bool, covers: str = "", **told: str
) -> dict[str, Any]:
    """
    Return the source of all facts of *settings*; what is set there beats the kind's.

    *told* are the other fields: title, url, attribution.
    """
    row: Raw = {
        "id": settings.id,
        **told,
        "machine": machine if settings.machine is None else settings.machine,
        "covers": settings.covers or covers,
    }
    return filled(row)


def film_lines(
    settings: SourceSettings,
    sources: Sequence[Raw],
    films: Iterable[Raw],
    before: Fetched | None = None,
    kept: Mapping[str, bytes] = _NO_LINES,
) -> FilmLines:
    """
    Return *films*, told by *sources*, in the form of a snapshot.

    Parts of a film that break the rules are left out with a note. A film with the same line in *before*
    is not checked again.
    Releases in regions that the settings do not name are left out without one. *kept* are the lines of other
    films, by id, which stay as they are; their releases are not counted.
    """
    known = set(before.data.splitlines()) if before else set()
    known |= {line.removesuffix(b",") for line in known}
    sound = sound_lines(settings, films, known)
    lines = {**kept, **sound.lines}
    data = _joined({"sources": list(sources)}, lines)
    return FilmLines(data, len(lines), sound.releases, sound.notes, sound.doubtful)


@dataclass(frozen=True, slots=True)
class SoundLines:
    """
    The lines of films, without what breaks the rules.

    Attributes:
        lines: By id; a film of which nothing is left has none.
        releases: Number of releases.
        notes: What was left out, for it breaks the rules.
        doubtful: Ids of the films of which something was left out.
    """

    lines: Mapping[str, bytes]
    releases: int
    notes: tuple[Problem, ...]
    doubtful: frozenset[str]


def sound_lines(
    settings: SourceSettings, films: Iterable[Raw], known: Collection[bytes]
) -> SoundLines:
    """Return the lines of *films* as `film_lines` makes them; a film whose line is *known* is right."""
    lines: dict[str, bytes] = {}
    doubtful = set()
    notes: list[Problem] = []
    releases = 0
    for given in films:
        film = _in_regions(given, settings.regions)
        line = encode(film)
        if line not in known:
            film, problems = sound_film(film, settings.id)
            notes += problems
            line = encode(film)
            doubtful |= {given["id"]} if problems or not film else set()
        if film:
            lines[film["id"]] = line
            releases += len(film.get("releases", ()))
    return SoundLines(lines, releases, tuple(notes), frozenset(doubtful))


def lines_by_id(fetched: Fetched) -> Mapping[str, bytes]:
    """Return the lines of a snapshot that `film_lines` made of films whose id is their first field."""
    lines = fetched.data.partition(BEGIN)[2].removesuffix(END).split(BETWEEN)
    return {line.split(b'"', 4)[3].decode(): line for line in lines if line}


def file_lines(settings: SourceSettings, file: Raw) -> FilmLines:
    """
    Return the data file *file*, which is right, in the form of a snapshot.

    What *settings* say of the source holds for all sources of the file.
    """
    said = source_row(settings, machine=False)
    has_own = settings.machine is not None or bool(settings.covers)
    rows = [{**row, **said, "id": row["id"]} if has_own else row for row in file.get("sources", ())]
    films = [_in_regions(film, settings.regions) for film in file.get("films", ())]
    if has_own and not all(film.get("source") for film in films):
        films = [{"source": settings.id, **film} for film in films]
        rows += [said] if all(row["id"] != settings.id for row in rows) else []
    return encoded_lines({**file, "sources": rows, "films": films}, map(encode, films))


def encoded_lines(file: Raw, lines: Iterable[bytes]) -> FilmLines:
    """Return the data file *file*, whose films are encoded as *lines*, in the form of a snapshot."""
    films = file["films"]
    rest = {name: part for name, part in file.items() if name not in ("sources", "films")}
    by_id = {str(film["id"]): line for film, line in zip(films, lines, strict=True)}
    releases = sum(len(film.get("releases", ())) for film in films)
    data = _joined({"sources": file.get("sources", []), **rest}, by_id)
    return FilmLines(data, len(by_id), releases)


def changed_lines(
    before: Fetched,
    file: PartedFile,
    lines: Lines,
    now: datetime,
    remembered: ChangedParts | None = None,
) -> Fetched:
    """
    Return the outcome of a look at the time *now*, after which films of the snapshot *file* have these *lines*.

    *before* is the outcome of the last one. What is *remembered* of films may have changed, too.

    Raises:
        UnpartedError: Only all of the snapshot can tell.
    """
    change = file.change(lines)
    there = [line for line in lines.values() if line is not None]
    return replace(
        before,
        fetched=now.replace(microsecond=0) if change.is_news else before.fetched,
        validated=now.replace(microsecond=0),
        films=before.films - len(change.before) + len(there),
        releases=before.releases - _releases_in(change.before.values()) + _releases_in(there),
        change=SnapshotChange(change, remembered),
    )


def _releases_in(lines: Iterable[bytes]) -> int:
    return sum(len(json.loads(line).get("releases", ())) for line in lines)


def _joined(top: Raw, lines: Mapping[str, bytes]) -> bytes:
    """Return the file with *top* and, by id, the *lines* of its films."""
    body = BETWEEN.join(line for _, line in sorted(lines.items()))
    return encode(top)[:-1] + BEGIN + body + END


def films_in(fetched: Fetched) -> list[dict[str, Any]]:
    """Return the films of a snapshot as plain values."""
    films: list[dict[str, Any]] = json.loads(fetched.data)["films"]
    return films


def _in_regions(film: Raw, regions: tuple[str, ...]) -> Raw:
    """Return *film* with its releases in *regions* and in unknown ones; all if there are none."""
    if not regions or not film.get("releases"):
        return film
    kept = [each for each in film["releases"] if each.get("region") in {*regions, "ZZ"}]
    return {**film, "releases": kept}


def encode(value: object) -> bytes:
    """Return *value* as JSON in one line, in UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def filled(fields: Raw) -> dict[str, Any]:
    """Return *fields* without empty ones."""
    return {name: value for name, value in fields.items() if value}


def is_web(text: str) -> bool:
    """Whether *text* of a stranger is an address that a page may link to."""
    return text.startswith(("https://", "http://")) and text.isprintable() and " " not in text
