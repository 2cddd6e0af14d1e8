"""English, the language of the code's own texts."""

from releasecal.core.dates import PartialDate
from releasecal.core.languages.language import Language


def _date(when: PartialDate | None) -> str:
    return when.in_words if when else "no date yet"


_PLURALS = {
    " (again, {count} times now)": {"other": " (again, {count} times now)"},
    "• … earlier announcements: {count}": {"other": "• … earlier announcements: {count}"},
    "{count} days": {"one": "{count} day"},
    "{count} weekends": {"one": "{count} weekend"},
    "{count} weeks": {"one": "{count} week"},
    "{count} months": {"one": "{count} month"},
    "{count} hours": {"one": "{count} hour"},
    "{count} minutes": {"one": "{count} minute"},
    "{name}: {count} releases left out": {"one": "{name}: {count} release left out"},
    "{kept} of {count} releases": {"one": "{kept} of {count} release"},
    # messages and pages, which are English only
    "{count} files written": {"one": "{count} file written"},
    "{count} films": {"one": "{count} film"},
    "{count} notes": {"one": "{count} note"},
    "{count} releases": {"one": "{count} release"},
    "{count} rows": {"one": "{count} row"},
    "{count} things left out": {"one": "{count} thing left out"},
    "it ends after {count} rows": {"one": "it ends after {count} row"},
    "by {days} days": {"one": "by {days} day"},
    "{some} of its {count} upcoming releases": {"one": "its only upcoming release"},
}

ENGLISH = Language("en", _date, words={}, plurals=_PLURALS, kinds={})
"""The language of a feed whose query names none."""
