"""Films that move from turn to turn, and a check that a database has each move of them once."""

import json
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from releasecal.store import Store, change_log, read

EACH = 20  # of so many films one moves in a turn
OPENING = date(2031, 1, 1)


def dates(number: int, turn: int) -> list[date]:
    """Return the days that a film had by *turn*, each once, oldest first."""
    moves = sum((number + each) % EACH == 0 for each in range(1, turn + 1))
    return [OPENING + timedelta(days=days) for days in range(moves + 1)]


@dataclass(frozen=True)
class MovingFilms:
    """A data file at *path* of *count* films."""

    path: Path
    count: int

    def write(self, turn: int) -> None:
        """Write the films as they are in *turn*, whole at any moment."""
        films = [
            {
                "id": f"film-{number}",
                "title": f"Film {number}",
                "releases": [
                    {"kind": "theatrical", "region": "US", "when": str(dates(number, turn)[-1])}
                ],
            }
            for number in range(self.count)
        ]
        new = self.path.with_suffix(".new")
        new.write_text(json.dumps({"films": films}))
        new.replace(self.path)

    def check(self, store: Store, database: Path, *turns: int) -> int:
        """
        Return which of *turns*, -1 for none yet, the *database* is of; it must be one of them.

        It must be whole, and have each revision and each change once.
        """
        with closing(sqlite3.connect(database)) as connection:
            assert connection.execute("PRAGMA quick_check").fetchone() == ("ok",)
        edition = store.ask(read.edition)
        story = {
            int(key.film.removeprefix("film-")): [
                revision.when.first
                for revision in entry.facts.release.history
                if revision.when and revision.seen
            ]
            for key, entry in edition.entries.items()
        }
        numbers = range(self.count if edition.number else 0)
        (turn,) = [
            turn
            for turn in turns
            if story == {number: dates(number, turn) for number in numbers if turn >= 0}
        ]
        changes = Counter(
            change.key.film for change in store.ask(change_log.newest, limit=1_000_000)
        )
        assert changes == {f"film-{number}": len(dates(number, turn)) for number in numbers}
        for key, entry in edition.entries.items():
            assert entry.sequence == len(story[int(key.film.removeprefix("film-"))]) - 1
        return turn
