"""The result of a fetch: a snapshot of a source, and how it came about."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime

from releasecal.core.value_classes import dataclass, replace
from releasecal.errors import Problem
from releasecal.sources.snapshot_editing import ChangedParts, PartedFile
from releasecal.sources.snapshot_parts import join


@dataclass(frozen=True, slots=True)
class FetchedParts:
    """
    The outcome of a look in parts that are opened on request.

    Attributes:
        snapshot: The data file.
        remembered: The file of what the kind remembers of films; None if there is none.
    """

    snapshot: PartedFile
    remembered: PartedFile | None = None

    def whole(self, outcome: "Fetched") -> "Fetched":
        """Return *outcome*, which has no contents, with these, all parts of which are opened."""
        files = [self.snapshot, *([self.remembered] if self.remembered else [])]
        data, *remembered = (join(file.address, file.octets(file.names)) for file in files)
        return replace(outcome, data=data, remembered=b"".join(remembered), change=None)


@dataclass(frozen=True, slots=True)
class SnapshotChange:
    """
    The differences of a look's outcome to that of the last one, in parts.

    Attributes:
        snapshot: Of the data file; None if there are none.
        remembered: Of the file of what the kind remembers of films; None if there are none.
    """

    snapshot: ChangedParts | None = None
    remembered: ChangedParts | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """
    A snapshot of a source, and how it came about.

    Attributes:
        data: A data file in JSON, one film a line, sorted by id; equal facts, equal octets.
        fetched: When *data* last changed, UTC, whole seconds.
        validated: When it was last found to be so, UTC, whole seconds.
        films: Number of films in it.
        releases: Number of releases in it.
        covers: The days that it lists, as in a data file; empty for all.
        validators: For the next look, by the name of the header that the server sent.
        memory: What the kind needs at its next look, in a form of its own.
        remembered: What it needs of single films, in the form of a snapshot, each with its id; may be empty.
        notes: What was left out, and why.
        next_look: The server says that there is nothing new before; None if it does not say.
        change: The differences to the last look, in the place of *data* and *remembered*, which are empty
            then; None if these are all.
    """

    data: bytes
    fetched: datetime
    validated: datetime
    films: int
    releases: int
    covers: str = ""
    validators: Mapping[str, str] = field(default_factory=dict)
    memory: bytes = b""
    remembered: bytes = b""
    notes: tuple[Problem, ...] = ()
    next_look: datetime | None = None
    change: SnapshotChange | None = None
