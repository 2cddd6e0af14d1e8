"""The schema: what editors know of data files agrees with what the reader accepts."""

import json

import pytest
from jsonschema import Draft202012Validator

from releasecal import sources
from releasecal.errors import DataError
from releasecal.sources.notation import json as json_notation
from releasecal.sources.notation import yaml as yaml_notation
from releasecal.sources.schema.json_schema import json_schema
from support.paths import ROOT, SAMPLES

FILE = ROOT / "schema" / "releasecal.schema.json"

OUR_DATA = sorted([*ROOT.glob("data/*.yaml"), *ROOT.glob("examples/**/*.yaml")])
BEYOND = {
    # Ids, keys and order; what one field means to another.
    "cancelled_and_confirmed.yaml",
    "dates_are_wrong.yaml",
    "fields_twice.json",
    "fields_twice.yaml",
    "ids_twice.yaml",
    "many_problems_in_one_film.yaml",
    "not_a_number.json",
    "regions_are_wrong.yaml",
    "release_twice.yaml",
    "releases_are_claimed.yaml",
    "revisions_and_when.yaml",
    "revisions_out_of_order.yaml",
    "series_has_two_titles.yaml",
    "series_twice.yaml",
    "sources_are_unknown.yaml",
    "windows_in_a_circle.yaml",
    "windows_overlap.yaml",
    "control_characters_escaped.yaml",
    "control_characters_escaped.json",
}
"""Samples with a problem that no schema sees."""


@pytest.fixture(scope="module")
def validator():
    Draft202012Validator.check_schema(json_schema())
    return Draft202012Validator(json_schema())


def parse(path):
    """Return the values of *path*, or None if it is broken as a text."""
    notation = json_notation if path.suffix == ".json" else yaml_notation
    try:
        return notation.parse(path.read_text(encoding="utf-8-sig"), path.name)
    except (DataError, UnicodeDecodeError):
        return None


def is_accepted(path):
    try:
        sources.read([str(path)])
    except DataError:
        return False
    return True


def test_the_file_for_editors_is_up_to_date(request):
    """The file for editors is what `json_schema` returns; ``--update-golden`` writes it anew."""
    text = json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
    if request.config.getoption("--update-golden"):
        FILE.write_text(text, encoding="utf-8")
    assert FILE.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("path", OUR_DATA, ids=lambda path: path.stem)
def test_our_data_follow_the_schema(validator, path):
    """The data that come with releasecal follow the schema."""
    assert [error.message for error in validator.iter_errors(parse(path))] == []


@pytest.mark.parametrize(
    "path",
    [path for path in sorted(SAMPLES.glob("*.[yj]*")) if parse(path)],
    ids=lambda path: path.name,
)
def test_the_schema_agrees_with_the_reader(validator, path):
    """What the reader takes the schema takes, and the other way round where it can."""
    if is_accepted(path):
        assert [error.message for error in validator.iter_errors(parse(path))] == []
    elif path.name not in BEYOND:
        assert not validator.is_valid(parse(path))


def test_years_may_be_numbers(validator):
    """An editor that takes 2024 for a number has nothing to complain of."""
    release = {"kind": "theatrical", "region": "US", "when": 2024}
    assert validator.is_valid({"films": [{"id": "x", "title": 1917, "releases": [release]}]})


def described(shape):
    """Return (name, description) of every field, however deep."""
    for name, field in shape.get("properties", {}).items():
        yield name, field.get("description")
    for part in shape.get("$defs", {}).values():
        yield from described(part)


def test_every_field_is_described():
    """Each field has a description for editors to show."""
    fields = list(described(json_schema()))
    assert len(fields) > 60
    assert [name for name, description in fields if not description] == []


def closed(schema):
    return [part.get("additionalProperties") for part in [schema, *schema["$defs"].values()]]


def test_no_field_goes_unknown():
    """A mistyped field is an error in the editor, too."""
    assert set(closed(json_schema())) == {False}
