"""
Phrases for dates, where no notation is in everyday use: ``early 2027``, ``around March 2027``.

Parts of a unit, halves of years, what is about a date, and ranges are read as people write them
in English. Days, months, quarters, seasons and years alone have a notation that everybody knows.
"""

import re
from collections.abc import Callable, Iterator

from releasecal.core.dates import SEASONS, THIRDS, PartialDate, Precision

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTH_NAMES = {name: number for number, name in enumerate(_MONTHS, start=1)}
"""Numbers of months by the first three letters of their names."""

_ORDINALS = {
    "first": 1,
    "second": 2,
    "third": 3,
    "fourth": 4,
    "1st": 1,
    "2nd": 2,
    "3rd": 3,
    "4th": 4,
}
_WORDED = (Precision.HALF, Precision.THIRD, Precision.ABOUT, Precision.RANGE)

_YEAR, _DAY = r"(?P<year>\d{4})", r"(?P<day>\d{1,2})(?:st|nd|rd|th)?\.?"
_MONTH = (
    r"(?P<month>jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec|january|february|march|april"
    r"|august|september|october|november|december)\.?"
)
_ORDINAL = rf"(?P<ordinal>{'|'.join(_ORDINALS)})"


def _month(form: re.Match[str]) -> str:
    day = form.groupdict().get("day")
    return f"{form['year']}-{MONTH_NAMES[form['month'][:3]]:02}" + (
        f"-{int(day):02}" if day else ""
    )


def _season(form: re.Match[str]) -> str:
    return f"{form['year']}-{form['season']}"


def _part(letter: str) -> Callable[[re.Match[str]], str]:
    def written(form: re.Match[str]) -> str:
        told = form.groupdict().get("ordinal")
        return f"{form['year']}-{letter}{_ORDINALS[told] if told else form['number']}"

    return written


_UNITS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = tuple(
    (re.compile(pattern), write)
    for pattern, write in (
        (rf"{_MONTH} {_YEAR}", _month),
        (rf"{_DAY} {_MONTH} {_YEAR}", _month),
        (rf"{_MONTH} {_DAY} {_YEAR}", _month),
        (rf"(?P<season>{'|'.join(SEASONS)}|fall) {_YEAR}", _season),
        (rf"(?:q(?P<number>[1-4])|{_ORDINAL} quarter) {_YEAR}", _part("Q")),
        (rf"(?:h(?P<number>[12])|{_ORDINAL} half) {_YEAR}", _part("H")),
    )
)
"""Forms of units in small letters without commas and small words, and their notation."""

_THIRD = re.compile(rf"(?P<third>{'|'.join(THIRDS)})[ -](?P<rest>.+)")
_ABOUT = re.compile(r"(?:around|about|approximately|circa|roughly) (?P<rest>.+)")
_RANGE = re.compile(r"(?:from )?(?P<first>.+?) (?:to|until|through) (?P<last>.+)")
_BETWEEN = re.compile(r"between (?P<first>.+?) and (?P<last>.+)")
_LATTER = re.compile(r"(?:\d{1,2} )?(?P<month>[a-z]{3,9}\.?)? ?(?P<year>\d{4})")


def read_date(text: str) -> PartialDate:
    """
    Return the date that *text* spells in notation or, if there is none for it, in words.

    Raises:
        ValueError: *text* is no such date; the message is shown to users.
    """
    try:
        return PartialDate.parse(text)
    except ValueError:
        said = re.sub(r",|\b(?:the|of|in) ", "", text.casefold()).strip()
        when = next(_phrases(" ".join(said.split())), None)
        if when is None or when.precision not in _WORDED:
            raise
        return when


def _phrases(said: str) -> Iterator[PartialDate]:
    """Yield the dates that *said*, in small letters, can be read as."""
    for form in (_BETWEEN, _RANGE):
        ends = form.fullmatch(said)
        if ends and (last := _end(ends["last"])):
            first = _end(ends["first"]) or _end(_completed(ends["first"], ends["last"]))
            if first and first.first <= last.first and first.after <= last.after:
                yield PartialDate.between(first, last)
    if when := _end(said):
        yield when


def _completed(first: str, last: str) -> str:
    """Return the *first* end of a range with the year, or the month and year, of the *last* one."""
    latter = _LATTER.search(last)
    if latter is None:
        return first
    month = f" {latter['month']}" if first.isdecimal() and latter["month"] else ""
    return f"{first}{month} {latter['year']}"


def _end(said: str) -> PartialDate | None:
    """Return the date that *said* is, which is no range."""
    about = _ABOUT.fullmatch(said)
    rest = about["rest"] if about else said
    third = _THIRD.fullmatch(rest)
    when = _whole(third["rest"] if third else rest)
    if when and third:
        if when.precision in (Precision.DAY, Precision.HALF):
            return None
        when = PartialDate.third(when, third["third"])
    return PartialDate.about(when) if when and about else when


def _whole(said: str) -> PartialDate | None:
    """Return the day, month, quarter, season, half or year that *said* is."""
    forms = ((pattern.fullmatch(said), write) for pattern, write in _UNITS)
    written = next((write(form) for form, write in forms if form), said)
    try:
        when = PartialDate.parse(written)
    except ValueError:
        return None
    return None if when.of else when
