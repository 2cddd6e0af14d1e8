"""A streaming replica of a PostgreSQL server, which can take its place."""

import psycopg

from support.postgresql import PostgreSQL


class Replica(PostgreSQL):
    """A server that follows another one until it is promoted."""

    def __init__(self, primary: PostgreSQL) -> None:
        """Copy *primary*, which runs, and start nothing yet."""
        self._make_folder()
        options = ["-h", str(primary.folder), "-U", "releasecal", "-R", "--no-sync", "-c", "fast"]
        self._run("pg_basebackup", *options)

    def promote(self) -> None:
        """Let it be written from now on."""
        self.execute("SELECT pg_promote()")

    def newest_edition(self, name: str) -> int:
        """Return the number of the newest edition in the database *name*."""
        with psycopg.connect(self.url(name), autocommit=True) as connection:
            row = connection.execute("SELECT coalesce(max(number), 0) FROM editions").fetchone()
        assert row
        return int(row[0])
