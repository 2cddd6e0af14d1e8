"""JSON as text has the bytes of the standard library's, which our feeds have always had."""

import gc
import json

from hypothesis import given
from hypothesis import strategies as st

from releasecal.formats.json_text import json_text

texts = st.text(st.characters(exclude_categories=["Cs"]))
leaves = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts
values = st.recursive(
    leaves, lambda each: st.lists(each) | st.dictionaries(texts, each) | st.tuples(each, each)
)


@given(values)
def test_the_bytes_are_those_of_the_library(value):
    """For any value that our JSON may have, not a byte differs."""
    assert json_text(value) == json.dumps(value, ensure_ascii=False, indent=2).encode()


def test_nothing_is_left_for_the_collector():
    """Writing makes no cycle: for those the collector stops all threads."""
    value = {"releases": [{"title": "Film", "history": [1, None]}] * 100}
    gc.disable()
    while gc.collect():  # what tests before it left, of which one collection may free the next
        pass
    try:
        json_text(value)
        assert gc.collect() == 0
    finally:
        gc.enable()
