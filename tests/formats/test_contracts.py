"""What every format must be: a function of the feed, and of nothing else."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from releasecal.formats import FORMATS
from releasecal.queries.feed_query import EVERYTHING
from releasecal.queries.results import Feed
from releasecal.queries.site import SiteSettings
from support.build import NOW, opening, publish
from support.paths import TESTS

PYTHONPATH = f"{TESTS}{os.pathsep}{Path(__file__).parent}"


def feed(*films):
    edition = publish(*films)
    entries = tuple(edition.entries.values())
    return Feed(SiteSettings(), EVERYTHING, "Films", "/calendar", NOW.date(), entries, NOW)


def films():
    return opening("2027-07-14", id_="one"), opening("2022", "2027-09-30", id_="two")


@pytest.mark.parametrize("extension", FORMATS)
class TestFormat:
    """Every row of `FORMATS` keeps this contract."""

    def test_is_named_for_its_ending(self, extension):
        """Its row stands under its extension, and says what it is."""
        assert FORMATS[extension].extension == extension
        assert "/" in FORMATS[extension].content_type

    def test_equal_feeds_make_equal_bytes(self, extension):
        """However the feed came about."""
        render = FORMATS[extension].render

        assert render(feed(*films())) == render(feed(*films()[::-1]))

    def test_shows_what_is_there(self, extension):
        """Another feed makes other bytes; each title is in them."""
        render = FORMATS[extension].render
        one = render(feed(*films()))

        assert one != render(feed(films()[0]))
        assert b"One" in one
        assert b"Two" in one

    def test_nothing_is_a_document(self, extension):
        """An empty selection is no error."""
        empty = replace(feed(*films()), entries=())

        assert b"One" not in FORMATS[extension].render(empty)

    @pytest.mark.slow
    def test_no_process_shows(self, extension):
        """Other hash seeds, time zones and locales make the same bytes."""
        program = (
            "import sys; from test_contracts import FORMATS, feed, films;"
            f"sys.stdout.buffer.write(FORMATS[{extension!r}].render(feed(*films())))"
        )
        made = {
            subprocess.run(
                [sys.executable, "-c", program],
                env={**os.environ, "PYTHONPATH": PYTHONPATH, **world},
                check=True,
                capture_output=True,
            ).stdout
            for world in (
                {"PYTHONHASHSEED": "1", "TZ": "America/New_York", "LC_ALL": "C"},
                {"PYTHONHASHSEED": "2", "TZ": "Pacific/Auckland", "LC_ALL": "C.UTF-8"},
            )
        }

        assert made == {FORMATS[extension].render(feed(*films()))}
