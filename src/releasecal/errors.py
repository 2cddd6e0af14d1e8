"""
The errors that releasecal raises on purpose.

::

    ReleasecalError          something a person can fix
    ├── SettingsError        a setting is wrong
    ├── SelectionError       a query names a feed that cannot be
    ├── DataError            the sources break the rules; has every problem
    ├── SourceError          a source cannot be read at all
    ├── RefreshRunning       another process holds the lease
    ├── RefreshDied          the child process that was refreshing gave no result
    ├── Held                 too much would be lost: a person has to agree
    └── StoreError           the database cannot be used
        ├── StoreTooNew      … because a newer releasecal wrote it
        └── NothingPublished … because there is nothing in it yet

Anything else is a bug and keeps its traceback.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, TypeVar


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """
    Position in a source.

    Attributes:
        origin: Name of a file as the operator gave it, or an address.
        line: 1-based; 0 means the source as a whole.
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
    A mistake in the data.

    Attributes:
        what: Description of the mistake.
        remedy: A value or an action that would do instead; may be empty.
    """

    place: Place
    what: str
    remedy: str = ""

    def __str__(self) -> str:
        """Return ``file:line:column: what (what would do)``."""
        return f"{self.place}: {self.what}" + (f" ({self.remedy})" if self.remedy else "")


_PARTICULARS = re.compile(r"'[^']*'|\"[^\"]*\"|\d[\d:-]*")
_MAX_ALIKE = 10


class _Remark(Protocol):
    """Something with a description."""

    @property
    def what(self) -> str: ...


R = TypeVar("R", bound=_Remark)


def condensed(remarks: Iterable[R], placed: Callable[[R], Problem]) -> Sequence[Problem]:
    """
    Return *remarks* as problems, sorted by their mistake, in the order of each one's first.

    Of a mistake there are at most ten, and then one with the number of the others: only for
    those is *placed* called, which may take time.
    """
    sorts: dict[str, list[R]] = {}
    for remark in remarks:
        sorts.setdefault(_PARTICULARS.sub("…", remark.what), []).append(remark)
    found: list[Problem] = []
    for sort, alike in sorts.items():
        found += map(placed, alike[:_MAX_ALIKE])
        if len(alike) > _MAX_ALIKE:
            more = f"{len(alike) - _MAX_ALIKE:,} more like the {_MAX_ALIKE} before: {sort}"
            found.append(Problem(found[-1].place, more))
    return found


MAX_PROBLEMS = 1_000
"""Problems of one file, or between files, that are told one by one; the rest is counted."""


class ReleasecalError(Exception):
    """Something a person can fix; its arguments are the problems, its text one a line."""

    def __str__(self) -> str:
        """Return the problems, one a line."""
        return "\n".join(map(str, self.args))

    @cached_property
    def problems(self) -> Sequence[object]:
        """What is wrong, at least one thing; the text of each is a line."""
        return self.args


class SettingsError(ReleasecalError):
    """Settings are unknown or have wrong values; one problem for each."""


class SelectionError(ReleasecalError):
    """A query parameter is unknown, or its value is."""


class DataError(ReleasecalError):
    """
    The sources break the rules; nothing of them is published.

    Attributes:
        problems: Sorted by place, at least one.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Sort *problems*, which are not empty."""
        self.problems: Sequence[Problem] = sorted(problems)
        super().__init__("\n".join(map(str, self.problems)))

    def __reduce__(self) -> tuple[type["DataError"], tuple[Sequence[Problem]]]:
        """Return the way to pickle the error with its problems."""
        return type(self), (self.problems,)


class SourceError(ReleasecalError):
    """
    A source cannot be reached or read; that never means that it is empty.

    Attributes:
        problems: One for each such source, in their order of precedence.
    """

    @cached_property
    def problems(self) -> Sequence[Problem]:
        """One for each such source."""
        return self.args


class Held(ReleasecalError):
    """A refresh would lose so much that a person has to let it through; nothing is lost yet."""


ACCEPT_LOSS = (
    'releasecal refresh --accept-loss, or POST /refresh with {"accept_loss": true}, lets it through'
)
"""The remedy for a `Held`."""


class RefreshRunning(ReleasecalError):
    """Another process is refreshing now."""


class RefreshDied(ReleasecalError):
    """The child process that was refreshing gave no result; most likely nothing is published."""


class StoreError(ReleasecalError):
    """
    The database is locked, full, unreadable or not ours.

    Attributes:
        cause: Public words for the cause; empty if it is unknown.
    """

    cause: str = ""

    @property
    def public(self) -> str:
        """Text for everybody: the address of the database is for the operator only."""
        cause = f": {self.cause}" if self.cause else ""
        return f"the database cannot be used{cause} (see the log)"


class StoreTooNew(StoreError):
    """The database was written by a newer releasecal."""


class NothingPublished(StoreError):
    """There is no edition yet; an empty calendar in its place would empty everybody's."""
