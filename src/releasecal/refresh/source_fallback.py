"""
The source reader: each source as it is now or, if that is in trouble, as it was last read well.

One source in trouble stops only itself. Its last good state is in the store, so that it goes on
in whichever process, and contents that were refused once are not read a second time.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime

from releasecal import sources
from releasecal.core.film_storage import MEMORY, Room
from releasecal.core.films_on_record import FilmsOnRecord
from releasecal.core.loss_guard import Loss
from releasecal.core.value_classes import dataclass, replace
from releasecal.errors import (
    NOWHERE,
    DataError,
    Problem,
    RefreshHeld,
    ReleasecalError,
    SourceError,
    condensed,
)
from releasecal.refresh.source_contents import SourceAccess
from releasecal.sources import ChangedFilms, Contents, ReadResult
from releasecal.store import (
    SourceState,
    SourceStatus,
    Store,
    film_queries,
    last_good_files,
    source_health,
)
from releasecal.store.last_good_files import LastGoodFileDamaged

_REFUSED = (SourceState.BROKEN, SourceState.HELD)


@dataclass(frozen=True, slots=True)
class Trouble:
    """
    The reason why a source is not taken as it is now.

    Attributes:
        problems: At least one.
        judged: The civil day on which the loss guard has held it.
    """

    state: SourceState
    problems: tuple[Problem, ...]
    judged: date | None = None


class SourceReader:
    """
    Reads each source at most once as it is now, and in its last good state if need be.

    Attributes:
        addresses: Of all sources, by precedence.
        fetched: Those of them that are ids of sources that are fetched.
        troubles: Of the sources that have turned out to be in trouble, by address.
    """

    def __init__(  # noqa: PLR0913 - the sources, and what decides about them
        self,
        store: Store,
        access: SourceAccess,
        digests: sources.Digests,
        progress: sources.Progress,
        *,
        today: date,
        accept_loss: bool,
        room: Room = MEMORY,
    ) -> None:
        """
        Know the sources of *access* by their *digests*; there is *room* for what they say.

        What was held is judged anew on each civil day, and if its loss is accepted.
        """
        self.addresses = tuple(contents.address for contents in digests)
        self.fetched = access.fetched
        self.troubles: dict[str, Trouble] = {}
        self._store = store
        self._access = access
        self._looks = access.looks(store)
        self._progress = progress
        self._room = room
        self._today = today
        self._contents = {contents.address: contents for contents in digests}
        self._now: dict[str, ReadResult] = {}
        self._forgotten: set[str] = set()  # those of which the films are gone
        self._last_good: dict[str, ReadResult] = {}
        known = {status.address: status for status in store.ask(source_health.find)}
        for contents in digests:
            status = known.get(contents.address)
            if status and status.is_open(today, accept_loss=accept_loss):
                status = None
            if trouble := _trouble(contents, status):
                self.troubles[contents.address] = trouble

    @property
    def is_stuck(self) -> bool:
        """Whether all sources have turned out to be in trouble."""
        return bool(self.troubles) and not self.well

    @property
    def well(self) -> Sequence[str]:
        """Addresses of the sources that are not in trouble, as far as they were looked at."""
        return [address for address in self.addresses if address not in self.troubles]

    def parts(self) -> Sequence[ChangedFilms] | None:
        """Return how each source differs from when it was last read well, or None to read everything."""
        found = list(map(self._part, self.addresses))
        parts = [part for part in found if part is not None]
        return parts if len(parts) == len(found) and not self.is_stuck else None

    def _part(self, address: str) -> ChangedFilms | None:
        if address in self.well:
            part = self._access.compare(self._store, self._contents[address])
            if part or self._is_well(address):
                return part  # or None, where only a whole read can tell
        return self._access.unchanged(self._store, address)

    def results(self) -> Sequence[ReadResult]:
        """Return the outcome of reading each source in the better of its states."""
        are_well = [self._is_well(address) for address in self.addresses]
        return [
            self._now[address] if is_well else self._kept(address)
            for address, is_well in zip(self.addresses, are_well, strict=True)
        ]

    def forget_films(self) -> None:
        """Forget the films that were read, which take room; who needs them reads again."""
        for address, result in self._now.items():
            reading = replace(result.reading, films=(), places={})
            self._now[address] = replace(result, reading=reading)
        self._forgotten.update(self._now)

    def _read(self, address: str) -> ReadResult:
        """Return the outcome of reading the source at *address* as it is now."""
        if address not in self._now or address in self._forgotten:
            self._now[address] = self._access.read(self._store, address, self._progress, self._room)
            self._forgotten.discard(address)
        return self._now[address]

    def _is_well(self, address: str) -> bool:
        """Whether the source at *address* is not in trouble, read as it is now."""
        if address in self.troubles:
            return False
        try:
            result = self._read(address)
        except SourceError as error:
            self._put_in_trouble(address, SourceState.UNREADABLE, error.problems)
            return False
        if result.problems:
            self._put_in_trouble(address, SourceState.BROKEN, result.problems)
        return address in self.well

    def _put_in_trouble(
        self, address: str, state: SourceState, problems: Iterable[Problem]
    ) -> None:
        judged = self._today if state is SourceState.HELD else None
        self.troubles[address] = Trouble(state, tuple(problems), judged)

    def _kept(self, address: str) -> ReadResult:
        """Return the last good state of the source at *address*; empty if it is not known."""
        if address not in self._last_good:
            files: Mapping[str, bytes] = {}  # if it was never read
            try:
                files = self._store.ask(last_good_files.octets, address)
            except LastGoodFileDamaged as damaged:
                last_good_files.distrust(self._store, address, damaged.name)
            result = sources.read_kept(address, files.items(), self._progress, self._room)
            self._last_good[address] = result
        return self._last_good[address]

    def _add_dangling(self) -> None:
        """Add the problems that would be found next, so that one message has them all."""
        try:
            results = list(map(self._read, list(self._now)))
        except SourceError:  # what is known already is enough then
            return
        is_any = any(result.problems for result in results)
        are_all = len(results) == len(self.addresses)
        if not (is_any and are_all and all(result.is_whole for result in results)):
            return
        found = sources.dangling(results)
        if found:  # to mention a film on record is no mistake
            films = FilmsOnRecord(self._store.ask(film_queries.films))
            found = sources.dangling(results, films)
        for address, problems in _owned(found, results).items():
            trouble = self.troubles.get(address)
            if trouble and trouble.state is SourceState.BROKEN:
                new = [problem for problem in problems if problem not in trouble.problems]
                self._put_in_trouble(address, trouble.state, [*trouble.problems, *new])

    def check_losses(
        self, telling: Callable[[], Collection[str]], results: Sequence[ReadResult]
    ) -> None:
        """
        Hold all sources if one is in trouble that may be *telling*, and has no last good state.

        *telling* returns the addresses that tell of published films. Otherwise a wrong address, or a database of an older version, would withdraw its films.
        """
        for result in results:
            address = result.reading.address
            is_unknown = address in self.troubles and not result.outlines
            others = {*self.addresses} - {address}
            if result.problems or (is_unknown and not others.issuperset(telling())):
                self._hold_all(f"all wait for {address}, whose last good state is not known")

    def blame(self, problems: Sequence[Problem], results: Sequence[ReadResult]) -> None:
        """Take the sources that contradict the others, by *problems*, as they were last good."""
        owned = _owned(problems, results)
        guilty = {address: owned[address] for address in self.well if address in owned}
        for address in guilty or self._changed():
            self._put_in_trouble(address, SourceState.BROKEN, guilty.get(address, problems))

    def hold(
        self,
        found: Sequence[Loss],
        causes: Iterable[Problem],
        declaring: Mapping[str, Collection[str]],
    ) -> None:
        """
        Take the sources whose losses were *found*, with their likely *causes*, as last good.

        *declaring* has the ids of sources by the address that declares them.
        """
        reasons: dict[str, list[str]] = {}
        for loss in found:
            is_machine = loss.is_machine
            for address in self.well:
                if (loss.source in declaring[address]) if is_machine else loss.source == address:
                    reasons.setdefault(address, []).append(loss.reason)
        for address in reasons or self._changed():
            lost = reasons.get(address) or [loss.reason for loss in found]
            error = RefreshHeld.because(lost, causes)
            self._put_in_trouble(address, SourceState.HELD, error.problems)

    def _changed(self) -> Sequence[str]:
        """Return the addresses of the sources that differ from their last good state, or all."""
        kept = {
            address: {
                name: outline.digest for name, outline in self._kept(address).outlines.items()
            }
            for address in self.well
        }
        return [each for each in self.well if kept[each] != self._contents[each].files] or self.well

    def _hold_all(self, reason: str) -> None:
        for address in self.well:
            problem = Problem(NOWHERE, reason, "read it well once, or take it out", "held")
            self._put_in_trouble(address, SourceState.HELD, [problem])

    def looks(
        self, declared: Mapping[str, Iterable[str]]
    ) -> Mapping[tuple[str, str], datetime | None]:
        """
        Return the last good look at each source that this refresh did not look at.

        It is None for one in trouble. The keys are (address, id of a source *declared* there).
        """
        looks = {**self._looks, **dict.fromkeys(self.troubles)}
        return {(each, id_): look for each, look in looks.items() for id_ in declared[each]}

    def statuses(self, *, is_final: bool) -> tuple[SourceStatus, ...]:
        """
        Return the states of all sources, by precedence.

        They are not final if the same contents have to be read again.
        """
        return tuple(self._status(address, is_final=is_final) for address in self.addresses)

    def _status(self, address: str, *, is_final: bool) -> SourceStatus:
        trouble, look = self._state(address), self._looks.get(address)
        if trouble is None:
            result = self._now.get(address)
            left_out = self._public(result.reading.left_out if result else ())
            return SourceStatus(address, left_out=left_out, look=look)
        return SourceStatus(
            address,
            trouble.state,
            problems=self._public(trouble.problems),
            refused=sources.fingerprint((self._contents[address],)) if is_final else "",
            judged=trouble.judged,
            look=None if address in self.troubles else look,
        )

    def _public(self, problems: Iterable[Problem]) -> tuple[Problem, ...]:
        """Return *problems* as everybody may read them, of many alike the first."""
        found = condensed(problems, lambda each: each)
        return tuple(sources.in_public(each, self.addresses) for each in found)

    def _state(self, address: str) -> Trouble | None:
        """Return the trouble of a source: of its contents, or else of fetching it."""
        failing = self._contents[address].failing
        fetching = Trouble(SourceState.UNREADABLE, failing) if failing else None
        return self.troubles.get(address) or fetching

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Problems of all sources in trouble, by precedence."""
        found = map(self._state, self.addresses)
        return tuple(problem for trouble in found if trouble for problem in trouble.problems)

    def error(self) -> ReleasecalError:
        """Return the error of a refresh whose sources are all in trouble."""
        self._add_dangling()
        states = {trouble.state for trouble in self.troubles.values()}
        if SourceState.BROKEN in states:
            return DataError(self.problems)
        return (SourceError if SourceState.UNREADABLE in states else RefreshHeld)(*self.problems)


def _trouble(contents: Contents, known: SourceStatus | None) -> Trouble | None:
    """Return the trouble of a source that shows without reading it."""
    if contents.problems:
        return Trouble(SourceState.UNREADABLE, contents.problems)
    is_refused = known is not None and known.state in _REFUSED
    if not (known and is_refused and known.refused == sources.fingerprint((contents,))):
        return None
    return Trouble(known.state, known.problems, known.judged)


def _owned(
    problems: Iterable[Problem], results: Iterable[ReadResult]
) -> Mapping[str, Sequence[Problem]]:
    """Return the *problems* in the files of each of *results*, by its address; none is empty."""
    told = list(problems)
    owned = {
        result.reading.address: [each for each in told if each.place.origin in result.outlines]
        for result in results
    }
    return {address: found for address, found in owned.items() if found}
