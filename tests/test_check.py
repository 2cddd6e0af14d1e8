"""check.py: a step that failed is never forgotten."""

from importlib import import_module

import pytest

from support.paths import ROOT


@pytest.fixture
def check(monkeypatch):
    monkeypatch.syspath_prepend(ROOT)
    return import_module("check")


@pytest.mark.parametrize(
    ("statuses", "options", "settled"),
    [
        ([0, 0, 0], [], [0, 0, 0]),
        ([5, 0, 0], [], [5, 0, 0]),
        ([5, 0, 0], ["-k", "x"], [0, 0, 0]),
        ([0, 5, 5], ["-k", "x"], [0, 0, 0]),
        ([5, 1, 5], ["-k", "x"], [0, 1, 0]),
        ([5, 5, 5], ["-k", "x"], [5, 5, 5]),
        ([1, 2, 0], ["-k", "x"], [1, 2, 0]),
    ],
)
def test_options_may_select_tests_of_one_step_alone(check, statuses, options, settled):
    """No tests in some of the steps is no failure where options select; none at all is one."""
    assert check.settle(statuses, options) == settled


def test_the_whole_suite_runs_on_postgresql_too(check):
    """As it is collected: no file and no marker narrows what tests/conftest.py leaves in."""
    *_, (name, arguments, _) = check.steps([])
    assert name == "PostgreSQL"
    assert arguments[:2] == ["-m", "pytest"]
    assert {*arguments[2:]} & {"-m", "-k", "--deselect", "--ignore"} == set()
    assert [each for each in arguments[2:] if "tests" in each] == []
    assert "PostgreSQL" not in [name for name, *_ in check.steps(["-k", "titles"])]
