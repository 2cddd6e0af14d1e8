"""
Remedies for dates, kinds and fields in forms of other programs and people.

People and databases write dates, kinds and fields in forms of their own. None of those here is
accepted, for a guess could be wrong; the message names the right form.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import date, timedelta

from releasecal.core.dates import SEASONS, PartialDate
from releasecal.core.reading_date_phrases import MONTH_NAMES, read_date
from releasecal.sources.notation.remedy_wording import Remedy, Wording, in_words

_UNKNOWN = frozenset(
    {"tba", "tbc", "tbd", "n/a", "na", "none", "unknown", "unscheduled", "undated", "-", "?"}
)
_NAMES_OF_THIRDS = {"beginning": "early", "start": "early", "middle": "mid", "end": "late"}
# Day 1 of a spreadsheet is 1900-01-01, and it has a 29 February 1900 that never was.
_DAY_0 = date(1899, 12, 30)
_SERIALS = range(7_306, 109_576)  # 1920 to 2199; smaller ones look like years

_Y, _M, _D = r"(?P<year>\d{4})", r"(?P<month>\d{1,2})", r"(?P<day>\d{1,2})"
_NAME = r"(?P<name>[a-z]{3,9})\.?"


def _written(year: str, month: str | int, day: str | int | None = None) -> str:
    part = f"-{int(day):02}" if day else ""
    return f"{year}-{int(month):02}{part}"


def _of_digits(form: re.Match[str]) -> Iterator[str]:
    """Yield the date of a year, a month and, where there is one, a day."""
    yield _written(form["year"], form["month"], form.groupdict().get("day"))


def _of_two(form: re.Match[str]) -> Iterator[str]:
    """Yield both readings of ``7/8/2026``, the American one last."""
    yield _written(form["year"], form["two"], form["one"])
    yield _written(form["year"], form["one"], form["two"])


def _of_name(form: re.Match[str]) -> Iterator[str]:
    """Yield the date of a month, or a season, by its name."""
    name, year = form["name"], form["year"]
    day = form.groupdict().get("day")
    month = MONTH_NAMES.get(name[:3])
    if month:
        yield _written(year, month, day)
    elif name in (*SEASONS, "fall") and not day:
        yield f"{year}-{'autumn' if name == 'fall' else name}"


def _of_part(form: re.Match[str]) -> Iterator[str]:
    """Yield the quarter or half."""
    yield f"{form['year']}-{form['which'].upper()}{form['part']}"


def _of_words(words: str) -> Iterator[str]:
    """Yield the date that *words* mean, in notation, if it is clear."""
    with suppress(ValueError):
        yield str(read_date(words))


def _of_third(form: re.Match[str]) -> Iterator[str]:
    return _of_words(f"{_NAMES_OF_THIRDS[form['third']]} {form['rest']}")


def _of_ends(form: re.Match[str]) -> Iterator[str]:
    return _of_words(f"{form['first']} to {form['last']}")


def _of_doubt(form: re.Match[str]) -> Iterator[str]:
    return _of_words(form["said"])


def _of_serial(form: re.Match[str]) -> Iterator[str]:
    """Yield the day with this number in a spreadsheet."""
    number = int(form["serial"])
    if number in _SERIALS:
        yield f"{_DAY_0 + timedelta(days=number)}"


def _tentative(say: Wording) -> str:
    return f", and {say.pair('certainty', 'tentative')} beside it"


_Reader = Callable[[re.Match[str]], Iterator[str]]

_FORMS: tuple[tuple[str, _Reader, Remedy], ...] = (
    (rf"{_Y}-{_M}-{_D}[t ]\d.*", _of_digits, ""),
    (rf"{_Y}[-/. ]{_M}[-/. ]{_D}", _of_digits, ""),
    (r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)", _of_digits, ""),
    (rf"{_D}\. ?{_M}\. ?{_Y}", _of_digits, ""),
    (rf"(?P<one>\d{{1,2}})[-/](?P<two>\d{{1,2}})[-/]{_Y}", _of_two, ""),
    (rf"{_M}[-/.]{_Y}", _of_digits, ""),
    (rf"{_Y}[/. ]{_M}", _of_digits, ""),
    (rf"{_D}(st|nd|rd|th)?\.?[ -]{_NAME},?[ -]{_Y}", _of_name, ""),
    (rf"{_NAME} {_D}(st|nd|rd|th)?,? {_Y}", _of_name, ""),
    (rf"{_NAME},?[ -]?{_Y}", _of_name, ""),
    (rf"{_Y}[ -]?{_NAME}", _of_name, ""),
    (rf"(?P<which>[qh])(?P<part>[1-4])[ /-]?{_Y}", _of_part, ""),
    (rf"(?P<part>[1-4])(?P<which>[qh])[ /-]?{_Y}", _of_part, ""),
    (rf"{_Y}[ /]?(?P<which>[qh])(?P<part>[1-4])", _of_part, ""),
    (r"(?P<serial>\d{4,6})", _of_serial, ": that is a spreadsheet's number"),
    (r"(?P<said>\d{4}\S*)[?%]", _of_doubt, _tentative),
    (r"(the )?(?P<third>beginning|start|middle|end) of (?P<rest>.+)", _of_third, ""),
    (r"(?P<first>[a-z\d. ]+?) ?[-–/] ?(?P<last>[a-z\d. ]+)", _of_ends, ""),
    (r"(?P<first>.+?) [-–] (?P<last>.+)", _of_ends, ""),
)
"""
Forms of dates that are not ours, in small letters, their readings, and what to add to these.

