"""Feeds over HTTP: what RFC 9110 and real clients ask of them."""

import hmac
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from releasecal.errors import StoreError
from releasecal.formats import FORMATS
from releasecal.lint import feed_source
from releasecal.lint.http_rules import HTTP_RULES
from releasecal.lint.linter import lint
from releasecal.queries.parameters import PARAMETERS
from releasecal.queries.site_settings import SiteSettings, SizeLimits
from releasecal.refresh.publisher import Publisher
from releasecal.store import Store, answering_queries, lease
from releasecal.web.routes import refresh
from support.browsing import served
from support.conformance import problems
from support.data_files import DATA, FILM
from support.database import database_url
from support.site import DELIVERY, FEEDS, TOKEN, app_of

pytestmark = pytest.mark.slow

COMING = FILM.format(when="2031-07-14").replace("id: film", "id: coming")
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.mark.parametrize(
    "address", [each for each in FEEDS if ".ics" in each and "undo" not in each]
)
def test_feeds_are_conformant(client, address):
    """Every feed route answers with a calendar that breaks no rule."""
    answer = client.get(address)

    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert problems(answer.data) == []


def test_lint_finds_nothing_wrong_with_a_served_feed(publisher, clock):
    """Neither the feed nor how it is served breaks a rule of lint."""
    with served(app_of(publisher)) as site:
        answers = feed_source.served(f"{site}/calendar.ics", clock, allow_private=False)

    assert [rule.id for rule in HTTP_RULES if list(rule.check(answers))] == []
    assert lint(answers.plain.data, clock()) == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Accept": "text/html, text/*;q=0.9, */*;q=0.8"},
        {"Accept": "application/calendar+json"},
        {"Accept": "image/png"},
        {"User-Agent": "Google-Calendar-Importer"},
        {"Authorization": "Bearer nobody asked"},
        {"Authorization": "Basic !!!"},
        {"Cookie": "a=b"},
    ],
)
def test_accept_changes_no_feed(client, headers):
    """A feed is a feed, whatever a client says it wants."""
    plain, answer = client.get("/calendar.ics"), client.get("/calendar.ics", headers=headers)

    assert answer.data == plain.data
    assert answer.headers["ETag"] == plain.headers["ETag"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"].startswith("public, max-age=3600, s-maxage=60, ")


@pytest.mark.parametrize("query", ["?utm_source=mail", "?_=17", "?fbclid=x"])
def test_foreign_parameters_change_nothing(client, query):
    """Parameters that mailers and caches append leave the response as it is."""
    assert client.get(f"/calendar.ics{query}").data == client.get("/calendar.ics").data


@pytest.mark.parametrize(
    ("address", "status", "text"),
    [
        ("/calendar.ics?regoin=US", 400, "unknown parameter 'regoin' (did you mean region?)"),
        ("/calendar.ics?kind=theatricle", 400, "did you mean theatrical?"),
        ("/calendar.ics?film=nobody", 400, "film: there is no film 'nobody'"),
        ("/calendar.ics?download=perhaps", 400, "download: neither 1 nor 0"),
        ("/calendar.ics?download=1&download=0", 400, "download: neither 1 nor 0: '1,0'"),
        ("/calendar.json?emoji=1&emoji=0", 400, "emoji: neither 1 nor 0: '1,0'"),
        ("/calendar.json?past=x", 400, "past: not a number of days"),
        ("/calendar.ics?alarm=7d", 400, "alarm: not a time before or after a day begins: '7d'"),
        (
            "/calendar.ics?lang=xx",
            400,
            "lang: there is no language 'xx' (one of en, de, fr, es, pt, it, pl, ja, ar)",
        ),
        ("/calendar.ics?limit=none", 400, "limit: cannot be 'none' here"),
        ("/calendar.ics?emojis=1", 400, "unknown parameter 'emojis' (did you mean emoji?)"),
        ("/calendar.ics?channel=nonsense", 400, "channel: there is no channel 'nonsense'"),
        ("/calendar.ics?downlaod=1", 400, "did you mean download?"),
        ("/calendar.ics?as-of=2027-01-01", 400, "as-of: what is followed is of now"),
        ("/films/film.ics?film=other", 400, "film: this address is of film alone"),
        ("/films/film.ics?film=film&film=other", 400, "film: this address is of film alone"),
        ("/series/saga.ics?series=other", 400, "series: this address is of saga alone"),
        ("/films/nobody.ics", 404, "there is no film 'nobody'"),
        ("/series/nobody.ics", 404, "there is no series 'nobody'"),
        ("/nowhere.ics", 404, ""),
        ("/films/%00.ics", 404, ""),
        ("/films/a%2Fb.ics", 404, ""),
        ("/films//film.ics", 404, ""),
        (f"/films/{'x' * 10_000}.ics", 404, "there is no film 'xxx"),
    ],
)
def test_errors_are_plain_and_never_kept(client, address, status, text):
    """An error is text, never a calendar, never cached, and says what would do."""
    answer = client.get(address, headers={"Accept": "text/calendar, text/html"})

    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert text in answer.text
    assert "BEGIN:" not in answer.text


GIVEN = {
    "kind": "theatrical",
    "region": "US",
    "film": "film",
    "series": "saga",
    "channel": "paramount-plus",
    "genre": "science-fiction",
    "q": "film",
    "certainty": "announced",
    "undated": "span",
    "cancelled": "keep",
    "as-of": "2020-01-01",
    "past": "30",
    "future": "P1Y",
    "alarm": "-P1D",
    "emoji": "1",
    "lang": "de",
    "limit": "usual",
    "download": "1",
}


@pytest.mark.parametrize("path", ["/calendar", "/films/film", "/kinds/theatrical"])
def test_every_format_takes_the_same_parameters(client, path):
    """Only a day of before is for those that nobody follows, and the others name them."""
    assert GIVEN.keys() == {*PARAMETERS, "download"}
    for name, value in GIVEN.items():
        answers = {ending: client.get(f"{path}.{ending}?{name}={value}") for ending in FORMATS}
        taken = [ending for ending, each in answers.items() if each.status_code == 200]
        refused = {each.text for each in answers.values() if each.status_code != 200}
        if name == "as-of":
            assert taken == ["json", "csv"]
            assert refused == {"as-of: what is followed is of now (ask for .json or .csv)\n"}
        else:
            assert taken in ([*FORMATS], []), (name, answers)
            assert len(refused) == (not taken), name


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PROPFIND", "PATCH", "MKCALENDAR"])
@pytest.mark.parametrize("address", ["/calendar.ics", "/films/film.ics", "/series/saga.ics"])
def test_methods_that_write_are_refused(client, address, method):
    """Thunderbird probes with PUT and PROPFIND: 405, with what is allowed."""
    answer = client.open(address, method=method, headers={"If-Match": "nothing"})

    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("/", "GET, HEAD, OPTIONS"),
        ("/films/film", "GET, HEAD, OPTIONS"),
        ("/changes.json", "GET, HEAD, OPTIONS"),
        ("/calendar.ics", "GET, HEAD, OPTIONS"),
        ("/refresh", "OPTIONS, POST"),
    ],
)
def test_what_is_allowed_is_sorted(client, address, allowed):
    """In an answer to OPTIONS, and where a method is refused: the same bytes, not a set's order."""
    assert client.options(address).headers["Allow"] == allowed
    assert client.patch(address).headers["Allow"] == allowed


