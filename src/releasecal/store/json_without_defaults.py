"""
JSON of values without the fields that have their default, by functions generated for their classes.

The text is pydantic's, octet for octet, in two thirds of its time: a first edition of a large catalogue
has millions of values, and nearly all of their fields have their default.
"""

from collections.abc import Callable, Iterator
from dataclasses import MISSING, fields, is_dataclass
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec


def encoder(of: Any) -> Callable[[Any], str]:
    """Return the function that returns a value of the type *of* as JSON."""
    program = _Program()
    encoded = program.encoded(of, "value")
    program.lines += ["def encode(value):", f" return to_json({encoded}).decode()"]
    names = {"to_json": msgspec.json.Encoder().encode, **program.names}
    exec("\n".join(program.lines), names)  # noqa: S102 - names of fields, as in the module `dataclasses`
    encode: Callable[[Any], str] = names["encode"]
    return encode


class _Program:
    """
    The functions that make a dict of each dataclass; msgspec encodes these, and all else as it is.

    Attributes:
        lines: Their text.
        names: The defaults and classes that they name.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.names: dict[str, Any] = {}
        self._functions: dict[Any, str] = {}

    def encoded(self, of: Any, value: str) -> str:
        """Return the expression to encode for the expression *value*, whose type is *of*."""
        parts = get_args(of)
        if is_dataclass(of):
            return f"{self._function(of)}({value})"
        if get_origin(of) in {Union, UnionType}:
            return self._of_union(parts, value)
        if get_origin(of) is not tuple:
            return value
        if parts[-1] is Ellipsis:
            each = self.encoded(parts[0], "each")
            return value if each == "each" else f"[{each} for each in {value}]"
        items = [self.encoded(part, f"{value}[{at}]") for at, part in enumerate(parts)]
        return f"({', '.join(items)},)"

    def _of_union(self, parts: tuple[Any, ...], value: str) -> str:
        found = value
        for part in parts:
            if (encoded := self.encoded(part, value)) != value:
                kind = get_origin(part) or part
                self.names[kind.__name__] = kind
                found = f"({encoded} if isinstance({value}, {kind.__name__}) else {found})"
        return found

    def _function(self, of: Any) -> str:
        """Return the name of the function for the dataclass *of*."""
        if of not in self._functions:
            self._functions[of] = f"of_{len(self._functions)}"
            self.lines += [*self._function_lines(of, self._functions[of])]
        return self._functions[of]

    def _function_lines(self, of: Any, name: str) -> Iterator[str]:
        types = get_type_hints(of)
        yield f"def {name}(value):"
        yield " found = {}"
        for field in fields(of):
            assert field.default_factory is MISSING
            default = f"{name}_{field.name}"
            self.names[default] = field.default
            # Any other default is one object, and dataclasses take a call to be compared.
            unlike = "!=" if isinstance(field.default, str | int | tuple) else "is not"
            told = "True" if field.default is MISSING else f"each {unlike} {default}"
            encoded = self.encoded(types[field.name], "each")
            yield f" each = value.{field.name}"
            yield f" if {told}: found['{field.name}'] = {encoded}"
        yield " return found"
