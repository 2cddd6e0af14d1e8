"""
The errors that releasecal raises on purpose.

::

    ReleasecalError          something a person can fix
    ├── SettingsError        a setting is wrong
    ├── SelectionError       a query names a feed that cannot be
    ├── DataError            the sources break the rules; has every problem
    ├── SourceError          a source cannot be read at all
    │   └── FetchFailed      … because a look at it over the network failed
    ├── RefreshRunning       another process holds the lease
    ├── RefreshDied          the child process that was refreshing gave no result
    ├── RefreshHeld          too much would be lost: a person has to agree
    └── StoreError           the database cannot be used
        ├── StoreTooNew      … because a newer releasecal wrote it
        └── NothingPublished … because there is nothing in it yet

Anything else is a bug and keeps its traceback.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol, Self, TypeVar


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """
    Position in a source.

    Attributes:
        origin: Name of a file as the operator gave it, or an address; empty for no place.
        line: 1-based; 0 means the source as a whole.
        column: 1-based, in characters.
    """

    origin: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """Return ``file:line:column``, or the origin alone."""
        return f"{self.origin}:{self.line}:{self.column}" if self.line else self.origin


NOWHERE = Place("")
"""The place of a problem that no source is to blame for."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """
    Something that is wrong.

    Attributes:
        what: Description of the mistake.
        remedy: A value or an action that would do instead; may be empty.
        prefix: First word of the text, without its colon; may be empty.
    """

    place: Place
    what: str
    remedy: str = ""
    prefix: str = ""

    def __str__(self) -> str:
        """Return ``file:line:column: what (what would do)``, as far as it has them."""
        parts = [self.prefix, str(self.place), self.what]
        return ": ".join(filter(None, parts)) + (f" ({self.remedy})" if self.remedy else "")


def as_problem(told: Problem | str) -> Problem:
    """Return a problem as it is, and a text as a problem without a place."""
    return Problem(NOWHERE, told) if isinstance(told, str) else told


_USER = re.compile(r"(?<=//)\S*@")  # a password may have any character, an @ and a / too
_KEY = re.compile(r"([?&;][\w-]*(?:key|token|secret|password|auth|sig)=)[^\s&;'\"]+", re.IGNORECASE)


def _without_keys(told: "Problem | str") -> "Problem | str":
    """Return *told* with ``***`` for the name, the password and the keys of addresses in it."""
    if isinstance(told, str):
        return _KEY.sub(r"\1***", _USER.sub("***@", told))
    return replace(told, what=str(_without_keys(told.what)))


_PARTICULARS = re.compile(r"'[^']*'|\"[^\"]*\"|\d[\d:-]*")
_MAX_ALIKE = 10


class _Remark(Protocol):
    """Something with a description."""

    @property
    def what(self) -> str: ...


R = TypeVar("R", bound=_Remark)


def condensed(remarks: Iterable[R], placed: Callable[[R], Problem]) -> Sequence[Problem]:
    """
    Return *remarks* as problems in their order, grouped by mistake if there are many of one.

    A group has at most ten problems, and then one with the number of the others; groups are in
    order of appearance. *placed* may take time, and is called for no more than those.
    """
    told, sorts = list(remarks), dict[str, list[R]]()
    for remark in told:
        sorts.setdefault(_PARTICULARS.sub("…", remark.what), []).append(remark)
    if all(len(alike) <= _MAX_ALIKE for alike in sorts.values()):
        return list(map(placed, told))
    found: list[Problem] = []
    for sort, alike in sorts.items():
        found += map(placed, alike[:_MAX_ALIKE])
        if len(alike) > _MAX_ALIKE:
            more = f"{len(alike) - _MAX_ALIKE:,} more like the {_MAX_ALIKE} before: {sort}"
            found.append(Problem(found[-1].place, more))
    return found


MAX_PROBLEMS = 1_000
"""Limit of the problems listed for one file, or between files; the rest is counted."""


class ReleasecalError(Exception):
    """Something a person can fix; its arguments are the problems, as values or texts."""

    def __str__(self) -> str:
        """Return the problems, one a line."""
        return "\n".join(map(str, self.args))

    @property
    def problems(self) -> Sequence[Problem]:
        """The problems, at least one."""
        return tuple(map(as_problem, self.args))


class _Discreet(ReleasecalError):
    """An error that shows addresses of the operator's without what they have to hide."""

    def __init__(self, *problems: Problem | str) -> None:
        super().__init__(*map(_without_keys, problems))


class SettingsError(_Discreet):
    """Settings are unknown or have wrong values; one problem for each."""


class SelectionError(ReleasecalError):
    """A query parameter is unknown, or its value is."""


class DataError(ReleasecalError):
    """The sources break the rules; nothing of them is published. Problems are sorted by place."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Sort *problems*, which are not empty."""
        super().__init__(*sorted(problems))

    def __reduce__(self) -> tuple[type["DataError"], tuple[Sequence[Problem]]]:
        """Return the way to pickle the error with its problems."""
        return type(self), (self.args,)


class SourceError(ReleasecalError):
    """
    A source cannot be reached or read; that never means that it is empty.

    There is a problem for each such source, in their order of precedence.
    """


class FetchFailed(SourceError):
    """
    A look at a source over the network failed; the facts of the last look stay good.

    Attributes:
        failure: Name of the way in which it failed: ``unauthorized``, ``throttled``.
        retry_at: When the server wants to be asked again, UTC; None if it does not say.
    """

    def __init__(
        self, *problems: Problem, failure: str = "", retry_at: datetime | None = None
    ) -> None:
        super().__init__(*problems)
        self.failure = failure
        self.retry_at = retry_at


class RefreshHeld(ReleasecalError):
    """A refresh would lose so much that a person has to let it through; nothing is lost yet."""

    @classmethod
    def because(cls, reasons: Iterable[str], causes: Iterable[Problem] = ()) -> Self:
        """Return the error with a problem for each of *reasons*, and then with likely *causes*."""
        held = (Problem(NOWHERE, reason, _ACCEPT_LOSS, "held") for reason in reasons)
        return cls(*held, *causes)


_ACCEPT_LOSS = (
    'releasecal refresh --accept-loss, or POST /refresh with {"accept_loss": true}, lets it through'
)


class RefreshRunning(ReleasecalError):
    """Another process is refreshing now."""


class RefreshDied(ReleasecalError):
    """The child process that was refreshing gave no result; most likely nothing is published."""


class ExportError(ReleasecalError):
    """The files of a site cannot be written or read, or another export is writing them."""


class StoreError(_Discreet):
    """
    The database is locked, full, unreadable or not ours.

    Attributes:
        cause: Public words for the cause; empty if it is unknown.
    """

    cause: str = ""

    @property
    def public(self) -> Problem:
        """Problem for everybody: the address of the database is for the operator only."""
        cause = f": {self.cause}" if self.cause else ""
        return Problem(NOWHERE, f"the database cannot be used{cause}", "see the log")


class StoreTooNew(StoreError):
    """The database was written by a newer releasecal."""


class NothingPublished(StoreError):
    """There is no edition yet; an empty calendar in its place would empty everybody's."""
