"""
Fields: the values that a single field may hold, each form of them stated once.

A `Form` is one statement for three readers: pydantic checks by it, the JSON Schema is
generated from it, and `messages` takes its words from it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache, lru_cache
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationInfo
from pydantic_core import CoreSchema, PydanticCustomError
from pydantic_core import core_schema as core

from releasecal.core.dates import EXAMPLES, YEARS, PartialDate
from releasecal.core.models import (
    NICKNAMES,
    PRODUCTION_STATUSES,
    SEQUEL,
    WORLD,
    Bound,
    Certainty,
    ReleaseKind,
    Status,
    slugify,
)
from releasecal.core.suggestions import nearest
from releasecal.regions import regions
from releasecal.sources.notation.text import Steps, clean, shown

_MAX_SLUG = 72
_MAX_CHANNEL = 48  # of its slug, which is part of a UID
_MAX_DATE = 32
_MAX_NAME = 200
_MAX_PROSE = 1_000
_MAX_ADDRESS = 2_000
_MAX_REPEATED = 65_536  # ids and dates that a large catalogue has over and over

_OR_NUMBER = {"type": ["string", "integer"]}
"""For the JSON Schema: an editor that follows YAML takes the film 1917 for a number."""

Remedy = str | Callable[[], str]
"""A way out for messages; a function where finding it takes time."""


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """
    The form of a field's values, as metadata of its type.

    Attributes:
        needed: Name of such a value, with its article: ``an id``.
        usage: Remedy for a value of another type.
        check: Pydantic's schema, for checks and for the JSON Schema.
        refusal: Verdict on a value of another type, unless it is that *needed* is needed.
        misfit: Verdict on a text that does not match the pattern.
        remedy: Remedy for such a text.
        schema: Parts of the JSON Schema that differ from *check*; None removes one.
        words: All values, where they can be listed.
        hints: Remedies for words that people take for one of *words*.
    """

    needed: str
    usage: str
    check: CoreSchema
    refusal: str = ""
    misfit: str = "not of its form:"
    remedy: str = ""
    schema: Mapping[str, Any] = field(default_factory=dict)
    words: Iterable[str] = ()
    hints: Mapping[str, str] = field(default_factory=dict)

    def __get_pydantic_core_schema__(self, _type: object, _: GetCoreSchemaHandler) -> CoreSchema:
        return self.check

    def __get_pydantic_json_schema__(
        self, check: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        both = {**handler(check), **self.schema}
        return {name: part for name, part in both.items() if part is not None}

    @property
    def verdict(self) -> str:
        """Beginning of the sentence about a value of another type."""
        return self.refusal or f"{self.needed} is needed, not"

    def guess(self, word: str) -> str:
        """Return the remedy for a *word* that is none of *words*."""
        return self.hints.get(word) or nearest(word, self.words) or self.usage


def wrong(
    what: str, remedy: Remedy = "", *, of: str = "field", at: Steps = ()
) -> PydanticCustomError:
    """
    Return an error to raise from a check.

    *of* is ``field`` where the field's name should lead the message, or ``record``. *at*
    leads from the checked value to the wrong part of it.
    """
    return PydanticCustomError(of, "{what}", {"what": what, "remedy": remedy, "at": at})


def _as_text(value: object) -> object:
    """Return a whole number as text; others would lose how they were written."""
    return str(value) if type(value) is int else value


def _tidy(value: object) -> object:
    """Return a text as the core wants it, or None for one without characters."""
    text = _as_text(value)
    if not isinstance(text, str):
        return value
    try:
        return clean(text) or None
    except ValueError as error:
        raise wrong(str(error), "take it out") from None


def _text(
    most: int,
    *,
    pattern: str | None = None,
    then: Callable[[str], str] | None = None,
    **parts: Any,
) -> Form:
    """Return the form of a tidy text of at most *most* characters that passes *then*."""
    check: CoreSchema = core.str_schema(max_length=most, pattern=pattern)
    if then:
        check = core.no_info_after_validator_function(then, check)
    check = core.no_info_before_validator_function(_tidy, check)
    return Form("a text", "put it in quotes", check, **parts)


def _line(most: int, then: Callable[[str], str] | None = None) -> Form:
    return _text(most, then=then, schema=_OR_NUMBER | {"minLength": 1})


def _matching(pattern: str, example: str, schema: Mapping[str, Any] | None = None) -> Form:
    return _text(
        _MAX_NAME,
        pattern=f"^{pattern}$",
        remedy=f"such as {example}",
        schema={"maxLength": None, "examples": [example], **(schema or {})},
    )


def _id(example: str, *, is_cited: bool = False) -> Form:
    check: CoreSchema = core.str_schema(max_length=_MAX_SLUG, pattern="^[a-z0-9]+(-[a-z0-9]+)*$")
    if is_cited:
        check = core.with_info_after_validator_function(_declared, check)
    return Form(
        "an id",
        "such as dune-part-two",
        core.no_info_before_validator_function(_as_text, check),
        misfit="not an id:",
        remedy="small letters, digits and single hyphens between them: dune-part-two",
        schema=_OR_NUMBER | {"examples": [example]},
    )


def _declared(name: str, info: ValidationInfo) -> str:
    """Return *name* unless it is none of the context's sources; no context knows all."""
    known: frozenset[str] | None = info.context
    if known is not None and name not in known:
        raise wrong(
            f"there is no source {shown(name)}",
            lambda: nearest(name, known) or "declare it under sources",
        )
    return name


