"""Filters of the templates: values in words."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime

from markupsafe import Markup, escape

from releasecal.core.as_of import known_from
from releasecal.core.changes import Change, ChangeKind, describe, history_in_words
from releasecal.core.dates import PartialDate, Precision
from releasecal.core.debounce import Claim, Statement
from releasecal.core.editions import Entry
from releasecal.core.implausible_facts import is_in_feeds
from releasecal.core.languages import ENGLISH
from releasecal.core.models import (
    SEQUEL,
    UNKNOWN,
    WORLD,
    Bound,
    Certainty,
    Derivation,
    Film,
    Manner,
    Release,
    ReleaseKind,
    Revision,
    Status,
    Window,
)
from releasecal.core.reasons import is_free_text
from releasecal.core.rerelease_or_correction import REPEAT_AFTER
from releasecal.formats.event_text import disputes, kind_in_words, off_its_day, window_length
from releasecal.regions import regions
from releasecal.store import SourceState, SourceStatus
from releasecal.web.pages.slip_chart import SlipLine, slip_line, sparkline, summary
from releasecal.web.pages.translations import gettext, msgid, ngettext, page_language

_OPEN = {
    Certainty.TENTATIVE: msgid("Tentative"),
    Certainty.ESTIMATED: msgid("Estimated"),
    Certainty.DERIVED: msgid("Calculated, not announced"),
}
_ANSWERS = 4  # in a description
_REPEAT = msgid(
    "Waits for a person: {when} is more than {days} days after it came out, and may be a repeat"
)
_CLAIMED = {
    Status.SCHEDULED: msgid("Being checked: its source calls it scheduled"),
    Status.CANCELLED: msgid("Being checked: its source calls it cancelled"),
    Status.WITHDRAWN: msgid("Being checked: its source calls it withdrawn"),
}
_RULES = {
    Bound.AT_LEAST: msgid("The earliest possible day, {length} after {day} {phrase}"),
    Bound.EXACTLY: msgid("Calculated, {length} after {day} {phrase}"),
    Bound.ABOUT: msgid("An estimate, about {length} after {day} {phrase}"),
    Bound.AT_MOST: msgid("The latest possible day, {length} after {day} {phrase}"),
}
_WINDOWS = {
    Bound.AT_LEAST: msgid("at least {length} after the first day {phrase}"),
    Bound.EXACTLY: msgid("exactly {length} after the first day {phrase}"),
    Bound.ABOUT: msgid("about {length} after the first day {phrase}"),
    Bound.AT_MOST: msgid("at most {length} after the first day {phrase}"),
}


def iso_date(when: PartialDate) -> str:
    """Return *when* for ``<time datetime>``; "" for quarters and seasons, which HTML has not."""
    is_iso = when.precision in (Precision.DAY, Precision.MONTH, Precision.YEAR)
    return str(when) if is_iso else ""


def region(code: str) -> str:
    """Return the name of a region; "" for the world and an unknown one."""
    return "" if code in (WORLD, UNKNOWN) else regions(page_language().code).get(code, code)


def date_text(when: PartialDate | date | None) -> str:
    """Return a date in words."""
    return page_language().date(PartialDate.of_day(when) if isinstance(when, date) else when)


def way_of(release: Release) -> str:
    """Return the way in which *release* reaches its public, and its channel."""
    language = page_language()
    channel = language.say(" on {channel}", channel=release.channel) if release.channel else ""
    return kind_in_words(release, language) + channel


def _rule(derivation: Derivation) -> str:
    """Return the sentence on a date that follows from a window, without its full stop."""
    window = derivation.window
    told = _spelt(_RULES, window, day=date_text(derivation.counted_from))
    if derivation.basis is Certainty.DERIVED:
        return gettext("{sentence}, a day that is calculated itself").format(sentence=told)
    return told


def _window(window: Window) -> str:
    """Return the rule of *window* in words: ``at least 45 days after the first day in cinemas``."""
    told, valid = _spelt(_WINDOWS, window), _validity(window)
    return f"{told} ({valid})" if valid else told


def _validity(window: Window) -> str:
    """Return the opening days for which *window* holds: ``1 Jan 2027 –``; "" for all."""
    days = (window.valid_from, window.valid_until)
    first, last = (PartialDate.of_day(day) if day else None for day in days)
    if first and last:
        return date_text(PartialDate.between(first, last))
    told = f"{date_text(first) if first else ''} – {date_text(last) if last else ''}"
    return told.strip() if first or last else ""


def _spelt(texts: Mapping[Bound, str], window: Window, **parts: str) -> str:
    language = page_language()
    phrase = language.word(window.origin.phrase)
    length = window_length(window, language)
    return gettext(texts[window.bound]).format(length=length, phrase=phrase, **parts)


def free(text: str) -> str:
    """Return a *text* of a source as HTML with its language, which is taken to be English."""
    if page_language() is ENGLISH:
        return text
    return Markup('<bdi lang="{}">{}</bdi>').format(ENGLISH.code, text)


def _with_reason(sentence: str, revision: Revision) -> str:
    """Return *sentence* as HTML, with the language of a reason in it that nobody has translated."""
    language = page_language()
    if language is ENGLISH or not is_free_text(revision.reason, language):
        return sentence
    before, _, after = sentence.partition(language.isolated(revision.reason))
    return escape(before) + free(revision.reason) + escape(after)


def _named(entry: Entry) -> str:
    """Return the title of an entry's film, as its event has it in the language of the page."""
    return entry.facts.name_in(page_language().code)


