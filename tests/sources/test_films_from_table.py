"""Tables: rows become films, and a bad row is told with its line and value while others count."""

import contextlib
import csv
import io
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from releasecal import sources
from releasecal.core.catalogue import merge
from releasecal.errors import DataError, ReleasecalError
from releasecal.sources.notation import sheets
from releasecal.sources.notation.films_from_table import COLUMNS
from releasecal.sources.schema.table_layout_record import ColumnsRecord
from releasecal.sources.snapshot import NOTATIONS
from support.data_files import untold
from support.paths import TESTS

TABLES = TESTS / "tables"
FEW = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
HEAD = "title,kind,region,when\n"


def reading(path, text="", layout="", **more):
    """Return the reading of the table *text* at *path*, beside which *layout* lies."""
    if text:
        path.write_text(text, encoding="utf-8", **more)
    if layout:
        path.with_name(f"{path.name}.yaml").write_text(layout)
    return sources.read([str(path)])[0]


def told(found, path):
    return [str(problem).removeprefix(f"{path}:") for problem in found]


def dates(found):
    """Return the dates in force, by key."""
    return {
        str(release.key): str(release.current.when)
        for film in found.films
        for release in film.releases
    }


@pytest.fixture
def path(tmp_path):
    return tmp_path / "films.csv"


class TestRows:
    def test_a_row_is_a_release(self, path):
        """Rows of one title are one film, whose id is made of the title."""
        found = reading(
            path,
            "Film,Type,Country,Release date,Service,Genre\n"
            "Amélie & Ich,Theatrical,de,2027-05-14,,drama; comedy\n"
            "Amélie & Ich,Streaming,DE,2027-Q4,Lantern+,\n"
            "1917,Re-release,worldwide,,,\n",
        )

        assert [(film.id, film.title, film.genres) for film in found.films] == [
            ("amelie-and-ich", "Amélie & Ich", ("drama", "comedy")),
            ("1917", "1917", ()),
        ]
        assert dates(found) == {
            "amelie-and-ich.theatrical.de": "2027-05-14",
            "amelie-and-ich.streaming.de.lantern-plus": "2027-Q4",
            "1917.re-release.001": "None",
        }
        assert found.left_out == found.notes == ()

    def test_a_table_says_the_same_as_a_file_by_hand(self, tmp_path):
        """All columns reach the core as the fields of the same names do."""
        rows = dict.fromkeys(COLUMNS, "") | {
            "id": "dune",
            "title": "Dune",
            "kind": "re-release",
            "region": "NO",
            "when": "2027-05",
            "channel": "IMAX",
            "number": "2",
            "status": "cancelled",
            "certainty": "tentative",
            "reason": "strike",
            "note": "In 70 mm.",
            "as_of": "2026-01-02",
            "source": "paper",
            "distributor": "Lantern",
            "genres": "drama, epic",
            "imdb": "tt15239678",
            "tmdb": "693134",
            "wikidata": "Q109228991",
            "eidr": "10.5240/7791-8534-2C23-9030-8610-5",
        }
        table = io.StringIO()
        writer = csv.DictWriter(table, rows)
        writer.writeheader()
        writer.writerow(rows)
        (tmp_path / "hand.yaml").write_text(
            "sources: [{id: paper}]\n"
            "films:\n"
            "  - id: dune\n    title: Dune\n    distributor: Lantern\n    genres: [drama, epic]\n"
            "    refs: {imdb: tt15239678, tmdb: 693134, wikidata: Q109228991,\n"
            "      eidr: 10.5240/7791-8534-2C23-9030-8610-5}\n"
            "    releases:\n"
            "      - {kind: re-release, region: NO, when: 2027-05, channel: IMAX, number: 2,\n"
            "         status: cancelled, certainty: tentative, reason: strike, note: In 70 mm.,\n"
            "         as_of: 2026-01-02, source: paper}\n"
        )
        by_hand = reading(tmp_path / "hand.yaml")
        found = reading(tmp_path / "films.csv", table.getvalue(), "sources: [{id: paper}]")

        assert untold(found.films) == untold(by_hand.films)
        assert found.sources == by_hand.sources
        assert set(COLUMNS) == set(ColumnsRecord.model_fields)

    def test_announcements_of_a_release_are_its_history(self, path):
        """Rows of one release that each have their day are its revisions, the oldest first."""
        found = reading(
            path,
            "title,kind,region,when,as of\n"
            "Dune,theatrical,US,2027-05-14,2026-03-01\n"
            "Dune,theatrical,US,2027-05-07,2026-01-01\n"
            "Dune,theatrical,US,2027-05-14,2026-04-01\n",
        )

        ((release,),) = [film.releases for film in found.films]
        assert [(str(said.when), str(said.as_of)) for said in release.history] == [
            ("2027-05-07", "2026-01-01"),
            ("2027-05-14", "2026-03-01"),
        ]

    @pytest.mark.parametrize("divider", [",", ";", "\t", "|"])
    def test_cells_are_divided_as_programs_do(self, path, divider):
        """Commas, semicolons, tabs and bars divide; a table may have a title above."""
        text = f"Our films{divider * 3}\n\n{HEAD}" + 'Dune,theatrical,US,"2027-05"\n'

        assert dates(reading(path, text.replace(",", divider))) == {"dune.theatrical.us": "2027-05"}

    def test_excel_s_mark_and_line_ends_are_taken(self, path):
        """A byte order mark, CRLF, and line ends inside of a cell lead no line astray."""
        text = (
            "\ufeff"
            + HEAD.replace("\n", "\r\n")
            + '"Dune\r\nTwo",theatrical,US,2027-05\r\nX,y,US,\r\n'
        )
        found = reading(path, text, newline="")

        assert [film.title for film in found.films] == ["Dune Two"]
        assert [problem.place.line for problem in found.left_out] == [4]

    @pytest.mark.parametrize(
        ("cell", "when"),
        [
            ("2027-early", "2027-early"),
            ("mid-2027", "2027-mid"),
            ("from March to May 2027", "2027-03/2027-05"),
            ("around March 2027", "2027-03~"),
        ],
    )
    def test_a_coarse_date_may_be_in_words(self, path, cell, when):
        """As people write them into a list."""
        found = reading(path, f"{HEAD}Dune,theatrical,US,{cell}\n")

        assert [*dates(found).values()] == [when]

    def test_what_two_rows_say_otherwise_is_noted(self, path):
        """The first row that tells a fact of a film decides, and the other one is noted."""
        found = reading(
            path,
            "id,title,studio,kind,region,when\n"
            "dune,Dune,Lantern,theatrical,US,2027\n"
            "dune,Dune 2,,theatrical,NO,2027\n",
        )

        assert [film.title for film in found.films] == ["Dune"]
        assert told(found.notes, path) == [
            "3:2: title: what stands in line 2 counts, and not 'Dune 2' (say the same in all rows of a film)"
        ]


