"""
YAML: the files that people write.

PyYAML's parser yields the events; their meaning is YAML 1.2's core schema, cut to the needs
of data files: ``NO`` is Norway, ``1:30`` and ``2023-07-14`` are texts, ``012`` and ``4.50``
stay as written, so a text that looks like a number loses nothing. No tag makes an object,
and no alias makes a small file large.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from releasecal.errors import DataError, Place, Problem
from releasecal.sources.notation.clean_text import MAX_LEVELS, MAX_SLIPS, shown
from releasecal.sources.notation.locator import ALIAS, END, LIST, MAPPING, SCALAR, Event, Locator

_MAX_EXPANDED = 1_000_000  # values repeated by the aliases of one file
_A_VALUE = 64  # characters; a longer text counts as several values

# libyaml is about ten times as fast, but not everywhere.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_Mark = Any  # a class for each parser, with the same attributes

_KINDS = {
    yaml.ScalarEvent: SCALAR,
    yaml.AliasEvent: ALIAS,
    yaml.SequenceStartEvent: LIST,
    yaml.MappingStartEvent: MAPPING,
    yaml.SequenceEndEvent: END,
    yaml.MappingEndEvent: END,
}
_LINE = 32  # bits for the column, below those for the line

_STR = "tag:yaml.org,2002:str"
_TEXT_TAGS = (None, "!", _STR)
_WORDS: Mapping[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
# Only what str() gives back unchanged is a number.
_is_date = re.compile(r"[0-9]{4}(-[0-9A-Za-z-]+)?").fullmatch
_is_number = re.compile("0|-?[1-9][0-9]{0,17}").fullmatch

_NO_BEGINNING = "a text cannot begin like this", "put it in quotes"

# A pattern for the parser's words, the character there and the line before it; our words
# and remedy. {begun} is the line and column where the broken part begins.
_MESSAGES = (
    (
        "mapping values are not allowed.* after <.*:[ \"']",
        "a colon where none can be",
        'put a text that has ": " in it in quotes',
    ),
    (
        "mapping values are not allowed",
        "a field where none can be",
        'check the indentation, and that the field above is written "name: value"',
    ),
    (r"'\\t' after", "a tab where spaces belong", "indent with spaces"),
    ("mapping keys are not|cannot start any token", *_NO_BEGINNING),
    ("scanning an (alias|anchor)|block node", *_NO_BEGINNING),
    ("escape|hex", "a backslash that starts nothing", "in single quotes it stands for itself"),
    ("quoted scalar", "the quotation mark at {begun} is not closed", "close it"),
    (
        "block scalar",
        "a text that cannot follow | or >",
        "begin it on the next line, or put it in quotes",
    ),
    ("sequence entries", "a dash where none can be", "begin the list on a line of its own"),
    (
        r"block (mapping|collection|sequence).* after <[ -]*[^ >-]",
        "something after the end of a value",
        "take it out, or put the value in single quotes, each ' in it twice: 'It''s'",
    ),
    ("block (mapping|collection|sequence)", "out of line", "check the indentation"),
    ("flow node", "a value is missing, or a closing bracket", "check [ ] and { }, and the commas"),
    (
        "flow (mapping|sequence)",
        "a comma is missing, or what closes the bracket at {begun}",
        "check [ ] and { }",
    ),
    (
        "simple key|':'",
        "a colon is missing after what begins at {begun}",
        'a field is written "name: value", with a space',
    ),
    ("document start", "something after the end", "one file holds one YAML document"),
    ("tag", "a tag that leads nowhere", "take it out, or put a text that begins with ! in quotes"),
    ("YAML document|directive", "a directive that means nothing here", "take the % line out"),
)


class _Enough(Exception):
    """End of reading, for the rest has no meaning."""


@dataclass(slots=True)
class _Frame:
    """
    A list or mapping without its end yet.

    Attributes:
        weight: Number of values at any depth, itself and those of aliases included.
        name: Field of the next value; None where a name comes next.
    """

    values: Any
    mark: _Mark
    anchor: str | None
    weight: int = 1
    name: str | None = None


class _Builder:
    """Turns events into plain values, one by one and without recursion."""

    def __init__(self, origin: str) -> None:
        self.problems: list[Problem] = []
        self.value: Any = None
        self._origin = origin
        self._documents = 0
        self._expanded = 0
        self._open: list[_Frame] = []
        self._anchors: dict[str, tuple[Any, int]] = {}  # by name: value, weight
        self._take: Mapping[type[yaml.Event], Callable[[Any], None]] = {
            yaml.DocumentStartEvent: self._document,
            yaml.ScalarEvent: self._scalar,
            yaml.AliasEvent: self._alias,
            yaml.SequenceStartEvent: self._begin,
            yaml.MappingStartEvent: self._begin,
            yaml.SequenceEndEvent: self._end,
            yaml.MappingEndEvent: self._end,
        }

    def build(self, text: str) -> None:
        """Take *text*, up to the first error that makes the rest meaningless."""
        try:
            for event in events(text):
                take = self._take.get(type(event))
                if take:
                    take(event)
        except yaml.YAMLError as error:
            self.problems.append(_syntax(error, text, self._origin))
        except _Enough:
            pass

    def _document(self, event: Any) -> None:
        self._documents += 1
        if self._documents > 1:
            self._stop(event.start_mark, "a second document starts here", "make it a second file")

    def _scalar(self, event: Any) -> None:
        value: Any = event.value
        if event.tag not in _TEXT_TAGS:
            self._complain_of_tag(event)
        elif event.tag is None and event.implicit[0]:
            value = _resolve(value)
        if event.anchor:
            self._anchors[event.anchor] = value, 1 + len(event.value) // _A_VALUE
        self._add(value, event.start_mark, 1)

    def _alias(self, event: Any) -> None:
        name = event.anchor
        if any(frame.anchor == name for frame in self._open):
            self._stop(
                event.start_mark, f"*{name} repeats itself without end", "write out what is meant"
            )
        if name not in self._anchors:
            what = f"there is no &{name} before this *{name}"
            remedy = "write out what is meant, or put a text that begins with * in quotes"
            self._complain(event.start_mark, what, remedy)
        value, weight = self._anchors.get(name, (None, 1))
        self._expanded += weight
        if self._expanded > _MAX_EXPANDED:
            what = f"aliases repeat more than {_MAX_EXPANDED:,} values"
            self._stop(event.start_mark, what, "write out what is meant")
        self._add(value, event.start_mark, weight)

    def _begin(self, event: Any) -> None:
        if len(self._open) == MAX_LEVELS:
            remedy = f"{MAX_LEVELS} levels are the most"
            self._stop(event.start_mark, "nested too deeply", remedy)
        if event.tag is not None:
            self._complain_of_tag(event)
        values: Any = [] if isinstance(event, yaml.SequenceStartEvent) else {}
        self._open.append(_Frame(values, event.start_mark, event.anchor))

    def _end(self, _event: yaml.Event) -> None:
        frame = self._open.pop()
        if frame.anchor:
            self._anchors[frame.anchor] = frame.values, frame.weight
        self._add(frame.values, frame.mark, frame.weight)

    def _add(self, value: Any, mark: _Mark, weight: int) -> None:
        """Put *value* in its place: as name or value of a mapping, item of a list, or whole."""
        if not self._open:
            self.value = value
            return
        frame = self._open[-1]
        frame.weight += weight
        if isinstance(frame.values, list):
            frame.values.append(value)
        elif frame.name is None:
            frame.name = self._named(frame, value, mark)
        else:
            frame.values[frame.name] = value
            frame.name = None

    def _named(self, frame: _Frame, value: Any, mark: _Mark) -> str:
        """Return *value* as a field's name, after a complaint if it cannot be one."""
        if not isinstance(value, str):
            what = f"a field's name is a word, not {shown(value)}"
            self._complain(mark, what, "put it in quotes")
        elif value in frame.values:
            self._complain(mark, f"the field {shown(value)} is there twice", "keep one of them")
        return str(value)

    def _complain_of_tag(self, event: Any) -> None:
        tag = str(getattr(event, "tag", "")).removeprefix("tag:yaml.org,2002:")
        what = f"the tag {shown(tag)} means nothing here"
        remedy = "take it out, or put a text that begins with ! in quotes"
        self._complain(event.start_mark, what, remedy)

    def _complain(self, mark: _Mark, what: str, remedy: str = "") -> None:
        self.problems.append(Problem(_place(mark, self._origin), what, remedy))
        if len(self.problems) == MAX_SLIPS:
            raise _Enough

    def _stop(self, mark: _Mark, what: str, remedy: str) -> None:
        self._complain(mark, what, remedy)
        raise _Enough


