"""A good feed of everything that feeds have, and for each rule the change that breaks it alone."""

import re
from collections.abc import Callable, Mapping

GOOD = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//example//feed 1.0//EN
CALSCALE:GREGORIAN
NAME:Film releases
X-WR-CALNAME:Film releases
REFRESH-INTERVAL;VALUE=DURATION:PT12H
X-PUBLISHED-TTL:PT12H
COLOR:crimson
X-APPLE-CALENDAR-COLOR:#DC143C
SOURCE;VALUE=URI:https://films.example/us.ics
BEGIN:VTIMEZONE
TZID:Europe/Rome
BEGIN:STANDARD
DTSTART:19961027T030000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
TZNAME:CET
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:19810329T020000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
TZNAME:CEST
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
END:VTIMEZONE
BEGIN:VEVENT
UID:dune.theatrical.us@films.example
DTSTAMP:20261101T090000Z
DTSTART;VALUE=DATE:20261218
DTEND;VALUE=DATE:20261219
SUMMARY:🎬 Dune: Part Three
DESCRIPTION:In cinemas\\; IMAX\\, 70 mm.\\n\\nhttps://films.example/dune
CATEGORIES:Theatrical,Sequel
URL:https://films.example/dune
GEO:41.9028;12.4964
STATUS:CONFIRMED
TRANSP:TRANSPARENT
CLASS:PUBLIC
SEQUENCE:2
CREATED:20261001T090000Z
LAST-MODIFIED:20261101T090000Z
RELATED-TO:dune-2.theatrical.us@films.example
X-MICROSOFT-CDO-BUSYSTATUS:FREE
END:VEVENT
BEGIN:VEVENT
UID:matinee@films.example
DTSTAMP:20261102T090000Z
DTSTART;TZID=Europe/Rome:20261220T150000
DTEND;TZID=Europe/Rome:20261220T173000
RRULE:FREQ=WEEKLY;BYDAY=SU;UNTIL=20270131T140000Z
EXDATE;TZID=Europe/Rome:20270103T150000
SUMMARY:Matinée
LOCATION:Cinema Aurora
CONTACT;ALTREP="https://films.example/contact":Box office\\, ground floor
SEQUENCE:1
CREATED:20261001T090000Z
LAST-MODIFIED:20261102T090000Z
END:VEVENT
BEGIN:VEVENT
UID:matinee@films.example
RECURRENCE-ID;TZID=Europe/Rome:20261227T150000
DTSTAMP:20261102T090000Z
DTSTART;TZID=Europe/Rome:20261227T160000
DTEND;TZID=Europe/Rome:20261227T183000
SUMMARY:Matinée\\, an hour later
SEQUENCE:2
LAST-MODIFIED:20261102T090000Z
END:VEVENT
BEGIN:VEVENT
UID:premiere@films.example
DTSTAMP:20261103T090000Z
DTSTART:20261201T180000Z
DTEND:20261201T203000Z
SUMMARY:Cancelled: Premiere
STATUS:CANCELLED
PRIORITY:5
SEQUENCE:1
LAST-MODIFIED:20261103T090000Z
END:VEVENT
END:VCALENDAR
""".replace("\n", "\r\n").encode()
"""Three kinds of events, a zone, and what clients want; no rule has anything to say of it."""

HEAD = GOOD[: GOOD.index(b"BEGIN:VT")]

Break = Callable[[bytes], bytes]


def crlf(text: str) -> bytes:
    """Return *text* with the line ends of a feed."""
    return text.replace("\n", "\r\n").encode()


def swap(old: str, new: str) -> Break:
    """Return the change that puts *new* in the place of the first *old*, which must be there."""

    def broken(feed: bytes) -> bytes:
        before, after = crlf(old), crlf(new)
        assert before in feed, old
        return feed.replace(before, after, 1)

    return broken


def add(lines: str, after: str = "CALSCALE:GREGORIAN\n") -> Break:
    """Return the change that adds *lines*."""
    return swap(after, f"{after}{lines}\n")


def drop(line: str) -> Break:
    """Return the change that takes out the first *line*."""
    return swap(f"{line}\n", "")


def to_event(lines: str) -> Break:
    """Return the change that adds *lines* to the first event."""
    return add(lines, "CLASS:PUBLIC\n")


def event(uid: str, **changed: str) -> str:
    """Return one more event; `None` leaves a property out."""
    lines = {
        "DTSTAMP": ":20261104T090000Z",
        "DTSTART": ";VALUE=DATE:20270101",
        "DTEND": ";VALUE=DATE:20270102",
        "SUMMARY": f":{uid}",
        "TRANSP": ":TRANSPARENT",
        "SEQUENCE": ":0",
        "LAST-MODIFIED": ":20261104T090000Z",
        **{name.replace("_", "-"): value for name, value in changed.items()},
    }
    text = "".join(f"{name}{value}\n" for name, value in lines.items() if value is not None)
    return f"BEGIN:VEVENT\nUID:{uid}@films.example\n{text}END:VEVENT"


def one_more(uid: str = "more", **changed: str) -> Break:
    """Return the change that adds an event."""
    return add(event(uid, **changed), "END:VTIMEZONE\n")


def alarm(lines: str) -> Break:
    """Return the change that adds an alarm."""
    return to_event(f"BEGIN:VALARM\n{lines}\nEND:VALARM")


def zone(lines: str, name: str) -> Break:
    """Return the change that adds the zone called *name* and an event in it."""
    timed = one_more(DTSTART=f";TZID={name}:20270101T200000", DTEND=f";TZID={name}:20270101T220000")
    return lambda feed: add(f"BEGIN:VTIMEZONE\n{lines}\nEND:VTIMEZONE", "END:VTIMEZONE\n")(
        timed(feed)
    )


STANDARD = """BEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0100
END:STANDARD"""

MANY = "\n".join(event(f"e{number}") for number in range(3_001))
LARGE = "\n".join(
    event(f"e{number}", DESCRIPTION=":" + f"{'word ' * 11}end\n more" * 19) for number in range(800)
)

BREAKS: Mapping[str, tuple[Break, ...]] = {
    "no-calendar": (
        lambda _: b"",
        lambda _: b"<!doctype html><title>Sign in</title>",
        lambda _: event("alone").encode(),
    ),
    "byte-order-mark": (lambda feed: b"\xef\xbb\xbf" + feed,),
    "not-utf-8": (
        lambda feed: feed.replace("🎬".encode(), b"\xf0\x9f"),
        lambda feed: feed.replace("é".encode(), b"\xe9", 1),
    ),
    "cut-character": (lambda feed: feed.replace("🎬".encode(), b"\xf0\x9f\r\n \x8e\xac"),),
    "cut-emoji": (
        swap("Part Three", "q\n \N{COMBINING DOT BELOW}"),
        swap("🎬", "👩\N{ZERO WIDTH JOINER}\n 👧"),
        swap("🎬", "👍\n 🏽"),
    ),
    "line-end": (
        lambda feed: feed.replace(b"\r\n", b"\n"),
        lambda feed: feed.replace(b"\r\n", b"\r"),
        lambda feed: feed.replace(b"GREGORIAN\r\n", b"GREGORIAN\n"),
    ),
    "last-line-end": (lambda feed: feed.removesuffix(b"\r\n"),),
    "long-line": (
        swap("Part Three", "Part Three and a good many words more that nobody has folded yet"),
    ),
    "lost-space": (swap("Part Three", "Part\n  Three"), swap("Part Three", "Part Three\n ")),
    "blank-line": (add(""), lambda feed: feed + b"\r\n"),
    "nul": (swap("Part Three", "Part\0Three"),),
    "control-character": (swap("🎬", "\x07"), swap("🎬", "\x85"), swap("🎬", "\x7f")),
    "too-large": (add(LARGE, "END:VTIMEZONE\n"),),
    "too-many-events": (add(MANY, "END:VTIMEZONE\n"),),
    "several-calendars": (
        lambda feed: feed + HEAD + crlf(event("other")) + b"\r\nEND:VCALENDAR\r\n",
    ),
    "text-before": (lambda feed: b"Warning: deprecated in line 7\r\n" + feed,),
    "text-after": (lambda feed: feed + b"<!-- 12 ms -->\r\n",),
    "unclosed": (
        swap("END:VEVENT\nEND:VCALENDAR\n", "END:VEVENT\n"),
        swap("END:VEVENT\nBEGIN", "BEGIN"),
    ),
    "stray-end": (
        swap("END:VEVENT\n", "END:VEVENT\nEND:VEVENT\n"),
        lambda feed: feed + b"END:VCALENDAR\r\n",
    ),
    "not-a-property": (to_event("NO COLON HERE"),),
    "property-name": (to_event("X_SECRET:1"), to_event("and so it goes: a line was broken")),
    "unknown-component": (add("BEGIN:VTHING\nUID:1\nEND:VTHING", "END:VTIMEZONE\n"),),
    "misplaced-component": (
        add(f"{STANDARD}", "END:VTIMEZONE\n"),
        add("BEGIN:VALARM\nACTION:AUDIO\nTRIGGER:-P1D\nEND:VALARM", "END:VTIMEZONE\n"),
    ),
    "no-component": (lambda _: HEAD + b"END:VCALENDAR\r\n",),
    "unknown-property": (to_event("WEBSITE:1"),),
    "new-property": (to_event("STYLED-DESCRIPTION:1"), to_event("REFID:1")),
    "misplaced-property": (to_event("DUE;VALUE=DATE:20261219"), add("TRANSP:OPAQUE")),
    "repeated-property": (to_event("SUMMARY:Another"), add("X-WR-CALNAME:Film releases")),
    "unknown-parameter": (swap("LOCATION:", "LOCATION;FLOOR=1:"),),
    "parameter": (
        to_event("COMMENT;LANGUAGE:hello"),
        to_event('COMMENT;LANGUAGE=e"n":hello'),
        to_event("COMMENT;LAN GUAGE=en:hello"),
    ),
    "quote": (to_event('COMMENT;ALTREP="cid:hello'),),
    "repeated-parameter": (to_event("COMMENT;LANGUAGE=en;LANGUAGE=de:hello"),),
    "unquoted-address": (to_event("COMMENT;ALTREP=cid:hello"),),
    "parameter-escape": (to_event("COMMENT;X-A=a\\nb:hello"),),
    "unknown-type": (swap("URL:", "URL;VALUE=LINK:"),),
    "wrong-type": (swap("URL:", "URL;VALUE=DURATION:"),),
    "day-without-type": (swap("DTEND;VALUE=DATE:", "DTEND:"),),
    "date": (
        swap("DTEND;VALUE=DATE:20261219", "DTEND;VALUE=DATE:2026-12-19"),
        swap("DTEND;VALUE=DATE:20261219", "DTEND;VALUE=DATE:20261232"),
        swap("DTEND;VALUE=DATE:20261219", "DTEND;VALUE=DATE:20261219T000000"),
    ),
    "date-time": (
        swap("DTEND:20261201T203000Z", "DTEND:2026-12-01T20:30:00Z"),
        swap("DTEND:20261201T203000Z", "DTEND:20261201T250000Z"),
        swap("DTSTAMP:20261101T090000Z", "DTSTAMP:now"),
    ),
    "duration": (
        alarm("ACTION:AUDIO\nTRIGGER:1 day"),
        alarm("ACTION:AUDIO\nTRIGGER:20261217T090000Z"),
    ),
    "period": (to_event("RDATE;VALUE=PERIOD:20261219T090000Z"),),
    "integer": (swap("SEQUENCE:2", "SEQUENCE:two"), swap("PRIORITY:5", "PRIORITY:high")),
    "utc-offset": (swap("TZOFFSETTO:+0100", "TZOFFSETTO:+01:00"),),
    "geo": (swap("41.9028;12.4964", "41.9028,12.4964"), swap("41.9028;", "141.9028;")),
    "not-utc": (
        swap("DTSTAMP:20261101T090000Z", "DTSTAMP:20261101T090000"),
        swap("CREATED:20261001T090000Z", "CREATED;TZID=Europe/Rome:20261001T090000"),
    ),
    "recurrence-rule": (
        swap("FREQ=WEEKLY;BYDAY=SU", "BYDAY=SU"),
        swap("FREQ=WEEKLY", "FREQ=FORTNIGHTLY"),
        swap("BYDAY=SU", "BYDAY=Sunday"),
        swap("FREQ=WEEKLY", "FREQ=WEEKLY;COUNT=3"),
        swap("FREQ=WEEKLY", "FREQ=WEEKLY;FREQ=WEEKLY"),
        swap("FREQ=WEEKLY", "FREQ=WEEKLY;EVERY=2"),
    ),
    "address": (
        swap("URL:https://films.example/", "URL:films.example/"),
        swap("URL:http", "URL:/"),
    ),
    "calendar-address": (
        lambda feed: add("ORGANIZER:mail@films.example", "BEGIN:VTODO\n")(
            add(
                "BEGIN:VTODO\nUID:todo\nDTSTAMP:20261101T090000Z\nSUMMARY:Do\nSEQUENCE:0\n"
                "LAST-MODIFIED:20261101T090000Z\nEND:VTODO",
                "END:VTIMEZONE\n",
            )(feed)
        ),
    ),
    "address-characters": (
        swap("URL:https://films.example/dune", "URL:https://films.example/Düne"),
        swap("URL:https://films.example/dune", "URL:https://films.example/a film"),
    ),
    "address-escape": (swap("URL:https://films.example/", "URL:https://films.example/\\,"),),
    "missing-uri": (swap("SOURCE;VALUE=URI:", "SOURCE:"),),
    "whole-file": (
        to_event("ATTACH;VALUE=BINARY;ENCODING=BASE64:aGVsbG8="),
        to_event("ATTACH;VALUE=BINARY:hello"),
    ),
    "word": (
        swap("STATUS:CONFIRMED", "STATUS:RUMOURED"),
        swap("CLASS:PUBLIC", "CLASS:SECRET"),
        swap("TRANSP:TRANSPARENT", "TRANSP:FREE"),
    ),
    "capitals": (swap("STATUS:CONFIRMED", "STATUS:Confirmed"),),
    "range": (
        swap("SEQUENCE:2", "SEQUENCE:1795860000000"),
        swap("SEQUENCE:2", "SEQUENCE:-1"),
        swap("PRIORITY:5", "PRIORITY:10"),
    ),
    "bare-comma": (swap("IMAX\\,", "IMAX,"),),
    "bare-semicolon": (swap("cinemas\\;", "cinemas;"), swap("Theatrical,", "Theatrical;")),
    "bad-escape": (swap("IMAX\\,", "IMAX\\:"), swap("Part Three", "Part Three\\")),
    "backslash": (swap("IMAX\\, 70", "IMAX\\\\n70"),),
    "markup": (
        swap("Part Three", "<b>Part</b> Three"),
        swap("Part Three", "Part&nbsp\\;Three"),
        swap("Cinema Aurora", "Cinema<br />Aurora"),
    ),
    "invisible-character": (
        swap("Part Three", "Part\N{ZERO WIDTH SPACE}Three"),
        swap("Part Three", "\N{RIGHT-TO-LEFT OVERRIDE}Three"),
    ),
    "letters-in-pieces": (swap("Matinée", "Matine\N{COMBINING ACUTE ACCENT}e"),),
    "mojibake": (swap("Matinée", "MatinÃ©e"), swap("Matinée", "Matin\ufffde")),
    "white-space": (swap("Part Three", "Part Three "), swap("Part Three", "Part Three\\n")),
    "several-lines": (swap("Part Three", "Part Three\\nin cinemas"),),
    "empty-item": (swap("Theatrical,Sequel", "Theatrical,,Sequel"),),
    "long-text": (swap("Part Three", "\n ".join(["Part Three", *["x" * 70] * 4])),),
    "no-version": (drop("VERSION:2.0"),),
    "version": (swap("VERSION:2.0", "VERSION:1.0"),),
    "no-prodid": (
        drop("PRODID:-//example//feed 1.0//EN"),
        swap("PRODID:-//example//feed 1.0//EN", "PRODID:"),
    ),
    "opening": (lambda feed: add("VERSION:2.0")(drop("VERSION:2.0")(feed)),),
    "property-after-component": (
        lambda feed: add("COLOR:crimson", "END:VTIMEZONE\n")(drop("COLOR:crimson")(feed)),
    ),
    "calscale": (swap("CALSCALE:GREGORIAN", "CALSCALE:JULIAN"),),
    "method": (add("METHOD:REQUEST"), add("METHOD:CANCEL")),
    "no-name": (drop("X-WR-CALNAME:Film releases"),),
    "names-differ": (swap("X-WR-CALNAME:Film releases", "X-WR-CALNAME:Films"),),
    "long-name": (lambda feed: feed.replace(b"NAME:Film", b"NAME:Film" + b"\r\n s" * 100),),
    "name-escapes": (lambda feed: feed.replace(b"NAME:Film ", b"NAME:Film\\, "),),
    "no-refresh-interval": (
        lambda feed: drop("X-PUBLISHED-TTL:PT12H")(
            drop("REFRESH-INTERVAL;VALUE=DURATION:PT12H")(feed)
        ),
    ),
    "refresh-interval": (
        swap("REFRESH-INTERVAL;VALUE=DURATION:", "REFRESH-INTERVAL:"),
        swap("REFRESH-INTERVAL;VALUE=DURATION:", "REFRESH-INTERVAL:VALUE=DURATION:"),
        lambda feed: feed.replace(b"PT12H", b"PT0H"),
        swap("TTL:PT12H", "TTL:12 hours"),
    ),
    "refresh-intervals-differ": (swap("TTL:PT12H", "TTL:P1D"),),
    "calendar-uid": (add("UID:calendar@films.example"),),
    "color": (swap("COLOR:crimson", "COLOR:#DC143C"), swap("COLOR:crimson", "COLOR:blurple")),
    "apple-color": (swap("#DC143C", "crimson"),),
    "zone-hint": (add("X-WR-TIMEZONE:Rome"),),
    "zone-without-name": (add(f"BEGIN:VTIMEZONE\n{STANDARD}\nEND:VTIMEZONE", "END:VTIMEZONE\n"),),
    "zone-twice": (
        add(f"BEGIN:VTIMEZONE\nTZID:Europe/Rome\n{STANDARD}\nEND:VTIMEZONE", "END:VTIMEZONE\n"),
    ),
    "zone-without-offset": (zone("TZID:Asia/Tokyo", "Asia/Tokyo"),),
    "zone-incomplete": (
        zone("TZID:Asia/Tokyo\n" + STANDARD.replace("TZOFFSETFROM:+0100\n", ""), "Asia/Tokyo"),
    ),
    "zone-undefined": (
        one_more(
            DTSTART=";TZID=Asia/Tokyo:20270101T200000", DTEND=";TZID=Asia/Tokyo:20270101T220000"
        ),
    ),
    "zone-unused": (
        add(f"BEGIN:VTIMEZONE\nTZID:Asia/Tokyo\n{STANDARD}\nEND:VTIMEZONE", "END:VTIMEZONE\n"),
    ),
    "zone-unknown": (zone(f"TZID:Home\n{STANDARD}", "Home"),),
    "no-uid": (drop("UID:premiere@films.example"), swap("UID:premiere@films.example", "UID:")),
    "uid-space": (swap("UID:premiere", "UID:pre miere"),),
    "long-uid": (swap("UID:premiere", "UID:premiere" + "\n s" * 191),),
    "dated-uid": (swap("UID:dune", "UID:dune-20261218"), swap("UID:dune", "UID:2026-12-18-dune")),
    "same-uid": (one_more("premiere"), one_more("dune.theatrical.us")),
    "looks-alike": (
        one_more(
            DTSTART=";VALUE=DATE:20261218",
            DTEND=";VALUE=DATE:20261219",
            SUMMARY=":🎬 Dune: Part Three",
        ),
    ),
    "no-dtstamp": (drop("DTSTAMP:20261103T090000Z"),),
    "no-last-modified": (drop("LAST-MODIFIED:20261103T090000Z"),),
    "no-sequence": (drop("SEQUENCE:2"),),
    "one-stamp": (lambda feed: re.sub(rb"DTSTAMP:\d+", b"DTSTAMP:20261110", feed),),
    "sequence-is-time": (swap("SEQUENCE:2", "SEQUENCE:1795860000"),),
    "future-stamp": (lambda feed: feed.replace(b":20261103T090000Z", b":20270103T090000Z"),),
    "created-late": (swap("CREATED:20261001", "CREATED:20261115"),),
    "stale-stamp": (swap("DTSTAMP:20261103", "DTSTAMP:20261003"),),
    "no-summary": (drop("SUMMARY:Matinée"), swap("SUMMARY:Matinée\n", "SUMMARY: \n")),
    "hidden-address": (swap("\\n\\nhttps://films.example/dune", ""),),
    "only-html": (one_more(X_ALT_DESC=";FMTTYPE=text/html:<b>Soon</b>"),),
    "silently-cancelled": (swap("Cancelled: Premiere", "Premiere"),),
    "cancelled-by-title": (swap("SUMMARY:🎬 Dune", "SUMMARY:Cancelled: Dune"),),
    "cancelled-at-zero": (swap("PRIORITY:5\nSEQUENCE:1", "PRIORITY:5\nSEQUENCE:0"),),
    "busy-day": (one_more(TRANSP=None),),
    "busy-status": (
        swap("BUSYSTATUS:FREE", "BUSYSTATUS:BUSY"),
        swap("BUSYSTATUS:FREE", "BUSYSTATUS:AWAY"),
    ),
    "relation": (
        swap("RELATED-TO:dune-2", "RELATED-TO:dune"),
        swap("RELATED-TO:dune-2.theatrical.us@films.example", "RELATED-TO:"),
    ),
    "invitation": (
        to_event("ORGANIZER;CN=Anna:mailto:anna@films.example"),
        to_event("ATTENDEE:mailto:anna@films.example"),
    ),
    "alarm-incomplete": (
        alarm("ACTION:DISPLAY\nTRIGGER:-P1D"),
        alarm("TRIGGER:-P1D"),
        alarm("ACTION:AUDIO\nTRIGGER:-P1D\nREPEAT:3"),
    ),
    "alarm": (
        alarm("ACTION:DISPLAY\nTRIGGER:-P1D\nDESCRIPTION:Soon"),
        alarm("ACTION:AUDIO\nTRIGGER;VALUE=DATE-TIME:20261217T090000Z"),
    ),
    "no-dtstart": (drop("DTSTART:20261201T180000Z"),),
    "no-dtend": (drop("DTEND;VALUE=DATE:20261219"),),
    "two-ends": (to_event("DURATION:P1D"),),
    "duration-for-end": (swap("DTEND:20261201T203000Z", "DURATION:PT2H30M"),),
    "ends-before-start": (
        swap("DTEND:20261201T2", "DTEND:20261201T1"),
        swap("DTEND;VALUE=DATE:20261219", "DTEND;VALUE=DATE:20261217"),
    ),
    "end-is-start": (swap("DTEND;VALUE=DATE:20261219", "DTEND;VALUE=DATE:20261218"),),
    "no-length": (swap("DTEND:20261201T203000Z", "DTEND:20261201T180000Z"),),
    "two-kinds-of-time": (
        swap("DTEND;VALUE=DATE:20261219", "DTEND:20261219T000000Z"),
        swap("DTEND:20261201T203000Z", "DTEND:20261201T203000"),
    ),
    "midnight-utc": (one_more(DTSTART=":20270101T000000Z", DTEND=":20270102T000000Z"),),
    "midnight-in-zone": (
        one_more(
            DTSTART=";TZID=Europe/Rome:20270101T000000", DTEND=";TZID=Europe/Rome:20270102T000000"
        ),
    ),
    "floating-time": (one_more(DTSTART=":20270101T200000", DTEND=":20270101T220000"),),
    "utc-in-zone": (
        one_more(DTSTART=";TZID=Europe/Rome:20270101T200000Z", DTEND=":20270101T220000Z"),
    ),
    "day-in-zone": (
        swap("DTEND;VALUE=DATE:20261219", "DTEND;VALUE=DATE;TZID=Europe/Rome:20261219"),
    ),
    "year": (
        one_more(DTSTART=";VALUE=DATE:20390101", DTEND=";VALUE=DATE:20390102"),
        one_more(DTSTART=";VALUE=DATE:19690101", DTEND=";VALUE=DATE:19690102"),
    ),
    "lonely-recurrence": (one_more(RECURRENCE_ID=";VALUE=DATE:20270101"),),
    "exception-type": (
        swap("EXDATE;TZID=Europe/Rome:20270103T150000", "EXDATE;VALUE=DATE:20270103"),
        swap("RECURRENCE-ID;TZID=Europe/Rome:20261227T150000", "RECURRENCE-ID;VALUE=DATE:20261227"),
    ),
    "until-type": (
        swap("UNTIL=20270131T140000Z", "UNTIL=20270131"),
        swap("UNTIL=20270131T140000Z", "UNTIL=20270131T140000"),
    ),
    "two-recurrence-rules": (add("RRULE:FREQ=DAILY;COUNT=3", "UNTIL=20270131T140000Z\n"),),
    "rule-of-one": (
        add("RRULE:FREQ=DAILY;COUNT=3", "RECURRENCE-ID;TZID=Europe/Rome:20261227T150000\n"),
    ),
}
"""For each rule the changes to `GOOD` that break it, and no other."""
