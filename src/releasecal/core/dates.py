"""
Dates as they are announced: a day, or no more than a month, quarter, season or year.

The notation is EDTF (ISO 8601-2): ``2023-07-14``, ``2021-09``, ``2024-35`` (third
quarter), ``2025-22`` (summer), ``2024``. People write ``2024-Q3`` and
``2025-summer``, so `PartialDate.parse` takes those too and `str` gives them back.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from functools import lru_cache
from typing import Self

YEARS = range(1888, 2200)
"""Years a film can open in: the first film is from 1888 (Roundhay Garden Scene)."""

FEED_DAYS = date(1970, 1, 1), date(2038, 1, 1)
"""First day of feeds, and the day after their last: Proton refuses calendars with others."""

EXAMPLES = "2026-12-18, 2026-12, 2026-Q4, 2026-winter or 2026"
"""Well-formed dates for error messages."""


class Precision(Enum):
    """Units in which dates are announced, finest first."""

    DAY = "day"
    MONTH = "month"
    QUARTER = "quarter"
    SEASON = "season"
    YEAR = "year"


SEASONS = ("spring", "summer", "autumn", "winter")
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
_A_DAY = timedelta(days=1)
_EDTF_SEASON = 20  # EDTF level 1: 21 is spring, 24 winter
_EDTF_QUARTER = 32  # EDTF level 2: 33 is the first quarter, 36 the last

_FORM = re.compile(
    r"""(?P<year>\d{4})
        (?: - (?: (?P<month>\d{2}) (?: -(?P<day>\d{2}) )?
                | [Qq](?P<quarter>[1-4])
                | (?P<season>[A-Za-z]{4,6}) ) )?""",
    re.VERBOSE | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class PartialDate:
    """
    A civil date without a zone, in the precision of its announcement.

    Attributes:
        part: Month (1-12), quarter or season (1-4) of the year; 0 for a year.
        day: Day of the month; 0 unless the precision is `Precision.DAY`.
    """

    year: int
    precision: Precision
    part: int = 0
    day: int = 0

    @classmethod
    def parse(cls, text: str) -> Self:
        """
        Return the date that *text* spells; `str` gives it back in the usual spelling.

        Raises:
            ValueError: *text* is no such date; the message is shown to users.
        """
        form = _FORM.fullmatch(text)
        if form is None:
            raise ValueError(f"not a date: {text!r}")
        year = int(form["year"])
        if year not in YEARS:
            raise ValueError(f"not a year from {YEARS[0]} to {YEARS[-1]}: {year:04}")
        if form["quarter"]:
            return cls(year, Precision.QUARTER, int(form["quarter"]))
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
        raise ValueError(f"no such month: {year}-{part:02}")

    @classmethod
    def of_day(cls, day: date) -> Self:
        """Return *day* as an announced date."""
        return cls(day.year, Precision.DAY, day.month, day.day)

    def __hash__(self) -> int:
        """Return a hash without the precision: Python's hash of an enumeration's member is slow."""
        return hash((self.year, self.part, self.day))

    def __str__(self) -> str:
        """Return the spelling that `parse` reads: ``2023-07-14``, ``2024-Q3``, ``2025-summer``."""
        match self.precision:
            case Precision.DAY:
                return f"{self.year:04}-{self.part:02}-{self.day:02}"
            case Precision.MONTH:
                return f"{self.year:04}-{self.part:02}"
            case Precision.QUARTER:
                return f"{self.year:04}-Q{self.part}"
            case Precision.SEASON:
                return f"{self.year:04}-{SEASONS[self.part - 1]}"
            case Precision.YEAR:
                return f"{self.year:04}"

    @property
    def edtf(self) -> str:
        """The date in EDTF, where quarters are 33-36 and seasons 21-24."""
        match self.precision:
            case Precision.QUARTER:
                return f"{self.year:04}-{_EDTF_QUARTER + self.part}"
            case Precision.SEASON:
                return f"{self.year:04}-{_EDTF_SEASON + self.part}"
            case _:
                return str(self)

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
        """The date in English: ``14 Jul 2023``, ``September 2021``, ``Q3 2024``."""
        if self.day:
            return f"{self.day} {_MONTHS[self.part - 1]} {self.year}"
        match self.precision:
            case Precision.MONTH:
                return f"{_MONTHS_IN_FULL[self.part - 1]} {self.year}"
            case Precision.QUARTER:
                return f"Q{self.part} {self.year}"
            case Precision.SEASON:
                return f"{SEASONS[self.part - 1]} {self.year}"
            case _:
                return str(self.year)

    def contains(self, other: "PartialDate") -> bool:
        """Whether the span of *other* lies within the span of this date."""
        return self.first <= other.first and other.after <= self.after

    def overlaps(self, other: "PartialDate") -> bool:
        """Whether one day can be meant by both dates."""
        return self.first < other.after and other.first < self.after


def timestamp(moment: datetime) -> str:
    """Return *moment*, UTC, in the form of RFC 3339: ``2022-03-25T09:30:00Z``."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


@lru_cache(maxsize=65_536)
def _span(when: PartialDate) -> tuple[date, date]:
    """Return the half-open span of *when*, which is coarser than a day."""
    match when.precision:
        case Precision.MONTH:
            return _months(when.year, when.part, 1)
        case Precision.QUARTER:
            return _months(when.year, 3 * when.part - 2, 3)
        case Precision.SEASON:
            # Meteorological and northern, the use of studios; a winter starts in the
            # year of its name: "winter 2025" is December 2025 to February 2026.
            return _months(when.year, 3 * when.part, 3)
        case _:
            return _months(when.year, 1, 12)


def _months(year: int, month: int, count: int) -> tuple[date, date]:
    years, months = divmod(month - 1 + count, 12)
    return date(year, month, 1), date(year + years, months + 1, 1)
