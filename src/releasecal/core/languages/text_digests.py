"""
Digests of texts: several languages speak at once, so that one text tells whether any differs.

`DigestLanguage` says digests in the place of texts. `NotingLanguage` says English texts, and notes
what the others would say: that takes a tenth of the work.
"""

from collections.abc import Iterable, Sequence
from dataclasses import field
from datetime import date
from functools import lru_cache
from hashlib import blake2b
from string import Formatter

from releasecal.core.dates import PartialDate, Precision
from releasecal.core.languages.english import ENGLISH
from releasecal.core.languages.language import Language
from releasecal.core.value_classes import dataclass

_MARKS = ("stop", "colon")
_Day = date  # a field of the class has the name
_SAMPLE_YEAR = 2024  # a leap year


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
        return cls("mul", date, {}, {}, {}, stop, colon, languages=languages)

    def isolated(self, text: str) -> str:
        """Return a digest of *text* as each of the languages has it in a sentence."""
        return _digest(language.isolated(text) for language in self.languages)

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


@dataclass(frozen=True, slots=True, eq=False)
class NotingLanguage(Language):
    """
    English that notes how *others* say what it says.

    An English event tells all that shapes it in other languages, but their words: digests of the
    words are noted, each once. Those of a day leave its year out, which no language words.
    """

    others: DigestLanguage = field(kw_only=True)
    said: dict[str, None] = field(kw_only=True)

    @classmethod
    def of(cls, others: DigestLanguage) -> "NotingLanguage":
        """Return English that notes how *others* say things."""
        said: dict[str, None] = {}

        def date(when: PartialDate | None) -> str:
            said[_date_said(others, when)] = None
            return ENGLISH.date(when)

        english = ENGLISH
        return cls("en", date, {}, english.plurals, english.kinds, others=others, said=said)

    def has_said(self, english: str) -> bool:
        """Whether it has said some form of *english*, a plural."""
        return english in self.said

    def say(self, english: str, /, **parts: object) -> str:
        """Return *english* with its fields filled in."""
        self.said[_word(self.others, english)] = None
        return english.format(**parts)

    def say_date(self, english: str, name: str, when: PartialDate | _Day) -> str:
        """Return what `say` does with *when* in the field with this *name*."""
        if not isinstance(when, PartialDate):
            told = _dated(self.others, english, name, when.year, when.month, when.day)
        elif when.day:
            told = _dated(self.others, english, name, when.year, when.part, when.day)
        else:
            return self.word(english).format(**{name: self.date(when)})
        text, word, day = told
        self.said[word] = self.said[day] = None
        return text

    def say_many(self, english: str, count: int, /, **parts: object) -> str:
        """Return the form of *english* for *count*."""
        self.said[english] = None
        self.said[_form(self.others, english, count, tuple(parts))] = None
        return ENGLISH.say_many(english, count, **parts)

    def word(self, english: str) -> str:
        """Return *english*."""
        self.said[_word(self.others, english)] = None
        return english

    def word_or(self, english: str, otherwise: str) -> str:
        """Return *otherwise*, as English does."""
        self.said[_word(self.others, english)] = None
        return otherwise


def _date_said(others: DigestLanguage, when: PartialDate | None) -> str:
    """Return a digest of how *others* word a date."""
    return _day_said(others, when.part, when.day) if when and when.day else others.date(when)


@lru_cache(maxsize=1_024)
def _day_said(others: DigestLanguage, month: int, day: int) -> str:
    return others.date(PartialDate(_SAMPLE_YEAR, Precision.DAY, month, day))


@lru_cache(maxsize=32_768)
def _dated(  # noqa: PLR0913, PLR0917 - numbers are found sooner than the date of which they are
    others: DigestLanguage, english: str, name: str, year: int, month: int, day: int
) -> tuple[str, str, str]:
    """Return *english* with a day in the field *name*, and digests of how *others* word both."""
    text = ENGLISH.say_date(english, name, PartialDate(year, Precision.DAY, month, day))
    return text, _word(others, english), _day_said(others, month, day)


@lru_cache(maxsize=1_024)
def _form(others: DigestLanguage, english: str, count: int, fields: tuple[str, ...]) -> str:
    """Return a digest of the forms of *english* for *count*, with names in the place of its *fields*."""
    return others.say_many(english, count, **{name: name for name in fields})
