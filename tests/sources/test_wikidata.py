"""Wikidata: precision decides what a date is, and not its digits."""

import csv
import json
from collections import defaultdict
from dataclasses import replace
from datetime import timedelta

import pytest
import stamina

from releasecal.core.catalogue import merge
from releasecal.core.dates import PartialDate
from releasecal.errors import FetchFailed
from releasecal.sources import no_progress, snapshot_editing, snapshot_parts
from releasecal.sources.remote import Client, SourceSettings, problems
from releasecal.sources.remote.pace import Pace
from releasecal.sources.remote.wikidata_films import Told, releases_of, when_of
from releasecal.sources.snapshot import JSON, Snapshot
from releasecal.sources.validate import validate
from support.clock import Clock
from support.faulty_server import Answer, FaultyServer, status
from support.looks import look_again
from support.paths import REPLAYS
from support.sparql import Service, entity, row

FOLDER = REPLAYS / "wikidata"
DATES = list(csv.DictReader((FOLDER / "film_dates.csv").read_text(encoding="utf-8").splitlines()))
PREFERRED = "http://wikiba.se/ontology#PreferredRank"


@pytest.fixture
def rows():
    """Rows of the next reply."""
    return [row("Q1", what="title", label="Film")]


@pytest.fixture
def server(rows):
    with FaultyServer(lambda _: Answer.of({"results": {"bindings": rows}})) as server:
        yield server


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def look(server, clock):
    """Take a look with these options, at what the last one has left."""

    def look(before=None, regions=(), **options):
        given = SourceSettings(
            "wikidata",
            "wikidata",
            f"{server.address}/sparql",
            regions=regions,
            contact="me@films.example",
            options=options or {"ids": ["Q1"]},
        )
        assert problems(given) == []
        with stamina.set_testing(True, attempts=1), Client(given, clock, Pace(1_000)) as client:
            return look_again(given, before, client)

    return look


def films(fetched):
    result = validate([Snapshot("wikidata", JSON, fetched.data)], (), no_progress)
    assert not result.problems
    return merge([result.reading]).films


def date(text, precision=11, iso="", **values):
    told = {"text": text, "precision": str(precision), **({"iso": iso} if iso else {}), **values}
    return row("Q1", what="date", **told)


def told(fetched):
    """Return (kind, region, date) of each release of the one film."""
    (film,) = films(fetched).values()
    return [(each.kind.slug, each.key.region, str(each.current.when)) for each in film.releases]


