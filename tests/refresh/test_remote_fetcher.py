"""Fetched sources: looks of their own, snapshots in the store, and refreshes that read these."""

import itertools
import json
import logging
from dataclasses import replace
from datetime import timedelta
from hashlib import blake2b
from zlib import crc32

import pytest
import stamina
from sqlalchemy import delete, insert, update

from releasecal.errors import RefreshDied, RefreshRunning, SourceError
from releasecal.queries.feed_query import EVERYTHING, FeedQuery
from releasecal.queries.site_settings import SiteSettings
from releasecal.refresh.lease_keeper import hold
from releasecal.refresh.publisher import Publisher
from releasecal.refresh.remote_fetcher import FIRST_RETRY, Fetcher
from releasecal.sources import snapshot_parts
from releasecal.sources.remote import Secret, SourceSettings
from releasecal.store import (
    LEASE,
    FetchedFile,
    SourceState,
    Store,
    answering_queries,
    fetch_states,
    newest_edition,
    schema,
)
from releasecal.store.last_good_files import pack
from support.clock import NOW, Clock
from support.database import database_url, rows
from support.faulty_server import Answer, FaultyServer, status
from support.tmdb import Replay, movie

pytestmark = pytest.mark.slow

EVERY = timedelta(hours=8)
TOKEN = "a-token-that-nobody-may-see"


def film(id_, when, **facts):
    releases = [{"kind": "theatrical", "region": "US", "when": when}]
    return {"id": id_, "title": id_.title(), "releases": releases, **facts}


class Web:
    """A data file on the web, beside a file that people keep, and the site that reads both."""

    def __init__(self, server, folder, **settings):
        self.server, self.folder = server, folder
        self.clock = Clock()
        self.own = folder / "own.json"
        self.own.write_text(json.dumps({"films": [film("own", "2031-01-01")]}))
        given = {"every": EVERY, "address": f"{server.address}/data.json", **settings}
        self.settings = SourceSettings("web", given.pop("type", "file"), **given)
        self.url = database_url(folder / "releasecal.db")
        self.start()

    def start(self):
        """Go on in a new process: it shares nothing but the database."""
        self.store = Store.open(self.url)
        self.publisher = Publisher(self.store, [str(self.own), "web"], SiteSettings(), self.clock)
        self.publisher.fetched = frozenset({"web"})
        self.fetcher = Fetcher(self.store, [self.settings], self.clock)

    def restart(self):
        self.store.close()
        self.start()

    def say(self, *films, **headers):
        """Have the server answer with *films*."""
        data = {"sources": [{"id": "tmdb", "machine": True}], "films": list(films)}
        self.server.answer = lambda asked: (
            Answer(b"", 304)
            if asked.headers.get("if-none-match") == headers.get("ETag", "")
            else Answer.of(data, **headers)
        )

    def look(self):
        with stamina.set_testing(True, attempts=1):
            return self.fetcher.look("web")

    def shown(self):
        today = self.clock().date()
        feed = self.store.ask(
            answering_queries.feed, EVERYTHING, path="/calendar", site=SiteSettings(), today=today
        )
        return {entry.key.film: str(entry.shown) for entry in feed.entries}

    def states(self):
        return [each.state for each in self.publisher.status.sources]


@pytest.fixture
def server():
    with FaultyServer(lambda _: Answer.of({})) as server:
        yield server


@pytest.fixture
def web(server, tmp_path):
    made = Web(server, tmp_path)
    made.say(film("dune", "2031-10-22"))
    yield made
    made.store.close()


def test_what_was_fetched_is_published(web):
    """A look brings a snapshot, and the next refresh reads it like a file."""
    state = web.look()
    report = web.publisher.refresh()

    assert (state.films, state.releases, state.problems) == (1, 1, ())
    assert state.fetched == state.validated == NOW
    assert state.due == NOW + EVERY
    assert report.counts == {"added": 2}
    assert web.shown() == {"own": "2031-01-01", "dune": "2031-10-22"}
    assert [each.address for each in report.sources] == [str(web.own), "web"]


def test_a_site_goes_on_from_its_snapshot(web):
    """After a restart, without a network, in another process: also if other sources have news."""
    web.look()
    web.publisher.refresh()
    web.server.fail(status(503))
    web.restart()
    web.own.write_text(json.dumps({"films": [film("own", "2031-02-02")]}))

    report = web.publisher.refresh()

    assert report.counts == {"delayed": 1}
    assert web.shown() == {"own": "2031-02-02", "dune": "2031-10-22"}
    assert report.problems == ()


