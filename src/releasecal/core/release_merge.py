"""
Agreement: one release from the accounts of several sources.

Dates agree if both can be true: a year agrees with each of its days. Of dates that agree the
most exact one is published, and of dates that exclude each other the first source's; the other
one is a conflict.
"""

from collections.abc import Iterable, Sequence
from itertools import takewhile

from releasecal.core.history_merge import corroborate, weave
from releasecal.core.models import Release, Revision
from releasecal.core.value_classes import replace


def agreed(accounts: Sequence[Release]) -> Release:
    """Return one release from the *accounts* of it, which are in the order of precedence."""
    first, *others = accounts
    if not others:
        return first
    history, addresses = first.history, list(first.told_by)
    standing, refined, contested = [first.current], [], []
    for other in others:
        said, current = other.current, history[-1]
        is_former = _is_in(said, history)  # its source has not heard of the change yet
        is_contested = not is_former and any(_exclude(each, said) for each in standing)
        is_finer = not is_former and not is_contested and refines(said, current)
        exact = _exact(other, history) if is_finer else ()
        history = _woven(history, other.history[: len(other.history) - len(exact)]) + exact
        if is_finer:
            refined.append(history[-len(exact) - 1])
        if is_contested:
            contested.append(said)
        elif said.when:
            standing.append(said)
        addresses = [*other.told_by, *addresses] if is_finer else [*addresses, *other.told_by]
    return replace(
        first.with_details(*accounts),
        history=history,
        refined=tuple(refined),
        contested=tuple(contested),
        told_by=tuple(dict.fromkeys(addresses)),
    )


def refines(said: Revision, current: Revision) -> bool:
    """Whether *said* makes the date of *current* more exact: it lies within, and is not all of it."""
    if said.when is None or current.when is None or said.status.is_over or current.status.is_over:
        return False
    return current.when.contains(said.when) and not said.when.contains(current.when)


def is_outlived(old: Release, new: Release) -> bool:
    """
    Whether *new* is from other sources only, because the source of *old*'s date is silent.

    A source that tells of the release for the first time may be the silent one, at another
    address: then the answer is no.
    """
    told_by = {*new.told_by}
    return bool(told_by) and told_by <= {*old.told_by} - {*old.told_by[:1]}


def _exclude(standing: Revision, said: Revision) -> bool:
    """
    Whether *standing* and *said*, of a later source, cannot both be true.

    No date, said first, stands against any date; said later, it contradicts none.
    """
    if standing.status is not said.status:
        return True
    if standing.when is None or said.when is None:
        return said.when is not None
    return not standing.when.overlaps(said.when)


def _exact(account: Release, history: Sequence[Revision]) -> tuple[Revision, ...]:
    """Return the last revisions of *account* that refine the end of *history* and are not in it."""
    *earlier, last = account.history
    finer = takewhile(
        lambda each: refines(each, history[-1]) and not _is_known(each, history), reversed(earlier)
    )
    return (*reversed([*finer]), last)


def _woven(history: tuple[Revision, ...], told: Iterable[Revision]) -> tuple[Revision, ...]:
    """Return *history* with the revisions *told* elsewhere that fit in before its end."""
    earlier = [each for each in told if _is_known(each, history)]
    woven = weave(history, earlier, corroborate)
    ends = [at for at, each in enumerate(woven) if each.statement == history[-1].statement]
    return woven[: ends[-1] + 1]


def _is_known(revision: Revision, history: Sequence[Revision]) -> bool:
    """Whether *revision* fits into *history* before its current end."""
    if _is_in(revision, history):
        return True
    known_by = history[-1].as_of
    return bool(revision.as_of and known_by and revision.as_of < known_by)


def _is_in(revision: Revision, history: Iterable[Revision]) -> bool:
    return any(revision.statement == past.statement for past in history)
