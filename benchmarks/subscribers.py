"""
A day of polls, replayed in minutes: nginx, three nodes of two workers, and PostgreSQL behind them.

Subscribers poll as their programs do: at those programs' pace, with the tag of the last answer or
without, in a coding or in none, each time on a new connection. A film moves four times in that day.
The rate by the clock is that of many more subscribers: a day in ten minutes is 144 times as fast.

What comes out is the share of answers that are 304, and what a poll costs each part; with
``--plan`` also what as many subscribers as that need. Shares of programs are our guess, for nobody
publishes them; the paces were seen in logs of others or stand in the programs' help.

    python benchmarks/subscribers.py                             # ten minutes
    python benchmarks/subscribers.py --plan 10000000
"""

import argparse
import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from itertools import accumulate
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from typing import NamedTuple

import measuring
import servers
from measuring import Row, at_least, at_most
from refreshing import Mover

NODES, WORKERS = 3, 2
MOVES = 4  # of a film, in the day
DAY = 86_400  # seconds
PATIENCE = 30.0  # seconds that a poll waits, as Home Assistant does
TOKEN = "a-token-of-the-benchmarks"

PEAK = 3.0
"""The busiest minute of a day beside the average one: programs that start at nine o'clock."""

MOST = 0.6
"""Share of a core that may be in use on average in that minute, so that queues stay short."""


class Client(NamedTuple):
    """
    A calendar program, or a service that polls for its users.

    Attributes:
        share: Of all subscribers.
        polls: A day.
        repeats: Share of its polls that send the tag of the last answer.
        coding: Its Accept-Encoding; empty for none.
        is_shared: Whether one poll of an address serves all its subscribers.
    """

    name: str
    share: float
    polls: float
    repeats: float
    coding: str
    is_shared: bool = False


CLIENTS = (
    Client("Google", 0.30, 24 / 5.5, 0.0, "gzip", is_shared=True),
    Client("Apple", 0.34, 6, 1.0, "gzip, deflate"),
    Client("Outlook", 0.15, 8, 0.0, "gzip, deflate"),
    # 8 hours a day; the tag is lost when it ends.
    Client("Thunderbird", 0.06, 16, 15 / 16, "gzip, deflate, br, zstd"),
    Client("ICSx5", 0.05, 6, 1.0, "gzip"),
    Client("Evolution", 0.02, 16, 1.0, "gzip, deflate"),
    Client("Home Assistant", 0.03, 1, 0.0, "gzip, deflate"),
    Client("Nextcloud", 0.02, 2, 0.0, "gzip"),
    Client("Proton", 0.02, 2.4, 0.0, "gzip"),
    Client("Fastmail", 0.01, 24, 0.0, "gzip"),
)
"""Where a program is not known to send tags, it is taken to fetch all, which costs most."""

SELECTIONS = tuple(
    f"/calendar.ics?{query}"
    for region in ("US", "GB", "DE", "FR", "JP", "CA", "IT", "ES")
    for query in (f"region={region}", f"kind=theatrical&region={region}&past=30")
)
"""Half of all subscribers have one of these, most of them one of the first; the others a film's."""

FILMS = 2_000  # that somebody follows


@dataclass(slots=True, eq=False)
class Subscriber:
    """
    A subscriber, or all of an address that a service polls for.

    Attributes:
        etag: Of the last answer; empty before the first.
        changed: Last-Modified of the last answer, seconds since 1970.
    """

    client: Client
    path: str
    etag: str = ""
    changed: float = 0.0


@dataclass(slots=True)
class Tally:
    """
    What was answered.

    Attributes:
        waits: Seconds of each poll, from its connection to its last octet.
        octets: Sent by the server, headers included.
        returned: Answers older than the one before them.
        late: Polls that began more than a second after their time: the load was too much for us.
    """

    statuses: Counter[str] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)
    octets: int = 0
    returned: int = 0
    late: int = 0


class PostgreSQL(servers.Server):
    """PostgreSQL on a socket of its own, in a folder of its own, with durable writes."""

    def __init__(self) -> None:
        """Make an empty cluster with a database of our name."""
        super().__init__("postgresql", servers.free_port())
        self._programs = max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)
        if self._programs is None:
            raise servers.ServerError("PostgreSQL is missing (Debian has it in postgresql)")
        self.url = f"postgresql://releasecal@/postgres?host={self.folder}&port={self.port}"
        self._as = servers.ordinary("postgres", self.folder)
        options = ("-D", "data", "-U", "releasecal", "-A", "trust", "-E", "UTF8", "--no-locale")
        servers.finish([str(self._programs / "initdb"), *options], self.folder, self._as)

    def command(self) -> Sequence[str]:
        """Return the command line."""
        where = ("-D", str(self.folder / "data"), "-k", str(self.folder), "-p", str(self.port))
        return [str(self._programs) + "/postgres", *where, "-c", "listen_addresses="]

    def options(self) -> Mapping[str, object]:
        """Return whose process it is, and where."""
        return {"cwd": self.folder, **self._as}

    def _wait(self) -> None:
        socket_ = self.folder / f".s.PGSQL.{self.port}"
        deadline = time.monotonic() + servers.PATIENCE
        while not socket_.exists():
            if time.monotonic() > deadline:
                raise servers.ServerError(f"PostgreSQL does not answer:\n{self.log[-3_000:]}")
            time.sleep(0.05)


