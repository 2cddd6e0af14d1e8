"""Rules about properties, their parameters and the types of their values."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial

from releasecal.lint.feed_text import FeedProperty, FeedText
from releasecal.lint.properties import (
    COMPONENTS,
    LISTS,
    NEWER,
    REGISTERED,
    VALID,
    civil_moment,
    value_type,
)
from releasecal.lint.recurrence import problem_of_rule
from releasecal.lint.rule import ERROR, NOTE, WARNING, Fault, LintRule
from releasecal.sources.notation.clean_text import shown

_PARAMETERS = """ALTREP CN CUTYPE DELEGATED-FROM DELEGATED-TO DIR ENCODING FMTTYPE FBTYPE
    LANGUAGE MEMBER PARTSTAT RANGE RELATED RELTYPE ROLE RSVP SENT-BY TZID VALUE DISPLAY EMAIL
    FEATURE LABEL SCHEDULE-AGENT SCHEDULE-FORCE-SEND SCHEDULE-STATUS ORDER SCHEMA DERIVED LINKREL
    GAP FILENAME MANAGED-ID SIZE"""
_TYPES = """BINARY BOOLEAN CAL-ADDRESS DATE DATE-TIME DURATION FLOAT INTEGER PERIOD RECUR TEXT TIME
    URI UTC-OFFSET UNKNOWN UID XML-REFERENCE"""
_KNOWN_PARAMETERS = frozenset(_PARAMETERS.split())
_KNOWN_TYPES = frozenset(_TYPES.split())
_ADDRESSES = ("ALTREP", "DIR", "DELEGATED-FROM", "DELEGATED-TO", "MEMBER", "SENT-BY")
_UTC = ("DTSTAMP", "CREATED", "LAST-MODIFIED", "COMPLETED", "ACKNOWLEDGED")
_TEXTS = ("SUMMARY", "DESCRIPTION", "LOCATION", "COMMENT", "CONTACT", "NAME", "X-WR-CALNAME")
_WITH_LISTS = (*_TEXTS, "CATEGORIES", "RESOURCES", "X-WR-CALDESC")
_SHOWN = ("SUMMARY", "DESCRIPTION", "LOCATION", "NAME", "X-WR-CALNAME", "X-WR-CALDESC")
_REFUSED_BY_BOTH = ("DATE-TIME", "DURATION", "UTC-OFFSET")
_LARGEST = 2**31 - 1
_NAME = re.compile(r"[A-Z0-9-]+")
_ESCAPE = re.compile(r"\\[\\;,nN]")
_MARKUP = re.compile(
    r"</?(?:a|b|br|div|em|font|h[1-6]|i|img|li|p|span|strong|table|td|tr|u|ul)(?:\s[^<>]{0,500})?/?>"
    r"|&(?:amp|lt|gt|quot|apos|nbsp|\#\d{1,7}|\#x[0-9a-f]{1,6})\\?;",
    re.IGNORECASE,
)
_INVISIBLE = re.compile("[\u200b\u202a-\u202e\u2066-\u2069\ufeff]")
_MOJIBAKE = re.compile("[\u00c2\u00c3][\u0080-\u00bf]|\u00e2\u20ac|\ufffd")


def _unknown_properties(feed: FeedText) -> Iterator[Fault]:
    for each in feed.properties:
        is_known = each.name in REGISTERED or each.name in NEWER
        if not is_known and not each.name.startswith("X-"):
            yield each.fault(f"{shown(each.name)} is no property of a calendar")


def _newer(feed: FeedText) -> Iterator[Fault]:
    yield from (each.fault(f"{each.name} is new") for each in feed.all(*sorted(NEWER)))


def _misplaced(feed: FeedText) -> Iterator[Fault]:
    for each in feed.properties:
        row, owner = REGISTERED.get(each.name), each.owner.name
        if row and owner in COMPONENTS and owner not in row.components:
            yield each.fault(f"{each.name} cannot stand in {shown(owner)}")


def _is_single(each: FeedProperty) -> bool:
    row = REGISTERED.get(each.name)
    if row:
        return each.owner.name in row.components - row.many
    return each.name.startswith(("X-WR-", "X-PUBLISHED-", "X-MICROSOFT-CDO-"))


def _repeated(feed: FeedText) -> Iterator[Fault]:
    for component in feed.components:
        counts = Counter(each.name for each in component.properties if _is_single(each))
        for name, count in counts.items():
            if count > 1:
                yield list(component.all(name))[1].fault(f"{name} stands there {count} times")


def _parameter_names(feed: FeedText) -> Iterator[Fault]:
    for each in feed.properties:
        names = [name for name, _ in each.params]
        for name in names:
            if (
                name not in _KNOWN_PARAMETERS
                and not name.startswith("X-")
                and _NAME.fullmatch(name)
            ):
                yield each.fault(f"{shown(name)} is no parameter")


def _parameter_form(feed: FeedText) -> Iterator[Fault]:
    yield from feed.broken.get("parameter", ())
    for each in feed.properties:
        for name, value in each.params:
            halves = re.fullmatch(r'(?:"[^"]*"|[^",]*)(?:,(?:"[^"]*"|[^",]*))*', value)
            if not _NAME.fullmatch(name) or not halves:
                yield each.fault(f"the parameter {shown(name)} is badly written")


def _parameter_twice(feed: FeedText) -> Iterator[Fault]:
    for each in feed.properties:
        for name, count in Counter(name for name, _ in each.params).items():
            if count > 1:
                yield each.fault(f"the parameter {shown(name)} stands there {count} times")


def _unquoted(feed: FeedText) -> Iterator[Fault]:
    for each in feed.properties:
        for name, value in each.params:
            if name in _ADDRESSES and not value.startswith('"'):
                yield each.fault(f"{name} has no quotation marks")


def _backslash_in_parameter(feed: FeedText) -> Iterator[Fault]:
    for each in feed.properties:
        for name, value in each.params:
            if "\\" in value:
                yield each.fault(f"the parameter {shown(name)} has a backslash")


def _quotes(feed: FeedText) -> Iterator[Fault]:
    yield from feed.broken.get("quote", ())


def _unknown_type(feed: FeedText) -> Iterator[Fault]:
    for each in feed.properties:
        kind = each.param("VALUE").upper()
        if kind and kind not in _KNOWN_TYPES and not kind.startswith("X-"):
            yield each.fault(f"VALUE={shown(kind)} is no type")


def _wrong_type(feed: FeedText) -> Iterator[Fault]:
    for each in feed.properties:
        row, kind = REGISTERED.get(each.name), value_type(each)
        if row and kind in _KNOWN_TYPES and kind not in row.types:
            yield each.fault(f"{each.name} cannot be of type {kind}")


def _typed(feed: FeedText, kind: str) -> Iterator[tuple[FeedProperty, str]]:
    """Yield the properties whose values should be of type *kind*, with each of their values."""
    for each in feed.properties:
        row = REGISTERED.get(each.name)
        if row and kind in row.types and value_type(each) == kind:
            for value in each.value.split(",") if each.name in LISTS else [each.value]:
                yield each, value


def _days_without_type(feed: FeedText) -> Iterator[Fault]:
    for each, value in _typed(feed, "DATE-TIME"):
        if "DATE" in REGISTERED[each.name].types and VALID["DATE"](value):
            yield each.fault(f"{each.name} is a day and does not say so", 0)


def _of_type(feed: FeedText, kind: str) -> Iterator[Fault]:
    for each, value in _typed(feed, kind):
        if each.name == "REFRESH-INTERVAL" or VALID[kind](value):
            continue
        types = REGISTERED[each.name].types
        if kind == "DATE-TIME" and "DATE" in types and VALID["DATE"](value):
            continue  # another rule
        if each.name == "TRIGGER" and kind == "DURATION" and civil_moment(value):
            yield each.fault("TRIGGER is a moment and needs VALUE=DATE-TIME", 0)
            continue
        yield each.fault(f"{each.name}: {shown(value[:200])} is not of type {kind}", 0)


def _not_utc(feed: FeedText) -> Iterator[Fault]:
    for each in feed.all(*_UTC):
        if civil_moment(each.value) and (not each.value.endswith("Z") or each.param("TZID")):
            yield each.fault(f"{each.name} is not in UTC", 0)


def _rules(feed: FeedText) -> Iterator[Fault]:
    for each in feed.all("RRULE"):
        if what := problem_of_rule(each.value):
            yield each.fault(f"RRULE: {what}", 0)


def _address_characters(feed: FeedText) -> Iterator[Fault]:
    for each, value in _typed(feed, "URI"):
        if VALID["URI"](value) and (not value.isascii() or re.search(r'[\s<>"{}|^`]', value)):
            yield each.fault(f"{each.name} has characters that an address cannot have", 0)


def _escaped_addresses(feed: FeedText) -> Iterator[Fault]:
    for each, value in _typed(feed, "URI"):
        if "\\" in value:
            yield each.fault(f"{each.name} is an address and has no escapes", value.index("\\"))


def _missing_uri(feed: FeedText) -> Iterator[Fault]:
    for each in feed.all("IMAGE", "CONFERENCE", "SOURCE"):
        if not each.param("VALUE"):
            yield each.fault(f"{each.name} needs VALUE=URI")


def _binary(feed: FeedText) -> Iterator[Fault]:
    for each in feed.all("ATTACH", "IMAGE"):
        if each.param("VALUE").upper() == "BINARY":
            is_right = each.param("ENCODING").upper() == "BASE64"
            more = "" if is_right else ", and needs ENCODING=BASE64"
            yield each.fault(f"{each.name} carries a whole file{more}")


def _legal(feed: FeedText) -> Iterator[Fault]:
    for (name, component), words in _WORDS.items():
        for each in feed.all(name):
            if each.owner.name == component and each.value.upper() not in words:
                yield each.fault(f"{name} cannot be {shown(each.value[:200])}", 0)


def _capitals(feed: FeedText) -> Iterator[Fault]:
    for (name, component), words in _WORDS.items():
        for each in feed.all(name):
            is_word = each.owner.name == component and each.value.upper() in words
            if is_word and each.value not in words:
                yield each.fault(f"{name} is not in capitals", 0)


_WORDS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("STATUS", "VEVENT"): ("CONFIRMED", "TENTATIVE", "CANCELLED"),
    ("STATUS", "VTODO"): ("NEEDS-ACTION", "COMPLETED", "IN-PROCESS", "CANCELLED"),
    ("STATUS", "VJOURNAL"): ("DRAFT", "FINAL", "CANCELLED"),
    ("CLASS", "VEVENT"): ("PUBLIC", "PRIVATE", "CONFIDENTIAL"),
    ("TRANSP", "VEVENT"): ("TRANSPARENT", "OPAQUE"),
}


def _ranges(feed: FeedText) -> Iterator[Fault]:
    for name, most in (("SEQUENCE", _LARGEST), ("PRIORITY", 9), ("PERCENT-COMPLETE", 100)):
        for each in feed.all(name):
            if VALID["INTEGER"](each.value) and not 0 <= int(each.value[:30]) <= most:
                yield each.fault(f"{name} is not within 0 and {most:,}", 0)


def _bare(feed: FeedText, char: str) -> Iterator[Fault]:
    names = _TEXTS if char == "," else _WITH_LISTS
    for each in feed.all(*names):
        if char in each.value and char in _ESCAPE.sub("", each.value):
            at = re.sub(_ESCAPE, "--", each.value).index(char)
            yield each.fault(f"{each.name} has {'a comma' if char == ',' else 'a semicolon'}", at)


def _bad_escapes(feed: FeedText) -> Iterator[Fault]:
    for each in feed.all(*_WITH_LISTS):
        if "\\" in each.value and "\\" in (rest := _ESCAPE.sub("--", each.value)):
            yield each.fault(f"{each.name} has a backslash that escapes nothing", rest.index("\\"))


def _backslashes(feed: FeedText) -> Iterator[Fault]:
    for each in feed.all(*_WITH_LISTS):
        if "\\\\" in each.value and "\\" in each.text and "\\" not in _ESCAPE.sub("", each.value):
            yield each.fault(f"{each.name} shows a backslash", each.value.index("\\\\"))


def _found(
    feed: FeedText, pattern: re.Pattern[str], names: tuple[str, ...], what: str
) -> Iterator[Fault]:
    for each in feed.all(*names):
        if found := pattern.search(each.value):
            yield each.fault(f"{each.name} {what}: {shown(found[0])}", found.start())


def _composed(feed: FeedText) -> Iterator[Fault]:
    for each in feed.all(*_SHOWN, "UID", "CATEGORIES"):
        if not unicodedata.is_normalized("NFC", each.value):
            yield each.fault(f"{each.name} has letters in pieces")


def _edges(feed: FeedText) -> Iterator[Fault]:
    for each in feed.all(*_SHOWN):
        if each.text.strip() and each.text != each.text.strip(" \t\n"):
            yield each.fault(f"{each.name} begins or ends with white space")


def _line_breaks(feed: FeedText) -> Iterator[Fault]:
    for each in feed.all("SUMMARY", "LOCATION", "NAME", "X-WR-CALNAME"):
        if "\n" in each.text.strip():
            yield each.fault(f"{each.name} has several lines")


def _empty_items(feed: FeedText) -> Iterator[Fault]:
    for each in feed.all("CATEGORIES", "RESOURCES"):
        if not all(item.strip() for item in _ESCAPE.sub("--", each.value).split(",")):
            yield each.fault(f"{each.name} has an empty item", 0)


def _long(feed: FeedText) -> Iterator[Fault]:
    for name, most in (("SUMMARY", 255), ("LOCATION", 255), ("DESCRIPTION", 3_000)):
        for each in feed.all(name):
            if each.owner.name == "VEVENT" and len(each.text) > most:
                yield each.fault(f"{name} has more than {most:,} characters")


def _type_rule(id_: str, kind: str, what: str, section: str, remedy: str) -> LintRule[FeedText]:
    are_both = kind in _REFUSED_BY_BOTH
    who = "Home Assistant and Thunderbird refuse" if are_both else "Home Assistant refuses"
    return LintRule(
        id_,
        ERROR,
        what,
        f"RFC 5545 § {section}",
        f"{who} the whole feed, others lose the event or the value",
        remedy,
        partial(_of_type, kind=kind),
    )


VALUE_RULES: tuple[LintRule[FeedText], ...] = (
    LintRule(
        "unknown-property",
        WARNING,
        "this is no registered property",
        "RFC 5545 § 3.8.8.1",
        "most pass over it; libical notes an error, ruby's strict mode refuses the feed",
        "leave it out, or give it a name that begins with X-",
        _unknown_properties,
    ),
    LintRule(
        "new-property",
        NOTE,
        "is a property of RFC 9073 or 9253",
        "RFC 9073, RFC 9253",
        "nobody shows it; libical notes an error, ruby's strict mode refuses the feed",
        "leave it out of feeds for everybody",
        _newer,
    ),
    LintRule(
        "misplaced-property",
        WARNING,
        "the property cannot stand in this component",
        "RFC 5545 § 3.6",
        "most pass over it; libical (GNOME, KDE) notes an error",
        "put it where it belongs, or leave it out",
        _misplaced,
    ),
    LintRule(
        "repeated-property",
        ERROR,
        "the property stands there more than once",
        "RFC 5545 § 3.6",
        "Home Assistant refuses the whole feed; others take the first one or the last",
        "write it once",
        _repeated,
    ),
    LintRule(
        "unknown-parameter",
        NOTE,
        "this is no registered parameter",
        "RFC 5545 § 3.2",
        "most pass over it",
        "leave it out, or give it a name that begins with X-",
        _parameter_names,
    ),
    LintRule(
        "parameter",
        ERROR,
        "a parameter is badly written",
        "RFC 5545 § 3.2",
        "Thunderbird, Nextcloud and Home Assistant refuse the whole feed",
        'write ;NAME=value, or ;NAME="value" around commas, colons and semicolons',
        _parameter_form,
    ),
    LintRule(
        "quote",
        ERROR,
        "a quotation mark is never closed",
        "RFC 5545 § 3.2",
        "Thunderbird, Nextcloud and Home Assistant refuse the whole feed",
        "close it; within quotation marks there can be none (RFC 6868: ^')",
        _quotes,
    ),
    LintRule(
        "repeated-parameter",
        WARNING,
        "the parameter stands there more than once",
        "RFC 5545 § 3.2",
        "which one counts depends on the reader",
        "write it once; several values are a list with commas",
        _parameter_twice,
    ),
    LintRule(
        "unquoted-address",
        ERROR,
        "the address in a parameter has no quotation marks",
        "RFC 5545 § 3.2",
        "readers cut it at its first colon, and take the rest for the value",
        'write it in quotation marks: ALTREP="https://…"',
        _unquoted,
    ),
    LintRule(
        "parameter-escape",
        WARNING,
        "the parameter has a backslash",
        "RFC 5545 § 3.2, RFC 6868",
        "all show the backslash",
        "parameters have no escapes; put the value in quotation marks",
        _backslash_in_parameter,
    ),
    LintRule(
        "unknown-type",
        WARNING,
        "VALUE names no type",
        "RFC 5545 § 3.2.20",
        "most take the value for a text; libical (GNOME, KDE) drops it",
        "see RFC 5545 § 3.3 for the types",
        _unknown_type,
    ),
    LintRule(
        "wrong-type",
        ERROR,
        "the property cannot be of that type",
        "RFC 5545 § 3.2.20",
        "Home Assistant and Thunderbird refuse the whole feed, others lose the value",
        "leave VALUE out, or name a type that the property can have",
        _wrong_type,
    ),
    LintRule(
        "day-without-type",
        ERROR,
        "is a day, and VALUE=DATE is missing",
        "RFC 5545 § 3.8.2.4",
        "Thunderbird refuses the whole feed; others take it for a day, or for midnight",
        "write DTSTART;VALUE=DATE:…",
        _days_without_type,
    ),
    _type_rule("date", "DATE", "is not a day", "3.3.4", "write 20261218, with VALUE=DATE"),
    _type_rule(
        "date-time",
        "DATE-TIME",
        "is not a date with a time",
        "3.3.5",
        "write 20261218T193000Z",
    ),
    _type_rule(
        "duration",
        "DURATION",
        "is not a duration",
        "3.3.6",
        "write P1D, PT2H30M or P2W",
    ),
    _type_rule("period", "PERIOD", "is not a period", "3.3.9", "write a start, / and an end"),
    _type_rule("integer", "INTEGER", "is not a whole number", "3.3.8", "write digits only"),
    _type_rule(
        "utc-offset",
        "UTC-OFFSET",
        "is not an offset",
        "3.3.14",
        "write +0100 or -0530",
    ),
    _type_rule("geo", "FLOAT", "is not a place", "3.8.1.6", "write latitude;longitude in degrees"),
    LintRule(
        "not-utc",
        ERROR,
        "the moment is not in UTC",
        "RFC 5545 § 3.8.7",
        "whoever compares it with a moment in UTC misses changes",
        "write it in UTC, with a Z at the end",
        _not_utc,
    ),
    LintRule(
        "recurrence-rule",
        ERROR,
        "this is no rule of recurrence",
        "RFC 5545 § 3.3.10",
        "Home Assistant and Thunderbird refuse the whole feed; others show the first event only",
        "see RFC 5545 § 3.3.10, such as FREQ=WEEKLY;COUNT=10",
        _rules,
    ),
    LintRule(
        "address",
        WARNING,
        "is not an absolute address",
        "RFC 5545 § 3.3.13",
        "no link is shown, or one that leads nowhere",
        "write it whole: https://…",
        partial(_of_type, kind="URI"),
    ),
    LintRule(
        "calendar-address",
        WARNING,
        "is not an address of mail or the like",
        "RFC 5545 § 3.3.3",
        "nobody can be written to at it",
        "write mailto: before an address of mail",
        partial(_of_type, kind="CAL-ADDRESS"),
    ),
    LintRule(
        "address-characters",
        WARNING,
        "has characters that an address cannot have",
        "RFC 3986 § 2",
        "links break at the character in some clients",
        "percent-encode them",
        _address_characters,
    ),
    LintRule(
        "address-escape",
        WARNING,
        "is an address and has a backslash",
        "RFC 5545 § 3.3.13",
        "the link leads to an address with the backslash in it",
        "addresses have no escapes; write commas and semicolons as they are",
        _escaped_addresses,
    ),
    LintRule(
        "missing-uri",
        NOTE,
        "needs VALUE=URI",
        "RFC 7986 § 5",
        "most take it; the standard wants it",
        "write ;VALUE=URI",
        _missing_uri,
    ),
    LintRule(
        "whole-file",
        WARNING,
        "carries a whole file",
        "RFC 5545 § 3.8.1.1",
        "Nextcloud drops it; without ENCODING=BASE64 Home Assistant refuses the whole feed",
        "give the address of the file",
        _binary,
    ),
    LintRule(
        "word",
        ERROR,
        "the property cannot have this value",
        "RFC 5545 § 3.8.1.11, § 3.8.1.3, § 3.8.2.7",
        "Home Assistant (home-assistant/core#156282) and ics.py refuse the whole feed",
        "see the standard for its words, such as CONFIRMED, TENTATIVE and CANCELLED",
        _legal,
    ),
    LintRule(
        "capitals",
        WARNING,
        "the word is not in capitals",
        "RFC 5545 § 2",
        "Home Assistant refuses the whole feed, though the standard allows it",
        "write it in capitals",
        _capitals,
    ),
    LintRule(
        "range",
        ERROR,
        "the number is too small or too large",
        "RFC 5545 § 3.8",
        "libical wraps SEQUENCE around above 2,147,483,647, Proton takes it for 0; Home Assistant refuses a PRIORITY above 9",
        "SEQUENCE counts changes from 0; PRIORITY is 0 to 9, PERCENT-COMPLETE 0 to 100",
        _ranges,
    ),
    LintRule(
        "bare-comma",
        WARNING,
        "has a comma that is not escaped",
        "RFC 5545 § 3.3.11",
        "libical and KDE cut the text there; others show it",
        "write \\, for each comma in a text",
        partial(_bare, char=","),
    ),
    LintRule(
        "bare-semicolon",
        WARNING,
        "has a semicolon that is not escaped",
        "RFC 5545 § 3.3.11",
        "libical and KDE cut the text there; others show it",
        "write \\; for each semicolon in a text",
        partial(_bare, char=";"),
    ),
    LintRule(
        "bad-escape",
        WARNING,
        "has a backslash that escapes nothing",
        "RFC 5545 § 3.3.11",
        "some show the backslash, some drop it",
        "escape backslash, semicolon, comma and line end only, once",
        _bad_escapes,
    ),
    LintRule(
        "backslash",
        WARNING,
        "shows a backslash",
        "measured with ics.py, node-ical, ruby and Perl",
        "they undo escapes in the wrong order; most often it was escaped twice",
        "escape once; avoid backslashes in texts",
        _backslashes,
    ),
    LintRule(
        "markup",
        WARNING,
        "has HTML",
        "RFC 5545 § 3.3.11: TEXT is plain",
        "Google renders it; Apple, Outlook and Thunderbird show the tags (Etar-Calendar#308)",
        "write plain text; X-ALT-DESC can have the HTML for Outlook",
        partial(_found, pattern=_MARKUP, names=_SHOWN, what="has HTML"),
    ),
    LintRule(
        "invisible-character",
        NOTE,
        "has an invisible character",
        "Unicode Technical Report #36",
        "the text cannot be searched for, or runs backwards",
        "take it out",
        partial(_found, pattern=_INVISIBLE, names=_SHOWN, what="has an invisible character"),
    ),
    LintRule(
        "letters-in-pieces",
        NOTE,
        "has letters that are not composed (NFC)",
        "Unicode Standard Annex #15",
        "the text is not found by a search, and some fonts show the marks beside the letters",
        "normalize texts to NFC",
        _composed,
    ),
    LintRule(
        "mojibake",
        WARNING,
        "has letters that were read in a wrong encoding",
        "RFC 5545 § 3.1.4",
        "all show the wrong letters",
        "read the source as UTF-8",
        partial(_found, pattern=_MOJIBAKE, names=_SHOWN, what="has wrong letters"),
    ),
    LintRule(
        "white-space",
        NOTE,
        "begins or ends with white space",
        "RFC 5545 § 3.3.11",
        "some show it, some cut it: two clients then differ in the title",
        "cut it",
        _edges,
    ),
    LintRule(
        "several-lines",
        WARNING,
        "has several lines, where one is shown",
        "RFC 5545 § 3.8.1.12",
        "month views show the first line, or a mark for the line end",
        "write one line; DESCRIPTION has the rest",
        _line_breaks,
    ),
    LintRule(
        "empty-item",
        NOTE,
        "has an empty item",
        "RFC 5545 § 3.8.1.2",
        "some show a category without a name",
        "leave out the comma",
        _empty_items,
    ),
    LintRule(
        "long-text",
        NOTE,
        "the text is so long that it is cut",
        "Proton, packages/shared/lib/calendar/constants.ts",
        "Proton cuts SUMMARY and LOCATION at 255 characters, DESCRIPTION at 3,000",
        "put the important part first, and link to the rest",
        _long,
    ),
)
"""The rules about properties and values."""
