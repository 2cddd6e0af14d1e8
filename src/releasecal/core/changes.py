"""Changes: the difference between two announcements of a release, by kind and in words."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from types import MappingProxyType
from typing import Self

from releasecal.core.dates import PartialDate, Precision
from releasecal.core.languages import ENGLISH, Language
from releasecal.core.models import Certainty, Manner, ReleaseKey, ReleaseKind, Revision, Status
from releasecal.core.reasons import reason_in_words
from releasecal.core.value_classes import dataclass

_NO_TITLES: Mapping[str, str] = MappingProxyType({})
# Python 3.11 is slow to look a member up in its enumeration.
_CONFIRMED, _DERIVED = Certainty.CONFIRMED, Certainty.DERIVED


class ChangeKind(Enum):
    """
    Kinds of change of a release.

    The columns are the name in reports and on pages; the sentence; and its ending about the
    former date, which is left out where that date is no news.
    """

    ADDED = "added", "Set for {new}"
    DELAYED = "delayed", "Moved from {old} to {new}"
    BROUGHT_FORWARD = "brought forward", "Moved from {old} to {new}"
    CORRECTED = "corrected", "Corrected from {old} to {new}"
    TAKEN_OVER = "taken over", "According to {by}: {new}", "; the source before said {old}"
    REFINED = "refined", "Now exactly {new}", ", was {old}"
    BLURRED = "blurred", "Now only {new}", ", was {old}"
    DATED = "dated", "Set for {new}"
    UNDATED = "undated", "No date any more", ", was {old}"
    CONFIRMED = "confirmed", "Confirmed for {new}", ", was expected {old}"
    QUALIFIED = "qualified", "{new} is now {certainty}"
    CANCELLED = "cancelled", "Cancelled", ", was {old}"
    WITHDRAWN = "withdrawn", "No longer in the list of its source", ", was {old}"
    LAPSED = "lapsed", "No longer calculated", "; {old} was never announced"
    RESTORED = "restored", "Back on the calendar: {new}", ", was {old}"
    RETITLED = "retitled", "Retitled from {other}"
    RELEASED = "released", "Released {new}"
    SLOT_TAKEN = "slot taken", "{new} was {other}'s"
    SLOT_LOST = "slot lost", "{old} went to {other}"
    CONFLICT = "conflict", "Another source says {new}, {old} stands"

    sentence: str
    former: str

    def __new__(cls, name: str, sentence: str, former: str = "") -> Self:
        """Make a row; its value is *name*."""
        kind = object.__new__(cls)
        kind._value_ = name
        kind.sentence = sentence
        kind.former = former
        return kind

    @property
    def slug(self) -> str:
        """Its name in addresses: ``brought-forward``."""
        return str(self.value).replace(" ", "-")


@dataclass(frozen=True, slots=True)
class Change:
    """
    A difference between one edition and the next that subscribers see.

    Attributes:
        at: When its edition was published, UTC.
        title: The film's title after the change.
        new: The revision in force; for a conflict, the contesting one.
        old: The revision before it; for a conflict, the one in force. None for a new release.
        other: The former title, the title of the film that lost or took the date, or that of the
            source that took over; empty for other kinds.
    """

    at: datetime
    key: ReleaseKey
    kind: ChangeKind
    title: str
    new: Revision
    old: Revision | None = None
    other: str = ""

    @property
    def in_words(self) -> str:
        """
        The sentence without the film's title: ``Moved from … to …: COVID-19 pandemic``.

        A derived date is named as such, with the phrase of its kind.
        """
        return self.sentence(ENGLISH)

    def sentence(self, language: Language) -> str:
        """Return the sentence in *language*; see `in_words`."""
        return self.clause(language) + (f" ({self.way(language)})" if self.is_derived else "")

    @property
    def is_derived(self) -> bool:
        """Whether the date follows from a window and is not announced."""
        return self.new.certainty is _DERIVED

    @property
    def phrase(self) -> str:
        """The kind of release in words: ``in cinemas``, ``streaming, calculated``."""
        return self.way(ENGLISH)

    def way(self, language: Language) -> str:
        """Return the kind of release in *language*; see `phrase`."""
        phrase = language.word(ReleaseKind.from_slug(self.key.kind).phrase)
        return f"{phrase}, {language.word('calculated')}" if self.is_derived else phrase

    def clause(self, language: Language) -> str:
        """Return the change as a clause in *language*, without the kind of release."""
        if self.kind not in ASIDE:
            sentence = describe(self.old, self.new, language, by=self.other)
            return sentence + _background(self.new, language)
        is_undated = self.kind is ChangeKind.CONFLICT and self.old and self.old.when is None
        return language.say(
            UNDATED_CONFLICT if is_undated else self.kind.sentence,
            old=revision_in_words(self.old, language) if self.old else "",
            new=revision_in_words(self.new, language),
            other=self.other,
        )


ASIDE = frozenset(
    {
        ChangeKind.RETITLED,
        ChangeKind.RELEASED,
        ChangeKind.SLOT_TAKEN,
        ChangeKind.SLOT_LOST,
        ChangeKind.CONFLICT,
    }
)
"""The kinds of change that leave the date as it is."""


_ADDED, _DATED, _CONFIRMATION = ChangeKind.ADDED, ChangeKind.DATED, ChangeKind.CONFIRMED
_DELAYED, _BROUGHT_FORWARD = ChangeKind.DELAYED, ChangeKind.BROUGHT_FORWARD
_REFINED, _QUALIFIED, _RESTORED = ChangeKind.REFINED, ChangeKind.QUALIFIED, ChangeKind.RESTORED
_AT_ONE_DATE = (_CONFIRMATION, _QUALIFIED, _RESTORED)

ANNOUNCED = "Set for {new}", " (calculated before: {old})"
"""The sentence and its ending where an announced date follows a derived one."""

CALCULATED = "Calculated: {new}", ""
"""The sentence for a derived date; it has no ending."""

REWORDED = "Now {new}", ", was {old}"
"""The sentence and its ending for the same days in other words, and for what is about a date."""

ONLY_CALCULATED = "No longer announced, only calculated: {new}", ", was {old}"
"""The sentence and its ending where a derived date follows an announced one."""

MOVED_AND_BACK = ", moved from {old}"
"""The ending where a release that was over is back on another day."""

UNDATED_CONFLICT = "Another source says {new}; the first one has no date yet"
"""The sentence where a source with precedence says that there is no date."""

_MOVES = (_DELAYED, _BROUGHT_FORWARD)
_MANNERS = {
    Manner.CORRECTED: ChangeKind.CORRECTED,
    Manner.TAKEN_OVER: ChangeKind.TAKEN_OVER,
}
_OVER = {Status.CANCELLED: ChangeKind.CANCELLED, Status.WITHDRAWN: ChangeKind.WITHDRAWN}


def classify(old: Revision | None, new: Revision) -> ChangeKind:
    """Return the kind of change from *old* to *new*, which differ; None is a new release."""
    if old is None:
        return _ADDED
    if new.status.is_over:
        return ChangeKind.LAPSED if new.certainty is _DERIVED else _OVER[new.status]
    if old.status.is_over:
        return _RESTORED
    if new.when is None:
        return ChangeKind.UNDATED
    if old.certainty is not _CONFIRMED and new.certainty is _CONFIRMED:
        return _CONFIRMATION
    kind = _compare(old.when, new.when)
    return _MANNERS.get(new.manner, kind) if kind in _MOVES else kind


def _compare(old: PartialDate | None, new: PartialDate) -> ChangeKind:
    if old is None:
        return _DATED
    if old.day and new.day:
        return _compare_days(old, new)
    was, will_be = (old.first, old.after), (new.first, new.after)
    if was == will_be:
        return _QUALIFIED
    if was[0] <= will_be[0] and will_be[1] <= was[1]:
        return _REFINED
    if will_be[0] <= was[0] and was[1] <= will_be[1]:
        return ChangeKind.BLURRED
    return _DELAYED if will_be > was else _BROUGHT_FORWARD


def _compare_days(old: PartialDate, new: PartialDate) -> ChangeKind:
    """Return what `_compare` does, the short way: most dates are days."""
    before, after = (old.year, old.part, old.day), (new.year, new.part, new.day)
    if before == after:
        return _QUALIFIED
    return _DELAYED if after > before else _BROUGHT_FORWARD


def _is_move(old: PartialDate | None, new: PartialDate | None) -> bool:
    return old is not None and new is not None and _compare(old, new) in _MOVES


def date_in_words(when: PartialDate | None) -> str:
    """Return *when* in English words, or ``no date yet``."""
    return ENGLISH.date(when)


def revision_in_words(revision: Revision, language: Language = ENGLISH) -> str:
    """Return the date of *revision* in words, after its status if it is over."""
    when = language.date(revision.when)
    if not revision.status.is_over:
        return when
    return language.say(f"{revision.status.value} ({{when}})", when=when)


def describe(
    old: Revision | None, new: Revision, language: Language = ENGLISH, *, by: str = ""
) -> str:
    """
    Return the change from *old* to *new* as a clause, without reason or source.

    *by* is the title of the source of *new*, which is named if it took over.
    """
    if old is None:
        return _beginning(new, language)
    kind = classify(old, new)
    sentence, former = _wording(kind, old, new)
    before, after = language.date(old.when), language.date(new.when)
    certainty = language.word(new.certainty.value)
    by = by or language.word("another source")
    told = language.say(sentence, old=before, new=after, certainty=certainty, by=by)
    if old.when is None or (kind in _AT_ONE_DATE and before == after):
        return told  # the former date is no news
    return told + language.say(former, old=before)


def _wording(kind: ChangeKind, old: Revision, new: Revision) -> tuple[str, str]:
    """
    Return the sentence and its ending for a change of *kind*.

    Nobody has announced a derived date: it has not been moved or confirmed, but calculated.
    """
    is_old_derived, is_new_derived = old.certainty is _DERIVED, new.certainty is _DERIVED
    if new.when is None or new.status.is_over or is_old_derived is is_new_derived:
        if _is_reworded(kind, old, new):
            return REWORDED
        is_moved_back = kind is _RESTORED and _is_move(old.when, new.when)
        return kind.sentence, MOVED_AND_BACK if is_moved_back else kind.former
    if is_old_derived:
        return ANNOUNCED
    return CALCULATED if old.when is None or old.status.is_over else ONLY_CALCULATED


def _is_reworded(kind: ChangeKind, old: Revision, new: Revision) -> bool:
    """Whether *new* says no more than other words for the date, or what it is about."""
    if kind is _QUALIFIED:
        return old.certainty is new.certainty
    if kind is not _REFINED:
        return False
    return new.when is not None and new.when.precision is Precision.ABOUT


def _beginning(new: Revision, language: Language) -> str:
    when = new.when
    if new.status.is_over:
        return language.word("Cancelled")
    if when is None:
        return language.word("Announced without a date")
    if new.certainty is _DERIVED:
        return language.say_date("Calculated: {new}", "new", when)
    return language.say_date(
        "Set for {new} after a delay" if new.delayed else "Set for {new}", "new", when
    )


def _background(revision: Revision, language: Language) -> str:
    """Return the rest of a sentence about *revision*: ``, announced by …: reason``."""
    because = (
        f"{language.colon}{reason_in_words(revision.reason, language)}" if revision.reason else ""
    )
    if revision.as_of is None or revision.certainty is _DERIVED:
        return because
    return language.say_date(", announced by {day}", "day", revision.as_of) + because


def history_in_words(
    history: tuple[Revision, ...],
    titles: Mapping[str, str],
    language: Language = ENGLISH,
    *,
    sources: Mapping[str, str] = _NO_TITLES,
) -> tuple[str, ...]:
    """
    Return *history* as sentences, oldest first, one an announcement.

    *titles* are those of films that dates were taken from or went to, by id; a film
    without one is called by its id. *sources* are the titles of sources, by id.
    """
    first, *others = history
    told, old = [first_in_words(first, titles, language)], first
    for new in others:
        by = sources.get(new.source, new.source)
        sentence = _told(describe(old, new, language, by=by), new, titles, language)
        if old.slot_to:
            owner = titles.get(old.slot_to, old.slot_to)
            when = language.date(old.when)
            sentence += language.say("; {old} went to {film}", old=when, film=owner)
        told.append(sentence)
        old = new
    return tuple(told)


def first_in_words(new: Revision, titles: Mapping[str, str], language: Language) -> str:
    """Return the first revision of a history as a sentence; see `history_in_words`."""
    return _told(_beginning(new, language), new, titles, language)


def _told(sentence: str, new: Revision, titles: Mapping[str, str], language: Language) -> str:
    """Return *sentence* about *new* with its background, its wording and its slot."""
    sentence += _background(new, language)
    if new.text:
        sentence += language.say(" (“{text}”)", text=new.text)
    if new.slot_from:
        owner = titles.get(new.slot_from, new.slot_from)
        sentence += language.say("; the date was {film}'s", film=owner)
    return sentence
