"""
Default windows: those of all films of some distributors, or of all films in a country.

They are contracts and laws. A rule becomes one of the windows of each film that it is for, behind
the film's own, which beat it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from releasecal.core.derived_releases import counting, have_common_days, target
from releasecal.core.models import Film, Window, slugify
from releasecal.core.value_classes import dataclass, replace


@dataclass(frozen=True, slots=True)
class WindowRule:
    """
    A window of many films.

    Attributes:
        distributors: Names of the distributors of these films; empty for all films.
    """

    window: Window
    distributors: tuple[str, ...] = ()


class WindowRules:
    """The rules of all sources, in the order in which one beats another."""

    def __init__(self, rules: Iterable[WindowRule]) -> None:
        """
        Take *rules* in the order of the sources.

        Those for a country beat those for all, and those of distributors the ones for all films.
        """
        ranked = sorted(rules, key=lambda rule: (not rule.window.region, not rule.distributors))
        self._for_all = [rule.window for rule in ranked if not rule.distributors]
        self._ranks = {id(rule.window): rank for rank, rule in enumerate(ranked)}
        self._of: Mapping[str, list[Window]] = defaultdict(list)
        for rule in ranked:
            for name in dict.fromkeys(map(_slug, rule.distributors)):
                self._of[name].append(rule.window)

    def __bool__(self) -> bool:
        """Whether there is any rule."""
        return bool(self._ranks)

    def applied(self, film: Film) -> Film:
        """Return *film* with those windows of the rules that count from a release of it."""
        windows = list(film.windows)
        for window in self._candidates(film):
            is_beaten = any(_beats(own, window) for own in film.windows)
            if not is_beaten and not any(_is_the_same(other, window) for other in windows):
                windows.append(window)
        if len(windows) == len(film.windows):
            return film
        own = len(film.windows)
        found = counting(windows, film.releases)
        kept = (window for at, window in enumerate(windows) if at < own or at in found)
        return replace(film, windows=tuple(kept))

    def _candidates(self, film: Film) -> Sequence[Window]:
        if not (own := self._of.get(_slug(film.distributor), ())):
            return self._for_all
        return sorted([*own, *self._for_all], key=lambda window: self._ranks[id(window)])


_slug = lru_cache(maxsize=4_096)(slugify)


def _beats(own: Window, rule: Window) -> bool:
    """Whether *own*, a window of a film, takes the place of *rule*."""
    channels = {own.channel and slugify(own.channel), rule.channel and slugify(rule.channel)}
    regions = {own.region, rule.region}
    return (
        own.to is rule.to
        and (len(channels) == 1 or "" in channels)
        and (len(regions) == 1 or "" in regions)
        and have_common_days(own, rule)
    )


def _is_the_same(one: Window, other: Window) -> bool:
    """Whether two rules lead to the same release for some opening day."""
    return target(one) == target(other) and have_common_days(one, other)
