"""Coverage of sources: the days that a source lists."""

from datetime import date
from typing import Self

from releasecal.core.dates import PartialDate
from releasecal.core.value_classes import dataclass


@dataclass(frozen=True, slots=True)
class Coverage:
    """
    The days a source lists; of releases on any other day, its silence says nothing.

    Attributes:
        upcoming: It lists what is still to come, and drops a release after its day.
        first: First day it lists; None for no bound.
        after: The day after the last one it lists; None for no bound.
    """

    upcoming: bool = False
    first: date | None = None
    after: date | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """
        Read ``upcoming``, or an interval of EDTF: ``2026-01-01/2026-12-31``, ``2026/..``.

        Raises:
            ValueError: *text* is neither; the message is for people.
        """
        if text == "upcoming":
            return cls(upcoming=True)
        begin, slash, end = text.partition("/")
        if not slash or begin == end == "..":
            raise ValueError(f"neither upcoming nor an interval: {text!r}")
        first = None if begin == ".." else PartialDate.parse(begin).first
        after = None if end == ".." else PartialDate.parse(end).after
        if first and after and first >= after:
            raise ValueError(f"the interval ends before it begins: {text!r}")
        return cls(first=first, after=after)

    def includes(self, when: PartialDate | None, today: date) -> bool:
        """Whether a release announced for *when* would be listed on the civil day *today*."""
        if when is None:
            return False
        first = max([today] * self.upcoming + [self.first or date.min])
        return when.after > first and (self.after is None or when.first < self.after)
