"""
Records: the shape of a data file, and how its parts become the core's values.

The values of single fields are in `field_types`, the agreement of several in `rules`. The JSON
Schema is made from these records, so people read each description in an editor.
"""

from datetime import date
from typing import Annotated, Self, get_args

from pydantic import ConfigDict, Field, field_validator, model_validator

from releasecal.core import models
from releasecal.core.models import (
    Bound,
    Certainty,
    ReleaseKey,
    ReleaseKind,
    Status,
    slugify,
)
from releasecal.core.value_classes import dataclass, replace
from releasecal.core.window_rules import WindowRule
from releasecal.sources.notation.clean_text import Steps, shown
from releasecal.sources.notation.remedy_wording import Wording
from releasecal.sources.schema import field_types
from releasecal.sources.schema.base_record import Record
from releasecal.sources.schema.calendar_layout_record import CalendarRecord
from releasecal.sources.schema.field_constraints import OR_NUMBER, matching, one_of, whole, wrong
from releasecal.sources.schema.film_part_records import (
    CertificationRecord,
    Cited,
    LinkRecord,
    NoteRecord,
    Owner,
    ProductionRecord,
    RefsRecord,
    RoleRecord,
    SeriesRecord,
    TitleRecord,
)
from releasecal.sources.schema.table_layout_record import TableRecord
from releasecal.sources.schema.zone_type import Zone

# Each one is compared with each other; the longest history we know of has a dozen.
MAX_REVISIONS = 200
MAX_WINDOWS = 50
_MAX_FORMER = 50  # ids, or keys of a release

_KINDS_AFTERWARDS = (
    ReleaseKind.STREAMING,
    ReleaseKind.DIGITAL,
    ReleaseKind.PHYSICAL,
    ReleaseKind.TV,
)


_Status = Annotated[
    Status, one_of({status.value: status for status in (Status.SCHEDULED, Status.CANCELLED)})
]
_Certainty = Annotated[
    Certainty, one_of({one.value: one for one in Certainty if one is not Certainty.DERIVED})
]
_Afterwards = Annotated[
    ReleaseKind, one_of({kind.slug: kind for kind in _KINDS_AFTERWARDS}, field_types.DERIVED)
]
_Time = Annotated[str, matching("([01][0-9]|2[0-3]):[0-5][0-9]", "19:30")]
_Minutes = Annotated[int, whole(1, 99_999)]
_Weeks = Annotated[int, whole(1, 520)]
_Months = Annotated[int, whole(1, 120)]
_LENGTHS = ("days", "weekends", "weeks", "months")
_NO_LENGTH = "neither days, weekends, weeks nor months"
_DETAILS = frozenset(
    ("note", "place", "label", "time", "zone", "tickets", "version", "until", "event")
)
_Bound = Annotated[Bound, one_of({bound.value: bound for bound in Bound})]


def _add_when(say: Wording) -> str:
    some, none = say.pair("when", "2026-12-18"), say.pair("when", None)
    return f"{say.add} {some}, or {none} if there is no date"


def _add_one(say: Wording) -> str:
    return f"add one, or write {say.pair('when', None)} if there is no date"


def _say_days(say: Wording) -> str:
    return f"say one of them: {say.pair('days', 45)}"


class SourceRecord(Record):
    """The origin of facts: an article, a press release, a database."""

    noun = "a source"

    id: field_types.Slug = Field(
        description="How the facts in this folder refer to it.", examples=["article"]
    )
    title: field_types.Headline = Field(
        default="", description="Its headline or name, shown to subscribers."
    )
    publisher: field_types.Name = Field(default="", description="Who published it.")
    url: field_types.Url = Field(default="", description="Where it can be read.")
    published: field_types.Day | None = Field(default=None, description="The day it appeared.")
    retrieved: field_types.Day | None = Field(
        default=None, description="The day it was last looked at."
    )
    licence: field_types.Name = Field(
        default="", description="The terms it may be used on: CC0-1.0."
    )
    attribution: field_types.Prose = Field(
        default="", description="A notice that its terms demand."
    )
    machine: field_types.Flag = Field(
        default=False,
        description="true for a database that may change its mind from day to day: what it "
        "says counts once it has said so for a while.",
    )
    covers: field_types.Covers | None = Field(
        default=None,
        description="The days it lists, where those are not all: upcoming, or a first and a "
        "last day. A release on another day that it does not list is not withdrawn.",
    )

    def source(self) -> models.Source:
        """Return the core's value, without *retrieved*, which is for the file's keepers."""
        given = dict(vars(self))
        del given["retrieved"]
        return models.Source(**given)


