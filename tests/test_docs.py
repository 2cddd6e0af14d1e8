"""The documents are true: every setting, command, route and parameter is in them."""

import json
import re
import subprocess
import sys
import tomllib
from datetime import date

import pytest

from releasecal import __version__
from releasecal.cli import main
from releasecal.config import CONFIG, Settings, variables
from releasecal.core.catalogue import merge
from releasecal.queries.change_query import FILTERS
from releasecal.queries.parameters import KINDS, PARAMETERS, Cancelled, Limit, Undated
from releasecal.sources import json_schema, read
from releasecal.web import create_app
from support.modules import CORE, PARTS
from support.pages import RICH, library
from support.paths import ROOT
from support.site import TOKEN

README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


@pytest.fixture
def app(tmp_path):
    publisher = library(tmp_path, RICH)
    yield create_app(publisher, TOKEN)
    publisher.store.close()


def test_every_setting_is_documented():
    """The README's settings are those there are, with their defaults."""
    documented = dict(re.findall(r"^\| `(RELEASECAL_\w+)` \| (.*?) \|", README, re.MULTILINE))

    assert sorted(documented) == sorted(variables())
    given = {name: cell.strip("`") for name, cell in documented.items() if cell.startswith("`")}
    assert Settings.read(given) == Settings()
    assert CONFIG in README


def test_every_command_is_documented():
    """The README's commands are those there are."""
    documented = re.findall(r"^\| `releasecal (\w+)", README, re.MULTILINE)

    assert sorted(documented) == sorted(main.commands)


def test_every_parameter_is_documented():
    """The README names each query parameter and each kind."""
    section = README.split("\n## Addresses\n")[1].split("\n## ")[0]

    for name in (*PARAMETERS, *KINDS, "download"):
        assert f"`{name}`" in section, name
    for name, choices in (("undated", Undated), ("cancelled", Cancelled), ("limit", Limit)):
        row = re.search(rf"^\| `{name}` \| (.*) \|$", section, re.MULTILINE)[1]
        for choice in choices:
            assert f"`{choice.value}`" in row, choice
            assert choice.value in PARAMETERS[name].help, choice
    changes = section.split("\nChanges take ")[1].split("\n\n")[0]
    for name, row in FILTERS.items():
        assert (f"`{name}=1`" if row.is_flag else f"`{name}`") in changes, name
    for option in main.commands["changes"].params:
        assert option.name in FILTERS or f"`{option.opts[0]}" in changes, option.name


def test_every_route_is_documented(app):
    """Each route of the app is in the README, and each address there is a route."""
    routes = {
        re.sub(r"<(\w+:)?(\w+)>", "<>", rule.rule)
        for rule in app.url_map.iter_rules()
        if not rule.rule.startswith("/static")
    }
    section = README.split("\n## Addresses\n")[1].split("\n## ")[0].split("A feed's query")[0]
    documented = {
        re.sub(r"<\w+>", "<>", address)
        for address in re.findall(r"`(?:GET |POST )?(/[^`]*)`", section)
    }

    assert documented == routes


def test_the_readmes_data_is_data(tmp_path):
    """The examples under "Data" are data files, and belong together."""
    for number, example in enumerate(re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)):
        (tmp_path / f"{number}.yaml").write_text(example)

    readings = read([str(tmp_path)])
    corrected = merge(readings, date(2050, 1, 1))  # by when the override must not have ended

    assert list(corrected.films) == ["mission-impossible-7", "mission-impossible-8"]
    assert [each.key.region for each in corrected.films["mission-impossible-7"].releases] == [
        "US",
        "PL",
    ]


def test_two_commands():
    """The README has the two commands, and CI runs the second to the letter."""
    commands = re.findall(r"^python3 -m venv .*$", README, re.MULTILINE)

    assert len(commands) == 2
    assert commands[0].endswith("releasecal serve")
    assert commands[1] in (ROOT / ".ci" / "run").read_text()


def test_the_schema_is_the_schema():
    """The schema file that data files name is the one the command prints."""
    path = ROOT / "schema" / "releasecal.schema.json"

    assert json.loads(path.read_text(encoding="utf-8")) == json_schema()
    for file in [*ROOT.glob("data/*.yaml"), *ROOT.glob("examples/*/*.yaml")]:
        named = re.search(r"\$schema=(\S+)", file.read_text(encoding="utf-8"))
        assert named, file
        assert (file.parent / named[1]).resolve() == path, file


@pytest.mark.parametrize("part", PARTS)
def test_every_module_is_in_the_layout(part):
    """CONTRIBUTING names each module, the core's in their order."""
    assert re.search(rf"^(├──|└──|│) +{part}(\.py|/)? ", CONTRIBUTING, re.MULTILINE)


def test_the_layout_has_the_cores_order():
    """The order in which core modules may import each other is the one drawn."""
    positions = [
        re.search(rf"^├── {part}(\.py|/) ", CONTRIBUTING, re.MULTILINE).start() for part in CORE
    ]

    assert positions == sorted(positions)


def test_every_dependency_has_its_reason():
    """What pyproject.toml takes, CONTRIBUTING says why."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]

    for requirement in wanted:
        name = re.match(r"[\w-]+", requirement)[0]
        assert re.search(rf"^\| {name} \|", CONTRIBUTING, re.MULTILINE | re.IGNORECASE), name


def test_nothing_is_taken_and_not_used():
    """Every dependency at run time is imported somewhere."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    modules = {"pyyaml": "yaml"}
    text = "".join(file.read_text(encoding="utf-8") for files in PARTS.values() for file in files)

    for requirement in project["dependencies"]:
        name = re.match(r"[\w-]+", requirement)[0]
        module = modules.get(name, name)
        assert re.search(rf"^(from|import) {module}\b", text, re.MULTILINE), name


def test_the_changelog_knows_this_version():
    """The version has its chapter, the first after what is not released yet."""
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

    chapters = re.findall(r"^## \[(.*?)\]", changelog, re.MULTILINE)
    assert next(chapter for chapter in chapters if chapter != "Unreleased") == __version__


@pytest.mark.slow
@pytest.mark.parametrize("program", ["kill_nine.py", "million_texts.py"])
def test_programs_run_by_hand_say_what_they_do(program):
    """Each has help, and refuses what is no number without a traceback."""
    command = [sys.executable, ROOT / "tests" / "system" / program]

    told = subprocess.run([*command, "--help"], capture_output=True, text=True, check=True)
    refused = subprocess.run([*command, "many"], capture_output=True, text=True, check=False)

    assert "seed" in told.stdout
    assert (refused.returncode, "Traceback" in refused.stderr) == (2, False)
