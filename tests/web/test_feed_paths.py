"""Addresses that select by their path: kinds, regions, and selections with a name."""

import json

import pytest

from releasecal.queries.feed_paths import NamedFeed
from support.conformance import problems
from support.site import app_of

pytestmark = pytest.mark.slow

NAMED = NamedFeed.parse("cinemas", "kind=theatrical&region=US,DE")


@pytest.fixture
def site(publisher):
    """Return a client of a site with a named feed."""
    return app_of(publisher, feeds=(NAMED,)).test_client()


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/kinds/theatrical", "kind=theatrical"),
        ("/kinds/theatrical/US", "kind=theatrical&region=US"),
        ("/regions/US", "region=US"),
        ("/feeds/cinemas", "kind=theatrical&region=US,DE"),
    ],
)
def test_a_path_selects_as_its_query_does(site, path, query):
    """The feed at a path has the events and the name of that query, and says its own address."""
    answer = site.get(f"{path}.ics")
    events = answer.data.split(b"BEGIN:VEVENT")[1:]

    assert problems(answer.data) == []
    assert events
    assert events == site.get(f"/calendar.ics?{query}").data.split(b"BEGIN:VEVENT")[1:]
    assert f"{path}.ics\r\n".encode() in answer.data.replace(b"\r\n ", b"")
    found = json.loads(site.get(f"{path}.json").data)
    assert found["url"].endswith(f"{path}.json")
    assert found["releases"] == json.loads(site.get(f"/calendar.json?{query}").data)["releases"]


def test_a_path_takes_other_parameters(site):
    """What a path does not select by itself can be asked for, and stands in its address."""
    answer = site.get("/kinds/theatrical.ics?region=US&alarm=-P1D")

    assert b"BEGIN:VALARM" in answer.data
    address = b"/kinds/theatrical.ics?alarm=-P1D&region=US\r\n"
    assert address in answer.data.replace(b"\r\n ", b"")


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/kinds/theatrikal.ics", 404, "did you mean theatrical"),
        ("/kinds/theatrical,tv.ics", 404, "it takes one"),
        ("/regions/XX.ics", 404, "there is no region 'XX'"),
        ("/feeds/other.ics", 404, "there is no feed called 'other'"),
        ("/kinds/theatrical.ics?kind=tv", 400, "this address is of theatrical alone"),
        ("/feeds/cinemas.ics?region=US", 400, "a feed with a name is as it is"),
    ],
)
def test_a_wrong_path_says_what_would_do(site, path, status, words):
    """A path of nothing is 404, and a parameter against the path 400, each with a remedy."""
    answer = site.get(path)

    assert (answer.status_code, words in answer.text) == (status, True), answer.text


def test_small_letters_lead_to_the_same_feed(site):
    """A region in small letters has the octets and the tag of the one in capitals."""
    small, large = site.get("/regions/us.ics"), site.get("/regions/US.ics")

    assert (small.data, small.headers["ETag"]) == (large.data, large.headers["ETag"])
