"""HTTP: the same rules over all routes, in each coding."""

import gzip
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email.message import Message
from pathlib import Path
from urllib.parse import unquote

import brotli
import pytest
import zstandard
from hypothesis import example, given
from hypothesis import strategies as st
from werkzeug import test
from werkzeug.http import parse_etags

from releasecal.queries.site_settings import SiteSettings
from releasecal.refresh.publisher import Publisher
from releasecal.store import Store
from releasecal.web.http.conditional_requests import (
    WORTHWHILE,
    Representation,
    Resource,
    filename,
    preflight,
    respond,
)
from releasecal.web.http.encodings import CODINGS
from support.clock import Clock
from support.conditional import conditional_story
from support.data_files import DATA
from support.database import database_url
from support.paths import TESTS
from support.site import DELIVERY, FEEDS, app_of

pytestmark = pytest.mark.slow

PYTHONPATH = f"{TESTS}{os.pathsep}{Path(__file__).parent}"
UNPACK = {
    "gzip": gzip.decompress,
    "br": brotli.decompress,
    "zstd": zstandard.decompress,
}
TOLD = SiteSettings(public_url="https://films.example")
PAGES = [
    "/",
    "/?as-of=2030-11-22",
    "/films/film",
    "/films/film?as-of=2030-11-21&utm_source=mail",
    "/series/saga",
    "/changes",
    "/changes?added=1",
]
WRITING = ["PUT", "POST", "DELETE", "PATCH", "PROPFIND", "MKCALENDAR", "REPORT", "MOVE", "X-ODD"]


class Client(test.Client):
    """A client whose requests all have one id, so that their answers can be equal."""

    def open(self, *args, headers=None, **options):
        told = {"X-Request-ID": "the-same", **(headers or {})}
        return super().open(*args, headers=told, **options)


@pytest.fixture
def client(publisher):
    return Client(app_of(publisher))


@pytest.fixture
def told(publisher):
    """A client of a site with a public address, so that its pages are cached, too."""
    return Client(app_of(Publisher(publisher.store, [], TOLD, publisher.clock)))


@pytest.mark.parametrize("accepted", [None, *CODINGS])
@pytest.mark.parametrize("address", [*FEEDS, *PAGES])
def test_every_precondition_is_answered_on_every_route(told, address, accepted):
    """Absent, matching, weak, listed, `*`, stale; HEAD like GET; on every route, in each coding."""
    conditional_story(told, address, accepted and f"{accepted}, identity;q=0")


@pytest.mark.parametrize("address", [*FEEDS, *PAGES])
def test_the_first_response_is_like_the_next(publisher, address):
    """Whether the cache has it yet or not, whatever the precondition, to the last header."""
    of = Publisher(publisher.store, [], TOLD, publisher.clock)
    known = {"If-None-Match": Client(app_of(of)).get(address).headers["ETag"]}
    asked = [("GET", known), ("GET", {"If-Match": '"x"'}), ("GET", {"Accept-Encoding": "br"})]
    for method, headers in [("GET", {}), ("HEAD", {}), *asked]:
        client = Client(app_of(of))
        first, second = (client.open(address, method=method, headers=headers) for _ in range(2))

        assert (first.status, [*first.headers]) == (second.status, [*second.headers])
        assert first.data == second.data


def vary(address):
    """Return what the answer depends on: a page on the visitor, a feed on the coding alone."""
    is_page = address in PAGES
    return "Accept-Encoding, Accept-Language, User-Agent" if is_page else "Accept-Encoding"


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("address", [*FEEDS, *PAGES])
def test_each_coding_has_its_own_tag(told, address, coding):
    """A coded response has the same content, under a tag that no other coding matches."""
    client = told
    plain = client.get(address)
    asked = {"Accept-Encoding": f"{coding}, identity;q=0"}

    packed = client.get(address, headers=asked)

    assert UNPACK[coding](packed.data) == plain.data
    assert packed.headers["Content-Encoding"] == coding
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["ETag"] == f'"{plain.headers["ETag"][1:-1]}-{coding}"'
    assert packed.headers["Vary"] == plain.headers["Vary"] == vary(address)
    for name in {*plain.headers.keys()} - {"ETag", "Content-Length"}:
        assert packed.headers[name] == plain.headers[name]
    tags = {name: f'"{plain.headers["ETag"][1:-1]}-{name}"' for name in CODINGS}
    for name, tag in (*tags.items(), ("identity", plain.headers["ETag"])):
        status = client.get(address, headers={**asked, "If-None-Match": tag}).status_code
        assert status == (304 if name == coding else 200), name


