"""Add-ons: rows of other distributions, and what is said of those that cannot be used."""

import json
import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from releasecal import addons, settings
from releasecal.addons import ExtensibleTable
from releasecal.cli import main
from releasecal.errors import SettingsError
from releasecal.formats import FORMATS, Format
from releasecal.settings import Settings
from support import addon
from support.faulty_server import Answer, FaultyServer

_MODULE = """
from releasecal.formats import Format
CSV = Format("csv", "text/csv", lambda feed: b"", has_undated=False, is_followed=False)
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Install a distribution with that module and those entry points, for one test."""
    before = {*sys.modules}

    def install(name, points, module=_MODULE):
        stem = name.replace("-", "_")
        (tmp_path / f"{stem}.py").write_text(module)
        told = tmp_path / f"{stem}-1.0.dist-info"
        told.mkdir()
        (told / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        lines = "".join(f"{key} = {value}\n" for key, value in points.items())
        (told / "entry_points.txt").write_text(f"[releasecal.formats]\n{lines}")

    monkeypatch.syspath_prepend(tmp_path)
    addons._installed.cache_clear()
    yield install
    addons._installed.cache_clear()
    for name in {*sys.modules} - before:
        del sys.modules[name]


def table():
    ours = (FORMATS["ics"], FORMATS["json"])
    return ExtensibleTable("releasecal.formats", Format, lambda form: form.extension, ours)


def test_without_addons_a_table_has_our_rows():
    """Nothing is installed beside releasecal here: its rows are ours, in their order."""
    assert [*table()] == ["ics", "json"]
    assert table().problems == []


@pytest.mark.usefixtures("install")
def test_rows_of_addons_come_after_ours(install):
    """A row of another distribution is one of the table."""
    install("kino", {"csv": "kino:CSV"})

    assert [*table()] == ["ics", "json", "csv"]
    assert table()["csv"].content_type == "text/csv"
    assert table().problems == []


@pytest.mark.parametrize(
    ("name", "leads", "module", "why"),
    [
        ("csv", "kino:CSV", "import nowhere", "ModuleNotFoundError: No module named 'nowhere'"),
        ("csv", "kino:NONE", _MODULE, "AttributeError: module 'kino' has no attribute 'NONE'"),
        ("csv", "kino:Format", _MODULE, "TypeError: kino:Format is no Format"),
        ("table", "kino:CSV", _MODULE, "ValueError: kino:CSV calls itself 'csv'"),
    ],
)
def test_an_addon_that_cannot_be_used_is_named(install, name, leads, module, why):
    """The problem names the distribution, the entry point and what is wrong; our rows stay."""
    install("kino", {name: leads}, module)

    found = table()
    (problem,) = map(str, found.problems)
    assert [*found] == ["ics", "json"]
    assert problem == (
        f"kino 1.0: its entry point {name!r} of releasecal.formats cannot be used: {why} "
        "(mend that package, or uninstall it)"
    )


def test_our_names_are_taken(install):
    """An add-on takes the place of no row of ours."""
    install("kino", {"ics": "kino:CSV"})

    found = table()
    (problem,) = map(str, found.problems)
    assert found["ics"] is FORMATS["ics"]
    assert problem == (
        "kino 1.0: its entry point 'ics' of releasecal.formats has a name that releasecal has taken "
        "(give it another one, or uninstall that package)"
    )


def test_two_addons_with_one_name_are_both_named(install):
    """Of two rows of one name the first distribution's is taken, and the other one is told."""
    install("kino", {"csv": "kino:CSV"})
    install("cinema", {"csv": "cinema:CSV"})

    found = table()
    assert [*found] == ["ics", "json", "csv"]
    (problem,) = found.problems
    assert str(problem).startswith("kino 1.0: its entry point 'csv' of releasecal.formats")
    assert "a name that cinema 1.0 has taken" in str(problem)


def test_settings_tell_of_addons_that_cannot_be_used(install, monkeypatch):
    """Whoever reads settings is told, with everything else that is wrong; help still helps."""
    install("kino", {"csv": "kino:NONE"})
    monkeypatch.setattr(settings, "FORMATS", table())

    with pytest.raises(SettingsError, match=r"RELEASECAL_SOURCE .*\nkino 1\.0: ") as caught:
        Settings.read({"RELEASECAL_SOURCE": "data"})
    assert len(caught.value.problems) == 2
    assert CliRunner().invoke(main, ["--help"]).exit_code == 0


def test_the_example_is_short():
    """The add-on of docs/extending.md is whole in 40 lines."""
    lines = [line for text in addon.files().values() for line in text.splitlines() if line]

    assert addon.files().keys() == {"pyproject.toml", "releasecal_kino.py"}
    assert len(lines) <= 40


@pytest.mark.system
def test_the_example_works_once_it_is_installed(tmp_path):
    """The add-on of docs/extending.md, installed from its folder, has source and format."""
    package, home = tmp_path / "package", tmp_path / "home"
    for folder in (package, home):
        folder.mkdir()
    for name, text in addon.files().items():
        (package / name).write_text(text)
    target = tmp_path / "site"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", target]
    subprocess.run([*pip, package], check=True)
    show = {"id": "dune", "title": "Dune, Part One", "day": "2030-10-22"}

    def run(*words):
        done = subprocess.run(
            [sys.executable, "-m", "releasecal", *words],
            cwd=home,
            env={**os.environ, "PYTHONPATH": str(target)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    with FaultyServer(lambda _: Answer.of([show])) as server:
        lines = f'[[source]]\nid = "odeon"\ntype = "kino"\naddress = "{server.address}/kino.json"\n'
        public = 'RELEASECAL_PUBLIC_URL = "https://films.example"\n'
        (home / "releasecal.toml").write_text(f"{public}{lines}allow_private = true\n")
        assert "1 added" in run("refresh")
    line = "2030-10-22 DE Dune, Part One\n"
    assert run("show", "--format", "txt") == line
    run("export", "out")
    assert (home / "out" / "films" / "dune.txt").read_text() == line
    assert (
        "/*.txt\n  Content-Type: text/plain; charset=utf-8\n"
        in (home / "out" / "_headers").read_text()
    )
    assert json.loads(run("show", "--format", "json"))["releases"]
