"""
Placeholders: days that databases enter where only the year is known.

TMDB's contribution guide asks for 1 January then. So a 1 January from a machine is its year,
unless another source or another region has that very day, or its wording is told.
"""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from itertools import groupby

from releasecal.core.dates import PartialDate, Precision
from releasecal.core.models import Film, Release, Revision
from releasecal.core.value_classes import replace


def without_placeholders(accounts: Sequence[Film], machines: AbstractSet[str]) -> Sequence[Film]:
    """Return *accounts* of one film, a 1 January by *machines* (ids of sources) made its year."""
    found = list(_january_firsts(accounts)) if machines else []
    if not any(revision.source in machines for _, revision in found):
        return accounts
    witnesses = {(release.key.region, each.source, each.when) for release, each in found}

    def mended(release: Release, revision: Revision) -> Revision:
        when = revision.when
        is_seen = any(
            day == when and (region, source) != (release.key.region, revision.source)
            for region, source, day in witnesses
        )
        is_meant = is_seen or revision.text or revision.source not in machines
        if when is None or is_meant or not is_january_first(when):
            return revision
        return replace(revision, when=PartialDate(when.year, Precision.YEAR))

    return [
        replace(
            film,
            releases=tuple(
                replace(release, history=_once([mended(release, each) for each in release.history]))
                for release in film.releases
            ),
        )
        for film in accounts
    ]


def is_january_first(when: PartialDate | None) -> bool:
    """Whether *when* is the day 1 January."""
    return when is not None and (when.part, when.day) == (1, 1)


def _january_firsts(accounts: Iterable[Film]) -> Iterable[tuple[Release, Revision]]:
    for film in accounts:
        for release in film.releases:
            for revision in release.history:
                if is_january_first(revision.when):
                    yield release, revision


def _once(history: Iterable[Revision]) -> tuple[Revision, ...]:
    """Return *history* without announcements that repeat the one before."""
    return tuple(next(same) for _, same in groupby(history, lambda each: each.statement))