@pytest.mark.parametrize("method", ["get", "head", "Post", "options"])
@pytest.mark.parametrize("address", ["/calendar.ics", "/", "/refresh", "/nowhere"])
def test_methods_have_capitals(client, address, method):
    """A method in small letters is not a method (RFC 9110 § 9.1) and is refused."""
    answer = client.open(address, environ_overrides={"REQUEST_METHOD": method})

    assert answer.status_code == 501
    assert f"There is no method {method!r} (try {method.upper()})." in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_download_is_an_attachment_named_for_its_selection(client):
    """A download has the selection in its name; the subscription is inline."""
    assert "Content-Disposition" not in client.get("/calendar.ics").headers
    answer = client.get("/films/film.ics?download=1")
    said = answer.headers["Content-Disposition"]
    assert said == 'attachment; filename="Film releases - Film.ics"'
    assert answer.data == client.get("/films/film.ics").data
    undo = client.get("/undo.ics?region=US&download=1").headers["Content-Disposition"]
    assert undo == 'attachment; filename="Film releases - US - undo.ics"'


@pytest.mark.parametrize("name", [*PARAMETERS, "download"])
def test_an_address_copied_out_of_html_selects_the_same(client, name):
    """Of each parameter, ``&amp;`` is read as ``&`` (case k3-amp-in-address)."""
    value = {"kind": "tv", "film": "film", "series": "saga", "undated": "end", "lang": "de"}
    value |= {"region": "US", "cancelled": "hide", "alarm": "-P1D", "emoji": "1", "limit": "usual"}
    value |= {"genre": "spy", "q": "film", "certainty": "announced"}
    value |= {"past": "0", "future": "1", "channel": "x", "as-of": "2026-01-01", "download": "1"}

    plain, escaped = (
        client.get(f"/calendar.json?past=365{sign}{name}={value[name]}") for sign in ("&", "&amp;")
    )

    assert (escaped.status_code, escaped.data) == (plain.status_code, plain.data)
    assert escaped.headers.get("Content-Disposition") == plain.headers.get("Content-Disposition")


