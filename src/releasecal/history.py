"""
Histories: what was announced about one release, told twice, as one list.

Two accounts of the same release share most of their announcements: a curated file and
the ledger of what we published, or two sources. `weave` finds what they share, so that
nothing is lost and nothing is doubled.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from difflib import SequenceMatcher
from heapq import merge

from releasecal.models import Revision


def weave(
    told: Sequence[Revision],
    kept: Sequence[Revision],
    join: Callable[[Revision, Revision], Revision],
) -> tuple[Revision, ...]:
    """
    Return *told* and *kept*, each oldest first, as one history.

    Announcements that both have appear once, as *join* makes one of the two. Those of
    one side only stay in their order; between two shared ones they are sorted by when
    they became known, *kept* before *told* where that does not decide.
    """
    # Backwards, so that of equal statements the latest ones are taken for the same.
    backwards = SequenceMatcher(
        None,
        [revision.statement for revision in reversed(kept)],
        [revision.statement for revision in reversed(told)],
        autojunk=False,
    )
    woven: list[Revision] = []
    kept_after, told_after = 0, 0
    for block in reversed(backwards.get_matching_blocks()):
        kept_first = len(kept) - block.a - block.size
        told_first = len(told) - block.b - block.size
        woven += _by_date(kept[kept_after:kept_first], told[told_after:told_first])
        shared = range(block.size)
        woven += [join(told[told_first + i], kept[kept_first + i]) for i in shared]
        kept_after, told_after = kept_first + block.size, told_first + block.size
    woven += _by_date(kept[kept_after:], told[told_after:])
    return tuple(woven)


def corroborate(told: Revision, other: Revision) -> Revision:
    """
    Return *told*, its gaps filled from another source's account of the same.

    "Announced by" becomes the earlier of both: two upper bounds make a better one.
    """
    days = [day for day in (told.as_of, other.as_of) if day]
    return replace(
        told,
        as_of=min(days, default=None),
        reason=told.reason or other.reason,
        source=told.source or other.source,
        text=told.text or other.text,
        delayed=told.delayed or other.delayed,
        slot_from=told.slot_from or other.slot_from,
        slot_to=told.slot_to or other.slot_to,
    )


def remember(told: Revision, published: Revision) -> Revision:
    """Return *told* as the sources tell it now, with the moment we first published it."""
    return replace(told, seen=published.seen)


def _by_date(kept: Sequence[Revision], told: Sequence[Revision]) -> list[Revision]:
    ordered = merge(_dated(kept), _dated(told), key=lambda pair: pair[0])
    return [revision for _, revision in ordered]


def _dated(revisions: Sequence[Revision]) -> list[tuple[date, Revision]]:
    """Pair each with the day it was known by, or else with that of the one before it."""
    day = date.min
    dated = []
    for revision in revisions:
        known = revision.as_of or (revision.seen.date() if revision.seen else day)
        day = max(day, known)
        dated.append((day, revision))
    return dated
