"""
The production server: granian, with a scheduler in each worker, which are watched.

A worker that ends is started again for as long as it takes, and one that is stopped or hangs is
ended. No worker outlives the main process, no child a worker (`refresh/parent_death.py`).

On SIGHUP all workers are replaced by others with new settings, or none is. The main process holds
the one socket that all listen on, so no connection waits for a worker that has ended.
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
from collections.abc import Callable, MutableSequence, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from granian._granian import SocketHolder
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels, logger
from granian.server.mp import MPServer, WorkerProcess

from releasecal.clock import now, ticks
from releasecal.errors import ReleasecalError, SettingsError
from releasecal.refresh.parent_death import end_with_parent
from releasecal.settings import Settings
from releasecal.telemetry import logs
from releasecal.telemetry.counters_of_processes import ServerMemory, Telemetry
from releasecal.web.http import body_time_limit, concurrency_limit, response_cache
from releasecal.wiring import Application

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # mallopt(3)
_KEPT = 16 * 1_024 * 1_024  # octets of free memory that the C library may keep

_PATIENCE = 5  # seconds for a worker to end when it is told to
_FAREWELL = 300.0  # seconds for one that is replaced to end its last answers, a refresh among them
_READY = 60.0  # seconds for one that replaces it to begin

_TICK = 0.2  # seconds between two looks at the workers

_BEAT = 1.0  # seconds between two signs of life of a worker

_ANSWERS_FIRST = 0.5  # seconds before the scheduler is imported and takes its first looks

SILENCE = 15.0
"""Seconds without a sign of life after which a worker is killed: it is stopped, or it hangs."""

_IDLE = 20  # seconds for the headers of a request to arrive, the first or a further one

_OPEN_FILES = 65_536  # more would only cost the kernel memory
_OWN_FILES = 256  # open files of a worker, at most, that are no connections
_CONNECTIONS = 16_384  # of a worker, at most; each takes some kilobytes

_BACKLOG = 1_024  # connections that wait to be taken

_FREE = 5  # threads of a worker that always answer from the cache

_WAITING = concurrency_limit.WAITING + response_cache.WAITING

THREADS = concurrency_limit.PLACES + _WAITING + body_time_limit.PLACES + 1 + _FREE
"""
Requests that a worker answers at a time: those that make answers or wait for that, bodies, a refresh, and others.

