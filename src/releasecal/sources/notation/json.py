"""
JSON: large catalogues, as programs write them.

Parsing keeps no positions, which would cost more than the parsing. `Locator` finds them
afterwards, in the text, once there is something to complain about.
"""

import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import islice
from json.decoder import JSONDecodeError
from typing import Any, Never

from releasecal.errors import DataError, Place, Problem
from releasecal.sources.notation.text import MAX_LEVELS, MAX_SLIPS, Lines, Steps, shown

_MAX_DIGITS = 18  # a number that long is none of ours, and int() refuses 4,301 digits
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]|NaN|-?Infinity')
_after_space = re.compile(r"[ \t\n\r]*").match
_values = json.JSONDecoder(parse_int=str, parse_float=str)

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
    twice: list[dict[str, Any]] = []

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        fields = dict(pairs)
        if len(fields) < len(pairs):
            twice.append(fields)
        return fields

    try:
        value = json.loads(
            text, object_pairs_hook=unique, parse_int=_number, parse_constant=_refuse
        )
    except JSONDecodeError as error:
        raise DataError([_syntax(error, origin)]) from error
    except RecursionError as error:
        raise DataError([_too_deep(text, origin)]) from error
    except _NotANumber as error:
        raise DataError(islice(_not_numbers(text, origin), MAX_SLIPS)) from error
    if twice:
        raise DataError(islice(_repeated(text, value, twice, origin), MAX_SLIPS))
    return value


def _number(digits: str) -> int | float:
    return int(digits) if len(digits) <= _MAX_DIGITS else float(digits)


def _refuse(_constant: str) -> Never:
    raise _NotANumber


def _syntax(error: JSONDecodeError, origin: str) -> Problem:
    where = Place(origin, error.lineno, error.colno)
    for start, what, remedy in _MESSAGES:
        if error.msg.startswith(start):
            return Problem(where, f"not JSON: {what}", remedy)
    return Problem(where, f"not JSON: {error.msg}")


def _not_numbers(text: str, origin: str) -> Iterator[Problem]:
    lines = Lines(text, origin)
    for token in _TOKEN.finditer(text):
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


def _repeated(
    text: str, value: object, twice: list[dict[str, Any]], origin: str
) -> Iterator[Problem]:
    index, lines = _Index(text), Lines(text, origin)
    for steps in _ways(value, {id(fields) for fields in twice}):
        seen: set[str] = set()
        for name, offset, _ in index.members(index.offset(steps)):
            if name in seen:
                what = f"the field {shown(name)} is there twice"
                yield Problem(lines.place(offset), what, "keep one of them")
            seen.add(str(name))


def _ways(value: object, wanted: set[int]) -> Iterator[Steps]:
    """Yield the way to each object in *value* whose identity is in *wanted*, as they stand."""
    ahead: list[tuple[Steps, Any]] = [((), value)]
    while ahead:
        steps, here = ahead.pop()
        if id(here) in wanted:
            yield steps
        if isinstance(here, dict):
            members: Iterable[tuple[str | int, Any]] = here.items()
        else:
            members = enumerate(here) if isinstance(here, list) else ()
        ahead += [((*steps, step), child) for step, child in members][::-1]


class _Index:
    """Finds values in a text that is known to be JSON; remembers what it passed."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.children = cache(self._children)

    def offset(self, steps: Steps, *, at_name: bool = False) -> int:
        """Return where the value at *steps* starts, or the last thing on the way to it."""
        offset = _skip(self._text, 0)
        for number, step in enumerate(steps, start=1):
            found = self.children(offset).get(step)
            if found is None:
                break
            offset = found[0] if at_name and number == len(steps) else found[1]
        return offset

    def _children(self, start: int) -> dict[str | int, tuple[int, int]]:
        try:
            return {step: (name, value) for step, name, value in self.members(start)}
        except RecursionError:  # parsed by a hair's breadth: say where the outermost is
            return {}

    def members(self, start: int) -> Iterator[tuple[str | int, int, int]]:
        """Yield name or number, its offset and that of its value, for each member."""
        text = self._text
        closing = {"{": "}", "[": "]"}.get(text[start])
        offset = _skip(text, start + 1)
        number = 0
        while closing and text[offset] != closing:
            step: str | int = number
            name = offset
            if closing == "}":
                step, after = _values.raw_decode(text, offset)
                offset = _skip(text, _skip(text, after) + 1)
            yield step, name, offset
            _, after = _values.raw_decode(text, offset)
            offset = _skip(text, after)
            offset = _skip(text, offset + 1) if text[offset] == "," else offset
            number += 1


def _skip(text: str, offset: int) -> int:
    """Return where white space that starts at *offset* ends."""
    space = _after_space(text, offset)
    assert space is not None
    return space.end()


class Locator:
    """Finds the place of each value in a text that `parse` has accepted."""

    def __init__(self, text: str, origin: str) -> None:
        """Index the lines; values are looked up as they are asked for."""
        self._lines = Lines(text, origin)
        self._index = _Index(text)

    def place(self, steps: Steps, *, at_name: bool = False) -> Place:
        """Return the place of what is at *steps*, or else of the last thing on the way."""
        return self._lines.place(self._index.offset(steps, at_name=at_name))
