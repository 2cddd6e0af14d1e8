"""
iCalendar (RFC 5545, with the calendar properties of RFC 7986).

`icalendar` knows the grammar: values, escaping, parameters. The folding is ours, since
some clients lose a space that stands at a fold (ProtonMail/WebClients#513).
"""

import re
import unicodedata
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from hashlib import blake2b

from icalendar import Calendar, Event
from icalendar.prop import vDuration, vText, vUri

from releasecal.changes import date_in_words, tell
from releasecal.dates import PartialDate
from releasecal.editions import Entry, Facts
from releasecal.feeds import EVERYTHING, Cancelled, Feed, FeedSpec, Imprint
from releasecal.models import WORLD, Certainty, Status

_MOST_OCTETS = 75  # RFC 5545 § 3.1, without the line break
_MOST_SUMMARY = 255  # Proton cuts there
_MOST_DESCRIPTION = 3_000  # Proton again
_YEARS = range(1970, 2038)  # Proton refuses a feed's other events
# Without a version: an upgrade that changes nothing else changes no byte.
_PRODID = "-//releasecal//releasecal//EN"
_NOTICES = {
    Status.CANCELLED: "Cancelled: ",
    Status.WITHDRAWN: "Withdrawn: ",
    Status.SCHEDULED: "No longer on this day: ",
}
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_JOINERS = "\u200c\u200d\ufe0e\ufe0f"


def render(feed: Feed) -> bytes:
    """
    Return *feed* as an iCalendar stream: UTF-8, CRLF, lines of at most 75 octets.

    Every property comes from *feed*, none from the clock or from chance, so equal
    feeds make equal bytes. There is no METHOD: DTSTAMP then means "last revised"
    (RFC 5545 § 3.8.7.2), which is what we know.

    Releases outside 1970-2037 are left out, and so is a UID on the calendar itself:
    vdirsyncer would take it for that of every event.
    """
    calendar = _calendar(feed)
    for entry in feed.entries:
        first, after = feed.spec.span_of(entry)
        if first.year in _YEARS and (after - timedelta(days=1)).year in _YEARS:
            calendar.add_component(_event(entry, feed.imprint, feed.spec, feed.today))
    if feed.stale_since:
        calendar.add_component(_stale(feed, feed.stale_since))
    return _stream(calendar)


def undo(feed: Feed) -> bytes:
    """
    Return what takes the events of *feed* out of a calendar that has imported them.

    The same UIDs with a higher SEQUENCE under METHOD:CANCEL (RFC 5546 § 3.2.5). There is no
    ORGANIZER, which that wants, for there never was one.
    """
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", _PRODID)
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "CANCEL")
    for entry in feed.entries:
        first, after = feed.spec.span_of(entry)
        event = Event()
        event.add("uid", feed.imprint.uid(entry.key))
        event.add("dtstamp", entry.changed(feed.today))
        event.add("dtstart", first)
        event.add("dtend", after)
        words = summary(entry, feed.today, is_off=feed.spec.is_off(entry))
        event.add("summary", _Text(words))
        event.add("status", "CANCELLED")
        event.add("sequence", entry.sequence + 1)
        event.add("last-modified", entry.changed(feed.today))
        calendar.add_component(event)
    return _stream(calendar)


def _stream(calendar: Calendar) -> bytes:
    lines = calendar.to_ical().replace(b"\r\n ", b"").decode().removesuffix("\r\n")
    return "".join(_folded(line) for line in lines.split("\r\n")).encode()


class _Text(vText):
    r"""A text with the escapes of RFC 5545 § 3.3.11; `vText` makes a line end of any ``\N``."""

    def to_ical(self) -> bytes:
        """Return it as the value of a property."""
        return re.sub(r"([\\;,])", r"\\\1", self).replace("\n", r"\n").encode()


def _calendar(feed: Feed) -> Calendar:
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", _PRODID)
    calendar.add("calscale", "GREGORIAN")
    # As vText, for icalendar writes names it does not know unescaped.
    calendar.add("name", vText(feed.title))
    calendar.add("x-wr-calname", vText(feed.title))
    every = vDuration(feed.imprint.refresh_every)
    text = every.to_ical().decode()  # type: ignore[no-untyped-call]  # its only such method
    calendar.add("x-published-ttl", vText(text))
    every.params["VALUE"] = "DURATION"  # RFC 7986 § 5.7 demands the parameter
    calendar.add("refresh-interval", every, encode=False)
    calendar.add("color", "crimson")
    calendar.add("x-apple-calendar-color", "#DC143C")
    calendar.add("source", vUri(feed.address("ics")), parameters={"VALUE": "URI"})
    return calendar


