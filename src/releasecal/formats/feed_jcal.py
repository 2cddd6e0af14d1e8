"""
jCal (RFC 7265): the calendar of a feed in JSON, for programs.

It has the properties, events and notices of iCalendar, from the same values: what turns one into
the other finds both equal. The type of a value stands beside the name, where iCalendar has a
default or VALUE. A name that begins with X- has neither, so its value is "unknown" here: the text
of the content line, with its escapes (§ 5.1).
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

import msgspec

from releasecal.core.dates import timestamp
from releasecal.core.durations import offset_text
from releasecal.formats.content_lines import escape
from releasecal.formats.event_columns import Event, Property, Uri
from releasecal.formats.event_properties import (
    alarm_properties,
    entry_events,
    is_in_range,
    left_out_notice,
    stale_notice,
    unseen_notices,
)
from releasecal.formats.ics import calendar_frame, heading_values
from releasecal.formats.size_limit import fit
from releasecal.queries.results import Feed, Heading

_MAX_OCTETS_AROUND = 4_000  # of the notice "left out", last-modified, the end of the calendar

_TYPES: Mapping[type, tuple[str, Callable[[Any], object]]] = {
    str: ("text", str),
    Uri: ("uri", str),
    int: ("integer", int),
    date: ("date", date.isoformat),
    datetime: ("date-time", timestamp),
    timedelta: ("duration", offset_text),
}
"""The name and the writer of each type of value (RFC 7265 § 3.6)."""


def render(feed: Feed) -> bytes:
    """
    Return *feed* as one jCal array, UTF-8, an event a line; equal feeds make equal bytes.

    What iCalendar leaves out is left out here, too: releases outside 1970-2037, and those that
    find no room, which a notice counts.
    """
    found = [*entry_events(feed.entries, feed.site, feed.query, feed.today)]
    shown = [(each, _component(each)) for each in found if is_in_range(each.first, each.after)]
    notices = [stale_notice(feed, feed.stale_since)] if feed.stale_since else []
    notices += unseen_notices(
        feed, [each.after for each in found if not is_in_range(each.first, each.after)]
    )
    head, kept = _head(feed.heading), shown
    if feed.max_octets is not None:
        around = b"".join([*head, *map(_component, notices)])
        room = feed.max_octets - _MAX_OCTETS_AROUND - len(around)
        bodies = {*fit([(each.after, body) for each, body in shown], feed.today, room)}
        kept = [part for part in shown if part[1] in bodies]
    if left_out := feed.left_out + len(shown) - len(kept):
        notices.append(left_out_notice(feed, len(kept), left_out))
    told = [*kept, *((each, _component(each)) for each in notices)]
    modified = map(_property, _last_modified([each for each, _ in told], feed.left))
    events = b",\n".join(body for _, body in told)
    return b'["vcalendar",%s,[\n%s\n]]\n' % (_array([*head, *modified]), events)


def _head(heading: Heading) -> list[bytes]:
    """Return the properties of the calendar with *heading*, as `icalendar` has them."""
    values = heading_values(heading)
    frame: Any = calendar_frame(heading.site.ask_every).to_jcal()
    made = []
    for name, parameters, kind, text in frame[1]:
        value = text % values
        # The library does not know COLOR (RFC 7986 § 5.9), which is a text.
        known = "text" if kind == "unknown" else kind
        typed = ["unknown", escape(value)] if name.startswith("x-") else [known, value]
        made.append(msgspec.json.encode([name, parameters, *typed]))
    return made


def _last_modified(events: Iterable[Event], left: datetime | None) -> list[Property]:
    """Return the property that says when one of *events* last changed, or one *left*."""
    moments = [
        value
        for event in events
        for name, _, value in event.properties
        if name == "LAST-MODIFIED" and isinstance(value, datetime)
    ]
    moments += [left] if left else []
    return [("LAST-MODIFIED", (), max(moments))] if moments else []


def _component(event: Event) -> bytes:
    """Return *event* with its alarms."""
    alarms = [
        b'["valarm",%s,[]]' % _array(map(_property, properties))
        for properties in alarm_properties(event.summary, event.alarms)
    ]
    properties = _array(map(_property, event.properties))
    return b'["vevent",%s,[%s]]' % (properties, b",".join(alarms))


def _property(each: Property) -> bytes:
    """Return a property as its name in small letters, parameters, type and values (§ 3.4)."""
    name, parameters, value = each
    # The type stands for VALUE (§ 3.5.1).
    beside = {key.lower(): text for key, text in parameters if key != "VALUE"}
    return msgspec.json.encode([name.lower(), beside, *_typed(name, value)])


def _typed(name: str, value: Any) -> list[object]:
    if name.startswith("X-"):
        return ["unknown", escape(value)]
    if isinstance(value, tuple):
        return ["text", *value]
    kind, written = _TYPES[type(value)]
    return [kind, written(value)]


def _array(items: Iterable[bytes]) -> bytes:
    return b"[%s]" % b",".join(items)