def test_undo_cancels_every_uid_with_a_higher_sequence(client):
    """An undo has the same UIDs, cancelled, with a higher SEQUENCE."""
    feed, undo = client.get("/calendar.ics?region=US"), client.get("/undo.ics?region=US")

    assert b"METHOD:CANCEL\r\n" in undo.data
    assert b"STATUS:CANCELLED\r\n" in undo.data
    for line in (b"UID:film.theatrical.us@releasecal\r\n", b"DTSTART;VALUE=DATE:20270714\r\n"):
        assert line in feed.data
        assert line in undo.data
    assert b"SEQUENCE:0\r\n" in feed.data
    assert b"SEQUENCE:1\r\n" in undo.data
    nothing = client.get("/undo.ics?kind=tv").data
    assert uids(nothing) == NOTICES


def uids(document):
    """Return the UIDs in *document*, an iCalendar stream."""
    return {
        line.removeprefix("UID:")
        for line in document.decode().splitlines()
        if line.startswith("UID:")
    }


TO_UNDO = """
films:
  - {id: day, title: Day, releases: [{kind: tv, region: DE, when: 2027-01-05}]}
  - {id: gone, title: Gone, releases: [{kind: tv, region: DE, when: 2026-12-05}]}
  - {id: coarse, title: Coarse, releases: [{kind: tv, region: DE, when: 2027-Q1}]}
  - {id: undated, title: Undated, releases: [{kind: tv, region: DE, when: 2027-05-05}]}
  - {id: nowhen, title: Never dated, releases: [{kind: tv, region: DE, when: null}]}
  - {id: old, title: Old, releases: [{kind: tv, region: DE, when: 1969-05-05}]}
  - {id: world, title: World, releases: [{kind: tv, region: "001", when: 2027-01-06}]}
  - {id: other, title: Other, releases: [{kind: tv, region: FR, when: 2027-01-07}]}
"""
LATER = (
    TO_UNDO.replace("2027-05-05", "null")
    .replace("when: 2026-12-05", "when: 2026-12-05, status: cancelled")
    .replace(
        '{kind: tv, region: "001"',
        '{kind: tv, region: DE, when: 2027-01-08}, {kind: tv, region: "001"',
    )
)


