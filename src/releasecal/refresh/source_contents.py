"""Access to all sources of a refresh: to files, and to what was fetched, in the store."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from releasecal import sources
from releasecal.core.film_storage import MEMORY, Room
from releasecal.core.value_classes import dataclass
from releasecal.errors import Place, Problem, SourceError
from releasecal.sources import (
    ChangedFilms,
    Contents,
    FileStat,
    Outline,
    Progress,
    ReadResult,
    snapshot_parts,
)
from releasecal.sources.snapshot_parts import KnownParts
from releasecal.store import FetchState, Store, fetch_states, last_good_files


@dataclass(frozen=True, slots=True)
class SourceAccess:
    """
    The addresses of all sources, by precedence.

    What is fetched is read from the store, as it was fetched last.

    Attributes:
        fetched: Those of them that are ids of sources that are fetched.
    """

    addresses: tuple[str, ...]
    fetched: frozenset[str] = frozenset()

    @property
    def files(self) -> Sequence[str]:
        """Addresses of files and folders."""
        return [address for address in self.addresses if address not in self.fetched]

    def states(self, store: Store) -> Mapping[str, FetchState]:
        """Return how fetching went, for each source that was ever tried, by address."""
        return store.ask(fetch_states.states) if self.fetched else {}

    def looks(self, store: Store) -> Mapping[str, datetime]:
        """Return the last good look at each source that is fetched, UTC, by address."""
        states = self.states(store)
        found = {address: states[address].validated for address in self.fetched & states.keys()}
        return {address: look for address, look in found.items() if look}

    def stats(self, store: Store) -> sources.Stats:
        """Return the states of all sources without reading them; equal if nothing has changed."""
        states = self.states(store)
        known = [states[address] for address in sorted(self.fetched & states.keys())]
        return (*sources.stats(self.files), *map(_stat, known))

    def digests(self, store: Store) -> sources.Digests:
        """Return the contents of all sources by their hashes, by precedence."""
        of_files = {each.address: each for each in sources.digests(self.files)}
        states = self.states(store)
        return tuple(
            _contents(address, states.get(address))
            if address in self.fetched
            else of_files[address]
            for address in self.addresses
        )

    def compare(self, store: Store, contents: Contents) -> ChangedFilms | None:
        """Return the films of a source that differ from those last read well, or None to read it all."""
        address = contents.address
        if address not in self.fetched:
            known = _outlines(store, address)
            return None if known is None else sources.compare(contents, known)
        digests = store.ask(fetch_states.digests, address)
        if not digests:
            return None

        def octets(names: Collection[str]) -> Mapping[str, bytes]:
            return store.ask(fetch_states.octets, address, names)

        return snapshot_parts.compare_parts(address, _known_parts(store, address), digests, octets)

    def unchanged(self, store: Store, address: str) -> ChangedFilms | None:
        """Return no changed films of a source, as it was last read well, or None to read it all."""

        def octets(names: Collection[str]) -> Mapping[str, bytes]:
            return store.ask(last_good_files.octets, address, names)

        if address not in self.fetched:
            known = _outlines(store, address)
            return None if known is None else sources.unchanged(address, known, octets)
        parts = _known_parts(store, address)
        return snapshot_parts.compare_parts(address, parts, parts.digests, octets)

    def read(
        self, store: Store, address: str, progress: Progress, room: Room = MEMORY
    ) -> ReadResult:
        """
        Return the outcome of reading the source at *address*, for which there is *room*.

        Raises:
            SourceError: It cannot be read.
        """
        if address not in self.fetched:
            return sources.read_one(address, progress, room)
        parts = store.ask(fetch_states.snapshot, address)
        if not parts:
            fetch_states.forget(store, address)  # so that the next look begins anew
            remedy = f"releasecal refresh --source {address}"
            raise SourceError(Problem(Place(address), "its snapshot is damaged", remedy))
        return sources.read_kept(address, parts.items(), progress, room)


def _outlines(store: Store, address: str) -> Mapping[str, Outline] | None:
    """Return the outlines of the files at *address*, or None if another version wrote one."""
    found = {
        name: sources.decode_outline(data)
        for name, data in store.ask(last_good_files.outlines, address).items()
    }
    known = {name: outline for name, outline in found.items() if outline}
    return known if len(known) == len(found) else None


def _known_parts(store: Store, address: str) -> KnownParts:
    """Return the parts of the snapshot of *address* as it was last read well."""

    def outlines(names: Collection[str]) -> Mapping[str, Outline]:
        found = store.ask(last_good_files.outlines, address, names)
        return {name: sources.decode_outline(data) or Outline("") for name, data in found.items()}

    return KnownParts(store.ask(last_good_files.digests, address), outlines)


def _stat(state: FetchState) -> FileStat:
    marks = (state.address, state.digest, state.validated, state.since)
    return FileStat(" ".join(map(str, marks)), state.films)


def _contents(address: str, state: FetchState | None) -> Contents:
    if state and state.digest:
        return Contents(address, {address: state.digest}, failing=state.problems)
    missing = Problem(Place(address), "not fetched yet", f"releasecal refresh --source {address}")
    return Contents(address, {}, (state and state.problems) or (missing,))
