"""
The fetcher: takes looks at sources that lie elsewhere, each when it is due, one at a time.

A look that goes wrong leaves the last snapshot as it is. The next one comes after a wait that
doubles from failure to failure and has a random part, or when the server says.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b

from releasecal.clock import Clock
from releasecal.core.values import dataclass, replace
from releasecal.errors import FetchFailed, Place, Problem, RefreshDied, StoreError
from releasecal.refresh.back_off import back_off
from releasecal.refresh.lease_keeper import hold
from releasecal.sources import snapshot_parts
from releasecal.sources.remote.fetched import Fetched
from releasecal.sources.remote.source_settings import SourceSettings
from releasecal.store import FetchedFile, FetchState, Store, fetch_states

FIRST_RETRY = timedelta(minutes=1)
"""Wait after the first failure, about; it doubles with each further one in a row."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Look:
    """
    A look at the source of *settings*.

    A value with a method, so that another process can take it.
    """

    settings: SourceSettings
    clock: Clock

    def take(self, store: Store) -> FetchState:
        """
        Take the look, write its outcome into *store*, and return it.

        Raises:
            StoreError: The database cannot be used.
        """
        from releasecal.sources.remote.kinds import fetch  # noqa: PLC0415 - for sources over the network alone

        settings = self.settings
        known = store.ask(fetch_states.last, settings.id)
        before = known and _fetched(*known) if known and known[0].kind == settings.type else None
        try:
            found = fetch(settings, before, self.clock)
        except FetchFailed as error:
            return failed(store, settings, self.clock(), error.problems, error.retry_at)
        state, file = _kept(settings, found, self.clock())
        fetch_states.put(store, state, file)
        return state


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
        settings = self.settings[id_]
        with hold(self._store, self._clock, f"fetch {id_}"):
            before = self._store.ask(fetch_states.states).get(id_)
            lacking = self.lacking(id_)
            if lacking:
                state = failed(self._store, settings, self._clock(), lacking)
            else:
                state = self._take(settings)
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

    def _take(self, settings: SourceSettings) -> FetchState:
        try:
            return self.take(Look(settings, self._clock), self._store)
        except RefreshDied as error:
            return failed(self._store, settings, self._clock(), error.problems)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - a bug in one kind stops no other source
            _log.exception("%s could not be fetched", settings.id)
            bug = Problem(Place(settings.id), f"internal error: {error!r}", "see the log")
            return failed(self._store, settings, self._clock(), [bug])


def failed(
    store: Store,
    settings: SourceSettings,
    now: datetime,
    found: Sequence[Problem],
    retry_at: datetime | None = None,
) -> FetchState:
    """Write into *store*, and return, that a look at the source of *settings* went wrong *now*."""
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
    fetch_states.put(store, state)
    return state


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
    return Fetched(
        snapshot_parts.join(state.address, file.parts),
        state.fetched,
        state.validated,
        state.films,
        state.releases,
        file.covers,
        file.validators,
        file.memory,
        state.notes,
    )


def _kept(
    settings: SourceSettings, found: Fetched, now: datetime
) -> tuple[FetchState, FetchedFile]:
    due = now + every(settings)
    state = FetchState(
        settings.id,
        settings.type,
        max(due, found.next_look or due),
        blake2b(found.data).hexdigest(),
        found.fetched,
        found.validated,
        found.films,
        found.releases,
        found.notes,
    )
    parts = snapshot_parts.split(settings.id, found.data)
    return state, FetchedFile(parts, found.covers, found.validators, found.memory)
