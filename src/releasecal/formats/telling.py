"""Telling: what an event says to people, in its SUMMARY and DESCRIPTION."""

from collections.abc import Iterator
from datetime import date

from releasecal.changes import date_in_words, tell
from releasecal.editions import Entry
from releasecal.models import WORLD, Certainty, Status

MOST_SUMMARY = 255
"""Characters; Proton cuts there."""

MOST_DESCRIPTION = 3_000
"""Characters; Proton again."""

_NOTICES = {
    Status.CANCELLED: "Cancelled: ",
    Status.WITHDRAWN: "Withdrawn: ",
    Status.SCHEDULED: "No longer on this day: ",
}
_OPEN = (Certainty.TENTATIVE, Certainty.ESTIMATED)


def summary(entry: Entry, today: date, *, is_off: bool, has_emoji: bool = False) -> str:
    """
    Return the one line that everybody reads, at most 255 characters.

    Clients hide STATUS (Google drops what is cancelled, Android shows it like any
    other), so what matters of it is said in words.
    """
    release = entry.facts.release
    channel = f" on {release.channel}" if release.channel else ""
    region = f" ({release.key.region})" if release.key.region != WORLD else ""
    aside = "" if is_off else _aside(entry, today)
    phrase = f" – {release.kind.phrase}{channel}{region}{aside}"
    before = _NOTICES[release.current.status] if is_off else ""
    if has_emoji:
        before = f"{release.kind.emoji} {before}"
    room = max(MOST_SUMMARY - len(before) - len(phrase), MOST_SUMMARY // 2)
    return _cut(f"{before}{_cut(entry.facts.title, room)}{phrase}", MOST_SUMMARY)


def _aside(entry: Entry, today: date) -> str:
    """Return what is to be said of the date itself, which may be nothing."""
    current = entry.current
    when = current.when
    if when and not when.is_day:
        if entry.is_overdue(today):
            return f" (overdue, was {when.in_words})"
        return f" (TBC, {when.in_words})"
    if entry.is_marked(today) and entry.before:
        return f" (moved from {date_in_words(entry.before.when)})"
    return " (TBC)" if current.certainty in _OPEN else ""


def description(entry: Entry, address: str, today: date, *, is_off: bool) -> str:
    """
    Return the event's text, at most 3,000 characters.

    The important part is first, and the film's page at *address* last; where there is too
    much to tell, the oldest announcements go.
    """
    facts = entry.facts
    history = [f"{told}." for told in tell(facts.release.history, dict(facts.titles))]
    head = "\n".join([*_certainty(entry, today, is_off=is_off), *_belonging(entry), history[-1]])
    tail = "\n".join(_sources(entry))
    most = MOST_DESCRIPTION - len(address) - 2
    parts = [head, _told(history, most - len(head) - len(tail) - 4), tail]
    return _cut("\n\n".join(filter(None, parts)), most) + f"\n\n{address}"


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
    elif current.certainty in _OPEN:
        yield f"The date is {current.certainty.value}."


def _belonging(entry: Entry) -> Iterator[str]:
    facts = entry.facts
    if facts.follows:
        yield f"Sequel to {dict(facts.titles).get(facts.follows, facts.follows)}."
    if facts.release.note:
        yield facts.release.note


def _sources(entry: Entry) -> Iterator[str]:
    for source in entry.facts.sources:
        day = source.published.isoformat() if source.published else ""
        parts = (source.title or source.id, source.publisher, day, source.attribution)
        yield "Source: " + ", ".join(filter(None, parts))


def status(entry: Entry, *, is_off: bool) -> str:
    """Return the value of STATUS: whether it is certain, or off."""
    if is_off:
        return "CANCELLED"
    is_sure = entry.current.certainty is Certainty.CONFIRMED and not entry.is_off
    return "CONFIRMED" if is_sure else "TENTATIVE"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
