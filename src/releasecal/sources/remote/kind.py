"""Kinds of source over the network: the parts of each."""

from collections.abc import Callable, Collection, Sequence
from datetime import date, timedelta

from releasecal.core.suggestions import nearest
from releasecal.core.value_classes import dataclass
from releasecal.sources.remote.client import Client
from releasecal.sources.remote.fetched import Fetched, FetchedParts
from releasecal.sources.remote.pace import USUAL, Pace
from releasecal.sources.remote.source_settings import SourceSettings

FetchChanges = Callable[[SourceSettings, Fetched, FetchedParts, Client], Fetched | None]
"""Takes a look at what has changed."""


@dataclass(frozen=True, slots=True)
class SourceKind:
    """
    A kind of source that is fetched: one row and one module.

    Attributes:
        recognises: Whether an address is of this kind, where the settings name none.
        fetch: Takes a look, or raises `FetchFailed`; the second argument is the outcome of
            the last look, None before the first.
        problems: Problems of its settings, each with a remedy; never has a secret.
        every: Time between two looks, unless the settings say.
        machine: Whether its changes count only once they have lasted, unless the settings say.
        attribution: A notice that its terms demand; may be empty.
        pace: How fast it may be asked.
        fetch_changes: Takes a look that costs what has changed, given the outcome of the last one without
            its contents, and these in parts; None if only `fetch` can tell. None if there is no such way.
    """

    name: str
    recognises: Callable[[str], bool]
    fetch: Callable[[SourceSettings, Fetched | None, Client], Fetched]
    problems: Callable[[SourceSettings], Sequence[str]]
    every: timedelta
    machine: bool
    attribution: str = ""
    pace: Pace = USUAL
    fetch_changes: FetchChanges | None = None


def whole_months(today: date, *, back: int, ahead: int) -> tuple[date, date]:
    """
    Return the first and last day of the months from *back* days ago to *ahead* days from now.

    A span of days would be another one each day, and with it whatever answers for it.
    """
    last = today + timedelta(days=ahead)
    next_month = (last.replace(day=28) + timedelta(days=4)).replace(day=1)
    return (today - timedelta(days=back)).replace(day=1), next_month - timedelta(days=1)


def unknown_options(settings: SourceSettings, known: Collection[str]) -> list[str]:
    """Return a problem for each option of *settings* that is none of *known*."""
    names = ", ".join(known) or "none"
    return [
        f"there is no setting {name} of a source of type {settings.type}"
        f" ({nearest(name, known) or f'there are: {names}'})"
        for name in settings.options
        if name not in known
    ]