def events(text: str) -> Iterator[yaml.Event]:
    """Yield the events of *text*; `yaml.YAMLError` where it is none."""
    try:
        yield from yaml.parse(text, Loader=_Loader)
    except (OverflowError, ValueError) as error:  # only of the parser in Python
        raise yaml.YAMLError("an escape for no character") from error


def parse(text: str, origin: str) -> object:
    """
    Return *text* as plain values: texts, whole numbers, true, false, None, lists, dicts.

    Raises:
        DataError: It is not YAML, or YAML that we refuse; the first hundred problems.
    """
    builder = _Builder(origin)
    builder.build(text)
    if builder.problems:
        raise DataError(builder.problems)
    return builder.value


# A comment without a space after its #, behind something; an anchor or a bare tag for a text.
_COMMENT = re.compile(r"[ \t]+#[^\s#!-]")
_SURPRISING = re.compile(r"\S[ \t]+#[^\s#!-]|[:,\[{-][ \t]+[&!]")


class _Remarker(_Builder):
    """Builder that also notes texts of which YAML takes away a part."""

    def __init__(self, text: str, origin: str) -> None:
        super().__init__(origin)
        self._text = text
        self._unused: dict[str, tuple[_Mark, str]] = {}  # by anchor: where, and the text
        self.remarks: list[Problem] = []

    def finish(self) -> Sequence[Problem]:
        """Read the text, and return the remarks, in its order."""
        self.build(self._text)
        for anchor, (mark, value) in self._unused.items():
            self._remark(mark, f"&{anchor} names the text {shown(value)} and is no part of it")
        return sorted(self.remarks)

    def _scalar(self, event: Any) -> None:
        super()._scalar(event)
        is_word = isinstance(_resolve(event.value), str) and not _is_date(event.value)
        if event.style or not is_word:  # in quotes, a block, or no text to be cut
            return
        if event.tag == "!":
            self._remark(event.start_mark, f"! is no part of the text {shown(event.value)}")
        if event.anchor:
            self._unused[event.anchor] = event.start_mark, event.value
        if _COMMENT.match(self._text, event.end_mark.index):
            what = f"the text ends before the #, as {shown(event.value)}: a comment begins there"
            self._remark(event.start_mark, what)

    def _alias(self, event: Any) -> None:
        super()._alias(event)
        self._unused.pop(event.anchor, None)  # which is used, so it was meant

    def _remark(self, mark: _Mark, what: str) -> None:
        remedy = "put all of it in quotes, if it is part of the text"
        self.remarks.append(Problem(_place(mark, self._origin), what, remedy))


