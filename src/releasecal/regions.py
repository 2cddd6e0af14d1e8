"""Regions: ISO 3166-1 alpha-2 codes and their names, from Unicode's CLDR."""

from functools import cache

from babel import Locale
from babel.core import get_global

from releasecal.core.models import WORLD

_NOT_COUNTRIES = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB"})
"""Two-letter territories of CLDR in which no film opens: unions and tests."""


@cache
def regions(language: str = "en") -> dict[str, str]:
    """
    Return names by code, sorted by code: countries, `UNKNOWN` and `WORLD`.

    *language* is the code of theirs.
    """
    territories = {str(code): str(name) for code, name in Locale(language).territories.items()}
    codes = {code for code in territories if len(code) == 2} - _NOT_COUNTRIES | {WORLD}
    return {code: territories[code] for code in sorted(codes)}


def likely_region(tag: str) -> str:
    """
    Return the country in a language *tag* (``de-AT``), or where most speak it; "" if unknown.

    English names no country by itself: it is the language of browsers that nobody has set.
    """
    language, *rest = tag.replace("_", "-").split("-")
    named = next((part.upper() for part in rest if len(part) == 2), "")
    if named or language.casefold() == "en":
        return named if named in regions() else ""
    likely = str(get_global("likely_subtags").get(language.casefold(), ""))
    code = likely.rpartition("_")[2]
    return code if code in regions() else ""
