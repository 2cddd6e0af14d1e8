"""A recorded film of TMDB, from its reply to what a subscriber sees: 66 countries, and the notice."""

import pytest
import stamina
from icalendar import Calendar

from releasecal.queries.site_settings import SiteSettings
from releasecal.refresh.publisher import Publisher
from releasecal.refresh.remote_fetcher import Fetcher
from releasecal.sources.remote import Secret, SourceSettings
from releasecal.sources.remote.tmdb import TMDB
from releasecal.store import Store
from support.clock import Clock
from support.database import database_url
from support.faulty_server import FaultyServer
from support.site import app_of
from support.tmdb import Replay, recorded

TOKEN = "a-token-that-nobody-may-see"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The web client of a site that follows the film, and nothing else."""
    film = recorded("movie_47964")
    replay = Replay(film, token=TOKEN)
    store = Store.open(database_url(tmp_path_factory.mktemp("site") / "releasecal.db"))
    with FaultyServer(replay) as server, stamina.set_testing(True, attempts=1):
        address, options = server.address, {"ids": [47964]}
        tmdb = SourceSettings("tmdb", "tmdb", address, Secret(TOKEN), options=options)
        Fetcher(store, [tmdb], Clock()).look("tmdb")
    publisher = Publisher(store, ["tmdb"], SiteSettings(), Clock())
    publisher.fetched = frozenset({"tmdb"})
    publisher.refresh()
    yield app_of(publisher).test_client()
    store.close()


def events(site, query=""):
    """Return the events of the feed, by UID."""
    feed = Calendar.from_ical(site.get(f"/calendar.ics{query}").data)
    return {str(event["UID"]).partition("@")[0]: event for event in feed.events}


def test_each_date_is_the_day_of_its_country(site):
    """The feed has each of the 74 releases on the day that TMDB names, in no other zone."""
    found = events(site)
    days = {uid: str(event["DTSTART"].dt) for uid, event in found.items()}

    assert len(found) == 74
    told = {
        each["release_date"][:10]
        for country in recorded("movie_47964")["release_dates"]["results"]
        for each in country["release_dates"]
    }
    assert set(days.values()) == told
    assert days["tmdb-47964.theatrical.de"] == "2013-02-14"
    assert days["tmdb-47964.theatrical.kr"] == "2013-02-06"
    assert days["tmdb-47964.physical.de"] == "2013-06-28"
    assert days["tmdb-47964.streaming.fr.disney-plus"] == "2021-02-23"
    assert days["tmdb-47964.tv.nl.veronica"] == "2017-08-30"


def test_a_country_has_its_own_dates(site):
    """Germany's feed has its two releases, under the title there."""
    found = events(site, "?region=DE&lang=de")

    assert found.keys() == {"tmdb-47964.theatrical.de", "tmdb-47964.physical.de"}
    summary = str(found["tmdb-47964.theatrical.de"]["SUMMARY"])
    assert summary.startswith("Stirb langsam - Ein guter Tag zum Sterben")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/films/tmdb-47964",
        "/changes?added=1",
        "/calendar.ics",
        "/films/tmdb-47964.ics",
        "/calendar.json",
        "/changes.atom?added=1",
        "/changes.json?added=1",
        "/data.json",
    ],
)
def test_the_notice_is_where_its_facts_are(site, path):
    """Pages, feeds, Atom and JSON have the notice that TMDB's terms demand."""
    text = site.get(path).text.replace("\r\n ", "")

    assert TMDB.attribution in text
