"""The selections of an exported site: the feeds that are there beside those of films and series."""

import re
from collections.abc import Iterable, Iterator, Sequence

from releasecal.core.models import ReleaseKind
from releasecal.core.value_classes import dataclass
from releasecal.errors import SelectionError
from releasecal.queries.feed_paths import NAMED, NamedFeed
from releasecal.queries.feed_query import EVERYTHING, FeedQuery
from releasecal.queries.parameters import KINDS
from releasecal.store import Connection, Vocabulary
from releasecal.store.choices import kinds_by_region

_PATH = re.compile(
    r"(?:kinds/(?P<kind>[a-z-]+)(?:/(?P<where>[A-Z0-9]+))?|regions/(?P<region>\w+))\.ics"
)
_ICS = ("ics",)
_NAMED = (*_ICS, "json")
_MAIN = (*_NAMED, "csv", "atom")
"""
Formats of the whole calendar, one for each sort of reader.

jCal and JSON Feed say the same as two of these, and each would be one more file a move.
"""


@dataclass(frozen=True, slots=True)
class ExportedSelection:
    """
    A selection with a path of its own.

    Attributes:
        path: Without an ending.
        formats: Extensions of its files. A move writes each of them anew, and the whole catalogue
            is there for programs, so kinds and regions have feeds for calendars alone.
    """

    path: str
    query: FeedQuery
    formats: tuple[str, ...] = _ICS

    @property
    def is_part(self) -> bool:
        """Whether it is of a kind, of a region, or of both, and of nothing else."""
        return self.path.startswith(("/kinds/", "/regions/"))


def selections(
    connection: Connection,
    feeds: Iterable[NamedFeed],
    known: Vocabulary,
    earlier: Iterable[str],
) -> Sequence[ExportedSelection]:
    """
    Return everything, *feeds*, and all kinds, regions and pairs of both that some release has.

    One that is among the paths of *earlier* files stays, for somebody may have subscribed to it.
    """
    pairs: set[tuple[str, str]] = set(kinds_by_region(connection))
    pairs |= {(kind, "") for kind, _ in pairs} | {("", region) for _, region in pairs}
    pairs |= set(_paths(earlier))
    found = [ExportedSelection("/calendar", EVERYTHING, _MAIN)]
    found += [ExportedSelection(f"/{NAMED}/{feed.name}", feed.query, _NAMED) for feed in feeds]
    for kind, region in sorted(pairs, key=_order):
        named = [(name, value) for name, value in (("kind", kind), ("region", region)) if value]
        try:
            query = FeedQuery.parse(named, known)
        except SelectionError:  # a region that is no country: nobody can ask for it
            continue
        folder = "kinds" if kind else "regions"
        found.append(
            ExportedSelection("/".join(["", folder, *(value for _, value in named)]), query)
        )
    return found


def _paths(earlier: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the pairs of kind and region to which files with the paths *earlier* belong."""
    for path in earlier:
        if found := _PATH.fullmatch(path):
            yield found["kind"] or "", found["where"] or found["region"] or ""


def _order(pair: tuple[str, str]) -> tuple[int, str]:
    """Return the sort key of a kind and a region: kinds as in a film's life, then regions."""
    kind, region = pair
    return KINDS.index(kind) if kind in KINDS else len(ReleaseKind) + 1, region
