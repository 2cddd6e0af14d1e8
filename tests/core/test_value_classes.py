"""Values are what frozen dataclasses are, and are defined and made more quickly."""

import copy
import dataclasses
import pickle
from dataclasses import FrozenInstanceError, field, fields
from inspect import signature

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releasecal.core import value_classes
from releasecal.core.dates import PartialDate, Precision
from releasecal.core.models import Release, ReleaseKey, Revision
from releasecal.core.value_classes import dataclass, replace


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Plain:
    number: int
    text: str = ""
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, order=True)
class Quick:
    number: int
    text: str = ""
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Base:
    """A value with fields of each sort."""

    number: int
    secret: str = field(default="", repr=False)
    note: str = field(default="", compare=False)
    names: list[str] = field(default_factory=list)
    last: int = field(default=0, kw_only=True)


@dataclass(frozen=True, slots=True)
class Derived(Base):
    more: str = "more"


@dataclass(frozen=True, slots=True, eq=False)
class Thing:
    number: int

    def __repr__(self):
        return "thing"


@dataclass(slots=True)
class Open:
    number: int


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


def test_fields_of_each_sort_are_as_in_a_dataclass():
    """Factories, parameters by name, and fields that are not shown or compared are as usual."""
    one, other = Base(1, "s", "a", last=2), Base(1, "s", note="b", last=2)
    assert one == other
    assert hash(replace(one, names=())) == hash(replace(other, names=()))
    assert one.names == []
    assert one.names is not other.names
    assert repr(one) == "Base(number=1, note='a', names=[], last=2)"
    assert Base(1) != Base(2)
    assert Base(1) != 1
    with pytest.raises(TypeError, match="positional"):
        Base(1, "", "", [], 2)


def test_a_value_can_be_derived():
    """A value derived from another one has the fields of both, is frozen, and equals no other kind."""
    made = Derived(1, last=3, more="x")
    assert repr(made) == "Derived(number=1, note='', names=[], last=3, more='x')"
    assert made != Base(1, last=3)
    assert Base(1, last=3) != made
    for value in (made, replace(made, number=2), copy.deepcopy(made)):
        assert type(value) is Derived
        assert value.more == "x"
        with pytest.raises(FrozenInstanceError):
            del value.more


class PlainSubclass(Base):
    """One that is no dataclass, as a test may have it of a class that does something."""


def test_a_subclass_need_not_be_a_dataclass():
    one = PlainSubclass(1, note="n")
    assert (one.number, one.note, one.names) == (1, "n", [])
    assert one == PlainSubclass(1)
    assert one != Base(1)
    changed = replace(one, number=2)
    assert (type(changed), changed.number, changed.note) == (PlainSubclass, 2, "n")
    with pytest.raises(FrozenInstanceError):
        one.number = 3


def test_what_a_class_has_itself_stays():
    """A class keeps its own functions, is compared by identity if it says so, and may be open."""
    assert repr(Thing(1)) == "thing"
    assert Thing(1) != Thing(1)
    made = Open(1)
    made.number = 2
    assert made == Open(2)


def test_functions_are_generated_when_one_is_called(monkeypatch):
    """To define a class generates nothing; its first value does, and no further one."""
    generated = []
    generate = value_classes._generate
    monkeypatch.setattr(
        value_classes, "_generate", lambda *each: (generated.append(each), generate(*each))
    )

    @dataclass(frozen=True, slots=True)
    class New:
        number: int

    assert not generated
    assert New(1) == New(1)
    assert len(generated) == 1
    assert New.__init__.__qualname__ == f"{New.__qualname__}.__init__"