class RevisionRecord(Cited):
    """One announcement about a release."""

    model_config = ConfigDict(
        json_schema_extra={"anyOf": [{"required": [name]} for name in ("when", "status")]}
    )

    noun = "a revision"
    nulls = frozenset({"when"})

    when: field_types.When = Field(
        default=None,
        description="When it is to happen, as precisely as announced; null for no date. "
        "A cancelled revision may leave it out: the date that was cancelled stays.",
    )
    status: _Status = Field(
        default=Status.SCHEDULED, description="Whether it is going to happen at all."
    )
    certainty: _Certainty = Field(default=Certainty.CONFIRMED, description="How sure the date is.")
    reason: field_types.Name = Field(
        default="", description="Why the date moved, if that was said."
    )
    text: field_types.Prose = Field(
        default="", description="The announced wording, where it says more."
    )
    delayed: field_types.Flag = Field(
        default=False, description="It follows an earlier date that the source does not give."
    )
    slot_from: field_types.Slug = Field(
        default="", description="Id of the film whose date this took."
    )
    slot_to: field_types.Slug = Field(default="", description="Id of the film that took this date.")

    @model_validator(mode="after")
    def _is_dated(self) -> Self:
        self._require_when()
        return self

    def _require_when(self) -> None:
        if not self.has("when") and self.status is not Status.CANCELLED:
            raise wrong(f"{self.noun} has no when", _add_when, of="record")

    def revision(
        self, film: "FilmRecord | OverrideRecord", before: models.Revision | None
    ) -> models.Revision:
        """Return the core's value; its gaps are filled from *film* and from *before*."""
        when = before.when if before and not self.has("when") else self.when
        return models.Revision(
            when,
            as_of=self.as_of or film.as_of,
            status=self.status,
            certainty=self.certainty,
            reason=self.reason,
            source=self.source or film.source,
            text=self.text,
            delayed=self.delayed,
            slot_from=self.slot_from,
            slot_to=self.slot_to,
        )


class FormerKeyRecord(Record):
    """A former identity of a release; parts that are left out were as they are now."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [{"required": [name]} for name in ("kind", "region", "channel", "number")]
        }
    )

    noun = "a former release"
    nulls = frozenset({"channel"})

    kind: field_types.Kind | None = Field(
        default=None, description="The kind that it had.", examples=["theatrical-limited"]
    )
    region: field_types.Region | None = Field(
        default=None, description="The country that it had.", examples=["US"]
    )
    channel: field_types.Channel | None = Field(
        default=None, description="The channel that it had; null for none."
    )
    number: field_types.Number | None = Field(default=None, description="The number that it had.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            remedy = "say what was different: kind, region, channel or number"
            raise wrong("a former release is like this one", remedy, of="record")
        return self

    def key(self, now: ReleaseKey) -> ReleaseKey:
        """Return the key that the release with the key *now* had."""
        given = {name: getattr(self, name) for name in self.model_fields_set}
        if "kind" in given:
            given["kind"] = given["kind"].identity
        if "channel" in given:
            given["channel"] = slugify(given["channel"] or "")
        return replace(now, **given)


class ReleaseRecord(RevisionRecord):
    """One way a film reaches its public somewhere, with its revisions or its one date."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [{"required": [name]} for name in ("revisions", "when", "status")]
        }
    )

    noun = "a release"

    kind: field_types.Kind = Field(
        description="The way it reaches its public.", examples=["theatrical"]
    )
    region: field_types.Region = Field(
        description="Country, ISO 3166-1 alpha-2 (US, GB, NO), or 001 for everywhere at once: "
        'put "001" in quotes, for to an editor it is the number 1 without. ZZ is unknown.',
        examples=["US"],
    )
    channel: field_types.Channel = Field(
        default="", description="Where to see it: Paramount+, IMAX."
    )
    number: field_types.Number = Field(
        default=1,
        description="2 or more for repeats that no place or label tells apart: the second "
        "re-release in one country.",
    )
    note: field_types.Prose = Field(default="", description="Anything else about this release.")
    was: tuple[FormerKeyRecord, ...] = Field(
        default=(),
        max_length=_MAX_FORMER,
        description="What it was called before its kind, region, channel or number was mended: "
        "its event goes on.",
    )
    place: field_types.Name = Field(
        default="", description="Where it happens: Zoo Palast, Berlin; Cannes."
    )
    label: field_types.Name = Field(
        default="", description="What it is called: Festival de Cannes, IMAX."
    )
    time: _Time = Field(default="", description="Its time of day, of a premiere or preview: 19:30.")
    zone: Zone = Field(default="", description="The zone of that time.")
    tickets: field_types.Url = Field(default="", description="Where to buy tickets.")
    version: field_types.Name = Field(
        default="", description="Its language version: OmU, dubbed.", examples=["OmU"]
    )
    until: field_types.LastDay | None = Field(default=None, description="The last day of its run.")
    event: field_types.Slug = Field(
        default="",
        description="Id of its event in the calendar that it was read from; it tells repeats "
        "apart before place and label do.",
    )
    revisions: tuple[RevisionRecord, ...] = Field(
        default=(),
        max_length=MAX_REVISIONS,
        description="All announcements, oldest first; the last one is in force.",
    )

    @model_validator(mode="after")
    def _is_dated(self) -> Self:
        if not self.has("revisions"):
            self._require_when()
            return self
        if not self.revisions:
            raise wrong("revisions is empty", _add_one, of="record", at=("revisions",))
        beside = sorted(self.model_fields_set & RevisionRecord.model_fields.keys())
        if beside:
            what = f"{beside[0]} stands beside revisions"
            raise wrong(what, "move it into a revision", of="record", at=(beside[0],))
        return self

    def release(
        self, film: "FilmRecord | OverrideRecord", told_by: tuple[str, ...] = ()
    ) -> models.Release:
        """Return the core's value, told by the sources at the addresses *told_by*."""
        history: list[models.Revision] = []
        for said in self.revisions or (self,):
            history.append(said.revision(film, history[-1] if history else None))
        key = ReleaseKey(
            film=film.id,
            kind=self.kind.identity,
            region=self.region,
            channel=self.channel and slugify(self.channel),
            number=self.number,
        )
        given = self.model_fields_set & _DETAILS  # few releases have any
        details = {name: getattr(self, name) for name in given}
        was = tuple(former.key(key) for former in self.was)
        return models.Release(
            key, self.kind, tuple(history), self.channel, told_by=told_by, was=was, **details
        )


