"""
Recall: the calendar as it was on a day in the past.

What had been announced by then, or published by us, is in each release's history; a
film's windows say what followed from it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from releasecal.core.catalogue import Catalogue
from releasecal.core.editions import NOTHING, Edition, Entry, moved_from
from releasecal.core.models import Film, Release, ReleaseKey, Revision, Source, Window
from releasecal.core.revise import Policy, revise

_NONE = timedelta()
_POLICY = Policy(look=lambda _: "")  # of which nothing is ever compared


def recall(
    entries: Iterable[Entry],
    films: Mapping[str, Film],
    sources: Mapping[str, Source],
    day: date,
    mark: timedelta = _NONE,
) -> Edition:
    """
    Return what *entries* were at the end of the civil day *day*, as an edition of its own.

    *films* has the film of each. A release nobody had told of by then is not in it, and
    neither is a date that followed from one; a window counts from the day it was known.
    What had moved is marked for as long as *mark* after the day that was known.
    """
    told: dict[str, list[Release]] = defaultdict(list)
    marked_until: dict[ReleaseKey, date] = {}
    for entry in entries:
        release = entry.facts.release
        if release.derivation is None and (history := known_by(release.history, day)):
            told[entry.key.film].append(replace(release, history=history))
            if moved_from(history):
                moved = known_from(release.history)[len(history) - 1]
                marked_until[entry.key] = moved + mark
    then = {
        id_: replace(
            films[id_], releases=tuple(releases), windows=windows_known(films[id_].windows, day)
        )
        for id_, releases in sorted(told.items())
    }
    mentioned = {id_: film for id_, film in films.items() if id_ not in then}
    catalogue = Catalogue({**then, **_mentioned(mentioned)}, sources)
    evening = datetime.combine(day, time.max, UTC)
    edition, _ = revise(NOTHING, catalogue, now=evening, policy=_POLICY)
    marked = {
        key: replace(entry, marked_until=marked_until.get(key))
        for key, entry in edition.entries.items()
    }
    return replace(edition, entries=marked)


def _mentioned(films: Mapping[str, Film]) -> Mapping[str, Film]:
    """Return *films* without their releases: others mention them, which needs a title."""
    return {id_: replace(film, releases=(), windows=()) for id_, film in films.items()}


def known_by(history: Sequence[Revision], day: date) -> tuple[Revision, ...]:
    """Return the part of *history* that was known at the end of *day*."""
    known = zip(history, known_from(history), strict=True)
    return tuple(replace(revision, seen=None) for revision, since in known if since <= day)


def known_from(history: Sequence[Revision]) -> tuple[date, ...]:
    """
    Return for each of *history* the civil day from which it was known, in the same order.

    That is the day it was announced by, or that we published it on; where neither is on
    record, the one from which the next was known, and `date.max` if there is none.
    """
    days: list[date] = []
    for revision in reversed(history):
        told = (revision.as_of, revision.seen.date() if revision.seen else None)
        days.append(min([*days[-1:], *filter(None, told)], default=date.max))
    return tuple(reversed(days))


def windows_known(windows: Iterable[Window], day: date) -> tuple[Window, ...]:
    """Return those of *windows* that were known at the end of *day*, as far as is on record."""
    return tuple(window for window in windows if window.as_of is None or window.as_of <= day)
