"""
Dates as they are announced: a day, or no more than a month, quarter, season, half or year.

The notation is EDTF (ISO 8601-2): ``2023-07-14``, ``2021-09``, ``2024-35`` (third
quarter), ``2025-22`` (summer), ``2027-40`` (first half), ``2024``, ``2027-03/2027-05`` (from
March to May), ``2027-03~`` (about March). People write ``2024-Q3``, ``2025-summer`` and
``2027-H1``, so `PartialDate.parse` takes those too and `str` gives them back; ``2027-early``
and ``2027-03-late``, for which EDTF has no sign, are the first and the last third.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from functools import lru_cache
from typing import Self

from releasecal.core.value_classes import dataclass

YEARS = range(1888, 2200)
"""Years a film can open in: the first film is from 1888 (Roundhay Garden Scene)."""

FEED_DAYS = date(1970, 1, 1), date(2038, 1, 1)
"""First day of feeds, and the day after their last: Proton refuses calendars with others."""

EXAMPLES = "2026-12-18, 2026-12, 2026-Q4, 2026-winter or 2026"
"""Well-formed dates for error messages."""


class Precision(Enum):
    """Units in which dates are announced, finest first; the last three are made of others."""

    DAY = "day"
    MONTH = "month"
    QUARTER = "quarter"
    SEASON = "season"
    HALF = "half"
    YEAR = "year"
    THIRD = "third"
    ABOUT = "about"
    RANGE = "range"


SEASONS = ("spring", "summer", "autumn", "winter")
THIRDS = ("early", "mid", "late")
"""Names of the first, second and last third of a span that is longer than a day."""

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_MONTHS_IN_FULL = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_HALVES = ("the first half", "the second half")
_A_DAY = timedelta(days=1)
_LEAST_ABOUT = timedelta(days=3)
_EDTF_SEASON = 20  # EDTF level 1: 21 is spring, 24 winter
_EDTF_QUARTER = 32  # EDTF level 2: 33 is the first quarter, 36 the last
_EDTF_HALF = 39  # EDTF level 2: 40 is the first half, 41 the second

# Units of whole months: how many of them, and how many months after January the first begins.
_OF_MONTHS = {
    Precision.MONTH: (1, 0),
    Precision.QUARTER: (3, 0),
    # Meteorological and northern, the use of studios; a winter starts in the year of its
    # name: "winter 2025" is December 2025 to February 2026.
    Precision.SEASON: (3, 2),
    Precision.HALF: (6, 0),
    Precision.YEAR: (12, 0),
}
_CALENDAR_UNITS = (Precision.MONTH, Precision.QUARTER, Precision.HALF, Precision.YEAR)
_OF_EDTF = (Precision.DAY, Precision.MONTH, Precision.YEAR)  # that an interval may have at its ends

_FORM = re.compile(
    r"""(?P<year>\d{4})
        (?: - (?: (?P<month>\d{2}) (?: - (?: (?P<day>\d{2}) | XX ) )?
                | XX (?: -XX )?
                | [Qq](?P<quarter>[1-4])
                | [Hh](?P<half>[12])
                | (?P<season>[A-Za-z]{4,6}) ) )?""",
    re.VERBOSE | re.ASCII,
)
_MADE = re.compile(
    r"(?P<unit>\d{4}[^/~]*?)(?:-(?P<third>early|mid|late))?(?P<about>~?)",
    re.ASCII | re.IGNORECASE,
)
_RANGE = re.compile(r"(\d{4}[^/]*)/(\d{4}[^/]*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class PartialDate:
    """
    A civil date without a zone, in the precision of its announcement.

    Attributes:
        part: Month (1-12), quarter or season (1-4), half (1-2) of the year, or third (1-3) of
            *of*; 0 for any other.
        day: Day of the month; 0 unless the precision is `Precision.DAY`.
        of: The date that it is a third of or about; the first and the last one of a range.
    """

    year: int
    precision: Precision
    part: int = 0
    day: int = 0
    of: tuple["PartialDate", ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """
        Return the date that *text* spells; `str` gives it back in the usual spelling.

        Raises:
            ValueError: *text* is no such date; the message is shown to users.
        """
        ends = _RANGE.fullmatch(text) if "/" in text else None
        if ends:
            return cls.between(cls._made(ends[1]), cls._made(ends[2]))
        return cls._made(text)

    @classmethod
    def _made(cls, text: str) -> Self:
        """Return the unit that *text* spells, or a third of it, or about one of these."""
        form = _FORM.fullmatch(text)
        if form and (form["season"] or "").casefold() not in THIRDS:
            return cls._of_form(form)
        made = _MADE.fullmatch(text)
        form = _FORM.fullmatch(made["unit"]) if made else None
        if made is None or form is None:
            raise ValueError(f"not a date: {text!r}")
        when = cls._of_form(form)
        if made["third"]:
            when = cls.third(when, made["third"].casefold())
        return cls.about(when) if made["about"] else when

    @classmethod
    def _of_form(cls, form: re.Match[str]) -> Self:
        year = int(form["year"])
        if year not in YEARS:
            raise ValueError(f"not a year from {YEARS[0]} to {YEARS[-1]}: {year:04}")
        if form["quarter"]:
            return cls(year, Precision.QUARTER, int(form["quarter"]))
        if form["half"]:
            return cls(year, Precision.HALF, int(form["half"]))
        if form["season"]:
            return cls._of_season(year, form["season"].casefold())
        if not form["month"]:
            return cls(year, Precision.YEAR)
        return cls._of_month(year, int(form["month"]), form["day"])

    @classmethod
    def _of_season(cls, year: int, name: str) -> Self:
        name = "autumn" if name == "fall" else name
        if name not in SEASONS:
            raise ValueError(f"not a season: {name!r}")
        return cls(year, Precision.SEASON, SEASONS.index(name) + 1)

    @classmethod
    def _of_month(cls, year: int, part: int, day: str | None) -> Self:
        if day is not None:
            try:
                return cls.of_day(date(year, part, int(day)))
            except ValueError:
                raise ValueError(f"no such day: {year}-{part:02}-{day}") from None
        if 1 <= part <= 12:
            return cls(year, Precision.MONTH, part)
        if 1 <= part - _EDTF_SEASON <= 4:
            return cls(year, Precision.SEASON, part - _EDTF_SEASON)
        if 1 <= part - _EDTF_QUARTER <= 4:
            return cls(year, Precision.QUARTER, part - _EDTF_QUARTER)
        if 1 <= part - _EDTF_HALF <= 2:
            return cls(year, Precision.HALF, part - _EDTF_HALF)
        raise ValueError(f"no such month: {year}-{part:02}")

    @classmethod
    def of_day(cls, day: date) -> Self:
        """Return *day* as an announced date."""
        return cls(day.year, Precision.DAY, day.month, day.day)

    @classmethod
    def third(cls, whole: Self, name: str) -> Self:
        """
        Return the third of *whole* with a *name* of `THIRDS`.

        Raises:
            ValueError: *whole* is a day or a half.
        """
        if whole.precision in (Precision.DAY, Precision.HALF):
            raise ValueError(f"a {whole.precision.value} has no {name} part: {whole}")
        return cls(whole.year, Precision.THIRD, THIRDS.index(name) + 1, of=(whole,))

    @classmethod
    def about(cls, when: Self) -> Self:
        """Return the date about *when*: half as long again on each side, three days at least."""
        return cls(when.year, Precision.ABOUT, of=(when,))

    @classmethod
    def between(cls, first: Self, last: Self) -> Self:
        """
        Return the range from *first* to *last*; a calendar's unit, such as a quarter, for all of it.

        Raises:
            ValueError: It ends before it begins.
        """
        if first == last:
            return first
        if last.first < first.first or last.after < first.after:
            raise ValueError(f"a range that ends before it begins: {first}/{last}")
        is_sharp = Precision.ABOUT not in (first.precision, last.precision)
        if is_sharp and (unit := _unit(first.first, last.after)):
            return cls(first.year, *unit)
        return cls(first.year, Precision.RANGE, of=(first, last))

    def __hash__(self) -> int:
        """Return a hash without the precision: Python's hash of an enumeration's member is slow."""
        return hash((self.year, self.part, self.day, self.of))

    def __str__(self) -> str:
        """Return the spelling that `parse` reads: ``2023-07-14``, ``2024-Q3``, ``2025-summer``."""
        if self.day:  # the short way, as for `first`
            return f"{self.year:04}-{self.part:02}-{self.day:02}"
        return _NOTATION[self.precision](self)

    @property
    def edtf(self) -> str:
        """The date in EDTF, where quarters are 33-36 and seasons 21-24, and thirds intervals."""
        return str(self) if self.day else _EDTF.get(self.precision, str)(self)

    @property
    def is_day(self) -> bool:
        """Whether a single day was announced."""
        return self.day > 0

    @property
    def first(self) -> date:
        """The first day it can mean."""
        # The short way for days: most dates are, and catalogues have very many.
        return date(self.year, self.part, self.day) if self.day else _span(self)[0]

    @property
    def after(self) -> date:
        """The day after the last one it can mean, so that ``[first, after)`` is all of it."""
        return self.first + _A_DAY if self.day else _span(self)[1]

    @property
    def in_words(self) -> str:
        """The date in English: ``14 Jul 2023``, ``September 2021``, ``Q3 2024``, ``mid-2027``."""
        if self.day:
            return f"{self.day} {_MONTHS[self.part - 1]} {self.year}"
        return _WORDS[self.precision](self)

    def contains(self, other: "PartialDate") -> bool:
        """Whether the span of *other* lies within the span of this date."""
        return self.first <= other.first and other.after <= self.after

    def overlaps(self, other: "PartialDate") -> bool:
        """Whether one day can be meant by both dates."""
        return self.first < other.after and other.first < self.after


def midnight(day: date) -> datetime:
    """Return the moment at which *day* begins, UTC."""
    return datetime.combine(day, time(), UTC)


def timestamp(moment: datetime) -> str:
    """Return *moment*, UTC, in the form of RFC 3339: ``2022-03-25T09:30:00Z``."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _third_in_words(when: PartialDate) -> str:
    name = THIRDS[when.part - 1]
    return f"{name}{'-' if name == 'mid' else ' '}{when.of[0].in_words}"


