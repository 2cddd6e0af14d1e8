"""Words of titles, as a search compares them: without case, accents and punctuation."""

import unicodedata

# Letters that Unicode does not decompose into a plain one and an accent.
_PLAIN = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th"}
)
_SPACED = str.maketrans({char: " " for char in map(chr, range(128)) if not char.isalnum()})


def title_words(text: str) -> tuple[str, ...]:
    """
    Return the words of *text*, each once, in order: ``Amélie II`` is ``amelie``, ``ii``.

    A word is a run of letters and digits. The words of the result, joined by spaces, are
    their own words.
    """
    if text.isascii():  # most are
        return tuple(dict.fromkeys(text.casefold().translate(_SPACED).split()))
    folded = unicodedata.normalize("NFKD", text).casefold().translate(_PLAIN)
    plain = "".join(map(_plain, unicodedata.normalize("NFKD", folded)))
    return tuple(dict.fromkeys(plain.split()))


OTHER = "…"
"""The letter of titles without a word, and of those in a script of thousands of characters."""

_MANY = ("CJK", "HANGUL")


def letter(sort: str) -> str:
    """Return the letter under which a list has a title whose words are *sort*; 0 for all digits."""
    first = sort[:1]
    if first.isdecimal():
        return "0"
    return OTHER if not first or unicodedata.name(first, "").startswith(_MANY) else first


def _plain(char: str) -> str:
    """Return *char* if it is part of a word, nothing for an accent, else a space."""
    category = unicodedata.category(char)
    if category == "Mn":
        return ""
    return char if category[0] in "LMN" else " "
