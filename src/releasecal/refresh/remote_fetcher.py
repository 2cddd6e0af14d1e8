"""
The fetcher: takes looks at sources that lie elsewhere, each when it is due, one at a time.

A look that goes wrong leaves the last snapshot as it is. The next one comes after a wait that
doubles from failure to failure and has a random part, or when the server says.
"""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b

from releasecal.clock import Clock
from releasecal.core.value_classes import dataclass, replace
from releasecal.errors import FetchFailed, Place, Problem, RefreshDied, RefreshRunning, StoreError
from releasecal.refresh.back_off import back_off
from releasecal.refresh.lease_keeper import hold
from releasecal.sources import snapshot_parts
from releasecal.sources.remote.fetched import Fetched, FetchedParts, SnapshotChange
from releasecal.sources.remote.source_settings import SourceSettings
from releasecal.sources.snapshot_editing import PartedFile
from releasecal.sources.snapshot_parts import UnpartedError
from releasecal.store import FetchedFile, FetchState, Store, fetch_states

FIRST_RETRY = timedelta(minutes=1)
"""Wait after the first failure, about; it doubles with each further one in a row."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Look:
    """
    A look at the source of *settings*.

    A value with a method, so that another process can take it.

    Attributes:
        holder: Holder of the lease of such looks; None where there is no other process.
    """

    settings: SourceSettings
    clock: Clock
    holder: str | None = None

    def take(self, store: Store) -> FetchState:
        """
        Take the look, write its outcome into *store*, and return it.

        Raises:
            RefreshRunning: The lease was lost: another process may have taken a look since.
            StoreError: The database cannot be used.
        """
        settings = self.settings
        try:
            found = self._changes(store) or self._whole(store)
        except FetchFailed as error:
            return self.failed(store, error.problems, error.retry_at)
        known = store.ask(fetch_states.digests, settings.id) if found.change else {}
        state, file = _kept(settings, found, known, self.clock())
        if found.change:
            there = store.ask(fetch_states.remembered, settings.id)
            file = replace(file, kept=_kept_parts(found.change, known, there))
        fetch_states.put(store, state, file, holder=self.holder)
        return state

    def failed(
        self, store: Store, found: Sequence[Problem], retry_at: datetime | None = None
    ) -> FetchState:
        """
        Write into *store*, and return, that the look went wrong.

        Raises:
            RefreshRunning: The lease was lost.
            StoreError: The database cannot be used.
        """
        settings, now = self.settings, self.clock()
        before = store.ask(fetch_states.states).get(settings.id)
        before = before or FetchState(settings.id, settings.type, now)
        due = now + back_off(FIRST_RETRY, before.failures, every(settings))
        state = replace(
            before,
            kind=settings.type,
            due=max(due, retry_at or due),
            failures=before.failures + 1,
            since=before.since or now,
            problems=tuple(found),
        )
        fetch_states.put(store, state, holder=self.holder)
        return state

    def _changes(self, store: Store) -> Fetched | None:
        """Return the outcome as differences; None if only a whole look can tell."""
        from releasecal.sources.remote.kinds import fetch_changes  # noqa: PLC0415 - for sources over the network alone

        id_ = self.settings.id
        last = store.ask(fetch_states.last_in_parts, id_)
        if last is None or last[0].kind != self.settings.type:
            return None
        state, file = last

        def octets(names: Collection[str]) -> Mapping[str, bytes]:
            parts = store.ask(fetch_states.octets, id_, names)
            if parts.keys() != {*names}:
                raise UnpartedError
            return parts

        told = store.ask(fetch_states.remembered, id_)
        remembered = PartedFile(fetch_states.remembered_at(id_), told.keys(), 0, octets)
        known = FetchedParts(
            PartedFile(id_, file.kept, state.films, octets), remembered if told else None
        )
        return fetch_changes(self.settings, _fetched(state, file), known, self.clock)

    def _whole(self, store: Store) -> Fetched:
        from releasecal.sources.remote.kinds import fetch  # noqa: PLC0415 - for sources over the network alone

        last = store.ask(fetch_states.last, self.settings.id)
        if last is None:
            fetch_states.forget(store, self.settings.id)  # what is damaged, if anything is there
        is_same = last is not None and last[0].kind == self.settings.type
        return fetch(self.settings, _fetched(*last) if last and is_same else None, self.clock)


TakeLook = Callable[[Look, Store], FetchState]
"""`Look.take`, or a function that has another process do it."""


class Fetcher:
    """
    Looks at the sources of *settings*, whose ids are their addresses.

    Attributes:
        settings: By id, in their order.
        take: Takes a look, in this process unless another function is set.
    """

    def __init__(self, store: Store, settings: Sequence[SourceSettings], clock: Clock) -> None:
        self.settings: Mapping[str, SourceSettings] = {each.id: each for each in settings}
        self.take: TakeLook = Look.take
        self._store = store
        self._clock = clock

    def due(self) -> Sequence[str]:
        """Return the ids of the sources at which a look is due, in their order."""
        states, now = self._store.ask(fetch_states.states), self._clock()
        return [id_ for id_ in self.settings if id_ not in states or states[id_].due <= now]

    def lacking(self, id_: str) -> Sequence[Problem]:
        """Return what this process lacks for a look at a source, such as its token."""
        from releasecal.sources.remote.kinds import problems  # noqa: PLC0415 - for sources over the network alone

        return [Problem(Place(id_), each) for each in problems(self.settings[id_])]

    def look(self, id_: str) -> FetchState:
        """
        Take a look at a source, and return its outcome, which is in the store.

        Raises:
            RefreshRunning: Another process takes one.
            StoreError: The database cannot be used.
        """
        with hold(self._store, self._clock, fetch_states.lease_of(id_)) as holder:
            look = Look(self.settings[id_], self._clock, holder)
            before = self._store.ask(fetch_states.states).get(id_)
            lacking = self.lacking(id_)
            state = look.failed(self._store, lacking) if lacking else self._take(look)
        _log_outcome(before, state)
        return state

    def look_if_due(self, id_: str) -> bool:
        """
        Take a look at a source if one is due; return whether a refresh would find a difference.

        Raises:
            RefreshRunning: Another process takes one.
            StoreError: The database cannot be used.
        """
        if id_ not in self.due():
            return False
        before = self._store.ask(fetch_states.states).get(id_)
        after = self.look(id_)
        return before is None or _found(before) != _found(after)

    def _take(self, look: Look) -> FetchState:
        try:
            return self.take(look, self._store)
        except RefreshDied as error:
            return look.failed(self._store, error.problems)
        except (RefreshRunning, StoreError):
            raise
        except Exception as error:  # noqa: BLE001 - a bug in one kind stops no other source
            id_ = look.settings.id
            _log.exception("%s could not be fetched", id_)
            bug = Problem(Place(id_), f"internal error: {error!r}", "see the log")
            return look.failed(self._store, [bug])


def every(settings: SourceSettings) -> timedelta:
    """Return the time between two looks at the source of *settings*."""
    from releasecal.sources.remote.kinds import KINDS  # noqa: PLC0415 - for sources over the network alone

    return settings.every or KINDS[settings.type].every


def _found(state: FetchState) -> tuple[object, ...]:
    """Return the part of *state* that a refresh depends on, looks aside."""
    return state.digest, state.problems


def _log_outcome(before: FetchState | None, state: FetchState) -> None:
    for problem in state.problems if before is None or before.problems != state.problems else ():
        _log.error("%s could not be fetched: %s", state.address, problem)
    if before and before.problems and not state.problems:
        _log.info("%s is fetched again", state.address)
    if state.digest and (before is None or before.digest != state.digest):
        _log.info("%s has news: films: %d", state.address, state.films)


def _fetched(state: FetchState, file: FetchedFile) -> Fetched:
    assert state.fetched  # there is a snapshot
    assert state.validated
    name = fetch_states.remembered_at(state.address)
    return Fetched(
        snapshot_parts.join(state.address, file.parts) if file.parts else b"",
        state.fetched,
        state.validated,
        state.films,
        state.releases,
        file.covers,
        file.validators,
        file.memory,
        snapshot_parts.join(name, file.remembered) if file.remembered else b"",
        state.notes,
    )


def _kept(
    settings: SourceSettings, found: Fetched, known: Mapping[str, str], now: datetime
) -> tuple[FetchState, FetchedFile]:
    """Return the state and the file of the outcome *found*, whose changes are to parts with *known* hashes."""
    due = now + every(settings)
    parts, remembered = _parts(settings.id, found)
    state = FetchState(
        settings.id,
        settings.type,
        max(due, found.next_look or due),
        _digest(settings.id, found, parts, known),
        found.fetched,
        found.validated,
        found.films,
        found.releases,
        found.notes,
    )
    return state, FetchedFile(parts, found.covers, found.validators, found.memory, remembered)


def _parts(id_: str, found: Fetched) -> tuple[Mapping[str, bytes], Mapping[str, bytes]]:
    """Return the parts of the snapshot and of what is remembered of films: all, or those that differ."""
    if found.change:
        changes = (found.change.snapshot, found.change.remembered)
        snapshot, remembered = (each.parts if each else {} for each in changes)
        return snapshot, remembered
    name = fetch_states.remembered_at(id_)
    remembered = snapshot_parts.split(name, found.remembered) if found.remembered else {}
    return snapshot_parts.split(id_, found.data), remembered


def _digest(id_: str, found: Fetched, parts: Mapping[str, bytes], known: Mapping[str, str]) -> str:
    """Return the hash of a snapshot: of its octets, or of the hashes of its parts."""
    gone = found.change.snapshot.gone if found.change and found.change.snapshot else ()
    kept = {name: digest for name, digest in known.items() if name not in gone}
    new = {name: blake2b(data).hexdigest() for name, data in parts.items()}
    return fetch_states.digest_of(id_, kept | new)


def _kept_parts(
    change: SnapshotChange, known: Collection[str], remembered: Collection[str]
) -> Collection[str]:
    """Return the names of the parts that a *change* leaves as they are."""
    pairs = ((change.snapshot, known), (change.remembered, remembered))
    return {
        name
        for changed, names in pairs
        for name in names
        if changed is None or (name not in changed.gone and name not in changed.parts)
    }
