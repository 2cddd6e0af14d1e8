"""Hubs of WebSub: a small one follows each Atom feed that names it, and misses nothing."""

import json
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as ET

import pytest

from releasecal.notify import webhook
from releasecal.queries.feed_paths import NamedFeed
from releasecal.queries.site_settings import SiteSettings
from releasecal.refresh.notifier import Notifier
from releasecal.refresh.publisher import Publisher
from releasecal.settings import Settings
from releasecal.sources.remote.client import Pace
from releasecal.store import Store, outbox
from support.clock import Clock
from support.database import database_url, rows
from support.faulty_server import Answer, FaultyServer, status
from support.site import app_of

pytestmark = pytest.mark.slow

ATOM = "{http://www.w3.org/2005/Atom}"
SOON = NamedFeed.parse("soon", "region=US&past=0&future=30")
FRANCE = NamedFeed.parse("france", "region=FR&lang=fr")
PUSHED = ["/calendar.atom", "/feeds/soon.atom", "/feeds/france.atom"]
TWO = {"one": ("One", "2030-12-01"), "two": ("Two", "2031-02-01")}


class Hub(FaultyServer):
    """
    A hub: it fetches what it is told of, as a reader of *client*, and keeps the last copy.

    Attributes:
        copies: What subscribers were sent last, by the path of the topic.
        pushed: Paths of the topics that had other contents, in order.
    """

    def __init__(self):
        super().__init__(self._take)
        self.client = None
        self.copies = {}
        self.pushed = []

    def _take(self, asked):
        told = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
        assert told["hub.mode"] == "publish"
        assert told["hub.url"] == told["hub.topic"]
        parts = urlsplit(told["hub.url"])
        path = f"{parts.path}?{parts.query}".rstrip("?")
        with self.lock:  # the seconds of the app pass by its requests, so one comes after another
            answer = self.client.get(path)
            assert answer.status_code == 200
            # A subscription is to the topic that the feed says it is (WebSub § 4).
            assert f'<{told["hub.url"]}>; rel="self"' in answer.headers.getlist("Link")
            if self.copies.get(path) != answer.data:
                self.pushed.append(path)
            self.copies[path] = answer.data
        return Answer(b"", 202)


@pytest.fixture(autouse=True)
def _short_patience(monkeypatch):
    short = Pace(pause=timedelta(seconds=2), patience=timedelta(seconds=5))
    monkeypatch.setattr(webhook, "PACE", short)


class Site:
    """A site with two named feeds whose changes a hub is told of."""

    def __init__(self, folder, hub):
        self.hub, self.path = hub, folder / "films.json"
        self.settings = replace(Settings(), websub_hubs=(f"{hub.address}/",), feeds=(SOON, FRANCE))
        imprint = SiteSettings(public_url="https://films.example", hubs=self.settings.websub_hubs)
        self.store = Store.open(database_url(folder / "releasecal.db"))
        self.write(TWO)
        self.publisher = Publisher(self.store, [str(self.path)], imprint, Clock())
        self.publisher.told = frozenset(target.name for target in self.settings.targets)
        self.publisher.refresh()
        app = app_of(self.publisher, feeds=(SOON, FRANCE), site=imprint)
        self.client = hub.client = app.test_client()
        self.notifier = self.another()

    def another(self):
        """Return the notifier of another process."""
        site, clock = self.publisher.site, self.publisher.clock
        return Notifier(self.store, self.settings.targets, site, clock)

    def write(self, films):
        """Write the data file, films by id with their titles and days in the US."""
        made = [
            {
                "id": id_,
                "title": title,
                "releases": [{"kind": "theatrical", "region": "US", "when": day}],
            }
            for id_, (title, day) in films.items()
        ]
        self.path.write_text(json.dumps({"films": made}))

    def publish(self, films):
        """Publish *films* an hour later."""
        self.publisher.clock.now += timedelta(hours=1)
        self.write(films)
        self.publisher.refresh(accept_loss=True)

    def tell(self):
        """Tell the hub what there is to tell, and return what its subscribers were sent."""
        del self.hub.pushed[:]
        self.notifier.round()
        assert self.hub.pushed == []  # a cache on the way may have the feed of before
        self.publisher.clock.now += timedelta(minutes=2)
        self.notifier.round()
        return [path for path in self.hub.pushed if path in PUSHED]


