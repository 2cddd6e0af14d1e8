"""Slips: how often, and by how many days, the announced date of a release has moved."""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import islice, pairwise

from releasecal.core.dates import PartialDate
from releasecal.core.models import Certainty, Revision
from releasecal.core.value_classes import dataclass

_DERIVED = Certainty.DERIVED


@dataclass(frozen=True, slots=True)
class Slip:
    """
    The sum of the moves of a date.

    Attributes:
        moves: Number of dates that contradict the one before.
        days: Days from the first day that was announced to the one in force, negative if that
            is earlier; 0 without a move, or where no day is in force.
    """

    moves: int
    days: int


def slip_of(history: Iterable[Revision]) -> Slip:
    """Return the slip of *history*; dates that nobody has announced do not count."""
    dates = [each.when for each in history if each.when and each.certainty is not _DERIVED]
    moves = sum(is_move(before, after) for before, after in pairwise(dates))
    days = [when.first for when in dates if when.is_day]
    if not moves or not dates[-1].is_day:
        return Slip(moves, 0)
    return Slip(moves, (days[-1] - days[0]).days)


def is_move(before: PartialDate, after: PartialDate) -> bool:
    """Whether the dates contradict each other: a more precise one is no move."""
    return not before.contains(after) and not after.contains(before)


def moved_before(history: Sequence[Revision], known: Iterable[date]) -> date | None:
    """
    Return the last day on which *history* moved before its first published revision, or None.

    *known* has the day from which each revision was known. The log of changes tells of no such
    move: it has the first published revision as new.
    """
    first = next((at for at, each in enumerate(history) if each.seen), len(history) - 1)
    steps = zip(pairwise(history[: first + 1]), islice(known, 1, None), strict=False)
    days = [
        day
        for (before, after), day in steps
        if before.when and after.when and is_move(before.when, after.when)
    ]
    return days[-1] if days else None
