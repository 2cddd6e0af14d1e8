"""Rules about the calendar itself: its properties, its name, its pace and its zones."""

import re
from collections.abc import Iterator

from releasecal.lint.feed_text import Component, FeedProperty, FeedText
from releasecal.lint.properties import is_duration
from releasecal.lint.rule import ERROR, NOTE, WARNING, Fault, LintRule
from releasecal.sources.notation.calendar_events import zone_of
from releasecal.sources.notation.clean_text import shown

_MAX_NAME = 100
_PACES = ("REFRESH-INTERVAL", "X-PUBLISHED-TTL")
_METHODS = ("", "PUBLISH")
# CSS Color Module Level 3, § 4.3, which RFC 7986 § 5.9 refers to.
_COLOURS = """aliceblue antiquewhite aqua aquamarine azure beige bisque black blanchedalmond blue
    blueviolet brown burlywood cadetblue chartreuse chocolate coral cornflowerblue cornsilk
    crimson cyan darkblue darkcyan darkgoldenrod darkgray darkgreen darkgrey darkkhaki
    darkmagenta darkolivegreen darkorange darkorchid darkred darksalmon darkseagreen
    darkslateblue darkslategray darkslategrey darkturquoise darkviolet deeppink deepskyblue
    dimgray dimgrey dodgerblue firebrick floralwhite forestgreen fuchsia gainsboro
    ghostwhite gold goldenrod gray green greenyellow grey honeydew hotpink indianred indigo
    ivory khaki lavender lavenderblush lawngreen lemonchiffon lightblue lightcoral lightcyan
    lightgoldenrodyellow lightgray lightgreen lightgrey lightpink lightsalmon lightseagreen
    lightskyblue lightslategray lightslategrey lightsteelblue lightyellow lime limegreen
    linen magenta maroon mediumaquamarine mediumblue mediumorchid mediumpurple
    mediumseagreen mediumslateblue mediumspringgreen mediumturquoise mediumvioletred
    midnightblue mintcream mistyrose moccasin navajowhite navy oldlace olive olivedrab
    orange orangered orchid palegoldenrod palegreen paleturquoise palevioletred papayawhip
    peachpuff peru pink plum powderblue purple red rosybrown royalblue saddlebrown salmon
    sandybrown seagreen seashell sienna silver skyblue slateblue slategray slategrey snow
    springgreen steelblue tan teal thistle tomato turquoise violet wheat white whitesmoke
    yellow yellowgreen"""
_CSS_COLOURS = frozenset(_COLOURS.split())
_HEX_COLOUR = re.compile("#[0-9A-Fa-f]{6}(?:[0-9A-Fa-f]{2})?")


def _missing(feed: FeedText, name: str) -> Iterator[Fault]:
    yield from (each.fault() for each in feed.calendars if not each.value(name).strip())


def _no_version(feed: FeedText) -> Iterator[Fault]:
    return _missing(feed, "VERSION")


def _no_prodid(feed: FeedText) -> Iterator[Fault]:
    return _missing(feed, "PRODID")


def _version(feed: FeedText) -> Iterator[Fault]:
    for each in feed.all("VERSION"):
        if each.value.strip() not in ("", "2.0"):
            yield each.fault(f"VERSION is {shown(each.value[:200])}", 0)


def _order(feed: FeedText) -> Iterator[Fault]:
    for calendar in feed.calendars:
        late = [p for p in calendar.properties[2:] if p.name in ("VERSION", "PRODID")]
        yield from (each.fault(f"{each.name} is not among the first two") for each in late[:1])


def _after_parts(feed: FeedText) -> Iterator[Fault]:
    for calendar in feed.calendars:
        if calendar.parts:
            first = calendar.parts[0].begin.number
            late = [each for each in calendar.properties if each.line.number > first]
            yield from (each.fault(f"{each.name} stands after a component") for each in late[:1])


def _calscale(feed: FeedText) -> Iterator[Fault]:
    for each in feed.all("CALSCALE"):
        if each.value.upper() != "GREGORIAN":
            yield each.fault(f"CALSCALE is {shown(each.value[:200])}", 0)


def _method(feed: FeedText) -> Iterator[Fault]:
    for each in feed.all("METHOD"):
        if each.value.upper() not in _METHODS:
            yield each.fault(f"METHOD is {shown(each.value[:200])}", 0)


