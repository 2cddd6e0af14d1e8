"""
Windows: releases that follow from a rule, "45 days after theatrical, on Paramount+".

They are computed from the announced releases each time and never stored as facts, so they
move with those and give way when the real date is announced. A window can count from a
release that follows from another window, which makes an estimate on an estimate.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from releasecal.core.dates import PartialDate
from releasecal.core.durations import Period
from releasecal.core.models import (
    WORLD,
    Certainty,
    Derivation,
    Film,
    Release,
    ReleaseKey,
    Revision,
    Window,
    slugify,
)
from releasecal.core.value_classes import replace

_FIRST_WINDOW = timedelta(days=1)
_SUNDAY = 6


def derive(film: Film) -> tuple[Release, ...]:
    """
    Return the releases of *film*, announced and derived, each key once.

    A derived release has the key of the announced one, which later takes its place. An
    announced release without any date gives way to a derived one, which has a date. What
    follows from announced days comes before what follows from derived ones. Each key is
    derived once, so that windows in a circle end.
    """
    if not film.windows:
        return film.releases
    releases = {release.key: release for release in film.releases}
    layer = [each for each in film.releases if each.current.certainty is not Certainty.DERIVED]
    while layer:
        found = []
        for window in film.windows:
            for anchor in _anchors(window, layer):
                derived = _derived(window, anchor)
                if _is_announced(derived.key, releases):
                    continue
                undated = releases.get(derived.key)
                if undated:
                    derived = replace(
                        derived,
                        history=undated.history + derived.history,
                        contested=undated.contested,
                    )
                releases[derived.key] = derived
                found.append(releases[derived.key])
        layer = found
    return tuple(releases.values())


def end(window: Window, opening: date) -> date:
    """
    Return the first day on which *window* allows the release that follows.

    Days are whole days counted from the opening day, so 45 days from 14 July end on
    28 August. Weekends run to their Sunday: three from a Friday are 17 days. Months are the
    calendar's: three from 30 November end on the last day of February.
    """
    if window.weekends is None:
        days = (window.days or 0) + 7 * (window.weeks or 0)
        return Period(days, window.months or 0).after(opening)
    first_sunday = opening + timedelta(days=_SUNDAY - opening.weekday())
    return first_sunday + timedelta(weeks=window.weekends - 1) + _FIRST_WINDOW


def counting(windows: Sequence[Window], releases: Iterable[Release]) -> frozenset[int]:
    """
    Return which of *windows*, by number, count from one of *releases*, be it without a date.

    A window counts from what others lead to, too.
    """
    regions: dict[str, set[str]] = {}
    for release in releases:
        regions.setdefault(release.kind.identity, set()).add(release.key.region)
    waiting = dict(enumerate(windows))
    while found := [number for number, window in waiting.items() if _counts(window, regions)]:
        for number in found:
            window = waiting.pop(number)
            reached = {window.region} if window.region else regions[window.origin.identity]
            regions.setdefault(window.to.identity, set()).update(reached)
    return frozenset(range(len(windows))) - waiting.keys()


def _counts(window: Window, regions: Mapping[str, set[str]]) -> bool:
    """Whether *window* counts from a release in one of *regions*, which are by kind."""
    held = regions.get(window.origin.identity, set())
    return bool(held & {window.region, WORLD}) if window.region else bool(held)


def target(window: Window) -> tuple[object, ...]:
    """Return what tells the release that *window* leads to from others."""
    return window.to, window.origin, slugify(window.channel), window.region


def have_common_days(one: Window, other: Window) -> bool:
    """Whether there is an opening day for which both windows hold."""
    return max(one.valid_from or date.min, other.valid_from or date.min) <= min(
        one.valid_until or date.max, other.valid_until or date.max
    )


def _anchors(window: Window, releases: Iterable[Release]) -> list[Release]:
    """Return which of *releases* *window* counts from, its own region before the world."""
    found = [
        release
        for release in releases
        if release.key.kind == window.origin.identity
        and _governs(window, release)
        and (not window.region or release.key.region in (window.region, WORLD))
    ]
    return sorted(found, key=lambda release: (release.key.region == WORLD, release.key))


def _governs(window: Window, anchor: Release) -> bool:
    """Whether *anchor* has a day within the validity of *window*."""
    current = anchor.current
    if current.when is None or not current.when.is_day or current.status.is_over:
        return False
    return (window.valid_from or date.min) <= current.when.first <= (window.valid_until or date.max)


def _is_announced(key: ReleaseKey, releases: dict[ReleaseKey, Release]) -> bool:
    """
    Whether the release *key* has a date or is over, there or worldwide.

    Without a channel it also has a date if a release of its kind on some channel is announced.
    """
    regions = (key.region, WORLD)
    for region in regions:
        known = releases.get(replace(key, region=region))
        if known and (known.current.when or known.current.status.is_over):
            return True
    return not key.channel and any(
        other.key.kind == key.kind
        and other.key.region in regions
        and other.derivation is None
        and other.current.when is not None
        and not other.current.status.is_over
        for other in releases.values()
    )


def _derived(window: Window, anchor: Release) -> Release:
    kind = window.to.if_derived
    opening = anchor.current.when
    assert opening is not None
    key = ReleaseKey(
        film=anchor.key.film,
        kind=kind.identity,
        region=window.region or anchor.key.region,
        channel=slugify(window.channel),
    )
    revision = Revision(
        when=PartialDate.of_day(end(window, opening.first)),
        as_of=max(filter(None, (anchor.current.as_of, window.as_of)), default=None),
        certainty=Certainty.DERIVED,
        source=window.source or anchor.current.source,
    )
    return Release(
        key=key,
        kind=kind,
        history=(revision,),
        channel=window.channel,
        derivation=Derivation(
            window,
            anchor.key,
            opening,
            basis=anchor.current.certainty,
        ),
    )
