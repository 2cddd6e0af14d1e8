"""Dates in words that decline, and the function that says them, made of one a precision."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Self

from releasecal.core.dates import PartialDate, Precision

_NO_FORMS: Mapping[str, str] = MappingProxyType({})


class DateInWords(str):
    """
    A date in words that declines: ``f"{date:para}"`` is "para el 14 de julio de 2023".

    Without a form of that name it is the date alone.
    """

    __slots__ = ("_forms",)

    _forms: Mapping[str, str]

    def __new__(cls, words: str, forms: Mapping[str, str] = _NO_FORMS) -> Self:
        """Make it of its words when it stands alone, and of its other *forms*, by their names."""
        date = super().__new__(cls, words)
        date._forms = forms
        return date

    def __format__(self, name: str) -> str:
        return self._forms.get(name) or str(self)

    def each(self, pattern: str) -> Self:
        """Return the date with each form in the place of ``{}`` in *pattern*."""
        forms = {name: pattern.format(form) for name, form in self._forms.items()}
        return type(self)(pattern.format(str(self)), forms)


SayDate = Callable[[PartialDate | None], DateInWords]
"""A function that says a date, or that there is none."""


def after(before: Mapping[str, str], words: str) -> DateInWords:
    """Return a date whose forms are *words* after those that *before* has by names."""
    return DateInWords(words, {name: f"{form}{words}" for name, form in before.items()})


def dates(
    nothing: str,
    by_precision: Mapping[Precision, Callable[[PartialDate], DateInWords]],
    *,
    dash: str = " – ",
) -> SayDate:
    """
    Return the function that says a date, or *nothing* for none.

    *by_precision* has what says it for each precision, but for a range, which is two dates
    with a *dash* between them.
    """

    @lru_cache(maxsize=16_384)
    def date(when: PartialDate | None) -> DateInWords:
        if when is None:
            return DateInWords(nothing)
        if when.precision is Precision.RANGE:
            first, last = map(date, when.of)
            return first.each(f"{{}}{dash}{last}")
        return by_precision[when.precision](when)

    return date
