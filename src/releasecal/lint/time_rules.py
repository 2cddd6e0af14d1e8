"""Rules about when events are: days and times, their ends, zones and recurrences."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from releasecal.lint.event_rules import identity
from releasecal.lint.feed_text import Component, FeedProperty, FeedText
from releasecal.lint.properties import civil_day, civil_moment
from releasecal.lint.rule import ERROR, NOTE, WARNING, Fault, LintRule
from releasecal.sources.notation.calendar_events import zone_of

_ENDS = ("DTEND", "DUE")
_DATED = ("VEVENT", "VTODO", "VJOURNAL")
_TIMED = ("DTSTART", "DTEND", "DUE", "RECURRENCE-ID")
_FIRST_YEAR, _LAST_YEAR = 1970, 2037


def is_day(told: FeedProperty) -> bool:
    """Whether *told* is a whole day, and says so."""
    return told.param("VALUE").upper() == "DATE"


def moment_of(told: FeedProperty | None) -> date | datetime | None:
    """Return the day or the civil time that *told* is; None if it is none."""
    if told is None:
        return None
    if is_day(told):
        return civil_day(told.value) if len(told.value) == 8 else None
    return civil_moment(told.value)


def _zone(told: FeedProperty) -> str:
    """Return its zone: "UTC", the name that it has, or "" for none."""
    return "UTC" if told.value.endswith("Z") else told.param("TZID")


def _spans(feed: FeedText, *names: str) -> Iterator[tuple[Component, FeedProperty, FeedProperty]]:
    """Yield items with their beginnings and their ends, as far as they have both."""
    for item in feed.kinds(*(names or _DATED)):
        start, end = item.get("DTSTART"), item.get(*_ENDS)
        if start and end and moment_of(start) and moment_of(end):
            yield item, start, end


def _length(start: FeedProperty, end: FeedProperty) -> timedelta | None:
    """Return the time from *start* to *end*; None if their clocks cannot be compared."""
    one, other = moment_of(start), moment_of(end)
    if type(one) is not type(other) or one is None or other is None or _zone(start) != _zone(end):
        return None
    return other - one


def _no_start(feed: FeedText) -> Iterator[Fault]:
    for event in feed.events:
        if not event.get("DTSTART"):
            yield event.fault(f"{event.who} has no DTSTART")


def _no_end(feed: FeedText) -> Iterator[Fault]:
    for event in feed.events:
        start = event.get("DTSTART")
        if start and is_day(start) and not event.get("DTEND", "DURATION"):
            yield event.fault(f"{event.who} has no DTEND")


def _two_ends(feed: FeedText) -> Iterator[Fault]:
    for item in feed.kinds("VEVENT", "VTODO"):
        duration = item.get("DURATION")
        if duration and item.get(*_ENDS):
            yield duration.fault(f"{item.who} has an end and a DURATION")


def _duration(feed: FeedText) -> Iterator[Fault]:
    for event in feed.events:
        duration = event.get("DURATION")
        if duration and not event.get("DTEND"):
            yield duration.fault(f"{event.who} has DURATION for DTEND")


def _backwards(feed: FeedText) -> Iterator[Fault]:
    for item, start, end in _spans(feed):
        length = _length(start, end)
        if length is not None and length < timedelta():
            yield end.fault(f"{item.who} ends before it begins", 0)


def _empty_days(feed: FeedText) -> Iterator[Fault]:
    for item, start, end in _spans(feed, "VEVENT"):
        if is_day(start) and _length(start, end) == timedelta():
            yield end.fault(f"{item.who} ends on the day before it begins", 0)


def _no_length(feed: FeedText) -> Iterator[Fault]:
    for item, start, end in _spans(feed, "VEVENT"):
        if not is_day(start) and _length(start, end) == timedelta():
            yield end.fault(f"{item.who} takes no time", 0)


def _types(feed: FeedText) -> Iterator[Fault]:
    for item, start, end in _spans(feed):
        is_floating = (
            not is_day(start) and not is_day(end) and bool(_zone(start)) != bool(_zone(end))
        )
        if is_day(start) != is_day(end) or is_floating:
            yield end.fault(f"{item.who} begins and ends in two kinds of time", 0)


def _midnights(feed: FeedText) -> Iterator[tuple[Component, FeedProperty]]:
    """Yield the events from midnight to midnight that are not of whole days."""
    for item, start, end in _spans(feed, "VEVENT"):
        length = _length(start, end)
        is_midnight = not is_day(start) and start.value[9:15] == end.value[9:15] == "000000"
        if is_midnight and length and length > timedelta():
            yield item, start


def _utc_days(feed: FeedText) -> Iterator[Fault]:
    for item, start in _midnights(feed):
        if _zone(start) == "UTC":
            yield start.fault(f"{item.who} is from midnight to midnight in UTC", 0)


def _zoned_days(feed: FeedText) -> Iterator[Fault]:
    for item, start in _midnights(feed):
        if _zone(start) not in ("", "UTC"):
            yield start.fault(f"{item.who} is from midnight to midnight in one zone", 0)


def _floating(feed: FeedText) -> Iterator[Fault]:
    if any(zone_of(each.text[:200]) for each in feed.all("X-WR-TIMEZONE")):
        return
    for item in feed.kinds(*_DATED):
        start = item.get("DTSTART")
        if start and not is_day(start) and civil_moment(start.value) and not _zone(start):
            yield start.fault(f"{item.who} is at another moment in each zone", 0)


def _double_zone(feed: FeedText) -> Iterator[Fault]:
    for each in feed.all(*_TIMED, "EXDATE", "RDATE"):
        if each.param("TZID") and each.value.endswith("Z") and civil_moment(each.value[:16]):
            yield each.fault(f"{each.name} is in UTC and in a zone")


def _zoned_day(feed: FeedText) -> Iterator[Fault]:
    for each in feed.all(*_TIMED, "EXDATE", "RDATE"):
        if each.param("TZID") and is_day(each):
            yield each.fault(f"{each.name} is a day and in a zone")


def _years(feed: FeedText) -> Iterator[Fault]:
    for item in feed.kinds(*_DATED):
        for each in item.all("DTSTART", *_ENDS):
            moment = moment_of(each)
            # An end on 1 January 2038 is exclusive.
            if moment and not (_FIRST_YEAR, 1, 1) <= moment.timetuple()[:3] <= (
                _LAST_YEAR + 1,
                1,
                1,
            ):
                yield each.fault(f"{item.who} is in the year {moment.year}", 0)
                break


def _lonely(feed: FeedText) -> Iterator[Fault]:
    masters = {identity(item)[0] for item in feed.kinds(*_DATED) if not identity(item)[1]}
    for each in feed.all("RECURRENCE-ID"):
        if each.owner.value("UID").strip() not in masters:
            yield each.fault("RECURRENCE-ID is of a series that is not there")


def _exceptions(feed: FeedText) -> Iterator[Fault]:
    masters = {identity(item)[0]: item for item in feed.kinds(*_DATED) if not identity(item)[1]}
    for each in feed.all("EXDATE", "RECURRENCE-ID"):
        is_exdate = each.name == "EXDATE"
        item = each.owner if is_exdate else masters.get(each.owner.value("UID").strip())
        start = item.get("DTSTART") if item else None
        if start and moment_of(start) and is_day(start) != is_day(each):
            yield each.fault(f"{each.name} and DTSTART are two kinds of time", 0)


def _until(feed: FeedText) -> Iterator[Fault]:
    for each in feed.all("RRULE"):
        start = each.owner.get("DTSTART")
        until = each.value.upper().partition("UNTIL=")[2].partition(";")[0]
        if not start or not until or not moment_of(start) or each.owner.name not in _DATED:
            continue
        is_utc, needs_utc = until.endswith("Z"), bool(_zone(start))
        if is_day(start) != (len(until) == 8) or (not is_day(start) and is_utc != needs_utc):
            yield each.fault(
                "UNTIL and DTSTART are two kinds of time", each.value.upper().index("UNTIL")
            )


def _two_rules(feed: FeedText) -> Iterator[Fault]:
    for item in feed.kinds(*_DATED):
        rules = list(item.all("RRULE"))
        yield from (each.fault(f"{item.who} has two rules of recurrence") for each in rules[1:2])


def _rule_of_one(feed: FeedText) -> Iterator[Fault]:
    for item in feed.kinds(*_DATED):
        rule = item.get("RRULE")
        if rule and item.get("RECURRENCE-ID"):
            yield rule.fault(f"{item.who} is one of a series and has a rule of its own")


TIME_RULES: tuple[LintRule[FeedText], ...] = (
    LintRule(
        "no-dtstart",
        ERROR,
        "the event has no DTSTART",
        "RFC 5545 § 3.8.2.4",
        "most drop the event",
        "write when it begins",
        _no_start,
    ),
    LintRule(
        "no-dtend",
        WARNING,
        "an event of whole days has no DTEND",
        "MS-OXCICAL § 2.1.3.1.1.20.8; lfos/calcurse#46",
        "Outlook and iCloud want it; some show the event for no day at all",
        "write DTEND;VALUE=DATE with the day after the last one",
        _no_end,
    ),
    LintRule(
        "two-ends",
        ERROR,
        "has an end and a DURATION",
        "RFC 5545 § 3.6.1",
        "Home Assistant refuses the whole feed; others take one of them",
        "leave DURATION out",
        _two_ends,
    ),
    LintRule(
        "duration-for-end",
        NOTE,
        "has DURATION in the place of DTEND",
        "MS-OXCICAL § 2.1.3.1.1.20.8; measured with 35 clients",
        "programs that read only DTEND see no end",
        "write DTEND",
        _duration,
    ),
    LintRule(
        "ends-before-start",
        ERROR,
        "ends before it begins",
        "RFC 5545 § 3.8.2.2",
        "it is shown for a moment, for a day, or not at all",
        "DTEND is the moment after it; for days, the day after the last one",
        _backwards,
    ),
    LintRule(
        "end-is-start",
        ERROR,
        "DTEND of an event of whole days is its DTSTART",
        "RFC 5545 § 3.6.1: DTEND is exclusive",
        "Outlook ends it a day early, or shows it at 00:00 (spatie/calendar-links#53)",
        "write the day after the last one",
        _empty_days,
    ),
    LintRule(
        "no-length",
        NOTE,
        "the event takes no time",
        "RFC 5545 § 3.8.2.2: DTEND is later than DTSTART",
        "week views show a line, or nothing",
        "write when it ends, or leave DTEND out",
        _no_length,
    ),
    LintRule(
        "two-kinds-of-time",
        ERROR,
        "begins and ends in two kinds of time",
        "RFC 5545 § 3.8.2.2",
        "Home Assistant refuses the whole feed; others show a wrong end",
        "write both as days, or both as times in a zone",
        _types,
    ),
    LintRule(
        "midnight-utc",
        WARNING,
        "is from midnight to midnight in UTC",
        "RFC 5545 § 3.3.4: days have no zone; measured with khal",
        "all west of Greenwich see it on the day before",
        "write DTSTART;VALUE=DATE and DTEND;VALUE=DATE",
        _utc_days,
    ),
    LintRule(
        "midnight-in-zone",
        NOTE,
        "is from midnight to midnight in one zone",
        "RFC 5545 § 3.3.4: days have no zone",
        "all west of that zone see it begin on the day before",
        "write DTSTART;VALUE=DATE and DTEND;VALUE=DATE if whole days are meant",
        _zoned_days,
    ),
    LintRule(
        "floating-time",
        WARNING,
        "is at another moment in each zone",
        "RFC 5545 § 3.3.5, form 1",
        "Proton refuses the event; the others show it at its time in the zone of whoever looks",
        "write TZID, or UTC; X-WR-TIMEZONE helps some",
        _floating,
    ),
    LintRule(
        "utc-in-zone",
        ERROR,
        "is in UTC and has a TZID",
        "RFC 5545 § 3.2.19",
        "which one counts depends on the reader",
        "leave out the Z, or the TZID",
        _double_zone,
    ),
    LintRule(
        "day-in-zone",
        ERROR,
        "is a day and has a TZID",
        "RFC 5545 § 3.2.19",
        "who minds the zone shows the day before",
        "leave out TZID",
        _zoned_day,
    ),
    LintRule(
        "year",
        WARNING,
        "is before 1970 or after 2037",
        "Proton, packages/shared/lib/calendar/constants.ts",
        "Proton refuses the event; old programs show another year",
        "leave it out, or see whether the year is a slip",
        _years,
    ),
    LintRule(
        "lonely-recurrence",
        WARNING,
        "is one of a series that is not there",
        "RFC 5545 § 3.8.4.4",
        "it is shown as one event, or not at all",
        "put the series into the feed, or leave out RECURRENCE-ID",
        _lonely,
    ),
    LintRule(
        "exception-type",
        ERROR,
        "names a part of the series in another kind of time",
        "RFC 5545 § 3.8.5.1, § 3.8.4.4",
        "the exception has no effect: the event is shown twice, or though it is off",
        "write it as DTSTART is written",
        _exceptions,
    ),
    LintRule(
        "until-type",
        ERROR,
        "UNTIL is another kind of time than DTSTART",
        "RFC 5545 § 3.3.10",
        "Home Assistant refuses the whole feed; others show one event too many or too few",
        "a day for days; UTC for times in UTC or in a zone",
        _until,
    ),
    LintRule(
        "two-recurrence-rules",
        WARNING,
        "has two rules of recurrence",
        "RFC 5545 § 3.8.5.3",
        "Home Assistant refuses the whole feed; most follow the first one only",
        "write two events",
        _two_rules,
    ),
    LintRule(
        "rule-of-one",
        WARNING,
        "is one of a series and has a rule of its own",
        "RFC 5545 § 3.8.4.4",
        "some repeat it, some do not",
        "leave out RRULE",
        _rule_of_one,
    ),
)
"""The rules about days and times."""
