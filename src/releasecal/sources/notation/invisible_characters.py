"""
Invisible characters: Unicode's default ignorable code points, kept only where they have an effect.

Unicode says how they are displayed: not at all, where a renderer knows no effect of theirs
(The Unicode Standard § 5.21, `Default_Ignorable_Code_Point`). A joiner changes the shape of
Persian and Indic letters and ties an emoji together, a variation selector chooses the look of
the symbol or ideograph before it, tags spell the flag of Scotland: those stay. Everything else
is taken out, so that two texts that look the same are the same.
"""

import re
import unicodedata
from collections.abc import Callable

_IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# Letters without case in scripts that do not join: Chinese, Japanese, Korean and so on.
_UNJOINED = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "HEBREW", "THAI", "LAO")
_JOINERS = "\u200c\u200d"
_SELECTORS = "\ufe0e\ufe0f"  # of text and of emoji
_EMOJI_BASES = "#*0123456789\u203c\u2049\u2139\u3030"  # no symbols by category, and yet emoji
_BLACK_FLAG = "\U0001f3f4"


def without_invisible(text: str) -> str:
    """Return *text* without the invisible characters that have no effect in it."""
    if not _IGNORABLE.search(text):
        return text
    kept: list[str] = []
    for number, char in enumerate(text):
        before, after = "".join(kept[-1:]), text[number + 1 : number + 2]
        if not _IGNORABLE.match(char) or _has_effect(char, before, after):
            kept.append(char)
    return "".join(kept)


def _has_effect(char: str, before: str, after: str) -> bool:
    """Whether the ignorable *char* changes the look of its neighbours, "" at an end."""
    return bool(before) and any(char in chars and test(before, after) for chars, test in _EFFECTS)


def _ties_emoji(before: str, after: str) -> bool:
    return (_is_symbol(before) or before in _SELECTORS) and bool(after) and _is_symbol(after)


def _joins_letters(before: str, after: str) -> bool:
    return _is_joined(before) and bool(after) and _is_joined(after)


def _shapes_emoji(before: str, _after: str) -> bool:
    return _is_symbol(before) or before in _EMOJI_BASES


def _shapes_letter(before: str, _after: str) -> bool:
    return _is_symbol(before) or unicodedata.category(before) == "Lo"


def _is_ideograph(before: str, _after: str) -> bool:
    return unicodedata.name(before, "").startswith("CJK")


def _is_mongolian(before: str, _after: str) -> bool:
    return unicodedata.name(before, "").startswith("MONGOLIAN")


def _spells_flag(before: str, _after: str) -> bool:
    return before == _BLACK_FLAG or before in _TAGS


def _is_symbol(char: str) -> bool:
    return unicodedata.category(char).startswith("S")


def _is_joined(char: str) -> bool:
    """Whether *char* is a letter, or a mark on one, of a script that joins its letters."""
    if unicodedata.category(char) in ("Mn", "Mc"):
        return True
    name = unicodedata.name(char, "")
    return unicodedata.category(char) in ("Lo", "Lm") and not name.startswith(_UNJOINED)


def _span(first: int, last: int) -> str:
    return "".join(map(chr, range(first, last + 1)))


_TAGS = _span(0xE0020, 0xE007F)
_EFFECTS: tuple[tuple[str, Callable[[str, str], bool]], ...] = (
    (_JOINERS, _joins_letters),
    ("\u200d", _ties_emoji),
    (_SELECTORS, _shapes_emoji),
    (_span(0xFE00, 0xFE0D), _shapes_letter),
    (_span(0xE0100, 0xE01EF), _is_ideograph),
    (_span(0x180B, 0x180F), _is_mongolian),
    (_TAGS, _spells_flag),
)
"""Characters, and the test of their neighbours in which they have an effect."""
