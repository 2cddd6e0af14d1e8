"""Changes: what one announcement makes of the one before it, and how to say it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Self

from releasecal.dates import PartialDate
from releasecal.models import Certainty, ReleaseKey, Revision


class ChangeKind(Enum):
    """
    What can happen to a release.

    The columns are its name in reports and on pages, and the sentence that tells it.
    """

    ADDED = "added", "Set for {new}"
    DELAYED = "delayed", "Moved from {old} to {new}"
    BROUGHT_FORWARD = "brought forward", "Moved from {old} to {new}"
    REFINED = "refined", "Now exactly {new}, was {old}"
    BLURRED = "blurred", "Now only {new}, was {old}"
    DATED = "dated", "Set for {new}"
    UNDATED = "undated", "No date any more, was {old}"
    CONFIRMED = "confirmed", "Confirmed for {new}, was expected {old}"
    QUALIFIED = "qualified", "{new} is now {certainty}"
    CANCELLED = "cancelled", "Cancelled, was {old}"
    WITHDRAWN = "withdrawn", "No longer listed by its source, was {old}"
    RESTORED = "restored", "Back on the calendar: {new}"
    RETITLED = "retitled", "Retitled from {other}"
    RELEASED = "released", "Released {new}"
    SLOT_TAKEN = "slot taken", "{new} was {other}'s"
    SLOT_LOST = "slot lost", "{old} went to {other}"
    CONFLICT = "conflict", "Another source says {new}, {old} stands"

    sentence: str

    def __new__(cls, name: str, sentence: str) -> Self:
        """Make a row; its value is *name*."""
        kind = object.__new__(cls)
        kind._value_ = name
        kind.sentence = sentence
        return kind


@dataclass(frozen=True, slots=True)
class Change:
    """
    Something subscribers see change from one edition to the next.

    Attributes:
        at: When the edition that brought it was published, UTC.
        title: The film's title after the change.
        new: The revision in force; for a conflict, the one that contests it.
        old: The one before it; for a conflict, the one in force. None for a release that
            was not there.
        other: The former title, or the title of the film whose slot was taken or that
            took it; else empty.
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
        """As a sentence without the film's title: ``Moved from … to …: COVID-19 pandemic``."""
        if self.kind not in ASIDE:
            return describe(self.old, self.new) + _background(self.new)
        return self.kind.sentence.format(
            old=said(self.old) if self.old else "", new=said(self.new), other=self.other
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
"""What happens without a date's becoming another one."""


def classify(old: Revision | None, new: Revision) -> ChangeKind:
    """Return what *new* does to a release that stood at *old*; the two differ."""
    if old is None:
        return ChangeKind.ADDED
    if new.status.is_over:
        return ChangeKind(new.status.value)  # type: ignore[call-arg]  # a look-up by value
    if old.status.is_over:
        return ChangeKind.RESTORED
    if new.when is None:
        return ChangeKind.UNDATED
    if old.certainty is not Certainty.CONFIRMED and new.certainty is Certainty.CONFIRMED:
        return ChangeKind.CONFIRMED
    return _compare(old.when, new.when)


def _compare(old: PartialDate | None, new: PartialDate) -> ChangeKind:
    if old is None:
        return ChangeKind.DATED
    if (old.first, old.after) == (new.first, new.after):
        return ChangeKind.QUALIFIED
    if old.contains(new):
        return ChangeKind.REFINED
    if new.contains(old):
        return ChangeKind.BLURRED
    later = (new.first, new.after) > (old.first, old.after)
    return ChangeKind.DELAYED if later else ChangeKind.BROUGHT_FORWARD


def date_in_words(when: PartialDate | None) -> str:
    """Return *when* as a person would say it, or ``no date yet``."""
    return when.in_words if when else "no date yet"


def said(revision: Revision) -> str:
    """Return what *revision* says: its date, and before it that it is off, if it is."""
    when = date_in_words(revision.when)
    return f"{revision.status.value} ({when})" if revision.status.is_over else when


def describe(old: Revision | None, new: Revision) -> str:
    """Return what happened from *old* to *new* as a clause, without reason or source."""
    if old is None:
        return _beginning(new)
    before, after = date_in_words(old.when), date_in_words(new.when)
    kind = classify(old, new)
    sentence = kind.sentence
    if old.when is None or (kind is ChangeKind.CONFIRMED and before == after):
        sentence = sentence.partition(", was")[0]  # what it was is no news
    return sentence.format(old=before, new=after, certainty=new.certainty.value)


def _beginning(new: Revision) -> str:
    if new.status.is_over:
        return "Cancelled"
    if new.when is None:
        return "Announced without a date"
    if new.certainty is Certainty.DERIVED:
        return f"First expected {date_in_words(new.when)}"
    return f"Set for {date_in_words(new.when)}" + (" after a delay" if new.delayed else "")


def _background(revision: Revision) -> str:
    """Return when and why, as the rest of a sentence: ``, announced by …: reason``."""
    by = ""
    if revision.as_of and revision.certainty is not Certainty.DERIVED:
        by = f", announced by {PartialDate.of_day(revision.as_of).in_words}"
    return by + (f": {revision.reason}" if revision.reason else "")


def tell(history: tuple[Revision, ...], titles: Mapping[str, str]) -> tuple[str, ...]:
    """
    Return *history* as sentences, oldest first, one an announcement.

    *titles* names the films whose dates were given or taken; one that is missing is
    called by its id.
    """
    told = []
    for old, new in zip((None, *history), history, strict=False):
        sentence = describe(old, new) + _background(new)
        if new.text:
            sentence += f" (“{new.text}”)"
        if new.slot_from:
            sentence += f"; the date was {titles.get(new.slot_from, new.slot_from)}'s"
        if old and old.slot_to:
            went_to = titles.get(old.slot_to, old.slot_to)
            sentence += f"; {date_in_words(old.when)} went to {went_to}"
        told.append(sentence)
    return tuple(told)
