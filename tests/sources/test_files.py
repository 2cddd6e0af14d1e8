"""Sources: what is read from files and folders, and what is said of those that are wrong."""

import contextlib
import gc
import json
import os
import pickle
import random
import resource
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from unicodedata import category

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from releasecal import sources
from releasecal.core.catalogue import merge
from releasecal.core.dates import PartialDate
from releasecal.core.days_a_source_lists import Coverage
from releasecal.core.film_facts import Certification, Link, Note, Production, Role
from releasecal.core.models import (
    Bound,
    Certainty,
    Film,
    Release,
    ReleaseKey,
    ReleaseKind,
    Revision,
    SeriesPlace,
    Source,
    Status,
    Title,
    Window,
)
from releasecal.core.window_rules import WindowRule
from releasecal.errors import MAX_PROBLEMS, DataError, Place, Problem, ReleasecalError, SourceError
from releasecal.sources import FileStat, are_conclusive, files, validate
from releasecal.store import films_on_disk
from releasecal.store.prepared_rows import Scratch
from support.data_files import untold
from support.paths import SAMPLES

PROBLEMS = SAMPLES / "problems.txt"
NOW = datetime(2024, 1, 2, 12, tzinfo=UTC)
DUNE = {"id": "dune", "title": "Dune"}
ENDINGS = "their names end in .yaml, .yml, .json, .csv, .tsv, .xlsx, .xls, .ods, .ics"

FEW = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("name", sorted(each.name for each in SAMPLES.glob("*.json")))
def test_a_large_file_is_read_film_by_film_to_the_same(monkeypatch, name):
    """Facts, problems, places and outlines are those of a file that is parsed as a whole."""
    monkeypatch.setattr(validate, "MANY_OCTETS", 1 << 30)
    whole = sources.read_one(str(SAMPLES / name), sources.no_progress)
    for module in (validate, files):
        monkeypatch.setattr(module, "MANY_OCTETS", -1)
    monkeypatch.setattr(films_on_disk, "IN_MEMORY", 0)
    with closing(Scratch()) as scratch:
        parsed = sources.read_one(
            str(SAMPLES / name), sources.no_progress, films_on_disk.RoomAside(scratch)
        )

        both = (whole, parsed)
        films = [tuple(each.reading.films) for each in both]
        octets = [{name: file.data for name, file in each.snapshots.items()} for each in both]
        places = [dict(each.reading.places.items()) for each in both]
    told = [
        replace(
            each, snapshots={}, reading=replace(each.reading, films=(), places={}, is_large=False)
        )
        for each in both
    ]
    assert told[0] == told[1]
    assert films[0] == films[1]
    assert octets[0] == octets[1] == {str(SAMPLES / name): (SAMPLES / name).read_bytes()}
    assert places[0] == places[1]


@pytest.mark.parametrize(
    "wrong",
    ['"title": "Other"', '"cast": [NaN]', r'"distributor": "\u0000"', '"runtime": ' + "9" * 40],
)
def test_a_film_that_cannot_be_parsed_has_its_line(tmp_path, monkeypatch, wrong):
    """Of a large file, too, though its films are parsed one by one."""
    films = [json.dumps({"id": f"film-{number}", "title": "Film"}) for number in range(30)]
    films[7] = films[7].replace("}", f", {wrong}}}")
    path = tmp_path / "films.json"
    path.write_text('{"films": [\n' + ",\n".join(films) + "\n]}")
    monkeypatch.setattr(validate, "MANY_OCTETS", 0)

    (problem,) = sources.read_one(str(path), sources.no_progress).problems

    assert problem.place.line == 9


@pytest.mark.parametrize(
    ("wrong", "late"),
    [
        (1, b'"title": "F\xfflm"'),
        (1_200, b'"title": "F\xfflm"'),
        (1_200, b'"id": "a", "title": "F"'),
    ],
    ids=["an octet", "an octet after many problems", "a field twice after many problems"],
)
def test_a_large_file_that_goes_wrong_late_has_the_problems_of_a_small_one(
    tmp_path, monkeypatch, wrong, late
):
    """However many films before are wrong, too: what cannot be parsed is told alone, at its line."""
    films = [b'{"id": "film-%d", "title": "Film", "runtime": -1}' % at for at in range(wrong)]
    path = tmp_path / "films.json"
    path.write_bytes(
        b'{"films": [\n' + b",\n".join([*films, b'{"id": "late", %s}' % late]) + b"\n]}"
    )
    small = sources.read_one(str(path), sources.no_progress)
    monkeypatch.setattr(validate, "MANY_OCTETS", 0)

    large = sources.read_one(str(path), sources.no_progress)

    assert large.problems == small.problems
    assert [problem.place.line for problem in large.problems] == [wrong + 2]


def samples():
    return sorted(path.name for path in SAMPLES.iterdir() if path != PROBLEMS)


def write(path, *films, **top):
    """Write a JSON file of *films*, which a YAML reader could read as well."""
    path.write_text(json.dumps({"films": films, **top}), encoding="utf-8")
    return str(path)


def read_one(path):
    (reading,) = sources.read([str(path)])
    return reading


def problems(*addresses):
    """Return what is wrong with *addresses*, taken together, line by line."""
    try:
        merge(sources.read([str(address) for address in addresses]))
    except DataError as error:
        return [str(problem) for problem in error.problems]
    return []


def digest(addresses):
    """Return one hash over all that is at *addresses*."""
    return sources.fingerprint(sources.digests(addresses))


def releases(path):
    """Return the dates of the first film in force, by region."""
    return {
        release.key.region: release.current.when for release in read_one(path).films[0].releases
    }


