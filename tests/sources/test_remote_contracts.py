"""Promises of every kind of source over the network, by the row in `KINDS`."""

import logging
import pickle
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
import stamina

from releasecal.core.catalogue import merge
from releasecal.errors import FetchFailed
from releasecal.sources import no_progress, remote
from releasecal.sources.remote import Client, Secret, SourceSettings, kinds, problems
from releasecal.sources.remote.pace import Pace
from releasecal.sources.snapshot import JSON, Snapshot
from releasecal.sources.validate import validate
from support import addon
from support.clock import Clock
from support.faulty_server import FAULTS, Answer, Asked, FaultyServer, status
from support.looks import look_again
from support.sparql import row
from support.tmdb import Replay, movie

KINDS = {**remote.KINDS, "kino": addon.module().KINO}
"""All kinds, and that of the add-on in docs/extending.md, which has to keep the same promises."""

TOKEN = "a-token-that-nobody-may-see"
USUAL = Pace(rate=1_000)
HASTY = Pace(rate=1_000, pause=timedelta(seconds=0.2), patience=timedelta(seconds=0.2))

DUNE = ("dune", "Dune", "2030-10-22")
ALIEN = ("alien", "Alien", "2031-05-25")


@dataclass(frozen=True)
class Stage:
    """
    How a kind is tried.

    Attributes:
        settings: Its settings, given the address of a server.
        answers: Makes a server say films, each an id, a title and a day, in that order.
        sends_token: Whether its token is sent to the server.
    """

    settings: Callable[[str], SourceSettings]
    answers: Callable[..., Callable[[Asked], Answer]]
    sends_token: bool = True


def file_says(*films: tuple[str, str, str]) -> Callable[[Asked], Answer]:
    def record(id_: str, title: str, when: str) -> object:
        releases = [{"kind": "theatrical", "region": "US", "when": when}]
        return {"id": id_, "title": title, "releases": releases}

    return lambda _: Answer.of({"films": [record(*film) for film in films]})


def tmdb_says(*films: tuple[str, str, str]) -> Callable[[Asked], Answer]:
    ids = {"dune": 1, "alien": 2}
    told = [movie(ids[id_], title, ("US", 3, when, "")) for id_, title, when in films]
    replay = Replay(*told, token=TOKEN)
    replay.queries["US"] = [film["id"] for film in told]
    replay.edited = [1, 2]
    return replay


def radarr_says(*films: tuple[str, str, str]) -> Callable[[Asked], Answer]:
    def member(id_: str, title: str, when: str) -> object:
        number = {"dune": 1, "alien": 2}[id_]
        return {"title": title, "tmdbId": number, "inCinemas": f"{when}T00:00:00Z"}

    def answer(asked: Asked) -> Answer:
        is_known = asked.headers.get("x-api-key") == TOKEN
        return Answer.of([member(*film) for film in films]) if is_known else Answer(b"", 401)

    return answer


def wikidata_says(*films: tuple[str, str, str]) -> Callable[[Asked], Answer]:
    rows = []
    for id_, title, when in films:
        film = "Q1" if id_ == "dune" else "Q2"
        rows.append(row(film, what="title", label=title))
        rows.append(row(film, what="date", text=f"{when}T00:00:00Z", precision="11", iso="US"))
    return lambda _: Answer.of({"results": {"bindings": rows}})


def calendar_says(*films: tuple[str, str, str]) -> Callable[[Asked], Answer]:
    events = [
        f"BEGIN:VEVENT\r\nUID:{id_}@kino\r\nSUMMARY:{title}\r\nDTSTART:{when.replace('-', '')}\r\n"
        "END:VEVENT\r\n"
        for id_, title, when in films
    ]
    text = f"BEGIN:VCALENDAR\r\nX-WR-CALNAME:Kino\r\n{''.join(events)}END:VCALENDAR\r\n"
    return lambda _: Answer(text.encode(), headers={"Content-Type": "text/calendar"})


