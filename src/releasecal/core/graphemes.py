"""Graphemes: characters as readers see them, of one code point or of many."""

from collections.abc import Iterator
from itertools import accumulate, takewhile

from wcwidth import iter_graphemes

_MARK = "…"


def graphemes(text: str) -> Iterator[str]:
    """Yield the graphemes of *text*."""
    return iter_graphemes(text)


def cut(text: str, most: int) -> str:
    """
    Return *text*, or its beginning and an ellipsis if it has more than *most* code points.

    It ends between two graphemes (Unicode Standard Annex #29): no accent, family or flag is
    taken apart.
    """
    return text if len(text) <= most else beginning(text, most - len(_MARK)).rstrip() + _MARK


def beginning(text: str, most: int) -> str:
    """Return the first graphemes of *text*, as many as fit into *most* code points."""
    if len(text) <= most:
        return text
    # With one code point more, a grapheme that goes on behind the limit is too long.
    ends = accumulate(map(len, graphemes(text[: most + 1])))
    return text[: max(takewhile(lambda end: end <= most, ends), default=0)]
