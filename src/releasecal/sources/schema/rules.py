"""Rules: agreement between the parts of one film, which no single record can check."""

from collections.abc import Collection, Iterator, Mapping
from itertools import combinations, pairwise

from releasecal.core.derived_releases import have_common_days, target
from releasecal.core.implausible_facts import (
    CANCELLED_AND_DATED,
    MEND_CANCELLED,
    is_cancelled_and_dated,
)
from releasecal.core.models import Film, ReleaseKey, Window
from releasecal.core.release_matching import marks
from releasecal.core.value_classes import dataclass
from releasecal.sources.notation.clean_text import Steps
from releasecal.sources.notation.remedy_wording import Remedy


@dataclass(frozen=True, slots=True)
class Finding:
    """
    A rule that is broken.

    Attributes:
        steps: From the film to the broken part.
        first: From the film to the part that it contradicts; may be empty.
    """

    steps: Steps
    what: str
    remedy: Remedy
    first: Steps = ()


def findings(film: Film, machines: Collection[str] = ()) -> Iterator[Finding]:
    """
    Return every rule that *film* breaks; its releases are in the order of the data.

    *machines* are the ids of sources that nobody here can mend: where such a source
    contradicts itself, a note says so, and no rule is broken.
    """
    yield from _doubles(film)
    yield from _former(film)
    yield from _series(film)
    yield from _histories(film)
    yield from _windows(film)
    yield from _circles(film)
    yield from _cancelled(film, machines)


def _doubles(film: Film) -> Iterator[Finding]:
    numbers: dict[tuple[object, ...], int] = {}
    for number, release in enumerate(film.releases):
        first = numbers.setdefault((release.key, *marks(release), release.event), number)
        if first != number:
            yield Finding(
                ("releases", number),
                f"a release of this film is there twice: {_said(release.key)}",
                _to_number(release.key.number + 1),
                ("releases", first),
            )


def _to_number(next_: int) -> Remedy:
    """Return the remedy for a release that is there twice, *next_* being its number as a repeat."""
    return lambda say: (
        f"{say.add} {say.pair('number', next_)}, a place or a label if it is another one, "
        f"or {say.other_film}"
    )


def _former(film: Film) -> Iterator[Finding]:
    """Yield the former keys that a release has now, or that two of them had."""
    if not any(release.was for release in film.releases):
        return
    present = {release.key: ("releases", number) for number, release in enumerate(film.releases)}
    claims: dict[ReleaseKey, Steps] = {}
    for number, release in enumerate(film.releases):
        for which, key in enumerate(release.was):
            way = ("releases", number, "was", which)
            if key == release.key:
                yield Finding(way, "was: the release is called so now", "take it out")
            elif key in present:
                what = f"was: there still is a release with {_said(key)}"
                yield Finding(way, what, "take it out of was, or join the two", present[key])
            elif claims.setdefault(key, way) != way:
                what = f"was: another release was {_said(key)}, too"
                yield Finding(way, what, "leave it with one of them", claims[key])


def _said(key: ReleaseKey) -> str:
    return ", ".join(filter(None, (key.kind, key.region, key.channel)))


def _series(film: Film) -> Iterator[Finding]:
    numbers: dict[str, int] = {}
    for number, series in enumerate(film.series):
        first = numbers.setdefault(series.id, number)
        if first != number:
            what = f"the series {series.id} is there twice"
            yield Finding(
                ("series", number, "id"), what, "keep one of them", ("series", first, "id")
            )


def _histories(film: Film) -> Iterator[Finding]:
    for number, release in enumerate(film.releases):
        way = ("releases", number, "revisions")
        for later, (before, revision) in enumerate(pairwise(release.history), start=1):
            if revision.statement == before.statement:
                yield Finding(
                    (*way, later),
                    "a revision says the same as the one before it",
                    "take one of them out",
                )
            if revision.as_of and before.as_of and revision.as_of < before.as_of:
                yield Finding(
                    (*way, later, "as_of"),
                    f"as_of: {revision.as_of} is before the {before.as_of} of the one above",
                    "revisions go from the oldest to the newest",
                )


def _windows(film: Film) -> Iterator[Finding]:
    for (first, one), (second, other) in combinations(enumerate(film.windows), 2):
        if target(one) == target(other) and have_common_days(one, other):
            yield Finding(
                ("windows", second),
                "two windows lead to the same release",
                "say under valid which of them holds when, or take one out",
                ("windows", first),
            )


def _circles(film: Film) -> Iterator[Finding]:
    """Yield the first window of each circle of windows, each of which counts from another one."""
    told: set[int] = set()
    for region in dict.fromkeys(window.region for window in film.windows):
        circle = {
            number: window
            for number, window in enumerate(film.windows)
            if window.region in {region, ""}
        }
        while ends := _ends(circle):
            for number in ends:
                del circle[number]
        if circle and not told.intersection(circle):
            told.update(circle)
            yield Finding(
                ("windows", min(circle)),
                f"windows go in a circle: {' → '.join(_circle(circle.values()))}",
                "take one of them out, or count it from theatrical",
            )


def _circle(windows: Collection[Window]) -> list[str]:
    """Return the kinds in a circle that *windows* lead in, the first one also as the last."""
    origins = {window.to.identity: window.origin.identity for window in windows}
    path: list[str] = []
    kind = next(iter(origins))
    while kind not in path:
        path.append(kind)
        kind = origins[kind]
    return [kind, *reversed(path[path.index(kind) :])]


def _ends(windows: Mapping[int, Window]) -> list[int]:
    """Return which of *windows* follow from none of them, or lead to none of them."""
    targets = {window.to.identity for window in windows.values()}
    origins = {window.origin.identity for window in windows.values()}
    return [
        number
        for number, window in windows.items()
        if window.origin.identity not in targets or window.to.identity not in origins
    ]


def _cancelled(film: Film, machines: Collection[str]) -> Iterator[Finding]:
    """Yield the dates that would be published as certain, of a film that is not made any more."""
    if not film.production or film.production.source in machines:
        return
    for number, release in enumerate(film.releases):
        if is_cancelled_and_dated(film, release) and release.current.source not in machines:
            yield Finding(("releases", number), CANCELLED_AND_DATED, MEND_CANCELLED)
