"""Posters: copies from allowed hosts, bounded, and shown from the site itself."""

import struct
import zlib
from dataclasses import replace
from datetime import timedelta

import pytest
import stamina

from releasecal.errors import FetchFailed, RefreshRunning
from releasecal.refresh import poster_keeper
from releasecal.refresh.lease_keeper import hold
from releasecal.refresh.poster_keeper import AT_ONCE, FIRST_RETRY, FRESH, MAX_AGE, PosterKeeper
from releasecal.sources.remote import SourceSettings
from releasecal.sources.remote.client import Client
from releasecal.sources.remote.http_messages import Reply
from releasecal.sources.remote.poster_file import MAX_OCTETS, fetch_poster
from releasecal.store import newest_edition, posters
from support.build import opening
from support.clock import Clock
from support.database import rows
from support.faulty_server import Answer, FaultyServer, redirect, status
from support.pages import IMPRINT, Page, library
from support.site import app_of

pytestmark = pytest.mark.slow

HOST = "127.0.0.1"
SITE = replace(IMPRINT, poster_hosts=frozenset({HOST}))


def png(colour=0):
    """Return a picture of one pixel."""

    def chunk(name, data):
        crc = struct.pack(">I", zlib.crc32(name + data))
        return struct.pack(">I", len(data)) + name + data + crc

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(bytes([0, colour])))
    return b"\x89PNG\r\n\x1a\n" + head + pixels + chunk(b"IEND", b"")


PNG = {"Content-Type": "image/png"}
JPEG, WEBP = b"\xff\xd8\xff\xe0rest", b"RIFF\x10\x00\x00\x00WEBPVP8 "


@pytest.fixture(autouse=True)
def _one_attempt():
    with stamina.set_testing(True, attempts=1, cap=True):
        yield


@pytest.fixture
def server():
    def answer(asked):
        return Answer(png(len(asked.path) % 200), headers=PNG)

    with FaultyServer(answer) as server:
        yield server


@pytest.fixture
def publisher(tmp_path, server):
    """Publish three films with a poster, one with a poster elsewhere, and one without."""
    films = (
        opening("2027-01-01", id_="soon", poster=f"{server.address}/soon.png"),
        opening("2028-01-01", id_="later", poster=f"{server.address}/later1.png"),
        opening("2021-01-01", id_="past", poster=f"{server.address}/past22.png"),
        opening("2027-02-01", id_="elsewhere", poster="https://other.example/a.png"),
        opening("2027-03-01", id_="bare"),
    )
    publisher = library(tmp_path, films, site=SITE)
    yield publisher
    publisher.store.close()


@pytest.fixture
def keeper(publisher):
    return PosterKeeper(publisher.store, SITE.poster_hosts, publisher.clock)


def kept(publisher):
    copies = publisher.store.ask(posters.copies, {HOST, "other.example"})
    return {address: digest for address, (digest, _) in copies.items()}


def pictures(client, path="/"):
    return [each for each in Page(client.get(path).text).all("img") if each["class"] == "poster"]


# ── What is kept, and shown


def test_pages_show_copies_from_the_site_itself(publisher, keeper, server):
    """As soon as they are there: small, lazy, an ornament, and without a request elsewhere."""
    client = app_of(publisher).test_client()
    assert pictures(client) == []

    keeper.round()

    digests = kept(publisher)
    assert {*digests} == {f"{server.address}/{each}.png" for each in ("soon", "later1", "past22")}
    own = f"/posters/{digests[f'{server.address}/soon.png']}"
    assert own in {each["src"] for each in pictures(client)}
    (shown,) = pictures(client, "/films/soon?lang=de")
    assert (shown["src"], shown["alt"], shown["loading"]) == (own, "", "lazy")
    assert int(shown["width"]) < 100
    assert pictures(client, "/films/elsewhere") == pictures(client, "/films/bare") == []
    assert any(each["src"] == own for each in pictures(client, "/films"))
    assert "img-src 'self'" in client.get("/").headers["Content-Security-Policy"]


