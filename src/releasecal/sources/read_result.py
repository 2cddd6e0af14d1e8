"""The outcome of reading a source, and how it is told how far the reading has come."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field

from releasecal.core.catalogue import Reading
from releasecal.core.value_classes import dataclass
from releasecal.errors import Problem
from releasecal.sources.changed_films import Outline
from releasecal.sources.snapshot import Snapshot

Progress = Callable[[str, int, int], None]
"""Called with a name for the work, the amount that is done, and the whole amount."""


def no_progress(_what: str, _done: int, _all: int) -> None:
    """Show nothing."""


@dataclass(frozen=True, slots=True)
class ReadResult:
    """
    A source that was read, right or wrong.

    Attributes:
        reading: All facts, if there are no *problems*; else those that are right, so that
            references to them can be checked.
        problems: In no order; empty if all is well.
        is_whole: Whether every film could be made out.
        outlines: Outlines of its files, by name.
        snapshots: Its files, by name.
    """

    reading: Reading
    problems: Sequence[Problem] = ()
    is_whole: bool = True
    outlines: Mapping[str, Outline] = field(default_factory=dict)
    snapshots: Mapping[str, Snapshot] = field(default_factory=dict)
