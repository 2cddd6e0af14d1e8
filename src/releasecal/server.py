"""The production server: granian, with the scheduler in each worker."""

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

from releasecal.app import Application, application
from releasecal.errors import SettingsError

_PR_SET_PDEATHSIG = 1  # prctl(2)
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # mallopt(3)
_KEPT = 16 * 1_024 * 1_024  # octets that an allocator may keep for the next answer

_PATIENCE = 5  # seconds for a worker to end by itself, which one that is starting may not hear

THREADS = 2 * (os.cpu_count() or 1)
"""Requests that a worker answers at a time; more wait, for they would share one interpreter."""


def check_address(host: str, port: int) -> None:
    """
    Make sure that *host* is an address of this machine and *port* is free on it.

    The server itself shares a port with whoever has it, and so would answer every other
    request while another calendar answers the rest.

    Raises:
        SettingsError: It cannot be answered there.
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
    Answer on *host* and *port* until told to stop (SIGINT, SIGTERM).

    *environ* has the settings; each of the *workers* is a process that reads them anew,
    with a database connection and a scheduler of its own.
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
    """Return the application of a worker; a function of the module, for it may be pickled."""
    _end_with_parent()
    _keep_memory()
    app = application(environ)
    # What is there now stays, and is no garbage: the collector need not look at all of it again.
    gc.collect()
    gc.freeze()
    app.scheduler.start()  # no fork comes after this: we are in the worker
    return app


def _end_with_parent() -> None:
    """Have the kernel end this worker should the main process be killed (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _keep_memory() -> None:
    """
    Have the C library keep what an answer took for the next one (glibc).

    The server copies each body. By default every copy of more than 128 KiB is memory that
    the kernel has to find, to fill with zeros and to take back.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt:
        mallopt(_M_MMAP_THRESHOLD, _KEPT)
        mallopt(_M_TRIM_THRESHOLD, _KEPT)
