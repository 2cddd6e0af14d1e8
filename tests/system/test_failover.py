"""Failover: three nodes answer while the primary is lost, and while the network hangs."""

import pytest

from support.live import until
from support.nodes import FEEDS, READERS, Load, answered, are_known, is_whole, running
from support.postgresql import PostgreSQL
from support.replica import Replica
from support.stopping_proxy import StoppingProxy


@pytest.fixture
def primary():
    server = PostgreSQL()
    server.start()
    server.create("site")
    yield server
    server.stop()


@pytest.fixture
def replica(primary):
    server = Replica(primary)
    server.start()
    yield server
    server.stop()


def test_a_promoted_replica_takes_over(tmp_path, primary, replica):
    """
    The primary is lost under load, and its replica takes its place: known feeds are 200 throughout.

    Nodes that know both servers find the one that can be written, with every edition so far.
    """
    address = f"postgresql://releasecal@/site?host={primary.folder},{replica.folder}"
    with running(tmp_path, f"{address}&target_session_attrs=read-write") as nodes:
        edition = nodes.refresh(2)
        until(lambda: replica.newest_edition("site") == edition, "the replica follows")
        are_known(nodes, FEEDS[:2], b"20310502")
        with Load(nodes.all, is_whole) as load:
            primary.kill()
            until(lambda: answered(nodes.writer, "/readyz", 503), "the writer to notice")
            replica.promote()
            until(lambda: answered(nodes.readers[0], "/films/film-4.ics"), "a new answer")
        assert load.problems == []
        assert nodes.refresh(3) == edition + 1
        are_known(nodes, FEEDS[:2], b"20310503")


def test_known_feeds_go_on_while_the_network_hangs(tmp_path, primary):
    """Nothing comes through to the database, and no connection breaks: known feeds are 200."""
    with StoppingProxy(primary.folder / ".s.PGSQL.5432") as proxy:
        address = f"postgresql://releasecal@127.0.0.1:{proxy.port}/site"
        with running(tmp_path, address) as nodes:
            are_known(nodes, FEEDS[:2], b"20310501")
            with Load(nodes.all, is_whole) as load:
                proxy.stop()
                until(lambda: answered(nodes.writer, "/readyz", 503), "the writer to notice")
                until(lambda: answered(nodes.readers[0], "/films/film-5.ics", 503), "an error")
                proxy.go_on()
                until(lambda: answered(nodes.readers[0], "/films/film-5.ics"), "a new answer")
            assert load.problems == []
            assert load.answers > READERS
            nodes.refresh(22)
            are_known(nodes, FEEDS[:2], b"20310522")
