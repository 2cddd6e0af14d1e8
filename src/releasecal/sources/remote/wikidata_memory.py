"""
The memory of a look at Wikidata: of each film the moment of its last edit, and its ties to others.

With it the next look asks for the facts of those films alone that were edited since, and of others that
these change: a film follows those that are told of, too, and a series has one title.
"""

import zlib
from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date
from hashlib import blake2b

import msgspec

from releasecal import __version__
from releasecal.sources.remote.fetched import Fetched
from releasecal.sources.remote.source_settings import SourceSettings
from releasecal.sources.remote.wikidata_films import Entity

_FORM = 1  # of the memory; another one is not read


class Noted(msgspec.Struct, omit_defaults=True):
    """
    A film as the last look at it found it.

    Attributes:
        edited: The moment of its last edit, as Wikidata writes it; empty if it did not tell.
        is_titled: Whether it has a title, and so is told of.
        follows: Ids of the films that it follows.
        series: Titles of the series that it is in, by their ids.
        odd: Dates that were left out, and how often.
        is_unsure: Whether parts of it break the rules, so that it is made anew with each look.
    """

    edited: str = ""
    is_titled: bool = True
    follows: list[str] = []
    series: dict[str, str] = {}
    odd: dict[str, int] = {}
    is_unsure: bool = False


class EditMemory(msgspec.Struct, omit_defaults=True):
    """
    Memory of a look for the next one.

    Attributes:
        shaped: Digest of what shapes the facts beside Wikidata's own.
        whole: The day on which all films were asked for.
        films: By id.
    """

    whole: date
    form: int = 0
    shaped: str = ""
    films: dict[str, Noted] = {}

    @property
    def packed(self) -> bytes:
        """The memory as octets; none if Wikidata does not tell when a film was edited."""
        if not any(film.edited for film in self.films.values()):
            return b""
        self.films = dict(sorted(self.films.items()))
        return zlib.compress(msgspec.json.encode(self))

    @property
    def titled(self) -> frozenset[str]:
        """Ids of the films that are told of."""
        return frozenset(id_ for id_, film in self.films.items() if film.is_titled)

    @property
    def odd(self) -> Counter[str]:
        """Counts of what was left out of films."""
        found = Counter("a film without a title" for f in self.films.values() if not f.is_titled)
        for film in self.films.values():
            found.update(film.odd)
        return found


def memory_of(settings: SourceSettings, before: Fetched) -> EditMemory | None:
    """Return the memory of the look *before*, if it had the same *settings*."""
    try:
        memory = msgspec.json.decode(zlib.decompress(before.memory), type=EditMemory)
    except (msgspec.MsgspecError, zlib.error):
        return None
    is_same = memory.form == _FORM and memory.shaped == _shaped(settings)
    return memory if is_same else None


def new_memory(settings: SourceSettings, whole: date, films: Mapping[str, Noted]) -> EditMemory:
    """Return the memory of a look that noted *films*; all were asked for on the day *whole*."""
    return EditMemory(whole, _FORM, _shaped(settings), dict(films))


def noted(entity: Entity, edited: str) -> Noted:
    """Return the note about *entity*, which was *edited* then at the latest."""
    return Noted(
        edited=edited,
        is_titled=bool(entity.title),
        follows=sorted(entity.follows),
        series={id_: title for id_, (title, _) in sorted(entity.series.items())},
        odd=dict(sorted(entity.odd.items())),
    )


def tied(
    films: Mapping[str, Noted], asked: Mapping[str, Noted], before: frozenset[str]
) -> frozenset[str]:
    """
    Return the ids of those *films* whose facts have to be asked for because of those that were *asked*.

    These follow a film that is told of now and was not *before*, or the other way round, or are in a
    series that has another title now.
    """
    titled = {id_ for id_, film in films.items() if film.is_titled}
    moved = titled ^ before
    titles: dict[str, set[str]] = defaultdict(set)
    for film in asked.values():
        for id_, title in film.series.items():
            titles[id_].add(title)
    return frozenset(
        id_
        for id_, film in films.items()
        if id_ not in asked
        and (
            not moved.isdisjoint(film.follows)
            or any(titles.get(each, {title}) != {title} for each, title in film.series.items())
        )
    )


def _shaped(settings: SourceSettings) -> str:
    language = settings.options.get("language", "en")
    shaping = (__version__, settings.id, settings.regions, language)
    return blake2b(repr(shaping).encode(), digest_size=16).hexdigest()
