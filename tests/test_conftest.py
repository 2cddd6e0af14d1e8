"""The suite's own promises: nothing is skipped in CI, golden files are compared, tests are marked."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

CONFTEST = Path(__file__).parent / "conftest.py"
SUPPORT = CONFTEST.parent / "support"

SUITE = """
import pytest

def test_without_a_tool(require):
    require("no-such-tool", remedy="nothing installs it")

def test_golden(golden):
    golden("example.txt", b"new")

@pytest.mark.slow
def test_long():
    pass
"""

SYSTEM = """
def test_whole():
    pass
"""


@pytest.fixture
def suite(tmp_path):
    """Return a function that runs a small suite with our conftest: (exit status, output)."""
    (tmp_path / "conftest.py").write_bytes(CONFTEST.read_bytes())
    shutil.copytree(SUPPORT, tmp_path / "support")
    (tmp_path / "pytest.ini").write_text("[pytest]\npythonpath = .\n")
    (tmp_path / "test_small.py").write_text(SUITE)
    (tmp_path / "system").mkdir()
    (tmp_path / "system" / "test_large.py").write_text(SYSTEM)

    def run(*options: str, ci: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-ra", "-p", "no:cacheprovider", *options],
            cwd=tmp_path,
            env={**os.environ, "CI": ci},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout

    return run


def test_a_missing_tool_skips_at_home_and_fails_in_ci(suite):
    status, output = suite("-k", "tool", ci="")
    assert status == 0
    assert "no-such-tool is missing: nothing installs it" in output
    status, output = suite("-k", "tool", ci="true")
    assert status == 1
    assert "skipped, which nothing may be in CI" in output


def test_golden_files_are_compared_and_written_when_told(suite, tmp_path):
    assert "pytest --update-golden makes it" in suite("-k", "golden", ci="")[1]
    assert suite("-k", "golden", "--update-golden", ci="")[0] == 0
    path = tmp_path / "golden" / "example.txt"
    assert path.read_bytes() == b"new"
    path.write_bytes(b"old")
    assert suite("-k", "golden", ci="")[0] == 1


@pytest.mark.parametrize(
    ("marker", "tests"),
    [
        ("fast", ["test_without_a_tool", "test_golden"]),
        ("slow", ["test_long"]),
        ("system", ["test_whole"]),
    ],
)
def test_each_test_has_one_marker(suite, marker, tests):
    """`-m` selects by folder and by a test's own marker; all other tests are fast."""
    _, output = suite("-m", marker, "--collect-only", "-q", ci="")
    assert re.findall(r"::(\w+)", output) == tests
