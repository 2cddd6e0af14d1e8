"""
The cost of an answer, beside nginx with the same bytes as files.

The server has one core and the load another. The figure is requests per second of CPU of all
of a server's processes, from ``/proc``: an operator pays for CPU, and it hardly swings with
other load on the machine.

    python benchmarks/serving.py                       # 3 s a turn, 5 rounds: 4 minutes
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import measuring
import servers
from measuring import Row, at_least

FEED = "/calendar.ics"
FILMS = 180
"""A feed of some 300 KB."""

STATIC, OURS, BEHIND = "nginx static", "releasecal serve", "deploy/nginx.conf"


@dataclass(frozen=True, slots=True)
class Case:
    """
    A kind of request.

    Attributes:
        status: The expected status of the answer.
        is_conditional: Whether it has an If-None-Match with the current ETag.
    """

    name: str
    status: int
    headers: Mapping[str, str]
    is_conditional: bool = False
    connections: int = 16


CASES = {
    "304": Case("304, 16 connections", 304, {}, is_conditional=True),
    "new": Case("304, a new connection each", 304, {"Connection": "close"}, is_conditional=True),
    "200": Case("the body", 200, {}),
    "gzip": Case("the body, gzip", 200, {"Accept-Encoding": "gzip"}),
}

GOALS = (
    ("304", OURS, at_least(0.20), at_least(0.60)),
    ("new", OURS, at_least(0.45), at_least(0.70)),
    ("200", OURS, at_least(0.50), at_least(0.85)),
    ("gzip", OURS, at_least(0.28), at_least(0.55)),
    ("304", BEHIND, at_least(0.65), at_least(0.95)),
    ("new", BEHIND, None, None),
    ("200", BEHIND, None, None),
    ("gzip", BEHIND, None, None),
)


def measure(given: argparse.Namespace, folder: Path) -> list[Row]:
    """Measure all cases with a copy of the catalogue in *folder*."""
    server_core, load_core = servers.cores()
    home = measuring.copy(measuring.published(given.cache, given.films), folder / "home")
    with ExitStack() as stack:
        app = stack.enter_context(servers.Releasecal(home))
        app.start(core=server_core)
        body, packed = app.get(FEED).body, app.get(FEED, CASES["gzip"].headers).body
        files = {"calendar.ics": body, "calendar.ics.gz": packed}
        static = stack.enter_context(servers.Nginx.static(files))
        static.start(core=server_core)
        shipped = stack.enter_context(servers.Nginx.shipped(app.port))
        shipped.start(core=server_core)
        contenders: dict[str, Sequence[servers.Server]] = {
            STATIC: [static],
            OURS: [app],
            BEHIND: [shipped, app],
        }
        loads: dict[tuple[str, str], list[measuring.Load]] = {}
        turns: dict[str, Callable[[], float]] = {
            f"{key}, {name}": partial(
                _turn, servers_, case, given.seconds, load_core, loads.setdefault((key, name), [])
            )
            for key, case in CASES.items()
            if key in given.case
            for name, servers_ in contenders.items()
        }
        found = measuring.in_turn(given.rounds, turns)
    size = f"{len(body) / 1_000:,.0f} KB"
    return [
        Row(
            f"{CASES[key].name.replace('the body', f'a body of {size}')}: {name}",
            STATIC,
            measuring.ratio(found, f"{key}, {name}", f"{key}, {STATIC}"),
            target,
            stretch,
            figures=f"{_rates(loads[key, name])} against {_rates(loads[key, STATIC])}",
        )
        for key, name, target, stretch in GOALS
        if key in given.case
    ]


def _turn(
    behind: Sequence[servers.Server],
    case: Case,
    seconds: float,
    core: int,
    loads: list[measuring.Load],
) -> float:
    """Return requests per second of CPU, after a check of the results."""
    headers = dict(case.headers)
    if case.is_conditional:
        headers["If-None-Match"] = behind[0].get(FEED, case.headers).headers["ETag"]
    answer = behind[0].get(FEED, headers)
    if answer.status != case.status:
        raise servers.ServerError(f"{behind[0].name} answers {answer.status}, not {case.status}")
    question = measuring.Question(FEED, headers, case.connections)
    loads.append(measuring.load(behind, question, seconds=seconds, core=core))
    return loads[-1].per_cpu


def _rates(loads: Sequence[measuring.Load]) -> str:
    middle = sorted(loads, key=lambda load: load.per_cpu)[len(loads) // 2]
    return (
        f"{middle.per_cpu:,.0f} a CPU second ({middle.rate:,.0f}/s, p99 {middle.p99 * 1e3:.2f} ms)"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print the table."""
    parser = measuring.parser(__doc__, films=FILMS, rounds=5)
    parser.add_argument("--seconds", type=float, default=3, help="a turn under load")
    parser.add_argument("--case", nargs="+", choices=CASES, default=[*CASES], help="only these")
    given = parser.parse_args(arguments)
    with TemporaryDirectory() as folder:
        rows = measure(given, Path(folder))
    versions = {"nginx": measuring.tool("nginx", "-v"), "wrk": measuring.tool("wrk", "-v")}
    measuring.report(rows, given, versions)


if __name__ == "__main__":
    main()
