"""
The cost of a refresh: nothing has changed, a file was touched, or one film moved.

The first three are calls of `Publisher.refresh` in a process that has refreshed before. The
one film moves in ``releasecal serve``: time runs from the moment the changed file is in place
and ``POST /refresh`` is sent until every worker has answered with the new date, each on a
connection of its own. References are timed in turn with it: reading and hashing the file, and
msgspec, the fastest validating parser there is, turning it into typed records (installed into
a folder of its own, ``--peers``).

    python benchmarks/refreshing.py                    # 100,000 films against 1,000: 10 minutes
"""

import argparse
import hashlib
import http.client
import json
import os
import re
import sqlite3
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, chdir, closing
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any

import measuring
import servers
from measuring import Row, at_most
from releasecal.settings import Settings
from releasecal.wiring import open_publisher

SMALL = 1_000
WORKERS = 2
SETTLED = 2.1
"""Seconds after which a file counts as unchanged if it looks so."""


class Mover:
    """
    The file of a catalogue, in which one film moves by a week again and again.

    Attributes:
        film: Its id.
    """

    def __init__(self, data: Path) -> None:
        """Work on the file of films in the folder *data*."""
        (self.path,) = data.glob("films-*.json")
        text = self.path.read_text(encoding="utf-8")
        films = json.loads(text)["films"]
        half = len(films) // 2
        chosen = next(film for film in films[half:] + films[:half] if _day(film))
        self.film = str(chosen["id"])
        self._day = date.fromisoformat(_day(chosen))
        told = f'"when": "{self._day}"'
        at = text.index(told, text.index(f'"id": "{self.film}"'))
        self._parts = text[:at].encode(), text[at + len(told) :].encode()
        self._turn = 0

    def move(self) -> str:
        """Put a file with another day in its place; return the line that calendars have of it."""
        self._turn += 1
        day = self._day + timedelta(days=7 * self._turn)
        before, after = self._parts
        beside = self.path.with_name(".new")
        beside.write_bytes(before + f'"when": "{day}"'.encode() + after)
        beside.replace(self.path)
        return f"DTSTART;VALUE=DATE:{day:%Y%m%d}"


def _day(film: Mapping[str, Any]) -> str:
    """Return the day of the only announcement of *film*'s first release, or nothing."""
    when = str(film["releases"][0].get("when")) if film.get("releases") else ""
    return when if re.fullmatch(r"20[0-2]\d-\d\d-\d\d", when) else ""


class Looking:
    """A process of ours that refreshes again and again, and finds that nothing has changed."""

    def __init__(self, home: Path) -> None:
        """Refresh the catalogue at *home*; the time of its files will change."""
        self._home = home
        self._files = sorted((home / "data").iterdir())
        with chdir(home):
            self.publisher = open_publisher(Settings())

    def unchanged(self) -> float:
        """Return the seconds of a refresh that finds every file as it was."""
        time.sleep(SETTLED)
        self._refresh()  # which sees files that look settled
        return measuring.seconds(self._refresh)

    def touched(self) -> float:
        """Return the seconds of a refresh that finds the same in a file with a new time."""
        os.utime(max(self._files, key=lambda path: path.stat().st_size))
        return measuring.seconds(self._refresh)

    def hashed(self) -> float:
        """Return the seconds of reading the files and hashing them."""
        return measuring.seconds(
            lambda: [hashlib.blake2b(path.read_bytes()).digest() for path in self._files]
        )

    def _refresh(self) -> None:
        with chdir(self._home):
            report = self.publisher.refresh()
        if report.was_read:
            raise servers.ServerError("something was parsed that had not changed")


