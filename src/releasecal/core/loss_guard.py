"""
The loss guard: too large a loss or change at once waits for a person.

A half-written export, a search that fails politely, a wrong path, a clock in another zone:
each looks like a hundred honest changes. Such an edition is held until a person lets it
through. A change that is pending counts as well, or a source would lose its films one by one;
but nothing is held before the first of them would be published.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from datetime import date, datetime

from releasecal.core.dates import PartialDate
from releasecal.core.debounce import title_key
from releasecal.core.editions import Edition, Entry
from releasecal.core.languages import ENGLISH
from releasecal.core.models import Certainty, Film, ReleaseKey, Source, Status
from releasecal.core.placeholder_dates import is_january_first
from releasecal.core.value_classes import dataclass

_HELD_SHARES = ((2, 2), (5, 5))
"""Held are a half and at least 2, a fifth and at least 5: (share of, at least)."""

_MIN_MOVED = 5
_MIN_TITLES = 3
_MAX_NAMED = 3  # releases in one sentence


@dataclass(frozen=True, slots=True)
class Loss:
    """
    A loss or change too large to go unseen.

    Attributes:
        source: The address, or else the id of the machine source, that it comes from.
        is_machine: Whether it is the id of a machine source.
    """

    source: str
    reason: str
    is_machine: bool = False

    def __str__(self) -> str:
        """Return the reason, a sentence without a full stop."""
        return self.reason


def losses(
    before: Edition,
    after: Edition,
    addresses: Sequence[str],
    today: date,
    *,
    is_part: bool = False,
) -> tuple[Loss, ...]:
    """
    Return why *after* should not follow *before*, one loss for each source and reason.

    With *is_part* the two editions are only the films that have changed. Any share of them is
    larger than of everything, so a part without a loss means a whole without one.
    """
    guard = LossGuard(addresses, after.sources, today)
    guard.compare(before, after)
    return guard.losses(is_part=is_part)


class LossGuard:
    """
    Compares an edition with the next one, film by film; accepted changes count for nothing.

    Only the addresses that are read now are asked about: taking one out of the settings is a
    decision. A cancellation is no loss, for the source says so.
    """

    def __init__(
        self, addresses: Sequence[str], sources: Mapping[str, Source], today: date
    ) -> None:
        """Compare nothing yet. *sources* are those of the next edition, *today* is the civil day."""
        self._today = today
        self._sources = {address: _SourceTally(address) for address in addresses}
        self._machines = {id_: _MachineTally(id_) for id_, each in sources.items() if each.machine}

    def compare(self, before: Edition, after: Edition) -> None:
        """Compare some films and all their entries, which none of the calls before had."""
        part = _Part(before, after, self._today)
        for film in before.films.values():
            for address in self._sources.keys() & set(film.told_by):
                self._sources[address].films += 1
            if film.source in self._machines:
                self._machines[film.source].compare_titles(film, part)
        for film in after.films.values():
            for address in self._sources.keys() & set(film.told_by):
                self._sources[address].is_telling = True
        for key, entry in before.entries.items():
            teller = before.films.get(key.film)
            for address in teller.told_by if teller else ():
                if address in self._sources and _is_told_by(address, entry):
                    self._sources[address].compare(key, entry, part)
            if entry.current.source in self._machines:
                self._machines[entry.current.source].compare(key, entry, part)

    def losses(self, *, is_part: bool = False) -> tuple[Loss, ...]:
        """Return the losses of all that was compared; of a part of it with *is_part*."""
        told = [Loss(each.address, why) for each in self._sources.values() for why in each.lost()]
        for id_, machine in self._machines.items():
            reasons = [*machine.moved(), *machine.retitled(is_part=is_part)]
            told += [Loss(id_, reason, is_machine=True) for reason in reasons]
        return tuple(told)


class _Part:
    """Some films before and after, and what is asked of their releases."""

    def __init__(self, before: Edition, after: Edition, today: date) -> None:
        self.before, self.after, self._today = before, after, today
        pending = [*before.pending.items(), *after.pending.items()]
        self.accepted = {key for key, change in pending if change.accepted}
        self.titles = {
            key.film: change.claim.title
            for key, change in after.pending.items()
            if change.claim.title
        }

    def is_upcoming(self, key: ReleaseKey, entry: Entry) -> bool:
        """Whether *entry*, of before, was to come."""
        # An estimate that goes on as the day of a channel has another key.
        return key in self.after.entries and _is_upcoming(entry, self._today)

    def is_lost(self, key: ReleaseKey) -> bool:
        """Whether the release has lost its date now, and nobody has agreed to that."""
        return key not in self.accepted and is_lost(key, self.before, self.after)

    def is_pending_loss(self, key: ReleaseKey) -> bool:
        """Whether the release is about to lose its date."""
        change = self.after.pending.get(key)
        return change is not None and change.claim.is_loss and not change.accepted

    def is_listed(self, key: ReleaseKey) -> bool:
        """Whether a source still lists the release, be it without a date."""
        change = self.after.pending.get(key)
        if change:
            return change.claim.statement is not None
        return self.after.entries[key].current.status is not Status.WITHDRAWN

    def since(self, key: ReleaseKey) -> datetime:
        """Return the look that first brought a change: changes of one look are one batch."""
        change = self.after.pending.get(key) or self.before.pending.get(key)
        return change.since if change else self.after.published

    def says(self, key: ReleaseKey) -> PartialDate | None:
        """Return the date that is published after, or is pending."""
        change, current = self.after.pending.get(key), self.after.entries[key].current
        if change and change.claim.statement:
            return change.claim.statement[0]
        return None if current.status.is_over else current.when


@dataclass(slots=True)
class _Tally:
    """A number of releases or films, of which the first are named; *is_now* if one changes now."""

    count: int = 0
    first: list[str] = field(default_factory=list)
    is_now: bool = False

    def add(self, what: object, *, is_now: bool) -> None:
        self.count += 1
        self.is_now |= is_now
        if len(self.first) < _MAX_NAMED:
            self.first.append(str(what))

    @property
    def named(self) -> str:
        """The first of them for a message."""
        return ", ".join([*self.first, "…"])

    def share(self, upcoming: int) -> str:
        """Return in words how many they are of the *upcoming* releases, and the first of them."""
        told = ENGLISH.say_many(
            "{some} of its {count} upcoming releases", upcoming, some=self.count
        )
        return f"{told} ({self.named})"


@dataclass(slots=True)
class _SourceTally:
    """
    The films and releases that the source at *address* told of, and those that it has lost.

    Attributes:
        films: Number of those that it told of.
        is_telling: Whether it tells of any now.
        is_lost: Whether any release of its own is lost.
        gone: Those of its *upcoming* releases that are lost or about to be.
        is_listed: Whether it still lists one of these.
    """

    address: str
    films: int = 0
    is_telling: bool = False
    is_lost: bool = False
    upcoming: int = 0
    gone: _Tally = field(default_factory=_Tally)
    is_listed: bool = False

    def compare(self, key: ReleaseKey, entry: Entry, part: _Part) -> None:
        """Count a release of its own."""
        if entry.current.certainty is Certainty.DERIVED:
            return  # it goes with its opening, which counts once
        is_lost = part.is_lost(key)
        self.is_lost |= is_lost
        if part.is_upcoming(key, entry):
            self.upcoming += 1
            if is_lost or part.is_pending_loss(key):
                self.gone.add(key, is_now=is_lost)
                self.is_listed |= part.is_listed(key)

    def lost(self) -> Iterable[str]:
        """Yield a sentence if too many of its releases are gone."""
        if not self.is_lost:
            return
        if not self.is_telling:
            told = ENGLISH.say_many("{count} films", self.films)
            yield f"{self.address} told of {told} and tells of none now"
            return
        # One of one may lose its date by somebody's word, but not by silence.
        is_all = self.gone.count == self.upcoming and not self.is_listed
        if self.gone.is_now and (is_all or _is_too_much(self.gone.count, self.upcoming)):
            yield f"{self.address} no longer dates {self.gone.share(self.upcoming)}"


@dataclass(slots=True)
class _MachineTally:
    """
    The upcoming releases and the films of a machine source, and how they change.

    Attributes:
        changed: Releases that change at once, by the way's name in messages and since when.
        titles: Of its films, before.
        retitled_films: The id and the new title of each film that has another one, and whether
            that is published.
    """

    id: str
    upcoming: int = 0
    changed: dict[tuple[str, datetime], _Tally] = field(default_factory=dict)
    titles: set[str] = field(default_factory=set)
    retitled_films: list[tuple[str, str, bool]] = field(default_factory=list)

    def compare(self, key: ReleaseKey, entry: Entry, part: _Part) -> None:
        """Count a release whose date was its."""
        if not part.is_upcoming(key, entry):
            return
        self.upcoming += 1
        old, new = entry.current.when, part.says(key)
        if old and new and old != new and key not in part.accepted:
            is_now = part.after.entries[key].current.when != old
            for way in _ways(old, new):
                some = self.changed.setdefault((way, part.since(key)), _Tally())
                some.add(key, is_now=is_now)

    def compare_titles(self, film: Film, part: _Part) -> None:
        """Count a film of its."""
        self.titles.add(film.title)
        now = part.after.films.get(film.id)
        if now is None or title_key(film.id) in part.accepted:
            return
        title = part.titles.get(film.id, now.title)
        if title != film.title:
            self.retitled_films.append((film.id, title, now.title != film.title))

    def moved(self) -> Iterable[str]:
        """Yield a sentence for each way in which too many days change at once."""
        for (way, _), some in self.changed.items():
            is_many = some.count >= _MIN_MOVED and _is_too_much(some.count, self.upcoming)
            if is_many and some.is_now:
                yield f"{self.id} {way} {some.share(self.upcoming)}"

    def retitled(self, *, is_part: bool) -> Iterable[str]:
        """Yield a sentence if too many films have titles that others of its had."""
        some = _Tally()
        for id_, title, is_now in self.retitled_films:
            if is_part or title in self.titles:
                some.add(id_, is_now=is_now)
        if some.is_now and some.count >= _MIN_TITLES:
            films = ENGLISH.say_many("{count} films", some.count)
            yield f"{self.id} gives {films} titles of others ({some.named})"


def _ways(old: PartialDate, new: PartialDate) -> Iterable[str]:
    """Return how messages call the change from *old* to *new*: none, one or two ways."""
    if is_january_first(new):
        yield "moves to a 1 January"
    if old.is_day and not new.is_day:
        yield "takes the day from"
    if old.is_day and new.is_day:
        days = (new.first - old.first).days
        yield "moves " + ENGLISH.say_many("by {days} days", abs(days), days=f"{days:+}")


def _is_too_much(count: int, total: int) -> bool:
    return any(count >= least and count * share >= total for share, least in _HELD_SHARES)


def _is_told_by(address: str, entry: Entry) -> bool:
    """Whether *address* tells of the release of *entry*; it may, if that was not written down."""
    told_by = entry.facts.release.told_by
    return not told_by or address in told_by


def _is_upcoming(entry: Entry, today: date) -> bool:
    when = entry.current.when
    return not entry.current.status.is_over and when is not None and when.after > today


def is_lost(key: ReleaseKey, before: Edition, after: Edition) -> bool:
    """Whether the release with *key* had a date before, and none after, or is gone."""
    old, new = before.entries[key].current, after.entries[key].current
    is_withdrawn = new.status is Status.WITHDRAWN and old.status is not Status.WITHDRAWN
    return is_withdrawn or (new.when is None and old.when is not None)
