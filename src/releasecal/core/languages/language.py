"""What a language is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from releasecal.core.dates import PartialDate


@dataclass(frozen=True, slots=True, eq=False)
class Language:
    """
    How to say things.

    Attributes:
        code: ISO 639, as ``lang=`` has it.
        date: Says a date, or that there is none; what it returns can be formatted as the
            language's own texts want it.
        words: What is said, by the English for it.
        kinds: What kinds of release, and sequels, are called in the name of a calendar, by
            slug.
    """

    code: str
    date: Callable[[PartialDate | None], str]
    words: Mapping[str, str]
    kinds: Mapping[str, str]

    def say(self, english: str, /, **parts: object) -> str:
        """Return what *english* says, each field filled in from *parts*."""
        return self.words.get(english, english).format(**parts)

    def word(self, english: str) -> str:
        """Return the word, or words, for *english*."""
        return self.words.get(english, english)
