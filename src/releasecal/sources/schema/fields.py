"""
Fields: what a single field may hold, as a check, a type and a schema.

Each type stands for one row of the documentation: a check that returns the value as the
core wants it or raises `wrong` in plain words, and the JSON Schema that tells an editor
the same.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import cache, lru_cache
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

from pydantic import PlainValidator, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError

from releasecal.core.dates import EXAMPLES, YEARS, PartialDate
from releasecal.core.models import (
    NICKNAMES,
    PRODUCTION_STATUSES,
    SEQUEL,
    WORLD,
    Bound,
    Certainty,
    Coverage,
    ReleaseKind,
    Status,
    slugify,
)
from releasecal.core.suggestions import nearest
from releasecal.regions import regions
from releasecal.sources.notation.text import Steps, clean, shown

T = TypeVar("T")

_LONGEST_SLUG = 72
_LONGEST_CHANNEL = 48  # of its slug, which is part of a UID
_LONGEST_DATE = 32
_LONGEST_ADDRESS = 2_000
_MAX_REPEATED = 65_536  # ids and dates that a large catalogue has over and over
_A_DAY = "such as 2022-03-25"
_A_LAST_DAY = f"{_A_DAY}, or left out if there is no end"
_SLUG = "[a-z0-9]+(-[a-z0-9]+)*"


Remedy = str | Callable[[], str]
"""What would do; worked out only where somebody reads it, if that takes time."""


def wrong(
    what: str, remedy: Remedy = "", *, of: str = "field", at: Steps = ()
) -> PydanticCustomError:
    """
    Return an error to raise from a check.

    *of* is ``field`` where the field's name should lead the message. *at* leads from
    what is being checked to what is wrong.
    """
    return PydanticCustomError(of, "{what}", {"what": what, "remedy": remedy, "at": at})


def _text(most: int) -> Callable[[object], str]:
    def check(value: object) -> str:
        # A film may be called 1917. Other numbers would lose how they were written.
        text = str(value) if type(value) is int else value
        if not isinstance(text, str):
            raise _not("a text", value, "put it in quotes")
        try:
            text = clean(text)
        except ValueError as error:
            raise wrong(str(error), "take it out") from None
        if not text:
            raise _not("a text", None, "")
        if len(text) > most:
            raise wrong(f"{len(text):,} characters are too many", f"up to {most:,} will do")
        return text

    return check


def _not(needed: str, value: object, remedy: str) -> PydanticCustomError:
    if value is None:
        return wrong("is empty", f"give {needed}, or take the line out")
    return wrong(f"{needed} is needed, not {shown(value)}", remedy)


def _slug(value: object) -> str:
    if not isinstance(value, str) and type(value) is not int:
        raise _not("an id", value, "such as dune-part-two")
    return _slug_of(str(value))


@lru_cache(maxsize=_MAX_REPEATED)
def _slug_of(text: str) -> str:
    if len(text) > _LONGEST_SLUG:
        raise wrong(f"{len(text):,} characters are too many", f"up to {_LONGEST_SLUG} will do")
    if not re.fullmatch(_SLUG, text):
        remedy = "small letters, digits and single hyphens between them: dune-part-two"
        raise wrong(f"not an id: {shown(text)}", remedy)
    return text


def _source(value: object, info: ValidationInfo) -> str:
    name = _slug(value)
    known: frozenset[str] | None = info.context
    if known is not None and name not in known:
        raise wrong(
            f"there is no source {shown(name)}",
            lambda: nearest(name, known) or "declare it under sources",
        )
    return name


def _when(value: object) -> PartialDate | None:
    if value is None:
        return None
    if not isinstance(value, str) and type(value) is not int:
        raise wrong(f"not a date: {shown(value)}", f"try {EXAMPLES}, or null for no date")
    return _date(value)


def _partial(value: object) -> PartialDate:
    when = _when(value)
    if when is None:
        raise _not("a date", None, "")
    return when


def _day(remedy: str) -> Callable[[object], date]:
    def check(value: object) -> date:
        if not isinstance(value, str) and type(value) is not int:
            raise _not("a day", value, remedy)
        return _day_of(value, remedy)

    return check


@lru_cache(maxsize=_MAX_REPEATED)
def _day_of(value: str | int, remedy: str) -> date:
    when = _date(value, remedy)
    if not when.is_day:
        raise wrong(f"a day is needed, not {shown(value)}", remedy)
    return when.first


def _date(value: str | int, remedy: str = f"try {EXAMPLES}") -> PartialDate:
    text = str(value)
    if len(text) > _LONGEST_DATE:
        raise wrong(f"not a date: {shown(text)}", remedy)
    try:
        return _parsed(text)
    except ValueError as error:
        raise wrong(str(error), remedy) from None


@lru_cache(maxsize=_MAX_REPEATED)
def _parsed(text: str) -> PartialDate:
    return PartialDate.parse(text)


def _covers(value: object) -> Coverage:
    remedy = "upcoming, or from its first to its last day: 2026-01-01/2026-12-31, 2026/.., ../2026"
    if not isinstance(value, str):
        raise _not("upcoming or an interval", value, remedy)
    try:
        return Coverage.parse(value)
    except ValueError as error:
        raise wrong(str(error), remedy) from None


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise _not("true or false", value, "")
    return value


def _count(first: int, last: int) -> Callable[[object], int]:
    def check(value: object) -> int:
        if type(value) is not int:
            raise _not("a whole number", value, f"{first} to {last:,}")
        if not first <= value <= last:
            raise wrong(f"{shown(value)} is out of range", f"{first} to {last:,}")
        return value

    return check


def _choice(rows: Mapping[str, T], hints: Mapping[str, str]) -> Callable[[object], T]:
    def check(value: object) -> T:
        if not isinstance(value, str):
            raise _not("a word", value, _one_of(rows))
        if value not in rows:
            raise wrong(
                f"there is no {shown(value)}",
                lambda: hints.get(value) or nearest(value, rows) or _one_of(rows),
            )
        return rows[value]

    return check


def _one_of(words: Iterable[str]) -> str:
    return f"one of {', '.join(words)}"


def _region(value: object) -> str:
    if not isinstance(value, str) and type(value) is not int:
        raise _not("a country's code", value, f'such as US, or "{WORLD}" for everywhere at once')
    text = str(value)
    if text not in regions():
        remedy = (
            _meant(text) or f'ISO 3166-1 alpha-2, as in US, or "{WORLD}" for everywhere at once'
        )
        raise wrong(f"no country has the code {shown(text)}", remedy)
    return text


def _meant(text: str) -> str:
    """Return what to write instead of *text*, if that is clear."""
    if text.upper() in regions():
        return f"write {text.upper()}"
    named = NICKNAMES.get(text.casefold()) or _names().get(text.casefold())
    if named == WORLD:
        return f'write "{WORLD}", in quotes'
    return f"write {named}" if named else ""


@cache
def _names() -> Mapping[str, str]:
    return {name.casefold(): code for code, name in regions().items()}


def _channel(value: object) -> str:
    text = _name(value)
    slug = slugify(text)
    if not slug:
        raise wrong(f"{shown(text)} has no letter or digit", "write its name: Paramount+")
    if len(slug) > _LONGEST_CHANNEL:
        remedy = f"up to {_LONGEST_CHANNEL} characters in its short form {shown(slug)}"
        raise wrong("the name is too long", remedy)
    return text


def _url(value: object) -> str:
    text = _address(value)
    if not _is_url(text):
        raise wrong(f"not an address: {shown(text)}", "it begins with https:// or http://")
    return text


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:  # "https://[" and its like
        return False
    return parts.scheme in ("https", "http") and bool(parts.hostname) and " " not in text


def _matching(pattern: str, example: str) -> Callable[[object], str]:
    def check(value: object) -> str:
        text = _name(value)
        if not re.fullmatch(pattern, text, re.ASCII):
            raise wrong(f"not of its form: {shown(text)}", f"such as {example}")
        return text

    return check


_name = _text(200)
_address = _text(_LONGEST_ADDRESS)

ANNOUNCED = {kind.slug: kind for kind in ReleaseKind if kind is not ReleaseKind.STREAMING_ELIGIBLE}
"""Kinds of release that a file can tell of, by slug."""

_DERIVED = {
    ReleaseKind.STREAMING_ELIGIBLE.slug: "it follows from a window: write one under windows",
    SEQUEL: "a film becomes one by its field follows; its release is theatrical",
}
_AFTERWARDS = (ReleaseKind.STREAMING, ReleaseKind.DIGITAL, ReleaseKind.PHYSICAL, ReleaseKind.TV)
_TITLE_KINDS = ("alias", "former", "official", "regional", "working")
_LANG = "[a-z]{2,3}(-[A-Za-z0-9]{2,8})*"

_YEAR = "(18[89]|19[0-9]|20[0-9]|21[0-9])[0-9]"
_SEASON = "[Ss]pring|[Ss]ummer|[Aa]utumn|[Ff]all|[Ww]inter"
_ID_SCHEMA: dict[str, Any] = {
    "type": ["string", "integer"],  # likewise the film 300
    "pattern": f"^{_SLUG}$",
    "maxLength": _LONGEST_SLUG,
}
_DAY_SCHEMA = {
    "type": "string",
    "pattern": f"^{_YEAR}-[0-9]{{2}}-[0-9]{{2}}$",
    "examples": ["2022-03-25"],
}
_DATE_SCHEMA: dict[str, Any] = {
    # An editor that follows YAML takes 2024 for a number.
    "type": ["string", "integer"],
    "pattern": f"^{_YEAR}(-([0-9]{{2}}(-[0-9]{{2}})?|[Qq][1-4]|{_SEASON}))?$",
    "minimum": YEARS.start,
    "maximum": YEARS.stop - 1,
    "examples": ["2026-12-18", "2026-12", "2026-Q4", "2026-winter", "2026"],
}


def _line(most: int) -> dict[str, Any]:
    # An editor that follows YAML takes the film 1917 for a number.
    return {"type": ["string", "integer"], "minLength": 1, "maxLength": most}


def _words(rows: Iterable[str]) -> dict[str, Any]:
    return {"type": "string", "enum": list(rows)}


def _number(first: int, last: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": first, "maximum": last}


def _form(pattern: str, example: str) -> dict[str, Any]:
    return {"type": "string", "pattern": f"^{pattern}$", "examples": [example]}


_statuses = {status.value: status for status in (Status.SCHEDULED, Status.CANCELLED)}
_certainties = {one.value: one for one in Certainty if one is not Certainty.DERIVED}
_bounds = {bound.value: bound for bound in Bound}
_productions = {status: status for status in PRODUCTION_STATUSES}
_title_kinds = {kind: kind for kind in _TITLE_KINDS}
_afterwards = {kind.slug: kind for kind in _AFTERWARDS}
_imdb = "tt[0-9]{7,10}", "tt9603212"
_tmdb = "[1-9][0-9]{0,9}", "575264"
_wikidata = "Q[1-9][0-9]*", "Q61117344"
_eidr = "10\\.5240/([0-9A-F]{4}-){5}[0-9A-Z]", "10.5240/7791-8534-2C23-9030-8610-5"
_lang = _LANG, "en"

Name = Annotated[str, PlainValidator(_name), WithJsonSchema(_line(200))]
Prose = Annotated[str, PlainValidator(_text(1_000)), WithJsonSchema(_line(1_000))]
Slug = Annotated[
    str,
    PlainValidator(_slug),
    WithJsonSchema(_ID_SCHEMA | {"examples": ["dune-part-two"]}),
]
SourceId = Annotated[
    str, PlainValidator(_source), WithJsonSchema(_ID_SCHEMA | {"examples": ["article"]})
]
When = Annotated[
    PartialDate | None,
    PlainValidator(_when),
    WithJsonSchema(_DATE_SCHEMA | {"type": ["string", "integer", "null"]}),
]
Partial = Annotated[PartialDate, PlainValidator(_partial), WithJsonSchema(_DATE_SCHEMA)]
Day = Annotated[date, PlainValidator(_day(_A_DAY)), WithJsonSchema(_DAY_SCHEMA)]
LastDay = Annotated[date, PlainValidator(_day(_A_LAST_DAY)), WithJsonSchema(_DAY_SCHEMA)]
Covers = Annotated[
    Coverage,
    PlainValidator(_covers),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": "^(upcoming|[^/]+/[^/]+)$",
            "examples": ["upcoming", "2026-01-01/2026-12-31"],
        }
    ),
]
Flag = Annotated[bool, PlainValidator(_flag), WithJsonSchema({"type": "boolean"})]
Number = Annotated[int, PlainValidator(_count(1, 999)), WithJsonSchema(_number(1, 999))]
Ordinal = Annotated[int, PlainValidator(_count(0, 9_999)), WithJsonSchema(_number(0, 9_999))]
Days = Annotated[int, PlainValidator(_count(0, 3_650)), WithJsonSchema(_number(0, 3_650))]
Weekends = Annotated[int, PlainValidator(_count(1, 520)), WithJsonSchema(_number(1, 520))]
Region = Annotated[
    str,
    PlainValidator(_region),
    WithJsonSchema({"type": "string", "pattern": "^([A-Z]{2}|001)$", "examples": ["US", WORLD]}),
]
Channel = Annotated[str, PlainValidator(_channel), WithJsonSchema(_line(200))]
Url = Annotated[
    str,
    PlainValidator(_url),
    WithJsonSchema(
        {"type": "string", "pattern": "^https?://[^ ]+$", "maxLength": _LONGEST_ADDRESS}
    ),
]
Kind = Annotated[
    ReleaseKind, PlainValidator(_choice(ANNOUNCED, _DERIVED)), WithJsonSchema(_words(ANNOUNCED))
]
KindAfterwards = Annotated[
    ReleaseKind, PlainValidator(_choice(_afterwards, _DERIVED)), WithJsonSchema(_words(_afterwards))
]
AnnouncedStatus = Annotated[
    Status, PlainValidator(_choice(_statuses, {})), WithJsonSchema(_words(_statuses))
]
AnnouncedCertainty = Annotated[
    Certainty, PlainValidator(_choice(_certainties, {})), WithJsonSchema(_words(_certainties))
]
WindowBound = Annotated[
    Bound, PlainValidator(_choice(_bounds, {})), WithJsonSchema(_words(_bounds))
]
ProductionStatus = Annotated[
    str, PlainValidator(_choice(_productions, {})), WithJsonSchema(_words(_productions))
]
TitleKind = Annotated[
    str, PlainValidator(_choice(_title_kinds, {})), WithJsonSchema(_words(_title_kinds))
]
Lang = Annotated[str, PlainValidator(_matching(*_lang)), WithJsonSchema(_form(*_lang))]
Imdb = Annotated[str, PlainValidator(_matching(*_imdb)), WithJsonSchema(_form(*_imdb))]
Tmdb = Annotated[
    str,
    PlainValidator(_matching(*_tmdb)),
    WithJsonSchema(_form(*_tmdb) | {"type": ["string", "integer"]}),
]
Wikidata = Annotated[str, PlainValidator(_matching(*_wikidata)), WithJsonSchema(_form(*_wikidata))]
Eidr = Annotated[str, PlainValidator(_matching(*_eidr)), WithJsonSchema(_form(*_eidr))]
