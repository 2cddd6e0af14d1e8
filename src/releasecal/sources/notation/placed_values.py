"""Placed values: the films that rows of a table or events of a calendar tell, with their places."""

from collections.abc import Iterator, Sequence

from releasecal.core.value_classes import dataclass
from releasecal.errors import Place, Problem
from releasecal.sources.notation.locator import END, LIST, MAPPING, SCALAR, Event, Locator

_LINE = 32  # bits for the column of a spot, below those for the line


@dataclass(frozen=True, slots=True)
class Placed:
    """A value, and the line and column of its cell."""

    value: object
    line: int
    column: int = 1


Node = Placed | dict[str, "Node"] | list["Node"]


@dataclass(frozen=True, slots=True)
class Table:
    """
    A table that was read.

    Attributes:
        films: Each once, in the order of their first rows.
        remarks: Notes about what is not read, or said in two ways.
        slips: Rows that are left out, as nothing can be made of them.
    """

    films: list[Node]
    remarks: Sequence[Problem]
    slips: Sequence[Problem]

    def value(self) -> dict[str, object]:
        """Return the films as a data file has them, as plain values."""
        return {"films": [plain(film) for film in self.films]}

    def locate(self, origin: str) -> Locator:
        """Return the places of all values: the line, and the number of the cell in it."""

        def place(spot: int) -> Place:
            return Place(origin, spot >> _LINE, spot % (1 << _LINE))

        top: Node = {"films": self.films or Placed(None, 1)}
        return Locator(_events(top), place, origin)


def plain(node: Node) -> object:
    """Return *node* without its places."""
    match node:
        case dict():
            return {name: plain(part) for name, part in node.items()}
        case list():
            return [plain(part) for part in node]
        case _:
            return node.value


def _spot(node: Node) -> int:
    """Return where *node* stands: a cell, or the beginning of the row of its first one."""
    first = node
    while not isinstance(first, Placed):
        first = next(iter(first.values())) if isinstance(first, dict) else first[0]
    return first.line << _LINE | (first.column if first is node else 1)


def line_of(node: Node) -> int:
    """Return the line of *node*, which is that of its first value."""
    return _spot(node) >> _LINE


def _events(node: Node) -> Iterator[Event]:
    spot = _spot(node)
    match node:
        case dict():
            yield MAPPING, spot, ""
            for name, part in node.items():
                yield SCALAR, _spot(part), name
                yield from _events(part)
            yield END, spot, ""
        case list():
            yield LIST, spot, ""
            for part in node:
                yield from _events(part)
            yield END, spot, ""
        case _:
            yield SCALAR, spot, ""
