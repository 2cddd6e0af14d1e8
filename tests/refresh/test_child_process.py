"""Child process: editions built elsewhere, by a process that may hang, die or be another version."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

import releasecal
from releasecal.clock import now
from releasecal.errors import DataError, RefreshDied, RefreshHeld, StoreTooNew
from releasecal.queries.site_settings import SiteSettings
from releasecal.refresh import child_process
from releasecal.refresh.child_process import ChildProcess
from releasecal.refresh.publisher import Publisher
from releasecal.refresh.remote_fetcher import Fetcher
from releasecal.sources.remote import Secret, SourceSettings
from releasecal.store import Store, fetch_states, newest_edition, schema
from support.data_files import FILM, many
from support.database import database_url, rows
from support.faulty_server import FAULTS, Answer, FaultyServer

pytestmark = pytest.mark.slow


def clock():
    """Return one time; a function of the module, so that a child finds it, too."""
    return datetime(2027, 1, 1, 9, tzinfo=UTC)


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "films.yaml").write_text(FILM.format(when="2027-07-14"))
    return folder


@pytest.fixture
def publisher(tmp_path, data):
    store = Store.open(database_url(tmp_path / "releasecal.db"))
    publisher = Publisher(store, [str(data)], SiteSettings(), clock)
    publisher.build = ChildProcess(timedelta()).build
    yield publisher
    store.close()


def test_a_child_publishes_with_its_report(publisher, data):
    """What is published there is seen here, with the report."""
    assert publisher.refresh().in_words == "edition 1: 1 added"
    (data / "films.yaml").write_text(FILM.format(when="2027-08-14"))

    report = publisher.refresh()

    assert report.counts == {"delayed": 1}
    assert report.changes[0].in_words == "Moved from 14 Jul 2027 to 14 Aug 2027"
    assert publisher.store.ask(newest_edition.head).number == 2


def test_errors_cross_the_border_whole(publisher, data):
    """Errors cross the border whole: each problem with its place, and what is held."""
    (data / "films.yaml").write_text(FILM.format(when="2027-02-30"))
    with pytest.raises(DataError) as caught:
        publisher.refresh()
    assert [problem.place.line for problem in caught.value.problems] == [5]
    many(data, 20)
    publisher.refresh()
    many(data, 10)

    with pytest.raises(RefreshHeld, match="10 of its 20") as held:
        publisher.refresh()
    assert held.value.problems[0].prefix == "held"
    publisher.refresh(accept_loss=True)


def workers():
    """Return the ids of those processes of ours that have a low priority."""
    lower = _priority(os.getpid()) + child_process.NICE
    return [pid for pid in children(os.getpid()) if _priority(pid) == lower]


def _priority(pid):
    try:
        return os.getpriority(os.PRIO_PROCESS, pid)
    except ProcessLookupError:
        return 0


def children(pid):
    """Return the ids of all processes that come from the one with *pid*."""
    own = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            own += map(int, path.read_text().split())
    return own + [grandchild for child in own for grandchild in children(child)]


@contextmanager
def at_the_first_sight(act):
    """Do something with the process that works, as soon as there is one."""
    seen = []

    def watch():
        deadline = time.monotonic() + 30
        while not seen and time.monotonic() < deadline:
            seen.extend(workers()[:1])
        for pid in seen:
            act(pid)

    watcher = threading.Thread(target=watch)
    watcher.start()
    yield seen
    watcher.join()


def test_a_child_has_a_low_priority(publisher, data):
    """The server's own work comes first, and the child ends when it is done."""
    many(data, 1_000)

    with at_the_first_sight(lambda _: None) as seen:
        publisher.refresh()

    assert len(seen) == 1
    assert workers() == []


