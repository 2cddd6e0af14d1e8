"""
Servers as separate processes, and their figures from the kernel: CPU, memory, connections.

`Releasecal` is ``releasecal serve`` as an operator runs it; `Nginx` runs a configuration as
an ordinary user in a folder of its own, among them the one in ``deploy/``. CPU and memory are
read from ``/proc`` for all their processes, independent of their own reports. Linux only.
"""

import grp
import http.client
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).parent.parent
DEPLOYED = ROOT / "deploy" / "nginx.conf"

HOST = "127.0.0.1"
PATIENCE = 120.0
"""Seconds for a server to answer; a large catalogue is read before it does."""

_TICKS = os.sysconf("SC_CLK_TCK")
_LONGEST = 1_800.0  # seconds that an answer may take: refreshing a large catalogue does


class ServerError(Exception):
    """A server that does not start, or does not answer as it should."""


@dataclass(frozen=True, slots=True)
class Answer:
    """
    An HTTP answer, read whole.

    Attributes:
        seconds: From the request to the last octet.
    """

    status: int
    headers: http.client.HTTPMessage
    body: bytes
    seconds: float


class Server:
    """A process that answers at `HOST`, and its children; stopped at the end of a ``with``."""

    def __init__(self, name: str, port: int, ready: str = "/") -> None:
        """Call it *name*, to answer at *port*; it has started once *ready* is answered."""
        self.name = name
        self.port = port
        self.folder = Path(tempfile.mkdtemp(prefix=f"{name}-"))
        self._ready = ready
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The main process."""
        if self._process is None:
            raise ServerError(f"{self.name} has not been started")
        return self._process.pid

    @property
    def log(self) -> str:
        """Its output on both streams."""
        return (self.folder / "output").read_text(errors="replace")

    def command(self) -> Sequence[str]:
        """Return the command line."""
        raise NotImplementedError

    def options(self) -> Mapping[str, object]:
        """Return more arguments for `subprocess.Popen`."""
        return {}

    def start(self, *, core: int | None = None) -> None:
        """
        Start it, on one *core* alone if one is given, and wait until it results.

        Raises:
            ServerError: It ends, or does not answer.
        """
        self.begin(core=core)
        self.wait()

    def wait(self) -> None:
        """
        Wait until it answers, once it has begun.

        Raises:
            ServerError: It ends, or does not answer.
        """
        try:
            self._wait()
        except ServerError:
            self.stop()
            raise

    def begin(self, *, core: int | None = None) -> None:
        """Start it without waiting for anything."""
        with (self.folder / "output").open("ab") as output:
            self._process = subprocess.Popen(
                [*pinned(core), *self.command()],
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                **self.options(),  # type: ignore[call-overload]  # as Popen takes them
            )

    def stop(self) -> None:
        """End it and wait until it has ended; it may be started again."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            for pid in self.pids():
                os.kill(pid, 9)
            self._process.wait()
        self._process = None

    def kill(self) -> None:
        """Kill the main process alone, and leave all others to themselves."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def __enter__(self) -> Self:
        """Return the server as it is, started or not."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop it, and remove its folder."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def get(
        self,
        path: str,
        headers: Mapping[str, str] | None = None,
        *,
        method: str = "GET",
        body: bytes | None = None,
        patience: float = _LONGEST,
    ) -> Answer:
        """Return the answer to one request on a connection of its own, within *patience*, seconds."""
        return ask(self.port, path, headers, method=method, body=body, patience=patience)

    def pids(self) -> list[int]:
        """Return all its processes, the main one first."""
        return [*_tree(self.pid)]

    def cpu(self) -> float:
        """Return the seconds of CPU that its processes have used, in hundredths."""
        return sum(_cpu(pid) for pid in self.pids())

    def cpu_of_threads(self) -> float:
        """Return the seconds of CPU that its living threads have used, to the nanosecond."""
        return sum(_cpu_of_threads(pid) for pid in self.pids())

    def answering(self, client: socket.socket) -> int:
        """
        Return the process that has the other end of *client*'s connection.

        Raises:
            ServerError: None of its processes has.
        """
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:  # until it has been accepted
            inode = _inode(self.port, client.getsockname()[1])
            for pid in self.pids():
                if inode and inode in _sockets(pid):
                    return pid
        raise ServerError(f"no process of {self.name} has that connection")

    def _wait(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            assert self._process
            if self._process.poll() is not None:
                raise ServerError(f"{self.name} ended:\n{self.log[-3_000:]}")
            try:
                if self.get(self._ready).status < 500:
                    return
            except OSError:
                pass  # not yet
            time.sleep(0.02)
        raise ServerError(f"{self.name} does not answer:\n{self.log[-3_000:]}")


class Releasecal(Server):
    """``releasecal serve`` in *folder*, which has ``data`` and perhaps ``state``."""

    def __init__(
        self,
        folder: Path,
        *,
        workers: int = 1,
        port: int = 0,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        """Run *workers* with *settings*, named without their prefix; no scheduler by default."""
        self.environ = environment({"REFRESH_EVERY": "0", **(settings or {})})
        is_reader = self.environ.get("RELEASECAL_ROLE") == "reader"
        # While a first edition is being read, a server is alive, and has nothing to measure.
        ready = "/healthz" if is_reader else "/readyz"
        super().__init__("releasecal", port or free_port(), ready)
        self.home = folder
        self._workers = workers

    def command(self) -> Sequence[str]:
        """Return the command line."""
        serve = ["serve", "--port", str(self.port), "--workers", str(self._workers)]
        return [sys.executable, "-m", "releasecal", *serve]

    def options(self) -> Mapping[str, object]:
        """Return the folder and the environment of the process."""
        return {"cwd": self.home, "env": self.environ}

    def token(self) -> str:
        """Return the token for ``POST /refresh``."""
        return run("token", folder=self.home, environ=self.environ).strip()


class Nginx(Server):
    """
    The real nginx with one worker, as an ordinary user, in a folder of its own.

    Started by root it runs as ``nobody``, which shows that it needs no rights.
    """

    def __init__(self, name: str, port: int, site: str, ready: str = "/") -> None:
        """Answer at *port* with *site*, the file for ``conf.d``."""
        super().__init__(name, port, ready)
        for part in ("cache", "logs", "temporary"):
            (self.folder / part).mkdir()
        (self.folder / "site.conf").write_text(site.replace("{folder}", str(self.folder)))
        (self.folder / "nginx.conf").write_text(_WRAPPER.replace("{folder}", str(self.folder)))
        if os.geteuid() == 0:
            for path in (self.folder, *self.folder.rglob("*")):
                shutil.chown(path, "nobody", "nogroup")

    @classmethod
    def shipped(cls, *apps: int) -> "Nginx":
        """Return it with the configuration in ``deploy/`` in front of the ports *apps*."""
        port = free_port()
        return cls("nginx", port, deployed(port, *apps), "/healthz")

    @classmethod
    def static(cls, files: Mapping[str, bytes]) -> "Nginx":
        """Return it with *files* by name, as fast as it serves files; ``.gz`` ones as gzip."""
        port = free_port()
        made = cls("nginx-static", port, _STATIC.replace("{port}", str(port)))
        (made.folder / "files").mkdir()
        for name, body in files.items():
            (made.folder / "files" / name).write_bytes(body)
        for path in ((made.folder / "files"), *(made.folder / "files").iterdir()):
            path.chmod(0o755)
            # A file and its packed copy have one time, or their ETags would differ.
            os.utime(path, (1_790_000_000, 1_790_000_000))
        return made

    def command(self) -> Sequence[str]:
        """Return the command line."""
        errors = str(self.folder / "logs" / "error.log")
        return [binary(), "-e", errors, "-p", str(self.folder), "-c", "nginx.conf"]

    def options(self) -> Mapping[str, object]:
        """Return whose process it is."""
        return ordinary("nobody")

    def check(self) -> str:
        """Return the output of ``nginx -t`` on the configuration, good or bad."""
        done: subprocess.CompletedProcess[str] = subprocess.run(
            [*self.command(), "-t"],
            capture_output=True,
            text=True,
            check=False,
            **self.options(),  # type: ignore[call-overload]  # as above
        )
        return done.stderr

    @property
    def errors(self) -> str:
        """Its error log."""
        return (self.folder / "logs" / "error.log").read_text(errors="replace")


_WRAPPER = """\
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/logs/error.log notice;
worker_rlimit_nofile 4096;
events { worker_connections 2048; }  # two for each poll that waits, or it resets some
http {
    default_type application/octet-stream;
    client_body_temp_path {folder}/temporary/body;
    proxy_temp_path {folder}/temporary/proxy;
    fastcgi_temp_path {folder}/temporary/fastcgi;
    uwsgi_temp_path {folder}/temporary/uwsgi;
    scgi_temp_path {folder}/temporary/scgi;
    access_log off;
    include {folder}/site.conf;
}
"""

_STATIC = """\
server {
    listen 127.0.0.1:{port};
    root {folder}/files;
    sendfile on;
    tcp_nopush on;
    gzip_static on;
    open_file_cache max=100;
    keepalive_requests 1000000;
    types { text/calendar ics; }
    charset utf-8;
    charset_types text/calendar;
    add_header Cache-Control "public, max-age=900";
    location = / { return 204; }
}
"""


def deployed(port: int, *apps: int) -> str:
    """
    Return the configuration in ``deploy/`` with another *port*, other *apps* and another folder.

    Raises:
        ServerError: A line that has to differ is not there, or twice.
    """
    site = DEPLOYED.read_text(encoding="utf-8")
    changes = {
        "    server 127.0.0.1:8000;\n": "".join(f"    server {HOST}:{app};\n" for app in apps),
        "    listen 80;\n": f"    listen {HOST}:{port};\n",
        "    listen [::]:80;\n": "",
        " /var/lib/nginx/": " {folder}/cache/",
        " /var/log/nginx/": " {folder}/logs/",
    }
    for shipped, ours in changes.items():
        if site.count(shipped) != 1:
            raise ServerError(f"{DEPLOYED.name} has {shipped.strip()!r} not once")
        site = site.replace(shipped, ours)
    return site


def binary(name: str = "nginx") -> str:
    """
    Return the path of the program *name*, also where only root looks.

    Raises:
        ServerError: There is none.
    """
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if not found:
        raise ServerError(f"{name} is missing (Debian has it in the package of that name)")
    return found


def ordinary(user: str, *folders: Path) -> Mapping[str, object]:
    """Return what has `subprocess.Popen` run as *user*, who gets *folders*, if this is root."""
    if os.geteuid() != 0:
        return {}
    group = grp.getgrgid(pwd.getpwnam(user).pw_gid).gr_name
    for folder in folders:
        shutil.chown(folder, user, group)
    return {"user": user, "group": group, "extra_groups": ()}


def finish(command: Sequence[str], folder: Path, options: Mapping[str, object]) -> None:
    """
    Run *command* in *folder*.

    Raises:
        ServerError: It fails.
    """
    done = subprocess.run(
        command,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        **options,  # type: ignore[call-overload]  # as Popen takes them
    )
    if done.returncode:
        raise ServerError(f"{command[0]}: {done.stderr[-3_000:]}")


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Return our environment with these *settings*, named without their prefix, and no other."""
    others = {name: text for name, text in os.environ.items() if "RELEASECAL_" not in name}
    others.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed package is compiled
    return {**others, **{f"RELEASECAL_{name}": text for name, text in settings.items()}}


def run(*arguments: str, folder: Path, environ: Mapping[str, str] | None = None) -> str:
    """Run ``releasecal`` in *folder* and return its output."""
    return subprocess.run(
        [sys.executable, "-m", "releasecal", *arguments],
        cwd=folder,
        env=dict(environ if environ is not None else environment({})),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout


def ask(  # noqa: PLR0913 - a request has as many parts
    port: int,
    path: str,
    headers: Mapping[str, str] | None = None,
    *,
    method: str = "GET",
    body: bytes | None = None,
    patience: float = _LONGEST,
) -> Answer:
    """Return the answer to one request on a connection of its own, within *patience*, seconds."""
    connection = http.client.HTTPConnection(HOST, port, timeout=patience)
    try:
        return ask_on(connection, path, headers, method=method, body=body)
    finally:
        connection.close()


def ask_on(
    connection: http.client.HTTPConnection,
    path: str,
    headers: Mapping[str, str] | None = None,
    *,
    method: str = "GET",
    body: bytes | None = None,
) -> Answer:
    """Return the answer to one request on *connection*, which stays open."""
    began = time.perf_counter()
    connection.request(method, path, body, dict(headers or {}))
    response = connection.getresponse()
    read = response.read()
    return Answer(response.status, response.headers, read, time.perf_counter() - began)


def to_each(
    server: Server, workers: int, stack: ExitStack
) -> dict[int, http.client.HTTPConnection]:
    """
    Return a connection to each of *workers* workers by its process; *stack* closes them.

    Raises:
        ServerError: One of them never results.
    """
    found: dict[int, http.client.HTTPConnection] = {}
    for _ in range(500):
        connection = http.client.HTTPConnection(HOST, server.port, timeout=_LONGEST)
        stack.callback(connection.close)
        ask_on(connection, "/healthz")
        found.setdefault(server.answering(connection.sock), connection)
        if len(found) == workers:
            return found
    raise ServerError(f"of {workers} workers, {len(found)} answer")


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as attempt:
        attempt.bind((HOST, 0))
        port: int = attempt.getsockname()[1]
        return port


def cores() -> tuple[int, int]:
    """Return a core for the server and one for its load; the same where there is but one."""
    allowed = sorted(os.sched_getaffinity(0))
    return allowed[0], allowed[-1]


def pinned(core: int | None) -> list[str]:
    """Return the beginning of a command that keeps it on *core*."""
    return [] if core is None else ["taskset", "--cpu-list", str(core)]


def memory(pid: int) -> int:
    """Return the octets of memory of *pid*, its share of what it shares (PSS)."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    (line,) = (line for line in lines if line.startswith("Pss:"))
    return int(line.split()[1]) * 1024


def _tree(pid: int) -> Iterator[int]:
    """Yield *pid* and all its living descendants."""
    yield pid
    for task in _entries(Path(f"/proc/{pid}/task")):
        try:
            children = (task / "children").read_text().split()
        except OSError:
            continue  # ended meanwhile
        for child in children:
            yield from _tree(int(child))


def _cpu(pid: int) -> float:
    try:
        line = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0.0
    fields = line.rpartition(")")[2].split()  # the name may hold anything
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _cpu_of_threads(pid: int) -> float:
    used = 0
    for task in _entries(Path(f"/proc/{pid}/task")):
        try:
            used += int((task / "schedstat").read_text().split()[0])
        except OSError:
            continue  # ended meanwhile
    return used / 1e9


def _inode(server: int, client: int) -> str:
    """Return the inode of the socket at the port *server* whose peer is at *client*."""
    for table in ("tcp", "tcp6"):
        try:
            lines = Path(f"/proc/net/{table}").read_text().splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            fields = line.split()
            ports = [int(address.rpartition(":")[2], 16) for address in fields[1:3]]
            if ports == [server, client]:
                return fields[9]
    return ""


def _sockets(pid: int) -> set[str]:
    """Return the inodes of the sockets that *pid* has open."""
    targets = []
    for path in _entries(Path(f"/proc/{pid}/fd")):
        try:
            targets.append(str(path.readlink()))
        except OSError:
            continue
    return {target[8:-1] for target in targets if target.startswith("socket:[")}


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []
