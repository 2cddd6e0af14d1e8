"""
The program of a child process: it takes one job, does it, and ends.

It imports little by itself. A job is a pickled value, which brings the modules that it needs: to
read files takes none of those that reach over the network.
"""

import os
import pickle
import sys
import traceback
from collections.abc import Callable
from contextlib import closing
from hashlib import blake2b
from pathlib import Path

from releasecal import __version__
from releasecal.errors import RefreshDied, ReleasecalError
from releasecal.store import ConnectionLimits, Store

OTHER_CODE = (
    f"another releasecal than the one that runs, {__version__}, is installed now "
    "(restart the server)"
)
"""Message about a child whose code is not its parent's."""

Work = Callable[[Store], object]
"""Something to do with a database, which can be pickled."""


def code_digest() -> str:
    """Return a digest of the package's version and source files; empty if they cannot be read."""
    package = Path(__file__).parents[1]
    digest = blake2b(__version__.encode(), digest_size=16)
    try:
        for path in sorted(package.rglob("*.py")):
            for part in (os.fsencode(path.relative_to(package)), path.read_bytes()):
                digest.update(blake2b(part).digest())
    except OSError:
        return ""
    return digest.hexdigest()


def main() -> None:
    """Do the job on standard input, and write its result, at once or not at all, to the pipe."""
    pipe, code = int(sys.argv[1]), sys.argv[2]
    result: object = RefreshDied(OTHER_CODE)
    if code == code_digest():  # or else the job may be none that this code knows
        work, url, limits = pickle.load(sys.stdin.buffer)  # noqa: S301 - our parent wrote it
        result = _outcome(work, url, limits)
    told = pickle.dumps(result)
    with os.fdopen(pipe, "wb") as answer:
        answer.write(told)


def _outcome(work: Work, url: str, limits: ConnectionLimits) -> object:
    """Return the result of *work* on the database at *url*, or the error that the parent raises."""
    try:
        with closing(Store.open(url, create=False, limits=limits)) as store:
            return work(store)
    except ReleasecalError as error:
        return error
    except MemoryError:
        raise  # the parent tells of an end without a result
    except Exception as error:  # noqa: BLE001 - a bug; its traceback is for the log
        traceback.print_exc()
        return RuntimeError(repr(error))