@pytest.fixture
def site(tmp_path):
    with Hub() as hub:
        site = Site(tmp_path, hub)
        site.tell()
        yield site
        site.store.close()


MOVED = {**TWO, "two": ("Two", "2031-03-01")}


@pytest.mark.parametrize(
    ("films", "pushed"),
    [
        (TWO, []),
        (MOVED, ["/calendar.atom"]),
        ({**TWO, "two": ("Two, retitled", "2031-02-01")}, ["/calendar.atom"]),
        ({**TWO, "six": ("Six", "2030-12-05")}, ["/calendar.atom", "/feeds/soon.atom"]),
        ({"two": TWO["two"]}, ["/calendar.atom", "/feeds/soon.atom"]),
    ],
)
def test_subscribers_get_what_is_there_and_nothing_in_vain(site, films, pushed):
    """Moves, titles, new films and those that are gone: just the feeds that show them."""
    before = dict(site.hub.copies)
    assert site.tell() == []
    site.publish(films)

    assert sorted(site.tell()) == pushed

    for path in PUSHED:
        assert site.hub.copies[path] == site.client.get(path).data, path
        assert (site.hub.copies[path] != before[path]) == (path in pushed)
    assert site.tell() == []


def test_days_that_pass_are_told(site):
    """A selection that ends 30 days from today has a film more on one of them, without an edition."""
    site.publisher.clock.now += timedelta(days=45)

    assert "/feeds/soon.atom" in site.tell()

    assert b"<title>Two" in site.hub.copies["/feeds/soon.atom"]
    assert site.hub.copies["/feeds/soon.atom"] == site.client.get("/feeds/soon.atom").data


def test_a_hub_that_fails_is_told_again_by_any_process(site):
    """Of the feed that it did not take; what it has taken is not sent twice."""
    site.publish(MOVED)
    site.hub.fail(status(500), times=2)
    site.tell()

    site.publisher.clock.now += timedelta(hours=1)
    site.another().round()

    assert site.hub.copies["/calendar.atom"] == site.client.get("/calendar.atom").data
    waiting = {name: each.waiting for name, each in site.store.ask(outbox.states).items()}
    assert set(waiting.values()) == {0}
    del site.hub.asked[:]
    before = rows(site.store)
    assert site.another().round() == 0
    assert site.hub.asked == []
    assert rows(site.store) == before


@pytest.mark.parametrize("path", PUSHED)
def test_what_a_hub_is_told_of_names_it(site, path):
    """In the headers and in the feed, with the address that the hub knows it by."""
    (hub,) = site.settings.websub_hubs

    answer = site.client.get(path)

    assert f'<{hub}>; rel="hub"' in answer.headers.getlist("Link")
    feed = ET.fromstring(answer.data)
    found = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
    assert (found["hub"], found["self"]) == (hub, f"https://films.example{path}")


@pytest.mark.parametrize(
    "path",
    [
        "/calendar.atom?region=US",
        "/calendar.atom?lang=de",
        "/regions/US.atom",
        "/films/one.atom",
        "/feeds/soon.ics",
        "/feeds/soon.jsonfeed",
    ],
)
def test_what_no_hub_is_told_of_names_none(site, path):
    """Whoever is told to wait for a hub asks no more: so no other feed names one."""
    (hub,) = site.settings.websub_hubs

    answer = site.client.get(path)

    assert answer.status_code == 200
    assert hub not in answer.get_data(as_text=True) + str(answer.headers)
