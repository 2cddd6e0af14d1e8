"""
The cost of an edition of everything, in CPU and memory, beside its floor, for catalogues of each size.

The first edition is ``releasecal refresh`` in an empty home; then everything is read again, for
the public address is another one. The floor is `floor`: msgspec parses the same file, and the
driver inserts the same rows, with the indexes made after them. All three are seconds of CPU of a
process of its own; those of ours are less what the same command takes that finds no news, which
is the start of Python and of what is imported. Memory is the most that the process had.

    python benchmarks/publishing.py                    # 1,000 to 100,000 films: 10 minutes
    python benchmarks/publishing.py --sizes 3000 --rounds 3
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import measuring
import servers
from measuring import Row, at_most

SIZES = (1_000, 10_000, 100_000)
MIB = 2**20
_OTHER = {"PUBLIC_URL": "https://other.example"}


@dataclass(frozen=True, slots=True)
class Used:
    """CPU in seconds, and the most memory in octets."""

    cpu: float
    memory: int


def measure(given: argparse.Namespace, films: int, folder: Path) -> list[Row]:
    """Measure a catalogue of *films*, working in *folder*."""
    data = measuring.catalogue(given.cache, films)
    found: dict[str, list[Used]] = {"first": [], "again": [], "idle": [], "floor": []}
    for turn in range(given.rounds):
        measuring.show(f"{films:,} films, round {turn + 1} of {given.rounds}")
        home = folder / f"{films}-{turn}"
        home.mkdir()
        shutil.copytree(data, home / "data")
        found["first"].append(_refreshed(home, {}))
        found["idle"].append(_refreshed(home, {}))
        (database,) = home.rglob("releasecal.db")
        (path,) = data.glob("films-*.json")
        command = [
            sys.executable,
            str(Path(__file__).with_name("floor.py")),
            str(path),
            str(database),
        ]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        found["floor"].append(Used(float(done.stdout), 0))
        found["again"].append(_refreshed(home, _OTHER))
        shutil.rmtree(home)
    return list(_rows(films, found))


def _refreshed(home: Path, settings: Mapping[str, str]) -> Used:
    """Return what ``releasecal refresh`` uses at *home* with *settings*."""
    command = [sys.executable, "-m", "releasecal", "refresh"]
    environ = servers.environment(settings)
    with subprocess.Popen(command, cwd=home, env=environ, stdout=subprocess.DEVNULL) as running:
        _, status, usage = os.wait4(running.pid, 0)
        running.returncode = os.waitstatus_to_exitcode(status)
    if running.returncode:
        raise servers.ServerError(f"releasecal refresh: exit status {running.returncode}")
    return Used(usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def _rows(films: int, found: Mapping[str, Sequence[Used]]) -> list[Row]:
    cpu = {name: [each.cpu for each in used] for name, used in found.items()}
    beyond = {
        name: [a - b for a, b in zip(cpu[name], cpu["idle"], strict=True)]
        for name in ("first", "again")
    } | {"floor": cpu["floor"]}
    rows = [
        Row(
            f"{what} of {films:,} films: times the CPU of",
            "msgspec and sqlite3",
            measuring.ratio(beyond, name, "floor"),
            at_most(2.5),
            figures=f"{measuring.ms(beyond[name])} against {measuring.ms(beyond['floor'])}",
        )
        for name, what in (("first", "the first edition"), ("again", "all read again"))
    ]
    memory = {name: median(each.memory for each in used) / MIB for name, used in found.items()}
    goal = at_most(600) if films == max(SIZES) else None
    rows += [
        Row(f"memory of {what} of {films:,} films", "", memory[name], goal, unit="MiB")
        for name, what in (("first", "the first edition"), ("again", "all read again"))
    ]
    return rows


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print the table."""
    parser = measuring.parser(__doc__, rounds=1)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="of the catalogues")
    given = parser.parse_args(arguments)
    with TemporaryDirectory() as folder:
        rows = [row for films in given.sizes for row in measure(given, films, Path(folder))]
    measuring.report(rows, given)


if __name__ == "__main__":
    main()
