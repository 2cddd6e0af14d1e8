"""
Few changes: a data file of which a few films differ from its last snapshot, which was right.

Those films are held to the rules, with others of their series, for these have one title. What all
films have to have in common is compared. Wherever that leaves a doubt, the whole file is checked.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from releasecal.sources.changed_films import MAX_CHANGED
from releasecal.sources.notation.text import clean_id
from releasecal.sources.read_result import no_progress
from releasecal.sources.remote.fetched import Fetched
from releasecal.sources.remote.snapshot_format import FilmLines, Raw, encode, encoded_lines
from releasecal.sources.remote.source_settings import SourceSettings
from releasecal.sources.snapshot_parts import BEGIN, BETWEEN, END
from releasecal.sources.source_file import JSON, Snapshot
from releasecal.sources.validate import validate


def lines_if_right(settings: SourceSettings, before: Fetched, file: Raw) -> FilmLines | None:
    """
    Return *file* in the form of a snapshot; None if only a check of all of it can tell.

    *before* is the last snapshot, which the same settings made of a file that was right.
    """
    films: Any = file.get("films")
    is_shaped = settings.regions or settings.covers or settings.machine is not None
    if before.notes or is_shaped or not _are_named(films):
        return None
    head, _, rest = before.data.partition(BEGIN)
    known = frozenset(rest.removesuffix(END).split(BETWEEN))
    encoded = list(map(encode, films))
    changed = [film for film, line in zip(films, encoded, strict=True) if line not in known]
    if len(changed) > MAX_CHANGED or not all(map(_is_plain, changed)):
        return None
    series = frozenset().union(*map(_series_of, changed))
    others = [
        film for film in films if series and film not in changed and series & _series_of(film)
    ]
    result = validate(
        [Snapshot(settings.id, JSON, encode({**file, "films": [*others, *changed]}))],
        (),
        no_progress,
    )
    if result.problems or result.reading.notes:
        return None
    lines = encoded_lines(file, encoded)
    return lines if lines.data.partition(BEGIN)[0] == head else None


def _are_named(films: Any) -> bool:
    """Whether *films* are a list of films with ids of which no two are alike."""
    if not isinstance(films, list) or not films:
        return False
    ids = {
        clean_id(film["id"])
        for film in films
        if isinstance(film, dict) and isinstance(film.get("id"), str)
    }
    return len(ids) == len(films)


def _is_plain(film: Mapping[str, Any]) -> bool:
    """Whether the lists that are looked into are lists."""
    return all(isinstance(film.get(name, []), list) for name in ("series", "releases"))


def _series_of(film: Mapping[str, Any]) -> frozenset[str]:
    """Return the ids of the series that *film* is in."""
    told: Sequence[Any] = film.get("series", ())
    return frozenset(clean_id(each.get("id")) for each in told if isinstance(each, dict))