class TestSamples:
    def test_each_problem_of_each_sample_is_told_at_its_place(self, monkeypatch, request):
        """
        Each problem of each sample is told at its line and column, in our own words.

        ``pytest --update-golden`` writes ``samples/problems.txt`` anew.
        """
        monkeypatch.chdir(SAMPLES)
        told = [line for name in samples() for line in problems(name)]
        if request.config.getoption("--update-golden"):
            PROBLEMS.write_text("\n".join([*told, ""]), encoding="utf-8")
        assert told == PROBLEMS.read_text(encoding="utf-8").splitlines()

    def test_a_folder_tells_the_problems_of_all_its_files(self, monkeypatch):
        """Read as one source, each file has its own problems, too, sorted by place."""
        monkeypatch.chdir(SAMPLES)
        with pytest.raises(DataError) as caught:
            sources.read(["."])
        places = [problem.place for problem in caught.value.problems]
        assert places == sorted(places)
        assert {place.origin for place in places} >= {
            line.partition(":")[0] for line in PROBLEMS.read_text(encoding="utf-8").splitlines()
        }

    @pytest.mark.parametrize(
        ("text", "covers"),
        [
            ("upcoming", Coverage(upcoming=True)),
            ("2026-12-01/2026-12-31", Coverage(False, date(2026, 12, 1), date(2027, 1, 1))),
            ("2026-Q4/..", Coverage(False, date(2026, 10, 1))),
            ("../2026", Coverage(False, None, date(2027, 1, 1))),
        ],
    )
    def test_a_source_says_which_days_it_lists(self, tmp_path, text, covers):
        """``covers`` is upcoming, or from a first to a last day, each as coarse as one likes."""
        path = tmp_path / "films.yaml"
        path.write_text(f"sources: [{{id: radarr, machine: true, covers: {text}}}]\nfilms: []\n")

        assert read_one(path).sources == (Source("radarr", machine=True, covers=covers),)

    @pytest.mark.parametrize(
        ("value", "what"),
        [
            ("coming", "neither upcoming nor an interval: 'coming'"),
            ("2027", "upcoming or an interval is needed, not 2027"),
            ("2027-01-01", "neither upcoming nor an interval: '2027-01-01'"),
            ("../..", "neither upcoming nor an interval: '../..'"),
            ("2027/2026", "the interval ends before it begins: '2027/2026'"),
            ("2027-13/..", "no such month: 2027-13"),
        ],
    )
    def test_what_a_source_lists_is_refused_with_advice(self, tmp_path, value, what):
        """Anything else says what would do, at its place."""
        path = tmp_path / "films.yaml"
        path.write_text(f"sources:\n  - {{id: radarr, covers: {value}}}\nfilms: []\n")
        with pytest.raises(DataError) as caught:
            read_one(path)

        (problem,) = caught.value.problems
        assert problem.place.line == 2
        assert what in problem.what
        assert problem.remedy

    def test_every_field_reaches_the_core(self):
        """Every field of a file ends up in the core's value that has it."""
        reading = read_one(SAMPLES / "every_field.yaml")
        day = date(2024, 1, 2)
        cited = {"source": "article", "as_of": day}
        assert reading.sources == (
            Source(
                "article",
                "News article",
                "The Paper",
                "https://example.org/article",
                day,
                "CC-BY-4.0",
                "© The Paper",
            ),
            Source("other"),
        )
        theatrical = Release(
            ReleaseKey("dune-part-two", "theatrical", "US"),
            ReleaseKind.THEATRICAL,
            (
                Revision(
                    PartialDate.parse("2023-10-20"),
                    date(2022, 1, 1),
                    source="other",
                    slot_from="dune",
                ),
                Revision(
                    PartialDate.parse("2023-11-03"),
                    certainty=Certainty.TENTATIVE,
                    reason="strike",
                    text="early November",
                    slot_to="dune",
                    **cited,
                ),
                Revision(
                    PartialDate.parse("2023-11-03"),
                    date(2024, 1, 3),
                    status=Status.CANCELLED,
                    source="article",
                    delayed=True,
                ),
            ),
            note="In 70 mm, too.",
            was=(
                ReleaseKey("dune-part-two", "theatrical", "CA"),
                ReleaseKey("dune-part-two", "theatrical-limited", "US", number=2),
            ),
            place="TCL, Los Angeles",
            label="IMAX",
            time="19:30",
            zone="America/Los_Angeles",
            tickets="https://tickets.example/dune",
            version="OV",
            until=date(2024, 6, 30),
        )
        again = Release(
            ReleaseKey("dune-part-two", "re-release", "001", number=2),
            ReleaseKind.RE_RELEASE,
            (Revision(None, **cited),),
        )
        window = Window(
            ReleaseKind.STREAMING,
            weekends=3,
            origin=ReleaseKind.DIGITAL,
            channel="Max",
            region="NO",
            bound=Bound.EXACTLY,
            valid_from=date(2024, 1, 1),
            valid_until=date(2024, 12, 31),
            disputed=True,
            note="Said to be longer.",
            condition="if it opens wide",
            **cited,
        )
        assert reading.rules == (
            WindowRule(
                Window(
                    ReleaseKind.DIGITAL,
                    months=4,
                    region="FR",
                    bound=Bound.AT_MOST,
                    valid_from=date(2025, 2, 13),
                    condition="if it was subsidised",
                    source="other",
                    as_of=date(2025, 2, 6),
                ),
                ("Warner Bros.", "Warner Bros. Pictures"),
            ),
            WindowRule(Window(ReleaseKind.PHYSICAL, weeks=17), ("Lantern",)),
        )
        assert untold(reading.films) == (
            Film(
                "dune-part-two",
                "Dune: Part Two",
                titles=(
                    Title(
                        "Dune 2",
                        "working",
                        "en",
                        "US",
                        PartialDate.parse("2021"),
                        PartialDate.parse("2022-03"),
                        "article",
                    ),
                ),
                refs=(
                    ("eidr", "10.5240/7791-8534-2C23-9030-8610-5"),
                    ("imdb", "tt15239678"),
                    ("tmdb", "693134"),
                    ("wikidata", "Q109228991"),
                ),
                distributor="Warner Bros.",
                genres=("science fiction",),
                production=Production(
                    "finished", PartialDate.parse("2022-12"), "Shot in Jordan.", **cited
                ),
                cast=(
                    Role(
                        "Zendaya",
                        "Chani",
                        "a Fremen",
                        note="Back again.",
                        same_as=(
                            "https://www.wikidata.org/wiki/Q2593",
                            "https://www.imdb.com/name/nm3918035/",
                        ),
                    ),
                    Role("Anya Taylor-Joy", undisclosed=True),
                ),
                series=(SeriesPlace("dune", "Dune", 2, 2),),
                follows="dune",
                notes=(Note("Moved because of a strike.", **cited),),
                releases=(theatrical, again),
                windows=(window,),
                other_ids=("dune-2",),
                poster="https://images.example/dune.jpg",
                synopsis="Paul goes on.",
                runtime=166,
                certifications=(Certification("DE", "12"), Certification("US", "PG-13")),
                links=(Link("https://dune.example/", "Official site"),),
                **cited,
            ),
            Film("dune", "Dune"),
        )

    def test_a_wrong_rule_is_told_at_its_place(self, tmp_path):
        """A window of many films is held to the rules of a film's own; the films are there still."""
        path = tmp_path / "rules.yaml"
        path.write_text(
            "windows:\n"
            "  - {to: digital, days: 9, distributor: [1917, Lantern]}\n"
            "  - {to: digital, distributor: Lantern}\n"
            "  - {to: digital, days: 9, distributor: {name: Lantern}}\n"
            "  - {to: digital, days: 9, source: nobody}\n"
            "  - {to: digital, days: 9, kind: theatrical}\n"
            "films:\n  - {id: a, title: A}\n"
        )
        with pytest.raises(DataError) as caught:
            sources.read([str(path)])

        told = [str(problem).removeprefix(f"{path}:") for problem in caught.value.problems]
        assert [each.split(" (")[0] for each in told] == [
            "3:5: a window has neither days, weekends, weeks nor months",
            "4:41: distributor is a list, not a mapping",
            "5:36: source: there is no source 'nobody'",
            "6:28: a window has no field 'kind'",
        ]

    def test_a_date_stays_as_coarse_as_announced(self):
        """A date is as coarse as it was announced; null is no date."""
        assert {
            region: str(when) for region, when in releases(SAMPLES / "when_is_coarse.yaml").items()
        } == {
            "US": "2024",
            "GB": "2024-03",
            "FR": "2024-Q3",
            "DE": "2024-summer",
            "IT": "2024-Q4",
            "ES": "None",
            "GR": "2024-H2",
            "HU": "2024-early",
            "IE": "2024-03-late",
            "IS": "2024-03/2024-05",
            "JP": "2024-summer~",
            "KR": "2024",
            "LU": "2024-mid",
            "MX": "2024-H1",
            "NL": "2024-03-03/2024-03-07",
            "NO": "2024-03~",
            "PT": "None",
        }

    def test_a_word_stays_as_written(self):
        """A word stays as it was written, whatever YAML 1.1 made of it."""
        (film,) = read_one(SAMPLES / "words_that_yaml_1_1_changed.yaml").films
        assert (film.id, film.title, film.distributor) == ("300", "1917", "off")
        assert film.genres == (
            *("yes", "012", "1:30", "2023-07-14", "0x10", "1_000", "4.50", ".inf", "true"),
        )
        assert film.cast == (Role("on", "No"),)
        assert [release.key.region for release in film.releases] == ["NO", "001"]

    def test_texts_are_composed_and_have_single_spaces(self):
        """Texts are composed and have single spaces; joiners stay."""
        (film,) = read_one(SAMPLES / "text_is_untidy.yaml").films
        assert film.title == "Dune: Part Two"
        assert film.notes[0].text == (
            "Am\u00e9lie \u2014 \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 "
            "\U0001f468\u200d\U0001f469\u200d\U0001f467"
        )

    def test_an_alias_repeats_its_anchor(self):
        """What an alias repeats is there twice."""
        one, two = read_one(SAMPLES / "anchors.yaml").films
        assert one.series == two.series == (SeriesPlace("dune", "Dune"),)


