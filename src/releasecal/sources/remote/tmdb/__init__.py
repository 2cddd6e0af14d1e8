"""
TMDB: films by id, collection, list or query, and their releases by country and type.

The first look asks for each film. Later ones ask for those that are new or that TMDB says
were edited, so that ten thousand films cost what has changed.
"""

import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import msgspec

from releasecal.errors import FetchFailed, Place, Problem
from releasecal.sources.remote.client import Client
from releasecal.sources.remote.failures import Failure
from releasecal.sources.remote.fetched import Fetched
from releasecal.sources.remote.kind import SourceKind
from releasecal.sources.remote.pace import Pace
from releasecal.sources.remote.snapshot_format import film_lines, source_row
from releasecal.sources.remote.source_settings import SourceSettings
from releasecal.sources.remote.tmdb.films import film_of
from releasecal.sources.remote.tmdb.listing import Tmdb, in_parallel
from releasecal.sources.remote.tmdb.options import Options, params_of, problems
from releasecal.sources.remote.tmdb.replies import APPENDED, Movie, Page

_ATTRIBUTION = "This product uses the TMDB API but is not endorsed or certified by TMDB."
_MAX_AGE = timedelta(days=150)  # of what is kept; TMDB's terms allow six months
_KEPT_ON = timedelta(days=180)  # a film that no query lists any more
_LISTED_ANEW = timedelta(days=7)  # at the latest, although the first page is the same
_FORM = 1  # of the memory; another one is not read


class Known(msgspec.Struct):
    """A film as it was told, and the day on which it was asked for."""

    movie: Movie
    asked: date


class Query(msgspec.Struct):
    """
    The outcome of a query of the settings.

    Attributes:
        first: Its first page.
        listed: The day on which all films were listed.
        films: Ids, each with the day on which it was listed last.
    """

    first: Page
    listed: date
    films: dict[int, date]


class Memory(msgspec.Struct):
    """
    Memory of a look for the next one.

    Attributes:
        changes: The day up to which changes are known.
        queries: By their text.
    """

    form: int = _FORM
    language: str = ""
    changes: date | None = None
    films: dict[int, Known] = {}
    queries: dict[str, Query] = {}


def _fetch(settings: SourceSettings, before: Fetched | None, client: Client) -> Fetched:
    """
    Return the followed films as they are now.

    Raises:
        FetchFailed: One of the questions failed, other than that a film is not there.
    """
    options, today = Options.of(settings), client.clock().date()
    tmdb, memory = Tmdb(settings, client), _memory(before, options)
    queries = {str(query): _query(tmdb, query, today, memory) for query in options.discover}
    followed = {*options.ids, *_kept_lists(tmdb, options)}
    followed.update(id_ for query in queries.values() for id_ in query.films)
    wanted = _wanted(tmdb, followed, memory, today)
    told = in_parallel(
        lambda id_: _movie(tmdb, id_, options),
        wanted,
        lambda done: client.progress(settings.id, done, len(wanted)),
    )
    asked = dict(zip(wanted, told, strict=True))
    films = {id_: known for id_, known in memory.films.items() if id_ in followed}
    films |= {id_: Known(movie, today) for id_, movie in asked.items() if movie}
    gone = {id_ for id_, movie in asked.items() if movie is None}
    films = {id_: known for id_, known in sorted(films.items()) if id_ not in gone}
    memory = Memory(_FORM, options.language, today, films, queries)
    notes = [f"TMDB has no film {id_}" for id_ in sorted(gone & set(options.ids))]
    return _fetched(settings, memory, before, client, notes)


def _memory(before: Fetched | None, options: Options) -> Memory:
    """Return the memory of the last look, if that was in the same language; else an empty one."""
    if before and before.memory:
        try:
            memory = msgspec.json.decode(zlib.decompress(before.memory), type=Memory)
        except (msgspec.MsgspecError, zlib.error):
            return Memory()
        if (memory.form, memory.language) == (_FORM, options.language):
            return memory
    return Memory()


