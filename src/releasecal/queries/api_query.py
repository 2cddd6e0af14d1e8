"""A program's query for a page of a list: the part that is listed, how much, and from where on."""

import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import TypeVar

from releasecal.core.graphemes import cut
from releasecal.core.value_classes import dataclass
from releasecal.errors import ReleasecalError, SelectionError
from releasecal.queries.change_query import FILTERS
from releasecal.queries.parameters import INSTEAD, PARAMETERS, Known, Parameter, given, is_anything

SIZE = 100
"""Items of a page, if nobody asks for another number."""

MAX_SIZE = 500
"""Most items of a page."""

_MAX_CURSOR = 2_000  # characters
_CHECK = 4  # octets
_OF_CALENDARS = f"it is for calendars; size says how much a page has, as in size={SIZE}"


class ListMoved(ReleasecalError):
    """A list has changed since its first page: the pages behind it would lack or repeat items."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """
    The place in a list behind which a page begins.

    Attributes:
        after: What the list is ordered by, of the last item of the page before.
        edition: Number of the edition whose list it is; 0 where news moves no item in it.
        day: The civil day (UTC) of the list; None where it does not matter.
    """

    after: tuple[str, ...]
    edition: int = 0
    day: date | None = None

    def pack(self, of: str) -> str:
        """Return it as one word for the list *of*, a path with its canonical query."""
        day = self.day.isoformat() if self.day else ""
        octets = "\n".join([str(self.edition), day, *self.after]).encode()
        return urlsafe_b64encode(_checksum(of, octets) + octets).rstrip(b"=").decode()

    @classmethod
    def unpack(cls, text: str, of: str) -> "Cursor":
        """
        Return the cursor of the list *of* that *text* is.

        Raises:
            ValueError: It is damaged, of another list, or spelt as `pack` spells none.
        """
        octets = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        check, told = octets[:_CHECK], octets[_CHECK:]
        if len(text) > _MAX_CURSOR or check != _checksum(of, told) or b"\0" in told:
            raise ValueError("damaged")
        edition, day, *after = told.decode().split("\n")
        found = cls(tuple(after), int(edition), date.fromisoformat(day) if day else None)
        if found.pack(of) != text:
            raise ValueError("an odd spelling")
        return found


_Place = TypeVar("_Place")


def begun_at(
    text: str, of: str, read: Callable[[Cursor], _Place]
) -> tuple[Cursor | None, _Place | None]:
    """
    Return the cursor of the list *of* that *text* is, and the place that *read* finds in it.

    An empty *text* is the beginning, which has neither. *read* raises ValueError for no place.

    Raises:
        SelectionError: It is damaged, or of another list.
    """
    try:
        cursor = Cursor.unpack(text, of) if text else None
        return cursor, read(cursor) if cursor else None
    except ValueError:
        raise SelectionError(
            f"cursor: not a place in this list: {cut(text, 40)!r} (try the address in next, whole)"
        ) from None


def _checksum(of: str, octets: bytes) -> bytes:
    return zlib.crc32(of.encode() + b"\n" + octets).to_bytes(_CHECK, "big")


@dataclass(frozen=True, slots=True)
class PageQuery:
    """
    A query for a page of a list.

    Attributes:
        rest: The other parameters, (name, value) in any order.
        size: Number of items, at most.
        cursor: Where the page begins, packed; "" for the first page.
    """

    rest: tuple[tuple[str, str], ...] = ()
    size: int = SIZE
    cursor: str = ""

    @classmethod
    def parse(cls, pairs: Iterable[tuple[str, str]], rows: Mapping[str, Parameter]) -> "PageQuery":
        """
        Read a query, (name, value) pairs in any order, for a list whose parameters are *rows*.

        Raises:
            SelectionError: With a message that names a remedy.
        """
        texts = dict(given(pairs, rows, _INSTEAD))
        size = _size("size", texts.pop("size", str(SIZE)), is_anything)
        cursor = _cursor("cursor", texts.pop("cursor", ""), is_anything)
        return cls(tuple(texts.items()), size, cursor)


def _size(name: str, text: str, _: Known) -> int:
    number = text.strip()
    is_number = number.isascii() and number.isdigit() and len(number) <= len(str(MAX_SIZE))
    if not is_number or not 0 < int(number) <= MAX_SIZE:
        raise SelectionError(
            f"{name}: not a number from 1 to {MAX_SIZE}: {cut(text, 40)!r} (as in {name}={SIZE})"
        )
    return int(number)


def _cursor(_: str, text: str, __: Known) -> str:
    return text.strip()


PAGING: Mapping[str, Parameter] = {
    "size": Parameter(
        _size,
        "how many items a page has, at most {values}",
        values=str(MAX_SIZE),
        schema={"type": "integer", "minimum": 1, "maximum": MAX_SIZE, "default": SIZE},
    ),
    "cursor": Parameter(_cursor, "where the page begins, as the address in next has it"),
}
"""The parameters of every list."""

SELECTING: Mapping[str, Parameter] = {
    name: row for name, row in PARAMETERS.items() if not row.is_of_calendars
}
"""The parameters of feeds that select releases, or shape what is told of them."""

OF_FILMS: Mapping[str, Parameter] = {
    name: row for name, row in SELECTING.items() if name != "as-of"
}
"""Those that select films by their releases; what is known of films is of now."""

CHANGING: Mapping[str, Parameter] = {name: row for name, row in FILTERS.items() if name != "before"}
"""The parameters of change logs; a cursor is in the place of ``before``."""

SPEAKING: Mapping[str, Parameter] = {"lang": PARAMETERS["lang"]}
"""The parameter of a single film."""

_INSTEAD: Mapping[str, str] = {
    **INSTEAD,
    **{name: _OF_CALENDARS for name, row in PARAMETERS.items() if row.is_of_calendars},
    "as-of": "releases have it, as in /api/v1/releases?as-of=2022-03-25",
    "page": "a page begins at a cursor, and next has the address of the one behind it",
    "before": "a page begins at a cursor, and next has the address of the one behind it",
}
