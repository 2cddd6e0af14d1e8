"""examples/static-site as a new user has it: its workflow's steps, on a clean root, from a wheel."""

import functools
import os
import re
import shutil
import subprocess
import sys
import threading
from datetime import UTC, datetime
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
import yaml
from icalendar import Calendar

from support.faulty_server import FaultyServer
from support.paths import ROOT
from support.tmdb import Replay, movie

TEMPLATE = ROOT / "examples" / "static-site"
TOKEN = "a-token-of-tmdb"
NEXT_YEAR = datetime.now(UTC).year + 1
PASSED_ON = ("PIP_", "SSL_", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
"""What a machine says of how it reaches the index of packages."""


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    """Return the environment of a machine with Python and nothing else; pip finds our wheel."""
    home = tmp_path_factory.mktemp("machine")
    wheels, root = home / "wheels", home / "root"
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", wheels, ROOT]
    subprocess.run(build, check=True)
    subprocess.run([sys.executable, "-m", "venv", root], check=True)
    passed = {name: text for name, text in os.environ.items() if name.startswith(PASSED_ON)}
    found = f"{os.environ.get('PIP_FIND_LINKS', '')} {wheels}".strip()
    path = f"{root / 'bin'}:/usr/bin:/bin"
    return {**passed, "PATH": path, "HOME": str(home), "PIP_FIND_LINKS": found}


class Host:
    """A host of files, which serves what was last published."""

    def __init__(self, folder):
        self.folder = folder
        self.folder.mkdir()
        handler = functools.partial(_Quiet, directory=str(folder))
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def events(self, feed="calendar.ics"):
        """Return the events of *feed* by UID."""
        calendar = Calendar.from_ical((self.folder / feed).read_bytes())
        return {str(event["UID"]): event for event in calendar.walk("VEVENT")}


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def host(tmp_path):
    host = Host(tmp_path / "www")
    yield host
    host.close()


@pytest.fixture
def repository(tmp_path):
    """Return a fork of the template, whose films open next year."""
    fork = shutil.copytree(TEMPLATE, tmp_path / "repository")
    films = fork / "data" / "films.yaml"
    films.write_text(films.read_text().replace("2027-", f"{NEXT_YEAR}-"))
    return fork


@pytest.fixture
def run(machine, host, repository, tmp_path):
    """Run the workflow of the repository on an empty machine; return (ok, what it said)."""

    def run():
        checkout = tmp_path / "checkout"
        shutil.rmtree(checkout, ignore_errors=True)
        shutil.copytree(repository, checkout)
        workflow = (checkout / ".github" / "workflows" / "site.yml").read_text()
        said = ""
        for step in yaml.safe_load(workflow)["jobs"]["site"]["steps"]:
            if "run" in step:
                environ = {name: filled(text) for name, text in step.get("env", {}).items()}
                done = subprocess.run(
                    ["bash", "-e", "-o", "pipefail", "-c", step["run"]],
                    cwd=checkout,
                    env={**machine, **environ},
                    capture_output=True,
                    text=True,
                    check=False,
                )
                said += done.stdout + done.stderr
                if done.returncode:
                    return False, said
            elif "upload-pages-artifact" in step["uses"]:
                shutil.rmtree(host.folder)
                shutil.copytree(checkout / step["with"]["path"], host.folder)
        return True, said

    def filled(text):
        values = {"steps.pages.outputs.base_url": host.address, "secrets.TMDB_TOKEN": TOKEN}
        return re.sub(r"\$\{\{ (.*?) \}\}", lambda found: values[found[1]], text)

    return run


def test_the_readme_has_ten_lines():
    """A fork takes ten lines to explain."""
    assert len((TEMPLATE / "README.md").read_text().splitlines()) <= 10


def test_a_fork_publishes_and_goes_on(run, host, repository):
    """The site begins; after a date has moved, the same event moves; a mistake publishes nothing."""
    ok, said = run()
    assert ok, said
    assert "the site begins" in said
    first = host.events()
    assert len(first) == 2
    assert host.events("feeds/cinemas.ics").keys() == first.keys()

    films = repository / "data" / "films.yaml"
    films.write_text(films.read_text().replace("-05-14", "-05-28"))
    ok, said = run()
    assert ok, said
    assert "restored from" in said
    second = host.events()
    (moved,) = (uid for uid in first if second[uid] != first[uid])
    assert second.keys() == first.keys()
    assert second[moved]["SEQUENCE"] == first[moved]["SEQUENCE"] + 1
    assert f"Moved from 14 May {NEXT_YEAR} to 28 May {NEXT_YEAR}" in second[moved]["DESCRIPTION"]

    films.write_text(films.read_text().replace("-05-28", "-02-30"))
    published = {path: path.read_bytes() for path in host.folder.rglob("*.ics")}
    ok, said = run()
    assert not ok
    assert f"no such day: {NEXT_YEAR}-02-30" in said
    assert {path: path.read_bytes() for path in host.folder.rglob("*.ics")} == published


def test_a_fork_has_what_opens_in_a_country(run, host, repository):
    """With the marks of its settings taken out, TMDB tells what opens there."""
    replay = Replay(
        movie(
            1,
            "Hafenlicht",
            ("DE", 3, f"{NEXT_YEAR}-05-14", ""),
            ("US", 3, f"{NEXT_YEAR}-05-07", ""),
        ),
        movie(2, "Der langsame Zug", ("DE", 3, f"{NEXT_YEAR}-06-03", "")),
        token=TOKEN,
    )
    replay.queries["DE"] = (1, 2)
    settings = repository / "releasecal.toml"
    text, marks = re.subn(
        r"^# (\[\[source|\w+ = (?!.*Springfield))", r"\1", settings.read_text(), flags=re.MULTILINE
    )
    assert marks == 6
    with FaultyServer(replay) as tmdb:
        settings.write_text(f'{text}address = "{tmdb.address}"\nallow_private = true\n')
        ok, said = run()

    assert ok, said
    titles = {str(event["SUMMARY"]) for event in host.events("kinds/theatrical/DE.ics").values()}
    assert {title.partition(" – ")[0] for title in titles} >= {"Hafenlicht", "Der langsame Zug"}
