"""
A day in the life of a site, and the weeks around it: a hand-kept file, TMDB and Radarr.

Dates move, flicker and contradict each other; TMDB goes away and comes back; a token is revoked;
the process is killed, and another machine goes on with a copy of the database. The clock is made
up, the servers answer as the services do, and four clients show what a subscriber sees.
"""

import json
import pickle
import shutil
import subprocess
import sys
from datetime import timedelta

import pytest
import stamina

from releasecal.core.revise import Policy
from releasecal.queries.site_settings import SiteSettings
from releasecal.refresh.publisher import Publisher
from releasecal.refresh.remote_fetcher import Fetcher
from releasecal.sources.remote import Secret, SourceSettings
from releasecal.store import Store
from support.build import DAY
from support.clients import CLIENTS
from support.clock import Clock
from support.conformance import Document, problems
from support.faulty_server import Answer, FaultyServer, status
from support.live import until
from support.site import app_of
from support.tmdb import Replay, movie

pytestmark = pytest.mark.sqlite("its file goes to another machine")

TOKEN, NEW_TOKEN = "a-token-that-nobody-may-see", "another-one-that-nobody-may-see"
SITE = SiteSettings(public_url="https://films.example", uid_domain="films.example")
LOOK = timedelta(hours=8)
OWN = """
films:
  - id: harbour-light
    title: Harbour Light
    refs: {tmdb: 1}
    releases:
      - {kind: theatrical, region: DE, when: 2031-05-15}
      - {kind: theatrical, region: US, when: 2031-05-23}
"""
LIBRARY = [
    {
        "title": "Harbour Light",
        "tmdbId": 1,
        "inCinemas": "2031-05-14T00:00:00Z",
        "digitalRelease": "2031-08-01T00:00:00Z",
    },
    {"title": "Night Ferry", "tmdbId": 9, "physicalRelease": "2031-02-20T00:00:00Z"},
]
HARBOUR, TRAIN, TIDE = (
    f"{film}.theatrical.de@films.example" for film in ("harbour-light", "tmdb-2", "tmdb-3")
)
AT_HOME = "harbour-light.digital.zz@films.example"
DISC = "tmdb-9.physical.zz@films.example"
NOTICE = "notice.stale@films.example"
KILLED = """
import pickle, sys
from releasecal.refresh.remote_fetcher import Fetcher
from releasecal.store import Store
settings, now, url = pickle.load(open(sys.argv[1], "rb"))
Fetcher(Store.open(url), [settings], lambda: now).look(settings.id)
"""
"""A process that looks at a source, for as long as it is let."""


