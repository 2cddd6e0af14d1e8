"""
Recall: the calendar as it was on a day in the past.

What had been announced by then, or published by us, is in each release's history; a
film's windows say what followed from it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time

from releasecal.catalogue import Catalogue
from releasecal.editions import NOTHING, Edition, Entry, Policy, revise
from releasecal.models import Film, Release, Revision, Source


def recall(
    entries: Iterable[Entry],
    films: Mapping[str, Film],
    sources: Mapping[str, Source],
    day: date,
) -> Edition:
    """
    Return what *entries* were at the end of the civil day *day*, as an edition of its own.

    *films* has the film of each. A release nobody had told of by then is not in it, and
    neither is a date that followed from one; a window counts from the day it was known.
    """
    told: dict[str, list[Release]] = defaultdict(list)
    for entry in entries:
        release = entry.facts.release
        if release.derivation is None and (history := known_by(release.history, day)):
            told[entry.key.film].append(replace(release, history=history))
    then = {
        id_: replace(
            films[id_],
            releases=tuple(releases),
            windows=tuple(w for w in films[id_].windows if w.as_of is None or w.as_of <= day),
        )
        for id_, releases in sorted(told.items())
    }
    mentioned = {id_: film for id_, film in films.items() if id_ not in then}
    catalogue = Catalogue({**then, **_mentioned(mentioned)}, sources)
    evening = datetime.combine(day, time.max, UTC)
    return revise(NOTHING, catalogue, now=evening, policy=Policy())[0]


def _mentioned(films: Mapping[str, Film]) -> Mapping[str, Film]:
    """Return *films* without their releases: others mention them, which needs a title."""
    return {id_: replace(film, releases=(), windows=()) for id_, film in films.items()}


def known_by(history: Sequence[Revision], day: date) -> tuple[Revision, ...]:
    """
    Return the part of *history* that was known at the end of *day*.

    A revision is known from the day it was announced by, or that we published it on; one
    of which neither is on record, from when the next one was.
    """
    known: list[Revision] = []
    bound = date.max
    for revision in reversed(history):
        days = [revision.as_of, revision.seen.date() if revision.seen else None]
        bound = min([bound, *(each for each in days if each)])
        if bound <= day:
            known.append(replace(revision, seen=None))
    return tuple(reversed(known))