class ValidityRecord(Record):
    """For which opening days a window holds."""

    noun = "a validity"

    since: field_types.Day | None = Field(
        default=None, alias="from", description="The first day, inclusive."
    )
    until: field_types.LastDay | None = Field(default=None, description="The last day, inclusive.")

    @model_validator(mode="after")
    def _is_span(self) -> Self:
        if self.since and self.until and self.until < self.since:
            what = f"{self.noun} ends on {self.until}, before it begins on {self.since}"
            raise wrong(what, "exchange from and until", of="record", at=("until",))
        return self


class WindowRecord(Cited):
    """A rule from which a release follows: 45 days in cinemas, then Paramount+."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": [name]} for name in _LENGTHS]}
    )

    noun = "a window"

    to: _Afterwards = Field(
        description="The kind of release that it leads to.", examples=["streaming"]
    )
    origin: field_types.Kind = Field(
        default=ReleaseKind.THEATRICAL,
        alias="from",
        description="The kind of release that it is counted from, announced or by another window; "
        "theatrical unless said.",
    )
    channel: field_types.Channel = Field(
        default="", description="Where to see it then: Paramount+."
    )
    region: field_types.Region = Field(
        default="", description="Country; left out, wherever the first release takes place."
    )
    days: field_types.Days | None = Field(
        default=None, description="Length in days: 45 from 14 July end on 28 August."
    )
    weekends: field_types.Weekends | None = Field(
        default=None, description="Length in weekends instead: 3 from a Friday are 17 days."
    )
    weeks: _Weeks | None = Field(default=None, description="Length in weeks instead.")
    months: _Months | None = Field(
        default=None,
        description="Length in months instead: 3 from 30 November end with February.",
    )
    bound: _Bound = Field(
        default=Bound.AT_LEAST,
        description="Whether the day that follows is the first or the last one possible.",
    )
    valid: ValidityRecord = Field(
        default=ValidityRecord(),
        description="For which opening days it holds; always, unless said.",
    )
    disputed: field_types.Flag = Field(default=False, description="Somebody contests it.")
    note: field_types.Prose = Field(default="", description="What else there is to say about it.")
    condition: field_types.Prose = Field(
        default="",
        description="What else it depends on, in words: if it was subsidised. Its date says so.",
    )

    @model_validator(mode="after")
    def _has_length(self) -> Self:
        given = [name for name in _LENGTHS if getattr(self, name) is not None]
        if len(given) != 1:
            said = f"both {' and '.join(given)}" if given else _NO_LENGTH
            raise wrong(f"a window has {said}", _say_days, of="record")
        if self.origin is self.to:
            what = f"a window leads from {self.to.slug} to {self.to.slug}"
            raise wrong(what, "name another kind", of="record", at=("to",))
        return self

    def window(self, owner: Owner) -> models.Window:
        """Return the core's value."""
        given = self.cited(owner)
        given = {name: given[name] for name in _OF_A_WINDOW}
        valid = given.pop("valid")
        return models.Window(**given, valid_from=valid.since, valid_until=valid.until)


