"""
Containerfile as it is shipped: built, and run by nobody in particular on a root that nobody writes.

No registry of images is asked: the base is made of Debian's packages, as Debian's own images are,
and nginx and PostgreSQL of the compose files are tested elsewhere, without containers.
"""

import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from support.live import until
from support.paths import DATA, ROOT

TOOLS = ("buildah", "mmdebstrap", "podman", "runc")
BASE = "localhost/debian"
IMAGE = "localhost/releasecal"
SLIM = ("doc/*", "info/*", "locale/*", "man/*")
"""Folders below /usr/share that slim images of Debian do not have."""

CONFINED = [
    "--read-only",
    "--network",
    "none",
    "--cap-drop",
    "all",
    "--security-opt",
    "no-new-privileges",
]
LIMITS = ["--ulimit", "nofile=4096:4096", "--ulimit", "nproc=4096:4096"]
"""What any machine may set; without them podman raises limits, which not every one may."""

MOST = 400_000_000
"""Octets of the image with its base, at most."""

GET = """
import sys, urllib.request
answer = urllib.request.urlopen("http://127.0.0.1:8000" + sys.argv[1])
print(answer.headers["ETag"])
print(answer.read().decode())
"""


@dataclass
class Engine:
    """
    Podman and buildah, with a storage of their own.

    Attributes:
        home: Their folder, where a folder called wheels has the packages for pip.
    """

    home: Path

    def run(self, program, *arguments, check=True):
        places = ["--root", self.home / "storage", "--runroot", self.home / "runroot"]
        done = subprocess.run(
            [program, *places, *arguments], capture_output=True, text=True, check=False
        )
        assert not check or done.returncode == 0, f"{arguments}\n{done.stdout}\n{done.stderr}"
        return done

    def podman(self, *arguments, check=True):
        options = ["--runtime", "runc", "--cgroup-manager", "cgroupfs", "--log-level", "fatal"]
        return self.run("podman", *options, *arguments, check=check)

    def base(self):
        """Make the base of Debian's packages, which are reached as this machine reaches them."""
        acquire = self.home / "acquire.conf"
        config = subprocess.run(
            ["apt-config", "dump", "Acquire"], capture_output=True, text=True, check=True
        )
        acquire.write_text(config.stdout)
        options = ["--quiet", "--variant=minbase", f"--aptopt={acquire}"]
        options += ["--keyring=/usr/share/keyrings/debian-archive-keyring.gpg"]
        options += [f"--dpkgopt=path-exclude=/usr/share/{each}" for each in SLIM]
        suite, archive = "trixie", self.home / "base.tar"
        subprocess.run(["mmdebstrap", *options, suite, archive], check=True)
        self.podman("import", archive, BASE)

    def build(self):
        """Build the image; pip takes packages from a folder, for hosts are none of its business."""
        wheels, config = self.home / "wheels", self.home / "pip.conf"
        for name in ("requirements", "build-requirements"):
            path = ROOT / "deploy" / f"{name}.txt"
            version = re.search(r"--python-version (\S+)", path.read_text(encoding="utf-8"))[1]
            fetch = [sys.executable, "-m", "pip", "download", "--quiet", "--require-hashes"]
            options = ["--only-binary", ":all:", "--python-version", version, "--dest", wheels]
            subprocess.run([*fetch, *options, "--requirement", path], check=True)
        config.write_text("[global]\nno-index = true\nfind-links = /wheels\n")
        options = [
            "--format",
            "docker",
            "--isolation",
            "chroot",
            "--network",
            "host",
            "--pull=never",
        ]
        options += ["--volume", f"{wheels}:/wheels:ro", "--volume", f"{config}:/etc/pip.conf:ro"]
        options += ["--build-arg", f"BASE={BASE}", "--file", ROOT / "Containerfile", "--tag", IMAGE]
        self.run("buildah", "build", *options, ROOT)

    def confined(self, *arguments):
        """Run the image with *arguments*, as its documents say and stricter."""
        return self.podman("run", *CONFINED, *LIMITS, *arguments)

    def get(self, name, path):
        """Return the tag and the text of an answer within the container *name*."""
        said = self.podman("exec", name, "python3", "-c", GET, path).stdout
        tag, _, text = said.partition("\n")
        return tag, text

    def is_healthy(self, name):
        return self.podman("healthcheck", "run", name, check=False).returncode == 0


