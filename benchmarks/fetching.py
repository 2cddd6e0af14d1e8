"""
Looks at sources over the network, at a server on this machine that answers as they do.

TMDB is followed in a query and by ids, at the pace that it allows; a day later its changes have
72 pages, as in August 2026, and one of the films is among them. The file on the web has the
made-up catalogue of the other benchmarks. In others, of several sizes, a film moves again and again:
a refresh after a look at them is timed in turn with one of the smallest, and with a refresh that
reads the same file from a disk, and the CPU of a look with that of msgspec, which parses the file. Then
one film of TMDB is edited, of as many, at a pace that TMDB would not allow.

    python benchmarks/fetching.py                      # 1,000 to 100,000 films: 20 minutes
"""

import gzip
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import Pipe, Process
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

from msgspec.json import decode as json_decode

import measuring
from measuring import Row, at_most
from refreshing import Mover
from releasecal.clock import now
from releasecal.queries.site_settings import SiteSettings
from releasecal.refresh.publisher import Publisher
from releasecal.refresh.remote_fetcher import Fetcher, Look
from releasecal.sources import no_progress
from releasecal.sources.remote import Fetched, Secret, SourceSettings, fetch, kinds
from releasecal.sources.remote.pace import Pace
from releasecal.sources.remote.tmdb import TMDB
from releasecal.sources.snapshot import JSON, Snapshot
from releasecal.sources.validate import validate
from releasecal.store import Store, fetch_states

NOW = datetime(2026, 11, 28, 6, tzinfo=UTC)
RATE = 40
"""Requests a second that TMDB allows."""

CHANGES = 7_199
"""Films that were edited within a day of August 2026, of about 100 times as many."""

_QUERY = 2_000  # films that a query lists; the others are named by their ids
_PAGE = 20
_MOVES = 9  # of the film that moves, at least
_ON_DISK = 10_000  # films, up to which the same is read from a disk, too


def movie(id_: int, day: str) -> bytes:
    """Return a film of TMDB as its details come, in three countries."""
    told = [
        {
            "iso_3166_1": country,
            "release_dates": [
                {
                    "type": kind,
                    "release_date": f"{day}T00:00:00.000Z",
                    "note": "",
                    "certification": "",
                }
                for kind in (3, 4)
            ],
        }
        for country in ("DE", "GB", "US")
    ]
    facts = {
        "id": id_,
        "title": f"Film {id_}",
        "original_title": f"Film {id_}",
        "overview": "A film that nobody has made. " * 8,
        "runtime": 90 + id_ % 60,
        "release_dates": {"results": told},
        "external_ids": {"imdb_id": f"tt{id_:07}", "wikidata_id": None},
    }
    return json.dumps(facts).encode()


