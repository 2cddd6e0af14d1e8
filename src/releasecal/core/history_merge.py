"""
Histories: two accounts of the announcements of one release as one list.

Two accounts of the same release share most of their announcements: a curated file and
the record of our publications, or two sources. `weave` finds the shared ones, so that
none is lost and none is doubled.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from itertools import takewhile

from releasecal.core.models import Revision
from releasecal.core.value_classes import replace


def weave(
    told: Sequence[Revision],
    kept: Sequence[Revision],
    join: Callable[[Revision, Revision], Revision],
) -> tuple[Revision, ...]:
    """
    Return *told* and *kept*, each oldest first, as one history.

    A shared announcement appears once, made by *join* of both accounts. The others stay in
    the order of their account; between two shared ones they are sorted by the day they
    became known, *kept* before *told* if a day is missing or equal.
    """
    if not told or not kept:
        return (*told, *kept)
    if [each.statement for each in told] == [each.statement for each in kept]:  # as nearly always
        return tuple(map(join, told, kept))
    woven: list[Revision] = []
    kept_after = told_after = 0
    for kept_at, told_at in _shared(kept, told):
        woven += _by_date(kept[kept_after:kept_at], told[told_after:told_at])
        woven.append(join(told[told_at], kept[kept_at]))
        kept_after, told_after = kept_at + 1, told_at + 1
    woven += _by_date(kept[kept_after:], told[told_after:])
    return tuple(woven)


def _shared(kept: Sequence[Revision], told: Sequence[Revision]) -> list[tuple[int, int]]:
    """
    Return the positions in *kept* and *told* of their longest common subsequence, in order.

    A shorter alignment would not do: a history woven from an account would not contain that
    account when it is told again. Of equal statements the latest ones are taken, for a date
    that came back is the one in force. Equal ends belong to every such alignment, and are
    taken first: the search in between mostly has nothing left.
    """
    one = [revision.statement for revision in kept]
    other = [revision.statement for revision in told]
    after = _equal(zip(reversed(one), reversed(other), strict=False))
    one, other = one[: len(one) - after], other[: len(other) - after]
    often = Counter(one) | Counter(other)
    # A statement that is repeated later may align with that one.
    before = _equal(
        (a, b) if often[a] == 1 else (a, None) for a, b in zip(one, other, strict=False)
    )
    pairs = [(at, at) for at in range(before)]
    pairs += [(before + i, before + j) for i, j in _aligned(one[before:], other[before:])]
    ends = range(after, 0, -1)
    return pairs + [(len(kept) - end, len(told) - end) for end in ends]


def _equal(pairs: Iterable[tuple[object, object]]) -> int:
    """Return the number of *pairs* at the beginning that have two equal members."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _aligned(one: Sequence[object], other: Sequence[object]) -> list[tuple[int, int]]:
    """Return the positions of the longest common subsequence, the latest one of several."""
    longest = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for i, statement in enumerate(one):
        for j, another in enumerate(other):
            longest[i + 1][j + 1] = (
                longest[i][j] + 1
                if statement == another
                else max(longest[i][j + 1], longest[i + 1][j])
            )
    pairs = []
    i, j = len(one), len(other)
    while i and j:
        if one[i - 1] == other[j - 1]:
            i, j = i - 1, j - 1
            pairs.append((i, j))
        elif longest[i][j - 1] >= longest[i - 1][j]:
            j -= 1
        else:
            i -= 1
    return pairs[::-1]


def corroborate(told: Revision, other: Revision) -> Revision:
    """
    Return *told* with its gaps filled from another source's account of the announcement.

    `as_of` becomes the earlier one of both: two upper bounds make a better one.
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
    """Return *told* with the moment and the manner of its first publication, from *published*."""
    return replace(told, seen=published.seen, manner=published.manner)


def _by_date(kept: Sequence[Revision], told: Sequence[Revision]) -> list[Revision]:
    """Return both merged by the day each was known; *kept* first if a day is missing."""
    ordered = []
    rest, others = deque(kept), deque(told)
    while rest and others:
        known, other = _known(rest[0]), _known(others[0])
        is_later = known is not None and other is not None and other < known
        ordered.append((others if is_later else rest).popleft())
    return [*ordered, *rest, *others]


def _known(revision: Revision) -> date | None:
    return revision.as_of or (revision.seen.date() if revision.seen else None)
