"""Files on the web: data files, and tables of which the good rows count."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
import stamina

from releasecal.core.catalogue import merge
from releasecal.errors import FetchFailed
from releasecal.sources import no_progress, snapshot_parts
from releasecal.sources.notation import films_from_table
from releasecal.sources.remote import Client, SourceSettings, kind_of, problems, web_file
from releasecal.sources.snapshot import JSON, Snapshot
from releasecal.sources.validate import validate
from support.clock import Clock
from support.faulty_server import HTML, Answer, FaultyServer, status
from support.looks import look_again
from support.paths import SAMPLES, TESTS

YAML_FILE = b"""
sources:
  - {id: paper, title: The Paper}
films:
  - id: zulu
    title: Zulu
    releases:
      - {kind: theatrical, region: DE, when: 2027-05-14, source: paper}
      - {kind: theatrical, region: US, when: 2027-05-21}
  - {id: alpha, title: Alpha}
"""
TABLES = TESTS / "tables"
TABLE = "title;kind;region;when\n{}\n"
LAYOUT = {"dates": "D.M.YYYY", "region": "DE"}


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def answers():
    """The body and the type of the next answer."""
    return [YAML_FILE, "text/plain"]


@pytest.fixture
def server(answers):
    with FaultyServer(lambda _: Answer(answers[0], headers={"Content-Type": answers[1]})) as server:
        yield server


@pytest.fixture
def opened():
    """Names of the parts that looks have opened."""
    return []


@pytest.fixture
def look(server, clock, opened):
    def look(before=None, path="films", options=None, **given):
        address = f"{server.address}/{path}"
        settings = SourceSettings("web", "file", address, options=options or {}, **given)
        assert problems(settings) == []
        with stamina.set_testing(True, attempts=1), Client(settings, clock) as client:
            return look_again(settings, before, client, opened.append)

    return look


def read(fetched):
    result = validate([Snapshot("web", JSON, fetched.data)], (), no_progress)
    assert not result.problems
    return merge([result.reading])


def dates(fetched):
    """Return the dates of a snapshot by title and region."""
    return {
        (film.title, release.key.region): str(release.current.when)
        for film in read(fetched).films.values()
        for release in film.releases
    }


def many(*others):
    """Return a file of a hundred films of two series, and *others*."""
    films = [
        {
            "id": f"film-{number}",
            "title": f"Film {number}",
            "series": [{"id": f"saga-{number % 2}", "title": f"Saga {number % 2}"}],
            "releases": [
                {"kind": "theatrical", "region": "US", "when": "2027-05-14", "source": "paper"}
            ],
        }
        for number in range(100)
    ]
    return {"sources": [{"id": "paper"}], "films": [*films, *others]}


OVERRIDE = {"film": "film-8", "by": "Anna", "why": "knows", "until": "2027-09-01"}
EDITS = {
    "nothing": lambda _: None,
    "moves": lambda films: films[7]["releases"][0].update(when="2027-06-18"),
    "goes": lambda films: films.pop(7),
    "one more": lambda films: films.insert(0, {"id": "another", "title": "Another"}),
    "its place": lambda films: films[7]["series"][0].update(ordinal=7),
    "retitled series": lambda films: films[7]["series"][0].update(title="Another saga"),
    "no such source": lambda films: films[7]["releases"][0].update(source="nobody"),
    "no such day": lambda films: films[7]["releases"][0].update(when="2027-02-30"),
    "in words": lambda films: films[7]["releases"][0].update(when="June 2027"),
    "same id": lambda films: films.append({**films[7], "title": "Twin"}),
    "same id in disguise": lambda films: films.append({**films[8], "id": "film-8 "}),
    "no film": lambda films: films.append("film"),
    "no list": lambda films: films[7].update(series="saga"),
    "another source": {"sources": [{"id": "paper"}, {"id": "other"}]},
    "a source less": {"sources": []},
    "an override": {"overrides": [OVERRIDE]},
    "unknown list": {"movies": []},
}
"""Edits of the films of a file, or the lists of it that are others afterwards."""

QUICK = ("moves", "goes", "one more", "its place")
"""The edits after which only the film is held to the rules."""


class TestDataFiles:
    def test_yaml_becomes_a_snapshot(self, look):
        """A file in YAML is one film a line in JSON, sorted, with its own sources."""
        fetched = look()

        assert dates(fetched) == {("Zulu", "DE"): "2027-05-14", ("Zulu", "US"): "2027-05-21"}
        assert read(fetched).sources["paper"].title == "The Paper"
        ids = [json.loads(line.rstrip(b","))["id"] for line in fetched.data.splitlines()[2:-1]]
        assert ids == ["alpha", "zulu"]
        assert (fetched.films, fetched.releases) == (2, 2)

    @pytest.mark.parametrize(
        ("path", "media_type"),
        [
            ("films.json", "text/plain"),
            ("films", "application/json; charset=utf-8"),
            ("films", ""),
            ("films.yaml", "application/json"),  # JSON is YAML, nearly
        ],
    )
    def test_the_notation_is_found_out(self, look, answers, path, media_type):
        """By the ending of the address, by what the server says, or by how the file begins."""
        answers[:] = json.dumps({"films": [{"id": "dune", "title": "Dune"}]}).encode(), media_type

        assert look(path=path).films == 1

    @pytest.mark.parametrize("machine", [None, True])
    @pytest.mark.parametrize("edit", EDITS)
    def test_few_changes_are_a_look_at_everything(self, look, answers, monkeypatch, edit, machine):
        """Whatever is edited, a look that knows the last one has the outcome of a first one."""
        checked = []
        whole = web_file.validate
        monkeypatch.setattr(
            web_file, "validate", lambda *given: checked.append(given) or whole(*given)
        )

        def outcome(before):
            try:
                found = look(before, path="films.json", machine=machine)
            except FetchFailed as error:
                return list(map(str, error.problems))
            return replace(found, validated=None, fetched=None)

        answers[0] = json.dumps(many()).encode()
        before = look(path="films.json", machine=machine)
        file, change = many(), EDITS[edit]
        file.update(change if isinstance(change, dict) else {})
        if callable(change):
            change(file["films"])
        answers[0] = json.dumps(file).encode() + b"\n"
        first, checked[:] = outcome(None), []

        assert outcome(before) == first
        assert edit not in QUICK or machine or not checked

    @pytest.mark.parametrize("path", ["films.json", "films.yaml"])
    @pytest.mark.parametrize("edit", QUICK)
    def test_of_a_large_file_only_changed_films_are_made_anew(
        self, look, answers, edit, opened, path
    ):
        """Of five hundred films one that changes is held to the rules, and few parts are opened."""
        file = many(*({"id": f"other-{number}", "title": "Other"} for number in range(400)))
        answers[0] = json.dumps(file).encode()
        before = look(path=path)
        EDITS[edit](file["films"])
        answers[0] = json.dumps(file).encode()
        expected = look(path=path)
        opened.clear()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(web_file, "validate", None)
            after = look(before, path=path)

        assert after == expected
        assert after.data != before.data
        films = {name for name in opened if name.startswith("web#") and name[4:5] not in ("", "~")}
        assert len(films) < len(snapshot_parts.split("web", before.data)) / 2

    def test_every_field_comes_through(self, look, answers):
        """Nothing of a data file is lost on the way."""
        answers[0] = (SAMPLES / "every_field.yaml").read_bytes()
        snapshot = Snapshot("every_field.yaml", JSON, look().data)
        result = validate([snapshot], (), no_progress)

        assert not result.problems
        assert [film.id for film in result.reading.films] == ["dune", "dune-part-two"]
        assert result.reading.films[1].releases[0].tickets == "https://tickets.example/dune"

    def test_each_problem_is_told_at_its_place(self, look, answers):
        """A file with a mistake is refused, and every mistake has its line in that file."""
        answers[0] = YAML_FILE.replace(b"2027-05-14", b"soon").replace(b"US", b"USA")
        with pytest.raises(FetchFailed) as error:
            look()

        assert error.value.failure == "invalid"
        first, second = map(str, error.value.problems)
        assert first.startswith("web:8:46: when: not a date: 'soon' (")
        assert second == "web:9:36: region: no country has the code 'USA' (write US)"

    @pytest.mark.parametrize("path", ["films", "films.yaml", "films.json", "films.csv"])
    def test_a_page_for_signing_in_is_no_file(self, look, answers, path):
        """A page that comes with status 200 is refused by its title, whatever it was to be."""
        answers[:] = HTML, "text/html; charset=utf-8"
        with pytest.raises(FetchFailed) as error:
            look(path=path)

        assert error.value.failure == "not-data"
        assert "an HTML page, “Sign in – Example”, came" in str(error.value)

    def test_plain_words_are_no_file(self, look, answers):
        """A text that YAML reads as a text is refused with how it begins."""
        answers[0] = b"Please sign in first."
        with pytest.raises(FetchFailed, match="text/plain beginning with “Please sign in first"):
            look()

    def test_what_has_not_changed_is_not_sent(self, look, server, clock):
        """A 304 moves the time of the last look, and nothing else."""
        server.answer = lambda _: Answer(
            YAML_FILE, headers={"ETag": '"1"', "Cache-Control": "max-age=60"}
        )
        first = look(path="films.yaml")
        server.fail(status(304, Cache_Control="max-age=7200"))
        clock.now += timedelta(hours=1)
        second = look(first, path="films.yaml")

        assert server.asked[1].headers["if-none-match"] == '"1"'
        assert (second.data, second.fetched) == (first.data, first.fetched)
        assert second.validated == clock.now
        assert second.validators == first.validators
        assert second.next_look == clock.now + timedelta(hours=2)

    @pytest.mark.parametrize("status_", [200, 304])
    def test_of_what_has_not_changed_nothing_is_parsed(
        self, look, server, opened, monkeypatch, status_
    ):
        """Neither what came nor what is known, be it the same octets again or none."""
        server.answer = lambda _: Answer(YAML_FILE, headers={"ETag": '"1"'})
        first = look(path="films.yaml")
        monkeypatch.setattr(web_file, "Snapshot", None)
        server.answer = lambda _: Answer(YAML_FILE if status_ == 200 else b"", status_)

        assert look(first, path="films.yaml") == first
        assert opened == []

    def test_other_settings_ask_for_all_of_it(self, look, server):
        """Regions that were left out come back, although the file is as it was."""
        server.answer = lambda _: Answer(YAML_FILE, headers={"ETag": '"1"'})
        first = look(path="films.yaml", regions=("DE",))
        second = look(first, path="films.yaml", regions=("DE", "US"))

        assert dates(first) == {("Zulu", "DE"): "2027-05-14"}
        assert "if-none-match" not in server.asked[1].headers
        assert len(dates(second)) == 2

    def test_settings_speak_for_all_sources_of_the_file(self, look):
        """What the settings say of the source holds for what the file says of its own."""
        told = read(look(machine=True, covers="upcoming"))

        assert {id_: source.machine for id_, source in told.sources.items()} == {
            "paper": True, "web": True,
        }  # fmt: skip
        assert all(source.covers.upcoming for source in told.sources.values())
        assert {each.current.source for each in told.films["zulu"].releases} == {"paper", "web"}

    def test_an_address_alone_is_a_file(self):
        """An address without settings is read as a file, those of services as their kinds."""
        kinds = {
            "https://films.example/films.yaml": "file",
            "http://localhost/films": "file",
            "https://api.themoviedb.org": "tmdb",
            "https://query.wikidata.org/sparql": "wikidata",
            "https://r.example/api/v3/movie": "radarr",
        }

        assert {address: kind_of(address).name for address in kinds} == kinds
        assert kind_of("data/films.yaml") is None


ROWS = [f"Film {number};theatrical;DE;{number % 28 + 1}.5.2027" for number in range(400)]
ROW_EDITS = {
    "nothing": [*ROWS],
    "order": ROWS[::-1],
    "moves": [*ROWS[:7], "Film 7;theatrical;DE;29.5.2027", *ROWS[8:]],
    "goes": ROWS[1:],
    "one more": [*ROWS, "Another;tv;DE;1.6.2027"],
    "a second release": [*ROWS, "Film 7;tv;DE;1.6.2028"],
    "no such day": [*ROWS[:7], "Film 7;theatrical;DE;31.6.2027", *ROWS[8:]],
    "all": [row.replace(".5.", ".6.") for row in ROWS],
}
"""Edits of the rows of a table."""


class TestTables:
    @pytest.mark.parametrize("edit", ROW_EDITS)
    def test_few_changes_are_a_look_at_everything(self, look, answers, edit, monkeypatch, opened):
        """Whatever is edited, a look has the outcome of one at all; the rows are read once for it."""
        reads, checked = [], []
        read_rows, whole = films_from_table.read, web_file.validate
        monkeypatch.setattr(
            films_from_table, "read", lambda *given: reads.append(1) or read_rows(*given)
        )
        monkeypatch.setattr(web_file, "validate", lambda *given: checked.append(1) or whole(*given))

        def told(before=None):
            given = {"path": "films.csv", "options": {"table": LAYOUT}}
            return replace(look(before, **given), fetched=None)

        answers[0] = TABLE.format("\n".join(ROWS)).encode()
        before = told()
        answers[0] = TABLE.format("\n".join(ROW_EDITS[edit])).encode() + b"\n"
        # Of a bad row the releases before stay; so a look at all knows these, too.
        expected = told(replace(before, memory=b"")) if edit == "no such day" else told()
        for each in (reads, checked, opened):
            each.clear()

        assert told(before) == expected
        assert len(reads) == 1
        assert bool(checked) == (edit == "no such day")

    @pytest.mark.parametrize(
        ("path", "media_type"),
        [
            ("films.csv", "text/plain"),
            ("pub?output=csv", "text/csv"),
            ("x", "text/csv; charset=utf-8"),
        ],
    )
    def test_a_table_is_read_as_its_settings_say(self, look, answers, path, media_type):
        """A spreadsheet that is published as CSV is a source, its dates in the declared form."""
        answers[:] = (
            TABLE.format("Dune;theatrical;;14.5.2027\nZulu;tv;US;2027").encode(),
            media_type,
        )
        fetched = look(path=path, options={"table": LAYOUT})

        assert dates(fetched) == {("Dune", "DE"): "2027-05-14", ("Zulu", "US"): "2027"}
        assert {each.current.source for each in read(fetched).films["dune"].releases} == {"web"}

    def test_a_sheet_of_excel_is_a_table(self, look, answers):
        """So is a file of a spreadsheet program."""
        answers[:] = (TABLES / "films.xlsx").read_bytes(), "application/octet-stream"

        assert look(path="films.xlsx").films > 0

    def test_bad_rows_are_left_out_and_told(self, look, answers):
        """Each bad row is told by line and value, the good ones are published."""
        answers[0] = TABLE.format("Dune;theatrical;DE;soon\nZulu;theatrical;DE;2027-05-21").encode()
        fetched = look(path="films.csv")

        assert dates(fetched) == {("Zulu", "DE"): "2027-05-21"}
        (note,) = fetched.notes
        assert str(note).startswith("web:2:4: when: not a date: 'soon' (")

    def test_what_a_bad_row_may_tell_stays_as_it_was(self, look, answers):
        """A row that breaks withdraws nothing; once it is mended, what is gone is gone."""
        answers[0] = TABLE.format("Dune;theatrical;DE;2027-05-14\nZulu;tv;US;2027-05-21").encode()
        first = look(path="films.csv")
        answers[0] = TABLE.format("Dune;theatrical;DE;soon\nAnn;tv;US;2027-05-28").encode()
        second = look(first, path="films.csv")
        answers[0] = TABLE.format("Ann;tv;US;2027-05-28").encode()
        third = look(second, path="films.csv")

        assert dates(second) == {**dates(first), ("Ann", "US"): "2027-05-28"}
        assert dates(third) == {("Ann", "US"): "2027-05-28"}

    def test_a_table_without_a_good_row_is_refused(self, look, answers):
        """Where nothing can be made of it, a table is a failure and not an empty catalogue."""
        answers[0] = TABLE.format("Dune;theatrical;DE;soon").encode()
        with pytest.raises(FetchFailed) as error:
            look(path="films.csv")

        assert error.value.failure == "invalid"

    def test_every_bad_date_of_a_dirty_list_is_told(self, look, answers):
        """Of 3,201 films with dates as people write them, each is published or told."""
        answers[0] = (TABLES / "vega_movies.csv").read_bytes()
        layout = {
            "dates": "MMM D YYYY",
            "kind": "theatrical",
            "region": "US",
            "columns": {"when": "US Release Date"},
        }
        fetched = look(path="films.csv", options={"table": layout})

        assert fetched.releases + len(fetched.notes) == 3_201
        assert len(fetched.notes) == 25
        assert all(note.place.line > 1 for note in fetched.notes)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "no address"),
        ({"address": "https://films.example/?key=secret"}, "a key in the address"),
        ({"address": "http://films.example/films.yaml"}, "http shows all"),
        (
            {"address": "https://docs.google.com/spreadsheets/d/1/edit#gid=0"},
            "people edit the sheet there",
        ),
        (
            {"address": "https://f.example/a.csv", "options": {"table": {"dates": "DD/MM/YY"}}},
            "not a form of dates",
        ),
        (
            {"address": "https://f.example/a.csv", "options": {"table": {"colour": "red"}}},
            "colour",
        ),
    ],
)
def test_wrong_settings_are_told_with_a_remedy(given, words):
    """Each wrong setting is a problem with what would do, and without what is secret."""
    (problem,) = problems(SourceSettings("web", "file", **given))

    assert words in problem
    assert problem.endswith(")")
    assert "secret" not in problem
