"""
Slip lines: the dates of a release as a picture, one row for each announcement.

Time of release runs from left to right, announcements follow each other from top to bottom. So a
film that is delayed again and again walks to the right. Lengths are units of an SVG's viewBox.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import pairwise

from releasecal.core.dates import PartialDate
from releasecal.core.models import Revision, Status
from releasecal.core.slips import slip_of
from releasecal.core.value_classes import dataclass
from releasecal.web.pages.time_axis import TimeAxis
from releasecal.web.pages.translations import gettext, msgid, ngettext, page_language

_WIDTH = 360
_LEFT, _RIGHT = 96, 346  # ends of the axis; the days of announcement stand before it
_TOP, _ROW = 34, 30  # y of the first row, and from row to row
_MAX_ROWS = 24
_LABEL = 84  # the widest date in words
_OVER = {Status.CANCELLED: msgid("cancelled"), Status.WITHDRAWN: msgid("withdrawn")}


@dataclass(frozen=True, slots=True)
class Row:
    """
    An announcement of a slip line.

    Attributes:
        told: The day by which it was announced or published, in words; "" where unknown.
        label: The date in words, or that there is none.
        x: Left end of its mark.
        end: Right end; equal to *x* for a day.
        is_dated: Whether it gives a date; a row without one stands below the one before.
        is_over: Whether the release does not happen, as far as it says.
    """

    y: int
    x: int
    end: int
    told: str
    label: str
    is_dated: bool
    is_over: bool

    @property
    def middle(self) -> int:
        """Horizontal place at which the line from row to row meets the mark."""
        return (self.x + self.end) // 2

    @property
    def label_x(self) -> int:
        """Horizontal place at which the label begins or, if it `is_before`, ends."""
        return self.x - 8 if self.is_before else self.end + 8

    @property
    def is_before(self) -> bool:
        """Whether the label stands before the mark, for there is no room behind it."""
        return self.end + 8 + _LABEL > _WIDTH


@dataclass(frozen=True, slots=True)
class SlipLine:
    """
    The picture of a history.

    Attributes:
        ticks: (x, label) of the years or months on the axis.
        left_out: Number of announcements that the picture has no room for.
        summary: Moves and their sum in words: ``4 moves · 721 days later``.
    """

    rows: tuple[Row, ...]
    ticks: tuple[tuple[int, str], ...]
    left_out: int
    summary: str

    @property
    def width(self) -> int:
        """Width of the picture."""
        return _WIDTH

    @property
    def height(self) -> int:
        """Height of the picture."""
        return _TOP + _ROW * len(self.rows)

    @property
    def steps(self) -> Iterator[tuple[Row, Row]]:
        """Each row with the one after it."""
        return pairwise(self.rows)


def slip_line(history: Sequence[Revision], days: Sequence[date | None]) -> SlipLine | None:
    """
    Return the picture of *history*; None if its date has never changed.

    *days* are those on which each revision was known, None where that is unknown.
    """
    told = list(_steps(history, days))
    dates = [revision.when for revision, _ in told if revision.when]
    if len(set(dates)) < 2:
        return None
    left_out = max(0, len(told) - _MAX_ROWS)
    if left_out:
        told = [told[0], *told[1 + left_out :]]
        dates = [revision.when for revision, _ in told if revision.when]
    axis = TimeAxis.of(dates, _LEFT, _RIGHT)
    return SlipLine(tuple(_rows(told, axis)), tuple(axis.ticks()), left_out, summary(history))


def summary(history: Iterable[Revision]) -> str:
    """Return the moves of *history* and their sum in words; "" without one."""
    slip = slip_of(history)
    moves, days = slip.moves, slip.days
    if not moves:
        return ""
    count = ngettext("{count} move", "{count} moves", moves).format(count=moves)
    if not days:
        return count
    if days > 0:
        later = ngettext("{count} day later", "{count} days later", days)
        return f"{count} · {later.format(count=days)}"
    earlier = ngettext("{count} day earlier", "{count} days earlier", -days)
    return f"{count} · {earlier.format(count=-days)}"


def sparkline(history: Sequence[Revision], *, width: int = 60, height: int = 16) -> str:
    """
    Return the dates of *history* as points of an SVG's polyline, earliest at the bottom.

    "" if the date has never moved. Each date counts with its first day.
    """
    dates = [revision.when.first for revision in history if revision.when][-_MAX_ROWS:]
    if not summary(history) or len(set(dates)) < 2:
        return ""
    first, span = min(dates), (max(dates) - min(dates)).days
    step = (width - 4) / (len(dates) - 1)
    points = (
        (2 + at * step, height - 2 - (day - first).days / span * (height - 4))
        for at, day in enumerate(dates)
    )
    return " ".join(f"{x:.0f},{y:.0f}" for x, y in points)


def _steps(
    history: Sequence[Revision], days: Sequence[date | None]
) -> Iterator[tuple[Revision, date | None]]:
    """Return the revisions, with their days, that say another date or status than before."""
    before = None
    for revision, day in zip(history, days, strict=True):
        said = revision.when, revision.status.is_over
        if said != before:
            yield revision, day
        before = said


def _rows(told: Sequence[tuple[Revision, date | None]], axis: TimeAxis) -> Iterator[Row]:
    x, end, language = _LEFT, _LEFT, page_language()
    for at, (revision, day) in enumerate(told):
        when, is_over = revision.when, revision.status.is_over
        if when:
            x = axis.place(when.first)
            end = x if when.is_day else axis.place(when.after)
        label = language.date(when) if when else _instead(revision)
        known = language.date(PartialDate.of_day(day)) if day else ""
        yield Row(_TOP + _ROW * at + _ROW // 2, x, end, known, label, when is not None, is_over)


def _instead(revision: Revision) -> str:
    """Return the label of a *revision* without a date."""
    status = revision.status
    return gettext(_OVER[status]) if status.is_over else gettext("no date")
