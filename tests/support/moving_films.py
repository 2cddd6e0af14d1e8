"""Films that move from turn to turn, and a check that a database has each move of them once."""

import json
import re
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from releasecal.store import Store, change_log, newest_edition

EACH = 20
OPENING = date(2031, 1, 1)


def dates(number: int, turn: int, each: int = EACH) -> list[date]:
    """Return the days that a film had by *turn*, each once, oldest first; one in *each* moves."""
    moves = (number + turn) // each - number // each
    return [OPENING + timedelta(days=days) for days in range(moves + 1)]


@dataclass(frozen=True)
class MovingFilms:
    """A data file at *path* of *count* films, of which one in *each* moves in a turn."""

    path: Path
    count: int
    each: int = EACH

    def days(self, turn: int) -> tuple[date, ...]:
        """Return the day of each film in *turn*, by its number."""
        return tuple(dates(number, turn, self.each)[-1] for number in range(self.count))

    def write(self, turn: int) -> None:
        """Write the films as they are in *turn*, whole at any moment."""
        films = [
            {
                "id": f"film-{number}",
                "title": f"Film {number}",
                "releases": [{"kind": "theatrical", "region": "US", "when": str(day)}],
            }
            for number, day in enumerate(self.days(turn))
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
        edition = store.ask(newest_edition.edition)
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
            if story == {number: dates(number, turn, self.each) for number in numbers if turn >= 0}
        ]
        changes = Counter(
            change.key.film for change in store.ask(change_log.newest, limit=1_000_000)
        )
        moves = {f"film-{number}": len(dates(number, turn, self.each)) for number in numbers}
        assert changes == moves
        for key, entry in edition.entries.items():
            assert entry.sequence == len(story[int(key.film.removeprefix("film-"))]) - 1
        return turn


def shown(path: str, body: bytes) -> tuple[date, ...]:
    """
    Return the day of each film in *body*, the feed at *path*, by the film's number.

    Notices are left out: with the clock a year ahead, nothing has been checked for a year.
    """
    if ".json" in path:
        found = {each["film"]: each["when"] for each in json.loads(body)["releases"]}
        pairs = [(film, date.fromisoformat(when)) for film, when in found.items()]
    else:
        events = [event for event in body.split(b"BEGIN:VEVENT")[1:] if b"UID:film-" in event]
        pairs = [(_found(rb"UID:(film-\d+)\.", event), _day(event)) for event in events]
    numbers = {int(film.removeprefix("film-")): day for film, day in pairs}
    return tuple(numbers[number] for number in range(len(numbers)))


def _found(pattern: bytes, event: bytes) -> str:
    return re.search(pattern, event)[1].decode()  # type: ignore[index]  # each event has one


def _day(event: bytes) -> date:
    return date.fromisoformat(_found(rb"DTSTART;VALUE=DATE:(\d{8})", event))
