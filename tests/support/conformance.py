"""
Rules of calendar clients for a feed, checked on its bytes.

Written from the clients' side and from RFC 5545, without the library that writes our
feeds. Each row of `RULES` is one rule, under a number that stays; `problems` names it.

Some rules speak of two documents: `unfaithful` compares a feed with the one before it,
`strangers` a filtered feed with the whole. Rules that bytes cannot show (a UID is made of
nothing that changes, facts are true) are left out.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from urllib.parse import urlsplit

Found = Iterator[str]

MAX_OCTETS = 1_000_000
"""Google takes about a megabyte."""

_LARGEST_SEQUENCE = 2**31 - 1  # libical wraps beyond
_TEXTS = ("SUMMARY", "DESCRIPTION", "NAME", "X-WR-CALNAME", "LOCATION", "COMMENT")
_ADDRESSES = ("URL", "SOURCE", "IMAGE", "CONFERENCE")

_REGISTERED = {
    "VCALENDAR": """VERSION PRODID CALSCALE METHOD NAME COLOR REFRESH-INTERVAL SOURCE URL UID
        LAST-MODIFIED DESCRIPTION CATEGORIES IMAGE""",
    "VEVENT": """UID DTSTAMP DTSTART DTEND DURATION CLASS CREATED DESCRIPTION GEO LAST-MODIFIED
        LOCATION ORGANIZER PRIORITY SEQUENCE STATUS SUMMARY TRANSP URL RECURRENCE-ID COLOR
        CATEGORIES RELATED-TO COMMENT CONTACT IMAGE CONFERENCE ATTACH ATTENDEE RRULE RDATE EXDATE
        RESOURCES REQUEST-STATUS""",
    "VALARM": "ACTION TRIGGER DESCRIPTION SUMMARY DURATION REPEAT UID",
}
_MANY = """CATEGORIES RELATED-TO COMMENT CONTACT IMAGE CONFERENCE ATTACH ATTENDEE RRULE RDATE EXDATE
    RESOURCES REQUEST-STATUS"""
_LEGAL = {
    "STATUS": ("CONFIRMED", "TENTATIVE", "CANCELLED"),
    "CLASS": ("PUBLIC", "PRIVATE", "CONFIDENTIAL"),
    "TRANSP": ("TRANSPARENT", "OPAQUE"),
}
# CSS Color Module Level 3, § 4.3, which RFC 7986 § 5.9 refers to.
_COLORS = """aliceblue antiquewhite aqua aquamarine azure beige bisque black blanchedalmond blue
    blueviolet brown burlywood cadetblue chartreuse chocolate coral cornflowerblue cornsilk
    crimson cyan darkblue darkcyan darkgoldenrod darkgray darkgreen darkgrey darkkhaki
    darkmagenta darkolivegreen darkorange darkorchid darkred darksalmon darkseagreen
    darkslateblue darkslategray darkslategrey darkturquoise darkviolet deeppink deepskyblue
    dimgray dimgrey dodgerblue firebrick floralwhite forestgreen fuchsia gainsboro ghostwhite
    gold goldenrod gray green greenyellow grey honeydew hotpink indianred indigo ivory khaki
    lavender lavenderblush lawngreen lemonchiffon lightblue lightcoral lightcyan
    lightgoldenrodyellow lightgray lightgreen lightgrey lightpink lightsalmon lightseagreen
    lightskyblue lightslategray lightslategrey lightsteelblue lightyellow lime limegreen linen
    magenta maroon mediumaquamarine mediumblue mediumorchid mediumpurple mediumseagreen
    mediumslateblue mediumspringgreen mediumturquoise mediumvioletred midnightblue mintcream
    mistyrose moccasin navajowhite navy oldlace olive olivedrab orange orangered orchid
    palegoldenrod palegreen paleturquoise palevioletred papayawhip peachpuff peru pink plum
    powderblue purple red rosybrown royalblue saddlebrown salmon sandybrown seagreen seashell
    sienna silver skyblue slateblue slategray slategrey snow springgreen steelblue tan teal
    thistle tomato turquoise violet wheat white whitesmoke yellow yellowgreen"""

_CONTENT_LINE = re.compile(
    r'([A-Za-z0-9-]+)((?:;[A-Za-z0-9-]+=(?:"[^"]*"|[^";:,]*))*):(.*)', re.DOTALL
)
_PARAMETER = re.compile(r';([A-Za-z0-9-]+)=(?:"([^"]*)"|([^";:,]*))')
_DAY = re.compile(r"\d{8}")
_MOMENT = re.compile(r"\d{8}T\d{6}Z")
_DURATION = re.compile(r"P(?=[\dT])(?:\d+W|(?:\d+D)?(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+S)?)?)")
_ESCAPES = re.compile(r"\\[\\;,nN]")
_MARKUP = re.compile(
    r"</?(?:a|b|br|div|em|font|h\d|i|img|li|p|span|strong|table|td|tr|u|ul)(?:\s[^<>]*)?/?>"
    r"|&(?:amp|lt|gt|quot|apos|nbsp|\#\d+|\#x[0-9a-f]+);",
    re.IGNORECASE,
)
# Characters that hide or turn text around. Joiners and marks that say what a letter is stay: emoji,
# Arabic, Hebrew and Hindi need them.
_INVISIBLE = re.compile("[\u200b\u202a-\u202e\u2066-\u2069\ufeff]")


@dataclass(frozen=True, slots=True)
class Line:
    """An unfolded content line; names are upper case."""

    name: str
    params: tuple[tuple[str, str], ...]
    value: str

    @property
    def text(self) -> str:
        """The value without its escapes."""
        return _ESCAPES.sub(
            lambda escape: "\n" if escape[0] in r"\n\N" else escape[0][1], self.value
        )

    @property
    def items(self) -> list[str]:
        """The value as a list, cut at commas that are not escaped."""
        return [item.strip() for item in re.split(r"(?<!\\)(?:\\\\)*,", self.value)]


@dataclass(frozen=True, slots=True)
class Component:
    """A component; *source* is its lines as they stood, unfolded, without its parts'."""

    name: str
    lines: tuple[Line, ...]
    parts: tuple["Component", ...]
    source: str

    def all(self, name: str) -> list[Line]:
        """Return the lines called *name*."""
        return [line for line in self.lines if line.name == name]

    def value(self, name: str) -> str:
        """Return the value of the first line called *name*, or nothing."""
        return next((line.value for line in self.all(name)), "")

    def text(self, name: str) -> str:
        """Return the same without its escapes."""
        return next((line.text for line in self.all(name)), "")

    @property
    def who(self) -> str:
        """Its name in messages."""
        return self.value("UID") or self.name

    def walk(self) -> Iterator["Component"]:
        """Return it and all its parts."""
        yield self
        for part in self.parts:
            yield from part.walk()


