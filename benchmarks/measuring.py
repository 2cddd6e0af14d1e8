"""
Shared parts of the benchmarks: goals and rows, a cache of made-up catalogues, and load.

A row is a ratio of two things measured in turn in one run on one machine, for the speed of a
shared machine swings; times by the clock stand beside it.
"""

import argparse
import fcntl
import hashlib
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

import catalogues
import releasecal
import servers

CACHE = Path(tempfile.gettempdir()) / "releasecal-benchmarks"
"""Default folder of the catalogues and databases that all benchmarks share."""

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # or each process would compile all modules anew

_CODE = Path(releasecal.__file__).parent
_RIM = ("cli", "export", "refresh_token", "server", "settings", "web", "wiring")
"""Packages and modules that do not shape the database."""


@dataclass(frozen=True, slots=True)
class Goal:
    """A limit that a measured value should keep."""

    sign: str
    value: float

    def is_met(self, measured: float) -> bool:
        """Whether *measured* keeps it."""
        return measured >= self.value if self.sign == "≥" else measured <= self.value

    def __str__(self) -> str:
        return f"{self.sign} {self.value:g}"


def at_least(value: float) -> Goal:
    """Return the goal of being as good as *value* where more is better."""
    return Goal("≥", value)


def at_most(value: float) -> Goal:
    """Return the goal of being as good as *value* where less is better."""
    return Goal("≤", value)


@dataclass(frozen=True, slots=True)
class Row:
    """
    A measured value and its goals.

    Attributes:
        beside: The reference; empty for a plain value.
        unit: Of *measured* and of the goals; empty for a ratio.
        figures: The times or rates behind the value, as text.
    """

    what: str
    beside: str
    measured: float
    target: Goal | None = None
    stretch: Goal | None = None
    unit: str = ""
    figures: str = ""

    def cells(self) -> Iterator[str]:
        """Yield the cells of its line of Markdown."""
        yield self.what
        yield self.beside
        yield f"{_number(self.measured)} {self.unit}".strip()
        for goal in (self.target, self.stretch):
            mark = "" if goal is None else ("met" if goal.is_met(self.measured) else "missed")
            yield "" if goal is None else f"{goal} {self.unit}".strip() + f" ({mark})"
        yield self.figures


HEADER = ("what", "beside", "measured", "target", "stretch", "from")


def table(rows: Sequence[Row]) -> Iterator[str]:
    """Yield *rows* as lines of Markdown."""
    yield f"| {' | '.join(HEADER)} |"
    yield "| --- | --- | ---: | ---: | ---: | --- |"
    for row in rows:
        yield f"| {' | '.join(row.cells())} |"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1_000 else f"{value:.3g}"


def parser(text: str | None, *, rounds: int, films: int = 0) -> argparse.ArgumentParser:
    """Return a parser of the shared options, with *films* if any; *text* is its help."""
    made = argparse.ArgumentParser(description=(text or "").strip().partition("\n")[0])
    if films:
        made.add_argument("--films", type=int, default=films, help="size of the catalogue")
    made.add_argument("--rounds", type=int, default=rounds, help="medians are taken over these")
    made.add_argument("--cache", type=Path, default=CACHE, help="where catalogues are kept")
    made.add_argument("--peers", type=Path, default=CACHE / "peers", help="where peers go")
    made.add_argument("--json", type=Path, help="write the rows there, too")
    return made


def report(
    rows: Sequence[Row], given: argparse.Namespace, versions: Mapping[str, str] | None = None
) -> None:
    """Print *rows* under their circumstances, and write them to the file in *given*, if any."""
    size = {"films": f"{given.films:,}"} if "films" in given else {}
    about = {**machine(), **size, "rounds": given.rounds, **(versions or {})}
    show("")
    print(", ".join(f"{name} {value}" for name, value in about.items()) + "\n")
    print("\n".join(table(rows)), flush=True)
    if given.json:
        found = {"about": about, "rows": [asdict(row) for row in rows]}
        given.json.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n")


def machine() -> dict[str, object]:
    """Return the circumstances of all figures: machine and versions."""
    return {
        "measured": str(datetime.now(UTC).date()),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        **{name: version(name) for name in ("granian", "icalendar", "SQLAlchemy")},
    }


def tool(*command: str) -> str:
    """Return the version from the output of *command*: its first number with dots."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"\d+(\.\d+)+", done.stdout + done.stderr)
    return found[0] if found else "?"


def show(text: str) -> None:
    """Print the progress if standard error is a terminal."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


def in_turn(rounds: int, contenders: Mapping[str, Callable[[], float]]) -> dict[str, list[float]]:
    """Return the results of all *contenders*, which take turns in each of the *rounds*."""
    found: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(rounds):
        for name, contender in contenders.items():
            show(f"round {number + 1} of {rounds}: {name}")
            found[name].append(contender())
    return found


def ratio(found: Mapping[str, Sequence[float]], name: str, reference: str) -> float:
    """Return the median, over the rounds, of *name* by *reference* of the same round."""
    return median(a / b for a, b in zip(found[name], found[reference], strict=True))


def seconds(run: Callable[[], object]) -> float:
    """Return how long *run* takes by the clock."""
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def cpu(run: Callable[[], object]) -> float:
    """Return the seconds of CPU that *run* takes in this process."""
    began = time.process_time()
    run()
    return time.process_time() - began


def ms(values: Sequence[float]) -> str:
    """Return the median of *values*, in seconds, as text in milliseconds."""
    return f"{_number(median(values) * 1_000)} ms"


