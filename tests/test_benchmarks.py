"""That the benchmarks measure what they say: on valid data, the same every time."""

import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from statistics import mean

import pytest

from releasecal import sources
from releasecal.models import Status

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


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


def test_files_are_the_same_whatever_the_hash_seed(tmp_path):
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
def test_files_are_valid_and_say_what_the_values_say(catalogues, tmp_path, notation):
    told = catalogues.reading(200)
    catalogues.write(tmp_path, told.films, notation)
    (reading,) = sources.read([str(tmp_path)])
    assert (reading.films, reading.sources) == (told.films, told.sources)


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


def test_the_program_runs_and_writes_what_it_found(throughput, tmp_path, capsys):
    figures = tmp_path / "figures.json"
    throughput.main(["--films", "20", "--rounds", "1", "--json", str(figures)])
    found = json.loads(figures.read_text())
    names = [result["name"] for result in found["results"]]
    shown = capsys.readouterr().out
    assert {"read and validate JSON", "refresh: one film moved", "render ics"} <= set(names)
    assert all(name in shown for name in names)
    assert all(result["seconds"] > 0 for result in found["results"])
