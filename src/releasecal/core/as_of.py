"""
The calendar as it was known on a day in the past.

Each release's history holds the announcements until that day and our publications of
them; a film's windows give the dates that followed from these.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

from releasecal.core.catalogue import Catalogue
from releasecal.core.editions import NOTHING, Edition, Entry, moved_from
from releasecal.core.models import Film, Release, ReleaseKey, Revision, Source, Window
from releasecal.core.revise import Policy, revise
from releasecal.core.value_classes import replace

_NONE = timedelta()
_LATEST = date(9_000, 1, 1)  # far from the end of Python's calendar, and after all that is known
_POLICY = Policy(
    event_digests=lambda several: [""] * len(several)
)  # no two such editions are ever compared


def entries_as_of(
    entries: Collection[Entry],
    films: Mapping[str, Film],
    sources: Mapping[str, Source],
    day: date,
    mark: timedelta = _NONE,
) -> Edition:
    """
    Return the edition that *entries* make up as of the end of the civil day *day*.

    *films* holds the film of each entry. Releases that were unknown on that day are left
    out, with the dates that followed from them; a window counts from the day it was known.
    A release is marked as moved for the length of *mark* after its move was known.
    """
    day = min(day, _LATEST)
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
    known = replace(NOTHING, uids={str(entry.key): entry.uid for entry in entries})
    edition, _ = revise(known, catalogue, now=evening, policy=_POLICY)
    marked = {
        key: replace(entry, marked_until=marked_until.get(key))
        for key, entry in edition.entries.items()
    }
    return replace(edition, entries=marked)


def _mentioned(films: Mapping[str, Film]) -> Mapping[str, Film]:
    """Return *films* without their releases: a film that others mention needs its title only."""
    return {id_: replace(film, releases=(), windows=()) for id_, film in films.items()}


def known_by(history: Sequence[Revision], day: date) -> tuple[Revision, ...]:
    """Return the part of *history* that was known at the end of *day*."""
    known = zip(history, known_from(history), strict=True)
    return tuple(replace(revision, seen=None) for revision, since in known if since <= day)


def known_from(history: Sequence[Revision]) -> tuple[date, ...]:
    """
    Return the civil day from which each revision of *history* was known, in the same order.

    A revision is known from the day it was announced by or the day we published it, the
    earlier one. Without both, it is known with the next revision; the last one then has
    `date.max`.
    """
    days: list[date] = []
    for revision in reversed(history):
        told = (revision.as_of, revision.seen.date() if revision.seen else None)
        days.append(min([*days[-1:], *filter(None, told)], default=date.max))
    return tuple(reversed(days))


def windows_known(windows: Iterable[Window], day: date) -> tuple[Window, ...]:
    """Return the *windows* known at the end of *day*; one without a date counts as known."""
    return tuple(window for window in windows if window.as_of is None or window.as_of <= day)
