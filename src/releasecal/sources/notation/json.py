"""JSON: large catalogues, as programs write them."""

import json
import re
from collections.abc import Iterator
from itertools import islice
from json.decoder import JSONDecodeError
from typing import Any, Never

from releasecal.errors import DataError, Place, Problem
from releasecal.sources.notation.locator import END, LIST, MAPPING, SCALAR, Event, Locator
from releasecal.sources.notation.text import MAX_LEVELS, MAX_SLIPS, Lines, after_title, shown

_MAX_DIGITS = 18  # of a whole number; int() refuses 4,301
_TEXT = r'"[^"\\]*(?:\\.[^"\\]*)*"'
_TOKEN = re.compile(_TEXT + r'|[\[{\]}]|[^\s\[\]{},:"]+', re.DOTALL)
_NOT_A_NUMBER = re.compile(_TEXT + "|NaN|-?Infinity", re.DOTALL)
_KINDS = {"[": LIST, "{": MAPPING, "]": END, "}": END}

_MESSAGES = (
    ("Expecting property name", "a field's name is missing", 'names stand in quotes: "title"'),
    ("Illegal trailing comma", "a comma with nothing after it", "take the comma out"),
    ("Expecting ',' delimiter", "a comma or a closing bracket is missing", ""),
    ("Expecting ':' delimiter", "a colon is missing", ""),
    ("Expecting value", "a value is missing", 'text stands in quotes: "…"'),
    ("Unterminated string", "a text without its closing quotation mark", ""),
    ("Invalid control character", "a line end or tab inside a text", r"write \n or \t"),
    ("Invalid \\", "a backslash that starts nothing", r"write \\ for a backslash"),
    ("Extra data", "something after the end", "one file holds one JSON value"),
)


class _NotANumber(Exception):
    """The text has NaN or Infinity, which Python reads and JSON does not have."""


def parse(text: str, origin: str) -> object:
    """
    Return *text* as plain values.

    Raises:
        DataError: It is not JSON (RFC 8259), or says a field twice; the first hundred
            problems.
    """
    is_plain = True

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal is_plain
        fields = dict(pairs)
        is_plain = is_plain and len(fields) == len(pairs)
        return fields

    try:
        value = json.loads(
            text, object_pairs_hook=unique, parse_int=_number, parse_constant=_refuse
        )
    except JSONDecodeError as error:
        raise DataError([_syntax(error, text, origin)]) from error
    except RecursionError as error:
        raise DataError([_too_deep(text, origin)]) from error
    except _NotANumber as error:
        raise DataError(islice(_not_numbers(text, origin), MAX_SLIPS)) from error
    if not is_plain:
        twice = islice(locate(text, origin).repeated(), MAX_SLIPS)
        raise DataError(
            Problem(place, f"the field {shown(name)} is there twice", "keep one of them")
            for name, place in twice
        )
    return value


def _number(digits: str) -> int | float:
    return int(digits) if len(digits) <= _MAX_DIGITS else float(digits)


def _refuse(_constant: str) -> Never:
    raise _NotANumber


def _syntax(error: JSONDecodeError, text: str, origin: str) -> Problem:
    error = _at_its_comma(error)
    where, near = Place(origin, error.lineno, error.colno), after_title(text, error.pos)
    for start, what, remedy in _MESSAGES:
        if error.msg.startswith(start):
            return Problem(where, f"not JSON: {what}{near}", remedy)
    return Problem(where, f"not JSON: {error.msg}{near}")


def _at_its_comma(error: JSONDecodeError) -> JSONDecodeError:
    """Return *error*; Python 3.12 tells a comma with nothing after it by what it misses there."""
    before = error.doc[: error.pos].rstrip()
    if before.endswith(",") and error.doc[error.pos : error.pos + 1] in ("]", "}"):
        return JSONDecodeError("Illegal trailing comma", error.doc, len(before) - 1)
    return error


def _not_numbers(text: str, origin: str) -> Iterator[Problem]:
    lines = Lines(text, origin)
    for token in _NOT_A_NUMBER.finditer(text):
        if token[0].endswith(("NaN", "Infinity")):
            yield Problem(lines.place(token.start()), f"not JSON: {token[0]}", "write null")


def _too_deep(text: str, origin: str) -> Problem:
    depth, offset = 0, 0
    for token in _TOKEN.finditer(text):
        depth += (token[0] in "[{") - (token[0] in "]}")
        if depth > MAX_LEVELS:
            offset = token.start()
            break
    remedy = f"{MAX_LEVELS} levels are the most"
    return Problem(Lines(text, origin).place(offset), "nested too deeply", remedy)


def locate(text: str, origin: str) -> Locator:
    """Return the places of a *text* that `parse` has understood."""
    return Locator(_events(text), Lines(text, origin).place, origin)


def _events(text: str) -> Iterator[Event]:
    """Yield the events of *text*, with offsets as spots."""
    for token in _TOKEN.finditer(text):
        word = token[0]
        kind = _KINDS.get(word, SCALAR)
        if kind != SCALAR:
            yield kind, token.start(), ""
        elif "\\" in word:
            yield kind, token.start(), json.loads(word)
        else:
            yield kind, token.start(), word.strip('"')
