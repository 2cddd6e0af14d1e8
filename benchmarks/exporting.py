"""
The cost of a site as files: all of it once, and again after one film has moved.

Seconds are CPU time of the process, by the kernel's count, the refresh aside; the kernel's own
share, for writing, stands beside it. Files go into memory (``/dev/shm``, where there is one), for a
disk may take half a millisecond of the kernel for each. The feeds of all films and series are made
and written once more by themselves: a request each would cost most for them.

    python benchmarks/exporting.py                     # 1,000 and 10,000 films: 10 minutes
    python benchmarks/exporting.py --films 100000      # an hour, most of it for pages
    python benchmarks/exporting.py --films 100000 --feeds
"""

import argparse
import os
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import measuring
from measuring import Row, at_most
from refreshing import Mover
from releasecal.clock import now, ticks
from releasecal.export.exporter import ExportReport, export, seldom_collected
from releasecal.export.film_feeds import OF_EACH_FILM, FilmFeeds
from releasecal.export.folder import Folder
from releasecal.export.manifest import Manifest
from releasecal.export.writer import Made, SiteWriter
from releasecal.formats import FORMATS, Format
from releasecal.refresh.publisher import Publisher
from releasecal.settings import Settings
from releasecal.store import newest_edition
from releasecal.store.rows_of_all_film_feeds import FilmPass
from releasecal.wiring import open_publisher, services

SIZES = (1_000, 10_000)
LARGE = 100_000
"""Films for which the goals are."""

URL = "http://localhost:8000"  # the one that catalogues are published with


def measure(given: argparse.Namespace, folder: Path) -> list[Row]:
    """Measure with copies of the catalogues in *folder*."""
    rows: list[Row] = []
    for films in given.films or SIZES:
        home = measuring.copy(measuring.published(given.cache, films), folder / str(films))
        os.chdir(home)
        settings = replace(Settings.read({}), public_url=URL)
        publisher = open_publisher(settings)
        rows += _feeds(films, publisher, home)
        if not given.feeds:
            rows += _sites(films, publisher, settings, home)
        publisher.store.close()
    return rows


def _feeds(films: int, publisher: Publisher, home: Path) -> list[Row]:
    """Return the cost of the feeds of all films and series, for calendars and with JSON."""
    rows = []
    goal = at_most(20) if films == LARGE else None
    for name, forms in (("calendars", [FORMATS["ics"]]), ("calendars, JSON", OF_EACH_FILM)):
        before = os.times()
        written = _written(publisher, home / name.replace(" ", "-"), list(forms))
        used, told = _used(before)
        what = f"feeds of {films:,} films and their series ({name})"
        rows.append(
            Row(
                what,
                "",
                used,
                goal if name == "calendars" else None,
                unit="s",
                figures=f"{written:,} files, {told}",
            )
        )
    return rows


def _used(before: os.times_result) -> tuple[float, str]:
    """Return the CPU seconds since *before*, and how many of them the kernel took."""
    now_ = os.times()
    system = now_.system - before.system
    return now_.user - before.user + system, f"{system:.1f} s of them the kernel's"


def _written(publisher: Publisher, folder: Path, forms: Collection[Format]) -> int:
    """Write the feeds of all films and series in *forms* into *folder*; return their number."""
    target = Folder(folder)
    with target.locked(now()), seldom_collected(), publisher.store.reading() as facts:
        head = newest_edition.head(facts)
        writer = SiteWriter(target, Manifest(), head.number, ticks)
        pass_ = FilmPass(facts, now().date())
        feeds = FilmFeeds(facts, head, publisher.site, now().date())
        for of, several in (("films", pass_.films()), ("series", pass_.series_rows())):
            for rows in several:
                for feed in feeds.of(of, rows, forms):
                    path = f"{of}/{rows.id}.{feed.form.extension}"
                    writer.put(Made(path, feed.body, feed.form.content_type, feed.latest))
        writer.wait()
        return writer.written


def _sites(films: int, publisher: Publisher, settings: Settings, home: Path) -> list[Row]:
    """Return the cost of a whole site, of one without news, and of one after a film has moved."""
    rows = []
    for what in ("all", "nothing new", "one film moved"):
        if what == "one film moved":
            Mover(home / "data").move()
            publisher.refresh()
        before = os.times()
        report = _exported(publisher, settings, home)
        used, told = _used(before)
        row = Row(f"site of {films:,} films: {what}", "", used, unit="s")
        rows.append(replace(row, figures=f"{report.written:,} files written, {told}"))
    return rows


def _exported(publisher: Publisher, settings: Settings, home: Path) -> ExportReport:
    target = Folder(home / "site")
    return export(services(publisher, settings, ""), target, clock=now, ticks=ticks)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print the table."""
    parser = measuring.parser(__doc__, rounds=1)
    parser.add_argument("--films", type=int, action="append", help="size of a catalogue")
    parser.add_argument("--feeds", action="store_true", help="feeds of films and series alone")
    given = parser.parse_args(arguments)
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        rows = measure(given, Path(folder))
    given.films = sum(given.films or SIZES)
    measuring.report(rows, given)


if __name__ == "__main__":
    main()