def called(film: Film) -> str:
    """Return the title of *film* in the language of the page, if it has one."""
    code = page_language().code
    titles = (title for title in film.titles if title.kind in ("official", "regional"))
    return next(
        (title.title for title in titles if title.lang.partition("-")[0] == code), film.title
    )


def _story(entry: Entry) -> tuple[str, ...]:
    """Return the sentences of an entry's history, newest first."""
    facts, titles = entry.facts, dict(entry.facts.titles)
    history = facts.release.history
    told = history_in_words(history, titles, page_language(), sources=facts.source_titles)
    return tuple(map(_with_reason, reversed(told), reversed(history)))


def _news(entry: Entry) -> tuple[str, ...]:
    """Return the sentences of an entry's history, newest first; none if they only repeat the date."""
    story = _story(entry)
    if len(story) > 1:
        return story
    is_plain = [*story] == [describe(None, entry.current, page_language())]
    return () if is_plain or entry.current.certainty is Certainty.DERIVED else story


def _earlier(news: Sequence[str]) -> str:
    """Return in words how many sentences of *news* follow the newest one."""
    count = len(news) - 1
    return ngettext("{count} earlier announcement", "{count} earlier announcements", count).format(
        count=count
    )


def marks_of(entry: Entry, today: date) -> tuple[str, ...]:
    """Return the marks of *entry*'s date on the civil day *today*, in words."""
    if entry.current.status.is_over:
        return (off_mark(entry),)
    derivation = entry.facts.release.derivation
    is_taken_over = entry.current.manner is Manner.TAKEN_OVER
    marks = {
        gettext("Moved"): entry.is_marked(today) and not is_taken_over,
        gettext("Date of another source"): entry.is_marked(today) and is_taken_over,
        gettext("Overdue, no day known"): entry.is_overdue(today),
        gettext("In no calendar, for they hold 1970 to 2037"): not _is_in_feeds(entry),
        gettext("Disputed"): derivation is not None and derivation.window.disputed,
    }
    return (*_doubts(entry.current), *(mark for mark, is_so in marks.items() if is_so))


def off_mark(entry: Entry) -> str:
    """Return the mark of an *entry* that is off its day."""
    return page_language().word(off_its_day(entry.current))


