"""The add-on that docs/extending.md prints: its files, and its module."""

import re
from functools import cache
from types import ModuleType

from support.paths import ROOT

_FILE = re.compile(r"^`([\w.]+)`\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def files() -> dict[str, str]:
    """Return the text of each file, by its name."""
    return dict(_FILE.findall((ROOT / "docs" / "extending.md").read_text(encoding="utf-8")))


@cache
def module() -> ModuleType:
    """Return its module, which nothing has installed."""
    made = ModuleType("releasecal_kino")
    exec(files()["releasecal_kino.py"], made.__dict__)
    return made
