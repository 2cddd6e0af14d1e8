"""
Several machines: three nodes of two workers each, as processes, and one database in PostgreSQL.

What subscribers are promised holds whichever node answers, and while nodes and the database end.
"""

import json
import signal
import time
from contextlib import ExitStack

import pytest

from support.live import until
from support.nodes import (
    FEEDS,
    NODES,
    READERS,
    WORKERS,
    Load,
    answered,
    are_known,
    each_worker,
    is_whole,
    running,
    write,
)
from support.postgresql import PostgreSQL

SENT = ("ETag", "Last-Modified", "Cache-Control", "Content-Type", "Vary")
SECOND = 1.0


@pytest.fixture(scope="module")
def database():
    """Return a server of our own, which the tests kill and stop."""
    server = PostgreSQL()
    server.start()
    yield server
    server.stop()


def said(answer):
    return answer.status, [answer.headers.get(name) for name in SENT], answer.body


def test_nodes_are_one_site(tmp_path, database):
    """
    Started together on an empty database; torn reads are looked for while editions follow.

    Each node then says the same at each address, with the same headers, and an edition is
    everywhere within a second. A reader refuses to refresh, and tells how the writer is.
    """
    with running(tmp_path, database.create("site")) as nodes:
        with Load(nodes.all, is_whole) as load:
            editions = [nodes.refresh(day) for day in (2, 3, 4)]
        assert load.problems == []
        assert load.answers > READERS
        assert editions == sorted(set(editions))
        nodes.refresh(5)
        published = time.monotonic()
        seen = {}
        while len(seen) < NODES:
            for number, node in enumerate(nodes.all):
                if b"20310505" in node.get("/calendar.ics").body:
                    seen.setdefault(number, time.monotonic() - published)
        # A look once in a second by each worker, and the time of the answers themselves.
        assert max(seen.values()) < 3 * SECOND
        time.sleep(SECOND)  # the other worker of each
        with ExitStack() as stack:
            workers = [ask for node in nodes.all for ask in each_worker(node, stack)]
            for path in FEEDS:
                told = [said(ask(path)) for ask in workers]
                assert told.count(told[0]) == len(told) == NODES * WORKERS, path
        assert "max-age=900" in told[0][1][2]
        refused = nodes.readers[0].get("/refresh", method="POST")
        assert refused.status == 421
        assert b"RELEASECAL_ROLE=writer" in refused.body
        ready = json.loads(nodes.readers[0].get("/readyz").body)
        assert (ready["status"], ready["edition"]) == ("ok", 5)
        assert ready["last_success"]
        assert ready["age_seconds"] < 600


def test_a_writer_that_is_killed_loses_nothing(tmp_path, database):
    """Killed again and again around a save, it leaves one edition or the next, and goes on."""
    with running(tmp_path, database.create("kills"), REFRESH_EVERY="2s") as nodes:
        for day, delay in ((11, 1.0), (12, 1.7), (13, 2.4)):
            write(nodes.folder, day)
            time.sleep(delay)  # it looks for news every two seconds, and takes one to save them
            nodes.writer.kill()
            assert [is_whole(node.get("/calendar.ics")) for node in nodes.readers] == ["", ""]
            nodes.writer.begin()
            until(lambda: answered(nodes.writer, "/calendar.ics"), "the writer")
        until(lambda: b"20310513" in nodes.readers[1].get("/calendar.ics").body, "the last edition")
        assert is_whole(nodes.readers[0].get("/calendar.ics")) == ""


def test_known_feeds_go_on_without_the_database(tmp_path, database):
    """PostgreSQL is killed, started again, and stopped, under load: known feeds are 200 throughout."""
    with running(tmp_path, database.create("outage")) as nodes:
        are_known(nodes, FEEDS[:2])
        with Load(nodes.all, is_whole) as load:
            database.kill()
            until(lambda: answered(nodes.writer, "/readyz", 503), "the writer to notice")
            ready = json.loads(nodes.readers[0].get("/readyz").body)
            assert "the database cannot be used: its server" in ready["problems"][0]
            database.start()
            until(lambda: answered(nodes.readers[0], "/films/film-2.ics"), "a new answer")
            database.signal(signal.SIGSTOP)
            time.sleep(4 * SECOND)  # longer than a node is patient
            database.signal(signal.SIGCONT)
            until(lambda: answered(nodes.readers[1], "/films/film-3.ics"), "a new answer")
        assert load.problems == []
        assert load.answers > READERS
        edition = nodes.refresh(21)
        until(
            lambda: b"20310521" in nodes.readers[0].get("/calendar.ics").body, f"edition {edition}"
        )