@dataclass(frozen=True, slots=True)
class Document:
    """
    A feed read leniently into parts, on which the rules find the faults.

    Attributes:
        physical: Lines as they were sent, without their CRLF.
        unfolded: The same with continuations joined.
        broken: Unfolded lines that are no content lines.
        unbalanced: BEGIN lines without an END, and END lines without a BEGIN.
        outside: Content lines that belong to no component.
    """

    raw: bytes
    physical: tuple[bytes, ...]
    unfolded: tuple[str, ...]
    components: tuple[Component, ...]
    broken: tuple[str, ...]
    unbalanced: tuple[str, ...]
    outside: tuple[str, ...]

    @classmethod
    def take_apart(cls, raw: bytes) -> "Document":
        """Read any *raw* bytes."""
        physical = tuple(re.split(rb"\r\n|\r|\n", raw))
        if physical[-1] == b"":
            physical = physical[:-1]
        unfolded: list[str] = []
        for piece in physical:
            text = piece.decode(errors="replace")
            if text[:1] in (" ", "\t") and text and unfolded:
                unfolded[-1] += text[1:]
            else:
                unfolded.append(text)
        tree = _Tree(unfolded)
        return cls(
            raw,
            physical,
            tuple(unfolded),
            tuple(tree.root),
            tuple(tree.broken),
            tuple(tree.unbalanced),
            tuple(tree.outside),
        )

    @property
    def calendars(self) -> list[Component]:
        """Its VCALENDARs; there should be one."""
        return [component for component in self.components if component.name == "VCALENDAR"]

    @property
    def events(self) -> list[Component]:
        """The events of all its calendars."""
        return [
            part for calendar in self.calendars for part in calendar.parts if part.name == "VEVENT"
        ]


