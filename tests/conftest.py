"""All tests share this: markers, golden files, and tools that may be missing, though not in CI."""

import os
import shutil
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import settings

from support import database_use
from support.templates import compile_once

GOLDEN = Path(__file__).parent / "golden"  # beside this file, which test_conftest.py copies
SYSTEM = Path(__file__).parent / "system"
MARKERS = ("fast", "slow", "system")
FOREIGN = {"require", "browser"}  # fixtures of tests that need another program

Require = Callable[..., None]
Golden = Callable[[str, bytes], None]
Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)

# How long a test takes says more of the machine than of the code.
settings.register_profile("releasecal", deadline=None)
settings.load_profile("releasecal")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write tests/golden anew from what the code makes now; review the diff",
    )
    parser.addoption(
        "--database",
        choices=["sqlite", "postgresql"],
        default="sqlite",
        help="where the stores of the tests are; elsewhere only those run that use one",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(database_use)
    compile_once()
    if config.getoption("--database") == "postgresql":
        config.pluginmanager.import_plugin("support.postgresql")


@pytest.hookimpl(tryfirst=True)  # before `-m` selects by them
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """
    Give each test without a marker one: `system` in that folder, `fast` elsewhere.

    Where another database than SQLite is tested, those are left out for which it makes no
    difference: those of SQLite alone, those that use no database, and those of a foreign program,
    for the site has the same octets from either (tests/web/test_two_databases.py).
    """
    for item in items:
        if not any(item.get_closest_marker(name) for name in MARKERS):
            item.add_marker("system" if SYSTEM in item.path.parents else "fast")
    if config.getoption("--database") != "sqlite":
        wanted = dict.fromkeys(filter(_is_of_any_database, items))
        config.hook.pytest_deselected(items=[item for item in items if item not in wanted])
        items[:] = [*wanted]


def _is_of_any_database(item: pytest.Item) -> bool:
    if item.get_closest_marker("sqlite") or FOREIGN & {*getattr(item, "fixturenames", ())}:
        return False
    return database_use.uses_database(item)


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """
    Compare bytes with the file of that name in ``tests/golden``.

    With ``--update-golden`` the file is written instead.
    """

    def compare(name: str, data: bytes) -> None:
        path = GOLDEN / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        assert path.is_file(), f"there is no {path.name} yet; pytest --update-golden makes it"
        assert data == path.read_bytes()

    return compare


@pytest.fixture
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that commands are run in, without any setting."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("RELEASECAL")]:
        monkeypatch.delenv(name)
    return tmp_path


@pytest.fixture
def require() -> Require:
    """Skip a test whose *tool* is missing; where CI is set, that is a failure (see below)."""

    def skip_without(tool: str, *, found: bool | None = None, remedy: str = "") -> None:
        if not (shutil.which(tool) if found is None else found):
            pytest.skip(f"{tool} is missing" + (f": {remedy}" if remedy else ""))

    return skip_without


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    return _unskipped((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    return _unskipped((yield))


def _unskipped(report: Report) -> Report:
    """Return *report*; where ``CI`` is set, a test that was skipped has failed."""
    if os.environ.get("CI") and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which nothing may be in CI: {report.longrepr}"
    return report
