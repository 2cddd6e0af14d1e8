"""A month of a calendar as a table of weeks."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Self

from releasecal.core.dates import YEARS, PartialDate, Precision
from releasecal.core.editions import Entry
from releasecal.core.graphemes import cut
from releasecal.core.value_classes import dataclass
from releasecal.errors import SelectionError
from releasecal.web.pages.agenda import FilmCard, Line, cards

MAX = 120
"""Releases of a month on a page, at most; the feed has them all."""

VIEW, MONTH = "view", "month"
"""Parameters of the first page that the calendar has not: ``view=month&month=2026-12``."""

_A_DAY = timedelta(days=1)
_WEEK = 7


@dataclass(frozen=True, slots=True)
class MonthDay:
    """A day of the table: *is_inside* the month or beside it, with the films of that day."""

    day: date
    is_inside: bool
    is_today: bool
    cards: tuple[FilmCard, ...]


@dataclass(frozen=True, slots=True)
class MonthView:
    """
    A month.

    Attributes:
        weeks: From Monday to Sunday, whole ones.
        vague: Films of the month whose day is not known.
        left_out: Number of releases that there was no room for.
    """

    when: PartialDate
    weeks: tuple[tuple[MonthDay, ...], ...]
    vague: tuple[FilmCard, ...]
    left_out: int

    @classmethod
    def of(  # noqa: PLR0913 - what, when, and for whom
        cls,
        dated: Iterable[Entry],
        vague: Iterable[Entry],
        when: PartialDate,
        today: date,
        *,
        left_out: int,
        region: str = "",
    ) -> Self:
        """Return the month *when* of *dated* entries, and of *vague* ones without a day."""
        days: dict[date, list[Line]] = {}
        for entry in dated:
            if entry.shown:
                days.setdefault(entry.shown.first, []).append(Line.on_its_day(entry, today))
        found = {day: cards(lines, region) for day, lines in days.items()}
        unknown = cards([Line.by_its_date(entry, today) for entry in vague], region)
        return cls(when, tuple(_weeks(when, today, found)), unknown, left_out)

    @property
    def before(self) -> PartialDate | None:
        """The month before this one, if there is one."""
        return _month_of(self.when.first - _A_DAY) if self.when.first.year > YEARS[0] else None

    @property
    def after(self) -> PartialDate | None:
        """The month after this one, if there is one."""
        return _month_of(self.when.after) if self.when.after.year < YEARS[-1] else None


def asked_month(args: Mapping[str, str], as_of: date | None, today: date) -> PartialDate | None:
    """
    Return the month that *args*, parameters of the first page, ask for; None for the agenda.

    It is the one of *as_of*, the day that the page stands on, or of *today* if none is named.

    Raises:
        SelectionError: There is no such view or month.
    """
    view, month = args.get(VIEW, "").strip(), args.get(MONTH, "").strip()
    if view in ("", "agenda"):
        return None
    if view != MONTH:
        raise SelectionError(f"{VIEW}: cannot be {cut(view, 40)!r} (one of agenda, month)")
    if not month:
        then = _month_of(as_of or today)
        return then if is_shown(then) else _month_of(today)
    try:
        when = PartialDate.parse(month)
    except ValueError:
        when = None
    if when is None or when.precision is not Precision.MONTH or not is_shown(when):
        raise SelectionError(f"{MONTH}: not a month: {cut(month, 40)!r} (as in {MONTH}=2026-12)")
    return when


def is_shown(when: PartialDate) -> bool:
    """Whether the weeks of the month *when* lie within Python's calendar."""
    return YEARS[0] < when.year < YEARS[-1]


def _month_of(day: date) -> PartialDate:
    return PartialDate(day.year, Precision.MONTH, day.month)


def _weeks(
    when: PartialDate, today: date, found: Mapping[date, tuple[FilmCard, ...]]
) -> Iterator[tuple[MonthDay, ...]]:
    monday = when.first - _A_DAY * when.first.weekday()
    while monday < when.after:
        days = (monday + _A_DAY * at for at in range(_WEEK))
        yield tuple(
            MonthDay(day, when.first <= day < when.after, day == today, found.get(day, ()))
            for day in days
        )
        monday += _A_DAY * _WEEK
