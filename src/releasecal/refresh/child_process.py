"""
The build of an edition in a child process, at low priority, so that no request waits.

In a thread of the server, reading a large catalogue would hold the interpreter for seconds. The
child takes one job from its standard input, writes the result to a pipe of its own (anything may
print to standard output), and ends, which gives back all its memory.
"""

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import field
from datetime import timedelta
from functools import partial
from pathlib import Path

from releasecal.core.value_classes import dataclass, replace
from releasecal.errors import RefreshDied
from releasecal.refresh.child_work import OTHER_CODE, Work, code_digest
from releasecal.refresh.edition_builder import EditionBuilder, RefreshJob, Report
from releasecal.refresh.remote_fetcher import Look
from releasecal.sources import no_progress
from releasecal.store import FetchState, Store

NICE = 10
"""Nice value of the child above ours. Not 19: it would starve on a busy server."""

_START = (
    "import atexit, gc, os, sys; gc.set_threshold(500_000); atexit.register(gc.freeze); "
    "from releasecal.refresh.parent_death import end_with_parent; "
    f"end_with_parent(int(sys.argv[3])); os.nice({NICE}); "
    "from releasecal.refresh.child_work import main; main()"
)
"""The child's program; what takes long to import comes last, and looking for garbage (`__main__`) is rare."""


@dataclass(frozen=True, slots=True)
class ChildProcess:
    """
    Builds editions, and takes looks, in child processes that run the same code as this one.

    Attributes:
        deadline: Time after which a child is killed; zero for no limit.
        code: Digest of the code that runs here; make the value soon after the start.
    """

    deadline: timedelta
    code: str = field(default_factory=code_digest)

    def build(self, builder: EditionBuilder, store: Store, job: RefreshJob) -> Report:
        """
        Build the next edition as `EditionBuilder.build` does; progress is not reported.

        Raises:
            RefreshDied: The child could not be started, ended too early, took longer than the
                deadline, or has other code.
        """
        request = replace(job.request, progress=no_progress)
        work = partial(builder.build, job=replace(job, request=request))
        report = self._result(work, store, "reading the sources")
        assert isinstance(report, Report)
        return report

    def take(self, look: Look, store: Store) -> FetchState:
        """
        Take *look* as `Look.take` does.

        Raises:
            RefreshDied: As for `build`.
        """
        state = self._result(look.take, store, f"fetching {look.settings.id}")
        assert isinstance(state, FetchState)
        return state

    def _result(self, work: Work, store: Store, what: str) -> object:
        """Return the result of *work* on *store* by a child, called *what* in messages."""
        try:
            ending = _ask(pickle.dumps((work, store.url, store.limits)), self.code, self.deadline)
        except OSError as error:
            raise RefreshDied(f"no process could be started for {what}: {error}") from error
        if ending.status:
            raise RefreshDied(self._cause(ending, what))
        result: object = pickle.loads(ending.answer)  # noqa: S301 - our own process wrote it
        if isinstance(result, Exception):
            raise result
        return result

    def _cause(self, ending: "_Ending", what: str) -> str:
        """Return why a child ended without the result of *what*, with a remedy."""
        if ending.is_late:
            return (
                f"{what} took longer than {self.deadline} and was given up "
                "(RELEASECAL_REFRESH_DEADLINE sets how long it may take)"
            )
        if code_digest() != self.code:
            return OTHER_CODE
        status = ending.status
        how = f"killed by signal {-status}" if status < 0 else f"with status {status}"
        return (
            f"the process for {what} ended before it was done, {how} "
            "(is there memory enough? releasecal refresh shows how far it comes)"
        )


@dataclass(frozen=True, slots=True)
class _Ending:
    """
    The end of a child process.

    Attributes:
        answer: Pickled report or error; not whole unless *status* is 0.
        status: Exit status, or the negative number of a signal.
        is_late: Whether it was killed at the deadline.
    """

    answer: bytes
    status: int
    is_late: bool


def _ask(work: bytes, code: str, deadline: timedelta) -> _Ending:
    """Run a child on *work* until it ends, or until the *deadline* is over."""
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as answer:
        try:
            process = subprocess.Popen(  # noqa: S603 - no part of it comes from outside
                # -P: not the current folder
                [_python(), "-P", "-c", _START, str(writing), code, str(os.getpid())],
                stdin=subprocess.PIPE,
                pass_fds=[writing],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
        finally:
            os.close(writing)
        with process, _killed_after(deadline, process) as is_late:
            assert process.stdin
            with suppress(BrokenPipeError), process.stdin:
                process.stdin.write(work)
            return _Ending(answer.read(), process.wait(), is_late.is_set())


@contextmanager
def _killed_after(
    deadline: timedelta, process: subprocess.Popen[bytes]
) -> Iterator[threading.Event]:
    """Kill *process* should it outlast the *deadline*, and set the event that is given."""
    is_late = threading.Event()

    def kill() -> None:
        is_late.set()
        process.kill()

    timer = threading.Timer(min(deadline.total_seconds(), threading.TIMEOUT_MAX), kill)
    timer.daemon = True
    if deadline:
        timer.start()
    try:
        yield is_late
    finally:
        timer.cancel()


def _python() -> str:
    """Return the path of Python itself; in uWSGI and mod_wsgi the running program is theirs."""
    named = Path(sys.executable)
    return str(named if "python" in named.name else Path(sys.prefix, "bin", "python3"))