def _stale(feed: Feed, since: datetime) -> Event:
    """Return the event that says on the feed's day that its dates may be out of date."""
    told = PartialDate.of_day(since.date()).in_words
    midnight = datetime.combine(feed.today, time(), UTC)
    first = since + feed.imprint.stale_after
    address = f"{feed.imprint.url}/"
    event = Event()
    event.add("uid", f"notice.stale@{feed.imprint.uid_domain}")
    event.add("dtstamp", midnight)
    event.add("dtstart", feed.today)
    event.add("dtend", feed.today + timedelta(days=1))
    event.add("summary", f"{feed.imprint.name}: not checked since {told}")
    text = f"The sources of these dates could not be read since {told}; they may have moved."
    event.add("description", _Text(f"{text}\n\n{address}"))
    event.add("categories", ["Notice"])
    event.add("url", address)
    event.add("status", "TENTATIVE")
    event.add("transp", "TRANSPARENT")
    event.add("class", "PUBLIC")
    event.add("sequence", (feed.today - _LONG_AGO.date()).days)
    event.add("created", min(first, midnight))
    event.add("last-modified", midnight)
    event.add("x-microsoft-cdo-busystatus", "FREE")
    return event


def look(facts: Facts, imprint: Imprint) -> str:
    """Return a digest of what an event with *facts* shows, its stamps and marks aside."""
    entry = Entry(facts, sequence=0, created=_LONG_AGO, revised=_LONG_AGO)
    if entry.shown is None:
        return ""
    shown = [f"{name}:{value}" for name, value in _properties(entry, imprint, EVERYTHING, date.min)]
    return blake2b("\n".join(shown).encode(), digest_size=16).hexdigest()


def _event(entry: Entry, imprint: Imprint, spec: FeedSpec, today: date) -> Event:
    event = Event()
    for name, value in _properties(entry, imprint, spec, today):
        event.add(name, value)
    return event


def _properties(
    entry: Entry, imprint: Imprint, spec: FeedSpec, today: date
) -> Iterator[tuple[str, object]]:
    """Yield the names and values of an event's properties."""
    first, after = spec.span_of(entry)
    is_off = spec.is_off(entry)
    yield "uid", imprint.uid(entry.key)
    yield "dtstamp", entry.changed(today)
    yield "dtstart", first
    yield "dtend", after
    yield "summary", _Text(summary(entry, today, is_off=is_off))
    yield "description", _Text(_description(entry, imprint, today, is_off=is_off))
    yield "categories", list(entry.categories)
    yield "url", imprint.page(entry.key.film)
    if not (is_off and spec.cancelled is Cancelled.KEEP):
        yield "status", _status(entry, is_off=is_off)
    yield "transp", "TRANSPARENT"
    yield "class", "PUBLIC"
    yield "sequence", entry.sequence
    yield "created", entry.created
    yield "last-modified", entry.changed(today)
    yield "color", entry.facts.release.kind.color
    for key in entry.facts.related:
        yield "related-to", imprint.uid(key)
    yield "x-microsoft-cdo-busystatus", "FREE"


