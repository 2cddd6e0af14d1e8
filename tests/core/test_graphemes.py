"""Graphemes: a text is cut between two of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wcwidth import iter_graphemes

from releasecal.core.graphemes import beginning, cut

FAMILY = "👨\u200d👩\u200d👧\u200d👦"
SCOTLAND = "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"
PARTS = [*"aé क🇩🇪🇺각", "\u0301", "\u094d", "\u093f", "🏽", FAMILY, SCOTLAND]


@pytest.mark.parametrize(
    "whole",
    [
        "e\u0301",  # an accent
        FAMILY,
        "👍🏽",  # a skin tone
        "🇩🇪",  # a flag
        SCOTLAND,
        "❤\ufe0f",  # in colours
        "क्षि",  # Devanagari
        "ᄒ\u1161\u11ab",  # Hangul
        "z" + "\u0335" * 30,
    ],
)
def test_a_grapheme_is_never_cut(whole):
    """It is there as a whole, or not at all."""
    text = f"ab{whole}{whole}z"

    for most in range(3, len(text)):
        kept = cut(text, most)
        assert len(kept) <= most
        assert kept in {"ab…", f"ab{whole}…", f"ab{whole}{whole}…"}
    assert cut(text, len(text)) == text


@given(st.lists(st.sampled_from(PARTS), max_size=30).map("".join), st.integers(0, 40))
def test_as_much_as_fits_is_kept(text, most):
    """The beginning is made of whole graphemes of the text, and the next one has no room."""
    whole = list(iter_graphemes(text))

    kept = list(iter_graphemes(beginning(text, most)))

    assert kept == whole[: len(kept)]
    assert sum(map(len, kept)) <= most
    assert len(kept) == len(whole) or sum(map(len, whole[: len(kept) + 1])) > most