@pytest.mark.parametrize("address", [*FEEDS, *PAGES])
def test_codings_can_be_switched_off(publisher, address):
    """For clients that fail on them; no request is refused for that."""
    of = Publisher(publisher.store, [], TOLD, publisher.clock)
    client = Client(app_of(of, delivery=replace(DELIVERY, compress=False)))
    plain = client.get(address)

    for accepted in ("gzip, br, zstd", "gzip, identity;q=0"):
        answer = client.get(address, headers={"Accept-Encoding": accepted})
        assert (answer.data, [*answer.headers]) == (plain.data, [*plain.headers])
        assert "Content-Encoding" not in answer.headers


@pytest.mark.parametrize("address", PAGES)
def test_pages_are_revalidated_and_closed_to_other_sites(told, address):
    """Ask each time, and keep it to this site: a refresh that fails changes it, and moves nothing."""
    headers = told.get(address).headers

    assert headers["Cache-Control"] == "no-cache"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; ")
    assert headers["X-Content-Type-Options"] == "nosniff"
    # Nobody subscribes to a page of the past.
    calendar = 'rel="alternate"; type="text/calendar"'
    assert (calendar in headers.get("Link", "")) == ("as-of" not in address)
    for name in ("Last-Modified", "Access-Control-Allow-Origin", "Set-Cookie"):
        assert name not in headers


@pytest.mark.parametrize("address", PAGES)
def test_browsers_get_pages_in_a_coding(told, address):
    """Without refusing what is plain, as browsers ask."""
    answer = told.get(address, headers={"Accept-Encoding": "gzip, deflate, br, zstd"})

    assert answer.headers["Content-Encoding"] == "zstd"
    assert len(answer.data) < len(told.get(address).data)


@pytest.mark.parametrize("address", FEEDS)
def test_feeds_can_be_cached_and_read_by_any_site(client, address):
    """They allow caching and reading from any site, and name the canonical address."""
    headers = client.get(f"{address}{'&' if '?' in address else '?'}utm_source=mail").headers

    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["Cache-Control"] == (
        "public, max-age=3600, s-maxage=60, stale-while-revalidate=60, stale-if-error=86400"
    )
    canonical = address.removesuffix("?download=1")
    path, _, query = canonical.partition("?")
    link = headers["Link"]
    assert link.startswith(f"<http://localhost:8000{path}")
    assert link.endswith('>; rel="canonical"')
    assert set(link[1 : link.index(">")].partition("?")[2].split("&")) == set(query.split("&"))
    assert "Set-Cookie" not in headers


@pytest.mark.parametrize(
    ("every", "said"),
    [
        (timedelta(minutes=15), "public, max-age=900, s-maxage=60, stale-while-revalidate=60, "),
        (timedelta(seconds=30), "public, max-age=30, s-maxage=30, stale-while-revalidate=30, "),
        (timedelta(days=1), "public, max-age=3600, s-maxage=60, stale-while-revalidate=60, "),
    ],
)
def test_a_response_is_fresh_until_the_next_refresh(every, said):
    """At most until the sources are read again, and an hour."""
    assert replace(DELIVERY, every=every).cache_control == f"{said}stale-if-error=86400"


@pytest.mark.parametrize("method", WRITING)
@pytest.mark.parametrize("address", FEEDS)
def test_methods_that_write_are_refused(client, address, method):
    """Whatever the precondition: 405, with what is allowed; never 409, 412 or half a calendar."""
    for headers in ({}, {"If-Match": "nothing"}, {"If-None-Match": "*"}, {"Depth": "1"}):
        answer = client.open(address, method=method, headers=headers)

        assert answer.status_code == 405
        assert answer.headers["Allow"] == "GET, HEAD, OPTIONS"
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("address", FEEDS)
def test_options_names_methods_and_headers(client, address):
    """A preflight, and any other OPTIONS, names the methods and headers of a feed."""
    asked = {
        "Origin": "https://a.example",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "if-none-match",
    }
    for headers in ({}, asked):
        answer = client.options(address, headers=headers)

        assert (answer.status_code, answer.data) == (204, b"")
        assert answer.headers["Allow"] == "GET, HEAD, OPTIONS"
        assert answer.headers["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Access-Control-Allow-Headers"] == "*, Authorization"
        assert int(answer.headers["Access-Control-Max-Age"]) > 0
        assert "Content-Length" not in answer.headers  # RFC 9110 § 8.6: not in a 204


