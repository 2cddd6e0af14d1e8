"""
The floor of a first edition: parses a catalogue with msgspec, and inserts the rows of its edition.

`publishing` runs it in a process of its own. The rows are those of a database that has been
published, read before the time runs: by `executemany`, in one transaction, the indexes made
after them. It prints the seconds of CPU.
"""

import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from parsing import Catalogue


def rows(database: Path) -> tuple[dict[str, list[tuple[object, ...]]], list[str], list[str]]:
    """Return all rows of *database* by table, and the statements of its tables and its indexes."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as published:
        master = list(
            published.execute("SELECT type, name, sql FROM sqlite_master WHERE sql NOTNULL")
        )
        tables = [(name, sql) for kind, name, sql in master if kind == "table"]
        found = {name: published.execute(f"SELECT * FROM {name}").fetchall() for name, _ in tables}
    indexes = [sql for kind, _, sql in master if kind == "index"]
    return found, [sql for _, sql in tables], indexes


def main() -> None:
    """Print the seconds of CPU for a file of films and the database of its edition."""
    films, database = map(Path, sys.argv[1:])
    found, tables, indexes = rows(database)
    with TemporaryDirectory() as folder:
        began = time.process_time()
        msgspec.json.decode(films.read_bytes(), type=Catalogue)
        with closing(sqlite3.connect(Path(folder) / "floor.sqlite", isolation_level=None)) as made:
            made.execute("PRAGMA journal_mode = WAL")
            made.execute("BEGIN")
            for sql in tables:
                made.execute(sql)
            for name, values in found.items():
                if values:
                    marks = ", ".join("?" * len(values[0]))
                    made.executemany(f"INSERT INTO {name} VALUES ({marks})", values)
            for sql in indexes:
                made.execute(sql)
            made.execute("COMMIT")
        print(time.process_time() - began)


if __name__ == "__main__":
    main()
