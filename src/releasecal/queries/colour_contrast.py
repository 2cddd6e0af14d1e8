"""Colours: how well one is read on another, by WCAG 2.2, and an accent for light and dark pages."""

import re

from releasecal.core.value_classes import dataclass

READABLE = 4.5
"""Least contrast of texts (WCAG 2.2, 1.4.3, level AA)."""

_PAPER, _DARK_PAPER, _DARK_CARD = "#fbf9f5", "#161417", "#1f1c20"  # as in style.css
_WASH = 0.08  # part of the accent in a ground
_DARK_WASH = 0.16
_STEPS = 40


@dataclass(frozen=True, slots=True)
class Palette:
    """
    Colours of pages in the light or in the dark.

    Attributes:
        wash: Ground of what stands out.
        strip: The strip at the top, which has no text.
    """

    accent: str
    on_accent: str
    wash: str
    strip: str


def is_colour(text: str) -> bool:
    """Whether *text* is a colour as ``#a8112f``."""
    return re.fullmatch(r"#[0-9a-f]{6}", text) is not None


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, from 1 to 21 (WCAG 2.2)."""
    darker, lighter = sorted(map(_luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def in_the_light(accent: str) -> Palette:
    """Return the colours of light pages; *accent* is there as it is."""
    return Palette(accent, "#ffffff", mixed(accent, _PAPER, _WASH), accent)


def in_the_dark(accent: str) -> Palette:
    """Return the colours of dark pages, with *accent* as light as it must be to be read."""
    wash = mixed(accent, _DARK_PAPER, _DARK_WASH)
    grounds = (wash, _DARK_PAPER, _DARK_CARD)
    lighter = (mixed("#ffffff", accent, step / _STEPS) for step in range(_STEPS + 1))
    shown = next(each for each in lighter if _is_read(each, *grounds))
    return Palette(shown, _DARK_PAPER, wash, mixed("#000000", accent, 0.25))


def is_readable(accent: str) -> bool:
    """Whether *accent* can be read on light pages, and white on it."""
    light = in_the_light(accent)
    return _is_read(accent, light.wash, _PAPER, light.on_accent)


def mixed(one: str, other: str, part: float) -> str:
    """Return *other* with so large a *part*, from 0 to 1, of *one*."""
    pairs = zip(_parts(one), _parts(other), strict=True)
    return "#" + "".join(f"{round(a * part + b * (1 - part)):02x}" for a, b in pairs)


def _is_read(colour: str, *grounds: str) -> bool:
    return all(contrast(colour, ground) >= READABLE for ground in grounds)


def _luminance(colour: str) -> float:
    """Return the relative luminance of *colour*, from 0 to 1."""
    linear = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (part / 255 for part in _parts(colour))
    )
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _parts(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour[1:]))
