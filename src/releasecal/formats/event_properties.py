"""
Events as values: the properties of a VEVENT (RFC 5545 § 3.6.1), listed in one place.

Every event comes from here: that of a release, its undoing, and the notices of a feed. A
format writes the list down: iCalendar as content lines, jCal (RFC 7265) as arrays. The Python
type of a value gives its type in both: text (str), URI (`Uri`), integer, date, date-time in
UTC, duration (timedelta), and a list of texts (tuple).
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from releasecal.core.dates import FEED_DAYS, PartialDate, midnight
from releasecal.core.editions import Entry
from releasecal.core.languages import ENGLISH, Language
from releasecal.formats.event_text import announcements, description, status, summary
from releasecal.queries.feed_query import FeedQuery
from releasecal.queries.parameters import Cancelled
from releasecal.queries.results import Feed
from releasecal.queries.site_settings import SiteSettings

_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Uri(str):
    """A value of type URI, which is written without escapes (RFC 5545 § 3.3.13)."""

    __slots__ = ()


Value = str | int | date | timedelta | tuple[str, ...]
"""The value of a property; a `Uri` is a str, and a datetime is a date."""

Parameters = tuple[tuple[str, str], ...]
"""Parameters of a property: (name, value) pairs."""

Property = tuple[str, Parameters, Value]
"""Name in capitals, parameters, value. A plain tuple takes a tenth of a NamedTuple's time."""


class SharedProperties:
    """
    Properties that many events have alike, in their order; those with an empty text are left out.

    Attributes:
        lines: The same as content lines, once these have been written.
    """

    __slots__ = ("lines", "properties")

    def __init__(self, *properties: Property) -> None:
        self.properties = tuple(each for each in properties if each[2] != "")
        self.lines = b""


Part = Property | SharedProperties
"""A property of an event, or several that follow each other."""


class Event(NamedTuple):
    """
    An event.

    Attributes:
        first: First day.
        after: Day after the last.
        summary: Value of SUMMARY, which its alarms repeat.
        parts: Its properties in `icalendar`'s order: important ones, then by name.
        alarms: Offsets from the beginning of the first day.
    """

    first: date
    after: date
    summary: str
    parts: list[Part]
    alarms: tuple[timedelta, ...] = ()

    @property
    def properties(self) -> list[Property]:
        """Its properties one by one."""
        found: list[Property] = []
        for part in self.parts:
            found += part.properties if isinstance(part, SharedProperties) else (part,)
        return found


_IS_DATE = (("VALUE", "DATE"),)
_IS_URI = (("VALUE", "URI"),)
_UNDO = frozenset({"SUMMARY", "DTSTART", "DTEND", "DTSTAMP", "UID", "SEQUENCE", "LAST-MODIFIED"})


def _properties(  # noqa: PLR0913 - an event has much to say
    *,
    uid: str,
    first: date,
    after: date,
    summary: str,
    description: str,
    url: str,
    sequence: int,
    created: datetime,
    changed: datetime,
    categories: tuple[str, ...],
    status: str,
    color: str = "",
    related: Sequence[str] = (),
    poster: str = "",
    place: str = "",
    language: Language,
) -> list[Part]:
    """
    Return the properties of an event; *related* are UIDs, an empty text is left out.

    A text is in the language of PRODID unless it names its own (RFC 5545 § 3.2.10).
    """
    spoken = () if language.code == ENGLISH.code else (("LANGUAGE", language.code),)
    made: list[Part] = [
        ("SUMMARY", spoken, summary),
        _days(first, after, changed),
        ("UID", (), uid),
        _facts(sequence, categories, color, created),
    ]
    if description:
        made.append(("DESCRIPTION", spoken, description))
    if poster:
        made.append(("IMAGE", _IS_URI, Uri(poster)))  # RFC 7986 § 5.10
    made.append(_change(changed))
    if place:
        made.append(("LOCATION", spoken, place))
    if related:
        made += [("RELATED-TO", (), other) for other in related]
    made.append(_end(status, url))
    return made


@lru_cache(maxsize=8_192)
def _days(first: date, after: date, changed: datetime) -> SharedProperties:
    return SharedProperties(
        ("DTSTART", _IS_DATE, first), ("DTEND", _IS_DATE, after), ("DTSTAMP", (), changed)
    )


@lru_cache(maxsize=4_096)
def _facts(
    sequence: int, categories: tuple[str, ...], color: str, created: datetime
) -> SharedProperties:
    return SharedProperties(
        ("SEQUENCE", (), sequence),
        ("CATEGORIES", (), categories),
        ("CLASS", (), "PUBLIC"),
        ("COLOR", (), color),
        ("CREATED", (), created),
    )


@lru_cache(maxsize=4_096)
def _change(changed: datetime) -> SharedProperties:
    return SharedProperties(("LAST-MODIFIED", (), changed))


