"""
TMDB: films by id, collection, list or query, and their releases by country and type.

The first look asks for each film. Later ones ask for those that are new or that TMDB says
were edited, and make no others anew, so that ten thousand films cost what has changed.
"""

import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from hashlib import blake2b
from typing import Any

import msgspec

from releasecal import __version__
from releasecal.errors import FetchFailed, Place, Problem
from releasecal.sources.remote.client import Client
from releasecal.sources.remote.failures import Failure
from releasecal.sources.remote.fetched import Fetched
from releasecal.sources.remote.kind import SourceKind
from releasecal.sources.remote.pace import Pace
from releasecal.sources.remote.snapshot_format import film_lines, lines_by_id, source_row
from releasecal.sources.remote.source_settings import SourceSettings
from releasecal.sources.remote.tmdb.films import film_of
from releasecal.sources.remote.tmdb.listing import Tmdb, in_parallel
from releasecal.sources.remote.tmdb.options import Options, params_of, problems
from releasecal.sources.remote.tmdb.replies import APPENDED, Movie, Page

_ATTRIBUTION = "This product uses the TMDB API but is not endorsed or certified by TMDB."
_MAX_AGE = timedelta(days=150)  # of what is kept; TMDB's terms allow six months
_KEPT_ON = timedelta(days=180)  # a film that no query lists any more
_LISTED_ANEW = timedelta(days=7)  # at the latest, although the first page is the same
_LEVEL = 1  # of packing the memory, which is packed anew with each look
_FORM = 1  # of the memory; another one is not read


class Shown(msgspec.Struct):
    """The outcome of a film whose line is in the snapshot: what was left out, and its releases."""

    odd: list[str]
    releases: int


class Known(msgspec.Struct):
    """
    A film as it was told, and the day on which it was asked for.

    Attributes:
        shown: What was made of it; None if it is to be made anew.
    """

    movie: Movie
    asked: date
    shown: Shown | None = None

    @property
    def series(self) -> int:
        """The number of the collection that it is in; 0 for none."""
        collection = self.movie.belongs_to_collection
        return collection.id if collection else 0


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
        shaped: Digest of what shapes a film's line beside what was told of it.
    """

    form: int = _FORM
    language: str = ""
    changes: date | None = None
    films: dict[int, Known] = {}
    queries: dict[str, Query] = {}
    shaped: str = ""


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
    _forget_shown(memory, films, before, shaped := _shaped(settings, options))
    memory = Memory(_FORM, options.language, today, films, queries, shaped)
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


def _shaped(settings: SourceSettings, options: Options) -> str:
    """Return a digest of what shapes a film's line beside what was told of it."""
    shaping = (__version__, settings.id, settings.regions, sorted(options.kinds))
    return blake2b(repr(shaping).encode(), digest_size=16).hexdigest()


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
        if f"tmdb-{id_}" not in lines:
            known.shown = None
    moved = {known.series for known in films.values() if known.shown is None}
    moved |= {known.series for id_, known in last.films.items() if films.get(id_) is not known}
    for known in films.values():
        if known.series and known.series in moved:
            known.shown = None


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
    told = lines_by_id(before) if before else {}
    kept = {f"tmdb-{id_}": known.shown for id_, known in memory.films.items() if known.shown}
    made = _made(settings, [known for known in memory.films.values() if not known.shown])
    source = source_row(
        settings,
        machine=TMDB.machine,
        title="TMDB",
        url="https://www.themoviedb.org/",
        attribution=_ATTRIBUTION,
    )
    films = [film for film, _ in made.values()]
    lines = film_lines(settings, [source], films, before, {name: told[name] for name in kept})
    releases = lines.releases + sum(shown.releases for shown in kept.values())
    odd = Counter([*notes, *(each for shown in kept.values() for each in shown.odd)])
    for id_, (film, left_out) in made.items():
        odd.update(left_out)
        if film["id"] not in lines.doubtful:
            memory.films[id_].shown = Shown(left_out, len(film.get("releases", ())))
    packed = zlib.compress(msgspec.json.encode(memory), _LEVEL)
    fetched = lines.fetched(before, client.clock(), covers=settings.covers, memory=packed)
    told_odd = tuple(
        Problem(Place(settings.id), f"{what}, {count:,} times" if count > 1 else what, "left out")
        for what, count in sorted(odd.items())
    )
    return replace(fetched, releases=releases, notes=(*told_odd, *lines.notes))


def _made(
    settings: SourceSettings, films: Sequence[Known]
) -> Mapping[int, tuple[dict[str, Any], list[str]]]:
    """Return by number what is made of *films*, each with what was left out of it."""
    kinds = Options.of(settings).kinds
    made = {}
    for known in films:
        film, odd = film_of(known.movie, settings.id, settings.regions)
        if kinds:
            film["releases"] = [each for each in film.get("releases", ()) if each["kind"] in kinds]
        made[known.movie.id] = film, odd
    _agree_on_series([(known, made[known.movie.id][0]) for known in films])
    return made


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
