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
from difflib import get_close_matches
from heapq import nsmallest
from itertools import islice, pairwise


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


MOST_PROBLEMS = 1_000
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
    """A source cannot be reached or read; that never means that it is empty."""


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


_MOST_KNOWN = 5_000
_MOST_COMPARED = 30
_LONGEST_WORD = 100  # of ours; what is longer is a mistake of another sort


def nearest(word: str, known: Iterable[str]) -> str:
    """
    Return ``did you mean …?`` for the one of *known* most like *word*, or nothing.

    Of many, only those are compared in full that differ from *word* in fewest pairs of letters;
    of more than 5,000 none, for a guess is not worth seconds.
    """
    words = list(islice(known, _MOST_KNOWN + 1))
    if len(words) > _MOST_KNOWN:
        return ""
    names = {name.casefold(): name for name in sorted(words, reverse=True)}
    said = word.casefold()[:_LONGEST_WORD]
    pairs = set(pairwise(said))
    likely = nsmallest(_MOST_COMPARED, names, key=lambda name: len(pairs ^ set(pairwise(name))))
    close = get_close_matches(said, likely, n=1, cutoff=0.6)
    return f"did you mean {names[close[0]]}?" if close else ""