def _is_in_feeds(entry: Entry) -> bool:
    """Whether feeds can hold the date of *entry*, if it has one."""
    when = entry.current.when
    return when is None or is_in_feeds(when)


def _checks(entry: Entry) -> tuple[str, ...]:
    """Return a sentence for each date in dispute and each pending change, without its full stop."""
    disputed = [sentence.removesuffix(".") for sentence in disputes(entry.facts, page_language())]
    return (*disputed, *(_check(claim, entry.current) for claim in entry.facts.pending))


def _check(claim: Claim, current: Revision) -> str:
    if claim.title:
        return gettext("Another title is being checked: {title}").format(title=claim.title)
    if claim.statement is None:
        return gettext("Being checked: its source does not list it any more")
    if claim.repeats:
        when = date_text(claim.statement[0])
        return gettext(_REPEAT).format(when=when, days=REPEAT_AFTER.days)
    if claim.statement == current.statement:
        return gettext("Being checked: its sources disagree in another way than before")
    return _other(claim.statement, current)


def _other(statement: Statement, current: Revision) -> str:
    """Return the sentence about *statement*, which is another one than the *current*."""
    when, status, certainty = statement
    if status is not current.status:
        return gettext(_CLAIMED[status])
    if when is None:
        return gettext("Being checked: its source gives no date any more")
    if when == current.when:
        certainty_in_words = page_language().word(certainty.value)
        told = gettext("Being checked: its source calls the date {certainty}")
        return told.format(certainty=certainty_in_words)
    return gettext("Another date is being checked: {date}").format(date=date_text(when))


def _doubts(revision: Revision) -> list[str]:
    """Return the uncertainty of *revision* in words; empty if it is certain."""
    return [gettext(_OPEN[revision.certainty])] if revision.certainty in _OPEN else []


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


def slip_line_of(entry: Entry) -> SlipLine | None:
    """Return the picture of an entry's history; None if its date has never changed."""
    history = entry.facts.release.history
    return slip_line(history, _days_known(history))


def time_to(when: PartialDate | None, today: date) -> str:
    """Return the time from *today* to *when* in words; "" for a date without a day."""
    return page_language().time_to((when.first - today).days) if when and when.is_day else ""


def _sparkline(entry: Entry) -> str:
    """Return the points of a small picture of an entry's history; "" without a move."""
    return sparkline(entry.facts.release.history)


def answer_of(entry: Entry) -> str:
    """Return when *entry* happens, in words: ``In cinemas · United States · 14 Jul 2023``."""
    release = entry.facts.release
    parts = [capital(way_of(release)), region(entry.key.region), date_text(entry.last_date)]
    return " · ".join(filter(None, parts))


def _answers(own: Sequence[Entry]) -> list[str]:
    """Return when the first of *own* that have a date happen, in words."""
    return [answer_of(entry) for entry in own if entry.last_date][:_ANSWERS]


def _kind_name(slug: str) -> str:
    """Return the kind of release called *slug*, or sequels, in words."""
    if slug == SEQUEL:
        return gettext("Sequels")
    return page_language().word(ReleaseKind.from_slug(slug).phrase)


_STATES = {
    SourceState.OK: msgid("as it should be"),
    SourceState.BROKEN: msgid("it breaks the rules"),
    SourceState.UNREADABLE: msgid("it cannot be read"),
    SourceState.HELD: msgid("so much would be lost that it is held back"),
}


def _state_in_words(status: SourceStatus) -> str:
    return gettext(_STATES[status.state])


