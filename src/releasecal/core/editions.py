"""Editions: the published state of all releases at one moment."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import UTC, date, datetime
from functools import lru_cache

from releasecal.core.changes import ChangeKind, classify
from releasecal.core.dates import PartialDate, midnight
from releasecal.core.debounce import Claim, Pending
from releasecal.core.films_on_record import FilmsOnRecord
from releasecal.core.models import (
    SEQUEL,
    Certainty,
    Film,
    Release,
    ReleaseKey,
    Revision,
    SeriesPlace,
    Source,
    Status,
)
from releasecal.core.value_classes import dataclass, replace

# Python 3.11 is slow to look a member up in its enumeration.
_DERIVED, _WITHDRAWN = Certainty.DERIVED, Status.WITHDRAWN
_MOVES = (ChangeKind.DELAYED, ChangeKind.BROUGHT_FORWARD, ChangeKind.TAKEN_OVER)


@dataclass(frozen=True, slots=True)
class Facts:
    """
    The content of a release's event; equal facts make equal events.

    Attributes:
        release: Its history holds everything ever published about it.
        title: The film's title.
        follows: Id of the film that this one is a sequel to; empty for other releases.
        genres: Of the film, in the order of the data.
        names: (language or "", title) of the titles in the release's region, its own first.
        distinction: Distinction of the film from others of its title, or "".
        former_title: The title that subscribers saw before *title*, or "".
        titles: (id, title) of the other films in the event, sorted.
        related: UIDs in `RELATED-TO`, without a domain.
        sources: The sources cited by the history, the window and the contesting revisions,
            in that order, each once.
        pending: Changes by machine sources that do not count yet: of the release, then of the
            title.
        is_being_checked: Whether a change is pending within a week of the day.
        poster: Address of an image of the film.
        synopsis: Of the film.
        runtime: Of the film, in minutes.
        certification: Its age rating in the release's region, or "".
    """

    release: Release
    title: str
    follows: str = ""
    series: tuple[SeriesPlace, ...] = ()
    titles: tuple[tuple[str, str], ...] = ()
    related: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    pending: tuple[Claim, ...] = ()
    is_being_checked: bool = False
    genres: tuple[str, ...] = ()
    names: tuple[tuple[str, str], ...] = ()
    distinction: str = ""
    former_title: str = ""
    poster: str = ""
    synopsis: str = ""
    runtime: int | None = None
    certification: str = ""

    @property
    def is_sequel(self) -> bool:
        """Whether this is the theatrical release of a film that follows another."""
        return bool(self.follows)

    @property
    def source_titles(self) -> Mapping[str, str]:
        """The titles of its sources, by id."""
        return {source.id: source.title or source.id for source in self.sources}

    def name_in(self, language: str) -> str:
        """Return the title in the release's region for the *language* with that code."""
        if not self.names:
            return self.title
        names = [name for tongue, name in self.names if tongue.partition("-")[0] == language]
        names += [name for tongue, name in self.names if not tongue]
        return names[0] if names else self.title


@dataclass(frozen=True, slots=True)
class Entry:
    """
    A release in an edition.

    Attributes:
        sequence: Counts changes of date or status; never falls (RFC 5545 § 3.8.7.4).
        created: When it was first published, UTC.
        revised: When news last changed its event, UTC.
        uids: UIDs of its event, without a domain: the present one, then those it had before.
        event_digest: Digest of its event's text, equal as long as the text is.
        marked_until: The civil day from which it is no longer marked as moved.
        leaves: The civil day from which it is not shown; None for a release that still has
            a day.
    """

    facts: Facts
    sequence: int
    created: datetime
    revised: datetime
    uids: tuple[str, ...]
    event_digest: str = ""
    marked_until: date | None = None
    leaves: date | None = None

    @property
    def key(self) -> ReleaseKey:
        """The identity of its release."""
        return self.facts.release.key

    @property
    def uid(self) -> str:
        """The UID of its event without a domain, which it keeps for ever."""
        return self.uids[0]

    @property
    def current(self) -> Revision:
        """The revision in force."""
        return self.facts.release.history[-1]

    @property
    def categories(self) -> tuple[str, ...]:
        """The name of its kind, ``Sequel`` for a sequel, genres, series: each once."""
        facts = self.facts
        series = tuple([place.title for place in facts.series]) if facts.series else ()
        sequel = SEQUEL.capitalize() if facts.follows else ""
        return _categories(facts.release.kind.category, sequel, facts.genres, series)

    @property
    def is_announced(self) -> bool:
        """Whether its date is announced, and neither derived nor estimated."""
        return self.current.certainty.is_announced

    @property
    def was_derived(self) -> bool:
        """Whether its date follows from a window now, or did before it was announced."""
        return any(past.certainty is _DERIVED for past in self.facts.release.history)

    @property
    def is_withdrawn(self) -> bool:
        """Whether no source lists it any more."""
        return self.current.status is _WITHDRAWN

    @property
    def is_off_its_day(self) -> bool:
        """Whether it is off its day: cancelled, withdrawn or without a day any more."""
        return not has_day(self.facts.release.history[-1])

    @property
    def last_date(self) -> PartialDate | None:
        """The date in force or, if the release no longer happens, the one that fell through."""
        return self.shown if self.current.status.is_over else self.current.when

    @property
    def shown(self) -> PartialDate | None:
        """
        The date of its event: the current one, or the last one that subscribers saw.

        A release that has lost its day keeps it here, so that the event that subscribers
        have can tell them.
        """
        history = self.facts.release.history
        if has_day(history[-1]):
            return history[-1].when
        seen = (past.when for past in reversed(history) if past.seen and has_day(past))
        return next(seen, history[-1].when)

    @property
    def moved_from(self) -> Revision | None:
        """The revision from which subscribers saw it move to its current day, if any."""
        history = self.facts.release.history
        return moved_from([*(past for past in history[:-1] if past.seen), history[-1]])

    @property
    def overdue_from(self) -> date | None:
        """The civil day from which a coarse date is overdue: its span has passed."""
        current = self.current
        if current.when is None or current.when.day or current.status.is_over:
            return None
        return current.when.after

    def is_marked(self, today: date) -> bool:
        """Whether its title mentions a move on the civil day *today*."""
        return self.marked_until is not None and today < self.marked_until

    def is_overdue(self, today: date) -> bool:
        """Whether the whole span of its coarse date has passed before *today*."""
        return self.overdue_from is not None and self.overdue_from <= today

    def changed(self, today: date) -> datetime:
        """
        Return the moment of the last change to its event as of the civil day *today*, UTC.

        It becomes DTSTAMP and LAST-MODIFIED. News is a change, and so is the midnight on
        which a mark ends or a date becomes overdue.
        """
        when = self.facts.release.history[-1].when
        if self.marked_until is None and (when is None or when.day):
            return self.revised  # as of most
        turns = [day for day in (self.marked_until, self.overdue_from) if day and day <= today]
        if not turns:
            return self.revised
        return max(self.revised, midnight(max(turns)))


