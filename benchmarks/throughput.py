"""
Films read, revised and saved a second, and events rendered a second.

Every step is timed right after a reference that does the minimum with the same data, round
after round, since the speed of a shared machine swings. The ratios are the figures to quote:
medians over the rounds, of CPU time, which other programs disturb least. Times are medians,
too, by the clock. ``benchmarks/README.md`` has them.

    python benchmarks/throughput.py                 # 1,000 and 10,000 films
    python benchmarks/throughput.py --films 200 --rounds 3 --json results.json
"""

import argparse
import gc
import hashlib
import json
import os
import platform
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from itertools import count
from pathlib import Path
from statistics import median

import yaml

import catalogues
import rendering
from measuring import show
from releasecal import sources
from releasecal.core.catalogue import Catalogue, Reading, merge
from releasecal.core.editions import NOTHING, Edition
from releasecal.core.revise import Policy, revise
from releasecal.formats import FORMATS, Format, ics
from releasecal.queries.feed_query import EVERYTHING
from releasecal.queries.results import Feed
from releasecal.queries.site_settings import SiteSettings
from releasecal.refresh.publisher import Publisher
from releasecal.store import Inputs, Store, answering_queries, lease, newest_edition, write

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
TODAY = NOW.date()
IMPRINT = SiteSettings(public_url="https://films.example", uid_domain="films.example")
EVENTS_A_FEED = 1_000
SIZES = (1_000, 10_000)
DATABASE = "releasecal.sqlite"


@dataclass(frozen=True, slots=True)
class Step:
    """
    A step to time.

    Attributes:
        amount: Number of films or events in one run.
        run: The timed function; its argument is the untimed result of *prepare*.
        reference: Name of the step to compare with, or empty.
    """

    name: str
    unit: str
    amount: int
    run: Callable[[object], object]
    prepare: Callable[[int], object] = lambda _turn: None
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """
    The figures of a step.

    Attributes:
        seconds: The median of all rounds, by the clock.
        ratio: The median of its CPU time by its reference's; None without one.
    """

    films: int
    name: str
    unit: str
    amount: int
    seconds: float
    reference: str
    ratio: float | None

    @property
    def per_second(self) -> float:
        """Films or events a second."""
        return self.amount / self.seconds


def measure(films: int, rounds: int, folder: Path) -> list[Result]:
    """Time all steps for a catalogue of *films*, working in *folder*."""
    steps = {step.name: step for step in _steps(films, folder)}
    walls: dict[str, list[float]] = {name: [] for name in steps}
    ratios: dict[str, list[float]] = {name: [] for name in steps}
    turns = count()
    gc.freeze()  # objects of the benchmark that no real process would have to scan
    for number in range(rounds):
        for name, step in steps.items():
            show(f"{films:,} films, round {number + 1} of {rounds}: {name}")
            if step.reference:
                _, least = _time(steps[step.reference], next(turns))
            wall, busy = _time(step, next(turns))
            walls[name].append(wall)
            if step.reference:
                ratios[name].append(busy / least)
    show("")
    gc.unfreeze()
    return [
        Result(
            films,
            name,
            step.unit,
            step.amount,
            median(walls[name]),
            step.reference,
            median(ratios[name]) if step.reference else None,
        )
        for name, step in steps.items()
    ]


def _time(step: Step, turn: int) -> tuple[float, float]:
    """Run *step* once; return seconds by the clock, and of CPU."""
    prepared = step.prepare(turn)
    gc.collect()
    wall, busy = time.perf_counter(), time.process_time()
    step.run(prepared)
    return time.perf_counter() - wall, time.process_time() - busy


def _steps(size: int, folder: Path) -> list[Step]:
    told = catalogues.reading(size)
    files = {
        notation: catalogues.write(folder / notation, told.films, notation)
        for notation in ("json", "yaml")
    }
    store, edition = _published(folder, told)
    return [
        *_reading(size, folder, files["json"], files["yaml"]),
        *_revising(size, told, edition),
        *_saving(size, folder, edition, store),
        *_refreshing(size, folder),
        *_rendering(store),
    ]


