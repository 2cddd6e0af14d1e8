"""TMDB's films for the snapshot, the source that tells them, and notes about what was left out."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from releasecal.errors import Place, Problem
from releasecal.sources.remote.snapshot_format import source_row
from releasecal.sources.remote.source_settings import SourceSettings
from releasecal.sources.remote.tmdb.film_from_reply import film_of
from releasecal.sources.remote.tmdb.memory import Known
from releasecal.sources.remote.tmdb.options import Options

ATTRIBUTION = "This product uses the TMDB API but is not endorsed or certified by TMDB."


def source_of(settings: SourceSettings) -> dict[str, Any]:
    """Return the source of all facts of *settings*."""
    return source_row(
        settings,
        machine=True,
        title="TMDB",
        url="https://www.themoviedb.org/",
        attribution=ATTRIBUTION,
    )


def notes_of(settings: SourceSettings, odd: Counter[str]) -> tuple[Problem, ...]:
    """Return a note for each of the *odd* things that were left out, and how often."""
    return tuple(
        Problem(Place(settings.id), f"{what}, {count:,} times" if count > 1 else what, "left out")
        for what, count in sorted(odd.items())
        if count
    )


def made(
    settings: SourceSettings, films: Sequence[Known]
) -> Mapping[int, tuple[dict[str, Any], list[str]]]:
    """Return by number what is made of *films*, each with what was left out of it."""
    kinds = Options.of(settings).kinds
    found = {}
    for known in films:
        film, odd = film_of(known.movie, settings.id, settings.regions)
        if kinds:
            film["releases"] = [each for each in film.get("releases", ()) if each["kind"] in kinds]
        found[known.movie.id] = film, odd
    _agree_on_series([(known, found[known.movie.id][0]) for known in films])
    return found


def _agree_on_series(films: Sequence[tuple[Known, dict[str, Any]]]) -> None:
    """Give each series one title in *films*, the one that TMDB told last; all of its films are there."""
    titles: dict[str, tuple[date, int, str]] = {}
    for known, film in films:
        for series in film.get("series", ()):
            told = known.asked, known.movie.id, series["title"]
            titles[series["id"]] = max(told, titles.get(series["id"], told))
    for _, film in films:
        if "series" in film:
            film["series"] = [
                {**series, "title": titles[series["id"]][-1]} for series in film["series"]
            ]