class TestDates:
    def test_each_recorded_value_is_as_coarse_as_it_says(self):
        """Of 2,901 recorded values each is the year, month or day that its precision says."""
        assert len(DATES) == 2_901
        for each in DATES:
            when = when_of(f"+{each['time']}", int(each["precision"]))
            assert when == PartialDate.parse(each["edtf"]), each

    def test_none_of_them_becomes_a_false_first_of_january(self):
        """Of 1,384 films no release is on a 1 January that Wikidata does not say of that day."""
        by_film = defaultdict(list)
        for each in DATES:
            by_film[each["id"]].append(each)
        for values in by_film.values():
            dates = {
                Told("theatrical", "ZZ", when_of(each["time"], int(each["precision"])))
                for each in values
            }
            exact = {each["time"][:10] for each in values if each["precision"] == "11"}
            for release in releases_of(dates):
                assert not release["when"].endswith("-01-01") or release["when"] in exact
        assert len(by_film) == 1_384

    @pytest.mark.parametrize(
        ("time", "precision", "expected"),
        [
            ("+1931-01-01T00:00:00Z", 9, "1931"),
            ("+2021-09-00T00:00:00Z", 10, "2021-09"),
            ("+2024-00-00T00:00:00Z", 9, "2024"),
            ("2023-07-12T00:00:00Z", 11, "2023-07-12"),
            ("2023-07-12T20:00:00Z", 14, "2023-07-12"),
            ("+2020-00-00T00:00:00Z", 8, None),
            ("-0044-03-15T00:00:00Z", 11, None),
            ("http://www.wikidata.org/.well-known/genid/0123", 11, None),
        ],
    )
    def test_a_time_is_read_by_its_precision(self, time, precision, expected):
        """A year is a year, however it is written; a decade is no date."""
        assert when_of(time, precision) == (PartialDate.parse(expected) if expected else None)

    def test_a_coarser_date_around_a_finer_one_is_dropped(self, look, rows):
        """A year without a place says nothing beside a day in a country of that year."""
        rows += [
            date("2024-01-01T00:00:00Z", 9),
            date("2024-05-01T00:00:00Z", 10, "DE"),
            date("2024-05-16T00:00:00Z", 11, "DE"),
            date("2025-01-01T00:00:00Z", 9, "FR"),
        ]

        assert told(look()) == [("theatrical", "DE", "2024-05-16"), ("theatrical", "FR", "2025")]

    def test_a_date_without_a_place_is_of_an_unknown_region(self, look, rows):
        """It is neither the world nor a country."""
        rows.append(date("2024-05-16T00:00:00Z"))

        assert told(look()) == [("theatrical", "ZZ", "2024-05-16")]

    def test_ranks_decide_within_a_country(self, look, rows):
        """A preferred date counts before others of its country."""
        rows += [
            date("2024-05-10T00:00:00Z", 11, "DE"),
            date("2024-05-16T00:00:00Z", 11, "DE", rank=PREFERRED),
            date("2024-05-20T00:00:00Z", 11, "US"),
        ]

        assert told(look()) == [
            ("theatrical", "DE", "2024-05-16"),
            ("theatrical", "US", "2024-05-20"),
        ]

    def test_one_statement_may_name_several_countries(self, look, rows):
        """The day is that of each of them."""
        rows += [date("2009-11-12T00:00:00Z", 11, iso) for iso in ("DE", "HU")]

        assert [region for _, region, _ in told(look())] == ["DE", "HU"]

    def test_years_later_it_is_a_re_release(self, look, rows):
        """A later day of the same year is left out, one of another year comes back to cinemas."""
        rows += [
            date(f"{day}T00:00:00Z", 11, "US") for day in ("1982-06-25", "1982-07-02", "1992-09-11")
        ]

        assert told(look()) == [
            ("theatrical", "US", "1982-06-25"),
            ("re-release", "US", "1992-09-11"),
        ]

    def test_the_format_tells_the_kind(self, look, rows):
        """A date of a disc or a festival is no opening."""
        rows += [
            date("2024-01-20T00:00:00Z", 11, "US", medium="film festival"),
            date("2024-05-20T00:00:00Z", 11, "US"),
            date("2024-08-20T00:00:00Z", 11, "US", medium="video on demand"),
            date("2024-09-20T00:00:00Z", 11, "US", medium="Blu-ray Disc"),
        ]

        assert {kind for kind, *_ in told(look())} == {
            "premiere", "theatrical", "digital", "physical",
        }  # fmt: skip

    def test_what_is_no_date_of_a_country_is_left_out_with_a_note(self, look, rows):
        """An unknown value, a decade and a country that is no more stop nothing."""
        rows += [
            date("http://www.wikidata.org/.well-known/genid/0123"),
            date("1930-01-01T00:00:00Z", 8, "US"),
            date("1930-05-01T00:00:00Z", 11, "SU"),
        ]
        fetched = look()

        assert told(fetched) == []
        assert [problem.what for problem in fetched.notes] == [
            "a date coarser than a year, or an unknown one, 2 times",
            "no country has the code 'SU'",
        ]


