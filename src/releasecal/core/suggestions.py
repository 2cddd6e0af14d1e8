"""Suggestions: the nearest name to a misspelt one, and common names of regions."""

from collections.abc import Iterable
from difflib import get_close_matches
from heapq import nsmallest
from itertools import islice, pairwise

from releasecal.core.models import WORLD

NICKNAMES = {"uk": "GB", "usa": "US", "world": WORLD, "worldwide": WORLD, "1": WORLD}
"""Regions by common names beside codes and countries' names, in lower case."""

_MAX_KNOWN = 5_000
_MAX_COMPARED = 30
_LONGEST_WORD = 100  # letters; a longer one is no misspelling


def nearest(word: str, known: Iterable[str]) -> str:
    """
    Return ``did you mean …?`` with the most similar one of *known*, or an empty text.

    Full comparison is limited to the 30 names that share most pairs of letters with *word*.
    Of more than 5,000 names none is compared: it would take seconds.
    """
    words = list(islice(known, _MAX_KNOWN + 1))
    if len(words) > _MAX_KNOWN:
        return ""
    names = {name.casefold(): name for name in sorted(words, reverse=True)}
    said = word.casefold()[:_LONGEST_WORD]
    pairs = set(pairwise(said))
    likely = nsmallest(_MAX_COMPARED, names, key=lambda name: len(pairs ^ set(pairwise(name))))
    close = get_close_matches(said, likely, n=1, cutoff=0.6)
    return f"did you mean {names[close[0]]}?" if close else ""
