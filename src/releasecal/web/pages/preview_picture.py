"""
Cards: the pictures that other sites show beside a link to a page, drawn as SVG, sent as PNG.

The title is broken into lines and shrunk by the widths of its letters, for SVG breaks no lines.
Letters that no font has are left out; a title of nothing else is left out as a whole.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import accumulate

from resvg_py import svg_to_bytes

from releasecal.core.graphemes import graphemes
from releasecal.core.value_classes import dataclass
from releasecal.web.pages.picture_fonts import drawable, files, runs, width
from releasecal.web.pages.slip_chart import Row, SlipLine

WIDTH, HEIGHT = 1200, 630
"""Size of a card, in pixels, as Open Graph's readers want it."""

_LEFT, _RIGHT = 60, 1140
_ROOM = (_RIGHT - _LEFT) * 0.96  # letters that are joined may be a little wider than alone
_SIZES = (76, 68, 60, 54)  # of a title, in pixels
_SIZE = 38  # of all else
_LINES = 2
_TOP, _TOP_ALONE = 176, 260  # of a title, with a slip line or without
_TOP_OF_ROWS, _END_OF_ROWS, _ROW = 368, 610, 54
_ROWS = 5
_RIGHT_TO_LEFT = ("R", "AL")
_MARK = "\u200f"  # makes what follows or precedes it, such as a bracket, right-to-left


@dataclass(frozen=True, slots=True)
class TextLine:
    """
    A line of text, at its place; *anchor* is the end of it that is at *x*.

    Attributes:
        runs: (family of the font, text) of each part.
    """

    runs: Sequence[tuple[str, str]]
    x: int
    y: int
    size: int
    anchor: str


@dataclass(frozen=True, slots=True)
class CardRow:
    """A row of the slip line, with places in pixels; see `Row`."""

    y: int
    x: int
    end: int
    label_x: int
    row: Row

    @property
    def middle(self) -> int:
        """Horizontal place at which the line from row to row meets the mark."""
        return (self.x + self.end) // 2

    @property
    def told(self) -> str:
        """The day on which it was announced, in words."""
        return _directed(self.row.told)

    @property
    def label(self) -> str:
        """The announced date, in words."""
        return _directed(self.row.label)


@dataclass(frozen=True, slots=True)
class Card:
    """
    A card.

    Attributes:
        title: Its lines; empty where no font has its letters.
        answers: What the page answers first, such as dates.
        rows: Of the slip line: the first announcement, and the latest ones.
        summary: Moves and their sum in words.
    """

    title: Sequence[TextLine]
    answers: Sequence[TextLine]
    rows: Sequence[CardRow]
    summary: str


def card(title: str, answers: Sequence[str], slips: SlipLine | None = None) -> Card:
    """Return the card of a page with *title*; *answers* are sentences or dates."""
    lines = list(_title(drawable(title), _TOP if slips else _TOP_ALONE))
    y = (lines[-1].y if lines else _TOP) + 66
    told = [line for answer in answers for line in _broken(drawable(answer), _ROOM / _SIZE)]
    shown = [
        TextLine(runs(answer), _LEFT, y + 54 * at, _SIZE, "start")
        for at, answer in enumerate(told[: 1 if slips else 4])
    ]
    rows = list(_rows(slips)) if slips else []
    return Card(lines, shown, rows, _directed(slips.summary) if slips else "")


def png(svg: str, width: int = WIDTH) -> bytes:
    """Return the picture *svg* as PNG, so many pixels wide."""
    return svg_to_bytes(
        svg,
        width=width,
        skip_system_fonts=True,
        font_files=[*files().values()],
        sans_serif_family="DejaVu Sans",
        font_family="DejaVu Sans",
    )


def _title(title: str, top: int) -> Iterator[TextLine]:
    """Yield the lines of *title*, in the largest size in which it fits; it is cut if in none."""
    for size in _SIZES:
        lines = list(_broken(title, _ROOM / size))
        if len(lines) <= _LINES:
            break
    else:
        lines = [*lines[: _LINES - 1], _cut(lines[_LINES - 1], _ROOM / size)]
    is_rtl = _is_right_to_left(title)
    x, anchor = (_RIGHT, "end") if is_rtl else (_LEFT, "start")
    for at, line in enumerate(lines):
        text = _marked(line) if is_rtl else line
        yield TextLine(runs(text), x, top + round(at * size * 1.2), size, anchor)


def _directed(text: str) -> str:
    """Return *text* so that it reads in its own direction: a day stands before its month."""
    return _marked(text) if _is_right_to_left(text) else text


def _marked(text: str) -> str:
    return f"{_MARK}{text}{_MARK}"


def _is_right_to_left(text: str) -> bool:
    """Whether the first letter of *text* with a direction is of a script from right to left."""
    strong = (unicodedata.bidirectional(char) for char in text)
    return next((way for way in strong if way in ("L", *_RIGHT_TO_LEFT)), "L") != "L"


def _broken(text: str, room: float) -> Iterator[str]:
    """Yield *text* in lines of at most *room* ems, broken between words, or inside a long one."""
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}".strip()
        if width(longer) <= room:
            line = longer
            continue
        if line:
            yield line
        *parts, line = _pieces(word, room)
        yield from parts
    if line:
        yield line


def _pieces(word: str, room: float) -> list[str]:
    """Return *word* in pieces of at most *room* ems; at least one."""
    pieces = [""]
    for grapheme in graphemes(word):
        if width(pieces[-1] + grapheme) > room:
            pieces.append("")
        pieces[-1] += grapheme
    return pieces


def _cut(line: str, room: float) -> str:
    """Return as much of *line* as fits into *room* ems, with an ellipsis."""
    mark = "…"
    beginnings = accumulate(graphemes(line), initial="")
    fitting = [text for text in beginnings if width(text + mark) <= room]
    return fitting[-1].rstrip() + mark


def _rows(slips: SlipLine) -> Iterator[CardRow]:
    """Yield the first row of *slips* and the last ones, drawn larger."""
    rows = slips.rows
    if len(rows) > _ROWS:
        rows = (rows[0], *rows[1 - _ROWS :])
    scale = (_RIGHT - _LEFT) / slips.width
    pitch = min(_ROW, (_END_OF_ROWS - _TOP_OF_ROWS) // len(rows))
    for at, row in enumerate(rows):
        x, end = (_LEFT + round(place * scale) for place in (row.x, row.end))
        label_x = x - 24 if row.is_before else end + 24
        yield CardRow(_TOP_OF_ROWS + pitch * at + pitch // 2, x, end, label_x, row)
