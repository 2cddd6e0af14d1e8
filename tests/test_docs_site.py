"""The site of the documents: built without a warning, no dead link, nothing from elsewhere."""

import posixpath
import re
import subprocess
import sys
from html import unescape
from urllib.parse import unquote, urlsplit

import pytest

from support.paths import ROOT

pytestmark = pytest.mark.slow

LOADED = re.compile(
    r'<(?:script|img|source|iframe|video|audio|object|embed)\b[^>]*?\s(?:src|data)="([^"]*)"'
    r'|<link\b(?![^>]*rel="(?:canonical|search|index|next|prev)")[^>]*?\shref="([^"]*)"'
    r"|url\([\"']?([^\"')]*)|@import [\"']([^\"']*)"
)
"""What a browser fetches to show a page or its style sheet."""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Return the texts of the site that Sphinx makes of docs/, by path; a warning is an error."""
    folder = tmp_path_factory.mktemp("docs") / "site"
    command = [sys.executable, "-m", "sphinx", "--fail-on-warning", "--keep-going", "--quiet"]

    done = subprocess.run(
        [*command, ROOT / "docs", folder], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
    files = [path for path in folder.rglob("*") if path.is_file() and ".doctrees" not in path.parts]
    return {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8", errors="replace")
        for path in files
    }


@pytest.fixture(scope="module")
def pages(site):
    """Return the pages among them."""
    return {path: text for path, text in site.items() if path.endswith(".html")}


def links(text):
    """Return the addresses of all links in *text*."""
    return [unescape(link) for link in re.findall(r'<a\b[^>]*?\shref="([^"]*)"', text)]


def test_every_document_is_a_page(pages):
    """Each file of docs/ is on the site, with an index and a search."""
    names = {path.stem for path in (ROOT / "docs").glob("*.md")}

    assert {f"{name}.html" for name in names | {"search", "genindex"}} <= pages.keys()
    assert "Decisions: identity and history" in pages["architecture.html"]


def test_no_link_is_dead(site, pages):
    """Each link within the site leads to a file and, where it names one, to a place in it."""
    dead = []
    for path, text in pages.items():
        for link in links(text):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            there = posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(parts.path)))
            target = site.get(there if parts.path else path)
            place = f'id="{unquote(parts.fragment)}"'
            if target is None or (parts.fragment and place not in target):
                dead.append((path, link))

    assert dead == []


def test_nothing_comes_from_other_hosts(site):
    """Pages and style sheets load scripts, styles, pictures and fonts of the site itself alone."""
    loaded = {
        (path, address)
        for path, text in site.items()
        if path.endswith((".html", ".css"))
        for groups in LOADED.findall(text)
        for address in groups
    }

    assert len(loaded) > 20
    assert [each for each in loaded if re.match(r"(https?:)?//", each[1])] == []


def test_links_to_other_sites_are_known(pages, golden):
    """The list of them is read when it changes; nobody asks other hosts in a test."""
    found = {link for text in pages.values() for link in links(text) if re.match(r"\w+:", link)} - {
        "http://localhost:8000/"
    }

    golden("outward-links.txt", "".join(f"{link}\n" for link in sorted(found)).encode())
