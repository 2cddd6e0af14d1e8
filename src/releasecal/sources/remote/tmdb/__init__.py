"""
TMDB: films by id, collection, list or query, and their releases by country and type.

The first look asks for each film. Later ones ask for those that are new or that TMDB says
were edited, and make no others anew, so that ten thousand films cost what has changed.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from releasecal.sources.remote import remembered_films
from releasecal.sources.remote.client import Client
from releasecal.sources.remote.fetched import Fetched
from releasecal.sources.remote.kind import SourceKind
from releasecal.sources.remote.pace import Pace
from releasecal.sources.remote.snapshot_format import film_lines, lines_by_id
from releasecal.sources.remote.source_settings import SourceSettings
from releasecal.sources.remote.tmdb.asking_tmdb import answers
from releasecal.sources.remote.tmdb.memory import (
    Known,
    Memory,
    Shown,
    indexed,
    name_of,
    shaped_by,
    whole_memory,
)
from releasecal.sources.remote.tmdb.options import Options, problems
from releasecal.sources.remote.tmdb.quick_look import fetch_changes
from releasecal.sources.remote.tmdb.tmdb_snapshot import ATTRIBUTION, made, notes_of, source_of


def _fetch(settings: SourceSettings, before: Fetched | None, client: Client) -> Fetched:
    """
    Return the followed films as they are now.

    Raises:
        FetchFailed: One of the questions failed, other than that a film is not there.
    """
    options = Options.of(settings)
    last = whole_memory(before, options)
    told = answers(settings, options, last, client)
    films = {id_: known for id_, known in last.films.items() if id_ in told.followed}
    films |= told.told
    films = {id_: known for id_, known in sorted(films.items()) if id_ not in told.missing}
    _forget_shown(last, films, before, shaped := shaped_by(settings, options))
    notes = [f"TMDB has no film {id_}" for id_ in sorted(told.missing & set(options.ids))]
    fetched = _fetched(settings, films, before, client, Counter(notes))
    memory = Memory(
        language=options.language, changes=told.today, queries=told.queries, shaped=shaped
    )
    return replace(fetched, memory=indexed(memory, films).packed())


def _forget_shown(
    last: Memory, films: Mapping[int, Known], before: Fetched | None, shaped: str
) -> None:
    """
    Forget what was made of those of *films* whose lines may be others than *before*.

    These are all if the *last* look was *shaped* in another way, and else those of the collections
    that a film has come into, left or told of anew, for all films of a series have one title for it.
    """
    lines = lines_by_id(before) if before and last.shaped == shaped else {}
    for id_, known in films.items():
        if name_of(id_) not in lines:
            known.shown = None
    moved = {known.series for known in films.values() if known.shown is None}
    moved |= {known.series for id_, known in last.films.items() if films.get(id_) is not known}
    for known in films.values():
        if known.series and known.series in moved:
            known.shown = None


def _fetched(
    settings: SourceSettings,
    films: Mapping[int, Known],
    before: Fetched | None,
    client: Client,
    odd: Counter[str],
) -> Fetched:
    """Return *films* as an outcome without its memory; *odd* is what else was left out."""
    told = lines_by_id(before) if before else {}
    kept = {name_of(id_): known.shown for id_, known in films.items() if known.shown}
    anew = made(settings, [known for known in films.values() if not known.shown])
    lines = film_lines(
        settings,
        [source_of(settings)],
        (film for film, _ in anew.values()),
        before,
        {name: told[name] for name in kept},
    )
    releases = lines.releases + sum(shown.releases for shown in kept.values())
    odd.update(each for shown in kept.values() for each in shown.odd)
    for id_, (film, left_out) in anew.items():
        odd.update(left_out)
        if film["id"] not in lines.doubtful:
            films[id_].shown = Shown(left_out, len(film.get("releases", ())))
    return replace(
        lines.fetched(before, client.clock(), covers=settings.covers),
        releases=releases,
        remembered=remembered_films.file_of(films.values()),
        notes=(*notes_of(settings, odd), *lines.notes),
    )


TMDB = SourceKind(
    name="tmdb",
    recognises=lambda address: "//api.themoviedb.org" in address,
    fetch=_fetch,
    problems=problems,
    every=timedelta(hours=8),
    machine=True,
    attribution=ATTRIBUTION,
    pace=Pace(rate=40),
    fetch_changes=fetch_changes,
)
"""The Movie Database."""