class _Tree:
    """The components in a list of unfolded lines, as far as BEGIN and END say."""

    def __init__(self, unfolded: list[str]) -> None:
        self.root: list[Component] = []
        self.broken: list[str] = []
        self.unbalanced: list[str] = []
        self.outside: list[str] = []
        self._open: list[tuple[str, list[Line], list[Component], list[str]]] = []
        for text in unfolded:
            self._take(text)
        while self._open:
            self.unbalanced.append(f"{self._open[-1][0]} is never closed")
            self._close()

    def _take(self, text: str) -> None:
        form = _CONTENT_LINE.fullmatch(text)
        if form is None:
            self.broken.append(text)
        elif form[1].upper() == "BEGIN":
            self._open.append((form[3].upper(), [], [], []))
        elif form[1].upper() == "END":
            if self._open and self._open[-1][0] == form[3].upper():
                self._close()
            else:
                self.unbalanced.append(f"{text} closes nothing")
        elif self._open:
            params = [(name.upper(), a or b) for name, a, b in _PARAMETER.findall(form[2])]
            self._open[-1][1].append(Line(form[1].upper(), tuple(params), form[3]))
            self._open[-1][3].append(text)
        else:
            self.outside.append(text)

    def _close(self) -> None:
        name, lines, parts, source = self._open.pop()
        component = Component(name, tuple(lines), tuple(parts), "\n".join(source))
        (self._open[-1][2] if self._open else self.root).append(component)


# ── bytes ────────────────────────────────────────────────────────────────────────────


def _encoding(document: Document) -> Found:
    if document.raw.startswith(b"\xef\xbb\xbf"):
        yield "begins with a byte order mark"
    try:
        document.raw.decode()
    except UnicodeDecodeError as error:
        yield f"is not UTF-8: {error}"


def _line_breaks(document: Document) -> Found:
    if re.search(rb"\r(?!\n)|(?<!\r)\n", document.raw):
        yield "has a line break that is not CRLF"
    if not document.raw.endswith(b"\r\n"):
        yield "does not end with CRLF"


def _folds(document: Document) -> Found:
    for number, piece in enumerate(document.physical, 1):
        if len(piece) > 75:
            yield f"line {number} has {len(piece)} octets"
        try:
            text = piece.decode()
        except UnicodeDecodeError:
            yield f"line {number} is folded inside a character"
            continue
        joined = text[1:2]
        if text.startswith(" ") and joined:
            mark = unicodedata.category(joined)[0] == "M" or "\U0001f3fb" <= joined <= "\U0001f3ff"
            if (
                mark
                or joined == "\u200d"
                or document.physical[number - 2].endswith(b"\xe2\x80\x8d")
            ):
                yield f"line {number} is folded inside a letter or an emoji"


def _lost_spaces(document: Document) -> Found:
    for number, piece in enumerate(document.physical, 1):
        if piece[:1] in (b" ", b"\t") and (piece[1:2].isspace() or not piece.strip()):
            yield f"line {number} continues with a space, which some clients lose"


def _controls(document: Document) -> Found:
    for number, piece in enumerate(document.physical, 1):
        if not piece:
            yield f"line {number} is blank"
        for char in set(piece.decode(errors="replace")):
            if unicodedata.category(char) == "Cc" and char != "\t":
                yield f"line {number} has the control character U+{ord(char):04X}"


def _one_calendar(document: Document) -> Found:
    if len(document.calendars) != 1 or len(document.components) != 1:
        yield f"has {len(document.calendars)} calendars of {len(document.components)} components"
    for what in (*document.unbalanced, *document.broken, *document.outside):
        yield f"does not hang together: {what[:60]!r}"


