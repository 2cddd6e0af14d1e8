"""
How a 304 fares while all films are read again, on one core that the server and its reading share.

The file is replaced by one in which every film has moved, and ``POST /refresh`` is sent. For
as long as that takes, four connections ask for 304s from another core, a slice of some seconds
after the other; the idle slices come before it and after it. The slowest slice's p99 counts.

    python benchmarks/reloading.py                     # 100,000 films: several minutes
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Thread

import catalogues
import measuring
import servers
from measuring import Row, at_least, at_most

FEED = "/calendar.ics?past=5&future=5"
CONNECTIONS = 4
MOST = 200
"""Slices under load; a server that is never idle may leave hardly anything to the reading."""


def measure(given: argparse.Namespace, folder: Path) -> list[Row]:
    """Measure with a copy of the catalogue in *folder*."""
    core, load_core = servers.cores()
    home = measuring.copy(measuring.published(given.cache, given.films), folder / "home")
    beside = folder / "moved"
    measuring.show(f"making up {given.films:,} films that have moved")
    films = (catalogues.changed(catalogues.film(each), 1) for each in range(given.films))
    catalogues.write(beside, films, films_a_file=given.films)
    with servers.Releasecal(home) as server:
        server.start(core=core)
        etag = server.get(FEED).headers["ETag"]
        asked = measuring.Question(FEED, {"If-None-Match": etag}, CONNECTIONS)

        def slice_() -> measuring.Load:
            return measuring.load([server], asked, seconds=given.seconds, core=load_core)

        idle = [slice_() for _ in range(given.rounds)]
        for path in beside.iterdir():
            path.replace(home / "data" / path.name)
        answers: list[servers.Answer] = []
        token = {"Authorization": f"Bearer {server.token()}"}
        refresh = Thread(
            target=lambda: answers.append(server.get("/refresh", token, method="POST"))
        )
        refresh.start()
        busy: list[measuring.Load] = []
        while (refresh.is_alive() and len(busy) < MOST) or not busy:
            measuring.show(f"slice {len(busy) + 1} of the reload")
            busy.append(slice_())
        if not refresh.is_alive():
            busy = busy[:-1] or busy  # the last one was idle in part
        refresh.join()
        if answers[0].status != 200:
            raise servers.ServerError(f"POST /refresh: {answers[0].body.decode()[:1_000]}")
        idle += [slice_() for _ in range(given.rounds)]
    rates = [median(load.rate for load in loads) for loads in (busy, idle)]
    p99s = [measuring.ms([load.p99 for load in loads]) for loads in (busy, idle)]
    return [
        Row(
            f"p99 of a 304 while {given.films:,} films are read again, one core",
            "",
            max(load.p99 for load in busy) * 1_000,
            at_most(10),
            unit="ms",
            figures=f"median slice {p99s[0]}, idle {p99s[1]}; longest answer "
            f"{max(load.longest for load in busy) * 1_000:,.0f} ms, waited for more than 2 s: "
            f"{sum(load.waiting for load in busy)}; the reload took {answers[0].seconds:.0f} s",
        ),
        Row(
            "requests a second meanwhile",
            "idle",
            rates[0] / rates[1],
            at_least(0.45),
            figures=f"{rates[0]:,.0f}/s against {rates[1]:,.0f}/s",
        ),
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print the table."""
    parser = measuring.parser(__doc__, films=100_000, rounds=3)
    parser.add_argument("--seconds", type=float, default=3, help="a slice")
    given = parser.parse_args(arguments)
    with TemporaryDirectory() as folder:
        rows = measure(given, Path(folder))
    measuring.report(rows, given, {"wrk": measuring.tool("wrk", "-v")})


if __name__ == "__main__":
    main()
