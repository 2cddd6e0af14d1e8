"""Tables of published facts: a column for each value that a query uses, JSON for all others."""

from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    false,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateIndex

from releasecal.store.moment_type import Moment
from releasecal.store.text_type import LongText, ShortText

EVENTS = 3
"""Most rendered events of one entry: marked as moved, no longer marked, overdue."""

_SELECTED = (
    *("region", "kind", "channel", "film", "follows"),
    *("is_dated", "is_undated", "leaves", "was_derived", "is_announced"),
)
_CHOSEN = ("region", "kind", "channel", "was_derived", "follows", "is_withdrawn")
_OF_CHANGE = ("kind", "release_kind", "channel")
_FOUND = ("coarse_first", "coarse_after", "event")


def _index(name: str, *columns: str, **options: Any) -> Index:
    """Return an index by *columns* that covers all other columns of a selection, too."""
    rest = (column for column in (*_SELECTED, *_FOUND) if column not in columns)
    return Index(name, *columns, *rest, **options)


# Partial indexes: few entries have a date without a day, a channel, or have slipped.

_CONDITION = "condition"  # key in the notes of an index


def _only(condition: str) -> dict[str, Any]:
    """Return the options of an index of the rows alone that meet *condition*, SQL for SQLite."""
    return {"info": {_CONDITION: condition}}


@compiles(CreateIndex)
def _with_condition(made: CreateIndex, compiler: Any, **options: Any) -> str:
    """
    Return the statement that makes an index, with its condition.

    SQLAlchemy's own options for that, as `postgresql_where`, import the code for PostgreSQL in each
    process, which takes a tenth of a server's start.
    """
    statement: str = compiler.visit_create_index(made, **options)
    condition = made.element.info.get(_CONDITION)
    if not condition:
        return statement
    truth = condition.replace(" = 1", "") if compiler.dialect.name == "postgresql" else condition
    return f"{statement} WHERE {truth}"


_WITH_END, _LEAVING = _only("coarse_after IS NOT NULL"), _only("leaves IS NOT NULL")
_WITH_SLIP, _WITH_MOVE = _only("slipped > 0"), _only("moved_before IS NOT NULL")
_WITH_MARK, _ON_CHANNEL = _only("marked_until IS NOT NULL"), _only("channel <> ''")
_SEQUELS = _only("follows <> ''")
_UNKNOWN = _only("is_undated = 1 AND coarse_after IS NULL")

metadata = MetaData()
"""All tables, those of `operations` too."""

