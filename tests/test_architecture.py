"""The arrows: who may import whom, and who may see the world."""

import ast

import pytest

from support.modules import CORE, PARTS

WORLD = {
    "asyncio", "flask", "http", "io", "logging", "multiprocessing", "os", "pathlib", "random",
    "secrets", "shutil", "socket", "sqlalchemy", "sqlite3", "subprocess", "sys", "tempfile",
    "threading", "time", "uuid", "apscheduler", "yaml", "click", "pydantic",
}  # fmt: skip
"""What the core may not import."""

ONLY_IN = {
    "apscheduler": {"scheduler"},
    "babel": {"regions"},
    "brotli": {"web"},
    "click": {"cli"},
    "flask": {"web"},
    "granian": {"serving"},
    "icalendar": {"formats"},
    "msgspec": {"sources"},
    "pydantic": {"sources", "store"},
    "pydantic_core": {"sources"},
    "rich": {"cli"},
    "sqlalchemy": {"store"},
    "werkzeug": {"web"},
    "yaml": {"sources"},
    "zstandard": {"web"},
}
"""Who may import a library; each has one home, or a reason beside it in CONTRIBUTING.md."""

ARROWS = {
    "apart": {"errors", "making", "sources", "store"},
    "brake": {"editions", "models"},
    "catalogue": {"changes", "errors", "history", "models", "overrides"},
    "changes": {"dates", "languages", "models"},
    "cli": {
        "catalogue", "changes", "config", "editions", "errors", "feeds", "formats", "logs",
        "publisher", "scheduler", "serving", "sources", "wiring",
    },
    "config": {"errors", "feeds"},
    "dates": set(),
    "durations": set(),
    "editions": {"catalogue", "changes", "dates", "history", "models", "settling", "windows"},
    "errors": set(),
    "feeds": {"durations", "editions", "errors", "languages", "models"},
    "formats": {
        "changes", "dates", "durations", "editions", "feeds", "languages", "logs", "models",
    },
    "history": {"models"},
    "languages": {"dates"},
    "logs": {"changes", "dates", "errors", "feeds", "models"},
    "models": {"dates"},
    "making": {
        "brake", "catalogue", "changes", "editions", "errors", "feeds", "formats", "increments",
        "sources", "store",
    },
    "increments": {
        "brake", "catalogue", "changes", "editions", "errors", "models", "sources", "store",
    },
    "overrides": {"errors", "history", "models"},
    "publisher": {
        "changes", "dates", "editions", "errors", "feeds", "making", "regions", "sources", "store",
    },
    "recall": {"catalogue", "editions", "models"},
    "regions": {"models"},
    "scheduler": {"errors", "publisher", "store"},
    "secret": {"errors"},
    "serving": {"errors", "wiring"},
    "sources": {"catalogue", "overrides", "dates", "errors", "models", "regions"},
    "settling": {"catalogue", "dates", "models"},
    "store": {"catalogue", "changes", "dates", "editions", "errors", "feeds", "logs", "models", "recall", "settling"},
    "web": {
        "changes", "config", "dates", "editions", "errors", "feeds", "formats", "logs", "making",
        "models", "publisher", "recall", "regions", "store",
    },
    "windows": {"dates", "models"},
    "wiring": {"apart", "config", "editions", "errors", "publisher", "scheduler", "secret", "store", "web"},
}  # fmt: skip
"""What each module imports of ours: no arrow too many, none that nobody uses."""


def imports(files):
    """Return the full names of all that *files* import, wherever in the file it stands."""
    found = set()
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{file}: imports are plain"
                found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("part", PARTS)
def test_arrows_are_as_drawn(part):
    """A module imports of ours exactly what the table says."""
    ours = {name.split(".")[1] for name in imports(PARTS[part]) if name.startswith("releasecal.")}

    assert ours - {part, "__version__"} == ARROWS[part]


def test_the_table_is_complete():
    """Every module has its row, and every row its module."""
    assert set(ARROWS) == set(PARTS)


@pytest.mark.parametrize("part", CORE)
def test_core_imports_upwards(part):
    """Inside the core a module imports only modules above it."""
    above = set(CORE[: CORE.index(part)])

    assert ARROWS[part] <= above


@pytest.mark.parametrize("part", CORE)
def test_core_knows_no_world(part):
    """The core has no clock, no files, no chance, no framework."""
    roots = {name.split(".")[0] for name in imports(PARTS[part])}

    assert not roots & WORLD


@pytest.mark.parametrize("part", PARTS)
def test_libraries_have_homes(part):
    """Each library is imported where it belongs, and nowhere else."""
    roots = {name.split(".")[0] for name in imports(PARTS[part])}

    strangers = {root for root in roots if part not in ONLY_IN.get(root, {part})}
    assert not strangers


def test_imports_are_at_the_top():
    """An import inside a function, or under TYPE_CHECKING, announces a cycle."""
    for files in PARTS.values():
        for file in files:
            tree = ast.parse(file.read_text(encoding="utf-8"))
            top = {node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)}
            everywhere = {
                node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)
            }
            assert everywhere == top, file


@pytest.mark.parametrize("part", [part for part in PARTS if part not in ("cli", "scheduler")])
def test_only_the_rim_asks_for_the_time(part):
    """Time is an argument: only cli and scheduler look at the clock."""
    for file in PARTS[part]:
        text = file.read_text(encoding="utf-8")
        assert ".now(" not in text, file
        assert ".today(" not in text, file
        assert "time.time(" not in text, file
