"""
The poster keeper: copies of the films' posters from hosts that the operator allows.

It takes a few at a time, in the background. A poster that cannot be had is tried again after a
wait that doubles; a host that is away is left alone, with all of its posters.
"""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from hashlib import blake2b
from itertools import groupby
from urllib.parse import urlsplit

from releasecal.clock import Clock
from releasecal.errors import FetchFailed
from releasecal.refresh.back_off import about, back_off
from releasecal.refresh.lease_keeper import hold
from releasecal.sources.remote import poster_file
from releasecal.sources.remote.client import Client
from releasecal.sources.remote.failures import Failure
from releasecal.sources.remote.poster_file import Picture
from releasecal.sources.remote.source_settings import SourceSettings
from releasecal.store import Store, newest_edition, posters
from releasecal.store.posters import PosterState

MAX_FILMS = 1_000
"""Films whose posters are kept, the nearest to today first."""

MAX_OCTETS = 64 * 1024 * 1024
"""Size of all copies together; those of the films that are farthest from today are left out."""

AT_ONCE = 20
"""Posters that one round fetches."""

FRESH = timedelta(days=30)
"""Time after which a copy is made anew."""

MAX_AGE = timedelta(days=90)
"""Time after which a copy that could not be made anew is forgotten."""

FIRST_RETRY = timedelta(hours=1)
"""Wait after the first failure, about; it doubles with each further one in a row, up to `FRESH`."""

_MAX_REST = timedelta(days=1)
_OF_ONE = frozenset(each.slug for each in (Failure.MISSING, Failure.NOT_DATA, Failure.TOO_LARGE))

_log = logging.getLogger(__name__)


class PosterKeeper:
    """
    Keeps copies of posters at *hosts*, the names of which are in lower case, in *store*.

    *contact* tells those hosts whom to ask.
    """

    def __init__(
        self, store: Store, hosts: Collection[str], clock: Clock, *, contact: str = ""
    ) -> None:
        self.hosts = frozenset(hosts)
        self._store = store
        self._clock = clock
        self._contact = contact
        self._wanted: tuple[tuple[int, date], Sequence[str]] | None = None
        self._resting: dict[str, tuple[int, datetime]] = {}  # failures in a row, end of the rest

    def round(self) -> int:
        """
        Take a few posters that are due, and forget those that nobody needs; return their number.

        Raises:
            RefreshRunning: Another process does.
            StoreError: The database cannot be used.
        """
        wanted, now = self._find_wanted(), self._clock()
        states = self._store.ask(posters.states)
        gone = _gone(states, wanted, now)
        states = {address: state for address, state in states.items() if address not in gone}
        due = self._due(states, wanted, now)
        if not gone and not due:
            return 0
        with hold(self._store, self._clock, "posters"):
            if gone:
                posters.drop(self._store, gone)
            for host, some in groupby(sorted(due, key=poster_host), key=poster_host):
                self._take(host, list(some), states)
        return len(due)

    def _find_wanted(self) -> Sequence[str]:
        """Return the addresses of the posters that pages need, looked up once an edition and day."""
        today = self._clock().date()
        of = (self._store.ask(newest_edition.head).number, today)
        if self._wanted is None or self._wanted[0] != of:
            found = self._store.ask(posters.addresses, today, MAX_FILMS)
            self._wanted = of, [each for each in found if poster_host(each) in self.hosts]
        return self._wanted[1]

    def _due(
        self, states: Mapping[str, PosterState], wanted: Sequence[str], now: datetime
    ) -> Sequence[str]:
        """Return those of *wanted* that are to be fetched now, as far as there is room for them."""
        room = MAX_OCTETS
        due: list[str] = []
        for address in wanted:
            state = states.get(address)
            _, rests_until = self._resting.get(poster_host(address), (0, now))
            is_due = rests_until <= now and (state is None or state.due <= now)
            room -= poster_file.MAX_OCTETS if is_due else state.octets if state else 0
            if room < 0 or len(due) == AT_ONCE:
                break
            due += [address] if is_due else []
        return due

    def _take(self, host: str, some: Sequence[str], states: Mapping[str, PosterState]) -> None:
        """Fetch *some* posters of *host*, until it fails."""
        settings = SourceSettings(
            "posters", "poster", f"https://{host}/", contact=self._contact, hosts=self.hosts
        )
        with Client(settings, self._clock) as client:
            for address in some:
                before = states.get(address) or PosterState(address, self._clock())
                try:
                    picture = poster_file.fetch_poster(client, address)
                except FetchFailed as error:
                    _log.info("the poster %s could not be fetched: %s", address, error)
                    posters.put(self._store, _failed(before, self._clock()))
                    if error.failure not in _OF_ONE:
                        self._rest(host, error.retry_at)
                        return
                else:
                    self._resting.pop(host, None)
                    state = _kept(before, picture, self._clock())
                    is_new = state.digest != before.digest
                    posters.put(self._store, state, picture.data if is_new else None)

    def _rest(self, host: str, retry_at: datetime | None) -> None:
        """Leave *host* alone, twice as long with each failure in a row, or until it says."""
        now, (failures, _) = self._clock(), self._resting.get(host, (0, None))
        until = now + back_off(FIRST_RETRY, failures, _MAX_REST)
        self._resting[host] = failures + 1, max(until, retry_at or until)


def _gone(
    states: Mapping[str, PosterState], wanted: Sequence[str], now: datetime
) -> Collection[str]:
    """Return the addresses in *states* that nobody needs, or whose copies are too many or too old."""
    known = [states[address] for address in wanted if address in states]
    room, kept = MAX_OCTETS, set()
    for state in known:
        room -= state.octets
        is_old = state.kept is not None and state.kept + MAX_AGE <= now
        if room >= 0 and not is_old:
            kept.add(state.address)
    return states.keys() - kept


def _failed(before: PosterState, now: datetime) -> PosterState:
    due = now + back_off(FIRST_RETRY, before.failures, FRESH)
    return replace(before, due=due, failures=before.failures + 1)


def _kept(before: PosterState, picture: Picture, now: datetime) -> PosterState:
    return replace(
        before,
        due=now + about(FRESH),
        digest=blake2b(picture.data, digest_size=16).hexdigest(),
        media_type=picture.media_type,
        octets=len(picture.data),
        kept=now,
        failures=0,
    )


def poster_host(address: str) -> str:
    """Return the name of the host of *address*; "" if it has none."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
