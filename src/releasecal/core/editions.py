"""Editions: everything that is published at one moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

from releasecal.core.changes import ChangeKind, classify
from releasecal.core.dates import PartialDate
from releasecal.core.debounce import Claim, Pending
from releasecal.core.models import (
    SEQUEL,
    Film,
    Release,
    ReleaseKey,
    Revision,
    SeriesPlace,
    Source,
)

_MOVES = (ChangeKind.DELAYED, ChangeKind.BROUGHT_FORWARD)


@dataclass(frozen=True, slots=True)
class Facts:
    """
    Everything that an event shows; when it differs, the event has changed.

    Attributes:
        release: With everything ever published about it as its history.
        title: The film's title.
        follows: Id of the film this one is a sequel to; empty for other releases.
        titles: (id, title) of every other film the event mentions, sorted.
        related: Releases it belongs with, which `RELATED-TO` names.
        sources: Those its history, its window and what contests it cite, in that order,
            each once.
        pending: Changes that machine sources tell of and that do not count yet: of the release,
            then of the title.
        is_shaky: Whether a change is pending within a week of the day.
    """

    release: Release
    title: str
    follows: str = ""
    series: tuple[SeriesPlace, ...] = ()
    titles: tuple[tuple[str, str], ...] = ()
    related: tuple[ReleaseKey, ...] = ()
    sources: tuple[Source, ...] = ()
    pending: tuple[Claim, ...] = ()
    is_shaky: bool = False

    @property
    def is_sequel(self) -> bool:
        """Whether this is the theatrical release of a film that follows another."""
        return bool(self.follows)


@dataclass(frozen=True, slots=True)
class Entry:
    """
    A release in an edition.

    Attributes:
        sequence: Counts changes of date or status; never falls (RFC 5545 § 3.8.7.4).
        created: When it was first published, UTC.
        revised: When what it shows was last changed by news, UTC.
        look: Digest of what its event shows, by which a change is told from none.
        marked_until: The civil day from which it is no longer marked as moved.
        leaves: The civil day from which it is shown no more; None while it is to happen.
    """

    facts: Facts
    sequence: int
    created: datetime
    revised: datetime
    look: str = ""
    marked_until: date | None = None
    leaves: date | None = None

    @property
    def key(self) -> ReleaseKey:
        """What identifies it."""
        return self.facts.release.key

    @property
    def current(self) -> Revision:
        """The revision in force."""
        return self.facts.release.history[-1]

    @property
    def categories(self) -> tuple[str, ...]:
        """What it is, for people: the kind's name, and Sequel where it is one."""
        names = (self.facts.release.kind.category,)
        return (*names, SEQUEL.capitalize()) if self.facts.is_sequel else names

    @property
    def is_off(self) -> bool:
        """Whether the day it is shown on is one it no longer happens on."""
        current = self.current
        return current.when is None or not current.when.day or current.status.is_over

    @property
    def shown(self) -> PartialDate | None:
        """
        The date it stands under: the current one, or where subscribers last saw it.

        A release that was published for a day and has none any more keeps that day, so
        that the event everybody has can say so.
        """
        if not self.is_off:
            return self.current.when
        for past in reversed(self.facts.release.history):
            if past.seen and has_day(past):
                return past.when
        return self.current.when

    @property
    def moved_from(self) -> Revision | None:
        """From where subscribers saw it move to its current day; None if they did not."""
        history = self.facts.release.history
        return moved_from([*(past for past in history[:-1] if past.seen), history[-1]])

    @property
    def overdue_from(self) -> date | None:
        """The civil day from which a coarse date is in the past, and so overdue."""
        current = self.current
        if current.when is None or current.when.day or current.status.is_over:
            return None
        return current.when.after

    def is_marked(self, today: date) -> bool:
        """Whether it is said on the civil day *today* that it has moved."""
        return self.marked_until is not None and today < self.marked_until

    def is_overdue(self, today: date) -> bool:
        """Whether all the days it was announced for had passed before *today*."""
        return self.overdue_from is not None and self.overdue_from <= today

    def changed(self, today: date) -> datetime:
        """
        Return when what it shows on the civil day *today* last changed, UTC.

        That is DTSTAMP and LAST-MODIFIED: news changes it, and so does the midnight on
        which a mark goes or a date becomes overdue.
        """
        overdue_from = self.overdue_from
        if self.marked_until is None and overdue_from is None:
            return self.revised
        turns = [day for day in (self.marked_until, overdue_from) if day and day <= today]
        if not turns:
            return self.revised
        return max(self.revised, datetime.combine(max(turns), time(), UTC))


def moved_from(history: Sequence[Revision]) -> Revision | None:
    """
    Return from where the last revision of *history* moves the release to another day, if it does.

    That is what was announced last, or the day on which calendars still have it, where that
    has become a month or no date in between. What has no day any more has not moved: it says
    so as long as it lasts. What was off is back, which is no move either.
    """
    *earlier, current = history
    if not earlier or earlier[-1].status.is_over or not has_day(current):
        return None
    last_days = [past for past in earlier if has_day(past)][-1:]
    candidates = [earlier[-1], *last_days]
    return next((past for past in candidates if classify(past, current) in _MOVES), None)


def has_day(revision: Revision) -> bool:
    """Whether *revision* says that the release is to happen on a day."""
    return not revision.status.is_over and revision.when is not None and revision.when.is_day


@dataclass(frozen=True, slots=True)
class Edition:
    """
    All that is published at one moment.

    Attributes:
        number: 0 for the empty edition before the first.
        published: UTC, whole seconds.
        rendering: Names whatever else shapes an event's bytes: our own code, settings.
        entries: By key, sorted; those long gone too, for what is past stays on record.
        films: By id, sorted; those no source tells of any more too.
        pending: Changes that machine sources tell of and that do not count yet.
    """

    number: int
    published: datetime
    rendering: str
    entries: Mapping[ReleaseKey, Entry] = field(default_factory=dict)
    films: Mapping[str, Film] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict)
    pending: Mapping[ReleaseKey, Pending] = field(default_factory=dict)


NOTHING = Edition(0, datetime(1970, 1, 1, tzinfo=UTC), "")
"""What had been published before the first edition."""
