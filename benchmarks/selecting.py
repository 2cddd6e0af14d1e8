"""
The cost of the first answer to a new selection, in a large catalogue and in a small one.

Each selection is new to the server: as many days, beginning one day later, with nearly 1,000
events in both catalogues. Server time is the CPU time of all its processes from
one answer to the next, by the kernel's count; the client's clock stands beside it.

    python benchmarks/selecting.py                     # 100,000 films against 1,000: 1 minute
"""

import argparse
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import measuring
import servers
from measuring import Row, at_most

SMALL = 1_000


class Asker:
    """Asks one server for selections that are new to it."""

    def __init__(self, server: servers.Server, events: int) -> None:
        """Ask for up to *events* events, as many as whole days allow."""
        self._server = server
        self._turn = count(1)
        self.walls: list[float] = []
        self.events: list[int] = []
        self._days = self._width(events)

    def ask(self, coding: str = "") -> float:
        """Return the seconds of CPU that a new selection costs, sent in *coding*."""
        later = next(self._turn)
        before = self._server.cpu_of_threads()
        # Each day less of the past is a day more of the future.
        answer = self._get(self._days - later, later, coding)
        used = self._server.cpu_of_threads() - before
        self.walls.append(answer.seconds)
        if not coding:
            self.events.append(answer.body.count(b"BEGIN:VEVENT"))
        return used

    def _get(self, past: int, future: int, coding: str = "") -> servers.Answer:
        query = f"past={past}&future={future}"
        headers = {"Accept-Encoding": coding} if coding else {}
        answer = self._server.get(f"/calendar.ics?{query}", headers)
        if answer.status != 200:
            raise servers.ServerError(f"{query}: {answer.status}: {answer.body.decode()}")
        return answer

    def _width(self, events: int) -> int:
        """Return the number of days before today that hold *events* events, the limit of a feed."""
        few, many = 0, 20_000
        while many - few > 1:
            middle = (few + many) // 2
            found = self._get(middle, 0).body.count(b"BEGIN:VEVENT")
            few, many = (middle, many) if found <= events else (few, middle)
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
            askers[films] = Asker(server, given.events)
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
    given = parser.parse_args(arguments)
    with TemporaryDirectory() as folder:
        rows = measure(given, Path(folder))
    measuring.report(rows, given)


if __name__ == "__main__":
    main()
