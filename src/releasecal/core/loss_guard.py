"""
The brake: a source that suddenly has nothing more to say empties no calendar.

A half-written export, a search that fails politely, a wrong path: each looks like a
hundred films withdrawn at once. Such an edition is held until a person lets it through.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from releasecal.core.editions import Edition, Entry
from releasecal.core.models import ReleaseKey, Status

FEWEST = 5
"""Fewer releases than this may go at once, whatever share of the whole they are."""

SHARE = 0.2
"""More than this share of a source's upcoming releases may not go at once."""


def losses(
    before: Edition, after: Edition, addresses: Sequence[str], today: date
) -> tuple[str, ...]:
    """
    Return why *after* should not follow *before*, a sentence for each source concerned.

    Only *addresses*, those that are read now, are asked about: taking one out of the
    settings is a decision. What is cancelled is no loss, for the source says so.
    """
    return tuple(reason for address in addresses for reason in _lost(before, after, address, today))


def _lost(before: Edition, after: Edition, address: str, today: date) -> Iterable[str]:
    had = {film.id for film in before.films.values() if address in film.told_by}
    has = {film.id for film in after.films.values() if address in film.told_by}
    if had and not has:
        yield f"{address} told of {len(had)} films and tells of none now"
        return
    upcoming = [
        key
        for key, entry in before.entries.items()
        if key.film in had and _is_upcoming(entry, today)
    ]
    gone = [key for key in upcoming if is_lost(key, before, after)]
    if len(gone) >= FEWEST and len(gone) > SHARE * len(upcoming):
        named = ", ".join(str(key) for key in gone[:3])
        yield (
            f"{address} no longer dates {len(gone)} of its {len(upcoming)} upcoming releases "
            f"({named}, …)"
        )


def _is_upcoming(entry: Entry, today: date) -> bool:
    when = entry.current.when
    return not entry.current.status.is_over and when is not None and when.after > today


def is_lost(key: ReleaseKey, before: Edition, after: Edition) -> bool:
    """Whether the release with *key* had a date before, and none after, or is gone."""
    old, new = before.entries[key].current, after.entries[key].current
    is_withdrawn = new.status is Status.WITHDRAWN and old.status is not Status.WITHDRAWN
    return is_withdrawn or (new.when is None and old.when is not None)