def test_a_film_that_moved_is_read_alone(web, monkeypatch):
    """A new snapshot is compared with the last one, and only films that differ are read."""
    films = [film(f"film-{number}", "2031-01-01") for number in range(30)]
    web.say(*films)
    web.look()
    web.publisher.refresh()
    web.clock.now += EVERY
    web.say(*films[1:], film("film-0", "2031-03-03"))
    web.look()
    monkeypatch.setattr("releasecal.refresh.source_contents.SourceAccess.read", None)

    assert web.publisher.refresh().counts == {"delayed": 1}


def test_an_unchanged_look_writes_little_and_reads_nothing(web):
    """A 304 moves the moment of the last good look, and no refresh reads anything for it."""
    web.say(film("dune", "2031-10-22"), ETag='"one"')
    web.look()
    web.publisher.refresh()
    before = rows(web.store)
    web.clock.now += EVERY

    state = web.look()
    report = web.publisher.refresh()

    assert (state.fetched, state.validated) == (NOW, web.clock.now)
    assert not report.was_read
    changed = {name for name, found in rows(web.store).items() if found != before[name]}
    assert changed == {"fetches"}
    assert web.server.asked[-1].headers["if-none-match"] == '"one"'


def test_a_source_that_fails_keeps_its_films(web, caplog):
    """Its state says why, the other sources go on, and it is well again by its next good look."""
    web.look()
    web.publisher.refresh()
    web.clock.now += EVERY
    web.server.fail(status(503))
    state = web.look()
    web.own.write_text(json.dumps({"films": [film("own", "2031-02-02")]}))

    report = web.publisher.refresh()

    assert state.validated == NOW
    assert report.counts == {"delayed": 1}
    assert web.shown()["dune"] == "2031-10-22"
    assert web.states() == [SourceState.OK, SourceState.UNREADABLE]
    assert [str(each) for each in report.problems] == [str(each) for each in state.problems]
    assert "source web is unreadable" in caplog.text
    web.server.fail(None)
    web.clock.now = state.due
    caplog.set_level(logging.INFO)
    web.look()
    assert web.publisher.refresh().problems == ()
    assert web.states() == [SourceState.OK] * 2
    assert "web is fetched again" in caplog.messages


def test_waits_grow_from_failure_to_failure(web):
    """They double, about, up to the time between two looks, and have a random part."""
    web.server.fail(status(500))
    waits = []
    for _ in range(16):
        state = web.look()
        waits.append(state.due - web.clock.now)
        web.clock.now = state.due

    assert state.failures == 16
    assert state.since == NOW
    for number, wait in enumerate(waits):
        usual = min(FIRST_RETRY * 2**number, EVERY)
        assert 0.75 * usual <= wait <= 1.25 * usual
    assert len(set(waits)) == len(waits)


def test_a_server_says_when_to_ask_again(web):
    """Retry-After after a failure, and max-age after a good look, put the next look off."""
    web.server.fail(status(429, Retry_After="36000"))
    assert web.look().due == web.clock.now + timedelta(hours=10)

    web.server.fail(None)
    web.say(film("dune", "2031-10-22"), **{"Cache-Control": "max-age=43200"})
    assert web.look().due == web.clock.now + timedelta(hours=12)


def test_a_look_is_taken_when_it_is_due(web):
    """A source that was never tried is due; then one is due after its time, in any process."""
    assert web.fetcher.due() == ["web"]
    web.look()
    assert web.fetcher.due() == []
    web.restart()
    web.clock.now += EVERY - timedelta(seconds=1)
    assert web.fetcher.due() == []
    web.clock.now += timedelta(seconds=1)
    assert web.fetcher.due() == ["web"]


def test_one_process_looks_at_a_time(web):
    """While another one takes a look at the source, this one does not; refreshes go on."""
    with hold(web.store, web.clock, "fetch web"):
        with pytest.raises(RefreshRunning):
            web.fetcher.look("web")
        assert web.publisher.refresh().counts == {"added": 1}
    assert web.server.asked == []


@pytest.mark.parametrize("size", [1, 600])
@pytest.mark.parametrize("fails", [False, True])
def test_a_look_that_took_too_long_writes_nothing(web, size, fails):
    """A machine that slept through its lease does not undo the look that another one took since."""
    films = [film(f"film-{number:03}", "2031-01-02") for number in range(size)]
    web.say(*films)
    web.look()
    other = Fetcher(web.store, [web.settings], web.clock)
    web.clock.now += EVERY

    def slept(_):
        web.clock.now += 2 * LEASE
        web.say(*(film(each["id"], "2031-03-03") for each in films))
        other.look("web")
        return status(500) if fails else Answer.of({"films": films[1:]})

    web.server.answer = slept
    with pytest.raises(RefreshRunning):
        web.look()
    web.publisher.refresh()
    assert web.shown() == {
        "own": "2031-01-01",
        **dict.fromkeys((e["id"] for e in films), "2031-03-03"),
    }
    assert web.states() == [SourceState.OK, SourceState.OK]


