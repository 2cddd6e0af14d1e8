"""
Version 2: events rendered in advance, incremental reads, last-modified memory, refresh status.

The next refresh renders all events: an edition without a rendering version counts as changed.
"""

SQL = (
    """CREATE TABLE documents (
        address VARCHAR NOT NULL,
        digest VARCHAR NOT NULL,
        changed INTEGER NOT NULL,
        asked DATE NOT NULL,
        PRIMARY KEY (address)
    )""",
    """CREATE TABLE events (
        "key" VARCHAR NOT NULL,
        since DATE NOT NULL,
        until DATE NOT NULL,
        body BLOB NOT NULL,
        PRIMARY KEY ("key", since)
    )""",
    """CREATE TABLE mentions (
        film VARCHAR NOT NULL,
        other VARCHAR NOT NULL,
        PRIMARY KEY (film, other)
    )""",
    """CREATE TABLE outlines (
        address TEXT NOT NULL,
        name TEXT NOT NULL,
        data BLOB NOT NULL,
        PRIMARY KEY (address, name)
    )""",
    """CREATE TABLE reading (
        id INTEGER NOT NULL,
        inputs TEXT NOT NULL,
        recheck DATE,
        told_until DATE NOT NULL,
        PRIMARY KEY (id)
    )""",
    """CREATE TABLE trouble (
        id INTEGER NOT NULL,
        failed INTEGER NOT NULL,
        is_held BOOLEAN NOT NULL,
        problems TEXT NOT NULL,
        PRIMARY KEY (id)
    )""",
    "CREATE INDEX documents_by_age ON documents (asked, address)",
    "CREATE INDEX ix_mentions_other ON mentions (other)",
    "DROP INDEX IF EXISTS ix_entries_first",
    "DROP INDEX IF EXISTS ix_entries_coarse_after",
    """CREATE INDEX entries_by_day ON entries (first, "key", region, kind, channel, film, follows,
        is_dated, is_undated, leaves, coarse_after)""",
    """CREATE INDEX entries_by_end ON entries (coarse_after, "key", region, kind, channel, film,
        follows, is_dated, is_undated, leaves, coarse_first)""",
    "CREATE INDEX entries_by_news ON entries (region, revised)",
    """CREATE INDEX entries_by_region ON entries (region, first, "key", kind, channel, film,
        follows, is_dated, is_undated, leaves, coarse_after)""",
    # Reads had other digests: the same read would count twice.
    "DELETE FROM pending",
    """UPDATE changes SET data = replace(data, '"old_title":', '"other":')
        WHERE instr(data, '"old_title":') > 0""",
    "UPDATE editions SET rendering = ''",
)
"""The statements, in order."""
