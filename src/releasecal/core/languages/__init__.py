"""
Languages: how feeds speak. One module a language, one row each.

The code says everything in English, with names in braces for what is put in. A language
has its own words for each such text, and says a date so that a text can decline it:
``{new:für}`` is *new* as it stands after "für". What nobody has translated stays English.
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
