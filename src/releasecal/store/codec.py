"""The codec: the core's values as rows of the tables, and back."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, Generic, Self, TypeVar

from pydantic import TypeAdapter

from releasecal.core.as_of import known_from
from releasecal.core.changes import Change, ChangeKind
from releasecal.core.debounce import Pending
from releasecal.core.editions import Entry, Facts
from releasecal.core.models import Film, ReleaseKey, Source
from releasecal.core.slips import moved_before, slip_of
from releasecal.errors import Problem
from releasecal.store.json_without_defaults import encoder

T = TypeVar("T")

_ADDED = ChangeKind.ADDED  # Python 3.11 is slow to look a member up in its enumeration


class LateAdapter(Generic[T]):
    """
    An adapter of pydantic, which is built with its first use.

    That of `Facts` takes 35 ms, all of them 50, and a server's first answer needs none but `PROBLEMS`.
    """

    def __init__(self, of: type[T]) -> None:
        """Build nothing yet."""
        self._of = of

    @cached_property
    def _built(self) -> TypeAdapter[T]:
        return TypeAdapter(self._of)

    def built(self) -> Self:
        """Return this adapter, built now."""
        assert self._built
        return self

    @cached_property
    def validate_json(self) -> Callable[[str | bytes], T]:
        """The function that returns the value in some JSON."""
        return self._built.validate_json

    @cached_property
    def to_json(self) -> Callable[[T], str]:
        """The function that returns a value as JSON, without the fields that have their default."""
        return encoder(self._of)


FACTS = LateAdapter(Facts)
FILM = LateAdapter(Film)
SOURCE = LateAdapter(Source)
CHANGE = LateAdapter(Change)
PROBLEMS = LateAdapter(tuple[Problem | str, ...]).built()  # before workers fork: each needs it
PENDING = LateAdapter(tuple[ReleaseKey, Pending])


def source_row(source: Source) -> dict[str, Any]:
    """Return the row of a source."""
    return {"id": source.id, "data": SOURCE.to_json(source)}


def film_row(film: Film) -> dict[str, Any]:
    """Return the row of a film."""
    return {"id": film.id, "title": film.title, "data": FILM.to_json(film)}


def film_in(data: str, told: Film | None) -> Film:
    """Return the film in the *data* of a row: *told* itself if that says the same, unread."""
    if told is None:
        return FILM.validate_json(data)
    if FILM.to_json(told) == data:
        return told
    film = FILM.validate_json(data)  # older code may have said the same in other words
    return told if film == told else film


def change_row(change: Change, edition: int) -> dict[str, Any]:
    """Return the row of a *change* in the edition with the number *edition*."""
    return {
        "edition": edition,
        "at": change.at,
        "film": change.key.film,
        "region": change.key.region,
        "kind": change.kind.value,
        "release_kind": change.key.kind,
        "channel": change.key.channel,
        "is_told": change.kind is not _ADDED,
        "data": CHANGE.to_json(change),
    }


def entry_row(entry: Entry) -> dict[str, Any]:
    """Return the row of an entry."""
    row = columns(entry)
    row["facts"] = FACTS.to_json(entry.facts)
    return row


def columns(entry: Entry) -> dict[str, Any]:
    """Return the row of an entry without its facts, from which most of it follows."""
    history, shown = entry.facts.release.history, entry.shown
    key, current = entry.key, history[-1]
    has_moved = len(history) > 1  # few have
    first, after = (shown.first, shown.after) if shown else (None, None)
    overdue_from = entry.overdue_from
    return {
        "key": str(key),
        "film": key.film,
        "kind": key.kind,
        "region": key.region,
        "channel": key.channel,
        "follows": entry.facts.follows,
        "first": first,
        "after": after,
        "event_digest": entry.event_digest,
        "marked_until": entry.marked_until,
        "coarse_first": current.when.first if overdue_from and current.when else None,
        "coarse_after": overdue_from,
        "leaves": entry.leaves,
        "is_dated": shown is not None and shown.is_day,
        "is_undated": entry.is_off_its_day and not current.status.is_over,
        "sequence": entry.sequence,
        "created": entry.created,
        "revised": entry.revised,
        "was_derived": entry.was_derived,
        "is_announced": current.certainty.is_announced,
        "is_withdrawn": entry.is_withdrawn,
        "uids": " ".join(entry.uids),
        "slipped": slip_of(history).days if has_moved else 0,
        "moved_before": moved_before(history, known_from(history)) if has_moved else None,
    }


IN_ENTRY = (
    *("facts", "sequence", "created", "revised"),
    *("uids", "event_digest", "marked_until", "leaves"),
)
"""Names of the columns of `schema.entries` that an entry is made of."""


def entry_of(row: Mapping[Any, Any]) -> Entry:
    """Return the entry in a *row* of `schema.entries`, or of some of its columns."""
    return entry_of_values([row[name] for name in IN_ENTRY])


def entry_of_values(values: Sequence[Any]) -> Entry:
    """Return the entry made of *values*, in the order of `IN_ENTRY`."""
    facts, sequence, created, revised, uids, event_digest, marked_until, leaves = values
    return Entry(
        facts=FACTS.validate_json(facts),
        sequence=sequence,
        created=created,
        revised=revised,
        uids=tuple(uids.split(" ")),
        event_digest=event_digest,
        marked_until=marked_until,
        leaves=leaves,
    )
