"""Suggestions: the nearest name to a misspelt one, and common names of regions."""

from collections.abc import Iterable
from difflib import get_close_matches
from heapq import nsmallest
from itertools import islice, pairwise

from releasecal.core.models import WORLD

_NICKNAMES = {
    "AE": ("uae", "emirates"),
    "BN": ("brunei darussalam",),
    "BO": ("bolivia, plurinational state of",),
    "CD": ("dr congo", "drc", "congo-kinshasa", "democratic republic of the congo"),
    "CG": ("congo", "republic of the congo", "congo-brazzaville"),
    "CI": ("ivory coast", "cote d'ivoire", "côte d'ivoire"),
    "CN": ("mainland china", "prc", "people's republic of china"),
    "CV": ("cabo verde",),
    "CW": ("curacao",),
    "CZ": ("czech republic",),
    "DE": ("deutschland",),
    "ES": ("españa",),
    "FM": ("micronesia, federated states of",),
    "GB": ("uk", "great britain", "britain", "england", "scotland", "wales", "northern ireland"),
    "GR": ("el",),
    "HK": ("hong kong", "hong kong sar"),
    "IE": ("republic of ireland", "eire"),
    "IR": ("iran, islamic republic of", "islamic republic of iran"),
    "KR": ("korea", "republic of korea", "korea, republic of"),
    "LA": ("lao people's democratic republic",),
    "MD": ("moldova, republic of", "republic of moldova"),
    "MK": ("macedonia",),
    "MM": ("burma", "myanmar"),
    "MO": ("macao", "macau"),
    "NL": ("holland",),
    "PS": ("palestine", "palestine, state of", "state of palestine"),
    "RE": ("reunion",),
    "RU": ("russian federation",),
    "SY": ("syrian arab republic",),
    "SZ": ("swaziland",),
    "TL": ("east timor",),
    "TR": ("turkey", "turkiye"),
    "TW": ("taiwan, province of china",),
    "TZ": ("tanzania, united republic of", "united republic of tanzania"),
    "US": ("usa", "u.s.", "u.s.a.", "america", "united states of america"),
    "VA": ("holy see",),
    "VE": ("venezuela, bolivarian republic of",),
    "VN": ("viet nam",),
    WORLD: ("world", "worldwide", "global", "international", "everywhere", "1"),
}

NICKNAMES = {name: code for code, names in _NICKNAMES.items() for name in names}
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
