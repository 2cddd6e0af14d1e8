"""Places in JSON are found along the way, as a walk through all of the text finds them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releasecal.errors import Place
from releasecal.sources.notation.json import locate, places_of_all

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
INDENTS = st.sampled_from([None, 0, 2])


def steps_of(value):
    """Yield the steps to *value* and to all in it."""
    yield ()
    members = enumerate(value) if isinstance(value, list) else ()
    members = value.items() if isinstance(value, dict) else members
    for step, member in members:
        yield from ((step, *more) for more in steps_of(member))


@given(VALUES, INDENTS, st.booleans())
def test_each_value_is_found_where_a_walk_through_the_text_finds_it(value, indent, ascii_only):
    """The place of each value and name, and of what is missing, is that of a walk through all."""
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    walked, found = places_of_all(f"\n {text}", "films.json"), locate(f"\n {text}", "films.json")
    for steps in steps_of(value):
        for way in (steps, (*steps, "missing"), (*steps, 99, "missing")):
            assert found.place(way) == walked.place(way)
            assert found.place(way, at_name=True) == walked.place(way, at_name=True)


@pytest.mark.parametrize("number", ["1" * 5_000, "1e999", "-0.0"])
def test_numbers_of_any_length_are_passed_over(number):
    """A number that Python would not convert stands in nobody's way."""
    found = locate(f'{{"a": {number},\n "b": [{number}, "c"]}}', "films.json")
    assert found.place(("b",), at_name=True) == Place("films.json", 2, 2)
    assert found.place(("b", 1)) == Place("films.json", 2, len(number) + 10)


def test_deep_values_are_found():
    """A place in values nested as deeply as the parser takes them is found, too."""
    text = '{"a": ' + "[" * 5_000 + "]" * 5_000 + ', "b": 1}'
    assert locate(text, "films.json").place(("b",)) == Place("films.json", 1, len(text) - 1)
