"""English, the language of the code's own texts."""

from releasecal.core.dates import PartialDate
from releasecal.core.languages.language import Language


def _date(when: PartialDate | None) -> str:
    return when.in_words if when else "no date yet"


_PLURALS = {
    "{count} days": {"one": "{count} day"},
    "{count} weekends": {"one": "{count} weekend"},
    "{count} hours": {"one": "{count} hour"},
    "{count} minutes": {"one": "{count} minute"},
    "{name}: {count} releases left out": {"one": "{name}: {count} release left out"},
    "{kept} of {count} releases": {"one": "{kept} of {count} release"},
}

ENGLISH = Language("en", _date, words={}, plurals=_PLURALS, kinds={})
"""The language of a feed whose query names none."""
