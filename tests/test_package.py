"""The package: what programs use of it, what it costs to import, what its files have, and that it works."""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from email.parser import Parser
from pathlib import Path

import pytest
from flask import Flask

import releasecal
from releasecal.queries.feed_query import EVERYTHING
from releasecal.queries.results import Feed
from releasecal.queries.site_settings import SiteSettings
from releasecal.refresh.publisher import Publisher
from support.build import NOW
from support.data_files import DATA
from support.live import benchmarks
from support.modules import ON_USE
from support.paths import ROOT, SOURCE
from support.readers import READERS

servers = benchmarks("servers")
UV = (sys.executable, "-m", "uv")


def test_the_package_is_cheap_to_import():
    """``import releasecal`` imports no library; they come with what is used."""
    heavy = ("flask", "sqlalchemy", "pydantic", "icalendar", "apscheduler", "granian")
    code = f"import releasecal, sys; sys.exit(' '.join(set({heavy}) & set(sys.modules)))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.stderr.strip() == ""


def test_a_server_loads_the_code_of_one_database():
    """Tables are told in terms of no database, so that a server on SQLite loads nothing of PostgreSQL."""
    code = "import releasecal.server, sys; sys.exit(' '.join(n for n in sys.modules if 'postgresql' in n))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.stderr.split() == ["releasecal.store.postgresql"]


def test_the_program_starts_without_a_look_for_garbage():
    """The program imports a server's modules before the garbage collector looks at them."""
    code = (
        "import {}, gc, sys; looks = []; gc.callbacks.append(lambda *each: looks.append(each)); "
        "import releasecal.cli.serving; sys.exit(min(len(looks), 100))"
    )
    looks = [
        subprocess.run([sys.executable, "-c", code.format(module)], check=False).returncode
        for module in ("releasecal.__main__", "releasecal.cli")
    ]

    assert looks == [0, 100]


def test_a_server_loads_what_it_answers_with():
    """What only reads sources, asks over the network or draws tables comes when it is needed."""
    late = {f"releasecal.{name}" for name in ON_USE} | {
        "httpx2",
        "pyrate_limiter",
        "rich",
        "stamina",
    }
    code = f"import releasecal.cli.serving, sys; sys.exit(' '.join({late} & set(sys.modules)))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.stderr.split() == []


def test_names_for_programs():
    """The package has its publisher and a renderer, lists them, and has nothing else."""
    feed = Feed(SiteSettings(), EVERYTHING, "Films", "/calendar", date(2030, 1, 1), (), NOW)

    assert releasecal.Publisher is Publisher
    assert releasecal.render(feed).startswith(b"BEGIN:VCALENDAR")
    assert releasecal.render(feed, "json").startswith(b"{")
    assert {"create_app", "Publisher", "render"} <= set(dir(releasecal))
    with pytest.raises(AttributeError, match="has no attribute 'creat_app'"):
        _ = releasecal.creat_app


@pytest.mark.slow
@pytest.mark.sqlite("without a setting it is a file")
def test_flask_finds_the_app(tmp_path, monkeypatch):
    """``flask --app releasecal run`` serves the site of the settings."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "films.yaml").write_text(DATA)
    monkeypatch.chdir(tmp_path)

    app = releasecal.create_app()

    assert isinstance(app, Flask)
    assert b"BEGIN:VEVENT" in app.test_client().get("/calendar.ics").data


def build(source: Path, into: Path, *options: str, **environ: str) -> list[Path]:
    """Return the files that building *source* brings into the folder *into*, by name."""
    command = [
        *UV,
        "build",
        "--quiet",
        "--no-create-gitignore",
        *options,
        "--out-dir",
        into,
        source,
    ]
    subprocess.run(command, env={**os.environ, **environ}, check=True)
    return sorted(into.iterdir())


@pytest.fixture(scope="module")
def dist(tmp_path_factory):
    """The wheel and the sdist that it was built from."""
    wheel, sdist = build(ROOT, tmp_path_factory.mktemp("dist"))
    return wheel, sdist


@pytest.fixture(scope="module")
def unpacked(dist, tmp_path_factory):
    """The folder that an sdist is unpacked to."""
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(dist[1]) as archive:
        archive.extractall(folder, filter="data")
    return folder / f"releasecal-{releasecal.__version__}"


def files_of(folder: Path) -> set[str]:
    """Return the paths of all files in *folder*, those in linked folders too, without compiled ones."""
    return {
        str(Path(parent, name).relative_to(folder))
        for parent, _, names in os.walk(folder, followlinks=True)
        for name in names
        if not name.endswith(".pyc")
    }


def metadata(wheel: Path) -> Parser:
    """Return what *wheel* tells of itself."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
        return Parser().parsestr(archive.read(name).decode())