NOTICES = {f"notice.{name}@releasecal" for name in ("left-out", "stale", "before", "after")}
OLD_AND_FAR = """
films:
  - id: old
    title: Old
    releases:
      - {kind: tv, region: DE, when: 1969-05-05}
      - {kind: tv, region: FR, when: 2039-05-05}
  - {id: new, title: New, releases: [{kind: tv, region: DE, when: 2030-05-05}]}
  - {id: newer, title: Newer, releases: [{kind: tv, region: DE, when: 2030-05-06}]}
"""


def test_undo_takes_out_all_that_a_feed_ever_had(tmp_path, clock):
    """Every UID of any look, size and day of the feed, long after they have left it."""
    path = tmp_path / "undo.yaml"
    store = Store.open(database_url(tmp_path / "undo.db"))
    publisher = Publisher(store, [str(path)], SiteSettings(), clock)
    client = app_of(publisher).test_client()
    carried = set()
    for text in (TO_UNDO, LATER):
        path.write_text(text)
        clock.now += timedelta(days=1)
        publisher.refresh()
        for undated in ("hide", "span", "end"):
            address = f"/calendar.ics?region=DE&undated={undated}"
            carried |= uids(client.get(address).data)
    clock.now += timedelta(days=300)

    undone = uids(client.get("/undo.ics?region=DE&past=30&certainty=announced").data)

    left = {"gone.tv.de@releasecal", "undated.tv.de@releasecal", "world.tv.001@releasecal"}
    assert left <= carried
    assert not left & uids(client.get("/calendar.ics?region=DE").data)
    assert undone == carried | NOTICES
    store.close()


@pytest.mark.parametrize(
    "address", ["/undo.ics", "/undo.ics?film=old", "/undo.ics?region=DE&kind=tv&lang=de"]
)
def test_undo_takes_out_every_notice(tmp_path, clock, address):
    """Whatever is undone, and also those that only a film's own feed has."""
    path = tmp_path / "old.yaml"
    path.write_text(OLD_AND_FAR)
    store = Store.open(database_url(tmp_path / "old.db"))
    publisher = Publisher(store, [str(path)], SiteSettings(limits=SizeLimits(events=2)), clock)
    publisher.refresh()
    client = app_of(publisher).test_client()
    clock.now += timedelta(days=30)

    carried = uids(client.get("/films/old.ics").data) | uids(client.get("/calendar.ics").data)

    assert {uid for uid in carried if uid.startswith("notice.")} == NOTICES
    assert uids(client.get(address).data) >= NOTICES
    store.close()


def test_an_undo_that_is_too_large_says_how_to_do_it_in_parts(client, monkeypatch):
    """Not a part of it, of which nobody would know that it is one."""
    monkeypatch.setattr(answering_queries, "MAX_UNDONE", 0)

    answer = client.get("/undo.ics")

    assert answer.status_code == 400
    assert "take them out in parts, as in region=US and then region=DE" in answer.text


def test_a_selection_of_nothing_is_a_calendar(client):
    """No event is no error."""
    answer = client.get("/calendar.ics?kind=tv")

    assert answer.status_code == 200
    assert b"VEVENT" not in answer.data


def test_every_byte_stays_until_news_comes(client, publisher, clock):
    """Promise 4: through refreshes, restarts and days, the same bytes."""
    before = client.get("/calendar.ics")
    clock.now += timedelta(days=3)
    publisher.refresh()

    after = app_of(publisher).test_client().get("/calendar.ics")

    assert (after.data, after.headers["ETag"]) == (before.data, before.headers["ETag"])
    assert after.headers["Last-Modified"] == before.headers["Last-Modified"]


