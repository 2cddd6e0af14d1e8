"""Completion in shells: commands, options and values, and the program for each shell."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from releasecal.cli import main

pytestmark = pytest.mark.usefixtures("empty_folder")


def completed(*words):
    """Return the completions of the last of *words*."""
    *before, last = words
    found = ShellComplete(main, {}, "releasecal", "_X").get_completions(before, last)
    return [each.value for each in found]


@pytest.mark.parametrize(
    ("words", "values"),
    [
        (("re",), ["refresh", "restore"]),
        (("show", "--fo"), ["--format"]),
        (("show", "--kind", "theatrical,ph"), ["theatrical,physical"]),
        (("show", "--region", "D"), ["DE", "DG", "DJ", "DK", "DM", "DO", "DZ"]),
        (("show", "--lang", "p"), ["pl", "pt"]),
        (("changes", "--kind", "dig"), ["digital"]),
        (("show", "--film", "m"), []),
        (("completion", ""), ["bash", "zsh", "fish"]),
    ],
)
def test_what_is_begun_is_completed(words, values):
    """Commands, options and known values are completed, the last one of a list too."""
    assert completed(*words) == values


@pytest.mark.slow
@pytest.mark.sqlite("without a setting it is a file")
def test_what_is_published_is_completed():
    """Ids of films and of series are those that are published; asking writes nothing."""
    assert completed("show", "--film", "") == []
    assert not [*Path().iterdir()]
    assert CliRunner().invoke(main, ["refresh"]).exit_code == 0

    assert completed("show", "--film", "mission-impossible-7,m") == [
        "mission-impossible-7,mission-impossible-7",
        "mission-impossible-7,mission-impossible-8",
    ]
    assert completed("show", "--series", "mi") == ["mission-impossible"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_its_program(shell):
    """The program names the command and the variable by which it asks."""
    told = CliRunner().invoke(main, ["completion", shell])

    assert told.exit_code == 0
    assert f"_RELEASECAL_COMPLETE={shell}_complete" in told.stdout


@pytest.mark.slow
def test_bash_completes():
    """What bash has read completes a command."""
    script = (
        'eval "$(releasecal completion bash)"; COMP_WORDS=(releasecal back); COMP_CWORD=1; '
        '_releasecal_completion releasecal; echo "${COMPREPLY[@]}"'
    )
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

    told = subprocess.run(
        ["bash", "-c", script],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=True,
    )

    assert told.stdout == "backup\n"