def test_a_copy_never_changes(publisher, keeper, server):
    """Its address has its contents, so that it is kept for ever; opened as a page it runs nothing."""
    keeper.round()
    client = app_of(publisher).test_client()

    answer = client.get(f"/posters/{kept(publisher)[f'{server.address}/soon.png']}")

    assert (answer.status_code, answer.mimetype) == (200, "image/png")
    assert answer.data == png(len("/soon.png"))
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    again = client.get(answer.request.path, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get("/posters/nothing").status_code == 404


def test_without_a_host_nothing_is_shown(publisher, keeper):
    """A host that the operator no longer names is gone from the pages at once."""
    keeper.round()
    publisher.site = IMPRINT
    assert pictures(app_of(publisher).test_client()) == []


def test_no_other_host_is_asked(publisher, keeper, server):
    """Not even where an allowed one redirects to it."""
    server.fail(redirect("https://other.example/a.png"))
    keeper.round()

    assert kept(publisher) == {}
    with (
        Client(
            SourceSettings("posters", "poster", server.address, hosts=frozenset({HOST})), Clock()
        ) as client,
        pytest.raises(FetchFailed, match=r"it leads to other\.example"),
    ):
        client.get(server.address)


# ── What is taken


@pytest.mark.parametrize(
    ("body", "media_type"), [(png(), "image/png"), (JPEG, "image/jpeg"), (WEBP, "image/webp")]
)
def test_formats_that_run_nothing_are_taken(server, body, media_type):
    """PNG, JPEG and WebP."""
    server.answer = lambda _: Answer(body, headers={"Content-Type": media_type})
    with Client(SourceSettings("posters", "poster", server.address), Clock()) as client:
        found = fetch_poster(client, f"{server.address}/a")
    assert (found.data, found.media_type) == (body, media_type)


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/png"),
        (b"<html>", "text/html"),
        (JPEG, "image/png"),
        (png(), "text/html"),
        (png(), ""),
        (b"GIF89a", "image/gif"),
        (b"", "image/png"),
        (png() + bytes(MAX_OCTETS), "image/png"),
    ],
)
def test_what_is_no_picture_is_refused(server, body, media_type):
    """Type and first octets have to agree; SVG can run scripts, and size has an end."""
    server.answer = lambda _: Answer(body, headers={"Content-Type": media_type})
    given = SourceSettings("posters", "poster", server.address)
    with Client(given, Clock()) as client, pytest.raises(FetchFailed) as error:
        fetch_poster(client, f"{server.address}/a")
    assert error.value.failure in ("not-data", "too-large")


class _Noted:
    """A client that notes what it is asked for."""

    asked = ""

    def get(self, address, **_):
        self.asked = address
        return Reply(JPEG, media_type="image/jpeg")


@pytest.mark.parametrize("size", ["w500", "original", "h632"])
def test_tmdb_is_asked_for_a_small_picture(size):
    """Pages have room for a width of 92."""
    client = _Noted()
    fetch_poster(client, f"https://image.tmdb.org/t/p/{size}/x.jpg")
    assert client.asked == "https://image.tmdb.org/t/p/w185/x.jpg"


# ── Bounds


def test_a_round_is_small_and_the_nearest_films_come_first(publisher, keeper, server, monkeypatch):
    """Few at a time; what is out is last."""
    monkeypatch.setattr(poster_keeper, "AT_ONCE", 2)
    keeper.round()
    assert {*kept(publisher)} == {f"{server.address}/{each}.png" for each in ("soon", "later1")}
    keeper.round()
    assert len(kept(publisher)) == 3
    assert AT_ONCE < 100


