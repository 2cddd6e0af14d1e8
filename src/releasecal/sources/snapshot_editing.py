"""
Part changes: a snapshot in parts in which some films change, so that those parts alone are opened.

The outcome equals that of making all parts anew (a property test compares them).
"""

from collections.abc import Collection, Iterable, Mapping

from releasecal.core.value_classes import dataclass
from releasecal.sources.snapshot_parts import (
    BEGIN,
    BETWEEN,
    END,
    MAX_WHOLE,
    Octets,
    film_lines_of,
    film_parts,
    head_of,
    holders,
    join,
    split,
)

Lines = Mapping[str, bytes | None]
"""Lines of films by id; None for a film that is there no more."""


@dataclass(frozen=True, slots=True)
class PartedFile:
    """
    A snapshot of films in parts that are opened on request.

    Attributes:
        address: Its name.
        names: Names of its parts.
        films: Number of its films.
        octets: Returns the parts with given names; UnpartedError tells that one of them is not there.
    """

    address: str
    names: Collection[str]
    films: int
    octets: Octets

    def top(self) -> bytes:
        """Return the file without its films."""
        head = head_of(self.address, self.names)
        return self.octets([head])[head].partition(BEGIN)[0].removesuffix(b"}\n") + b"}"

    def lines(self, ids: Iterable[str]) -> Mapping[str, bytes]:
        """
        Return the lines of the films with *ids*, by id, as far as they are there.

        Raises:
            UnpartedError: Only all of it can tell.
        """
        wanted = set(ids)
        opened = self._opened(self._holders(wanted))
        return {
            id_: line for part in opened.values() for id_, line in part.items() if id_ in wanted
        }

    def change(self, lines: Lines) -> "ChangedParts":
        """
        Return the parts that are not as they were once the films of *lines* have these.

        Raises:
            UnpartedError: Only all of it can tell.
        """
        opened = dict(self._opened(self._holders(lines)))
        while cut := self._cut(opened, lines):
            opened |= self._opened(cut)
        had = {id_: line for part in opened.values() for id_, line in part.items()}
        has = {id_: line for id_, line in (had | dict(lines)).items() if line is not None}
        before = {id_: had[id_] for id_ in lines if id_ in had}
        if self.films - len(had) + len(has) <= MAX_WHOLE or not self._film_names:
            return self._anew(lines, before)
        made = film_parts(self.address, sorted(has), [has[id_] for id_ in sorted(has)])
        octets = self.octets(opened)
        parts = {name: data for name, data in made.items() if octets.get(name) != data}
        return ChangedParts(parts, frozenset(opened).difference(made), before)

    @property
    def _film_names(self) -> list[str]:
        """Names of the parts that have films, in their order; none if it is one part."""
        head = head_of(self.address, self.names)
        return sorted(name for name in self.names if name not in (self.address, head))

    def _holders(self, ids: Iterable[str]) -> frozenset[str]:
        """Return the names of the parts that films with *ids* are in, or would be."""
        names = self._film_names
        if not names:
            return frozenset(self.names)
        # The head has no films: one before all others comes into the first part.
        first = {head_of(self.address, self.names): names[0]}
        return frozenset(first.get(name, name) for name in holders(self.address, self.names, ids))

    def _opened(self, names: Collection[str]) -> Mapping[str, Mapping[str, bytes]]:
        """Return the lines of the parts with *names* by id, by name of the part."""
        octets = self.octets(names)
        return {name: film_lines_of(octets[name]) for name in sorted(octets)}

    def _cut(self, opened: Mapping[str, Mapping[str, bytes]], lines: Lines) -> Collection[str]:
        """Return the parts before those *opened* ones whose first film does not begin a part any more."""
        names = self._film_names
        cut = set()
        for at, name in enumerate(names):
            first = next(iter(opened.get(name, ())), None)
            is_cut = first is not None and lines.get(first, b"") is None
            if at and is_cut and names[at - 1] not in opened:
                cut.add(names[at - 1])
        return cut

    def _anew(self, lines: Lines, before: Mapping[str, bytes]) -> "ChangedParts":
        """Return the changed parts of a file that is one part, or becomes one."""
        known = self.octets(self.names)
        whole = join(self.address, known)
        told = {**film_lines_of(whole), **lines}
        body = BETWEEN.join(line for _, line in sorted(told.items()) if line is not None)
        made = split(self.address, whole.partition(BEGIN)[0] + BEGIN + body + END)
        parts = {name: data for name, data in made.items() if known.get(name) != data}
        return ChangedParts(parts, frozenset(known).difference(made), before)


@dataclass(frozen=True, slots=True)
class ChangedParts:
    """
    The differences of a snapshot in parts.

    Attributes:
        parts: Those that are new or other than they were, by name.
        gone: Names of those that are there no more.
        before: Lines that the changed films had, by id.
    """

    parts: Mapping[str, bytes]
    gone: frozenset[str]
    before: Mapping[str, bytes]

    @property
    def is_news(self) -> bool:
        """Whether anything differs."""
        return bool(self.parts or self.gone)