@pytest.mark.system
class TestFiles:
    def test_a_wheel_has_what_the_site_needs(self, dist):
        """Code, types, templates, styles, fonts, translations, data and manual, and nothing else."""
        with zipfile.ZipFile(dist[0]) as wheel:
            names = {name for name in wheel.namelist() if ".dist-info/" not in name}

        stem = f"releasecal-{releasecal.__version__}"
        ours = {f"releasecal/{name}" for name in files_of(SOURCE)}
        assert names == {*ours, f"{stem}.data/data/share/man/man1/releasecal.1"}
        assert "releasecal/sources/builtin/article/mission-impossible.yaml" in names

    def test_a_wheel_says_what_it_is(self, dist):
        """Licence and Pythons are told; a home only if whoever builds it names one."""
        told = metadata(dist[0])

        assert told["License-Expression"] == "MIT"
        assert told["Requires-Python"] == ">=3.11"
        assert told.get_all("Project-URL") is None

    def test_a_sdist_has_the_repository(self, dist, require):
        """Every file of the repository is in it, so that whoever has it can run the tests."""
        require("git", found=(ROOT / ".git").exists() and bool(shutil.which("git")))
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout.split("\0")[:-1]
        with tarfile.open(dist[1]) as archive:
            names = [name.partition("/")[2] for name in archive.getnames()]

        linked = {name for name in listed if (ROOT / name).is_dir()}
        below = {f"{name}/{each}" for name in linked for each in files_of(ROOT / name)}
        assert sorted(names) == sorted({*listed, *below, "PKG-INFO"} - linked)

    def test_the_tests_run_from_a_sdist(self, unpacked):
        """Unpacked elsewhere, the tests that read most of the other files find all of them."""
        pytest_ = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "fast"]
        done = subprocess.run(
            [*pytest_, "tests/test_docs.py"],
            cwd=unpacked,
            env={**os.environ, "PYTHONPATH": str(unpacked / "src")},
            capture_output=True,
            text=True,
            check=False,
        )

        assert done.returncode == 0, done.stdout[-3_000:]

    def test_an_index_would_take_them(self, dist):
        """The checker of uploads finds nothing wrong with metadata and description."""
        command = [sys.executable, "-m", "twine", "check", "--strict", *dist]
        done = subprocess.run(command, capture_output=True, text=True, check=False)

        assert done.returncode == 0, done.stdout

    def test_building_again_makes_the_same_octets(self, dist, unpacked, tmp_path):
        """The wheel is the same from a clone and from the sdist, in any folder at any time."""
        (cloned,) = build(ROOT, tmp_path / "a", "--wheel")
        (again,) = build(ROOT, tmp_path / "b", "--sdist")
        (elsewhere,) = build(unpacked, tmp_path / "c", "--wheel")

        assert cloned.read_bytes() == elsewhere.read_bytes() == dist[0].read_bytes()
        assert again.read_bytes() == dist[1].read_bytes()

    def test_whoever_publishes_names_the_home(self, tmp_path):
        """The addresses of the project are those of the home that is named when it is built."""
        home = "https://code.example/us/releasecal"
        wheel, _ = build(ROOT, tmp_path, RELEASECAL_HOME_URL=f"{home}/")

        assert metadata(wheel).get_all("Project-URL") == [
            f"Homepage, {home}",
            f"Source, {home}",
            f"Changelog, {home}/blob/main/CHANGELOG.md",
            f"Issues, {home}/issues",
        ]