def range_in_words(
    when: PartialDate, words: Callable[[PartialDate], str], day_mark: str = ""
) -> str:
    """
    Return the range *when*: ``March–May 2027``, ``3–7 Jul 2027``, ``28 Jul – 3 Aug 2027``.

    *words* returns a date with its year at the end; *day_mark* stands behind the number of a day.
    """
    first, last = when.of
    begin, dash = words(first), " – "
    if first.precision is last.precision and first.year == last.year:
        if first.is_day or first.precision is Precision.MONTH:
            begin = begin.removesuffix(f" {first.year}")
        if first.precision is Precision.MONTH:
            dash = "–"
        elif first.is_day and first.part == last.part:
            begin, dash = f"{first.day}{day_mark}", "–"
    return f"{begin}{dash}{words(last)}"


def _interval(when: PartialDate) -> str:
    """Return a third or a range in EDTF."""
    first, last = when.of[0], when.of[-1]
    if when.precision is Precision.THIRD:
        first = last = when
    return "/".join(dict.fromkeys((_ends(first)[0], _ends(last)[1])))


def _ends(when: PartialDate) -> tuple[str, str]:
    """Return the first and the last year, month or day of *when* in EDTF."""
    if when.precision in _OF_EDTF:
        return when.edtf, when.edtf
    if when.precision is Precision.ABOUT:
        first, last = _ends(when.of[0])
        return f"{first}~", f"{last}~"
    last_day = when.after - _A_DAY
    if when.first.day == when.after.day == 1:
        return f"{when.first:%Y-%m}", f"{last_day:%Y-%m}"
    return f"{when.first}", f"{last_day}"


