"""Radarr: the films of a library, of no country that it names."""

import json

import pytest

from releasecal.core.catalogue import merge
from releasecal.errors import FetchFailed
from releasecal.sources import no_progress
from releasecal.sources.remote import KINDS, Client, Secret, SourceSettings, problems
from releasecal.sources.snapshot import JSON, Snapshot
from releasecal.sources.validate import validate
from support.clock import Clock
from support.faulty_server import Answer, FaultyServer
from support.paths import REPLAYS

CALENDAR = json.loads((REPLAYS / "radarr" / "calendar.json").read_text(encoding="utf-8"))
KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def server():
    with FaultyServer(lambda _: Answer.of(CALENDAR)) as server:
        yield server


@pytest.fixture
def look(server):
    def look(address="", **options):
        address = address or server.address
        given = SourceSettings("radarr", "radarr", address, Secret(KEY), options=options)
        assert problems(given) == []
        with Client(given, Clock()) as client:
            return KINDS["radarr"].fetch(given, None, client)

    return look


def films(fetched):
    result = validate([Snapshot("radarr", JSON, fetched.data)], (), no_progress)
    assert not result.problems
    return merge([result.reading]).films


def test_a_recorded_calendar_has_its_days_of_an_unknown_region(look):
    """Each date is the day of its instant, and of no country."""
    told = films(look())

    assert len(told) == 11
    days = {
        (film.title, release.kind.slug, release.key.region): str(release.current.when)
        for film in told.values()
        for release in film.releases
    }
    assert len(days) == 25
    assert days["One Battle After Another", "theatrical", "ZZ"] == "2025-09-23"
    assert days["One Battle After Another", "digital", "ZZ"] == "2025-11-13"
    assert days["One Battle After Another", "physical", "ZZ"] == "2026-01-20"
    battle = told["tmdb-1054867"]
    assert dict(battle.refs) == {"imdb": "tt30144839", "tmdb": "1054867"}
    assert battle.runtime == 162
    assert battle.certifications == ()  # of which country nobody says


def test_somebody_who_knows_the_region_says_it(look):
    """The settings name the country whose dates a Radarr shows."""
    told = films(look(region="US"))

    assert {each.key.region for film in told.values() for each in film.releases} == {"US"}
    assert [each.rating for each in told["tmdb-1054867"].certifications] == ["R"]


def test_the_library_is_asked_for_or_its_calendar(look, server):
    """A calendar covers whole months, and says so; the library covers all."""
    whole, part = look(), look(calendar={"days_back": 10, "days_ahead": 40})

    library, calendar = server.asked
    assert library.path == "/api/v3/movie"
    assert library.headers["x-api-key"] == KEY
    assert not whole.covers
    assert calendar.path == "/api/v3/calendar"
    assert calendar.query == {"start": "2030-11-01", "end": "2031-01-31", "unmonitored": "true"}
    assert part.covers == "2030-11-01/2031-01-31"
    assert b'"covers":"2030-11-01/2031-01-31"' in part.data


def test_an_address_may_be_that_of_the_interface(look, server):
    """The address of Radarr's interface leads to Radarr, too."""
    look(address=f"{server.address}/radarr/api/v3/")

    assert server.asked[0].path == "/radarr/api/v3/movie"


def test_what_nobody_watches_can_be_left_out(look):
    """Films that Radarr does not monitor are left out on request."""
    watched = sum(film["monitored"] for film in CALENDAR)

    assert len(films(look(unmonitored=False))) == watched < 11


def test_another_program_at_the_address_is_no_empty_library(look, server):
    """A reply of another shape is a failure with a remedy."""
    server.answer = lambda _: Answer.of({"version": "4"})

    with pytest.raises(FetchFailed) as error:
        look()
    assert error.value.failure == "not-data"
    assert "check that the address is Radarr's" in str(error.value)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"region": "Germany"}, "region"),
        ({"calendar": {"days": 3}}, "calendar"),
        ({"calendar": "yes"}, "calendar"),
        ({"unmonitored": "no"}, "unmonitored"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_wrong_settings_are_told_with_a_remedy(options, words):
    """Each wrong setting is a problem of its own, with what would do."""
    given = SourceSettings("r", "radarr", "https://r.example", Secret(KEY), options=options)
    (problem,) = problems(given)

    assert words in problem
    assert problem.endswith(")")


def test_address_and_key_are_needed():
    """Without them, both are asked for."""
    assert len(problems(SourceSettings("radarr", "radarr"))) == 2