class TestFolders:
    def test_a_folder_is_read_by_name(self, tmp_path):
        """Data files of a folder and its subfolders are read in the order of their names."""
        for name in ("b.yml", "a.JSON", "d.yaml"):
            write(tmp_path / name, DUNE | {"id": name[0]})
        for name in ("c", "c/2027", ".git"):
            (tmp_path / name).mkdir()
            write(tmp_path / name / "c.yaml", DUNE | {"id": f"c{len(name)}"})

        assert [film.id for film in read_one(tmp_path).films] == ["a", "b", "c6", "c1", "d"]

    def test_a_change_in_a_subfolder_is_seen(self, tmp_path):
        """States and digests cover the subfolders, too."""
        (tmp_path / "2027").mkdir()
        write(tmp_path / "2027" / "a.json", DUNE)
        before = digest([str(tmp_path)]), sources.stats([str(tmp_path)])
        write(tmp_path / "2027" / "a.json", DUNE | {"title": "June"})

        assert digest([str(tmp_path)]) != before[0]
        assert sources.stats([str(tmp_path)]) != before[1]

    def test_every_file_that_is_not_read_is_named(self, tmp_path):
        """Case k2: a note names each file that is not read, and says why."""
        (tmp_path / "2027").mkdir()
        for name in ("films.yaml", "2027/more.yaml"):
            write(tmp_path / name, DUNE | {"id": str(len(name))})
        for name in ("extra.yaml.txt", "2027/list.txt", "README"):
            (tmp_path / name).write_text("films: []")
        (tmp_path / "old").symlink_to(tmp_path / "2027")

        assert [note.removeprefix(f"{tmp_path}/") for note in sources.unread([str(tmp_path)])] == [
            f"2027/list.txt: not read: not a data file ({ENDINGS})",
            f"README: not read: not a data file ({ENDINGS})",
            "extra.yaml.txt: not read: its name ends in .txt (call it extra.yaml)",
            "old: not read: a link to a folder (name that folder as a source)",
        ]

    def test_leftovers_are_passed_over(self, tmp_path):
        """What editors and systems leave behind, and what is hidden, is not worth a note."""
        write(tmp_path / "a.yaml", DUNE)
        for name in (
            *(".#c.yaml", "#c.yaml", "#c.yaml#", "c.yaml~", "~c.yaml", ".c.yaml.swp", "4913"),
            *("._c.yaml", ".DS_Store", "Thumbs.db", ".hidden.yaml"),
        ):
            (tmp_path / name).write_text("not data")
        (tmp_path / "lost+found").mkdir(mode=0)

        assert sources.unread([str(tmp_path)]) == []

    def test_of_many_files_that_are_not_read_ten_are_named(self, tmp_path):
        """A folder of posters has ten lines, and one with the number of the others."""
        for number in range(100):
            (tmp_path / f"{number:03}.jpg").write_text("")

        told = sources.unread([str(tmp_path)])

        assert len(told) == 11
        assert "90 more like the 10 before" in told[-1]

    def test_what_cannot_be_looked_at_has_nothing_that_is_not_read(self, tmp_path):
        """Reading it is the error."""
        addresses = ["", "nul\0", "tmdb://movies", str(tmp_path / "nowhere")]

        assert sources.unread(addresses) == []

    def test_a_file_may_cite_a_source_of_another(self, tmp_path):
        """A file may cite a source that another file of the folder declares."""
        write(tmp_path / "a.json", DUNE | {"source": "article"})
        write(tmp_path / "b.json", sources=[{"id": "article"}])

        assert read_one(tmp_path).films[0].source == "article"

    def test_a_source_of_another_address_is_unknown(self, tmp_path):
        """A source that only another address declares is unknown."""
        one = write(tmp_path / "a.json", DUNE | {"source": "article"})
        other = write(tmp_path / "b.json", sources=[{"id": "article"}])

        assert problems(one, other) == [
            f"{one}:1:54: source: there is no source 'article' (declare it under sources)"
        ]

    def test_a_broken_file_hides_its_sources_only(self, tmp_path):
        """Nobody is told that a source is missing whose file could not be parsed."""
        write(tmp_path / "a.json", DUNE | {"source": "article"})
        (tmp_path / "b.json").write_text("{")

        assert [line.rpartition("/")[2] for line in problems(tmp_path)] == [
            'b.json:1:2: not JSON: a field\'s name is missing (names stand in quotes: "title")'
        ]

    def test_a_film_is_told_once(self, tmp_path):
        """The second of two films with one id is complained of, wherever the first is."""
        first = write(tmp_path / "a.json", DUNE)
        write(tmp_path / "b.yaml", DUNE)

        assert problems(tmp_path) == [
            (
                f"{tmp_path}/b.yaml:1:19: id: there is another film 'dune' at {first}:1:19 "
                "(give one of them another id, or join the two)"
            )
        ]

    @pytest.mark.parametrize("contents", [(), ("notes.txt",), (".hidden.yaml",)])
    def test_a_folder_without_data_cannot_be_read(self, tmp_path, contents):
        """A folder without data is a source that cannot be read, not an empty catalogue."""
        for name in contents:
            (tmp_path / name).touch()
        with pytest.raises(SourceError, match=r"nothing to read in that folder \(put a file in"):
            sources.read([str(tmp_path)])

    def test_only_regular_files_are_opened(self, tmp_path):
        """Pipes, folders and links to nowhere are problems, and nothing waits for them."""
        os.mkfifo(tmp_path / "a.yaml")
        (tmp_path / "b.yaml").symlink_to(tmp_path)
        (tmp_path / "c.yaml").symlink_to(tmp_path / "nowhere")
        (tmp_path / "d.yaml").symlink_to(tmp_path / "d.yaml")

        assert [line.rpartition("/")[2] for line in problems(tmp_path)] == [
            "a.yaml: not a regular file (a pipe or device cannot be read twice: copy it to a file)",
            "b.yaml: a folder, not a file (move its files up, or name it as a source)",
            "c.yaml: does not exist (create it, or name another)",
            "d.yaml: leads to itself (mend the symbolic link)",
        ]

    def test_links_are_followed(self, tmp_path):
        """A link to a file is as good as the file."""
        write(tmp_path / "real", DUNE)
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "a.json").symlink_to(tmp_path / "real")

        assert read_one(tmp_path / "data").films[0].id == "dune"

    @pytest.mark.slow
    def test_unknown_fields_cost_linear_time(self, tmp_path):
        """Ten times as many in a record take ten times as long, not a hundred."""
        path = tmp_path / "a.json"
        took = []
        for count in (20_000, 200_000):
            write(path, {"id": "film", "title": "Film", **{f"x{each}": 1 for each in range(count)}})
            began = time.process_time()
            assert len(problems(path)) == MAX_PROBLEMS + 1
            took.append(time.process_time() - began)

        assert took[1] < 30 * took[0]

    @pytest.mark.parametrize(
        ("name", "what"),
        [("a.yaml", "1,024 MiB (64 MiB is the most for YAML"), ("a.json", "1,024 MiB (512 MiB")],
    )
    def test_a_large_file_is_refused_unread(self, tmp_path, name, what):
        """A file that is too large is refused without being read."""
        (tmp_path / name).touch()
        os.truncate(tmp_path / name, 2**30)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

        assert f"too large, {what}" in problems(tmp_path / name)[0]
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 2**18  # KiB


