"""
Languages of feeds. One module a language, one row each.

Texts in the code are English, with fields in braces. A language translates each text, or, if
it has a count, each of its plural forms. Its dates decline by a format specification:
``{new:für}`` is the date *new* after "für". A text without a translation stays English.
"""

from collections.abc import Mapping

from releasecal.core.languages import english, german
from releasecal.core.languages.language import Language

__all__ = ["ENGLISH", "LANGUAGES", "Language"]

ENGLISH = english.ENGLISH

LANGUAGES: Mapping[str, Language] = {
    language.code: language for language in (ENGLISH, german.GERMAN)
}
"""All languages, by code."""
