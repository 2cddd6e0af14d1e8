"""
Memory of a worker with a large catalogue in the store, and with three films.

Each server has answered the same requests, pages and selections of at most a thousand events,
so that its cache is filled. Memory is the share of each process (PSS) by the kernel; the
largest worker counts.

    python benchmarks/memory.py                        # 100,000 films against 3: 1 minute
"""

import argparse
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import measuring
import servers
from measuring import Row, at_most

FEW = 3
WORKERS = 2
MIB = 2**20

PATHS = (
    "/",
    "/changes",
    "/calendar.ics?past=5&future=5",
    "/calendar.json?past=5&future=5",
    *(f"/calendar.ics?kind=theatrical&past={days}&future=0" for days in range(1, 20)),
)


def measure(given: argparse.Namespace, folder: Path) -> list[Row]:
    """Measure both with copies of their catalogues in *folder*."""
    large, few = (
        [_worker(given, films, folder / f"{films}-{turn}") for turn in range(given.rounds)]
        for films in (given.films, FEW)
    )
    more = sorted(a - b for a, b in zip(large, few, strict=True))[given.rounds // 2]
    middle = sorted(large)[given.rounds // 2], sorted(few)[given.rounds // 2]
    return [
        Row(
            f"memory of a worker with {given.films:,} films in the store: more than",
            f"with {FEW} films",
            more / MIB,
            at_most(60),
            unit="MiB",
            figures=" against ".join(f"{octets / MIB:.1f} MiB" for octets in middle),
        )
    ]


def _worker(given: argparse.Namespace, films: int, folder: Path) -> float:
    """Return the octets of the largest worker that serves *films* films, with a filled cache."""
    home = measuring.copy(measuring.published(given.cache, films), folder)
    settings = {"REFRESH_EVERY": "1h"}  # so that each worker has looked at its sources
    with ExitStack() as stack:
        server = stack.enter_context(servers.Releasecal(home, workers=WORKERS, settings=settings))
        server.start()
        workers = servers.to_each(server, WORKERS, stack)
        for path in PATHS:
            for connection in workers.values():
                answer = servers.ask_on(connection, path)
                if answer.status != 200:
                    raise servers.ServerError(f"{path}: {answer.status}")
        return max(servers.memory(pid) for pid in workers)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print the table."""
    parser = measuring.parser(__doc__, films=100_000, rounds=3)
    given = parser.parse_args(arguments)
    with TemporaryDirectory() as folder:
        rows = measure(given, Path(folder))
    measuring.report(rows, given)


if __name__ == "__main__":
    main()
