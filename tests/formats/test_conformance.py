"""That the checker can fail: for each rule a document which breaks it."""

from collections.abc import Callable

import pytest

from support.conformance import RULES, problems, strangers, unfaithful

GOOD = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//example//feed 1.0//EN
CALSCALE:GREGORIAN
METHOD:PUBLISH
NAME:Film releases (US)
X-WR-CALNAME:Film releases (US)
REFRESH-INTERVAL;VALUE=DURATION:PT12H
X-PUBLISHED-TTL:PT12H
COLOR:crimson
X-APPLE-CALENDAR-COLOR:#DC143C
SOURCE;VALUE=URI:https://films.example/us.ics
BEGIN:VEVENT
UID:dune.theatrical.us@films.example
DTSTAMP:20261101T090000Z
DTSTART;VALUE=DATE:20261218
DTEND;VALUE=DATE:20261219
SUMMARY:🎬 Dune: Part Three
DESCRIPTION:In cinemas\\; IMAX\\, 70 mm.\\n\\nhttps://films.example/dune
CATEGORIES:Theatrical,Sequel
URL:https://films.example/dune
STATUS:CONFIRMED
TRANSP:TRANSPARENT
CLASS:PUBLIC
SEQUENCE:2
CREATED:20261001T090000Z
LAST-MODIFIED:20261101T090000Z
RELATED-TO:dune-2.theatrical.us@films.example
X-MICROSOFT-CDO-BUSYSTATUS:FREE
END:VEVENT
END:VCALENDAR
""".replace("\n", "\r\n").encode()

Break = Callable[[bytes], bytes]


def swap(old: str, new: str) -> Break:
    """Return what puts *new* in the place of *old*, which must be there."""

    def broken(document: bytes) -> bytes:
        assert old.encode() in document
        return document.replace(old.encode(), new.encode())

    return broken


def add(lines: str, after: str = "METHOD:PUBLISH") -> Break:
    return swap(f"{after}\r\n", f"{after}\r\n{lines}\r\n")


def to_event(lines: str) -> Break:
    return add(lines, "SEQUENCE:2")


def again(document: bytes) -> bytes:
    begin, end = document.index(b"BEGIN:VEVENT"), document.index(b"END:VCALENDAR")
    return document[:end] + document[begin:end] + document[end:]


def again_under(uid: str) -> Break:
    return lambda document: again(document).replace(b"dune.theatrical.us@", uid.encode() + b"@", 1)


MOVED = swap("DATE:20261218", "DATE:20261217")
ALARM = "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-P1D\r\nDESCRIPTION:Soon\r\nEND:VALARM"

BREAKS: list[tuple[int, Break]] = [
    (1, lambda document: b"\xef\xbb\xbf" + document),
    (1, lambda document: document.replace("🎬".encode(), b"\xf0\x9f")),
    (2, lambda document: document.replace(b"\r\n", b"\n")),
    (2, lambda document: document.removesuffix(b"\r\n")),
    (2, swap("SUMMARY:", "SUMMARY:\r")),
    (3, swap("Part Three", "Part Three and a good many words more, which nobody folded")),
    (3, lambda document: document.replace("🎬".encode(), b"\xf0\x9f\r\n \x8e\xac")),
    (3, swap("Part Three", "e\r\n \N{COMBINING DOT BELOW}")),
    (3, swap("🎬", "👩\N{ZERO WIDTH JOINER}\r\n 👧")),
    (3, swap("🎬", "👍\r\n 🏽")),
    (4, swap("Part Three", "Part\r\n  Three")),
    (4, swap("Part Three", "Part Three\r\n ")),
    (5, swap("METHOD:PUBLISH\r\n", "METHOD:PUBLISH\r\n\r\n")),
    (5, swap("🎬", "\x07")),
    (5, swap("🎬", "\x85")),
    (6, lambda document: document + document),
    (6, lambda document: b"X-BEFORE:1\r\n" + document),
    (6, swap("END:VEVENT\r\n", "")),
    (6, swap("END:VCALENDAR\r\n", "END:VCALENDAR\r\nEND:VCALENDAR\r\n")),
    (6, to_event("NO COLON HERE")),
    (7, swap("\\, 70", ", 70")),
    (7, swap("\\; IMAX", "; IMAX")),
    (7, swap("\\, 70", "\\t 70")),
    (7, swap("Theatrical,Sequel", "Theatrical;Sequel")),
    (7, swap("example/dune\r\n", "example/dune\\,2\r\n")),
    (8, swap("Part Three", "<b>Part</b> Three")),
    (8, swap("Part Three", "Part&nbsp;Three")),
    (9, swap("Part Three", "Parte\N{COMBINING ACUTE ACCENT}")),
    (9, swap("Part Three", "Part\N{ZERO WIDTH SPACE}Three")),
    (9, swap("Part Three", "\N{RIGHT-TO-LEFT OVERRIDE}Three")),
    (9, swap("Part Three", "Part Three ")),
    (10, swap("VERSION:2.0\r\n", "")),
    (10, swap("VERSION:2.0", "VERSION:1.0")),
    (10, swap("PRODID:-//example//feed 1.0//EN\r\n", "")),
    (11, swap("CALSCALE:GREGORIAN", "CALSCALE:JULIAN")),
    (11, swap("METHOD:PUBLISH", "METHOD:REQUEST")),
    (12, swap("\r\nNAME:Film releases (US)", "")),
    (12, swap("X-WR-CALNAME:Film", "X-WR-CALNAME:Other")),
    (12, swap("NAME:Film releases (US)", "NAME:Film\\, releases (US)")),
    (12, swap("NAME:Film", "NAME:" + "Film " * 20)),
    (13, swap("REFRESH-INTERVAL;VALUE=DURATION:PT12H\r\n", "")),
    (13, swap("REFRESH-INTERVAL;VALUE=DURATION:", "REFRESH-INTERVAL:")),
    (13, swap("REFRESH-INTERVAL;VALUE=DURATION:", "REFRESH-INTERVAL:VALUE=DURATION:")),
    (13, swap("PT12H", "12h")),
    (13, swap("PT12H", "PT0H")),
    (13, swap("X-PUBLISHED-TTL:PT12H", "X-PUBLISHED-TTL:P1D")),
    (14, add("UID:calendar@films.example")),
    (15, swap("COLOR:crimson", "COLOR:#DC143C")),
    (15, swap("#DC143C", "crimson")),
    (16, to_event("SUMMARY:Another")),
    (16, add("X-WR-CALNAME:Film releases (US)")),
    (17, to_event("STYLED-DESCRIPTION:Bold")),
    (17, to_event("LINK:https://films.example")),
    (17, add("BEGIN:VTHING\r\nUID:1\r\nEND:VTHING")),
    (18, add("BEGIN:VTIMEZONE\r\nTZID:UTC\r\nEND:VTIMEZONE")),
    (18, add("X-WR-TIMEZONE:Europe/Rome")),
    (18, swap("DTSTART;VALUE=DATE", "DTSTART;TZID=Europe/Rome;VALUE=DATE")),
    (19, swap("UID:dune.theatrical.us@films.example\r\n", "")),
    (19, swap("UID:dune", "UID:du ne")),
    (19, swap("UID:dune", "UID:" + "dune-" * 40)),
    (19, swap("UID:dune", "UID:dune-2026-12-18")),
    (19, swap("UID:dune", "UID:dune-20261218")),
    (19, again),
    (20, swap("DTSTAMP:20261101T090000Z\r\n", "")),
    (20, swap("DTSTAMP:20261101T090000Z", "DTSTAMP:20261101T090000")),
    (20, swap("DTSTAMP:20261101T090000Z", "DTSTAMP:20261122T090000Z")),
    (21, swap("DTEND;VALUE=DATE:20261219\r\n", "")),
    (21, swap("DTEND;VALUE=DATE:20261219", "DURATION:P1D")),
    (21, swap("DATE:20261219", "DATE:20261218")),
    (21, swap("DATE:20261218", "DATE:20260231")),
    (22, swap("DTSTART;VALUE=DATE:20261218", "DTSTART:20261218T000000Z")),
    (22, swap("DTEND;VALUE=DATE:", "DTEND:")),
    (23, swap("DATE:20261219", "DATE:20270101")),
    (24, swap("SUMMARY:🎬 Dune: Part Three\r\n", "")),
    (24, swap("Part Three", "Part\\nThree")),
    (24, swap("Part Three", "\r\n ".join(["Part Three, and so on"] * 15))),
    (25, swap("In cinemas", "\r\n ".join(["In cinemas"] * 400))),
    (26, swap("URL:https://films.example/dune\r\n", "")),
    (26, swap("URL:https://films.example/dune", "URL:/dune")),
    (26, swap("films.example/dune", "films.example/dûne")),
    (26, swap("\\n\\nhttps://films.example/dune", "")),
    (27, swap("STATUS:CONFIRMED", "STATUS:RELEASED")),
    (27, swap("STATUS:CONFIRMED\r\n", "")),
    (27, swap("CLASS:PUBLIC", "CLASS:OPEN")),
    (27, swap("TRANSP:TRANSPARENT", "TRANSP:FREE")),
    (28, swap("TRANSP:TRANSPARENT", "TRANSP:OPAQUE")),
    (28, swap("X-MICROSOFT-CDO-BUSYSTATUS:FREE", "X-MICROSOFT-CDO-BUSYSTATUS:BUSY")),
    (29, swap("SEQUENCE:2\r\n", "")),
    (29, swap("SEQUENCE:2", "SEQUENCE:-1")),
    (29, swap("SEQUENCE:2", "SEQUENCE:2147483648")),
    (30, swap("CREATED:20261001T090000Z", "CREATED:20261201T090000Z")),
    (30, swap("CREATED:20261001T090000Z", "CREATED:20261001")),
    (31, swap("Theatrical,Sequel", "Theatrical,,Sequel")),
    (31, swap("RELATED-TO:dune-2", "RELATED-TO:dune")),
    (32, swap("SOURCE;VALUE=URI:", "SOURCE:")),
    (32, to_event("IMAGE;VALUE=BINARY;ENCODING=BASE64:AAAA")),
    (32, to_event("ATTACH;VALUE=BINARY;ENCODING=BASE64:AAAA")),
    (33, to_event("ORGANIZER:mailto:films@example")),
    (33, to_event("ATTENDEE:mailto:fan@example")),
    (34, to_event(ALARM)),
    (34, to_event(ALARM.replace("DESCRIPTION:Soon\r\n", ""))),
    (35, again_under("dune-again")),
    (35, swap("DTSTART;VALUE=DATE:2026", "DTSTART;VALUE=DATE:1926")),
    (35, swap("DATE:2026121", "DATE:2038121")),
    (40, swap("STATUS:CONFIRMED", "STATUS:CANCELLED")),
    (40, swap("SUMMARY:", "SUMMARY:Cancelled: ")),
    (41, lambda document: document + b"X-LONG:" + b"x" * 1_000_000),
]


def rules(found: list[str]) -> set[int]:
    return {int(problem.split()[1].removesuffix(":")) for problem in found}


def test_a_good_document_breaks_no_rule():
    assert problems(GOOD) == []


@pytest.mark.parametrize(
    ("number", "broken"),
    [pytest.param(*row, id=f"{row[0]}-{at}") for at, row in enumerate(BREAKS)],
)
def test_each_rule_can_be_broken(number, broken):
    """A document with one fault breaks the rule that it is about."""
    assert number in rules(problems(broken(GOOD)))


def test_every_rule_has_a_document_that_breaks_it():
    assert {number for number, _ in BREAKS} == set(RULES)


def test_alarms_are_welcome_when_asked_for():
    with_alarm = to_event(ALARM)(GOOD)
    assert problems(with_alarm, alarms=True) == []
    without_text = to_event(ALARM.replace("DESCRIPTION:Soon\r\n", ""))(GOOD)
    assert rules(problems(without_text, alarms=True)) == {34}


CHANGED = swap("20261101T090000Z", "20261122T090000Z")
RAISED = swap("SEQUENCE:2", "SEQUENCE:3")


@pytest.mark.parametrize(
    ("changes", "broken"),
    [
        pytest.param([], set(), id="nothing"),
        pytest.param([MOVED, CHANGED, RAISED], set(), id="moved"),
        pytest.param([swap("Three", "Four"), CHANGED], set(), id="retitled"),
        pytest.param([MOVED, CHANGED], {36}, id="moved-sequence-forgotten"),
        pytest.param([MOVED, RAISED], {36, 37}, id="moved-time-forgotten"),
        pytest.param([swap("Three", "Four")], {37}, id="retitled-time-forgotten"),
        pytest.param([CHANGED], {38}, id="stamped-for-nothing"),
        pytest.param([RAISED], {37, 38}, id="raised-for-nothing"),
        pytest.param([CHANGED, swap("SEQUENCE:2", "SEQUENCE:1")], {29, 38}, id="fallen"),
    ],
)
def test_a_change_without_its_stamps_is_a_fault(changes, broken):
    """A change comes with its SEQUENCE and stamps, and these never come alone."""
    after = GOOD
    for change in changes:
        after = change(after)
    assert rules(unfaithful(GOOD, after)) == broken


def test_a_part_of_a_feed_is_the_same_there():
    whole = again_under("dune-again")(GOOD)
    assert strangers(GOOD, whole) == []
    assert rules(strangers(MOVED(GOOD), whole)) == {42}
    assert rules(strangers(whole, GOOD)) == {42}
