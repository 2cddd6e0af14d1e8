"""Values made quickly are what frozen dataclasses are."""

import pickle
from dataclasses import FrozenInstanceError, dataclass, fields
from inspect import signature

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releasecal.core.dates import PartialDate, Precision
from releasecal.core.models import Release, ReleaseKey, Revision
from releasecal.core.values import quick, replace


@dataclass(frozen=True, slots=True, order=True)
class Plain:
    number: int
    text: str = ""
    parts: tuple[str, ...] = ()


@quick
@dataclass(frozen=True, slots=True, order=True)
class Quick:
    number: int
    text: str = ""
    parts: tuple[str, ...] = ()


VALUES = st.tuples(st.integers(), st.text(), st.tuples(st.text()))


@given(VALUES, VALUES)
def test_a_quick_value_compares_and_hashes_as_a_plain_one(one, other):
    """A value made quickly is equal, less and hashed as one of a plain frozen dataclass."""
    assert (Quick(*one) == Quick(*other)) == (Plain(*one) == Plain(*other))
    assert (Quick(*one) < Quick(*other)) == (Plain(*one) < Plain(*other))
    assert hash(Quick(*one)) == hash(Plain(*one))
    assert repr(Quick(*one)) == repr(Plain(*one)).replace("Plain", "Quick")
    assert signature(Quick).parameters.keys() == signature(Plain).parameters.keys()


def test_a_quick_value_is_frozen():
    """A value made quickly cannot be changed, be it made, replaced or read from a pickle."""
    made = Quick(1, text="a")
    for value in (made, replace(made, number=2), pickle.loads(pickle.dumps(made))):
        assert type(value) is Quick
        with pytest.raises(FrozenInstanceError):
            value.text = "b"
    assert pickle.loads(pickle.dumps(made)) == made


def test_replace_changes_what_is_named_alone():
    """A replaced value differs in the fields that are named, and the old one stays as it was."""
    key = ReleaseKey("dune", "theatrical", "DE")
    when = PartialDate(2026, Precision.YEAR)
    for old, changes in (
        (Quick(1, "a", ("b",)), {"text": "c"}),
        (Plain(1, "a", ("b",)), {"text": "c"}),
        (key, {"number": 2}),
        (Revision(when, reason="strike"), {"when": None, "text": "soon"}),
    ):
        before = {each.name: getattr(old, each.name) for each in fields(old)}
        new = replace(old, **changes)
        assert {each.name: getattr(new, each.name) for each in fields(new)} == before | changes
        assert {each.name: getattr(old, each.name) for each in fields(old)} == before


def test_replace_refuses_unknown_fields():
    """A name that is no field is refused, as are too few or unknown arguments of a new value."""
    with pytest.raises(AttributeError):
        replace(Quick(1), colour="red")
    with pytest.raises(TypeError):
        Quick()
    with pytest.raises(TypeError):
        Release(colour="red")
