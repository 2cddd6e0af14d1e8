"""Filters of the templates: values in words."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial

from releasecal.core.as_of import known_from
from releasecal.core.changes import date_in_words, describe, history_in_words
from releasecal.core.contradictions import is_in_feeds
from releasecal.core.dates import PartialDate, Precision
from releasecal.core.debounce import Claim, Statement
from releasecal.core.editions import Entry
from releasecal.core.languages import ENGLISH
from releasecal.core.models import (
    UNKNOWN,
    WORLD,
    Bound,
    Certainty,
    Manner,
    Release,
    ReleaseKind,
    Revision,
    Window,
)
from releasecal.core.repeats import REPEAT_AFTER
from releasecal.formats.event_text import disputes, kind_in_words, off_its_day, window_length
from releasecal.regions import regions
from releasecal.store import SourceState, SourceStatus
from releasecal.web.pages.slip_line import SlipLine, slip_line, sparkline

_OPEN = {
    Certainty.TENTATIVE: "Tentative",
    Certainty.ESTIMATED: "Estimated",
    Certainty.DERIVED: "Calculated, not announced",
}
_REPEAT = (
    "Waits for a person: {when} is more than {days} days after it came out, and may be a repeat"
)
_RULES = {
    Bound.AT_LEAST: "The earliest possible day, {length} after",
    Bound.EXACTLY: "Calculated, {length} after",
    Bound.ABOUT: "An estimate, about {length} after",
}


def iso_date(when: PartialDate) -> str:
    """Return *when* for ``<time datetime>``; "" for quarters and seasons, which HTML has not."""
    is_iso = when.precision in (Precision.DAY, Precision.MONTH, Precision.YEAR)
    return str(when) if is_iso else ""


def region(code: str) -> str:
    """Return the name of a region; "" for the world and an unknown one."""
    return "" if code in (WORLD, UNKNOWN) else regions().get(code, code)


def _way(release: Release) -> str:
    """Return the way in which *release* reaches its public, in English."""
    return kind_in_words(release, ENGLISH)


def _rule(window: Window) -> str:
    """Return the beginning of a sentence on a date that follows from *window*."""
    return _RULES[window.bound].format(length=window_length(window, ENGLISH))


def _story(entry: Entry) -> tuple[str, ...]:
    """Return the sentences of an entry's history, newest first."""
    facts = entry.facts
    return history_in_words(facts.release.history, dict(facts.titles), sources=facts.source_titles)[
        ::-1
    ]


def _news(entry: Entry) -> tuple[str, ...]:
    """Return the sentences of an entry's history, newest first; none if they only repeat the date."""
    story = _story(entry)
    if len(story) > 1:
        return story
    is_plain = story == (describe(None, entry.current),)
    return () if is_plain or entry.current.certainty is Certainty.DERIVED else story


def _earlier(news: Sequence[str]) -> str:
    """Return in words how many sentences of *news* follow the newest one."""
    return ENGLISH.say_many("{count} earlier announcements", len(news) - 1)


def marks_of(entry: Entry, today: date) -> tuple[str, ...]:
    """Return the marks of *entry*'s date on the civil day *today*, in words."""
    if entry.current.status.is_over:
        return (off_its_day(entry.current),)
    derivation = entry.facts.release.derivation
    is_taken_over = entry.current.manner is Manner.TAKEN_OVER
    marks = {
        "Moved": entry.is_marked(today) and not is_taken_over,
        "Date of another source": entry.is_marked(today) and is_taken_over,
        "Overdue, no day known": entry.is_overdue(today),
        "In no calendar, for they hold 1970 to 2037": not _is_in_feeds(entry),
        "Disputed": derivation is not None and derivation.window.disputed,
    }
    return (*_doubts(entry.current), *(mark for mark, is_so in marks.items() if is_so))


def _is_in_feeds(entry: Entry) -> bool:
    """Whether feeds can hold the date of *entry*, if it has one."""
    when = entry.current.when
    return when is None or is_in_feeds(when)


def _checks(entry: Entry) -> tuple[str, ...]:
    """Return a sentence for each date in dispute and each pending change, without its full stop."""
    disputed = [sentence.removesuffix(".") for sentence in disputes(entry.facts, ENGLISH)]
    return (*disputed, *(_check(claim, entry.current) for claim in entry.facts.pending))