def test_a_source_that_was_never_fetched_is_absent(web):
    """It is told with what would do; a site of such sources alone publishes nothing."""
    report = web.publisher.refresh()

    assert report.counts == {"added": 1}
    (problem,) = report.problems
    assert str(problem) == "web: not fetched yet (releasecal refresh --source web)"
    web.own.unlink()
    web.publisher.addresses = ("web",)
    with pytest.raises(SourceError, match="web: not fetched yet"):
        web.publisher.refresh()


def test_another_kind_begins_anew(web):
    """What one kind remembers is not given to another one under the same id."""
    web.look()
    with FaultyServer(Replay(movie(1, "Dune", ("US", 3, "2031-10-22", "")), token=TOKEN)) as tmdb:
        web.fetcher = Fetcher(
            web.store,
            [SourceSettings("web", "tmdb", tmdb.address, Secret(TOKEN), options={"ids": [1]})],
            web.clock,
        )
        state = web.look()

    assert (state.kind, state.problems, state.films) == ("tmdb", (), 1)


def test_a_change_counts_at_a_look_that_still_says_so(web):
    """A pending change waits for a look after it is due: a refresh is none."""
    web.say(film("dune", "2031-10-22", source="tmdb"))
    web.look()
    web.publisher.refresh()
    web.say(film("dune", "2031-10-23", source="tmdb"))
    web.clock.now += EVERY
    web.look()
    assert web.publisher.refresh().counts == {}
    web.clock.now += timedelta(days=30)
    for _ in range(3):
        assert web.publisher.refresh().counts == {}
        web.clock.now += timedelta(minutes=15)
    assert not web.publisher.refresh().was_read

    web.look()

    assert web.publisher.refresh().counts == {"delayed": 1}
    assert web.shown()["dune"] == "2031-10-23"


def test_a_change_that_is_taken_back_never_counts(web):
    """The look after it is due no longer says so."""
    web.say(film("dune", "2031-10-22", source="tmdb"))
    web.look()
    web.publisher.refresh()
    for when in ("2031-10-23", "2031-10-22"):
        web.say(film("dune", when, source="tmdb"))
        web.clock.now += timedelta(days=15)
        web.look()
        assert web.publisher.refresh().counts == {}
    assert not web.store.ask(newest_edition.head).has_pending


def test_too_large_a_loss_holds_the_source_alone(web):
    """A snapshot that lacks most films waits for a person, and the others go on."""
    web.say(*(film(f"film-{number}", "2031-01-01") for number in range(10)))
    web.look()
    web.publisher.refresh()
    web.say(film("film-0", "2031-01-01"))
    web.clock.now += EVERY
    web.look()
    web.own.write_text(json.dumps({"films": [film("own", "2031-02-02")]}))

    assert web.publisher.refresh().counts == {"delayed": 1}
    assert web.states() == [SourceState.OK, SourceState.HELD]
    assert web.publisher.refresh(accept_loss=True).counts == {"withdrawn": 9}


def test_only_a_look_makes_a_source_fresh(web):
    """The moment of the last good look is kept, whatever the refreshes since."""
    web.look()
    for _ in range(3):
        web.publisher.refresh()
        web.clock.now += timedelta(days=1)

    assert [status.read for status in web.publisher.status.sources] == [
        web.clock.now - timedelta(days=1),
        NOW,
    ]


def test_only_feeds_of_a_source_that_fails_for_long_say_so(web):
    """After a week without a good look they have the notice, and the others have not."""
    web.look()
    web.publisher.refresh()
    web.server.fail(status(500))
    for _ in range(9):
        web.clock.now += timedelta(days=1)
        web.look()
        web.publisher.refresh()

    def feed(**query):
        return web.store.ask(
            answering_queries.feed,
            FeedQuery(**query),
            path="/calendar",
            site=SiteSettings(),
            today=web.clock().date(),
        )

    assert feed(film=("own",)).stale_since is None
    assert feed(film=("dune",)).stale_since == feed().stale_since == NOW


