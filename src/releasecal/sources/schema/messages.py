"""Messages: each error of pydantic's in our own words, as a sentence and a remedy."""

import re
from collections.abc import Callable, Mapping

from pydantic_core import ErrorDetails

from releasecal.core.suggestions import nearest
from releasecal.errors import Place, Problem
from releasecal.sources.notation.clean_text import Steps, shown
from releasecal.sources.notation.remedy_wording import YAML, Remedy, Wording, in_words
from releasecal.sources.schema.field_constraints import Form
from releasecal.sources.schema.foreign_spellings import meant_field
from releasecal.sources.schema.records import record_at

_MISTYPED = "{name}: {form.verdict} {given}", "{usage}"
_OUT_OF_RANGE = "{name}: {given} is out of range", "{usage}"
_USE_FIELDS = "give it {fields}"
_WHOLE = re.compile(r"([0-9]+)\.0+")  # a whole number that a program wrote with a fraction

MESSAGES: Mapping[str, tuple[str, str]] = {
    "string_type": _MISTYPED,
    "int_type": _MISTYPED,
    "bool_type": _MISTYPED,
    "is_instance_of": _MISTYPED,
    "string_too_long": (
        "{name}: {length:,} characters are too many",
        "up to {max_length:,} will do",
    ),
    "string_pattern_mismatch": ("{name}: {form.misfit} {given}", "{form.remedy}"),
    "greater_than_equal": _OUT_OF_RANGE,
    "less_than_equal": _OUT_OF_RANGE,
    "literal_error": ("{name}: there is no {given}", "{guess}"),
    "too_long": ("{name}: {actual_length:,} are too many", "up to {max_length:,} will do"),
    "too_short": ("{name} is empty", "give it one, or {leave_out}"),
    "tuple_type": ("{name} is a list, not {given}", "{items}"),
    "model_type": ("{record.noun} is a mapping, not {given}", _USE_FIELDS),
    "missing": ("{record.noun} has no {name}", "{add}"),
    "extra_forbidden": ("{record.noun} has no field {quoted}", "{guess}"),
    "string_unicode": ("{record.noun} has no field {given}", "a name has no halves of characters"),
    "field": ("{name}: {what}", "{guess}"),
    "record": ("{what}", "{guess}"),
}
"""By type of error; ``wrong`` raises the last two."""

_EMPTY: Mapping[str, tuple[str, str]] = {
    "tuple_type": ("{name} is empty", "{items}"),
    "model_type": ("{record.noun} is empty", _USE_FIELDS),
    **dict.fromkeys(
        (kind for kind, row in MESSAGES.items() if row is _MISTYPED),
        ("{name}: is empty", "give {form.needed}{otherwise}"),
    ),
}
"""By type of error, where there is no value at all."""


def problem(
    error: ErrorDetails, top: Steps, place: Callable[..., Place], say: Wording = YAML
) -> Problem:
    """
    Return *error* of the record at *top*, with a remedy in the words of a notation.

    *place* turns steps from there into a place.
    """
    loc, value, told = error["loc"], error["input"], error.get("ctx", {})
    record = record_at((*top, *loc))
    name = next((step for step in (*top, *loc)[::-1] if isinstance(step, str)), "")
    form = record.form(name)
    kind = _kind(error, form)
    guesses: Mapping[str, Remedy] = {
        "literal_error": lambda say: in_words(form.guess(value), say) if form else "",
        "extra_forbidden": lambda _: (
            meant_field(name, known) or nearest(name, known) or f"there are {fields}"
        ),
    }
    known = record.named_fields()
    fields = ", ".join(known)
    is_required = name in known and known[name].is_required()
    words = {
        "name": name,
        "record": record,
        "form": form,
        "fields": fields,
        "given": shown(value),
        "quoted": shown(name),
        "length": len(value) if isinstance(value, str) else 0,
        "add": f"{say.add} {say.pair(name, record.example(name))}",
        "items": say.items,
        "leave_out": say.leave_out,
        "otherwise": say.quotes if is_required else f", or {say.leave_out}",
        "usage": in_words(form.usage, say) if form else "",
        "guess": in_words(guesses.get(kind, told.get("remedy", "")), say),
    }
    what, remedy = _EMPTY.get(kind, MESSAGES[kind]) if value is None else MESSAGES[kind]
    if form and form.takes_number and (number := _WHOLE.fullmatch(str(value))):
        remedy = f"write {number[1]}"
    steps = (*loc, value) if kind == "string_unicode" else (*loc, *told.get("at", ()))
    where = place(*steps, at_name=kind in ("extra_forbidden", "string_unicode"))
    return Problem(where, what.format_map(told | words), remedy.format_map(words | told))


def _kind(error: ErrorDetails, form: Form | None) -> str:
    """Return the key in `MESSAGES`; half a character in a value makes it a misfit."""
    if error["type"] == "literal_error" and not isinstance(error["input"], str):
        return "string_type"
    if error["type"] == "string_unicode" and form:
        return "string_pattern_mismatch"
    return error["type"]
