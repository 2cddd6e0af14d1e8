"""
A soak: data that moves each second, clients that poll all the time, and memory.

A program run by hand:

    .venv/bin/python tests/system/soak.py             # 10 minutes
    .venv/bin/python tests/system/soak.py 20          # 20 seconds

A film file changes each second, and a server of two workers reads it each second. Every answer
must be, to the last event, an edition that existed; an ETag must stand for one body. ``/readyz``
must be well each second. After some minutes the workers' memory must not grow any more.
"""

import argparse
import hashlib
import http.client
import json
import sys
import tempfile
import time
from collections import Counter
from datetime import date
from multiprocessing import Process, Queue, Value
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))
from support.live import benchmarks, children, until
from support.moving_films import MovingFilms, shown

FILMS, EACH = 1_000, 100  # of the films one in so many moves in a turn
PATHS = ("/calendar.ics", "/calendar.json", "/calendar.ics?past=30", "/calendar.ics?lang=de")
CODINGS = ({}, {"Accept-Encoding": "gzip"}, {"Accept-Encoding": "zstd, br"})
CLIENTS = 4
LONG = 300  # seconds from which the memory is judged
GROWTH = 1.05  # of the last quarter, by the third


class Client:
    """A client that polls all paths in all codings, and judges each answer."""

    def __init__(self, port: int, films: MovingFilms, turn: Any) -> None:
        self.port, self.films, self.turn = port, films, turn
        self.turns: dict[tuple[date, ...], int] = {}
        self.judged: dict[bytes, int] = {}  # the turn of each body
        self.etags: dict[str, bytes] = {}  # the body of each ETag
        self.known: dict[tuple[str, int], str] = {}  # the last ETag by path and coding
        self.statuses: Counter[int] = Counter()
        self.problems: list[str] = []
        self.oldest = 0

    def run(self, end: float, results: Any) -> None:
        """Poll until *end*, and put what was found into *results*."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        number = 0
        while time.monotonic() < end and len(self.problems) < 10:
            number += 1
            self.poll(connection, PATHS[number % 4], number // 4 % 3, is_new=number % 7 == 0)
            time.sleep(0.001)  # the refresh wants some of this machine, too
        results.put((self.statuses, self.problems, self.oldest, len(self.judged)))

    def poll(self, connection: Any, path: str, coding: int, *, is_new: bool) -> None:
        """Ask once, with the ETag that is known unless *is_new*."""
        headers = dict(CODINGS[coding])
        if (path, coding) in self.known and not is_new:
            headers["If-None-Match"] = self.known[path, coding]
        written = self.turn.value
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        self.statuses[answer.status] += 1
        if answer.status == 304 and answer.headers["ETag"] == self.known.get((path, coding)):
            return
        if answer.status != 200:
            self.problems.append(f"{path}: {answer.status}")
            return
        etag = answer.headers["ETag"]
        self.known[path, coding] = etag
        digest = hashlib.blake2b(body).digest()
        if self.etags.setdefault(f"{path} {etag}", digest) != digest:
            self.problems.append(f"{path}: two bodies with the tag {etag}")
        if coding == 0:
            self.judge(path, body, digest, written)

    def judge(self, path: str, body: bytes, digest: bytes, written: int) -> None:
        """Find the turn of *body*; the file had been written until *written* when it was asked for."""
        if digest not in self.judged:
            for turn in range(len(self.turns), self.turn.value + 1):
                self.turns[self.films.days(turn)] = turn
            turn = self.turns.get(shown(path, body), -1)
            self.judged[digest] = turn
            if turn < 0:
                self.problems.append(f"{path}: no edition that ever was")
        self.oldest = max(self.oldest, written - self.judged[digest])


def look(server: Any, servers: Any, memory: list[int], wrong: Counter[str]) -> None:
    """Note the memory of all processes that stay, and what ``/readyz`` says if it is not well."""
    memory.append(sum(servers.memory(pid) for pid in (server.pid, *children(server.pid))))
    ready = json.loads(server.get("/readyz").body)
    if ready["status"] != "ok":
        wrong[str(ready["problems"])] += 1


def main(seconds: float) -> int:
    """Run for so many *seconds*, print the results, and return whether anything was wrong."""
    servers = benchmarks("servers")
    memory: list[int] = []
    wrong: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="releasecal-") as name:
        folder = Path(name)
        (folder / "data").mkdir()
        films = MovingFilms(folder / "data" / "films.json", FILMS, EACH)
        films.write(0)
        settings = {"REFRESH_EVERY": "1s", "MOST_EVENTS": "100000", "MOST_BYTES": "100000000"}
        with servers.Releasecal(folder, workers=2, settings=settings) as server:
            server.start()
            until(lambda: len(children(server.pid)) == 2, "two workers")
            turn, results, end = Value("i", 0), Queue(), time.monotonic() + seconds
            clients = [
                Process(target=Client(server.port, films, turn).run, args=(end, results))
                for _ in range(CLIENTS)
            ]
            for client in clients:
                client.start()
            while time.monotonic() < end:
                began = time.monotonic()
                turn.value += 1  # before it can be read
                films.write(turn.value)
                look(server, servers, memory, wrong)
                time.sleep(max(0, began + 1 - time.monotonic()))
            found = [results.get(timeout=60) for _ in clients]
    return report(found, memory, wrong, turn.value)


def report(found: list[Any], memory: list[int], wrong: Counter[str], turns: int) -> int:
    """Print what was *found*, and return whether anything was wrong."""
    statuses = sum((each[0] for each in found), Counter[int]())
    problems = [problem for each in found for problem in each[1]]
    third, last = (sorted(part)[len(part) // 2] for part in quarters(memory))
    growth = last / third
    told = ", ".join(f"{count} × {status}" for status, count in statuses.items())
    lines = [
        f"{statuses.total()} answers ({told}) while the data changed {turns} times",
        f"{sum(each[3] for each in found)} bodies were compared, to the last event",
        f"the oldest edition was {max(each[2] for each in found)} changes behind",
        f"memory: {third / 1e6:.0f} MB in the third quarter, {last / 1e6:.0f} MB in the last",
        *problems,
        *(f"/readyz, {count} times: {text}" for text, count in wrong.items()),
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    return int(bool(problems or wrong or (len(memory) >= LONG and growth > GROWTH)))


def quarters(values: list[int]) -> tuple[list[int], list[int]]:
    """Return the third and the last quarter of *values*."""
    half = values[len(values) // 2 :]
    return half[: len(half) // 2] or half, half[len(half) // 2 :]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().partition("\n")[0])
    parser.add_argument("seconds", nargs="?", type=float, default=600, help="how long")
    given = parser.parse_args()
    sys.exit(main(given.seconds))
