"""A language: its words, its plurals, its dates."""

import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import lru_cache

from babel import Locale
from babel.dates import format_date, format_skeleton, format_timedelta

from releasecal.core.dates import PartialDate, Precision
from releasecal.core.value_classes import dataclass

_LRM = "\u200e"  # the mark from left to right
_DAYS_OF_400_YEARS = 146_097
_STRONG = ("L", "R", "AL")  # directions of letters, by Unicode

_Day = date  # a field of the class has the name

NEAR = {-1: "yesterday", 0: "today", 1: "tomorrow"}
"""Words for the days around today, by their distance."""


@dataclass(frozen=True, slots=True, eq=False)
class Language:
    """
    A language.

    Attributes:
        code: ISO 639, as ``lang=`` has it; CLDR's plural rules are found by it.
        date: Returns a date, or its absence, in words that the texts can decline by a format
            specification.
        words: Translations of texts without a count, by the English text.
        plurals: Forms of texts with a ``{count}``, by the English plural, then by CLDR's plural
            category (zero, one, two, few, many, other). "other" serves categories without a
            form of their own; without it, the English plural does.
        kinds: Names of kinds of release, and of sequels, in the name of a calendar, by slug.
        stop: End of a sentence.
        colon: Mark before a reason, with its spaces.
        is_leftward: Whether its script runs from right to left, as CLDR has it.
    """

    code: str
    date: Callable[[PartialDate | None], str]
    words: Mapping[str, str]
    plurals: Mapping[str, Mapping[str, str]]
    kinds: Mapping[str, str]
    stop: str = "."
    colon: str = ": "
    is_leftward: bool = False

    @property
    def direction(self) -> str:
        """Direction of its script, as HTML's ``dir`` has it: ``ltr`` or ``rtl``."""
        return "rtl" if self.is_leftward else "ltr"

    def isolated(self, text: str) -> str:
        """
        Return *text* so that it stands in a sentence as a piece of its own direction.

        Marks at its ends do that: clients show them as nothing, and few know the isolates of
        Unicode 6.3, which checkers refuse in a feed.
        """
        if not self.is_leftward:
            return text
        strong = (unicodedata.bidirectional(char) for char in text)
        first = next((kind for kind in strong if kind in _STRONG), "")
        return f"{_LRM}{text}{_LRM}" if first == "L" else text

    def _apart(self, part: object) -> object:
        return self.isolated(part) if type(part) is str else part  # a date is more than that

    @property
    def name(self) -> str:
        """Its own name for itself, with a capital: Deutsch."""
        name = Locale(self.code).get_language_name(self.code) or self.code
        return name[:1].upper() + name[1:]

    def say(self, english: str, /, **parts: object) -> str:
        """Return the translation of *english*, each field filled in from *parts*."""
        text = self.words.get(english, english)
        if self.is_leftward:
            parts = {name: self._apart(part) for name, part in parts.items()}
        return text.format(**parts)

    def say_date(self, english: str, name: str, when: PartialDate | _Day) -> str:
        """Return what `say` does with *when* in the field with this *name*; kept, for days are few."""
        if isinstance(when, PartialDate):
            if not when.day:
                return self.say(english, **{name: self.date(when)})
            return _dated(self, english, name, when.year, when.part, when.day)
        return _dated(self, english, name, when.year, when.month, when.day)

    def say_many(self, english: str, count: int, /, **parts: object) -> str:
        """Return the form of *english*, a plural, for *count*, filled in from both."""
        forms = self.plurals.get(english, {})
        category = plural_category(self.code, count)
        text = forms.get(category) or forms.get("other", english)
        return text.format(count=count, **parts)

    def word(self, english: str) -> str:
        """Return the translation of *english*, which has no fields."""
        return self.words.get(english, english)

    def weekday(self, day: _Day) -> str:
        """Return the weekday of *day* in short: "Fri"."""
        return format_date(day, "ccc", locale=self.code)

    def month(self, day: _Day) -> str:
        """Return the month of *day* in short: "Jul"."""
        return format_date(day, "LLL", locale=self.code)

    def month_of_year(self, day: _Day) -> str:
        """Return the month and the year of *day* in short: "Jul 2023"."""
        return format_skeleton("yMMM", day, locale=self.code)

    def word_or(self, english: str, otherwise: str) -> str:
        """Return the translation of *english*, or *otherwise* if it has none, as in English."""
        return self.words.get(english, otherwise)

    def time_to(self, days: int) -> str:
        """Return the time to a day that is *days* ahead: "tomorrow", "in 3 weeks", "2 days ago"."""
        if days in NEAR:
            return self.word(NEAR[days])
        years = abs(days) * 400 // _DAYS_OF_400_YEARS
        if years >= 2:  # whole ones: nobody says "5 years ago" after four and a half
            days = years * 365 if days > 0 else -years * 365
        # A unit is used from two of them on: 13 days, then 2 weeks.
        return format_timedelta(timedelta(days), add_direction=True, threshold=2, locale=self.code)

    def age(self, time: timedelta) -> str:
        """Return how long ago something was, to the minute or coarser: "3 hours ago"."""
        past = -max(time, timedelta(minutes=1))
        return format_timedelta(past, "minute", threshold=2, add_direction=True, locale=self.code)


@lru_cache(maxsize=32_768)
def _dated(  # noqa: PLR0913, PLR0917 - numbers are found sooner than the date of which they are
    language: Language, english: str, name: str, year: int, month: int, day: int
) -> str:
    when = PartialDate(year, Precision.DAY, month, day)
    return language.say(english, **{name: language.date(when)})


@lru_cache(maxsize=1_024)
def plural_category(code: str, count: int) -> str:
    """Return CLDR's plural category of *count* in the language *code*, as in "few"."""
    if code == "en":  # the first answer of most workers: babel reads all of a locale, 15 ms
        return "one" if count == 1 else "other"
    return Locale(code).plural_form(count)
