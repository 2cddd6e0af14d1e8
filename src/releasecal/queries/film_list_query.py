"""A visitor's query for a page of a list of films or series."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Self
from urllib.parse import quote, urlencode

from releasecal.core.graphemes import cut
from releasecal.core.value_classes import dataclass, replace
from releasecal.errors import SelectionError
from releasecal.queries.parameters import (
    PARAMETERS,
    Known,
    Parameter,
    given,
    is_anything,
)
from releasecal.queries.title_words import OTHER, title_words
from releasecal.queries.title_words import letter as letter_of

PAGE = 100
"""Films or series on a page: a feed can name as many."""

_MAX_DIGITS = 6


@dataclass(frozen=True, slots=True)
class ListQuery:
    """
    A query for a page of a list.

    Attributes:
        letter: First letter of the titles, as `title_words.letter` has it; "" for all.
        year: A year in which the films come out; None for all.
        q: Texts as in `FeedQuery`.
        page: Number of the page, 1 for the first one.
    """

    letter: str = ""
    year: int | None = None
    q: tuple[str, ...] = ()
    page: int = 1

    @classmethod
    def parse(cls, pairs: Iterable[tuple[str, str]]) -> Self:
        """
        Read a query, as (name, value) pairs in any order; fields of a form may be empty.

        Raises:
            SelectionError: With a message that names a remedy.
        """
        filled = [(name, value) for name, value in pairs if value.strip()]
        texts = given(filled, _ROWS)
        values = {name: _ROWS[name].read(name, text, is_anything) for name, text in texts.items()}
        return cls(**values)  # type: ignore[arg-type]  # the rows' readers fit the fields

    @property
    def first(self) -> int:
        """The number of films or series on the pages before."""
        return (self.page - 1) * PAGE

    @property
    def limits(self) -> Mapping[str, str]:
        """The canonical parameters, sorted, without defaults."""
        return {
            column.name: _text(getattr(self, column.name))
            for column in sorted(fields(self), key=lambda column: column.name)
            if getattr(self, column.name) != column.default
        }

    @property
    def canonical(self) -> str:
        """The canonical query, ready for an address."""
        return urlencode(self.limits, safe=",", quote_via=quote)

    def on(self, page: int) -> Self:
        """Return the query for another *page* of the same list."""
        return replace(self, page=page)


def _text(value: object) -> str:
    return ",".join(value) if isinstance(value, tuple) else str(value)


def _letter(name: str, text: str, _: Known) -> str:
    if text.strip() == OTHER:
        return OTHER
    words = title_words(text)
    if len(words) != 1:
        raise SelectionError(f"{name}: not a letter: {cut(text, 40)!r} (as in {name}=m)")
    return letter_of(words[0])


def _number(name: str, text: str, _: Known) -> int:
    number = text.strip()
    is_number = number.isascii() and number.isdigit() and len(number) <= _MAX_DIGITS
    if not is_number or not int(number):
        example = "2027" if name == "year" else "2"
        raise SelectionError(f"{name}: not a {name}: {cut(text, 40)!r} (as in {name}={example})")
    return int(number)


_ROWS: Mapping[str, Parameter] = {
    "letter": Parameter(_letter, "first letter of the titles"),
    "year": Parameter(_number, "a year in which the films come out"),
    "q": PARAMETERS["q"],
    "page": Parameter(_number, "which hundred of them"),
}
