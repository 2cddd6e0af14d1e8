"""
The production server: granian, with a scheduler in each worker, which are watched.

A worker that ends is started again for as long as it takes, and one that is stopped or hangs is
ended. No worker outlives the main process, no child a worker (`refresh/parent_death.py`).
"""

import ctypes
import errno
import gc
import itertools
import multiprocessing
import os
import resource
import signal
import socket
import sys
import threading
from collections.abc import Callable, Mapping, MutableSequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import logger
from granian.server.mp import MPServer, WorkerProcess

from releasecal.clock import ticks
from releasecal.errors import SettingsError
from releasecal.refresh.parent_death import end_with_parent
from releasecal.web.http import concurrency_limit, request_body
from releasecal.wiring import Application, application

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # mallopt(3)
_KEPT = 16 * 1_024 * 1_024  # octets of free memory that the C library may keep

_PATIENCE = 5  # seconds for a worker to end when it is told to

_TICK = 0.2  # seconds between two looks at the workers

_BEAT = 1.0  # seconds between two signs of life of a worker

SILENCE = 15.0
"""Seconds without a sign of life after which a worker is killed: it is stopped, or it hangs."""

_IDLE = 20  # seconds for the headers of a request to arrive, the first or a further one

_OPEN_FILES = 65_536  # more would only cost the kernel memory
_OWN_FILES = 256  # open files of a worker, at most, that are no connections
_CONNECTIONS = 16_384  # of a worker, at most; each takes some kilobytes

_FREE = 5  # threads of a worker that always answer from the cache

THREADS = concurrency_limit.PLACES + concurrency_limit.WAITING + request_body.PLACES + 1 + _FREE
"""
Requests that a worker answers at a time: those that make answers or wait for that, bodies, a refresh, and others.

Not more: they share one interpreter, and compete for it.
"""

# A large answer is made of a million objects, and a full collection amid that stops all threads for
# 200 ms. There is next to nothing to collect, so it is done by time.
_NEVER = 1_000_000  # collections of the second generation between two of the third
_BEATS_A_COLLECTION = 60

_SWITCH = 0.001  # seconds after which a thread has to give up the interpreter if another wants it


@dataclass(frozen=True, slots=True)
class BackOff:
    """
    The waits before a worker is started again: none, then one second, doubling up to `MAX`.

    Attributes:
        failures: Ends in a row, each before the worker was `STEADY`.
    """

    MAX = 30.0
    """Seconds."""

    STEADY = 60.0
    """Seconds for which a worker has to live so that its earlier ends are forgotten."""

    failures: int = 0

    def after(self, lived: float) -> "BackOff":
        """Return the state after a worker's end that had *lived* so many seconds."""
        return BackOff(1 if lived >= self.STEADY else self.failures + 1)

    @property
    def wait(self) -> float:
        """Seconds to wait now."""
        return 0.0 if self.failures < 2 else min(2.0 ** min(self.failures - 2, 16), self.MAX)


