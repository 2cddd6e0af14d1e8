"""The production server: granian, with a scheduler in each worker."""

import ctypes
import errno
import gc
import os
import signal
import socket
import sys
from collections.abc import Mapping
from functools import partial

from granian import Granian
from granian.constants import Interfaces

from releasecal.errors import SettingsError
from releasecal.wiring import Application, application

_PR_SET_PDEATHSIG = 1  # prctl(2)
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # mallopt(3)
_KEPT = 16 * 1_024 * 1_024  # octets of free memory that the C library may keep

_PATIENCE = 5  # seconds for a worker to end; one that is starting may miss the signal

THREADS = 2 * (os.cpu_count() or 1)
"""Requests that a worker answers at a time. Not more: they share one interpreter."""


def check_address(host: str, port: int) -> None:
    """
    Make sure that *host* is an address of this machine and *port* is free on it.

    The server itself would share the port with the program that has it, and answer every other
    request.

    Raises:
        SettingsError: The host is not ours, or the port is taken.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as attempt:
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            attempt.bind(address)
            attempt.listen()
    except OSError as error:
        is_taken = error.errno == errno.EADDRINUSE
        remedy = "stop what answers there, or take another --port" if is_taken else "another --host"
        raise SettingsError(f"{host}, port {port}: {error.strerror or error} ({remedy})") from error


def serve(environ: Mapping[str, str], *, host: str, port: int, workers: int) -> None:
    """
    Answer on *host* and *port* until a signal to stop (SIGINT, SIGTERM).

    *environ* has the settings. Each of the *workers* is a process that reads them by itself and
    has its own database connections and scheduler.
    """
    server = Granian(
        "releasecal",
        address=str(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][4][0]),
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=_PATIENCE,
        log_access=False,
    )
    server.serve(target_loader=partial(_load, dict(environ)), wrap_loader=False)


def _load(environ: Mapping[str, str]) -> Application:
    """Return the application of a worker (a module's function, so that it can be pickled)."""
    _end_with_parent()
    _keep_memory()
    app = application(environ)
    # All objects of the start live as long as the worker: the collector can leave them out.
    gc.collect()
    gc.freeze()
    app.scheduler.start()  # this is the worker: no fork follows
    return app


def _end_with_parent() -> None:
    """Have the kernel end this worker if the main process is killed (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _keep_memory() -> None:
    """
    Have the C library keep the memory of one answer for the next one (glibc).

    The server copies each body. By default every copy of more than 128 KiB is memory that
    the kernel has to find, fill with zeros and take back.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt:
        mallopt(_M_MMAP_THRESHOLD, _KEPT)
        mallopt(_M_TRIM_THRESHOLD, _KEPT)
