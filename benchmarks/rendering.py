"""
The time to render events without any cache, beside two libraries.

All three make the same events with the same properties from values in memory, and the results
are parsed and compared before any timing. Times are CPU times. `icalendar` is
used as its manual does: `Event.add` for each property, then `Calendar.to_ical`. libical is C:
``rendering.c`` beside this page, compiled with ``cc -O2``.

    python benchmarks/rendering.py                     # 1,000 events, 15 rounds: 10 seconds
"""

import argparse
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from icalendar import Calendar, Component, Event

import measuring
import servers
from measuring import Row, at_least, at_most
from releasecal.formats import ics
from releasecal.queries.feed_query import EVERYTHING
from releasecal.queries.results import Feed
from releasecal.queries.site_settings import SiteSettings
from releasecal.store import Store, answering_queries

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
IMPRINT = SiteSettings(public_url="https://films.example", uid_domain="films.example")

_TRIES = (
    3  # in each turn of ours and of libical: the first one finds nothing in the processor's caches
)

OURS, LIBRARY, LIBICAL = "releasecal", "icalendar", "libical"

Values = Sequence[tuple[str, Any]]
"""The properties of an event, in order: names, and values as Python has them."""


def measure(given: argparse.Namespace, folder: Path) -> list[Row]:
    """Measure with events of the catalogue, working in *folder*."""
    feed = _feed(measuring.published(given.cache, given.films), given.events)
    events = values(ics.render(feed))
    program = _compiled(folder, events)
    contenders: dict[str, Callable[[], bytes]] = {
        OURS: lambda: ics.render(feed),
        LIBRARY: lambda: by_library(events),
        LIBICAL: lambda: _by_libical(program, 1)[0],
    }
    for name, write in contenders.items():
        if values(write()) != events:
            raise servers.ServerError(f"{name} writes other events")
    turns: dict[str, Callable[[], float]] = {
        OURS: lambda: min(_cpu(contenders[OURS]) for _ in range(_TRIES)),
        LIBRARY: lambda: _cpu(contenders[LIBRARY]),
        LIBICAL: lambda: min(_by_libical(program, _TRIES)[1]),
    }
    found = measuring.in_turn(given.rounds, turns)
    each = {name: f"{min(times) / len(events) * 1e6:.1f}" for name, times in sorted(found.items())}
    return [
        Row(
            f"cold render of {len(events):,} events: how much faster",
            f"icalendar {version('icalendar')}",
            1 / measuring.ratio(found, OURS, LIBRARY),
            at_least(10),
            at_least(30),
            figures=f"{each[OURS]} against {each[LIBRARY]} µs an event",
        ),
        Row(
            "the same: times the time of",
            "libical in C",
            measuring.ratio(found, OURS, LIBICAL),
            None,
            at_most(1.0),
            figures=f"{each[OURS]} against {each[LIBICAL]} µs an event",
        ),
    ]


def values(calendar: bytes) -> list[Values]:
    """Return the properties of each event of *calendar*, sorted by name."""
    parsed = Calendar.from_ical(calendar)
    return [sorted(_values(event), key=repr) for event in parsed.walk("VEVENT")]


def by_library(events: Sequence[Values]) -> bytes:
    """Return *events* as icalendar writes them."""
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", "-//benchmark//EN")
    for properties in events:
        event = Event()
        for name, value in properties:
            event.add(name, value)
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _values(event: Component) -> Values:
    found: list[tuple[str, Any]] = []
    for name, value in event.property_items(recursive=False):
        if name in ("BEGIN", "END"):
            continue
        if hasattr(value, "dt"):
            found.append((name, value.dt))
        elif hasattr(value, "cats"):
            found += [(name, [str(category)]) for category in value.cats]
        else:
            found.append((name, int(str(value)) if name == "SEQUENCE" else str(value)))
    return found


def _feed(home: Path, events: int) -> Feed:
    store = Store.open(f"sqlite:///{home / 'state' / 'releasecal.db'}")
    whole = store.ask(
        answering_queries.feed, EVERYTHING, path="/calendar", site=IMPRINT, today=NOW.date()
    )
    store.close()
    return replace(whole, entries=whole.entries[-events:], undated=())


def _compiled(folder: Path, events: Sequence[Values]) -> list[str]:
    """Return the command that has libical write *events*, without the number of rounds."""
    program, data, made = folder / "rendering", folder / "events", folder / "calendar.ics"
    source = Path(__file__).with_suffix(".c")
    compiler = [servers.binary("cc"), "-O2", "-o", str(program), str(source), "-lical"]
    subprocess.run(compiler, check=True)
    records = [
        "".join(f"{name}\x1f{_text(value)}\x1e" for name, value in properties) + "\x1e"
        for properties in events
    ]
    data.write_text("".join(records), encoding="utf-8", newline="")
    return [str(program), str(data), str(made)]


def _by_libical(command: Sequence[str], rounds: int) -> tuple[bytes, list[float]]:
    program, data, made = command
    told = subprocess.run(
        [program, data, str(rounds), made], check=True, capture_output=True, text=True
    ).stdout
    return Path(made).read_bytes(), [float(line) for line in told.split()]


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y%m%dT%H%M%SZ}"
    if isinstance(value, list):
        (category,) = value
        return str(category)
    return f"{value:%Y%m%d}" if hasattr(value, "year") else str(value)


def _cpu(run: Callable[[], object]) -> float:
    began = time.process_time()
    run()
    return time.process_time() - began


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print the table."""
    parser = measuring.parser(__doc__, films=1_000, rounds=15)
    parser.add_argument("--events", type=int, default=1_000)
    given = parser.parse_args(arguments)
    with TemporaryDirectory() as folder:
        rows = measure(given, Path(folder))
    measuring.report(rows, given, {"cc": measuring.tool("cc", "--version")})


if __name__ == "__main__":
    main()