version = Table(
    "schema_version",
    metadata,
    Column("version", Integer, nullable=False),
    # The oldest version whose code can go on with these tables.
    Column("oldest", Integer, nullable=False, server_default="4"),
)
editions = Table(
    "editions",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("published", Moment, nullable=False),
    Column("rendering", LongText, nullable=False),
    Column("inputs", LongText, nullable=False),
    # Digest of what the sources said, wherever they lay; empty for an unknown one.
    Column("contents", LongText, nullable=False, server_default=""),
    # Digest of the name of the machine that published it; empty for an unknown one.
    Column("node", ShortText, nullable=False, server_default=""),
)
sources = Table(
    "sources",
    metadata,
    Column("id", ShortText, primary_key=True),
    Column("data", LongText, nullable=False),
)
films = Table(
    "films",
    metadata,
    Column("id", ShortText, primary_key=True),
    Column("title", LongText, nullable=False),
    Column("data", LongText, nullable=False),
)
series = Table(
    "series",
    metadata,
    Column("film", ShortText, primary_key=True),
    Column("id", ShortText, primary_key=True, index=True),
    Column("title", LongText, nullable=False),
    # Its title as a list sorts it.
    Column("sort", LongText, nullable=False, server_default=""),
    Index("series_by_title", "sort", "id", "title"),
)
genres = Table(
    "genres",
    metadata,
    Column("film", ShortText, primary_key=True),
    Column("slug", ShortText, primary_key=True),
    Index("genres_by_slug", "slug", "film"),
)
words = Table(
    "words",
    metadata,
    Column("film", ShortText, primary_key=True),
    # In one of its titles, as a search compares it.
    Column("word", ShortText, primary_key=True),
    Index("words_by_word", "word", "film"),
)
# A film with a release that a source lists, once for all years (0) and once for each of its own.
film_index = Table(
    "film_index",
    metadata,
    Column("film", ShortText, primary_key=True),
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("letter", ShortText, nullable=False),
    # Its title without case, accents and punctuation.
    Column("sort", LongText, nullable=False),
    # The last year in which it comes out, 0 where none is known.
    Column("last", Integer, nullable=False),
    Index("film_index_by_title", "year", "sort", "film"),
    Index("film_index_by_letter", "year", "letter", "sort", "film"),
)
entries = Table(
    "entries",
    metadata,
    Column("key", ShortText, primary_key=True),
    Column("film", ShortText, nullable=False),
    # The kind of its identity: a date that is derived is `was_derived`, and of the same kind.
    Column("kind", ShortText, nullable=False),
    Column("region", ShortText, nullable=False),
    Column("channel", ShortText, nullable=False),
    Column("follows", ShortText, nullable=False),
    Column("first", Date),
    Column("after", Date),
    Column("event_digest", LongText, nullable=False),
    Column("marked_until", Date),
    Column("coarse_first", Date),
    Column("coarse_after", Date),
    Column("leaves", Date),
    Column("is_dated", Boolean, nullable=False),
    Column("is_undated", Boolean, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("created", Moment, nullable=False),
    Column("revised", Moment, nullable=False),
    Column("facts", LongText, nullable=False),
    # The id of its first event; the ids of its other events follow.
    Column("event", Integer),
    Column("was_derived", Boolean, nullable=False, server_default=false()),
    Column("is_withdrawn", Boolean, nullable=False, server_default=false()),
    Column("is_announced", Boolean, nullable=False, server_default=false()),
    # The UIDs of its event, without a domain, the present one first; spaces between.
    Column("uids", LongText, nullable=False, server_default=""),
    # Days from the first day announced to the one in force.
    Column("slipped", Integer),
    # The last day on which it moved before it was published.
    Column("moved_before", Date),
    # Covering indexes: a selection is found in order without a look at the table.
    _index("entries_by_day", "first", "key"),
    _index("entries_by_region", "region", "first", "key"),
    _index("entries_by_kind", "kind", "first", "key"),
    _index("entries_by_region_kind", "region", "kind", "first", "key"),
    _index("entries_by_channel", "channel", "first", "key", **_ON_CHANNEL),
    _index("entries_by_film_day", "film", "first", "key"),
    _index("entries_by_sequel", "first", "key", **_SEQUELS),
    _index("entries_by_film_before", "follows", "first", "key", **_SEQUELS),
    _index("entries_by_end", "coarse_after", "key", **_WITH_END),
    _index("entries_by_region_end", "region", "coarse_after", "key", **_WITH_END),
    _index("entries_by_kind_end", "kind", "coarse_after", "key", **_WITH_END),
    _index("entries_without_date", "key", **_UNKNOWN),
    _index("entries_by_leaving", "leaves", "key", **_LEAVING),
    _index("entries_by_region_leaving", "region", "leaves", "key", **_LEAVING),
    _index("entries_by_slip", "slipped", "key", **_WITH_SLIP),
    _index("entries_by_region_slip", "region", "slipped", "key", **_WITH_SLIP),
    _index("entries_by_moves", "moved_before", "key", **_WITH_MOVE),
    _index("entries_by_region_moves", "region", "moved_before", "key", **_WITH_MOVE),
    Index("entries_by_mark", "marked_until", **_WITH_MARK),
    Index("entries_by_news", "region", "revised"),
    Index("entries_by_film_news", "film", "revised"),
    # What can be chosen, with its numbers: one walk counts them all.
    Index("entries_by_choice", *_CHOSEN),
    # Whether a country has its own release of a kind, on a channel: narrow, for many look-ups.
    Index("entries_by_film", "film", "kind", "channel", "region", "is_withdrawn"),
)
changes = Table(
    "changes",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("edition", Integer, nullable=False),
    Column("at", Moment, nullable=False),
    Column("film", ShortText, nullable=False),
    Column("region", ShortText, nullable=False),
    # What the change is; the two after it are of the release.
    Column("kind", ShortText, nullable=False),
    Column("release_kind", ShortText, nullable=False),
    Column("channel", ShortText, nullable=False),
    # More than a new release: nearly all may be that.
    Column("is_told", Boolean, nullable=False),
    Column("data", LongText, nullable=False),
    # In the order of their ids, with the kinds at hand: a rare one is looked for in the index.
    Index("changes_told", "is_told", "id", *_OF_CHANGE),
    Index("changes_told_by_region", "is_told", "region", "id", *_OF_CHANGE),
    Index("changes_told_by_release", "is_told", "release_kind", "id"),
    Index("changes_by_kind", "kind", "id"),
    Index("changes_by_film", "film", "id"),
    Index("changes_by_moment", "at", "id"),
)
departures = Table(
    "departures",
    metadata,
    # What some entry no longer is of, or no longer answers for: ``series saga``, ``region DE``.
    Column("what", ShortText, primary_key=True),
    Column("at", Moment, nullable=False),
)
choice_counts = Table(
    "choice_counts",
    metadata,
    # A kind, region or channel that some releases have, a genre or series of some films; and how many.
    Column("facet", ShortText, primary_key=True),
    Column("value", ShortText, primary_key=True),
    Column("number", Integer, nullable=False),
    Index("choice_counts_by_number", "facet", "number", "value"),
)
pending = Table(
    "pending",
    metadata,
    Column("key", ShortText, primary_key=True),
    Column("data", LongText, nullable=False),
)
mentions = Table(
    "mentions",
    metadata,
    Column("film", ShortText, primary_key=True),
    Column("other", ShortText, primary_key=True, index=True),
)
other_ids = Table(
    "other_ids",
    metadata,
    Column("film", ShortText, primary_key=True),
    # One that the film had before, or by which a source calls it.
    Column("id", ShortText, primary_key=True, index=True),
)
events = Table(
    "events",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("key", ShortText, nullable=False),
    Column("since", Date, nullable=False),
    Column("until", Date, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
