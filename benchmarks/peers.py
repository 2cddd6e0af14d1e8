"""
Whole feeds and 304s beside Radicale and open-web-calendar, each run by its manual.

All serve the same events, those of our own feed: Radicale as a collection, one file an event;
open-web-calendar reads the feed from nginx and keeps it. One client asks, one request at a
time, and the time ends with the last octet. All have been asked before, so their caches are
filled.

    python benchmarks/peers.py                         # 1,000 and 10,000 events: 10 minutes

installs the peers into a folder of their own first (``--peers``), and nothing elsewhere.
"""

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

from icalendar import Calendar

import measuring
import servers
from measuring import Row, at_least

EVENTS_A_FILM = 2.44
"""Of the made-up catalogue, as far as a calendar shows them."""

FEED = "/calendar.ics"
EVENTS = (1_000, 10_000)

OURS = "releasecal"
PEERS = {
    "Radicale": ("radicale==3.9.*",),
    "open-web-calendar": ("open-web-calendar==1.51", "gunicorn"),
}
"""The packages of each."""


class Radicale(servers.Server):
    """Radicale with one collection, open to all, that has the events of a calendar."""

    def __init__(self, python: Path, calendar: bytes) -> None:
        """Run under *python*; *calendar* is split into one item an event."""
        super().__init__("radicale", servers.free_port(), "/everybody/films/")
        self._python = python
        self.path = "/everybody/films/"
        collection = self.folder / "collections" / "collection-root" / "everybody" / "films"
        collection.mkdir(parents=True)
        (collection / ".Radicale.props").write_text('{"tag": "VCALENDAR"}')
        (self.folder / "rights").write_text(_RIGHTS)
        whole = Calendar.from_ical(calendar)
        for number, event in enumerate(whole.walk("VEVENT")):
            item = Calendar()
            item.add("version", "2.0")
            item.add("prodid", "-//benchmark//EN")
            item.add_component(event)
            (collection / f"{number}.ics").write_bytes(item.to_ical())

    def command(self) -> Sequence[str]:
        """Return the command line."""
        options = {
            "server-hosts": f"{servers.HOST}:{self.port}",
            "auth-type": "none",
            "rights-type": "from_file",
            "rights-file": str(self.folder / "rights"),
            "storage-filesystem-folder": str(self.folder / "collections"),
            "logging-level": "warning",
        }
        return [
            *(str(self._python), "-m", "radicale", "--config", ""),
            *(f"--{name}={value}" for name, value in options.items()),
        ]


_RIGHTS = "[everybody]\nuser: .*\ncollection: .*\npermissions: RrWwi\n"


class OpenWebCalendar(servers.Server):
    """open-web-calendar under gunicorn with threads, as its image has it."""

    def __init__(self, python: Path, source: str) -> None:
        """Run under *python*, to show the calendar at *source*."""
        super().__init__("open-web-calendar", servers.free_port(), "/about.html")
        self._python = python
        self.path = f"/calendar.ics?url={quote(source, safe='')}"

    def command(self) -> Sequence[str]:
        """Return the command line."""
        gunicorn = ["-m", "gunicorn", "--worker-class", "gthread", "--threads", "4"]
        bind = ["--bind", f"{servers.HOST}:{self.port}", "--timeout", "600"]
        return [str(self._python), *gunicorn, *bind, "open_web_calendar.app:app"]

    def options(self) -> Mapping[str, object]:
        """Return the folder, which holds all that it stores."""
        return {"cwd": self.folder}


def measure(given: argparse.Namespace, events: int, folder: Path) -> list[Row]:
    """Measure a feed of *events* events, with files in *folder*."""
    packages = [package for peer in given.peer for package in PEERS[peer]]
    python = measuring.installed(given.peers, packages)
    films = round(events / EVENTS_A_FILM)
    home = measuring.copy(measuring.published(given.cache, films), folder / f"home-{events}")
    with ExitStack() as stack:
        app = stack.enter_context(servers.Releasecal(home))
        app.start()
        feed = app.get(FEED).body
        count = feed.count(b"BEGIN:VEVENT")
        asked = [Asked(OURS, app, FEED, count)]
        if "Radicale" in given.peer:
            radicale = stack.enter_context(Radicale(python, feed))
            asked.append(Asked("Radicale", radicale, radicale.path, count))
        if "open-web-calendar" in given.peer:
            source = stack.enter_context(servers.Nginx.static({"calendar.ics": feed}))
            source.start()
            address = f"http://{servers.HOST}:{source.port}/calendar.ics"
            merger = stack.enter_context(OpenWebCalendar(python, address))
            asked.append(Asked("open-web-calendar", merger, merger.path, count))
        for each in asked[1:]:
            each.server.start()
        polls = {each.name: each.known() for each in asked}
        turns: dict[str, Callable[[], float]] = {
            **{f"feed {each.name}": each.feed for each in asked},
            **{f"poll {each.name}": partial(each.poll, polls[each.name]) for each in asked},
        }
        found = measuring.in_turn(given.rounds, turns)
        says = {each.name: each.says(polls[each.name]) for each in asked}
    return [
        *_rows(f"a whole feed of {count:,} events", "feed", found, dict.fromkeys(says, "")),
        *_rows(f"a poll of {count:,} events that have not changed", "poll", found, says),
    ]


def _rows(
    what: str, turn: str, found: Mapping[str, Sequence[float]], says: Mapping[str, str]
) -> Iterator[Row]:
    """Yield a row for each peer; *says* is the addition to the time of each."""
    times = {name: f"{measuring.ms(found[f'{turn} {name}'])}{says[name]}" for name in says}
    for peer in [*says][1:]:
        yield Row(
            f"{what}: times faster than",
            peer,
            1 / measuring.ratio(found, f"{turn} {OURS}", f"{turn} {peer}"),
            at_least(50),
            figures=f"{times[OURS]} against {times[peer]}",
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """The address of a calendar, and its number of *events*."""

    name: str
    server: servers.Server
    path: str
    events: int

    def feed(self) -> float:
        """Return the seconds until the whole feed was there."""
        answer = self.server.get(self.path)
        found = answer.body.count(b"BEGIN:VEVENT")
        if (answer.status, found) != (200, self.events):
            raise servers.ServerError(
                f"{self.name}: {answer.status}, {found:,} events, not {self.events:,}"
            )
        return answer.seconds

    def known(self) -> Mapping[str, str]:
        """Return the headers with which a client asks that has seen the feed."""
        self.feed()
        etag = self.server.get(self.path).headers["ETag"]
        return {"If-None-Match": etag} if etag else {}

    def poll(self, known: Mapping[str, str]) -> float:
        """Return the seconds until the answer to a client that has the feed was there."""
        return self.server.get(self.path, known).seconds

    def says(self, known: Mapping[str, str]) -> str:
        """Return the status of that answer, and why if it is not 304."""
        status = self.server.get(self.path, known).status
        return f" ({status}{'' if known else ', no ETag'})"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print the table."""
    parser = measuring.parser(__doc__, rounds=7)
    parser.add_argument("--events", type=int, nargs="+", default=EVENTS, help="sizes of feeds")
    parser.add_argument("--peer", nargs="+", choices=PEERS, default=[*PEERS], help="only these")
    given = parser.parse_args(arguments)
    rows: list[Row] = []
    with TemporaryDirectory() as folder:
        for events in given.events:
            rows += measure(given, events, Path(folder))
    measuring.report(rows, given, {peer: PEERS[peer][0].partition("==")[2] for peer in given.peer})


if __name__ == "__main__":
    main()
