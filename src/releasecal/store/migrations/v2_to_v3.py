"""
Version 3: entries refer to their events by number, and indexes cover whole selections.

The next refresh renders all events: an edition without a rendering version counts as changed.
"""

SQL = (
    "DROP TABLE events",
    """CREATE TABLE events (
        id INTEGER NOT NULL,
        "key" VARCHAR NOT NULL,
        since DATE NOT NULL,
        until DATE NOT NULL,
        body BLOB NOT NULL,
        PRIMARY KEY (id)
    )""",
    "ALTER TABLE entries ADD COLUMN event INTEGER",
    "DROP INDEX IF EXISTS entries_by_day",
    "DROP INDEX IF EXISTS entries_by_region",
    "DROP INDEX IF EXISTS entries_by_end",
    "DROP INDEX IF EXISTS ix_entries_channel",
    """CREATE INDEX entries_by_day ON entries (first, "key", region, kind, channel, film, follows,
        is_dated, is_undated, leaves, coarse_first, coarse_after, event)""",
    """CREATE INDEX entries_by_region ON entries (region, first, "key", kind, channel, film,
        follows, is_dated, is_undated, leaves, coarse_first, coarse_after, event)""",
    """CREATE INDEX entries_by_channel ON entries (channel, first, "key", region, kind, film,
        follows, is_dated, is_undated, leaves, coarse_first, coarse_after, event)""",
    """CREATE INDEX entries_by_end ON entries (coarse_after, "key", region, kind, channel, film,
        follows, is_dated, is_undated, leaves, coarse_first, event)
        WHERE coarse_after IS NOT NULL""",
    """CREATE INDEX entries_by_region_end ON entries (region, coarse_after, "key", kind, channel,
        film, follows, is_dated, is_undated, leaves, coarse_first, event)
        WHERE coarse_after IS NOT NULL""",
    "UPDATE editions SET rendering = ''",
)
"""The statements, in order."""