class Site:
    """A site on a machine, its clock, the services that it asks, and its subscribers."""

    def __init__(self, folder, tmdb, radarr):
        self.clock = Clock()
        self.server, self.replay = tmdb, tmdb.answer
        self.token = TOKEN
        self.radarr = SourceSettings(
            "radarr", "radarr", radarr.address, Secret("a-key"), every=LOOK, machine=True
        )
        self.clients = [client() for client in CLIENTS]
        self.own = OWN
        self.report = None
        self.conflicts = set()
        self.move_to(folder)

    @property
    def tmdb(self):
        return SourceSettings(
            "tmdb",
            "tmdb",
            self.server.address,
            Secret(self.token),
            ("DE",),
            every=LOOK,
            options={"discover": {"region": "DE"}},
        )

    def move_to(self, folder):
        """Go on in a process of another machine, with what lies in *folder*."""
        self.folder = folder
        (folder / "own.yaml").write_text(self.own)
        self.url = f"sqlite:///{folder / 'releasecal.db'}"
        self.store = Store.open(self.url)
        addresses = [str(folder / "own.yaml"), "tmdb", "radarr"]
        self.publisher = Publisher(self.store, addresses, SITE, self.clock, Policy())
        self.publisher.fetched = frozenset({"tmdb", "radarr"})
        self.web = app_of(self.publisher).test_client()

    def go_on(self, span=timedelta()):
        """Let time pass: looks when they are due, a refresh after each, and subscribers."""
        for _ in range(max(1, span // LOOK)):
            self.clock.now += min(span, LOOK)
            fetcher = Fetcher(self.store, [self.tmdb, self.radarr], self.clock)
            with stamina.set_testing(True, attempts=1):
                for id_ in fetcher.due():
                    fetcher.look(id_)
            self.report = self.publisher.refresh()
            self.conflicts.update(map(str, self.report.conflicts))
            if self.report.is_news:
                self.deliver()
        self.deliver()

    def deliver(self):
        """Have each subscriber fetch the feed, which is well-formed."""
        document = self.feed()
        assert problems(document, now=self.clock.now) == []
        for client in self.clients:
            client.receive(document)

    def feed(self, path="/calendar.ics"):
        answer = self.web.get(path)
        assert answer.status_code == 200
        return answer.data

    def shown(self):
        """Return the first day of each event as every client shows it, by UID."""
        days = {
            json.dumps(
                {uid: str(each.first) for uid, each in client.shown().items()}, sort_keys=True
            )
            for client in self.clients
        }
        (agreed,) = days
        return json.loads(agreed)

    def event(self, uid):
        events = Document.take_apart(self.feed()).events
        return next(event for event in events if event.value("UID") == uid)

    def says(self, uid):
        """Return SEQUENCE and all words of an event."""
        event = self.event(uid)
        words = f"{event.value('SUMMARY')} {event.value('DESCRIPTION')}"
        return int(event.value("SEQUENCE")), words.replace("\\", "")

    def ready(self, source):
        """Return what /readyz says about *source*."""
        return next(
            each for each in self.web.get("/readyz").json["sources"] if each["address"] == source
        )

    def say(self, number, title, day):
        """Have TMDB say that a film opens in Germany on *day*; its changes list the film."""
        self.replay.films[number] = movie(number, title, ("DE", 3, day, ""))
        self.replay.edited = [number]

    def kill_during_a_look(self):
        """Have another process look at TMDB, which does not answer, and kill it."""
        given = self.folder / "given"
        given.write_bytes(pickle.dumps((self.tmdb, self.clock.now, self.url)))
        before = len(self.server.asked)
        self.server.fail(lambda handler: handler.wait())
        process = subprocess.Popen([sys.executable, "-c", KILLED, str(given)])
        until(lambda: len(self.server.asked) > before, "it asks")
        process.kill()
        assert process.wait() == -9
        self.server.fail(None)

    def copy_to(self, folder):
        """Copy the database as it lies on the disk of a machine that has died."""
        folder.mkdir()
        for path in self.folder.glob("releasecal.db*"):
            shutil.copy(path, folder)


@pytest.fixture
def site(tmp_path):
    replay = Replay(token=TOKEN)
    replay.queries["DE"] = [1, 2, 3]
    folder = tmp_path / "machine"
    folder.mkdir()
    with FaultyServer(replay) as tmdb, FaultyServer(lambda _: Answer.of(LIBRARY)) as radarr:
        made = Site(folder, tmdb, radarr)
        made.say(1, "Harbour Light", "2031-05-15")
        made.say(2, "Slow Train", "2031-03-06")
        made.say(3, "Low Tide", "2031-04-10")
        yield made
        made.store.close()


def test_a_day_in_the_life(site, tmp_path):  # noqa: PLR0915 - a life has many stations
    """At each station every subscriber sees what is so, under the UID that it has always had."""
    site.go_on()
    begin = {
        HARBOUR: "2031-05-15",
        "harbour-light.theatrical.us@films.example": "2031-05-23",
        TRAIN: "2031-03-06",
        TIDE: "2031-04-10",
        AT_HOME: "2031-08-01",
        DISC: "2031-02-20",
        "harbour-light.theatrical.zz@films.example": "2031-05-14",
    }
    assert site.shown() == begin

    # A date moves: pending for a tenth of the 104 days that are left, then it counts.
    site.say(2, "Slow Train", "2031-03-11")
    site.go_on(9 * DAY)
    assert site.shown() == begin
    site.go_on(2 * DAY)
    moved = {**begin, TRAIN: "2031-03-11"}
    assert site.shown() == moved
    sequence, words = site.says(TRAIN)
    assert sequence == 1
    assert "Moved from 6 Mar 2031 to 11 Mar 2031" in words

    # Another one flickers: it moves for a day and comes back, and nobody hears of it.
    site.say(3, "Low Tide", "2031-04-14")
    site.go_on(DAY)
    site.say(3, "Low Tide", "2031-04-10")
    site.go_on(20 * DAY)
    assert site.shown() == moved
    sequence, words = site.says(TIDE)
    assert sequence == 0
    assert "14 Apr" not in words

    # TMDB and the hand-kept file contradict each other: the file decides, and the report tells.
    site.say(1, "Harbour Light", "2031-06-12")
    site.go_on(20 * DAY)
    assert site.shown() == moved
    assert (
        "harbour-light.theatrical.de: 15 May 2031 stands, another source says 12 Jun 2031 (tmdb)"
        in (site.conflicts)
    )

    # TMDB goes away for eight days: nothing changes but that feeds with its films say so.
    site.server.fail(status(503))
    site.go_on(6 * DAY)
    assert site.shown() == moved
    assert site.ready("tmdb")["state"] == "unreadable"
    assert site.ready("radarr")["state"] == "ok"
    site.go_on(2 * DAY)
    shown = site.shown()
    assert NOTICE in shown
    assert {uid: day for uid, day in shown.items() if uid != NOTICE} == moved
    assert NOTICE.encode() not in site.feed("/calendar.ics?film=tmdb-9")  # Radarr alone tells of it

    # It comes back, and says that a film has moved meanwhile: pending from that look on.
    site.server.fail(None)
    site.say(3, "Low Tide", "2031-04-14")
    site.go_on(2 * LOOK)  # waits after failures have a random part
    assert site.ready("tmdb")["state"] == "ok"
    assert site.shown() == moved
    site.go_on(12 * DAY)
    later = {**moved, TIDE: "2031-04-14"}
    assert site.shown() == later
    assert site.says(TIDE)[0] == 1

    # The token is revoked: its films stay, the error says what would do, and nobody sees a token.
    site.replay.token = NEW_TOKEN
    site.say(2, "Slow Train", "2031-03-13")
    site.go_on(2 * DAY)
    assert site.shown() == later
    told = " ".join(map(str, site.report.problems))
    assert "the token is refused" in told
    assert "check token_env or token_file" in told
    assert TOKEN not in told + site.web.get("/sources").text + site.web.get("/readyz").text
    site.token = NEW_TOKEN
    site.go_on(5 * DAY)
    assert site.ready("tmdb")["state"] == "ok"

    # The process is killed during a look, and another machine goes on with a copy of the disk.
    before, tag = site.feed(), site.web.get("/calendar.ics").headers["ETag"]
    site.clock.now += LOOK
    site.kill_during_a_look()
    site.copy_to(tmp_path / "elsewhere")
    site.store.close()
    site.move_to(tmp_path / "elsewhere")
    assert site.feed() == before
    assert site.web.get("/calendar.ics", headers={"If-None-Match": tag}).status_code == 304
    site.go_on(8 * DAY)
    last = {**later, TRAIN: "2031-03-13"}
    assert site.shown() == last
    assert site.says(TRAIN)[0] == 2
    assert site.report.problems == ()
