"""
iCalendar: the VEVENTs of a calendar (RFC 5545), each with its line and its properties.

Strangers' calendars bend the grammar, so an event is judged by itself: `icalendar` reads a
calendar as a whole and keeps no lines. Text that is folded otherwise, ends in LF or has other
components in it is taken as it is meant.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from releasecal.core.value_classes import dataclass
from releasecal.errors import DataError, Place, Problem
from releasecal.sources.notation.calendar_lines import property_parts, unescaped, unfolded
from releasecal.sources.notation.clean_text import shown

_MOMENT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})(Z?))?", re.ASCII)
_DURATION = re.compile(r"\+?P(?:(\d{1,4})W|(\d{1,5})D)(?:T.*)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Property:
    """
    A property of an event.

    Attributes:
        params: By name, in capitals; without quotation marks.
        raw: Its value as it stands.
    """

    line: int
    params: Mapping[str, str]
    raw: str

    @property
    def text(self) -> str:
        """Its value as a text (RFC 5545 § 3.3.11)."""
        return unescaped(self.raw)


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """
    An event.

    Attributes:
        line: Its first line, 1-based.
        properties: By name, in capitals; each has one value at least.
        broken: A line that is no property; 0 if all are.
    """

    line: int
    properties: Mapping[str, Sequence[Property]]
    broken: int = 0

    def text(self, name: str) -> str:
        """Return the first value of the property *name* as a text; empty if there is none."""
        found = self.properties.get(name)
        return found[0].text.strip() if found else ""


@dataclass(frozen=True, slots=True)
class Day:
    """
    The day of an event, and the time of day if it has one.

    Attributes:
        time: As ``19:30``; empty for a whole day.
        zone: Name in the IANA database; empty if none is told.
    """

    day: date
    time: str = ""
    zone: str = ""


@dataclass(slots=True)
class _Open:
    """A component that has begun."""

    name: str
    line: int
    properties: dict[str, list[Property]] = field(default_factory=lambda: defaultdict(list))
    broken: int = 0


def read(text: str, origin: str) -> tuple[CalendarEvent, Sequence[CalendarEvent]]:
    """
    Return the calendar's own properties, as those of an event, and its events in their order.

    Raises:
        DataError: It is no calendar, or it is cut short.
    """
    found = _Components()
    for line in unfolded(text):
        found.take(line.number, line.text)
    begun = found.open or found.tops
    if not begun:
        remedy = "one begins with BEGIN:VCALENDAR; take its own address, not that of a page"
        raise DataError([Problem(Place(origin, 1, 1), "not a calendar", remedy)])
    if found.open or found.tops[0].name != "VCALENDAR":
        what = f"the calendar is cut short: {begun[-1].name} has no end"
        raise DataError([Problem(Place(origin, begun[-1].line, 1), what, "fetch it anew")])
    return _event(found.tops[0]), found.events


class _Components:
    """
    Takes the lines of a calendar one by one.

    Attributes:
        open: Components that have begun and not ended, the outermost first.
        tops: Those at the top that have ended.
    """

    def __init__(self) -> None:
        self.open: list[_Open] = []
        self.tops: list[_Open] = []
        self.events: list[CalendarEvent] = []

    def take(self, line: int, content: str) -> None:
        """Take one content line; those outside of components count for nothing."""
        name, _, kind = content.upper().partition(":")
        if name.strip() == "BEGIN":
            self.open.append(_Open(kind.strip(), line))
        elif name.strip() == "END":
            self._end(kind.strip())
        elif self.open:
            _take(self.open[-1], line, content)

    def _end(self, kind: str) -> None:
        """End the innermost component called *kind*, and those in it that have no end."""
        if all(each.name != kind for each in self.open):
            return
        while (ended := self.open.pop()).name != kind:
            pass
        if kind == "VEVENT":
            self.events.append(_event(ended))
        if not self.open:
            self.tops.append(ended)


def _event(ended: _Open) -> CalendarEvent:
    return CalendarEvent(ended.line, dict(ended.properties), ended.broken)


def _take(component: _Open, line: int, content: str) -> None:
    """Add the property in *content* to *component*."""
    if parts := property_parts(content):
        name, params, value = parts
        plain = {param: text.replace('"', "") for param, text in params}
        component.properties[name].append(Property(line, plain, value))
    elif content.strip():
        component.broken = component.broken or line


def zone_of(name: str) -> str:
    """Return the name in the IANA database of the zone called *name*; "" if there is none."""
    name = name.strip().strip("/")
    pieces = name.split("/")
    for known in (name, WINDOWS_TO_OLSON.get(name, ""), "/".join(pieces[-2:])):
        with suppress(ZoneInfoNotFoundError, ValueError, OSError):
            if known:
                return ZoneInfo(known).key
    return ""


def day_of(told: Property, zone: str) -> Day:
    """
    Return the day of DTSTART or DTEND; an instant in UTC means one in *zone*, if there is one.

    Midnight means the whole day.

    Raises:
        ValueError: It is none.
    """
    moment, is_whole, is_utc = _moment(told.raw.strip())
    if is_whole:
        return Day(moment.date())
    own = zone_of(told.params.get("TZID", "")) or ("" if "TZID" in told.params else zone)
    if is_utc:
        own = zone or "UTC"
        moment = moment.replace(tzinfo=UTC).astimezone(ZoneInfo(own))
    time = f"{moment:%H:%M}"
    return Day(moment.date()) if time == "00:00" else Day(moment.date(), time, own)


def _moment(raw: str) -> tuple[datetime, bool, bool]:
    """
    Return the moment in *raw*, whether it is a whole day, and whether it is in UTC.

    Raises:
        ValueError: It is none.
    """
    found = _MOMENT.fullmatch(raw)
    if not found:
        raise ValueError(f"not a date: {shown(raw)}")
    year, month, day, hour, minute = (int(part or 0) for part in found.groups()[:5])
    try:
        moment = datetime(year, month, day, hour, minute)  # noqa: DTZ001 - a civil one
    except ValueError:
        raise ValueError(f"no such day or time: {shown(raw)}") from None
    return moment, found[4] is None, bool(found[7])


def last_day(event: CalendarEvent, first: Day, zone: str) -> date | None:
    """
    Return the last day of an *event* of whole days, if that is not its *first* one.

    Raises:
        ValueError: Its end is none, or is before its beginning.
    """
    if first.time:
        return None
    last = first.day
    for told in event.properties.get("DTEND", ())[:1]:
        end = day_of(told, zone)
        if end.day < first.day:
            raise ValueError(f"ends on {end.day}, before it begins on {first.day}")
        last = end.day if end.time else end.day - timedelta(days=1)  # an end is exclusive
    for told in event.properties.get("DURATION", ())[:1]:
        last = first.day + _whole_days(told.raw.strip()) - timedelta(days=1)
    return last if last > first.day else None


def _whole_days(duration: str) -> timedelta:
    """Return the whole days of *duration* (RFC 5545 § 3.3.6)."""
    found = _DURATION.fullmatch(duration)
    return timedelta(weeks=int(found[1] or 0), days=int(found[2] or 0)) if found else timedelta()