def test_what_was_fetched_before_it_failed_is_published(web):
    """A snapshot that no refresh has read yet counts, though the next look went wrong."""
    web.look()
    web.server.fail(status(500))
    web.clock.now += EVERY
    web.look()

    report = web.publisher.refresh()

    assert report.counts == {"added": 2}
    assert web.states() == [SourceState.OK, SourceState.UNREADABLE]
    assert [each.read for each in web.publisher.status.sources] == [web.clock.now, NOW]


def test_a_token_is_nowhere(server, tmp_path, caplog):
    """Neither in the database, nor in the log, nor in the report, whatever goes wrong."""
    web = Web(server, tmp_path, token=Secret(TOKEN))
    web.say(film("dune", "2031-10-22"))
    web.look()
    for number in (401, 500):
        server.fail(status(number, {"error": f"no such token: {TOKEN}"}))
        web.clock.now += EVERY
        web.look()
        report = web.publisher.refresh()
        assert TOKEN not in json.dumps(report.as_json)
    written = repr(rows(web.store))
    web.store.close()

    assert server.asked[-1].headers["authorization"] == f"Bearer {TOKEN}"
    assert TOKEN not in caplog.text
    assert TOKEN not in written


def test_a_missing_token_is_told(server, tmp_path):
    """A process without it takes no look, and the state says what would do."""
    web = Web(server, tmp_path, type="tmdb", options={"ids": [1]})

    (lacking,) = web.fetcher.lacking("web")
    state = web.look()

    assert str(lacking).startswith("web: no token (token_env names the variable")
    assert state.problems == (lacking,)
    assert server.asked == []
    web.store.close()


def test_a_look_whose_process_dies_is_a_failure(web):
    """It is told, and tried again."""

    def died(*_):
        raise RefreshDied("killed by signal 9")

    web.look()
    web.fetcher.take = died
    web.clock.now += EVERY

    state = web.look()

    assert [str(each) for each in state.problems] == ["killed by signal 9"]
    assert state.films == 1
    assert state.due > web.clock.now
    assert web.store.ask(fetch_states.octets, "web", ["web"])


def put_parts(web, state, file):
    """Write *file*, all parts of a snapshot, as a look does whose outcome is *state*."""
    digests = {name: blake2b(data).hexdigest() for name, data in file.parts.items()}
    digest = fetch_states.digest_of("web", digests)
    fetch_states.put(web.store, replace(state, digest=digest), file)


def test_what_a_version_without_parts_writes_is_the_snapshot(web):
    """An older node keeps a large snapshot whole: that counts, and the next look takes the parts away."""
    state = web.look()
    parts = {"web#": b"head", "web#a": b"one", "web#b": b"two"}
    put_parts(web, state, FetchedFile(parts, memory=b"mine"))
    found = web.store.ask(fetch_states.last, "web")
    assert (found[1].parts, found[1].memory) == (parts, b"mine")
    assert web.store.ask(fetch_states.digests, "web").keys() == parts.keys()

    with web.store.writing() as connection:
        row = {"address": "web", "memory": b"theirs", "data": pack(b"whole")}
        connection.execute(insert(schema.fetched).values(row))
    found = web.store.ask(fetch_states.last, "web")
    assert (found[1].parts, found[1].memory) == ({"web": b"whole"}, b"theirs")

    parts |= {"web#b": b"three"}
    put_parts(web, state, FetchedFile(parts, memory=b"mine"))
    assert web.store.ask(fetch_states.last, "web")[1].parts == parts
    put_parts(web, state, FetchedFile(parts, memory=b"new"))
    assert web.store.ask(fetch_states.last, "web")[1] == FetchedFile(parts, memory=b"new")


def outcome(web):
    """Return what the database has of the last look, moments aside, and the hash of it all."""
    state, file = web.store.ask(fetch_states.last, "web")
    return file, state.digest, state.films, state.releases, state.problems


@pytest.mark.parametrize("size", [200, 257, 600])
def test_a_look_at_few_changes_leaves_what_a_first_look_does(web, server, tmp_path, size):
    """Films that come, move and go one by one: the database is as if all had come at once."""
    films = {f"film-{number:03}": film(f"film-{number:03}", "2031-01-02") for number in range(size)}
    web.say(*films.values())
    web.look()
    web.publisher.refresh()
    for number, (id_, when) in enumerate(
        [("film-100", "2031-01-02"), ("film-100", "2031-02-05"), ("film-000", ""), ("a", "2032")]
    ):
        has_news = films[id_] != film(id_, when) if id_ in films else True
        films = films | {id_: film(id_, when)} if when else films
        films = films if when else {name: each for name, each in films.items() if name != id_}
        web.say(*films.values())
        web.clock.now += EVERY
        web.look()
        (tmp_path / str(number)).mkdir()
        other = Web(server, tmp_path / str(number))
        other.look()
        assert outcome(web) == outcome(other)
        other.store.close()
        assert len(web.publisher.refresh().changes) == has_news


