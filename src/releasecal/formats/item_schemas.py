"""JSON Schemas of records."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.json import schema_components

from releasecal.formats.release_item_types import Item


def item_schemas(records: Sequence[type[Item]], reference: str) -> Mapping[str, Any]:
    """Return by name the schemas of *records* and of all in them; *reference* has ``{name}``."""
    _, schemas = schema_components(records, ref_template=reference)
    return schemas
