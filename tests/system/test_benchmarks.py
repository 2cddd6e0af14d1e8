"""The benchmarks: valid data, the same every time, and a figure for every row."""

import json
import os
import re
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from statistics import mean

import pytest

from releasecal import sources
from releasecal.core.catalogue import told_by
from releasecal.core.models import Status
from support.paths import BENCHMARKS, ROOT

PEERS = ROOT / ".venv" / "peers"
"""Where peers are installed for these tests, once, as the parser's npm packages are."""

PROGRAMS = {
    "serving": ("--case", "304", "--seconds", "1"),
    "peers": ("--events", "30", "--peer", "Radicale"),
    "publishing": ("--sizes", "12"),
    "rendering": ("--events", "20"),
    "finding": (),
    "selecting": ("--small", "3", "--events", "5"),
    "refreshing": ("--small", "3"),
    "memory": (),
    "reloading": ("--seconds", "1"),
    "starting": (),
    "fetching": ("--followed", "30"),
    "exporting": (),
    "subscribers": ("--subscribers", "60", "--minutes", "0.03", "--plan", "1000000"),
    "growing": ("--films", "300", "--smaller", "200", "--most", "50"),
}
"""Each with options that make it small, though not so small that a row goes unmeasured."""

TOOLS = ("nginx", "wrk", "cc", "taskset")


@pytest.fixture
def catalogues(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    return import_module("catalogues")


@pytest.fixture
def throughput(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    return import_module("throughput")


def test_a_film_is_the_same_in_every_catalogue(catalogues):
    small, large = catalogues.reading(30), catalogues.reading(60)
    assert large.films[:30] == small.films
    assert catalogues.reading(30, seed=1).films != small.films


def test_files_are_equal_for_any_hash_seed(tmp_path):
    """Two runs in processes of their own write the same bytes."""
    for seed in ("1", "2"):
        subprocess.run(
            [sys.executable, BENCHMARKS / "catalogues.py", "50", tmp_path / seed],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
        )
    first, second = (
        {path.name: path.read_bytes() for path in (tmp_path / seed).iterdir()} for seed in "12"
    )
    assert first == second


@pytest.mark.parametrize("notation", ["json", "yaml"])
def test_files_are_valid_and_equal_the_values(catalogues, tmp_path, notation):
    told = catalogues.reading(200)
    catalogues.write(tmp_path, told.films, notation)
    (reading,) = sources.read([str(tmp_path)])
    films = tuple(told_by(film, str(tmp_path)) for film in told.films)
    assert (reading.films, reading.sources) == (films, told.sources)


def test_the_shape_is_that_of_real_data(catalogues):
    films = catalogues.reading(2_000).films
    releases = [release for film in films for release in film.releases]
    dates = [release.current.when for release in releases]
    assert mean(len(film.releases) for film in films) == pytest.approx(3, rel=0.1)
    assert mean(bool(when and not when.is_day) for when in dates) == pytest.approx(0.27, rel=0.1)
    assert mean(bool(film.follows) for film in films) == pytest.approx(0.11, rel=0.2)
    assert mean(not film.title.isascii() for film in films) == pytest.approx(0.1, rel=0.3)
    assert mean(len(release.history) > 1 for release in releases) == pytest.approx(0.1, rel=0.2)
    assert max(len({release.key.region for release in film.releases}) for film in films) > 20
    assert any(release.current.status is Status.CANCELLED for release in releases)


@pytest.mark.sqlite("what it is compared with is of SQLite, too")
def test_the_program_runs_and_writes_its_figures(throughput, tmp_path, capsys):
    figures = tmp_path / "figures.json"
    throughput.main(["--films", "20", "--rounds", "1", "--json", str(figures)])
    found = json.loads(figures.read_text())
    names = [result["name"] for result in found["results"]]
    shown = capsys.readouterr().out
    assert {"read and validate JSON", "refresh: one film moved", "render ics"} <= set(names)
    assert all(name in shown for name in names)
    assert all(result["seconds"] > 0 for result in found["results"])


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """All programs at once, each once over a few films: their times are meaningless."""
    folder = tmp_path_factory.mktemp("benchmarks")
    path = f"{os.environ['PATH']}:/usr/sbin"
    missing = [tool for tool in TOOLS if not shutil.which(tool, path=path)]
    if missing:
        pytest.skip(f"missing: {', '.join(missing)} (apt-get install nginx wrk gcc libical-dev)")
    running = {}
    for name, options in PROGRAMS.items():
        films = [] if name in ("peers", "publishing") else ["--films", "12"]
        shared = ["--rounds", "1", "--cache", str(folder), "--peers", str(PEERS)]
        running[name] = subprocess.Popen(
            [
                *(sys.executable, BENCHMARKS / f"{name}.py", *films, *shared, *options),
                *("--json", folder / f"{name}.json"),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    yield {name: (process, folder / f"{name}.json") for name, process in running.items()}
    for process in running.values():
        process.terminate()


@pytest.mark.parametrize("name", PROGRAMS)
def test_each_program_measures_each_row(name, runs):
    """The program runs from beginning to end, and each of its rows is measured."""
    process, found = runs[name]
    shown, said = process.communicate(timeout=300)
    assert process.returncode == 0, said
    rows = json.loads(found.read_text())["rows"]
    assert rows
    for row in rows:
        assert row["what"] in shown
        assert isinstance(row["measured"], float)
    assert shown.count("\n| ") == len(rows) + 2


def test_a_goal_is_met_or_missed(monkeypatch):
    """A goal knows whether it was met, in the table, too."""
    monkeypatch.syspath_prepend(BENCHMARKS)
    measuring = import_module("measuring")
    row = measuring.Row("speed", "ours", 0.3, measuring.at_least(0.2), measuring.at_most(0.25))
    assert [*measuring.table([row])][
        -1
    ] == "| speed | ours | 0.3 | ≥ 0.2 (met) | ≤ 0.25 (missed) |  |"


def test_every_program_is_in_the_readme():
    """The README of the benchmarks has a command for each, and each command is one."""
    readme = (BENCHMARKS / "README.md").read_text(encoding="utf-8")
    named = {Path(path).stem for path in re.findall(r"python (benchmarks/\w+\.py)", readme)}
    assert {*PROGRAMS, "throughput", "catalogues"} == named
    assert {path.stem for path in BENCHMARKS.glob("*.py")} >= named
