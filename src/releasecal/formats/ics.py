"""
iCalendar (RFC 5545, with the calendar properties of RFC 7986).

`icalendar` knows the grammar and makes the calendar and what it says of itself. Events are
written line by line, since there are many of them: `lines` knows how, `telling` what.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from hashlib import blake2b

from icalendar import Calendar, Event
from icalendar.cal.component import Component
from icalendar.prop import vDuration, vText, vUri

from releasecal.core.dates import PartialDate
from releasecal.core.durations import offset_text
from releasecal.core.editions import Entry, Facts
from releasecal.core.languages import LANGUAGES
from releasecal.formats.content_lines import escape, fold
from releasecal.formats.event_text import description, status, summary
from releasecal.formats.size_limit import fit
from releasecal.queries.feed_query import EVERYTHING, FeedQuery
from releasecal.queries.parameters import Cancelled
from releasecal.queries.results import Feed
from releasecal.queries.site import SiteSettings

_FIRST_DAY, _AFTER_LAST_DAY = date(1970, 1, 1), date(2038, 1, 1)  # Proton refuses others
# Without a version: an upgrade that changes nothing else changes no byte.
_PRODID = "-//releasecal//releasecal//EN"
_END = b"END:VCALENDAR\r\n"
# A text has no line of its own: its line breaks are escaped, and what is folded begins with
# a space.
_BEGIN, _DTSTART = b"BEGIN:VEVENT\r\nSUMMARY:", b"\r\nDTSTART;"
_OFF, _END_OF_EVENT = b"\r\nSTATUS:CANCELLED\r\n", b"END:VEVENT\r\n"
_OCTETS_AROUND = 4_000  # of the end of a calendar, and of what says that something is left out
_IN_OTHER_LANGUAGES = tuple(
    FeedQuery(lang=code) for code in sorted(LANGUAGES) if code != EVERYTHING.lang
)
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def render(feed: Feed) -> bytes:
    """
    Return *feed* as an iCalendar stream: UTF-8, CRLF, lines of at most 75 octets.

    Every property comes from *feed*, none from the clock or from chance, so equal
    feeds make equal bytes. There is no METHOD: DTSTAMP then means "last revised"
    (RFC 5545 § 3.8.7.2), which is what we know.

    Releases outside 1970-2037 are left out, and so is a UID on the calendar itself:
    vdirsyncer would take it for that of every event.
    """
    head = _written(_calendar(feed)).removesuffix(_END)
    notices = [_written(_stale(feed, feed.stale_since))] if feed.stale_since else []
    events = [(after, body) for after, body in _events(feed) if body]
    kept = [body for _, body in events]
    if feed.most_octets is not None:
        room = feed.most_octets - _OCTETS_AROUND - len(b"".join([head, *notices]))
        if sum(map(len, kept)) > room:
            kept = fit(events, feed.today, room)
    left_out = feed.left_out + len(events) - len(kept)
    if left_out:
        notices.append(_written(_too_large(feed, len(kept), left_out)))
    return b"".join([head, *kept, *notices, _END])


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
    head = _written(calendar).removesuffix(_END)
    return b"".join([head, *[_undone(entry, feed) for entry in feed.entries], _END])


def _written(component: Component) -> bytes:
    """Return a *component* that `icalendar` has made, folded as all lines here are."""
    lines = component.to_ical().replace(b"\r\n ", b"").decode().removesuffix("\r\n")
    return b"".join(map(fold, lines.split("\r\n")))


def _events(feed: Feed) -> Iterator[tuple[date, bytes]]:
    """Yield the events of *feed*, in their order, each beside the day after it ends."""
    if feed.ready is not None:
        for each in feed.ready:
            rings = feed.query.alarm and each.body
            yield each.after, _with_alarms(each.body, feed.query) if rings else each.body
    for entry in feed.entries:
        _, after = feed.query.span_of(entry)
        yield after, event(entry, feed.site, feed.query, feed.today)


def event(entry: Entry, site: SiteSettings, query: FeedQuery, today: date) -> bytes:
    """
    Return the event of *entry* on the civil day *today*, from its BEGIN to its last CRLF.

    It is empty for a release outside 1970-2037. The order of the properties is
    `icalendar`'s: those that matter most, then by name.
    """
    first, after, is_off = query.place(entry)
    if not _FIRST_DAY <= first < after <= _AFTER_LAST_DAY:
        return b""
    facts, key = entry.facts, entry.key
    uid, page = site.uid(key), site.page(key.film)
    changed = _moment(entry.changed(today))
    title = escape(summary(entry, query, today, is_off=is_off))
    text = description(entry, query, today, address=page, is_off=is_off)
    is_kept = is_off and query.cancelled is Cancelled.KEEP
    state = "" if is_kept else f"STATUS:{status(entry, is_off=is_off)}\r\n"
    # Apart, for what is beyond ASCII makes the whole of a text slower to handle. A UID has
    # nothing to escape: ids, slugs and the domain are of letters, digits and hyphens.
    lines = [
        b"BEGIN:VEVENT\r\n",
        fold(f"SUMMARY:{title}"),
        (
            f"DTSTART;VALUE=DATE:{_day(first)}\r\n"
            f"DTEND;VALUE=DATE:{_day(after)}\r\n"
            f"DTSTAMP:{changed}\r\n"
        ).encode(),
        fold(f"UID:{uid}"),
        (
            f"SEQUENCE:{entry.sequence}\r\n"
            f"CATEGORIES:{','.join(entry.categories)}\r\n"
            "CLASS:PUBLIC\r\n"
            f"COLOR:{facts.release.kind.color}\r\n"
            f"CREATED:{_moment(entry.created)}\r\n"
        ).encode(),
        fold(f"DESCRIPTION:{escape(text)}"),
        f"LAST-MODIFIED:{changed}\r\n".encode(),
        *[fold(f"RELATED-TO:{site.uid(other)}") for other in facts.related],
        f"{state}TRANSP:TRANSPARENT\r\n".encode(),
        fold(f"URL:{page}"),
        b"X-MICROSOFT-CDO-BUSYSTATUS:FREE\r\n",
        *(_alarms(query, title) if query.alarm and not is_off else ()),
        b"END:VEVENT\r\n",
    ]
    return b"".join(lines)


def _with_alarms(body: bytes, query: FeedQuery) -> bytes:
    """Return the event *body*, as `event` made it without alarms, with those of *query*."""
    if _OFF in body:  # or, if that is not to show, the query is not plain, and nothing lies ready
        return body
    summary, _, _ = body.removeprefix(_BEGIN).partition(_DTSTART)
    title = summary.replace(b"\r\n ", b"").decode()
    return b"".join([body.removesuffix(_END_OF_EVENT), *_alarms(query, title), _END_OF_EVENT])


def _alarms(query: FeedQuery, title: str) -> Iterator[bytes]:
    """Yield what rings for an event whose SUMMARY, escaped, is *title*."""
    text = fold(f"DESCRIPTION:{title}")  # without it Home Assistant refuses the feed
    for offset in query.alarm:
        yield b"BEGIN:VALARM\r\nACTION:DISPLAY\r\n"
        yield text
        yield f"TRIGGER:{offset_text(offset)}\r\nEND:VALARM\r\n".encode()


def _undone(entry: Entry, feed: Feed) -> bytes:
    """Return what takes the event of *entry* back."""
    first, after, is_off = feed.query.place(entry)
    changed = _moment(entry.changed(feed.today))
    title = summary(entry, feed.query, feed.today, is_off=is_off)
    lines = (
        "BEGIN:VEVENT",
        f"SUMMARY:{escape(title)}",
        f"DTSTART;VALUE=DATE:{_day(first)}",
        f"DTEND;VALUE=DATE:{_day(after)}",
        f"DTSTAMP:{changed}",
        f"UID:{feed.site.uid(entry.key)}",
        f"SEQUENCE:{entry.sequence + 1}",
        f"LAST-MODIFIED:{changed}",
        "STATUS:CANCELLED",
        "END:VEVENT",
    )
    return b"".join(map(fold, lines))


@lru_cache(maxsize=4_096)
def _day(day: date) -> str:
    return f"{day.year:04}{day.month:02}{day.day:02}"


@lru_cache(maxsize=4_096)
def _moment(moment: datetime) -> str:
    """Return a *moment*, which is UTC, as iCalendar has it."""
    return f"{moment:%Y%m%dT%H%M%SZ}"


def _calendar(feed: Feed) -> Calendar:
    """Return the calendar of *feed*, without its events."""
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", _PRODID)
    calendar.add("calscale", "GREGORIAN")
    # As vText, for icalendar writes names it does not know unescaped.
    calendar.add("name", vText(feed.title))
    calendar.add("x-wr-calname", vText(feed.title))
    every = vDuration(feed.site.ask_every)
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
    language = feed.query.language
    day = language.date(PartialDate.of_day(since.date()))
    return _notice(
        feed,
        "stale",
        language.say("{name}: not checked since {day}", name=feed.site.name, day=day),
        language.say(
            "The sources of these dates could not be read since {day}; they may have moved.",
            day=day,
        ),
        created=since + feed.site.stale_after,
    )


def _too_large(feed: Feed, kept: int, left_out: int) -> Event:
    """Return the event that says on the feed's day how much there is no room for."""
    language, news = feed.query.language, feed.news or feed.changed
    text = language.say(
        "This calendar has {kept} of {all} releases, the nearest to today, "
        "for calendar programs fail on larger ones. Narrow it down with what follows the "
        "question mark in its address, as in ?region=US&kind=theatrical&past=30&future=P1Y. "
        "As of {day}, {time} UTC.",
        kept=kept,
        all=kept + left_out,
        day=language.date(PartialDate.of_day(news.date())),
        time=f"{news:%H:%M:%S}",
    )
    title = language.say(
        "{name}: {count} release left out"
        if left_out == 1
        else "{name}: {count} releases left out",
        name=feed.site.name,
        count=left_out,
    )
    return _notice(feed, "left-out", title, text, changed=news)