def _query(tmdb: Tmdb, query: Mapping[str, Any], today: date, memory: Memory) -> Query:
    """
    Return the outcome of *query*; from *memory*, if its first page and its counts are the same.

    A film that it lists no more, as one that has opened, is followed for half a year on.
    """
    params = params_of(query, today)
    first = tmdb.ask("/discover/movie", params, Page)
    known = memory.queries.get(str(query))
    if known and known.first == first and today - known.listed < _LISTED_ANEW:
        return known
    listed = dict.fromkeys(tmdb.listed("/discover/movie", params), today)
    before = known.films if known else {}
    return Query(first, today, {**_recent(before, today), **listed})


def _recent(films: Mapping[int, date], today: date) -> dict[int, date]:
    return {id_: day for id_, day in films.items() if today - day <= _KEPT_ON}


def _kept_lists(tmdb: Tmdb, options: Options) -> Iterable[int]:
    """Return the ids of the films in the collections and lists."""
    paths = [f"/collection/{id_}" for id_ in options.collections]
    paths += [f"/list/{id_}" for id_ in options.lists]
    return (id_ for path in paths for id_ in tmdb.listed(path, {"language": options.language}))


def _wanted(tmdb: Tmdb, followed: Iterable[int], memory: Memory, today: date) -> list[int]:
    """Return which of the films *followed* are asked for: new, edited or old ones."""
    known = {id_: memory.films[id_] for id_ in followed if id_ in memory.films}
    wanted = {id_ for id_ in followed if id_ not in known}
    wanted |= {id_ for id_, each in known.items() if today - each.asked > _MAX_AGE}
    if memory.changes and known:
        changed = tmdb.changed(memory.changes, today, at_most=len(known))
        wanted |= known.keys() if changed is None else known.keys() & changed
    return sorted(wanted)


def _movie(tmdb: Tmdb, id_: int, options: Options) -> Movie | None:
    """Return a film, or None if TMDB has it no more."""
    params = {"append_to_response": APPENDED, "language": options.language}
    try:
        return tmdb.ask(f"/movie/{id_}", params, Movie)
    except FetchFailed as error:
        if error.failure == Failure.MISSING.slug:
            return None
        raise


def _fetched(
    settings: SourceSettings,
    memory: Memory,
    before: Fetched | None,
    client: Client,
    notes: Iterable[str],
) -> Fetched:
    options = Options.of(settings)
    films: list[dict[str, Any]] = []
    odd = Counter(notes)
    for known in memory.films.values():
        film, told = film_of(known.movie, settings.id, settings.regions)
        if options.kinds:
            releases = [each for each in film.get("releases", ()) if each["kind"] in options.kinds]
            film["releases"] = releases
        films.append(film)
        odd.update(told)
    _agree_on_series(films, memory)
    source = source_row(
        settings,
        machine=TMDB.machine,
        title="TMDB",
        url="https://www.themoviedb.org/",
        attribution=_ATTRIBUTION,
    )
    lines = film_lines(settings, [source], films, before)
    place = Place(settings.id)
    left_out = tuple(
        Problem(place, f"{what}, {count:,} times" if count > 1 else what, "left out")
        for what, count in sorted(odd.items())
    )
    packed = zlib.compress(msgspec.json.encode(memory))
    fetched = lines.fetched(before, client.clock(), covers=settings.covers, memory=packed)
    return replace(fetched, notes=(*left_out, *lines.notes))


def _agree_on_series(films: Iterable[dict[str, Any]], memory: Memory) -> None:
    """Give each series one title in *films*, the one that TMDB told last."""
    titles: dict[str, tuple[date, int, str]] = {}
    for film, known in zip(films, memory.films.values(), strict=True):
        for series in film.get("series", ()):
            told = known.asked, known.movie.id, series["title"]
            titles[series["id"]] = max(told, titles.get(series["id"], told))
    for film in films:
        if "series" in film:
            film["series"] = [
                {**series, "title": titles[series["id"]][-1]} for series in film["series"]
            ]


TMDB = SourceKind(
    name="tmdb",
    recognises=lambda address: "//api.themoviedb.org" in address,
    fetch=_fetch,
    problems=problems,
    every=timedelta(hours=8),
    machine=True,
    attribution=_ATTRIBUTION,
    pace=Pace(rate=40),
)
"""The Movie Database."""