def _escapes(document: Document) -> Found:
    for component, line in _lines(document):
        rest = _ESCAPES.sub("", line.value)
        if line.name in _TEXTS and re.search(r"[\\;,]", rest):
            yield f"{component.who}: {line.name} is badly escaped"
        if line.name == "CATEGORIES" and re.search(r"[\\;]", rest):
            yield f"{component.who}: CATEGORIES is badly escaped"
        if line.name in _ADDRESSES and "\\" in line.value:
            yield f"{component.who}: {line.name} is an address and has no escapes"


def _markup(document: Document) -> Found:
    for component, line in _lines(document):
        if line.name in _TEXTS and (found := _MARKUP.search(line.text)):
            yield f"{component.who}: {line.name} has markup: {found[0]}"


def _clean_text(document: Document) -> Found:
    for component, line in _lines(document):
        if line.name not in (*_TEXTS, "CATEGORIES", "UID"):
            continue
        if not unicodedata.is_normalized("NFC", line.value):
            yield f"{component.who}: {line.name} is not in NFC"
        if found := _INVISIBLE.search(line.value):
            yield f"{component.who}: {line.name} has the invisible U+{ord(found[0]):04X}"
        if line.text != line.text.strip():
            yield f"{component.who}: {line.name} begins or ends with a space"


# ── calendar ─────────────────────────────────────────────────────────────────────────


def _opening(document: Document) -> Found:
    names = [line.partition(":")[0] for line in document.unfolded[:3]]
    if names != ["BEGIN", "VERSION", "PRODID"]:
        yield "does not begin with BEGIN, VERSION, PRODID"
    for calendar in document.calendars:
        if calendar.value("VERSION") != "2.0" or not calendar.value("PRODID"):
            yield "is not VERSION 2.0 of some product"


def _method(document: Document) -> Found:
    for calendar in document.calendars:
        if calendar.value("CALSCALE") not in ("", "GREGORIAN"):
            yield f"CALSCALE is {calendar.value('CALSCALE')}"
        if calendar.value("METHOD") not in ("", "PUBLISH"):
            yield f"METHOD {calendar.value('METHOD')} makes an invitation of it"


def _name(document: Document) -> Found:
    for calendar in document.calendars:
        title = calendar.text("NAME")
        if not title or title != calendar.text("X-WR-CALNAME"):
            yield "NAME and X-WR-CALNAME are not both there and equal"
        if len(title) > 100 or re.search(r"[,;\\\n]", title):
            yield f"the name would be cut or show its escapes: {title!r}"


def _refresh(document: Document) -> Found:
    for calendar in document.calendars:
        hint = calendar.all("REFRESH-INTERVAL")
        if not hint or hint[0].params != (("VALUE", "DURATION"),):
            yield "REFRESH-INTERVAL;VALUE=DURATION is missing"
        elif not _DURATION.fullmatch(hint[0].value) or not re.search("[1-9]", hint[0].value):
            yield f"REFRESH-INTERVAL is no time to wait: {hint[0].value}"
        elif hint[0].value != calendar.value("X-PUBLISHED-TTL"):
            yield "REFRESH-INTERVAL and X-PUBLISHED-TTL differ"


def _calendar_uid(document: Document) -> Found:
    for calendar in document.calendars:
        if calendar.all("UID"):
            yield "the calendar has a UID, which vdirsyncer takes for every event's"


def _colors(document: Document) -> Found:
    for component, line in _lines(document):
        if line.name == "COLOR" and line.value not in _COLORS.split():
            yield f"{component.who}: CSS knows no colour {line.value}"
        if line.name == "X-APPLE-CALENDAR-COLOR" and not re.fullmatch(
            "#[0-9A-F]{6}", line.value, re.IGNORECASE
        ):
            yield f"X-APPLE-CALENDAR-COLOR is {line.value}"


def _once(document: Document) -> Found:
    many = _MANY.split()
    for component in _components(document):
        for name, count in Counter(line.name for line in component.lines).items():
            if count > 1 and name not in many:
                yield f"{component.who}: {name} stands there {count} times"


def _registered(document: Document) -> Found:
    for component in _components(document):
        known = _REGISTERED.get(component.name, "").split()
        if not known:
            if not component.name.startswith("X-") and component.name != "VTIMEZONE":
                yield f"{component.name} is no component for a feed"
            continue
        for line in component.lines:
            if line.name not in known and not line.name.startswith("X-"):
                yield f"{component.who}: {line.name} is no property for a feed"


