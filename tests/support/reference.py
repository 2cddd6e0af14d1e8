"""
iCalendar's own writing of an event's properties, and our rule of folding in its plainest form.

The renderer writes the same bytes by hand; the tests compare the two.
"""

import re
import unicodedata
from collections.abc import Iterable

from icalendar import Alarm, Event
from icalendar.cal.component import Component
from icalendar.prop import vCategory, vText, vUri

from releasecal.formats.event_columns import Event as Values
from releasecal.formats.event_columns import Property, Uri
from releasecal.formats.event_properties import alarm_properties


class Text(vText):
    r"""A text with the escapes of RFC 5545 § 3.3.11; `vText` makes a line end of any ``\N``."""

    def to_ical(self) -> bytes:
        return re.sub(r"([\\;,])", r"\\\1", self).replace("\n", r"\n").encode()


def event(values: Values) -> bytes:
    """Return the VEVENT of *values*, in `icalendar`'s order of properties."""
    made = filled(Event(), values.properties)
    for each in alarm_properties(values.summary, values.alarms):
        made.add_component(filled(Alarm(), each))
    return written(made)


def filled(component: Component, values: Iterable[Property]) -> Component:
    """Add *values* to *component*, which finds out VALUE=DATE by itself."""
    for name, parameters, value in values:
        plain = isinstance(value, str) and not isinstance(value, Uri)
        told = {name: text for name, text in parameters if text != "DATE"}
        component.add(name, Text(value) if plain else _python(value), parameters=told)
    return component


def _python(value: object) -> object:
    if isinstance(value, Uri):
        return vUri(value)
    if not isinstance(value, tuple):
        return value
    texts = vCategory(value)
    texts.cats = [Text(text) for text in value]
    return texts


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
