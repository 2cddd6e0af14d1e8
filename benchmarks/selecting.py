"""
The cost of the first answer to a new selection, in a large catalogue and in a small one.

Each selection is new to the server: as many days, beginning one day later, with nearly 1,000
events in both catalogues. Once all days have had their turn, the server is started anew with
nothing noted of its answers. Server time is the CPU time of all its processes from one answer to
the next, by the kernel's count; the client's clock stands beside it.

    python benchmarks/selecting.py                     # 100,000 films against 1,000: 1 minute
"""

import argparse
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import measuring
import servers
from measuring import Row, at_most

SMALL = 1_000


class Asker:
    """Asks one server for selections that are new to it."""

    def __init__(
        self, server: servers.Releasecal, core: int | None, events: int, pause: float
    ) -> None:
        """
        Ask for up to *events* events, as many as whole days allow; the *server* is on *core*.

        Before each question are *pause* seconds.

        Raises:
            ServerError: Some day has more of them.
        """
        self._server, self._core, self._most = server, core, events
        self._later, self._pause = 0, pause
        self.walls: list[float] = []
        self.events: list[int] = []
        self._days = self._width()
        if not self._days:
            raise servers.ServerError(f"a day has more than {events} events: ask for more")

    def ask(self, coding: str = "") -> float:
        """Return the seconds of CPU that a new selection costs, sent in *coding*."""
        if self._later == self._days:
            self._forget()
        self._later += 1
        time.sleep(self._pause)
        before = self._server.cpu_of_threads()
        # Each day less of the past is a day more of the future.
        answer = self._get(self._days - self._later, self._later, coding)
        used = self._server.cpu_of_threads() - before
        self.walls.append(answer.seconds)
        if not coding:
            self.events.append(answer.body.count(b"BEGIN:VEVENT"))
        return used

    def _forget(self) -> None:
        """Have the server forget its answers, in memory and database, so that all are new again."""
        self._server.stop()
        file = self._server.home / "state" / "releasecal.db"
        with closing(sqlite3.connect(file)) as database, database:
            database.execute("DELETE FROM last_modified")
        self._server.start(core=self._core)
        self._width()  # as at first: what the first answers of a process make is there
        self._later = 0

    def _get(self, past: int, future: int, coding: str = "") -> servers.Answer:
        query = f"past={past}&future={future}"
        headers = {"Accept-Encoding": coding} if coding else {}
        answer = self._server.get(f"/calendar.ics?{query}", headers)
        if answer.status != 200:
            raise servers.ServerError(f"{query}: {answer.status}: {answer.body.decode()}")
        return answer

    def _width(self) -> int:
        """Return the number of days before today that hold as many events as are asked for."""
        few, many = 0, 20_000
        while many - few > 1:
            middle = (few + many) // 2
            found = self._get(middle, 0).body.count(b"BEGIN:VEVENT")
            few, many = (middle, many) if found <= self._most else (few, middle)
        return few


def measure(given: argparse.Namespace, folder: Path) -> list[Row]:
    """Measure with copies of both catalogues in *folder*."""
    core, _ = servers.cores()
    with ExitStack() as stack:
        askers = {}
        for films in (given.films, given.small):
            published = measuring.published(given.cache, films)
            home = measuring.copy(published, folder / str(films))
            server = stack.enter_context(servers.Releasecal(home))
            server.start(core=core)
            askers[films] = Asker(server, core, given.events, given.pause)
        large, small = askers[given.films], askers[given.small]
        turns: dict[str, Callable[[], float]] = {
            "large": large.ask,
            "small": small.ask,
            "large gzip": partial(large.ask, "gzip"),
        }
        found = measuring.in_turn(given.rounds, turns)
    events = f"{median(large.events):,.0f}"
    walls = f"{measuring.ms(large.walls)} by the client's clock"
    return [
        Row(
            f"first answer to a selection of {events} events of {given.films:,} films: server time",
            "",
            median(found["large"]) * 1_000,
            at_most(5),
            at_most(2),
            "ms",
            walls,
        ),
        Row(
            "the same: times the time of",
            f"{median(small.events):,.0f} events of {given.small:,} films",
            measuring.ratio(found, "large", "small"),
            at_most(1.5),
            figures=f"{measuring.ms(found['large'])} against {measuring.ms(found['small'])}",
        ),
        Row("the same, sent as gzip", "", median(found["large gzip"]) * 1_000, unit="ms"),
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print the table."""
    parser = measuring.parser(__doc__, films=100_000, rounds=9)
    parser.add_argument("--small", type=int, default=SMALL, help="size of the small catalogue")
    parser.add_argument("--events", type=int, default=950, help="of a selection, at most")
    parser.add_argument("--pause", type=float, default=0.0, help="seconds before each question")
    given = parser.parse_args(arguments)
    with TemporaryDirectory() as folder:
        rows = measure(given, Path(folder))
    measuring.report(rows, given)


if __name__ == "__main__":
    main()
