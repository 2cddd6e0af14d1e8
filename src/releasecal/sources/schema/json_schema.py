"""JSON Schema: the shape of data files, for editors that complete and check as people type."""

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from releasecal.sources.schema.records import FileRecord

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_ID = "urn:releasecal:data-file"


class _Plain(GenerateJsonSchema):
    """Leaves out titles and defaults, which would repeat names and descriptions."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002  # pydantic's signature
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        # `_or_null` says so of every field that may be left out.
        return self.generate_inner(schema["schema"])


def json_schema() -> dict[str, Any]:
    """
    Return the JSON Schema (draft 2020-12) of a data file.

    It covers single fields. Whether ids lead somewhere, and whether revisions are in
    order, only `read` can tell.
    """
    shape = FileRecord.model_json_schema(by_alias=True, schema_generator=_Plain)
    for part in shape["$defs"].values():
        del part["title"]
    for part in (shape, *shape["$defs"].values()):
        optional = part["properties"].keys() - set(part.get("required", ()))
        part["properties"] |= {name: _or_null(part["properties"][name]) for name in optional}
    return {"$schema": _DIALECT, "$id": _ID, **shape}


def _or_null(field: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of *field*, which may be left out, so that null may stand there."""
    types = field.get("type")
    if types is None or "enum" in field or "const" in field:
        rest = {name: part for name, part in field.items() if name != "description"}
        told = {"description": field["description"]} if "description" in field else {}
        return {"anyOf": [rest, {"type": "null"}], **told}
    listed = types if isinstance(types, list) else [types]
    return field if "null" in listed else {**field, "type": [*listed, "null"]}
