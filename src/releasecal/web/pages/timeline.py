"""Timelines as pages show them: coming, without a day, and past."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from releasecal.core.dates import PartialDate, Precision
from releasecal.core.editions import Entry
from releasecal.core.models import ReleaseKey
from releasecal.store import PageEntries
from releasecal.web.pages.template_filters import marks_of, off_mark
from releasecal.web.pages.translations import gettext

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
        marks = (off_mark(entry),) if entry.is_off_its_day else marks_of(entry, today)
        return cls(entry, entry.shown, entry.is_off_its_day, marks)

    @classmethod
    def by_its_date(cls, entry: Entry, today: date, mark: str = "") -> "Line":
        """Return *entry*, which has no day, with the date as far as it is known, and a *mark*."""
        marks = (*marks_of(entry, today), *filter(None, [mark]))
        return cls(entry, entry.current.when, is_off_its_day=False, marks=marks)


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
    def of(
        cls, found: PageEntries, today: date, in_feed: Collection[ReleaseKey] | None = None
    ) -> "Timeline":
        """
        Return *found* as lines, on the civil day *today*.

        *in_feed* are the entries in the calendar that the page offers, if it has some without
        a day; the others bear a mark then.
        """

        def without_day(entry: Entry) -> Line:
            is_coarse = entry.overdue_from is not None
            is_out = in_feed is not None and not (is_coarse and entry.key in in_feed)
            return Line.by_its_date(entry, today, gettext("Not in this calendar") if is_out else "")

        def on_their_days(entries: Iterable[Entry]) -> list[Line]:
            # A calendar that has coarse dates has no day that one of them has replaced.
            kept = [each for each in entries if in_feed is None or each.overdue_from is None]
            return [Line.on_its_day(entry, today) for entry in kept]

        coming, past = on_their_days(found.coming), on_their_days(found.past)
        undated = [without_day(entry) for entry in found.undated]
        past += [without_day(entry) for entry in found.overdue]
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