class TestAddresses:
    @pytest.mark.parametrize(
        ("address", "what"),
        [
            ("", "'': an empty address (name a file or a folder)"),
            ("nowhere", "nowhere: does not exist (create it, or name another)"),
            ("a.json/b", "a.json/b: does not exist (a part of its path is no folder)"),
            ("loop", "loop: leads to itself (mend the symbolic link)"),
            ("nul\0", r"nul\x00: does not exist (create it, or name another)"),
            ("x" * 300, f"{'x' * 300}: cannot be read: file name too long (see the system's log)"),
            (
                "tmdb://movies",
                "tmdb://movies: nothing here reads that (there are files and folders, data that come with releasecal)",
            ),
        ],
    )
    def test_a_missing_address_cannot_be_read(self, tmp_path, monkeypatch, address, what):
        """A missing address raises its problem, which is no statement about films."""
        monkeypatch.chdir(tmp_path)
        write(tmp_path / "a.json", DUNE)
        (tmp_path / "loop").symlink_to("loop")
        with pytest.raises(SourceError) as caught:
            sources.read([address])
        assert str(caught.value) == what

    def test_the_error_has_a_problem_for_each_address(self, tmp_path, monkeypatch):
        """Place, sentence and remedy are parts of the error, and survive a process border."""
        monkeypatch.chdir(tmp_path)
        with pytest.raises(SourceError) as caught:
            sources.read(["nowhere", write(tmp_path / "a.json", DUNE), "tmdb://movies"])
        problems = (
            Problem(Place("nowhere"), "does not exist", "create it, or name another"),
            Problem(
                Place("tmdb://movies"),
                "nothing here reads that",
                "there are files and folders, data that come with releasecal",
            ),
        )
        assert caught.value.problems == problems
        assert pickle.loads(pickle.dumps(caught.value)).problems == problems

    @pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs Linux's /proc")
    def test_an_unreadable_file_is_a_problem_in_a_folder(self, tmp_path):
        """A file that cannot be read is a problem in a folder, and an error by itself."""
        (tmp_path / "a.yaml").symlink_to("/proc/self/mem")

        assert problems(tmp_path) == [
            f"{tmp_path}/a.yaml: cannot be read: input/output error (see the system's log)"
        ]
        with pytest.raises(SourceError, match="input/output error"):
            sources.read([str(tmp_path / "a.yaml")])
        (contents,) = sources.digests([str(tmp_path)])
        assert "input/output error" in str(contents.problems[0])

    def test_a_forbidden_file_says_so(self, tmp_path):
        """A file that may not be read says so."""
        path = tmp_path / "a.yaml"
        path.touch(mode=0o000)
        child = os.fork()  # which may become nobody, for root may read everything
        if child == 0:
            for folder in [tmp_path, *tmp_path.parents][:3]:
                with contextlib.suppress(OSError):
                    folder.chmod(0o755)
            with contextlib.suppress(OSError):
                os.setuid(65_534)
            try:
                sources.read([str(path)])
            except SourceError as error:
                os._exit(0 if "may not be read" in str(error) else 1)
            os._exit(2)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 0

    def test_no_pipe_is_waited_for(self, tmp_path):
        """Nothing waits for somebody to write into a pipe."""
        os.mkfifo(tmp_path / "a.yaml")

        assert "not a regular file" in problems(tmp_path / "a.yaml")[0]
        sources.stats([str(tmp_path / "a.yaml")])
        digest([str(tmp_path / "a.yaml")])

    def test_a_file_with_another_ending_is_refused(self, tmp_path):
        """A file is told by its name, so one with another name is refused."""
        (tmp_path / "films.txt").write_text("films: []\n")

        assert problems(tmp_path / "films.txt") == [
            f"{tmp_path}/films.txt: not a data file ({ENDINGS})"
        ]

    def test_all_addresses_are_read_before_a_complaint(self, tmp_path):
        """All addresses are read before anything is complained of."""
        one = write(tmp_path / "a.json", DUNE | {"titel": "Dune"})
        other = write(tmp_path / "b.json", {"id": "dune"})

        assert problems(one, "nowhere", other) == [
            f"{one}:1:44: a film has no field 'titel' (did you mean title?)",
            f'{other}:1:12: a film has no title (add "title": "Dune")',
            "nowhere: does not exist (create it, or name another)",
        ]

    def test_dangling_references_are_told_with_the_rest(self, tmp_path):
        """What refers to no film is told together with what is wrong with others."""
        path = write(
            tmp_path / "a.json",
            DUNE | {"follows": "nobody"},
            {"id": "two", "title": "Two", "follows": "three"},
            {"id": "three", "titel": "Three"},
        )

        assert [line.removeprefix(path) for line in problems(path)] == [
            ":1:55: follows leads nowhere: there is no film 'nobody' (add that film, or take the line out)",
            ':1:117: film \'three\': a film has no title (add "title": "Dune")',
            ":1:133: film 'three': a film has no field 'titel' (did you mean title?)",
        ]

    def test_order_is_precedence(self, tmp_path):
        """There is one reading an address, in the order of the addresses."""
        paths = [write(tmp_path / f"{name}.json", DUNE | {"title": name}) for name in "bca"]

        assert [reading.films[0].title for reading in sources.read(paths)] == ["b", "c", "a"]
        assert sources.read([]) == ()

    def test_a_message_stays_on_its_line(self, tmp_path):
        """A message stays on its line, whatever the file is called."""
        path = os.fsdecode(os.fsencode(tmp_path) + b"/a\n\xff.yaml")
        Path(path).write_text("- x")

        assert problems(path)[0].rpartition("/")[2].startswith(r"a\n\udcff.yaml:1:1: ")

    def test_progress_counts_films(self, tmp_path):
        """Progress is reported every thousand films, with their number."""
        path = write(tmp_path / "a.json", *({"id": f"f{i}", "title": "F"} for i in range(2_500)))
        steps = []

        sources.read([path], progress=lambda *step: steps.append(step))

        assert steps == [(path, 1_000, 2_500), (path, 2_000, 2_500)]