class TestFilms:
    def test_a_film_has_its_names_elsewhere_and_its_series(self, look, rows):
        """Ids, series with its number, distributor, and the film before, if that is asked for."""
        rows += [
            row("Q1", what="title", label="Der Film", lang="de"),
            row("Q1", what="imdb", text="tt0111161"),
            row("Q1", what="imdb", text="nm0000001"),
            row("Q1", what="tmdb", text="278"),
            row("Q1", what="series", value=entity("Q9"), label="Saga", text="2"),
            row("Q1", what="distributor", value=entity("Q8"), label="Pictures"),
            row("Q1", what="follows", value=entity("Q2")),
            row("Q2", what="title", label="Before"),
            row("Q2", what="follows", value=entity("Q3")),
        ]
        found = films(look(ids=["Q1", "Q2"], language="de"))

        film = found["wikidata-q1"]
        assert film.title == "Der Film"
        assert dict(film.refs) == {"imdb": "tt0111161", "tmdb": "278", "wikidata": "Q1"}
        assert (film.series[0].title, film.series[0].ordinal) == ("Saga", 2)
        assert film.distributor == "Pictures"
        assert film.follows == "wikidata-q2"
        assert found["wikidata-q2"].follows == ""

    @pytest.mark.parametrize("language", ["de", "fr"])
    def test_a_title_may_stand_for_all_languages(self, look, rows, language):
        """Without a title in its language a film has the one that is the default, not the English."""
        told = [
            row("Q1", what="title", label=f"In {lang}", lang=lang) for lang in ("de", "mul", "en")
        ]
        for order in (told, told[::-1]):
            rows[:] = order
            found = films(look(ids=["Q1"], language=language))
            assert found["wikidata-q1"].title == {"de": "In de", "fr": "In mul"}[language]

    def test_series_and_classes_name_their_films(self, look, rows, server):
        """The films of a series are asked for first, then what is said of them."""
        rows.append(row("Q2", what="title", label="Other"))

        assert films(look(series=["Q9"])).keys() == {"wikidata-q1", "wikidata-q2"}
        members, facts = (asked.query["query"] for asked in server.asked)
        assert "wdt:P179 ?series" in members
        assert "wd:Q9" in members
        assert "VALUES ?film { wd:Q1 wd:Q2 }" in facts

    def test_the_public_domain_is_named(self, look):
        """Wikidata's data are CC0, and it is a database."""
        result = validate([Snapshot("wikidata", JSON, look().data)], (), no_progress)
        (source,) = result.reading.sources

        assert (source.licence, source.machine) == ("CC0-1.0", True)


class TestManners:
    def test_wikidata_learns_who_asks(self, look, server):
        """Its rules ask for a contact in the User-Agent."""
        look()

        assert "me@films.example" in server.asked[0].headers["user-agent"]

    def test_without_a_contact_nothing_is_asked(self):
        """The settings are refused."""
        given = SourceSettings("wikidata", "wikidata", options={"ids": ["Q1"]})

        assert problems(given) == [
            'no contact, which Wikidata asks for (contact = "you@films.example")'
        ]

    def test_copies_that_lag_are_left_alone(self, look, server):
        """The error "maxlag", which comes with status 200, is a wait and no empty answer."""
        body = (FOLDER / "maxlag.json").read_bytes()
        server.fail(lambda handler: handler.send(Answer(body)))

        with pytest.raises(FetchFailed) as error:
            look()
        assert error.value.failure == "throttled"
        assert error.value.retry_at is not None

    def test_too_many_questions_are_ended_by_the_server(self, look, server):
        """A 429 with a time says until when nothing is asked."""
        server.fail(status(429, Retry_After="600"))

        with pytest.raises(FetchFailed) as error:
            look()
        assert error.value.retry_at.minute == (Clock().now.minute + 10) % 60

    @pytest.mark.parametrize("reply", [[], {}, {"results": []}, {"error": {"code": "x"}}, "x"])
    def test_another_reply_is_no_empty_answer(self, look, server, reply):
        """What is no reply of a query service is a failure."""
        server.fail(lambda handler: handler.send(Answer(json.dumps(reply).encode())))

        with pytest.raises(FetchFailed):
            look()

    @pytest.mark.parametrize(
        ("options", "words"),
        [
            ({}, "follows nothing"),
            ({"ids": ["184605"]}, "ids is a list"),
            ({"ids": "Q1"}, "ids is a list"),
            ({"ids": ["Q1 }"]}, "ids is a list"),
            ({"ids": ["Q1"], "language": "German"}, "language"),
            ({"ids": ["Q1"], "colour": "red"}, "colour"),
        ],
    )
    def test_wrong_settings_are_told_with_a_remedy(self, options, words):
        """Each wrong setting is a problem with what would do; nothing of it gets into a query."""
        given = SourceSettings("w", "wikidata", contact="me@films.example", options=options)

        assert any(words in problem and problem.endswith(")") for problem in problems(given))