class TestBadRows:
    @pytest.mark.parametrize(
        ("row", "what"),
        [
            ("Bad,theatrical,US,soon", "3:4: when: not a date: 'soon' (try "),
            ("Bad,theatrical,US,TBA", "3:4: when: not a date: 'TBA' (leave the cell empty "),
            ("Bad,theatrical,US,2027-02-30", "3:4: when: no such day: 2027-02-30 (try "),
            (
                "Bad,theatrical,US,46374",
                "3:4: when: not a date: '46374' (write 2026-12-18: that is",
            ),
            (
                "Bad,theatrical,US,7/8/2027",
                "3:4: when: not a date: '7/8/2027' (write 2027-08-07 or 2027-07-08, or say under table",
            ),
            ("Bad,cinema,US,2027", "3:2: kind: there is no 'cinema' (write theatrical)"),
            ("Bad,,US,2027", "3:1: a release has no kind (fill in the column kind: theatrical)"),
            (
                "Bad,theatrical,Germany,2027",
                "3:3: region: no country has the code 'Germany' (write DE)",
            ),
            (
                "Bad,theatrical,,2027",
                "3:1: a release has no region (fill in the column region: US)",
            ),
            (",theatrical,US,2027", "3:1: a row without a film (fill in title, or id)"),
            ("千と,theatrical,US,2027", "3:1: no id can be made of '千と' (fill in the column id"),
            ("Bad,theatrical,US,2027,more", "3:5: 'more' stands in a cell under no name"),
            ('"Bad" one,theatrical,US,2027', "3:1: a quotation mark inside a cell in quotes"),
            (
                "Good,theatrical,US,2028",
                "3:1: a release of this film is there twice: theatrical, US, first at ",
            ),
            (
                "B\x00d,theatrical,US,2027",
                "3:1: title: the character U+0000 has no place in a text",
            ),
        ],
    )
    def test_a_bad_row_is_told_and_the_others_count(self, path, row, what):
        """Each bad row is told with its line, cell and value, and leaves all others alone."""
        found = reading(
            path, f"{HEAD}Good,theatrical,US,2027-05-14\n{row}\nToo,theatrical,US,2027\n"
        )

        assert dates(found) == {"good.theatrical.us": "2027-05-14", "too.theatrical.us": "2027"}
        (line,) = told(found.left_out, path)
        assert line.startswith(what)

    def test_one_bad_row_of_a_film_leaves_it_the_others(self, path):
        """Of a film only the release of the bad row is left out."""
        found = reading(path, f"{HEAD}Dune,theatrical,US,2027\nDune,theatrical,NO,x\n")

        assert dates(found) == {"dune.theatrical.us": "2027"}
        assert len(found.left_out) == 1

    @pytest.mark.parametrize(
        ("text", "what"),
        [
            ("", ": no row has the names of the columns"),
            ("2027,films\n1,2\n", ": no row has the names of the columns"),
            ("title,kind,region\nDune,theatrical,US\n", ":1:1: no column has the dates"),
            (
                "title,region,when\nDune,US,2027\n",
                ":1:1: no column has the kind (add one, or say kind",
            ),
            (
                f'{HEAD}"Dune,theatrical,US,2027\nX,tv,US,2027\n',
                ":2:1: not CSV: the quotation mark",
            ),
            (f"{HEAD}Dune,theatrical,US,soon\nX,tv,US,soon\n", ":3:4: when: not a date: 'soon'"),
        ],
    )
    def test_a_table_of_which_nothing_can_be_made_is_refused(self, path, text, what):
        """Without columns, or without one good row, a table is no empty catalogue."""
        path.write_text(text)
        with pytest.raises(DataError) as caught:
            reading(path)

        assert any(str(problem).startswith(f"{path}{what}") for problem in caught.value.problems)

    def test_a_table_in_another_coding_is_refused(self, path):
        """A file in a coding of its own is refused with what would do."""
        path.write_bytes(HEAD.encode() + "Amélie,theatrical,FR,2027\n".encode("latin-1"))
        with pytest.raises(DataError, match=r"films.csv:2:3: not UTF-8.* \(save it as UTF-8\)"):
            reading(path)

    def test_every_bad_row_of_a_real_table_is_told(self, tmp_path):
        """Of 3,201 rows each is published or told, and none becomes a date of another year."""
        text = (TABLES / "vega_movies.csv").read_text(encoding="utf-8")
        layout = "table: {dates: MMM D YYYY, kind: theatrical, region: US, columns: {when: US Release Date}}"
        found = reading(tmp_path / "films.csv", text, layout)
        rows = [row["US Release Date"] for row in csv.DictReader(io.StringIO(text))]

        assert len(dates(found)) + len(found.left_out) == len(rows) == 3_201
        years = [when[:4] for when in dates(found).values()]
        assert set(years) <= {row[-4:] for row in rows}
        assert len(found.left_out) == 25

    @FEW
    @given(
        cells=st.lists(st.lists(st.text(max_size=12), min_size=1, max_size=5), max_size=5),
    )
    def test_cells_of_anything_raise_nothing_else(self, tmp_path, cells):
        """Whatever stands in the cells, each row is published, passed over, or told."""
        table = io.StringIO()
        csv.writer(table).writerows([["title", "kind", "region", "when"], *cells])
        with contextlib.suppress(ReleasecalError):
            merge([reading(tmp_path / "films.csv", table.getvalue(), newline="", errors="replace")])

    @FEW
    @given(
        data=st.binary(max_size=300),
        ending=st.sampled_from([".csv", ".xlsx", ".xls", ".ods", ".ics"]),
    )
    def test_octets_of_anything_raise_nothing_else(self, tmp_path, data, ending):
        """No octets raise anything that a person could not mend."""
        path = tmp_path / f"films{ending}"
        for octets in (data, b"PK\x03\x04" + data, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + data):
            path.write_bytes(octets)
            with pytest.raises(DataError):
                reading(path)


