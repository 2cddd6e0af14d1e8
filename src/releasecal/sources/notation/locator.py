"""
Places of the values in a text, the same for every notation.

A reader for each notation turns a text into events; one `Locator` takes them. Parsing
keeps no positions, which would cost more than the parsing: a text is read for its places
once something is wrong with it.
"""

from array import array
from collections.abc import Callable, Iterable, Iterator
from functools import cache

from releasecal.errors import Place
from releasecal.sources.notation.clean_text import Steps

LIST, MAPPING, END, SCALAR, ALIAS = range(5)

Event = tuple[int, int, str]
"""
One of the five kinds above, the spot where it stands, and its text.

The text is that of a scalar, the anchor of a list or mapping, or the anchor that an alias
names; else it is empty. In a mapping, names and values take turns. A spot is a number
whose meaning is up to the notation.
"""


class Locator:
    """
    Finds the place of each value in a text.

    The values and names are numbered as they stand, 0 for the whole; some 21 octets for
    each are kept. Children of a list or mapping are listed when one is asked for.
    """

    def __init__(self, events: Iterable[Event], place: Callable[[int], Place], origin: str) -> None:
        """Take *events*; *place* turns a spot into a place, *origin* is that of no event."""
        self._place = place
        self._origin = origin
        self._spots = array("Q")
        self._ends = array("Q")  # the number after all that is inside
        self._kinds = bytearray()
        self._names: list[str] = []  # empty for values
        self._originals: dict[int, int] = {}  # of an alias
        self._children = cache(self._list_children)
        self._take(events)

    def _take(self, events: Iterable[Event]) -> None:
        known: dict[str, str] = {}  # each name once
        anchors: dict[str, int] = {}
        parents: list[int] = []
        is_name = False
        for kind, spot, text in events:
            number = len(self._spots)
            if kind == END:
                self._ends[parents.pop()] = number
            else:
                self._spots.append(spot)
                self._ends.append(number + 1)
                self._kinds.append(kind)
                self._names.append(known.setdefault(text, text) if is_name else "")
            if kind == ALIAS and text in anchors:
                self._originals[number] = anchors[text]
            if kind in {LIST, MAPPING}:
                parents.append(number)
                if text:
                    anchors[text] = number
            in_mapping = bool(parents) and self._kinds[parents[-1]] == MAPPING
            is_name = in_mapping and not (is_name and kind in {SCALAR, ALIAS})

    def place(self, steps: Steps = (), *, at_name: bool = False) -> Place:
        """Return the place of the value at *steps*, or else of the last one on the way."""
        if not self._spots:
            return Place(self._origin)
        number, spot = 0, 0
        for step in steps:
            found = self._children(number).get(step)
            if found is None:
                at_name = False
                break
            name, number = found
            spot = name
        return self._place(self._spots[spot if at_name else number])

    def repeated(self) -> Iterator[tuple[str, Place]]:
        """
        Yield each name that its mapping has already, mapping by mapping, with its place.

        Only the last value of such a name counts, so the others are passed over.
        """
        hidden: set[int] = set()
        number = 0
        while number < len(self._kinds):
            if number in hidden:
                number = self._ends[number]
                continue
            values: dict[str | int, int] = {}
            for step, name, value in self._members(number):
                if step in values:
                    yield str(step), self._place(self._spots[name])
                    hidden.add(values[step])
                values[step] = value
            number += 1

    def _list_children(self, number: int) -> dict[str | int, tuple[int, int]]:
        members = self._members(self._originals.get(number, number))
        return {step: (name, value) for step, name, value in members}

    def _members(self, number: int) -> Iterator[tuple[str | int, int, int]]:
        """Yield step, number of the name, and number of the value, of each child."""
        is_mapping = self._kinds[number] == MAPPING
        at, count = number + 1, 0
        while at < self._ends[number]:
            name, at = at, at + is_mapping
            yield self._names[name] if is_mapping else count, name, at
            at, count = self._ends[at], count + 1
