"""Tables of operations: the state of the sources, the last-modified memory, the lease."""

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from releasecal.store.moment_type import Moment
from releasecal.store.schema.published import metadata

refresh_state = Table(
    "refresh_state",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("inputs", Text, nullable=False),
    Column("recheck", Date),
    Column("told_until", Date, nullable=False),
)
source_states = Table(
    "source_states",
    metadata,
    Column("address", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("since", Moment),
    Column("problems", Text, nullable=False),
    # What was wrong in it and does not count, while all else does.
    Column("left_out", Text, nullable=False),
    # Fingerprint of the contents that were refused, and the day on which they were held.
    Column("refused", String, nullable=False),
    Column("judged", Date),
    # Last good look at it, once a day, and the end of the last time without one for too long.
    Column("confirmed", Moment),
    Column("healed", Moment),
)
snapshots = Table(
    "snapshots",
    metadata,
    Column("address", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("digest", String, nullable=False),
    Column("read", Moment, nullable=False),
    Column("outline", LargeBinary, nullable=False),
    # Contents of the file, packed.
    Column("data", LargeBinary, nullable=False),
)
fetches = Table(
    "fetches",
    metadata,
    Column("address", Text, primary_key=True),
    Column("kind", String, nullable=False),
    Column("due", Moment, nullable=False),
    Column("digest", String, nullable=False),
    Column("fetched", Moment),
    Column("validated", Moment),
    Column("films", Integer, nullable=False),
    Column("releases", Integer, nullable=False),
    Column("notes", Text, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("since", Moment),
    Column("problems", Text, nullable=False),
    Column("covers", String, nullable=False),
    Column("validators", Text, nullable=False),
)
# A table of its own: most looks find nothing new, and write a small row.
fetched = Table(
    "fetched",
    metadata,
    Column("address", Text, primary_key=True),
    Column("memory", LargeBinary, nullable=False),
    Column("data", LargeBinary, nullable=False),
)
last_failure = Table(
    "last_failure",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("failed", Moment, nullable=False),
    Column("is_held", Boolean, nullable=False),
    Column("problems", Text, nullable=False),
)
lease = Table(
    "lease",
    metadata,
    Column("name", String, primary_key=True),
    Column("holder", String, nullable=False),
    Column("until", Moment, nullable=False),
)
last_modified = Table(
    "last_modified",
    metadata,
    Column("address", String, primary_key=True),
    Column("digest", String, nullable=False),
    Column("changed", Moment, nullable=False),
    Column("asked", Date, nullable=False),
    Index("last_modified_by_age", "asked", "address"),
)
