"""Real servers for tests and for programs run by hand, and all their processes, orphans too."""

import sys
import time
import uuid
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from support.paths import BENCHMARKS

FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)  # by machine

PATIENCE = 60.0
"""Seconds; not reached unless something is wrong."""


def benchmarks(name: str) -> Any:
    """Return the module *name* of the benchmarks, such as ``servers``."""
    if str(BENCHMARKS) not in sys.path:
        sys.path.append(str(BENCHMARKS))
    return import_module(name)


def until(is_so: Callable[[], object], what: str, longest: float = PATIENCE) -> float:
    """Wait until something *is_so*, at most *longest* seconds, and return how long that took."""
    began = time.monotonic()
    while not is_so():
        assert time.monotonic() - began < longest, f"not within {longest:.0f} s: {what}"
        time.sleep(0.02)
    return time.monotonic() - began


def fake_clock(server: Any, clock: Path) -> None:
    """Have *server*, not started, take its wall clock's error from the file *clock*: ``-1d``, ``+0``."""
    server.environ |= {
        "LD_PRELOAD": str(FAKETIME),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
    }


def percentile(values: Sequence[float], percent: int) -> float:
    """Return the value that *percent* of *values* do not exceed."""
    return sorted(values)[min(len(values) * percent // 100, len(values) - 1)]


class Marked:
    """The processes of a server, orphans among them: they inherit a variable that marks it."""

    def __init__(self, server: Any) -> None:
        """Mark *server*, which has not been started."""
        self._mark = f"MARK={uuid.uuid4().hex}"
        name, _, text = self._mark.partition("=")
        server.environ[name] = text

    def pids(self) -> set[int]:
        """Return the ids of all that live."""
        found = set()
        for path in Path("/proc").glob("[0-9]*"):
            try:
                if self._mark.encode() in (path / "environ").read_bytes().split(b"\0"):
                    found.add(int(path.name))
            except OSError:
                continue  # it has ended, or is another user's
        return found


def children(pid: int) -> list[int]:
    """Return the ids of the processes that *pid* has started, in their order, without theirs."""
    found: list[int] = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += map(int, path.read_text().split())
        except OSError:
            continue
    return sorted(found)
