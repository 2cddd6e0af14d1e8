"""
Random texts that are hard to escape or to fold, compared with the output of `icalendar`.

Each text is drawn from a few families of hard pieces, and half of them are cut so that their
line ends near a fold.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from icalendar import Event

from releasecal.formats.content_lines import MAX_OCTETS, escape, fold
from releasecal.sources.notation.clean_text import clean
from support.reference import Text, written

NAMES = ("SUMMARY", "DESCRIPTION")
FAMILIES = (
    (*",;:\\'\"^%", "\\n", "\\N", "\\,", "\\;", "\\\\", "^n", "&amp;"),
    ("\n", "\n\n", "\n ", " \n", "\r", "\r\n", "\n\r"),
    (" ", "  ", "\t", " " * 80, "\u00a0", "\u2009", "\u3000"),
    # C0 without line ends, DEL, C1, and other characters that no text of a source may have
    tuple(map(chr, (*range(10), 11, 12, *range(14, 32), *range(127, 160)))),
    (*"\u00ad\u200b\u200e\u2028\u2029\u202e\u2060\ufeff\uffff",),
    ("🎬", "👩‍👩‍👧", "🇺🇸", "🇩🇪", "🇺", "👍🏽", "☠️", "1️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "\U0001f3fd"),
    ("e\u0301", "e\u0301\u0323", "\u0301", "\u0903", "क्षि", "\u200c", "\u200d", "\ufe0e", "\ufe0f"),
    ("字", "映画", "한국", "ﾊﾟ", "𠮷", "か\u3099"),
    ("שלום", "العربية", "نمی\u200cخواهم", "ß", "é", "Ünïcödé"),
    ("a", "Z", "0", "film ", "Mission: Impossible", "https://films.example/a%20b"),
)
"""Families of pieces; a text has pieces of one to three of them."""


@dataclass(frozen=True)
class Outcome:
    """The results of a batch: numbers of written and refused texts, and the faulty ones."""

    same: int
    refused: int
    wrong: tuple[str, ...]


def texts(count: int, chance: random.Random) -> Iterator[str]:
    """Yield *count* texts, of any characters but halves of one."""
    for _ in range(count):
        text = "".join(_pieces(chance))
        yield _cut(text, chance) if chance.random() < 0.5 else text


def _pieces(chance: random.Random) -> Iterator[str]:
    families = chance.sample(FAMILIES, chance.randint(1, 3))
    for _ in range(chance.randint(0, 40)):
        way = chance.random()
        if way < 0.02:  # a word that cannot be broken
            yield chance.choice("aé字🎬") * chance.randint(1, 3 * MAX_OCTETS)
        elif way < 0.1:
            point = chance.randrange(chance.choice((0x250, 0x3000, 0xFFFF, 0x10FFFF)))
            yield "" if 0xD800 <= point < 0xE000 else chr(point)
        else:
            yield chance.choice(chance.choice(families))


def _cut(text: str, chance: random.Random) -> str:
    """Return *text* cut or filled up, so that its line has about as many octets as folds allow."""
    folds = chance.randint(0, 3)
    octets = MAX_OCTETS + folds * (MAX_OCTETS - 1) + chance.randint(-4, 4)
    octets -= len(chance.choice(NAMES)) + 1
    kept = text.encode()[:octets].decode(errors="ignore")
    return kept + "a" * (octets - len(kept.encode()))


def check(number: int, *, count: int, seed: int) -> Outcome:
    """Return the results of the batch with *number*, of *count* texts."""
    chance = random.Random(f"{seed}/{number}")
    admitted = [_admitted(text) for text in texts(count, chance)]
    told = [text for text in admitted if text is not None]
    name = chance.choice(NAMES)
    wrong = () if _agree(name, told) else tuple(text for text in told if not _agree(name, [text]))
    return Outcome(len(told) - len(wrong), len(admitted) - len(told), wrong)


def _admitted(text: str) -> str | None:
    """
    Return *text* as an event may have it, or None if a source refuses it.

    A CR is white space to a source. U+FEFF at the beginning, which it refuses, is nothing to
    `icalendar`. All else that a source would not take is written nevertheless.
    """
    if "\r" not in text and not text.startswith("\ufeff"):
        return text
    try:
        return clean(text)
    except ValueError:
        return None


def _agree(name: str, told: list[str]) -> bool:
    """Whether all of *told*, as properties with a *name*, are written like `icalendar`."""
    event = Event()
    event[name] = [Text(text) for text in told]
    ours = b"".join(fold(f"{name}:{escape(text)}") for text in told)
    return b"BEGIN:VEVENT\r\n" + ours + b"END:VEVENT\r\n" == written(event)