# ── Catalogues and databases ────────────────────────────────────────────────────────────────


def catalogue(cache: Path, films: int) -> Path:
    """Return a folder with one JSON file of as many made-up *films*, and one of sources."""
    code = _digest([Path(catalogues.__file__)])

    def make(folder: Path) -> None:
        show(f"making up {films:,} films, once")
        catalogues.write(folder, map(catalogues.film, range(films)), films_a_file=films)

    return _kept(cache / f"films-{films}-{code}", make)


def published(cache: Path, films: int) -> Path:
    """
    Return a folder of as many made-up *films*: files in ``data``, the database in ``state``.

    It stays in *cache* until the code that writes databases changes. It is read-only by
    agreement; `copy` makes one to write into.
    """
    data = catalogue(cache, films)
    code = _digest(path for path in _modules() if not _is_rim(path))

    def make(folder: Path) -> None:
        shutil.copytree(data, folder / "data")
        show(f"publishing {films:,} films, once")
        servers.run("refresh", folder=folder)

    return _kept(cache / f"published-{data.name[6:]}-{code}", make)


def copy(folder: Path, to: Path) -> Path:
    """Copy the folder of `published` to *to*, with the times of all files, and return it."""
    return shutil.copytree(folder, to)


def _kept(folder: Path, make: Callable[[Path], None]) -> Path:
    """Return *folder*, made whole by *make* if it is not there yet; others wait for it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            with tempfile.TemporaryDirectory(dir=folder.parent, prefix="making-") as name:
                scratch = Path(name) / "made"
                scratch.mkdir()
                make(scratch)
                scratch.rename(folder)
    return folder


def _modules() -> list[Path]:
    return sorted(_CODE.rglob("*.py"))


def _is_rim(path: Path) -> bool:
    return path.relative_to(_CODE).parts[0].removesuffix(".py") in _RIM


def _digest(paths: Iterable[Path]) -> str:
    return _digest_of(b"".join(path.read_bytes() for path in paths))


def _digest_of(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=6).hexdigest()


# ── Peers ───────────────────────────────────────────────────────────────────────────────────


def installed(folder: Path, packages: Sequence[str]) -> Path:
    """Return a Python that has *packages*, in a *folder* made for them if need be."""
    python = folder / "bin" / "python"
    wanted = " ".join(sorted(packages))

    def make(scratch: Path) -> None:
        show(f"installing {wanted} into {folder}")
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        pip = [str(python), "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
        subprocess.run([*pip, *packages], check=True, stdout=sys.stderr)
        (scratch / "packages").write_text(f"{wanted}\n")

    _kept(folder / f"has-{_digest_of(wanted.encode())}", make)
    return python


# ── Load ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Question:
    """A request that many connections repeat."""

    path: str
    headers: Mapping[str, str]
    connections: int = 16


@dataclass(frozen=True, slots=True)
class Load:
    """
    The results of a server under load.

    Attributes:
        rate: Requests a second.
        per_cpu: Requests per second of CPU of all processes involved.
        p99: 99th percentile of the answers' times, seconds.
        longest: Time of the slowest answer, seconds.
        waiting: Number of requests that waited for more than two seconds.
    """

    rate: float
    per_cpu: float
    p50: float
    p99: float
    longest: float
    waiting: int


def load(
    behind: Sequence[servers.Server],
    question: Question,
    *,
    seconds: float,
    core: int | None,
    until: Callable[[], object] | None = None,
) -> Load:
    """
    Return the results of load on the first of *behind* for *seconds*, by wrk on *core*.

    *until* is called, if given, and ends the load when it returns sooner. The CPU of all of
    *behind* counts: a proxy and the servers behind it.

    Raises:
        ServerError: Some answers were errors.
    """
    whole = max(1, round(seconds))  # wrk takes no parts of a second
    lines = [
        part for name, text in question.headers.items() for part in ("--header", f"{name}: {text}")
    ]
    url = f"http://{servers.HOST}:{behind[0].port}{question.path}"
    connections = ["--threads", "1", "--connections", str(question.connections)]
    wrk = [servers.binary("wrk"), "--latency", *connections, "--duration", f"{whole}s"]
    before = sum(server.cpu() for server in behind)
    command = [*servers.pinned(core), *wrk, *lines, url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        if until:
            until()
            running.send_signal(signal.SIGINT)  # wrk then prints its results so far
        told = running.communicate()[0]
    used = sum(server.cpu() for server in behind) - before
    if "Non-2xx" in told or re.search(r"(connect|read|write) [1-9]", told):
        raise servers.ServerError(f"{behind[0].name} under load:\n{told}")
    requests = int(_found(r"(\d+) requests in", told))
    return Load(
        rate=float(_found(r"Requests/sec:\s+([\d.]+)", told)),
        per_cpu=requests / max(used, 0.01),
        p50=_span(_found(r"(?m)^ +50% +(\S+)", told)),
        p99=_span(_found(r"(?m)^ +99% +(\S+)", told)),
        longest=_span(_found(r"(?m)^ +Latency +\S+ +\S+ +(\S+)", told)),
        waiting=int(_found(r"timeout (\d+)", f"{told}timeout 0")),
    )


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    if not found:
        raise servers.ServerError(f"wrk does not say {pattern}:\n{text}")
    return found[1]


def _span(text: str) -> float:
    """Return the seconds of a span as wrk writes it: 12.30us, 1.20ms, 2.00s, 1.00m."""
    number, unit = re.fullmatch(r"([\d.]+)([a-z]+)", text).groups()  # type: ignore[union-attr]
    return float(number) * {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}[unit]