@lru_cache(maxsize=4_096)
def _categories(
    kind: str, sequel: str, genres: tuple[str, ...], series: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the categories of an event; cached, for many films have the same."""
    names = [kind, *filter(None, [sequel])]
    names += [genre[:1].upper() + genre[1:] for genre in genres]
    return tuple(dict.fromkeys([*names, *series]))


def moved_from(history: Sequence[Revision]) -> Revision | None:
    """
    Return the revision from which the last one of *history* moves the release, if it does.

    It is the previous revision, or the last one with a day if the date was a month or missing
    in between: calendars still have it on that day. A release without a day has not moved,
    for its event says so at all times. One that was over moves if it is back on another day.
    A correction of a day that had passed is no move, and neither is the change to the day of
    another source that takes over.
    """
    *earlier, current = history
    if not earlier or not has_day(current):
        return None
    last_days = [past for past in earlier if has_day(past)][-1:]
    candidates = [earlier[-1], *last_days]
    return next((past for past in candidates if classify(past, current) in _MOVES), None)


def has_day(revision: Revision) -> bool:
    """Whether *revision* schedules the release for a single day."""
    return revision.when is not None and revision.when.day > 0 and not revision.status.is_over


@dataclass(frozen=True, slots=True)
class Edition:
    """
    The published state of all releases at one moment.

    Attributes:
        number: 1 for the first; 0 for the empty one before it.
        published: UTC, whole seconds.
        rendering: Name of the code and settings that shape an event's bytes beside its facts.
        entries: By key, sorted; past releases stay on record.
        films: By id, sorted; films that no source has any more stay on record.
        pending: Changes in machine sources that do not count yet.
        uids: UIDs of published releases that are not in *entries*, by the text of their keys.
    """

    number: int
    published: datetime
    rendering: str
    entries: Mapping[ReleaseKey, Entry] = field(default_factory=dict)
    films: Mapping[str, Film] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict)
    pending: Mapping[ReleaseKey, Pending] = field(default_factory=dict)
    uids: Mapping[str, str] = field(default_factory=dict)

    def uid(self, key: ReleaseKey) -> str:
        """Return the UID that a release has, without a domain; "" for a new release."""
        if self.entries and (entry := self.entries.get(key)):
            return entry.uid
        return self.uids.get(str(key), "") if self.uids else ""


def on_record(edition: Edition) -> FilmsOnRecord:
    """
    Return the films of *edition*.

    Repeats are told apart by place and label, also those that no source lists any more.
    """
    repeating = {
        key.film
        for key, entry in edition.entries.items()
        if key.number > 1 or entry.facts.release.place or entry.facts.release.label
    }
    if not repeating:
        return FilmsOnRecord(edition.films)
    releases: dict[str, list[Release]] = {id_: [] for id_ in repeating}
    for key, entry in edition.entries.items():
        if key.film in repeating:
            releases[key.film].append(entry.facts.release)
    whole = {
        id_: replace(edition.films[id_], releases=tuple(each)) for id_, each in releases.items()
    }
    return FilmsOnRecord({**edition.films, **whole})


NOTHING = Edition(0, datetime(1970, 1, 1, tzinfo=UTC), "")
"""The empty edition before the first one."""