def kino_says(*films: tuple[str, str, str]) -> Callable[[Asked], Answer]:
    shows = [{"id": id_, "title": title, "day": when} for id_, title, when in films]
    return lambda _: Answer.of(shows)


STAGES = {
    "kino": Stage(
        lambda address: SourceSettings("odeon", "kino", f"{address}/kino.json", Secret(TOKEN)),
        kino_says,
    ),
    "file": Stage(
        lambda address: SourceSettings("web", "file", f"{address}/films.json", Secret(TOKEN)),
        file_says,
    ),
    "ics": Stage(
        lambda address: SourceSettings(
            "kino",
            "ics",
            f"{address}/kino.ics",
            Secret(TOKEN),
            options={"kind": "premiere", "region": "DE"},
        ),
        calendar_says,
    ),
    "tmdb": Stage(
        lambda address: SourceSettings(
            "tmdb", "tmdb", address, Secret(TOKEN), options={"discover": {"region": "US"}}
        ),
        tmdb_says,
    ),
    "radarr": Stage(
        lambda address: SourceSettings("radarr", "radarr", address, Secret(TOKEN)), radarr_says
    ),
    "wikidata": Stage(
        lambda address: SourceSettings(
            "wikidata",
            "wikidata",
            f"{address}/sparql",
            Secret(TOKEN),
            contact="me@films.example",
            options={"ids": ["Q1", "Q2"]},
        ),
        wikidata_says,
        sends_token=False,
    ),
}
"""By name of the kind."""


@pytest.fixture(autouse=True)
def _with_the_addon(monkeypatch):
    monkeypatch.setattr(kinds, "KINDS", KINDS)


@pytest.fixture(autouse=True)
def _no_waiting():
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


