"""
Calendar lines: the content lines of any calendar (RFC 5545 § 3.1), each with its place.

Strangers' calendars bend the grammar, so lines end as they please, and a line that is no property
stays a line. All takes time in proportion to the text.
"""

import re
from collections.abc import Iterator, Sequence

from releasecal.core.value_classes import dataclass

LINE_END = re.compile("\r\n|\r|\n")
"""The ends of lines that calendars have."""

_LINE = re.compile(r'([A-Za-z0-9-]+)((?:;[^:;="]+=(?:"[^"]*"|[^":;])*)*):(.*)', re.DOTALL)
_PARAMETER = re.compile(r';([^:;="]+)=((?:"[^"]*"|[^":;])*)')
_ESCAPED = re.compile(r"\\([\\;,:\"nN])")


@dataclass(frozen=True, slots=True)
class ContentLine:
    """
    A content line.

    Attributes:
        number: Of its first line, 1-based.
        pieces: Its text in each of its lines, without line ends and the spaces of folds.
    """

    number: int
    pieces: tuple[str, ...]

    @property
    def text(self) -> str:
        """The unfolded text."""
        return self.pieces[0] if len(self.pieces) == 1 else "".join(self.pieces)

    def place(self, offset: int) -> tuple[int, int]:
        """Return line and column, 1-based, of the character at *offset* of the text."""
        for count, piece in enumerate(self.pieces):
            if offset < len(piece) or count + 1 == len(self.pieces):
                break
            offset -= len(piece)
        return self.number + count, offset + 1 + (count > 0)


def unfolded(text: str) -> Iterator[ContentLine]:
    """Yield each content line of *text*, blank ones too."""
    first, pieces = 0, [""]
    for number, line in enumerate(LINE_END.split(text), start=1):
        if line[:1] in (" ", "\t") and first:
            pieces.append(line[1:])
            continue
        if first:
            yield ContentLine(first, tuple(pieces))
        first, pieces = number, [line]
    yield ContentLine(first, tuple(pieces))


def property_parts(content: str) -> tuple[str, Sequence[tuple[str, str]], str] | None:
    """
    Return name, parameters and value of the property in *content*; None if it is none.

    Names are in capitals; values are as they stand, those of parameters with their quotation marks.
    """
    found = _LINE.fullmatch(content)
    if not found:
        return None
    params = [(name.upper(), value) for name, value in _PARAMETER.findall(found[2])]
    return found[1].upper(), params, found[3]


def unescaped(raw: str) -> str:
    """Return the text that *raw*, a value of type TEXT, stands for (RFC 5545 § 3.3.11)."""
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], raw)
