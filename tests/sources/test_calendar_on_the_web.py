"""Calendars on the web: what a look at one keeps, and what its settings have to say."""

import json
import tomllib
from dataclasses import replace
from datetime import timedelta

import pytest
import stamina

from releasecal.errors import FetchFailed
from releasecal.sources.read_result import no_progress
from releasecal.sources.remote import Client, SourceSettings, problems, web_file
from releasecal.sources.remote.source_tables import TableError, named, read_table
from releasecal.sources.snapshot import YAML, Snapshot
from releasecal.sources.validate import validate
from support.clock import Clock
from support.faulty_server import Answer, FaultyServer
from support.looks import look_again
from support.paths import ROOT

RULES = {"kind": "premiere", "region": "DE", "zone": "Europe/Berlin"}


def calendar(*events):
    """Return a calendar of *events*, each a UID, a title, a start and further lines."""
    texts = [
        "\r\n".join(["BEGIN:VEVENT", f"UID:{uid}", f"SUMMARY:{title}", f"DTSTART:{start}", *more])
        + "\r\nEND:VEVENT\r\n"
        for uid, title, start, *more in events
    ]
    head = "BEGIN:VCALENDAR\r\nX-WR-CALNAME:Filmfest\r\n"
    return f"{head}{''.join(texts)}END:VCALENDAR\r\n".encode()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def body():
    """The calendar that the server sends."""
    return [calendar(("1", "Dune", "20270513T220000Z"), ("2", "Alien", "20270611"))]


@pytest.fixture
def server(body):
    headers = {"Content-Type": "text/calendar"}
    with FaultyServer(lambda _: Answer(body[0], headers=headers)) as server:
        yield server


@pytest.fixture
def look(server, clock):
    def look(before=None, options=None, type_="ics", path="kino.ics"):
        given = RULES if options is None else options
        settings = SourceSettings("fest", type_, f"{server.address}/{path}", options=given)
        with stamina.set_testing(True, attempts=1), Client(settings, clock) as client:
            return look_again(settings, before, client)

    return look


def dates(fetched):
    """Return the dates of a snapshot by title."""
    films = json.loads(fetched.data)["films"]
    return {film["title"]: sorted(each["when"] for each in film["releases"]) for film in films}


class TestLooks:
    def test_events_are_releases(self, look):
        """Each event is a release, told by a source that is called as the calendar calls itself."""
        fetched = look()

        assert dates(fetched) == {"Dune": ["2027-05-14"], "Alien": ["2027-06-11"]}
        assert json.loads(fetched.data)["sources"] == [{"id": "fest", "title": "Filmfest"}]
        assert (fetched.films, fetched.releases) == (2, 2)

    def test_other_rules_make_another_snapshot(self, look):
        """A change of the rules counts although the server says that nothing has changed."""
        before = look()
        after = look(before, {**RULES, "label": "Gala"})

        assert b"Gala" in after.data
        assert b"Gala" not in before.data

    def test_bad_events_are_told_and_keep_their_releases(self, look, body, clock):
        """A release whose event is broken now stays as it was, and the others go on."""
        before = look()
        clock.now += timedelta(days=1)
        body[0] = calendar(("1", "Dune", "soon"), ("2", "Alien: Earth", "20270618"))
        after = look(before)

        assert dates(after) == {"Dune": ["2027-05-14"], "Alien: Earth": ["2027-06-18"]}
        assert [str(note) for note in after.notes] == [
            "fest:3:1: 'Dune': not a date: 'soon' (see DTSTART and DTEND)"
        ]

    @pytest.mark.parametrize("change", ["nothing", "moves", "goes", "comes", "another name"])
    def test_few_changes_are_a_look_at_everything(self, look, body, change, monkeypatch):
        """Of a large calendar the events that differ are held to the rules, with the outcome of a look at all."""
        events = [(str(each), f"Film {each}", "20270513") for each in range(300)]
        body[0] = calendar(*events)
        before = look()
        edits = {
            "nothing": events[::-1],
            "moves": [("0", "Film 0", "20270601"), *events[1:]],
            "goes": events[1:],
            "comes": [*events, ("x", "Another", "20270601")],
            "another name": events,
        }
        body[0] = calendar(*edits[change])
        if change == "another name":
            body[0] = body[0].replace(b"Filmfest", b"Festival")
        expected = look()
        with monkeypatch.context() as patch:
            if change != "another name":
                patch.setattr(web_file, "validate", None)
            found = look(before)

        assert replace(found, fetched=None) == replace(expected, fetched=None)

    def test_half_a_calendar_is_refused(self, look, body):
        """A calendar without its end is a failure, and takes nothing away."""
        before = look()
        body[0] = body[0][: len(body[0]) // 2]
        with pytest.raises(FetchFailed) as error:
            look(before)

        assert error.value.failure == "invalid"
        assert "the calendar is cut short" in str(error.value)

    def test_a_calendar_is_no_data_file(self, look):
        """A calendar where a data file should be is refused, and the error says how it is read."""
        with pytest.raises(FetchFailed) as error:
            look(options={}, type_="file", path="films")

        assert "a calendar came" in str(error.value)
        assert 'type = "ics"' in str(error.value)


def test_the_page_about_calendars_is_true():
    """The examples of docs/calendars.md, for the settings and for a file, are right."""
    text = (ROOT / "docs" / "calendars.md").read_text(encoding="utf-8")
    toml = text.partition("```toml\n")[2].partition("```")[0]
    beside = text.partition("```yaml\n")[2].partition("```")[0]
    (table,) = tomllib.loads(toml)["source"]

    assert read_table(table, {}).settings.type == "ics"
    snapshot = Snapshot("programme.ics.yaml", YAML, beside.encode())
    assert not validate([snapshot], (), no_progress).problems


class TestSettings:
    def test_an_address_tells_its_type(self):
        """The address of a calendar is one, also as sites write it for subscribers."""
        table = {"id": "fest", "address": "webcal://fest.example/films.ics", "kind": "premiere"}
        row = read_table(table, {})

        assert (row.settings.type, row.settings.address) == (
            "ics",
            "https://fest.example/films.ics",
        )

    def test_an_address_alone_is_not_enough(self):
        """Nothing tells of which kind the events of an address alone are."""
        with pytest.raises(TableError, match="nothing says of which kind its events are"):
            named("https://fest.example/films.ics")

    @pytest.mark.parametrize(
        ("options", "told"),
        [
            ({"kind": "film"}, "kind: there is no 'film'"),
            ({"kind": "premiere", "zone": "Berlin"}, "zone: there is no zone 'Berlin'"),
            ({"rules": [{"words": ["x"], "colour": "red"}]}, "a rule has no field 'colour'"),
            ({"rules": [{"words": ["x"]}]}, "a rule has nothing but words"),
            ({"kind": "premiere", "rules": "x"}, "rules is a list"),
        ],
    )
    def test_wrong_rules_are_told(self, options, told):
        """What is wrong in the rules is told with what would do."""
        settings = SourceSettings("fest", "ics", "https://fest.example/a.ics", options=options)

        assert told in "\n".join(problems(settings))
