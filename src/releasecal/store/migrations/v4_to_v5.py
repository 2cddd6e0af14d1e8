"""
Version 5: the numbers of what can be chosen are kept.

They are of no edition yet, so readers count, and the next edition counts all once.
"""

SQL = (
    """CREATE TABLE choice_counts (
        facet VARCHAR COLLATE "C" NOT NULL,
        value VARCHAR COLLATE "C" NOT NULL,
        number INTEGER NOT NULL,
        PRIMARY KEY (facet, value)
    )""",
    "CREATE INDEX choice_counts_by_number ON choice_counts (facet, number, value)",
)
"""The statements, in order."""
