"""
What `icalendar` makes of an event, and our rule of folding in its plainest form.

The renderer writes the same bytes by hand; the tests hold it against this.
"""

import re
import unicodedata
from datetime import date

from icalendar import Alarm, Event
from icalendar.cal.component import Component
from icalendar.prop import vText

from releasecal.core.editions import Entry
from releasecal.formats.event_text import description, status, summary
from releasecal.queries.feed_query import FeedQuery
from releasecal.queries.parameters import Cancelled
from releasecal.queries.site import SiteSettings


class Text(vText):
    r"""A text with the escapes of RFC 5545 § 3.3.11; `vText` makes a line end of any ``\N``."""

    def to_ical(self) -> bytes:
        return re.sub(r"([\\;,])", r"\\\1", self).replace("\n", r"\n").encode()


def event(entry: Entry, site: SiteSettings, query: FeedQuery, today: date) -> bytes:
    """Return the event of *entry*, its words from us and all else from `icalendar`."""
    first, after = query.span_of(entry)
    is_off = query.place(entry)[2]
    page = site.page(entry.key.film)
    made = Event()
    made.add("uid", site.uid(entry.key))
    made.add("dtstamp", entry.changed(today))
    made.add("dtstart", first)
    made.add("dtend", after)
    told = Text(summary(entry, query, today, is_off=is_off))
    made.add("summary", told)
    text = description(entry, query, today, address=page, is_off=is_off)
    made.add("description", Text(text))
    made.add("categories", list(entry.categories))
    made.add("url", page)
    if not (is_off and query.cancelled is Cancelled.KEEP):
        made.add("status", status(entry, is_off=is_off))
    made.add("transp", "TRANSPARENT")
    made.add("class", "PUBLIC")
    made.add("sequence", entry.sequence)
    made.add("created", entry.created)
    made.add("last-modified", entry.changed(today))
    made.add("color", entry.facts.release.kind.color)
    for key in entry.facts.related:
        made.add("related-to", site.uid(key))
    made.add("x-microsoft-cdo-busystatus", "FREE")
    for offset in query.alarm if not is_off else ():
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", told)
        alarm.add("trigger", offset)
        made.add_component(alarm)
    return written(made)


def written(component: Component) -> bytes:
    """Return what `icalendar` makes of *component*, folded by our rule instead of its own."""
    lines = component.to_ical().replace(b"\r\n ", b"").decode().removesuffix("\r\n")
    return "".join(map(folded, lines.split("\r\n"))).encode()


def folded(line: str) -> str:
    """Return a content *line* with CRLF, folded as late as 75 octets and people allow."""
    pieces = []
    room = 75
    while len(line.encode()) > room:
        most = len(line.encode()[:room].decode(errors="ignore"))
        at = next((at for at in range(most, most // 2, -1) if _may_fold(line, at)), most)
        pieces.append(line[:at])
        line = line[at:]
        room = 74
    return "\r\n ".join([*pieces, line]) + "\r\n"


def _may_fold(line: str, at: int) -> bool:
    before, after = line[at - 1], line[at]
    joiners = "\u200c\u200d\ufe0e\ufe0f"
    if after.isspace() or after in joiners or before in joiners:
        return False
    if unicodedata.category(after)[0] == "M" or "\U0001f3fb" <= after <= "\U0001f3ff":
        return False
    flags = "\U0001f1e6", "\U0001f1ff"
    return not all(flags[0] <= char <= flags[1] for char in (before, after))