def test_a_move_reaches_the_feed(client, data, clock):
    """After POST /refresh the same event is on the new day."""
    data.write_text(COMING)
    client.post("/refresh", headers=BEARER)
    before = client.get("/calendar.ics")
    clock.now += timedelta(hours=1)
    data.write_text(COMING.replace("2031-07-14", "2031-09-30"))

    report = client.post("/refresh", headers=BEARER)
    after = client.get("/calendar.ics")

    assert report.status_code == 200
    assert report.json["counts"] == {"delayed": 1}
    assert b"DTSTART;VALUE=DATE:20310930" in after.data
    assert b"Moved from 14 Jul 2031 to 30 Sep 2031" in after.data
    assert b"SEQUENCE:1" in after.data
    assert before.headers["ETag"] != after.headers["ETag"]
    uid = b"UID:coming.theatrical.us@releasecal"
    assert before.data.count(uid) == after.data.count(uid) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": TOKEN},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer é"},
        {"X-Token": TOKEN},
    ],
)
def test_refresh_wants_the_token(client, headers):
    """No or a wrong token is 401, and says how to come by the right one."""
    answer = client.post("/refresh", headers=headers)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.headers["Cache-Control"] == "no-store"
    assert TOKEN not in answer.text


def test_the_token_is_compared_in_constant_time(client, monkeypatch):
    """The time of a refusal does not tell how much of a token is right."""
    compared = []
    digest = hmac.compare_digest
    monkeypatch.setattr(hmac, "compare_digest", lambda *two: compared.append(two) or digest(*two))

    client.post("/refresh", headers={"Authorization": f"Bearer {TOKEN[:-1]}x"})

    assert len(compared) == 1


def test_get_refreshes_nothing(client):
    """Looking at the address refreshes nothing."""
    answer = client.get("/refresh", headers=BEARER)

    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"OPTIONS", "POST"}


def test_the_token_is_never_logged(client, caplog):
    """Neither a good nor a bad token reaches the log."""
    caplog.set_level(0)
    client.post("/refresh", headers=BEARER)
    client.post("/refresh", headers={"Authorization": "Bearer not-this-one"})

    assert TOKEN not in caplog.text
    assert "not-this-one" not in caplog.text


def test_refresh_reports_every_problem(client, data):
    """Invalid data is 422 with all that is wrong; the feed stays byte for byte."""
    before = client.get("/calendar.ics").data
    data.write_text(DATA.replace("2027-07-14", "2027-02-30").replace("title: Film", "titel: Film"))

    answer = client.post("/refresh", headers=BEARER)

    assert answer.status_code == 422
    assert len(answer.json["problems"]) == 3
    assert client.get("/calendar.ics").data == before
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json["status"]) == (200, "degraded")
    assert ready.json["problems"] == answer.json["problems"]


def test_a_source_in_trouble_is_reported_beside_the_others(tmp_path, client, publisher, data):
    """The others are published, so it is 200; report, /readyz and pages name it with its state."""
    other = tmp_path / "other.yaml"
    other.write_text("films: [soon")
    publisher.addresses = (str(data), str(other))
    data.write_text(DATA.replace("2027-07-14", "2027-08-14"))

    answer = client.post("/refresh", headers=BEARER)

    assert answer.status_code == 200
    assert answer.json["counts"] == {"corrected": 1}
    assert [source["state"] for source in answer.json["sources"]] == ["ok", "broken"]
    ready = client.get("/readyz").json
    assert (ready["status"], ready["held"]) == ("degraded", False)
    assert ready["problems"] == answer.json["problems"] == ready["sources"][1]["problems"]
    assert ready["sources"][1]["read"] is None
    page = client.get("/status").text
    assert "One source is in trouble" in page
    assert f"{other}: it breaks the rules; it was never read" in page