@lru_cache(maxsize=8_192)
def _end(status: str, url: str) -> SharedProperties:
    """Return the last properties, which most releases of a film have in common."""
    return SharedProperties(
        ("STATUS", (), status),
        ("TRANSP", (), "TRANSPARENT"),
        ("URL", (), Uri(url)),
        # A whole day, whatever the zone ([MS-OXCICAL] § 2.1.3.1.1.20.28).
        ("X-MICROSOFT-CDO-ALLDAYEVENT", (), "TRUE"),
        ("X-MICROSOFT-CDO-BUSYSTATUS", (), "FREE"),  # Outlook's TRANSP
    )


def undo_properties(event: Event) -> list[Property]:
    """Return the properties that cancel *event* in a calendar (RFC 5546 § 3.2.5)."""
    kept = {each[0]: each for each in event.properties if each[0] in _UNDO}
    name, parameters, sequence = kept["SEQUENCE"]
    assert isinstance(sequence, int)
    kept[name] = name, parameters, sequence + 1
    return [*kept.values(), ("STATUS", (), "CANCELLED")]


def alarm_properties(summary: str, alarms: Iterable[timedelta]) -> Iterator[list[Property]]:
    """Yield the properties of each VALARM (RFC 5545 § 3.6.6) of an event with *summary*."""
    for offset in alarms:
        yield [
            ("ACTION", (), "DISPLAY"),
            ("DESCRIPTION", (), summary),  # without it Home Assistant refuses the feed
            ("TRIGGER", (), offset),
        ]


def entry_events(
    entries: Sequence[Entry], site: SiteSettings, query: FeedQuery, today: date
) -> list[Event]:
    """
    Return the events of *entries* as *query* shows them on the civil day *today*.

    Each step is taken for all of them before the next one. That takes three quarters of the time,
    for the code of all steps is more than a processor has at hand at once.
    """
    language = query.language
    places = [query.place(entry) for entry in entries]
    titles = [
        summary(entry, query, today, is_off_its_day=is_off_its_day)
        for entry, (_, _, is_off_its_day) in zip(entries, places, strict=True)
    ]
    pages = [site.page(entry.key.film) for entry in entries]
    told = [announcements(entry.facts, language) for entry in entries]
    texts = [
        description(entry, each, language, today, address=page, is_off_its_day=is_off_its_day)
        for entry, each, (_, _, is_off_its_day), page in zip(
            entries, told, places, pages, strict=True
        )
    ]
    said = zip(entries, places, titles, pages, texts, strict=True)
    return [_entry_event(*each, site, query, today) for each in said]


def _entry_event(  # noqa: PLR0913, PLR0917 - an event has much to say
    entry: Entry,
    place: tuple[date, date, bool],
    title: str,
    page: str,
    text: str,
    site: SiteSettings,
    query: FeedQuery,
    today: date,
) -> Event:
    """Return the event of *entry* with these texts, on the days that `FeedQuery.place` gives."""
    first, after, is_off_its_day = place
    is_kept = is_off_its_day and query.cancelled is Cancelled.KEEP
    facts = entry.facts
    made = _properties(
        uid=site.uid(entry.uid),
        first=first,
        after=after,
        summary=title,
        description=text,
        url=facts.release.tickets or page,
        sequence=entry.sequence,
        created=entry.created,
        changed=entry.changed(today),
        categories=entry.categories,
        status="" if is_kept else status(entry, is_off_its_day=is_off_its_day),
        color=facts.release.kind.color,
        related=[site.uid(each) for each in facts.related] if facts.related else (),
        poster=facts.poster,
        place=facts.release.place,
        language=query.language,
    )
    return Event(first, after, title, made, () if is_off_its_day else query.alarm)


def entry_event(entry: Entry, site: SiteSettings, query: FeedQuery, today: date) -> Event:
    """Return the event of *entry*; see `entry_events`."""
    (made,) = entry_events([entry], site, query, today)
    return made


def past_event(  # noqa: PLR0913 - an entry, its surroundings, and which of its events
    entry: Entry,
    site: SiteSettings,
    query: FeedQuery,
    today: date,
    *,
    when: PartialDate,
    uid: str,
) -> Event:
    """
    Return the event that *entry* has or had under *uid*, on all days of *when*.

    Properties that its undoing leaves out are missing.
    """
    title = summary(entry, query, today, is_off_its_day=entry.is_off_its_day)
    made = _properties(
        uid=site.uid(uid),
        first=when.first,
        after=when.after,
        summary=title,
        description="",
        url="",
        sequence=entry.sequence,
        created=entry.created,
        changed=entry.changed(today),
        categories=(),
        status="",
        language=query.language,
    )
    return Event(when.first, when.after, title, made)


