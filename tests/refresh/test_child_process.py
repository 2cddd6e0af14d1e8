"""Apart: editions made in another process, which may be killed, and is not waited for."""

import os
import signal
import sys
import threading
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from releasecal.errors import DataError, Held, RefreshDied
from releasecal.queries.site import SiteSettings
from releasecal.refresh import child_process
from releasecal.refresh.publisher import Publisher
from releasecal.store import Store, read
from support.data_files import FILM, many

pytestmark = pytest.mark.slow


def clock():
    """Tell a time that another process tells as well."""
    return datetime(2027, 1, 1, 9, tzinfo=UTC)


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "films.yaml").write_text(FILM.format(when="2027-07-14"))
    return folder


@pytest.fixture
def publisher(tmp_path, data):
    store = Store.open(f"sqlite:///{tmp_path / 'releasecal.db'}")
    publisher = Publisher(store, [str(data)], SiteSettings(), clock)
    publisher.make = child_process.make
    yield publisher
    store.close()


def test_it_publishes(publisher, data):
    """What is published there is seen here, with the report."""
    assert publisher.refresh().in_words == "edition 1: 1 added"
    (data / "films.yaml").write_text(FILM.format(when="2027-08-14"))

    report = publisher.refresh()

    assert report.counts == {"delayed": 1}
    assert report.changes[0].in_words == "Moved from 14 Jul 2027 to 14 Aug 2027"
    assert publisher.store.ask(read.head).number == 2


def test_what_is_wrong_comes_back(publisher, data):
    """Errors cross the border whole: each problem with its place, and what is held."""
    (data / "films.yaml").write_text(FILM.format(when="2027-02-30"))
    with pytest.raises(DataError) as caught:
        publisher.refresh()
    assert [problem.place.line for problem in caught.value.problems] == [5]
    many(data, 20)
    publisher.refresh()
    many(data, 10)

    with pytest.raises(Held, match="10 of its 20"):
        publisher.refresh()
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


def test_it_has_a_low_priority(publisher, data):
    """Whoever answers requests is served first, and the process ends when it is done."""
    many(data, 1_000)

    with at_the_first_sight(lambda _: None) as seen:
        publisher.refresh()

    assert len(seen) == 1
    assert workers() == []


def test_one_that_is_killed_says_so(publisher, data):
    """Nothing is published, the reason is told, and the next refresh goes well."""
    many(data, 3_000)

    with (
        at_the_first_sight(lambda pid: os.kill(pid, signal.SIGKILL)) as killed,
        pytest.raises(RefreshDied, match="ended before it was done"),
    ):
        publisher.refresh()
    assert killed
    assert publisher.store.ask(read.head).number == 0
    assert "ended before it was done" in publisher.own_status.problems[0]

    assert publisher.refresh().counts == {"added": 3_000}


def test_a_server_with_a_python_inside(publisher, monkeypatch):
    """Where the running program is no Python, the one of the same environment is taken."""
    monkeypatch.setattr(sys, "executable", "/usr/bin/uwsgi")

    assert publisher.refresh().in_words == "edition 1: 1 added"


def broken_clock():
    """Stand for a bug."""
    raise KeyError("deep")


def test_a_bug_keeps_its_traceback_in_the_log(publisher, capfd):
    """It is a bug here, too, and whoever reads the log finds where it was."""
    publisher.clock = BrokenLater()

    with pytest.raises(RuntimeError, match="deep"):
        publisher.refresh()

    assert "in broken_clock" in capfd.readouterr().err


class BrokenLater:
    """A clock that works in this process and in no other."""

    def __init__(self):
        self.home = os.getpid()

    def __call__(self):
        return clock() if os.getpid() == self.home else broken_clock()


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
