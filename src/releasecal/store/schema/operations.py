"""Tables of operations: states of sources, outbox, last-modified memory, lease, tokens."""

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    Index,
    Integer,
    LargeBinary,
    Table,
)

from releasecal.store.moment_type import Moment
from releasecal.store.schema.published import metadata
from releasecal.store.text_type import LongText, ShortText

refresh_state = Table(
    "refresh_state",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("inputs", LongText, nullable=False),
    Column("recheck", Date),
    Column("told_until", Date, nullable=False),
    # Digest of what the sources said, wherever they lay; empty for an unknown one.
    Column("contents", LongText, nullable=False, server_default=""),
    # The last refresh of the writer that went well, and the seconds between two; for readers.
    Column("succeeded", Moment),
    Column("every", Integer),
)
source_states = Table(
    "source_states",
    metadata,
    Column("address", LongText, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("state", ShortText, nullable=False),
    Column("since", Moment),
    Column("problems", LongText, nullable=False),
    # What was wrong in it and does not count, while all else does.
    Column("left_out", LongText, nullable=False),
    # Fingerprint of the contents that were refused, and the day on which they were held.
    Column("refused", ShortText, nullable=False),
    Column("judged", Date),
    # Last good look at it, once a day; the end of the last time without one for too long, and the
    # last good look before that time.
    Column("confirmed", Moment),
    Column("healed", Moment),
    Column("healed_from", Moment),
)
snapshots = Table(
    "snapshots",
    metadata,
    Column("address", LongText, primary_key=True),
    Column("name", LongText, primary_key=True),
    Column("digest", ShortText, nullable=False),
    Column("read", Moment, nullable=False),
    Column("outline", LargeBinary, nullable=False),
    # Contents of the file, packed.
    Column("data", LargeBinary, nullable=False),
)
fetches = Table(
    "fetches",
    metadata,
    Column("address", LongText, primary_key=True),
    Column("kind", ShortText, nullable=False),
    Column("due", Moment, nullable=False),
    Column("digest", ShortText, nullable=False),
    Column("fetched", Moment),
    Column("validated", Moment),
    Column("films", Integer, nullable=False),
    Column("releases", Integer, nullable=False),
    Column("notes", LongText, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("since", Moment),
    Column("problems", LongText, nullable=False),
    Column("covers", ShortText, nullable=False),
    Column("validators", LongText, nullable=False),
)
# A table of its own: most looks find nothing new, and write a small row. A large snapshot is in parts,
# whose names stand for the address; there each memory begins with the digest of the data.
fetched = Table(
    "fetched",
    metadata,
    Column("address", LongText, primary_key=True),
    Column("memory", LargeBinary, nullable=False),
    Column("data", LargeBinary, nullable=False),
)
posters = Table(
    "posters",
    metadata,
    Column("address", LongText, primary_key=True),
    Column("due", Moment, nullable=False),
    Column("digest", ShortText, nullable=False),
    Column("media_type", ShortText, nullable=False),
    Column("octets", Integer, nullable=False),
    Column("kept", Moment),
    Column("failures", Integer, nullable=False),
    Index("posters_by_digest", "digest", "media_type", "kept"),
)
# A table of its own: most is asked of the states, and a copy has some ten thousand octets.
poster_copies = Table(
    "poster_copies",
    metadata,
    Column("digest", ShortText, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)
last_failure = Table(
    "last_failure",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("failed", Moment, nullable=False),
    Column("is_held", Boolean, nullable=False),
    Column("problems", LongText, nullable=False),
)
notify_targets = Table(
    "notify_targets",
    metadata,
    Column("name", ShortText, primary_key=True),
    # Id of the last change of which messages were made, or the digest of a feed that is greater than
    # all ids (`outbox.queue_feed`); and the last time that a message was accepted.
    Column("told", Integer, nullable=False),
    Column("sent", Moment),
    # Failures in a row, and until when it is left alone after the last one.
    Column("failures", Integer, nullable=False),
    Column("rests", Moment),
)
outbox = Table(
    "outbox",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", ShortText, nullable=False),
    Column("target", ShortText, nullable=False),
    Column("edition", Integer, nullable=False),
    # Ids of the changes that it tells, and their number with those that it leaves out.
    Column("changes", LongText, nullable=False),
    Column("count", Integer, nullable=False),
    Column("is_digest", Boolean, nullable=False),
    Column("made", Moment, nullable=False),
    Column("due", Moment, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("problem", LongText, nullable=False),
    Column("given_up", Moment),
    Index("outbox_by_target", "target", "number"),
)
lease = Table(
    "lease",
    metadata,
    Column("name", ShortText, primary_key=True),
    Column("holder", ShortText, nullable=False),
    Column("until", Moment, nullable=False),
)
last_modified = Table(
    "last_modified",
    metadata,
    Column("address", ShortText, primary_key=True),
    Column("digest", ShortText, nullable=False),
    Column("changed", Moment, nullable=False),
    Column("asked", Date, nullable=False),
    Index("last_modified_by_age", "asked", "address"),
)
access_tokens = Table(
    "access_tokens",
    metadata,
    # SHA-256 of the token, in hexadecimal digits.
    Column("digest", ShortText, primary_key=True),
    Column("name", ShortText, nullable=False),
    # Names with spaces between.
    Column("scopes", ShortText, nullable=False),
    Column("created", Moment, nullable=False),
    Column("expires", Moment),
    # Canonical query of all that may be read with it; empty for the whole site.
    Column("query", LongText, nullable=False),
    Index("access_tokens_by_name", "name", unique=True),
)