def _whole(first: int, last: int) -> Form:
    check = core.int_schema(strict=True, ge=first, le=last)
    return Form("a whole number", f"{first} to {last:,}", check)


def _one_of(rows: Mapping[str, object], hints: Mapping[str, str] | None = None) -> Form:
    """Return the form of the words in *rows*, which stand for its values."""
    words = core.literal_schema(list(rows))
    usage = f"one of {', '.join(rows)}"
    return Form(
        "a word",
        usage,
        core.no_info_after_validator_function(rows.__getitem__, words),
        misfit="there is no",
        remedy=usage,
        words=tuple(rows),
        hints=hints or {},
    )


_YEAR = "(18[89]|19[0-9]|20[0-9]|21[0-9])[0-9]"
_SEASON = "[Ss]pring|[Ss]ummer|[Aa]utumn|[Ff]all|[Ww]inter"
_DATE = f"try {EXAMPLES}"
_DATE_SCHEMA: dict[str, Any] = {
    "pattern": f"^{_YEAR}(-([0-9]{{2}}(-[0-9]{{2}})?|[Qq][1-4]|{_SEASON}))?$",
    "minimum": YEARS.start,
    "maximum": YEARS.stop - 1,
    "examples": ["2026-12-18", "2026-12", "2026-Q4", "2026-winter", "2026"],
}
_DAY_SCHEMA = {
    "pattern": f"^{_YEAR}-[0-9]{{2}}-[0-9]{{2}}$",
    "examples": ["2022-03-25"],
}


def _made(result: type, make: Callable[[str | int], object]) -> CoreSchema:
    """Return the check that has *make* turn texts and whole numbers into a *result*."""

    def check(value: object) -> object:
        return make(value) if isinstance(value, str) or type(value) is int else value

    return core.no_info_before_validator_function(
        check, core.is_instance_schema(result), json_schema_input_schema=core.str_schema()
    )


def _partial(value: str | int, remedy: str = _DATE) -> PartialDate:
    text = str(value)
    if len(text) > _MAX_DATE:
        raise wrong(f"not a date: {shown(text)}", remedy)
    try:
        return _parsed(text)
    except ValueError as error:
        raise wrong(str(error), remedy) from None


@lru_cache(maxsize=_MAX_REPEATED)
def _parsed(text: str) -> PartialDate:
    return PartialDate.parse(text)


def _date(*, is_optional: bool = False) -> Form:
    check = _made(PartialDate, _partial)
    types = ["string", "integer", *(["null"] if is_optional else [])]
    return Form(
        "a date",
        f"{_DATE}, or null for no date",
        core.nullable_schema(check) if is_optional else check,
        refusal="not a date:",
        schema=_DATE_SCHEMA | {"type": types},
    )