_NOTATION: Mapping[Precision, Callable[[PartialDate], str]] = {
    Precision.MONTH: lambda when: f"{when.year:04}-{when.part:02}",
    Precision.QUARTER: lambda when: f"{when.year:04}-Q{when.part}",
    Precision.SEASON: lambda when: f"{when.year:04}-{SEASONS[when.part - 1]}",
    Precision.HALF: lambda when: f"{when.year:04}-H{when.part}",
    Precision.YEAR: lambda when: f"{when.year:04}",
    Precision.THIRD: lambda when: f"{when.of[0]}-{THIRDS[when.part - 1]}",
    Precision.ABOUT: lambda when: f"{when.of[0]}~",
    Precision.RANGE: lambda when: f"{when.of[0]}/{when.of[1]}",
}
_EDTF: Mapping[Precision, Callable[[PartialDate], str]] = {
    Precision.QUARTER: lambda when: f"{when.year:04}-{_EDTF_QUARTER + when.part}",
    Precision.SEASON: lambda when: f"{when.year:04}-{_EDTF_SEASON + when.part}",
    Precision.HALF: lambda when: f"{when.year:04}-{_EDTF_HALF + when.part}",
    Precision.THIRD: _interval,
    Precision.ABOUT: lambda when: "/".join(f"{end}~" for end in when.of[0].edtf.split("/")),
    Precision.RANGE: _interval,
}
_WORDS: Mapping[Precision, Callable[[PartialDate], str]] = {
    Precision.MONTH: lambda when: f"{_MONTHS_IN_FULL[when.part - 1]} {when.year}",
    Precision.QUARTER: lambda when: f"Q{when.part} {when.year}",
    Precision.SEASON: lambda when: f"{SEASONS[when.part - 1]} {when.year}",
    Precision.HALF: lambda when: f"{_HALVES[when.part - 1]} of {when.year}",
    Precision.YEAR: lambda when: f"{when.year}",
    Precision.THIRD: _third_in_words,
    Precision.ABOUT: lambda when: f"around {when.of[0].in_words}",
    Precision.RANGE: lambda when: range_in_words(when, lambda end: end.in_words),
}


