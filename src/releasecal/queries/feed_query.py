"""A client's query for a feed: which entries, and how each event is shown."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from enum import Enum
from urllib.parse import quote, urlencode

from releasecal.core.durations import Period, offset_text
from releasecal.core.editions import Entry
from releasecal.core.languages import ENGLISH, LANGUAGES, Language
from releasecal.core.models import SEQUEL
from releasecal.queries.parameters import (
    DOWNLOAD,
    PARAMETERS,
    Cancelled,
    Limit,
    Undated,
    given,
    is_anything,
)

_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class FeedQuery:
    """
    What somebody asks for. All conditions hold at once; an empty one does not limit.

    Most fields select entries. *emoji* and *lang* shape what an entry's event says, and
    *undated* and *cancelled* do both; `is_plain` tells whether they leave it as it is. *alarm*
    only adds to it.

    Attributes:
        kind: Slugs of kinds, or `SEQUEL`; sorted, each once, like all lists here.
        film: Film ids; a film's sequel opening counts as the film's own.
        channel: Channel slugs.
        undated: Where what has no day is shown.
        cancelled: How what no longer happens on its day is shown.
        as_of: The civil day whose knowledge is asked for; None for what is known now.
        past: How far back from today (civil, UTC) is shown; None for all.
        future: How far ahead of today is shown; None for all.
        alarm: How long after its day begins each event rings; sorted.
        emoji: Whether a kind's emoji stands before a SUMMARY.
        lang: Code of the language that all of it is in.
        limit: Whether what is farthest from today goes where the feed would be too large.
    """

    kind: tuple[str, ...] = ()
    region: tuple[str, ...] = ()
    film: tuple[str, ...] = ()
    series: tuple[str, ...] = ()
    channel: tuple[str, ...] = ()
    undated: Undated = Undated.HIDE
    cancelled: Cancelled = Cancelled.STRIKE
    as_of: date | None = None
    past: Period | None = None
    future: Period | None = None
    alarm: tuple[timedelta, ...] = ()
    emoji: bool = False
    lang: str = ENGLISH.code
    limit: Limit = Limit.USUAL

    @classmethod
    def parse(
        cls, pairs: Iterable[tuple[str, str]], known: Mapping[str, Callable[[str], bool]]
    ) -> "FeedQuery":
        """
        Read a query, as (name, value) pairs in any order.

        *known* says of ``region``, ``film``, ``series`` and ``channel`` whether a value
        names one; where it says nothing, everything does.
        What is given twice, and what is foreign, is as `given` has it.

        Raises:
            SelectionError: With a message that says what would do.
        """
        texts = given(pairs, (*PARAMETERS, DOWNLOAD))
        values = {
            name.replace("-", "_"): PARAMETERS[name].read(name, text, known.get(name, is_anything))
            for name, text in texts.items()
            if name != DOWNLOAD
        }
        return cls(**values)  # type: ignore[arg-type]  # the rows' readers fit the fields

    @property
    def canonical(self) -> str:
        """The canonical query: sorted, without what is as always, ready for an address."""
        limits = {
            column.name.replace("_", "-"): _written(getattr(self, column.name))
            for column in sorted(fields(self), key=lambda column: column.name)
            if getattr(self, column.name) != column.default
        }
        return urlencode(limits, safe=",", quote_via=quote)

    @property
    def is_plain(self) -> bool:
        """Whether each event is, but for alarms, as without a query; its bytes can be shared."""
        return (
            self.undated is Undated.HIDE
            and self.cancelled is not Cancelled.KEEP
            and not self.emoji
            and self.lang == ENGLISH.code
        )

    @property
    def language(self) -> Language:
        """The language that all of it is in."""
        return LANGUAGES[self.lang]

    @property
    def is_daily(self) -> bool:
        """Whether the answer depends on the civil day by its own terms."""
        return self.past is not None or self.future is not None

    def matches(self, entry: Entry) -> bool:
        """Whether *entry* is of what is asked for, whatever its date."""
        key, facts = entry.key, entry.facts
        names = {facts.release.kind.slug, *([SEQUEL] if facts.is_sequel else [])}
        series = {place.id for place in facts.series}
        return (
            (not self.kind or not names.isdisjoint(self.kind))
            and (not self.region or key.region in self.region)
            and (not self.channel or key.channel in self.channel)
            and (not self.film or key.film in self.film or facts.follows in self.film)
            and (not self.series or not series.isdisjoint(self.series))
        )

    def place(self, entry: Entry) -> tuple[date, date, bool]:
        """
        Return where *entry* is shown: on the days from the first, up to before the second.

        The third says whether it is shown on a day it no longer happens on.

        Raises:
            ValueError: It is on none; a feed has no such entries.
        """
        current = entry.current
        when, is_off = current.when, False
        if when is None or not when.day or current.status.is_over:
            is_off = not self._is_coarse(entry)
            when = entry.shown if is_off else when
        if when is None:
            raise ValueError(f"{entry.key} is on no day")
        first = when.first
        if when.day:
            return first, first + _A_DAY, is_off
        after = when.after
        return (after - _A_DAY if self.undated is Undated.END else first), after, is_off

    def span_of(self, entry: Entry) -> tuple[date, date]:
        """Return the half-open span of days on which *entry* is shown; see `place`."""
        first, after, _ = self.place(entry)
        return first, after

    def _is_coarse(self, entry: Entry) -> bool:
        """Whether *entry* is shown by a date that is no day."""
        return entry.overdue_from is not None and self.undated is not Undated.HIDE

    def span(self, today: date) -> tuple[date, date]:
        """Return the half-open span of days asked for."""
        first = date.min if self.past is None else self.past.before(today)
        if self.future is None:
            return first, date.max
        return first, replace(self.future, days=self.future.days + 1).after(today)


def _written(value: object) -> str:
    """Return the value of a field as an address has it."""
    if isinstance(value, tuple):
        return ",".join(map(_written, value))
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, timedelta):
        return offset_text(value)
    return str(int(value)) if isinstance(value, bool) else str(value)


EVERYTHING = FeedQuery()
"""The selection that leaves nothing out."""
