"""
Languages of feeds. One module a language, one row each.

Texts in the code are English, with fields in braces. A language translates each text, or, if
it has a count, each of its plural forms. Its dates decline by a format specification:
``{new:für}`` is the date *new* after "für". A text without a translation stays English.
"""

from collections.abc import Mapping

from releasecal.core.languages import (
    arabic,
    english,
    french,
    german,
    italian,
    japanese,
    polish,
    portuguese,
    spanish,
)
from releasecal.core.languages.language import Language

__all__ = ["ENGLISH", "LANGUAGES", "Language"]

ENGLISH = english.ENGLISH

LANGUAGES: Mapping[str, Language] = {
    language.code: language
    for language in (
        ENGLISH,
        german.GERMAN,
        french.FRENCH,
        spanish.SPANISH,
        portuguese.PORTUGUESE,
        italian.ITALIAN,
        polish.POLISH,
        japanese.JAPANESE,
        arabic.ARABIC,
    )
}
"""All languages, by code."""