Not more: they share one interpreter, and compete for it.
"""

# A large answer is made of a million objects, and a full collection amid that stops all threads for
# 200 ms. There is next to nothing to collect, so it is done by time.
_YOUNG, _OLDER = 700, 10  # Python's own, which the main process has raised
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


@dataclass(frozen=True, slots=True)
class Seat:
    """
    A worker's place at the server, in memory that it shares with the main process.

    Attributes:
        number: Position among the workers.
        generation: Number of the reloads before it was started.
        beats: Moments of the last sign of life by worker, in ticks.
        ready: Generation of the newest worker that can answer, by worker.
        turn: Generation whose schedulers may run, as its only item.
        memory: What the processes count.
        own: Position of its memory among theirs.
    """

    number: int
    generation: int
    beats: MutableSequence[float]
    ready: MutableSequence[float]
    turn: MutableSequence[float]
    memory: ServerMemory
    own: int


Loader = Callable[[Settings, Seat], Callable[..., Any]]
"""A function that returns the WSGI application of a worker, in its process."""


@dataclass(slots=True)
class _Leaving:
    """A worker that has been replaced, and when it is killed if it has not ended, in ticks."""

    worker: Any  # granian's, whose methods have no types
    deadline: float


class Supervisor(MPServer):
    """
    granian's server of several processes, which replaces each one that ends.

    granian's own ends with a worker that ends twice in a row, waits for one that is stopped, and
    has a socket for each worker, whose connections are lost with it.

    Attributes:
        beats: Moments of the last sign of life by worker, in ticks, shared with the workers.
    """

    def __init__(
        self,
        settings: Settings,
        read: Callable[[], Settings],
        load: Loader,
        listening: socket.socket | None = None,
        **options: Any,
    ) -> None:
        """
        Start nothing yet.

        Workers *load* an application of *settings*, and after a reload one of those that *read*
        returns. They take requests from *listening*, or from a socket of their own; *options* are
        granian's.
        """
        super().__init__("releasecal", **options)
        self.beats: MutableSequence[float] = multiprocessing.RawArray("d", self.workers)
        self._ready: MutableSequence[float] = multiprocessing.RawArray("d", self.workers)
        self._turn: MutableSequence[float] = multiprocessing.RawArray("d", 1)
        # A worker and the one that replaces it are alive at a time.
        self._memory = ServerMemory.shared(2 * self.workers)
        self._free = [*range(2 * self.workers)]
        self._own: dict[Any, int] = {}
        self._settings, self._read, self._load = settings, read, load
        self._listening = listening
        self._generation = 1
        self._back_offs = dict.fromkeys(range(self.workers), BackOff())
        self._due: dict[int, float] = {}  # when to start a worker again, in ticks
        self._leaving: list[_Leaving] = []
        self._looked = ticks()

    def signal_handler_interrupt(self, *_: object) -> None:
        """Note that it has to end; granian's own could wait for a lock of this thread."""
        self.interrupt_signal = True

    def signal_handler_reload(self, *_: object) -> None:
        """Note that all workers have to be replaced."""
        self.reload_signal = True

    def _init_shared_socket(self) -> None:
        """Open the socket that all workers listen on; what waits there outlives each of them."""
        self._sso = self._listening or listening_socket(
            self.bind_addr, self.bind_port, self.backlog
        )
        self._sso.set_inheritable(True)
        self._ssp = None
        self._shd = SocketHolder(self._sso.fileno(), False, self.backlog)  # type: ignore[call-arg,assignment]  # so says its stub

    def _spawn_worker(  # type: ignore[override]  # MPServer's has no socket_loader either
        self, idx: int, target: Any, callback_loader: object
    ) -> WorkerProcess:
        """Return a worker that is to be started; *callback_loader*, granian's, is not used."""
        del callback_loader
        self.beats[idx], self._ready[idx] = ticks(), 0
        own = self._free.pop(0)
        seat = Seat(idx, self._generation, self.beats, self._ready, self._turn, self._memory, own)
        worker = super()._spawn_worker(idx, target, partial(self._load, self._settings, seat))
        self._own[worker] = own
        return worker

    def _serve_loop(self, spawn_target: Any, target_loader: object) -> None:
        pause = threading.Event()  # whose clock is never set, unlike that of some sleep()
        self._turn[0] = self._generation
        while not self.interrupt_signal:
            now = ticks()
            self._see_off(now)
            if self.reload_signal and not self._leaving:
                self._reload(spawn_target, target_loader)
            self._note_ended(now)
            self._kill_silent(now)
            for idx in [idx for idx, due in self._due.items() if due <= now]:
                del self._due[idx]
                self._start_again(idx, spawn_target)
            pause.wait(_TICK)
        self.wrks += [each.worker for each in self._leaving]
        self.interrupt_children.clear()  # to be told to end is no failure

    def _start_again(self, idx: int, target: Any) -> None:
        """Start a worker in the place of one that has ended."""
        self._release(self.wrks[idx])
        worker: Any = self._spawn_worker(idx, target, None)
        self.wrks[idx] = worker
        worker.start()

    def _release(self, worker: Any) -> None:
        """Give the memory of *worker*, which has ended, to the next one."""
        worker.join(_PATIENCE)
        own = self._own.pop(worker)
        self._memory.processes[own].end()
        self._free.append(own)

    def _reload(self, spawn_target: Any, target_loader: object) -> None:
        """Replace all workers by others with new settings, or none."""
        del target_loader
        self.reload_signal = False
        former = self._settings
        try:
            self._settings = self._read()
        except ReleasecalError as error:
            for problem in error.problems:
                logger.error(f"{problem} (the settings stay as they were)")
            return
        except Exception:  # noqa: BLE001 - a bug, which must not end a server that runs
            logger.exception("The settings stay as they were")
            return
        self._generation += 1
        numbers = range(self.workers)
        several: list[Any] = [self._spawn_worker(idx, spawn_target, None) for idx in numbers]
        for worker in several:
            worker.interrupt_by_parent = True  # its end before it is ready is nobody's restart
            worker.start()
        if self._are_ready(several):
            self._replace(several)
        else:
            self._generation -= 1
            self._settings = former
            for worker in several:
                worker.kill()
                self._release(worker)
            self._ready[:] = [self._generation] * self.workers

    def _are_ready(self, several: Sequence[Any]) -> bool:
        """Wait until all of *several* can answer; return whether they can."""
        pause, began = threading.Event(), ticks()
        while not self.interrupt_signal:
            if all(generation == self._generation for generation in self._ready):
                return True
            if not all(worker.is_alive() for worker in several) or ticks() - began > _READY:
                logger.error("New workers do not start: the ones before go on")
                return False
            pause.wait(_TICK / 10)
        return False

    def _replace(self, several: Sequence[Any]) -> None:
        """Let *several* take the places of the workers, which end their last answers."""
        logs.set_up(self._settings.log_level, self._settings.log_format)
        deadline = ticks() + _FAREWELL
        self._leaving = [_Leaving(worker, deadline) for worker in self.wrks]
        for each in self._leaving:
            each.worker.terminate()
        self.wrks[:] = several
        self._due.clear()
        self.interrupt_children.clear()
        for worker in several:
            worker.interrupt_by_parent = False
            if not worker.is_alive():
                self.interrupt_children.append(worker.idx)
        logger.info("The settings have been read again")

    def _see_off(self, now: float) -> None:
        """Release the workers that have been replaced and have ended; kill those that do not."""
        for each in self._leaving:
            if each.worker.is_alive() and now > each.deadline:
                each.worker.kill()
        for each in [each for each in self._leaving if not each.worker.is_alive()]:
            self._leaving.remove(each)
            self._release(each.worker)
        if not self._leaving:  # two schedulers with different sources would undo each other's work
            self._turn[0] = self._generation

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


