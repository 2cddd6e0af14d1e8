"""
Recovery without a restart: what a subscriber and ``/readyz`` see, second by second.

A program run by hand:

    .venv/bin/python tests/system/recovery.py                      # all troubles, some minutes
    .venv/bin/python tests/system/recovery.py source database-gone

The data moves each second. Each trouble is begun, lasts, and is ended; then the newest date has
to be in the feed again, and ``/readyz`` well, of the same main process. Meanwhile the feed has
to be answered each second, but for connections to a worker that is stopped or just killed, and
503 of one that had not made it when the database went.
"""

import argparse
import json
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from releasecal.server import SILENCE
from releasecal.store import LEASE

sys.path.insert(0, str(Path(__file__).parent.parent))
from support.live import FAKETIME, PATIENCE, benchmarks, children, fake_clock, until
from support.moving_films import MovingFilms, shown

FILMS = 60
FEED = "/calendar.ics"
LASTS = 5  # seconds of a trouble
LONGEST = SILENCE + LEASE.total_seconds() + 30  # seconds to be right again


@dataclass
class Site:
    """A server of two workers, the films that it reads, and its wall clock."""

    folder: Path
    server: Any
    turn: int = 0
    films: MovingFilms = field(init=False)

    def __post_init__(self) -> None:
        (self.folder / "data").mkdir()
        self.films = MovingFilms(self.folder / "data" / "films.json", FILMS)
        self.films.write(0)
        self.clock = self.folder / "clock"
        self.clock.write_text("+0\n")
        self.database = self.folder / "state" / "releasecal.db"
        self.copy = self.folder / "copy.db"

    def move(self) -> None:
        """Move some films."""
        self.turn += 1
        self.films.write(self.turn)

    def back_up(self) -> None:
        """Copy the database, as docs/operations.md says."""
        with (
            closing(sqlite3.connect(self.database)) as source,
            closing(sqlite3.connect(self.copy)) as copy,
        ):
            source.backup(copy)

    def restore(self) -> None:
        """Put the copy into the place of the database, as docs/operations.md says."""
        shutil.copy(self.copy, self.copy.with_suffix(".new"))
        self.copy.with_suffix(".new").replace(self.database)

    def signal(self, number: int, *, is_child: bool = False) -> None:
        """Send a signal to a worker, or to the child that reads the sources, once there is one."""
        workers = children(self.server.pid)
        if not is_child:
            os.kill(workers[0], number)
            return

        def found() -> bool:
            pids = [pid for worker in workers for pid in children(worker)]
            for pid in pids[:1]:
                os.kill(pid, number)
            return bool(pids)

        self.move()
        until(found, "a child that reads the sources")


Step = Callable[[Site], object]


@dataclass(frozen=True)
class Trouble:
    """
    How a trouble is begun and ended.

    Attributes:
        told: What ``/readyz`` says of it meanwhile; "" if all is well in spite of it.
        moves: Whether the data moves meanwhile.
    """

    begin: Step
    end: Step = lambda _: None
    told: str = ""
    moves: bool = True


def set_clock(text: str) -> Trouble:
    """Return the trouble that the wall clock is off by *text*, such as ``-1d``."""
    return Trouble(
        lambda site: site.clock.write_text(f"{text}\n"), lambda site: site.clock.write_text("+0\n")
    )


def immutable(sign: str) -> Step:
    """Return a step that forbids to write the database, or allows it."""
    return lambda site: subprocess.run(["chattr", f"{sign}i", site.database], check=True)


def fill_disk(site: Site) -> None:
    """Let no process of the server write a file any more."""
    limit_files(site, 0)


def make_room(site: Site) -> None:
    """Let them write again."""
    limit_files(site, resource.RLIM_INFINITY)


def limit_files(site: Site, octets: int) -> None:
    """Let the server's processes, and those that they start, write files of *octets* at most."""
    for pid in site.server.pids():
        with suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (octets, resource.RLIM_INFINITY))


