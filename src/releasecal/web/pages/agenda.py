"""Timelines as pages show them: coming, without a day, and past."""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator
from datetime import date, timedelta
from functools import partial
from itertools import groupby

from releasecal.core.dates import PartialDate, Precision
from releasecal.core.editions import Entry
from releasecal.core.models import ReleaseKey
from releasecal.core.value_classes import dataclass
from releasecal.store import PageEntries
from releasecal.web.pages.template_filters import marks_of, off_mark
from releasecal.web.pages.translations import gettext

MAX = 40
"""Lines of the coming part of a page, at most; the feed has them all."""

_MAX_UNDATED, _MAX_PAST = 20, 24

_A_DAY = timedelta(days=1)
_LATELY = 30 * _A_DAY


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

    @property
    def is_on_a_day(self) -> bool:
        """Whether it is shown on a day, be it one that fell through."""
        return self.when is not None and self.when.is_day

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
class CardLines:
    """
    Lines of one film that differ in their region alone; never empty.

    Attributes:
        lines: The visitor's region first.
    """

    lines: tuple[Line, ...]

    @property
    def line(self) -> Line:
        """The first of its lines, which says what they have in common."""
        return self.lines[0]


@dataclass(frozen=True, slots=True)
class FilmCard:
    """
    A film of a part of a page.

    Attributes:
        row: The row that gives the film its place.
        others: Its other rows of the same part, in their order.
    """

    row: CardLines
    others: tuple[CardLines, ...]

    @property
    def line(self) -> Line:
        """The line that gives the film its place."""
        return self.row.line

    @property
    def lines(self) -> tuple[Line, ...]:
        """All its lines."""
        return tuple(line for row in (self.row, *self.others) for line in row.lines)


@dataclass(frozen=True, slots=True)
class Group:
    """
    The *cards* under one heading; never empty.

    Attributes:
        when: Day, month or year of the heading; None for the rest of this week.
        heading: A word in the place of *when*, or "".
    """

    when: PartialDate | None
    heading: str
    cards: tuple[FilmCard, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """
    The films of a page, each once in each part.

    Attributes:
        coming: Today, tomorrow, this week, then by month, next first; one that is off its day
            stays there until it leaves.
        undated: Those without a day, the best known first.
        lately: Those that opened within the last 30 days, latest first.
        earlier: The other past ones, by year, latest first.
        left_out: Number of lines that were left out to keep the page short.
    """

    coming: tuple[Group, ...]
    undated: tuple[FilmCard, ...]
    lately: tuple[FilmCard, ...]
    earlier: tuple[Group, ...]
    left_out: int

    @classmethod
    def of(
        cls,
        found: PageEntries,
        today: date,
        in_feed: Collection[ReleaseKey] | None = None,
        region: str = "",
        *,
        is_lasting: bool = False,
    ) -> "Timeline":
        """
        Return *found* as cards, on the civil day *today*, for a visitor of *region*.

        *in_feed* are the entries in the calendar that the page offers, if it has some without
        a day; the others bear a mark then. A page that *is_lasting* is shown for days, so it has
        no part whose name or contents the day makes.
        """

        def is_lately(line: Line) -> bool:
            return not is_lasting and _is_lately(line, today)

        def without_day(entry: Entry) -> Line:
            is_coarse = entry.overdue_from is not None
            is_out = in_feed is not None and not (is_coarse and entry.key in in_feed)
            return Line.by_its_date(entry, today, gettext("Not in this calendar") if is_out else "")

        def on_their_days(entries: Iterable[Entry]) -> list[Line]:
            # A calendar that has coarse dates has no day that one of them has replaced.
            kept = [each for each in entries if in_feed is None or each.overdue_from is None]
            return [Line.on_its_day(entry, today) for entry in kept]

        coming, past = on_their_days(found.coming), on_their_days(found.past)
        undated = [without_day(entry) for entry in found.undated[:_MAX_UNDATED]]
        past += [without_day(entry) for entry in found.overdue]
        past = sorted(past, key=_recency)[:_MAX_PAST]
        lately = [line for line in past if is_lately(line)]
        heading = _month if is_lasting else partial(_soon, today)
        return cls(
            coming=_grouped(cards(coming, region), heading),
            undated=cards(undated, region),
            lately=cards(lately, region),
            earlier=_grouped(cards([line for line in past if not is_lately(line)], region), _year),
            left_out=max(0, found.count - len(coming) - len(undated) - len(past)),
        )

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing but what is to come."""
        return not (self.undated or self.lately or self.earlier)

    @property
    def lines(self) -> Iterator[Line]:
        """All its lines, in order."""
        groups = (card for group in (*self.coming, *self.earlier) for card in group.cards)
        for card in (*groups, *self.undated, *self.lately):
            yield from card.lines


def _is_lately(line: Line, today: date) -> bool:
    """Whether *line* is of a release that has happened, not long before *today*."""
    when = line.when
    is_late = when and when.is_day and today - when.first <= _LATELY
    return bool(is_late and not line.is_off_its_day)


def cards(lines: Iterable[Line], region: str = "") -> tuple[FilmCard, ...]:
    """Return a card for each film of *lines*, in the order of their first lines."""
    films: dict[str, dict[Hashable, list[Line]]] = {}
    for line in lines:
        films.setdefault(line.entry.key.film, {}).setdefault(_alike(line), []).append(line)
    found = []
    for alike in films.values():
        first, *others = [CardLines(_of(region, some)) for some in alike.values()]
        found.append(FilmCard(first, tuple(others)))
    return tuple(found)


def _of(region: str, lines: Iterable[Line]) -> tuple[Line, ...]:
    """Return *lines*, the one of *region* first."""
    return tuple(sorted(lines, key=lambda line: line.entry.key.region != region))


def _alike(line: Line) -> Hashable:
    """Return all that a line shows but its region."""
    release = line.entry.facts.release
    details = (release.place, release.label, release.time, release.version, release.derivation)
    kind = line.entry.key.kind, line.entry.key.channel, line.entry.key.number
    return line.when, line.is_off_its_day, line.marks, kind, details, line.entry.facts.pending


def _recency(line: Line) -> tuple[int, int]:
    """Return the sort key: the last possible day, latest first, of equals the vaguest first."""
    assert line.when is not None  # a past line has a date
    return -line.when.after.toordinal(), line.when.first.toordinal()


_Heading = tuple[PartialDate | None, str]


def _soon(today: date, line: Line) -> _Heading:
    """Return the heading of a *line* to come: today, tomorrow, this week, or its month."""
    assert line.when is not None
    day = line.when.first
    if day - today <= _A_DAY:
        word = gettext("Today") if day == today else gettext("Tomorrow")
        return PartialDate.of_day(day), word
    if day - today <= _A_DAY * (6 - today.weekday()):
        return None, gettext("This week")
    return _month(line)


def _month(line: Line) -> _Heading:
    assert line.when is not None
    day = line.when.first
    return PartialDate(day.year, Precision.MONTH, day.month), ""


def _year(line: Line) -> _Heading:
    assert line.when is not None
    return PartialDate(line.when.year, Precision.YEAR, 0), ""


def _grouped(cards: Iterable[FilmCard], heading: Callable[[Line], _Heading]) -> tuple[Group, ...]:
    """Return *cards*, which have dates, under their headings, in the same order."""
    groups = groupby(cards, lambda card: heading(card.line))
    return tuple(Group(*found, tuple(some)) for found, some in groups)
