"""
Every error releasecal raises on purpose.

::

    ReleasecalError          something a person can fix
    ├── SettingsError        a setting is wrong
    ├── SelectionError       a feed was asked for that cannot be
    ├── DataError            what the sources say breaks the rules; lists every problem
    ├── SourceError          a source cannot be read at all
    ├── RefreshRunning       somebody else holds the lease
    ├── RefreshDied          the process that was refreshing was ended
    ├── Held                 so much would be lost that a person has to agree
    └── StoreError           the database cannot be used
        ├── StoreTooNew      … because a newer releasecal wrote it
        └── NothingPublished … because there is nothing in it yet

Anything else is a bug and keeps its traceback.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """
    Where in a source something was said.

    Attributes:
        origin: A file as the operator named it, or an address.
        line: 1-based; 0 stands for the source as a whole.
        column: 1-based, in characters.
    """

    origin: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """Return ``file:line:column``, or the origin alone."""
        return f"{self.origin}:{self.line}:{self.column}" if self.line else self.origin


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """
    One thing wrong with the data.

    Attributes:
        remedy: What would do instead; may be empty.
    """

    place: Place
    what: str
    remedy: str = ""

    def __str__(self) -> str:
        """Return ``file:line:column: what (what would do)``."""
        return f"{self.place}: {self.what}" + (f" ({self.remedy})" if self.remedy else "")


MAX_PROBLEMS = 1_000
"""Of one file, or between files, that are told one by one: the next ones would be like them."""


class ReleasecalError(Exception):
    """Something a person can fix."""


class SettingsError(ReleasecalError):
    """A setting is unknown or has a value that would not do; all of them at once."""


class SelectionError(ReleasecalError):
    """A query parameter that names nothing, or says nothing we understand."""


class DataError(ReleasecalError):
    """
    The sources break the rules; nothing of them has been taken over.

    Attributes:
        problems: Sorted by place, at least one.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Collect *problems*, of which there must be some."""
        self.problems: Sequence[Problem] = sorted(problems)
        super().__init__("\n".join(map(str, self.problems)))

    def __reduce__(self) -> tuple[type["DataError"], tuple[Sequence[Problem]]]:
        """Let the error cross a process border whole."""
        return type(self), (self.problems,)


class SourceError(ReleasecalError):
    """
    A source cannot be reached or read; that never means that it is empty.

    Attributes:
        problems: One for each such source, in their order of precedence.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Collect *problems*, of which there must be some."""
        self.problems: Sequence[Problem] = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))

    def __reduce__(self) -> tuple[type["SourceError"], tuple[Sequence[Problem]]]:
        """Let the error cross a process border whole."""
        return type(self), (self.problems,)


class Held(ReleasecalError):
    """A refresh would lose so much that a person has to let it through; nothing is lost yet."""


class RefreshRunning(ReleasecalError):
    """Another process is refreshing now."""


class RefreshDied(ReleasecalError):
    """The process that was refreshing ended before it was done; nothing of it counts."""


class StoreError(ReleasecalError):
    """The database is locked, full, unreadable or not ours."""


class StoreTooNew(StoreError):
    """The database was written by a newer releasecal."""


class NothingPublished(StoreError):
    """There is no edition yet; an empty calendar in its place would empty everybody's."""