class Supervisor(MPServer):
    """
    granian's server of several processes, which replaces each one that ends.

    granian's own ends with a worker that ends twice in a row, and waits for one that is stopped.

    Attributes:
        beats: Moments of the last sign of life by worker, in ticks, shared with the workers.
    """

    def __init__(self, **options: Any) -> None:
        """Start nothing yet; *options* are granian's."""
        super().__init__("releasecal", **options)
        self.beats: MutableSequence[float] = multiprocessing.RawArray("d", self.workers)
        self._back_offs = dict.fromkeys(range(self.workers), BackOff())
        self._due: dict[int, float] = {}  # when to start a worker again, in ticks
        self._looked = ticks()

    def signal_handler_interrupt(self, *_: object) -> None:
        """Note that it has to end; granian's own could wait for a lock of this thread."""
        self.interrupt_signal = True

    def signal_handler_reload(self, *_: object) -> None:
        """Note that all workers have to be replaced."""
        self.reload_signal = True

    def _spawn_worker(  # type: ignore[override]  # MPServer's has no socket_loader either
        self, idx: int, target: Any, callback_loader: Callable[..., Application]
    ) -> WorkerProcess:
        self.beats[idx] = ticks()
        return super()._spawn_worker(idx, target, partial(callback_loader, self.beats, idx))

    def _serve_loop(self, spawn_target: Any, target_loader: Callable[..., Application]) -> None:
        pause = threading.Event()  # whose clock is never set, unlike that of some sleep()
        while not self.interrupt_signal:
            if self.reload_signal:
                self._due.clear()
                self._reload(spawn_target, target_loader)  # type: ignore[no-untyped-call]  # granian's
            now = ticks()
            self._note_ended(now)
            self._kill_silent(now)
            for idx in [idx for idx, due in self._due.items() if due <= now]:
                del self._due[idx]
                self._respawn_workers([idx], spawn_target, target_loader)
            pause.wait(_TICK)
        self.interrupt_children.clear()  # to be told to end is no failure

    def _note_ended(self, now: float) -> None:
        """Plan the next start of each worker that has ended by itself."""
        while self.interrupt_children:
            idx = self.interrupt_children.pop()
            back_off = self._back_offs[idx].after(ticks() - self.wrks[idx].birth)
            self._back_offs[idx] = back_off
            self._due[idx] = now + back_off.wait
            logger.info(f"Starting worker-{idx + 1} again in {back_off.wait:.0f} s")

    def _kill_silent(self, now: float) -> None:
        """Kill each worker that gave no sign of life for `SILENCE`, while this process ran."""
        was_stopped = now - self._looked > SILENCE / 2  # all of us were, for all we know
        self._looked = now
        for worker in self.wrks:
            if was_stopped:
                self.beats[worker.idx] = now
            elif worker.idx not in self._due and now - self.beats[worker.idx] > SILENCE:
                logger.error(f"Killing worker-{worker.idx + 1}, silent for {SILENCE:.0f} s")
                self.beats[worker.idx] = now
                worker.inner.kill()


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
    server = Supervisor(
        address=str(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][4][0]),
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,  # or else a connection may say nothing for ever
        http1_settings=HTTP1Settings(header_read_timeout=_IDLE * 1_000),
        workers=workers,
        backpressure=min(_CONNECTIONS, max(_raise_open_files() - _OWN_FILES, 1)),
        blocking_threads=THREADS,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=_PATIENCE,
        log_access=False,
    )
    # Not MPServer's own, which does no more than advise to have fewer threads.
    super(MPServer, server).serve(
        target_loader=partial(_load, dict(environ), os.getpid()), wrap_loader=False
    )


def _raise_open_files() -> int:
    """Return how many files each process may have open, after raising that as far as it goes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    possible = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, _OPEN_FILES)
    if soft == resource.RLIM_INFINITY or soft >= possible:
        return _OPEN_FILES if soft == resource.RLIM_INFINITY else soft
    resource.setrlimit(resource.RLIMIT_NOFILE, (possible, hard))
    return possible


def _load(
    environ: Mapping[str, str], parent: int, beats: MutableSequence[float], number: int
) -> Application:
    """Return the application of a worker (a module's function, so that it can be pickled)."""
    end_with_parent(parent)
    # The main process's handlers, which a fork inherits, would keep this one alive.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    threading.Thread(target=_beat, args=(beats, number), name="beat", daemon=True).start()
    sys.setswitchinterval(_SWITCH)
    _keep_memory()
    app = application(environ)
    # All objects of the start live as long as the worker: the collector can leave them out.
    gc.collect()
    gc.freeze()
    gc.set_threshold(*gc.get_threshold()[:2], _NEVER)
    app.scheduler.start()  # this is the worker: no fork follows
    return app


def _beat(beats: MutableSequence[float], number: int) -> None:
    """Write the moment for the main process, again and again: this process runs."""
    pause = threading.Event()
    for beat in itertools.count(1):
        beats[number] = ticks()
        pause.wait(_BEAT)
        if beat % _BEATS_A_COLLECTION == 0:
            gc.collect()


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
