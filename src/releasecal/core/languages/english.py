"""English, in which the code itself speaks."""

from releasecal.core.dates import PartialDate
from releasecal.core.languages.language import Language


def _date(when: PartialDate | None) -> str:
    return when.in_words if when else "no date yet"


ENGLISH = Language("en", _date, words={}, kinds={})
"""The language of a feed that is asked for in none."""
