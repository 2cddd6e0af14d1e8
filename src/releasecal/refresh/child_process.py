"""
Apart: making an edition in a process of its own, at low priority, so that no request waits.

In a thread of a server, reading a large catalogue would hold the interpreter for seconds. The
process takes one job from its standard input, gives the outcome to a pipe of its own, for
anybody may print something, and ends with all the memory that it took.
"""

import os
import pickle
import subprocess
import sys
import traceback
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from releasecal.errors import RefreshDied, ReleasecalError
from releasecal.refresh.build import EditionBuilder, RefreshJob, Report
from releasecal.sources import no_progress
from releasecal.store import Store

NICE = 10
"""How far below ours its priority is: at 19, a server that is always busy would never have news."""

_START = f"import os; os.nice({NICE}); from releasecal.refresh.child_process import main; main()"

_Job = tuple[EditionBuilder, str, RefreshJob]


def build(builder: EditionBuilder, store: Store, job: RefreshJob) -> Report:
    """
    Build the next edition as `EditionBuilder.build` does; progress is not reported.

    Raises:
        RefreshDied: The process ended before it was done, or could not be started.
    """
    request = replace(job.request, progress=no_progress)
    work: _Job = (builder, store.url, replace(job, request=request))
    try:
        told, code = _ask(pickle.dumps(work))
    except OSError as error:
        raise RefreshDied(f"no process could be started to read the sources: {error}") from error
    if not told:
        ending = f"killed by signal {-code}" if code < 0 else f"with status {code}"
        raise RefreshDied(
            f"the process that read the sources ended before it was done, {ending} "
            "(is there memory enough? releasecal refresh shows how far it comes)"
        )
    outcome = pickle.loads(told)  # noqa: S301 - our own process wrote it
    if isinstance(outcome, Exception):
        raise outcome
    assert isinstance(outcome, Report)
    return outcome


def _ask(job: bytes) -> tuple[bytes, int]:
    """Return what another process makes of *job*, and the status that it ended with."""
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as answer:
        try:
            process = subprocess.Popen(  # noqa: S603 - nothing of it is anybody else's
                [_python(), "-P", "-c", _START, str(writing)],  # -P: not from the current folder
                stdin=subprocess.PIPE,
                pass_fds=[writing],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
        finally:
            os.close(writing)
        with process:
            assert process.stdin
            with suppress(BrokenPipeError), process.stdin:
                process.stdin.write(job)
            return answer.read(), process.wait()


def _python() -> str:
    """Return Python's own program; some servers (uWSGI, mod_wsgi) put theirs in its place."""
    named = Path(sys.executable)
    return str(named if "python" in named.name else Path(sys.prefix, "bin", "python3"))


def main() -> None:
    """Do the job that is handed in, and hand out what came of it, at once or not at all."""
    job: _Job = pickle.load(sys.stdin.buffer)  # noqa: S301 - our own process wrote it
    told = pickle.dumps(_outcome(*job))
    with os.fdopen(int(sys.argv[1]), "wb") as answer:
        answer.write(told)


def _outcome(builder: EditionBuilder, url: str, job: RefreshJob) -> Report | Exception:
    store = Store.open(url)
    try:
        return builder.build(store, job)
    except ReleasecalError as error:
        return error
    except MemoryError:
        raise  # and end without an answer, which is told of as what it is
    except Exception as error:  # noqa: BLE001 - a bug; its traceback is for the log
        traceback.print_exc()
        return RuntimeError(repr(error))
    finally:
        store.close()
