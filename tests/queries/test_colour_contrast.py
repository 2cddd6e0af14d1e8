"""Colours: contrasts as WCAG counts them, and accents that can be read in the light and the dark."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releasecal.queries.colour_contrast import (
    READABLE,
    contrast,
    in_the_dark,
    in_the_light,
    is_colour,
    is_readable,
)
from releasecal.queries.site_settings import ACCENT

COLOURS = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [("#000000", "#ffffff", 21), ("#777777", "#ffffff", 4.48), ("#a8112f", "#a8112f", 1)],
)
def test_contrast_is_that_of_wcag(one, other, ratio):
    """The ratios of the examples of WCAG's techniques, whichever colour is named first."""
    assert contrast(one, other) == pytest.approx(ratio, abs=0.01)
    assert contrast(other, one) == contrast(one, other)


@given(COLOURS)
def test_every_accent_can_be_read_in_the_dark(accent):
    """Any colour becomes as light as it must be, and texts on it can be read, too."""
    dark = in_the_dark(accent)

    for ground in (dark.wash, "#161417", "#1f1c20"):
        assert contrast(dark.accent, ground) >= READABLE
    assert contrast(dark.accent, dark.on_accent) >= READABLE


@given(COLOURS)
def test_a_readable_accent_can_be_read_in_the_light(accent):
    light = in_the_light(accent)
    grounds = (light.wash, "#fbf9f5", "#ffffff")

    assert is_readable(accent) == all(contrast(accent, each) >= READABLE for each in grounds)


def test_the_usual_accent_is_readable():
    assert is_readable(ACCENT)


@pytest.mark.parametrize("text", ["", "red", "#fff", "#a8112f;}", "#A8112F", "a8112f"])
def test_other_texts_are_no_colours(text):
    assert not is_colour(text)
