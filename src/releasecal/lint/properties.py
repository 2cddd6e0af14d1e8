"""Properties: the registered ones (RFC 5545, 7986, 9074), where they stand, and their types."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from releasecal.lint.feed_text import FeedProperty

_INITIALS = {
    "VCALENDAR": "C",
    "VEVENT": "E",
    "VTODO": "T",
    "VJOURNAL": "J",
    "VFREEBUSY": "F",
    "VTIMEZONE": "Z",
    "STANDARD": "O",
    "DAYLIGHT": "O",
    "VALARM": "A",
}
COMPONENTS = frozenset(_INITIALS)
"""The components whose properties are registered."""

_TABLE = """
    CALSCALE TEXT C, METHOD TEXT C, PRODID TEXT C, VERSION TEXT C, NAME TEXT C*,
    REFRESH-INTERVAL DURATION C, SOURCE URI C, COLOR TEXT CETJ, IMAGE URI|BINARY CETJ*,
    CONFERENCE URI ET*, UID TEXT CETJFA, LAST-MODIFIED DATE-TIME CETJZ, URL URI CETJF,
    DESCRIPTION TEXT C*ETJ*A, CATEGORIES TEXT CETJ*, ATTACH URI|BINARY ETJA*, CLASS TEXT ETJ,
    COMMENT TEXT ETJFOZ*, GEO FLOAT ET, LOCATION TEXT ET, PERCENT-COMPLETE INTEGER T,
    PRIORITY INTEGER ET, RESOURCES TEXT ET*, STATUS TEXT ETJ, SUMMARY TEXT ETJA,
    COMPLETED DATE-TIME T, DTEND DATE-TIME|DATE EF, DUE DATE-TIME|DATE T,
    DTSTART DATE-TIME|DATE ETJFO, DURATION DURATION ETA, FREEBUSY PERIOD F*, TRANSP TEXT E,
    TZID TEXT Z, TZNAME TEXT O*, TZOFFSETFROM UTC-OFFSET O, TZOFFSETTO UTC-OFFSET O, TZURL URI Z,
    ATTENDEE CAL-ADDRESS ETJFA*, CONTACT TEXT ETJF*, ORGANIZER CAL-ADDRESS ETJF,
    RECURRENCE-ID DATE-TIME|DATE ETJ, RELATED-TO TEXT ETJA*, EXDATE DATE-TIME|DATE ETJ*,
    RDATE DATE-TIME|DATE|PERIOD ETJO*, RRULE RECUR ETJO*, ACTION TEXT A, REPEAT INTEGER A,
    TRIGGER DURATION|DATE-TIME A, ACKNOWLEDGED DATE-TIME A, PROXIMITY TEXT A,
    CREATED DATE-TIME ETJ, DTSTAMP DATE-TIME ETJF, SEQUENCE INTEGER ETJ, REQUEST-STATUS TEXT ETJF*
"""
_NEWER = """STYLED-DESCRIPTION STRUCTURED-DATA LOCATION-TYPE PARTICIPANT-TYPE RESOURCE-TYPE
    CALENDAR-ADDRESS LINK CONCEPT REFID"""
_DATE = re.compile(r"\d{8}", re.ASCII)
_DATE_TIME = re.compile(r"(\d{8})T([01]\d|2[0-3])([0-5]\d)([0-5]\d|60)(Z?)", re.ASCII)
_DURATION = re.compile(
    r"[+-]?P(?=[\dT])(?:\d+W|(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+S)?)?)", re.ASCII
)
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_OFFSET = re.compile(r"[+-]([01]\d|2[0-3])([0-5]\d)([0-5]\d)?", re.ASCII)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S", re.ASCII)
_COORDINATE = re.compile(r"([+-]?\d+(?:\.\d+)?);([+-]?\d+(?:\.\d+)?)", re.ASCII)

NEWER = frozenset(_NEWER.split())
"""The properties of RFC 9073 and RFC 9253."""

LISTS = ("CATEGORIES", "RESOURCES", "EXDATE", "RDATE", "FREEBUSY")
"""The properties whose value is a list, with commas that are not escaped."""


@dataclass(frozen=True, slots=True)
class RegisteredProperty:
    """
    A registered property.

    Attributes:
        types: Of its value, the usual one first.
        components: Those in which it can stand.
        many: Those in which there can be several.
    """

    types: tuple[str, ...]
    components: frozenset[str]
    many: frozenset[str]


def _row(types: str, places: str) -> RegisteredProperty:
    """Return a row of the table; a star at the end of *places* counts for all of them."""
    initials = [place for place in places if place != "*"]
    starred = re.findall(r"(\w)\*", places)
    many = initials if places.endswith("*") and starred == [places[-2]] else starred

    def named(letters: list[str]) -> frozenset[str]:
        return frozenset(name for name, letter in _INITIALS.items() if letter in letters)

    return RegisteredProperty(tuple(types.split("|")), named(initials), named(many))


REGISTERED: Mapping[str, RegisteredProperty] = {
    name: _row(types, places) for name, types, places in (row.split() for row in _TABLE.split(","))
}
"""The registered properties, by name."""


def value_type(found: FeedProperty) -> str:
    """Return the type of the value that *found* says it has, or usually has."""
    row = REGISTERED.get(found.name)
    return found.param("VALUE").upper() or (row.types[0] if row else "TEXT")


def civil_day(text: str) -> date | None:
    """Return the day that *text* begins with, as YYYYMMDD; None if it is none."""
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8])) if _DATE.match(text) else None
    except ValueError:
        return None


def civil_moment(text: str) -> datetime | None:
    """Return the DATE-TIME *text* as its own clock shows it; None if it is none."""
    found = _DATE_TIME.fullmatch(text)
    day = civil_day(text) if found else None
    if not found or not day:
        return None
    seconds = min(int(found[4]), 59)  # a leap second
    return datetime(day.year, day.month, day.day, int(found[2]), int(found[3]), seconds)  # noqa: DTZ001 - a civil one


def is_duration(text: str) -> bool:
    """Whether *text* is a duration (RFC 5545 § 3.3.6)."""
    return _DURATION.fullmatch(text) is not None


def _is_period(text: str) -> bool:
    start, _, end = text.partition("/")
    return civil_moment(start) is not None and (is_duration(end) or civil_moment(end) is not None)


def _is_geo(text: str) -> bool:
    found = _COORDINATE.fullmatch(text)
    return found is not None and abs(float(found[1])) <= 90 and abs(float(found[2])) <= 180


VALID: Mapping[str, Callable[[str], bool]] = {
    "DATE": lambda text: len(text) == 8 and civil_day(text) is not None,
    "DATE-TIME": lambda text: civil_moment(text) is not None,
    "DURATION": is_duration,
    "PERIOD": _is_period,
    "INTEGER": lambda text: _INTEGER.fullmatch(text) is not None,
    "UTC-OFFSET": lambda text: _OFFSET.fullmatch(text) is not None and text.strip("-0") != "",
    "URI": lambda text: _SCHEME.match(text) is not None,
    "CAL-ADDRESS": lambda text: _SCHEME.match(text) is not None,
    "FLOAT": _is_geo,
}
"""For each type, whether a text is a value of it (RFC 5545 § 3.3)."""
