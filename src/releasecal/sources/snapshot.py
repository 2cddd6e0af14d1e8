"""Snapshots: the octets of a source at one moment, in a notation told by the file's name."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from pathlib import PurePath

from releasecal.errors import Place, Problem
from releasecal.sources.notation import json, yaml
from releasecal.sources.notation.locator import Locator
from releasecal.sources.notation.text import Steps, decode

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Notation:
    """
    A way to write a data file.

    Attributes:
        limit: Size of the largest file, in octets.
        parse: Returns the plain values of a text, given its name for messages.
        locate: Returns the places of a text that *parse* has understood.
        remarks: Returns notes about the parts of such a text that are easily misread; None
            if there are no such parts.
    """

    name: str
    limit: int
    parse: Callable[[str, str], object]
    locate: Callable[[str, str], Locator]
    remarks: Callable[[str, str], Sequence[Problem]] | None = None


YAML = Notation("YAML", 64 * _MIB, yaml.parse, yaml.locate, yaml.remarks)
JSON = Notation("JSON", 512 * _MIB, json.parse, json.locate)

NOTATIONS: Mapping[str, Notation] = {".yaml": YAML, ".yml": YAML, ".json": JSON}
"""All notations, by the ending of a file's name."""


def notation_of(name: str) -> Notation | None:
    """Return the notation of the file called *name*; None if its ending tells none."""
    return NOTATIONS.get(PurePath(name).suffix.lower())


@dataclass(frozen=True)
class Snapshot:
    """
    The octets of a file at one moment, kept so that later problems have a place.

    Attributes:
        origin: Name of the file, for messages.
    """

    origin: str
    notation: Notation
    data: bytes

    @property
    def digest(self) -> str:
        """Hash of the octets, hexadecimal."""
        return blake2b(self.data).hexdigest()

    def parse(self) -> object:
        """
        Return the file as plain values.

        Raises:
            DataError: It is not UTF-8, not in its notation, or empty.
        """
        return self.notation.parse(decode(self.data, self.origin), self.origin)

    @cached_property
    def is_one_line(self) -> bool:
        """Whether all of it is in one line, where line and column are no help."""
        return self.data.find(b"\n", 0, len(self.data) - 1) < 0

    def remarks(self) -> Sequence[Problem]:
        """Return notes about values that `parse` may have understood otherwise than they are meant."""
        remarks = self.notation.remarks
        return remarks(decode(self.data, self.origin), self.origin) if remarks else ()

    @cached_property
    def places(self) -> Locator:
        """The places of all values; the file is read once more for them."""
        return self.notation.locate(decode(self.data, self.origin), self.origin)


def kept(name: str, octets: bytes) -> Snapshot:
    """Return the *octets* that the file called *name* once had as a snapshot."""
    return Snapshot(name, notation_of(name) or JSON, octets)


@dataclass(frozen=True, slots=True)
class Spot:
    """
    A value in a snapshot; its place is found on request.

    Attributes:
        owner: Name of the film or other part that it belongs to, if a place of line and
            column does not tell: ``film 'dune'``; else empty.
    """

    snapshot: Snapshot
    steps: Steps = ()
    owner: str = ""

    def place(self, *more: str | int, at_name: bool = False) -> Place:
        """Return the place of the value *more* steps on, or else of the last one on the way."""
        return self.snapshot.places.place((*self.steps, *more), at_name=at_name)
