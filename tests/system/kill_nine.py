"""
Kills refreshes at random moments, and checks that readers cannot tell.

A program run by hand, for it takes minutes:

    .venv/bin/python tests/system/kill_nine.py            # 200 kills
    .venv/bin/python tests/system/kill_nine.py 1000 7     # 1000, with another seed

Each round moves some films and starts ``releasecal refresh``, a process of its own. It is
stopped at a random moment, looked at (has it the lease? is it in a transaction that
writes?), and killed. Then the database must hold the edition before or the one to come,
whole; and the next refresh, a new publisher's, must come to the one to come, with every
revision and every change there once. The dead process's lease is left to run out by a
clock set forward, which is quicker than waiting.
"""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from releasecal.queries.site_settings import SiteSettings
from releasecal.refresh.publisher import Publisher
from releasecal.store import LEASE, Store, lease

sys.path.insert(0, str(Path(__file__).parent.parent))
from support.kill_arguments import kills_and_seed
from support.moving_films import MovingFilms

FILMS = 1_500
COMMAND = [sys.executable, "-m", "releasecal", "refresh"]


class World:
    """Films that move, and a database."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.data = folder / "films.json"
        self.films = MovingFilms(self.data, FILMS)
        self.database = folder / "releasecal.db"
        self.chance = random.Random(seed)
        self.environment = {
            **os.environ,
            "RELEASECAL_SOURCES": str(self.data),
            "RELEASECAL_STATE_DIR": str(folder),
            "RELEASECAL_DATABASE_URL": f"sqlite:///{self.database}",
        }
        self.store = Store.open(f"sqlite:///{self.database}")

    def start(self) -> "subprocess.Popen[bytes]":
        """Start a refresh."""
        nowhere = subprocess.DEVNULL
        return subprocess.Popen(
            COMMAND,
            env=self.environment,
            stdout=nowhere,
            stderr=nowhere,
            start_new_session=True,  # so that its children are killed with it
        )

    def wait(self, process: "subprocess.Popen[bytes]", longest: float) -> None:
        """Wait for the moment to kill: any, any while it has the lease, or while it writes."""
        way = self.chance.choice(["any", "lease", "write", "write"])
        if way == "any":
            time.sleep(self.chance.uniform(0, longest))
            return
        with closing(sqlite3.connect(self.database)) as database:
            while process.poll() is None and not is_leased(database):
                time.sleep(0.001)
            if way == "lease":
                time.sleep(self.chance.uniform(0, longest / 2))
                return
            time.sleep(0.02)  # the transaction that took the lease is over
            while process.poll() is None and not self.is_writing():
                time.sleep(0.001)
        time.sleep(self.chance.uniform(0, 0.05))

    def is_writing(self) -> bool:
        """Whether a process is in a writing transaction."""
        with closing(sqlite3.connect(self.database, timeout=0, isolation_level=None)) as database:
            try:
                database.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return True
            database.execute("ROLLBACK")
            return False

    def kill(self, process: "subprocess.Popen[bytes]") -> str:
        """Kill *process*, and return the step in which it was."""
        if process.poll() is not None:
            return "too late"
        os.killpg(process.pid, signal.SIGSTOP)
        with closing(sqlite3.connect(self.database)) as database:
            has_lease = is_leased(database)
        is_writing = self.is_writing()
        os.killpg(process.pid, signal.SIGKILL)
        if process.wait() != -signal.SIGKILL:
            return "too late"
        if is_writing:
            return "writing with the lease" if has_lease else "taking or giving back the lease"
        return "having the lease" if has_lease else "before or after its work"

    def check(self, *turns: int) -> int:
        """Return which of *turns* the database is of, whole; it must be one of them."""
        return self.films.check(self.store, self.database, *turns)

    def recover(self) -> None:
        """Refresh in another process's place, after the lease of the dead has run out."""
        later = datetime.now(UTC) + 1.5 * LEASE
        assert lease.acquire(self.store, "the next", now=later)
        lease.release(self.store, "the next")
        publisher = Publisher(
            self.store, [str(self.data)], SiteSettings(), lambda: datetime.now(UTC)
        )
        publisher.refresh()
        assert not publisher.refresh().is_news


def is_leased(database: sqlite3.Connection) -> bool:
    """Whether a process has the lease."""
    return database.execute("SELECT count(*) FROM lease").fetchone() != (0,)


def main(kills: int, seed: int) -> None:
    """Run *kills* rounds and print the steps that were hit."""
    hit: Counter[str] = Counter()
    published = 0
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="releasecal-") as folder:
        world = World(Path(folder), seed)
        world.films.write(0)
        started = time.monotonic()
        assert world.start().wait() == 0
        longest = time.monotonic() - started
        world.check(0)
        turn = 0
        while hit.total() - hit["too late"] < kills:
            turn += 1
            world.films.write(turn)
            process = world.start()
            world.wait(process, longest)
            hit[world.kill(process)] += 1
            published += world.check(turn - 1, turn) == turn
            world.recover()
            world.check(turn)
        assert world.start().wait() == 0
        world.check(turn)
        world.store.close()
    lines = [f"{count:5} {what}" for what, count in hit.most_common()]
    lines.append(f"{published:5} of {turn} rounds had published their edition by then")
    lines.append(f"all whole, nothing lost or doubled, in {time.monotonic() - began:.0f} s")
    print("\n".join(lines))  # noqa: T201 - a program for the terminal


if __name__ == "__main__":
    main(*kills_and_seed(__doc__))
