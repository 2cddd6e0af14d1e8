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
        ([0, 0], [], [0, 0]),
        ([5, 0], [], [5, 0]),
        ([5, 0], ["-k", "x"], [0, 0]),
        ([0, 5], ["-k", "x"], [0, 0]),
        ([5, 1], ["-k", "x"], [0, 1]),
        ([5, 5], ["-k", "x"], [5, 5]),
        ([1, 2], ["-k", "x"], [1, 2]),
    ],
)
def test_options_may_select_tests_of_one_step_alone(check, statuses, options, settled):
    """No tests in one of both steps is no failure where options select; none at all is one."""
    assert check.settle(statuses, options) == settled
