"""Digests of texts: several languages speak at once, so that one text tells whether any differs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from string import Formatter

from releasecal.core.dates import PartialDate
from releasecal.core.languages.language import Language

_MARKS = ("stop", "colon")


@dataclass(frozen=True, slots=True, eq=False)
class DigestLanguage(Language):
    """
    A language whose every text is a short digest of that of *languages*.

    Its texts differ if, and only if, those of one of them do, and take the work of one. The words
    of *languages* are those of its first use.
    """

    languages: Sequence[Language] = ()

    @classmethod
    def of(cls, languages: Iterable[Language]) -> "DigestLanguage":
        """Return the digest language of *languages*."""
        languages = tuple(languages)
        # Without their caches, which would have each date a second time.
        said = [
            (getattr(language.date, "__wrapped__", language.date), _specifications(language))
            for language in languages
        ]

        @lru_cache(maxsize=65_536)  # as many as the days of two centuries
        def date(when: PartialDate | None) -> str:
            return _digest(f"{words(when):{form}}" for words, names in said for form in names)

        stop, colon = (_digest(getattr(each, mark) for each in languages) for mark in _MARKS)
        return cls("mul", date, {}, {}, {}, stop, colon, languages)

    @property
    def direction(self) -> str:
        """That of digests."""
        return "ltr"

    def say(self, english: str, /, **parts: object) -> str:
        """Return a digest of all translations of *english* and of *parts*."""
        return _digest((*_translations(self, english), *map(str, parts.values())))

    def say_many(self, english: str, count: int, /, **parts: object) -> str:
        """Return a digest of the forms of *english* for *count*, and of *parts*."""
        return _digest(each.say_many(english, count, **parts) for each in self.languages)

    def word_or(self, english: str, otherwise: str) -> str:
        """Return a digest of all translations of *english*, or of *otherwise*."""
        return _digest(language.words.get(english, otherwise) for language in self.languages)

    def word(self, english: str) -> str:
        """Return a digest of all translations of *english*."""
        return _word(self, english)


@lru_cache(maxsize=1_024)
def _translations(digest: DigestLanguage, english: str) -> Sequence[str]:
    return [language.words.get(english, english) for language in digest.languages]


@lru_cache(maxsize=1_024)
def _word(digest: DigestLanguage, english: str) -> str:
    return _digest(_translations(digest, english))


def _specifications(language: Language) -> Sequence[str]:
    """Return the names of the forms that the texts of *language* ask of a date, and ""."""
    texts = [*language.words.values()]
    texts += [form for forms in language.plurals.values() for form in forms.values()]
    asked = {form for text in texts for _, _, form, _ in Formatter().parse(text) if form}
    return ["", *sorted(asked)]


def _digest(texts: Iterable[str]) -> str:
    """Return a digest of *texts* that is shorter than a sentence, so that nothing is cut off."""
    return blake2b("\n".join(texts).encode(), digest_size=6).hexdigest()
