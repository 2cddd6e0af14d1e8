"""
The time of a 304 while all films are read again on the core that serves it.

The file is replaced by one in which every film has moved, and ``POST /refresh`` is sent. For
as long as that takes, four connections ask for 304s from another core. The same load on an
idle server is measured before and after it.

    python benchmarks/reloading.py                     # 100,000 films: several minutes
"""

import argparse
from collections.abc import Callable, Sequence
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
LONGEST = 1_800
"""Seconds under load; a server that is never idle may leave hardly anything to the reading."""


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

        def load(seconds: float, until: Callable[[], object] | None = None) -> measuring.Load:
            return measuring.load([server], asked, seconds=seconds, core=load_core, until=until)

        idle = [load(given.seconds) for _ in range(given.rounds)]
        for path in beside.iterdir():
            path.replace(home / "data" / path.name)
        answers: list[servers.Answer] = []
        token = {"Authorization": f"Bearer {server.token()}"}
        refresh = Thread(
            target=lambda: answers.append(server.get("/refresh", token, method="POST"))
        )
        refresh.start()
        measuring.show("reading everything again")
        busy = load(LONGEST, until=lambda: refresh.join(LONGEST - 1))
        refresh.join()
        if answers[0].status != 200:
            raise servers.ServerError(f"POST /refresh: {answers[0].body.decode()[:1_000]}")
        idle += [load(given.seconds) for _ in range(given.rounds)]
    rate = median(each.rate for each in idle)
    return [
        Row(
            f"p99 of a 304 while {given.films:,} films are read again, one core",
            "",
            busy.p99 * 1_000,
            at_most(10),
            unit="ms",
            figures=f"idle {measuring.ms([each.p99 for each in idle])}; longest "
            f"{busy.longest * 1_000:,.0f} ms, over 2 s: {busy.waiting}; "
            f"the reload took {answers[0].seconds:.0f} s",
        ),
        Row(
            "requests a second meanwhile",
            "idle",
            busy.rate / rate,
            at_least(0.45),
            figures=f"{busy.rate:,.0f}/s against {rate:,.0f}/s",
        ),
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print the table."""
    parser = measuring.parser(__doc__, films=100_000, rounds=3)
    parser.add_argument("--seconds", type=float, default=3, help="each idle turn")
    given = parser.parse_args(arguments)
    with TemporaryDirectory() as folder:
        rows = measure(given, Path(folder))
    measuring.report(rows, given, {"wrk": measuring.tool("wrk", "-v")})


if __name__ == "__main__":
    main()
