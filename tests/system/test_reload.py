"""SIGHUP: new settings without an interruption, or none; and answers before any refresh."""

import os
import signal
import socket
import threading
from contextlib import contextmanager

import pytest
from prometheus_client.parser import text_string_to_metric_families

from support.data_files import FILM, many
from support.live import benchmarks, children, until

WORKERS = 2


@contextmanager
def served(folder, **settings):
    """Give a server of two workers, started."""
    (folder / "data").mkdir(exist_ok=True)
    if not (folder / "data" / "films.yaml").exists():
        (folder / "data" / "films.yaml").write_text(FILM.format(when="2031-01-01"))
    with benchmarks("servers").Releasecal(folder, workers=WORKERS, settings=settings) as server:
        server.start()
        until(lambda: len(children(server.pid)) == WORKERS, "all workers")
        yield server


def reload_(server):
    """Reload, and wait until other workers answer alone."""
    before = {*children(server.pid)}
    os.kill(server.pid, signal.SIGHUP)
    until(
        lambda: len(now := {*children(server.pid)}) == WORKERS and not now & before,
        "other workers",
    )


def name_of(server):
    """Return the name of the calendar."""
    lines = server.get("/calendar.ics").body.decode().splitlines()
    return next(line for line in lines if line.startswith("X-WR-CALNAME:")).partition(":")[2]


def write(folder, *lines):
    (folder / "releasecal.toml").write_text("\n".join(lines))


def metrics(server):
    """Return the samples of /metrics by name and labels."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(server.get("/metrics").body.decode())
        for sample in family.samples
    }


def test_no_request_is_lost_over_reloads(tmp_path):
    """
    Four clients ask without a pause over five reloads: each request has its 200.

    A connection on which nothing has been read when its worker ends is closed, as an idle one is;
    a client asks once more then (RFC 9112 § 9.3.1).
    """
    with served(tmp_path) as server:
        answers, failures, is_over = [], [], threading.Event()

        def ask():
            while not is_over.is_set():
                for is_last in (False, True):
                    try:
                        answers.append(server.get("/calendar.ics", patience=30).status)
                        break
                    except OSError as error:
                        if is_last:
                            failures.append(error)

        clients = [threading.Thread(target=ask) for _ in range(4)]
        for client in clients:
            client.start()
        for _ in range(5):
            count = len(answers)
            reload_(server)
            until(lambda count=count: len(answers) > count + 20, "further answers")
        is_over.set()
        for client in clients:
            client.join()

        assert failures == []
        assert {*answers} == {200}
        found = metrics(server)
        assert found["releasecal_requests_total", "/calendar.ics", "200"] == len(answers)
        assert found["releasecal_worker_starts_total",] == 6 * WORKERS


def test_a_request_under_way_is_ended(tmp_path):
    """A request that an old worker has begun to read is answered, however late its rest comes."""
    with served(tmp_path) as server:
        before = {*children(server.pid)}
        body = b'{"accept_loss": false}'
        head = (
            "POST /refresh HTTP/1.1\r\nHost: films\r\n"
            f"Authorization: Bearer {server.token()}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
            connection.sendall(head.encode() + body[:5])
            begun = server.answering(connection)
            os.kill(server.pid, signal.SIGHUP)
            until(lambda: begun not in before or {*children(server.pid)} - before, "new workers")
            until(lambda: len(children(server.pid)) == WORKERS + 1, "the end of the idle worker")
            connection.sendall(body[5:])
            answer = connection.recv(65_536)

        assert answer.startswith(b"HTTP/1.1 200 ")
        until(lambda: not {*children(server.pid)} & before, "the end of the other one")


def test_new_settings_count_and_wrong_ones_do_not(tmp_path):
    """A reload takes new settings; wrong ones keep those that were, say why, and end no worker."""
    write(tmp_path, 'RELEASECAL_CALENDAR_NAME = "First"')
    with served(tmp_path) as server:
        assert name_of(server) == "First"
        write(tmp_path, 'RELEASECAL_CALENDAR_NAME = "Second"')
        reload_(server)
        assert name_of(server) == "Second"

        workers = {*children(server.pid)}
        for wrong, told in (
            ('RELEASECAL_LOG_LEVEL = "loud"', "RELEASECAL_LOG_LEVEL cannot be 'loud'"),
            ('RELEASECAL_CALENDAR_NAM = "x"', "did you mean RELEASECAL_CALENDAR_NAME?"),
            ('RELEASECAL_STATE_DIR = "/proc/none"', "/proc/none"),
            ("no TOML at all", "cannot be read"),
        ):
            write(tmp_path, 'RELEASECAL_CALENDAR_NAME = "Third"', wrong)
            os.kill(server.pid, signal.SIGHUP)
            until(lambda told=told: told in server.log, told)
            until(lambda: "settings stay as they were" in server.log.splitlines()[-1], "the rest")
            assert name_of(server) == "Second"
        (tmp_path / "releasecal.toml").unlink()
        os.kill(server.pid, signal.SIGHUP)
        until(lambda: "No such file" in server.log, "word of the file that is gone")
        assert name_of(server) == "Second"
        assert {*children(server.pid)} == workers


def test_a_worker_started_again_has_the_settings_that_count(tmp_path):
    """A worker that is killed while somebody edits the settings comes back with those checked last."""
    write(tmp_path, 'RELEASECAL_CALENDAR_NAME = "First"')
    with served(tmp_path) as server:
        write(tmp_path, "half a li")
        workers = children(server.pid)
        for worker in workers:
            os.kill(worker, signal.SIGKILL)
        until(lambda: len({*children(server.pid)} - {*workers}) == WORKERS, "other workers")

        assert name_of(server) == "First"


@pytest.mark.parametrize("data", ["more", "broken"])
def test_it_answers_before_it_refreshes(tmp_path, data):
    """A server that starts with much to read, or with a broken file, answers with what it has."""
    (tmp_path / "data").mkdir()
    many(tmp_path / "data", 5)
    with served(tmp_path, REFRESH_EVERY="0") as server:
        before = server.get("/calendar.ics").body
    many(tmp_path / "data", 10_000)
    path = tmp_path / "data" / "films.yaml"
    if data == "broken":
        path.write_text(path.read_text() + "  - [")

    with served(tmp_path, REFRESH_EVERY="1h") as server:
        assert server.get("/calendar.ics").body == before
        assert b'"last_success":null' in server.get("/readyz").body.replace(b": ", b":")
        if data == "more":
            until(lambda: server.get("/calendar.ics").body != before, "what is new")
        else:
            until(lambda: b"films.yaml:" in server.get("/readyz").body, "what is wrong")
            assert server.get("/calendar.ics").body == before