def _no_name(feed: FeedText) -> Iterator[Fault]:
    return _missing(feed, "X-WR-CALNAME")


def _names(feed: FeedText) -> Iterator[Fault]:
    for calendar in feed.calendars:
        known, wide = {each.text for each in calendar.all("NAME")}, calendar.get("X-WR-CALNAME")
        if known and wide and wide.text not in known:
            yield wide.fault("NAME and X-WR-CALNAME differ", 0)


def _name_form(feed: FeedText) -> Iterator[Fault]:
    for each in feed.all("X-WR-CALNAME"):
        if len(each.text) > _MAX_NAME:
            yield each.fault(f"the name has more than {_MAX_NAME} characters", _MAX_NAME)


def _name_escapes(feed: FeedText) -> Iterator[Fault]:
    for each in feed.all("X-WR-CALNAME"):
        if re.search(r"\\[,;]", each.value):
            yield each.fault("the name has escapes", each.value.index("\\"))


def _no_pace(feed: FeedText) -> Iterator[Fault]:
    for each in feed.calendars:
        if not each.get(*_PACES):
            yield each.fault()


def _pace(feed: FeedText) -> Iterator[Fault]:
    for each in feed.all(*_PACES):
        lacks_type = each.name == _PACES[0] and each.param("VALUE").upper() != "DURATION"
        is_time = is_duration(each.value) and re.search("[1-9]", each.value)
        if not is_time or each.value.startswith("-"):
            yield each.fault(f"{each.name} is no time to wait: {shown(each.value[:200])}", 0)
        elif lacks_type:
            yield each.fault(f"{each.name} needs VALUE=DURATION")


def _paces(feed: FeedText) -> Iterator[Fault]:
    for calendar in feed.calendars:
        pace, floor = calendar.get(_PACES[0]), calendar.get(_PACES[1])
        times = [each for each in (pace, floor) if each and is_duration(each.value)]
        if floor and len(times) == 2 and times[0].value != times[1].value:
            yield floor.fault("REFRESH-INTERVAL and X-PUBLISHED-TTL differ", 0)


def _uid(feed: FeedText) -> Iterator[Fault]:
    for calendar in feed.calendars:
        yield from (each.fault("the calendar has a UID") for each in calendar.all("UID"))


def _colour(feed: FeedText) -> Iterator[Fault]:
    for each in feed.all("COLOR"):
        if each.value.lower() not in _CSS_COLOURS:
            yield each.fault(f"CSS knows no colour {shown(each.value[:200])}", 0)


def _hex_colour(feed: FeedText) -> Iterator[Fault]:
    for each in feed.all("X-APPLE-CALENDAR-COLOR"):
        if not _HEX_COLOUR.fullmatch(each.value):
            yield each.fault(f"X-APPLE-CALENDAR-COLOR is {shown(each.value[:200])}", 0)


def _zone_hint(feed: FeedText) -> Iterator[Fault]:
    for each in feed.all("X-WR-TIMEZONE"):
        if not zone_of(each.text[:200]):
            yield each.fault(f"X-WR-TIMEZONE is no known zone: {shown(each.value[:200])}", 0)


def _named_zones(feed: FeedText) -> Iterator[tuple[str, Component]]:
    yield from ((each.value("TZID"), each) for each in feed.kinds("VTIMEZONE"))


def _zoned(feed: FeedText) -> Iterator[tuple[str, FeedProperty]]:
    for each in feed.properties:
        if each.params and each.name != "TZID" and (zone := each.param("TZID")):
            yield zone, each


def _nameless_zones(feed: FeedText) -> Iterator[Fault]:
    yield from (component.fault() for zone, component in _named_zones(feed) if not zone)


def _zone_twice(feed: FeedText) -> Iterator[Fault]:
    seen = set()
    for zone, component in _named_zones(feed):
        if zone and zone in seen:
            yield component.fault(f"the zone {shown(zone[:200])} is defined again")
        seen.add(zone)


def _zone_parts(feed: FeedText) -> Iterator[Fault]:
    for _, component in _named_zones(feed):
        if not any(part.name in ("STANDARD", "DAYLIGHT") for part in component.parts):
            yield component.fault()