def test_rows_that_are_left_out_are_told(tmp_path, clock):
    """`/readyz` and `POST /refresh` tell the bad rows of a table, until they are mended."""
    table = tmp_path / "films.csv"
    text = "title,kind,region,when\nGood,tv,US,2031\nBad,tv,US,soon\n"
    table.write_text(text)
    publisher = Publisher(
        Store.open(database_url(tmp_path / "r.db")), [str(table)], SiteSettings(), clock
    )
    client = app_of(publisher).test_client()

    answer = client.post("/refresh", headers=BEARER)

    (line,) = answer.json["notes"]
    assert line.startswith(f"{table}:3:4: when: not a date: 'soon'")
    for _ in range(2):
        ready = client.get("/readyz").json
        assert (ready["status"], ready["problems"]) == ("degraded", [line])
        client.post("/refresh", headers=BEARER)
    table.write_text(text.replace("soon", "2031"))
    assert client.post("/refresh", headers=BEARER).json["notes"] == []
    ready = client.get("/readyz").json
    assert (ready["status"], ready["problems"]) == ("ok", [])
    publisher.store.close()


@pytest.mark.parametrize("name", ["linked.yaml", "line\nend.yaml"])
def test_nobody_reads_a_file_outside_the_data_folder(tmp_path, clock, name):
    """What a link leads to is quoted to who may refresh, and on no page for everybody."""
    secret, folder = tmp_path / "secret", tmp_path / "data"
    secret.write_text("films: [{id: film, title: Film, releases: [{kind: hunter2}]}]")
    folder.mkdir()
    (folder / "films.yaml").write_text(DATA)
    store = Store.open(database_url(tmp_path / "linked.db"))
    publisher = Publisher(store, [str(folder)], SiteSettings(), clock)
    publisher.refresh()
    (folder / name).symlink_to(secret)
    client = app_of(publisher).test_client()

    assert "hunter2" in str(client.post("/refresh", headers=BEARER).json)
    for address in ("/readyz", "/status", "/", "/films/film"):
        assert "hunter2" not in client.get(address).text
    for address in ("/readyz", "/status"):
        assert "is a link out of its folder (see the log)" in client.get(address).text
    store.close()


def test_a_link_within_the_data_folder_is_quoted(tmp_path, clock):
    """It leads to data, as the folders do that containers get their files in."""
    (tmp_path / "..data").mkdir()
    (tmp_path / "..data" / "films.yaml").write_text(DATA.replace("theatrical", "theatricle"))
    (tmp_path / "films.yaml").symlink_to("..data/films.yaml")
    store = Store.open(database_url(tmp_path / "linked.db"))
    client = app_of(Publisher(store, [str(tmp_path)], SiteSettings(), clock)).test_client()
    client.post("/refresh", headers=BEARER)

    assert "theatricle" in client.get("/readyz").text
    store.close()


@pytest.mark.parametrize("address", ["/refresh", "/", "/calendar.ics", "/nowhere", "/readyz"])
def test_head_has_the_headers_of_get(client, address):
    """Also where GET is refused: the length is that of what GET would have sent."""
    get, head = client.get(address), client.head(address)

    own = {"X-Request-ID": ""}
    assert (head.status, {**head.headers, **own}) == (get.status, {**get.headers, **own})
    assert head.data == b""


@pytest.mark.parametrize(
    "when", ["Mon, 01 Jan 99999999999 00:00:00 GMT", "Mon, 01 Jan 2147483648 00:00:00 GMT"]
)
def test_an_impossible_date_asks_for_the_whole_file(client, when):
    """A Range whose If-Range cannot match is ignored (RFC 9110 § 13.1.5)."""
    whole = client.get("/static/style.css")

    part = client.get("/static/style.css", headers={"If-Range": when, "Range": "bytes=0-9"})

    assert (part.status_code, part.data) == (200, whole.data)
    assert part.headers["X-Content-Type-Options"] == "nosniff"
    whole.close()
    part.close()


def test_refresh_of_a_missing_source_is_502(client, data):
    """A source that cannot be read is 502, and empties nothing."""
    data.unlink()

    assert client.post("/refresh", headers=BEARER).status_code == 502
    assert b"VEVENT" in client.get("/calendar.ics").data


