"""Fields: the types of single fields that several records share."""

import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import ValidationInfo
from pydantic_core import core_schema as core

from releasecal.core.dates import EXAMPLES, YEARS, PartialDate
from releasecal.core.days_a_source_lists import Coverage
from releasecal.core.models import SEQUEL, WORLD, ReleaseKind, slugify
from releasecal.core.reading_date_phrases import read_date
from releasecal.core.suggestions import NICKNAMES, nearest
from releasecal.regions import regions
from releasecal.sources.notation.clean_text import shown
from releasecal.sources.notation.remedy_wording import Remedy, in_words
from releasecal.sources.schema.field_constraints import (
    MAX_NAME,
    MAX_TITLE,
    Form,
    identifier,
    line,
    made,
    one_of,
    text,
    whole,
    wrong,
)
from releasecal.sources.schema.foreign_spellings import KINDS, meant_date

_MAX_CHANNEL = 48  # of its slug, which is part of a UID
_MAX_DATE = 64
_MAX_PROSE = 1_000
_MAX_ADDRESS = 2_000


def _declared(name: str, info: ValidationInfo) -> str:
    """Return *name* unless it is none of the context's sources; no context knows all."""
    known: frozenset[str] | None = info.context
    if known is not None and name not in known:
        raise wrong(
            f"there is no source {shown(name)}",
            lambda _: nearest(name, known) or "declare it under sources",
        )
    return name


_YEAR = "(18[89]|19[0-9]|20[0-9]|21[0-9])[0-9]"
_SEASON = "[Ss]pring|[Ss]ummer|[Aa]utumn|[Ff]all|[Ww]inter"
_MONTH = "[0-9]{2}(-([0-9]{2}|XX))?|XX(-XX)?"
_UNIT = f"{_YEAR}(-({_MONTH}|[Qq][1-4]|[Hh][12]|{_SEASON}))?(-([Ee]arly|[Mm]id|[Ll]ate))?~?"
_WORD = "[Ee]arly|[Mm]id|[Ll]ate|[Hh]alf|[Hh][12]|[Aa]round|[Aa]bout|[Cc]irca|[Tt]o|[Aa]nd"
_WORDS = f"([A-Za-z0-9., -]+ )?({_WORD})[ -]([A-Za-z0-9., -]+ )?{_YEAR}"
_DATE = f"try {EXAMPLES}"
_DATE_SCHEMA: dict[str, Any] = {
    "pattern": f"^({_UNIT}(/{_UNIT})?|{_WORDS})$",
    "minimum": YEARS.start,
    "maximum": YEARS.stop - 1,
    "examples": [
        *("2026-12-18", "2026-12", "2026-Q4", "2026-winter", "2026-H2", "2026", "2026-early"),
        *("2026-03~", "2026-03/2026-05", "early 2026"),
    ],
}
_HAS_YEAR = re.compile(r"\b[0-9]{4}$|^[0-9]{4}[/. ]")
_DAY_SCHEMA = {
    "pattern": f"^{_YEAR}-[0-9]{{2}}-[0-9]{{2}}$",
    "examples": ["2022-03-25"],
}


def _partial(value: str | int, remedy: Remedy = _DATE, *, needs_day: bool = False) -> PartialDate:
    text = str(value)
    is_right = _is_day if needs_day else _is_any
    if len(text) > _MAX_DATE:
        raise wrong(f"not a date: {shown(text)}", remedy)
    try:
        return read_date(text)
    except ValueError as error:
        remedy = meant_date(text, is_right) or remedy
        raise wrong(str(error), _in_its_form(text, remedy)) from None


def _in_its_form(text: str, remedy: Remedy) -> Remedy:
    """Return *remedy* for the date *text*, and what else would do if programs write dates so."""
    if text.isdigit() or not _HAS_YEAR.search(text):
        return remedy
    return lambda say: in_words(remedy, say) + say.foreign_dates


def _is_day(when: PartialDate) -> bool:
    return when.is_day


def _is_any(_when: PartialDate) -> bool:
    return True


def _date(*, is_optional: bool = False) -> Form:
    check = made(PartialDate, _partial)
    types = ["string", "integer", *(["null"] if is_optional else [])]
    return Form(
        "a date",
        lambda say: f"{_DATE}, or {say.no_date}",
        core.nullable_schema(check) if is_optional else check,
        refusal="not a date:",
        schema=_DATE_SCHEMA | {"type": types},
    )