def listening_socket(host: str, port: int, backlog: int = _BACKLOG) -> socket.socket:
    """
    Return a socket that listens on *host*, a number, and *port*.

    Raises:
        OSError: It cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.create_server(
        (host, port),
        family=family,
        backlog=backlog,
        dualstack_ipv6=family == socket.AF_INET6 and socket.has_dualstack_ipv6(),
    )
    listening.setblocking(False)
    return listening


def numeric_address(host: str, port: int) -> str:
    """Return the address of *host* in numbers."""
    return str(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][4][0])


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


def serve(  # noqa: PLR0913 - the settings, and where
    settings: Settings,
    read: Callable[[], Settings],
    *,
    host: str,
    port: int,
    workers: int,
    listening: socket.socket | None = None,
) -> None:
    """
    Answer on *host* and *port* until a signal to stop (SIGINT, SIGTERM).

    Each of the *workers* is a process with its own database connections and scheduler. They begin
    with *settings*; on SIGHUP all are replaced by others with those that *read* returns, unless
    it raises a ReleasecalError. *listening* is the socket there, if it is open already.
    """
    server = Supervisor(
        settings,
        read,
        partial(_load, os.getpid()),
        listening,
        address=numeric_address(host, port),
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
        log_level=LogLevels(settings.log_level),
        log_dictconfig=dict(logs.SERVER),
    )
    logs.set_up(settings.log_level, settings.log_format)
    # Not MPServer's own, which does no more than advise to have fewer threads.
    super(MPServer, server).serve(target_loader=_unused, wrap_loader=False)


def _raise_open_files() -> int:
    """Return how many files each process may have open, after raising that as far as it goes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    possible = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, _OPEN_FILES)
    if soft == resource.RLIM_INFINITY or soft >= possible:
        return _OPEN_FILES if soft == resource.RLIM_INFINITY else soft
    resource.setrlimit(resource.RLIMIT_NOFILE, (possible, hard))
    return possible


def _unused() -> Callable[..., Any]:
    raise AssertionError("a worker loads what `Supervisor` was given")


def _load(parent: int, settings: Settings, seat: Seat) -> Callable[..., Any]:
    """Return the application of a worker (a module's function, so that it can be pickled)."""
    end_with_parent(parent)
    # The main process's handlers, which a fork inherits, would keep this one alive.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    logs.set_up(settings.log_level, settings.log_format)
    may_refresh = threading.Event()
    threading.Thread(target=_beat, args=(seat, may_refresh), name="beat", daemon=True).start()
    sys.setswitchinterval(_SWITCH)
    _keep_memory()
    app = Application(settings, Telemetry(seat.memory, seat.own, now))
    # All objects of the start live as long as the worker: the collector can leave them out. It has
    # not looked at them yet: their thousand dead cycles are not worth the time before the first answer.
    gc.freeze()
    gc.set_threshold(_YOUNG, _OLDER, _NEVER)
    # This is the worker: no fork follows.
    threading.Thread(
        target=_refresh_in_turn, args=(app, may_refresh), name="turn", daemon=True
    ).start()
    seat.ready[seat.number] = seat.generation
    return app.answer


def _refresh_in_turn(app: Application, may_refresh: threading.Event) -> None:
    """Start the scheduler once the workers before these have ended, and clients have an answer."""
    may_refresh.wait()
    threading.Event().wait(_ANSWERS_FIRST)
    app.scheduler.start()


def _beat(seat: Seat, may_refresh: threading.Event) -> None:
    """Write the moment for the main process, again and again: this process runs."""
    pause = threading.Event()
    for beat in itertools.count(1):
        seat.beats[seat.number] = ticks()
        if seat.turn[0] >= seat.generation:
            may_refresh.set()
        pause.wait(_BEAT if may_refresh.is_set() else _TICK)
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