def remarks(text: str, origin: str) -> Sequence[Problem]:
    """Return a note for each value of which YAML takes away a part, in a *text* that `parse` took."""
    return _Remarker(text, origin).finish() if _SURPRISING.search(text) else ()


def locate(text: str, origin: str) -> Locator:
    """Return the places of a *text* that `parse` has understood."""

    def place(spot: int) -> Place:
        return Place(origin, (spot >> _LINE) + 1, spot % (1 << _LINE) + 1)

    return Locator(_marked(text), place, origin)


def _marked(text: str) -> Iterator[Event]:
    """Yield the events of *text*, with line and column in one number as spots."""
    texts: dict[str, str | None] = {}  # by anchor; None for that of a list or mapping
    event: Any
    for event in events(text):
        kind = _KINDS.get(type(event))
        if kind is None:
            continue
        said = event.value if kind == SCALAR else getattr(event, "anchor", None) or ""
        if kind == ALIAS and texts[said] is not None:
            kind, said = SCALAR, texts[said]
        elif kind != END and event.anchor:
            texts[event.anchor] = said if kind == SCALAR else None
        yield kind, event.start_mark.line << _LINE | event.start_mark.column, said


def _resolve(word: str) -> str | int | bool | None:
    """Return the meaning of a *word* without quotes (YAML 1.2.2 § 10.3.2, in part)."""
    if word in _WORDS:
        return _WORDS[word]
    return int(word) if _is_number(word) else word


def _place(mark: _Mark, origin: str) -> Place:
    return Place(origin, mark.line + 1, mark.column + 1)


def _syntax(error: yaml.YAMLError, text: str, origin: str) -> Problem:
    mark = getattr(error, "problem_mark", None)
    where = _place(mark, origin) if mark else Place(origin)
    said = f"{getattr(error, 'context', None) or ''} {getattr(error, 'problem', error)}".strip()
    here = text[mark.index : mark.index + 1] if mark else ""
    before = text[mark.index - mark.column : mark.index] if mark else ""
    start = getattr(error, "context_mark", None) or mark
    begun = f"{start.line + 1}:{start.column + 1}" if start else "an unknown place"
    for pattern, what, remedy in _MESSAGES:
        if re.search(pattern, f"{said} {here!r} after <{before}>"):
            return Problem(where, f"not YAML: {what.format(begun=begun)}", remedy)
    return Problem(where, f"not YAML: {said}", "see https://yaml.org/spec/1.2.2")
