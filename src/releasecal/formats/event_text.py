"""Texts of an event for people: SUMMARY, DESCRIPTION, and the word for STATUS."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache

from releasecal.core.changes import (
    ChangeKind,
    classify,
    first_in_words,
    history_in_words,
    revision_in_words,
)
from releasecal.core.dates import PartialDate
from releasecal.core.editions import Entry, Facts
from releasecal.core.graphemes import cut
from releasecal.core.languages import Language
from releasecal.core.models import (
    UNKNOWN,
    WORLD,
    Bound,
    Certainty,
    Derivation,
    Manner,
    Release,
    ReleaseKind,
    Revision,
    Source,
    Status,
    Window,
)
from releasecal.queries.feed_query import FeedQuery

MAX_SUMMARY = 255
"""Characters; Proton cuts a longer SUMMARY."""

MAX_DESCRIPTION = 3_000
"""Characters; Proton cuts a longer DESCRIPTION."""

OFF_ITS_DAY = {
    Status.CANCELLED: "Cancelled",
    Status.WITHDRAWN: "No longer listed",
    Status.SCHEDULED: "No longer on this day",
}
"""English words before the title of an entry that is off its day, by its status."""

DOUBTS = {
    Bound.EXACTLY: "calculated",
    Bound.ABOUT: "estimate",
    Bound.AT_MOST: "at the latest",
}
"""English remarks on a derived date, by the bound of its window; "earliest" says the last one."""

DERIVATIONS = {
    Bound.AT_LEAST: "Not announced: the earliest day possible, {length} after {day} ({phrase}).",
    Bound.EXACTLY: "Not announced: calculated, {length} after {day} ({phrase}).",
    Bound.ABOUT: "Not announced: an estimate, about {length} after {day} ({phrase}).",
    Bound.AT_MOST: "Not announced: the latest day possible, {length} after {day} ({phrase}).",
}
"""English sentences on a derived date, by the bound of its window."""

_PHRASES = {kind.identity: ReleaseKind.from_slug(kind.identity).phrase for kind in ReleaseKind}
_iso = lru_cache(maxsize=4_096)(date.isoformat)
# Python 3.11 is slow to look a member up in its enumeration: a tenth of a microsecond each time.
_OPEN = (Certainty.TENTATIVE, Certainty.ESTIMATED)
_CONFIRMED, _DERIVED = Certainty.CONFIRMED, Certainty.DERIVED
_WITHDRAWN = Status.WITHDRAWN


def summary(entry: Entry, query: FeedQuery, today: date, *, is_off_its_day: bool) -> str:
    """
    Return the title, kind and region of *entry*, at most 255 characters.

    Clients hide STATUS (Google drops a cancelled event, Android shows it like any
    other), so that a cancellation is said in words, too.
    """
    facts, language = entry.facts, query.language
    release = facts.release
    channel = language.say(" on {channel}", channel=release.channel) if release.channel else ""
    where = _in_brackets(release.key.region, language)
    is_plain = is_off_its_day or (entry.marked_until is None and _is_sure(release.history[-1]))
    aside = "" if is_plain else _aside(entry, language, today)
    apart = f" ({facts.distinction})" if facts.distinction else ""
    called = f", {release.label or release.place}" if release.label or release.place else ""
    phrase = f"{apart} – {kind_in_words(release, language)}{channel}{called}{where}{aside}"
    before = (
        f"{language.word(off_its_day(release.current))}{language.colon}" if is_off_its_day else ""
    )
    if query.emoji:
        before = f"{release.kind.emoji} {before}"
    title = facts.name_in(language.code) if facts.names else facts.title
    if len(before) + len(title) + len(phrase) > MAX_SUMMARY:
        title = cut(title, max(MAX_SUMMARY - len(before) - len(phrase), MAX_SUMMARY // 2))
    text = f"{before}{language.isolated(title)}{phrase}"
    return cut(text, MAX_SUMMARY) if len(text) > MAX_SUMMARY else text


def _in_brackets(region: str, language: Language) -> str:
    """Return the words for *region* in a SUMMARY, which are none if it is unknown."""
    if region == UNKNOWN:
        return ""
    return f" ({language.word('worldwide') if region == WORLD else region})"


def off_its_day(current: Revision) -> str:
    """Return the English words before the title of an entry that is off its day."""
    # A derived date lapses: nobody had announced it, and so nobody withdrew it.
    is_derived = current.certainty is _DERIVED
    return OFF_ITS_DAY[Status.SCHEDULED if is_derived else current.status]


def kind_in_words(release: Release, language: Language) -> str:
    """Return the way in which *release* reaches its public: ``in cinemas``, ``earliest on disc``."""
    phrase = language.word(_PHRASES[release.kind.identity])
    is_earliest = release.current.certainty is _DERIVED and _is_bounded(release)
    return language.say("earliest {phrase}", phrase=phrase) if is_earliest else phrase


def _is_bounded(release: Release) -> bool:
    """Whether the derived date of *release* is the first day that its window allows."""
    derivation = release.derivation
    return derivation is None or derivation.window.bound is Bound.AT_LEAST


def _aside(entry: Entry, language: Language, today: date) -> str:
    """Return remarks on the date, in brackets: how certain it is, and its move; empty for none."""
    told = list(_remarks(entry, language, today))
    return f" ({', '.join(told)})" if told else ""


def _remarks(entry: Entry, language: Language, today: date) -> Iterator[str]:
    current = entry.current
    when = current.when
    if when and not when.is_day:
        yield language.say(
            "overdue, was {when}" if entry.is_overdue(today) else "TBC, {when}",
            when=language.date(when),
        )
    elif doubt := _doubt(entry.facts.release):
        yield language.word(doubt)
    if when and when.is_day and entry.is_marked(today) and (before := entry.moved_from):
        is_move = current.manner is not Manner.TAKEN_OVER and not _is_unsaid(before, current)
        yield language.say(
            "moved from {when}" if is_move else "was {when}", when=language.date(before.when)
        )


def _is_unsaid(before: Revision, current: Revision) -> bool:
    """Whether the date was announced *before*, and the *current* one only follows from a window."""
    return current.certainty is _DERIVED and before.certainty is not _DERIVED


def _doubt(release: Release) -> str:
    """Return the English remark on the certainty of a day; empty for none."""
    if release.current.certainty in _OPEN:
        return "TBC"
    derivation = release.derivation
    if derivation is None or release.current.certainty is not _DERIVED:
        return ""
    if derivation.basis is _DERIVED:
        return "estimate on an estimate"
    if derivation.basis is not _CONFIRMED:
        return "estimate"
    if derivation.window.condition:
        return "on a condition"
    return DOUBTS.get(derivation.window.bound, "")


def description(  # noqa: PLR0913 - an event has much to say
    entry: Entry,
    told: Sequence[str],
    language: Language,
    today: date,
    *,
    address: str,
    is_off_its_day: bool,
) -> str:
    """
    Return the event's text in *language*, at most 3,000 characters.

    *told* are its `announcements`. The important part is first, and *address*, the film's page,
    last. No sentence stands in it twice. If it would be too long, the oldest announcements are
    left out.
    """
    facts = entry.facts
    certainty = _certainty(entry, language, today, is_off_its_day=is_off_its_day)
    details = _details(facts.release, language)
    belonging = _belonging(facts, language)
    if certainty or details or belonging:
        # Of a derived date without a history, the rule is all there is to tell.
        news = [] if certainty and _is_plainly_derived(entry) else [f"{told[-1]}{language.stop}"]
        head = "\n".join(dict.fromkeys([*certainty, *details, *belonging, *news]))
    else:
        head = f"{told[-1]}{language.stop}"
    cited = facts.sources
    tail = _source(cited[0], language) if len(cited) == 1 else _sources(cited, language)
    if about := _about(facts, language):
        tail = "\n".join([*about, "", tail] if tail else about)
    most = MAX_DESCRIPTION - len(address) - 2
    text = head
    if len(told) > 1:
        text += f"\n\n{_history(told[:-1], language, most - len(head) - len(tail) - 4)}"
    if tail:
        text += f"\n\n{tail}"
    return f"{cut(text, most) if len(text) > most else text}\n\n{address}"


def announcements(facts: Facts, language: Language) -> Sequence[str]:
    """Return the history as sentences, oldest first, each of them different."""
    history = facts.release.history
    titles = dict(facts.titles) if facts.titles else {}
    if len(history) == 1:
        return [first_in_words(history[0], titles, language)]
    told = history_in_words(history, titles, language, sources=facts.source_titles)
    return _distinct(told, language)


def _distinct(told: Iterable[str], language: Language) -> list[str]:
    """Return the sentences *told*, oldest first; each repetition says how many times it is now."""
    counts: dict[str, int] = {}
    lines = []
    for sentence in told:
        count = counts[sentence] = counts.get(sentence, 0) + 1
        again = language.say_many(" (again, {count} times now)", count) if count > 1 else ""
        lines.append(f"{sentence}{again}")
    return lines


def _is_plainly_derived(entry: Entry) -> bool:
    """Whether all that is known of the date of *entry* is the rule that it follows from."""
    release = entry.facts.release
    return release.derivation is not None and len(release.history) == 1


def _history(told: Sequence[str], language: Language, room: int) -> str:
    """Return the sentences *told* as a list of *room* characters, if need be without the oldest."""
    lines = [f"• {sentence}{language.stop}" for sentence in told]
    dropped = 0
    while len(lines) > 1 and sum(len(line) + 1 for line in lines) + 60 > room:
        del lines[0]
        dropped += 1
    if dropped:
        lines.insert(0, language.say_many("• … earlier announcements: {count}", dropped))
    return "\n".join([language.word("Before:"), *lines])


def _certainty(entry: Entry, language: Language, today: date, *, is_off_its_day: bool) -> list[str]:
    """Return sentences on how certain the date is, and on the rule that it is derived from."""
    release = entry.facts.release
    current, derivation = release.history[-1], release.derivation
    told: list[str] = []
    if current.when is not None and not current.when.day:
        when = language.date(current.when)
        if entry.is_overdue(today):
            told.append(
                language.say("Overdue: it was expected for {when}, and no day is known.", when=when)
            )
        elif not is_off_its_day:
            told.append(language.say("No day is known yet, only {when}.", when=when))
    if derivation and not is_off_its_day:
        told += _derivation(derivation, language)
    elif current.certainty is not _CONFIRMED and (
        current.certainty in _OPEN and not _is_qualified(entry)
    ):
        certainty = language.word(current.certainty.value)
        told.append(language.say("The date is {certainty}.", certainty=certainty))
    if current.status is _WITHDRAWN:
        told.append(_loss(current, language))
    if entry.facts.is_being_checked:
        told.append(
            language.word(
                "A source says something else now (see the page below). "
                "Until that has been checked, this day stays."
            )
        )
    return [*told, *disputes(entry.facts, language)] if release.contested else told


def _is_qualified(entry: Entry) -> bool:
    """Whether the last announcement of *entry* changes its certainty and nothing else."""
    *_, before, last = (None, *entry.facts.release.history)
    is_other = before is not None and before.certainty is not last.certainty
    return is_other and classify(before, last) is ChangeKind.QUALIFIED


def _loss(current: Revision, language: Language) -> str:
    """Return a sentence on the reason why the *current* date, which was not cancelled, is gone."""
    if current.certainty is _DERIVED:
        return language.word(
            "The day that it was counted from has gone, or another day has been announced."
        )
    return language.word("No cancellation is known: the source may only have left it out.")


def disputes(facts: Facts, language: Language) -> list[str]:
    """Return a sentence for each date of another source that contradicts the one in force."""
    if not facts.release.contested:
        return []
    titles = facts.source_titles
    return [
        language.say(
            "Sources differ: {by} says {when}.",
            by=titles.get(other.source) or language.word("another one"),
            when=revision_in_words(other, language),
        )
        for other in facts.release.contested
    ]


def _derivation(derivation: Derivation, language: Language) -> Iterator[str]:
    """Yield sentences on the rule that the date is derived from."""
    window = derivation.window
    yield language.say(
        DERIVATIONS[window.bound],
        length=window_length(window, language),
        day=language.date(derivation.counted_from),
        phrase=language.word(window.origin.phrase),
    )
    if derivation.basis is _DERIVED:
        yield language.word("The day that it is counted from is not announced either.")
    elif derivation.basis is not _CONFIRMED:
        yield language.word("The day that it is counted from is not certain either.")
    if window.condition:
        condition = window.condition.rstrip(".")
        yield language.say("Only on this condition: {condition}.", condition=condition)
    disputed = language.word("How long this has to be is disputed.") if window.disputed else ""
    if disputed or window.note:
        yield " ".join(filter(None, (disputed, window.note)))


def window_length(window: Window, language: Language) -> str:
    """Return the length of *window* in words: ``45 days``, ``3 weekends``, ``1 month``."""
    if window.weekends is not None:
        return language.say_many("{count} weekends", window.weekends)
    if window.weeks is not None:
        return language.say_many("{count} weeks", window.weeks)
    if window.months is not None:
        return language.say_many("{count} months", window.months)
    return language.say_many("{count} days", window.days or 0)


def _belonging(facts: Facts, language: Language) -> list[str]:
    told: list[str] = []
    if facts.names and facts.name_in(language.code) != facts.title:
        told.append(language.say("Other title: {title}.", title=facts.title))
    if facts.former_title:
        told.append(language.say("Former title: {title}.", title=facts.former_title))
    if facts.follows:
        followed = dict(facts.titles).get(facts.follows, facts.follows)
        told.append(language.say("Sequel to {film}.", film=followed))
    return [*told, facts.release.note] if facts.release.note else told


def _details(release: Release, language: Language) -> Sequence[str]:
    """Return lines on where and when exactly, in which language and for how long."""
    told = []
    if release.time:
        zone = f" ({release.zone})" if release.zone else ""
        told.append(language.say("Begins at {time}{zone}.", time=release.time, zone=zone))
    if release.place:
        told.append(language.say("Place: {place}", place=release.place))
    if release.version:
        told.append(language.say("Language version: {version}", version=release.version))
    if release.until:
        until = language.date(PartialDate.of_day(release.until))
        told.append(language.say("Runs until {until}.", until=until))
    if release.tickets:
        told.append(language.say("Tickets: {address}", address=release.tickets))
    return told


def _about(facts: Facts, language: Language) -> list[str]:
    """Return lines on the film itself."""
    told = [facts.synopsis] if facts.synopsis else []
    if facts.runtime:
        length = language.say_many("{count} minutes", facts.runtime)
        told.append(language.say("Running time: {length}", length=length))
    if facts.certification:
        told.append(language.say("Rating: {rating}", rating=facts.certification))
    return told


def _sources(sources: Sequence[Source], language: Language) -> str:
    return "\n".join([_source(source, language) for source in sources])


def _source(source: Source, language: Language) -> str:
    publisher = f", {source.publisher}" if source.publisher else ""
    published = f", {_iso(source.published)}" if source.published else ""
    attribution = f", {source.attribution}" if source.attribution else ""
    word = language.word("Source: ")
    return f"{word}{source.title or source.id}{publisher}{published}{attribution}"


def status(entry: Entry, *, is_off_its_day: bool) -> str:
    """Return the value of STATUS: CONFIRMED, TENTATIVE or CANCELLED."""
    if is_off_its_day:
        return "CANCELLED"
    facts = entry.facts
    is_sure = not facts.is_being_checked and _is_sure(facts.release.history[-1])
    return "CONFIRMED" if is_sure else "TENTATIVE"


def _is_sure(current: Revision) -> bool:
    """Whether the *current* date is a single day that has been confirmed."""
    when = current.when
    return current.certainty is _CONFIRMED and when is not None and when.day > 0
