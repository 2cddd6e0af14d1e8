"""Parts: some films of an address, read again, where all others are as they were."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from releasecal.core.catalogue import Reading
from releasecal.errors import DataError
from releasecal.sources.outlines import Cut, Outline, compare, cut
from releasecal.sources.snapshot import Document
from releasecal.sources.validate import reassemble

MAX_FILMS = 2_000
"""With more changes than this, reading everything is as good."""


@dataclass(frozen=True, slots=True)
class File:
    """
    A file that may have to be opened.

    Attributes:
        state: As in `Document`.
        open: Returns it, or raises DataError or OSError.
    """

    state: str
    open: Callable[[], Document]


class _Changed(Exception):
    """A file is not any more what it was a moment ago."""


@dataclass(frozen=True, slots=True)
class Part:
    """
    The files of an address, and which of their films have changed.

    Attributes:
        touched: Ids of the films that are told of in another way, or not any more.
        outlines: Of all files, as they are now, by name.
        changed: Names of those that are not as they were.
        address: Where they are, as the operator named it.
    """

    touched: frozenset[str]
    outlines: Mapping[str, Outline]
    changed: frozenset[str]
    files: Mapping[str, File]
    cuts: Mapping[str, tuple[Document, Cut]]
    address: str = ""

    def read(self, ids: Collection[str]) -> Reading | None:
        """
        Return what is said here of the films with *ids*, or None if only a whole read can tell.

        That takes a film that is corrected here, or told of wrongly.
        """
        wanted = set(ids)
        outlines = self.outlines.values()
        if any(not outline.frame or wanted.intersection(outline.corrects) for outline in outlines):
            return None
        try:
            told = [film for name in self.outlines for film in self._films(name, wanted)]
        except (DataError, OSError, _Changed):
            return None
        states = {name: file.state for name, file in self.files.items()}
        reading = reassemble(told, self.outlines, states)
        return reading and replace(reading, address=self.address)

    def _films(self, name: str, wanted: set[str]) -> Iterator[tuple[Document, int, object]]:
        """Yield those of the films *wanted* that the file called *name* has."""
        numbers = [at for at, id_ in enumerate(self.outlines[name].ids) if id_ in wanted]
        if not numbers:
            return
        document, pieces = self.cuts.get(name) or self._open(name)
        for number in numbers:
            yield document, number, pieces.film(number)

    def _open(self, name: str) -> tuple[Document, Cut]:
        document = self.files[name].open()
        pieces = cut(document)
        if pieces is None or list(pieces.films) != self.outlines[name].digests:
            raise _Changed  # since the digest was taken
        return document, pieces


def compare_files(
    known: Mapping[str, Outline], digests: Mapping[str, str], files: Mapping[str, File]
) -> Part | None:
    """
    Return how *files* differ from the outlines *known*, or None if only a whole read can tell.

    All three are by name; *digests* says which files have changed.

    Raises:
        DataError: A file is of a sort or size that we do not read.
        OSError: A file cannot be read.
    """
    outlines = dict(known)
    touched: set[str] = set()
    cuts = {}
    for name in files:
        if digests[name] == known[name].digest:
            continue
        document = files[name].open()
        pieces = cut(document)
        difference = compare(known[name], pieces) if pieces else None
        if pieces is None or difference is None:
            return None
        touched |= {*difference.added, *difference.removed}
        cuts[name] = document, pieces
        outlines[name] = replace(
            known[name],
            digest=digests[name],
            ids=difference.ids,
            films=b"".join(pieces.films),
        )
    had = sum(len(outline.ids) for outline in known.values())
    has = Counter(id_ for outline in outlines.values() for id_ in outline.ids)
    # A whole read knows how to complain, and who has to agree if all is gone.
    if len(touched) > MAX_FILMS or has.total() > len(has) or (had and not has):
        return None
    return Part(frozenset(touched), outlines, frozenset(cuts), files, cuts)
