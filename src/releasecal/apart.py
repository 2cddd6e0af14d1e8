"""
Apart: making an edition in a process of its own, at low priority, so that no request waits.

In a thread of a server, reading a large catalogue would hold the interpreter for seconds. The
process takes one job from its standard input, gives the outcome to its standard output, and
ends with all the memory that it took.
"""

import os
import pickle
import subprocess
import sys
import traceback
from dataclasses import replace
from pathlib import Path

from releasecal.errors import RefreshDied, ReleasecalError
from releasecal.making import Attempt, Found, Maker, Report, no_progress
from releasecal.store import Store

NICE = 10
"""How far below ours its priority is: at 19, a server that is always busy would never have news."""

_START = f"import os; os.nice({NICE}); from releasecal.apart import main; main()"

_Job = tuple[Maker, str, Attempt, Found]


def make(maker: Maker, store: Store, attempt: Attempt, found: Found) -> Report:
    """
    Make the next edition as `Maker.make` does, in another process; nobody is told how far it is.

    Raises:
        RefreshDied: The process ended before it was done.
    """
    job: _Job = (maker, store.url, replace(attempt, progress=no_progress), found)
    done = subprocess.run(  # noqa: S603 - nothing of it is anybody else's
        [_python(), "-P", "-c", _START],  # -P: nothing in the current folder is imported
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        input=pickle.dumps(job),
        stdout=subprocess.PIPE,
        check=False,
    )
    try:
        outcome = pickle.loads(done.stdout)  # noqa: S301 - our own process wrote it
    except (EOFError, pickle.UnpicklingError) as error:
        raise RefreshDied(
            f"the process that read the sources ended before it was done, {_ending(done)} "
            "(is there memory enough? releasecal refresh shows how far it comes)"
        ) from error
    if isinstance(outcome, Exception):
        raise outcome
    assert isinstance(outcome, Report)
    return outcome


def _python() -> str:
    """Return Python's own program; some servers (uWSGI, mod_wsgi) put theirs in its place."""
    named = Path(sys.executable)
    return str(named if "python" in named.name else Path(sys.prefix, "bin", "python3"))


def _ending(done: subprocess.CompletedProcess[bytes]) -> str:
    code = done.returncode
    return f"killed by signal {-code}" if code < 0 else f"with status {code}"


def main() -> None:
    """Do the job that is handed in, and hand out what came of it."""
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever is printed is no answer
    job: _Job = pickle.load(sys.stdin.buffer)  # noqa: S301 - our own process wrote it
    with answer:
        pickle.dump(_outcome(*job), answer)


def _outcome(maker: Maker, url: str, attempt: Attempt, found: Found) -> Report | Exception:
    store = Store.open(url)
    try:
        return maker.make(store, attempt, found)
    except ReleasecalError as error:
        return error
    except Exception as error:  # noqa: BLE001 - a bug; its traceback is for the log
        traceback.print_exc()
        return RuntimeError(repr(error))
    finally:
        store.close()
