"""
Changes: what one announcement makes of the one before it, and how to say it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from releasecal.dates import PartialDate
from releasecal.models import Certainty, ReleaseKey, Revision, Status


class ChangeKind(Enum):
    """What can happen to a release; the value is its name in reports and on pages."""

    ADDED = "added"
    DELAYED = "delayed"
    BROUGHT_FORWARD = "brought forward"
    REFINED = "refined"
    BLURRED = "blurred"
    DATED = "dated"
    UNDATED = "undated"
    CONFIRMED = "confirmed"
    QUALIFIED = "qualified"
    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"
    RESTORED = "restored"
    RETITLED = "retitled"


@dataclass(frozen=True, slots=True)
class Change:
    """
    Something subscribers see change from one edition to the next.

    Attributes:
        at: When the edition that brought it was published, UTC.
        title: The film's title after the change.
        old: None for a release that was not there.
        old_title: Only for `ChangeKind.RETITLED`; else empty.
    """

    at: datetime
    key: ReleaseKey
    kind: ChangeKind
    title: str
    new: Revision
    old: Revision | None = None
    old_title: str = ""

    @property
    def in_words(self) -> str:
        """As a sentence without the film's title: ``Moved from … to …: COVID-19 pandemic``."""
        if self.kind is ChangeKind.RETITLED:
            return f"Retitled from {self.old_title}"
        if self.kind is ChangeKind.ADDED:
            return f"Added: {date_in_words(self.new.when)}"
        return describe(self.old, self.new) + _background(self.new)


def classify(old: Revision | None, new: Revision) -> ChangeKind:
    """Return what *new* does to a release that stood at *old*; the two differ."""
    if old is None:
        return ChangeKind.ADDED
    if new.status is Status.CANCELLED:
        return ChangeKind.CANCELLED
    if new.status is Status.WITHDRAWN:
        return ChangeKind.WITHDRAWN
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


def describe(old: Revision | None, new: Revision) -> str:
    """Return what happened from *old* to *new* as a clause, without reason or source."""
    after = date_in_words(new.when)
    if old is None:
        if new.status.is_over:
            return "Cancelled"
        if new.certainty is Certainty.DERIVED:
            return f"First expected {after}"
        return f"Set for {after}" + (" after a delay" if new.delayed else "")
    before = date_in_words(old.when)
    match classify(old, new):
        case ChangeKind.CANCELLED:
            return "Cancelled" + (f", was {before}" if old.when else "")
        case ChangeKind.WITHDRAWN:
            return "No longer listed by its source" + (f", was {before}" if old.when else "")
        case ChangeKind.RESTORED:
            return f"Back on the calendar: {after}"
        case ChangeKind.CONFIRMED if before == after:
            return f"Confirmed for {after}"
        case ChangeKind.CONFIRMED:
            return f"Confirmed for {after}, was expected {before}"
        case ChangeKind.REFINED:
            return f"Now exactly {after}, was {before}"
        case ChangeKind.DATED:
            return f"Set for {after}"
        case ChangeKind.UNDATED:
            return f"No date any more, was {before}"
        case ChangeKind.BLURRED:
            return f"Now only {after}, was {before}"
        case ChangeKind.QUALIFIED:
            return f"{after} is now {new.certainty.value}"
        case _:
            return f"Moved from {before} to {after}"


def _background(revision: Revision) -> str:
    """Return when and why, as the rest of a sentence: ``, announced by …: reason``."""
    by = ""
    if revision.as_of:
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
