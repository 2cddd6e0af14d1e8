"""
The CPU that each kind of answer costs in catalogues of several sizes, side by side.

Every answer is made anew, in this process: no cache keeps it. Feeds have few events, so that they
are full in each catalogue; where an answer is longer in a larger one all the same, its CPU is
divided by that. A second edition has moved a tenth of the releases, so that there is a log.

    python benchmarks/growing.py                       # 1,000, 10,000 and 100,000 films: 3 minutes
"""

import argparse
import gc
import itertools
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from flask import Flask

import measuring
from measuring import Row, at_most
from releasecal.clock import now
from releasecal.queries.site_settings import SiteSettings, SizeLimits
from releasecal.refresh.publisher import Publisher
from releasecal.settings import Settings
from releasecal.store import Store
from releasecal.web import create_app
from releasecal.web.http.conditional_requests import Delivery
from releasecal.wiring import services

MOST = 2.0
EVENTS = 15  # of a feed, at most: as many as a rare kind has among 1,000 films

MOVES = """
    INSERT INTO editions (number, published, rendering, inputs, contents, node)
        SELECT 2, published + 1, rendering, inputs, contents, node FROM editions WHERE number = 1;
    INSERT INTO changes (id, edition, at, film, region, kind, release_kind, channel, is_told, data)
        SELECT changes.id + newest.id, 2, at + 1, film, region, 'delayed', release_kind, channel, 1,
            json_set(data, '$.kind', 'delayed')
        FROM changes, (SELECT max(id) AS id FROM changes) AS newest WHERE changes.id % 10 = 0;
    UPDATE choice_counts SET number = 2 WHERE facet = 'edition';
"""
"""A tenth of the first edition's releases moves in a second one."""

SELECTIONS = (
    *("", "region=US", "region=AT,CH,DE", "kind=theatrical", "kind=tv", "kind=sequel"),
    *("kind=streaming,tv&region=US,GB", "channel=netflix", "channel=netflix&region=US"),
    *("genre=drama", "genre=drama&region=US", "q=night", "q=last night", "q=999"),
    *("certainty=announced", "past=30&future=60", "kind=tv&past=90", "cancelled=hide"),
    *("undated=span", "undated=end&region=US", "undated=span&kind=tv"),
)
LOGS = (
    *("", "region=US", "region=US&kind=tv", "kind=tv", "kind=sequel", "change=delayed"),
    *("added=1", "added=1&region=US", "added=1&kind=tv", "since=1", "before=900"),
)
PAGES = (
    *("/", "/?view=month", "/?region=US", "/?kind=tv&region=US", "/films", "/films?letter=m"),
    *("/films?year=2026", "/series", "/search?q=night", "/slips", "/slips?region=US", "/sources"),
    *("/status", "/follow?film={film}", "/embed?film={film}", "/diff?film={film}", "/readyz"),
)
LISTS = ("releases", "films")
OF_A_FILM = (
    *("/films/{film}.ics", "/films/{film}.json", "/films/{film}", "/films/{film}?as-of=2026-01-01"),
    *("/films/{film}.json?as-of=2026-01-01", "/undo.ics?film={film}", "/films/{film}.png"),
    *("/changes.json?film={film}", "/series/{series}.ics", "/series/{series}.json"),
    *("/series/{series}", "/changes.json?series={series}"),
)

PATHS: Sequence[str] = (
    *OF_A_FILM,
    *(f"/calendar.{ending}?{query}" for ending in ("ics", "json") for query in SELECTIONS),
    "/kinds/tv/us.ics",
    *(f"/changes.json?{query}" for query in LOGS),
    *("/changes", "/changes?region=US", "/changes.atom"),
    *(f"/api/v1/{each}?size={EVENTS}&{query}" for each in LISTS for query in SELECTIONS),
    *("/api/v1/films/{film}", "/api/v1/changes?added=1", "/api/v1/sources"),
    *PAGES,
)
"""The answers that are measured, with the places of a film and a series."""


