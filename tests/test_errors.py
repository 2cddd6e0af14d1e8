"""Errors: each carries its problems as values."""

import pickle
from copy import copy

import pytest

from releasecal import errors
from releasecal.errors import (
    NOWHERE,
    DataError,
    Place,
    Problem,
    RefreshHeld,
    ReleasecalError,
    SettingsError,
    condensed,
)

PROBLEMS = [Problem(Place("b.yaml", 2, 3), "wrong", "right"), Problem(Place("a.yaml"), "empty")]


@pytest.mark.parametrize("through", [copy, lambda error: pickle.loads(pickle.dumps(error))])
def test_problems_survive_a_copy_and_a_process_border(through):
    """A copy has the same problems, in the same order, and the same text: one a line."""
    held = through(RefreshHeld.because(["one", "two"]))
    data = through(DataError(PROBLEMS))

    assert [problem.what for problem in held.problems] == ["one", "two"]
    assert all(line.startswith("held: ") for line in str(held).splitlines())
    assert list(data.problems) == PROBLEMS[::-1]
    assert str(data) == "a.yaml: empty\nb.yaml:2:3: wrong (right)"


def test_a_text_is_a_problem_without_a_place():
    """An error made of a text has a problem whose text that is."""
    (problem,) = SettingsError("no such setting (try another)").problems

    assert problem.place == NOWHERE
    assert str(problem) == "no such setting (try another)"


def test_a_problem_of_several_lines_is_one_problem():
    """The number of problems does not depend on the line breaks in their texts."""
    assert len(SettingsError("a text\nof two lines").problems) == 1


def test_few_problems_are_told_in_the_order_of_their_lines():
    """Two mistakes in turns stay in the order of the file, so that one can mend it downwards."""
    turns = [
        Problem(Place("a.yaml", line), f"no {'day' if line % 2 else 'id'}") for line in range(9)
    ]

    assert condensed(turns, lambda each: each) == turns


def test_many_problems_of_one_kind_hide_no_other_one():
    """Where more than ten tell of one mistake, ten of them stand together, and then their number."""
    many = [Problem(Place("a.yaml", line), f"no day: {line}") for line in range(12)]
    other = Problem(Place("a.yaml", 5), "no id")

    told = condensed([*many[:6], other, *many[6:]], lambda each: each)

    assert told[:10] == many[:10]
    assert told[10].what == "2 more like the 10 before: no day: …"
    assert told[11:] == [other]


def test_every_error_is_something_a_person_can_fix():
    """All errors of ours have one ancestor."""
    ours = [each for each in vars(errors).values() if isinstance(each, type)]

    assert all(issubclass(each, ReleasecalError) for each in ours if issubclass(each, Exception))
