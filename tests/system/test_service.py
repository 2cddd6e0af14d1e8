"""deploy/releasecal.service as it is shipped."""

import shlex
import subprocess
import sys

from click.testing import CliRunner

from releasecal.cli import main
from support.paths import ROOT

SERVICE = ROOT / "deploy" / "releasecal.service"
PROGRAM = "/opt/releasecal/bin/releasecal"


def test_systemd_accepts_the_service(require, tmp_path):
    """``systemd-analyze verify`` has no complaint once the program is in its place."""
    require("systemd-analyze", remedy="apt-get install systemd")
    unit = tmp_path / SERVICE.name
    text = SERVICE.read_text(encoding="utf-8")
    unit.write_text(text.replace(f"ExecStart={PROGRAM}", f"ExecStart={sys.executable}"))

    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_service_is_confined(require):
    """``systemd-analyze security`` finds an exposure of 1.7 at most; files and memory have limits."""
    require("systemd-analyze", remedy="apt-get install systemd")

    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--threshold=17", "--no-pager", SERVICE],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout
    lines = SERVICE.read_text().splitlines()
    assert {"LimitNOFILE=65536", "MemoryMax=2G", "PrivateUsers=yes"} <= {*lines}


def test_the_service_starts_a_valid_command():
    """The service starts a command of ours with valid options."""
    (line,) = [each for each in SERVICE.read_text().splitlines() if each.startswith("ExecStart=")]
    program, *arguments = shlex.split(line.removeprefix("ExecStart="))

    assert program == PROGRAM
    assert CliRunner().invoke(main, [*arguments, "--help"]).exit_code == 0
