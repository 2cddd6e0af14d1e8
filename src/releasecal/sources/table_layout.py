"""The layout of a table, from the data file that lies beside it and is called after it."""

from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import PurePath

from pydantic import ValidationError

from releasecal.errors import DataError, Place, Problem
from releasecal.sources.notation.tables import PLAIN, Layout
from releasecal.sources.schema.table_record import TableRecord
from releasecal.sources.snapshot import JSON, YAML, Snapshot, notation_of

ENDING = ".yaml"
"""End of the name of a file with a layout, after the table's name: films.csv.yaml."""


def declared_layout(snapshot: Snapshot, table: str) -> Layout:
    """
    Return the layout that *snapshot* declares for the file called *table*.

    Raises:
        DataError: It is wrong; what is wrong is told of *snapshot* itself.
    """
    try:
        value = snapshot.parse()
        declared = value.get("table") if isinstance(value, dict) else None
        return TableRecord.model_validate(declared).layout() if declared else PLAIN
    except (DataError, ValidationError) as error:
        what = f"cannot be read while {snapshot.origin} is wrong"
        raise DataError([Problem(Place(table), what, "mend that file")]) from error


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
    layout = declared_layout(Snapshot(beside, YAML, octets(beside)), name)
    return replace(snapshot, layout=layout)


def is_called_after_table(name: str) -> bool:
    """Whether the file called *name* is called after a table: films.csv.yaml."""
    path = PurePath(name)
    notation = notation_of(path.stem)
    return path.suffix == ENDING and notation is not None and notation.is_table