def nodes(stack: ExitStack, home: Path, url: str, folder: Path) -> list[servers.Releasecal]:
    """Return the nodes, started: the first one reads the data in *home*."""
    shared = {
        "DATABASE_URL": url,
        "PUBLIC_URL": "http://localhost:8000",  # the one that catalogues are published with
        "REFRESH_EVERY": "15m",
        "REFRESH_TOKEN": TOKEN,
    }
    found = []
    for number in range(NODES):
        place = folder / f"node-{number}"
        place.mkdir()
        role = {"ROLE": "reader"} if number else {"ROLE": "writer", "SOURCES": str(home / "data")}
        settings = {**shared, **role}
        found.append(
            stack.enter_context(servers.Releasecal(place, workers=WORKERS, settings=settings))
        )
    for node in found:
        node.begin()
    for node in found:
        node.wait()
    return found


def subscribers(count: int, films: Sequence[str], chance: random.Random) -> list[Subscriber]:
    """Return *count* subscribers; of those of a shared client, one for each address."""
    paths = [*SELECTIONS, *(f"/films/{film}.ics" for film in films)]
    ranks = (*range(1, len(SELECTIONS) + 1), *range(1, len(films) + 1))
    sums = [sum(1 / rank for rank in range(1, part + 1)) for part in (len(SELECTIONS), len(films))]
    weights = [1 / rank / sums[number >= len(SELECTIONS)] for number, rank in enumerate(ranks)]
    whole = list(accumulate(weights))
    shares = list(accumulate(client.share for client in CLIENTS))
    clients = chance.choices(CLIENTS, cum_weights=shares, k=count)
    chosen = chance.choices(paths, cum_weights=whole, k=count)
    found = {}
    for number, (client, path) in enumerate(zip(clients, chosen, strict=True)):
        found[path if client.is_shared else number] = Subscriber(client, path)
    return list(found.values())


def times(
    everybody: Sequence[Subscriber], seconds: float, chance: random.Random
) -> list[tuple[float, Subscriber]]:
    """Return each poll of a day that takes so many *seconds*, by its time."""
    found = []
    for each in everybody:
        pause = seconds / each.client.polls
        moment = chance.random() * pause
        while moment < seconds:
            found.append((moment, each))
            moment += pause * chance.uniform(0.9, 1.1)
    return sorted(found, key=lambda poll: poll[0])


async def poll(port: int, each: Subscriber, tally: Tally, chance: random.Random) -> None:
    """Ask for the feed of *each* as its program does, and note the answer in *tally*."""
    tag = (
        f"If-None-Match: {each.etag}\r\n"
        if each.etag and chance.random() < each.client.repeats
        else ""
    )
    request = (
        f"GET {each.path} HTTP/1.1\r\nHost: films.example\r\nUser-Agent: {each.client.name}\r\n"
        f"Accept: text/calendar, */*;q=0.9\r\nAccept-Encoding: {each.client.coding}\r\n{tag}"
        "Connection: close\r\n\r\n"
    )
    began = time.perf_counter()
    try:
        answer = await asyncio.wait_for(_exchange(port, request.encode()), PATIENCE)
    except (OSError, TimeoutError) as error:
        tally.statuses[type(error).__name__] += 1
        return
    tally.waits.append(time.perf_counter() - began)
    tally.octets += len(answer)
    head = answer.partition(b"\r\n\r\n")[0].decode("latin-1")
    status, *lines = head.split("\r\n")
    headers = {name.lower(): text for name, _, text in (line.partition(": ") for line in lines)}
    tally.statuses[status.split(" ")[1]] += 1
    changed = (
        parsedate_to_datetime(headers["last-modified"]).timestamp()
        if "last-modified" in headers
        else 0
    )
    if changed and changed < each.changed:
        tally.returned += 1
    each.etag, each.changed = headers.get("etag", each.etag), changed or each.changed