_CHANGES = {
    ChangeKind.ADDED: msgid("Added"),
    ChangeKind.DELAYED: msgid("Delayed"),
    ChangeKind.BROUGHT_FORWARD: msgid("Brought forward"),
    ChangeKind.CORRECTED: msgid("Corrected"),
    ChangeKind.TAKEN_OVER: msgid("Taken over"),
    ChangeKind.REFINED: msgid("Refined"),
    ChangeKind.BLURRED: msgid("Blurred"),
    ChangeKind.DATED: msgid("Dated"),
    ChangeKind.UNDATED: msgid("Undated"),
    ChangeKind.CONFIRMED: msgid("Confirmed"),
    ChangeKind.QUALIFIED: msgid("Qualified"),
    ChangeKind.CANCELLED: msgid("Cancelled"),
    ChangeKind.WITHDRAWN: msgid("Withdrawn"),
    ChangeKind.LAPSED: msgid("Lapsed"),
    ChangeKind.RESTORED: msgid("Restored"),
    ChangeKind.RETITLED: msgid("Retitled"),
    ChangeKind.RELEASED: msgid("Released"),
    ChangeKind.SLOT_TAKEN: msgid("Slot taken"),
    ChangeKind.SLOT_LOST: msgid("Slot lost"),
    ChangeKind.CONFLICT: msgid("Conflict"),
}


def change_kind(kind: ChangeKind) -> str:
    """Return the name of a *kind* of change."""
    return gettext(_CHANGES[kind])


def _change_in_words(change: Change) -> str:
    return _with_reason(change.sentence(page_language()), change.new)


def _change_way(change: Change) -> str:
    return change.way(page_language())


def _phrase(kind: ReleaseKind) -> str:
    """Return the phrase of a *kind* of release."""
    return page_language().word(kind.phrase)


_TITLES = {
    "alias": msgid("alias"),
    "former": msgid("former title"),
    "official": msgid("official title"),
    "regional": msgid("regional title"),
    "working": msgid("working title"),
}


def _title_kind(kind: str) -> str:
    """Return the *kind* of a title in words."""
    return gettext(_TITLES.get(kind, kind))


_PRODUCTION = {
    "announced": msgid("Announced"),
    "in-development": msgid("In development"),
    "filming": msgid("Filming"),
    "post-production": msgid("Post-production"),
    "finished": msgid("Finished"),
    "cancelled": msgid("Cancelled"),
}


def _production(status: str) -> str:
    """Return the *status* of a production in words."""
    return gettext(_PRODUCTION.get(status, status))


def _moment(at: datetime) -> str:
    """Return a moment in words, without its zone: ``14 Jul 2023, 09:30``."""
    return gettext("{day}, {time}").format(day=date_text(at.date()), time=f"{at:%H:%M}")


def _age(at: datetime, now: datetime) -> str:
    """Return how long before *now* the moment *at* was, in words."""
    return page_language().age(now - at)


FILTERS: Mapping[str, Callable[..., object]] = {
    "age": _age,
    "announcements": _announcements,
    "answers": _answers,
    "called": called,
    "capital": capital,
    "change_in_words": _change_in_words,
    "change_kind": change_kind,
    "change_way": _change_way,
    "checks": _checks,
    "date_in_words": date_text,
    "doubts": _doubts,
    "earlier": _earlier,
    "followed": _followed,
    "is_link": _is_link,
    "free": free,
    "kind": ReleaseKind.from_slug,
    "moment": _moment,
    "month": lambda day: page_language().month(day),
    "weekday": lambda day: page_language().weekday(day),
    "parameter_help": lambda row: gettext(row.text).format(values=row.values),
    "phrase": _phrase,
    "production": _production,
    "title_kind": _title_kind,
    "window": _window,
    "iso_date": iso_date,
    "marks": marks_of,
    "named": _named,
    "news": _news,
    "region": region,
    "rule": _rule,
    "slip_line": slip_line_of,
    "kind_name": lambda slug: capital(_kind_name(slug)),
    "slip_summary": lambda entry: summary(entry.facts.release.history),
    "sparkline": _sparkline,
    "state_in_words": _state_in_words,
    "time_to": time_to,
    "way": way_of,
}
"""Filters of all templates by name."""
