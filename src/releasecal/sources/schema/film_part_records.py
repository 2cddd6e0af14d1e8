"""Parts of a film in a data file, beside its releases and windows."""

from datetime import date
from typing import Annotated, Any, Protocol

from pydantic import Field

from releasecal.core import film_facts, models
from releasecal.sources.schema import field_types
from releasecal.sources.schema.base_record import Record
from releasecal.sources.schema.field_constraints import OR_NUMBER, matching, one_of

_MAX_SAME = 20  # addresses of a person
_TITLE_KINDS = ("alias", "former", "official", "regional", "working")
_Stage = Annotated[str, one_of({status: status for status in film_facts.PRODUCTION_STATUSES})]
_TitleKind = Annotated[str, one_of({kind: kind for kind in _TITLE_KINDS})]
_Lang = Annotated[str, matching("[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", "en")]
_Imdb = Annotated[str, matching("tt[0-9]{7,10}", "tt9603212")]
_Tmdb = Annotated[str, matching("[1-9][0-9]{0,9}", "575264", OR_NUMBER)]
_Wikidata = Annotated[str, matching("Q[1-9][0-9]*", "Q61117344")]
_Eidr = Annotated[
    str, matching(r"10\.5240/([0-9A-F]{4}-){5}[0-9A-Z]", "10.5240/7791-8534-2C23-9030-8610-5")
]


class Owner(Protocol):
    """A film, or another part of a file that gives its members their source and day."""

    @property
    def source(self) -> str:
        """Id of a source, or empty."""

    @property
    def as_of(self) -> date | None:
        """The day by which something was known."""


class Cited(Record):
    """Something that may name where and when it was said."""

    source: field_types.SourceId = Field(
        default="", description="Id of the source that says so; left out, it is the film's."
    )
    as_of: field_types.Day | None = Field(
        default=None, description="The day by which that was known; left out, it is the film's."
    )

    def cited(self, owner: Owner) -> dict[str, Any]:
        """Return its fields by name; source and day are those of *owner*, the film, if it has none."""
        source, as_of = self.source or owner.source, self.as_of or owner.as_of
        return {**vars(self), "source": source, "as_of": as_of}


class TitleRecord(Record):
    """Another title of a film."""

    noun = "a title"

    title: field_types.Headline = Field(description="The title.", examples=["M:I 7"])
    kind: _TitleKind = Field(default="alias", description="What sort of title it is.")
    lang: _Lang = Field(default="", description="Its language, as in BCP 47: en, pt-BR.")
    region: field_types.Region = Field(default="", description="The country that it is used in.")
    since: field_types.Partial | None = Field(default=None, description="When it was first used.")
    until: field_types.Partial | None = Field(default=None, description="When it was last used.")
    source: field_types.SourceId = Field(default="", description="Id of the source that says so.")

    def value(self) -> models.Title:
        """Return the core's value."""
        return models.Title(**vars(self))


class RefsRecord(Record):
    """Ids of a film in other databases."""

    noun = "refs"

    eidr: _Eidr = Field(default="", description="EIDR, the industry's registry.")
    imdb: _Imdb = Field(default="", description="IMDb.")
    tmdb: _Tmdb = Field(default="", description="The Movie Database.")
    wikidata: _Wikidata = Field(default="", description="Wikidata.")

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Return those that are given, sorted by database."""
        return tuple(sorted((name, id_) for name, id_ in vars(self).items() if id_))


class ProductionRecord(Cited):
    """The making of a film."""

    noun = "a production"

    status: _Stage = Field(default="", description="How far it is.")
    wrapped: field_types.Partial | None = Field(default=None, description="When filming ended.")
    note: field_types.Prose = Field(default="", description="What else there is to say about it.")

    def production(self, film: Owner) -> film_facts.Production:
        """Return the core's value."""
        return film_facts.Production(**self.cited(film))


class RoleRecord(Record):
    """Somebody in the cast."""

    noun = "a role"

    name: field_types.Name = Field(description="Who plays.", examples=["Tom Cruise"])
    role: field_types.Name = Field(default="", description="Whom they play.")
    description: field_types.Prose = Field(default="", description="Who that is.")
    undisclosed: field_types.Flag = Field(default=False, description="The role is kept secret.")
    note: field_types.Prose = Field(default="", description="What else there is to say about it.")
    same_as: tuple[field_types.Url, ...] = Field(
        default=(),
        max_length=_MAX_SAME,
        description="Addresses that tell them from namesakes: their pages in Wikidata, IMDb.",
    )

    def value(self) -> film_facts.Role:
        """Return the core's value."""
        return film_facts.Role(**vars(self))


class SeriesRecord(Record):
    """A film's place in a series."""

    noun = "a series"

    id: field_types.Slug = Field(
        description="The same in every film of the series.", examples=["dune"]
    )
    title: field_types.Headline = Field(
        description="The same in every film of the series.", examples=["Dune"]
    )
    ordinal: field_types.Ordinal | None = Field(
        default=None, description="Which one it is, by release."
    )
    story_order: field_types.Ordinal | None = Field(
        default=None, description="Which one it is in the story."
    )

    def value(self) -> models.SeriesPlace:
        """Return the core's value."""
        return models.SeriesPlace(**vars(self))


class NoteRecord(Cited):
    """Something worth telling that no other field holds."""

    noun = "a note"

    text: field_types.Prose = Field(description="The note.", examples=["Filmed in Norway."])

    def note(self, film: Owner) -> film_facts.Note:
        """Return the core's value."""
        return film_facts.Note(**self.cited(film))


class CertificationRecord(Record):
    """The age rating of a film in a country."""

    noun = "a certification"

    region: field_types.Region = Field(description="The country.", examples=["US"])
    rating: field_types.Name = Field(description="The rating as it is shown.", examples=["PG-13"])

    def value(self) -> film_facts.Certification:
        """Return the core's value."""
        return film_facts.Certification(**vars(self))


class LinkRecord(Record):
    """An address about a film."""

    noun = "a link"

    url: field_types.Url = Field(description="The address.", examples=["https://films.example/"])
    title: field_types.Name = Field(default="", description="What is there.")

    def value(self) -> film_facts.Link:
        """Return the core's value."""
        return film_facts.Link(**vars(self))
