"""Series lines: the films of a series on one time line, each from its first date to its present one."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from releasecal.core.dates import PartialDate
from releasecal.core.editions import Entry
from releasecal.core.graphemes import cut
from releasecal.core.models import Certainty, ReleaseKind
from releasecal.core.slips import Slip, slip_of
from releasecal.core.value_classes import dataclass
from releasecal.web.pages.time_axis import TimeAxis

_WIDTH = 360
_LEFT, _RIGHT = 8, 346  # ends of the axis
_TOP, _ROW = 28, 42  # y of the first row, and from row to row
_MAX_ROWS = 60
_TITLE = 46  # characters that there is room for
_OPENINGS = [
    kind.identity
    for kind in (ReleaseKind.THEATRICAL, ReleaseKind.THEATRICAL_LIMITED, ReleaseKind.STREAMING)
]


@dataclass(frozen=True, slots=True)
class SeriesRow:
    """
    A film of a series line, by its chief release.

    Attributes:
        first: Its first announced date.
        when: The one in force, or the last one before it was called off.
        y: Middle of the row's mark.
        x: Left end of the present date's mark, *end* its right end; equal for a day.
        was: Place of the first date.
        label: The title, cut to what the picture has room for.
    """

    entry: Entry
    first: PartialDate
    when: PartialDate
    slip: Slip
    y: int
    x: int
    end: int
    was: int
    label: str


@dataclass(frozen=True, slots=True)
class SeriesLine:
    """
    The films of a series on one time line, by their present dates.

    Attributes:
        ticks: (x, label) of years or months on the axis.
        now: Place of today; None outside of the axis.
        left_out: Number of films that the picture has no room for.
    """

    rows: tuple[SeriesRow, ...]
    ticks: tuple[tuple[int, str], ...]
    now: int | None
    left_out: int

    @property
    def width(self) -> int:
        """Width of the picture."""
        return _WIDTH

    @property
    def height(self) -> int:
        """Height of the picture."""
        return _TOP + _ROW * len(self.rows)


def series_line(entries: Iterable[Entry], today: date, region: str = "") -> SeriesLine | None:
    """
    Return the picture of the films of *entries*; None with fewer than two that have a date.

    The chief release of a film is its opening, that of *region* if there is one.
    """
    films: dict[str, tuple[PartialDate, Entry]] = {}
    for entry in sorted(entries, key=lambda entry: _rank(entry, region)):
        when = entry.last_date
        if when:
            films.setdefault(entry.key.film, (when, entry))
    chief = sorted(films.values(), key=lambda each: (each[0].first, str(each[1].key)))
    shown = chief[-_MAX_ROWS:]
    dates = [when for each in shown for when in (each[0], first_date(each[1]) or each[0])]
    if len(shown) < 2 or len(set(dates)) < 2:
        return None
    axis = TimeAxis.of(dates, _LEFT, _RIGHT)
    now = axis.place(today) if axis.has(today) else None
    return SeriesLine(tuple(_rows(shown, axis)), tuple(axis.ticks()), now, len(chief) - len(shown))


def _rank(entry: Entry, region: str) -> tuple[int, bool, date, str]:
    """Return the sort key of a film's releases: openings first, in *region* before elsewhere."""
    kind = entry.key.kind
    opening = _OPENINGS.index(kind) if kind in _OPENINGS else len(_OPENINGS)
    when = entry.last_date
    return opening, entry.key.region != region, when.first if when else date.max, str(entry.key)


def first_date(entry: Entry) -> PartialDate | None:
    """Return the first date that was announced."""
    history = entry.facts.release.history
    told = (each.when for each in history if each.certainty is not Certainty.DERIVED)
    return next(filter(None, told), None)


def _rows(chief: Sequence[tuple[PartialDate, Entry]], axis: TimeAxis) -> Iterator[SeriesRow]:
    for at, (when, entry) in enumerate(chief):
        first = first_date(entry) or when
        x = axis.place(when.first)
        yield SeriesRow(
            entry,
            first,
            when,
            slip_of(entry.facts.release.history),
            y=_TOP + _ROW * at + 28,
            x=x,
            end=x if when.is_day else axis.place(when.after),
            was=axis.place(first.first),
            label=cut(entry.facts.title, _TITLE),
        )
