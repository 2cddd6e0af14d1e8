"""Timelines as pages show them: coming, without a day, and past."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from releasecal.core.dates import PartialDate, Precision
from releasecal.core.editions import Entry
from releasecal.formats.event_text import off_its_day
from releasecal.store import PageEntries
from releasecal.web.pages.filters import marks_of

MAX = 100
"""Lines of each part of a page, at most; the feed has them all."""

_RECENT = 8  # past lines that are not folded away


@dataclass(frozen=True, slots=True)
class Line:
    """
    An entry as a line of a page.

    Attributes:
        when: Date of the line; None where none is known.
        is_off_its_day: Whether the entry is off its day: it no longer happens on *when*.
        marks: Its uncertainties in words.
    """

    entry: Entry
    when: PartialDate | None
    is_off_its_day: bool
    marks: tuple[str, ...]

    @classmethod
    def on_its_day(cls, entry: Entry, today: date) -> "Line":
        """Return *entry* on the day of its event; it may be off its day."""
        marks = (off_its_day(entry.current),) if entry.is_off_its_day else marks_of(entry, today)
        return cls(entry, entry.shown, entry.is_off_its_day, marks)

    @classmethod
    def by_its_date(cls, entry: Entry, today: date) -> "Line":
        """Return *entry*, which has no day, with the date as far as it is known."""
        return cls(entry, entry.current.when, is_off_its_day=False, marks=marks_of(entry, today))


@dataclass(frozen=True, slots=True)
class Group:
    """The *lines* of one month or year, which is *when*; never empty."""

    when: PartialDate
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """
    The lines of a page.

    Attributes:
        coming: By month, next first; today counts.
        undated: Those without a day, the best known first.
        recent: The latest past ones, by year, latest first.
        earlier: The other past ones, in the same order.
        left_out: Number of lines that were left out to keep the page short.
    """

    coming: tuple[Group, ...]
    undated: tuple[Line, ...]
    recent: tuple[Group, ...]
    earlier: tuple[Group, ...]
    left_out: int

    @classmethod
    def of(cls, found: PageEntries, today: date) -> "Timeline":
        """Return *found* as lines, on the civil day *today*."""
        coming = [Line.on_its_day(entry, today) for entry in found.coming]
        undated = [Line.by_its_date(entry, today) for entry in found.undated]
        past = [Line.on_its_day(entry, today) for entry in found.past]
        past += [Line.by_its_date(entry, today) for entry in found.overdue]
        past = sorted(past, key=_recency)[:MAX]
        return cls(
            coming=_grouped(coming, Precision.MONTH),
            undated=tuple(undated),
            recent=_grouped(past[:_RECENT], Precision.YEAR),
            earlier=_grouped(past[_RECENT:], Precision.YEAR),
            left_out=found.count - len(coming) - len(undated) - len(past),
        )


def _recency(line: Line) -> tuple[int, int]:
    """Return the sort key: the last possible day, latest first, of equals the vaguest first."""
    assert line.when is not None  # a past line has a date
    return -line.when.after.toordinal(), line.when.first.toordinal()


def _grouped(lines: Iterable[Line], precision: Precision) -> tuple[Group, ...]:
    """Return *lines*, which have dates, under their months or years, in the same order."""

    def heading(line: Line) -> PartialDate:
        assert line.when is not None
        part = line.when.part if precision is Precision.MONTH else 0
        return PartialDate(line.when.year, precision, part)

    return tuple(Group(when, tuple(some)) for when, some in groupby(lines, heading))