class TestPlaces:
    FILM = (
        "films:\n"
        "- {id: one, title: One, follows: two}\n"
        "- id: two\n"
        "  title: Two\n"
        "  releases:\n"
        "  - {kind: theatrical, region: US, when: 2024, slot_to: one}\n"
        "  - {kind: theatrical, region: GB, revisions: [{when: 2024, slot_from: one}]}\n"
    )

    @pytest.mark.parametrize("name", ["a.yaml", "a.json"])
    def test_references_have_places(self, tmp_path, name):
        """What only `merge` can check is placed, too, and only if it was said."""
        films = {
            "a.yaml": self.FILM,
            "a.json": '{"films": [{"id": "one",\n "title": "One", "follows": "two"},\n'
            ' {"id": "two", "title": "Two", "releases": [\n'
            '  {"kind": "theatrical", "region": "US", "when": 2024, "slot_to": "one"},\n'
            '  {"kind": "theatrical", "region": "GB", "revisions": [{"when": 2024, "slot_from": "one"}]}]}]}',
        }
        path = tmp_path / name
        path.write_text(films[name])

        found = {key: (at.line, at.column) for key, at in read_one(path).places.items()}

        expected = {
            "a.yaml": [(2, 8), (2, 34), (3, 7), (6, 57), (7, 72), (6, 42), (7, 55)],
            "a.json": [(1, 19), (2, 29), (3, 9), (4, 67), (5, 84), (4, 50), (5, 65)],
        }
        keys = [("one", "id"), ("one", "follows"), ("two", "id"), ("two", "slot_to")]
        keys += [("two", "slot_from"), ("two", "two.theatrical.us"), ("two", "two.theatrical.gb")]
        assert found == dict(zip(keys, expected[name], strict=True))
        assert ("one", "slot_to") not in read_one(path).places
        assert ("three", "id") not in read_one(path).places

    def test_aliases_lead_to_their_anchors(self, tmp_path):
        """A problem inside of an alias is placed at its anchor, whose name may be an alias."""
        (tmp_path / "a.yaml").write_text(
            "films:\n- {&i id: one, &t title: One, cast: &c [{name: A, rolle: B}]}\n"
            "- {*i : two, *t : Two, cast: *c, rolle: B}\n"
        )

        places = [line.split(": ")[0].rpartition("/")[2] for line in problems(tmp_path)]
        assert places == ["a.yaml:2:51", "a.yaml:2:51", "a.yaml:3:34"]

    def test_columns_count_characters(self, tmp_path):
        """A column counts characters, not octets, in every notation."""
        film = '{"films": [{"title": "é😀", "id": "dune"}]}'
        for name in ("a.yaml", "a.json"):
            (tmp_path / name).write_text(film, encoding="utf-8")
            origin = str(tmp_path / name)
            assert read_one(tmp_path / name).places["dune", "id"] == Place(
                origin, 1, film.index('"dune') + 1
            )


