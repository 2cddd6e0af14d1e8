"""Texts of an event for people: SUMMARY, DESCRIPTION, and the word for STATUS."""

from collections.abc import Iterator
from datetime import date
from functools import lru_cache

from releasecal.core.changes import said, tell
from releasecal.core.editions import Entry, Facts
from releasecal.core.languages import Language
from releasecal.core.models import WORLD, Certainty, Derivation, Revision, Source, Status, Window
from releasecal.queries.feed_query import FeedQuery

MAX_SUMMARY = 255
"""Characters; Proton cuts a longer SUMMARY."""

MAX_DESCRIPTION = 3_000
"""Characters; Proton cuts a longer DESCRIPTION."""

OFF = {
    Status.CANCELLED: "Cancelled: ",
    Status.WITHDRAWN: "Withdrawn: ",
    Status.SCHEDULED: "No longer on this day: ",
}
"""English prefixes to the title of an entry that is off its day, by its status."""

_iso = lru_cache(maxsize=4_096)(date.isoformat)
_OPEN = (Certainty.TENTATIVE, Certainty.ESTIMATED)
_SURE = (Certainty.CONFIRMED,)


def summary(entry: Entry, query: FeedQuery, today: date, *, is_off: bool) -> str:
    """
    Return the title, kind and region of *entry*, at most 255 characters.

    Clients hide STATUS (Google drops a cancelled event, Android shows it like any
    other), so that a cancellation is said in words, too.
    """
    release, language = entry.facts.release, query.language
    channel = language.say(" on {channel}", channel=release.channel) if release.channel else ""
    region = f" ({release.key.region})" if release.key.region != WORLD else ""
    aside = "" if is_off else _aside(entry, language, today)
    phrase = f"{language.word(release.kind.phrase)}{channel}{region}{aside}"
    before = language.word(off(release.current)) if is_off else ""
    if query.emoji:
        before = f"{release.kind.emoji} {before}"
    title = entry.facts.title
    if len(before) + len(title) + len(phrase) + 3 > MAX_SUMMARY:
        title = _cut(title, max(MAX_SUMMARY - len(before) - len(phrase) - 3, MAX_SUMMARY // 2))
    return _cut(f"{before}{title} – {phrase}", MAX_SUMMARY)


def off(current: Revision) -> str:
    """Return the English prefix to the title of an entry that is off its day."""
    # A derived date lapses: nobody had announced it, and so nobody withdrew it.
    is_derived = current.certainty is Certainty.DERIVED
    return OFF[Status.SCHEDULED if is_derived else current.status]


def _aside(entry: Entry, language: Language, today: date) -> str:
    """Return a remark on the date: to be confirmed, overdue or moved; empty for none."""
    current = entry.current
    when = current.when
    if when and not when.is_day:
        return language.say(
            " (overdue, was {when})" if entry.is_overdue(today) else " (TBC, {when})",
            when=language.date(when),
        )
    if entry.is_marked(today) and (before := entry.moved_from):
        return language.say(" (moved from {when})", when=language.date(before.when))
    return language.word(" (TBC)") if current.certainty in _OPEN else ""


def description(entry: Entry, query: FeedQuery, today: date, *, address: str, is_off: bool) -> str:
    """
    Return the event's text, at most 3,000 characters.

    The important part is first, and *address*, the film's page, last. If it would be too
    long, the oldest announcements are left out.
    """
    facts, language = entry.facts, query.language
    told = tell(facts.release.history, dict(facts.titles), language)
    certainty = _certainty(entry, language, today, is_off=is_off)
    head = "\n".join([*certainty, *_belonging(facts, language), f"{told[-1]}."])
    tail = "\n".join([_source(source, language) for source in facts.sources])
    most = MAX_DESCRIPTION - len(address) - 2
    parts = [head, tail] if tail else [head]
    if len(told) > 1:
        parts.insert(1, _history(told, language, most - len(head) - len(tail) - 4))
    return _cut("\n\n".join(parts), most) + f"\n\n{address}"


def _history(told: tuple[str, ...], language: Language, room: int) -> str:
    """Return the sentences *told* as a list of *room* characters, if need be without the oldest."""
    lines = [f"• {sentence}." for sentence in told]
    dropped = 0
    while len(lines) > 1 and sum(len(line) + 1 for line in lines) + 60 > room:
        del lines[0]
        dropped += 1
    if dropped:
        lines.insert(0, language.say_many("• … earlier announcements: {count}", dropped))
    return "\n".join([language.word("History:"), *lines])


def _certainty(entry: Entry, language: Language, today: date, *, is_off: bool) -> list[str]:
    """Return sentences on how certain the date is, and on the rule that it is derived from."""
    current, derivation = entry.current, entry.facts.release.derivation
    told = []
    if current.when and not current.when.day:
        when = language.date(current.when)
        if entry.is_overdue(today):
            told.append(
                language.say("Overdue: it was to be {when}, and no day is known.", when=when)
            )
        elif not is_off:
            told.append(language.say("No day is known yet, only {when}.", when=when))
    if derivation and not is_off:
        told += _derivation(derivation, language)
    elif current.certainty in _OPEN:
        certainty = language.word(current.certainty.value)
        told.append(language.say("The date is {certainty}.", certainty=certainty))
    if entry.facts.release.contested:
        told += _contested(entry, language)
    return told


def _contested(entry: Entry, language: Language) -> list[str]:
    """Return a sentence for each date of another source that contradicts this one."""
    titles = {source.id: source.title or source.id for source in entry.facts.sources}
    return [
        language.say(
            "Sources differ: {by} says {when}.",
            by=titles.get(other.source) or language.word("another one"),
            when=said(other, language),
        )
        for other in entry.facts.release.contested
    ]


def _derivation(derivation: Derivation, language: Language) -> Iterator[str]:
    """Yield sentences on the rule that the date is derived from."""
    window = derivation.window
    yield language.say(
        "Earliest possible date, derived and not announced: {bound} {length} after {day} {phrase}.",
        bound=language.word(window.bound.in_words),
        length=_length(window, language),
        day=language.date(derivation.counted_from),
        phrase=language.word(window.origin.phrase),
    )
    disputed = language.word("This window is disputed.") if window.disputed else ""
    if disputed or window.note:
        yield " ".join(filter(None, (disputed, window.note)))


def _length(window: Window, language: Language) -> str:
    if window.weekends is None:
        return language.say_many("{count} days", window.days or 0)
    return language.say_many("{count} weekends", window.weekends)


def _belonging(facts: Facts, language: Language) -> list[str]:
    note = [facts.release.note] if facts.release.note else []
    if not facts.follows:
        return note
    followed = dict(facts.titles).get(facts.follows, facts.follows)
    return [language.say("Sequel to {film}.", film=followed), *note]


def _source(source: Source, language: Language) -> str:
    told = f"{language.word('Source: ')}{source.title or source.id}"
    if source.publisher:
        told += f", {source.publisher}"
    if source.published:
        told += f", {_iso(source.published)}"
    return f"{told}, {source.attribution}" if source.attribution else told


def status(entry: Entry, *, is_off: bool) -> str:
    """Return the value of STATUS: CONFIRMED, TENTATIVE or CANCELLED."""
    if is_off:
        return "CANCELLED"
    current = entry.current
    is_sure = current.certainty in _SURE and current.when and current.when.day
    return "CONFIRMED" if is_sure and not entry.facts.is_shaky else "TENTATIVE"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
