"""An exported site behind its own snippet: the real nginx, and what calendar programs ask of it."""

import random
import re
import shutil
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime, parsedate_to_datetime
from importlib import import_module

import pytest

from releasecal.store import posters
from releasecal.store.posters import PosterState
from support.clock import Clock
from support.exporting import Catalogue, exported, publisher_of
from support.paths import BENCHMARKS

FEED = "/cal/calendar.ics"
POSTER = "https://images.example/film.webp"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Return (nginx, publish): publish changes the film `film-00`, and exports."""
    if not shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin"):
        pytest.skip("nginx is missing: apt-get install nginx")
    home, clock = tmp_path_factory.mktemp("home"), Clock()
    catalogue = Catalogue(random.Random(2), 6)
    catalogue.films["film-00"]["releases"] = [
        {"kind": "theatrical", "region": "US", "revisions": [{"when": "2031-05-01"}]}
    ]
    catalogue.films["film-01"]["poster"] = POSTER
    publisher = publisher_of(home / "state", home / "films.json", clock)
    publisher.site = replace(publisher.site, poster_hosts=frozenset({"images.example"}))
    state = PosterState(POSTER, clock.now, "0a" * 16, "image/webp", 3, clock.now)
    posters.put(publisher.store, state, b"one")
    with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        patch.syspath_prepend(BENCHMARKS)
        servers = import_module("servers")
        port = servers.free_port()
        conf = f"server {{ listen 127.0.0.1:{port}; root {{folder}}/www; "
        conf += "include {folder}/www/cal/_nginx.conf; }"
        nginx = stack.enter_context(servers.Nginx("static-site", port, conf, FEED))
        www = nginx.folder / "www"

        def publish(day="2031-05-01"):
            catalogue.films["film-00"]["releases"][0]["revisions"][-1]["when"] = day
            catalogue.write(home / "films.json")
            clock.now += timedelta(hours=1)
            publisher.refresh()
            exported(publisher, www / "cal", is_packed=True)
            for path in (www, *www.rglob("*")):
                path.chmod(0o755)

        publish()
        nginx.start()
        yield nginx, publish
        publisher.store.close()


def test_nginx_accepts_the_snippet(site):
    """``nginx -t`` has no error and no warning about the snippet."""
    said = site[0].check()

    assert "test is successful" in said
    assert "warn" not in said


def test_a_feed_has_its_headers(site):
    """A feed has its media type with a charset, an age, and is open to other sites."""
    headers = site[0].get(FEED).headers

    assert headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert headers["Cache-Control"] == "public, max-age=3600"
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["ETag"]
    assert headers["Last-Modified"]


def at(moment, **later):
    """Return an HTTP date some time after *moment*, another one."""
    return format_datetime(parsedate_to_datetime(moment) + timedelta(**later), usegmt=True)


@pytest.mark.parametrize("coding", ["", "gzip"])
def test_a_poll_is_answered_304_while_nothing_changes(site, coding):
    """By its tag, by a list of tags, and by its date or a later one; an older one gets it all."""
    asked = {"Accept-Encoding": coding} if coding else {}
    first = site[0].get(FEED, asked)
    tag, moment = first.headers["ETag"], first.headers["Last-Modified"]

    def status(**headers):
        given = {name.replace("_", "-"): text for name, text in headers.items()}
        return site[0].get(FEED, {**asked, **given}).status

    assert first.headers.get("Content-Encoding", "") == coding
    assert status(If_None_Match=tag) == 304
    assert status(If_None_Match=f'"another", W/{tag.removeprefix("W/")}') == 304
    assert status(If_Modified_Since=moment) == 304
    assert status(If_Modified_Since=at(moment, days=1)) == 304
    assert status(If_Modified_Since=at(moment, seconds=-1)) == 200
    assert status(If_None_Match='"another"', If_Modified_Since=moment) == 200


def test_the_packed_feed_has_a_tag_of_its_own(site):
    """The twin in gzip has another ETag, and caches are told that there are two."""
    plain, packed = site[0].get(FEED), site[0].get(FEED, {"Accept-Encoding": "gzip"})

    assert plain.headers["ETag"] != packed.headers["ETag"]
    assert packed.headers["Vary"] == "Accept-Encoding"
    assert plain.headers["Last-Modified"] == packed.headers["Last-Modified"]


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PROPFIND"])
def test_what_would_write_is_refused(site, method):
    """Thunderbird probes with PUT and PROPFIND: 405 says that the calendar is to be read."""
    answer = site[0].get(FEED, method=method)

    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")


def test_other_sites_may_ask_with_conditions(site):
    """A browser that asks first, as for If-None-Match, is told that it may."""
    answer = site[0].get(FEED, {"Origin": "https://other.example"}, method="OPTIONS")

    assert answer.status == 204
    assert "If-None-Match" in answer.headers["Access-Control-Allow-Headers"]


def test_a_move_changes_what_shows_it_and_nothing_else(site):
    """After a move the film's feed has another tag and a later date; other films are still 304."""
    nginx, publish = site
    paths = ("/cal/films/film-00.ics", "/cal/films/film-03.ics")
    before = {path: nginx.get(path).headers for path in paths}

    publish("2031-06-05")

    moved, same = (nginx.get(path, {"If-None-Match": before[path]["ETag"]}) for path in paths)
    assert (moved.status, same.status) == (200, 304)
    assert b"20310605" in moved.body
    assert moved.headers["ETag"] != before[paths[0]]["ETag"]
    dates = [answer["Last-Modified"] for answer in (before[paths[0]], moved.headers)]
    assert parsedate_to_datetime(dates[0]) < parsedate_to_datetime(dates[1])


def test_pages_are_found_by_their_addresses(site):
    """A page answers at its address, and its policy lets it load nothing from elsewhere."""
    page = site[0].get("/cal/films/film-00/")

    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert page.headers["Cache-Control"] == "no-cache"
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    moved = site[0].get("/cal/films/film-00")
    assert (moved.status, moved.headers["Location"]) == (301, "/cal/films/film-00/")
    assert site[0].get("/cal/films/nothing.ics").status == 404


def test_a_poster_stays_with_clients_for_a_year(site):
    """A copy of a poster has its type, and an address that never changes what it has."""
    page = site[0].get("/cal/films/film-01/").body.decode()
    answer = site[0].get(re.search(r'src="(/cal/posters/[^"]+)"', page)[1])

    assert (answer.status, answer.body) == (200, b"one")
    assert answer.headers["Content-Type"] == "image/webp"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert (
        site[0].get("/cal/posters/nothing.webp").headers["Cache-Control"]
        != (answer.headers["Cache-Control"])
    )
    index = site[0].get("/cal/posters.json").headers
    assert (index["Content-Type"], index["Cache-Control"]) == (
        "application/json",
        "public, max-age=3600",
    )
