"""Documents: data files as they are written down, in a notation told by the file's name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b

from releasecal.errors import Place
from releasecal.sources.notation import json, yaml
from releasecal.sources.notation.places import Locator
from releasecal.sources.notation.text import Steps, decode

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Notation:
    """
    A way to write a data file.

    Attributes:
        limit: The largest file there may be, in octets.
        parse: Makes plain values of a text, told what to call it in messages.
        locate: Finds the places of a text that *parse* has understood.
    """

    name: str
    limit: int
    parse: Callable[[str, str], object]
    locate: Callable[[str, str], Locator]


_YAML = Notation("YAML", 64 * _MIB, yaml.parse, yaml.locate)
_JSON = Notation("JSON", 512 * _MIB, json.parse, json.locate)

NOTATIONS: Mapping[str, Notation] = {".yaml": _YAML, ".yml": _YAML, ".json": _JSON}
"""All notations, by how a file's name ends."""


@dataclass(frozen=True)
class Document:
    """
    A file's octets, kept so that problems found later can say where.

    Attributes:
        state: Names the state the file was in; when it is written again, with the same
            contents or with others, it has another one.
    """

    origin: str
    notation: Notation
    data: bytes
    state: str = ""

    @property
    def digest(self) -> str:
        """A hash of its octets, hexadecimal."""
        return blake2b(self.data).hexdigest()

    def parse(self) -> object:
        """
        Return what it says as plain values.

        Raises:
            DataError: It is not UTF-8, not in its notation, or empty.
        """
        return self.notation.parse(decode(self.data, self.origin), self.origin)

    def place(self, steps: Steps = (), *, at_name: bool = False) -> Place:
        """Return the place of what is at *steps*, or else of the last thing on the way."""
        return self._locator.place(steps, at_name=at_name)

    @cached_property
    def _locator(self) -> Locator:
        return self.notation.locate(decode(self.data, self.origin), self.origin)
