"""Questions of a look to TMDB: about films that are new, edited, or were asked for long ago."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from releasecal.core.value_classes import dataclass
from releasecal.errors import FetchFailed
from releasecal.sources.remote.client import Client
from releasecal.sources.remote.failures import Failure
from releasecal.sources.remote.source_settings import SourceSettings
from releasecal.sources.remote.tmdb.listing import Tmdb, in_parallel
from releasecal.sources.remote.tmdb.memory import Known, Memory, Query, name_of
from releasecal.sources.remote.tmdb.options import Options, params_of
from releasecal.sources.remote.tmdb.replies import APPENDED, Movie, Page

_MAX_AGE = timedelta(days=150)  # of what is kept; TMDB's terms allow six months
_KEPT_ON = timedelta(days=180)  # a film that no query lists any more
_LISTED_ANEW = timedelta(days=7)  # at the latest, although the first page is the same


@dataclass(frozen=True, slots=True)
class Answers:
    """
    The answers of TMDB in a look.

    Attributes:
        today: The day of the look.
        queries: Outcomes of the queries, by their text.
        followed: Numbers of all films that are followed.
        told: The films that were asked for, by number.
        missing: Numbers of those that were asked for and are not there.
    """

    today: date
    queries: dict[str, Query]
    followed: frozenset[int]
    told: Mapping[int, Known]
    missing: frozenset[int]


def answers(settings: SourceSettings, options: Options, memory: Memory, client: Client) -> Answers:
    """
    Return the answers of TMDB, given the *memory* of the last look.

    Raises:
        FetchFailed: One of the questions failed, other than that a film is not there.
    """
    tmdb, today = Tmdb(settings, client), client.clock().date()
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
    return Answers(
        today,
        queries,
        frozenset(followed),
        {
            id_: Known(id=name_of(id_), movie=movie, asked=today)
            for id_, movie in asked.items()
            if movie
        },
        frozenset(id_ for id_, movie in asked.items() if movie is None),
    )


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
    days = memory.days
    known = {id_: days[id_] for id_ in followed if id_ in days}
    wanted = {id_ for id_ in followed if id_ not in known}
    wanted |= {id_ for id_, asked in known.items() if today - asked > _MAX_AGE}
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