def possible_notices(feed: Feed) -> Iterator[Event]:
    """
    Yield an event for each notice that a feed may have had on the day of *feed* or before.

    The notices of its films' own feeds are among them, for they may have been imported, too.
    """
    for id_ in ("left-out", "stale"):
        yield _notice(feed, id_, feed.site.name, "", changed=feed.changed)
    for is_past in (True, False):
        yield unseen_notice(feed, is_past=is_past)


def stale_notice(feed: Feed, since: datetime) -> Event:
    """Return the notice that the sources of *feed* were last read well at *since*, UTC."""
    language = feed.query.language
    day = language.date(PartialDate.of_day(since.date()))
    return _notice(
        feed,
        "stale",
        language.say("{name}: not checked since {day}", name=feed.site.name, day=day),
        language.say(
            "The sources of these dates have not been readable since {day}; dates may have moved.",
            day=day,
        ),
        created=since + feed.site.stale_after,
        changed=feed.stale_changed or _EPOCH,
    )


def left_out_notice(feed: Feed, kept: int, left_out: int) -> Event:
    """Return the notice that *feed* has *kept* events, and *left_out* more found no room."""
    language, news = feed.query.language, feed.news or feed.changed
    text = language.say(
        "This calendar has {share}, the nearest to today, "
        "for calendar programs fail on larger ones. Narrow it down with what follows the "
        "question mark in its address, as in ?region=US&kind=theatrical&past=30&future=P1Y. "
        "As of {day}, {time} UTC.",
        share=language.say_many("{kept} of {count} releases", kept + left_out, kept=kept),
        day=language.date(PartialDate.of_day(news.date())),
        time=f"{news:%H:%M:%S}",
    )
    title = language.say_many("{name}: {count} releases left out", left_out, name=feed.site.name)
    return _notice(feed, "left-out", title, text, changed=news)


def is_in_range(event: Event) -> bool:
    """Whether *event* is within 1970-2037, outside of which calendar programs fail."""
    first, after = FEED_DAYS
    return first <= event.first < event.after <= after


def unseen_notices(feed: Feed, unseen: Sequence[date]) -> list[Event]:
    """
    Return the notices of a film's *feed* about the releases that a calendar cannot hold.

    *unseen* are the days after their last ones. Feeds of many films have no such notice: who
    follows those has no wish to hear of each old film.
    """
    if not feed.path.startswith("/films/"):
        return []
    sides = sorted({after <= FEED_DAYS[1] for after in unseen}, reverse=True)
    return [unseen_notice(feed, is_past=is_past) for is_past in sides]


def unseen_notice(feed: Feed, *, is_past: bool) -> Event:
    """
    Return the notice that a film's *feed* lacks a release before 1970 or after 2037.

    It is on the first or last day of feeds, and the same for ever: a notice of today would be
    there each day of an old film's calendar.
    """
    first, after = FEED_DAYS
    day = first if is_past else after - _DAY
    title = feed.query.language.say(
        "{name}: releases before 1970 left out"
        if is_past
        else "{name}: releases after 2037 left out",
        name=feed.site.name,
    )
    text = feed.query.language.word(
        "Calendar programs fail on days before 1970 or after 2037. The page below has these releases."
    )
    films = feed.query.film
    address = feed.site.page(films[0]) if films else f"{feed.site.url}/"
    made = _properties(
        uid=f"notice.{'before' if is_past else 'after'}@{feed.site.uid_domain}",
        first=day,
        after=day + _DAY,
        summary=title,
        description=f"{text}\n\n{address}",
        url=address,
        sequence=0,
        created=_EPOCH,
        changed=_EPOCH,
        categories=("Notice",),
        status="TENTATIVE",
        language=feed.query.language,
    )
    return Event(day, day + _DAY, title, made)


def _notice(  # noqa: PLR0913 - an event has much to say
    feed: Feed,
    id_: str,
    title: str,
    text: str,
    *,
    created: datetime | None = None,
    changed: datetime = _EPOCH,
) -> Event:
    """
    Return an event on the day of *feed*.

    Its CREATED is that day's midnight or *created*, if that is earlier; LAST-MODIFIED is
    the midnight or *changed*, if that is later.
    """
    begun = midnight(feed.today)
    first, after, address = feed.today, feed.today + _DAY, f"{feed.site.url}/"
    made = _properties(
        uid=f"notice.{id_}@{feed.site.uid_domain}",
        first=first,
        after=after,
        summary=title,
        description=f"{text}\n\n{address}",
        url=address,
        sequence=(begun - _EPOCH).days,
        created=min(created or begun, begun),
        changed=max(changed, begun),
        categories=("Notice",),
        status="TENTATIVE",
        language=feed.query.language,
    )
    return Event(first, after, title, made)
