"""The server's decisions: when a worker is started again, and when it is ended."""

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from releasecal import server
from releasecal.server import SILENCE, BackOff, Supervisor
from releasecal.settings import Settings
from support.live import until


def test_the_first_restart_is_at_once_and_further_ones_wait():
    """The waits double up to half a minute."""
    waits, state = [], BackOff()
    for _ in range(9):
        state = state.after(lived=1)
        waits.append(state.wait)

    assert waits == [0, 1, 2, 4, 8, 16, 30, 30, 30]
    assert BackOff(10_000).after(1).wait == 30


def test_a_worker_that_lived_long_is_started_at_once():
    """Ends of long ago are forgotten."""
    assert BackOff(8).after(lived=BackOff.STEADY).wait == 0
    assert BackOff(8).after(lived=BackOff.STEADY - 1).wait == 30


class Worker:
    """A worker that notes whether it was killed; it is its own process."""

    def __init__(self, idx):
        self.idx, self.birth, self.inner, self.kills = idx, time.monotonic(), self, 0

    def kill(self):
        self.kills += 1


def _load(*_):
    raise AssertionError("no worker is started here")


@pytest.fixture
def supervisor():
    """A supervisor of two workers, looked at when a test says so."""
    supervisor = Supervisor(Settings(), Settings, _load, workers=2)
    supervisor.wrks = [Worker(0), Worker(1)]
    supervisor.beats[:] = [100.0, 100.0]
    supervisor._looked = 100.0
    return supervisor


def look(supervisor, *moments):
    for moment in moments:
        supervisor._kill_silent(moment)
    return [worker.kills for worker in supervisor.wrks]


def test_a_silent_worker_is_killed_once(supervisor):
    """A worker without a sign of life is killed at its deadline, and the other one goes on."""
    moments = [100 + second for second in range(1, int(SILENCE) + 1)]
    for moment in moments:
        supervisor.beats[1] = moment
        assert look(supervisor, moment) == [0, 0]

    assert look(supervisor, 100.5 + SILENCE, 101 + SILENCE) == [1, 0]


def test_a_pause_of_all_is_no_silence(supervisor):
    """If all processes were stopped, the main one too, the workers have time to go on."""
    assert look(supervisor, 10_000, 10_001) == [0, 0]


def test_a_worker_that_waits_for_its_restart_is_not_silent(supervisor):
    supervisor.interrupt_children.append(0)
    supervisor._note_ended(100.0)
    supervisor.beats[1] = 100 + SILENCE

    moments = [100 + second for second in range(0, int(SILENCE) + 5, 5)]
    assert look(supervisor, *moments) == [0, 0]
    assert supervisor._due == {0: 100.0}


def test_open_files_are_raised_to_the_hard_limit(monkeypatch):
    """As many files are allowed as the system lets us, and no fewer than before."""
    limits = {"now": (1_024, 20_000)}
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits["now"])
    monkeypatch.setattr(resource, "setrlimit", lambda _, new: limits.update(now=new))

    assert server._raise_open_files() == 20_000
    assert limits["now"] == (20_000, 20_000)
    limits["now"] = (1_024, resource.RLIM_INFINITY)
    assert server._raise_open_files() == limits["now"][0] == 65_536
    limits["now"] = (100_000, 200_000)
    assert server._raise_open_files() == limits["now"][0] == 100_000


CHILD = """
import os, subprocess, sys, time
own = "import sys; from releasecal.refresh.parent_death import end_with_parent; "
own += "end_with_parent(int(sys.argv[1])); print('ready', flush=True); input()"
parent = os.getpid() if sys.argv[1] == "alive" else 1
child = subprocess.Popen([sys.executable, "-c", own, str(parent)], stdin=subprocess.PIPE)
print(child.pid, flush=True)
child.wait()
print(child.returncode, flush=True)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's promise is Linux's")
def test_a_child_ends_with_its_parent():
    """The kernel kills a child, even one that is stopped, when its parent is killed."""
    with subprocess.Popen([sys.executable, "-c", CHILD, "alive"], stdout=subprocess.PIPE) as parent:
        child = int(parent.stdout.readline())
        assert parent.stdout.readline() == b"ready\n"
        os.kill(child, signal.SIGSTOP)
        parent.kill()
        parent.stdout.read()  # to its end: nobody writes to it any more

    until(lambda: is_dead(child), "the end of the child")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's promise is Linux's")
def test_a_child_whose_parent_has_ended_before_ends_at_once():
    """A child that asks too late has another parent by then, and kills itself."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD, "ended"], capture_output=True, text=True, check=True
    )

    assert done.stdout.splitlines()[1:] == ["-9"]


def is_dead(pid):
    """Whether nothing but its entry is left of a process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True
