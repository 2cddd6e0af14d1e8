"""
Sheets: tables of Excel and LibreOffice.

They are read by calamine, which takes room for all cells up to the last one, and ends the whole
process where there is not so much. So a packed file is unpacked first, and its cells are counted.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Sequence

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum

from releasecal.errors import DataError, Place, Problem
from releasecal.sources.notation.clean_text import shown
from releasecal.sources.notation.films_from_table import TableRow

_MIB = 1024 * 1024
_MAX_UNPACKED = 256 * _MIB
_MAX_CELLS = 5_000_000  # up to the last one, empty ones included
_PACKED = b"PK"  # a ZIP file's first octets; Excel packs no .xls

_XLSX_CELL = re.compile(
    rb"<(?:\w+:)?c(?=[\s/>])(?:\s[^>]*?\br=[\"']([A-Z]{1,3})([0-9]{1,7})[\"'])?"
)
_ODS_PART = re.compile(rb"<table:(table|table-row|table-cell|covered-table-cell)(?=[\s/>])([^>]*)>")
_REPEATED = re.compile(rb"number-(?:rows|columns)-repeated=[\"']([0-9]{1,9})[\"']")


def read(data: bytes, origin: str, sheet: str) -> tuple[Sequence[TableRow], Sequence[Problem]]:
    """
    Return the rows of the first sheet in *data*, or of the one called *sheet*, and notes.

    Raises:
        DataError: It is no such file, too large, has a password, or has no such sheet.
    """
    try:
        _check(data, origin)
        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
            names = [each.name for each in book.sheets_metadata if each.typ == _OF_CELLS]
            name = sheet or next(iter(names), "")
            if name not in names:
                remedy = f"there are {', '.join(map(shown, names))}"
                raise _refused(origin, f"there is no sheet {shown(name)}", remedy)
            cells = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            others = [one for one in names if one != name and book.get_sheet_by_name(one).end]
    except PasswordError as error:
        raise _refused(origin, "has a password", "save it without one") from error
    except (CalamineError, *_BROKEN) as error:
        what = f"not a file of Excel or LibreOffice: {error}"
        raise _refused(origin, what, "save it anew, or as CSV") from error
    found = [
        TableRow(line, row)
        for line, row in enumerate(cells, start=1)
        if any(str(cell).strip() for cell in row)
    ]
    what = f"sheets that are not read: {', '.join(map(shown, others))}"
    return found, [Problem(Place(origin), what)] if others else []


_OF_CELLS = SheetTypeEnum.WorkSheet
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


def _refused(origin: str, what: str, remedy: str) -> DataError:
    return DataError([Problem(Place(origin), what, remedy)])


def _check(data: bytes, origin: str) -> None:
    """
    Refuse *data* that, unpacked, takes too much room.

    Raises:
        DataError: It does.
        zipfile.BadZipFile: It is broken; like some other errors of that library.
    """
    if not data.startswith(_PACKED):
        return
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        size = sum(part.file_size for part in packed.infolist())
        if size > _MAX_UNPACKED:
            what = f"too large, {size / _MIB:,.0f} MiB when it is unpacked"
            remedy = f"{_MAX_UNPACKED // _MIB} MiB is the most: make it several files"
            raise _refused(origin, what, remedy)
        for part in packed.infolist():
            text = packed.read(part)  # no more than its size says, or it is a BadZipFile
            is_odf = part.filename.endswith("content.xml")
            count = _ods_cells(text) if is_odf else _xlsx_cells(text)
            if count > _MAX_CELLS:
                what = f"too large, {count:,} cells up to the last one"
                raise _refused(origin, what, "delete the rows and columns behind the table")


def _xlsx_cells(text: bytes) -> int:
    """Return the number of cells up to the last one of a sheet; 0 for another part."""
    count, rows, columns = 0, 0, 0
    for letters, digits in _XLSX_CELL.findall(text):
        count += 1
        rows = max(rows, int(digits or 0))
        columns = max(columns, sum(26**at * (char - 64) for at, char in enumerate(letters[::-1])))
    return max(count, rows * columns)


def _ods_cells(text: bytes) -> int:
    """Return the number of cells up to the last one that is not empty, of the largest sheet."""
    most = rows = columns = last = widest = 0
    for part, rest in _ODS_PART.findall(text):
        found = _REPEATED.search(rest)
        times = int(found[1]) if found else 1
        if part == b"table":
            rows = last = widest = 0
        elif part == b"table-row":
            rows, columns = rows + times, 0
        else:
            columns += times
            if not rest.endswith(b"/"):
                last, widest = rows, max(widest, columns)
        most = max(most, last * widest)
    return most
