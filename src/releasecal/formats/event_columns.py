"""
Events as values: of many events first what each has of one property, then of the next.

A format writes the columns down one after the other, or the properties of an event: iCalendar as
content lines, jCal (RFC 7265) as arrays. The Python type of a value gives its type in both: text
(str), URI (`Uri`), integer, date, date-time in UTC, duration (timedelta), and a list of texts
(tuple).
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from releasecal.core.value_classes import dataclass


class Uri(str):
    """A value of type URI, which is written without escapes (RFC 5545 § 3.3.13)."""

    __slots__ = ()


Value = str | int | date | timedelta | tuple[str, ...]
"""The value of a property; a `Uri` is a str, and a datetime is a date."""

Parameters = tuple[tuple[str, str], ...]
"""Parameters of a property: (name, value) pairs."""

Property = tuple[str, Parameters, Value]
"""Name in capitals, parameters, value. A plain tuple takes a tenth of a NamedTuple's time."""


class SharedProperties:
    """
    Properties that many events have alike, in their order; those with an empty text are left out.

    Attributes:
        lines: The same as content lines, once these have been written.
    """

    __slots__ = ("lines", "properties")

    def __init__(self, *properties: Property) -> None:
        self.properties = [each for each in properties if each[2] != ""]
        self.lines = b""


class TextColumn(NamedTuple):
    """A property of type text; an event whose text is empty has none."""

    name: str
    parameters: Parameters
    texts: Sequence[str]

    def of(self, at: int) -> Sequence[Property]:
        """Return the properties of the event at this place."""
        text = self.texts[at]
        return [(self.name, self.parameters, text)] if text else []


class SharedColumn(NamedTuple):
    """Properties of any type, of which some events have the same."""

    shared: Sequence[SharedProperties]

    def of(self, at: int) -> Sequence[Property]:
        """Return the properties of the event at this place."""
        return self.shared[at].properties


class Event(NamedTuple):
    """
    An event.

    Attributes:
        first: First day.
        after: Day after the last.
        summary: Value of SUMMARY, which its alarms repeat.
        properties: In `icalendar`'s order: important ones, then by name.
        alarms: Offsets from the beginning of the first day.
    """

    first: date
    after: date
    summary: str
    properties: Sequence[Property]
    alarms: tuple[timedelta, ...] = ()


@dataclass(frozen=True, slots=True)
class Events:
    """
    Events as columns, each of which has as many places as there are events.

    Attributes:
        columns: Their properties, in the order of those of an `Event`.
    """

    firsts: Sequence[date]
    afters: Sequence[date]
    summaries: Sequence[str]
    columns: Sequence[TextColumn | SharedColumn]
    alarms: Sequence[tuple[timedelta, ...]]

    def __iter__(self) -> Iterator[Event]:
        """Yield each event."""
        for at, about in enumerate(zip(self.firsts, self.afters, self.summaries, strict=True)):
            properties = [each for column in self.columns for each in column.of(at)]
            yield Event(*about, properties, self.alarms[at])
