"""Three nodes with one database, as processes: a writer and its readers, and load on them."""

import json
import re
import threading
from contextlib import ExitStack, contextmanager, suppress
from functools import partial

from support.live import benchmarks, until

NODES, WORKERS, READERS = 3, 2, 16
FEEDS = ("/calendar.ics", "/calendar.json", "/films/film-1.ics", "/changes.atom", "/undo.ics")
FILM = (
    "- {{id: film-{0}, title: Film {0}, releases: [{{kind: theatrical, region: US, when: {1}}}]}}\n"
)
FILMS = 300


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


def each_worker(node, stack):
    """
    Return a function for each worker of *node* that asks it for a path; *stack* ends connections.

    Requests in turn, each with a connection of its own, may all be accepted by one of them.
    """
    servers = benchmarks("servers")
    connections = servers.to_each(node, WORKERS, stack).values()
    return [partial(servers.ask_on, connection) for connection in connections]


def are_known(nodes, paths, what=b""):
    """Wait until every worker of *nodes* answers *paths* with *what* in the body, and so keeps them."""
    for node in nodes.all:
        with ExitStack() as stack:
            for ask in each_worker(node, stack):
                for path in paths:
                    until(lambda ask=ask, path=path: _has(ask(path), what), f"{what!r} in {path}")


def _has(answer, what):
    return answer.status == 200 and what in answer.body.replace(b"-", b"")


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
