"""
Models of four calendar clients: the events that they show after each refresh.

None of them can be run in a test. Each rule is from a public source, which its class
names; of different sources, the one that demands more of a feed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from support.conformance import Component, Document
from support.readers import READERS, Refused


@dataclass(frozen=True, slots=True)
class Shown:
    """
    An event as a person sees it.

    Attributes:
        first: The first civil day.
        after: The day after the last one.
        is_struck: Whether it is struck through.
        address: Where a click leads; empty where the client shows no address.
        alarms: How many reminders come with it.
    """

    first: date
    after: date
    summary: str
    description: str
    is_struck: bool = False
    address: str = ""
    alarms: int = 0


class Client(Protocol):
    """A subscriber to one feed."""

    def receive(self, document: bytes) -> None:
        """Take the fetched document."""

    def shown(self) -> dict[str, Shown]:
        """Return the events that it shows now, by UID."""


class ICSx5:
    """
    ICSx5 with Google's calendar on Android.

    An event is rewritten only if its LAST-MODIFIED is missing or newer than the one it
    has; events that left the feed are deleted (bitfireAT/icsx5, ``ProcessEventsTask.kt``).
    Cancelled events look like any other (bitfireAT/synctools#91).
    """

    def __init__(self) -> None:
        self._held: dict[str, Component] = {}

    def receive(self, document: bytes) -> None:
        for event in _events(document):
            held = self._held.get(event.value("UID"))
            modified = event.value("LAST-MODIFIED")
            if held is None or not modified or modified > held.value("LAST-MODIFIED"):
                self._held[event.value("UID")] = event
        there = {event.value("UID") for event in _events(document)}
        self._held = {uid: event for uid, event in self._held.items() if uid in there}

    def shown(self) -> dict[str, Shown]:
        return {uid: _shown(event) for uid, event in self._held.items()}


class Google:
    """
    Google Calendar on the web.

    It hides cancelled events (hackgvl/hackgreenville-com#498), drops addresses and
    ignores alarms (sportstimes/f1#848), and does not take a changed event whose SEQUENCE
    and LAST-MODIFIED did not grow (OpenACalendar/OpenACalendar-Web-Core#176): here, any
    change has to be later, and one of day or status needs a higher SEQUENCE as well.
    """

    def __init__(self) -> None:
        self._held: dict[str, Component] = {}

    def receive(self, document: bytes) -> None:
        following = {}
        for event in _events(document):
            uid = event.value("UID")
            held = self._held.get(uid)
            following[uid] = event if held is None or self._has_grown(held, event) else held
        self._held = following

    def shown(self) -> dict[str, Shown]:
        return {
            uid: _shown(event, address="", alarms=0)
            for uid, event in self._held.items()
            if event.value("STATUS") != "CANCELLED"
        }

    @staticmethod
    def _has_grown(held: Component, event: Component) -> bool:
        has_moved = any(
            held.value(name) != event.value(name) for name in ("DTSTART", "DTEND", "STATUS")
        )
        rise = int(event.value("SEQUENCE")) - int(held.value("SEQUENCE"))
        return rise >= has_moved and event.value("LAST-MODIFIED") > held.value("LAST-MODIFIED")


class Nextcloud:
    """
    Nextcloud's subscriptions.

    The old events go only once the new feed has parsed, alarms are stripped, and events
    are kept by UID, so that two with one UID become one object (nextcloud/server,
    ``apps/dav/lib/CalDAV/WebcalCaching/``). Cancelled events are struck through.
    """

    def __init__(self) -> None:
        self._held: dict[str, Component] = {}

    def receive(self, document: bytes) -> None:
        try:
            READERS["icalendar"].read(document)
        except (Refused, ValueError, KeyError):
            return
        self._held = {event.value("UID"): event for event in _events(document)}

    def shown(self) -> dict[str, Shown]:
        return {
            uid: _shown(event, is_struck=event.value("STATUS") == "CANCELLED", alarms=0)
            for uid, event in self._held.items()
        }


class HomeAssistant:
    """
    Home Assistant's remote calendar.

    The parser is the real one; it refuses a whole feed for one fault, and the calendar is
    unavailable until the next good one (home-assistant/core,
    ``homeassistant/components/remote_calendar/``). It shows cancelled events
    (home-assistant/developers.home-assistant#3300).
    """

    def __init__(self) -> None:
        self._shown: dict[str, Shown] = {}

    def receive(self, document: bytes) -> None:
        self._shown = {}
        try:
            events = READERS["ical"].read(document)
        except Refused:
            return
        self._shown = {
            event.uid: Shown(event.first, event.after, event.summary, event.description)
            for event in events
        }

    def shown(self) -> dict[str, Shown]:
        return dict(self._shown)


CLIENTS = (ICSx5, Google, Nextcloud, HomeAssistant)
"""All of them; each starts with an empty calendar."""


def _events(document: bytes) -> Iterable[Component]:
    return Document.take_apart(document).events


def _shown(
    event: Component,
    *,
    is_struck: bool = False,
    address: str | None = None,
    alarms: int | None = None,
) -> Shown:
    return Shown(
        first=date.fromisoformat(event.value("DTSTART")),
        after=date.fromisoformat(event.value("DTEND")),
        summary=event.text("SUMMARY"),
        description=event.text("DESCRIPTION"),
        is_struck=is_struck,
        address=event.value("URL") if address is None else address,
        alarms=len(event.parts) if alarms is None else alarms,
    )
