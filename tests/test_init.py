"""`releasecal init`: first settings and a first data file, which work at once."""

import os
import pty
import subprocess
import sys
import tomllib

import pytest
from click.testing import CliRunner

from releasecal import sources
from releasecal.cli import main
from releasecal.settings import Settings


@pytest.fixture
def folder(empty_folder, monkeypatch):
    """An empty folder, and no token."""
    monkeypatch.delenv("TMDB_TOKEN", raising=False)
    return empty_folder


def run(*arguments):
    return CliRunner().invoke(main, arguments)


def files(folder):
    return {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.usefixtures("folder")
class TestWithoutQuestions:
    @pytest.mark.sqlite("without a setting it is a file")
    @pytest.mark.parametrize("source", ["file", "tmdb"])
    @pytest.mark.parametrize("region", ["DE", "US", "001", "NO"])
    def test_what_it_writes_works_at_once(self, source, region):
        """Settings and data are right as they stand, and the first film is published."""
        written = run("init", "--source", source, "--region", region, "--name", 'Films "here"')
        assert written.exit_code == 0, written.output

        checked = run("check")
        assert checked.exit_code == 0, checked.output
        assert "1 film with 1 release, nothing wrong" in checked.output
        refreshed = run("refresh")
        assert "edition 1: 1 added" in refreshed.output
        assert "My First Film" in run("show", "--format", "ics").output
        settings = Settings.read({"TMDB_TOKEN": "x" * 40})
        assert [source.id for source in settings.fetched] == (["tmdb"] if source == "tmdb" else [])
        assert settings.site.name == 'Films "here"'

    def test_it_says_what_is_next(self):
        """The next commands are named, with the token that TMDB needs."""
        told = run("init", "--source", "tmdb").output

        assert "releasecal.toml has the settings, data/films.yaml the first film" in told
        assert "export TMDB_TOKEN=" in told
        assert "releasecal serve" in told

    @pytest.mark.parametrize("name", ["releasecal.toml", "data/films.yaml"])
    def test_it_never_overwrites(self, folder, name):
        """Where one of the files is there, it says so and leaves everything as it was."""
        (folder / "data").mkdir()
        (folder / name).write_text("mine")

        told = run("init")
        assert told.exit_code == 1
        assert f"{name}: exists already" in told.output
        assert files(folder) == {name: "mine"}

    def test_a_link_to_nowhere_is_a_file_too(self, folder):
        """A link whose file is gone is not written through."""
        (folder / "releasecal.toml").symlink_to(folder / "elsewhere.toml")

        assert run("init").exit_code == 1
        assert files(folder) == {}

    @pytest.mark.parametrize(
        ("option", "value", "told"),
        [
            ("--region", "Germany", "no country has the code 'Germany'"),
            ("--source", "imdb", "'imdb' is not one of"),
            ("--name", "", "a text of one line is needed"),
        ],
    )
    def test_a_wrong_option_writes_nothing(self, folder, option, value, told):
        """An option that is not understood is wrong usage, and nothing is written."""
        found = run("init", option, value)

        assert found.exit_code == 2
        assert told in found.output
        assert files(folder) == {}

    def test_what_is_commented_out_is_right_too(self, folder):
        """The other sources in the settings are right once their marks are taken off."""
        run("init", "--source", "file", "--region", "DE")
        text = (folder / "releasecal.toml").read_text()
        lines = [line.removeprefix("# ") for line in text.splitlines()]
        start = lines.index("[[source]]")
        is_prose = ("TMDB:", "https://www", "The ", "RADARR_KEY in")
        toml = "\n".join(line for line in lines[start:] if not line.startswith(is_prose))
        (folder / "releasecal.toml").write_text(toml)
        keys = {"TMDB_TOKEN": "x" * 40, "RADARR_KEY": "x"}

        assert [row["type"] for row in tomllib.loads(toml)["source"]] == [
            "files",
            "tmdb",
            "radarr",
            "ics",
        ]
        assert len(Settings.read(keys).fetched) == 3

    def test_a_history_takes_the_place_of_the_date(self, folder):
        """The revisions that the data file explains are right in the place of `when`."""
        run("init", "--region", "DE")
        path = folder / "data" / "films.yaml"
        kept = [line for line in path.read_text().splitlines() if "        when:" not in line]
        text = "\n".join(kept).replace("# revisions", "revisions").replace("#   - ", "  - ")
        path.write_text(text.replace("        # refs", "        refs"))

        (film,) = sources.read([str(path)])[0].films
        assert len(film.releases[0].history) == 2


class TestAtATerminal:
    def test_it_asks_three_questions(self, folder):
        """At a terminal it asks for what is not given, again if it does not understand."""
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, "-m", "releasecal", "init"],
            cwd=folder,
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        os.write(ours, b"nowhere\nat\ntmdb\nKino in Wien\n")
        told = process.communicate(timeout=60)[0].decode()
        os.close(ours)
        os.close(theirs)

        assert process.returncode == 0, told
        assert "no country has the code 'nowhere'" in told
        table = tomllib.loads((folder / "releasecal.toml").read_text())
        assert table["RELEASECAL_CALENDAR_NAME"] == "Kino in Wien"
        assert table["source"][1]["discover"]["region"] == "AT"
        assert "region: AT" in (folder / "data" / "films.yaml").read_text()
