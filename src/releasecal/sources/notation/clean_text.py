"""
Text: from octets to characters that a calendar, a page and a terminal can show.

Some characters are refused: control characters have no place in iCalendar or XML. Invisible
ones, direction overrides among them, would let a text look like another: they are taken out
where they have no effect (`invisible_characters`), and stop nobody.
"""

import codecs
import re
import unicodedata
from array import array
from bisect import bisect_left
from contextlib import suppress
from itertools import islice
from sys import intern

from releasecal.core.graphemes import cut
from releasecal.errors import DataError, Place, Problem
from releasecal.sources.notation.invisible_characters import without_invisible

_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # C0 without tab and line ends, C1
    "\ufff9-\ufffb"  # between them is an annotation, which is no part of the text
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"  # no characters at all
)
_MARK = "\ufeff"  # of the byte order; inside a text where files were joined
_VISIBLE = "LNPS"  # letters, numbers, punctuation, symbols: Unicode's main categories
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_MAX_FORBIDDEN = 10  # characters of one file; more would say no more
_TITLE = re.compile(r'"(?:id|title)"\s*:\s*"([^"\\]+)"')
_MAX_BEFORE = 10_000  # characters in which a title is looked for
_MAX_SHOWN = 40
_SHORT = 12  # characters: a region, a genre, the id of a source

Steps = tuple[str | int, ...]
"""The way from the top of a file to something in it: ``("films", 3, "title")``."""

MAX_SLIPS = 100
"""Problems of a file that breaks its notation; more would be like them."""

MAX_LEVELS = 100
"""Depth of the values of a file; a film needs seven levels."""


def decode(data: bytes, origin: str, empty: str) -> str:
    """
    Return *data* as text, without byte order marks; *empty* is the remedy if there is none.

    Raises:
        DataError: It is empty, not UTF-8, or has refused characters.
    """
    text = utf_8(data, origin)
    if not text or text.isspace():
        raise DataError([Problem(Place(origin), "is empty", empty)])
    if _FORBIDDEN.search(text):
        lines = Lines(text, origin)
        raise DataError(
            Problem(
                lines.place(match.start()),
                forbidden(match[0]) + after_title(text, match.start()),
                "take it out",
            )
            for match in islice(_FORBIDDEN.finditer(text), _MAX_FORBIDDEN)
        )
    return text


def utf_8(data: bytes, origin: str) -> str:
    """
    Return *data* as text without byte order marks, whatever characters it has.

    Raises:
        DataError: It is not UTF-8.
    """
    if data.startswith(_UTF_16) or b"\0" in data[:2]:
        raise DataError([Problem(Place(origin, 1, 1), "UTF-16, not UTF-8", "save it as UTF-8")])
    try:
        return data.decode().replace(_MARK, "")
    except UnicodeDecodeError as error:
        raise DataError([_undecodable(data, error.start, origin)]) from error


def _undecodable(data: bytes, offset: int, origin: str) -> Problem:
    start = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    before = data[len(start) : offset].decode("utf-8")
    what = f"not UTF-8: the octet {data[offset]:#04x} does not belong here"
    return Problem(Lines(before, origin).place(len(before)), what, "save it as UTF-8")


class Lines:
    """The lines of a text, for the places of its characters."""

    def __init__(self, text: str, origin: str) -> None:
        """Find the ends of the lines of *text*."""
        self._origin = origin
        self._ends = array("L", (match.start() for match in re.finditer("\n", text)))

    def place(self, offset: int) -> Place:
        """Return the place of the character at *offset*."""
        line = bisect_left(self._ends, offset)
        start = self._ends[line - 1] + 1 if line else 0
        return Place(self._origin, line + 1, offset - start + 1)


def after_title(text: str, offset: int) -> str:
    """
    Return ", after …" with the title or id before *offset* in a *text* of one line.

    It is empty for several lines, where line and column lead to the place.
    """
    if "\n" in text.strip():
        return ""
    found = _TITLE.findall(text, max(0, offset - _MAX_BEFORE), offset)
    return f", after {shown(found[-1])}" if found else ""


def clean(text: str) -> str:
    """
    Return *text* in Unicode's composed form (NFC), each run of white space as one space.

    White space at the ends is taken off, no-break spaces included, and so are invisible
    characters without effect.

    Raises:
        ValueError: It has a refused character; the message is for people.
    """
    if text.isascii() and text.isprintable() and "  " not in text and text.strip() == text:
        # Nearly all of millions; short ones are often the same.
        return intern(text) if len(text) <= _SHORT else text
    found = _FORBIDDEN.search(text)
    if found:
        raise ValueError(forbidden(found[0]))
    text = without_invisible(text)
    if text.strip() and not any(unicodedata.category(char)[0] in _VISIBLE for char in text):
        raise ValueError("nothing of it can be seen")
    return unicodedata.normalize("NFC", " ".join(text.split()))


def tidy(text: str | None) -> str:
    """
    Return *text* of a stranger as data files take it: in one line, without odd characters.

    It is empty if nothing of it can be seen.
    """
    with suppress(ValueError):
        return clean(text or "")
    spaced = (" " if char.isspace() else char for char in text or "")
    with suppress(ValueError):
        return clean("".join(filter(str.isprintable, spaced)))
    return ""


def clean_id(value: object) -> str:
    """Return the id *value*, a text or number, as its record will have it; never raises."""
    try:
        return clean(str(value))
    except ValueError:
        return str(value)


def forbidden(char: str) -> str:
    """Return the sentence that refuses *char*, by number and name."""
    name = unicodedata.name(char, "")
    number = f"U+{ord(char):04X}" + (f" ({name.lower()})" if name else "")
    return f"the character {number} has no place in a text"


def shown(value: object) -> str:
    """Return *value* as messages show it: short, in one line, printable."""
    match value:
        case None:
            return "nothing"
        case bool():
            return str(value).lower()
        case str():
            return repr(cut(value, _MAX_SHOWN))
        case int() | float():
            return str(value)
        case list():
            return "a list"
        case _:
            return "a mapping"
