"""
Settling: what a machine says counts once it has lasted.

Databases kept by many hands jitter: of 36 changes that one of them showed in ten weeks, 14
were of a single day, and several were taken back. So another date from a source marked
``machine`` waits until a second read says the same, and until a third before a date or a
release is gone. A move of more than a week is too large for jitter, and what people keep
by hand counts at once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from releasecal.catalogue import Catalogue
from releasecal.dates import PartialDate
from releasecal.models import Certainty, Film, Release, ReleaseKey, Revision, Status

JITTER = timedelta(days=7)
"""A day that moves by more than this is no jitter."""

_READS = 2
_READS_TO_LOSE = 3

Statement = tuple[PartialDate | None, Status, Certainty]


@dataclass(frozen=True, slots=True)
class Pending:
    """
    A change that a machine source tells of and that does not count yet.

    Attributes:
        statement: What it says now; None if it does not list the release any more.
        reads: In how many reads running it has said so.
        read: The last of them, so that none counts twice.
    """

    statement: Statement | None
    reads: int
    read: str


def settle(
    catalogue: Catalogue,
    published: Mapping[ReleaseKey, Release],
    films: Mapping[str, Film],
    pending: Mapping[ReleaseKey, Pending],
    read: str,
) -> tuple[Catalogue, Mapping[ReleaseKey, Pending]]:
    """
    Return *catalogue* with what has not settled as it was before, and what is pending.

    *films* are those of the published edition, as its sources told them. *read* names this read of the sources; a
    process that looks at the same state of the same files again brings the same name.
    """
    machines = {id_ for id_, source in catalogue.sources.items() if source.machine}
    if not machines and not pending:
        return catalogue, {}
    told = {release.key: release for film in catalogue.films.values() for release in film.releases}
    waiting = {
        key: after
        for key, release in published.items()
        if (after := _wait(release, told.get(key), pending.get(key), machines, read))
    }
    settled = dict(catalogue.films)
    for key in waiting:
        film = settled.get(key.film, replace(films[key.film], releases=()))
        settled[key.film] = replace(film, releases=tuple(_as_before(key, film, films[key.film])))
    return replace(catalogue, films=dict(sorted(settled.items()))), waiting


def _wait(
    published: Release,
    told: Release | None,
    before: Pending | None,
    machines: set[str],
    read: str,
) -> Pending | None:
    """Return what is to be kept in mind of a change, or None if it counts or is none."""
    current = published.current
    new = told.current if told else None
    if (new or current).source not in machines or (new is None and published.derivation):
        return None
    if current.status is Status.WITHDRAWN or (new and new.statement == current.statement):
        return None
    if new and _is_too_large(current, new):
        return None
    statement = new.statement if new else None
    if before is None or before.statement != statement:
        return Pending(statement, 1, read)
    reads = before.reads + (read != before.read)
    is_loss = new is None or (new.when is None and current.when is not None)
    return (
        None
        if reads >= (_READS_TO_LOSE if is_loss else _READS)
        else Pending(statement, reads, read)
    )


def _is_too_large(current: Revision, new: Revision) -> bool:
    """Whether *new* is a day so far from the one before that it is no jitter."""
    if not (current.when and new.when and current.when.is_day and new.when.is_day):
        return False
    return abs(new.when.first - current.when.first) > JITTER


def _as_before(key: ReleaseKey, film: Film, before: Film) -> Iterable[Release]:
    """Return the releases of *film*, the one with *key* as *before* had it, if it had it."""
    yield from (release for release in film.releases if release.key != key)
    yield from (release for release in before.releases if release.key == key)
