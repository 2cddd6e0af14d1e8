"""
TMDB's memory: what a look keeps for the next one, of each film by itself and of all together.

Of all together it has what a look has to know of each film: when it was asked for, which collection
it is in, and what was left out. So those alone are opened that are made anew.
"""

import zlib
from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date
from hashlib import blake2b

import msgspec

from releasecal import __version__
from releasecal.sources.remote import remembered_films
from releasecal.sources.remote.fetched import Fetched
from releasecal.sources.remote.source_settings import SourceSettings
from releasecal.sources.remote.tmdb.options import Options
from releasecal.sources.remote.tmdb.replies import Movie, Page
from releasecal.sources.snapshot_parts import UnpartedError

_LEVEL = 1  # of packing the memory, which is packed anew with each look
_FORM = 2  # of the memory
_WITH_FILMS = 1  # the form of earlier versions, which has the films, too


class Shown(msgspec.Struct):
    """The outcome of a film whose line is in the snapshot: what was left out, and its releases."""

    odd: list[str]
    releases: int


class Known(msgspec.Struct, kw_only=True):
    """
    A film as it was told, and the day on which it was asked for.

    Attributes:
        id: Its id in the snapshot; empty in the memory of an earlier version.
        shown: What was made of it; None if it is to be made anew.
    """

    id: str = ""
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


class Memory(msgspec.Struct, omit_defaults=True):
    """
    Memory of a look for the next one.

    Attributes:
        changes: The day up to which changes are known.
        films: By number, each with what was told of it; not written down with the rest.
        queries: By their text.
        shaped: Digest of what shapes a film's line beside what was told of it.
        asked: Numbers of the films by the day on which they were asked for.
        collections: Numbers of the films of each collection.
        odd: What was left out of films whose lines are kept, and how often.
        unsure: Numbers of the films that are made anew with each look.
    """

    form: int = 0
    language: str = ""
    changes: date | None = None
    films: dict[int, Known] = {}
    queries: dict[str, Query] = {}
    shaped: str = ""
    asked: dict[date, list[int]] = {}
    collections: dict[int, list[int]] = {}
    odd: dict[str, int] = {}
    unsure: list[int] = []

    @property
    def days(self) -> dict[int, date]:
        """The day on which each film was asked for, by number."""
        if self.films:
            return {id_: known.asked for id_, known in self.films.items()}
        return {id_: day for day, ids in self.asked.items() for id_ in ids}

    def packed(self) -> bytes:
        """Return all but the films as octets."""
        films, self.films = self.films, {}
        try:
            return zlib.compress(msgspec.json.encode(self), _LEVEL)
        finally:
            self.films = films


def name_of(number: int) -> str:
    """Return the id in the snapshot of the film with this *number*."""
    return f"tmdb-{number}"


def shaped_by(settings: SourceSettings, options: Options) -> str:
    """Return a digest of what shapes a film's line beside what was told of it."""
    shaping = (__version__, settings.id, settings.regions, sorted(options.kinds))
    return blake2b(repr(shaping).encode(), digest_size=16).hexdigest()


def memory_of(before: Fetched, options: Options) -> Memory | None:
    """Return the memory of the look *before*, without films; None if there is none in the same language."""
    try:
        memory = msgspec.json.decode(zlib.decompress(before.memory), type=Memory)
    except (msgspec.MsgspecError, zlib.error):
        return None
    is_known = memory.form in (_FORM, _WITH_FILMS) and memory.language == options.language
    return memory if is_known else None


def whole_memory(before: Fetched | None, options: Options) -> Memory:
    """Return the memory of the look *before* with its films; an empty one if it cannot be read."""
    memory = memory_of(before, options) if before else None
    if before is None or memory is None:
        return Memory()
    if memory.form == _WITH_FILMS:
        for id_, known in memory.films.items():
            known.id = name_of(id_)
        return memory
    try:
        films = remembered_films.films_of(before.remembered, Known)
    except (msgspec.MsgspecError, UnpartedError):
        return Memory()
    memory.films = {known.movie.id: known for known in films.values()}
    memory.asked = {}  # of films that are not there nothing is known
    return memory


def indexed(memory: Memory, of_films: Mapping[int, Known]) -> Memory:
    """Return *memory* as a new one, with what it has of all films together taken from *of_films*."""
    index = Index(Memory())
    for known in of_films.values():
        index.take(known)
    return index.memory(memory)


class Index:
    """The part of a memory that is about all films together, while some of them change."""

    def __init__(self, memory: Memory) -> None:
        """Begin with what *memory* has, which is in the present form."""
        self.days = memory.days
        self.collections: dict[int, set[int]] = defaultdict(set)
        for id_, films in memory.collections.items():
            self.collections[id_].update(films)
        self.odd = Counter(memory.odd)
        self.unsure = set(memory.unsure)

    def take(self, known: Known) -> None:
        """Take the film *known*, of which there is nothing."""
        id_ = known.movie.id
        self.days[id_] = known.asked
        if known.series:
            self.collections[known.series].add(id_)
        if known.shown:
            self.odd.update(known.shown.odd)
        else:
            self.unsure.add(id_)

    def drop(self, known: Known) -> None:
        """Take out the film *known*, as it was taken."""
        id_ = known.movie.id
        del self.days[id_]
        self.collections[known.series].discard(id_)
        self.unsure.discard(id_)
        self.odd.subtract(known.shown.odd if known.shown else ())

    def memory(self, memory: Memory) -> Memory:
        """Return *memory* as a new one in the present form, with this and without films."""
        asked: dict[date, list[int]] = defaultdict(list)
        for id_, day in sorted(self.days.items()):
            asked[day].append(id_)
        return Memory(
            form=_FORM,
            language=memory.language,
            changes=memory.changes,
            queries=memory.queries,
            shaped=memory.shaped,
            asked=dict(sorted(asked.items())),
            collections={
                id_: sorted(films) for id_, films in sorted(self.collections.items()) if films
            },
            odd={what: count for what, count in sorted(self.odd.items()) if count},
            unsure=sorted(self.unsure),
        )
