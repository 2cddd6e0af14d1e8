"""
iCalendar (RFC 5545, with the calendar properties of RFC 7986).

`icalendar` writes the calendar and its own properties, once for all feeds. Their values, and
events, which are many, are written by `content_lines`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache, partial
from hashlib import blake2b
from itertools import compress, groupby, repeat
from typing import Protocol

from icalendar import Calendar
from icalendar.prop import vDuration, vText, vUri

from releasecal.core.dates import FEED_DAYS
from releasecal.core.editions import Entry, Facts
from releasecal.core.languages import ENGLISH, LANGUAGES, Language
from releasecal.core.languages.text_digests import DigestLanguage, NotingLanguage
from releasecal.core.value_classes import dataclass
from releasecal.formats.calendar_description import about, identifier, page
from releasecal.formats.content_lines import content_lines, escape, event_lines, fold, unescape
from releasecal.formats.event_columns import Event, Events, Property
from releasecal.formats.event_properties import (
    alarm_properties,
    entry_events,
    is_in_range,
    left_out_notice,
    past_event,
    possible_notices,
    spoken_events,
    stale_notice,
    undo_properties,
    unseen_notices,
)
from releasecal.formats.event_text import announcements, description, summary
from releasecal.formats.size_limit import fit
from releasecal.queries.feed_query import EVERYTHING, FeedQuery
from releasecal.queries.results import Feed, Heading
from releasecal.queries.site_settings import SiteSettings

# Without a version: an upgrade that changes nothing else changes no byte.
_PRODID = "-//releasecal//releasecal//EN"
_BEGIN, _END = b"BEGIN:VEVENT\r\n", b"END:VEVENT\r\n"
_END_OF_CALENDAR = b"END:VCALENDAR\r\n"
# No text contains it: line breaks in texts are escaped, folded lines begin with a space.
_OFF = b"\r\nSTATUS:CANCELLED\r\n"
# It says what LAST-MODIFIED does, and stands near the beginning of an event.
_STAMP, _LEN_OF_STAMP = b"\r\nDTSTAMP:", len("20270714T000000Z")
_BEFORE_STAMP = len(_STAMP)
_DAY_AFTER = b"\r\nDTEND;VALUE=DATE:"
_ADDRESSES = ("page", "address")  # values of a heading that are written without escapes
_AT_ONCE = 256  # events as values
_MAX_OCTETS_AROUND = 4_000  # of the notice "left out", LAST-MODIFIED, the end of the calendar


@dataclass(frozen=True, slots=True)
class _Spoken(FeedQuery):
    """The query for everything, in the language of a *speaker* that no query can name."""

    speaker: Language = ENGLISH

    @property
    def language(self) -> Language:
        return self.speaker


@dataclass(frozen=True, slots=True)
class _Noted(FeedQuery):
    """The query for everything, in a language that notes what it says."""

    speaker: NotingLanguage = field(kw_only=True)

    @property
    def language(self) -> Language:
        return self.speaker


_OTHERS = DigestLanguage.of(LANGUAGES[code] for code in sorted(LANGUAGES) if code != ENGLISH.code)
# Of an event and a SUMMARY of which nothing is cut off: well below the limits.
_UNCUT_OCTETS, _UNCUT_SUMMARY = 2_000, 200
_LONG_AGO, _NO_STAMP = datetime(1970, 1, 1, tzinfo=UTC), b"19700101T000000Z"
_MAX_BODIES = 20_000  # kept in memory between digest and event


def render(feed: Feed) -> bytes:
    """
    Return *feed* as an iCalendar stream: UTF-8, CRLF, lines of at most 75 octets.

    Every property comes from *feed*, none from the clock or from chance, so equal
    feeds make equal bytes. There is no METHOD: DTSTAMP then means "last revised"
    (RFC 5545 § 3.8.7.2), which we know.

    Releases outside 1970-2037 are left out, which a film's own feed says in a notice. A UID
    on the calendar itself is left out, too: vdirsyncer would take it for that of every event.
    """
    head = _beginning(feed.heading)
    notices = [_written(stale_notice(feed, feed.stale_since))] if feed.stale_since else []
    events, unseen = _events(feed)
    if unseen:
        notices += map(_written, unseen_notices(feed, unseen))
    kept = events
    if feed.max_octets is not None:
        room = feed.max_octets - _MAX_OCTETS_AROUND - len(b"".join([head, *notices]))
        if sum(map(len, events)) > room:
            kept = fit([(_day_after(event), event) for event in events], feed.today, room)
    left_out = feed.left_out + len(events) - len(kept)
    if left_out:
        notices.append(_written(left_out_notice(feed, len(kept), left_out)))
    modified = _last_modified([*kept, *notices], feed.left)
    return b"".join([head, modified, *kept, *notices, _END_OF_CALENDAR])


def joined(heading: Heading, events: Sequence[bytes], left: datetime | None) -> bytes:
    """
    Return what `render` does for a feed with *heading* and rendered *events*, in their order.

    No limit cuts it, no notice is in it, and none of *events* is empty. *left* is that of `Feed`.
    """
    head, modified = _beginning(heading), _last_modified(events, left)
    return b"".join([head, modified, *events, _END_OF_CALENDAR])


def _last_modified(events: Sequence[bytes], left: datetime | None) -> bytes:
    """
    Return the calendar's LAST-MODIFIED (RFC 7986 § 5.4): when an event last changed or *left*.

    It comes from the bytes, for pre-rendered events are nothing else; a text cannot pretend
    to be the property, for its line breaks are escaped.
    """
    stamps = [
        event[(at := event.index(_STAMP) + _BEFORE_STAMP) : at + _LEN_OF_STAMP] for event in events
    ]
    stamps += [f"{left:%Y%m%dT%H%M%SZ}".encode()] if left else []
    return b"LAST-MODIFIED:%s\r\n" % max(stamps) if stamps else b""


def undo(feed: Feed) -> bytes:
    """
    Return the calendar that removes all events of *feed* from one that has imported them.

    An entry is in it if it was ever published with a date that a calendar can have, coarse or
    not, and so are all notices. The same UIDs have a higher SEQUENCE under METHOD:CANCEL (RFC
    5546 § 3.2.5). ORGANIZER, which the RFC demands, is missing, since the events never had one.
    """
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", _PRODID)
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "CANCEL")
    undone = [_undone(entry, feed) for entry in feed.entries]
    notices = [_in_event(undo_properties(notice)) for notice in possible_notices(feed)]
    head = map(fold, _unfolded(calendar))
    return b"".join([*head, *undone, *notices, _END_OF_CALENDAR])


def _unfolded(calendar: Calendar) -> tuple[str, ...]:
    """Return the lines of *calendar*, which has no events, without its end."""
    lines = calendar.to_ical().replace(b"\r\n ", b"").removesuffix(_END_OF_CALENDAR)
    return tuple(lines.decode().removesuffix("\r\n").split("\r\n"))


def _events(feed: Feed) -> tuple[Sequence[bytes], Sequence[date]]:
    """Return the events of *feed*, in their order, and the days after those that are left out."""
    alarms = feed.query.alarm
    if feed.rendered:
        rung = [_with_alarms(body, alarms) for body in feed.rendered] if alarms else feed.rendered
        return rung, feed.unseen
    found: list[bytes] = []
    unseen = [*feed.unseen]
    for first in range(0, len(feed.entries), _AT_ONCE):
        some = feed.entries[first : first + _AT_ONCE]
        made = entry_events(some, feed.site, feed.query, feed.today)
        for after, body in zip(made.afters, _in_range(made), strict=True):
            if body:
                found.append(body)
            else:
                unseen.append(after)
    return found, unseen


def _day_after(event: bytes) -> date:
    """Return the day after the last one of *event*."""
    at = event.index(_DAY_AFTER) + len(_DAY_AFTER)
    return date.fromisoformat(event[at : at + len("20270715")].decode())


def event(entry: Entry, site: SiteSettings, query: FeedQuery, today: date) -> bytes:
    """
    Return the event of *entry* on the civil day *today*, from its BEGIN to its last CRLF.

    It is empty for a release outside 1970-2037.
    """
    return _in_range(entry_events([entry], site, query, today))[0]


def prerender(entry: Entry, site: SiteSettings) -> Iterator[tuple[date, bytes]]:
    """
    Yield the event of *entry* for plain queries, with the civil day from which it is so.

    There is one for each of its looks: a mark goes, a date becomes overdue. There is none
    for an entry without a day, and an empty one for an entry outside 1970-2037.
    """
    shown = entry.shown
    if shown and shown.is_day:
        turns = {date.min, entry.marked_until, entry.overdue_from}
        for since in sorted(turn for turn in turns if turn):
            yield since, event(entry, site, EVERYTHING, since)


def _in_range(events: Events) -> list[bytes]:
    """Return each of *events*, or nothing for one that is outside 1970-2037."""
    columns = event_lines(events)
    if any(events.alarms):
        columns.append(list(map(_alarms, events.summaries, events.alarms)))
    bodies = map(b"".join, zip(repeat(_BEGIN), *columns, repeat(_END)))
    return [
        body if is_in_range(first, after) else b""
        for first, after, body in zip(events.firsts, events.afters, bodies, strict=True)
    ]


def _written(event: Event) -> bytes:
    return _in_event(event.properties)


def _undone(entry: Entry, feed: Feed) -> bytes:
    """Return the events that remove those of *entry*, or nothing if it never had one."""
    published = [past.when for past in entry.facts.release.history if past.seen and past.when]
    first, after = FEED_DAYS
    shown = [when for when in published if first < when.after <= after]
    if not shown:
        return b""
    made = partial(past_event, entry, feed.site, feed.query, feed.today, when=shown[-1])
    return b"".join(_in_event(undo_properties(made(uid=uid))) for uid in entry.uids)


def _in_event(properties: Iterable[Property]) -> bytes:
    return b"".join([_BEGIN, content_lines(properties), _END])


def _alarms(summary: str, alarms: tuple[timedelta, ...]) -> bytes:
    """Return the *alarms* of an event with *summary*."""
    bodies = map(content_lines, alarm_properties(summary, alarms))
    return b"".join([b"BEGIN:VALARM\r\n%sEND:VALARM\r\n" % body for body in bodies])


def _with_alarms(body: bytes, alarms: tuple[timedelta, ...]) -> bytes:
    """Return the pre-rendered event *body* with *alarms*, unless it is off its day."""
    if _OFF in body:  # a plain query never hides STATUS
        return body
    title, _, _ = body.removeprefix(_BEGIN + b"SUMMARY:").partition(b"\r\nDTSTART;")
    summary = unescape(title.replace(b"\r\n ", b"").decode())
    return b"".join([body.removesuffix(_END), _alarms(summary, alarms), _END])


def calendar_frame(ask_every: timedelta) -> Calendar:
    """Return a calendar without events, with ``%(name)s`` where a value of `heading_values` goes."""
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", _PRODID)
    calendar.add("calscale", "GREGORIAN")
    # As vText, for icalendar writes names it does not know unescaped.
    calendar.add("name", vText("%(title)s"))
    calendar.add("x-wr-calname", vText("%(title)s"))
    every = vDuration(ask_every)
    text = every.to_ical().decode()  # type: ignore[no-untyped-call]  # its only such method
    calendar.add("x-published-ttl", vText(text))
    every.params["VALUE"] = "DURATION"  # RFC 7986 § 5.7 demands the parameter
    calendar.add("refresh-interval", every, encode=False)
    calendar.add("color", "crimson")
    calendar.add("x-apple-calendar-color", "#DC143C")
    # RFC 7986 § 5.2, and the name that clients had for it before.
    calendar.add("description", vText("%(about)s"))
    calendar.add("x-wr-caldesc", vText("%(about)s"))
    # The page for people (RFC 7986 § 5.5), where SOURCE is for programs.
    calendar.add("url", vUri("%(page)s"))
    # Tells Outlook that two copies are of one calendar ([MS-OXCICAL], X-WR-RELCALID).
    calendar.add("x-wr-relcalid", vText("%(identifier)s"))
    calendar.add("source", vUri("%(address)s"), parameters={"VALUE": "URI"})
    return calendar


@lru_cache(maxsize=16)
def _frame(ask_every: timedelta) -> tuple[str | bytes, ...]:
    """
    Return the lines of a calendar without its end.

    Those with a value of a feed are texts with ``%(name)s`` in its place, all others are folded,
    and joined where they follow each other.
    """
    lines: list[str | bytes] = []
    for is_shared, some in groupby(
        _unfolded(calendar_frame(ask_every)), lambda line: "%(" not in line
    ):
        found = list(some)
        lines += [b"".join(map(fold, found))] if is_shared else found
    return tuple(lines)


def heading_values(heading: Heading) -> Mapping[str, str]:
    """Return the values of *heading* in a calendar, by name."""
    place = page(heading)
    return {
        "title": heading.title,
        "about": about(heading, place),
        "page": place,
        "identifier": identifier(heading),
        "address": heading.address,
    }


def _beginning(heading: Heading) -> bytes:
    """Return the calendar with *heading* up to its first event, in our folding."""
    values = {
        name: text if name in _ADDRESSES else escape(text)
        for name, text in heading_values(heading).items()
    }
    frame = _frame(heading.site.ask_every)
    return b"".join([line if isinstance(line, bytes) else fold(line % values) for line in frame])


def event_digests(several: Sequence[Facts], site: SiteSettings) -> Sequence[str]:
    """
    Return a digest of the event with each of *several* facts, without its stamps and marks.

    Databases keep it: another digest means a new LAST-MODIFIED, in each language the same.
    """
    return Prerenderer(site).digests(several)


class Shelf(Protocol):
    """A place for octets that need no memory meanwhile."""

    def put(self, data: bytes) -> tuple[int, int]:
        """Put *data* aside, and return its place."""

    def get(self, place: tuple[int, int]) -> bytes:
        """Return the data at *place*."""


class Prerenderer:
    """
    The events of entries for plain queries, and their digests.

    A digest takes the event without its stamps. Most events are that with their own stamps, so they
    are kept: digests of an edition or a part of it come first, and its events after them.
    """

    def __init__(self, site: SiteSettings, shelf: Shelf | None = None) -> None:
        """Render for *site*; events are put on *shelf* where there are very many."""
        self._site, self._shelf = site, shelf
        self._shelved: dict[int, tuple[Facts, tuple[int, int]]] = {}
        self._queries: list[_Noted] = []
        self._bodies: dict[int, tuple[Facts, bytes]] = {}

    def digests(self, several: Sequence[Facts]) -> Sequence[str]:
        """Return what `event_digests` does."""
        found: list[str] = []
        for first in range(0, len(several), _AT_ONCE):
            entries = [
                Entry(each, 0, created=_LONG_AGO, revised=_LONG_AGO, uids=(each.release.key.uid,))
                for each in several[first : first + _AT_ONCE]
            ]
            is_shown = [entry.shown is not None for entry in entries]
            digests = self._digests([*compress(entries, is_shown)])
            found += [next(digests) if each else "" for each in is_shown]
        return found

    def _digests(self, entries: Sequence[Entry]) -> Iterator[str]:
        """Yield a digest of the event of each of *entries*, all of which have one."""
        while len(self._queries) < len(entries):
            self._queries.append(_Noted(speaker=NotingLanguage.of(_OTHERS)))
        queries = self._queries[: len(entries)]
        for query in queries:
            query.speaker.said.clear()
        made = spoken_events(entries, self._site, queries, ENGLISH, date.min)
        bodies = _in_range(made)
        about = zip(entries, queries, bodies, made.firsts, made.summaries, strict=True)
        for entry, query, body, first, title in about:
            self._keep(entry.facts, body)
            yield self._digest(entry, query.speaker, body, first, title)

    def _digest(
        self, entry: Entry, noting: NotingLanguage, body: bytes, first: date, title: str
    ) -> str:
        facts = entry.facts
        told = [facts.release.kind.emoji]
        if facts.names:
            told += (f"{tongue} {name}" for tongue, name in facts.names)
            # What some languages say of a film that has another title in them.
            noting.word("Other title: {title}.")
        told.append("".join(noting.said))
        if not body:  # iCalendar leaves out other centuries, JSON does not
            told += [f"{first}", title]
        is_uncut = len(body) <= _UNCUT_OCTETS and len(title) <= _UNCUT_SUMMARY
        if not body or not is_uncut or noting.has_said("• … earlier announcements: {count}"):
            told += self._in_full(entry)
        return blake2b(body + "\n".join(told).encode(), digest_size=16).hexdigest()

    def _in_full(self, entry: Entry) -> Iterator[str]:
        """Yield digests of the texts of *entry*, for what English cuts off others may have."""
        _, _, is_off_its_day = EVERYTHING.place(entry)
        query = _Spoken(speaker=_OTHERS)
        yield summary(entry, query, date.min, is_off_its_day=is_off_its_day)
        told = announcements(entry.facts, _OTHERS)
        yield description(entry, told, _OTHERS, date.min, address="", is_off_its_day=is_off_its_day)

    def _keep(self, facts: Facts, body: bytes) -> None:
        if len(self._bodies) >= _MAX_BODIES:
            oldest = next(iter(self._bodies))
            of, before = self._bodies.pop(oldest)
            if self._shelf:
                self._shelved[oldest] = of, self._shelf.put(before)
        self._bodies[id(facts)] = facts, body

    def forget(self) -> None:
        """Forget the events that nobody has asked for: digests have told that they are as before."""
        self._bodies.clear()
        self._shelved.clear()

    def _kept(self, facts: Facts) -> bytes | None:
        """Return the event of *facts* as `digest` has made it, or None if it is not there any more."""
        _, body = self._bodies.pop(id(facts), (facts, None))
        if body is None and self._shelf and (found := self._shelved.pop(id(facts), None)):
            return self._shelf.get(found[1])
        return body

    def events(self, entry: Entry) -> Iterable[tuple[date, bytes]]:
        """Return what `prerender` does."""
        body = self._kept(entry.facts)
        is_plain = entry.marked_until is None and entry.overdue_from is None
        is_own = entry.uids[0] == entry.key.uid
        if body is None or not (is_plain and is_own):
            return prerender(entry, self._site)
        shown = entry.shown
        return [(date.min, _stamped(body, entry))] if shown and shown.is_day else []


def _stamped(body: bytes, entry: Entry) -> bytes:
    """Return *body*, the event of *entry* as a digest takes it, with its own stamps."""
    for before, now in _stamps(entry.sequence, entry.created, entry.revised):
        body = body.replace(before, now, 1)
    return body


@lru_cache(maxsize=1_024)
def _stamps(sequence: int, created: datetime, revised: datetime) -> Sequence[tuple[bytes, bytes]]:
    """
    Return the stamps of an event as a digest takes them, each as a line, and its own ones.

    No text contains such a line: see `_OFF`. They are kept, for an edition has few.
    """
    changed = _moment(revised)
    stamps = (
        (b"DTSTAMP", _NO_STAMP, changed),
        (b"SEQUENCE", b"0", b"%d" % sequence),
        (b"CREATED", _NO_STAMP, _moment(created)),
        (b"LAST-MODIFIED", _NO_STAMP, changed),
    )
    line = b"\r\n%s:%s\r\n"
    return [(line % (name, before), line % (name, now)) for name, before, now in stamps]


def _moment(moment: datetime) -> bytes:
    """Return a *moment*, which is UTC, as DATE-TIME."""
    return f"{moment:%Y%m%dT%H%M%SZ}".encode()