def _observances(feed: FeedText) -> Iterator[Fault]:
    for part in feed.kinds("STANDARD", "DAYLIGHT"):
        for name in ("DTSTART", "TZOFFSETFROM", "TZOFFSETTO"):
            if not part.get(name):
                yield part.fault(f"{part.name} has no {name}")


def _undefined_zones(feed: FeedText) -> Iterator[Fault]:
    known = {zone for zone, _ in _named_zones(feed)}
    told: set[str] = set()
    for zone, each in _zoned(feed):
        if zone not in known | told:
            told.add(zone)
            yield each.fault(f"the zone {shown(zone[:200])} is not defined")


def _unused_zones(feed: FeedText) -> Iterator[Fault]:
    used = {zone for zone, _ in _zoned(feed)}
    for zone, component in _named_zones(feed):
        if zone and zone not in used:
            yield component.fault(f"nothing is in the zone {shown(zone[:200])}")


def _unknown_zones(feed: FeedText) -> Iterator[Fault]:
    for zone, component in _named_zones(feed):
        if zone and not zone_of(zone[:200]):
            yield component.fault(f"the zone {shown(zone[:200])} has no name that is known")


CALENDAR_RULES: tuple[LintRule[FeedText], ...] = (
    LintRule(
        "no-version",
        ERROR,
        "VERSION is missing",
        "RFC 5545 § 3.7.4",
        "KDE, calcurse and ics.py refuse the feed",
        "write VERSION:2.0",
        _no_version,
    ),
    LintRule(
        "version",
        ERROR,
        "this is not version 2.0",
        "RFC 5545 § 3.7.4",
        "readers of both formats take it for the vCalendar of 1996",
        "write VERSION:2.0",
        _version,
    ),
    LintRule(
        "no-prodid",
        ERROR,
        "PRODID is missing",
        "RFC 5545 § 3.7.3",
        "KDE, calcurse and ics.py refuse the feed",
        "write PRODID:-//who//what//EN",
        _no_prodid,
    ),
    LintRule(
        "opening",
        NOTE,
        "VERSION and PRODID do not come first",
        "conduct of old readers",
        "most take any order; old readers look for VERSION at the beginning",
        "write them right after BEGIN:VCALENDAR",
        _order,
    ),
    LintRule(
        "property-after-component",
        NOTE,
        "a property of the calendar stands after a component",
        "RFC 5545 § 3.4: icalbody",
        "most take it; the standard wants it before",
        "write it before the first BEGIN",
        _after_parts,
    ),
    LintRule(
        "calscale",
        ERROR,
        "the calendar is not Gregorian",
        "RFC 5545 § 3.7.1",
        "days are read as Gregorian ones",
        "leave it out, or write CALSCALE:GREGORIAN",
        _calscale,
    ),
    LintRule(
        "method",
        ERROR,
        "METHOD makes an invitation of the feed",
        "RFC 5546 § 1.4, MS-OXCICAL § 2.1.3.1.1.1",
        "Outlook makes an invitation of it; CalDAV servers refuse it",
        "leave it out, or write METHOD:PUBLISH",
        _method,
    ),
    LintRule(
        "no-name",
        NOTE,
        "the calendar has no X-WR-CALNAME",
        "MS-OXCICAL; conduct of Google and Apple",
        "Google, Apple, Outlook and KDE show the address or the name of the file",
        "write X-WR-CALNAME, and NAME (RFC 7986 § 5.1) likewise",
        _no_name,
    ),
    LintRule(
        "names-differ",
        NOTE,
        "the calendar has two names",
        "RFC 7986 § 5.1",
        "Nextcloud shows NAME, all others X-WR-CALNAME",
        "make them equal",
        _names,
    ),
    LintRule(
        "long-name",
        NOTE,
        "the calendar's name is long",
        "Proton, packages/shared/lib/calendar/constants.ts",
        "Proton cuts it at 100 characters, Outlook at 255",
        "make it shorter",
        _name_form,
    ),
    LintRule(
        "name-escapes",
        NOTE,
        "the calendar's name has a comma or a semicolon",
        "conduct of Outlook on the web",
        "Outlook shows the backslash before it",
        "name it without commas and semicolons",
        _name_escapes,
    ),
    LintRule(
        "no-refresh-interval",
        NOTE,
        "nothing says how often to look again",
        "RFC 7986 § 5.7",
        "Nextcloud looks once a week; the others have a pace of their own",
        "write REFRESH-INTERVAL;VALUE=DURATION:PT12H and X-PUBLISHED-TTL:PT12H",
        _no_pace,
    ),
    LintRule(
        "refresh-interval",
        ERROR,
        "the time until the next look is no time",
        "RFC 7986 § 5.7",
        "10 of 31 clients, Home Assistant among them, refuse a feed with a malformed one (home-assistant/core#178736)",
        "write REFRESH-INTERVAL;VALUE=DURATION:PT12H, with a semicolon before VALUE",
        _pace,
    ),
    LintRule(
        "refresh-intervals-differ",
        NOTE,
        "the two times until the next look differ",
        "RFC 7986 § 5.7, MS-OXCICAL",
        "Nextcloud takes REFRESH-INTERVAL, Outlook X-PUBLISHED-TTL",
        "make them equal",
        _paces,
    ),
    LintRule(
        "calendar-uid",
        WARNING,
        "the calendar has a UID",
        "RFC 7986 § 5.3 allows it; conduct of vdirsyncer",
        "vdirsyncer keeps one event of the whole feed",
        "leave it out; X-WR-RELCALID can name the calendar",
        _uid,
    ),
    LintRule(
        "color",
        WARNING,
        "COLOR is no colour of CSS",
        "RFC 7986 § 5.9",
        "ICSx5, KDE and Open Web Calendar pass over it",
        "write a name of CSS, such as crimson; X-APPLE-CALENDAR-COLOR has #DC143C",
        _colour,
    ),
    LintRule(
        "apple-color",
        WARNING,
        "X-APPLE-CALENDAR-COLOR is not as #RRGGBB",
        "conduct of Apple Calendar and ICSx5",
        "the colour is passed over",
        "write it as #DC143C",
        _hex_colour,
    ),
    LintRule(
        "zone-hint",
        WARNING,
        "X-WR-TIMEZONE is no known zone",
        "IANA Time Zone Database; conduct of Google and Proton",
        "times without a zone are taken for UTC, or refused",
        "write a name such as Europe/Rome",
        _zone_hint,
    ),
    LintRule(
        "zone-without-name",
        ERROR,
        "VTIMEZONE has no TZID",
        "RFC 5545 § 3.6.5",
        "Home Assistant refuses the whole feed; no event can be in this zone",
        "write TZID",
        _nameless_zones,
    ),
    LintRule(
        "zone-twice",
        WARNING,
        "a zone is defined twice",
        "RFC 5545 § 3.8.3.1",
        "which one counts depends on the reader",
        "define it once",
        _zone_twice,
    ),
    LintRule(
        "zone-without-offset",
        ERROR,
        "VTIMEZONE has neither STANDARD nor DAYLIGHT",
        "RFC 5545 § 3.6.5",
        "Home Assistant refuses the whole feed; others take the zone for UTC",
        "write a STANDARD with DTSTART, TZOFFSETFROM and TZOFFSETTO",
        _zone_parts,
    ),
    LintRule(
        "zone-incomplete",
        ERROR,
        "a part of VTIMEZONE lacks a property",
        "RFC 5545 § 3.6.5",
        "Home Assistant refuses the whole feed; others take the zone for UTC",
        "write DTSTART, TZOFFSETFROM and TZOFFSETTO",
        _observances,
    ),
    LintRule(
        "zone-undefined",
        ERROR,
        "TZID names a zone that no VTIMEZONE defines",
        "RFC 5545 § 3.2.19",
        "who does not know the name takes the time for UTC, or for that of whoever looks",
        "add its VTIMEZONE, or write the time in UTC",
        _undefined_zones,
    ),
    LintRule(
        "zone-unused",
        NOTE,
        "a VTIMEZONE that nothing is in",
        "RFC 5545 § 3.6.5",
        "none minds; it makes the feed longer",
        "leave it out",
        _unused_zones,
    ),
    LintRule(
        "zone-unknown",
        NOTE,
        "the zone has no name of the IANA database",
        "RFC 7808 § 1; IANA Time Zone Database",
        "Google knows zones by name, and may take it for UTC",
        "call it as the database does, such as Europe/Rome",
        _unknown_zones,
    ),
)
"""The rules about the calendar itself."""