def _notice(  # noqa: PLR0913 - an event has much to say
    feed: Feed,
    id_: str,
    title: str,
    text: str,
    *,
    created: datetime | None = None,
    changed: datetime = _LONG_AGO,
) -> Event:
    """
    Return an event on the feed's day, *created* no later than that began.

    What it says has *changed* then, or else at the midnight that brought it to this day.
    """
    midnight = datetime.combine(feed.today, time(), UTC)
    stamp = max(midnight, changed)
    address = f"{feed.site.url}/"
    event = Event()
    event.add("uid", f"notice.{id_}@{feed.site.uid_domain}")
    event.add("dtstamp", stamp)
    event.add("dtstart", feed.today)
    event.add("dtend", feed.today + timedelta(days=1))
    event.add("summary", title)
    event.add("description", vText(f"{text}\n\n{address}"))
    event.add("categories", ["Notice"])
    event.add("url", address)
    event.add("status", "TENTATIVE")
    event.add("transp", "TRANSPARENT")
    event.add("class", "PUBLIC")
    event.add("sequence", (feed.today - _LONG_AGO.date()).days)
    event.add("created", min(created or midnight, midnight))
    event.add("last-modified", stamp)
    event.add("x-microsoft-cdo-busystatus", "FREE")
    return event


def look(facts: Facts, site: SiteSettings) -> str:
    """
    Return a digest of what an event with *facts* shows, its stamps and marks aside.

    A word that changes in one language makes the event newer in all of them.
    """
    entry = Entry(facts, sequence=0, created=_LONG_AGO, revised=_LONG_AGO)
    if entry.shown is None:
        return ""
    first, _, is_off = EVERYTHING.place(entry)
    body = event(entry, site, EVERYTHING, date.min)
    # In iCalendar there is none of another century, but JSON has it.
    told = [] if body else [f"{first}", summary(entry, EVERYTHING, date.min, is_off=is_off)]
    told.append(facts.release.kind.emoji)
    for query in _IN_OTHER_LANGUAGES:
        told.append(summary(entry, query, date.min, is_off=is_off))
        told.append(description(entry, query, date.min, address="", is_off=is_off))
    return blake2b(body + "\n".join(told).encode(), digest_size=16).hexdigest()
