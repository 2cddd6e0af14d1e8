"""The programs that are run by hand for long, for a short while."""

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAMS = {
    "fuzz_server.py": ("1200",),
    "idle.py": ("1500", "20"),
    "kill_export.py": ("4",),
    "kill_nine.py": ("3",),
    "kill_notifier.py": ("12",),
    "kill_server.py": ("4",),
    "recovery.py": ("source", "disk-full", "child-killed"),
    "soak.py": ("15",),
    "starving.py": ("300", "4", "3", "--goal", "0"),  # no goal: this machine may be busy
}
"""Arguments of the short run by program."""


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_finds_nothing_wrong(tmp_path, program):
    """A short run of each program finds what it looks for as it should be."""
    path = Path(__file__).parent / program

    done = subprocess.run(
        [sys.executable, path, *PROGRAMS[program]],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )

    assert done.returncode == 0, done.stdout + done.stderr[-3_000:]
    assert done.stdout
