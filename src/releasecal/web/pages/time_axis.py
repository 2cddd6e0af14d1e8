"""Time axes of pictures: days from left to right, in units of an SVG's viewBox."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Self

from releasecal.core.dates import PartialDate
from releasecal.core.value_classes import dataclass
from releasecal.web.pages.translations import page_language

_TICKS = 5
_MONTHS = (1, 3, 6, 12, 24, 60, 120, 240, 600, 1200)  # between two ticks


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """
    The days from *first* up to *after*, which it has not, between *left* and *right*.

    The two days differ.
    """

    first: date
    after: date
    left: int
    right: int

    @classmethod
    def of(cls, dates: Sequence[PartialDate], left: int, right: int) -> Self:
        """Return the axis that has all of *dates*."""
        first, after = min(when.first for when in dates), max(when.after for when in dates)
        return cls(first, after, left, right)

    def place(self, day: date) -> int:
        """Return the place of *day*."""
        span = (self.after - self.first).days
        return self.left + round((day - self.first).days / span * (self.right - self.left))

    def has(self, day: date) -> bool:
        """Whether *day* lies on it."""
        return self.first <= day < self.after

    def ticks(self) -> Iterator[tuple[int, str]]:
        """Yield (place, label) of the beginnings of years, or else of months, on it."""
        first, after = self.first, self.after
        months = (after.year - first.year) * 12 + after.month - first.month
        step = next(step for step in _MONTHS if months / step <= _TICKS)
        start = first.year * 12 + first.month - 1
        for number in range(-(-start // step) * step, after.year * 12 + after.month, step):
            day = date(number // 12, number % 12 + 1, 1)
            if self.has(day):
                label = str(day.year) if step >= 12 else page_language().month_of_year(day)
                yield self.place(day), label