def summary(entry: Entry, today: date, *, is_off: bool) -> str:
    """
    Return the one line that everybody reads, at most 255 characters.

    Clients hide STATUS (Google drops what is cancelled, Android shows it like any
    other), so what matters of it is said in words.
    """
    release = entry.facts.release
    phrase = release.kind.phrase
    phrase += f" on {release.channel}" if release.channel else ""
    phrase += f" ({release.key.region})" if release.key.region != WORLD else ""
    phrase += _aside(entry, today, is_off=is_off)
    before = _NOTICES[entry.current.status] if is_off else ""
    room = max(_MOST_SUMMARY - len(f"{before} – {phrase}"), _MOST_SUMMARY // 2)
    return _cut(f"{before}{_cut(entry.facts.title, room)} – {phrase}", _MOST_SUMMARY)


def _aside(entry: Entry, today: date, *, is_off: bool) -> str:
    """Return what is to be said of the date itself, which may be nothing."""
    if is_off:
        return ""
    when = entry.current.when
    if entry.is_overdue(today):
        return f" (overdue, was {date_in_words(when)})"
    if when and not when.is_day:
        return f" (TBC, {when.in_words})"
    if entry.is_marked(today) and entry.before:
        return f" (moved from {date_in_words(entry.before.when)})"
    return " (TBC)" if _is_open(entry) else ""


def _is_open(entry: Entry) -> bool:
    return entry.current.certainty in (Certainty.TENTATIVE, Certainty.ESTIMATED)


def _status(entry: Entry, *, is_off: bool) -> str:
    if is_off:
        return "CANCELLED"
    is_sure = entry.current.certainty is Certainty.CONFIRMED and not entry.is_off
    return "CONFIRMED" if is_sure else "TENTATIVE"


def _description(entry: Entry, imprint: Imprint, today: date, *, is_off: bool) -> str:
    """Return the event's text, the important part first, the page's address last."""
    address = imprint.page(entry.key.film)
    history = [
        f"{sentence}." for sentence in tell(entry.facts.release.history, dict(entry.facts.titles))
    ]
    head = [*_certainty(entry, today, is_off=is_off), *_belonging(entry), history[-1]]
    tail = [*_sources(entry)]
    most = _MOST_DESCRIPTION - len("\n\n" + address)
    room = most - len("\n\n".join(["\n".join(head), "", "\n".join(tail)]))
    parts = ["\n".join(head), _told(history, room), "\n".join(tail)]
    return _cut("\n\n".join(part for part in parts if part), most) + "\n\n" + address


def _told(history: list[str], room: int) -> str:
    """Return *history* as a list within *room* characters; the oldest lines go first."""
    if len(history) < 2:
        return ""
    lines = [f"• {sentence}" for sentence in history]
    dropped = 0
    while len(lines) > 1 and sum(len(line) + 1 for line in lines) + 60 > room:
        del lines[0]
        dropped += 1
    if dropped:
        lines.insert(0, f"• … {dropped} earlier announcements")
    return "\n".join(["History:", *lines])


def _certainty(entry: Entry, today: date, *, is_off: bool) -> Iterator[str]:
    current, derivation = entry.current, entry.facts.release.derivation
    if entry.is_overdue(today):
        yield f"Overdue: it was to be {date_in_words(current.when)}, and no day is known."
    elif current.when and not current.when.is_day and not is_off:
        yield f"No day is known yet, only {current.when.in_words}."
    if derivation and not is_off:
        window = derivation.window
        yield (
            "Earliest possible date, derived and not announced: "
            f"{window.bound.in_words} {window.length} after {derivation.counted_from.in_words} "
            f"{window.origin.phrase}."
        )
        if window.disputed:
            yield "This window is disputed." + (f" {window.note}" if window.note else "")
        elif window.note:
            yield window.note
    elif _is_open(entry):
        yield f"The date is {current.certainty.value}."


def _belonging(entry: Entry) -> Iterator[str]:
    facts = entry.facts
    if facts.follows:
        yield f"Sequel to {dict(facts.titles).get(facts.follows, facts.follows)}."
    if facts.release.note:
        yield facts.release.note


def _sources(entry: Entry) -> Iterator[str]:
    for source in entry.facts.sources:
        parts = [source.title or source.id, source.publisher]
        parts += [source.published.isoformat()] if source.published else []
        parts += [source.attribution]
        yield "Source: " + ", ".join(part for part in parts if part)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _folded(line: str) -> str:
    """
    Return a content *line* with CRLF, folded (RFC 5545 § 3.1).

    No fold splits a character, an emoji or a letter from its marks, and no
    continuation begins with a space of the text.
    """
    pieces = []
    room = _MOST_OCTETS
    while len(line.encode()) > room:
        most = len(line.encode()[:room].decode(errors="ignore"))
        at = next((at for at in range(most, most // 2, -1) if _may_fold(line, at)), most)
        pieces.append(line[:at])
        line = line[at:]
        room = _MOST_OCTETS - 1  # the space before it counts
    return "\r\n ".join([*pieces, line]) + "\r\n"


def _may_fold(line: str, at: int) -> bool:
    before, after = line[at - 1], line[at]
    if after.isspace() or after in _JOINERS or before in _JOINERS:
        return False
    if unicodedata.category(after)[0] == "M" or "\U0001f3fb" <= after <= "\U0001f3ff":
        return False
    return not (_is_regional(before) and _is_regional(after))


def _is_regional(char: str) -> bool:
    """Whether *char* is half of a flag."""
    return "\U0001f1e6" <= char <= "\U0001f1ff"
