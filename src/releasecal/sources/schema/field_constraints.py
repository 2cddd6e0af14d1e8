"""
Forms of fields' values: type, spelling, limits and words for messages, each stated once.

A `Form` is one statement for three readers: pydantic checks by it, the JSON Schema is
generated from it, and `messages` takes its words from it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from functools import lru_cache
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError
from pydantic_core import core_schema as core

from releasecal.core.suggestions import nearest
from releasecal.core.value_classes import dataclass
from releasecal.sources.notation.clean_text import Steps, clean
from releasecal.sources.notation.remedy_wording import Remedy

_MAX_SLUG = 72
_MAX_REPEATED = 65_536  # days and dates that a large catalogue has over and over
MAX_NAME = 200
MAX_TITLE = 500  # the longest title of a feature film has 208

OR_NUMBER = {"type": ["string", "integer"]}
"""For the JSON Schema: an editor that follows YAML takes the film 1917 for a number."""


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
        hints: Remedies for words that people take for one of *words*, in small letters.
    """

    needed: str
    usage: Remedy
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

    @property
    def takes_number(self) -> bool:
        """Whether a whole number fits it: a count, or an id that may be one."""
        is_id = bool(self.remedy) and "integer" in self.schema.get("type", ())
        return is_id or self.check["type"] == "int"

    def guess(self, word: str) -> Remedy:
        """Return the remedy for a *word* that is none of *words*."""
        return self.hints.get(word.casefold()) or nearest(word, self.words) or self.usage


def wrong(
    what: str, remedy: Remedy = "", *, of: str = "field", at: Steps = ()
) -> PydanticCustomError:
    """
    Return an error to raise from a check.

    *of* is ``field`` where the field's name should lead the message, or ``record``. *at*
    leads from the checked value to the wrong part of it.
    """
    return PydanticCustomError(of, "{what}", {"what": what, "remedy": remedy, "at": at})


def _trimmed_word(value: object) -> object:
    """Return a text as the core wants it, and anything else as it is."""
    if not isinstance(value, str):
        return value
    try:
        return clean(value)
    except ValueError as error:
        raise wrong(str(error), "take it out") from None


def _trimmed(value: object) -> object:
    """Return a text or whole number as text; other numbers would lose how they were written."""
    return str(value) if type(value) is int else _trimmed_word(value)


def _tidy(value: object) -> object:
    """Return a text or whole number as `_trimmed` does, but None for one without characters."""
    trimmed = _trimmed(value)
    return None if trimmed == "" else trimmed


def text(
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


def line(most: int, then: Callable[[str], str] | None = None) -> Form:
    """Return the form of a text that may be written as a number, too."""
    return text(most, then=then, schema=OR_NUMBER | {"minLength": 1})


def matching(pattern: str, example: str, schema: Mapping[str, Any] | None = None) -> Form:
    """Return the form of the texts that match *pattern*, with parts of its *schema*."""
    return text(
        MAX_NAME,
        pattern=f"^{pattern}$",
        remedy=f"such as {example}",
        schema={"maxLength": None, "examples": [example], **(schema or {})},
    )


def identifier(example: str, then: core.WithInfoValidatorFunction | None = None) -> Form:
    """Return the form of an id that passes *then*, which gets the context, too."""
    check: CoreSchema = core.str_schema(max_length=_MAX_SLUG, pattern="^[a-z0-9]+(-[a-z0-9]+)*$")
    if then:
        check = core.with_info_after_validator_function(then, check)
    return Form(
        "an id",
        "such as dune-part-two",
        core.no_info_before_validator_function(_trimmed, check),
        misfit="not an id:",
        remedy="small letters, digits and single hyphens between them: dune-part-two",
        schema=OR_NUMBER | {"examples": [example]},
    )


def whole(first: int, last: int) -> Form:
    """Return the form of the whole numbers from *first* to *last*."""
    check = core.int_schema(strict=True, ge=first, le=last)
    return Form("a whole number", f"{first} to {last:,}", check)


def one_of(rows: Mapping[str, object], hints: Mapping[str, str] | None = None) -> Form:
    """Return the form of the words in *rows*, which stand for its values."""
    words = core.no_info_before_validator_function(_trimmed_word, core.literal_schema(list(rows)))
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


def made(result: type, make: Callable[[str | int], object]) -> CoreSchema:
    """Return the check that has *make* turn tidy texts and whole numbers into a *result*."""

    def check_new(value: object) -> object:
        value = _trimmed_word(value)
        return make(value) if isinstance(value, str) or type(value) is int else value

    check_again = lru_cache(maxsize=_MAX_REPEATED)(check_new)

    def check(value: object) -> object:
        return (check_again if type(value) is str else check_new)(value)

    return core.no_info_before_validator_function(
        check, core.is_instance_schema(result), json_schema_input_schema=core.str_schema()
    )