def test_copies_have_a_size_together(publisher, keeper, server, monkeypatch):
    """The farthest film goes without, and is not asked for again and again."""
    monkeypatch.setattr(poster_keeper, "MAX_OCTETS", MAX_OCTETS + 2 * len(png()))
    for _ in range(5):
        keeper.round()
        keeper._clock.now += timedelta(minutes=1)
    asked = [each.path for each in server.asked]
    assert len(kept(publisher)) == 3  # the third fits, for there was room when it came

    monkeypatch.setattr(poster_keeper, "MAX_OCTETS", 2 * len(png()))
    for _ in range(5):
        keeper.round()
        keeper._clock.now += timedelta(minutes=1)
    assert {*kept(publisher)} == {f"{server.address}/{each}.png" for each in ("soon", "later1")}
    assert len(rows(publisher.store)["poster_copies"]) == 2
    assert [each.path for each in server.asked] == asked


def test_a_copy_is_made_anew_after_a_month(publisher, keeper, server):
    """A quiet round asks nobody; a picture that is another one gets another address."""
    keeper.round()
    before, asked = kept(publisher), len(server.asked)
    assert keeper.round() == 0
    assert len(server.asked) == asked

    server.answer = lambda _: Answer(png(250), headers=PNG)
    keeper._clock.now += 1.3 * FRESH
    keeper.round()

    after = kept(publisher)
    assert after.keys() == before.keys()
    assert {*after.values()}.isdisjoint(before.values())
    assert len(rows(publisher.store)["poster_copies"]) == 1  # all three have one picture now


def test_an_old_copy_is_forgotten(publisher, keeper, server):
    """One that could not be made anew for three months is not shown any longer."""
    keeper.round()
    server.fail(status(500))
    keeper._clock.now += MAX_AGE - timedelta(days=1)
    keeper.round()
    assert len(kept(publisher)) == 3
    keeper._clock.now += timedelta(days=2)
    keeper.round()
    assert kept(publisher) == {}
    assert rows(publisher.store)["poster_copies"] == []


def test_a_poster_that_is_missing_is_asked_for_less_and_less(publisher, keeper, server):
    """The others of its host come, and its waits double."""
    server.answer = lambda asked: (
        Answer(status=404) if "soon" in asked.path else Answer(png(), headers=PNG)
    )
    keeper.round()
    assert len(kept(publisher)) == 2
    waits = []
    for _ in range(4):
        state = publisher.store.ask(posters.states)[f"{server.address}/soon.png"]
        waits.append(state.due - keeper._clock.now)
        keeper._clock.now = state.due
        keeper.round()
    assert waits[0] >= 0.7 * FIRST_RETRY
    assert waits[3] > 2 * waits[0]
    assert len([each for each in server.asked if "soon" in each.path]) == 5


def test_a_host_that_is_away_is_left_alone(publisher, keeper, server):
    """After one failure none of its posters is asked for, until its rest is over."""
    server.fail(status(503))
    keeper.round()
    keeper.round()
    assert len(server.asked) == 1

    server.fail(None)
    keeper._clock.now += 1.3 * FIRST_RETRY
    keeper.round()
    assert len(kept(publisher)) == 3


def test_posters_of_films_that_are_gone_are_forgotten(publisher, keeper):
    """So are those of a host that the operator no longer names."""
    keeper.round()
    other = PosterKeeper(publisher.store, {"other.host"}, publisher.clock)
    other.round()
    assert kept(publisher) == {}


def test_one_process_keeps_them(publisher, keeper, server):
    """While another one does, none is asked for."""
    with hold(publisher.store, publisher.clock, "posters"), pytest.raises(RefreshRunning):
        keeper.round()
    assert server.asked == []


def test_posters_change_no_feed(publisher, keeper):
    """Copies drop pages from the cache, and nothing else."""
    client = app_of(publisher).test_client()
    before = client.get("/calendar.ics")
    keeper.round()
    after = client.get("/calendar.ics")
    assert (before.data, before.headers["ETag"]) == (after.data, after.headers["ETag"])
    assert publisher.store.ask(newest_edition.head).posters > 0
