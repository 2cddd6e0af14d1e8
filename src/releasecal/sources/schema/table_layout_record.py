"""Tables: the record that says how a table is to be read, beside which its file lies."""

from typing import Annotated

from pydantic import Field

from releasecal.sources.notation.films_from_table import Layout, date_form
from releasecal.sources.schema import field_types
from releasecal.sources.schema.base_record import Record
from releasecal.sources.schema.field_constraints import text, wrong

_MAX_FORM = 40
_FORMS = "such as D.M.YYYY, M/D/YYYY or MMM D, YYYY"


def _date_form(form: str) -> str:
    if date_form(form) is None:
        what = f"not a form of dates: {form!r}"
        raise wrong(what, f"{_FORMS}: a day, a month, and a year of four digits")
    return form


_DateForm = Annotated[
    str, text(_MAX_FORM, then=_date_form, schema={"examples": ["D.M.YYYY", "MMM D, YYYY"]})
]


class ColumnsRecord(Record):
    """The columns of a table by our names, where it uses others."""

    noun = "columns"

    id: field_types.Name = Field(default="", description="The column with the ids of films.")
    title: field_types.Name = Field(default="", description="The column with the titles.")
    kind: field_types.Name = Field(default="", description="The column with the kinds of release.")
    region: field_types.Name = Field(default="", description="The column with the countries.")
    when: field_types.Name = Field(default="", description="The column with the dates.")
    channel: field_types.Name = Field(default="", description="The column with the channels.")
    number: field_types.Name = Field(
        default="", description="The column with the numbers of repeats."
    )
    status: field_types.Name = Field(default="", description="The column with the statuses.")
    certainty: field_types.Name = Field(default="", description="The column with the certainties.")
    reason: field_types.Name = Field(
        default="", description="The column with the reasons of moves."
    )
    note: field_types.Name = Field(default="", description="The column with the notes.")
    as_of: field_types.Name = Field(
        default="", description="The column with the days of announcements."
    )
    source: field_types.Name = Field(default="", description="The column with the ids of sources.")
    distributor: field_types.Name = Field(
        default="", description="The column with the distributors."
    )
    genres: field_types.Name = Field(default="", description="The column with the genres.")
    imdb: field_types.Name = Field(default="", description="The column with the ids of IMDb.")
    tmdb: field_types.Name = Field(default="", description="The column with the ids of TMDB.")
    wikidata: field_types.Name = Field(
        default="", description="The column with the ids of Wikidata."
    )
    eidr: field_types.Name = Field(default="", description="The column with the ids of EIDR.")


class TableRecord(Record):
    """The layout of the table that the file lies beside: films.csv of films.csv.yaml."""

    noun = "a table"

    dates: _DateForm = Field(
        default="", description="How it writes days, beside 2026-12-18: D.M.YYYY, MMM D, YYYY."
    )
    kind: field_types.Kind | None = Field(
        default=None, description="Kind of the releases whose row has none."
    )
    region: field_types.Region = Field(
        default="", description="Region of the releases whose row has none."
    )
    channel: field_types.Channel = Field(
        default="", description="Channel of the releases whose row has none."
    )
    source: field_types.SourceId = Field(default="", description="Id of the source of its rows.")
    as_of: field_types.Day | None = Field(
        default=None, description="The day by which that was known which names no day itself."
    )
    sheet: field_types.Name = Field(
        default="", description="The sheet to read, if it is not the first one."
    )
    columns: ColumnsRecord = Field(
        default=ColumnsRecord(),
        description="Its names of columns that are not called by one of ours.",
    )

    def layout(self) -> Layout:
        """Return the value that the reader of tables takes."""
        given = self.model_dump(exclude_defaults=True, exclude={"columns", "kind", "as_of"})
        return Layout(
            **given,
            kind=self.kind.slug if self.kind else "",
            as_of=str(self.as_of or ""),
            columns={name: said for name, said in self.columns if said},
        )