def _zones(document: Document) -> Found:
    for component in _components(document):
        if component.name == "VTIMEZONE":
            yield "has a VTIMEZONE, though days have no zone"
        for line in component.lines:
            if line.name == "X-WR-TIMEZONE" or "TZID" in dict(line.params):
                yield f"{component.who}: {line.name} brings in a zone"


# ── event ────────────────────────────────────────────────────────────────────────────


def _uids(document: Document) -> Found:
    for event in document.events:
        uid = event.value("UID")
        if not uid or len(uid) > 191 or re.search(r"\s", uid):
            yield f"UID is missing, too long or has spaces: {uid!r}"
        day = event.value("DTSTART")[:8]
        if day and (day in uid or f"{day[:4]}-{day[4:6]}-{day[6:]}" in uid):
            yield f"{uid} holds its date, so it would not survive a delay"
    counts = Counter(event.value("UID") for event in document.events)
    yield from (f"{uid} is there {count} times" for uid, count in counts.items() if count > 1)


def _stamps(document: Document) -> Found:
    for event in document.events:
        stamp = event.value("DTSTAMP")
        if not _MOMENT.fullmatch(stamp):
            yield f"{event.who}: DTSTAMP is not in UTC: {stamp!r}"
        elif stamp != event.value("LAST-MODIFIED"):
            yield f"{event.who}: DTSTAMP is not the time of the last change"


def _days(document: Document) -> Found:
    for event in document.events:
        if event.all("DURATION"):
            yield f"{event.who}: DURATION, where some clients read only DTEND"
        first, after = _span(event)
        if first is None or after is None:
            yield f"{event.who}: DTSTART or DTEND is missing or no day"
        elif after <= first:
            yield f"{event.who}: ends before it begins: DTEND is the day after the last"


def _all_day(document: Document) -> Found:
    for event in document.events:
        for line in (*event.all("DTSTART"), *event.all("DTEND")):
            if dict(line.params).get("VALUE") != "DATE":
                yield f"{event.who}: {line.name} is a time, so another day west of it"


def _unknown_days(document: Document) -> Found:
    for event in document.events:
        first, after = _span(event)
        days = (after - first).days if first and after else 0
        if days > 1 and event.value("STATUS") == "CONFIRMED":
            yield f"{event.who}: is confirmed for {days} days at once"


def _summaries(document: Document) -> Found:
    for event in document.events:
        text = event.text("SUMMARY")
        if not text or len(text) > 255 or "\n" in text:
            yield f"{event.who}: SUMMARY is missing, too long or has two lines"


def _descriptions(document: Document) -> Found:
    for event in document.events:
        if len(event.text("DESCRIPTION")) > 3_000:
            yield f"{event.who}: DESCRIPTION would be cut at 3000 characters"


def _urls(document: Document) -> Found:
    for event in document.events:
        url = event.value("URL")
        if not _is_address(url):
            yield f"{event.who}: URL is not absolute, or not ASCII: {url!r}"
        elif event.text("DESCRIPTION").split("\n")[-1] != url:
            yield f"{event.who}: DESCRIPTION does not end with the URL, which Google drops"


def _legal_words(document: Document) -> Found:
    for event in document.events:
        for name, words in _LEGAL.items():
            if event.all(name) and event.value(name) not in words:
                yield f"{event.who}: {name} cannot be {event.value(name)!r}"
        if not event.all("STATUS") and not _is_off(event):
            yield f"{event.who}: STATUS is missing"


def _free(document: Document) -> Found:
    for event in document.events:
        shown = (event.value("TRANSP"), event.value("X-MICROSOFT-CDO-BUSYSTATUS"))
        if shown != ("TRANSPARENT", "FREE"):
            yield f"{event.who}: would make the day busy"


def _sequences(document: Document) -> Found:
    for event in document.events:
        text = event.value("SEQUENCE")
        if not re.fullmatch(r"\d{1,10}", text) or int(text) > _LARGEST_SEQUENCE:
            yield f"{event.who}: SEQUENCE is no small number: {text!r}"


