"""Namesakes: films of one title, which a calendar must tell apart."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from releasecal.core.models import Film

_YEAR_IN_ID = re.compile(r"-((?:18|19|20)\d\d)$")


def folded(title: str) -> str:
    """Return *title* in the form that namesakes share."""
    return title.casefold()


def title_mark(title: str) -> int:
    """Return a number that namesakes share, and hardly anybody else; another one in each process."""
    return hash(folded(title))


class Named(NamedTuple):
    """
    The facts by which a film is told apart from its namesakes.

    Attributes:
        year: In its id, or that of its first release; or "".
    """

    id: str
    title: str
    year: str
    distributor: str

    @classmethod
    def of(cls, film: Film) -> "Named":
        """Return the facts of *film*."""
        return cls(film.id, film.title, _year(film), film.distributor)


def distinctions(films: Iterable[Film]) -> Mapping[str, str]:
    """Return by id a distinction of each of *films* that has namesakes; see `told_apart`."""
    groups: dict[str, list[Film]] = defaultdict(list)
    for film in films:
        groups[folded(film.title)].append(film)
    return told_apart(
        Named.of(film) for group in groups.values() if len(group) > 1 for film in group
    )


def told_apart(films: Iterable[Named]) -> Mapping[str, str]:
    """
    Return by id a distinction of each of *films* that has namesakes.

    It is the year in its id or of its first release, else the distributor, else the id: the
    first of them that no namesake has, too.
    """
    groups: dict[str, list[Named]] = defaultdict(list)
    for film in films:
        groups[folded(film.title)].append(film)
    return {
        film.id: distinction
        for group in groups.values()
        if len(group) > 1
        for film, distinction in zip(group, _distinctions(group), strict=True)
    }


def _distinctions(group: Sequence[Named]) -> list[str]:
    candidates = [(film.year, film.distributor, film.id) for film in group]
    counts = [Counter(each) for each in zip(*candidates, strict=True)]
    return [
        next(text for text, count in zip(each, counts, strict=True) if text and count[text] == 1)
        for each in candidates
    ]


def _year(film: Film) -> str:
    """Return the year in the id of *film*, or that of its first release, or ""."""
    if found := _YEAR_IN_ID.search(film.id):
        return found[1]
    whens = [release.current.when for release in film.releases]
    years = [when.first.year for when in whens if when]
    return str(min(years)) if years else ""
