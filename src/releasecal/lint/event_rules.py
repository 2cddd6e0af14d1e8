"""Rules about events: what identifies them, what tells clients of changes, what people see."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from releasecal.lint.feed_text import Component, FeedText
from releasecal.lint.properties import VALID, civil_day, civil_moment, value_type
from releasecal.lint.rule import ERROR, NOTE, WARNING, Fault, LintRule
from releasecal.sources.notation.clean_text import shown

MAX_UID = 191
"""Length of a UID that Proton takes, in characters."""

_ITEMS = ("VEVENT", "VTODO", "VJOURNAL")
_TIMESTAMP = 1_000_000_000
_BUSY = {"TRANSPARENT": ("FREE", "TENTATIVE"), "OPAQUE": ("BUSY", "TENTATIVE", "OOF")}
_WORDS = ("FREE", "TENTATIVE", "BUSY", "OOF", "WORKINGELSEWHERE")
_CANCELLED = re.compile(
    r"cancel|no longer|abgesagt|entfällt|nicht mehr|annul|ne figure plus|plus à cette|ya no|já não"
    r"|non più|odwołan|nie ma|już nie|中止|削除|なくなり|أُلغي|لم يعد",
    re.IGNORECASE,
)
_SAYS_CANCELLED = re.compile(
    r"\W*(?:cancell?ed|abgesagt|annulé|cancelado|annullato|odwołano|中止|أُلغي)\s*[:：]",
    re.IGNORECASE,
)
_STAMPS = ("DTSTAMP", "LAST-MODIFIED", "CREATED")


def _items(feed: FeedText) -> Iterator[Component]:
    return feed.kinds(*_ITEMS)


def _no_uid(feed: FeedText) -> Iterator[Fault]:
    for item in _items(feed):
        if not item.value("UID").strip():
            yield item.fault(f"{item.who} has no UID")


def _uid_form(feed: FeedText) -> Iterator[Fault]:
    for item in _items(feed):
        if re.search(r"\S\s+\S", item.value("UID")[:2_000]):
            yield next(item.all("UID")).fault("the UID has white space", 0)


def _long_uid(feed: FeedText) -> Iterator[Fault]:
    for item in _items(feed):
        if len(item.value("UID")) > MAX_UID:
            yield next(item.all("UID")).fault(
                f"the UID has more than {MAX_UID} characters", MAX_UID
            )


def _dated_uid(feed: FeedText) -> Iterator[Fault]:
    for item in _items(feed):
        day, uid = item.value("DTSTART")[:8], item.value("UID")
        spelled = (day, f"{day[:4]}-{day[4:6]}-{day[6:]}")
        if civil_day(day) and not item.get("RRULE") and any(form in uid for form in spelled):
            yield next(item.all("UID")).fault("the UID has the day in it", 0)


def identity(item: Component) -> tuple[str, str]:
    """Return UID and RECURRENCE-ID of *item*, which no other one has."""
    return item.value("UID").strip(), item.value("RECURRENCE-ID")


def _same_uid(feed: FeedText) -> Iterator[Fault]:
    seen: dict[tuple[str, str], Component] = {}
    for item in _items(feed):
        key = identity(item)
        if key[0] and key in seen:
            first = seen[key].begin.number
            yield next(item.all("UID")).fault(f"the event in line {first} has this UID", 0)
        seen.setdefault(key, item)


def _alike(feed: FeedText) -> Iterator[Fault]:
    seen: dict[tuple[str, ...], Component] = {}
    for item in feed.events:
        look = tuple(item.value(name) for name in ("SUMMARY", "DTSTART", "DTEND", "LOCATION"))
        first = seen.setdefault(look, item)
        if first is not item and look[0] and look[1] and identity(first) != identity(item):
            yield item.fault(f"{item.who} looks like the event in line {first.begin.number}")


def _lacking(feed: FeedText, name: str) -> Iterator[Fault]:
    for item in _items(feed):
        if not item.get(name):
            yield item.fault(f"{item.who} has no {name}")


def _no_stamp(feed: FeedText) -> Iterator[Fault]:
    return _lacking(feed, "DTSTAMP")


def _no_modified(feed: FeedText) -> Iterator[Fault]:
    return _lacking(feed, "LAST-MODIFIED")


def _no_sequence(feed: FeedText) -> Iterator[Fault]:
    return _lacking(feed, "SEQUENCE")


def _timestamps(feed: FeedText) -> Iterator[Fault]:
    for each in feed.all("SEQUENCE"):
        digits = each.value.strip()
        if re.fullmatch(r"\d{10}", digits, re.ASCII) and _TIMESTAMP <= int(digits) < 2**31:
            yield each.fault("SEQUENCE is a time", 0)


def _future(feed: FeedText) -> Iterator[Fault]:
    latest = feed.now.strftime("%Y%m%dT%H%M%SZ")
    for each in feed.all(*_STAMPS):
        if civil_moment(each.value) and each.value.endswith("Z") and each.value > latest:
            yield each.fault(f"{each.name} is in the future", 0)


def _before(item: Component, first: str, second: str) -> bool:
    """Whether its moment *first* is before *second*; both are in UTC."""
    one, other = item.value(first), item.value(second)
    are_moments = civil_moment(one) and civil_moment(other)
    return bool(are_moments) and one[-1] == other[-1] == "Z" and one < other


def _created_late(feed: FeedText) -> Iterator[Fault]:
    for item in _items(feed):
        if _before(item, "LAST-MODIFIED", "CREATED"):
            yield item.fault(f"{item.who} was changed before it was created")


def _stale_stamp(feed: FeedText) -> Iterator[Fault]:
    if any(True for _ in feed.all("METHOD")):
        return  # then DTSTAMP is when the message was made
    for item in _items(feed):
        if _before(item, "DTSTAMP", "LAST-MODIFIED"):
            yield item.fault(f"{item.who} was changed after its DTSTAMP")


def _no_title(feed: FeedText) -> Iterator[Fault]:
    for item in feed.kinds("VEVENT", "VTODO"):
        if not item.text("SUMMARY").strip():
            yield item.fault("has no SUMMARY")


def _only_html(feed: FeedText) -> Iterator[Fault]:
    for item in _items(feed):
        if item.get("X-ALT-DESC") and not item.text("DESCRIPTION").strip():
            yield item.fault(f"{item.who} has its description as HTML only")


def _silently_off(feed: FeedText) -> Iterator[Fault]:
    for item in feed.events:
        is_off = item.value("STATUS").upper() == "CANCELLED"
        if is_off and not _CANCELLED.search(item.text("SUMMARY")[:500]):
            yield item.fault(f"{item.who} is cancelled, and its title does not say so")


def _first_sequence(feed: FeedText) -> Iterator[Fault]:
    for item in feed.events:
        if item.value("STATUS").upper() == "CANCELLED" and item.value("SEQUENCE") in ("", "0"):
            yield item.fault(f"{item.who} is cancelled with SEQUENCE 0")


def _off_by_title(feed: FeedText) -> Iterator[Fault]:
    for item in feed.events:
        is_on = item.value("STATUS").upper() in ("CONFIRMED", "TENTATIVE")
        if is_on and _SAYS_CANCELLED.match(item.text("SUMMARY")[:100]):
            yield item.fault(f"{item.who} says that it is cancelled, and STATUS does not")


def _hidden_address(feed: FeedText) -> Iterator[Fault]:
    for item in feed.events:
        if item.value("URL").strip() and "://" not in item.value("DESCRIPTION"):
            yield next(item.all("URL")).fault("the address stands in URL alone")


def _busy_days(feed: FeedText) -> Iterator[Fault]:
    for item in feed.events:
        start = item.get("DTSTART")
        is_day = start and start.param("VALUE").upper() == "DATE"
        if is_day and not item.get("TRANSP", "X-MICROSOFT-CDO-BUSYSTATUS"):
            yield item.fault(f"{item.who} makes the whole day busy")


def _busy_words(feed: FeedText) -> Iterator[Fault]:
    for item in feed.events:
        told = item.get("X-MICROSOFT-CDO-BUSYSTATUS")
        if told is None:
            continue
        word, transparency = told.value.upper(), item.value("TRANSP").upper()
        if word not in _WORDS:
            yield told.fault(f"X-MICROSOFT-CDO-BUSYSTATUS cannot be {shown(word[:200])}", 0)
        elif word not in _BUSY.get(transparency, _WORDS) and word != "WORKINGELSEWHERE":
            yield told.fault(f"TRANSP is {transparency}, and this is {word}", 0)


def _relations(feed: FeedText) -> Iterator[Fault]:
    for each in feed.all("RELATED-TO"):
        if not each.value.strip() or each.value == each.owner.value("UID"):
            yield each.fault("RELATED-TO leads nowhere", 0)


def _people(feed: FeedText) -> Iterator[Fault]:
    for item in feed.events:
        if people := item.get("ATTENDEE", "ORGANIZER"):
            yield people.fault(f"{item.who} has {people.name}")


_NEEDS: Mapping[str, tuple[str, ...]] = {
    "DISPLAY": ("DESCRIPTION",),
    "EMAIL": ("DESCRIPTION", "SUMMARY", "ATTENDEE"),
}


def _lacks(alarm: Component) -> list[str]:
    """Return the names of the properties that *alarm* needs and does not have."""
    names = ("ACTION", "TRIGGER", *_NEEDS.get(alarm.value("ACTION").upper(), ()))
    lacking = [name for name in names if not alarm.get(name)]
    pair = [name for name in ("DURATION", "REPEAT") if not alarm.get(name)]
    return lacking + (pair if len(pair) == 1 else [])


def _broken_alarms(feed: FeedText) -> Iterator[Fault]:
    for alarm in feed.kinds("VALARM"):
        if lacking := _lacks(alarm):
            yield alarm.fault(f"the alarm has no {', '.join(lacking)}")


def _alarms(feed: FeedText) -> Iterator[Fault]:
    for alarm in feed.kinds("VALARM"):
        trigger = alarm.get("TRIGGER")
        is_in_item = alarm.parent and alarm.parent.name in _ITEMS
        is_value = VALID.get(value_type(trigger)) if trigger else None
        is_right = trigger and is_value and is_value(trigger.value)
        if is_in_item and is_right and not _lacks(alarm):
            yield alarm.fault()


def _one_stamp(feed: FeedText) -> Iterator[Fault]:
    stamps = Counter(each.value for each in feed.all("DTSTAMP"))
    changes = {item.value("LAST-MODIFIED") for item in _items(feed)} - {""}
    if len(stamps) == 1 and stamps.total() >= 3 and len(changes) > 1:
        yield next(feed.all("DTSTAMP")).fault("all events have one DTSTAMP", 0)


EVENT_RULES: tuple[LintRule[FeedText], ...] = (
    LintRule(
        "no-uid",
        ERROR,
        "the event has no UID",
        "RFC 5545 § 3.8.4.7",
        "Outlook refuses the feed; Evolution makes a new event of it at each look",
        "give it one that stays, whatever title and day become",
        _no_uid,
    ),
    LintRule(
        "uid-space",
        WARNING,
        "the UID has white space",
        "RFC 7986 § 5.3",
        "CalDAV servers that name files by UIDs may refuse the event",
        "use letters, digits, and - . @",
        _uid_form,
    ),
    LintRule(
        "long-uid",
        WARNING,
        "the UID is long",
        "Proton, packages/shared/lib/calendar/constants.ts; RFC 7986 § 5.3: 255 octets",
        "Proton refuses the event",
        "make it of the keys of the event, 191 characters at most",
        _long_uid,
    ),
    LintRule(
        "dated-uid",
        NOTE,
        "the UID has the day in it",
        "RFC 5545 § 3.8.4.7; conduct of all clients",
        "once the event moves, it is another one: reminders and copies stay on the old day",
        "make the UID of what stays, such as the key in your database",
        _dated_uid,
    ),
    LintRule(
        "same-uid",
        ERROR,
        "another event has this UID",
        "RFC 5545 § 3.8.4.7",
        "Nextcloud makes one object of the two, others show one of them",
        "give each event its own; RECURRENCE-ID tells one of a series",
        _same_uid,
    ),
    LintRule(
        "looks-alike",
        WARNING,
        "two events look alike",
        "conduct of all clients",
        "all show the same title twice on the day",
        "leave one out; if its UID changed, go back to the former one",
        _alike,
    ),
    LintRule(
        "no-dtstamp",
        ERROR,
        "the event has no DTSTAMP",
        "RFC 5545 § 3.8.7.2",
        "Evolution, which goes by it, may miss changes",
        "write when the event was last changed, in UTC",
        _no_stamp,
    ),
    LintRule(
        "no-last-modified",
        NOTE,
        "the event has no LAST-MODIFIED",
        "RFC 5545 § 3.8.7.3",
        "ICSx5 writes all events anew at each look; Google is reported to miss changes",
        "write when the event was last changed, in UTC",
        _no_modified,
    ),
    LintRule(
        "no-sequence",
        NOTE,
        "the event has no SEQUENCE",
        "RFC 5545 § 3.8.7.4",
        "Google is reported to miss changes (OpenACalendar/OpenACalendar-Web-Core#176)",
        "count its changes from 0",
        _no_sequence,
    ),
    LintRule(
        "one-stamp",
        NOTE,
        "all events have one DTSTAMP, most likely the time of the request",
        "RFC 5545 § 3.8.7.2",
        "Akonadi and Evolution take all events for changed, at each look",
        "write for each event when it was last changed",
        _one_stamp,
    ),
    LintRule(
        "sequence-is-time",
        NOTE,
        "SEQUENCE is a time",
        "RFC 5545 § 3.8.7.4",
        "libical wraps it around in 2038",
        "count changes from 0",
        _timestamps,
    ),
    LintRule(
        "future-stamp",
        WARNING,
        "was made or changed in the future",
        "RFC 5545 § 3.8.7",
        "ICSx5 passes over all changes until then",
        "see that clock and zone are right",
        _future,
    ),
    LintRule(
        "created-late",
        NOTE,
        "the event was changed before it was created",
        "RFC 5545 § 3.8.7.1",
        "none minds, but one of the two is wrong",
        "keep CREATED as it was first",
        _created_late,
    ),
    LintRule(
        "stale-stamp",
        NOTE,
        "DTSTAMP is before LAST-MODIFIED",
        "RFC 5545 § 3.8.7.2: without METHOD they are one",
        "none minds; two clients may take the event for changed at different looks",
        "make them equal",
        _stale_stamp,
    ),
    LintRule(
        "no-summary",
        WARNING,
        "the event has no SUMMARY",
        "RFC 5545 § 3.8.1.12",
        "calcurse, Emacs and KDE misread it; others show “No title”",
        "give it a title",
        _no_title,
    ),
    LintRule(
        "hidden-address",
        NOTE,
        "the address stands in URL alone",
        "conduct of Google Calendar",
        "Google shows no URL: its subscribers never see the address",
        "end DESCRIPTION with it",
        _hidden_address,
    ),
    LintRule(
        "only-html",
        WARNING,
        "the description is there as HTML only",
        "spatie/calendar-links#157",
        "only Outlook shows it",
        "write DESCRIPTION in plain text, too",
        _only_html,
    ),
    LintRule(
        "silently-cancelled",
        NOTE,
        "is cancelled, and its title does not say so",
        "bitfireAT/synctools#91",
        "Google hides it; on Android it is shown as if nothing had happened",
        "begin SUMMARY with “Cancelled: ”; keep the event 30 days, then drop it",
        _silently_off,
    ),
    LintRule(
        "cancelled-by-title",
        NOTE,
        "the title says that it is cancelled, and STATUS does not",
        "RFC 5545 § 3.8.1.11",
        "all show it as an event that happens",
        "write STATUS:CANCELLED, too",
        _off_by_title,
    ),
    LintRule(
        "cancelled-at-zero",
        WARNING,
        "is cancelled with SEQUENCE 0",
        "RFC 5546 § 2.1.4",
        "who has the event already may pass over the change",
        "raise SEQUENCE with each change of day or status",
        _first_sequence,
    ),
    LintRule(
        "busy-day",
        NOTE,
        "an event of whole days makes them busy",
        "RFC 5545 § 3.8.2.7",
        "Outlook shows its subscribers as busy the whole day (mobeigi/fb2cal#86)",
        "write TRANSP:TRANSPARENT and X-MICROSOFT-CDO-BUSYSTATUS:FREE, or OPAQUE if meant",
        _busy_days,
    ),
    LintRule(
        "busy-status",
        WARNING,
        "TRANSP and X-MICROSOFT-CDO-BUSYSTATUS do not agree",
        "MS-OXCICAL § 2.1.3.1.1.20.31",
        "Outlook goes by the one, all others by the other",
        "TRANSPARENT is FREE, OPAQUE is BUSY, TENTATIVE or OOF",
        _busy_words,
    ),
    LintRule(
        "relation",
        NOTE,
        "RELATED-TO leads nowhere",
        "RFC 5545 § 3.8.4.5",
        "none minds",
        "name the UID of another event",
        _relations,
    ),
    LintRule(
        "invitation",
        NOTE,
        "has ORGANIZER or ATTENDEE",
        "RFC 5546",
        "clients show the buttons of an invitation, to strangers",
        "leave them out of a feed for everybody; CONTACT names people",
        _people,
    ),
    LintRule(
        "alarm-incomplete",
        ERROR,
        "the alarm lacks a property",
        "RFC 5545 § 3.6.6",
        "Home Assistant refuses the whole feed (home-assistant/core#163830)",
        "write ACTION, TRIGGER and DESCRIPTION; DURATION and REPEAT go together",
        _broken_alarms,
    ),
    LintRule(
        "alarm",
        NOTE,
        "has an alarm",
        "conduct of all clients",
        "Google and Outlook pass over it, Apple and Nextcloud drop it unless told, the rest ring",
        "offer a feed of its own with alarms",
        _alarms,
    ),
)
"""The rules about what events say of themselves."""