def test_a_child_that_is_killed_is_told_as_such(publisher, data):
    """Nothing is published, the reason is told, and the next refresh goes well."""
    many(data, 3_000)

    with (
        at_the_first_sight(lambda pid: os.kill(pid, signal.SIGKILL)) as killed,
        pytest.raises(RefreshDied, match="ended before it was done"),
    ):
        publisher.refresh()
    assert killed
    assert publisher.store.ask(newest_edition.head).number == 0
    assert "ended before it was done" in publisher.own_status.problems[0].what

    assert publisher.refresh().counts == {"added": 3_000}


def test_python_is_found_where_the_program_is_another(publisher, monkeypatch):
    """Where the running program is no Python, the one of the same environment is taken."""
    monkeypatch.setattr(sys, "executable", "/usr/bin/uwsgi")

    assert publisher.refresh().in_words == "edition 1: 1 added"


def broken_clock():
    """Stand for a bug."""
    raise KeyError("deep")


def test_a_bug_keeps_its_traceback_in_the_log(publisher, capfd):
    """A bug in the child is one here, and the log shows its place."""
    publisher.clock = BrokenLater()

    with pytest.raises(RuntimeError, match="deep"):
        publisher.refresh()

    assert "in broken_clock" in capfd.readouterr().err


class BrokenLater:
    """A clock that works in this process, and in any other does as it is told."""

    def __init__(self, instead=broken_clock):
        self.home = os.getpid()
        self.instead = instead

    def __call__(self):
        return clock() if os.getpid() == self.home else self.instead()


def endless_clock():
    """Stand for a disk that does not answer."""
    time.sleep(600)
    return clock()


def test_a_child_that_hangs_is_killed_at_the_deadline(publisher):
    """It is told as what it is, the lease is free, and the next refresh goes well."""
    publisher.clock = BrokenLater(endless_clock)
    publisher.build = ChildProcess(timedelta(seconds=2)).build

    begin = time.monotonic()
    with pytest.raises(RefreshDied, match=r"longer than 0:00:02 .*RELEASECAL_REFRESH_DEADLINE"):
        publisher.refresh()

    assert time.monotonic() - begin < 30
    assert workers() == []
    assert rows(publisher.store)["lease"] == []
    publisher.clock = clock
    publisher.build = ChildProcess(timedelta(days=999_999)).build
    assert publisher.refresh().in_words == "edition 1: 1 added"


def test_a_child_of_another_version_does_nothing(publisher):
    """It says so, before it takes the job, which may be one that it misunderstands."""
    publisher.build = ChildProcess(timedelta(), code="another").build

    with pytest.raises(RefreshDied, match=r"another releasecal .* is installed now \(restart"):
        publisher.refresh()
    assert publisher.store.ask(newest_edition.head).number == 0


def test_a_version_without_such_a_child_is_told_as_such(publisher, monkeypatch):
    """Where the other version has no child process at all, it is not memory that is suspected."""
    monkeypatch.setattr(child_process, "_START", "import releasecal.no_such_module")
    publisher.build = ChildProcess(timedelta(), code="another").build

    with pytest.raises(RefreshDied, match=r"another releasecal .* is installed now \(restart"):
        publisher.refresh()


UPGRADED = """
import sys
from datetime import timedelta
from pathlib import Path
import releasecal
from releasecal.clock import now
from releasecal.errors import RefreshDied
from releasecal.queries.site_settings import SiteSettings
from releasecal.refresh.child_process import ChildProcess
from releasecal.refresh.remote_fetcher import Fetcher
from releasecal.refresh.publisher import Publisher
from releasecal.sources.remote import Secret, SourceSettings
from releasecal.store import Store

database, data = sys.argv[1:]
publisher = Publisher(Store.open(database), [data], SiteSettings(), now)
publisher.build = ChildProcess(timedelta()).build
print(publisher.refresh().in_words)
source = Path(releasecal.__file__)
source.write_text(source.read_text() + "# of another version\\n")
path = Path(data, "films.yaml")
path.write_text(path.read_text() + "# edited\\n")
try:
    publisher.refresh()
except RefreshDied as error:
    print(error)
"""


