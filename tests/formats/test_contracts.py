"""The contract of every format: its bytes are a function of the answer and of nothing else."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from releasecal.core.editions import NOTHING
from releasecal.core.revise import revise
from releasecal.formats import CHANGE_FORMATS, FORMATS
from releasecal.queries.change_query import ChangeQuery
from releasecal.queries.feed_query import EVERYTHING
from releasecal.queries.results import ChangeLog, ChangeRecord, Feed
from releasecal.queries.site_settings import SiteSettings
from support import addon
from support.build import NOW, POLICY, catalogue, opening, publish
from support.paths import TESTS

PYTHONPATH = f"{TESTS}{os.pathsep}{Path(__file__).parent}"


def feed(*films):
    """Return the feed of all entries of *films*."""
    entries = tuple(publish(*films).entries.values())
    return Feed(SiteSettings(), EVERYTHING, "Films", "/calendar", NOW.date(), entries, NOW)


def change_log(*films):
    """Return the log of an edition in which *films* are new."""
    _, changes = revise(NOTHING, catalogue(*films), now=NOW, policy=POLICY)
    records = tuple(
        ChangeRecord(id_, 1, change, change.key.uid) for id_, change in enumerate(changes, start=1)
    )
    return ChangeLog(
        ChangeQuery(added=True),
        records[::-1],
        {},
        has_more=False,
        site=SiteSettings(),
        titles=(),
        regions=(),
        published=NOW,
    )


def films():
    return opening("2027-07-14", id_="one"), opening("2022", "2027-09-30", id_="two")


TABLES = {
    "FORMATS": ({**FORMATS, "txt": addon.module().TXT}, feed),
    "CHANGE_FORMATS": (CHANGE_FORMATS, change_log),
}


@pytest.mark.parametrize(
    ("table", "extension"),
    [(table, extension) for table, (rows, _) in TABLES.items() for extension in rows],
)
class TestFormat:
    """Every row of `FORMATS`, with that of docs/extending.md, and of `CHANGE_FORMATS` keeps it."""

    def test_a_format_stands_under_its_extension(self, table, extension):
        """Its row stands under its extension, and has a content type."""
        rows, _ = TABLES[table]

        assert rows[extension].extension == extension
        assert "/" in rows[extension].content_type

    def test_equal_answers_make_equal_bytes(self, table, extension):
        """The order of the films in the source does not show."""
        rows, answer = TABLES[table]
        render = rows[extension].render

        assert render(answer(*films())) == render(answer(*films()[::-1]))

    def test_every_title_is_shown(self, table, extension):
        """Another answer makes other bytes, and each title is in them."""
        rows, answer = TABLES[table]
        render = rows[extension].render
        both = render(answer(*films()))

        assert both != render(answer(films()[0]))
        assert b"One" in both
        assert b"Two" in both

    def test_an_empty_answer_is_no_error(self, table, extension):
        """A query that selects nothing has a body, too."""
        rows, answer = TABLES[table]

        assert b"One" not in rows[extension].render(answer())

    @pytest.mark.slow
    def test_bytes_are_the_same_in_every_process(self, table, extension):
        """Other hash seeds, time zones and locales make the same bytes."""
        program = (
            f"import sys; from test_contracts import TABLES, films; rows, answer = TABLES[{table!r}];"
            f"sys.stdout.buffer.write(rows[{extension!r}].render(answer(*films())))"
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
        rows, answer = TABLES[table]

        assert made == {rows[extension].render(answer(*films()))}
