"""JSON without defaults: the text that pydantic makes, which databases of all versions have."""

from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum
from types import NoneType, UnionType
from typing import Union, get_args, get_origin, get_type_hints

import pytest
from pydantic import TypeAdapter

from releasecal.core.changes import Change
from releasecal.core.debounce import Pending
from releasecal.core.editions import Facts
from releasecal.core.models import Film, ReleaseKey, Source
from releasecal.errors import NOWHERE, Problem
from releasecal.store.json_without_defaults import encoder

TEXT = 'Ünï \\ "\n\t\r\b\f\x00\x1f\x7f\u2028\U0001f3ac</'
SAMPLES = {
    str: TEXT,
    int: -(2**40),
    bool: True,
    date: date(2026, 12, 1),
    datetime: datetime(2026, 12, 1, 8, 30, 1, 200, tzinfo=UTC),
}
TYPES = [
    *(Change, Facts, Film, Source, dict[str, str]),
    *(tuple[ReleaseKey, Pending], tuple[Problem | str, ...]),
]


def sample(of, *, is_full, around=()):
    """Return a value of the type *of*: all its fields have another value than their default, or none has."""
    parts = get_args(of)
    if get_origin(of) in {Union, UnionType}:
        of = next(part for part in parts if part is not NoneType)
        return sample(of, is_full=is_full, around=around)
    if get_origin(of) is dict:
        return {TEXT: TEXT}
    if get_origin(of) is tuple:
        several = parts[:1] * 2 * (parts[0] not in around) if parts[-1] is Ellipsis else parts
        return tuple(sample(part, is_full=is_full, around=around) for part in several)
    if is_dataclass(of):
        types, around = get_type_hints(of), (*around, of)
        return of(
            **{
                field.name: sample(types[field.name], is_full=is_full, around=around)
                for field in fields(of)
                if is_full or field.default is MISSING
            }
        )
    return list(of)[-1] if issubclass(of, Enum) else SAMPLES[of]


@pytest.mark.parametrize("is_full", [True, False], ids=["full", "least"])
@pytest.mark.parametrize("of", TYPES, ids=str)
def test_the_text_is_that_of_pydantic(of, is_full):
    """A film is known by it, and so is an entry whose text older code has written."""
    value = sample(of, is_full=is_full)
    adapter = TypeAdapter(of)

    text = encoder(of)(value)

    assert text == adapter.dump_json(value, exclude_defaults=True).decode()
    assert adapter.validate_json(text) == value


def test_a_default_that_is_made_anew_is_left_out():
    """A text that was read is another object than the default it is equal to."""
    title = "".join(list("alias"))
    film = TypeAdapter(Film).validate_python(
        {
            "id": "seven",
            "title": "Seven",
            "titles": [{"title": "Se7en", "kind": title}],
        }
    )

    assert encoder(Film)(film) == '{"id":"seven","title":"Seven","titles":[{"title":"Se7en"}]}'


def test_a_problem_may_be_a_text():
    """As older versions have written it."""
    encode = encoder(tuple[Problem | str, ...])

    assert (
        encode(("odd", Problem(NOWHERE, "odd"))) == '["odd",{"place":{"origin":""},"what":"odd"}]'
    )