SLIPS = {
    "- genres: [a, b\n- id: b": "2:5: a comma is missing, or what closes the bracket at 1:11",
    "- {id: a, title: A\n- id: b": "2:5: a comma is missing, or what closes the bracket at 1:3",
    "genres: [a,\n": "2:1: a value is missing, or a closing bracket",
    "genres: [a,, b]": "1:12: a value is missing, or a closing bracket",
    "- title: 'A\n- title: B": "2:11: the quotation mark at 1:10 is not closed",
    '- title: "A\n- title: B': "2:11: the quotation mark at 1:10 is not closed",
    "title: 'It's'": "1:12: something after the end of a value",
    'title: "It" again': "1:13: something after the end of a value",
    "genres: [a]]": "1:12: something after the end of a value",
    "id: a\ntitle A\nas_of: x": "3:1: a colon is missing after what begins at 2:1",
    "id: a\ntitle:A\nas_of: x": "3:1: a colon is missing after what begins at 2:1",
    "- id:a\n  title: A": "2:8: a field where none can be",
    "id: a\n  title: A": "2:8: a field where none can be",
    "title: A: B": "1:9: a colon where none can be",
    "- id: a\n\ttitle: A": "2:1: a tab where spaces belong",
    "-\tid: a\n\ttitle: A": "1:2: a tab where spaces belong",
    "- id: a\n title: A": "2:2: out of line",
    "films: - id: a": "1:8: a dash where none can be",
    "title: & Juliet": "1:9: a text cannot begin like this",
    "title: @home": "1:8: a text cannot begin like this",
    "title: ]": "1:8: a text cannot begin like this",
    "title: ? b": "1:8: a text cannot begin like this",
    "title: >x": "1:9: a text that cannot follow | or >",
    "id: a\n...\nid: b": "3:1: something after the end",
}


@pytest.mark.parametrize("text", SLIPS)
def test_each_slip_in_yaml_has_a_remedy(tmp_path, text):
    """What is no YAML is told in our own words, where it is and with what would do."""
    (tmp_path / "a.yaml").write_text(text)

    (line,) = problems(tmp_path / "a.yaml")

    place, what = SLIPS[text].split(": ", 1)
    assert line.startswith(f"{tmp_path}/a.yaml:{place}: not YAML: {what} (")


class TestManyProblems:
    """Whatever is wrong with a large file, what is told of it is short enough to read."""

    REST = "mend these first: the rest of the file has not been looked at"

    @pytest.mark.slow
    def test_the_first_thousand_problems_are_told(self, tmp_path):
        """The first thousand problems of a file are told, and that there are more."""
        films = [{"id": f"f{n}", "title": "F", f"titel{n}": n} for n in range(50_000)]
        path = write(tmp_path / "a.json", *films)
        other = write(tmp_path / "b.json", {"id": "x", "titel": "X"})

        rest, *told, _, last = problems(path, other)

        assert rest == f"{path}: more than 1,000 problems ({self.REST})"
        assert len(told) == 1_000
        assert all("(did you mean title?)" in line for line in told)
        assert last.startswith(f"{other}:1:")

    def test_a_thousand_problems_are_all(self, tmp_path):
        """Nothing is said of more where there is no more."""
        films = [{"id": f"f{n}", "title": "F", "titel": n} for n in range(1_000)]

        assert len(problems(write(tmp_path / "a.json", *films))) == 1_000

    @pytest.mark.slow
    def test_problems_in_one_film_count_like_those_of_many(self, tmp_path):
        """It makes no difference whether they are in one film or in many."""
        release = {"kind": "theatrica", "region": "US", "when": 2024}
        releases = [release | {"source": f"artikel-{n}"} for n in range(25_000)]
        path = write(
            tmp_path / "a.json",
            DUNE | {"releases": releases},
            sources=[{"id": f"article-{n}"} for n in range(2_000)],
        )

        assert len(problems(path)) == 1_001

    def test_problems_between_films_count(self, tmp_path):
        """Problems between films count, too."""
        assert len(problems(write(tmp_path / "a.json", *([DUNE] * 20_000)))) == 1_001

    @pytest.mark.parametrize("name", ["a.json", "a.yaml"])
    def test_the_first_hundred_repeated_fields_are_told(self, tmp_path, name):
        """Of fields that are there twice the first hundred are told, each at its place."""
        film = '{{"id": "f{0}", "title": "F",\n "title": "F"}}'
        text = ",\n".join(film.format(number) for number in range(20_000))
        (tmp_path / name).write_text('{"films": [' + text + "]}")

        told = problems(tmp_path / name)

        assert len(told) == 100
        assert told[99] == (
            f"{tmp_path / name}:200:2: the field 'title' is there twice (keep one of them)"
        )

    def test_an_octet_after_a_byte_order_mark_is_told_at_its_place(self, tmp_path):
        """The mark is no character of the text."""
        (tmp_path / "a.json").write_bytes(b'\xef\xbb\xbf{"films": "\xe9"}')

        (told,) = problems(tmp_path / "a.json")

        assert told.startswith(f"{tmp_path / 'a.json'}:1:12: not UTF-8: the octet 0xe9 does not")

    def test_what_is_no_json_is_told_before_repeated_fields(self, tmp_path):
        """Until that is mended, nobody knows which fields there are."""
        (tmp_path / "a.json").write_text('{"films": [{"id": "f", "id": "f"}, NaN, }')

        (told,) = problems(tmp_path / "a.json")

        assert told.startswith(f"{tmp_path / 'a.json'}:1:36: not JSON: ")

    def test_the_first_hundred_wrong_numbers_are_told(self, tmp_path):
        """The same goes for what JSON does not have."""
        (tmp_path / "a.json").write_text("[" + "NaN,\n" * 50_000 + "1]")

        told = problems(tmp_path / "a.json")

        assert (len(told), told[99]) == (
            100,
            f"{tmp_path}/a.json:100:1: not JSON: NaN (write null)",
        )


