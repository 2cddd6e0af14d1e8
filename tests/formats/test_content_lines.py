"""
Content lines: escaped and folded as `icalendar` and our rule have it, to the byte.

A few hundred texts that hypothesis thinks of and a few thousand random ones each time the
tests run; a million by hand: `system/million_texts.py`.
"""

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from icalendar import Event

from releasecal.formats.content_lines import MAX_OCTETS, escape, event_lines, fold
from releasecal.formats.event_columns import Events, TextColumn
from support.random_texts import check
from support.reference import Text, folded, written

EXAMPLES = 300

# Whatever can stand in a text, and often what is hard to escape or to fold.
_pieces = st.one_of(
    # A source makes a space of CR, and refuses U+FEFF, which icalendar drops at the beginning.
    st.text(st.characters(codec="utf-8", exclude_characters="\r\ufeff"), max_size=40),
    st.text("ab ", min_size=1, max_size=90),
    st.sampled_from(
        [*",;:\\'\"^ \n\t", "\\n", "\\N", "\\,", "  ", "👩‍👩‍👧", "🇺🇸", "👍🏽", "e\u0301\u0323", "ß", "字" * 30]
    ),
)  # fmt: skip
texts = st.lists(_pieces, max_size=12).map("".join)


@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow])
@given(texts)
@example("")
@example("\\")
@example(" " * 200)
@example("\u0301" * 200)
@example("🇺" * 60)
@example("a" * 67 + "  b")
def test_any_text_is_written_as_the_reference_writes_it(text):
    """A text's line is the one `icalendar` makes, folded by the plain form of our rule."""
    event = Event()
    event.add("description", Text(text))
    ours = b"BEGIN:VEVENT\r\n" + fold(f"DESCRIPTION:{escape(text)}") + b"END:VEVENT\r\n"

    assert ours == written(event)


@pytest.mark.parametrize("number", range(3))
def test_random_texts_are_written_as_the_reference_writes_them(number):
    """The first few thousand of the million: each that no source refuses, and most are not."""
    outcome = check(number, count=1_000, seed=1)

    assert outcome.wrong == ()
    assert outcome.same > 900


@pytest.mark.parametrize("char", ["a", "é", "字", "🎬", " ", "\u0301"])
def test_every_length_is_folded_where_the_reference_folds(char):
    """Lines of up to two lines' octets, of characters of one to four of them."""
    for count in range(2 * MAX_OCTETS):
        line = f"SUMMARY:{char * count}b"
        assert fold(line) == folded(line).encode()


@settings(max_examples=EXAMPLES)
@given(texts)
def test_unfolded_is_what_was_folded(text):
    """Nothing is lost at a fold, and nothing is too long."""
    line = f"SUMMARY:{escape(text)}"
    octets = fold(line)

    assert octets.replace(b"\r\n ", b"").decode() == f"{line}\r\n"
    assert all(len(piece) <= MAX_OCTETS for piece in octets.split(b"\r\n"))


@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(texts, max_size=5), st.sampled_from([(), (("LANGUAGE", "de"),)]))
@example(["a\x00b", "c"], ())
@example(["", "a", ""], ())
def test_texts_written_at_once_have_the_lines_of_each(several, parameters):
    """Whatever marks the end of a text in between; an empty one has no line."""
    name = ";".join(["SUMMARY", *map("=".join, parameters)])
    events = Events([], [], several, [TextColumn("SUMMARY", parameters, several)], [])

    (lines,) = event_lines(events)

    assert lines == [fold(f"{name}:{escape(text)}") if text else b"" for text in several]
