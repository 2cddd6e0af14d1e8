"""Access to all sources of a refresh: to files, and to what was fetched, in the store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from releasecal import sources
from releasecal.errors import Place, Problem
from releasecal.sources import ChangedFilms, Contents, FileStat, Progress, ReadResult
from releasecal.store import FetchState, Store, fetch_states


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

    def compare(
        self, store: Store, contents: Contents, known: Mapping[str, sources.Outline]
    ) -> ChangedFilms | None:
        """Return the films of a source that differ from *known*, or None to read it all."""
        if contents.address not in self.fetched:
            return sources.compare(contents, known)
        return sources.compare_kept(
            contents, known, lambda address: store.ask(fetch_states.octets, address)
        )

    def read(self, store: Store, address: str, progress: Progress) -> ReadResult:
        """
        Return the outcome of reading the source at *address*.

        Raises:
            SourceError: It cannot be read.
        """
        if address not in self.fetched:
            return sources.read_one(address, progress)
        octets = store.ask(fetch_states.octets, address)
        return sources.read_kept(address, [(address, octets)], progress)


def _stat(state: FetchState) -> FileStat:
    marks = (state.address, state.digest, state.validated, state.since)
    return FileStat(" ".join(map(str, marks)), state.films)


def _contents(address: str, state: FetchState | None) -> Contents:
    if state and state.digest:
        return Contents(address, {address: state.digest}, failing=state.problems)
    missing = Problem(Place(address), "not fetched yet", f"releasecal refresh --source {address}")
    return Contents(address, {}, (state and state.problems) or (missing,))