class Serving:
    """``releasecal serve`` over a file in which a film moves."""

    def __init__(self, server: servers.Releasecal, python: Path) -> None:
        """Use a *server* that has been started; *python* has msgspec."""
        self._server = server
        self._token = {"Authorization": f"Bearer {server.token()}"}
        self._mover = Mover(server.home / "data")
        self._parse = [str(python), str(Path(__file__).with_name("parsing.py"))]

    def moved(self) -> float:
        """Return the seconds until every worker answers with a film's new day."""
        time.sleep(SETTLED)
        path = f"/films/{self._mover.film}.ics"
        with ExitStack() as stack:
            connections = servers.to_each(self._server, WORKERS, stack)
            pending = set(connections)
            line = self._mover.move().encode()
            began = time.perf_counter()
            refresh = Thread(target=self._refresh)
            refresh.start()
            while pending:
                try:
                    pending -= {
                        pid
                        for pid in pending
                        if line in servers.ask_on(connections[pid], path).body
                    }
                except (OSError, http.client.HTTPException):  # idle while another was waited for
                    connections = servers.to_each(self._server, WORKERS, stack)
                if time.perf_counter() - began > servers.PATIENCE and not refresh.is_alive():
                    raise servers.ServerError(f"a worker never heard of it:\n{self._server.log}")
                time.sleep(0.001)
            took = time.perf_counter() - began
        refresh.join()
        return took

    def octets(self) -> int:
        """Return the octets of the database that are in use."""
        database = self._server.home / "state" / "releasecal.db"
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            size, pages, free = (
                connection.execute(f"PRAGMA {name}").fetchone()[0]
                for name in ("page_size", "page_count", "freelist_count")
            )
        return int(size * (pages - free))

    def parsed(self) -> float:
        """Return the seconds that msgspec takes to read and parse the file."""
        command = [*self._parse, str(self._mover.path)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        return float(done.stdout)

    def hashed(self) -> float:
        """Return the seconds of reading the file and hashing it."""
        return measuring.seconds(lambda: hashlib.blake2b(self._mover.path.read_bytes()).digest())

    def _refresh(self) -> None:
        answer = self._server.get("/refresh", self._token, method="POST")
        if answer.status != 200:
            raise servers.ServerError(f"POST /refresh: {answer.status} {answer.body.decode()}")


def measure(given: argparse.Namespace, folder: Path) -> list[Row]:
    """Measure both catalogues with copies in *folder*."""
    return [*_looking(given, folder), *_moving(given, folder)]


def _looking(given: argparse.Namespace, folder: Path) -> list[Row]:
    home = measuring.copy(measuring.published(given.cache, given.films), folder / "looking")
    looking = Looking(home)
    turns = {"unchanged": looking.unchanged, "touched": looking.touched, "hashed": looking.hashed}
    found = measuring.in_turn(given.rounds, turns)
    looking.publisher.store.close()
    return [
        Row(
            f"refresh of {given.films:,} films, files look unchanged",
            "",
            median(found["unchanged"]) * 1_000,
            at_most(1),
            unit="ms",
        ),
        Row(
            "refresh, file touched, same content: times the time of",
            "read + blake2b of the file",
            measuring.ratio(found, "touched", "hashed"),
            at_most(1.2),
            at_most(0.25),
            figures=f"{measuring.ms(found['touched'])} against {measuring.ms(found['hashed'])}",
        ),
    ]


def _moving(given: argparse.Namespace, folder: Path) -> list[Row]:
    python = measuring.installed(given.peers, ("msgspec",))
    with ExitStack() as stack:
        turns: dict[str, Callable[[], float]] = {}
        databases: dict[str, Serving] = {}
        for name, films in (("large", given.films), ("small", given.small)):
            home = measuring.copy(measuring.published(given.cache, films), folder / name)
            server = stack.enter_context(servers.Releasecal(home, workers=WORKERS))
            server.start()
            serving = databases[name] = Serving(server, python)
            turns[f"{name} moved"] = serving.moved
            turns[f"{name} hashed"] = serving.hashed
            turns[f"{name} parsed"] = serving.parsed
        before = {name: serving.octets() for name, serving in databases.items()}
        found = measuring.in_turn(given.rounds, turns)
        grown = {name: each.octets() - before[name] for name, each in databases.items()}
    beyond = {
        name: [
            moved - hashed
            for moved, hashed in zip(found[f"{name} moved"], found[f"{name} hashed"], strict=True)
        ]
        for name in ("large", "small")
    }
    moved = measuring.ms(found["large moved"])
    return [
        Row(
            f"one of {given.films:,} films moved, till {WORKERS} workers answer with it",
            "msgspec: read and parse the file",
            measuring.ratio(found, "large moved", "large parsed"),
            at_most(2.5),
            figures=f"{moved} against {measuring.ms(found['large parsed'])}",
        ),
        Row(
            "the same",
            "read + blake2b of the file",
            measuring.ratio(found, "large moved", "large hashed"),
            None,
            at_most(1.5),
            figures=f"{moved} against {measuring.ms(found['large hashed'])}",
        ),
        Row(
            "the same, less reading: times that of",
            f"a catalogue of {given.small:,} films",
            measuring.ratio(beyond, "large", "small"),
            at_most(2),
            figures=f"{measuring.ms(beyond['large'])} against {measuring.ms(beyond['small'])}",
        ),
        Row(
            "growth of the database with an edition in which one film moved",
            "",
            grown["large"] / given.rounds / 1024,
            unit="KiB",
            figures=f"{grown['small'] / given.rounds / 1024:.1f} KiB with {given.small:,} films",
        ),
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print the table."""
    parser = measuring.parser(__doc__, films=100_000, rounds=9)
    parser.add_argument("--small", type=int, default=SMALL, help="size of the small catalogue")
    given = parser.parse_args(arguments)
    with TemporaryDirectory() as folder:
        rows = measure(given, Path(folder))
    measuring.report(rows, given)


if __name__ == "__main__":
    main()