TROUBLES = {
    "source": Trouble(
        lambda site: site.films.path.write_text("{"), Site.move, "films.json", moves=False
    ),
    "database-gone": Trouble(lambda site: site.database.unlink(), Site.restore, "its file is gone"),
    "database-cut-off": Trouble(
        lambda site: os.truncate(site.database, site.database.stat().st_size // 2),
        Site.restore,
        "its file",
    ),
    "database-read-only": Trouble(immutable("+"), immutable("-"), "its file cannot be written"),
    "disk-full": Trouble(fill_disk, make_room, "its disk"),
    "clock-a-day-back": set_clock("-1d"),
    "clock-a-day-ahead": set_clock("+1d"),
    "clock-a-year-back": set_clock("-365d"),
    "clock-a-year-ahead": set_clock("+365d"),
    "worker-killed": Trouble(lambda site: site.signal(signal.SIGKILL)),
    "worker-stopped": Trouble(lambda site: site.signal(signal.SIGSTOP)),
    "child-killed": Trouble(lambda site: site.signal(signal.SIGKILL, is_child=True)),
}
"""By name, in the order in which they come."""


class Watch:
    """What is seen each second, told as lines of seconds that saw the same."""

    def __init__(self, site: Site, name: str) -> None:
        self.site, self.name = site, name
        self.began = time.monotonic()
        self.seen: list[tuple[float, str]] = []
        self.known = site.server.get(FEED, patience=PATIENCE).body

    def look(self) -> tuple[bool, bool, str]:
        """Return whether the feed has the newest day, whether all is well, and the first problem."""
        second = time.monotonic() - self.began
        try:
            ready = json.loads(self.site.server.get("/readyz", patience=5).body)
            feed = self.site.server.get(FEED, patience=5)
        except OSError as error:
            self.seen.append((second, f"no connection ({type(error).__name__})"))
            return False, False, ""
        if feed.status == 503 and self.name.startswith("database"):  # of a worker without it
            self.seen.append((second, f"feed 503, Retry-After {feed.headers['Retry-After']}"))
            return False, False, ready["problems"][0] if ready["problems"] else ""
        assert feed.status == 200, (self.name, feed.status)
        is_new = shown(FEED, feed.body) == self.site.films.days(self.site.turn)
        problem = ready["problems"][0] if ready["problems"] else ""
        what = "the newest edition" if is_new else "an older edition"
        self.seen.append((second, f"feed 200, {what}; {ready['status']} {problem}".rstrip()))
        return is_new, ready["status"] == "ok", problem

    def lines(self) -> list[str]:
        """Return a line for each stretch of time that saw the same."""
        lines: list[list[Any]] = []
        for second, text in self.seen:
            if lines and lines[-1][2] == text:
                lines[-1][1] = second
            else:
                lines.append([second, second, text])
        return [f"  {first:5.0f} – {last:3.0f} s  {text}" for first, last, text in lines]


def recover(site: Site, name: str) -> str:
    """Let a trouble happen and end; return how long it took to be told, and to be right again."""
    trouble, watch, main = TROUBLES[name], Watch(site, name), site.server.pid
    site.back_up()
    trouble.begin(site)
    told = None
    while time.monotonic() - watch.began < LASTS or (trouble.told and told is None):
        assert time.monotonic() - watch.began < LONGEST, f"{name} is not told\n" + "\n".join(
            watch.lines()
        )
        if trouble.moves:
            site.move()
        _, _, problem = watch.look()
        if trouble.told and trouble.told in problem and told is None:
            told = time.monotonic() - watch.began
        time.sleep(1)
    trouble.end(site)
    site.move()
    ended = time.monotonic()
    while watch.look()[:2] != (True, True):
        assert time.monotonic() - ended < LONGEST, f"{name} lasts\n" + "\n".join(watch.lines())
        time.sleep(1)
    assert site.server.pids()[0] == main
    right = f"right again after {time.monotonic() - ended:.0f} s"
    heading = f"{name}: " + (f"told after {told:.0f} s, {right}" if told is not None else right)
    return "\n".join([heading, *watch.lines()])


def main(names: list[str]) -> None:
    """Let the troubles called *names* happen, those of the clock to a server of their own."""
    clocks = [name for name in names if name.startswith("clock")]
    if clocks and not FAKETIME:
        sys.stdout.write("no clock is set: faketime is missing (apt-get install faketime)\n")
    run([name for name in names if name not in clocks], is_faked=False)
    run(clocks if FAKETIME else [], is_faked=True)


def run(names: list[str], *, is_faked: bool) -> None:
    """Let the troubles called *names* happen, one after another, to one server."""
    if not names:
        return
    with tempfile.TemporaryDirectory(prefix="releasecal-") as folder:
        settings = {"REFRESH_EVERY": "1s"}
        with benchmarks("servers").Releasecal(Path(folder), workers=2, settings=settings) as server:
            site = Site(Path(folder), server)
            if is_faked:  # its processes share a lock, which no killed one gives back
                fake_clock(server, site.clock)
            server.start()
            for name in names:
                sys.stdout.write(recover(site, name) + "\n")
                sys.stdout.flush()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().partition("\n")[0])
    parser.add_argument("troubles", nargs="*", choices=[[], *TROUBLES], help="all by default")
    given = parser.parse_args()
    main(given.troubles or list(TROUBLES))
