"""A server whose first edition takes long: it says so, and goes on without an interruption."""

import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from support.faulty_server import Answer, FaultyServer
from support.live import benchmarks, until

pytestmark = pytest.mark.system

TABLE = """
[[source]]
id = "web"
type = "file"
address = "{}/data.json"
"""
FILM = {
    "id": "film",
    "title": "Film",
    "releases": [{"kind": "theatrical", "region": "US", "when": "2031-10-22"}],
}


@contextmanager
def beginning(folder, answer, **settings):
    """Give a server that has begun to fetch its only source, and what lets it be answered."""
    may_answer = threading.Event()

    def take(_):
        assert may_answer.wait(60)
        return answer

    with FaultyServer(take) as source:
        (folder / "releasecal.toml").write_text(TABLE.format(source.address))
        with benchmarks("servers").Releasecal(folder, workers=2, settings=settings) as server:
            server.begin()
            try:
                until(lambda: source.asked, "a fetch")
                until(lambda: status(server, "/healthz") == 200, "the first answers")
                yield server, may_answer.set
            finally:
                may_answer.set()


def status(server, path):
    """Return the status of the answer; 0 if nobody listens."""
    try:
        return server.get(path).status
    except ConnectionRefusedError:
        return 0


def test_meanwhile_everybody_is_told(tmp_path):
    """Clients are to come again, programs by their own words, and probes know that it is alive."""
    with beginning(tmp_path, Answer.of({"films": [FILM]})) as (server, _):
        feed = server.get("/calendar.ics")
        page = server.get("/", {"Accept": "text/html", "Accept-Language": "de"})
        of_api = server.get("/api/v1/films")

        for each in (feed, page, of_api):
            assert (each.status, each.headers["Retry-After"]) == (503, "60")
            assert each.headers["Cache-Control"] == "no-store"
        said = "The first dates are being read. Please try again in a minute."
        assert feed.body.decode().startswith(said)
        assert "Die ersten Termine werden gerade gelesen." in page.body.decode()
        assert json.loads(of_api.body)["detail"] == said
        ready = server.get("/readyz")
        assert (ready.status, json.loads(ready.body)["status"]) == (503, "unready")
        refused = server.get("/refresh", {"Authorization": "Bearer x"}, method="POST")
        assert refused.status == 401


def test_no_connection_is_refused_on_the_way(tmp_path):
    """The workers go on with the same socket: from the first 503 on each client is answered."""
    with (
        beginning(tmp_path, Answer.of({"films": [FILM]})) as (server, end),
        ThreadPoolExecutor(4) as pool,
    ):
        jobs = [pool.submit(polled, server) for _ in range(4)]
        end()
        found = [job.result(60) for job in jobs]

        assert [each[-1] for each in found] == [200] * 4
        assert {number for each in found for number in each} <= {200, 503}
        assert b"SUMMARY:Film" in server.get("/calendar.ics").body


def polled(server):
    """Return the statuses of a feed, polled until it is there."""
    found = [status(server, "/calendar.ics")]
    while found[-1] == 503:
        found.append(status(server, "/calendar.ics"))
    return found


def test_a_first_edition_that_fails_ends_the_start(tmp_path):
    """With the reasons, as ever; nobody is answered any more."""
    with beginning(tmp_path, Answer(b"", 404)) as (server, end):
        end()
        until(lambda: status(server, "/healthz") == 0, "the end")

        until(lambda: "web: " in server.log, "the reasons")
        assert "Traceback" not in server.log


def test_clients_that_say_nothing_keep_nobody_from_it(tmp_path):
    """Those that hang hold their threads for seconds, and the start for no longer."""
    with beginning(tmp_path, Answer.of({"films": [FILM]})) as (server, end):
        hanging = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(10)]
        end()
        until(lambda: status(server, "/calendar.ics") == 200, "the feed", 30)
        for each in hanging:
            each.close()
