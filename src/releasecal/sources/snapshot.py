"""Snapshots: the octets of a source at one moment, in a notation told by the file's name."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from hashlib import blake2b
from importlib import import_module
from pathlib import PurePath
from typing import Protocol, TypeVar

from releasecal.core.value_classes import dataclass, replace
from releasecal.errors import DataError, Place, Problem
from releasecal.sources.notation import csv, films_from_table, json, remedy_wording, yaml
from releasecal.sources.notation.clean_text import Steps, decode, utf_8
from releasecal.sources.notation.films_from_calendar import (
    ANY_CALENDAR,
    CalendarLayout,
    read_calendar,
)
from releasecal.sources.notation.films_from_table import PLAIN, Layout
from releasecal.sources.notation.placed_values import Table
from releasecal.sources.notation.remedy_wording import Wording

_MIB = 1024 * 1024

MANY_OCTETS = 8 * _MIB
"""Octets of data in which places are found quickly, and which need not be read film by film."""


class Located(Protocol):
    """Places of the values in a text."""

    def place(self, steps: Steps = (), *, at_name: bool = False) -> Place:
        """Return the place of the value at *steps*, or else of the last one on the way."""


@dataclass(frozen=True)
class Snapshot:
    """
    The octets of a file at one moment, kept so that later problems have a place.

    Attributes:
        origin: Name of the file, for messages.
        octets: Its octets, or a function that returns them where they are not in memory.
        layout: How it is to be read, if it is a table.
        calendar: Likewise, if it is a calendar.
    """

    origin: str
    notation: "Notation"
    octets: bytes | Callable[[], bytes]
    layout: Layout = PLAIN
    calendar: CalendarLayout = ANY_CALENDAR

    @property
    def data(self) -> bytes:
        """The octets."""
        return self.octets if isinstance(self.octets, bytes) else self.octets()

    @cached_property
    def digest(self) -> str:
        """Hash of the octets, hexadecimal."""
        return blake2b(self.data).hexdigest()

    def parse(self) -> object:
        """
        Return the file as plain values.

        Raises:
            DataError: It is not UTF-8, not in its notation, or empty.
        """
        return self.notation.parse(self)

    @cached_property
    def is_one_line(self) -> bool:
        """Whether all of it is in one line, where line and column are no help."""
        data = self.data
        return not self.notation.is_table and data.find(b"\n", 0, len(data) - 1) < 0

    @property
    def wording(self) -> Wording:
        """The words of remedies that can be carried out in it."""
        words = self.notation.wording
        if self.notation not in {CSV, SHEETS} or self.layout.dates:
            return words
        said = f", or say under table in {self.origin}.yaml how it writes dates"
        return replace(words, foreign_dates=said)

    def remarks(self) -> Sequence[Problem]:
        """Return notes about values that `parse` may have understood otherwise than they are meant."""
        return self.notation.remarks(self)

    def slips(self) -> Sequence[Problem]:
        """Return the rows of a table that `parse` leaves out; none in another file."""
        return self.table.slips if self.notation.is_table else ()

    @cached_property
    def table(self) -> Table:
        """
        The table, or the films of the calendar, in it.

        Raises:
            DataError: Nothing can be made of it, or what reads it is not installed.
        """
        return _table(self)

    @cached_property
    def places(self) -> Located:
        """The places of all values; the file is read once more for them."""
        return self.notation.locate(self)


@dataclass(frozen=True, slots=True)
class Notation:
    """
    A way to write a data file.

    Attributes:
        limit: Size of the largest file, in octets.
        parse: Returns the plain values of a snapshot.
        locate: Returns the places of a snapshot that *parse* has understood.
        remarks: Returns notes about the parts of such a snapshot that are easily misread.
        wording: The words of remedies.
        is_table: Whether it is a table or a calendar: a wrong part of it is left out and told,
            and all else counts.
    """

    name: str
    limit: int
    parse: Callable[[Snapshot], object]
    locate: Callable[[Snapshot], Located]
    wording: Wording
    remarks: Callable[[Snapshot], Sequence[Problem]] = lambda _: ()
    is_table: bool = False


T = TypeVar("T")


def _text(read: Callable[[str, str], T]) -> Callable[[Snapshot], T]:
    """Return *read*, which takes a text and the name of its file, for a snapshot."""

    def read_text(snapshot: Snapshot) -> T:
        origin, empty = snapshot.origin, snapshot.notation.wording.empty
        return read(decode(snapshot.data, origin, empty), origin)

    return read_text


def _table(snapshot: Snapshot) -> Table:
    """
    Return the table, or the films of the calendar, in *snapshot*.

    Raises:
        DataError: Nothing can be made of it, or what reads it is not installed.
    """
    data, origin, layout = snapshot.data, snapshot.origin, snapshot.layout
    if snapshot.notation is ICS:
        return read_calendar(utf_8(data, origin), origin, snapshot.calendar)
    if snapshot.notation is CSV:
        return films_from_table.read(csv.rows(utf_8(data, origin), origin), origin, layout)
    try:
        sheets = import_module("releasecal.sources.notation.sheets")
    except ModuleNotFoundError as error:
        remedy = "pip install 'releasecal[sheets]', or save it as CSV"
        what = "Excel and LibreOffice files need python-calamine"
        raise DataError([Problem(Place(origin), what, remedy)]) from error
    rows, notes = sheets.read(data, origin, layout.sheet)
    return films_from_table.read(rows, origin, layout, notes)


def _of_table(name: str) -> Notation:
    """Return the notation of a table called *name*."""
    return Notation(
        name,
        64 * _MIB,
        parse=lambda snapshot: snapshot.table.value(),
        locate=lambda snapshot: snapshot.table.locate(snapshot.origin),
        wording=remedy_wording.TABLE,
        remarks=lambda snapshot: snapshot.table.remarks,
        is_table=True,
    )


YAML = Notation(
    "YAML",
    64 * _MIB,
    _text(yaml.parse),
    _text(yaml.locate),
    remedy_wording.YAML,
    _text(yaml.remarks),
)
JSON = Notation("JSON", 512 * _MIB, _text(json.parse), _text(json.locate), remedy_wording.JSON)
CSV = _of_table("CSV")
SHEETS = _of_table("Excel and LibreOffice")
ICS = _of_table("iCalendar")

NOTATIONS: Mapping[str, Notation] = {
    **dict.fromkeys((".yaml", ".yml"), YAML),
    ".json": JSON,
    **dict.fromkeys((".csv", ".tsv"), CSV),
    **dict.fromkeys((".xlsx", ".xls", ".ods"), SHEETS),
    ".ics": ICS,
}
"""All notations, by the ending of a file's name."""


def notation_of(name: str) -> Notation | None:
    """Return the notation of the file called *name*; None if its ending tells none."""
    return NOTATIONS.get(PurePath(name).suffix.lower())


@dataclass(frozen=True, slots=True)
class Spot:
    """
    A value in a snapshot; its place is found on request.

    Attributes:
        owner: Name of the film or other part that it belongs to, if a place of line and
            column does not tell: ``film 'dune'``; else empty.
    """

    snapshot: Snapshot
    steps: Steps = ()
    owner: str = ""

    def place(self, *more: str | int, at_name: bool = False) -> Place:
        """Return the place of the value *more* steps on, or else of the last one on the way."""
        return self.snapshot.places.place((*self.steps, *more), at_name=at_name)