def test_refresh_beside_another_is_409(client, publisher, data, clock):
    """Another process's refresh is 409."""
    data.write_text(DATA.replace("2027-07-14", "2027-09-30"))
    lease.acquire(publisher.store, "another process", now=clock())

    assert client.post("/refresh", headers=BEARER).status_code == 409


def test_an_eleventh_refresh_in_a_minute_is_429(client, clock):
    """More than ten a minute are 429, with when to come back; wrong tokens do not count."""
    for _ in range(20):
        client.post("/refresh")
    for _ in range(refresh.MAX):
        assert client.post("/refresh", headers=BEARER).status_code == 200
    clock.now += timedelta(seconds=20)

    answer = client.post("/refresh", headers=BEARER)

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "40")
    clock.now += timedelta(seconds=40)
    assert client.post("/refresh", headers=BEARER).status_code == 200


def test_a_clock_set_back_refuses_no_refresh(client, clock):
    """The throttle forgives a clock that jumps."""
    for _ in range(refresh.MAX):
        client.post("/refresh", headers=BEARER)
    clock.now -= timedelta(days=1)

    assert client.post("/refresh", headers=BEARER).status_code == 200


def test_without_a_database_cached_feeds_are_served(client, publisher, monkeypatch):
    """Responses in the cache are served; all others are 503, to be tried again."""
    before = client.get("/films/film.ics")

    def broken(*_, **__):
        raise StoreError("the database is gone")

    monkeypatch.setattr(publisher.store, "reading", broken)

    assert client.get("/films/film.ics").data == before.data
    answer = client.get("/calendar.ics")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert "the database is gone" not in answer.text  # its details are nobody else's
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert client.get("/").status_code == 503
    assert client.get("/readyz").status_code == 503
    assert client.post("/refresh", headers=BEARER).status_code == 503


def test_readyz_says_how_old_the_data_is(client, clock, data):
    """Alive is alive; ready says how old the data is."""
    clock.now += timedelta(minutes=5)

    assert client.get("/healthz").text == "ok\n"
    ready = client.get("/readyz")
    assert ready.json == {
        "status": "ok",
        "held": False,
        "edition": 1,
        "published": f"{clock.now - timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}",
        "last_success": f"{clock.now - timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}",
        "age_seconds": 300,
        "last_failure": None,
        "problems": [],
        "sources": [
            {
                "address": str(data),
                "state": "ok",
                "since": None,
                "read": f"{clock.now - timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}",
                "age_seconds": 300,
                "problems": [],
                "left_out": [],
                "fetching": None,
            }
        ],
    }


def test_age_of_a_refresh_at_this_moment_is_zero(client):
    """``age_seconds`` is 0 in the second of the refresh, and null only before the first one."""
    ready = client.get("/readyz").json

    assert ready["age_seconds"] == 0
    assert ready["last_success"]


def test_readyz_is_degraded_without_a_refresh_for_three_intervals(publisher, clock):
    """If no refresh has succeeded for that time, for any reason, it is a problem."""
    client = app_of(
        publisher, delivery=replace(DELIVERY, every=timedelta(minutes=15))
    ).test_client()
    clock.now += timedelta(minutes=45)
    assert client.get("/readyz").json["status"] == "ok"
    clock.now += timedelta(seconds=1)

    ready = client.get("/readyz").json

    assert ready["status"] == "degraded"
    assert "no refresh has gone well since" in ready["problems"][0]


