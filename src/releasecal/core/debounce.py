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

from releasecal.core.catalogue import Catalogue
from releasecal.core.dates import PartialDate
from releasecal.core.models import Certainty, Film, Release, ReleaseKey, Revision, Status

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
        contested: What machine sources say against the statement in force.
    """

    statement: Statement | None
    reads: int
    read: str
    contested: tuple[Statement, ...] = ()


def settle(
    catalogue: Catalogue,
    published: Mapping[ReleaseKey, Release],
    films: Mapping[str, Film],
    pending: Mapping[ReleaseKey, Pending],
) -> tuple[Catalogue, Mapping[ReleaseKey, Pending]]:
    """
    Return *catalogue* with what has not settled as it was before, and what is pending.

    *films* are those of the published edition, as its sources told them. Each read has a
    name, which a process that looks at the same state of the same files again brings, too.
    """
    machines = {id_ for id_, source in catalogue.sources.items() if source.machine}
    if not machines and not pending:
        return catalogue, {}
    judge = _Judge(machines, catalogue, films)
    told = {release.key: release for film in catalogue.films.values() for release in film.releases}
    waiting = {
        key: after
        for key, release in published.items()
        if (after := judge.wait(release, told.get(key), pending.get(key)))
    }
    settled = dict(catalogue.films)
    for key in waiting:
        film = settled.get(key.film, replace(films[key.film], releases=()))
        settled[key.film] = replace(film, releases=tuple(_as_before(key, film, films[key.film])))
    return replace(catalogue, films=dict(sorted(settled.items()))), waiting


@dataclass(frozen=True, slots=True)
class _Judge:
    """Knows which sources are *machines*, what is told now, and of which *films* that was."""

    machines: set[str]
    catalogue: Catalogue
    films: Mapping[str, Film]

    def wait(
        self, published: Release, told: Release | None, before: Pending | None
    ) -> Pending | None:
        """Return what is to be kept in mind of a change, or None if it counts or is none."""
        new = self._news(published, told)
        if new is None:
            return None
        by, statement, contested = new
        read = self._read(published.key.film, by)
        if before is None or (before.statement, before.contested) != (statement, contested):
            return Pending(statement, 1, read, contested)
        reads = before.reads + (read != before.read)
        had_date = published.current.when is not None
        is_loss = statement is None or (statement[0] is None and had_date)
        if reads >= (_READS_TO_LOSE if is_loss else _READS):
            return None
        return Pending(statement, reads, read, contested)

    def _read(self, film: str, by: str) -> str:
        """Return the name of the read of a film in the words of *by*."""
        if (film, by) in self.catalogue.reads:
            return self.catalogue.reads[film, by]
        states = self.catalogue.states
        where_it_was = [states[name] for name in self.films[film].told_in if name in states]
        return " ".join(where_it_was or states.values())

    def _news(
        self, published: Release, told: Release | None
    ) -> tuple[str, Statement | None, tuple[Statement, ...]] | None:
        """Return which machine says what else, and against what, or None if none does."""
        current = published.current
        if current.status is Status.WITHDRAWN:
            return None
        if told is None:
            speaker = self._last_word(published)
            return (speaker, None, ()) if speaker and not published.derivation else None
        new, contested = told.current, self._contested(told)
        if new.statement == current.statement:
            if contested == self._contested(published):
                return None
            others = (*told.contested, *published.contested)
            source = next(other.source for other in others if other.source in self.machines)
            return source, new.statement, contested
        # What a person wrote, or that a person no longer writes it, counts at once.
        is_between_machines = current.source in self.machines or published.derivation
        if new.source not in self.machines or not is_between_machines:
            return None
        return None if _is_too_large(current, new) else (new.source, new.statement, contested)

    def _last_word(self, published: Release) -> str:
        """Return the machine that told of it last, if but for an override its word would stand."""
        if published.current.source in self.machines:
            return published.current.source
        if published.key not in self.catalogue.overridden:
            return ""
        sources = (past.source for past in reversed(published.history))
        return next((source for source in sources if source in self.machines), "")

    def _contested(self, release: Release) -> tuple[Statement, ...]:
        return tuple(
            other.statement for other in release.contested if other.source in self.machines
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
