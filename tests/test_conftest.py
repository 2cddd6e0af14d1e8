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

DATABASES = """
import sqlite3
from functools import partial
import pytest
from sqlalchemy import create_engine, text
from support import database
from support.database import database_url

def opened(address):
    with create_engine(address).connect() as connection:
        connection.execute(text("select 1"))

def helper(path):
    opened(database_url(path))

class Site:
    def __init__(self, path):
        self.refresh = partial(helper, path)

@pytest.fixture
def site(tmp_path):
    return Site(tmp_path / "x.db")

@pytest.fixture
def chosen(request):
    return request.getfixturevalue("site")

@pytest.fixture
def by_name():
    return getattr(database, "database" + "_url")

def test_by_a_fixture(site):
    site.refresh()

def test_by_a_name(chosen):
    chosen.refresh()

@pytest.mark.parametrize("action", [helper, lambda path: Site(path).refresh()])
def test_by_a_parameter(tmp_path, action):
    action(tmp_path / "x.db")

def test_by_a_module(tmp_path):
    opened(database.database_url(tmp_path / "x.db"))

def test_none(tmp_path):
    assert tmp_path

def test_beside(tmp_path):
    opened(f"sqlite:///{tmp_path}/y.db")

def test_hidden(tmp_path, by_name):
    opened(by_name(tmp_path / "x.db"))

@pytest.mark.sqlite("a file is copied")
def test_marked(tmp_path):
    helper(tmp_path / "x.db")
    opened(f"sqlite:///{tmp_path}/y.db")

def test_foreign(tmp_path, require):
    helper(tmp_path / "x.db")
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


@pytest.fixture
def databases(suite, tmp_path):
    """Return a function that runs tests with databases: {its name: how it went}."""
    (tmp_path / "test_databases.py").write_text(DATABASES)

    def run(*options: str) -> dict[str, str]:
        _, output = suite("-v", "test_databases.py", *options, ci="")
        return dict(re.findall(r"::test_(\w+)\S* (PASSED|FAILED|ERROR)", output))

    return run


def test_a_test_with_a_database_says_so_or_is_found(databases):
    """One that would be left out on PostgreSQL without a reason fails on SQLite, where it runs."""
    told = databases()

    assert [name for name, how in told.items() if how == "FAILED"] == ["beside", "hidden"]
    assert len(told) == 9


def test_on_postgresql_run_those_that_use_a_database(databases):
    """However they come by it; those of SQLite, of none and of foreign programs are left out."""
    assert databases("--database", "postgresql") == dict.fromkeys(
        ["by_a_fixture", "by_a_name", "by_a_parameter", "by_a_module"], "PASSED"
    )