def _lifetimes(document: Document) -> Found:
    for event in document.events:
        created, modified = event.value("CREATED"), event.value("LAST-MODIFIED")
        if not (_MOMENT.fullmatch(created) and _MOMENT.fullmatch(modified)):
            yield f"{event.who}: CREATED or LAST-MODIFIED is not in UTC"
        elif created > modified:
            yield f"{event.who}: was changed before it was created"


def _lists(document: Document) -> Found:
    for event in document.events:
        for line in event.all("CATEGORIES"):
            if not all(line.items):
                yield f"{event.who}: CATEGORIES has an empty item"
        for line in event.all("RELATED-TO"):
            # "Only to UIDs in the feed" yields to rule 42: a filtered feed has the same bytes.
            if not line.value or line.value == event.value("UID"):
                yield f"{event.who}: RELATED-TO leads nowhere"


def _uris(document: Document) -> Found:
    for component, line in _lines(document):
        value = dict(line.params).get("VALUE")
        is_uri = value == "URI" and _is_address(line.value)
        if line.name in ("IMAGE", "CONFERENCE", "SOURCE") and not is_uri:
            yield f"{component.who}: {line.name} needs VALUE=URI and an address"
        if line.name == "ATTACH" and value == "BINARY":
            yield f"{component.who}: ATTACH carries a whole file"


def _invitations(document: Document) -> Found:
    for component, line in _lines(document):
        if line.name in ("ATTENDEE", "ORGANIZER"):
            yield f"{component.who}: {line.name} makes an invitation of it"


def _alarms(document: Document) -> Found:
    for event in document.events:
        for alarm in event.parts:
            if alarm.name == "VALARM" and not all(
                alarm.value(name) for name in ("ACTION", "TRIGGER", "DESCRIPTION")
            ):
                yield f"{event.who}: VALARM lacks ACTION, TRIGGER or DESCRIPTION"


def _likeness(document: Document) -> Found:
    looks = Counter(
        (event.value("SUMMARY"), event.value("DTSTART"), event.value("DESCRIPTION"))
        for event in document.events
    )
    yield from (f"{look[0]!r} is there {count} times" for look, count in looks.items() if count > 1)
    for event in document.events:
        for day in filter(None, _span(event)):
            if not date(1970, 1, 1) <= day <= date(2038, 1, 1):
                yield f"{event.who}: Proton refuses the year {day.year}"


# ── change ───────────────────────────────────────────────────────────────────────────


_OFF = (
    *("Cancelled: ", "No longer listed: ", "No longer on this day: "),
    *("Abgesagt: ", "Nicht mehr gelistet: ", "Nicht mehr an diesem Tag: "),
    *("Annulé\xa0: ", "Ne figure plus\xa0: ", "Plus à cette date\xa0: "),
    *("Cancelado: ", "Ya no figura: ", "Ya no en este día: "),
    *("Já não consta: ", "Já não neste dia: "),
    *("Annullato: ", "Non più in elenco: ", "Non più in questo giorno: "),
    *("Odwołano: ", "Nie ma już na liście: ", "Już nie w tym dniu: "),
    *("中止：", "一覧から削除：", "この日ではなくなりました："),
    *("أُلغي: ", "لم يعد مدرجًا: ", "لم يعد في هذا اليوم: "),
)


def _is_off(event: Component) -> bool:
    """Whether the SUMMARY says that it does not happen then."""
    said = re.sub(r"^[^\w\s] ", "", event.text("SUMMARY"))
    return said.startswith(_OFF)


def _cancelled(document: Document) -> Found:
    for event in document.events:
        # Without a STATUS it stays visible at Google's, which some prefer.
        allowed = ("CANCELLED", "") if _is_off(event) else ("CONFIRMED", "TENTATIVE")
        if event.value("STATUS") not in allowed:
            yield f"{event.who}: SUMMARY and STATUS do not both say that it is off"


def _size(document: Document) -> Found:
    if len(document.raw) > MAX_OCTETS:
        yield f"has {len(document.raw)} octets, more than Google takes"