def _check(claim: Claim, current: Revision) -> str:
    if claim.title:
        return f"Another title is being checked: {claim.title}"
    if claim.statement is None:
        return "Being checked: its source does not list it any more"
    if claim.repeats:
        return _REPEAT.format(when=date_in_words(claim.statement[0]), days=REPEAT_AFTER.days)
    if claim.statement == current.statement:
        return "Being checked: its sources disagree in another way than before"
    return _other(claim.statement, current)


def _other(statement: Statement, current: Revision) -> str:
    """Return the sentence about *statement*, which is another one than the *current*."""
    when, status, certainty = statement
    if status is not current.status:
        return f"Being checked: its source calls it {status.value}"
    if when is None:
        return "Being checked: its source gives no date any more"
    if when == current.when:
        return f"Being checked: its source calls the date {certainty.value}"
    return f"Another date is being checked: {date_in_words(when)}"


def _doubts(revision: Revision) -> list[str]:
    """Return the uncertainty of *revision* in words; empty if it is certain."""
    return [_OPEN[revision.certainty]] if revision.certainty in _OPEN else []


def _date_shown(entry: Entry) -> PartialDate | None:
    """Return the date in force or, if it is off, the one that fell through."""
    return entry.shown if entry.current.status.is_over else entry.current.when


def capital(text: str) -> str:
    """Return *text* with a capital first letter, and the rest as it is."""
    return text[:1].upper() + text[1:]


def _followed(entry: Entry) -> str:
    """Return the title of the film that *entry*'s film follows."""
    return dict(entry.facts.titles).get(entry.facts.follows, entry.facts.follows)


def _is_link(url: str) -> bool:
    """Whether *url* is a web address, and so runs no script."""
    return url.startswith(("https://", "http://"))


def _announcements(entry: Entry) -> list[tuple[str, str, date | None]]:
    """Return (sentence, id of its source, day since when it is known or None), newest first."""
    history = entry.facts.release.history
    sources = [revision.source for revision in history]
    days = reversed(_days_known(history))
    return list(zip(_story(entry), reversed(sources), days, strict=True))


def _days_known(history: Sequence[Revision]) -> list[date | None]:
    """Return the day since when each revision of *history* is known, or None."""
    return [
        day if revision.as_of or revision.seen else None
        for revision, day in zip(history, known_from(history), strict=True)
    ]


def _slip_line(entry: Entry) -> SlipLine | None:
    """Return the picture of an entry's history; None if its date has never changed."""
    history = entry.facts.release.history
    return slip_line(history, _days_known(history))


def time_to(when: PartialDate | None, today: date) -> str:
    """Return the time from *today* to *when* in words; "" for a date without a day."""
    return ENGLISH.time_to((when.first - today).days) if when and when.is_day else ""


def _sparkline(entry: Entry) -> str:
    """Return the points of a small picture of an entry's history; "" without a move."""
    return sparkline(entry.facts.release.history)


_STATES = {
    SourceState.OK: "as it should be",
    SourceState.BROKEN: "it breaks the rules",
    SourceState.UNREADABLE: "it cannot be read",
    SourceState.HELD: "so much would be lost that it is held back",
}


def _state_in_words(status: SourceStatus) -> str:
    return _STATES[status.state]


FILTERS: Mapping[str, Callable[..., object]] = {
    "announcements": _announcements,
    "capital": capital,
    "checks": _checks,
    "date_in_words": date_in_words,
    "date_shown": _date_shown,
    "doubts": _doubts,
    "earlier": _earlier,
    "followed": _followed,
    "is_link": _is_link,
    "kind": ReleaseKind.from_slug,
    "iso_date": iso_date,
    "marks": marks_of,
    "news": _news,
    "region": region,
    "rule": _rule,
    "slip_line": _slip_line,
    "sparkline": _sparkline,
    "state_in_words": _state_in_words,
    "time_to": time_to,
    "way": _way,
    "window_length": partial(window_length, language=ENGLISH),
}
"""Filters of all templates by name."""