_OF_A_WINDOW = tuple(WindowRecord.model_fields)  # not of a rule


@dataclass(frozen=True, slots=True)
class _Nobody:
    """The owner of what belongs to no film."""

    source: str = ""
    as_of: date | None = None


class WindowRuleRecord(WindowRecord):
    """A window of all films of a distributor, or of all films in a country, by contract or law."""

    distributor: tuple[field_types.Name, ...] = Field(
        default=(),
        description="Distributors whose films it is for, by all names that films have for them: "
        "[Universal, Universal Pictures]. Left out, it is for all films.",
        json_schema_extra=lambda field: field.update(type=["array", *OR_NUMBER["type"]]),
    )
    source: field_types.SourceId = Field(default="", description="Id of the source that says so.")
    as_of: field_types.Day | None = Field(
        default=None, description="The day by which that was known."
    )

    @field_validator("distributor", mode="before")
    @classmethod
    def _one_is_a_list(cls, given: object) -> object:
        return (given,) if isinstance(given, str | int) else given

    def rule(self) -> WindowRule:
        """Return the core's value."""
        return WindowRule(self.window(_Nobody()), self.distributor)


class FilmRecord(Record):
    """A film and all that is known of it."""

    noun = "a film"

    id: field_types.Slug = Field(
        description="Stays, whatever becomes of the title.", examples=["dune-part-two"]
    )
    was: tuple[field_types.Slug, ...] = Field(
        default=(),
        max_length=_MAX_FORMER,
        description="Ids that it had before the present one: its events and addresses go on.",
    )
    title: field_types.Headline = Field(description="Its title today.", examples=["Dune"])
    titles: tuple[TitleRecord, ...] = Field(default=(), description="Its other titles.")
    refs: RefsRecord = Field(default=RefsRecord(), description="Its ids in other databases.")
    distributor: field_types.Name = Field(default="", description="Who brings it to cinemas.")
    genres: tuple[field_types.Name, ...] = Field(default=(), description="Such as action, spy.")
    production: ProductionRecord | None = Field(default=None, description="How its making goes.")
    cast: tuple[RoleRecord, ...] = Field(default=(), description="Who is in it, leads first.")
    series: tuple[SeriesRecord, ...] = Field(default=(), description="The series it belongs to.")
    follows: field_types.Slug = Field(
        default="", description="Id of the film that it is the sequel to."
    )
    notes: tuple[NoteRecord, ...] = Field(default=(), description="What else there is to tell.")
    poster: field_types.Url = Field(default="", description="Address of an image.")
    synopsis: field_types.Prose = Field(default="", description="What it is about.")
    runtime: _Minutes | None = Field(default=None, description="Minutes it takes.")
    certifications: tuple[CertificationRecord, ...] = Field(
        default=(), description="Its age ratings, by country."
    )
    links: tuple[LinkRecord, ...] = Field(default=(), description="Where there is more.")
    releases: tuple[ReleaseRecord, ...] = Field(
        default=(), description="When it comes out, and how."
    )
    windows: tuple[WindowRecord, ...] = Field(
        default=(),
        max_length=MAX_WINDOWS,
        description="Rules from which further releases follow.",
    )
    source: field_types.SourceId = Field(
        default="", description="Source of what names none itself, of this film."
    )
    as_of: field_types.Day | None = Field(
        default=None, description="The day by which that was known which names no day itself."
    )

    @model_validator(mode="after")
    def _is_renamed(self) -> Self:
        if self.id in self.was:
            at = ("was", self.was.index(self.id))
            what = f"was: {shown(self.id)} is the present id"
            raise wrong(what, "take it out", of="record", at=at)
        return self

    def film(self, told_by: tuple[str, ...] = ()) -> models.Film:
        """Return the core's value, told by the sources at the addresses *told_by*."""
        return models.Film(
            self.id,
            self.title,
            other_ids=self.was,
            titles=tuple(map(TitleRecord.value, self.titles)),
            refs=self.refs.pairs(),
            distributor=self.distributor,
            genres=self.genres,
            production=self.production.production(self) if self.production else None,
            cast=tuple(map(RoleRecord.value, self.cast)),
            series=tuple(map(SeriesRecord.value, self.series)),
            follows=self.follows,
            notes=tuple(note.note(self) for note in self.notes),
            poster=self.poster,
            synopsis=self.synopsis,
            runtime=self.runtime,
            certifications=tuple(map(CertificationRecord.value, self.certifications)),
            links=tuple(map(LinkRecord.value, self.links)),
            releases=tuple(release.release(self, told_by) for release in self.releases),
            windows=tuple(window.window(self) for window in self.windows),
            source=self.source,
            as_of=self.as_of,
            told_by=told_by,
        )


