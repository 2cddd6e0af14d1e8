"""
The properties of a VEVENT (RFC 5545 § 3.6.1), listed in one place.

Every event comes from here: that of a release, its undoing, and the notices of a feed.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from releasecal.core.dates import FEED_DAYS, PartialDate, midnight
from releasecal.core.editions import Entry
from releasecal.core.languages import ENGLISH, Language
from releasecal.formats.event_columns import (
    Event,
    Events,
    Property,
    SharedColumn,
    SharedProperties,
    TextColumn,
    Uri,
)
from releasecal.formats.event_text import announcements, description, status, summary
from releasecal.queries.feed_query import FeedQuery
from releasecal.queries.parameters import Cancelled
from releasecal.queries.results import Feed
from releasecal.queries.site_settings import SiteSettings

_DAY = timedelta(days=1)
_FIRST, _AFTER = FEED_DAYS
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_IS_DATE = (("VALUE", "DATE"),)
_IS_URI = (("VALUE", "URI"),)
_UNDO = frozenset({"SUMMARY", "DTSTART", "DTEND", "DTSTAMP", "UID", "SEQUENCE", "LAST-MODIFIED"})
_NOTICE = ("Notice",)  # its categories


def _events(  # noqa: PLR0913 - an event has much to say
    *,
    uids: Sequence[str],
    firsts: Sequence[date],
    afters: Sequence[date],
    changed: Sequence[datetime],
    summaries: Sequence[str],
    descriptions: Sequence[str],
    facts: Sequence[SharedProperties],
    ends: Sequence[SharedProperties],
    related: Sequence[Sequence[str]] = (),
    posters: Sequence[str] = (),
    places: Sequence[str] = (),
    alarms: Sequence[tuple[timedelta, ...]],
    language: Language,
) -> Events:
    """
    Return events with what each of them has; *related* are UIDs, an empty text is left out.

    A text is in the language of PRODID unless it names its own (RFC 5545 § 3.2.10).
    """
    spoken = () if language.code == ENGLISH.code else (("LANGUAGE", language.code),)
    columns: list[TextColumn | SharedColumn] = [
        TextColumn("SUMMARY", spoken, summaries),
        SharedColumn(list(map(_days, firsts, afters, changed))),
        TextColumn("UID", (), uids),
        SharedColumn(facts),
        TextColumn("DESCRIPTION", spoken, descriptions),
    ]
    if any(posters):
        columns.append(SharedColumn(list(map(_poster, posters))))
    columns.append(SharedColumn(list(map(_change, changed))))
    if any(places):
        columns.append(TextColumn("LOCATION", spoken, places))
    for at in range(max(map(len, related), default=0)):
        others = [each[at] if len(each) > at else "" for each in related]
        columns.append(TextColumn("RELATED-TO", (), others))
    columns.append(SharedColumn(ends))
    return Events(firsts, afters, summaries, columns, alarms)


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
def _poster(address: str) -> SharedProperties:
    return SharedProperties(("IMAGE", _IS_URI, Uri(address)))  # RFC 7986 § 5.10


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
) -> Events:
    """Return the events of *entries* as *query* shows them on the civil day *today*."""
    return spoken_events(entries, site, [query] * len(entries), query.language, today)


def spoken_events(
    entries: Sequence[Entry],
    site: SiteSettings,
    queries: Sequence[FeedQuery],
    language: Language,
    today: date,
) -> Events:
    """
    Return what `entry_events` does, with a query for each entry, all of them in one *language*.

    Each step is taken for all of them before the next one. That takes half of the time, for the
    code of all steps is more than a processor has at hand at once.
    """
    days = [query.place(entry) for entry, query in zip(entries, queries, strict=True)]
    is_off = [each for _, _, each in days]
    pages = [site.page(entry.facts.release.key.film) for entry in entries]
    titles, texts = _texts(entries, is_off, pages, queries, today)
    releases = [entry.facts.release for entry in entries]
    related = [entry.facts.related for entry in entries]
    return _events(
        uids=[site.uid(entry.uids[0]) for entry in entries],
        firsts=[first for first, _, _ in days],
        afters=[after for _, after, _ in days],
        changed=[entry.changed(today) for entry in entries],
        summaries=titles,
        descriptions=texts,
        facts=[
            _facts(entry.sequence, entry.categories, release.kind.color, entry.created)
            for entry, release in zip(entries, releases, strict=True)
        ],
        ends=[
            _end(_status(entry, query, is_off_its_day=off), release.tickets or page)
            for entry, query, release, page, off in zip(
                entries, queries, releases, pages, is_off, strict=True
            )
        ],
        related=[[site.uid(uid) for uid in uids] if uids else uids for uids in related],
        posters=[entry.facts.poster for entry in entries],
        places=[release.place for release in releases],
        alarms=[() if off else query.alarm for query, off in zip(queries, is_off, strict=True)],
        language=language,
    )


def _texts(
    entries: Sequence[Entry],
    is_off: Sequence[bool],
    pages: Sequence[str],
    queries: Sequence[FeedQuery],
    today: date,
) -> tuple[list[str], list[str]]:
    """Return SUMMARY and DESCRIPTION of each of *entries*; *is_off* tells which are off their day."""
    titles = [
        summary(entry, query, today, is_off_its_day=off)
        for entry, query, off in zip(entries, queries, is_off, strict=True)
    ]
    languages = [query.language for query in queries]
    told = [
        announcements(entry.facts, language)
        for entry, language in zip(entries, languages, strict=True)
    ]
    return titles, [
        description(entry, each, language, today, address=page, is_off_its_day=off)
        for entry, each, language, off, page in zip(
            entries, told, languages, is_off, pages, strict=True
        )
    ]


def _status(entry: Entry, query: FeedQuery, *, is_off_its_day: bool) -> str:
    is_kept = is_off_its_day and query.cancelled is Cancelled.KEEP
    return "" if is_kept else status(entry, is_off_its_day=is_off_its_day)


def _event(  # noqa: PLR0913 - as for `_events`
    *,
    uid: str,
    first: date,
    after: date,
    changed: datetime,
    summary: str,
    facts: SharedProperties,
    end: SharedProperties,
    description: str = "",
    language: Language,
) -> Event:
    """Return an event that is no entry's, or not any more; see `_events`."""
    (made,) = _events(
        uids=[uid],
        firsts=[first],
        afters=[after],
        changed=[changed],
        summaries=[summary],
        descriptions=[description],
        facts=[facts],
        ends=[end],
        alarms=[()],
        language=language,
    )
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
    return _event(
        uid=site.uid(uid),
        first=when.first,
        after=when.after,
        changed=entry.changed(today),
        summary=summary(entry, query, today, is_off_its_day=entry.is_off_its_day),
        facts=_facts(entry.sequence, (), "", entry.created),
        end=_end("", ""),
        language=query.language,
    )


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


def is_in_range(first: date, after: date) -> bool:
    """Whether an event is within 1970-2037, outside of which calendar programs fail."""
    return _FIRST <= first < after <= _AFTER


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
    return _event(
        uid=f"notice.{'before' if is_past else 'after'}@{feed.site.uid_domain}",
        first=day,
        after=day + _DAY,
        changed=_EPOCH,
        summary=title,
        facts=_facts(0, _NOTICE, "", _EPOCH),
        end=_end("TENTATIVE", address),
        description=f"{text}\n\n{address}",
        language=feed.query.language,
    )


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
    address = f"{feed.site.url}/"
    created = min(created or begun, begun)
    return _event(
        uid=f"notice.{id_}@{feed.site.uid_domain}",
        first=feed.today,
        after=feed.today + _DAY,
        changed=max(changed, begun),
        summary=title,
        facts=_facts((begun - _EPOCH).days, _NOTICE, "", created),
        end=_end("TENTATIVE", address),
        description=f"{text}\n\n{address}",
        language=feed.query.language,
    )