# ── The rules by themselves ────────────────────────────────────────────────────────────────

TEXT = b"BEGIN:VEVENT\r\n" * 100


def resource(body=TEXT, terms=DELIVERY, **facts):
    changed = facts.pop("changed", datetime(2026, 11, 22, 9, 30, tzinfo=UTC))
    return Resource(Representation(body, "text/calendar", "tag", changed, **facts), terms)


def ask(asked, method="GET", **headers):
    environ = {f"HTTP_{name.upper()}": value for name, value in headers.items()}
    status, fields, body = respond(asked, {"REQUEST_METHOD": method, **environ})
    return int(status[:3]), dict(fields), b"".join(body)


def test_a_coding_is_made_once():
    """However often it is asked for, and its memory is counted; other codings are not made."""
    asked = resource()
    before = asked.octets

    first = ask(asked, accept_encoding="gzip")[2]
    grown = asked.octets
    again = ask(asked, accept_encoding="br;q=0.1, gzip")[2]

    assert first is again
    assert before + len(first) < grown == asked.octets


def test_a_short_response_is_not_coded():
    """It fits into one packet anyway; it is coded if the client takes nothing else."""
    asked = resource(b"x" * (WORTHWHILE - 1))

    assert "Content-Encoding" not in ask(asked, accept_encoding="gzip")[1]
    assert ask(asked, accept_encoding="gzip, identity;q=0")[1]["Content-Encoding"] == "gzip"


def test_a_response_that_would_grow_is_not_coded():
    """Dense content stays as it is, unless the client takes nothing else."""
    asked = resource(os.urandom(5_000))

    for coding in CODINGS:
        assert "Content-Encoding" not in ask(asked, accept_encoding=coding)[1]
        assert "Content-Encoding" in ask(asked, accept_encoding=f"{coding}, identity;q=0")[1]


def test_the_receiver_may_change_the_lists():
    """PEP 3333 lets a server change the list of headers; the next answer is as before."""
    asked = resource()
    environ = {"REQUEST_METHOD": "GET"}
    for headers in ({}, {"HTTP_IF_NONE_MATCH": '"tag"'}):
        given = respond(asked, {**environ, **headers})
        before = [*given.headers]
        given.headers.clear()
        given.body.clear()
        assert respond(asked, {**environ, **headers}).headers == before
    preflight().headers.clear()
    assert preflight().headers


def test_a_fraction_of_a_second_makes_nothing_newer():
    """A fraction of a second makes no representation newer than its date."""
    changed = datetime(2026, 11, 22, 10, 30, 0, 900_000, timezone(timedelta(hours=1)))
    asked = resource(changed=changed)

    modified = ask(asked)[1]["Last-Modified"]

    assert modified == "Sun, 22 Nov 2026 09:30:00 GMT"
    assert ask(asked, if_modified_since=modified)[0] == 304


TAGS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters='"'))


@given(st.lists(st.tuples(st.booleans(), st.one_of(TAGS, st.just("tag"))), min_size=1))
@example([(False, "a,b"), (True, "tag")])
@example([(False, "")])
def test_if_none_match_agrees_with_werkzeug(tags):
    """Of well-formed lists, both say the same."""
    header = ", ".join(f'{"W/" if is_weak else ""}"{tag}"' for is_weak, tag in tags)
    asked = resource()

    assert (ask(asked, if_none_match=header)[0] == 304) is (
        parse_etags(header).contains_weak("tag")
    )
    assert (ask(asked, if_match=header)[0] == 200) is parse_etags(header).contains("tag")


