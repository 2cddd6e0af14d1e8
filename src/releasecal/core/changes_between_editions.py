"""Differences between two accounts of the same releases, and steps before the first edition."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from itertools import pairwise

from releasecal.core.as_of import known_from
from releasecal.core.changes import Change, classify
from releasecal.core.editions import Entry
from releasecal.core.models import Revision, Status
from releasecal.core.value_classes import replace


def differences(before: Iterable[Entry], after: Iterable[Entry], day: date) -> tuple[Change, ...]:
    """
    Return what is different in *after*, the releases as of the civil day *day*, by film and key.

    A release that is only in *before* followed from a date that has gone.
    """
    then = {entry.key: entry for entry in before}
    now = {entry.key: entry for entry in after}
    at = _evening(day)
    found = []
    for key in sorted({**then, **now}):
        old, new = then.get(key), now.get(key)
        if new is None and old is not None:
            gone = replace(old.current, status=Status.WITHDRAWN)
            found.append(_change(old, old.current, gone, at))
        elif new and (old is None or old.current.statement != new.current.statement):
            found.append(_change(new, old.current if old else None, new.current, at))
    return tuple(found)


def _change(entry: Entry, old: Revision | None, new: Revision, at: datetime) -> Change:
    return Change(at, entry.key, classify(old, new), entry.facts.title, new, old)


def steps_before(entry: Entry) -> tuple[Change, ...]:
    """
    Return the changes of *entry* that were announced before we published it, newest first.

    Each has the evening of the day by which it was known; the log of changes has none of them.
    """
    history = entry.facts.release.history
    first = next((at for at, each in enumerate(history) if each.seen), len(history) - 1)
    days = known_from(history)[1 : first + 1]
    steps = zip(pairwise(history[: first + 1]), days, strict=True)
    found = [
        _change(entry, old, new, _evening(day))
        for (old, new), day in steps
        if old.statement != new.statement
    ]
    return tuple(reversed(found))


def _evening(day: date) -> datetime:
    return datetime.combine(day, time.max, UTC).replace(microsecond=0)