They are compiled once a text is wrong: that takes longer than to import all others beside it.
"""


def meant_date(text: str, is_right: Callable[[PartialDate], bool]) -> Remedy:
    """Return the remedy for *text*, which is no date of ours, or "" if its meaning is not clear."""
    said = text.strip().casefold()
    if said in _UNKNOWN:
        return lambda say: say.write_no_date
    for pattern, read, told in _FORMS:
        form = re.fullmatch(pattern, said)
        found = [one for one in read(form) if _is_date(one, is_right)] if form else []
        if found:
            right = f"write {' or '.join(dict.fromkeys(found))}"
            return lambda say: right + in_words(told, say)
    return ""


def _is_date(text: str, is_right: Callable[[PartialDate], bool]) -> bool:
    try:
        return is_right(PartialDate.parse(text))
    except ValueError:
        return False


_KINDS = {
    "theatrical": ("cinema", "cinemas", "theater", "theaters", "theatre", "wide"),
    "theatrical-limited": ("limited", "theatrical (limited)", "limited theatrical"),
    "premiere": ("festival", "world premiere"),
    "preview": ("previews", "early access", "sneak preview"),
    "re-release": ("reissue", "rerelease", "re-issue"),
    "digital": ("vod", "pvod", "tvod", "est", "on demand", "digital hd"),
    "physical": ("dvd", "blu-ray", "bluray", "uhd", "disc", "4k", "home video"),
    "streaming": ("svod", "avod", "stream"),
    "tv": ("television", "broadcast"),
}

KINDS: Mapping[str, str] = {
    word: f"write {kind}" for kind, words in _KINDS.items() for word in words
}
"""Remedies for words by which others know a kind of release, in small letters."""

FIELDS: Mapping[str, tuple[str, ...]] = {
    "when": ("date", "day", "release_date", "releasedate", "release-date", "released"),
    "region": ("country", "territory", "market", "iso_3166_1"),
    "kind": ("type", "release_type"),
    "title": ("name", "label"),
    "name": ("actor", "person"),
    "channel": ("platform", "service", "network", "provider"),
    "follows": ("sequel_of", "sequel_to", "sequelof"),
    "genres": ("genre",),
    "refs": ("ids", "external_ids"),
    "note": ("comment", "remark"),
    "imdb": ("imdb_id",),
    "tmdb": ("tmdb_id",),
}
"""Names by which others know our fields, in small letters."""


def meant_field(name: str, known: Mapping[str, object]) -> str:
    """Return the remedy for the field *name*, if it is one of *known* by another name."""
    for field, others in FIELDS.items():
        if field in known and name.casefold() in others:
            return f"write {field}"
    return ""
