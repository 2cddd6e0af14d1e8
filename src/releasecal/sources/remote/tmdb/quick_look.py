"""
A look at TMDB that costs what has changed: those films are opened that are made anew, and no others.

The outcome is that of a look with all of the last one at hand (a test compares them).
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

import msgspec

from releasecal.core.value_classes import replace
from releasecal.errors import Problem
from releasecal.sources.remote import remembered_films
from releasecal.sources.remote.client import Client
from releasecal.sources.remote.fetched import Fetched, FetchedParts
from releasecal.sources.remote.snapshot_format import changed_lines, encode, sound_lines
from releasecal.sources.remote.source_settings import SourceSettings
from releasecal.sources.remote.tmdb.asking_tmdb import Answers, answers
from releasecal.sources.remote.tmdb.memory import (
    Index,
    Known,
    Shown,
    memory_of,
    name_of,
    shaped_by,
)
from releasecal.sources.remote.tmdb.options import Options
from releasecal.sources.remote.tmdb.tmdb_snapshot import made, notes_of, source_of
from releasecal.sources.snapshot_editing import Lines, PartedFile
from releasecal.sources.snapshot_parts import UnpartedError


def fetch_changes(
    settings: SourceSettings, before: Fetched, known: FetchedParts, client: Client
) -> Fetched | None:
    """
    Return the followed films as differences to the last look; None if all are to be made anew.

    Raises:
        UnpartedError: One of them is not remembered.
        FetchFailed: One of the questions failed, other than that a film is not there.
    """
    options = Options.of(settings)
    memory = memory_of(before, options)
    if memory is None or known.remembered is None:
        return None
    top = encode({"sources": [source_of(settings)]})
    if memory.shaped != shaped_by(settings, options) or known.snapshot.top() != top:
        return None
    told, index = answers(settings, options, memory, client), Index(memory)
    file = replace(known.remembered, films=len(index.days))
    try:
        films = _to_make(file, index, told)
    except msgspec.MsgspecError:
        return None
    if not index.days and not any(films.values()):
        return None
    missing = [f"TMDB has no film {id_}" for id_ in sorted(told.missing & set(options.ids))]
    lines, notes = _made(settings, known.snapshot, films, index, missing)
    change = file.change(
        remembered_films.lines_of({name_of(id_): film for id_, film in films.items()})
    )
    memory.changes, memory.queries = told.today, told.queries
    outcome = changed_lines(before, known.snapshot, lines, client.clock(), change)
    packed = index.memory(memory).packed()
    return replace(outcome, covers=settings.covers, memory=packed, notes=notes)


def _to_make(file: PartedFile, index: Index, told: Answers) -> Mapping[int, Known | None]:
    """
    Return the films that are made anew, sorted by number, None for one that has gone; *index* has them no more.

    These are new and edited ones, those of which parts were left out, and all of the collections that
    one of them is or was in, for a series has one title.
    """
    known = index.days.keys()
    gone = (known - told.followed) | (known & told.missing)
    opened = _some(file, (known & told.told.keys()) | gone | index.unsure)
    moved = {each.series for each in (*opened.values(), *told.told.values())} - {0}
    members = {id_ for series in moved for id_ in index.collections[series]}
    opened |= _some(file, members - opened.keys())
    for each in opened.values():
        index.drop(each)
        each.shown = None
    found: dict[int, Known | None] = {**opened, **told.told, **dict.fromkeys(gone)}
    return dict(sorted(found.items()))


def _some(file: PartedFile, ids: Collection[int]) -> dict[int, Known]:
    """Return the films with *ids*; UnpartedError tells that one of them is not remembered."""
    found = remembered_films.some_films(file, map(name_of, ids), Known)
    if len(found) < len(ids):
        raise UnpartedError
    return {known.movie.id: known for known in found.values()}


def _made(
    settings: SourceSettings,
    file: PartedFile,
    films: Mapping[int, Known | None],
    index: Index,
    missing: Iterable[str],
) -> tuple[Lines, tuple[Problem, ...]]:
    """Return the lines of *films*, by id, which *index* has again then, and the notes about all films."""
    told = made(settings, [film for film in films.values() if film])
    names = [*map(name_of, films)]
    there = frozenset(file.lines(names).values())
    sound = sound_lines(settings, (film for film, _ in told.values()), there)
    odd = Counter(missing)
    for id_, (film, left_out) in told.items():
        each = films[id_]
        assert each
        if film["id"] in sound.doubtful:
            odd.update(left_out)
        else:
            each.shown = Shown(left_out, len(film.get("releases", ())))
        index.take(each)
    odd.update(index.odd)
    lines = {name: sound.lines.get(name) for name in names}
    return lines, (*notes_of(settings, odd), *sound.notes)
