"""The page of sources, and what /readyz says of each."""

from dataclasses import replace
from datetime import timedelta

import pytest

from releasecal.core.languages import ENGLISH
from releasecal.errors import Place, Problem
from releasecal.refresh.publisher import Publisher
from releasecal.store import FetchedFile, FetchState, fetch_states
from support.clock import NOW
from support.site import app_of

FILM = b'{"films": [{"id": "dune", "title": "Dune"}]}'


@pytest.fixture
def fetched(publisher, tmp_path, data):
    """Give the same publisher with a broken file, and with a source that is fetched."""
    other = tmp_path / "other.yaml"
    other.write_text("films: [soon")
    state = FetchState(
        "tmdb", "tmdb", NOW + timedelta(hours=8), "digest", NOW, NOW, 1, 0,
        notes=(Problem(Place("tmdb"), "film 7: <no date>"),),
    )  # fmt: skip
    fetch_states.put(publisher.store, state, FetchedFile({state.address: FILM}))
    publisher.addresses = (str(data), str(other), "tmdb")
    publisher.fetched = frozenset({"tmdb"})
    publisher.refresh()
    return publisher


def failing(publisher: Publisher) -> None:
    before = publisher.store.ask(fetch_states.states)["tmdb"]
    state = FetchState(
        **{
            **{name: getattr(before, name) for name in FetchState.__slots__},
            "failures": 2,
            "since": NOW,
            "problems": (Problem(Place("tmdb"), "the server fails", "it is tried again"),),
        }
    )
    fetch_states.put(publisher.store, state)


def test_the_page_has_each_source_with_its_state(fetched):
    """Its looks, what it has, what is wrong with it and what was left out of it."""
    page = app_of(fetched).test_client().get("/sources").text

    assert "as it should be" in page
    assert "it breaks the rules since" in page
    assert "other.yaml:" in page
    assert "not YAML" in page
    assert "1 film, 0 releases" in page
    assert "film 7: &lt;no date&gt;" in page
    assert (NOW + timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M:%SZ") in page


@pytest.mark.parametrize(
    ("code", "ago"),
    [
        ("en", "5 hours ago"),
        ("de", "vor 5 Stunden"),
        ("fr", "il y a 5 heures"),
        ("es", "hace 5 horas"),
        ("pt", "há 5 horas"),
        ("it", "5 ore fa"),
        ("pl", "5 godzin temu"),
        ("ja", "5 時間前"),
        ("ar", "قبل 5 ساعات"),
    ],
)
def test_the_page_has_the_age_of_each_source(fetched, code, ago):
    """How long ago each was looked at and had news, in every language."""
    now = fetched.clock()
    before = fetched.store.ask(fetch_states.states)["tmdb"]
    old = replace(before, validated=now - timedelta(hours=5), fetched=now - timedelta(days=3))
    fetch_states.put(fetched.store, old)

    page = app_of(fetched).test_client().get(f"/sources?lang={code}").text.replace("\xa0", " ")

    assert f"({ago})" in page
    # The file's look, the fetched one's look and news; the broken one was never read well.
    assert page.count("</time> (") == 3


def test_a_look_of_this_moment_has_an_age():
    """A clock that was set back makes no age in the future."""
    assert ENGLISH.age(timedelta(hours=-2)) == ENGLISH.age(timedelta()) == "1 minute ago"


def test_the_page_is_of_this_moment(fetched):
    """A look that changes nothing else shows at once."""
    client = app_of(fetched).test_client()
    client.get("/sources")
    failing(fetched)
    fetched.refresh()

    page = client.get("/sources").text

    assert "it cannot be read since" in page
    assert "the server fails (it is tried again)" in page


def test_readyz_says_how_fetching_goes(fetched):
    """A source that is fetched has its looks there; files have none."""
    failing(fetched)
    fetched.refresh()

    *files, tmdb = app_of(fetched).test_client().get("/readyz").json["sources"]

    assert [each["fetching"] for each in files] == [None, None]
    assert tmdb["age_seconds"] == (fetched.clock() - NOW).total_seconds()
    assert (tmdb["state"], tmdb["problems"]) == (
        "unreadable",
        ["tmdb: the server fails (it is tried again)"],
    )
    assert tmdb["fetching"] == {
        "kind": "tmdb",
        "fetched": f"{NOW:%Y-%m-%dT%H:%M:%SZ}",
        "validated": f"{NOW:%Y-%m-%dT%H:%M:%SZ}",
        "next_look": f"{NOW + timedelta(hours=8):%Y-%m-%dT%H:%M:%SZ}",
        "films": 1,
        "releases": 0,
        "failures": 2,
        "notes": ["tmdb: film 7: <no date>"],
    }


def test_all_pages_lead_to_it(client):
    """It is one click away for people who wonder."""
    assert 'href="/sources"' in client.get("/").text
