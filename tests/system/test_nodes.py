"""
Several machines: three nodes of two workers each, as processes, and one database in PostgreSQL.

What subscribers are promised holds whichever node answers, and while nodes and the database end.
"""

import json
import re
import signal
import threading
import time
from contextlib import ExitStack, contextmanager, suppress

import pytest

from support.live import benchmarks, until
from support.postgresql import PostgreSQL

NODES, WORKERS, READERS = 3, 2, 16
FEEDS = ("/calendar.ics", "/calendar.json", "/films/film-1.ics", "/changes.atom", "/undo.ics")
SENT = ("ETag", "Last-Modified", "Cache-Control", "Content-Type", "Vary")
FILM = (
    "- {{id: film-{0}, title: Film {0}, releases: [{{kind: theatrical, region: US, when: {1}}}]}}\n"
)
FILMS = 300
SECOND = 1.0


@pytest.fixture(scope="module")
def database():
    """Return a server of our own, which the tests kill and stop."""
    server = PostgreSQL()
    server.start()
    yield server
    server.stop()


def write(folder, day):
    """Write a file whose films all open on the same *day* of a month: an edition has one day."""
    text = "films:\n" + "".join(FILM.format(number, f"2031-05-{day:02}") for number in range(FILMS))
    (folder / "new.yaml").write_text(text)
    (folder / "new.yaml").replace(folder / "data" / "films.yaml")


class Nodes:
    """A writer and its readers, each a server with a folder of its own."""

    def __init__(self, folder, url, stack, **settings):
        self.folder, self.url = folder, url
        (folder / "data").mkdir()
        write(folder, 1)
        self.writer, *self.readers = self.all = [
            stack.enter_context(self._node(number, settings)) for number in range(NODES)
        ]

    def _node(self, number, settings):
        home = self.folder / f"node-{number}"
        home.mkdir()
        return benchmarks("servers").Releasecal(
            home,
            workers=WORKERS,
            settings={
                "DATABASE_URL": self.url,
                "SOURCES": str(self.folder / "data"),
                "PUBLIC_URL": "https://films.example",
                "REFRESH_EVERY": "900s",
                "REFRESH_TOKEN": "a-token-that-nobody-guesses",
                "DATABASE_PATIENCE": "2s",
                "ROLE": "reader" if number else "writer",
                **settings,
            },
        )

    def refresh(self, day):
        write(self.folder, day)
        token = {"Authorization": "Bearer a-token-that-nobody-guesses"}
        answer = self.writer.get("/refresh", token, method="POST")
        assert answer.status == 200, answer.body
        return json.loads(answer.body)["edition"]


@contextmanager
def running(folder, url, **settings):
    with ExitStack() as stack:
        nodes = Nodes(folder, url, stack, **settings)
        for node in nodes.all:
            node.begin()
        for node in nodes.all:
            until(lambda node=node: answered(node, "/calendar.ics"), f"a feed:\n{node.log[-2000:]}")
        yield nodes


def answered(node, path, status=200):
    with suppress(OSError):
        return node.get(path, patience=10).status == status
    return False


def said(node, path):
    answer = node.get(path)
    return answer.status, [answer.headers.get(name) for name in SENT], answer.body


class Load:
    """Threads that poll *nodes* until they are told to stop; *check* sees each answer."""

    def __init__(self, nodes, check, paths=FEEDS[:2]):
        self.problems: list[str] = []
        self.answers = 0
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(
                target=self._poll, args=(nodes[n % len(nodes)], check, paths), daemon=True
            )
            for n in range(READERS)
        ]

    def _poll(self, node, check, paths):
        while not self._stop.is_set():
            for path in paths:
                try:
                    problem = check(node.get(path, patience=30))
                except OSError as error:
                    problem = f"{path}: {error!r}"
                self.answers += 1
                if problem:
                    self.problems.append(problem)

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join(60)


def is_whole(answer):
    """Return what is wrong with a feed: an error, or dates of two editions in one."""
    if answer.status != 200:
        return f"status {answer.status}"
    if answer.headers["Content-Type"].startswith("text/calendar"):
        days = set(re.findall(rb"^DTSTART;VALUE=DATE:(\d+)", answer.body, re.MULTILINE))
    else:
        days = {each["when"] for each in json.loads(answer.body)["releases"]}
    return "" if len(days) == 1 else f"days of several editions: {sorted(days)}"


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
        for path in FEEDS:
            told = [said(node, path) for node in nodes.all for _ in range(2 * WORKERS)]
            assert told.count(told[0]) == len(told), path
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
        for node in nodes.all:
            for path in FEEDS[:2] * 4 * WORKERS:
                node.get(path)  # every worker knows it
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
