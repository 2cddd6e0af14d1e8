"""The kinds of source over the network, and a look at one."""

from releasecal.addons import ExtensibleTable
from releasecal.clock import Clock
from releasecal.sources.read_result import Progress, no_progress
from releasecal.sources.remote import ENTRY_POINTS
from releasecal.sources.remote.address_guard import address_problem
from releasecal.sources.remote.calendar import CALENDAR
from releasecal.sources.remote.client import Client
from releasecal.sources.remote.fetched import Fetched, FetchedParts
from releasecal.sources.remote.kind import SourceKind
from releasecal.sources.remote.radarr import RADARR
from releasecal.sources.remote.source_settings import SourceSettings
from releasecal.sources.remote.tmdb import TMDB
from releasecal.sources.remote.web_file import FILE
from releasecal.sources.remote.wikidata import WIKIDATA
from releasecal.sources.snapshot_parts import UnpartedError

KINDS = ExtensibleTable(
    ENTRY_POINTS,
    SourceKind,
    lambda kind: kind.name,
    (TMDB, RADARR, WIKIDATA, CALENDAR, FILE),
)
"""All kinds, by name; the first one that recognises an address reads it."""


def kind_of(address: str) -> SourceKind | None:
    """Return the kind that reads *address*, if one does."""
    return next((kind for kind in KINDS.values() if kind.recognises(address)), None)


def problems(settings: SourceSettings) -> list[str]:
    """Return the problems of *settings*, whose type is known, each with a remedy."""
    wrong = settings.address and address_problem(
        settings.address, allow_private=settings.allow_private
    )
    return [*([f"address: {wrong}"] if wrong else []), *KINDS[settings.type].problems(settings)]


def fetch(
    settings: SourceSettings,
    before: Fetched | None,
    clock: Clock,
    progress: Progress = no_progress,
) -> Fetched:
    """
    Return the outcome of a look at the source of *settings*, with that of the last one known.

    Raises:
        FetchFailed: It went wrong; *before* stays good.
    """
    kind = KINDS[settings.type]
    with Client(settings, clock, kind.pace, progress=progress) as client:
        return kind.fetch(settings, before, client)


def fetch_changes(
    settings: SourceSettings, before: Fetched, known: FetchedParts, clock: Clock
) -> Fetched | None:
    """
    Return the outcome of a look as its differences to the last one; None if only `fetch` can tell.

    *before* is the outcome of the last look without its contents, which *known* has in parts.

    Raises:
        FetchFailed: It went wrong; what is known stays good.
    """
    kind = KINDS[settings.type]
    if kind.fetch_changes is None:
        return None
    with Client(settings, clock, kind.pace) as client:
        try:
            return kind.fetch_changes(settings, before, known, client)
        except UnpartedError:
            return None