class TestLayout:
    def test_dates_are_read_in_the_declared_form_alone(self, path):
        """The layout's form and ours are read, and no other order of day and month."""
        text = f"{HEAD}A,tv,US,7.8.2027\nB,tv,US,07.08.2027\nC,tv,US,2027-Q3\nD,tv,US,7/8/2027\n"
        found = reading(path, text, "table: {dates: D.M.YYYY}")

        assert list(dates(found).values()) == ["2027-08-07", "2027-08-07", "2027-Q3"]
        assert [problem.place.line for problem in found.left_out] == [5]

    @pytest.mark.parametrize(
        ("form", "text"),
        [
            ("M/D/YYYY", "12/3/2027"),
            ("DD.MM.YYYY", "03.12.2027"),
            ("dd-mm-yyyy", "3-12-2027"),
            ("MMM D YYYY", "Dec 03 2027"),
            ("D MMMM YYYY", "3 december 2027"),
            ("MMM D, YYYY", "Dec. 3, 2027"),
            ("YYYYMMDD", "20271203"),
        ],
    )
    def test_forms_of_dates(self, path, form, text):
        """Forms are written as spreadsheets show them."""
        found = reading(path, f'{HEAD}A,tv,US,"{text}"\n', f'table: {{dates: "{form}"}}')

        assert list(dates(found).values()) == ["2027-12-03"]

    @pytest.mark.parametrize(
        "form", ["D.M.YY", "M.YYYY", "YYYY", "D.D.YYYY", "TT.MM.JJJJ", "%d.%m.%Y"]
    )
    def test_a_form_that_leaves_a_day_open_is_refused(self, path, form):
        """A form has a day, a month, and a year of four digits."""
        with pytest.raises(DataError, match="not a form of dates"):
            reading(path, f"{HEAD}A,tv,US,2027\n", f'table: {{dates: "{form}"}}')

    def test_the_layout_says_what_all_rows_have_in_common(self, path):
        """Kind, region, channel, source, day and names of columns can be said once."""
        found = reading(
            path,
            "Filmtitel,Ab,Land\nDune,2027-05-14,\nOpen,2027,NO\n",
            "table: {kind: streaming, region: DE, channel: Lantern+, source: list, as_of: 2026-01-02,\n"
            "  columns: {when: Ab}}\n"
            "sources: [{id: list, machine: true}]",
        )

        assert dates(found) == {
            "dune.streaming.de.lantern-plus": "2027-05-14",
            "open.streaming.no.lantern-plus": "2027",
        }
        said = found.films[0].releases[0].current
        assert (said.source, str(said.as_of)) == ("list", "2026-01-02")
        assert found.sources[0].machine

    def test_a_column_that_is_not_there_is_told(self, path):
        """A column that the layout names has to be there; others that are not read are noted."""
        with pytest.raises(DataError, match=r"no column 'Ab' for when .*'title', 'kind'"):
            reading(path, f"{HEAD}A,tv,US,2027\n", "table: {columns: {when: Ab}}")
        path.with_name("films.csv.yaml").unlink()

        found = reading(path, "title,kind,region,when,Box office\nA,tv,US,2027,1\n")

        assert told(found.notes, path) == ["1:1: columns that are not read: 'Box office'"]

    def test_a_layout_lies_beside_a_table(self, tmp_path):
        """A layout in a file that is called after no table is a mistake."""
        (tmp_path / "films.yaml").write_text("films: []\ntable: {kind: tv}")
        with pytest.raises(
            DataError, match=r"films.yaml:2:8: table: .*\(call the file films.csv.yaml"
        ):
            reading(tmp_path / "films.yaml")

    def test_a_wrong_layout_is_told_once_and_the_table_waits(self, path):
        """While the layout is wrong, nothing is read as if there were none."""
        with pytest.raises(DataError) as caught:
            reading(path, f"{HEAD}A,tv,US,7.8.2027\n", "table: {dates: D.M.YYYY, kinds: tv}")

        assert [str(problem).removeprefix(str(path)) for problem in caught.value.problems] == [
            f": cannot be read while {path}.yaml is wrong (mend that file)",
            ".yaml:1:26: a table has no field 'kinds' (did you mean kind?)",
        ]


