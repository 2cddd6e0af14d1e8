"""Wordings: how a person writes values, and carries out remedies, in each notation."""

import json
from collections.abc import Callable

from releasecal.core.value_classes import dataclass


@dataclass(frozen=True, slots=True)
class Wording:
    """
    The words of remedies for files in one notation.

    Attributes:
        pair: Returns a field and its value as they are written.
        add: Verb before such a pair.
        no_date: Value that says that there is no date.
        write_no_date: The same with its verb.
        leave_out: Words for doing without an optional field.
        items: Words for writing a list.
        quotes: Words on texts that need quotes; they follow the name of what is needed.
        empty: An empty catalogue.
        other_film: Words for one thing that is there twice.
        foreign_dates: Remedy for dates in a form of another program, after the others.
    """

    pair: Callable[[str, object], str]
    add: str
    no_date: str
    write_no_date: str
    leave_out: str
    items: str
    quotes: str
    empty: str
    other_film: str
    foreign_dates: str = ""


Remedy = str | Callable[[Wording], str]
"""A way out for messages; a function where the notation has words of its own for it."""


def in_words(remedy: Remedy, wording: Wording) -> str:
    """Return *remedy* in the words of a notation."""
    return remedy if isinstance(remedy, str) else remedy(wording)


def _plain(name: str, value: object) -> str:
    return f"{name}: {'null' if value is None else value}"


YAML = Wording(
    pair=_plain,
    add="add",
    no_date="null for no date",
    write_no_date="write null for no date",
    leave_out="take the line out",
    items="begin each with a dash and a space, or put [ ] around them",
    quotes=", in quotes if it is null or begins with # or &",  # which YAML reads as nothing
    empty="an empty catalogue is films: []",
    other_film="join the two",
)

JSON = Wording(
    pair=lambda name, value: f'"{name}": {json.dumps(value, ensure_ascii=False)}',
    add="add",
    no_date="null for no date",
    write_no_date="write null for no date",
    leave_out="take the field out",
    items="put [ ] around them",
    quotes="",
    empty='an empty catalogue is {"films": []}',
    other_film="join the two",
)

TABLE = Wording(
    pair=_plain,
    add="fill in the column",
    no_date="leave the cell empty for no date",
    write_no_date="leave the cell empty for no date",
    leave_out="leave the cell empty",
    items=YAML.items,
    quotes="",
    empty="",
    other_film="give it another id if it is of another film",
)