def _reading(size: int, folder: Path, in_json: list[Path], in_yaml: list[Path]) -> list[Step]:
    def hashed(_: object) -> None:
        for path in in_json:
            hashlib.blake2b(path.read_bytes()).digest()

    def bare_json(_: object) -> None:
        for path in in_json:
            json.loads(path.read_bytes())

    def bare_yaml(_: object) -> None:
        for path in in_yaml:
            yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)

    return [
        Step("read the files and hash them", "films", size, hashed),
        Step("json.loads", "films", size, bare_json),
        Step("yaml.CSafeLoader", "films", size, bare_yaml),
        Step(
            "digest (has anything changed?)",
            "films",
            size,
            lambda _: sources.digests([str(folder / "json")]),
            reference="read the files and hash them",
        ),
        Step(
            "read and validate JSON",
            "films",
            size,
            lambda _: sources.read([str(folder / "json")]),
            reference="json.loads",
        ),
        Step(
            "read and validate YAML",
            "films",
            size,
            lambda _: sources.read([str(folder / "yaml")]),
            reference="yaml.CSafeLoader",
        ),
    ]


def _revising(size: int, told: Reading, edition: Edition) -> list[Step]:
    whole = merge([told])

    def one_changed(turn: int) -> object:
        first, *rest = told.films
        return merge([replace(told, films=(catalogues.changed(first, turn + 1), *rest))])

    def revised(before: Edition) -> Callable[[object], object]:
        def run(catalogue: object) -> object:
            assert isinstance(catalogue, Catalogue)
            return revise(before, catalogue, now=NOW, policy=Policy("benchmark"))

        return run

    return [
        Step("merge", "films", size, lambda _: merge([told]), reference="json.loads"),
        Step(
            "revise: the first edition",
            "films",
            size,
            revised(NOTHING),
            lambda _: whole,
            "json.loads",
        ),
        Step("revise: nothing new", "films", size, revised(edition), lambda _: whole, "json.loads"),
        Step("revise: one film moved", "films", size, revised(edition), one_changed, "json.loads"),
    ]


def _saving(size: int, folder: Path, edition: Edition, store: Store) -> list[Step]:
    def fresh(turn: int) -> Store:
        return _store(folder / "saving" / str(turn))

    def save(empty: object) -> None:
        assert isinstance(empty, Store)
        lease.acquire(empty, "benchmark", now=NOW)
        write.save(empty, edition, NOTHING, (), inputs=Inputs(""), holder="benchmark")
        empty.close()

    with closing(sqlite3.connect(folder / "published" / DATABASE)) as published:
        rows = published.execute(
            "SELECT key, facts FROM entries UNION ALL SELECT id, data FROM films"
        ).fetchall()

    def insert(turn: int) -> Path:
        path = folder / "bare" / str(turn)
        path.mkdir(parents=True)
        return path / "bare.sqlite"

    def bare(path: object) -> None:
        assert isinstance(path, Path)
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA journal_mode=WAL")
        with connection:
            connection.execute("CREATE TABLE bare (key TEXT PRIMARY KEY, data TEXT)")
            connection.executemany("INSERT INTO bare VALUES (?, ?)", rows)
        connection.close()

    return [
        Step("sqlite3: as many rows of the same values", "films", size, bare, insert),
        Step(
            "save: the first edition",
            "films",
            size,
            save,
            fresh,
            "sqlite3: as many rows of the same values",
        ),
        Step(
            "load the edition",
            "films",
            size,
            lambda _: store.ask(newest_edition.edition),
            reference="json.loads",
        ),
    ]


