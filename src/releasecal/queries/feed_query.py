"""A client's query for a feed: its selection of entries, and the look of its events."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import fields
from datetime import date, timedelta
from enum import Enum
from functools import lru_cache
from urllib.parse import quote

from releasecal.core.durations import Period, offset_text
from releasecal.core.editions import Entry
from releasecal.core.languages import ENGLISH, LANGUAGES, Language
from releasecal.core.models import SEQUEL, UNKNOWN, WORLD, Film, ReleaseKey, ReleaseKind, slugify
from releasecal.core.value_classes import dataclass, replace
from releasecal.queries.parameters import (
    DOWNLOAD,
    INSTEAD,
    PARAMETERS,
    AskedCertainty,
    Cancelled,
    Known,
    Limit,
    Undated,
    given,
    is_anything,
)
from releasecal.queries.title_words import title_words

_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class FeedQuery:
    """
    A query for a feed. All conditions hold at once; an empty one does not limit.

    Most fields select entries. *emoji* and *lang* shape the words of an event, *undated* and
    *cancelled* do both, and *alarm* adds to an event. `is_plain` is true if none of them
    changes a byte of an event but for alarms.

    Attributes:
        kind: Slugs of kinds, or `SEQUEL`; sorted, each once, like all lists here. The kind of
            derived releases (streaming-eligible) also selects those that were derived before
            they were announced; the announced kind (streaming) also selects derived ones.
        region: Countries, or `WORLD`; a worldwide release answers for each country that has none
            of its own of that film, kind and channel, unless that is withdrawn. One whose
            region is unknown answers where nothing better is known of that film and kind.
        film: Film ids; a film's sequel opening counts as the film's own.
        channel: Channel slugs.
        genre: Slugs of genres.
        q: Texts, each of words by `title_words`, joined by spaces; a film needs all words of
            one of them somewhere in its titles.
        certainty: Whether derived and estimated dates are left out.
        undated: Place of entries without a day.
        cancelled: Look of entries that are off their day.
        as_of: Civil day in the past whose knowledge answers; None for present knowledge.
        past: Period before today (civil, UTC); None for all of the past.
        future: Period after today; None for all of the future.
        alarm: Offsets of alarms from the beginning of an event's day; sorted.
        emoji: Whether each SUMMARY begins with the emoji of its kind.
        lang: Code of the language of all texts.
        limit: Whether a feed that is too large leaves out the entries farthest from today.
    """

    kind: tuple[str, ...] = ()
    region: tuple[str, ...] = ()
    film: tuple[str, ...] = ()
    series: tuple[str, ...] = ()
    channel: tuple[str, ...] = ()
    genre: tuple[str, ...] = ()
    q: tuple[str, ...] = ()
    certainty: AskedCertainty = AskedCertainty.ANY
    undated: Undated = Undated.HIDE
    cancelled: Cancelled = Cancelled.STRIKE
    as_of: date | None = None
    past: Period | None = None
    future: Period | None = None
    alarm: tuple[timedelta, ...] = ()
    emoji: bool = False
    lang: str = ENGLISH.code
    limit: Limit = Limit.USUAL

    @classmethod
    def parse(cls, pairs: Iterable[tuple[str, str]], known: Mapping[str, Known]) -> "FeedQuery":
        """
        Read a query, as (name, value) pairs in any order.

        *known* has a test of values for ``region``, ``film``, ``series`` and ``channel``;
        without a test every value is known. `given` treats repeated and foreign parameters.

        Raises:
            SelectionError: With a message that names a remedy.
        """
        texts = given(pairs, (*PARAMETERS, DOWNLOAD), INSTEAD)
        values = {
            name.replace("-", "_"): PARAMETERS[name].read(name, text, known.get(name, is_anything))
            for name, text in texts.items()
            if name != DOWNLOAD
        }
        return cls(**values)  # type: ignore[arg-type]  # the rows' readers fit the fields

    @property
    def limits(self) -> Mapping[str, str]:
        """The canonical parameters, sorted, without defaults."""
        return {
            name: _written(getattr(self, column))
            for column, name, default in _WRITTEN
            if getattr(self, column) != default
        }

    @property
    def canonical(self) -> str:
        """The canonical query, ready for an address."""
        return _canonical(self)

    @property
    def is_plain(self) -> bool:
        """Whether each event is, but for alarms, as without a query, so that it can be shared."""
        return (
            self.undated is Undated.HIDE
            and self.cancelled is not Cancelled.KEEP
            and not self.emoji
            and self.lang == ENGLISH.code
        )

    @property
    def language(self) -> Language:
        """The language of all texts."""
        return LANGUAGES[self.lang]

    @property
    def ever(self) -> "FeedQuery":
        """
        The query for everything that may ever have answered this one, whatever its days.

        A worldwide release may have answered before its country had one of its own, and a
        derived date may have been announced before.
        """
        regions = tuple(sorted({*self.region, WORLD, UNKNOWN})) if self.region else ()
        return replace(self, region=regions, past=None, future=None, certainty=AskedCertainty.ANY)

    @property
    def is_daily(self) -> bool:
        """Whether the query itself counts from today."""
        return self.past is not None or self.future is not None

    def select(self, entries: Collection[Entry], films: Mapping[str, Film]) -> tuple[Entry, ...]:
        """
        Return those of *entries* that meet the conditions, the ones on dates aside.

        *entries* are all releases of their films, which are in *films*, by id: a worldwide one
        answers for the regions that have none of its kind and channel, and one of an unknown
        region for those that have none of its kind, where there is no worldwide one either.
        """
        own = defaultdict(set)
        for entry in entries:
            if not entry.is_withdrawn:
                for scope in (_scope(entry.key, WORLD), _scope(entry.key, UNKNOWN)):
                    own[scope].add(entry.key.region)
        return tuple(
            entry
            for entry in entries
            if self._matches(entry, own[_scope(entry.key, entry.key.region)])
            and self._matches_film(films[entry.key.film])
        )

    def _matches_film(self, film: Film) -> bool:
        """Whether genres and titles of *film* meet the conditions."""
        words = film_words(film)
        phrases = [words.issuperset(phrase.split()) for phrase in self.q]
        return (not self.genre or not film_genres(film).isdisjoint(self.genre)) and (
            not self.q or any(phrases)
        )

    def _matches(self, entry: Entry, own: AbstractSet[str]) -> bool:
        """
        Whether *entry* meets the conditions, those on its date, genres and titles aside.

        *own* has the regions with a release of its film and kind, and for a worldwide one of
        its channel, that is not withdrawn.
        """
        key, facts = entry.key, entry.facts
        series = {place.id for place in facts.series}
        is_known = key.region not in (WORLD, UNKNOWN) or (key.region == UNKNOWN and WORLD in own)
        regions = {key.region, *(() if is_known else set(self.region) - own - {WORLD})}
        return (
            (not self.kind or not entry_kinds(entry).isdisjoint(self.kind))
            and (not self.region or not regions.isdisjoint(self.region))
            and (not self.channel or key.channel in self.channel)
            and (not self.film or key.film in self.film or facts.follows in self.film)
            and (not self.series or not series.isdisjoint(self.series))
            and (self.certainty is AskedCertainty.ANY or entry.is_announced)
        )

    def place(self, entry: Entry) -> tuple[date, date, bool]:
        """
        Return (first day, day after the last, whether it is off its day) of *entry*.

        An entry is off its day if it is shown on a day it no longer happens on.

        Raises:
            ValueError: The entry has no day; a feed has no such entries.
        """
        current = entry.facts.release.history[-1]
        when, is_off_its_day = current.when, False
        if when is None or not when.day or current.status.is_over:
            is_off_its_day = not self._is_coarse(entry)
            when = entry.shown if is_off_its_day else when
        if when is None:
            raise ValueError(f"{entry.key} is on no day")
        if when.day:
            first = date(when.year, when.part, when.day)
            return first, first + _A_DAY, is_off_its_day
        first, after = when.first, when.after
        return (after - _A_DAY if self.undated is Undated.END else first), after, is_off_its_day

    def span_of(self, entry: Entry) -> tuple[date, date]:
        """Return the half-open span of days on which *entry* is shown; see `place`."""
        first, after, _ = self.place(entry)
        return first, after

    def _is_coarse(self, entry: Entry) -> bool:
        """Whether *entry* is shown on a month, quarter, season or year."""
        return entry.overdue_from is not None and self.undated is not Undated.HIDE

    def span(self, today: date) -> tuple[date, date]:
        """Return the half-open span of days asked for."""
        first = date.min if self.past is None else self.past.before(today)
        if self.future is None:
            return first, date.max
        return first, replace(self.future, days=self.future.days + 1).after(today)


@lru_cache(maxsize=64)  # an answer needs it four times
def _canonical(query: FeedQuery) -> str:
    return written_query(query.limits)


def written_query(parameters: Mapping[str, str]) -> str:
    """Return *parameters*, whose names are ours, as a query, ready for an address."""
    return "&".join([f"{name}={quote(value, safe=',')}" for name, value in parameters.items()])


def film_genres(film: Film) -> frozenset[str]:
    """Return the slugs of the genres of *film*."""
    return frozenset(map(slugify, film.genres)) - {""}


def film_words(film: Film) -> frozenset[str]:
    """Return the words of all titles of *film*."""
    titles = (film.title, *(other.title for other in film.titles))
    return frozenset(word for title in titles for word in title_words(title))


def release_kinds(identity: str, *, was_derived: bool, is_sequel: bool) -> frozenset[str]:
    """
    Return the names of the kinds of a release whose key has the kind *identity*.

    It is of another one, too, if a window gave its date once, and if it is of a sequel.
    """
    names = {kind.slug for kind in ReleaseKind if kind.identity == identity}
    names &= names if was_derived else {identity}
    return frozenset(names | {SEQUEL} if is_sequel else names)


def entry_kinds(entry: Entry) -> frozenset[str]:
    """Return the names of the kinds that *entry* is of: derived and announced, and a sequel."""
    facts = entry.facts
    return release_kinds(entry.key.kind, was_derived=entry.was_derived, is_sequel=facts.is_sequel)


def _scope(key: ReleaseKey, region: str) -> tuple[str, ...]:
    """Return the parts of *key* that a region's own release and the one in *region* share."""
    alike = (key.film, key.kind)
    return alike if region == UNKNOWN else (*alike, f".{key.channel}")


def _written(value: object) -> str:
    """Return the *value* of a field as text for an address."""
    if isinstance(value, tuple):
        return ",".join(map(_written, value))
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, timedelta):
        return offset_text(value)
    return str(int(value)) if isinstance(value, bool) else str(value)


_WRITTEN = tuple(
    (column.name, column.name.replace("_", "-"), column.default)
    for column in sorted(fields(FeedQuery), key=lambda column: column.name)
)
"""Fields by name, each with its parameter and its default."""

EVERYTHING = FeedQuery()
"""The query without conditions."""
