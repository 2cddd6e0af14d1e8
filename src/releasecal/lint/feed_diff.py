"""
Two versions of a feed: what subscribers see move, vanish or double, and what they miss.

An event is the same if its UID (and RECURRENCE-ID) is. Clients take a change of it as one only if
what says so grows: SEQUENCE, LAST-MODIFIED, DTSTAMP.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Self

from releasecal.lint.event_rules import identity
from releasecal.lint.feed_text import Component, FeedText
from releasecal.lint.time_rules import moment_of

_ITEMS = ("VEVENT", "VTODO", "VJOURNAL")
_STAMPS = ("DTSTAMP", "LAST-MODIFIED", "SEQUENCE", "CREATED")
_WHEN = ("DTSTART", "DTEND", "DUE", "DURATION")
_OF_STATUS = ("STATUS", "SUMMARY", "TRANSP", "X-MICROSOFT-CDO-BUSYSTATUS")


class DiffKind(Enum):
    """
    Kinds of differences that subscribers see.

    The columns are the name; what calendars show then; and whether that misleads people.
    """

    ADDED = "new", "a new event", False
    MOVED = "moved", "the event on another day or at another time", False
    RESIZED = "other end", "the event with another end", False
    RENAMED = "renamed", "the event with another title", False
    CHANGED = "changed", "the event with other details", False
    CANCELLED = "cancelled", "the event struck through; Google hides it", False
    RESTORED = "back", "the event as one that happens", False
    DROPPED = "dropped", "the event no longer; it was over or cancelled", False
    VANISHED = "vanished", "the event no longer, and nobody says why", True
    REPLACED = "new identity", "another event in its place; who imported the feed has both", True
    DOUBLED = "doubled", "the event twice on its day", True
    TOUCHED = "touched", "nothing; all clients write the event anew", True

    seen: str
    misleads: bool

    def __new__(cls, name: str, seen: str, misleads: bool) -> Self:  # noqa: FBT001 - a column
        """Make a row; its value is *name*."""
        kind = object.__new__(cls)
        kind._value_ = name
        kind.seen = seen
        kind.misleads = misleads
        return kind


class UpdateFault(Enum):
    """Reasons for which clients pass over a change; the columns are id, clients with the reason, and remedy."""

    SAME_REVISION = (
        "same-revision",
        "Evolution passes over it: none of DTSTAMP, SEQUENCE, LAST-MODIFIED has changed",
        "let all three grow with each change",
    )
    NOT_LATER = (
        "not-later",
        "ICSx5 passes over it: LAST-MODIFIED is not later",
        "write the moment of the change",
    )
    SAME_SEQUENCE = (
        "same-sequence",
        "Google and Outlook may pass over it: SEQUENCE is not higher",
        "raise it with each change of day, end or status",
    )
    LOWER_SEQUENCE = (
        "lower-sequence",
        "Google, Outlook and Apple may pass over it: SEQUENCE has fallen",
        "never lower it",
    )

    clients: str
    remedy: str

    def __new__(cls, name: str, clients: str, remedy: str) -> Self:
        """Make a row; its value is *name*."""
        fault = object.__new__(cls)
        fault._value_ = name
        fault.clients = clients
        fault.remedy = remedy
        return fault


@dataclass(frozen=True, slots=True)
class FeedChange:
    """
    A difference that subscribers see.

    Attributes:
        line: Of the event in the newer feed; in the older one where it is gone.
        old: What it was, in words; empty where that says nothing.
        faults: Why some clients pass over it.
    """

    kind: DiffKind
    uid: str
    title: str
    line: int
    old: str = ""
    new: str = ""
    faults: tuple[UpdateFault, ...] = ()

    @property
    def misleads(self) -> bool:
        """Whether subscribers see something wrong, or miss something."""
        return self.kind.misleads or bool(self.faults)

    @property
    def in_words(self) -> str:
        """The change as a line: ``moved: Dune, from 2026-12-18 to 2027-01-15``."""
        bridge = "to" if self.old else "in" if self.kind is DiffKind.CHANGED else "on"
        parts = [f"from {self.old}" if self.old else "", f"{bridge} {self.new}" if self.new else ""]
        told = " ".join(filter(None, parts))
        return f"{self.kind.value}: {self.title}" + (f", {told}" if told else "")


def differences(before: FeedText, after: FeedText) -> Sequence[FeedChange]:
    """Return what subscribers of *before* see once they have *after*, in the order of its lines."""
    old, new = _by_identity(before), _by_identity(after)
    gone = {key: item for key, item in old.items() if key not in new}
    come = {key: item for key, item in new.items() if key not in old}
    replaced = _replaced(gone, come, after.now)
    looks = defaultdict(set)
    for (uid, _), item in new.items():
        looks[_look(item)].add(uid)
    found = [change for key in new if key in old for change in _changes(old[key], new[key])]
    for key, item in come.items():
        former = gone.get(replaced[key]) if key in replaced else None
        found.append(_arrival(item, former, is_double=len(looks[_look(item)]) > 1))
    taken = set(replaced.values())
    found += [_departure(item, after.now) for key, item in gone.items() if key not in taken]
    return sorted(found, key=lambda change: (change.line, list(DiffKind).index(change.kind)))


_Items = Mapping[tuple[str, str], Component]


def _by_identity(feed: FeedText) -> _Items:
    found: dict[tuple[str, str], Component] = {}
    for item in feed.kinds(*_ITEMS):
        key = identity(item)
        if key[0]:
            found.setdefault(key, item)
    return found


def _replaced(
    gone: _Items, come: _Items, now: datetime
) -> Mapping[tuple[str, str], tuple[str, str]]:
    """
    Return for each new identity the one in whose place it is.

    It has the title and the beginning of that, or the title of one that was still to come.
    """
    found: dict[tuple[str, str], tuple[str, str]] = {}
    taken: set[tuple[str, str]] = set()
    for look in (_look, _title):
        by_look = defaultdict(list)
        for key, item in reversed(list(gone.items())):
            if key not in taken and (look is _look or not _is_done(item, now)):
                by_look[look(item)].append(key)
        for key, item in come.items():
            if key not in found and _title(item) and by_look[look(item)]:
                found[key] = by_look[look(item)].pop()
                taken.add(found[key])
    return found


def _title(item: Component) -> str:
    return " ".join(item.text("SUMMARY").casefold().split())


def _look(item: Component) -> str:
    return f"{_title(item)}\n{item.value('DTSTART')}"


def _arrival(item: Component, former: Component | None, *, is_double: bool) -> FeedChange:
    """Return the change that *item* is new, in the place of *former* if there is one."""
    if former:
        old = f"{former.value('UID')} ({_when(former)})"
        return _change(DiffKind.REPLACED, item, old, f"{item.value('UID')} ({_when(item)})")
    return _change(DiffKind.DOUBLED if is_double else DiffKind.ADDED, item, new=_when(item))


def _departure(item: Component, now: datetime) -> FeedChange:
    """Return the change that *item* is gone: as it should, or without a word."""
    kind = DiffKind.DROPPED if _is_done(item, now) else DiffKind.VANISHED
    return _change(kind, item, old=_when(item))


def _is_done(item: Component, now: datetime) -> bool:
    """Whether *item* is over or cancelled."""
    end = moment_of(item.get("DTEND", "DTSTART"))
    return _is_off(item) or (end is not None and end.timetuple()[:3] <= now.timetuple()[:3])


def _changes(old: Component, new: Component) -> Iterator[FeedChange]:
    """Yield how *new* differs from *old*, which is the same event."""
    different = _differing(old, new)
    seen = different - set(_STAMPS)
    if not seen:
        if different - {"CREATED"}:
            yield _change(DiffKind.TOUCHED, new)
        return
    has_turned = _is_off(old) != _is_off(new)
    faults = _faults(old, new, is_major=has_turned or bool(seen & set(_WHEN)))
    if has_turned:
        kind = DiffKind.CANCELLED if _is_off(new) else DiffKind.RESTORED
        yield _change(kind, new, _when(old), faults=faults)
        seen -= set(_OF_STATUS)
    if "DTSTART" in seen:
        yield _change(DiffKind.MOVED, new, _when(old), _when(new), faults)
    elif seen & set(_WHEN):
        yield _change(DiffKind.RESIZED, new, _end(old), _end(new), faults)
    if "SUMMARY" in seen:
        yield _change(DiffKind.RENAMED, new, old.text("SUMMARY"), faults=faults)
    if not has_turned and not seen & {*_WHEN, "SUMMARY"}:
        yield _change(DiffKind.CHANGED, new, new=", ".join(sorted(seen)), faults=faults)


def _change(
    kind: DiffKind,
    item: Component,
    old: str = "",
    new: str = "",
    faults: tuple[UpdateFault, ...] = (),
) -> FeedChange:
    title = item.text("SUMMARY") or item.value("UID")
    return FeedChange(kind, item.value("UID"), title, item.begin.number, old, new, faults)


def _differing(old: Component, new: Component) -> set[str]:
    """Return the names of the properties that are not in both as they are."""
    one, other = _values(old), _values(new)
    return {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)}


def _values(item: Component) -> Mapping[str, Sequence[str]]:
    found = defaultdict(list)
    for each in item.properties:
        found[each.name].append(each.line.text.partition(each.name)[2])
    for part in item.parts:
        found[part.name] += [each.line.text for each in part.properties]
    return {name: sorted(values) for name, values in found.items()}


def _is_off(item: Component) -> bool:
    return item.value("STATUS").upper() == "CANCELLED"


def _when(item: Component) -> str:
    return _in_words(item, "DTSTART")


def _end(item: Component) -> str:
    return _in_words(item, "DTEND", "DUE") or item.value("DURATION") or "no end"


def _in_words(item: Component, *names: str) -> str:
    told = item.get(*names)
    moment = moment_of(told)
    if told is None or moment is None:
        return told.value if told else ""
    if not isinstance(moment, datetime):
        return str(moment)
    zone = "UTC" if told.value.endswith("Z") else told.param("TZID")
    return f"{moment:%Y-%m-%d %H:%M} {zone}".strip()


def _faults(old: Component, new: Component, *, is_major: bool) -> tuple[UpdateFault, ...]:
    """Return why clients pass over a change; a major one is of day, end or status."""
    found = []
    rise = _sequence(new) - _sequence(old)
    if all(old.value(name) == new.value(name) for name in _STAMPS[:3]):
        return (UpdateFault.SAME_REVISION,)
    if old.get("LAST-MODIFIED") and new.value("LAST-MODIFIED") <= old.value("LAST-MODIFIED"):
        found.append(UpdateFault.NOT_LATER)
    if rise < 0:
        found.append(UpdateFault.LOWER_SEQUENCE)
    elif is_major and not rise:
        found.append(UpdateFault.SAME_SEQUENCE)
    return tuple(found)


def _sequence(item: Component) -> int:
    text = item.value("SEQUENCE").strip()[:12]
    return int(text) if text.isascii() and text.isdecimal() else 0
