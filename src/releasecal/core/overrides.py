"""
Overrides: corrections of the sources by a person.

A cinema that heard a date by telephone cannot wait for a database. An override names its
author, its reason and its end. It beats every source, and a note says when it is obsolete.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from datetime import date, timedelta

from releasecal.core.history_merge import corroborate, weave
from releasecal.core.models import Film, Release, ReleaseKey, Source, Window
from releasecal.core.suggestions import nearest
from releasecal.core.value_classes import dataclass, replace
from releasecal.errors import Place


@dataclass(frozen=True, slots=True)
class Override:
    """
    A correction by hand of one film.

    Attributes:
        film: Id of the film.
        by: The person responsible for it.
        why: Its reason.
        source: The source cited by its revisions that name no other.
        place: Its place in a file.
        until: The last civil day on which it holds; None for no end.
        title: The corrected title; empty to keep the film's.
        releases: Corrected releases, and those that no source has.
        windows: Windows in place of the film's; empty to keep those.
    """

    film: str
    by: str
    why: str
    source: Source
    place: Place
    until: date | None = None
    title: str = ""
    releases: tuple[Release, ...] = ()
    windows: tuple[Window, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    The result of applying overrides to films.

    Attributes:
        films: The changed films, by id.
        sources: The sources of the overrides, by id.
        notes: Overrides that are obsolete or apply to no film; a line each.
        recheck: The next civil day on which the result changes by itself; None for never.
        releases: Keys of the releases corrected now, whether or not a source has them.
    """

    films: Mapping[str, Film] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    recheck: date | None = None
    releases: frozenset[ReleaseKey] = frozenset()


def apply(overrides: Sequence[Override], films: Mapping[str, Film], today: date | None) -> Outcome:
    """
    Return the result of *overrides* on *films* as of the civil day *today*.

    An earlier override beats a later one. Without *today* all of them hold.
    """
    changed: dict[str, Film] = {}
    sources: dict[str, Source] = {}
    notes: list[str] = []
    turns: set[date] = set()
    keys: set[ReleaseKey] = set()
    # The first one is applied last, so that it wins.
    for written in reversed(overrides):
        told = films.get(written.film)
        override = _in_force(written, changed.get(written.film, told), today)
        if override is None:
            notes.append(_note(written, f"ended with {written.until}", _REMOVE))
            continue
        keys.update(release.key for release in override.releases)
        if told is None:
            remedy = nearest(override.film, films) or _REMOVE
            notes.append(_note(override, "no source tells of that film", remedy))
            continue
        notes += [_note(override, *idle) for idle in _idle(override, told, today)]
        changed[told.id] = _applied(override, changed.get(told.id, told))
        sources[override.source.id] = override.source
        turns.update(_turns(override))
    ahead = (day for day in turns if today is None or day > today)
    return Outcome(
        changed, sources, tuple(reversed(notes)), min(ahead, default=None), frozenset(keys)
    )


_REMOVE = "take it out"


def _note(override: Override, what: str, remedy: str) -> str:
    return f"{override.place}: override of {override.film} by {override.by}: {what} ({remedy})"


def _applied(override: Override, film: Film) -> Film:
    releases = {release.key: release for release in film.releases}
    for release in override.releases:
        corrected = _corrected(release, releases.get(release.key))
        told_by = (override.source.id, *corrected.told_by)
        releases[release.key] = replace(corrected, told_by=told_by)
    return replace(
        film,
        title=override.title or film.title,
        title_source=override.source.id if override.title else film.title_source,
        releases=tuple(releases.values()),
        windows=override.windows or film.windows,
    )


def _corrected(release: Release, told: Release | None) -> Release:
    """Return *told* with the history of *release* woven in, which ends it."""
    if told is None:
        return release
    *earlier, current = release.history
    history = weave(told.history, earlier, corroborate)
    if history[-1].statement != current.statement:
        history += (current,)
    return replace(told.with_details(release, told), history=history, refined=(), contested=())


def _in_force(override: Override, film: Film | None, today: date | None) -> Override | None:
    """
    Return the part of *override* that holds on the civil day *today*, or None for no part.

    After its end, its releases that came out before stay if no source has them: *film* would
    otherwise lose a release that has happened.
    """
    until = override.until
    if today is None or until is None or until >= today:
        return override
    if film is None:
        return None
    told = {release.key for release in film.releases}
    out = tuple(
        release
        for release in override.releases
        if release.key not in told and (when := release.current.when)
        if when.is_day and when.first <= until
    )
    return replace(override, title="", releases=out, windows=()) if out else None


def _idle(override: Override, film: Film, today: date | None) -> Iterator[tuple[str, str]]:
    """Yield (what, remedy) of each part of *override* that makes no difference to *film* any more."""
    told = {release.key: release for release in film.releases}
    for release in override.releases:
        known, when = told.get(release.key), release.current.when
        # One that no source has stays needed.
        if known and known.current.statement == release.current.statement:
            what = f"the sources say the same of {release.key} now"
            yield what, "take it out once it is published"
        elif known and today and when and when.after <= today:
            yield f"the day of {release.key} has passed", _REMOVE
    if override.title and override.title == film.title:
        yield "the sources give the same title now", _REMOVE
    if override.windows and override.windows == film.windows:
        yield "the sources tell of the same windows now", _REMOVE


def _turns(override: Override) -> Iterable[date]:
    """Yield the civil days on which the result of *override* changes."""
    if override.until and override.until < date.max:
        yield override.until + timedelta(days=1)
    for release in override.releases:
        if release.current.when:
            yield release.current.when.after