def test_an_upgrade_under_a_running_server_is_noticed(tmp_path, data):
    """Once the files of the package are others, the server reads nothing and asks for a restart."""
    shutil.copytree(Path(releasecal.__file__).parent, tmp_path / "lib" / "releasecal")
    url = database_url(tmp_path / "releasecal.db")

    told = subprocess.run(
        [sys.executable, "-P", "-c", UPGRADED, url, str(data)],
        env={**os.environ, "PYTHONPATH": str(tmp_path / "lib")},
        capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip

    assert told[0] == "edition 1: 1 added"
    assert told[1].startswith("another releasecal than the one that runs")


def test_a_database_that_is_too_new_is_told_as_such(publisher):
    """What the child cannot open is a problem of the database, not of memory."""
    with publisher.store.writing() as connection:
        connection.execute(update(schema.version).values(version=999, oldest=999))

    with pytest.raises(StoreTooNew):
        publisher.refresh()
    (problem,) = publisher.own_status.problems
    assert str(problem) == "the database cannot be used (see the log)"


def test_half_an_answer_is_none(publisher, monkeypatch):
    """A child that is killed while it answers has died, whatever it had written."""
    half = "import os, sys; os.write(int(sys.argv[1]), b'half'); os.kill(os.getpid(), 9)"
    monkeypatch.setattr(child_process, "_START", half)

    with pytest.raises(RefreshDied, match=r"killed by signal 9 \(is there memory enough"):
        publisher.refresh()


def test_a_child_loads_no_server_no_scheduler_and_no_network():
    """To read files and to know the time takes neither Flask, APScheduler nor HTTP."""
    work = "releasecal.refresh.child_work, releasecal.refresh.edition_builder, releasecal.clock"
    loaded = f"import sys, {work}; print(*sys.modules)"

    told = subprocess.run(
        [sys.executable, "-c", loaded], capture_output=True, text=True, check=True
    ).stdout.split()

    assert not {"apscheduler", "flask", "granian", "click", "httpx2", "httpcore2"} & set(told)
    assert now.__module__ in told


def test_what_others_print_is_no_answer(publisher, tmp_path, monkeypatch):
    """Agents and hooks may print as they start; nobody takes that for an outcome."""
    (tmp_path / "sitecustomize.py").write_text("print('coverage!')\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])

    assert publisher.refresh().in_words == "edition 1: 1 added"


def test_a_process_that_cannot_be_started(publisher, monkeypatch):
    """A Python that was taken away under a running server is named."""
    monkeypatch.setattr(sys, "executable", "/nowhere/python3")

    with pytest.raises(RefreshDied, match=r"no process could be started .*/nowhere/python3"):
        publisher.refresh()


@pytest.mark.usefixtures("data")
def test_a_child_takes_a_look(publisher):
    """Its outcome is in the database and is returned; the parent does not parse what came."""
    film = {"id": "dune", "title": "Dune"}
    with FaultyServer(lambda _: Answer.of({"films": [film]})) as server:
        settings = SourceSettings("web", "file", f"{server.address}/data.json", Secret("secret"))
        fetcher = Fetcher(publisher.store, [settings], clock)
        fetcher.take = ChildProcess(timedelta()).take

        state = fetcher.look("web")

    assert (state.films, state.problems) == (1, ())
    assert publisher.store.ask(fetch_states.states) == {"web": state}
    assert b"dune" in publisher.store.ask(fetch_states.octets, "web", ["web"])["web"]


def test_a_look_that_takes_too_long_is_given_up(publisher):
    """The child is killed at the deadline, and the state says so."""
    with FaultyServer(lambda _: Answer()) as server:
        server.fail(FAULTS["silence"][0])
        settings = SourceSettings("web", "file", f"{server.address}/data.json")
        fetcher = Fetcher(publisher.store, [settings], clock)
        fetcher.take = ChildProcess(timedelta(seconds=2)).take

        state = fetcher.look("web")

    assert "fetching web took longer than 0:00:02 and was given up" in str(state.problems[0])
