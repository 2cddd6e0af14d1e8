"""The threat model is true: each threat has its tests, and they are there."""

import ast
import re

import pytest

from support.paths import ROOT

PAGE = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
ROWS = [
    tuple(cell.strip() for cell in row.strip("|").split(" | "))
    for row in re.findall(r"^\| (?!threat|---).*\|$", PAGE, re.MULTILINE)
]
TESTS = {cells[0]: re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", cells[-1]) for cells in ROWS}


def names_in(path: str) -> set[str]:
    """Return the names of the tests in the file at *path*, of classes too."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("threat", TESTS)
def test_each_threat_has_its_tests(threat):
    """The tests that a threat names exist, and there is one at least."""
    assert TESTS[threat]
    assert [each for path, each in TESTS[threat] if each not in names_in(path)] == []


def test_every_threat_says_what_stands_against_it():
    """A row has three cells, and no threat stands there twice."""
    assert {len(cells) for cells in ROWS} == {3}
    assert len(TESTS) == len(ROWS) > 20


def test_the_threat_model_is_one_page():
    """It has 75 lines at most."""
    assert len(PAGE.splitlines()) <= 75
