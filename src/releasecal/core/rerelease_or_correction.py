"""
Re-releases and corrections: dates after the day on which a release came out.

A little later, or earlier, such a date corrects that day. Long after it, the film is shown again,
which is a release of its own: moving the first one there would take what happened out of every
calendar. No machine can tell whether it is so, thus a person has to say it.
"""

from collections.abc import Iterable
from datetime import date, timedelta

from releasecal.core.models import Certainty, Release, ReleaseKey, ReleaseKind, Revision

REPEAT_AFTER = timedelta(days=90)
"""A date that can be further behind the day on which a release came out may be a repeat."""


def has_come_out(revision: Revision, today: date) -> bool:
    """Whether *revision* says for certain that a release came out by the civil day *today*."""
    when = revision.when
    is_sure = revision.certainty is Certainty.CONFIRMED and not revision.status.is_over
    return is_sure and when is not None and when.is_day and when.first <= today


def is_correction(old: Revision, new: Revision, today: date) -> bool:
    """
    Whether *new*, which is known on the civil day *today*, comes after the day of *old*.

    It does not if it was announced until then: it is only told late.
    """
    when = old.when
    if when is None or not when.is_day or old.status.is_over or when.first >= today:
        return False
    return new.as_of is None or new.as_of > when.first


def is_repeat(old: Revision, new: Revision, today: date) -> bool:
    """Whether *new* may be a repeat of the release that came out on the day of *old*."""
    if new.when is None or old.when is None or new.status.is_over:
        return False
    is_long_after = (
        new.when.first > old.when.first and new.when.after - old.when.after > REPEAT_AFTER
    )
    return is_long_after and has_come_out(old, today) and is_correction(old, new, today)


def is_told_apart(said: Revision, release: Release, others: Iterable[Release]) -> bool:
    """Whether *others*, of the same film, have a repeat of *release* on the date *said*."""
    return any(
        _agree(said, other.current) for other in others if _is_repeat_of(release.key, other.key)
    )


def _is_repeat_of(key: ReleaseKey, other: ReleaseKey) -> bool:
    """Whether the release *other* repeats the one with *key*, of the same film."""
    is_numbered = other.kind == key.kind and other.number != key.number
    is_again = other.kind == ReleaseKind.RE_RELEASE.identity != key.kind
    return other.region == key.region and (is_numbered or is_again)


def _agree(said: Revision, other: Revision) -> bool:
    """Whether both revisions can mean the same day, and none of them is a cancellation."""
    if said.when is None or other.when is None or said.status.is_over or other.status.is_over:
        return False
    return said.when.overlaps(other.when)
