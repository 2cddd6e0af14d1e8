"""The answer that a film's page begins with: when, in the visitor's region, and how certain."""

from collections.abc import Iterable, Sequence
from datetime import date

from releasecal.core.editions import Entry
from releasecal.core.models import UNKNOWN, WORLD, ReleaseKind
from releasecal.core.value_classes import dataclass

_MAX = 4
_FIRST = (ReleaseKind.THEATRICAL, ReleaseKind.THEATRICAL_LIMITED, ReleaseKind.STREAMING)
_ORDER = [kind.identity for kind in (*_FIRST, *ReleaseKind)]


@dataclass(frozen=True, slots=True)
class FilmAnswers:
    """
    The releases that answer "when?".

    Attributes:
        entries: In cinemas first, then to watch at home, each the next or else the last one.
        missing: The visitor's region, if nothing is known of the film there; else "".
    """

    entries: tuple[Entry, ...]
    missing: str = ""


def film_answers(own: Sequence[Entry], day: date, region: str = "") -> FilmAnswers:
    """
    Return the answer of *own*, the entries of a film, on the civil day *day*, for *region*.

    What is worldwide, or has no region, answers for a region without its own releases.
    """
    named = {entry.key.region for entry in own}
    places = next(({place} for place in (region, WORLD, UNKNOWN) if place in named), set[str]())
    is_missing = bool(region and own) and places not in ({region}, {WORLD})
    wanted = [entry for entry in own if not places or entry.key.region in places]
    by_kind: dict[str, Entry] = {}
    for entry in sorted(wanted, key=lambda entry: _rank(entry, day)):
        by_kind.setdefault(f"{entry.key.kind} {'' if places else entry.key.region}", entry)
    found = tuple(by_kind.values())[:_MAX]
    return FilmAnswers(found, region if is_missing else "")


def _rank(entry: Entry, day: date) -> tuple[int, bool, bool, int, str]:
    kind = entry.key.kind
    place = _ORDER.index(kind) if kind in _ORDER else len(_ORDER)
    when = entry.shown if entry.current.status.is_over else entry.current.when
    if when is None:
        return place, True, True, 0, str(entry.key)
    is_past = when.after <= day
    distance = abs((when.first - day).days)
    return place, entry.current.status.is_over, is_past, distance, str(entry.key)


def in_order(own: Iterable[Entry], region: str) -> list[Entry]:
    """Return *own* with the entries of *region* first, else in the same order."""
    return sorted(own, key=lambda entry: entry.key.region != region)
