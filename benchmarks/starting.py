"""
The time from the start of ``releasecal serve`` to its first 304, beside its imports alone.

The reference is a Python that imports, in the same order, every foreign module that
``releasecal serve`` and its worker import until they answer (from PYTHONPROFILEIMPORTTIME). The
server runs by default settings, so it checks its sources for changes, too, and reads those that
have changed while it answers. A client that has the ETag tries until it is answered. On a machine
that others use too, the second row of each catalogue says more: CPU instead of the time by the clock.

    python benchmarks/starting.py                      # 100,000 films: 1 minute
"""

import argparse
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import measuring
import servers
from measuring import Row, at_most

FEED = "/calendar.ics?past=5&future=5"

FEW = 3
SETTINGS = {"REFRESH_EVERY": "15m"}

BARE = """
for name in {names}:
    try:
        __import__(name)
    except ImportError:
        pass  # optional
"""


def measure(given: argparse.Namespace, folder: Path) -> list[Row]:
    """Measure with copies of both catalogues in *folder*."""
    core, _ = servers.cores()
    sizes = {f"{films:,} films": films for films in (given.films, FEW)}
    homes = {
        name: measuring.copy(measuring.published(given.cache, films), folder / name)
        for name, films in sizes.items()
    }
    bare = folder / "bare.py"
    bare.write_text(BARE.format(names=_imported(homes[f"{FEW} films"])))
    etags: dict[Path, str] = {}
    cpu: dict[str, list[float]] = {"imports": []}
    turns: dict[str, Callable[[], float]] = {}
    again = measuring.copy(homes[f"{given.films:,} films"], folder / "again")
    for path in (again / "data").rglob("*.*"):  # other octets: all has to be read, nothing is new
        path.write_bytes(path.read_bytes() + b"\n")
    homes[f"{given.films:,} films to read again"] = again
    for name, home in homes.items():
        turns[name] = partial(_started, home, etags, core, cpu.setdefault(name, []))
    turns["imports"] = partial(_imports, [*servers.pinned(core), sys.executable, str(bare)], cpu)
    found = measuring.in_turn(given.rounds, turns)
    return [*_rows("start to first 304", found), *_rows("CPU until the first 304", cpu)]


def _rows(what: str, found: Mapping[str, Sequence[float]]) -> list[Row]:
    """Return a row for each catalogue in *found*, which has the imports, too."""
    return [
        Row(
            f"{what} with {name}",
            "importing what is used",
            measuring.ratio(found, name, "imports"),
            at_most(1.5) if name != f"{FEW} films" else None,
            at_most(1.06) if name != f"{FEW} films" else None,
            figures=f"{measuring.ms(found[name])} against {measuring.ms(found['imports'])}",
        )
        for name in found
        if name != "imports"
    ]


def _imports(command: Sequence[str], cpu: Mapping[str, list[float]]) -> float:
    """Return the seconds that *command*, which imports, takes; note those of CPU."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = measuring.seconds(lambda: subprocess.run(command, check=True))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    cpu["imports"].append(spent)
    return seconds


def _started(home: Path, etags: dict[Path, str], core: int, cpu: list[float]) -> float:
    """Return the seconds from starting a server to its first 304; note those of CPU."""
    with servers.Releasecal(home, settings=SETTINGS) as server:
        if home not in etags:  # the first time, a client has to learn it
            server.start()
            etags[home] = server.get(FEED).headers["ETag"]
            server.stop()
        began = time.perf_counter()
        server.begin(core=core)
        while _status(server, etags[home]) != 304:
            if time.perf_counter() - began > servers.PATIENCE:
                raise servers.ServerError(f"no 304 from releasecal:\n{server.log}")
            time.sleep(0.001)
        seconds = time.perf_counter() - began
        cpu.append(server.cpu_of_threads())
        return seconds


def _status(server: servers.Server, etag: str) -> int:
    try:
        return server.get(FEED, {"If-None-Match": etag}).status
    except OSError:
        return 0  # not yet


def _imported(home: Path) -> list[str]:
    """Return the modules of others that a server imports until it answers, in order."""
    with servers.Releasecal(home, settings=SETTINGS) as server:
        server.environ["PYTHONPROFILEIMPORTTIME"] = "1"
        server.start()
        server.get(FEED)
        lines = server.log.splitlines()
    names = [line.rpartition("|")[2].strip() for line in lines if line.startswith("import time:")]
    ours = ("releasecal", "__", "imported package")
    return [*dict.fromkeys(name for name in names if not name.startswith(ours))]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print the table."""
    parser = measuring.parser(__doc__, films=100_000, rounds=11)
    given = parser.parse_args(arguments)
    with TemporaryDirectory() as folder:
        rows = measure(given, Path(folder))
    measuring.report(rows, given)


if __name__ == "__main__":
    main()
