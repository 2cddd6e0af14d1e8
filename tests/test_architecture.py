"""The architecture: the arrows between packages, the homes of libraries, names and sizes."""

import ast
import re
from collections import defaultdict

import pytest

from support.modules import (
    MODULES,
    ON_USE,
    arrows,
    classes,
    cycle,
    docstrings,
    functions,
    inside,
    libraries,
    ninetieth_percentile,
    ours,
    public_names,
    statements,
    top,
    tree,
)

ARROWS = {
    "errors": set(),
    "clock": set(),
    "telemetry": {"clock"},
    "addons": {"errors"},
    "core": {"errors"},
    "regions": {"core"},
    "queries": {"core", "errors"},
    "formats": {"addons", "core", "queries"},
    "sources": {"addons", "clock", "core", "errors", "regions"},
    "store": {"core", "errors", "queries", "regions"},
    "notify": {"clock", "core", "errors", "formats", "queries", "sources"},
    "settings": {"addons", "core", "errors", "formats", "notify", "queries", "sources", "telemetry"},
    "refresh_token": {"errors"},
    "refresh": {
        "clock", "core", "errors", "formats", "notify", "queries", "sources", "store",
    },
    "lint": {"clock", "errors", "sources"},
    "web": {"core", "errors", "formats", "queries", "regions", "store", "telemetry"},
    "export": {"clock", "core", "errors", "formats", "queries", "store", "web"},
    "wiring": {
        "clock", "settings", "errors", "refresh", "store", "refresh_token", "telemetry", "web",
    },
    "server": {"wiring", "clock", "settings", "errors", "refresh", "telemetry", "web"},
    "cli": {
        "wiring", "clock", "settings", "core", "errors", "export", "formats", "lint", "queries",
        "refresh", "regions", "server", "sources", "store",
    },
    "__main__": {"cli"},
}  # fmt: skip
"""The other rows that each package or top module imports; all of them stand above it."""

PURE = ("core", "queries", "formats")
"""The packages without a clock, files, chance, framework or database."""

WORLD = {
    "asyncio", "flask", "http", "io", "logging", "multiprocessing", "os", "pathlib", "random",
    "secrets", "shutil", "socket", "sqlalchemy", "sqlite3", "subprocess", "sys", "tempfile",
    "threading", "time", "uuid", "apscheduler", "yaml", "click", "pydantic",
}  # fmt: skip
"""The libraries that no pure package imports."""

HOMES = {
    "apprise": {"notify.apprise_services"},
    "apscheduler": {"refresh.job_scheduler"},
    "babel": {"core.languages", "regions", "web.pages.translations"},
    "brotli": {"web.http.encodings"},
    "click": {"cli"},
    "flask": {"export.static_pages", "web"},
    "granian": {"server"},
    "httpcore2": {"sources.remote"},
    "httpx2": {"sources.remote"},
    "icalendar": {"formats", "sources.notation.calendar_events"},
    "limits": {"web.http.rate_limit"},
    "msgspec": {
        *("formats", "sources"),
        *("store.films_on_disk", "store.json_without_defaults", "store.prepared_rows"),
    },
    "obstore": {"export.bucket"},
    "prometheus_client": {"web.routes.metrics"},
    "pydantic": {"sources", "store"},
    "pydantic_core": {"sources"},
    "pyrate_limiter": {"sources.remote.exchange"},
    "python_calamine": {"sources.notation.sheets"},
    "resvg_py": {"web.pages.preview_picture"},
    "rich": {"cli"},
    "segno": {"web.pages.subscription_steps"},
    "sqlalchemy": {"store"},
    "stamina": {"sources.remote.exchange"},
    "wcwidth": {"core.graphemes"},
    "werkzeug": {"web"},
    "yaml": {"sources.notation"},
    "zstandard": {"store.last_good_files", "web.http.encodings"},
}
"""The packages or modules that import each library; two homes have a reason in ARCHITECTURE.md."""

SAME_SUBJECT = {
    "renaming": {"core.renaming", "store.renaming"},
    "pages": {"web.pages", "web.routes.pages"},
    "as_of": {"core.as_of", "store.as_of"},
    "changes": {"core.changes", "web.routes.changes"},
    "refresh": {"refresh", "web.routes.refresh"},
    "schema": {"sources.schema", "store.schema"},
    "slips": {"core.slips", "web.routes.slips"},
    "sources": {"sources", "web.routes.sources"},
    "store": {"store", "store.store"},
}
"""The modules that share a name, for they hold the same subject in another package."""

