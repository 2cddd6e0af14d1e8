"""Import: a table becomes a data file that people go on with."""

import string

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from releasecal import sources
from releasecal.errors import DataError, SourceError
from releasecal.sources.file_writing import write_new
from releasecal.sources.notation.yaml import parse
from releasecal.sources.notation.yaml_text import scalar, written
from releasecal.sources.table_to_yaml import imported
from support.data_files import untold
from support.paths import TESTS

TABLES = TESTS / "tables"
# What a data file can hold: no control characters, which the reader refuses.
TEXT = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Cn", "Co"), exclude_characters="\ufeff")
)
SCALARS = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | TEXT
NAMES = st.text(string.ascii_lowercase + "_", min_size=1).filter(
    lambda name: parse(name, "") == name
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4)
)


class TestText:
    @given(st.dictionaries(NAMES, VALUES, min_size=1, max_size=4))
    def test_what_is_written_reads_back_as_the_same(self, value):
        """Whatever a data file can hold is read back as it was, also by another reader of YAML."""
        text = written(value)

        assert parse(text, "") == value
        assert yaml.safe_load(text).keys() == value.keys()

    @pytest.mark.parametrize(
        ("value", "text"),
        [
            ("Harbour Light", "Harbour Light"),
            ("Dune: Part Three", '"Dune: Part Three"'),
            ("2027-05-14", "2027-05-14"),
            ("1917", '"1917"'),
            ("001", '"001"'),
            ("NO", '"NO"'),
            ("#9", '"#9"'),
            ("Amélie", "Amélie"),
            ('He said "no"', '"He said \\"no\\""'),
            (" x", '" x"'),
            ("", '""'),
            (None, "null"),
            (True, "true"),
        ],
    )
    def test_texts_stand_in_quotes_only_where_they_need_them(self, value, text):
        """A text reads as people write it; where YAML would take it for another, it is quoted."""
        assert scalar(value) == text


class TestImport:
    @pytest.mark.parametrize("name", ["films.xlsx", "films.xls", "films.ods"])
    def test_the_result_says_what_the_table_says(self, tmp_path, name):
        """The file has the same films as the table, is right, and keeps the day it is from."""
        found = imported(str(TABLES / name), {})
        path = tmp_path / "films.yaml"
        write_new(str(path), found.text)

        (reading,), (table,) = sources.read([str(path)]), sources.read([str(TABLES / name)])
        assert untold(reading.films) == untold(table.films)
        assert found.left_out == table.left_out
        assert "      - {kind: theatrical, region: US, when: 2027-05-14}\n" in found.text

    def test_sources_and_histories_move_in_too(self, tmp_path):
        """The sources of the layout and several announcements of a release are in the file."""
        table = tmp_path / "films.csv"
        table.write_text(
            "title,kind,region,when,as of,source\n"
            "Dune,theatrical,US,2027-05-07,2026-01-01,list\n"
            "Dune,theatrical,US,2027-05-14,2026-03-01,list\n"
        )
        (tmp_path / "films.csv.yaml").write_text("sources: [{id: list, title: Our list}]\n")

        text = imported(str(table), {}).text

        assert text == (
            "sources:\n"
            "  - {id: list, title: Our list}\n"
            "films:\n"
            "  - id: dune\n"
            "    title: Dune\n"
            "    releases:\n"
            "      - kind: theatrical\n"
            "        region: US\n"
            "        revisions:\n"
            "          - {when: 2027-05-07, as_of: 2026-01-01, source: list}\n"
            "          - {when: 2027-05-14, as_of: 2026-03-01, source: list}\n"
        )

    def test_the_layout_can_be_told(self, tmp_path):
        """What the layout would say can be said at the terminal, and is held to the same rules."""
        table = tmp_path / "films.csv"
        table.write_text("title,when\nDune,7.5.2027\n")
        told = {"dates": "D.M.YYYY", "kind": "theatrical", "region": "DE"}

        assert "{kind: theatrical, region: DE, when: 2027-05-07}" in imported(str(table), told).text
        with pytest.raises(DataError) as caught:
            imported(str(table), {"dates": "D.M.YY", "kind": "theatricle"})
        assert [str(problem).partition(" (")[0] for problem in caught.value.problems] == [
            "--dates: dates: not a form of dates: 'D.M.YY'",
            "--kind: kind: there is no 'theatricle'",
        ]

    def test_nothing_is_written_over(self, tmp_path):
        """A file that is there stays as it is."""
        path = tmp_path / "films.yaml"
        path.write_text("films: []\n")
        with pytest.raises(SourceError, match=r"films.yaml: exists already \(name another file\)"):
            write_new(str(path), "new")
        assert path.read_text() == "films: []\n"
        with pytest.raises(SourceError, match=r"no/films.yaml: cannot be written"):
            write_new(str(tmp_path / "no" / "films.yaml"), "new")

    def test_what_is_no_table_is_refused(self, tmp_path):
        """A data file needs no import."""
        path = tmp_path / "films.yaml"
        path.write_text("films: []\n")
        with pytest.raises(DataError, match="not a table"):
            imported(str(path), {})
