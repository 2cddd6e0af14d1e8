"""Tables: what a selection asks for in columns, and all the rest as JSON."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    text,
)
from sqlalchemy.types import TypeDecorator

from releasecal.core.changes import Change
from releasecal.core.debounce import Pending
from releasecal.core.editions import Entry, Facts
from releasecal.core.models import Film, ReleaseKey, Source


class _Moment(TypeDecorator[datetime]):
    """A moment in UTC as whole seconds since 1970, which every database can compare."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        del dialect
        return None if value is None else int(value.timestamp())

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        del dialect
        return None if value is None else datetime.fromtimestamp(value, UTC)


EVENTS = 3
"""How many events an entry has at most: marked as moved, not any more, overdue."""

_SELECTED = ("region", "kind", "channel", "film", "follows", "is_dated", "is_undated", "leaves")
_FOUND = ("coarse_first", "coarse_after", "event")


def _index(name: str, *columns: str, **options: Any) -> Index:
    """Return an index by *columns* that has all else, too, by which entries are found."""
    rest = (column for column in (*_SELECTED, *_FOUND) if column not in columns)
    return Index(name, *columns, *rest, **options)


# What has a date that is no day is little.
_END = text("coarse_after IS NOT NULL")
_WITH_END = {"sqlite_where": _END, "postgresql_where": _END}

metadata = MetaData()
"""All tables, as the newest version of the schema has them."""

version = Table("schema_version", metadata, Column("version", Integer, nullable=False))
editions = Table(
    "editions",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("published", _Moment, nullable=False),
    Column("rendering", Text, nullable=False),
    Column("inputs", Text, nullable=False),
)
sources = Table(
    "sources",
    metadata,
    Column("id", String, primary_key=True),
    Column("data", Text, nullable=False),
)
films = Table(
    "films",
    metadata,
    Column("id", String, primary_key=True),
    Column("title", Text, nullable=False),
    Column("data", Text, nullable=False),
)
series = Table(
    "series",
    metadata,
    Column("film", String, primary_key=True),
    Column("id", String, primary_key=True, index=True),
    Column("title", Text, nullable=False),
)
entries = Table(
    "entries",
    metadata,
    Column("key", String, primary_key=True),
    Column("film", String, nullable=False, index=True),
    Column("kind", String, nullable=False),
    Column("region", String, nullable=False),
    Column("channel", String, nullable=False),
    Column("follows", String, nullable=False, index=True),
    Column("first", Date),
    Column("after", Date),
    Column("look", Text, nullable=False),
    Column("marked_until", Date, index=True),
    Column("coarse_first", Date),
    Column("coarse_after", Date),
    Column("leaves", Date, index=True),
    Column("is_dated", Boolean, nullable=False),
    Column("is_undated", Boolean, nullable=False, index=True),
    Column("sequence", Integer, nullable=False),
    Column("created", _Moment, nullable=False),
    Column("revised", _Moment, nullable=False),
    Column("facts", Text, nullable=False),
    # The first of its events; the others come right after it.
    Column("event", Integer),
    # What a selection is found by, in order, without reading a row.
    _index("entries_by_day", "first", "key"),
    _index("entries_by_region", "region", "first", "key"),
    _index("entries_by_channel", "channel", "first", "key"),
    _index("entries_by_end", "coarse_after", "key", **_WITH_END),
    _index("entries_by_region_end", "region", "coarse_after", "key", **_WITH_END),
    Index("entries_by_news", "region", "revised"),
)
changes = Table(
    "changes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("edition", Integer, nullable=False),
    Column("at", _Moment, nullable=False),
    Column("film", String, nullable=False, index=True),
    Column("kind", String, nullable=False, index=True),
    Column("data", Text, nullable=False),
)
pending = Table(
    "pending",
    metadata,
    Column("key", String, primary_key=True),
    Column("data", Text, nullable=False),
)
freshness = Table(
    "freshness",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("confirmed", _Moment, nullable=False),
    Column("healed", _Moment),
)
reading = Table(
    "reading",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("inputs", Text, nullable=False),
    Column("recheck", Date),
    Column("told_until", Date, nullable=False),
)
mentions = Table(
    "mentions",
    metadata,
    Column("film", String, primary_key=True),
    Column("other", String, primary_key=True, index=True),
)
events = Table(
    "events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String, nullable=False),
    Column("since", Date, nullable=False),
    Column("until", Date, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
outlines = Table(
    "outlines",
    metadata,
    Column("address", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)
documents = Table(
    "documents",
    metadata,
    Column("address", String, primary_key=True),
    Column("digest", String, nullable=False),
    Column("changed", _Moment, nullable=False),
    Column("asked", Date, nullable=False),
    Index("documents_by_age", "asked", "address"),
)
trouble = Table(
    "trouble",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("failed", _Moment, nullable=False),
    Column("is_held", Boolean, nullable=False),
    Column("problems", Text, nullable=False),
)
lease = Table(
    "lease",
    metadata,
    Column("name", String, primary_key=True),
    Column("holder", String, nullable=False),
    Column("until", _Moment, nullable=False),
)

FACTS = TypeAdapter(Facts)
FILM = TypeAdapter(Film)
SOURCE = TypeAdapter(Source)
CHANGE = TypeAdapter(Change)
PROBLEMS = TypeAdapter(tuple[str, ...])
WAITING = TypeAdapter(tuple[ReleaseKey, Pending])


def source_row(source: Source) -> dict[str, Any]:
    """Return the row of a source."""
    return {"id": source.id, "data": as_json(SOURCE, source)}


def film_row(film: Film) -> dict[str, Any]:
    """Return the row of a film."""
    return {"id": film.id, "title": film.title, "data": as_json(FILM, film)}


def change_row(change: Change, edition: int) -> dict[str, Any]:
    """Return the row of a *change* that *edition* brought."""
    return {
        "edition": edition,
        "at": change.at,
        "film": change.key.film,
        "kind": change.kind.value,
        "data": as_json(CHANGE, change),
    }


def entry_row(entry: Entry) -> dict[str, Any]:
    """Return the row of an entry."""
    release, current, shown = entry.facts.release, entry.current, entry.shown
    return {
        "key": str(entry.key),
        "film": entry.key.film,
        "kind": release.kind.slug,
        "region": entry.key.region,
        "channel": entry.key.channel,
        "follows": entry.facts.follows,
        "first": shown.first if shown else None,
        "after": shown.after if shown else None,
        "look": entry.look,
        "marked_until": entry.marked_until,
        "coarse_first": current.when.first if entry.overdue_from and current.when else None,
        "coarse_after": entry.overdue_from,
        "leaves": entry.leaves,
        "is_dated": shown is not None and shown.is_day,
        "is_undated": not current.status.is_over and entry.is_off,
        "sequence": entry.sequence,
        "created": entry.created,
        "revised": entry.revised,
        "facts": as_json(FACTS, entry.facts),
    }


def as_json(adapter: TypeAdapter[Any], value: object) -> str:
    """Return *value* as JSON, without what is as it is by default."""
    return adapter.dump_json(value, exclude_defaults=True).decode()


def entry_of(row: Mapping[Any, Any]) -> Entry:
    """Return the entry of a *row*."""
    return Entry(
        facts=FACTS.validate_json(row["facts"]),
        sequence=row["sequence"],
        created=row["created"],
        revised=row["revised"],
        look=row["look"],
        marked_until=row["marked_until"],
        leaves=row["leaves"],
    )
