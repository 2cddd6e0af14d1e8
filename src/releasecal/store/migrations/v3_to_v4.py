"""Version 4: a change has its region in a column, and a pending one its moment."""

SQL = (
    "ALTER TABLE changes RENAME TO changes_of_v3",
    """CREATE TABLE changes (
        id INTEGER NOT NULL,
        edition INTEGER NOT NULL,
        at INTEGER NOT NULL,
        film VARCHAR NOT NULL,
        region VARCHAR NOT NULL,
        kind VARCHAR NOT NULL,
        data TEXT NOT NULL,
        PRIMARY KEY (id)
    )""",
    """INSERT INTO changes (id, edition, at, film, region, kind, data)
        SELECT id, edition, at, film, json_extract(data, '$.key.region'), kind, data
        FROM changes_of_v3 ORDER BY id""",
    "DROP TABLE changes_of_v3",
    # Pending changes counted looks; now each has its moment, which the next refresh finds.
    "DELETE FROM pending",
    "UPDATE reading SET inputs = ''",
    "CREATE INDEX ix_changes_film ON changes (film)",
    "CREATE INDEX ix_changes_region ON changes (region)",
    "CREATE INDEX ix_changes_kind ON changes (kind)",
)
"""The statements, in order."""