def _refreshing(size: int, folder: Path) -> list[Step]:
    def publisher(state: Path, data: Path) -> Publisher:
        return Publisher(_store(state), [str(data)], IMPRINT, lambda: datetime.now(UTC))

    def first(turn: int) -> Publisher:
        return publisher(folder / "first" / str(turn), folder / "json")

    standing = folder / "standing"
    shutil.copytree(folder / "json", standing / "data")
    publisher(standing, standing / "data").refresh()

    def same(_: int) -> Publisher:
        return publisher(standing, standing / "data")

    def moved(turn: int) -> Publisher:
        films = [catalogues.film(each) for each in range(size)]
        films[0] = catalogues.changed(films[0], turn + 1)
        catalogues.write(standing / "data", films)
        return publisher(standing, standing / "data")

    def refresh(which: object) -> None:
        assert isinstance(which, Publisher)
        which.refresh()
        which.store.close()

    hashed = "read the files and hash them"
    return [
        Step("refresh: the first edition", "films", size, refresh, first, "json.loads"),
        Step("refresh: nothing new", "films", size, refresh, same, hashed),
        Step("refresh: one film moved", "films", size, refresh, moved, "json.loads"),
    ]


def _rendering(store: Store) -> list[Step]:
    def answer(_: object = None) -> Feed:
        feed = store.ask(
            answering_queries.feed, EVERYTHING, path="/calendar", site=IMPRINT, today=TODAY
        )
        return replace(feed, entries=feed.entries[-EVENTS_A_FEED:], undated=())

    feed = answer()
    size = len(feed.entries)
    by_library = "icalendar: Event.add, to_ical"
    events = rendering.values(ics.render(feed))
    return [
        Step(by_library, "events", size, lambda _: rendering.by_library(events)),
        *(
            Step(
                f"render {name}",
                "events",
                size,
                partial(_render, format_, feed),
                reference=by_library,
            )
            for name, format_ in FORMATS.items()
        ),
    ]


def _render(form: Format, feed: Feed, _: object) -> bytes:
    return form.render(feed)


def _published(folder: Path, told: Reading) -> tuple[Store, Edition]:
    edition, changes = revise(NOTHING, merge([told]), now=NOW, policy=Policy("benchmark"))
    store = _store(folder / "published")
    lease.acquire(store, "benchmark", now=NOW)
    write.save(store, edition, NOTHING, changes, inputs=Inputs(""), holder="benchmark")
    return store, edition


def _store(folder: Path) -> Store:
    folder.mkdir(parents=True, exist_ok=True)
    return Store.open(f"sqlite:///{folder / DATABASE}")


def machine() -> dict[str, object]:
    """Return the circumstances of the figures."""
    libraries = ("icalendar", "pydantic", "PyYAML", "SQLAlchemy")
    return {
        "measured": str(datetime.now(UTC).date()),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "sqlite": sqlite3.sqlite_version,
        **{name: version(name) for name in libraries},
    }


def table(results: Sequence[Result]) -> Iterator[str]:
    """Yield *results* as lines of Markdown."""
    yield "| films | step | ms | a second | compared with | ratio |"
    yield "| ---: | --- | ---: | ---: | --- | ---: |"
    for each in results:
        ratio = f"{each.ratio:.2f}" if each.ratio is not None else ""
        yield (
            f"| {each.films:,} | {each.name} | {each.seconds * 1000:,.1f} "
            f"| {each.per_second:,.0f} {each.unit} | {each.reference} | {ratio} |"
        )


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the table, and write the figures if asked to."""
    parser = argparse.ArgumentParser(description="Measure throughput beside references.")
    parser.add_argument("--films", type=int, nargs="+", default=SIZES, help="catalogue sizes")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, help="write the figures there, too")
    given = parser.parse_args(arguments)
    results: list[Result] = []
    for films in given.films:
        with tempfile.TemporaryDirectory() as folder:
            results += measure(films, given.rounds, Path(folder))
    about = machine()
    print(", ".join(f"{name} {value}" for name, value in about.items()) + "\n")
    print("\n".join(table(results)))
    if given.json:
        figures = [asdict(each) | {"per_second": each.per_second} for each in results]
        given.json.write_text(json.dumps({"machine": about, "results": figures}, indent=2) + "\n")


if __name__ == "__main__":
    main()
