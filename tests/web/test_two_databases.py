"""The same site on SQLite and on PostgreSQL: the same octets and headers at each address."""

from contextlib import ExitStack, closing

import pytest

from releasecal.queries.site_settings import SiteSettings
from releasecal.refresh.publisher import Publisher
from releasecal.store import Store
from support.clock import Clock
from support.pages import PAGES, RICH, library, moved
from support.paths import ROOT
from support.postgresql import DATABASES
from support.site import FEEDS, app_of

pytestmark = [pytest.mark.system, pytest.mark.sqlite("each test has both databases")]

MORE = (
    *("/changes", "/changes?region=US", "/films?letter=t", "/calendar.json?as-of=2027-01-01"),
    *("/calendar.ics?undated=span", "/calendar.ics?undated=end&limit=none", "/data.json"),
    *("/calendar.ics?q=seven", "/calendar.ics?genre=spy", "/calendar.ics?kind=sequel"),
    *("/api/v1/films?size=2", "/api/v1/releases?size=2&region=US,DE&undated=span"),
    *("/api/v1/changes?size=2&added=1", "/api/v1/sources", "/api/v1/selections"),
    *("/calendar.ics?region=DE", "/calendar.ics?region=US,DE&past=0d", "/sitemap.xml", "/status"),
    *(
        "/films/%00",
        "/calendar.ics?film=%00",
        "/series/%00.ics",
        "/search?q=%00a",
        "/films/a%00.ics",
    ),
    *("/calendar.ics?film=unknown-film", "/calendar.ics?series=sag", "/changes?film=%00", "/%00"),
)
SENT = ("ETag", "Last-Modified", "Cache-Control", "Content-Type", "Location", "Link", "Vary")


@pytest.fixture
def databases(tmp_path):
    """Return the addresses of a database of each kind."""
    yield [f"sqlite:///{tmp_path / 'site.db'}", DATABASES.address(tmp_path)]
    DATABASES.give_back(str(tmp_path))


def answers(client, paths):
    """Return status, headers and octets at each of *paths*, in English and for a phone."""
    told = {}
    for path in paths:
        answer = client.get(path, headers={"Accept": "text/html, */*", "Accept-Language": "de"})
        headers = [answer.headers.get(name) for name in SENT]
        told[path] = (answer.status_code, headers, answer.data)
    return told


def links(client):
    """Return the addresses of the films and series of the site, as calendar, page and JSON."""
    told = client.get("/sitemap.xml").text
    pages = {part.partition("<")[0] for part in told.split("<loc>")[1:]}
    paths = sorted("/" + page.split("/", 3)[3] for page in pages)
    found = [path for path in paths if path.count("/") == 2]
    return [f"{path}{end}" for path in found for end in ("", ".ics", ".json", ".atom")]


def same(sites, paths):
    one, other = (answers(client, paths) for client in sites)
    assert {path for path in paths if one[path] != other[path]} == set()
    return one


def test_the_shipped_catalogue_has_the_same_octets(databases):
    """Every feed, page, log and picture of what we ship, with its ETag and Last-Modified."""
    with ExitStack() as stack:
        sites = []
        for url in databases:
            store = stack.enter_context(closing(Store.open(url)))
            site = SiteSettings(public_url="https://films.example")
            publisher = Publisher(store, [str(ROOT / "data")], site, Clock())
            publisher.refresh()
            sites.append(app_of(publisher).test_client())

        told = same(sites, [*links(sites[0]), *FEEDS, *PAGES, *MORE])

    assert {status for status, *_ in told.values()} <= {200, 301, 308, 400, 404}


def test_a_history_of_editions_has_the_same_octets(databases, tmp_path, monkeypatch):
    """Moves, films that come and go, and what is asked for on the days between."""
    steps = (RICH[:9], moved(*RICH, eight="2028-07-01"), RICH[2:], RICH)
    with ExitStack() as stack:
        sites, publishers = [], []
        for url in databases:
            monkeypatch.setattr("support.pages.database_url", lambda _, url=url: url)
            publisher = library(tmp_path, *steps)
            stack.callback(publisher.store.close)
            publishers.append(publisher)
            sites.append(app_of(publisher).test_client())
        paths = [*links(sites[0]), *FEEDS, *PAGES, *MORE]

        first = same(sites, paths)
        for publisher in publishers:
            publisher.clock.now = publisher.clock.now.replace(year=2027)
        later = same(sites, paths)

    assert first != later
    assert {first[path][0] for path in paths if "%00" in path} <= {200, 400, 404}