def page(ids: Sequence[int], number: int, size: int) -> bytes:
    """Return a page of a list of *ids*."""
    found = [{"id": each} for each in ids[(number - 1) * size : number * size]]
    pages = -(-len(ids) // size)
    counts = {"page": number, "total_pages": pages, "total_results": len(ids)}
    return json.dumps({**counts, "results": found}).encode()


class Handler(BaseHTTPRequestHandler):
    """TMDB and a file on the web, the file at the path of its class."""

    protocol_version = "HTTP/1.1"
    asked = 0
    moved = frozenset[int]()
    file = b""
    listed = 0
    moving: Mapping[str, Path] = {}

    def do_GET(self) -> None:
        """Answer."""
        Handler.asked += 1
        parts = urlsplit(self.path)
        number = int(parse_qs(parts.query).get("page", ["1"])[0])
        match parts.path.split("/")[1:]:
            case ["asked"]:
                self.send(str(Handler.asked - 1).encode())
                Handler.asked = 0
            case ["move"]:
                Handler.moved = frozenset({1})
                self.send(b"")
            case ["rest"]:
                Handler.moved = frozenset()
                self.send(b"")
            case ["films.json"]:
                is_known = self.headers.get("If-None-Match") == '"1"'
                self.send(b"" if is_known else Handler.file, 304 if is_known else 200, packed=True)
            case ["moving", films]:
                self.send(Handler.moving[films].read_bytes())
            case [_, "discover", "movie"]:
                self.send(page(range(1, Handler.listed + 1), number, _PAGE))
            case [_, "movie", "changes"]:
                edited = [*sorted(Handler.moved), *range(10**7, 10**7 + CHANGES - 1)]
                self.send(page(edited, number, 100))
            case [_, "movie", id_]:
                day = "2027-05-20" if int(id_) in Handler.moved else "2027-05-13"
                self.send(movie(int(id_), day))

    def send(self, body: bytes, status: int = 200, *, packed: bool = False) -> None:
        """Send *body*, which may be in gzip."""
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", '"1"')
        if packed and body:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Say nothing."""


def serve(file: bytes, listed: int, moving: Mapping[str, Path], pipe: Connection) -> None:
    """Serve *file*, those *moving*, and a query of *listed* films, for ever; tell *pipe* the port."""
    Handler.file, Handler.listed, Handler.moving = gzip.compress(file, 6), listed, moving
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    pipe.send(server.server_port)
    server.serve_forever()


@contextmanager
def serving(file: bytes, listed: int, moving: Mapping[str, Path]) -> Iterator[str]:
    """Run a server of all these beside, and give its address."""
    ours, theirs = Pipe()
    process = Process(target=serve, args=(file, listed, moving, theirs), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        process.terminate()
        process.join()


def one_file(folder: Path) -> bytes:
    """Return the data files in *folder* as one."""
    whole: dict[str, list[object]] = {}
    for path in sorted(folder.glob("*.json")):
        for name, members in json.loads(path.read_bytes()).items():
            whole.setdefault(name, []).extend(members)
    return json.dumps(whole, ensure_ascii=False).encode()


def asked(address: str) -> int:
    """Return how many questions the server has had since this one."""
    with urlopen(f"{address}/asked") as answer:
        return int(answer.read())


def measure_tmdb(address: str, films: int, listed: int) -> list[Row]:
    """Measure two looks at TMDB, a day apart; a query has *listed* of the *films*."""
    options: Mapping[str, object] = {
        "discover": {"region": "DE"},
        "ids": list(range(listed + 1, films + 1)),
    }
    token = Secret("a-token-that-is-none")
    settings = SourceSettings("tmdb", "tmdb", address, token, regions=("DE",), options=options)
    found: list[Fetched] = []

    def look(now: datetime) -> float:
        before = found[-1] if found else None
        return measuring.seconds(lambda: found.append(fetch(settings, before, lambda: now)))

    measuring.show(f"asking for {films:,} films, {RATE} a second")
    first, first_asked = look(NOW), asked(address)
    urlopen(f"{address}/move").close()
    asked(address)
    later, later_asked = look(NOW + timedelta(days=1)), asked(address)
    assert found[0].films == found[1].films == films
    assert found[0].data != found[1].data
    return [
        Row(
            f"the first look at {films:,} films",
            f"{RATE} questions a second",
            first / (first_asked / RATE),
            at_most(1.2),
            figures=f"{first:,.0f} s, {first_asked:,} questions",
        ),
        Row(
            "questions a second",
            "",
            first_asked / first,
            at_most(RATE),
            unit="/s",
        ),
        Row(
            "questions of a quiet day",
            "the first look",
            later_asked / first_asked,
            at_most(0.01),
            figures=f"{later_asked} questions, {later:,.1f} s, of it reading what is known",
        ),
    ]


def measure_file(address: str, octets: bytes, films: int, rounds: int) -> list[Row]:
    """Measure looks at a file on the web: the first, and one that finds nothing new."""
    settings = SourceSettings("web", "file", f"{address}/films.json")
    found: list[Fetched] = []

    def first() -> None:
        found[:] = [fetch(settings, None, lambda: NOW)]

    def again() -> None:
        found.append(fetch(settings, found[0], lambda: NOW))

    snapshot = Snapshot("films.json", JSON, octets)
    contenders: Mapping[str, Callable[[], float]] = {
        "first": lambda: measuring.seconds(first),
        "again": lambda: measuring.seconds(again),
        "read": lambda: measuring.seconds(lambda: validate([snapshot], (), no_progress)),
    }
    times = measuring.in_turn(rounds, contenders)
    assert found[0].films == films
    return [
        Row(
            f"the first look at a file of {films:,} films, {len(octets) / 1e6:,.0f} MB",
            "reading it from a disk",
            measuring.ratio(times, "first", "read"),
            at_most(2),
            figures=f"{measuring.ms(times['first'])} against {measuring.ms(times['read'])}",
        ),
        Row(
            "a look that finds nothing new",
            "",
            median(times["again"]) * 1_000,
            at_most(100),
            unit="ms",
        ),
    ]


class Site:
    """A site with one source, at *address*, and its database in a folder of its own."""

    def __init__(self, folder: Path, address: str, fetched: Sequence[SourceSettings] = ()) -> None:
        """Publish the first edition."""
        folder.mkdir()
        store = Store.open(f"sqlite:///{folder / 'releasecal.db'}")
        self.publisher = Publisher(store, [address], SiteSettings(), now)
        self.publisher.fetched = frozenset(source.id for source in fetched)
        self.fetcher = Fetcher(store, fetched, now)
        self.look()
        self.publisher.refresh()

    def look(self) -> None:
        """Fetch all that is fetched."""
        for id_ in self.fetcher.settings:
            assert not self.fetcher.look(id_).problems

    def moved(self) -> tuple[float, float]:
        """Return the seconds of a refresh that finds that one film has moved, and of CPU of the look before."""
        look = measuring.cpu(self.look)
        looked = perf_counter()
        report = self.publisher.refresh()
        took = perf_counter() - looked
        assert len(report.changes) == 1
        return took, look


def measure_refresh(
    address: str, movers: Mapping[int, Mover], rounds: int, folder: Path
) -> list[Row]:
    """Measure refreshes after looks at files, by their films, in which one moved, and from a disk."""
    sites, parsed = {}, {}
    for films, mover in movers.items():
        measuring.show(f"publishing {films:,} films of the web")
        source = SourceSettings("web", "file", f"{address}/moving/{films}")
        octets = mover.path.read_bytes()
        parsed[films] = median(measuring.cpu(partial(json_decode, octets)) for _ in range(_MOVES))
        sites[f"web {films}"] = Site(folder / f"web {films}", "web", [source])
        if films <= _ON_DISK:
            sites[f"disk {films}"] = Site(folder / f"disk {films}", str(mover.path))
    times: dict[str, list[float]] = {name: [] for name in sites}
    looks: dict[str, list[float]] = {name: [] for name in sites}
    for number in range(max(rounds, _MOVES) + 1):  # the first one opens what is read once
        for mover in movers.values():
            mover.move()
        for name, site in sites.items():
            took, look = site.moved()
            if number:
                times[name].append(took)
                looks[name].append(look)
    for site in sites.values():
        site.publisher.store.close()
    told = {name: measuring.ms(found) for name, found in times.items()}
    least = f"web {min(movers)}"
    return [
        Row(
            f"a refresh after a look, one film of {films:,} moved",
            f"the same of {min(movers):,}" if other == least else "the same from a file on a disk",
            measuring.ratio(times, name, other),
            at_most(2),
            figures=f"{told[name]} against {told[other]}",
        )
        for films in movers
        for name, other in ((f"web {films}", least), (f"web {films}", f"disk {films}"))
        if other in times and name != other
    ] + [
        Row(
            f"a look at a file of {films:,} films, one of which moved",
            "CPU of msgspec, which parses it",
            median(looks[f"web {films}"]) / parsed[films],
            at_most(2),
            figures=f"{measuring.ms(looks[f'web {films}'])} against {parsed[films] * 1_000:,.0f} ms;"
            f" {measuring.ms(looks[least])} of {min(movers):,}",
        )
        for films in movers
        if films != min(movers)
    ]


def measure_edit(address: str, sizes: Sequence[int], folder: Path) -> list[Row]:
    """Measure the CPU of looks at TMDB, of so many films, one of which was edited, beside the smallest number."""
    kinds.KINDS = {"tmdb": replace(TMDB, pace=Pace(rate=10_000))}  # type: ignore[assignment]
    took = {}
    for films in sizes:
        measuring.show(f"asking for {films:,} films")
        token = Secret("a-token-that-is-none")
        options = {"ids": list(range(1, films + 1))}
        settings = SourceSettings("tmdb", "tmdb", address, token, options=options)
        store = Store.open(f"sqlite:///{folder / f'tmdb {films}.db'}")
        urlopen(f"{address}/rest").close()
        first = Look(settings, lambda: NOW).take(store)
        urlopen(f"{address}/move").close()
        found = []
        for day in range(1, _MOVES + 1):
            look = Look(settings, partial(_later, day))
            found.append(measuring.cpu(partial(look.take, store)))
        assert store.ask(fetch_states.states)["tmdb"].digest != first.digest
        took[films] = found
        store.close()
    least = min(sizes)
    return [
        Row(
            f"a look at TMDB, one film of {films:,} edited: CPU",
            f"the same of {least:,}",
            median(took[films]) / median(took[least]),
            at_most(2),
            figures=f"{measuring.ms(took[films])} against {measuring.ms(took[least])}",
        )
        for films in sizes
        if films != least
    ]


def _later(days: int) -> datetime:
    return NOW + timedelta(days=days)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print the table."""
    parser = measuring.parser(__doc__, films=100_000, rounds=3)
    parser.add_argument("--followed", type=int, default=10_000, help="films of TMDB")
    sizes = [1_000, 10_000, 100_000]
    parser.add_argument(
        "--moving", type=int, nargs="+", default=sizes, help="films of which one moves"
    )
    given = parser.parse_args(arguments)
    octets = one_file(measuring.catalogue(given.cache, given.films))
    listed = min(_QUERY, given.followed // 2)
    with TemporaryDirectory() as made:
        movers = {}
        for films in sorted(given.moving):
            data = Path(made) / "data" / str(films)
            data.mkdir(parents=True)
            (data / "films-all.json").write_bytes(one_file(measuring.catalogue(given.cache, films)))
            movers[films] = Mover(data)
        paths = {str(films): mover.path for films, mover in movers.items()}
        with serving(octets, listed, paths) as address:
            rows = measure_file(address, octets, given.films, given.rounds)
            rows += measure_refresh(address, movers, given.rounds, Path(made))
            rows += measure_tmdb(address, given.followed, listed)
            rows += measure_edit(address, sorted({min(given.moving), given.followed}), Path(made))
    measuring.report(rows, given)


if __name__ == "__main__":
    main()
