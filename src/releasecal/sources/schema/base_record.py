"""The record: the common base of all mappings in a data file."""

from collections.abc import Mapping
from typing import Any, ClassVar, get_args

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic.fields import FieldInfo

from releasecal.sources.schema.field_constraints import Form


class Record(BaseModel):
    """
    A mapping in a data file.

    Null in an optional field is the same as leaving it out: programs write it for an empty
    column.

    Attributes:
        noun: Its name in messages.
        nulls: Optional fields in which null says something.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    noun: ClassVar[str] = "it"
    nulls: ClassVar[frozenset[str]] = frozenset()

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, given: Any) -> Any:
        """Return *given* without the fields that are null and may be left out."""
        if not isinstance(given, dict) or None not in given.values():
            return given
        optional = {name for name, field in cls.named_fields().items() if not field.is_required()}
        nulls = optional - cls.nulls
        return {
            name: value for name, value in given.items() if value is not None or name not in nulls
        }

    @classmethod
    def named_fields(cls) -> Mapping[str, FieldInfo]:
        """Return all fields, by their names in files."""
        return {field.alias or name: field for name, field in cls.model_fields.items()}

    @classmethod
    def example(cls, name: str) -> object:
        """Return an example of the field *name*."""
        field = cls.named_fields().get(name)
        return ((field and field.examples) or ["…"])[0]

    @classmethod
    def form(cls, name: str) -> Form | None:
        """Return the form of the field *name*, or of its items; None if it holds records."""
        field = cls.named_fields().get(name)
        held = get_args(field.annotation) if field else ()
        parts = [part for each in held for part in getattr(each, "__metadata__", ())]
        parts += field.metadata if field else ()
        return next((part for part in parts if isinstance(part, Form)), None)

    def has(self, name: str) -> bool:
        """Whether the file gives *name* itself."""
        return name in self.model_fields_set