class Made(NamedTuple):
    """An answer: the CPU that it cost, in seconds, its status and its length in octets."""

    seconds: float
    status: int
    octets: int


class Site:
    """The site of the catalogue in *folder*, which makes each answer anew."""

    def __init__(self, folder: Path) -> None:
        """Write a second edition into the database there, and open it."""
        path = folder / "state" / "releasecal.db"
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(MOVES)
            film, series = connection.execute(
                "SELECT film, id FROM series JOIN entries USING (film) WHERE kind = 'tv' LIMIT 1"
            ).fetchone()
        self._names = {"film": film, "series": series}
        self.store = Store.open(f"sqlite:///{path}")
        self._client = self._app().test_client()

    def _app(self) -> Flask:
        site = SiteSettings(limits=SizeLimits(events=EVENTS), stale_after=timedelta(days=36_500))
        publisher = Publisher(self.store, [], site, now)
        seconds = itertools.count(step=2)  # each request looks at the edition, and no rate is met
        given: dict[str, Any] = {
            "capacity": 0,
            "ticks": lambda: next(seconds),
            "delivery": Delivery(timedelta(), compress=False),
        }
        return create_app(replace(services(publisher, Settings(), "none"), **given))

    def ask(self, path: str) -> Made:
        """Return what the answer at *path* costs."""
        address = path.format(**self._names)
        gc.collect()
        began = time.process_time()
        answer = self._client.get(address)
        body = answer.data
        return Made(time.process_time() - began, answer.status_code, len(body))


def measure(given: argparse.Namespace, folder: Path) -> list[Row]:
    """Measure with copies of all catalogues in *folder*."""
    sizes = sorted({given.films, *given.smaller})
    with ExitStack() as stack:
        sites = {}
        for films in sizes:
            home = measuring.copy(measuring.published(given.cache, films), folder / str(films))
            sites[films] = Site(home)
            stack.callback(sites[films].store.close)
        return [_row(path, sites, given) for path in PATHS if given.only in path]


def _row(path: str, sites: Mapping[int, Site], given: argparse.Namespace) -> Row:
    first = {films: site.ask(path) for films, site in sites.items()}
    wrong = {made.status for made in first.values()} - {200}
    if wrong:
        raise SystemExit(f"{path}: status {wrong}")
    turns: Mapping[str, Callable[[], float]] = {
        str(films): partial(_seconds, site, path) for films, site in sites.items()
    }
    found = measuring.in_turn(given.rounds, turns)
    small, large = min(sites), max(sites)
    longer = max(1.0, first[large].octets / first[small].octets)
    figures = " / ".join(f"{median(found[str(films)]) * 1_000:.1f}" for films in sites)
    return Row(
        path,
        f"{small:,} films",
        min(found[str(large)]) / min(found[str(small)]) / longer,
        at_most(given.most),
        figures=f"{figures} ms" + (f", {longer:.1f} times as long" if longer > 1 else ""),
    )


def _seconds(site: Site, path: str) -> float:
    return site.ask(path).seconds


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print the table; end with 1 where an answer grows."""
    parser = measuring.parser(__doc__, films=100_000, rounds=5)
    sizes = [1_000, 10_000]
    parser.add_argument("--smaller", type=int, nargs="+", default=sizes, help="other catalogues")
    parser.add_argument("--most", type=float, default=MOST, help="times the CPU that is allowed")
    parser.add_argument("--only", default="", help="only the answers whose paths have this")
    given = parser.parse_args(arguments)
    with TemporaryDirectory() as folder:
        rows = measure(given, Path(folder))
    measuring.report(rows, given)
    growing = [row.what for row in rows if not at_most(given.most).is_met(row.measured)]
    if growing:
        raise SystemExit(f"{len(growing)} answers grow: {', '.join(growing)}")


if __name__ == "__main__":
    main()
