"""The API: lists in pages that miss nothing, by the rules of feeds, with problems in JSON."""

import json
from datetime import timedelta
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as made
from hypothesis import strategies as st

from releasecal.queries import api_query
from releasecal.queries.api_query import CHANGING, SELECTING, Cursor
from releasecal.web.routes.api import OPERATIONS, ROOT
from support.conditional import conditional_story

pytestmark = pytest.mark.slow

MANY = (
    "sources:\n  - {id: list, title: The list, attribution: Data by The List}\nfilms:\n"
    + "".join(
        f"""  - id: film-{at}
    title: Film {at}
    source: list
    genres: [{"spy" if at % 2 else "drama"}]
    series: [{{id: saga, title: Saga, ordinal: {at}}}]
    releases:
      - {{kind: theatrical, region: US, when: {day}}}
      - {{kind: streaming, region: DE, when: {"null" if at % 3 else "2031-07"}, channel: Lantern}}
"""
        for at, day in enumerate(f"2031-0{1 + at % 5}-1{at % 7}" for at in range(23))
    )
)
LISTS = [name for name, each in OPERATIONS.items() if name not in ("site", "film")]


@pytest.fixture
def many(client, data, publisher):
    data.write_text(MANY)
    publisher.refresh(accept_loss=True)
    return client


def walked(client, address):
    """Return the items of all pages from that at *address* on."""
    found = []
    while address:
        answer = client.get(relative(address))
        assert answer.status_code == 200, answer.text
        found.append(answer.json["items"])
        address = answer.json["next"]
        link = [each for each in answer.headers.get_all("Link") if 'rel="next"' in each]
        assert link == ([f'<{address}>; rel="next"'] if address else [])
    return found


def relative(address):
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}"


def identity(item):
    return item.get("uid") or item["id"]


@pytest.mark.parametrize("size", [1, 4, 500])
@pytest.mark.parametrize("name", LISTS)
def test_pages_have_each_item_once(many, name, size):
    """Whatever their size, in one order, and none is longer than asked for."""
    (whole,) = walked(many, f"{ROOT}/{name}?size=500{'&added=1' if name == 'changes' else ''}")

    pages = walked(many, f"{ROOT}/{name}?size={size}{'&added=1' if name == 'changes' else ''}")

    assert [item for page in pages for item in page] == whole
    assert len(whole) > 0
    assert len({identity(item) for item in whole}) == len(whole)
    assert all(len(page) <= size for page in pages)


QUERIES = [
    "", "kind=theatrical", "region=DE", "region=US,FR", "film=film-3", "series=saga", "genre=spy",
    "q=film 7", "channel=lantern", "certainty=announced", "undated=span", "undated=end&future=P5Y",
    "past=30&future=P5Y", "cancelled=hide", "lang=de", "kind=streaming&region=DE&undated=span",
    "as-of=2035-01-01",
]  # fmt: skip


@pytest.mark.parametrize("query", QUERIES)
def test_releases_are_those_of_the_feed(many, query):
    """The same releases as in the JSON of the feed with that query, and each in the same form."""
    feed = many.get(f"/calendar.json?{query}").json
    expected = {each["uid"]: each for each in (*feed["undated"], *feed["releases"])}

    found = [item for page in walked(many, f"{ROOT}/releases?{query}&size=7") for item in page]

    assert {each["uid"]: each for each in found} == expected
    assert len(found) == len(expected) > 0
    days = [each["shown"] or "" for each in found]
    ranks = [0 if len(day) == len("2031-07-14") else 1 if day else 2 for day in days]
    assert ranks == sorted(ranks)
    assert days[: ranks.count(0)] == sorted(days[: ranks.count(0)])


@pytest.mark.parametrize("query", [each for each in QUERIES if "as-of" not in each])
def test_films_are_those_of_the_releases(many, query):
    """Each film with a release that is selected, by id, with its facts and the address of its feed."""
    feed = many.get(f"/calendar.json?{query}").json

    found = [item for page in walked(many, f"{ROOT}/films?{query}&size=7") for item in page]

    assert [each["id"] for each in found] == sorted(feed["films"])
    for each in found:
        facts = {name: value for name, value in each.items() if name not in ("id", "url", "feed")}
        assert facts == feed["films"][each["id"]]
        assert relative(each["feed"]) == f"/films/{each['id']}.ics?"


