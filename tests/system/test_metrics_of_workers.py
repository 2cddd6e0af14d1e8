"""``/metrics`` of several workers: the same from each, exact, and right after a worker's death."""

import http.client
import os
import signal
import socket
from contextlib import ExitStack
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from support.data_files import FILM
from support.live import benchmarks, children, until

PROXIES = {"TRUSTED_PROXIES": "127.0.0.1"}


@pytest.fixture
def server(tmp_path):
    """Give a server of two workers."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "films.yaml").write_text(FILM.format(when="2031-01-01"))
    with benchmarks("servers").Releasecal(tmp_path, workers=2, settings=PROXIES) as server:
        server.start()
        until(lambda: len(children(server.pid)) == 2, "all workers")
        yield server


@pytest.fixture
def connected(server):
    """Give a function that returns a connection which a worker has accepted."""
    with ExitStack() as opened:

        def connect(worker):
            while True:
                connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
                opened.callback(connection.close)
                connection.connect()
                if server.answering(connection.sock) == worker:
                    return connection

        yield connect


def ask(connection, path="/calendar.ics", **headers):
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == 200
    return body


def samples(connection):
    """Return the samples by name and labels."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(ask(connection, "/metrics").decode())
        for sample in family.samples
    }


FEEDS = "releasecal_requests_total", "/calendar.ics", "200"


def test_each_worker_tells_of_all(server, connected):
    """Either worker tells the requests of both, to the last one."""
    first, second = (connected(worker) for worker in children(server.pid))
    for connection, times in ((first, 30), (second, 12)):
        for _ in range(times):
            ask(connection)

    assert samples(first)[FEEDS] == samples(second)[FEEDS] == 42


def test_a_worker_that_dies_takes_no_count_along(server, connected):
    """What a killed worker has counted stays, and the worker in its place counts on."""
    first, second = children(server.pid)
    lost, kept = connected(first), connected(second)
    for connection in (lost, kept):
        for _ in range(10):
            ask(connection)

    os.kill(first, signal.SIGKILL)
    until(lambda: samples(kept)["releasecal_worker_starts_total",] == 3, "another worker")

    assert samples(kept)[FEEDS] == 20
    (new,) = {*children(server.pid)} - {first, second}
    ask(connected(new))
    assert samples(kept)[FEEDS] == 21


def test_subscribers_of_both_workers_are_counted_once(server, connected, tmp_path):
    """A subscriber whom both workers see is one, and no file has an address."""
    addresses = [f"198.51.100.{number}" for number in range(1, 41)]
    both = [connected(worker) for worker in children(server.pid)]
    for connection in both:
        for address in addresses:
            headers = {"X-Forwarded-For": address, "User-Agent": "Evolution/3.46.4"}
            ask(connection, **headers)

    assert samples(both[0])["releasecal_subscribers_today", "gnome"] == pytest.approx(40, abs=2)
    files = [path for path in (*tmp_path.rglob("*"), *server.folder.rglob("*")) if path.is_file()]
    assert files
    assert not any(b"198.51.100." in path.read_bytes() for path in files)


def test_connections_that_wait_outlive_a_worker(server):
    """Whoever is waiting to be accepted while all workers are dead is answered by the next ones."""
    workers = children(server.pid)
    for worker in workers:
        os.kill(worker, signal.SIGSTOP)
        state = Path(f"/proc/{worker}/stat")
        until(lambda state=state: ") T " in state.read_text(), "a worker that is stopped")
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: films\r\n\r\n")
        for worker in workers:
            os.kill(worker, signal.SIGKILL)

        assert connection.recv(65_536).startswith(b"HTTP/1.1 200 ")
