"""
Few changes: a data file of which a few films differ from the last one, which was right.

Of each film a digest is remembered. Those films that differ are held to the rules, with others of their
series, for these have one title. What all films have to have in common is compared. Wherever that leaves
a doubt, the whole file is checked.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from releasecal.core.value_classes import dataclass, replace
from releasecal.errors import DataError
from releasecal.sources.changed_films import (
    MAX_CHANGED,
    CutFile,
    Outline,
    cut_file,
    cut_values,
    difference,
)
from releasecal.sources.notation.clean_text import clean_id
from releasecal.sources.read_result import no_progress
from releasecal.sources.remote import remembered_films
from releasecal.sources.remote.fetched import Fetched, FetchedParts
from releasecal.sources.remote.snapshot_format import Raw, changed_lines, encode
from releasecal.sources.remote.source_settings import SourceSettings
from releasecal.sources.snapshot import JSON, Snapshot
from releasecal.sources.snapshot_parts import UnpartedError, is_plain
from releasecal.sources.validate import validate


class Mark(msgspec.Struct, gc=False):  # there are many, and none leads to itself
    """A mark of a film as it came: a digest, in hexadecimal digits, and the ids of its series."""

    id: str
    digest: str
    series: list[str] = []


@dataclass(frozen=True, slots=True)
class Marks:
    """
    The marks of a file.

    Attributes:
        frame: Digest of all that is not films, 32 octets; empty if no look can go on from these.
        films: A `Mark` of each film, in the form of a snapshot.
    """

    frame: bytes = b""
    films: bytes = b""


LineOf = Callable[[Raw], bytes | None]
"""Returns the line of a film in the snapshot; None if it is not told of."""


def marks_of(snapshot: Snapshot, file: Raw) -> Marks:
    """Return the marks of the *file* in *snapshot*, which is right; none if no look can go on from these."""
    films: Any = file.get("films")
    if not films or not _are_named(films):
        return Marks()
    cut = _cut(snapshot, file)
    if cut is None or len(cut.films) != len(films):
        return Marks()
    marks = [
        _mark(str(film["id"]), film, digest) for film, digest in zip(films, cut.films, strict=True)
    ]
    return Marks(cut.frame.encode(), remembered_films.file_of(marks))


def changes_if_right(  # noqa: PLR0913, PLR0917 - the file, and what it is compared with
    settings: SourceSettings,
    before: Fetched,
    known: FetchedParts,
    frame: bytes,
    snapshot: Snapshot,
    line_of: LineOf,
    now: datetime,
) -> Fetched | None:
    """
    Return the file in *snapshot*, which came *now*, as its differences to the last one; None if only a check of all can tell.

    *before* is the outcome of the look at that, without its contents, *known* has these in parts, and *frame*
    is that of its marks; *line_of* makes the line of a film that keeps to the rules.
    """
    if before.notes or not frame or known.remembered is None:
        return None
    cut = _cut(snapshot)
    try:
        marks = remembered_films.all_films(known.remembered, Mark)
        films = _touched(cut, frame, marks) if cut else None
        if cut is None or films is None or not _are_right(settings, known, marks, films):
            return None
        lines = {id_: line_of(film.value) if film else None for id_, film in films.items()}
        told = {
            id_: _mark(id_, film.value, film.digest) if film else None
            for id_, film in films.items()
        }
        file = replace(known.remembered, films=len(marks))
        changed = file.change(remembered_films.lines_of(told))
        return changed_lines(before, known.snapshot, lines, now, changed)
    except (UnpartedError, msgspec.MsgspecError):
        return None


@dataclass(frozen=True, slots=True)
class _Film:
    """A film as plain values, and the digest of its octets."""

    value: Mapping[str, Any]
    digest: bytes


def _touched(
    cut: CutFile, frame: bytes, marks: Mapping[str, Mark]
) -> Mapping[str, _Film | None] | None:
    """Return the films of *cut* that differ, by id, None for one that is gone; None if unsure."""
    digests = b"".join(bytes.fromhex(mark.digest) for mark in marks.values())
    compared = difference(Outline("", frame.decode(), tuple(marks), digests), cut)
    if compared is None or len(compared[1]) > MAX_CHANGED:
        return None
    ids, touched = compared
    found: dict[str, _Film | None] = dict.fromkeys(touched)
    for at, id_ in enumerate(ids):
        if id_ in touched:
            film: Any = cut.film(at)
            if not _is_plain(film) or film["id"] != id_ or not is_plain(id_):
                return None
            found[id_] = _Film(film, cut.films[at])
    return found if ids else None  # a whole look knows what to say if all are gone


def _are_right(
    settings: SourceSettings,
    known: FetchedParts,
    marks: Mapping[str, Mark],
    films: Mapping[str, _Film | None],
) -> bool:
    """Whether *films* keep to the rules, in the frame of the snapshot and beside others of their series."""
    told = [film.value for film in films.values() if film]
    series = frozenset().union(*map(_series_of, told))
    others = [
        id_
        for id_, mark in marks.items()
        if id_ not in films and not series.isdisjoint(mark.series)
    ]
    beside = [json.loads(line) for line in known.snapshot.lines(others).values()]
    data = encode({**json.loads(known.snapshot.top()), "films": [*beside, *told]})
    result = validate([Snapshot(settings.id, JSON, data)], (), no_progress)
    return not result.problems and not result.reading.notes


def _cut(snapshot: Snapshot, file: Raw | None = None) -> CutFile | None:
    """Return *snapshot*, which is *file* if it is parsed, cut into its films; None if unsure."""
    if snapshot.notation is JSON:
        return cut_file(snapshot)
    try:
        parsed = snapshot.parse() if file is None else file
        if not isinstance(parsed, dict) or snapshot.remarks() or snapshot.slips():
            return None
        return cut_values(parsed)
    except DataError:
        return None


def _mark(id_: str, film: Raw, digest: bytes) -> Mark:
    return Mark(id_, digest.hex(), sorted(_series_of(film)))


def _are_named(films: Any) -> bool:
    """Whether *films* are a list of films with plain ids of which no two are alike."""
    if not isinstance(films, list) or not all(map(_is_plain, films)):
        return False
    ids = {film["id"] for film in films}
    return len(ids) == len(films) and all(map(is_plain, ids))


def _is_plain(film: Any) -> bool:
    """Whether *film* has an id, and the lists that are looked into are lists."""
    if not isinstance(film, dict) or not isinstance(film.get("id"), str):
        return False
    return all(isinstance(film.get(name, []), list) for name in ("series", "releases"))


def _series_of(film: Mapping[str, Any]) -> frozenset[str]:
    """Return the ids of the series that *film* is in."""
    told: Sequence[Any] = film.get("series", ())
    return frozenset(clean_id(each.get("id")) for each in told if isinstance(each, dict))