class TestSheets:
    @pytest.mark.parametrize("name", ["films.xlsx", "films.xls", "films.ods"])
    def test_sheets_have_real_dates(self, name):
        """A cell with a date is that day; a number in a cell of text is none, and told."""
        found = reading(TABLES / name)

        assert dates(found) == {
            "harbour-light.theatrical.us": "2027-05-14",
            "harbour-light.streaming.us.lantern-plus": "2027-08-01",
            "1917.re-release.001": "2027-05",
            "open-road.theatrical.gb": "None",
        }
        assert told(found.left_out, TABLES / name) == [
            "7:4: when: not a date: '46374' (write 2026-12-18: that is a spreadsheet's number)",
            "8:4: when: not a date: '2027-06-04 20:15' (write 2027-06-04)",
        ]
        assert [note.what for note in found.notes] == ["sheets that are not read: 'Old'"]

    def test_another_sheet_is_read_if_the_layout_says_so(self, tmp_path):
        """The layout names the sheet."""
        path = tmp_path / "films.xlsx"
        path.write_bytes((TABLES / "films.xlsx").read_bytes())
        with pytest.raises(
            DataError, match=r"there is no sheet 'Neu' \(there are 'Films', 'Old', 'Empty'\)"
        ):
            reading(path, layout="table: {sheet: Neu}")
        with pytest.raises(DataError, match="no column has the dates"):
            reading(path, layout="table: {sheet: Old}")

    def test_a_far_cell_takes_no_room(self, tmp_path):
        """A cell in the last row and column is refused; calamine would end the process."""
        path = tmp_path / "films.xlsx"
        sheet = "xl/worksheets/sheet1.xml"
        with zipfile.ZipFile(TABLES / "films.xlsx") as old, zipfile.ZipFile(path, "w") as new:
            for name in old.namelist():
                text = old.read(name)
                new.writestr(
                    name, text.replace(b'r="D4"', b'r="XFD1048576"') if name == sheet else text
                )
        assert b'r="XFD1048576"' in zipfile.ZipFile(path).read(sheet)
        with pytest.raises(DataError, match=r"too large, 17,179,869,184 cells .*\(delete the rows"):
            reading(path)

    def test_what_unpacks_to_too_much_is_refused(self, tmp_path, monkeypatch):
        """A file that unpacks to more than is allowed, or lies about it, is refused."""
        monkeypatch.setattr(sheets, "_MAX_UNPACKED", 2**20)
        path = tmp_path / "films.ods"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr("content.xml", b" " * 2**21)
        with pytest.raises(DataError, match="too large, 2 MiB when it is unpacked"):
            reading(path)
        data = bytearray(path.read_bytes())
        for at in (22, data.index(b"PK\x01\x02") + 24):  # the sizes in both of its headers
            data[at : at + 4] = (1000).to_bytes(4, "little")
        path.write_bytes(data)
        with pytest.raises(DataError, match="not a file of Excel or LibreOffice"):
            reading(path)

    def test_repeated_cells_of_libreoffice_are_counted(self, tmp_path):
        """A cell that is repeated over many columns and rows counts as often."""
        path = tmp_path / "films.ods"
        with zipfile.ZipFile(TABLES / "films.ods") as old, zipfile.ZipFile(path, "w") as new:
            for name in old.namelist():
                text = old.read(name).replace(
                    b"<table:table-row><table:table-cell",
                    b'<table:table-row table:number-rows-repeated="100000">'
                    b'<table:table-cell table:number-columns-repeated="1000"',
                    1,
                )
                new.writestr(name, text)
        with pytest.raises(DataError, match=r"too large, 100,\d+,\d+ cells"):
            reading(path)

    def test_without_calamine_its_remedy_is_told(self, monkeypatch):
        """Where the extra is not installed, its name is told, and CSV as another way."""

        def missing(name):
            raise ModuleNotFoundError(name)

        monkeypatch.setattr("releasecal.sources.snapshot.import_module", missing)
        with pytest.raises(DataError, match=r"releasecal\[sheets\]'?, or save it as CSV"):
            reading(TABLES / "films.xlsx")


def test_tables_are_told_by_their_names():
    """The endings of tables and calendars are those of programs that make them."""
    tables = {ending for ending, notation in NOTATIONS.items() if notation.is_table}

    assert tables == {".csv", ".tsv", ".xlsx", ".xls", ".ods", ".ics"}
