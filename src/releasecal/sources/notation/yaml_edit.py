"""
Edits: a text in YAML gets one more item or field, and keeps everything else as it stands.

Libraries that write YAML anew lose some of its layout. Here a few lines are put in at a place
that the parser's marks give. An edit promises nothing about its result: whoever asks for one
reads the text again, and compares.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import yaml

from releasecal.sources.notation.clean_text import Steps
from releasecal.sources.notation.yaml import events
from releasecal.sources.notation.yaml_text import block, flow, item, scalar

_STEP = 2  # columns of indentation
_BLOCK_SCALARS = ("|", ">")


@dataclass(slots=True)
class _Node:
    """
    A value in a text.

    Attributes:
        start: Offset of its first character; of a block list, of its first dash.
        end: Offset behind its last character.
        column: Of its first character.
        is_flow: Whether it is in brackets, or a scalar.
        children: Of a list its items; of a mapping its names and values in turn.
    """

    start: int
    end: int
    column: int
    is_flow: bool
    is_mapping: bool = False
    name: str = ""
    children: "list[_Node]" = field(default_factory=list)

    @property
    def pairs(self) -> "list[tuple[_Node, _Node]]":
        """The names and values of a mapping."""
        return list(zip(self.children[::2], self.children[1::2], strict=True))


def _tree(text: str) -> _Node:
    """
    Return the outermost value of *text*.

    Raises:
        LookupError: There is none.
        ValueError: It is no YAML, for instance after an edit.
    """
    try:
        found = list(events(text))
    except yaml.YAMLError as error:
        raise ValueError("no YAML") from error
    top = _Node(0, 0, 0, is_flow=False)
    open_ = [top]
    event: Any
    for event in found:
        match event:
            case yaml.ScalarEvent() | yaml.AliasEvent():
                open_[-1].children.append(_leaf(event, text))
            case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                is_mapping = isinstance(event, yaml.MappingStartEvent)
                mark: Any = event.start_mark
                node = _Node(mark.index, 0, mark.column, bool(event.flow_style), is_mapping)
                open_[-1].children.append(node)
                open_.append(node)
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                node, mark = open_.pop(), event.end_mark
                last = node.children[-1].end if node.children else node.start
                node.end = mark.index if node.is_flow else last
    return top.children[0]


def _leaf(event: Any, text: str) -> _Node:
    """Return a scalar or alias; the mark behind a block of text is behind its empty lines."""
    start, end = event.start_mark, event.end_mark.index
    if getattr(event, "style", None) in _BLOCK_SCALARS:
        end = len(text[:end].rstrip())
    return _Node(start.index, end, start.column, is_flow=True, name=getattr(event, "value", ""))


def _at(node: _Node, steps: Steps) -> _Node:
    """
    Return the value at *steps* from *node*.

    Raises:
        LookupError: There is none.
    """
    for step in steps:
        if isinstance(step, int):
            node = node.children[step]
        else:
            node = {name.name: value for name, value in node.pairs}[step]
    return node


def with_item(text: str, steps: Steps, value: object) -> str:
    """
    Return *text* with *value* as the last item of the list at *steps*.

    Raises:
        LookupError: There is no such list.
    """
    top = _tree(text)
    node, parent = _at(top, steps), _at(top, steps[:-1])
    if not node.is_flow:
        return _with_lines(text, node.end, item(value, " " * node.column))
    if node.children:
        return f"{text[: node.children[-1].end]}, {flow(value)}{text[node.children[-1].end :]}"
    if parent.is_flow:
        return f"{text[: node.start]}{flow([value])}{text[node.end :]}"
    # An empty list in brackets becomes one with dashes.
    before = text[: node.start].rstrip(" ")
    lines = item(value, " " * (parent.column + _STEP))
    return _with_lines(before + text[node.end :], len(before), lines)


def with_field(text: str, steps: Steps, name: str, value: object) -> str:
    """
    Return *text* with another field at the end of the mapping at *steps*.

    Raises:
        LookupError: There is no such mapping.
    """
    node = _at(_tree(text), steps)
    if not node.is_flow:
        lines = [" " * node.column + line for line in block({name: value})]
        return _with_lines(text, node.end, lines)
    at = node.children[-1].end if node.children else node.start + 1
    comma = ", " if node.children else ""
    return f"{text[:at]}{comma}{scalar(name)}: {flow(value)}{text[at:]}"


def with_list(text: str, steps: Steps, name: str, fields: Collection[str]) -> str:
    """
    Return *text* whose mapping at *steps* has its *fields* in the one item of a list *name*.

    Raises:
        LookupError: There is no such mapping, or none of the fields.
    """
    top = _tree(text)
    node, parent = _at(top, steps), _at(top, steps[:-1])
    indent = "\n" + " " * node.column
    if node.is_flow:
        parts = [(key.name in fields, text[key.start : value.end]) for key, value in node.pairs]
        own = [part for is_moved, part in parts if not is_moved]
        moved = ", ".join(part for is_moved, part in parts if is_moved)
        if parent.is_flow:
            new = "{" + ", ".join([*own, f"{name}: [{{{moved}}}]"]) + "}"
        else:
            new = indent.join([*own, f"{name}:", f"  - {{{moved}}}"])
        return text[: node.start] + new + text[node.end :]
    lines = list(_regrouped(text, node, name, fields))
    return text[: node.start] + indent.join(lines) + text[_line_end(text, node.end) :]


def _regrouped(text: str, node: _Node, name: str, fields: Collection[str]) -> Iterator[str]:
    """Yield the lines of the block mapping *node*, its *fields* gathered where the first stood."""
    starts = [key.start for key, _ in node.pairs] + [_line_end(text, node.end)]
    chunks = [text[one:other].rstrip().split("\n") for one, other in pairwise(starts)]
    moved = [
        chunk for (key, _), chunk in zip(node.pairs, chunks, strict=True) if key.name in fields
    ]
    gathered = [f"{name}:"]
    for chunk in moved:
        dash = "- " if len(gathered) == 1 else "  "
        gathered += [f"  {dash}{chunk[0]}", *(f"    {line[node.column :]}" for line in chunk[1:])]
    for (key, _), chunk in zip(node.pairs, chunks, strict=True):
        if key.name not in fields:
            yield chunk[0]
            yield from (line[node.column :] for line in chunk[1:])
        elif chunk is moved[0]:
            yield from gathered


def _with_lines(text: str, after: int, lines: Sequence[str]) -> str:
    """Return *text* with *lines* behind the one with the offset *after*."""
    at = _line_end(text, after)
    return text[:at] + "".join(f"\n{line}" for line in lines) + text[at:]


def _line_end(text: str, offset: int) -> int:
    """Return the offset of the end of the line that *offset* is in."""
    found = text.find("\n", offset)
    return len(text) if found < 0 else found