class TestWatching:
    def test_stats_and_digest_stay_while_nothing_changes(self, tmp_path):
        """Stats and digest are equal for as long as nothing changes."""
        addresses = [write(tmp_path / "a.json", DUNE), str(tmp_path), "nowhere"]

        assert sources.stats(addresses) == sources.stats(addresses)
        assert digest(addresses[:2]) == digest(addresses[:2])
        assert len(digest(addresses[:2])) == 64

    @pytest.mark.parametrize(
        "change",
        [
            lambda data: write(data / "a.json", DUNE | {"title": "June"}),
            lambda data: write(data / "b.json", DUNE),
            lambda data: (data / "a.json").rename(data / "c.json"),
        ],
        ids=["changed", "added", "renamed"],
    )
    def test_a_change_shows_in_stats_and_digest(self, tmp_path, change):
        """A file that is changed, added or renamed shows in stats and digest."""
        write(tmp_path / "a.json", DUNE)
        os.utime(tmp_path / "a.json", (0, 0))
        before = sources.stats([str(tmp_path)]), digest([str(tmp_path)])
        change(tmp_path)

        assert sources.stats([str(tmp_path)]) != before[0]
        assert digest([str(tmp_path)]) != before[1]

    def test_a_copy_that_keeps_the_time_shows(self, tmp_path):
        """Same size, same time of modification, other contents: the stats differ."""
        path = Path(write(tmp_path / "a.json", DUNE))
        os.utime(path, ns=(0, 0))
        before = sources.stats([str(path)])
        path.write_text(path.read_text().replace("Dune", "June"))
        os.utime(path, ns=(0, 0))

        assert sources.stats([str(path)]) != before

    def test_other_files_leave_the_digest(self, tmp_path):
        """What is no data file does not change the digest."""
        write(tmp_path / "a.json", DUNE)
        before = digest([str(tmp_path)])
        (tmp_path / "notes.txt").write_text("x")
        (tmp_path / "a.json").touch()

        assert digest([str(tmp_path)]) == before

    def test_a_missing_file_has_stats(self, tmp_path):
        """Stats and digests of what is missing can be compared, and say why it is missing."""
        path = str(tmp_path / "a.json")
        missing = sources.stats([path, "tmdb://movies", "nul\0"])

        assert missing == (FileStat(path), FileStat("tmdb://movies"), FileStat("nul\0"))
        write(tmp_path / "a.json", DUNE)
        assert sources.stats([path]) != missing[:1]
        (contents,) = sources.digests([str(tmp_path / "nowhere")])
        assert (contents.files, contents.problems[0].what) == ({}, "does not exist")

    @pytest.mark.parametrize(
        ("age", "settled"),
        [(timedelta(0), False), (timedelta(seconds=2), True), (timedelta(seconds=-60), False)],
    )
    def test_stats_settle_after_two_seconds(self, age, settled):
        """A file that changed less than 2 s ago, or in the future, may change unseen."""
        then = int((NOW - age).timestamp() * 1_000_000_000)

        assert are_conclusive((FileStat("a", 1, modified=then),), NOW) is settled
        assert are_conclusive((FileStat("a", 1, changed=then), FileStat("b")), NOW) is settled
        assert are_conclusive((), NOW)


