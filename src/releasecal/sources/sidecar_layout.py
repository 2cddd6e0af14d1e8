"""The layout of a table or calendar, from the data file that lies beside it and is called after it."""

from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import PurePath

from releasecal.errors import DataError, Place, Problem
from releasecal.sources.snapshot import ICS, JSON, YAML, Snapshot, notation_of

ENDING = ".yaml"
"""End of the name of a file with a layout, after the table's name: films.csv.yaml."""


def laid_out(table: Snapshot, beside: Snapshot) -> Snapshot:
    """
    Return *table*, a table or calendar, with the layout that *beside* declares for it.

    Raises:
        DataError: That is wrong; what is wrong is told of *beside* itself.
    """
    try:
        value = beside.parse()
        declared = value.get(field_of(table)) if isinstance(value, dict) else None
        if not declared:
            return table
        return _with_layout(table, declared)
    except (DataError, ValueError) as error:
        what = f"cannot be read while {beside.origin} is wrong"
        raise DataError([Problem(Place(table.origin), what, "mend that file")]) from error


def _with_layout(table: Snapshot, declared: object) -> Snapshot:
    """
    Return *table* with the layout *declared*.

    Raises:
        ValidationError: It breaks the rules.
    """
    if table.notation is ICS:
        from releasecal.sources.schema.calendar_layout_record import CalendarRecord  # noqa: PLC0415 - rare

        return replace(table, calendar=CalendarRecord.model_validate(declared).layout())
    from releasecal.sources.schema.table_layout_record import TableRecord  # noqa: PLC0415 - rare

    return replace(table, layout=TableRecord.model_validate(declared).layout())


def field_of(table: Snapshot) -> str:
    """Return the name of the field with the layout of *table*, a table or calendar."""
    return "calendar" if table.notation is ICS else "table"


def kept(name: str, names: Collection[str], octets: Callable[[str], bytes]) -> Snapshot:
    """
    Return the file called *name*, one of *names*, with the *octets* that it once had.

    Raises:
        DataError: It is a table, and the layout beside it is wrong.
    """
    notation, beside = notation_of(name) or JSON, name + ENDING
    snapshot = Snapshot(name, notation, octets(name))
    if not notation.is_table or beside not in names:
        return snapshot
    return laid_out(snapshot, Snapshot(beside, YAML, octets(beside)))


def misplaced(name: str, fields: Collection[str]) -> str:
    """Return which of *fields* describes another file than that which *name* is called after."""
    path = PurePath(name)
    notation = notation_of(path.stem) if path.suffix == ENDING else None
    allowed = "" if not notation or not notation.is_table else "table"
    allowed = "calendar" if notation is ICS else allowed
    return next((each for each in ("table", "calendar") if each in fields and each != allowed), "")
