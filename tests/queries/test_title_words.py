"""Words of titles: a search finds a title however it is typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releasecal.queries.title_words import title_words


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("Mission: Impossible – Dead Reckoning", "mission impossible dead reckoning"),
        ("Amélie", "amelie"),
        ("AMÉLIE", "amelie"),
        ("Straße", "strasse"),
        ("Sødoma Æon", "sodoma aeon"),
        ("ゴジラ-1.0", "コシラ 1 0"),
        ("機動戦士", "機動戦士"),
        ("Dune: Part Two, part one", "dune part two one"),
        ("9½ Weeks", "91 2 weeks"),
        ("…", ""),
    ],
)
def test_words_have_neither_case_nor_accents(title, words):
    """Letters lose case and accents, punctuation parts words, and a word stands once."""
    assert " ".join(title_words(title)) == words


@given(st.text(st.characters(max_codepoint=127)))
def test_plain_letters_make_the_words_that_they_make_among_others(text):
    """The short way for ASCII leads where the long one does."""
    assert (*dict.fromkeys([*title_words(text), "e"]),) == title_words(f"{text} é")


@given(st.text())
def test_words_are_their_own_words(text):
    """What is found for a text is found for its words again."""
    words = title_words(text)

    assert title_words(" ".join(words)) == words