@dataclass(frozen=True)
class Installer:
    """
    A way to install a wheel into the folder *home*.

    Attributes:
        commands: The command lines, given the wheel and the folder.
        bin: The folder of programs in it.
        man: The folder of the manual page in it; None where it is not led to.
    """

    commands: Callable[[Path, Path], Sequence[Sequence[object]]]
    bin: str
    man: str | None = None


INSTALLERS = {
    "pip": Installer(
        lambda wheel, home: [
            [sys.executable, "-m", "venv", home / "venv"],
            [home / "venv" / "bin" / "pip", "install", "--quiet", wheel],
        ],
        "venv/bin",
        "venv/share/man",
    ),
    "pipx": Installer(
        lambda wheel, _: [[sys.executable, "-m", "pipx", "install", wheel]], "bin", "man"
    ),
    "uv": Installer(
        lambda wheel, _: [
            [*UV, "tool", "run", "--quiet", "--from", wheel, "releasecal", "--version"],
            [*UV, "tool", "install", "--quiet", wheel],
        ],
        "bin",
    ),
}
"""The ways that the README names."""


class Program(servers.Server):
    """A *program* of an installer's that serves in an empty folder, where nothing is set."""

    def __init__(self, folder: Path, program: Path, *words: str) -> None:
        super().__init__("installed", servers.free_port(), "/healthz")
        self.home = folder
        self._command = [program, *words]
        self._environ = {
            name: text for name, text in os.environ.items() if not name.startswith("RELEASECAL")
        }

    def command(self):
        return [*self._command, "--port", str(self.port)]

    def options(self):
        return {"cwd": self.home, "env": self._environ}

    def run(self, *words: str) -> None:
        """Run the program with *words* in the same folder."""
        command = [self._command[0], *words]
        subprocess.run(command, cwd=self.home, env=self._environ, check=True, capture_output=True)


@pytest.mark.system
@pytest.mark.parametrize("name", INSTALLERS)
def test_the_first_minute(name, dist, tmp_path):
    """
    Installed, it serves in an empty folder at once, and then a calendar of one's own.

    The example is one that calendar programs read, and says that it is an example, on pages and
    in the terminal.
    """
    installer, home, folder = INSTALLERS[name], tmp_path / "home", tmp_path / "empty"
    for each in (home, folder):
        each.mkdir()
    places = {
        "PIPX_HOME": "pipx", "PIPX_BIN_DIR": "bin", "PIPX_MAN_DIR": "man",
        "UV_TOOL_DIR": "tools", "UV_TOOL_BIN_DIR": "bin",
    }  # fmt: skip
    environ = {**os.environ, **{name: str(home / place) for name, place in places.items()}}
    for command in installer.commands(dist[0], home):
        subprocess.run(list(map(str, command)), env=environ, check=True)
    if installer.man:
        assert (home / installer.man / "man1" / "releasecal.1").is_file()

    with Program(folder, home / installer.bin / "releasecal", "serve") as server:
        server.start()
        events = READERS["icalendar"].read(server.get("/calendar.ics").body)
        assert len(events) == 4
        assert b"This is an example" in server.get("/").body
        assert "this is an example" in server.log
        server.stop()

        server.run("init", "--region", "DE", "--name", "Kino")
        server.start()
        (event,) = READERS["icalendar"].read(server.get("/calendar.ics").body)
        assert "My First Film" in event.summary
        assert b"This is an example" not in server.get("/").body
    if name == "pip":
        with Program(folder, home / "venv/bin/flask", "--app", "releasecal", "run") as server:
            server.start()
            assert b"My First Film" in server.get("/calendar.ics").body
