"""YAML as people would write it: from plain values to text that `yaml` reads back as the same."""

import re
from collections.abc import Iterator, Mapping, Sequence

from releasecal.sources.notation.yaml import parse

_WIDTH = 100
_STEP = "  "
_is_plain = re.compile(r"[^\W_]([\w .'&!()/+-]|:(?! |$))*").fullmatch
# What other readers, of YAML 1.1, take for true, false or a number.
_is_misread = re.compile(r"(?i:y|n|yes|no|on|off)|[0-9][0-9_.:e+]*", re.ASCII).fullmatch


def written(value: Mapping[str, object]) -> str:
    """Return *value*, a mapping at the top of a file, as YAML that reads back as the same."""
    text = "".join(f"{line}\n" for line in block(value))
    assert parse(text, "") == value
    return text


def scalar(value: object) -> str:
    """Return a text, whole number, true, false or None as a value fits into any place."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return str(value)
    is_bare = _is_plain(value) and value == value.strip() and not _is_misread(value)
    if is_bare and parse(value, "") == value:
        return value
    return f'"{"".join(map(_escaped, value))}"'


def _escaped(char: str) -> str:
    """Return *char* as it stands between double quotes (YAML 1.2.2 § 5.7)."""
    if char in '"\\':
        return f"\\{char}"
    return char if char.isprintable() else f"\\U{ord(char):08x}"


def flow(value: object) -> str:
    """Return *value* in one line, mappings and lists in brackets."""
    if isinstance(value, Mapping):
        return (
            "{" + ", ".join(f"{scalar(name)}: {flow(part)}" for name, part in value.items()) + "}"
        )
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    return scalar(value)


def item(value: object, indent: str) -> list[str]:
    """Return the lines of *value* as one of a list whose dashes stand behind *indent*."""
    short = f"{indent}- {flow(value)}"
    if not isinstance(value, Mapping) or (_is_leaf(value) and len(short) <= _WIDTH):
        return [short]
    first, *rest = block(value)
    return [f"{indent}- {first}", *(f"{indent}{_STEP}{line}" for line in rest)]


def block(value: Mapping[str, object]) -> Iterator[str]:
    """Yield the lines of a mapping, a field each, and of lists of mappings an item each."""
    for name, part in value.items():
        short = f"{scalar(name)}: {flow(part)}"
        if isinstance(part, list | tuple) and any(isinstance(each, Mapping) for each in part):
            yield f"{scalar(name)}:"
            yield from _items(part)
        elif isinstance(part, Mapping) and not (_is_leaf(part) and len(short) <= _WIDTH):
            yield f"{scalar(name)}:"
            yield from (f"{_STEP}{line}" for line in block(part))
        else:
            yield short


def _items(values: Sequence[object]) -> Iterator[str]:
    for value in values:
        yield from item(value, _STEP)


def _is_leaf(value: Mapping[str, object]) -> bool:
    """Whether there are neither lists of mappings nor mappings in *value*."""
    return not any(isinstance(part, Mapping | list | tuple) for part in value.values())
