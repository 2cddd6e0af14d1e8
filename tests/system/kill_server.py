"""
Kills a server's processes at random moments, and checks that a subscriber cannot tell.

A program run by hand, for it takes long; some kills are followed by 30 seconds in which the
lease of the dead runs out:

    .venv/bin/python tests/system/kill_server.py            # 200 kills
    .venv/bin/python tests/system/kill_server.py 20 7       # 20, with another seed

Each round moves some films and then kills: the main process, the main process while it starts,
a worker, or the child that reads the sources; or it stops a worker, which hangs then. No other
process may survive the main one, and no child its worker. The move has to be published within
the lease, by a server that is started again only where its main process was killed; and the
database must have every revision and every change once.
"""

import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

from releasecal.server import SILENCE
from releasecal.store import LEASE, Store

sys.path.insert(0, str(Path(__file__).parent.parent))
from support.kill_arguments import kills_and_seed
from support.live import Marked, benchmarks, children, until
from support.moving_films import MovingFilms, dates

FILMS = 300
KINDS = (
    "worker",
    "child",
    "main",
    "worker",
    "start",
    "child",
    "worker",
    "stopped",
    "child",
    "main",
)
GONE = 3.0  # seconds within which what is left over has to be gone
TAKEOVER = LEASE.total_seconds() + 15  # seconds: the lease, a start, and a refresh


class Site:
    """A server of two workers on films that move."""

    def __init__(self, folder: Path, server: Any) -> None:
        (folder / "data").mkdir()
        self.films = MovingFilms(folder / "data" / "films.json", FILMS)
        self.films.write(0)
        self.server = server
        self.marked = Marked(server)
        self.database = folder / "state" / "releasecal.db"
        server.start()
        self.store = Store.open(f"sqlite:///{self.database}")

    @property
    def workers(self) -> list[int]:
        """The workers' process ids."""
        return children(self.server.pid)

    def child(self) -> int | None:
        """Return the process that reads the sources, if there is one."""
        return next((pid for worker in self.workers for pid in children(worker)), None)

    def orphans(self) -> set[int]:
        """Return all processes that are not the server's any more."""
        return self.marked.pids() - {*self.server.pids()}

    def kill(self, kind: str, chance: random.Random) -> str:
        """Kill a process of the *kind*, and return what was hit."""
        if kind in ("main", "start"):
            if kind == "start":
                self.end()
                self.server.begin()
                time.sleep(chance.uniform(0, 2.5))
            self.end()
            self.server.start()
            return kind
        pid: int | None = chance.choice(self.workers)
        if kind == "child":
            deadline = time.monotonic() + 2
            while (pid := self.child()) is None and time.monotonic() < deadline:
                time.sleep(0.001)
            if pid is None:
                return "no child"
            time.sleep(chance.uniform(0, 0.3))
        with suppress(ProcessLookupError):  # it was quicker
            os.kill(pid, signal.SIGSTOP if kind == "stopped" else signal.SIGKILL)
        if kind == "stopped":
            until(lambda: pid not in self.workers, "the end of a stopped worker", SILENCE + 5)
        return kind

    def end(self) -> None:
        """Kill the main process; nothing of it may be left."""
        self.server.kill()
        until(lambda: not self.marked.pids(), "no process after the main one was killed", GONE)


class Poll(threading.Thread):
    """A subscriber who polls again and again; an answer has to be the feed."""

    def __init__(self, server: Any) -> None:
        super().__init__(daemon=True)
        self.server = server
        self.answers = self.refused = 0
        self.wrong: list[int] = []
        self.stopped = threading.Event()

    def run(self) -> None:
        """Poll until told to stop."""
        while not self.stopped.wait(0.05):
            try:
                answer = self.server.get("/calendar.ics")
            except OSError:
                self.refused += 1
                continue
            self.answers += 1
            is_whole = answer.body.startswith(b"BEGIN:VCALENDAR") and answer.body.endswith(
                b"END:VCALENDAR\r\n"
            )
            if answer.status != 200 or not is_whole:
                self.wrong.append(answer.status)


def main(kills: int, seed: int) -> None:
    """Run *kills* rounds and print what was hit, and how long it took to be right again."""
    chance, hit, took = random.Random(seed), Counter[str](), list[float]()
    began = time.monotonic()
    settings = {"REFRESH_EVERY": "1s"}
    with tempfile.TemporaryDirectory(prefix="releasecal-") as name:
        folder = Path(name)
        with benchmarks("servers").Releasecal(folder, workers=2, settings=settings) as server:
            site = Site(folder, server)
            poll = Poll(server)
            poll.start()
            for turn in range(1, kills + 1):
                site.films.write(turn)
                time.sleep(chance.uniform(0, 1.5))
                hit[site.kill(KINDS[turn % len(KINDS)], chance)] += 1
                until(lambda: not site.orphans(), "no orphan", GONE)
                took.append(until(lambda turn=turn: is_up(server, turn), "news", TAKEOVER))
                assert site.films.check(site.store, site.database, turn) == turn
            poll.stopped.set()
            poll.join()
            assert not poll.wrong, poll.wrong
            site.store.close()
    lines = [f"{count:5} {what}" for what, count in hit.most_common()]
    lines.append(f"news came after {sorted(took)[len(took) // 2]:.1f} s, {max(took):.1f} s at most")
    lines.append(f"{poll.answers} polls were answered right, {poll.refused} not at all")
    lines.append(f"no orphan, nothing lost or doubled, in {time.monotonic() - began:.0f} s")
    sys.stdout.write("\n".join(lines) + "\n")


def is_up(server: Any, turn: int) -> bool:
    """Whether the feed has the newest day of a film that moved in *turn*."""
    film = next(number for number in range(FILMS) if len(dates(number, turn)) > len(dates(number, turn - 1)))  # fmt: skip
    day = f"DTSTART;VALUE=DATE:{dates(film, turn)[-1]:%Y%m%d}".encode()
    try:
        return day in server.get(f"/films/film-{film}.ics").body
    except OSError:
        return False


if __name__ == "__main__":
    main(*kills_and_seed(__doc__))