@given(st.text(st.characters(max_codepoint=0xFF)))
@example("*")
def test_no_header_is_an_error(text):
    """Whatever a client sends, it gets the whole document, that it has it, or that it has not."""
    for name in (
        "if_none_match", "if_match", "if_modified_since", "if_unmodified_since",
        "accept_encoding", "range", "if_range", "authorization",
    ):  # fmt: skip
        status, headers, body = ask(resource(), **{name: text})
        if "Content-Encoding" in headers:  # which a client that takes any has asked for
            body = UNPACK[headers["Content-Encoding"]](body)
        assert (status, body == TEXT) in {(200, True), (304, False), (412, False)}


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("Film releases · streaming · DE", 'filename="Film releases - streaming - DE.ics"'),
        ("Kino", 'filename="Kino.ics"'),
        ("Mission: Impossible 7", 'filename="Mission Impossible 7.ics"'),
        ('a "b" \\ /etc/passwd', 'filename="a b etc passwd.ics"'),
        ("100%41", 'filename="100 41.ics"'),
        ("..", 'filename="calendar.ics"'),
        ("Amélie", "filename=\"Amelie.ics\"; filename*=UTF-8''Am%C3%A9lie.ics"),
        ("君", "filename=\"calendar.ics\"; filename*=UTF-8''%E5%90%9B.ics"),
        ("a\r\nSet-Cookie: x", 'filename="a Set-Cookie x.ics"'),
        ("gpj\u202e.exe", 'filename="gpj .exe.ics"'),
    ],
)
def test_the_name_of_a_copy_is_valid_on_any_system(title, said):
    """A copy's name says what it is of, and can be a name on any system."""
    asked = resource(filename=filename(title, "ics"))
    headers = dict(respond(asked, {"REQUEST_METHOD": "GET"}, download=True).headers)

    assert headers["Content-Disposition"] == f"attachment; {said}"


@given(st.text(max_size=200))
def test_any_title_makes_a_name(title):
    """The header is ASCII of one line, and the standard library reads the name from it."""
    name = filename(title, "ics")
    asked = resource(filename=name)
    headers = dict(respond(asked, {"REQUEST_METHOD": "GET"}, download=True).headers)
    said = headers["Content-Disposition"]

    assert said.isascii()
    assert said.isprintable()
    message = Message()
    message["Content-Disposition"] = said
    assert name.endswith(".ics")
    assert len(name) <= 84
    if "filename*" in said:
        assert unquote(said.rpartition("''")[2]) == name
    else:
        assert message.get_filename() == name


def test_no_address_breaks_its_header():
    """Characters that a header cannot hold are percent-encoded."""
    asked = resource(address="https://films.example/films/a>\r\nX: y é.ics?kind=tv,sequel&film=b")

    assert ask(asked)[1]["Link"] == (
        "<https://films.example/films/a%3E%0D%0AX:%20y%20%C3%A9.ics?kind=tv,sequel&film=b>; "
        'rel="canonical"'
    )


def story(folder):
    """Return what an installation in *folder* answers to many requests, as text."""
    (folder / "films.yaml").write_text(DATA)
    told = Clock()
    store = Store.open(database_url(folder / "releasecal.db"))
    teller = Publisher(store, [str(folder / "films.yaml")], TOLD, told)
    teller.refresh()
    client = Client(app_of(teller))
    answers = [
        client.open(address, method=method, headers={"Accept-Encoding": accepted})
        for address in (*FEEDS, *PAGES, "/calendar.ics?kind=nothing", "/nowhere.ics", "/films/x")
        for method in ("GET", "HEAD", "OPTIONS", "PUT", "PROPFIND")
        for accepted in ("", "gzip", "br, identity;q=0", "zstd, identity;q=0", "*")
    ]
    store.close()
    return repr([(given.status, [*given.headers], given.data) for given in answers])


def test_responses_depend_on_no_process(tmp_path):
    """Other hash seeds, time zones and locales make the same answers, to the last header."""
    program = (
        "import sys; from pathlib import Path; from test_http import story;"
        "sys.stdout.write(story(Path(sys.argv[1])))"
    )
    told = set()
    for number, world in enumerate(
        (
            {"PYTHONHASHSEED": "1", "TZ": "America/New_York", "LC_ALL": "C"},
            {"PYTHONHASHSEED": "2", "TZ": "Pacific/Auckland", "LC_ALL": "C.UTF-8"},
        )
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        made = subprocess.run(
            [sys.executable, "-c", program, folder],
            env={**os.environ, "PYTHONPATH": PYTHONPATH, **world},
            check=True,
            capture_output=True,
            text=True,
        )
        told.add(made.stdout)

    assert len(told) == 1