def titled(id_, title, *rows):
    """Return the rows of a film with this *title* and other *rows*."""
    return (row(id_, what="title", label=title), *rows)


def opens(id_, day, iso="DE"):
    """Return the row of a day on which a film opens."""
    return row(id_, what="date", text=f"{day}T00:00:00Z", precision="11", iso=iso)


def saga(id_, title="Saga"):
    """Return the row of a film's place in a series."""
    return row(id_, what="series", value=entity("Q90"), label=title, text="1")


FILMS = {
    "Q1": titled("Q1", "One", opens("Q1", "2031-05-14"), opens("Q1", "2031-05-14", "SU")),
    "Q2": titled("Q2", "Two", saga("Q2"), row("Q2", what="follows", value=entity("Q1"))),
    "Q3": titled("Q3", "Three", saga("Q3"), opens("Q3", "2031-06-01")),
    "Q4": (),
    "Q5": titled("Q5", "Five " * 200, opens("Q5", "2031-08-01")),
    "Q6": titled("Q6", "Six"),
}
"""Films of which some have parts that are left out, one has no title, and some are of a series."""

EDITS = {
    "nothing": ({}, set()),
    "a date moves": ({"Q3": titled("Q3", "Three", saga("Q3"), opens("Q3", "2031-06-08"))}, {"Q3"}),
    "an odd country goes": ({"Q1": titled("Q1", "One", opens("Q1", "2031-05-14"))}, {"Q1"}),
    "a film gets a title": ({"Q4": titled("Q4", "Four")}, {"Q4"}),
    "a film loses its title": ({"Q1": ()}, {"Q1", "Q2"}),
    "a film leaves its series": ({"Q2": titled("Q2", "Two")}, {"Q2"}),
    "a series has another name": (
        {
            "Q2": titled("Q2", "Two", saga("Q2", "Epic")),
            "Q3": titled("Q3", "3", saga("Q3", "Epic")),
        },
        {"Q2", "Q3"},
    ),
    "a title that is too long goes": ({"Q5": titled("Q5", "Five")}, {"Q5"}),
    "a title becomes too long": ({"Q6": titled("Q6", "Six " * 200)}, {"Q6"}),
    "a film is deleted": ({"Q3": None}, {"Q3"}),
}
"""By what happens: the films with their rows after it, and those whose facts have to be asked for."""

DOUBTFUL = {"Q5"}  # is made anew with each look until its title is right


