"""Wikidata's statements about films as films of a data file: their precision decides."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from releasecal.core.dates import PartialDate
from releasecal.core.models import UNKNOWN
from releasecal.sources.notation.clean_text import tidy
from releasecal.sources.remote.snapshot_format import filled

_AGAIN = timedelta(days=365)  # after the first day in a country; another one is a re-release
_PARTS = {9: 4, 10: 7, 11: 10}  # characters of a time that its precision vouches for
_DAY = 11
_MEDIA = (
    ("festival|premiere", "premiere"),
    ("video on demand|vod|streaming|download|digital", "digital"),
    ("dvd|blu-ray|vhs|home video|disc", "physical"),
    ("television|broadcast|tv", "tv"),
)
"""Kinds of release by parts of the names of distribution formats."""


class Told(NamedTuple):
    """
    A date of publication.

    Attributes:
        kind: Slug of a kind of release.
        region: A code, or `UNKNOWN` where no place is named.
        is_preferred: Whether Wikidata prefers it to others.
    """

    kind: str
    region: str
    when: PartialDate
    is_preferred: bool = False


def when_of(time: str, precision: int) -> PartialDate | None:
    """
    Return the date of a time value, as coarse as *precision*: 9 is a year, 10 a month, 11 a day.

    Old entities write a year as ``+1931-01-01``, so its digits say nothing. None for decades,
    for what is coarser still, and for an unknown value.
    """
    length = _PARTS.get(min(precision, _DAY))
    try:
        return PartialDate.parse(time.lstrip("+")[:length]) if length else None
    except ValueError:
        return None


def kind_of_medium(name: str) -> str:
    """Return the slug of the kind of release on a medium of that *name*, "" if it has none."""
    for words, kind in _MEDIA:
        if re.search(rf"\b({words})", name, re.IGNORECASE):
            return kind
    return "theatrical"


def releases_of(told: Iterable[Told]) -> Iterator[dict[str, Any]]:
    """
    Yield the releases that the dates *told* of one film make, sorted.

    Of the dates of a kind in a country the preferred ones count, if there are some, and the
    first of them. A later one is a re-release if a year has passed, and else left out. A date
    without a place is left out, too, if it says no more than one with a place.
    """
    groups: dict[tuple[str, str], set[Told]] = defaultdict(set)
    for each in told:
        groups[each.kind, each.region].add(each)
    for (kind, region), dates in sorted(groups.items()):
        best = [each.when for each in dates if each.is_preferred]
        best = _finest(best or [each.when for each in dates])
        if region == UNKNOWN:
            placed = [each.when for each in _of_kind(groups, kind) if each.region != UNKNOWN]
            best = [when for when in best if not any(when.contains(other) for other in placed)]
        if best:
            yield {"kind": kind, "region": region, "when": best[0].edtf}
        for number, when in _later(best) if kind == "theatrical" else ():
            yield {"kind": "re-release", "region": region, "number": number, "when": when.edtf}


def _of_kind(groups: Mapping[tuple[str, str], Collection[Told]], kind: str) -> Iterator[Told]:
    return (each for (of, _), dates in groups.items() if of == kind for each in dates)


def _finest(dates: Iterable[PartialDate]) -> list[PartialDate]:
    """Return *dates* in their order, without those around a finer one."""
    unique = sorted(set(dates), key=lambda when: (when.first, when.after))
    return [
        when
        for when in unique
        if not any(other != when and when.contains(other) for other in unique)
    ]


def _later(dates: list[PartialDate]) -> Iterator[tuple[int, PartialDate]]:
    """Yield (number, date) of the re-releases among *dates*: one a year, numbered by it."""
    years: set[int] = set()
    for when in dates[1:]:
        if when.first - dates[0].first >= _AGAIN and when.year not in years:
            years.add(when.year)
            yield when.year - 1880 + 1, when


class Entity:
    """The facts of Wikidata about a film, collected row by row."""

    def __init__(self, id_: str, language: str) -> None:
        """Know nothing but the id yet, and in which *language* titles are wanted."""
        self.id = id_
        self.titles: dict[str, str] = {}  # by language
        self._tongues = (language, "mul", "en")
        self.refs = {"wikidata": id_}
        self.series: dict[str, tuple[str, str]] = {}  # by id: title, ordinal
        self.follows: set[str] = set()
        self.distributors: set[str] = set()
        self.told: set[Told] = set()
        self.odd: Counter[str] = Counter()  # dates that are left out

    @property
    def title(self) -> str:
        """Its title: the one wanted, or else that for all languages, or the English one."""
        return next((self.titles[each] for each in self._tongues if each in self.titles), "")

    def film(self, source: str, known: Collection[str]) -> dict[str, Any]:
        """Return the film as *source* tells of it; it may follow one whose id is *known*."""
        follows = sorted(self.follows.intersection(known) - {self.id})
        film = {
            "id": film_id(self.id),
            "title": tidy(self.title),
            "refs": self.refs,
            "distributor": tidy(min(self.distributors, default="")),
            "series": [
                filled({"id": film_id(id_), "title": tidy(title), "ordinal": _ordinal(text)})
                for id_, (title, text) in sorted(self.series.items())
                if tidy(title)
            ],
            "follows": film_id(follows[0]) if follows else "",
            "releases": list(releases_of(self.told)),
            "source": source,
        }
        return filled(film)


def film_id(id_: str) -> str:
    """Return the id in data files of the entity *id_*: ``wikidata-q184605``."""
    return f"wikidata-{id_.lower()}"


def _ordinal(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[1-9][0-9]{0,3}", text, re.ASCII) else None