@pytest.fixture(scope="module")
def engine():
    """Return the engine, with the image; all of it goes at the end."""
    if missing := [tool for tool in TOOLS if not shutil.which(tool)]:
        pytest.skip(f"{', '.join(missing)} missing: apt-get install {' '.join(TOOLS)}")
    # Not in a folder of pytest's: a run that was killed leaves a mount, which pytest cannot remove.
    with TemporaryDirectory(prefix="releasecal-containers-") as folder:
        engine = Engine(Path(folder))
        try:
            engine.base()
            engine.build()
            yield engine
        finally:
            engine.podman("rm", "--all", "--force", "--volumes", check=False)
            engine.podman("rmi", "--all", "--force", check=False)
            subprocess.run(["umount", engine.home / "storage" / "overlay"], check=False)


@pytest.fixture
def volumes(tmp_path):
    """Return the options of films that cannot be written, and of an empty folder for the state."""
    state = tmp_path / "state"
    state.mkdir()
    shutil.chown(state, 10001, 10001)
    return ["--volume", f"{DATA}:/data:ro", "--volume", f"{state}:/state"]


def test_the_image_is_what_it_says(engine):
    """It has a user, a health check and a volume, no tools, and a size within its limit."""
    (facts,) = json.loads(engine.podman("inspect", "--type", "image", IMAGE).stdout)
    config = facts["Config"]

    assert config["User"] == "10001:10001"
    assert config["Entrypoint"] == ["releasecal"]
    assert [*config["Volumes"]] == ["/state"]
    assert "/readyz" in facts["Healthcheck"]["Test"][-1]  # podman has it beside the rest
    assert facts["Size"] <= MOST
    tools = "for each in pip gcc curl; do command -v $each; done; python3 -m pip --version; true"
    found = engine.confined("--rm", "--entrypoint", "sh", IMAGE, "-c", tools)
    assert found.stdout == ""


def test_it_serves_on_a_root_that_nobody_writes(engine, volumes):
    """It gets healthy, and writes nothing but its state; told to stop, it ends well and goes on."""
    engine.confined("--detach", "--name", "served", *volumes, IMAGE)
    until(lambda: engine.is_healthy("served"), "the container is healthy")

    tag, feed = engine.get("served", "/calendar.ics")
    assert "BEGIN:VEVENT" in feed
    assert '"status":"ok"' in engine.get("served", "/readyz")[1]
    for path in ("/here", "/opt/releasecal/here", "/data/here"):
        assert engine.podman("exec", "served", "touch", path, check=False).returncode
    user = engine.podman("exec", "served", "id", "-u").stdout
    assert user.strip() == "10001"

    engine.podman("stop", "--time", "30", "served")
    (facts,) = json.loads(engine.podman("inspect", "served").stdout)
    assert facts["State"]["ExitCode"] == 0
    assert not engine.is_healthy("served")
    engine.podman("start", "served")
    until(lambda: engine.is_healthy("served"), "the container is healthy again")
    assert engine.get("served", "/calendar.ics") == (tag, feed)


def test_without_films_it_shows_the_example(engine):
    """Run with nothing mounted, it serves what the package brings along, and says so."""
    engine.confined("--detach", "--name", "example", IMAGE)
    until(lambda: engine.is_healthy("example"), "the container is healthy")

    assert "this is an example" in engine.podman("logs", "example").stderr
    assert "BEGIN:VEVENT" in engine.get("example", "/calendar.ics")[1]
    engine.podman("rm", "--force", "--volumes", "example")


def test_every_command_is_there(engine, volumes):
    """Other commands take the place of the one that serves."""
    check = engine.confined("--rm", *volumes, IMAGE, "check")
    token = engine.confined("--rm", *volumes, IMAGE, "token")

    assert "nothing wrong" in check.stdout
    assert len(token.stdout.strip()) >= 16