def _day(usage: str) -> Form:
    def day(value: str | int) -> date:
        when = _partial(value, usage, needs_day=True)
        if not when.is_day:
            raise wrong(f"a day is needed, not {shown(value)}", usage)
        return when.first

    return Form("a day", usage, made(date, day), schema=_DAY_SCHEMA)


_COVERS = "upcoming, or from its first to its last day: 2026-01-01/2026-12-31, 2026/.., ../2026"


def _covers(value: str | int) -> object:
    if not isinstance(value, str):
        return value
    try:
        return Coverage.parse(value)
    except ValueError as error:
        raise wrong(str(error), _COVERS) from None


def _country(value: str | int) -> str:
    text = str(value)
    if text not in regions():
        raise wrong(f"no country has the code {shown(text)}", _meant(text) or _ISO)
    return text


def _meant(text: str) -> str:
    """Return the right code for *text*, as a remedy, if it is clear."""
    if text.upper() in regions():
        return f"write {text.upper()}"
    said = text.casefold().removeprefix("the ").replace(" and ", " & ")
    named = NICKNAMES.get(said) or _names().get(said)
    if named == WORLD:
        return f'write "{WORLD}", in quotes'
    return f"write {named}" if named else ""


@cache
def _names() -> Mapping[str, str]:
    return {name.casefold(): code for code, name in regions().items()}


def _channel(text: str) -> str:
    slug = slugify(text)
    if not slug:
        raise wrong(f"{shown(text)} has no letter or digit", "write its name: Paramount+")
    if len(slug) > _MAX_CHANNEL:
        remedy = f"up to {_MAX_CHANNEL} characters in its short form {shown(slug)}"
        raise wrong("the name is too long", remedy)
    return text


def _url(text: str) -> str:
    if not _is_url(text):
        raise wrong(f"not an address: {shown(text)}", "it begins with https:// or http://")
    return text


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:  # "https://[" and its like
        return False
    return parts.scheme in ("https", "http") and bool(parts.hostname) and " " not in text


_EVERYWHERE = f'or "{WORLD}" for everywhere at once'
_ISO = f"ISO 3166-1 alpha-2, as in US, {_EVERYWHERE}"
_REGION = Form(
    "a country's code",
    f"such as US, {_EVERYWHERE}",
    made(str, _country),
    schema={"pattern": f"^([A-Z]{{2}}|{WORLD})$", "examples": ["US", WORLD]},
)

DERIVED = {
    ReleaseKind.STREAMING_ELIGIBLE.slug: "it follows from a window: write one under windows",
    SEQUEL: "a film becomes one by its field follows; its release is theatrical",
}
"""Remedies for words that look like a kind of release and cannot be announced."""

_ANNOUNCED = {kind.slug: kind for kind in ReleaseKind if kind.slug not in DERIVED}

Name = Annotated[str, line(MAX_NAME)]
Headline = Annotated[str, line(MAX_TITLE)]
Prose = Annotated[str, line(_MAX_PROSE)]
Channel = Annotated[str, line(MAX_NAME, _channel)]
Url = Annotated[str, text(_MAX_ADDRESS, then=_url, schema={"pattern": "^https?://[^ ]+$"})]
Slug = Annotated[str, identifier("dune-part-two")]
SourceId = Annotated[str, identifier("article", _declared)]
When = Annotated[PartialDate | None, _date(is_optional=True)]
Partial = Annotated[PartialDate, _date()]
Day = Annotated[date, _day("such as 2022-03-25")]
LastDay = Annotated[date, _day("such as 2022-03-25, or left out if there is no end")]
Covers = Annotated[
    Coverage,
    Form(
        "upcoming or an interval",
        _COVERS,
        made(Coverage, _covers),
        schema={
            "pattern": "^(upcoming|[^/]+/[^/]+)$",
            "examples": ["upcoming", "2026-01-01/2026-12-31"],
        },
    ),
]
Flag = Annotated[bool, Form("true or false", "", core.bool_schema(strict=True))]
Number = Annotated[int, whole(1, 999)]
Ordinal = Annotated[int, whole(0, 9_999)]
Days = Annotated[int, whole(0, 3_650)]
Weekends = Annotated[int, whole(1, 520)]
Region = Annotated[str, _REGION]
Kind = Annotated[ReleaseKind, one_of(_ANNOUNCED, KINDS | DERIVED)]
