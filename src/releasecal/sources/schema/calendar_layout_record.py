"""Calendars: the record of the rules by which somebody's calendar is read."""

from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field, model_validator

from releasecal.sources.notation.films_from_calendar import FIELDS, WHERE, CalendarLayout, Rule
from releasecal.sources.schema import field_types
from releasecal.sources.schema.base_record import Record
from releasecal.sources.schema.field_constraints import line, one_of, wrong
from releasecal.sources.schema.zone_type import Zone

_MAX_WORD = 100  # characters
_MAX_WORDS = 100
_MAX_RULES = 500

_Word = Annotated[str, line(_MAX_WORD)]
_Where = Annotated[str, one_of({name: name for name in WHERE})]


class _FactsRecord(Record):
    """Facts that an event has."""

    kind: field_types.Kind | None = Field(
        default=None, description="Kind of the release that such an event is."
    )
    region: field_types.Region = Field(default="", description="Its country.")
    channel: field_types.Channel = Field(default="", description="Its channel.")
    label: field_types.Name = Field(
        default="", description="What it is called: Festival de Cannes, IMAX."
    )
    version: field_types.Name = Field(default="", description="Its language version: OmU.")
    film: field_types.Slug = Field(default="", description="Id of the film that it is about.")

    def facts(self) -> dict[str, str]:
        """Return the facts that are given, by name."""
        given: dict[str, Any] = {name: getattr(self, name) for name in FIELDS}
        given["kind"] = self.kind.slug if self.kind else ""
        return {name: value for name, value in given.items() if value}


class RuleRecord(_FactsRecord):
    """A rule: an event with one of some words has these facts."""

    model_config = ConfigDict(
        json_schema_extra={"anyOf": [{"required": [name]} for name in (*FIELDS, "skip")]}
    )

    noun = "a rule"

    words: tuple[_Word, ...] = Field(
        min_length=1,
        max_length=_MAX_WORDS,
        description="Whole words or marks, any of which is enough; capitals make no difference. "
        "What is found of them in the SUMMARY is no part of the title.",
        examples=[["Premiere:", "Gala"]],
    )
    where: tuple[_Where, ...] = Field(
        default=("summary", "categories"),
        min_length=1,
        description="In which properties of the event they are looked for; summary and "
        "categories, unless said.",
    )
    skip: field_types.Flag = Field(
        default=False, description="true: such an event is no release, and is not read."
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.skip and not self.facts():
            remedy = f"add {', '.join(FIELDS)} or skip: true"
            raise wrong("a rule has nothing but words", remedy, of="record")
        return self

    def rule(self) -> Rule:
        """Return the value that the reader of calendars takes."""
        return Rule(self.words, self.where, self.facts(), self.skip)


class CalendarRecord(_FactsRecord):
    """The way to read the calendar that the file lies beside: films.ics of films.ics.yaml."""

    noun = "a calendar"

    zone: Zone = Field(
        default="",
        description="The zone in which an instant in UTC means a day, and of times without one; "
        "the calendar's own, unless said.",
    )
    source: field_types.SourceId = Field(default="", description="Id of the source of its events.")
    title_after: tuple[_Word, ...] = Field(
        default=(),
        max_length=_MAX_WORDS,
        description="Words or marks after the first of which the title begins.",
    )
    title_before: tuple[_Word, ...] = Field(
        default=(),
        max_length=_MAX_WORDS,
        description="Words or marks before the first of which the title ends.",
    )
    rules: tuple[RuleRecord, ...] = Field(
        default=(),
        max_length=_MAX_RULES,
        description="What words mean; the first rule with a fact decides it.",
    )

    def layout(self) -> CalendarLayout:
        """Return the value that the reader of calendars takes."""
        return CalendarLayout(
            facts=self.facts(),
            zone=self.zone,
            source=self.source,
            title_after=self.title_after,
            title_before=self.title_before,
            rules=tuple(rule.rule() for rule in self.rules),
        )
