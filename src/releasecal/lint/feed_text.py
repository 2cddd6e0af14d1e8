"""
Feed text: any octets, read leniently into lines, properties and components.

`icalendar` mends or hides what rules have to see. Nothing here fails: what does not hang together
is kept under the rule that it breaks. All takes time in proportion to the octets.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from releasecal.lint.rule import Fault
from releasecal.sources.notation.calendar_lines import (
    LINE_END,
    ContentLine,
    property_parts,
    unescaped,
    unfolded,
)
from releasecal.sources.notation.clean_text import shown

BOM = b"\xef\xbb\xbf"

_TOKEN = re.compile(r"[A-Za-z0-9-]+")
_SURROGATE = re.compile("[\ud800-\udfff]")
_MAX_SHOWN = 200  # characters of a content line
_AT_TOP = ("VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VTIMEZONE")


@dataclass(frozen=True, slots=True, eq=False)
class Component:
    """A component, with those of its properties that are some, and the components in it."""

    name: str
    begin: ContentLine
    parent: "Component | None" = None
    properties: list["FeedProperty"] = field(default_factory=list)
    parts: list["Component"] = field(default_factory=list)

    def all(self, *names: str) -> Iterator["FeedProperty"]:
        """Yield its properties called one of *names*."""
        return (each for each in self.properties if each.name in names)

    def get(self, *names: str) -> "FeedProperty | None":
        """Return the first of them, if there is one."""
        return next(self.all(*names), None)

    def text(self, name: str) -> str:
        """Return the text of the first property called *name*; empty if there is none."""
        found = self.get(name)
        return found.text if found else ""

    def value(self, name: str) -> str:
        """Return its value as it stands."""
        found = self.get(name)
        return found.value if found else ""

    @property
    def who(self) -> str:
        """Its name in messages."""
        title = self.text("SUMMARY") or self.value("UID")
        return shown(title[:_MAX_SHOWN]) if title.strip() else f"this {self.name}"

    def fault(self, what: str = "") -> Fault:
        """Return a fault of the component as a whole."""
        return fault_in(self.begin, 0, what)


@dataclass(frozen=True, slots=True, eq=False)
class FeedProperty:
    """
    A property.

    Attributes:
        name: In capitals.
        params: With their quotation marks; names in capitals.
        value: As it stands.
    """

    line: ContentLine
    name: str
    params: Sequence[tuple[str, str]]
    value: str
    owner: Component

    @property
    def text(self) -> str:
        """Its value as a text."""
        return unescaped(self.value) if "\\" in self.value else self.value

    def param(self, name: str) -> str:
        """Return the parameter called *name* without its quotation marks; empty without it."""
        return next((value.strip('"') for known, value in self.params if known == name), "")

    def fault(self, what: str = "", at: int | None = None) -> Fault:
        """Return a fault *at* an offset of the value, or of the property as a whole."""
        offset = 0 if at is None else len(self.line.text) - len(self.value) + at
        return fault_in(self.line, offset, what)


def fault_in(line: ContentLine, offset: int, what: str = "") -> Fault:
    """Return a fault at *offset* of a content *line*."""
    number, column = line.place(offset)
    return Fault(number, column, what, line.text[:_MAX_SHOWN])


@dataclass(frozen=True, slots=True, eq=False)
class FeedText:
    """
    A feed.

    Attributes:
        now: The moment at which it was read, UTC.
        lines: As they were sent, without their ends; a byte order mark is left out.
        components: In the order in which they begin.
        properties: Of all components, in their order.
        named: The same by their names.
        broken: What does not hang together, by the id of the rule that it breaks.
    """

    octets: bytes
    now: datetime
    lines: Sequence[str]
    content: Sequence[ContentLine]
    components: Sequence[Component]
    properties: Sequence[FeedProperty]
    named: Mapping[str, Sequence[FeedProperty]]
    broken: Mapping[str, Sequence[Fault]]

    def kinds(self, *names: str) -> Iterator[Component]:
        """Yield the components called one of *names*."""
        return (each for each in self.components if each.name in names)

    def all(self, *names: str) -> Iterator[FeedProperty]:
        """Yield the properties called one of *names*."""
        for name in names:
            yield from self.named.get(name, ())

    @property
    def calendars(self) -> Sequence[Component]:
        """Its VCALENDARs; there should be one."""
        return list(self.kinds("VCALENDAR"))

    @property
    def events(self) -> Iterator[Component]:
        """Its events."""
        return self.kinds("VEVENT")


def read_feed(octets: bytes, now: datetime) -> FeedText:
    """Return the feed in any *octets*; those that are not UTF-8 become lone surrogates."""
    text = octets.removeprefix(BOM).decode("utf-8", "surrogateescape")
    lines = LINE_END.split(text)
    tree = _Tree()
    content = [_mended(line) for line in unfolded(text)]
    for line in content:
        tree.take(line)
    tree.close()
    named = defaultdict(list)
    for each in tree.properties:
        named[each.name].append(each)
    return FeedText(
        octets,
        now,
        lines if lines[-1] else lines[:-1],
        content,
        tree.components,
        tree.properties,
        dict(named),
        dict(tree.broken),
    )


def _mended(line: ContentLine) -> ContentLine:
    """Return *line* with the characters whole that a fold has cut in two."""
    if len(line.pieces) == 1 or not _SURROGATE.search(line.text):
        return line
    pieces = [piece.encode("utf-8", "surrogateescape") for piece in line.pieces]
    for number in range(len(pieces) - 1):  # what is left of a character goes to the line before
        rest = re.match(rb"[\x80-\xbf]{0,3}", pieces[number + 1])
        cut = rest.end() if rest else 0
        pieces[number] += pieces[number + 1][:cut]
        pieces[number + 1] = pieces[number + 1][cut:]
    return ContentLine(line.number, tuple(p.decode("utf-8", "surrogateescape") for p in pieces))


class _Tree:
    """Takes content lines one by one, and keeps what they make."""

    def __init__(self) -> None:
        self.components: list[Component] = []
        self.properties: list[FeedProperty] = []
        self.broken: dict[str, list[Fault]] = defaultdict(list)
        self._open: list[Component] = []

    def take(self, line: ContentLine) -> None:
        """Take the next line."""
        content = line.text
        if not content.strip():
            return
        head, _, kind = content.upper().partition(":")
        if head == "BEGIN":
            self._begin(kind.strip(), line)
        elif head == "END":
            self._end(kind.strip(), line)
        elif self._open:
            self._property(line, content)
        else:
            where = "text-after" if self.components else "text-before"
            self.broken[where].append(fault_in(line, 0))

    def close(self) -> None:
        """End with the feed whatever is open."""
        while self._open:
            self._unclosed()

    def _begin(self, kind: str, line: ContentLine) -> None:
        keep = 0 if kind == "VCALENDAR" else 1 if kind in _AT_TOP else len(self._open)
        while len(self._open) > keep:
            self._unclosed()
        parent = self._open[-1] if self._open else None
        component = Component(kind, line, parent)
        if parent:
            parent.parts.append(component)
        self.components.append(component)
        self._open.append(component)

    def _end(self, kind: str, line: ContentLine) -> None:
        if all(each.name != kind for each in self._open[-20:]):
            self.broken["stray-end"].append(fault_in(line, 0))
            return
        while self._open[-1].name != kind:
            self._unclosed()
        self._open.pop()

    def _unclosed(self) -> None:
        component = self._open.pop()
        fault = fault_in(component.begin, 0, f"this {shown(component.name)} has no end")
        self.broken["unclosed"].append(fault)

    def _property(self, line: ContentLine, content: str) -> None:
        parts = property_parts(content)
        if parts is None:
            rule, offset = _why(content)
            self.broken[rule].append(fault_in(line, offset))
            return
        found = FeedProperty(line, *parts, self._open[-1])
        self._open[-1].properties.append(found)
        self.properties.append(found)


def _why(content: str) -> tuple[str, int]:
    """Return the rule that *content*, which is no property, breaks, and the place in it."""
    name = re.match("[^:;]*", content)
    end = name.end() if name else 0
    if end == len(content):
        return "not-a-property", 0
    if not _TOKEN.fullmatch(content[:end]):
        return "property-name", 0
    return ("quote" if content.count('"') % 2 else "parameter"), end
