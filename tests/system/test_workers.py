"""Workers killed, stopped and told to end: the server goes on, or ends whole and in time."""

import os
import signal
import socket
import subprocess
from contextlib import contextmanager

import pytest

from releasecal.server import SILENCE
from support.data_files import FILM, many
from support.live import Marked, benchmarks, children, until

GRACE = 15.0  # seconds for all to end, well within those that deploy/releasecal.service gives


@contextmanager
def served(folder, *, workers=2, **settings):
    """Give a server, started, and its processes."""
    data = folder / "data"
    data.mkdir()
    (data / "films.yaml").write_text(FILM.format(when="2031-01-01"))
    with benchmarks("servers").Releasecal(folder, workers=workers, settings=settings) as server:
        marked = Marked(server)
        server.start()
        until(lambda: len(children(server.pid)) == workers, "all workers")
        yield server, marked


def answers(server):
    """Whether the server answers; a worker that has just been killed resets its connections."""
    try:
        return server.get("/calendar.ics").status == 200
    except OSError:
        return False


def test_workers_killed_again_and_again_come_back(tmp_path):
    """The only worker is killed four times in a row; the main process stays, and so does the site."""
    with served(tmp_path, workers=1) as (server, _):
        main = server.pid
        for _ in range(4):
            (worker,) = children(main)
            os.kill(worker, signal.SIGKILL)
            until(lambda worker=worker: children(main) not in ([worker], []), "another worker")
            until(lambda: answers(server), "an answer")
        assert server.pids()[0] == main


def test_a_large_body_of_a_get_is_no_matter(tmp_path):
    """It is answered like any other one, with a feed, and so is the next request."""
    with served(tmp_path, workers=1) as (server, _):
        for size in (70_000, 1_000_000):
            head = f"GET /calendar.ics HTTP/1.1\r\nHost: films\r\nContent-Length: {size}\r\n\r\n"
            with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
                connection.sendall(head.encode() + b"x" * size)
                answer = b""
                while b"END:VCALENDAR" not in answer and (part := connection.recv(65_536)):
                    answer += part
            assert answer.startswith(b"HTTP/1.1 200 ")
            assert b"END:VCALENDAR" in answer
        assert answers(server)


def test_a_stopped_worker_is_replaced(tmp_path):
    """A worker that is stopped is ended at its deadline; all connections are answered again."""
    with served(tmp_path) as (server, marked):
        stopped = children(server.pid)[0]
        os.kill(stopped, signal.SIGSTOP)

        took = until(lambda: stopped not in marked.pids(), "its end", 3 * SILENCE)

        assert took > SILENCE / 2
        until(lambda: len(children(server.pid)) == 2, "another worker")
        assert all(server.get("/healthz").status == 200 for _ in range(20))


def test_a_signal_to_end_ends_all_in_time(tmp_path):
    """SIGTERM ends the server, a worker that is stopped, and a refresh under way; status 0."""
    with served(tmp_path, REFRESH_EVERY="1s") as (server, marked):
        many(tmp_path / "data", 5_000)
        until(lambda: any(map(children, children(server.pid))), "a child that reads")
        (reader,) = (worker for worker in children(server.pid) if children(worker))
        (child,) = children(reader)
        usual = os.getpriority(os.PRIO_PROCESS, reader)
        until(lambda: os.getpriority(os.PRIO_PROCESS, child) > usual, "our code in the child")
        for pid in (child, *({*children(server.pid)} - {reader})):
            os.kill(pid, signal.SIGSTOP)
        process = server._process

        process.terminate()

        assert process.wait(GRACE) == 0
        until(lambda: not marked.pids(), "nothing left", 3)


@pytest.mark.parametrize("signal_", [signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("moment", [0.3, 1.3])
def test_a_server_that_ends_while_it_starts_leaves_nothing(tmp_path, moment, signal_):
    """Killed or told to end at any moment of its start, it leaves no process behind."""
    with served(tmp_path) as (server, marked):
        server.stop()
        server.begin()
        process = server._process
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(moment)

        process.send_signal(signal_)

        process.wait(GRACE)
        until(lambda: not marked.pids(), "nothing left", 3)