RULES: Mapping[int, Callable[[Document], Found]] = {
    1: _encoding,
    2: _line_breaks,
    3: _folds,
    4: _lost_spaces,
    5: _controls,
    6: _one_calendar,
    7: _escapes,
    8: _markup,
    9: _clean_text,
    10: _opening,
    11: _method,
    12: _name,
    13: _refresh,
    14: _calendar_uid,
    15: _colors,
    16: _once,
    17: _registered,
    18: _zones,
    19: _uids,
    20: _stamps,
    21: _days,
    22: _all_day,
    23: _unknown_days,
    24: _summaries,
    25: _descriptions,
    26: _urls,
    27: _legal_words,
    28: _free,
    29: _sequences,
    30: _lifetimes,
    31: _lists,
    32: _uris,
    33: _invitations,
    34: _alarms,
    35: _likeness,
    40: _cancelled,
    41: _size,
}
"""Rules for one document, by number; 36 to 39 and 42 compare two."""


def problems(
    document: bytes, *, alarms: bool = False, now: datetime | None = None, but: tuple[int, ...] = ()
) -> list[str]:
    """
    Return the faults of *document*, each as ``rule 13: …``.

    *alarms* says that the subscriber asked for some (rule 34); *now*, in UTC, lets rule
    20 see stamps in the future; *but* names rules that do not apply.
    """
    parts = Document.take_apart(document)
    found = [
        f"rule {number}: {what}"
        for number, check in RULES.items()
        if number not in but
        for what in check(parts)
    ]
    if now:
        latest = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        stamped = (event for event in parts.events if event.value("DTSTAMP") > latest)
        found += [f"rule 20: {event.who}: DTSTAMP is in the future" for event in stamped]
    if not alarms and any(event.parts for event in parts.events):
        found.append("rule 34: has a VALARM that nobody asked for")
    return found


def unfaithful(before: bytes, after: bytes) -> list[str]:
    """
    Return how a feed misleads those who read *before* and now read *after*.

    An event that moved needs a higher SEQUENCE and a later LAST-MODIFIED (rule 36), one
    that shows anything else needs the latter (37), and one that does not change needs
    the same bytes (38).
    """
    found = []
    were = {event.value("UID"): event for event in Document.take_apart(before).events}
    for event in Document.take_apart(after).events:
        uid = event.value("UID")
        was = were.get(uid)
        if was is None or was == event:
            continue
        has_moved = [was.value(name) for name in ("DTSTART", "DTEND", "STATUS")] != [
            event.value(name) for name in ("DTSTART", "DTEND", "STATUS")
        ]
        rise = int(event.value("SEQUENCE")) - int(was.value("SEQUENCE"))
        is_later = event.value("LAST-MODIFIED") > was.value("LAST-MODIFIED")
        if rise < 0:
            found.append(f"rule 29: {uid}: SEQUENCE fell by {-rise}")
        if has_moved and not (rise > 0 and is_later):
            found.append(f"rule 36: {uid}: moved without a higher SEQUENCE and LAST-MODIFIED")
        if not is_later:
            found.append(f"rule 37: {uid}: changed without a later LAST-MODIFIED")
        if _without_stamps(was) == _without_stamps(event):
            found.append(f"rule 38: {uid}: has new stamps, though nothing changed")
    return found


def strangers(part: bytes, whole: bytes) -> list[str]:
    """Return which events of *part*, a filtered feed, are not in *whole* as they are."""
    known = {event.value("UID"): event for event in Document.take_apart(whole).events}
    return [
        f"rule 42: {event.value('UID')}: is not the same in both feeds"
        for event in Document.take_apart(part).events
        if known.get(event.value("UID")) != event
    ]


def _without_stamps(event: Component) -> list[Line]:
    stamps = ("DTSTAMP", "LAST-MODIFIED", "SEQUENCE")
    return [line for line in event.lines if line.name not in stamps]


def _components(document: Document) -> Iterator[Component]:
    for component in document.components:
        yield from component.walk()


def _lines(document: Document) -> Iterator[tuple[Component, Line]]:
    for component in _components(document):
        for line in component.lines:
            yield component, line


def _span(event: Component) -> tuple[date | None, date | None]:
    return _day(event.value("DTSTART")), _day(event.value("DTEND"))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return (
        text.isascii()
        and not re.search(r"\s", text)
        and parts.scheme in ("http", "https")
        and bool(parts.netloc)
    )
