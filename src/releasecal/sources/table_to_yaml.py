"""Import: a table or calendar becomes a data file in YAML, once, for whoever moves in."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from releasecal.core.value_classes import dataclass, replace
from releasecal.errors import DataError, Place, Problem
from releasecal.sources.files import snapshots
from releasecal.sources.notation.films_from_calendar import FIELDS
from releasecal.sources.notation.yaml_text import written
from releasecal.sources.read_result import no_progress
from releasecal.sources.schema import messages
from releasecal.sources.schema.table_layout_record import TableRecord
from releasecal.sources.snapshot import Snapshot
from releasecal.sources.validate import sound_film, validate


@dataclass(frozen=True, slots=True)
class Imported:
    """
    A data file that was made of a table.

    Attributes:
        text: In YAML.
        left_out: What is wrong in the table, and is not in the file.
        notes: What is not read, or said in two ways.
    """

    text: str
    left_out: Sequence[Problem]
    notes: Sequence[Problem]


def imported(address: str, told: Mapping[str, str]) -> Imported:
    """
    Return the table or calendar at *address* as a data file.

    *told* are fields of its layout, which beat those of the file beside it.

    Raises:
        SourceError: It cannot be read.
        DataError: It is neither, or nothing can be made of it.
    """
    table, *beside = snapshots(address)
    if not table.notation.is_table:
        raise DataError([Problem(Place(address), "not a table", "it is a data file already")])
    given = _checked(told)
    facts = {**table.calendar.facts, **{name: given[name] for name in given if name in FIELDS}}
    table = replace(
        table,
        layout=replace(table.layout, **given),
        calendar=replace(table.calendar, facts=facts),
    )
    result = validate([table, *beside], (), no_progress)
    if result.problems:
        raise DataError(result.problems)
    sources = [source for file in beside for source in _listed(file, "sources")]
    films = [sound_film(raw, address)[0] for raw in _listed(table, "films")]
    top = {"sources": sources, "films": [film for film in films if film.get("releases")]}
    text = written({name: part for name, part in top.items() if part})
    return Imported(text, result.reading.left_out, result.reading.notes)


def _listed(snapshot: Snapshot, name: str) -> Sequence[dict[str, Any]]:
    """Return the list called *name* in *snapshot*, which is right."""
    top = snapshot.parse()
    assert isinstance(top, dict)
    return top.get(name) or ()


def _checked(told: Mapping[str, str]) -> dict[str, Any]:
    """Return the fields of a layout that *told* gives, or raise DataError."""
    try:
        layout = TableRecord.model_validate(told).layout()
    except ValidationError as error:
        raise DataError(
            messages.problem(each, ("table",), lambda *steps, **_: Place(f"--{steps[0]}"))
            for each in error.errors(include_url=False)
        ) from error
    return {name: getattr(layout, name) for name in told}
