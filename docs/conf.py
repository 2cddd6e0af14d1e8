"""Settings of Sphinx, which makes a site of these pages: ``sphinx-build -W docs site``."""

import re
from pathlib import Path

from sphinx.application import Sphinx

from releasecal import __version__

project = "releasecal"
release = __version__

extensions = ["myst_parser"]
myst_heading_anchors = 3
highlight_language = "none"
nitpicky = True

html_theme = "furo"
html_title = project
html_show_copyright = False
html_show_sphinx = False
html_copy_source = False

ROOT = Path(__file__).parent.parent
ELSEWHERE = {
    "architecture": "ARCHITECTURE.md",
    "benchmarks": "benchmarks/README.md",
    "contributing": "CONTRIBUTING.md",
    "changelog": "CHANGELOG.md",
}
"""Pages that stand where people look for them in a repository, by their names here."""


def take_from_elsewhere(_: Sphinx, name: str, source: list[str]) -> None:
    """Put a page in the place of the one here that leads to it, its links seen from here."""
    if name not in ELSEWHERE:
        return
    text = (ROOT / ELSEWHERE[name]).read_text(encoding="utf-8")
    text = re.sub(r"\]\((?!https?:|#)", "](../", text).replace("](../docs/", "](")
    for here, there in ELSEWHERE.items():
        text = text.replace(f"](../{there}", f"]({here}.md")
    source[0] = text


def setup(app: Sphinx) -> None:
    """Have Sphinx hand over each page before it reads it."""
    app.connect("source-read", take_from_elsewhere)
