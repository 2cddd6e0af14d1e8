"""Regions: ISO 3166-1 alpha-2 codes and their English names, from Unicode's CLDR."""

from functools import cache

from babel import Locale

from releasecal.core.models import WORLD

_NOT_COUNTRIES = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB"})
"""Two-letter territories of CLDR in which no film opens: unions and tests."""


@cache
def regions() -> dict[str, str]:
    """Return English names by code, sorted by code: countries, `UNKNOWN` and `WORLD`."""
    territories = {str(code): str(name) for code, name in Locale("en").territories.items()}
    codes = {code for code in territories if len(code) == 2} - _NOT_COUNTRIES | {WORLD}
    return {code: territories[code] for code in sorted(codes)}