def _day(usage: str) -> Form:
    @lru_cache(maxsize=_MAX_REPEATED)
    def day(value: str | int) -> date:
        when = _partial(value, usage)
        if not when.is_day:
            raise wrong(f"a day is needed, not {shown(value)}", usage)
        return when.first

    return Form("a day", usage, _made(date, day), schema=_DAY_SCHEMA)


def _country(value: str | int) -> str:
    text = str(value)
    if text not in regions():
        raise wrong(f"no country has the code {shown(text)}", _meant(text) or _ISO)
    return text


def _meant(text: str) -> str:
    """Return the right code for *text*, as a remedy, if it is clear."""
    if text.upper() in regions():
        return f"write {text.upper()}"
    named = NICKNAMES.get(text.casefold()) or _names().get(text.casefold())
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
    _made(str, _country),
    schema={"pattern": f"^([A-Z]{{2}}|{WORLD})$", "examples": ["US", WORLD]},
)

ANNOUNCED = {kind.slug: kind for kind in ReleaseKind if kind is not ReleaseKind.STREAMING_ELIGIBLE}
"""Kinds of release that a file can tell of, by slug."""

_AFTERWARDS = (ReleaseKind.STREAMING, ReleaseKind.DIGITAL, ReleaseKind.PHYSICAL, ReleaseKind.TV)
_DERIVED = {
    ReleaseKind.STREAMING_ELIGIBLE.slug: "it follows from a window: write one under windows",
    SEQUEL: "a film becomes one by its field follows; its release is theatrical",
}
_STATUSES = {status.value: status for status in (Status.SCHEDULED, Status.CANCELLED)}
_CERTAINTIES = {one.value: one for one in Certainty if one is not Certainty.DERIVED}
_PRODUCTIONS = {status: status for status in PRODUCTION_STATUSES}
_TITLES = {kind: kind for kind in ("alias", "former", "official", "regional", "working")}

Name = Annotated[str, _line(_MAX_NAME)]
Prose = Annotated[str, _line(_MAX_PROSE)]
Channel = Annotated[str, _line(_MAX_NAME, _channel)]
Url = Annotated[str, _text(_MAX_ADDRESS, then=_url, schema={"pattern": "^https?://[^ ]+$"})]
Slug = Annotated[str, _id("dune-part-two")]
SourceId = Annotated[str, _id("article", is_cited=True)]
When = Annotated[PartialDate | None, _date(is_optional=True)]
Partial = Annotated[PartialDate, _date()]
Day = Annotated[date, _day("such as 2022-03-25")]
LastDay = Annotated[date, _day("such as 2022-03-25, or left out if there is no end")]
Flag = Annotated[bool, Form("true or false", "", core.bool_schema(strict=True))]
Number = Annotated[int, _whole(1, 999)]
Ordinal = Annotated[int, _whole(0, 9_999)]
Days = Annotated[int, _whole(0, 3_650)]
Weekends = Annotated[int, _whole(1, 520)]
Region = Annotated[str, _REGION]
Kind = Annotated[ReleaseKind, _one_of(ANNOUNCED, _DERIVED)]
KindAfterwards = Annotated[
    ReleaseKind, _one_of({kind.slug: kind for kind in _AFTERWARDS}, _DERIVED)
]
AnnouncedStatus = Annotated[Status, _one_of(_STATUSES)]
AnnouncedCertainty = Annotated[Certainty, _one_of(_CERTAINTIES)]
WindowBound = Annotated[Bound, _one_of({bound.value: bound for bound in Bound})]
ProductionStatus = Annotated[str, _one_of(_PRODUCTIONS)]
TitleKind = Annotated[str, _one_of(_TITLES)]
Lang = Annotated[str, _matching("[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", "en")]
Imdb = Annotated[str, _matching("tt[0-9]{7,10}", "tt9603212")]
Tmdb = Annotated[str, _matching("[1-9][0-9]{0,9}", "575264", _OR_NUMBER)]
Wikidata = Annotated[str, _matching("Q[1-9][0-9]*", "Q61117344")]
Eidr = Annotated[
    str,
    _matching("10\\.5240/([0-9A-F]{4}-){5}[0-9A-Z]", "10.5240/7791-8534-2C23-9030-8610-5"),
]
