"""The production server: granian, with the scheduler in each worker."""

from collections.abc import Mapping
from functools import partial

from granian import Granian
from granian.constants import Interfaces

from releasecal.wiring import Application, application

THREADS = 8
"""Requests that a worker answers at a time; more wait, for they would share one interpreter."""


def serve(environ: Mapping[str, str], *, host: str, port: int, workers: int) -> None:
    """
    Answer on *host* and *port* until told to stop (SIGINT, SIGTERM).

    *environ* has the settings; each of the *workers* is a process that reads them anew,
    with a database connection and a scheduler of its own.
    """
    server = Granian(
        "releasecal",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
        websockets=False,
        respawn_failed_workers=True,
        log_access=False,
    )
    server.serve(target_loader=partial(_load, dict(environ)), wrap_loader=False)


def _load(environ: Mapping[str, str]) -> Application:
    """Return the application of a worker; a function of the module, for it may be pickled."""
    app = application(environ)
    app.scheduler.start()  # no fork comes after this: we are in the worker
    return app