@lru_cache(maxsize=65_536)
def _span(when: PartialDate) -> tuple[date, date]:
    """Return the half-open span of *when*, which is coarser than a day."""
    match when.precision:
        case Precision.THIRD:
            return _third(when.of[0], when.part)
        case Precision.ABOUT:
            first, after = when.of[0].first, when.of[0].after
            margin = max(_LEAST_ABOUT, timedelta((after - first).days // 2))
            return first - margin, after + margin
        case Precision.RANGE:
            return when.of[0].first, when.of[1].after
        case _:
            count, offset = _OF_MONTHS[when.precision]
            return _months(when.year, count * (max(when.part, 1) - 1) + 1 + offset, count)


def _third(whole: PartialDate, part: int) -> tuple[date, date]:
    """Return the span of a third of *whole*: whole months, or ten days of a month."""
    first, after = whole.first, whole.after
    if whole.precision is Precision.MONTH:
        days = (first, date(first.year, first.month, 11), date(first.year, first.month, 21), after)
        return days[part - 1], days[part]
    count = _OF_MONTHS[whole.precision][0] // 3
    return _months(first.year, first.month + (part - 1) * count, count)


def _months(year: int, month: int, count: int) -> tuple[date, date]:
    """Return the span of *count* months, of which the first is *month*, counted from January."""
    months = year * 12 + month - 1
    return _month(months), _month(months + count)


def _month(months: int) -> date:
    return date(months // 12, months % 12 + 1, 1)


def _unit(first: date, after: date) -> tuple[Precision, int] | None:
    """Return the month, quarter, half or year that is ``[first, after)``, and its part."""
    for precision in _CALENDAR_UNITS:
        count, _ = _OF_MONTHS[precision]
        part, rest = divmod(first.month - 1, count)
        if not rest and (first, after) == _months(first.year, first.month, count):
            return precision, part + 1 if precision is not Precision.YEAR else 0
    return None
