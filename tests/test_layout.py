"""The layout of the tests: a test module can be moved without a look at the others."""

import ast

from support.paths import PARSERS, TESTS

MODULES = [path for path in sorted(TESTS.rglob("*.py")) if PARSERS not in path.parents]


def imported(path):
    """Return each part of every dotted name that the module at *path* imports."""
    names = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names += [alias.name for alias in node.names]
            names += [getattr(node, "module", None) or ""]
    return {part for name in names for part in name.split(".")}


def test_nothing_is_imported_from_a_test_module():
    """Helpers of several test modules lie in `support` or in a conftest.py."""
    tests = {path.stem for path in MODULES if path.stem.startswith("test_")}

    found = {str(path.relative_to(TESTS)): imported(path) & tests for path in MODULES}

    assert {path: names for path, names in found.items() if names} == {}


def test_tests_of_sqlite_alone_say_why():
    """What is left out on PostgreSQL has a reason: ``@pytest.mark.sqlite("the plan is SQLite's")``."""
    nodes = [
        (path, node) for path in MODULES for node in ast.walk(ast.parse(path.read_text("utf-8")))
    ]
    marks = [(path, node) for path, node in nodes if _dotted(node) == "pytest.mark.sqlite"]
    reasoned = [
        node.func
        for _, node in nodes
        if isinstance(node, ast.Call)
        and [type(getattr(each, "value", None)) for each in node.args] == [str]
        and len(node.args[0].value.split()) > 2
    ]

    assert marks
    assert [f"{path.name}:{node.lineno}" for path, node in marks if node not in reasoned] == []


def _dotted(node):
    return ast.unparse(node) if isinstance(node, ast.Attribute) else ""
