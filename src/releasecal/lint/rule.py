"""Rules: what a feed must not have, who says so, and what calendar clients do about it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Generic, TypeVar

from releasecal.errors import Place, Problem

Subject = TypeVar("Subject")


class Severity(Enum):
    """
    Weights of findings, the worst first.

    An error breaks the standard so that clients refuse, lose or misread something; after a
    warning some of them show it wrong; a note is advice.
    """

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    def counts(self, fail_on: "Severity") -> bool:
        """Whether it is as bad as *fail_on*, or worse."""
        order = list(Severity)
        return order.index(self) <= order.index(fail_on)


ERROR, WARNING, NOTE = Severity


@dataclass(frozen=True, slots=True)
class Fault:
    """
    A place at which a feed breaks a rule.

    Attributes:
        line: 1-based; 0 means the feed as a whole.
        column: 1-based, in characters.
        what: What is wrong there; empty if the rule says it all.
        content: The content line, unfolded; empty for none.
    """

    line: int = 0
    column: int = 1
    what: str = ""
    content: str = ""


WHOLE = Fault()
"""The feed as a whole breaks the rule, and the rule says it all."""


@dataclass(frozen=True, slots=True)
class LintRule(Generic[Subject]):
    """
    A rule.

    Attributes:
        id: Stays for ever, for scripts and settings name it.
        what: What is wrong where it is broken.
        source: The section of the standard, or whose documentation or conduct.
        clients: What calendar clients do then.
        remedy: What would do.
        check: Returns each place at which a feed breaks it.
    """

    id: str
    severity: Severity
    what: str
    source: str
    clients: str
    remedy: str
    check: Callable[[Subject], Iterable[Fault]]


@dataclass(frozen=True, slots=True)
class LintFinding:
    """A broken rule at one place."""

    rule: LintRule[Any]
    fault: Fault

    @property
    def what(self) -> str:
        """The mistake."""
        return self.fault.what or self.rule.what

    def problem(self, origin: str) -> Problem:
        """Return the finding as a problem of the feed called *origin*."""
        place = Place(origin, self.fault.line, self.fault.column)
        return Problem(
            place, f"{self.rule.severity.value} {self.rule.id}: {self.what}", self.rule.remedy
        )
