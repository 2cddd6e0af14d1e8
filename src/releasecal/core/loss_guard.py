"""
The loss guard: too large a loss or change at once waits for a person.

A half-written export, a search that fails politely, a wrong path, a clock in another zone:
each looks like a hundred honest changes. Such an edition is held until a person lets it
through. A change that is pending counts as well, or a source would lose its films one by one;
but nothing is held before the first of them would be published.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from releasecal.core.dates import PartialDate
from releasecal.core.debounce import title_key
from releasecal.core.editions import Edition, Entry
from releasecal.core.languages import ENGLISH
from releasecal.core.models import Certainty, ReleaseKey, Status
from releasecal.core.placeholder_dates import is_january_first

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

    Only *addresses*, those that are read now, are asked about: taking one out of the
    settings is a decision. A cancellation is no loss, for the source says so.

    With *is_part* the two editions are only the films that have changed. Any share of them is
    larger than of everything, so a part without a loss means a whole without one.
    """
    guard = _Guard(before, after, today)
    found = [Loss(address, reason) for address in addresses for reason in guard.lost(address)]
    for machine in (id_ for id_, source in after.sources.items() if source.machine):
        reasons = [*guard.moved(machine), *guard.retitled(machine, is_part=is_part)]
        found += [Loss(machine, reason, is_machine=True) for reason in reasons]
    return tuple(found)


class _Guard:
    """Compares an edition with the next one; accepted changes count for nothing."""

    def __init__(self, before: Edition, after: Edition, today: date) -> None:
        """Keep both editions, and the releases that were to come on the civil day *today*."""
        self._before, self._after = before, after
        self._upcoming = {
            key: entry
            for key, entry in before.entries.items()
            # An estimate that goes on as the day of a channel has another key.
            if key in after.entries and _is_upcoming(entry, today)
        }
        pending = [*before.pending.items(), *after.pending.items()]
        self._accepted = {key for key, change in pending if change.accepted}

    def lost(self, address: str) -> Iterable[str]:
        """Yield a sentence if too many releases of the source at *address* are gone."""
        had = {film.id for film in self._before.films.values() if address in film.told_by}
        # A derived date goes with its opening, which counts once.
        own = [
            key
            for key, entry in self._before.entries.items()
            if key.film in had
            and entry.current.certainty is not Certainty.DERIVED
            and _is_told_by(address, entry)
        ]
        lost = {key for key in own if is_lost(key, self._before, self._after)} - self._accepted
        if not lost:
            return
        if not any(address in film.told_by for film in self._after.films.values()):
            told = ENGLISH.say_many("{count} films", len(had))
            yield f"{address} told of {told} and tells of none now"
            return
        upcoming = [key for key in own if key in self._upcoming]
        gone = [key for key in upcoming if key in lost or self._is_pending_loss(key)]
        # One of one may lose its date by somebody's word, but not by silence.
        is_all = len(gone) == len(upcoming) and not any(map(self._is_listed, gone))
        if lost.intersection(gone) and (is_all or _is_too_much(len(gone), len(upcoming))):
            yield f"{address} no longer dates {_share(gone, upcoming)}"

    def moved(self, machine: str) -> Iterable[str]:
        """Yield a sentence for each way in which *machine* changes too many days at once."""
        upcoming = {
            key: entry.current.when
            for key, entry in self._upcoming.items()
            if entry.current.source == machine
        }
        changed = self._changed_ways(upcoming)
        now = {key for key in upcoming if self._after.entries[key].current.when != upcoming[key]}
        for (way, _), keys in changed.items():
            is_many = len(keys) >= _MIN_MOVED and _is_too_much(len(keys), len(upcoming))
            if is_many and now.intersection(keys):
                yield f"{machine} {way} {_share(keys, upcoming)}"

    def retitled(self, machine: str, *, is_part: bool) -> Iterable[str]:
        """Yield a sentence if *machine* gives too many films titles that its others had."""
        films = self._after.films
        old = {
            id_: film.title for id_, film in self._before.films.items() if film.source == machine
        }
        taken = set(old.values())
        pending = {
            key.film: change.claim.title
            for key, change in self._after.pending.items()
            if change.claim.title
        }
        new = {
            id_: pending.get(id_, films[id_].title)
            for id_ in old
            if id_ in films and title_key(id_) not in self._accepted
        }
        changed = [
            id_ for id_, title in new.items() if title != old[id_] and (is_part or title in taken)
        ]
        is_now = any(films[id_].title != old[id_] for id_ in changed)
        if is_now and len(changed) >= _MIN_TITLES:
            films_ = ENGLISH.say_many("{count} films", len(changed))
            yield f"{machine} gives {films_} titles of others ({_named(changed)})"

    def _is_pending_loss(self, key: ReleaseKey) -> bool:
        change = self._after.pending.get(key)
        return change is not None and change.claim.is_loss and not change.accepted

    def _is_listed(self, key: ReleaseKey) -> bool:
        """Whether a source still lists the release, be it without a date."""
        change = self._after.pending.get(key)
        if change:
            return change.claim.statement is not None
        return self._after.entries[key].current.status is not Status.WITHDRAWN

    def _changed_ways(
        self, upcoming: Mapping[ReleaseKey, PartialDate | None]
    ) -> Mapping[tuple[str, datetime], Sequence[ReleaseKey]]:
        """Return which of *upcoming* changed at once, by its name in messages and since when."""
        changed: dict[tuple[str, datetime], list[ReleaseKey]] = defaultdict(list)
        for key, old in upcoming.items():
            new = self._says(key)
            if old and new and old != new and key not in self._accepted:
                for way in _ways(old, new):
                    changed[way, self._since(key)].append(key)
        return changed

    def _since(self, key: ReleaseKey) -> datetime:
        """Return the look that first brought a change: changes of one look are one batch."""
        change = self._after.pending.get(key) or self._before.pending.get(key)
        return change.since if change else self._after.published

    def _says(self, key: ReleaseKey) -> PartialDate | None:
        """Return the date that is published after, or is pending."""
        change, current = self._after.pending.get(key), self._after.entries[key].current
        if change and change.claim.statement:
            return change.claim.statement[0]
        return None if current.status.is_over else current.when


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


def _share(some: Collection[object], upcoming: Collection[object]) -> str:
    """Return in words how many *some* of the *upcoming* releases are, and the first of them."""
    share = ENGLISH.say_many(
        "{some} of its {count} upcoming releases", len(upcoming), some=len(some)
    )
    return f"{share} ({_named(some)})"


def _named(some: Collection[object]) -> str:
    """Return the first of *some* for a message."""
    return ", ".join([*map(str, list(some)[:_MAX_NAMED]), "…"])


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