async def _exchange(port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(servers.HOST, port)
    try:
        writer.write(request)
        return await reader.read()
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def replay(
    port: int, polls: Sequence[tuple[float, Subscriber]], chance: random.Random
) -> Tally:
    """Send *polls*, each at its time, whether those before are answered or not."""
    tally, under_way = Tally(), set[asyncio.Task[None]]()
    began = time.perf_counter()
    for moment, each in polls:
        wait = began + moment - time.perf_counter()
        if wait > 0:
            await asyncio.sleep(wait)
        tally.late += wait < -1
        task = asyncio.create_task(poll(port, each, tally, chance))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
    await asyncio.gather(*under_way)
    return tally


async def move(mover: Mover, writer: servers.Releasecal, seconds: float) -> None:
    """Have the film move at equal times of a day that takes so many *seconds*."""
    for _ in range(MOVES):
        await asyncio.sleep(seconds / (MOVES + 1))
        mover.move()
        headers = {"Authorization": f"Bearer {TOKEN}"}
        answer = await asyncio.to_thread(writer.get, "/refresh", headers, method="POST")
        if answer.status != 200:
            raise servers.ServerError(f"POST /refresh: {answer.status} {answer.body.decode()}")


async def _day(*parts: Awaitable[object]) -> Tally:
    tally, *_ = await asyncio.gather(*parts)
    assert isinstance(tally, Tally)
    return tally


def measure(given: argparse.Namespace, folder: Path) -> list[Row]:
    """Replay the day with a copy of the catalogue in *folder*."""
    chance = random.Random(given.seed)
    home = measuring.copy(measuring.published(given.cache, given.films), folder / "home")
    (data,) = (home / "data").glob("films-*.json")
    films = [
        str(film["id"]) for film in json.loads(data.read_text(encoding="utf-8"))["films"][:FILMS]
    ]
    everybody = subscribers(given.subscribers, films, chance)
    seconds = given.minutes * 60
    polls = times(everybody, seconds, chance)
    with ExitStack() as stack:
        database = stack.enter_context(PostgreSQL())
        database.start()
        known = f"sqlite:///{home / 'state' / 'releasecal.db'}"
        servers.run("copy", "--from", known, "--to", database.url, folder=home)
        all_nodes = nodes(stack, home, database.url, folder)
        front = stack.enter_context(servers.Nginx.shipped(*(node.port for node in all_nodes)))
        front.start()
        parts: dict[str, Sequence[servers.Server]] = {
            "nginx": [front],
            "nodes": all_nodes,
            "PostgreSQL": [database],
        }
        before = {name: sum(each.cpu() for each in several) for name, several in parts.items()}
        measuring.show(f"{len(polls):,} polls in {seconds:,.0f} s")
        tally = asyncio.run(
            _day(
                replay(front.port, polls, chance),
                move(Mover(home / "data"), all_nodes[0], seconds),
            )
        )
        cost = {
            name: (sum(each.cpu() for each in several) - before[name]) / len(polls)
            for name, several in parts.items()
        }
    return [*_rows(tally, cost, seconds), *_plan(given, tally, cost)]


def _rows(tally: Tally, cost: Mapping[str, float], seconds: float) -> Iterator[Row]:
    polls = sum(tally.statuses.values())
    told = ", ".join(f"{status}: {count:,}" for status, count in sorted(tally.statuses.items()))
    yield Row("polls a second", "", polls / seconds, figures=f"{polls:,} in {seconds:,.0f} s")
    yield Row(
        "answers that are 304", "", tally.statuses["304"] / polls * 100, unit="%", figures=told
    )
    good = tally.statuses["304"] + tally.statuses["200"]
    yield Row("answers that are no error", "", good / polls * 100, at_least(100), unit="%")
    yield Row("answers older than the one before", "", float(tally.returned), at_most(0))
    yield Row("polls sent late", "", float(tally.late), at_most(0))
    cuts = quantiles(tally.waits, n=100)
    yield Row("wait for a poll, median", "", cuts[49] * 1_000, unit="ms")
    yield Row("wait for a poll, p99", "", cuts[98] * 1_000, unit="ms")
    yield Row("octets of a poll", "", tally.octets / polls / 1_000, unit="KB")
    for name, each in cost.items():
        yield Row(f"CPU of a poll: {name}", "", each * 1e6, unit="µs")


def _plan(given: argparse.Namespace, tally: Tally, cost: Mapping[str, float]) -> Iterator[Row]:
    """Yield what ``--plan`` subscribers need, by what polls have cost."""
    if not given.plan:
        return
    addresses = len(SELECTIONS) + FILMS
    polls = sum(
        each.polls * (addresses if each.is_shared else each.share * given.plan) for each in CLIENTS
    )
    rate = polls / DAY
    octets = tally.octets / sum(tally.statuses.values())
    what = f"{given.plan:,} subscribers: "
    yield Row(f"{what}polls a day", "", polls / 1e6, unit="million")
    yield Row(f"{what}polls a second, on average", "", rate)
    yield Row(f"{what}polls a second, in the busiest minute", "", rate * PEAK)
    yield Row(
        f"{what}sent in the busiest minute", "", rate * PEAK * octets * 8 / 1e6, unit="Mbit/s"
    )
    yield Row(f"{what}sent a month", "", polls * 30 * octets / 1e12, unit="TB")
    for name, each in cost.items():
        yield Row(f"{what}cores for {name}", "", rate * PEAK * each / MOST)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print the table."""
    parser = measuring.parser(__doc__, films=10_000, rounds=1)
    parser.add_argument("--subscribers", type=int, default=20_000)
    parser.add_argument("--minutes", type=float, default=10.0, help="that the day takes")
    parser.add_argument("--plan", type=int, default=0, help="subscribers to plan for")
    parser.add_argument("--seed", type=int, default=1, help="of all that is left to chance")
    given = parser.parse_args(arguments)
    with TemporaryDirectory() as folder:
        rows = measure(given, Path(folder))
    versions = {"nginx": measuring.tool(servers.binary(), "-v"), "subscribers": given.subscribers}
    measuring.report(rows, given, versions)


if __name__ == "__main__":
    main()
