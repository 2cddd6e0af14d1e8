"""
Add-ons: rows that other distributions bring for a table of ours, by entry points.

docs/extending.md tells how to make one.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, cached_property
from importlib.metadata import EntryPoint, entry_points
from typing import Generic, TypeVar

from releasecal.errors import Place, Problem

Row = TypeVar("Row")

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_MEND = "mend that package, or uninstall it"
_ANOTHER = "give it another one, or uninstall that package"


class ExtensibleTable(Mapping[str, Row], Generic[Row]):
    """
    A table: rows of ours by name, then those of entry points by distribution and name.

    The entry points of a *group* are loaded when the table is first used, not when its module is
    imported: theirs import ours. Each has the name of its row, and leads to the row. One that
    does not, or whose name is taken, is left out, and a problem.
    """

    def __init__(
        self, group: str, shape: type[Row], named: Callable[[Row], str], ours: Iterable[Row]
    ) -> None:
        """Load nothing yet. Rows are of the class *shape*, and *named* returns the name of one."""
        self._group = group
        self._shape = shape
        self._named = named
        self._ours = {named(row): row for row in ours}

    def __getitem__(self, name: str) -> Row:
        return self._loaded[0][name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._loaded[0])

    def __len__(self) -> int:
        return len(self._loaded[0])

    @property
    def problems(self) -> list[Problem]:
        """Problems of the entry points, each with the distribution that it comes from."""
        return self._loaded[1]

    @cached_property
    def _loaded(self) -> tuple[Mapping[str, Row], list[Problem]]:
        """The rows by name, and the problems."""
        rows, problems = dict(self._ours), []
        owners = dict.fromkeys(rows, "releasecal")
        for entry in sorted(_installed().select(group=self._group), key=_order):
            what = f"its entry point {entry.name!r} of {self._group}"
            if entry.name in owners:
                wrong = f"{what} has a name that {owners[entry.name]} has taken"
                problems.append(Problem(Place(_owner(entry)), wrong, _ANOTHER))
                continue
            try:
                rows[entry.name] = self._row(entry)
            except Exception as error:  # noqa: BLE001 - the module of a stranger may raise anything
                wrong = f"{what} cannot be used: {type(error).__name__}: {error}"
                problems.append(Problem(Place(_owner(entry)), wrong, _MEND))
            owners[entry.name] = _owner(entry)
        return rows, problems

    def _row(self, entry: EntryPoint) -> Row:
        """
        Return the row that *entry* leads to.

        Raises:
            Exception: It cannot be imported, or is no such row.
        """
        row = entry.load()
        if not isinstance(row, self._shape):
            raise TypeError(f"{entry.value} is no {self._shape.__name__}")
        if not _NAME.fullmatch(entry.name) or self._named(row) != entry.name:
            raise ValueError(f"{entry.value} calls itself {self._named(row)!r}")
        return row


def is_extended(group: str) -> bool:
    """Whether some distribution has entry points of that *group*."""
    return bool(_installed().select(group=group))


_installed = cache(entry_points)
"""The entry points of all distributions: to look at them takes as long for one group."""


def _order(entry: EntryPoint) -> tuple[str, str]:
    return _owner(entry), entry.name


def _owner(entry: EntryPoint) -> str:
    """Return the name and version of the distribution that *entry* belongs to."""
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else "an unknown package"