TOP_MODULES = 9
MAX_FUNCTION = 42
MAX_NINETIETH_PERCENTILE = 16
MAX_PUBLIC_NAMES = 20


@pytest.mark.parametrize("part", top())
def test_arrows_are_as_drawn(part):
    """A package imports exactly the others that its row names: none too many, none unused."""
    assert arrows(part) == ARROWS[part]


def test_the_table_is_complete():
    """Each package and top module has its row, and each row its package or module."""
    assert sorted(ARROWS) == top()


def test_arrows_point_upwards():
    """A row of the table names only rows above it."""
    rows = list(ARROWS)

    for number, (part, targets) in enumerate(ARROWS.items()):
        assert targets <= set(rows[:number]), part


def test_no_module_imports_itself_over_others():
    """There is no cycle of imports between modules."""
    assert cycle({module: ours(module) - {""} for module in MODULES}) == []


def test_http_knows_no_films():
    """The modules of `web.http` import each other, and of ours what tells of no film."""
    allowed = {*inside("web.http"), *inside("telemetry"), "errors"} | {
        "core.graphemes",
        "core.value_classes",
    }

    strangers = {module: ours(module) - allowed for module in inside("web.http")}
    assert {module: names for module, names in strangers.items() if names} == {}


@pytest.mark.parametrize("part", PURE)
def test_pure_packages_know_no_world(part):
    """A pure package has no clock, no files, no chance, no framework and no database."""
    assert libraries(inside(part)) & WORLD == set()


@pytest.mark.parametrize("library", HOMES)
def test_each_library_has_its_home(library):
    """A library is imported in each of its homes, and nowhere else."""
    users = {module for module in MODULES if library in libraries([module])}
    homes = {home: set(inside(home)) for home in HOMES[library]}

    assert users <= set().union(*homes.values())
    assert [home for home, modules in homes.items() if not modules & users] == []


def test_imports_are_plain_and_at_the_top():
    """
    An import inside a function, under a condition or relative announces a cycle.

    Those of `ON_USE` are the exception: what they need takes long to import.
    """
    hidden = {
        (module, ast.unparse(each))
        for module in MODULES
        for each in statements(module)
        if each not in tree(module).body or getattr(each, "level", 0)
    }

    assert {text.split()[1].removeprefix("releasecal.") for _, text in hidden} == ON_USE


@pytest.mark.parametrize("call", [".now(", ".today(", "time.time("])
def test_only_the_clock_asks_for_the_time(call):
    """Time is an argument: one module reads it, and the arrows show who imports that."""
    asking = [name for name, path in MODULES.items() if call in path.read_text(encoding="utf-8")]

    assert set(asking) <= {"clock"}


def test_no_two_classes_share_a_name():
    """One word has one meaning: each class of the package has a name of its own."""
    found = defaultdict(list)
    for module in MODULES:
        for name in classes(module):
            found[name].append(module)

    assert {name: modules for name, modules in found.items() if len(modules) > 1} == {}


def test_modules_share_a_name_only_with_their_subject():
    """Two modules have one name only where the table says that they hold the same subject."""
    found = defaultdict(set)
    for module in MODULES:
        found[module.rpartition(".")[2]].add(module)

    assert {name: modules for name, modules in found.items() if len(modules) > 1} == SAME_SUBJECT


def test_nine_modules_stand_at_the_top():
    """Beside the packages there are nine modules."""
    alone = [name for name in top() if inside(name) == [name]]

    assert len(alone) == TOP_MODULES, alone


def test_no_function_is_long():
    """Without its docstring a function has 42 lines at most, and nine in ten have 16."""
    sizes = sorted((*size, module) for module in MODULES for size in functions(module))

    assert [size for size in sizes if size[0] > MAX_FUNCTION] == []
    assert ninetieth_percentile([size[0] for size in sizes]) <= MAX_NINETIETH_PERCENTILE


def test_no_module_holds_too_much():
    """A module defines at most 20 public names."""
    counts = {module: len(public_names(module)) for module in MODULES}

    assert {module: count for module, count in counts.items() if count > MAX_PUBLIC_NAMES} == {}


def test_docstrings_begin_with_their_thing():
    """A noun or a verb, and no clause that stands for one, as in "what is left of it"."""
    clause = re.compile(r"(How|What|Where|Which|Who|Whose|Why)(ever)?\b")
    found = [
        (module, line, text)
        for module in MODULES
        for line, text in docstrings(module)
        if clause.match(text)
    ]

    assert found == []
