"""CSV: tables as text, their cells divided by commas, semicolons, tabs or bars (RFC 4180)."""

import csv
import io
from collections.abc import Iterator
from itertools import islice

from releasecal.errors import DataError, Place, Problem
from releasecal.sources.notation.films_from_table import TableRow

_DIVIDERS = ",;\t|"
_MAX_LOOKED_AT = 20  # rows in which the divider is looked for
_IN_QUOTES = "expected after"  # in Python's words for text behind a closing quotation mark


def rows(text: str, origin: str) -> Iterator[TableRow]:
    """
    Yield the rows of *text* that have anything in them.

    The divider is the one that cuts the first rows into most cells.

    Raises:
        DataError: A quotation mark is not closed, so that the rest would be one cell.
    """
    divider = max(_DIVIDERS, key=lambda one: _widest(text, one))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=divider, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            if _IN_QUOTES not in str(error):
                what = "not CSV: the quotation mark in this row is not closed"
                raise DataError([Problem(Place(origin, line, 1), what, "close it")]) from error
            yield TableRow(line, (), 'a quotation mark inside a cell in quotes (write "" for it)')
            continue
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield TableRow(line, cells)


def _widest(text: str, divider: str) -> int:
    """Return the largest number of cells in a row at the beginning of *text*."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=divider)
    try:
        return max((len(cells) for cells in islice(reader, _MAX_LOOKED_AT)), default=0)
    except csv.Error:
        return 0