@pytest.mark.parametrize("name", KINDS)
class TestEveryKind:
    @pytest.fixture
    def clock(self):
        return Clock()

    @pytest.fixture
    def stage(self, name):
        return STAGES[name]

    @pytest.fixture
    def server(self, stage):
        with FaultyServer(stage.answers(DUNE, ALIEN)) as server:
            yield server

    @pytest.fixture
    def settings(self, stage, server):
        return stage.settings(server.address)

    @pytest.fixture
    def look(self, settings, clock):
        def look(before=None, given=settings, pace=USUAL):  # at changes, where the kind can
            with Client(given, clock, pace) as client:
                return look_again(given, before, client)

        return look

    def test_its_settings_are_right(self, settings):
        """A source with the settings of its stage has no problem."""
        assert problems(settings) == []

    def test_an_unknown_setting_is_named(self, settings):
        """A setting that the kind does not know is a problem, and no secret is in it."""
        (problem,) = problems(replace(settings, options={**settings.options, "colour": "red"}))

        assert "colour" in problem
        assert TOKEN not in problem

    def test_a_snapshot_is_a_data_file(self, look, clock):
        """A look brings a data file that is right, one film a line, with counts and times."""
        fetched = look()

        result = validate([Snapshot("web", JSON, fetched.data)], (), no_progress)
        assert not result.problems
        assert sorted(film.title for film in merge([result.reading]).films.values()) == [
            "Alien",
            "Dune",
        ]
        assert (fetched.films, fetched.releases) == (2, 2)
        assert fetched.fetched == fetched.validated == clock.now
        lines = [line for line in fetched.data.splitlines() if b'"Dune"' in line]
        assert len(lines) == 1
        assert b"Alien" not in lines[0]

    def test_same_facts_are_same_octets(self, look, clock):
        """Facts that have not changed are the same snapshot, found right at a later time."""
        before = look()
        clock.now += timedelta(days=1)
        after = look(before)

        assert after.data == before.data
        assert after.fetched == before.fetched
        assert after.validated == clock.now

    def test_order_does_not_matter(self, look, server, stage):
        """The order in which a server tells films is no fact."""
        before = look()
        server.answer = stage.answers(ALIEN, DUNE)

        assert look().data == before.data
        assert look(before).fetched == before.fetched

    def test_news_is_news(self, look, server, stage, clock):
        """A date that moves makes another snapshot, changed at the time of the look."""
        before = look()
        server.answer = stage.answers((*DUNE[:2], "2030-12-18"), ALIEN)
        clock.now += timedelta(days=2)
        after = look(before)

        assert b"2030-12-18" in after.data
        assert after.fetched == clock.now

    @pytest.mark.parametrize("fault", FAULTS)
    def test_failures_have_names_and_lose_nothing(self, look, server, settings, fault):
        """A failure says which source, what and what would do; the next good look goes on."""
        make, failure = FAULTS[fault]
        pace = HASTY if failure == "slow" else USUAL
        before = look()
        server.fail(make)
        with pytest.raises(FetchFailed) as first:
            look(pace=pace)
        with pytest.raises(FetchFailed) as second:
            look(before, pace=pace)
        server.fail(None)

        for error in (first.value, second.value):
            assert error.failure == failure
            assert all(problem.place.origin == settings.id for problem in error.problems)
            assert all(problem.what and problem.remedy for problem in error.problems)
        assert look(before).data == before.data

    def test_not_modified_needs_something_to_modify(self, look, server):
        """A "not modified" to a question without conditions is a failure, not an empty source."""
        server.fail(status(304))

        with pytest.raises(FetchFailed) as error:
            look()
        assert error.value.failure == "unasked"

    def test_a_passing_failure_passes(self, look, server):
        """A server that fails twice is asked a third time."""
        server.fail(status(503), times=2)

        assert look().films == 2

    def test_a_long_wait_is_left_to_others(self, look, server, clock):
        """A server that wants an hour of silence has it: the error says until when."""
        server.fail(status(429, Retry_After="3600"))

        with pytest.raises(FetchFailed) as error:
            look()
        assert error.value.retry_at == clock.now + timedelta(hours=1)
        assert len(server.asked) == 1

    @pytest.mark.parametrize("fault", FAULTS)
    def test_no_token_shows(self, look, server, settings, fault, caplog):
        """No error, traceback, log, setting or snapshot has the token, also if a server echoes it."""
        caplog.set_level(logging.DEBUG)
        assert TOKEN in settings.token.reveal()
        fetched = look()
        server.fail(FAULTS[fault][0])
        with pytest.raises(FetchFailed) as error:
            look(pace=HASTY if FAULTS[fault][1] == "slow" else USUAL)
        server.fail(status(400, {"error": f"{TOKEN} is wrong"}))
        with pytest.raises(FetchFailed) as echoed:
            look()

        shown = [repr(settings), str(settings), repr(fetched), caplog.text]
        for each in (error.value, echoed.value):
            chain = traceback.TracebackException.from_exception(each, capture_locals=True)
            shown += [str(each), repr(each), repr(pickle.dumps(each)), *chain.format()]
        assert not [text for text in shown if TOKEN in text]

    def test_a_token_stays_with_its_host(self, look, server, stage):
        """A redirect to another host is followed without the token."""
        with FaultyServer(lambda _: Answer(b"", 404)) as other:
            server.fail(lambda handler: handler.send(Answer(b"", 307, {"Location": other.address})))
            with pytest.raises(FetchFailed):
                look()

        assert any(TOKEN in str(asked.headers) for asked in server.asked) == stage.sends_token
        assert other.asked
        assert not any(TOKEN in str(asked) for asked in other.asked)

    def test_settings_survive_a_process_border(self, settings):
        """Settings with their token go to a child process and back."""
        assert pickle.loads(pickle.dumps(settings)) == settings


def test_every_kind_has_a_stage():
    """A new row in `KINDS` comes with a stage here."""
    assert STAGES.keys() == KINDS.keys()
