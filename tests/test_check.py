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


def test_what_runs_on_postgresql_is_there(check):
    """A test module that gets another name would be left out, or end the run."""
    assert [path for path in check.ON_POSTGRESQL if not (ROOT / path).exists()] == []
