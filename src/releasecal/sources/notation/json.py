"""JSON: large catalogues, as programs write them."""

import json
import re
from collections.abc import Iterator
from functools import cache
from itertools import count, islice
from json.decoder import JSONDecodeError
from typing import Any, Never

from releasecal.errors import DataError, Place, Problem
from releasecal.sources.notation.clean_text import (
    MAX_LEVELS,
    MAX_SLIPS,
    Lines,
    Steps,
    after_title,
    shown,
)
from releasecal.sources.notation.locator import END, LIST, MAPPING, SCALAR, Event, Locator

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


class _Twice(Exception):
    """The text has a field twice, of which Python takes the last one."""


def parse(text: str, origin: str) -> object:
    """
    Return *text* as plain values.

    Raises:
        DataError: It is not JSON (RFC 8259), or says a field twice; the first hundred
            problems.
    """
    try:
        return _parsed(text)
    except _Twice:
        twice = islice(places_of_all(text, origin).repeated(), MAX_SLIPS)
        raise DataError(
            Problem(place, f"the field {shown(name)} is there twice", "keep one of them")
            for name, place in twice
        ) from None
    except JSONDecodeError as error:
        raise DataError([_syntax(error, text, origin)]) from error
    except RecursionError as error:
        raise DataError([_too_deep(text, origin)]) from error
    except _NotANumber as error:
        raise DataError(islice(_not_numbers(text, origin), MAX_SLIPS)) from error


def _parsed(text: str) -> object:
    try:
        return _decode(text)
    except _Twice:
        _decode_any(text)  # what follows may be no JSON, which is worse
        raise


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise _Twice
    return fields


def _number(digits: str) -> int | float:
    return int(digits) if len(digits) <= _MAX_DIGITS else float(digits)


def _refuse(_constant: str) -> Never:
    raise _NotANumber


# Made once: each film of a large file is a text of its own.
_decode_any = json.JSONDecoder(parse_int=_number, parse_constant=_refuse).decode
_decode = json.JSONDecoder(
    object_pairs_hook=_unique, parse_int=_number, parse_constant=_refuse
).decode


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


def places_of_all(text: str, origin: str) -> Locator:
    """Return the places of all values of a *text*, which may say a field twice."""
    return Locator(_events(text), Lines(text, origin).place, origin)


_whole = json.JSONDecoder(parse_int=str, parse_float=str).raw_decode
_SPACE = re.compile(r"[\s,:]*")  # between two values, or a name and its value


class JsonPlaces:
    """
    Finds the place of each value in a text that `parse` has understood.

    It reads along the way to a value only, and passes over all else at the speed of a parser in C:
    a large file has few places that somebody asks for.
    """

    def __init__(self, text: str, origin: str) -> None:
        """Take *text*; *origin* is the name of its file."""
        self._text, self._origin = text, origin
        self._lines = Lines(text, origin)
        self._listed = cache(self._list)

    def place(self, steps: Steps = (), *, at_name: bool = False) -> Place:
        """Return the place of the value at *steps*, or else of the last one on the way."""
        try:
            return self._place(steps, at_name=at_name)
        except RecursionError:  # values as deep as the parser just takes
            return places_of_all(self._text, self._origin).place(steps, at_name=at_name)

    def _place(self, steps: Steps, *, at_name: bool) -> Place:
        name = value = self._after_space(0)
        for step in steps:
            found = self._listed(value)[0].get(step)
            if found is None:
                at_name = False
                break
            name, value = found
        return self._lines.place(name if at_name else value)

    def _after_space(self, at: int) -> int:
        found = _SPACE.match(self._text, at)
        return found.end() if found else at

    def _end(self, at: int, *, by_member: bool) -> int:
        """Return the offset after the value at *at*; a list, which may be all films, *by_member*."""
        is_listed = by_member and self._text[at] == "["
        return self._listed(at)[1] if is_listed else _whole(self._text, at)[1]

    def _list(self, at: int) -> tuple[dict[str | int, tuple[int, int]], int]:
        """Return the offsets of name and value of each child of the value at *at*, and its end."""
        found: dict[str | int, tuple[int, int]] = {}
        if self._text[at] not in "[{":
            return found, at
        is_mapping, name = self._text[at] == "{", self._after_space(at + 1)
        for number in count():
            if self._text[name] in "]}":
                break
            step, value = number, name
            if is_mapping:
                step, end = _whole(self._text, name)
                value = self._after_space(end)
            found[step] = name, value
            name = self._after_space(self._end(value, by_member=is_mapping))
        return found, name + 1


def locate(text: str, origin: str) -> JsonPlaces:
    """Return the places of a *text* that `parse` has understood."""
    return JsonPlaces(text, origin)


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