def test_a_held_edition_is_published_once_the_loss_is_accepted(client, data):
    """A source that has nothing more to say is held until somebody accepts the loss."""
    data.write_text(COMING)
    client.post("/refresh", headers=BEARER)
    before = client.get("/calendar.ics").data
    data.write_text("films: []\n")

    answer = client.post("/refresh", headers=BEARER)

    assert answer.status_code == 409
    assert "told of 1 film and tells of none now" in answer.json["problems"][0]
    assert client.get("/calendar.ics").data == before
    assert '{"accept_loss": true}' in answer.json["problems"][0]
    ready = client.get("/readyz").json
    assert (ready["status"], ready["held"]) == ("degraded", True)
    refused = client.post("/refresh", headers=BEARER, data='{"accept_loss": false}')
    assert refused.json["problems"] == answer.json["problems"]
    accepted = client.post("/refresh", headers=BEARER, data='{"accept_loss": true}')
    assert accepted.json["counts"] == {"withdrawn": 1}
    ready = client.get("/readyz").json
    assert (ready["status"], ready["held"]) == ("ok", False)


@pytest.mark.parametrize(
    "body",
    [
        "{bad", "[]", "null", '{"accept_los": true}', '{"accept_loss": "yes"}', "accept_loss=true",
        '{"accept_loss": true, "now": 1}', b"\xff", "[" * 60_000,
    ],
)  # fmt: skip
def test_a_wrong_body_refreshes_nothing(client, publisher, data, body):
    """It is 400 and has a remedy; nothing is read, and the throttle does not count it."""
    data.write_text(COMING)
    publisher.refresh()
    data.write_text("films: []\n")

    for _ in range(refresh.MAX + 1):
        answer = client.post("/refresh", headers=BEARER, data=body)

        assert answer.status_code == 400
        assert 'send nothing, or {"accept_loss": true}' in answer.json["problems"][0]
    assert client.get("/readyz").json["problems"] == []
    assert client.post("/refresh", data=body).status_code == 401
    for nothing in ("", " \n", "{}"):
        assert client.post("/refresh", headers=BEARER, data=nothing).status_code == 409


def test_a_feed_before_the_first_edition_is_503(tmp_path, clock):
    """With nothing published there is no calendar, not an empty one: that would empty all."""
    store = Store.open(database_url(tmp_path / "new.db"))
    publisher = Publisher(store, [], SiteSettings(), clock)
    client = app_of(
        publisher, delivery=replace(DELIVERY, every=timedelta(minutes=15))
    ).test_client()

    assert client.get("/readyz").status_code == 503
    assert client.get("/readyz").json["status"] == "unready"
    assert client.get("/readyz").json["age_seconds"] is None
    answer = client.get("/calendar.ics")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    store.close()


def test_without_a_scheduler_there_is_no_retry_after(tmp_path, clock):
    """Where no scheduler reads the sources, nobody is told to try again in a minute."""
    store = Store.open(database_url(tmp_path / "new.db"))
    client = app_of(Publisher(store, [], SiteSettings(), clock)).test_client()

    answer = client.get("/calendar.ics")

    assert answer.status_code == 503
    assert "Retry-After" not in answer.headers
    assert answer.text.startswith(
        "Nothing has been published yet. This site reads its sources when it is told to: "
        "/readyz says what was wrong the last time."
    )
    store.close()


def test_robots_may_read_all(client):
    """Google Calendar obeys robots.txt."""
    assert client.get("/robots.txt").text.startswith("User-agent: *\nAllow: /\n")


def test_json_as_of_a_day_has_the_announcements_until_then(client):
    """JSON has the announcements and publications until that day."""
    assert client.get("/calendar.json?as-of=2030-11-21").json["releases"] == []
    (release,) = client.get("/calendar.json?as-of=2030-11-22").json["releases"]
    assert release["when"] == "2027-07-14"


def test_json_has_the_same_releases(client):
    """JSON has the same releases as the calendar."""
    document = json.loads(client.get("/calendar.json").data)

    (release,) = document["releases"]
    assert release["uid"] == "film.theatrical.us@releasecal"
    assert release["when"] == "2027-07-14"
    assert release["history"][0]["in_words"] == "Set for 14 Jul 2027"
    assert document["undated"] == []