class TestProperties:
    @FEW
    @given(data=st.binary(max_size=300), suffix=st.sampled_from([".yaml", ".json"]))
    @example(data=b"\xef\xbb\xbf", suffix=".yaml")
    @example(data=b"\xef\xbb\xbf\xff", suffix=".yaml")
    @example(data=b"%", suffix=".yaml")
    @example(data=b"[" * 100_000, suffix=".json")
    @example(data=b"[" * 100_000, suffix=".yaml")
    @example(data=b'{"films":' + b"[" * 900 + b"]" * 900 + b"}", suffix=".json")
    @example(data=b"1" * 5_000, suffix=".json")
    @example(data=b'{"films": [{"id": ' + b"1" * 5_000 + b"}]}", suffix=".json")
    @example(data=b'"\\ud800"', suffix=".json")
    @example(data=b'{"\\ud800": 1}', suffix=".json")
    @example(data=b"{1e999: 1}", suffix=".yaml")
    @example(data=b"- " * 5_000, suffix=".yaml")
    def test_any_octets_are_a_catalogue_or_a_problem(self, tmp_path, data, suffix):
        """Whatever a file holds, it is a catalogue or a problem, never a crash."""
        path = tmp_path / f"any{suffix}"
        path.write_bytes(data)
        for line in problems(path):
            assert line.isprintable()

    @FEW
    @given(
        text=st.text(st.sampled_from("[]{}:,-&*!|>%@#?'\"\\ \n\tab1~.é"), max_size=60),
        suffix=st.sampled_from([".yaml", ".json"]),
    )
    def test_any_punctuation_is_a_catalogue_or_a_problem(self, tmp_path, text, suffix):
        """The same for texts that look like a notation."""
        path = tmp_path / f"any{suffix}"
        path.write_text(text, encoding="utf-8")
        for line in problems(path):
            assert line.isprintable()

    VALUES = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(max_size=8) | st.sampled_from(["dune", "US", "2024", "theatrical", "streaming"]),
        lambda values: st.lists(values, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["id", "title", "films", "sources", "releases", "kind", "region", "when", "revisions", "windows", "to", "days", "series", "follows", "source", "as_of", "cast", "name", "notes", "text", "valid", "from", "refs", "imdb"]
            )
            | st.text(max_size=3),
            values,
            max_size=5,
        ),
        max_leaves=30,
    )  # fmt: skip

    @pytest.mark.slow
    @FEW
    @given(
        film=st.dictionaries(
            st.sampled_from(["releases", "windows", "series", "id", "cast", "as_of"]), VALUES
        ),
        more=VALUES,
    )
    def test_problems_have_the_same_places_in_both_notations(self, tmp_path, film, more):
        """Whatever shape the data have, problems have places, the same in both notations."""
        text = json.dumps({"films": [DUNE | film, more]}, ensure_ascii=True)
        found = []
        for name in ("a.json", "a.yaml"):
            (tmp_path / name).write_text(text)
            lines = problems(tmp_path / name)
            found.append([line.removeprefix(f"{tmp_path / name}:") for line in lines])
            assert all(line.isprintable() and ":1:" in line for line in lines)
        if "\\u" not in text and "e" not in text and "." not in text:  # where YAML differs
            assert found[0] == found[1]

    TITLES = st.text(
        st.characters(exclude_categories=["Cc", "Cs", "Co", "Cn", "Cf", "Zl", "Zp"]),
        min_size=1,
        max_size=40,
    ).filter(lambda title: any(category(char)[0] not in "MZ" for char in title))

    @FEW
    @given(titles=st.lists(TITLES, min_size=1, max_size=5))
    @example(titles=["null"])
    @example(titles=["\\"])
    def test_yaml_and_json_read_the_same(self, tmp_path, titles):
        """A film written as YAML and as JSON reads the same."""
        films = [{"id": f"f{n}", "title": title} for n, title in enumerate(titles)]
        one = write(tmp_path / "a.json", *films)
        lines = ["films:"]
        for film in films:
            quoted = film["title"].replace("'", "''")
            lines += [f"- id: {film['id']}", f"  title: '{quoted}'"]
        (tmp_path / "a.yaml").write_text("\n".join(lines), encoding="utf-8")

        assert untold(read_one(one).films) == untold(read_one(tmp_path / "a.yaml").films)

    @FEW
    @given(seed=st.integers(0, 2**32))
    def test_order_does_not_matter(self, tmp_path, seed):
        """The order of films in files, and of files, never shows in the catalogue."""
        films = [
            {"id": f"f{n}", "title": f"F {n}", "follows": f"f{n - 1}" if n % 3 else "f0"}
            for n in range(1, 9)
        ]
        films.append({"id": "f0", "title": "F 0"})
        plain = merge([replace(read_one(write(tmp_path / "all.json", *films)), address="")])
        chance = random.Random(seed)
        chance.shuffle(films)
        folder = tmp_path / "folder"
        folder.mkdir(exist_ok=True)
        names = ["a.json", "b.yaml", "c.json"]
        chance.shuffle(names)
        for number, name in enumerate(names):
            write(folder / name, *films[number::3])

        merged = merge([replace(read_one(folder), address="")])
        assert (merged.films, merged.sources) == (plain.films, plain.sources)


@pytest.mark.parametrize("loader", [yaml.SafeLoader, getattr(yaml, "CSafeLoader", yaml.SafeLoader)])
class TestParsers:
    """PyYAML has a parser in C, and one in Python for machines that lack it."""

    @pytest.mark.parametrize("name", [name for name in samples() if name.endswith(".yaml")])
    def test_both_parsers_agree(self, monkeypatch, loader, name):
        """Both find the same values, or problems in the same lines."""
        monkeypatch.chdir(SAMPLES)
        expected = read_or_lines(name)
        monkeypatch.setattr("releasecal.sources.notation.yaml._Loader", loader)

        assert read_or_lines(name) == expected

    @pytest.mark.parametrize(
        "text",
        ['"\\UFFFFFFFF"', '"\\ud800"', "%YAML 1.99999\n---\na", "!<", "a: !<tag:%FF> b", "&"],
    )
    def test_oddities_are_problems_with_both_parsers(self, monkeypatch, tmp_path, loader, text):
        """What only one of them refuses is a problem with both."""
        monkeypatch.setattr("releasecal.sources.notation.yaml._Loader", loader)
        (tmp_path / "a.yaml").write_text(text)

        assert problems(tmp_path / "a.yaml")


def read_or_lines(name):
    try:
        (reading,) = sources.read([name])
    except DataError as error:
        return {problem.place.line for problem in error.problems}
    return reading


def test_a_small_file_needs_little_stack(tmp_path):
    """A small file is read the same by a caller who has little stack left."""
    path = write(tmp_path / "a.json", DUNE | {"titel": 1})

    def dig(depth):
        return dig(depth - 1) if depth else problems(path)

    assert dig(300) == problems(path)


def test_reading_puts_the_garbage_collector_back(tmp_path):
    """Reading leaves the garbage collector as it was, whatever happens."""
    before = gc.get_threshold()
    with pytest.raises(ReleasecalError):
        sources.read([str(tmp_path / "nowhere")])
    assert gc.isenabled()
    assert gc.get_threshold() == before


@pytest.mark.parametrize(
    ("title", "what"),
    [
        ("\u200d", "title: is empty"),
        ("\u200c\u200d", "title: is empty"),
        ("\u0301", "nothing of it can be seen"),
    ],
)
def test_a_title_can_be_seen(tmp_path, title, what):
    """Invisible characters and marks are no title by themselves."""
    path = write(tmp_path / "a.json", {"id": "a", "title": title})

    assert what in problems(path)[0]
