"""The documents are true: settings, commands, routes, parameters, layout and figures."""

import json
import re
import subprocess
import sys
import tomllib
from datetime import date

import pytest

from releasecal import __version__
from releasecal.cli import main
from releasecal.core.catalogue import merge
from releasecal.core.durations import parse_interval
from releasecal.formats import FORMATS
from releasecal.notify.news_target import NOTIFY_FIELDS
from releasecal.queries.change_query import FILTERS
from releasecal.queries.parameters import KINDS, PARAMETERS, Cancelled, Limit, Undated
from releasecal.settings import CONFIG, Settings, variables
from releasecal.sources import read, remote
from releasecal.sources.notation.films_from_table import COLUMNS
from releasecal.sources.remote.source_tables import FIELDS
from releasecal.sources.schema.json_schema import json_schema
from releasecal.web.pages.subscription_steps import WAYS
from support.man_page import man_page
from support.modules import MODULES, figures, imported, top
from support.pages import RICH, library
from support.paths import ROOT, SOURCE
from support.site import app_of


def page(name):
    """Return the text of ``docs/<name>.md``."""
    return (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")


def section(text, heading):
    """Return what stands under *heading* in *text*, with all below it."""
    return text.split(f"\n## {heading}\n")[1].split("\n## ")[0]


README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
ARCHITECTURE = ROOT / "ARCHITECTURE.md"
MARKDOWN = sorted(
    path
    for pattern in ("*.md", "docs/*.md", "examples/*/*.md", "benchmarks/*.md")
    for path in ROOT.glob(pattern)
)
MANUAL = ROOT / "deploy" / "releasecal.1"

PLACES = {
    "kind of release": r'ReleaseKind\.TV\b|"on TV"[,:]',
    "kind of source": r"import builtin, files\b|^sources/files\.py",
    "kind of source over the network": r"import FILE\b|^sources/remote/web_file\.py",
    "format of feeds": r"\bfeed_json\b",
    "setting": r"\bmark_moves\b",
    "language": r"\bgerman\b",
    "parameter that shapes events": r"\balarm\b",
    "parameter that selects": r'query\.channel\b|not self\.channel\b|"channel"(: Parameter|: lambda|, ShortText|: _names|: partial)',
    "kind of change": r'\bBLURRED\b|"Now only',
    "content coding": r"\bzstd\b",
    "column": r"^UPGRADES\b|^entries = Table\b",
}
"""By addition: a pattern that finds an existing one in the paths and texts of its files."""

_OTHER_LANGUAGES = ["arabic", "french", "italian", "japanese", "polish", "portuguese", "spanish"]


@pytest.fixture
def app(tmp_path):
    publisher = library(tmp_path, RICH)
    yield app_of(publisher)
    publisher.store.close()


def test_every_setting_is_documented():
    """The settings of docs/settings.md are those there are, with their defaults."""
    text = page("settings")
    documented = dict(re.findall(r"^\| `(RELEASECAL_\w+)` \| (.*?) \|", text, re.MULTILINE))

    assert sorted(documented) == sorted(variables())
    given = {name: cell.strip("`") for name, cell in documented.items() if cell.startswith("`")}
    assert Settings.read(given) == Settings()
    assert CONFIG in text


def test_every_command_is_documented():
    """The commands of docs/commands.md are those there are."""
    documented = re.findall(r"^\| `releasecal (\w+)", page("commands"), re.MULTILINE)

    assert sorted(documented) == sorted(main.commands)


def test_every_column_of_a_table_is_documented():
    """The page about tables has each column, with all names by which it is known."""
    rows = [row.casefold() for row in re.findall(r"^\| (`.*) \|$", page("tables"), re.MULTILINE)]

    for column, others in COLUMNS.items():
        (row,) = [row for row in rows if f"`{column}`" in row.partition(" | ")[0]]
        known = {name.strip() for name in row.split(" | ")[1].split(",")}
        assert set(others) <= known, column


def test_every_parameter_is_documented():
    """docs/http.md names each query parameter and each kind."""
    text = section(page("http"), "Parameters")

    for name in (*PARAMETERS, *KINDS, "download"):
        assert f"`{name}`" in text, name
    for name, choices in (("undated", Undated), ("cancelled", Cancelled), ("limit", Limit)):
        row = re.search(rf"^\| `{name}` \| (.*) \|$", text, re.MULTILINE)[1]
        for choice in choices:
            assert f"`{choice.value}`" in row, choice
            assert choice.value in PARAMETERS[name].help, choice
    changes = section(page("http"), "Changes")
    for name, row in FILTERS.items():
        assert (f"`{name}=1`" if row.is_flag else f"`{name}`") in changes, name
    for option in main.commands["changes"].params:
        assert option.name in FILTERS or f"`{option.opts[0]}" in changes, option.name


def test_every_route_is_documented(app):
    """Each route of the app is in docs/http.md, feeds by their format, and each address a route."""
    routes = {
        re.sub(r"<(\w+:)?(\w+)>", "<>", rule.rule)
        for rule in app.url_map.iter_rules()
        if not rule.rule.startswith("/static")
    }
    text = section(page("http"), "Addresses")
    documented = {
        re.sub(r"<\w+>", "<>", address.replace("<format>", ending))
        for address in re.findall(r"`(?:GET |POST )?(/[^`]*)`", text)
        for ending in FORMATS
    }

    assert documented == routes
    assert re.findall(r"^\| `\.(\w+)`", section(page("http"), "Formats"), re.MULTILINE) == [
        *FORMATS
    ]


def test_the_data_in_the_documents_is_valid(tmp_path):
    """The examples of docs/data.md are valid data files, and merge into one catalogue; so README's."""
    (film,) = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    (tmp_path / "readme").mkdir()
    (tmp_path / "readme" / "films.yaml").write_text(film)
    assert list(merge(read([str(tmp_path / "readme")])).films) == ["mission-impossible-8"]
    for number, example in enumerate(re.findall(r"```yaml\n(.*?)```", page("data"), re.DOTALL)):
        (tmp_path / f"{number}.yaml").write_text(example)

    readings = read([str(path) for path in sorted(tmp_path.glob("*.yaml"))])
    corrected = merge(readings, date(2050, 1, 1))  # by when the override must not have ended

    assert list(corrected.films) == ["mission-impossible-7", "mission-impossible-8"]
    assert [each.key.region for each in corrected.films["mission-impossible-7"].releases] == [
        "US",
        "PL",
    ]


def test_ci_runs_the_command_of_the_readme():
    """The README has two commands, and CI runs the second to the letter."""
    commands = re.findall(r"^python3 -m venv .*$", README, re.MULTILINE)

    assert len(commands) == 2
    assert commands[0].endswith("releasecal serve")
    assert commands[1] in (ROOT / ".ci" / "run").read_text()


def test_the_schema_file_is_the_printed_schema():
    """The schema file that data files name is the one the command prints."""
    path = ROOT / "schema" / "releasecal.schema.json"

    assert json.loads(path.read_text(encoding="utf-8")) == json_schema()
    examples = [path for path in ROOT.glob("examples/*/*.yaml") if path.parent.name != "windows"]
    windows = SOURCE.glob("sources/builtin/windows/*.yaml")  # to which examples/windows leads
    for file in [*ROOT.glob("data/*.yaml"), *examples, *windows]:
        named = re.search(r"\$schema=(\S+)", file.read_text(encoding="utf-8"))
        assert named, file
        assert (file.parent / named[1]).resolve() == path, file


@pytest.mark.parametrize("kind", remote.KINDS.values(), ids=remote.KINDS)
def test_each_kind_of_source_is_documented(kind):
    """docs/sources.md has a row for it, with the time between two looks."""
    (row,) = re.findall(rf"^\| `{kind.name}` \|.*$", page("sources"), re.MULTILINE)

    assert parse_interval(row.split("|")[-2].strip()) == kind.every


def test_each_field_of_a_source_is_documented():
    """docs/sources.md has a row for each field that all kinds share."""
    fields = page("sources").split("| field |")[1].split("\n\n")[0]

    assert re.findall(r"^\| `(\w+)` \|", fields, re.MULTILINE) == list(FIELDS)


def test_each_field_of_a_target_is_documented():
    """docs/news.md has each field of a table, and the changes that one takes have their names."""
    fields = page("news").split("| field |")[1].split("\n\n")[0]

    assert set(NOTIFY_FIELDS) == set(
        re.findall(r"`(\w+)`", re.sub(r"(?m)\| [^|]* \|$", "", fields))
    )


@pytest.mark.parametrize("part", top())
def test_the_layout_is_complete(part):
    """CONTRIBUTING names each package and each module at the top."""
    layout = CONTRIBUTING.split("\n## Layout\n")[1].split("\n## ")[0]

    assert f"`{part}.py`" in layout or f"`{part}/`" in layout


@pytest.mark.parametrize("addition", PLACES)
def test_an_addition_touches_the_files_of_its_row(addition):
    """An existing example of each row is found in the files that the row names, and no other."""
    row = re.search(rf"^\| {addition} \| (.*?) \|", CONTRIBUTING, re.MULTILINE)[1]
    pattern = re.compile(PLACES[addition], re.MULTILINE)
    paths = {str(path.relative_to(SOURCE)): path for path in MODULES.values()}
    # One language stands for all, and rules about strangers' feeds for none.
    paths = {
        name: path
        for name, path in paths.items()
        if path.stem not in _OTHER_LANGUAGES and path.parent.name != "lint"
    }
    texts = {name: path.read_text(encoding="utf-8") for name, path in paths.items()}

    found = {name for name, text in texts.items() if pattern.search(f"{name}\n{text}")}
    assert found == set(re.findall(r"`(\S+\.py)`", row))


def test_every_addition_is_counted():
    """Each row about additions has its pattern here."""
    table = CONTRIBUTING.split("\n## To add a …\n")[1]

    assert re.findall(r"^\| ([a-z ]+) \|", table, re.MULTILINE) == ["to add a", *PLACES]


def test_the_readme_takes_two_minutes():
    """The README has 130 lines at most; the rest is in docs/."""
    assert len(README.splitlines()) <= 130


def test_each_way_to_subscribe_is_documented():
    """docs/subscribing.md has a chapter for each program, in the order of the pages."""
    chapters = re.findall(r"^## (.*)$", page("subscribing"), re.MULTILINE)

    assert chapters[: len(WAYS)] == [way.title for way in WAYS.values()]


def anchors(path):
    """Return the anchors of the headings in the Markdown file *path*, as code hosts make them."""
    text = re.sub(
        r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL
    )
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", each.casefold()).replace(" ", "-") for each in headings}


@pytest.mark.parametrize("path", MARKDOWN, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_link_between_files_is_dead(path):
    """Each link of a document leads to a file, and to a heading of it if it names one."""
    text = re.sub(
        r"^```.*?^```|`[^`]*`", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL
    )

    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"https?://", link):
            continue
        name, _, anchor = link.partition("#")
        there = path.parent / name if name else path
        assert there.exists(), link
        assert not anchor or anchor in anchors(there), link


def test_contributing_is_one_page():
    """CONTRIBUTING has 70 lines at most."""
    assert len(CONTRIBUTING.splitlines()) <= 70


def test_the_figures_are_true(request):
    """ARCHITECTURE ends with the figures of the code; --update-golden writes them."""
    text, heading, table = ARCHITECTURE.read_text(encoding="utf-8").rpartition("\n| figure |")
    if request.config.getoption("--update-golden"):
        ARCHITECTURE.write_text(f"{text}\n{figures()}", encoding="utf-8")
    else:
        assert (heading + table).lstrip() == figures(), "pytest --update-golden rewrites it"


def test_the_manual_page_is_true(request):
    """The manual page has the commands and settings that there are; --update-golden writes it."""
    if request.config.getoption("--update-golden"):
        MANUAL.write_text(man_page(), encoding="utf-8")
    assert MANUAL.read_text(encoding="utf-8") == man_page(), "pytest --update-golden rewrites it"


@pytest.mark.slow
def test_roff_reads_the_manual_page(require):
    """It is set without a warning, and shows commands, options and settings to be copied."""
    require("groff")
    options = ["-k", "-man", "-Tutf8", "-P-cbou", "-ww", "-rLL=200n"]
    told = subprocess.run(["groff", *options, MANUAL], capture_output=True, text=True, check=True)

    assert told.stderr == ""
    for name in (*main.commands, *variables(), "--accept-loss"):
        assert name in told.stdout, name


def test_every_dependency_has_its_reason():
    """ARCHITECTURE gives the reason for each package that pyproject.toml names."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]

    text = ARCHITECTURE.read_text(encoding="utf-8")
    for requirement in wanted:
        name = re.match(r"[\w-]+", requirement)[0]
        assert re.search(rf"^\| {name} \|", text, re.MULTILINE | re.IGNORECASE), name


def test_every_dependency_is_used():
    """Every dependency at run time is imported somewhere."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    modules = {"pyyaml": "yaml"}
    roots = {name.partition(".")[0] for each in MODULES for name in imported(each)}

    for requirement in project["dependencies"]:
        name = re.match(r"[\w-]+", requirement)[0]
        assert modules.get(name, name.replace("-", "_")) in roots, name


def test_the_changelog_has_this_version():
    """The version has its chapter, the first one after the unreleased changes."""
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

    chapters = re.findall(r"^## \[(.*?)\]", changelog, re.MULTILINE)
    assert next(chapter for chapter in chapters if chapter != "Unreleased") == __version__


PROGRAMS = [
    path.name
    for path in sorted((ROOT / "tests" / "system").glob("*.py"))
    if not path.name.startswith("test_")
]


@pytest.mark.slow
@pytest.mark.parametrize("program", PROGRAMS)
def test_programs_run_by_hand_have_help(program):
    """Each has help, and refuses an argument that is no number without a traceback."""
    command = [sys.executable, ROOT / "tests" / "system" / program]

    told = subprocess.run([*command, "--help"], capture_output=True, text=True, check=True)
    refused = subprocess.run([*command, "many"], capture_output=True, text=True, check=False)

    assert "usage" in told.stdout
    assert (refused.returncode, "Traceback" in refused.stderr) == (2, False)
