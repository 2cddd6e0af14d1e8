"""The result of a fetch: a snapshot of a source, and how it came about."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime

from releasecal.core.values import dataclass
from releasecal.errors import Problem


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
        notes: What was left out, and why.
        next_look: The server says that there is nothing new before; None if it does not say.
    """

    data: bytes
    fetched: datetime
    validated: datetime
    films: int
    releases: int
    covers: str = ""
    validators: Mapping[str, str] = field(default_factory=dict)
    memory: bytes = b""
    notes: tuple[Problem, ...] = ()
    next_look: datetime | None = None