class OverrideRecord(Cited):
    """A correction by somebody who knows better than the sources, for as long as that is so."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [{"required": [name]} for name in ("releases", "title", "windows")]
        }
    )

    noun = "an override"

    film: field_types.Slug = Field(
        description="Id of the film that it corrects.", examples=["dune-part-two"]
    )
    by: field_types.Name = Field(description="Who answers for it.", examples=["Anna, box office"])
    why: field_types.Name = Field(
        description="Why it is needed; the reason of each date that it moves.",
        examples=["The distributor called"],
    )
    until: field_types.LastDay | None = Field(
        default=None, description="The last day on which it holds; left out, it holds for good."
    )
    title: field_types.Headline = Field(default="", description="The right title.")
    releases: tuple[ReleaseRecord, ...] = Field(
        default=(), description="The right dates, and releases that no source has."
    )
    windows: tuple[WindowRecord, ...] = Field(
        default=(),
        max_length=MAX_WINDOWS,
        description="The right rules, in the place of all that the sources tell.",
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not slugify(self.by):
            remedy = "say a name that can be spelt"
            raise wrong("by has no letter or digit", remedy, of="record", at=("by",))
        if not (self.releases or self.title or self.windows):
            remedy = "give it releases, a title or windows"
            raise wrong("an override that changes nothing", remedy, of="record")
        mended = [number for number, release in enumerate(self.releases) if release.was]
        if mended:
            at = ("releases", mended[0], "was")
            raise wrong("was stands in an override", "write it into the film", of="record", at=at)
        return self

    @property
    def id(self) -> str:
        """Id of the film."""
        return self.film

    def corrections(self) -> models.Film:
        """Return a film of nothing but its corrections."""
        return models.Film(
            id=self.film,
            title=self.title,
            releases=tuple(release.release(self) for release in self.releases),
            windows=tuple(window.window(self) for window in self.windows),
        )


class FileRecord(Record):
    """A data file of releasecal: films, the sources that tell of them, and overrides."""

    model_config = ConfigDict(
        title="releasecal data file",
        json_schema_extra={
            "anyOf": [
                {"required": [name]}
                for name in ("films", "sources", "windows", "overrides", "table", "calendar")
            ]
        },
    )

    noun = "a data file"

    sources: tuple[SourceRecord, ...] = Field(default=(), description="What the facts are from.")
    films: tuple[FilmRecord, ...] = Field(default=(), description="The films.")
    windows: tuple[WindowRuleRecord, ...] = Field(
        default=(),
        description="Windows of many films; those that a film has itself beat them.",
    )
    overrides: tuple[OverrideRecord, ...] = Field(
        default=(), description="Corrections by hand, which beat every source."
    )
    table: TableRecord | None = Field(
        default=None,
        description="How to read the table that this file lies beside, and is called after: "
        "films.csv of films.csv.yaml.",
    )
    calendar: CalendarRecord | None = Field(
        default=None,
        description="How to read the calendar that this file lies beside, and is called after: "
        "festival.ics of festival.ics.yaml.",
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            known = ", ".join(self.named_fields())
            raise wrong(f"a data file has none of {known}", lambda say: say.empty, of="record")
        return self


def record_at(steps: Steps, top: type[Record] = FileRecord) -> type[Record]:
    """Return the innermost record on the way of *steps* from *top*."""
    record = top
    for step in steps:
        field = record.named_fields().get(str(step))
        record = (field and _held(field.annotation)) or record
    return record


def _held(annotation: object) -> type[Record] | None:
    """Return the record in *annotation*: itself, optional, or in a list."""
    for held in (annotation, *get_args(annotation)):
        if isinstance(held, type) and issubclass(held, Record):
            return held
    return None
