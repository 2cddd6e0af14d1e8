"""The life of a film, from a year to a day to nothing, as four clients show it."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from releasecal.formats import ics
from releasecal.queries.feed_query import FeedQuery
from releasecal.queries.site_settings import SiteSettings
from releasecal.refresh.publisher import Publisher
from releasecal.store import Store, answering_queries
from support.build import DAY
from support.clients import CLIENTS, Google, HomeAssistant, ICSx5, Nextcloud
from support.conformance import Document, problems, unfaithful
from support.database import database_url

IMPRINT = SiteSettings(public_url="https://films.example", uid_domain="films.example")
CINEMAS = "long-wait.theatrical.us"
STREAM = "long-wait.streaming.us.paramount-plus"
QUERIES = ("", "undated=span", "undated=end", "cancelled=keep", "cancelled=hide")
PARAMOUNT = {"to": "streaming", "channel": "Paramount+", "days": 45}
FOREVER = timedelta(days=365)


class Life:
    """
    Files, a publisher, a store, and for each kind of feed one subscriber of each client.

    Each look at the world (`look`) asserts what always has to hold.
    """

    def __init__(self, folder):
        self.now = datetime(2030, 1, 10, 9, 30, tzinfo=UTC)
        self.path = folder / "films.json"
        self.url = database_url(folder / "releasecal.db")
        self.film = {"id": "long-wait", "title": "The Long Wait"}
        self.others = [{"id": "rival", "title": "Rival"}]
        self.story = []
        self.releases = []
        self.documents = {}
        self.clients = {query: [client() for client in CLIENTS] for query in QUERIES}
        self.store = Store.open(self.url)
        self.publisher = Publisher(self.store, [str(self.path)], IMPRINT, lambda: self.now)

    def announce(self, when, after=30 * DAY, **facts):
        """Write that after some time the opening was announced anew, and refresh."""
        self.now += after
        self.story.append({"when": when, **facts})
        self.publish()

    def publish(self, *, is_listed=True):
        """Write the files as they are now, refresh, agree to a loss that is meant, and look."""
        opening = {"kind": "theatrical", "region": "US", "revisions": self.story}
        film = {**self.film, "releases": [opening, *self.releases] if is_listed else []}
        self.path.write_text(json.dumps({"films": [*self.others, film]}))
        assert self.publisher.refresh(accept_loss=not is_listed).is_news
        self.look()

    def pass_time(self, span):
        """Let time go by without news, and look."""
        self.now += span
        assert set(self.publisher.refresh().counts) <= {"released"}
        self.look()

    def look(self):
        """Have every subscriber fetch its feed, which must be well-formed and faithful."""
        self.restart()
        for query in QUERIES:
            document = self.render(query)
            before = self.documents.get(query, document)
            # One choice is to have no STATUS where something is off.
            assert problems(document, now=self.now) == []
            assert unfaithful(before, document) == []
            self.documents[query] = document
            for client in self.clients[query]:
                client.receive(document)
        for query in QUERIES:
            assert self.render(query) == self.documents[query]

    def restart(self):
        """Go on with another process on the same database: it changes nothing."""
        self.store.close()
        self.store = Store.open(self.url)
        self.publisher = Publisher(self.store, [str(self.path)], IMPRINT, lambda: self.now)
        assert not self.publisher.refresh().is_news

    def render(self, query=""):
        pairs = [tuple(query.split("="))] if query else []
        query = FeedQuery.parse(pairs, {})
        feed = self.store.ask(
            answering_queries.feed, query, path="/calendar", site=IMPRINT, today=self.now.date()
        )
        return ics.render(feed)

    def event(self, id_, query=""):
        """Return the event as it stands in the feed."""
        events = Document.take_apart(self.documents[query]).events
        return next(event for event in events if event.value("UID").startswith(f"{id_}@"))

    def stamps(self, id_):
        """Return SEQUENCE and the day of LAST-MODIFIED."""
        event = self.event(id_)
        day = event.value("LAST-MODIFIED")[:8]
        return int(event.value("SEQUENCE")), date.fromisoformat(day)


@pytest.fixture
def life(tmp_path):
    life = Life(tmp_path)
    yield life
    life.store.close()


def seen(life, *rows, off=(), query=""):
    """
    Assert that all four clients show *rows*: (id, first day, last day, summary).

    Those whose ids are *off* are hidden by Google and struck through by Nextcloud; the
    others show them like any event, so that it is for the words to say it.
    """
    expected = {}
    for id_, first, last, summary in rows:
        after = date.fromisoformat(last) + DAY
        expected[f"{id_}@films.example"] = (date.fromisoformat(first), after, summary)
    struck = {f"{id_}@films.example" for id_ in off}
    for client in life.clients[query]:
        shown = client.shown()
        hidden = struck if isinstance(client, Google) else set()
        assert {uid: (each.first, each.after, each.summary) for uid, each in shown.items()} == {
            uid: row for uid, row in expected.items() if uid not in hidden
        }, client
        strikes = struck if isinstance(client, Nextcloud) else set()
        assert {uid for uid, each in shown.items() if each.is_struck} == strikes, client
        has_address = isinstance(client, ICSx5 | Nextcloud)
        for each in shown.values():
            assert bool(each.address) == has_address
            assert each.alarms == 0
            assert "https://films.example/films/" in each.description.splitlines()[-1]


def told(life, id_, query=""):
    """Return the description that every client shows that shows the event at all."""
    uid = f"{id_}@films.example"
    shown = [client.shown().get(uid) for client in life.clients[query]]
    texts = {each.description for each in shown if each}
    assert len(texts) == 1
    return texts.pop()


def test_clients_show_the_life_of_a_film(life):  # noqa: PLR0915 - a life has many stations
    """Through every announcement each client shows the day, the words and nothing else."""
    # A year is no day: no client shows the first of January.
    life.announce("2032")
    began = life.now.date()
    seen(life)
    seen(
        life,
        (CINEMAS, "2032-01-01", "2032-12-31", "The Long Wait – in cinemas (US) (TBC, 2032)"),
        query="undated=span",
    )
    seen(
        life,
        (CINEMAS, "2032-12-31", "2032-12-31", "The Long Wait – in cinemas (US) (TBC, 2032)"),
        query="undated=end",
    )

    life.announce("2032-Q2")
    seen(life)
    quarter = "The Long Wait – in cinemas (US) (TBC, Q2 2032)"
    seen(life, (CINEMAS, "2032-04-01", "2032-06-30", quarter), query="undated=span")
    seen(life, (CINEMAS, "2032-06-30", "2032-06-30", quarter), query="undated=end")
    assert life.event(CINEMAS, "undated=span").value("STATUS") == "TENTATIVE"

    # A day, and with it the first day on which it may stream.
    life.film["windows"] = [PARAMOUNT]
    life.announce("2032-06-18")
    cinemas = "The Long Wait – in cinemas (US)"
    earliest = "The Long Wait – earliest streaming on Paramount+ (US)"
    first = [
        (CINEMAS, "2032-06-18", "2032-06-18", cinemas),
        (STREAM, "2032-08-02", "2032-08-02", earliest),
    ]
    for query in QUERIES:
        seen(life, *first, query=query)
    assert life.stamps(CINEMAS) == (2, life.now.date())
    assert life.stamps(STREAM) == (0, life.now.date())
    assert "Now exactly 18 Jun 2032, was Q2 2032" in told(life, CINEMAS)
    assert life.event(STREAM).value("STATUS") == "TENTATIVE"

    # Delayed; the streaming date goes along, and for two weeks both say so.
    life.announce("2032-09-24", reason="a strike")
    moved = life.now
    seen(
        life,
        (CINEMAS, "2032-09-24", "2032-09-24", f"{cinemas} (moved from 18 Jun 2032)"),
        (STREAM, "2032-11-08", "2032-11-08", f"{earliest} (moved from 2 Aug 2032)"),
    )
    assert "Moved from 18 Jun 2032 to 24 Sep 2032: a strike." in told(life, CINEMAS)
    assert life.stamps(CINEMAS) == (3, moved.date())
    life.pass_time(13 * DAY)
    assert life.stamps(CINEMAS) == (3, moved.date())
    life.pass_time(DAY)
    plain = [
        (CINEMAS, "2032-09-24", "2032-09-24", cinemas),
        (STREAM, "2032-11-08", "2032-11-08", earliest),
    ]
    seen(life, *plain)
    assert life.stamps(CINEMAS) == (3, moved.date() + 14 * DAY)
    life.pass_time(DAY)
    assert life.stamps(CINEMAS) == (3, moved.date() + 14 * DAY)

    # Delayed again, and a little brought forward before the mark has gone.
    life.announce("2033-03-11")
    seen(
        life,
        (CINEMAS, "2033-03-11", "2033-03-11", f"{cinemas} (moved from 24 Sep 2032)"),
        (STREAM, "2033-04-25", "2033-04-25", f"{earliest} (moved from 8 Nov 2032)"),
    )
    life.announce("2033-02-11", after=7 * DAY)
    seen(
        life,
        (CINEMAS, "2033-02-11", "2033-02-11", f"{cinemas} (moved from 11 Mar 2033)"),
        (STREAM, "2033-03-28", "2033-03-28", f"{earliest} (moved from 25 Apr 2033)"),
    )
    assert life.stamps(CINEMAS) == (5, life.now.date())

    # Another film takes the day.
    life.story[-1]["slot_to"] = "rival"
    rival = {"when": "2033-02-11", "slot_from": "long-wait"}
    life.others[0]["releases"] = [{"kind": "theatrical", "region": "US", "revisions": [rival]}]
    life.announce("2033-05-27")
    rivals = ("rival.theatrical.us", "2033-02-11", "2033-02-11", "Rival – in cinemas (US)")
    seen(
        life,
        rivals,
        (CINEMAS, "2033-05-27", "2033-05-27", f"{cinemas} (moved from 11 Feb 2033)"),
        (STREAM, "2033-07-11", "2033-07-11", f"{earliest} (moved from 28 Mar 2033)"),
    )
    assert "11 Feb 2033 went to Rival" in told(life, CINEMAS)
    assert "the date was The Long Wait's" in told(life, "rival.theatrical.us")
    sequence, _ = life.stamps(CINEMAS)

    # Another title is news for LAST-MODIFIED, and no move.
    life.now += 30 * DAY
    life.film["title"] = "The Longer Wait"
    life.publish()
    cinemas, earliest = (text.replace("Long", "Longer") for text in (cinemas, earliest))
    seen(
        life,
        rivals,
        (CINEMAS, "2033-05-27", "2033-05-27", cinemas),
        (STREAM, "2033-07-11", "2033-07-11", earliest),
    )
    assert life.stamps(CINEMAS) == (sequence, life.now.date())
    assert "the date was The Long Wait's" in told(life, "rival.theatrical.us")
    assert "Former title: The Long Wait." in told(life, CINEMAS)

    # The streaming date is announced, and takes over the event everybody has.
    life.now += 30 * DAY
    stream = {"kind": "streaming", "region": "US", "channel": "Paramount+", "when": "2033-08-30"}
    life.releases.append(stream)
    before = life.stamps(STREAM)
    life.publish()
    streaming = "The Longer Wait – streaming on Paramount+ (US)"
    opening = (CINEMAS, "2033-05-27", "2033-05-27", cinemas)
    real = (STREAM, "2033-08-30", "2033-08-30", streaming)
    seen(life, rivals, opening, real)
    assert life.stamps(STREAM) == (before[0] + 1, life.now.date())
    assert life.event(STREAM).value("STATUS") == "CONFIRMED"
    assert "Set for 30 Aug 2033 (calculated before: 11 Jul 2033)" in told(life, STREAM)

    # Cancelled: hidden, struck through or neither, and always said in words.
    sequence, _ = life.stamps(CINEMAS)
    life.announce("2033-05-27", status="cancelled")
    off = (CINEMAS, "2033-05-27", "2033-05-27", f"Cancelled: {cinemas}")
    seen(life, rivals, off, real, off=[CINEMAS])
    seen(life, rivals, off, real, query="cancelled=keep")
    seen(life, rivals, real, query="cancelled=hide")
    assert life.stamps(CINEMAS) == (sequence + 1, life.now.date())

    life.announce("2033-05-27")
    for query in QUERIES:
        seen(life, rivals, opening, real, query=query)
    assert life.stamps(CINEMAS) == (sequence + 2, life.now.date())
    assert "Back on the calendar: 27 May 2033" in told(life, CINEMAS)

    # Withdrawn: no file has its releases any more.
    life.now += 30 * DAY
    life.publish(is_listed=False)
    gone = [
        (CINEMAS, "2033-05-27", "2033-05-27", f"No longer listed: {cinemas}"),
        (STREAM, "2033-08-30", "2033-08-30", f"No longer listed: {streaming}"),
    ]
    seen(life, rivals, *gone, off=[CINEMAS, STREAM])
    seen(life, rivals, *gone, query="cancelled=keep")
    seen(life, rivals, query="cancelled=hide")

    # Each stays until its day has passed, and then it goes.
    life.pass_time(datetime(2033, 5, 27, 23, 59, tzinfo=UTC) - life.now)
    seen(life, rivals, *gone, off=[CINEMAS, STREAM])
    life.pass_time(timedelta(minutes=1))
    seen(life, rivals, gone[1], off=[STREAM])
    life.pass_time(datetime(2033, 8, 31, tzinfo=UTC) - life.now)
    for query in QUERIES:
        seen(life, rivals, query=query)
    assert date.fromisoformat(life.event("rival.theatrical.us").value("CREATED")[:8]) > began


@pytest.mark.parametrize(
    ("facts", "word"),
    [({"when": "2030-03-15", "status": "cancelled"}, "Cancelled"), ({}, "No longer on this day")],
)
def test_a_cancelled_release_stays_for_thirty_days(life, facts, word):
    """A release cancelled or undated shortly before its day is seen for 30 days more."""
    life.announce("2030-03-15")
    life.announce(**{"when": None, **facts})
    called_off = life.now
    row = (CINEMAS, "2030-03-15", "2030-03-15", f"{word}: The Long Wait – in cinemas (US)")

    seen(life, row, off=[CINEMAS])
    life.pass_time(called_off + 30 * DAY - life.now - timedelta(hours=10))
    seen(life, row, off=[CINEMAS])
    life.pass_time(timedelta(hours=10))

    for query in QUERIES:
        seen(life, query=query)


def test_a_restored_release_keeps_its_uid_after_leaving(life):
    """Long after it has gone from every calendar a release returns under its UID, one up."""
    life.announce("2030-03-15")
    life.announce("2030-03-15", status="cancelled")
    sequence, _ = life.stamps(CINEMAS)
    life.pass_time(FOREVER)
    seen(life)

    life.announce("2031-06-20")

    title = "The Long Wait – in cinemas (US) (moved from 15 Mar 2030)"
    seen(life, (CINEMAS, "2031-06-20", "2031-06-20", title))
    assert "Back on the calendar: 20 Jun 2031, moved from 15 Mar 2030" in told(life, CINEMAS)
    assert life.stamps(CINEMAS) == (sequence + 1, life.now.date())


def test_clients_differ_on_a_broken_document(life):
    """The clients differ on a broken feed, which is why none of ours is ever broken."""
    life.announce("2030-03-15")
    shown = (CINEMAS, "2030-03-15", "2030-03-15", "The Long Wait – in cinemas (US)")
    seen(life, shown)
    broken = life.documents[""].replace(b"DTSTART;VALUE=DATE:", b"DTSTART;VALUE=DATE:soon")

    for client in life.clients[""]:
        if isinstance(client, Nextcloud | HomeAssistant):
            client.receive(broken)
    calendars = {type(client): len(client.shown()) for client in life.clients[""]}
    assert calendars == {ICSx5: 1, Google: 1, Nextcloud: 1, HomeAssistant: 0}


def test_a_move_without_new_stamps_is_ignored(life):
    """An event that moved without its stamps stays where it was, in two clients of four."""
    life.announce("2030-03-15")
    careless = life.documents[""].replace(b"20300315", b"20300322").replace(b"0316", b"0323")

    days = {}
    for client in life.clients[""]:
        client.receive(careless)
        days[type(client)] = client.shown()[f"{CINEMAS}@films.example"].first.day
    assert days == {ICSx5: 15, Google: 15, Nextcloud: 22, HomeAssistant: 22}
