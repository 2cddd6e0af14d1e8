"""
Values made quickly: of a large catalogue there are millions.

A frozen dataclass sets each of its fields by a call, and `dataclasses.replace` looks each of them up
by its name. Here a new value gets its fields while it is still of an open class with the same
slots, and then becomes one of the frozen class: no field takes a call.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

__all__ = ["quick", "replace"]

T = TypeVar("T")

_become = object.__dict__["__class__"].__set__
_COPIED: dict[type, Callable[[Any, Mapping[str, Any]], Any]] = {}


def quick(cls: type[T]) -> type[T]:
    """
    Return *cls*, a frozen dataclass with slots and without subclasses, whose values are made quickly.

    No field may have a factory, and there may be no `__post_init__`.
    """
    fields = dataclasses.fields(cls)  # type: ignore[arg-type]  # `type[T]` does not tell
    assert not hasattr(cls, "__post_init__")
    assert all(each.init and each.default_factory is dataclasses.MISSING for each in fields)
    open_class = type(cls.__name__, (), {"__slots__": cls.__slots__})  # type: ignore[attr-defined]
    made: dict[str, Any] = {"Open": open_class, "Frozen": cls}
    made |= {"become": _become, "make": object.__new__, "fields": cls.__dataclass_fields__}  # type: ignore[attr-defined]
    exec(_program(fields), made)  # noqa: S102 - names of fields, as in the module `dataclasses`
    made["__init__"].__qualname__ = f"{cls.__qualname__}.__init__"
    type.__setattr__(cls, "__init__", made["__init__"])
    _COPIED[cls] = made["copied"]
    return cls


def _program(fields: Sequence[dataclasses.Field[Any]]) -> str:
    """Return the functions ``__init__`` and ``copied`` for a class with *fields*."""
    names = [each.name for each in fields]
    taken = [
        each.name
        + ("" if each.default is dataclasses.MISSING else f"=fields['{each.name}'].default")
        for each in fields
    ]
    init = ["become(self, Open)", *(f"self.{name} = {name}" for name in names)]
    copied = ["new = make(Open)", *(f"new.{name} = old.{name}" for name in names)]
    copied += ["for name, value in changes.items(): setattr(new, name, value)"]
    return "\n ".join(
        [f"def __init__(self, {', '.join(taken)}):", *init, "become(self, Frozen)"]
    ) + "\n ".join(["\ndef copied(old, changes):", *copied, "become(new, Frozen)", "return new"])


def _replaced(value: Any, /, **changes: Any) -> Any:
    """Return *value* with *changes* of its fields, as `dataclasses.replace` does."""
    copied = _COPIED.get(type(value))
    return copied(value, changes) if copied else dataclasses.replace(value, **changes)


# By its own name, for mypy knows the names and types of fields in the calls of that one alone.
globals()["replace"] = _replaced
