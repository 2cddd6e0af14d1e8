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