def damage(web, name, how):
    """Have the row of the part called *name* go, or its octets be others."""
    here = schema.fetched.c.address == name
    with web.store.writing() as connection:
        if how == "gone":
            connection.execute(delete(schema.fetched).where(here))
        else:
            connection.execute(update(schema.fetched).where(here).values(data=b"nonsense"))


@pytest.mark.parametrize("file", ["web#film", "web#~#film"])
@pytest.mark.parametrize("how", ["gone", "damaged"])
def test_a_look_begins_anew_where_a_part_is_damaged(web, server, tmp_path, file, how):
    """Half of a snapshot, or of what is remembered, is none: the database is as if all had come at once."""
    web.say(*(film(f"film-{number:03}", "2031-01-02") for number in range(600)))
    web.look()
    parts = {**web.store.ask(fetch_states.digests, "web")}
    parts |= web.store.ask(fetch_states.remembered, "web")
    damage(web, sorted(name for name in parts if name.startswith(file))[2], how)
    web.say(*(film(f"film-{number:03}", "2031-02-05") for number in range(600)))
    web.clock.now += EVERY

    assert not web.look().problems
    (tmp_path / "other").mkdir()
    other = Web(server, tmp_path / "other")
    other.look()
    assert outcome(web) == outcome(other)
    other.store.close()


@pytest.mark.parametrize("how", ["gone", "damaged"])
def test_a_damaged_snapshot_is_told_until_the_next_look(web, how):
    """Its films stay as they were last good, and a look mends it though the server has nothing new."""
    films = [film(f"film-{number:03}", "2031-01-02") for number in range(600)]
    web.say(*films)
    web.look()
    web.publisher.refresh()
    web.say(film("film-000", "2031-02-05"), *films[1:])
    web.clock.now += EVERY
    web.look()
    damage(web, min(web.store.ask(fetch_states.digests, "web").keys() - {"web#"}), how)

    report = web.publisher.refresh()
    told = "web: its snapshot is damaged (releasecal refresh --source web)"
    assert [str(problem) for problem in report.problems] == [told]
    assert web.shown()["film-000"] == "2031-01-02"

    web.clock.now += EVERY
    web.look()
    assert not web.publisher.refresh().problems
    assert web.shown()["film-000"] == "2031-02-05"


def test_a_look_while_a_refresh_reads_takes_no_films_away(web, monkeypatch):
    """What is read is of one look: not the parts of one, as far as the next one has left them."""
    films = {f"film-{number:03}": film(f"film-{number:03}", "2031-01-01") for number in range(600)}
    web.say(*films.values())
    web.look()
    names = web.store.ask(fetch_states.digests, "web")
    last = int(min(names.keys() - {"web#", "web#film-000"})[-3:]) - 1  # of its part
    ids = (f"film-{last - 5:03}-{number}" for number in itertools.count())
    first = next(id_ for id_ in ids if crc32(id_.encode()) % snapshot_parts.PART == 0)
    octets = fetch_states.octets

    def raced(*given):
        monkeypatch.undo()
        web.say(*films.values(), film(first, "2031-01-01"))  # which makes two parts of one
        web.look()
        return octets(*given)

    monkeypatch.setattr(fetch_states, "octets", raced)
    web.publisher.refresh()
    assert web.shown().keys() - {first} == {"own", *films}


def test_a_look_at_few_changes_costs_few(web, monkeypatch):
    """Of a large snapshot one film that moves opens and writes one part, and none that moves none."""
    films = [film(f"film-{number:03}", "2031-01-01") for number in range(600)]
    web.say(*films)
    web.look()
    packed, opened, octets = [], [], fetch_states.octets
    monkeypatch.setattr(fetch_states, "pack", lambda data: packed.append(data) or pack(data))
    monkeypatch.setattr(
        fetch_states, "octets", lambda *given: opened.extend(given[-1]) or octets(*given)
    )
    web.look()
    assert (opened, packed) == ([], [])

    web.say(film("film-300", "2031-06-06"), *(each for each in films if each["id"] != "film-300"))
    web.look()
    snapshot = [data for data in packed if b"2031-06-06" in data]
    marks = [data for data in packed if b'"digest"' in data]
    assert (len(snapshot), len(marks), len(packed)) == (1, 1, 2)
    assert (
        len({name for name in opened if "~" not in name}) == 2
    )  # that part, and what is not films
