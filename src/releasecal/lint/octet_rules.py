"""Rules about octets and lines, and about what holds a feed together."""

import re
import unicodedata
from collections.abc import Iterator
from functools import partial

from releasecal.lint.feed_text import BOM, FeedText, fault_in
from releasecal.lint.rule import ERROR, NOTE, WARNING, WHOLE, Fault, LintRule
from releasecal.sources.notation.clean_text import shown

MAX_OCTETS = 1_000_000
"""Google takes about a megabyte."""

MAX_EVENTS = 3_000
"""Events with which slow clients need half a minute."""

_MAX_LINE = 75
_CONTROL = re.compile("[\x01-\x08\x0b-\x0c\x0e-\x1f\x7f-\x9f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_OTHER_END = re.compile(rb"\r(?!\n)|(?<!\r)\n")
_PARENTS = {
    "VCALENDAR": "",
    "VEVENT": "VCALENDAR",
    "VTODO": "VCALENDAR",
    "VJOURNAL": "VCALENDAR",
    "VFREEBUSY": "VCALENDAR",
    "VTIMEZONE": "VCALENDAR",
    "VAVAILABILITY": "VCALENDAR",
    "AVAILABLE": "VAVAILABILITY",
    "STANDARD": "VTIMEZONE",
    "DAYLIGHT": "VTIMEZONE",
    "VALARM": "VEVENT VTODO",
    "PARTICIPANT": "VEVENT VTODO VJOURNAL VFREEBUSY",
    "VLOCATION": "VEVENT VTODO VJOURNAL VFREEBUSY PARTICIPANT",
    "VRESOURCE": "VEVENT VTODO VJOURNAL VFREEBUSY PARTICIPANT",
}


def _bom(feed: FeedText) -> Iterator[Fault]:
    if feed.octets.startswith(BOM):
        yield Fault(1, 1)


def _line_ends(feed: FeedText) -> Iterator[Fault]:
    found = list(_OTHER_END.finditer(feed.octets))
    if found:
        count, first = len(found), feed.octets[: found[0].start()]
        line = len(re.findall(rb"\r\n|\r|\n", first)) + 1
        yield Fault(line, 1, f"{count:,} lines do not end with CR and LF, first this one")


def _last_line(feed: FeedText) -> Iterator[Fault]:
    if not feed.octets.endswith((b"\r", b"\n")):
        yield Fault(len(feed.lines), 1)


def _encoding(feed: FeedText) -> Iterator[Fault]:
    for line in feed.content:
        if found := _SURROGATE.search(line.text):
            octet = ord(found[0]) - 0xDC00
            yield fault_in(line, found.start(), f"the octet {octet:02X} is no UTF-8")


def _cut_characters(feed: FeedText) -> Iterator[Fault]:
    for line in feed.content:
        for count, piece in enumerate(line.pieces[1:], 1):
            if _SURROGATE.match(feed.lines[line.number + count - 1][1:2]) and not (
                _SURROGATE.search(piece) or _SURROGATE.search(line.pieces[count - 1])
            ):
                yield Fault(line.number + count, 1)


def _cut_emoji(feed: FeedText) -> Iterator[Fault]:
    for line in feed.content:
        for count, piece in enumerate(line.pieces[1:], 1):
            first, before = piece[:1], line.pieces[count - 1][-1:]
            is_mark = first and unicodedata.category(first)[0] == "M"
            is_tone = "\U0001f3fb" <= first <= "\U0001f3ff"
            if is_mark or is_tone or "\u200d" in (first, before):
                yield Fault(line.number + count, 1)


def _long_lines(feed: FeedText) -> Iterator[Fault]:
    for number, line in enumerate(feed.lines, 1):
        if len(line) > _MAX_LINE // 4:  # a character has four octets at most
            size = len(line.encode("utf-8", "surrogateescape"))
            if size > _MAX_LINE:
                yield Fault(number, _MAX_LINE + 1, f"the line has {size:,} octets", line[:200])


def _lost_spaces(feed: FeedText) -> Iterator[Fault]:
    for number, line in enumerate(feed.lines, 1):
        if line[:1] in (" ", "\t") and (line[1:2] in (" ", "\t") or len(line) == 1):
            yield Fault(number, 1, content=line[:200])


def _blank_lines(feed: FeedText) -> Iterator[Fault]:
    yield from (Fault(number) for number, line in enumerate(feed.lines, 1) if not line)


def _characters(feed: FeedText, pattern: re.Pattern[str]) -> Iterator[Fault]:
    for number, line in enumerate(feed.lines, 1):
        if found := pattern.search(line):
            what = f"the control character U+{ord(found[0]):04X}"
            yield Fault(number, found.start() + 1, what, line[:200])


def _too_large(feed: FeedText) -> Iterator[Fault]:
    if len(feed.octets) > MAX_OCTETS:
        yield Fault(what=f"has {len(feed.octets):,} octets")


def _too_many(feed: FeedText) -> Iterator[Fault]:
    count = sum(1 for _ in feed.events)
    if count > MAX_EVENTS:
        yield Fault(what=f"has {count:,} events")


def _no_calendar(feed: FeedText) -> Iterator[Fault]:
    if not feed.calendars:
        yield WHOLE


def _several_calendars(feed: FeedText) -> Iterator[Fault]:
    yield from (calendar.fault() for calendar in feed.calendars[1:])


def _broken(feed: FeedText, rule: str) -> Iterator[Fault]:
    yield from feed.broken.get(rule, ())


def _unknown_components(feed: FeedText) -> Iterator[Fault]:
    for each in feed.components:
        if each.name not in _PARENTS and not each.name.startswith("X-"):
            yield each.fault(f"{shown(each.name)} is no component of a calendar")


def _misplaced(feed: FeedText) -> Iterator[Fault]:
    for each in feed.components:
        parent = each.parent.name if each.parent else ""
        places = _PARENTS.get(each.name)
        if places is not None and parent not in (places.split() or [""]):
            yield each.fault(
                f"{each.name} cannot stand {f'in {shown(parent)}' if parent else 'alone'}"
            )


def _empty(feed: FeedText) -> Iterator[Fault]:
    for calendar in feed.calendars:
        if not calendar.parts:
            yield calendar.fault()


OCTET_RULES: tuple[LintRule[FeedText], ...] = (
    LintRule(
        "no-calendar",
        ERROR,
        "this is no calendar: nothing begins with BEGIN:VCALENDAR",
        "RFC 5545 § 3.4",
        "Thunderbird and Evolution empty the calendar; the others keep what they had",
        "send the calendar itself, not a page or an empty answer",
        _no_calendar,
    ),
    LintRule(
        "byte-order-mark",
        ERROR,
        "begins with a byte order mark",
        "RFC 5545 § 3.4",
        "Google, Apple, Android, Home Assistant and ical.js refuse the feed, as do 15 of 35 clients measured",
        "write it as UTF-8 without a mark",
        _bom,
    ),
    LintRule(
        "not-utf-8",
        ERROR,
        "has octets that are no UTF-8",
        "RFC 5545 § 3.1.4",
        "Home Assistant refuses the whole feed, the others show wrong letters",
        "write it as UTF-8",
        _encoding,
    ),
    LintRule(
        "cut-character",
        ERROR,
        "is folded in the middle of a character",
        "RFC 5545 § 3.1",
        "Home Assistant and CalDAV servers refuse the feed; others show wrong letters",
        "fold between characters, counting octets",
        _cut_characters,
    ),
    LintRule(
        "cut-emoji",
        NOTE,
        "is folded inside an emoji, or between a letter and its mark",
        "Unicode Standard Annex #29",
        "some readers show two broken characters",
        "fold before the whole emoji or letter",
        _cut_emoji,
    ),
    LintRule(
        "line-end",
        WARNING,
        "lines do not end with CR and LF",
        "RFC 5545 § 3.1",
        "LF is taken by most, though Safari wants both; CR alone Home Assistant and Thunderbird refuse",
        "end each line with CR and LF",
        _line_ends,
    ),
    LintRule(
        "last-line-end",
        NOTE,
        "the last line has no end",
        "RFC 5545 § 3.1",
        "most take it; the feed looks like one that was cut short",
        "end the last line, too, with CR and LF",
        _last_line,
    ),
    LintRule(
        "long-line",
        WARNING,
        "the line is longer than 75 octets",
        "RFC 5545 § 3.1",
        "most take it; old readers cut the text",
        "fold it: CR, LF and a space after 75 octets at most",
        _long_lines,
    ),
    LintRule(
        "lost-space",
        NOTE,
        "continues with a space of the text, or with nothing",
        "ProtonMail/WebClients#513",
        "Proton and others lose the space, and two words grow together",
        "fold before another character",
        _lost_spaces,
    ),
    LintRule(
        "blank-line",
        WARNING,
        "the line is blank",
        "RFC 5545 § 3.1",
        "most pass over it; CalDAV servers such as Xandikos refuse the feed",
        "leave it out",
        _blank_lines,
    ),
    LintRule(
        "nul",
        ERROR,
        "has a NUL",
        "RFC 5545 § 3.1",
        "Home Assistant refuses the whole feed; to programs on libical (GNOME, KDE) it ends there",
        "take it out of the texts where they come from",
        partial(_characters, pattern=re.compile("\0")),
    ),
    LintRule(
        "control-character",
        ERROR,
        "has a control character",
        "RFC 5545 § 3.1",
        "Home Assistant and Xandikos refuse the whole feed",
        "take it out of the texts where they come from",
        partial(_characters, pattern=_CONTROL),
    ),
    LintRule(
        "too-large",
        WARNING,
        "is larger than 1 MB",
        "Google Calendar Help, answer 45654, as reported in roed314/seminars#777",
        "Google loses events, or the whole feed; Proton says that it is too big",
        "leave out what is long past, or offer feeds of a part",
        _too_large,
    ),
    LintRule(
        "too-many-events",
        NOTE,
        "has more than 3,000 events",
        "measured with 35 clients",
        "some need half a minute; CalDAV servers take 0.1 s an event",
        "leave out what is long past, or offer feeds of a part",
        _too_many,
    ),
    LintRule(
        "several-calendars",
        ERROR,
        "has another calendar",
        "RFC 5545 § 3.4",
        "Home Assistant and ical.js refuse the feed; most read the first one only",
        "put all events into one VCALENDAR",
        _several_calendars,
    ),
    LintRule(
        "text-before",
        ERROR,
        "something stands before BEGIN:VCALENDAR",
        "RFC 5545 § 3.4",
        "Thunderbird and Apple refuse the feed (nwcell/ics.js#35)",
        "begin with BEGIN:VCALENDAR; a warning of the program may have come into it",
        partial(_broken, rule="text-before"),
    ),
    LintRule(
        "text-after",
        ERROR,
        "something stands after END:VCALENDAR",
        "RFC 5545 § 3.4",
        "Home Assistant and Thunderbird refuse the feed",
        "end with END:VCALENDAR",
        partial(_broken, rule="text-after"),
    ),
    LintRule(
        "unclosed",
        ERROR,
        "a component has no end",
        "RFC 5545 § 3.6",
        "Thunderbird, Nextcloud and Home Assistant refuse the feed; others lose the rest of it",
        "write its END; if the feed was cut short, see why",
        partial(_broken, rule="unclosed"),
    ),
    LintRule(
        "stray-end",
        ERROR,
        "this END ends nothing",
        "RFC 5545 § 3.6",
        "Thunderbird, Nextcloud and Home Assistant refuse the feed",
        "leave it out, or write the BEGIN",
        partial(_broken, rule="stray-end"),
    ),
    LintRule(
        "not-a-property",
        ERROR,
        "this line is no property",
        "RFC 5545 § 3.1",
        "Thunderbird, Nextcloud, Home Assistant and Google refuse the whole feed",
        "a folded line begins with a space, and a line end in a text is \\n",
        partial(_broken, rule="not-a-property"),
    ),
    LintRule(
        "property-name",
        ERROR,
        "this is no name of a property",
        "RFC 5545 § 3.1",
        "Home Assistant refuses the whole feed (home-assistant/core#146716)",
        "use letters, digits and hyphens; a folded line begins with a space",
        partial(_broken, rule="property-name"),
    ),
    LintRule(
        "unknown-component",
        WARNING,
        "this is no component of a calendar",
        "RFC 5545 § 3.6",
        "vdirsyncer stops with an error; most pass over it",
        "leave it out, or give it a name that begins with X-",
        _unknown_components,
    ),
    LintRule(
        "misplaced-component",
        WARNING,
        "this component stands in the wrong place",
        "RFC 5545 § 3.6",
        "most pass over it",
        "alarms stand in events, STANDARD and DAYLIGHT in VTIMEZONE, all else in VCALENDAR",
        _misplaced,
    ),
    LintRule(
        "no-component",
        NOTE,
        "has no event",
        "RFC 5545 § 3.6 wants one component",
        "all of 35 clients show an empty calendar",
        "right if there is nothing to show",
        _empty,
    ),
)
"""The rules about octets and structure; of a text that is no calendar the first one is told alone."""