class TestEdits:
    @pytest.fixture
    def service(self):
        return Service(**FILMS)

    @pytest.fixture
    def server(self, service):
        with FaultyServer(service) as server:
            yield server

    @pytest.fixture(autouse=True)
    def small_parts(self, monkeypatch):
        """Keep two films in a part, on average."""
        monkeypatch.setattr(snapshot_parts, "PART", 2)
        for module in (snapshot_parts, snapshot_editing):
            monkeypatch.setattr(module, "MAX_WHOLE", 2)

    def happen(self, service, edits):
        for id_, rows in edits.items():
            service.edit(id_, *(rows or ()))
            if rows is None:
                del service.edited[id_]

    @pytest.mark.parametrize("second", EDITS)
    @pytest.mark.parametrize("first", EDITS)
    def test_what_is_kept_is_as_if_all_were_asked_for(self, look, service, clock, first, second):
        """Whatever is edited on two days, a look has the outcome of one that asks for every film."""
        fetched = look(ids=[*FILMS])
        for happened in (first, second):
            clock.now += timedelta(days=1)
            self.happen(service, EDITS[happened][0])
            kept, whole = look(fetched, ids=[*FILMS]), look(ids=[*FILMS])
            assert replace(kept, memory=b"", fetched=None) == replace(
                whole, memory=b"", fetched=None
            )
            fetched = kept

    @pytest.mark.parametrize("edit", EDITS)
    def test_films_that_were_edited_are_asked_for(self, look, service, clock, edit):
        """And those that change with them, or have to be told about with each look; no others."""
        fetched = look(ids=[*FILMS])
        service.asked.clear()
        clock.now += timedelta(days=1)
        edits, expected = EDITS[edit]
        self.happen(service, edits)
        look(fetched, ids=[*FILMS])

        assert sorted(service.asked) == sorted(expected | DOUBTFUL)

    def test_an_edit_that_a_copy_tells_late_is_seen(self, look, service, clock):
        """The moment of an edit is compared with what was told of it, and not with that of a look."""
        fetched = look(ids=[*FILMS])
        clock.now += timedelta(days=1)
        fetched = look(fetched, ids=[*FILMS])
        service.films["Q6"] = titled("Q6", "Six", opens("Q6", "2031-09-09"))
        service.edited["Q6"] = "2030-11-01T00:00:01Z"
        clock.now += timedelta(days=1)

        assert b"2031-09-09" in look(fetched, ids=[*FILMS]).data

    def test_once_in_a_week_all_are_asked_for(self, look, service, clock):
        """The name of a series may change without an edit of a film; a week later it is known."""
        fetched = look(ids=[*FILMS])
        service.films |= EDITS["a series has another name"][0]
        for day in range(1, 8):
            service.asked.clear()
            clock.now += timedelta(days=1)
            fetched = look(fetched, ids=[*FILMS])
            assert (b"Epic" in fetched.data) == (day == 7)
            assert sorted(service.asked) == (sorted(FILMS) if day == 7 else ["Q5"])

    def test_films_come_and_leave_with_their_series(self, look, service, clock):
        """A film that is not asked for stays; one that a series names no more goes, and a new one comes."""
        service.series = {"Q90": ["Q2", "Q3", "Q6"]}
        fetched = look(series=["Q90"])
        service.asked.clear()
        clock.now += timedelta(days=1)
        service.series = {"Q90": ["Q1", "Q2", "Q6"]}
        fetched = look(fetched, series=["Q90"])

        assert films(fetched).keys() == {"wikidata-q1", "wikidata-q2", "wikidata-q6"}
        assert films(fetched)["wikidata-q2"].follows == "wikidata-q1"
        assert service.asked == ["Q1", "Q2"]

    @pytest.mark.parametrize("options", [{"ids": [*FILMS]}, {"series": ["Q90"]}])
    def test_a_service_that_refuses_is_asked_for_everything(self, look, service, clock, options):
        """Where it does not answer about edits, each look asks for the facts of all films."""
        service.series = {"Q90": [*FILMS]}
        expected = look(**options)
        service.tells_edits = False
        fetched = look(**options)
        service.asked.clear()
        clock.now += timedelta(days=1)
        again = look(fetched, **options)

        assert again.data == fetched.data == expected.data
        assert sorted(service.asked) == sorted(FILMS)

    def test_a_service_that_stops_telling_is_asked_for_everything(self, look, service, clock):
        """Facts that are known do not stand for what nobody has said anything about."""
        fetched = look(ids=[*FILMS])
        service.tells_edits = False
        self.happen(service, EDITS["a date moves"][0])
        clock.now += timedelta(days=1)

        assert b"2031-06-08" in look(fetched, ids=[*FILMS]).data

    def test_other_settings_ask_for_everything(self, look, service, clock):
        """Regions and the language are settings of all films."""
        fetched = look(ids=[*FILMS], regions=("FR",))
        service.asked.clear()
        clock.now += timedelta(days=1)
        again = look(fetched, ids=[*FILMS], regions=("DE",))

        assert (fetched.releases, again.releases) == (0, 2)
        assert sorted(service.asked) == sorted(FILMS)
