"""
Values: frozen dataclasses with slots, which take little to define, to make and to replace.

Python's own generates six functions for each class when it is defined, at half a millisecond a class:
a tenth of the start of a server, most of whose 180 classes have no value before the first answer.
It sets each field by a call, and `dataclasses.replace` looks each of them up by its name; of a large
catalogue there are millions of values.

Here the functions are generated once the first of them is called. A new value gets its fields while
it is still of an open class with the same slots, and then becomes one of the frozen class: no field
takes a call.
"""

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, fields, replace
from itertools import groupby
from reprlib import recursive_repr
from typing import Any, TypeVar

__all__ = ["dataclass", "replace"]

T = TypeVar("T")

_become = object.__dict__["__class__"].__set__
_COPIED: dict[type, Callable[[Any, Mapping[str, Any]], Any]] = {}
_ORDER = {"__lt__": "<", "__le__": "<=", "__gt__": ">", "__ge__": ">="}


def _dataclass(
    *,
    frozen: bool = False,
    slots: bool = False,
    order: bool = False,
    eq: bool = True,
    repr: bool = True,  # noqa: A002 - as `dataclasses.dataclass` has it
) -> Callable[[type[T]], type[T]]:
    """
    Return what `dataclasses.dataclass` does, for a class that is *frozen* and has *slots* more quickly.

    Such a class has no `__post_init__`, and all its fields are parameters.
    """
    if not (frozen and slots):
        return dataclasses.dataclass(frozen=frozen, slots=slots, order=order, eq=eq, repr=repr)

    def defined(cls: type[T]) -> type[T]:
        given: dict[str, Callable[..., Any]] = {"__setattr__": _refuse, "__delattr__": _refuse}
        given |= {"__getstate__": _state, "__setstate__": _set_state}
        given |= {"__repr__": _shown} if repr and "__repr__" not in cls.__dict__ else {}
        for name, function in given.items():
            setattr(cls, name, function)
        cls.__doc__ = (
            cls.__doc__ or cls.__name__
        )  # or else `dataclasses` makes one of the signature
        made = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True)(cls)
        assert not hasattr(made, "__post_init__")
        assert all(each.init for each in fields(made))  # type: ignore[arg-type]  # `type[T]` does not tell
        names = ["__init__", *["__eq__", "__hash__"] * eq, *[*_ORDER] * order]
        names = [name for name in names if name not in cls.__dict__]
        for name in names:
            setattr(made, name, _first(made, name, names))
        return made

    return defined


def _first(cls: type, name: str, names: Sequence[str]) -> Callable[..., Any]:
    """Return the function *name* of *cls* until it is called: it generates all with these *names*."""

    def first(self: object, /, *given: Any, **named: Any) -> Any:
        _generate(cls, names)
        return getattr(cls, name)(self, *given, **named)

    return first


def _generate(cls: type, names: Sequence[str]) -> None:
    """Give *cls* its functions with these *names*, and `replace` one that copies its values."""
    slots: Mapping[str, Any] = {"__slots__": cls.__slots__, "__setattr__": object.__setattr__}  # type: ignore[attr-defined]  # as for `fields`
    open_class = type(cls.__name__, cls.__bases__, dict(slots))
    made: dict[str, Any] = {"_Open": open_class, "_Frozen": cls, "_MISSING": MISSING}
    made |= {"_become": _become, "_make": object.__new__, "_set": object.__setattr__}
    made["_fields"] = cls.__dataclass_fields__  # type: ignore[attr-defined]  # as above
    exec("\n".join(_program(fields(cls), names)), made)  # noqa: S102 - names of fields, as in the module `dataclasses`
    for name in names:
        made[name].__qualname__ = f"{cls.__qualname__}.{name}"
        setattr(cls, name, made[name])
    _COPIED[cls] = made["copied"]


def _program(of: Sequence[Field[Any]], names: Sequence[str]) -> Iterator[str]:
    """Yield the functions with these *names*, and ``copied``, for a class with the fields *of*."""
    yield f"def __init__(self, {', '.join(_parameters(of))}):"
    for each in of:
        if each.default_factory is not MISSING:
            yield f" if {each.name} is _MISSING: {each.name} = _fields['{each.name}'].default_factory()"
    yield " if self.__class__ is _Frozen:"
    yield "  _become(self, _Open)"
    yield from (f"  self.{each.name} = {each.name}" for each in of)
    yield "  _become(self, _Frozen)"
    yield " else:"  # of a subclass, whose layout is another one
    yield from (f"  _set(self, '{each.name}', {each.name})" for each in of)
    yield "  pass"
    yield "def copied(old, changes):"
    yield " new = _make(_Open)"
    yield from (f" new.{each.name} = old.{each.name}" for each in of)
    yield " for name, value in changes.items(): setattr(new, name, value)"
    yield " _become(new, _Frozen)"
    yield " return new"
    ours, theirs = (
        "".join(f"{owner}.{each.name}, " for each in of if each.compare)
        for owner in ("self", "other")
    )
    if "__hash__" in names:
        yield f"def __hash__(self): return hash(({ours}))"
    for name, sign in {"__eq__": "==", **_ORDER}.items():
        if name in names:
            yield f"def {name}(self, other):"
            yield " if other.__class__ is not self.__class__: return NotImplemented"
            yield f" return ({ours}) {sign} ({theirs})"


def _parameters(of: Sequence[Field[Any]]) -> Iterator[str]:
    """Yield the parameters for the fields *of* a class; those by name alone come last."""
    for is_named, several in groupby(sorted(of, key=_is_named), _is_named):
        yield from ["*"] * is_named
        for each in several:
            if each.default_factory is not MISSING:
                yield f"{each.name}=_MISSING"
            elif each.default is not MISSING:
                yield f"{each.name}=_fields['{each.name}'].default"
            else:
                yield each.name


def _is_named(field: Field[Any]) -> bool:
    return bool(field.kw_only)


def _refuse(_: object, name: str, *__: object) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _state(self: Any) -> list[Any]:
    return [getattr(self, each.name) for each in fields(self)]


def _set_state(self: Any, state: Sequence[Any]) -> None:
    for each, value in zip(fields(self), state, strict=True):
        object.__setattr__(self, each.name, value)


@recursive_repr()
def _shown(self: Any) -> str:
    parts = [f"{each.name}={getattr(self, each.name)!r}" for each in fields(self) if each.repr]
    return f"{type(self).__qualname__}({', '.join(parts)})"


def _replaced(value: Any, /, **changes: Any) -> Any:
    """Return *value* with *changes* of its fields, as `dataclasses.replace` does."""
    copied = _COPIED.get(type(value))
    return copied(value, changes) if copied else dataclasses.replace(value, **changes)


# By their own names, for mypy knows the names and types of fields by those alone.
globals().update(dataclass=_dataclass, replace=_replaced)
