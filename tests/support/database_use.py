"""
Which tests use a database: those whose code, or whose fixtures' code, leads to `database_url`.

As a plugin of pytest it has a test fail that uses one and would be left out elsewhere than SQLite
all the same: one that is not found so, and one that opens a SQLite file without being marked.
"""

import functools
import inspect
import sqlite3
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import pytest
from sqlalchemy import Engine, event

from support import database

TESTS = Path(__file__).parent.parent
DYNAMIC = "getfixturevalue"

_known: dict[int, tuple[Any, bool]] = {}
_running: list[pytest.Item] = []


def uses_database(item: pytest.Item) -> bool:
    """Whether *item* can call `database_url`: itself, its fixtures, or a helper of theirs."""
    return any(map(_leads, _beginnings(item)))


def _beginnings(item: pytest.Item) -> Iterator[Any]:
    """Yield what pytest calls for *item*, and what it hands in."""
    assert isinstance(item, pytest.Function)
    yield item.cls
    yield item.function
    if hasattr(item, "callspec"):
        yield from item.callspec.params.values()
    names, waiting = set[str](), [*item.fixturenames, *_asked(item.function)]
    while waiting:
        if (name := waiting.pop()) not in names:
            names.add(name)
            for fixture in reversed(item.session._fixturemanager.getfixturedefs(name, item) or ()):
                waiting += [*fixture.argnames, *_asked(fixture.func)]
                yield fixture.func
                if name not in fixture.argnames:
                    break  # it takes the place of those of wider scope


def _asked(function: Any) -> list[str]:
    """Return the texts in *function*, among which are the fixtures that it asks for by name."""
    codes = list(_codes(getattr(_plain(function), "__code__", None)))
    if not any(DYNAMIC in code.co_names for code in codes):
        return []
    return [text for code in codes for text in code.co_consts if isinstance(text, str)]


def _leads(beginning: Any) -> bool:
    """Whether *beginning* leads to `database_url`, which is found out once."""
    if id(beginning) not in _known:
        _known[id(beginning)] = (beginning, _leads_somehow(beginning))
    return _known[id(beginning)][1]


def _leads_somehow(beginning: Any) -> bool:
    seen: dict[int, Any] = {}  # which stay, so that no other has their id
    waiting = [beginning]
    while waiting:
        thing = _plain(waiting.pop())
        if thing is database.database_url:
            return True
        if id(thing) not in seen:
            seen[id(thing)] = thing
            waiting += _next(thing)
    return False


def _plain(thing: Any) -> Any:
    """Return the function in *thing*: a method, a part of a function, one that is decorated."""
    while True:
        if isinstance(thing, MethodType):
            thing = thing.__func__
        elif isinstance(thing, functools.partial | functools.cached_property):
            thing = thing.func
        elif isinstance(thing, property):
            thing = thing.fget
        elif isinstance(thing, FunctionType) and hasattr(thing, "hypothesis"):
            thing = thing.hypothesis.inner_test
        elif inspect.getattr_static(thing, "__wrapped__", None) is not None:
            thing = thing.__wrapped__
        else:
            return thing


def _next(thing: Any) -> Iterator[Any]:
    """Yield what *thing* refers to, if it is ours, or a library's around ours."""
    if isinstance(thing, FunctionType):
        yield from _around(thing)
        if _is_ours(thing.__code__.co_filename):
            yield from _names(thing)
    elif isinstance(thing, dict):
        yield from thing.values()
    elif isinstance(thing, list | tuple | set | frozenset):
        yield from thing
    else:
        of = thing if isinstance(thing, type) else type(thing)
        if _is_ours(getattr(sys.modules.get(of.__module__), "__file__", None)):
            for each in of.__mro__[:-1]:
                yield from vars(each).values()


def _names(function: FunctionType) -> Iterator[Any]:
    """Yield what *function* names: globals, attributes of modules, defaults."""
    names = {name for code in _codes(function.__code__) for name in code.co_names}
    for name in names & function.__globals__.keys():
        found = function.__globals__[name]
        if isinstance(found, ModuleType):
            yield from (vars(found)[each] for each in names & vars(found).keys())
        else:
            yield found
    yield from function.__defaults__ or ()
    yield from (function.__kwdefaults__ or {}).values()


def _around(function: FunctionType) -> Iterator[Any]:
    """Yield the variables around *function*."""
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:
            continue  # not bound yet


def _codes(code: CodeType | None) -> Iterator[CodeType]:
    """Yield *code* and what is defined in it."""
    if code:
        yield code
        for each in code.co_consts:
            if isinstance(each, CodeType):
                yield from _codes(each)


def _is_ours(path: str | None) -> bool:
    return path is not None and TESTS in Path(path).parents


def pytest_configure(config: pytest.Config) -> None:
    """Look at each database of the tests, wherever they are."""
    database.observe(_has_been_found)
    event.listen(Engine, "connect", _is_marked)
    config.add_cleanup(lambda: event.remove(Engine, "connect", _is_marked))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None]:
    """Remember which test runs."""
    _running.append(item)
    try:
        return (yield)
    finally:
        _running.remove(item)


def _has_been_found() -> None:
    """Have the running test fail if `uses_database` would leave it out."""
    if _running and not uses_database(_running[-1]):
        pytest.fail("not seen to use a database: tests/support/database_use.py must learn how")


def _is_marked(connection: Any, record: Any) -> None:
    """Have the running test fail if it uses SQLite by itself, without saying so."""
    del record
    if isinstance(connection, sqlite3.Connection) and _running:
        item = _running[-1]
        on_sqlite = item.config.getoption("--database") == "sqlite" and uses_database(item)
        if not on_sqlite and not item.get_closest_marker("sqlite"):
            pytest.fail("a SQLite file beside database_url(): mark the test sqlite, and say why")