@pytest.mark.parametrize(
    "query", ["added=1", "", "film=film-1&added=1", "region=DE&added=1&lang=de"]
)
def test_changes_are_those_of_the_log(many, data, publisher, clock, query):
    """The same changes in the same form, newest first."""
    data.write_text(MANY.replace("2031-01-1", "2031-02-2"))
    clock.now += timedelta(hours=1)
    publisher.refresh()

    found = [item for page in walked(many, f"{ROOT}/changes?{query}&size=3") for item in page]

    log = many.get(f"/changes.json?{query.replace('&lang=de', '')}").json["changes"]
    words = {each.pop("id"): each.pop("in_words") for each in log}
    told = {each.pop("id"): each.pop("in_words") for each in found}
    assert (found, list(told)) == (log, list(words))
    assert (told == words) == ("lang" not in query)


def test_a_film_has_its_releases(many):
    """With its facts, the notices of its sources, and under its former ids, too."""
    answer = many.get(f"{ROOT}/films/film-3").json

    assert answer["film"]["id"] == "film-3"
    assert answer["releases"] == [
        each for page in walked(many, f"{ROOT}/releases?film=film-3") for each in page
    ]
    assert answer["attribution"] == ["Data by The List"]
    assert answer["next"] is None


def test_sources_are_those_that_dates_cite(many):
    """With the notice that each one's terms demand."""
    (page,) = walked(many, f"{ROOT}/sources")

    assert [
        (each["id"], each["title"], each["attribution"]) for each in page if each["id"] == "list"
    ] == [("list", "The list", "Data by The List")]


def test_each_selection_has_a_feed_in_every_format(many):
    """And the addresses answer; numbers are those of releases or films."""
    found = {
        each["id"]: each for page in walked(many, f"{ROOT}/selections?size=2") for each in page
    }

    for each in found.values():
        for address in each["feeds"].values():
            assert many.get(relative(address)).status_code == 200, address
    assert found["kinds/theatrical"]["parameters"] == {"kind": "theatrical"}
    assert found["regions/DE"]["count"] == 23
    assert found["genres/spy"]["count"] == 11
    assert found["series/saga"]["name"] == "Film releases · Saga"
    assert relative(found["channels/lantern"]["feeds"]["ics"]) == "/calendar.ics?channel=lantern"


@pytest.mark.parametrize(
    "path", ["/", "/films/film", *(f"/{name}" for name in LISTS), "/releases?size=1&region=US"]
)
def test_the_conditional_story(client, path):
    """Each address keeps RFC 9110: 304 while nothing has changed, HEAD, preconditions."""
    conditional_story(client, f"{ROOT}{path}")


