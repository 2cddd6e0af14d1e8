"""
Fonts of pictures: the letters that they have, and how wide each is.

Two fonts come with the package: Latin, Greek, Cyrillic, Hebrew and Arabic letters, and those of
Chinese, Japanese and Korean. Emoji are drawn where Debian's font of them is installed.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import groupby
from pathlib import Path
from struct import iter_unpack, unpack_from
from typing import NamedTuple

from releasecal.core.graphemes import graphemes
from releasecal.core.value_classes import dataclass

_FOLDER = Path(__file__).parent.parent / "fonts"
_EMOJI = Path("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf")
_JOINERS = frozenset("\u200d\ufe0e\ufe0f")  # drawn as a part of their neighbours, if at all


class Letters(NamedTuple):
    """A run of letters, from *first* to *last*, whose glyphs follow each other from *glyph* on."""

    first: int
    last: int
    glyph: int


@dataclass(frozen=True, slots=True)
class FontFile:
    """
    A font in the form TrueType.

    Attributes:
        letters: Sorted.
        widths: Of the first glyphs, in ems; all others are as wide as the last one.
    """

    letters: Sequence[Letters]
    widths: Sequence[float]

    @classmethod
    def read(cls, path: Path) -> "FontFile":
        """Return the font in the file *path*, which has a table of all of Unicode."""
        octets = path.read_bytes()
        (count,) = unpack_from(">H", octets, 4)
        tables: Mapping[bytes, int] = {
            octets[at : at + 4]: unpack_from(">I", octets, at + 8)[0]
            for at in range(12, 12 + 16 * count, 16)
        }
        (em,) = unpack_from(">H", octets, tables[b"head"] + 18)
        (measured,) = unpack_from(">H", octets, tables[b"hhea"] + 34)
        metrics = octets[tables[b"hmtx"] :][: 4 * measured]
        widths = [width / em for width, _ in iter_unpack(">Hh", metrics)]
        return cls(list(_letters(octets, tables[b"cmap"])), widths)

    def width(self, letter: str) -> float | None:
        """Return the width of *letter* in ems; None if the font has it not."""
        code = ord(letter)
        at = bisect_right(self.letters, code, key=lambda run: run.first) - 1
        if at < 0 or code > self.letters[at].last:
            return None
        run = self.letters[at]
        return self.widths[min(run.glyph + code - run.first, len(self.widths) - 1)]


def _letters(octets: bytes, cmap: int) -> Iterator[Letters]:
    """Yield the letters of the table at *cmap* that is for all of Unicode (format 12)."""
    (count,) = unpack_from(">H", octets, cmap + 2)
    for at in range(cmap + 4, cmap + 4 + 8 * count, 8):
        platform, encoding, offset = unpack_from(">HHI", octets, at)
        if (platform, encoding) == (3, 10):  # Windows, all of Unicode
            (groups,) = unpack_from(">I", octets, cmap + offset + 12)
            for each in iter_unpack(">III", octets[cmap + offset + 16 :][: 12 * groups]):
                yield Letters(*each)


@cache
def files() -> Mapping[str, str]:
    """Return the paths of the fonts by the names of their families, the usual one first."""
    paths = {
        "DejaVu Sans": _FOLDER / "DejaVuSans.ttf",
        "Droid Sans Fallback": _FOLDER / "DroidSansFallback.ttf",
        "Noto Color Emoji": _EMOJI,
    }
    return {family: str(path) for family, path in paths.items() if path.exists()}


@cache
def _fonts() -> Mapping[str, FontFile]:
    return {family: FontFile.read(Path(path)) for family, path in files().items()}


def drawable(text: str) -> str:
    """Return *text* without the graphemes that no font can draw, with single spaces."""
    return " ".join("".join(filter(_family, graphemes(text))).split())


def runs(text: str) -> Sequence[tuple[str, str]]:
    """Return *text*, which is `drawable`, in parts, each with the family that draws it."""
    parts = groupby(graphemes(text), _family)
    return [(family, "".join(some)) for family, some in parts]


def width(text: str) -> float:
    """Return the width of *text* in ems, at most."""
    return sum(map(_width, text))


@lru_cache(4096)
def _family(grapheme: str) -> str:
    """Return the family of the first font that has all of *grapheme*; "" for none."""
    letters = [letter for letter in grapheme if letter not in _JOINERS]
    for family, font in _fonts().items():
        if all(font.width(letter) is not None for letter in letters):
            return family
    return ""


@lru_cache(4096)
def _width(letter: str) -> float:
    found = (font.width(letter) for font in _fonts().values())
    return next((each for each in found if each is not None), 0.0)
