"""Promises of every type of source, by the row in `SOURCES`."""

import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from releasecal.core.catalogue import Reading, merge
from releasecal.errors import ReleasecalError, SourceError
from releasecal.sources import SOURCES, FileStat, ReadResult, builtin, no_progress


@dataclass(frozen=True)
class Stage:
    """
    A place to try a type of source in.

    Attributes:
        tell: Makes an address say these films, and returns it.
        nowhere: An address of the type that leads nowhere.
    """

    tell: Callable[..., str]
    nowhere: str


def stage_files(folder: Path, _: pytest.MonkeyPatch) -> Stage:
    def tell(*films: dict[str, object]) -> str:
        folder.mkdir(exist_ok=True)
        (folder / "films.json").write_text(json.dumps({"films": films}))
        return str(folder)

    return Stage(tell, str(folder / "nowhere"))


def stage_builtin(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    told = stage_files(folder / "films", monkeypatch)
    folder.mkdir()
    monkeypatch.setattr(builtin, "_HERE", folder)

    def tell(*films: dict[str, object]) -> str:
        told.tell(*films)
        return "builtin:films"

    return Stage(tell, "builtin:nowhere")


STAGES = {"files": stage_files, "builtin": stage_builtin}
"""By name of the source: makes a stage in a folder that does not exist."""

DUNE = {
    "id": "dune",
    "title": "Dune",
    "releases": [{"kind": "theatrical", "region": "US", "when": "2021-10-22"}],
}


@pytest.mark.parametrize("name", SOURCES)
class TestEverySource:
    @pytest.fixture
    def source(self, name):
        return SOURCES[name]

    @pytest.fixture
    def stage(self, name, tmp_path, monkeypatch):
        return STAGES[name](tmp_path / "stage", monkeypatch)

    def test_recognises_its_addresses_alone(self, name, source, stage):
        """An address belongs to one type, and is recognised before anything is there."""
        assert source.recognises(stage.nowhere)
        others = [other for other in SOURCES if other != name]
        assert not any(SOURCES[other].recognises(stage.nowhere) for other in others)

    def test_reading_returns_films_with_places(self, source, stage):
        """Reading returns each film with its place."""
        account = source.read(stage.tell(DUNE), no_progress)

        assert isinstance(account, ReadResult)
        assert isinstance(account.reading, Reading)
        assert account.is_whole
        assert not account.problems
        assert list(merge([account.reading]).films) == ["dune"]
        assert ("dune", "id") in account.reading.places
        assert len(list(account.reading.places)) == len(account.reading.places)

    def test_reading_again_returns_the_same(self, source, stage):
        """Reading changes nothing: the same facts are the same values."""
        address = stage.tell(DUNE)

        assert source.read(address, no_progress) == source.read(address, no_progress)

    def test_problems_do_not_hide_the_rest(self, source, stage):
        """Where something is wrong, all else is there still, and each problem has a place."""
        account = source.read(stage.tell(DUNE, DUNE | {"id": "x", "title": ""}), no_progress)

        assert [film.id for film in account.reading.films] == ["dune", "x"]
        assert [problem.what for problem in account.problems] == ["film 'x': title: is empty"]
        assert all(problem.place.origin for problem in account.problems)

    def test_a_missing_address_is_not_empty(self, source, stage):
        """An address that cannot be read raises; it is never an empty catalogue."""
        with pytest.raises(SourceError):
            source.read(stage.nowhere, no_progress)
        with pytest.raises(SourceError):
            source.digests(stage.nowhere)

    def test_stats_never_raise(self, source, stage):
        """Stats are there even for a missing address."""
        assert all(isinstance(stat, FileStat) for stat in source.stats(stage.nowhere))
        assert all(isinstance(stat, FileStat) for stat in source.stats(stage.tell(DUNE)))

    def test_digests_differ_with_the_facts(self, source, stage):
        """Equal digests mean equal facts."""
        address = stage.tell(DUNE)
        before = source.digests(address)

        assert source.digests(address) == before
        stage.tell(DUNE | {"title": "June"})
        assert source.digests(address) != before

    def test_all_errors_are_ours(self, source):
        """No address makes it raise anything that a person could not fix."""
        for address in ("", " ", "\0", "x" * 10_000, "\ud800", "a\nb", "~", "%", ":", "/dev/null"):
            with contextlib.suppress(ReleasecalError):
                assert source.read(address, no_progress).problems


def test_every_source_has_a_stage():
    """A new row in `SOURCES` comes with a stage here."""
    assert STAGES.keys() == SOURCES.keys()