@pytest.mark.parametrize("path", ["/", "/films/film", *(f"/{name}" for name in LISTS)])
def test_any_site_may_ask(client, path):
    """By CORS, a preflight included; what would write is 405."""
    assert client.get(f"{ROOT}{path}").headers["Access-Control-Allow-Origin"] == "*"
    asked = client.options(f"{ROOT}{path}")
    assert (asked.status_code, asked.headers["Allow"]) == (204, "GET, HEAD, OPTIONS")
    refused = client.post(f"{ROOT}{path}")
    assert (refused.status_code, refused.content_type) == (405, "application/problem+json")
    assert refused.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    ("path", "status", "detail"),
    [
        ("/releases?kind=theatre", 400, "did you mean theatrical?"),
        ("/releases?country=US", 400, "did you mean region?"),
        ("/releases?regoin=US", 400, "unknown parameter 'regoin' (did you mean region?)"),
        ("/releases?alarm=-P1D", 400, "it is for calendars"),
        ("/releases?limit=none", 400, "it is for calendars; size says how much"),
        ("/films?as-of=2022-03-25", 400, "releases have it"),
        ("/films?page=2", 400, "a page begins at a cursor"),
        ("/changes?before=3", 400, "a page begins at a cursor"),
        ("/changes?genre=spy", 200, ""),
        ("/films?size=0", 400, "size: not a number from 1 to 500: '0' (as in size=100)"),
        ("/films?size=9999", 400, "size: not a number from 1 to 500"),
        ("/films?cursor=nonsense", 400, "cursor: not a place in this list: 'nonsense'"),
        ("/films/nobody", 404, "There is no film 'nobody'"),
        ("/nothing", 404, ""),
        ("/films/%00", 404, ""),
    ],
)
def test_a_problem_says_what_would_do(client, path, status, detail):
    """In JSON by RFC 9457, never kept, whatever the client accepts."""
    answer = client.get(f"{ROOT}{path}", headers={"Accept": "text/html"})

    assert answer.status_code == status
    if status == 200:
        return
    told = json.loads(answer.data)
    assert answer.content_type == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert (told["status"], told["type"]) == (status, "about:blank")
    assert detail in told["detail"]


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/nothing", {}, 404),
        ("POST", "/nothing", {}, 404),
        ("POST", "", {}, 405),
        ("POST", "/", {}, 405),
        ("POST", "/films/", {}, 405),
        ("PROPFIND", "/films/nobody", {}, 405),
        ("GET", "", {"If-Match": '"x"'}, 412),
        ("GET", "/films/film", {"If-Match": 'W/"x"'}, 412),
        ("GET", "/films", {"If-Unmodified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"}, 412),
        ("get", "/films", {}, 501),
    ],
)
def test_every_refusal_is_a_problem(client, method, path, headers, status):
    """Wherever it comes from, twice alike, and its length is that of a HEAD."""
    asked = {"method": method, "headers": {"Accept": "text/html", **headers}}

    first, answer = (client.open(f"{ROOT}{path}", **asked) for _ in range(2))

    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert answer.data == first.data
    assert answer.json["status"] == status
    assert answer.json["detail"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "no-store"
    assert ("Allow" in answer.headers) == (status == 405)
    if method == "GET":
        head = client.open(f"{ROOT}{path}", **{**asked, "method": "HEAD"})
        assert (head.status_code, head.data) == (status, b"")
        assert head.headers["Content-Length"] == answer.headers["Content-Length"]


def test_a_list_of_releases_that_has_moved_says_so(many, data, publisher, clock):
    """Its next page could lack a release that moved; films and changes go on in their order."""
    pages = {
        name: many.get(
            f"{ROOT}/{name}?size=5&added=1" if name == "changes" else f"{ROOT}/{name}?size=5"
        ).json
        for name in LISTS
    }
    before = {
        name: [identity(each) for page in walked(many, pages[name]["next"]) for each in page]
        for name in ("films", "changes")
    }
    clock.now += timedelta(hours=1)
    data.write_text(MANY.replace("2031-05-1", "2031-01-2"))
    publisher.refresh()

    moved = many.get(relative(pages["releases"]["next"]))
    after = {
        name: [identity(each) for page in walked(many, pages[name]["next"]) for each in page]
        for name in before
    }

    assert (moved.status_code, moved.content_type) == (410, "application/problem+json")
    assert moved.json["type"].endswith("/api#list-moved")
    assert "begin it anew" in moved.json["detail"]
    assert after == before


def test_a_list_goes_on_over_midnight(many, clock):
    """With the day of its first page: nothing leaves a list in the middle of it."""
    clock.now = clock.now.replace(hour=23, minute=59)
    first = many.get(f"{ROOT}/releases?size=5&past=0").json
    (whole,) = walked(many, f"{ROOT}/releases?past=0")
    clock.now += timedelta(minutes=2)

    rest = [each for page in walked(many, first["next"]) for each in page]

    assert [*first["items"], *rest] == whole


@pytest.mark.parametrize("name", LISTS)
def test_a_cursor_is_of_its_list_alone(many, name):
    """Another list, another query, or a cursor of somebody's own making is 400, never 500."""
    listing = {other: many.get(f"{ROOT}/{other}?size=1").json["next"] for other in LISTS}
    cursor = urlsplit(listing["films"]).query

    assert many.get(f"{ROOT}/films?{cursor}").status_code == 200
    assert many.get(f"{ROOT}/films?kind=theatrical&{cursor}").status_code == 400
    if name != "films":
        assert many.get(f"{ROOT}/{name}?{cursor}").status_code == 400


@pytest.mark.parametrize(
    ("name", "cursor"),
    [
        ("changes", Cursor(("+5",))),
        ("changes", Cursor(("1_000",))),
        ("changes", Cursor((" 5",))),
        ("changes", Cursor(("05",))),
        ("changes", Cursor(("-5",))),
        ("changes", Cursor(("\uff15",))),
        ("releases", Cursor(("0", "20310101", "key"), 1)),
        ("releases", Cursor(("0", "2031-W01-3", "key"), 1)),
    ],
)
def test_a_place_in_a_list_has_one_spelling(many, name, cursor):
    """Not all that reads as a number or a day is one that this site has written."""
    answer = many.get(f"{ROOT}/{name}?cursor={cursor.pack(f'{ROOT}/{name}?')}")

    assert answer.status_code == 400
    assert "cursor: not a place in this list" in answer.json["detail"]


@pytest.mark.parametrize("edition", ["+1", "1_0", " 1", "01", "\uff11"])
def test_a_cursor_has_one_spelling(many, edition):
    """Not even one with a right checksum may have another, nor octets that base64 leaves out."""
    of = f"{ROOT}/films?"
    right = Cursor(("film-1",), 1).pack(of)
    odd = Cursor(("film-1",), edition).pack(of)

    assert many.get(f"{of}cursor={right}").status_code == 200
    for each in (odd, f"{right}=", f"{right[:4]}!{right[4:]}"):
        answer = many.get(f"{of}cursor={quote(each)}")
        assert answer.status_code == 400, each
        assert "cursor: not a place in this list" in answer.json["detail"]


@made(
    after=st.lists(st.text(max_size=20), max_size=3),
    edition=st.integers(-3, 10**20) | st.just(1),
    day=st.dates() | st.none(),
    name=st.sampled_from(LISTS),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_cursor_is_an_error_of_ours(client, after, edition, day, name):
    """A forged one with a right checksum begins somewhere, or is 400 or 410."""
    try:
        cursor = Cursor(tuple(after), edition, day).pack(f"{ROOT}/{name}?")
    except UnicodeEncodeError:
        return

    assert client.get(f"{ROOT}/{name}?cursor={cursor}").status_code in (200, 400, 410)


NAMES = [*SELECTING, *CHANGING, *api_query.PAGING, "alarm", "x"]
VALUES = ["US", "theatrical", "film", "1", "2027-01-01", "P1Y", "999999999", "de", "-1"]
HEADERS = ["If-None-Match", "If-Modified-Since", "If-Match", "Accept", "Range", "Accept-Encoding"]
METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "PATCH", "TRACE", "get", "X"]
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
REQUESTS = st.fixed_dictionaries(
    {
        "path": st.sampled_from(["/", "/films/film", *(f"/{name}" for name in LISTS)])
        | TEXT.map(lambda text: f"/films/{quote(text)}"),
        "method": st.sampled_from(["GET"] * 5 + METHODS),
        "query_string": st.lists(
            st.tuples(st.sampled_from(NAMES) | TEXT, st.sampled_from(VALUES) | TEXT), max_size=4
        ),
        "headers": st.dictionaries(
            st.sampled_from(HEADERS),
            st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30),
            max_size=3,
        ),
    }
)


@made(REQUESTS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_nothing_that_is_asked_is_an_error_of_ours(client, request_):
    """Whatever path, method, parameters and headers: an answer, or a problem that says why not."""
    answer = client.open(**{**request_, "path": f"{ROOT}{request_['path']}"})

    assert answer.status_code in (200, 204, 304, 400, 404, 405, 412, 501), answer.text
    if answer.status_code in (400, 404, 405, 501) and request_["method"] != "HEAD":
        assert json.loads(answer.data)["detail"]
