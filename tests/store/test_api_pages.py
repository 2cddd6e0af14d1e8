"""Pages of the API's lists: found in indexes, whatever the size of the catalogue."""

from datetime import date, timedelta

import pytest

from releasecal.core.editions import NOTHING
from releasecal.core.models import ReleaseKind
from releasecal.formats.ics import prerender
from releasecal.queries.feed_query import EVERYTHING, FeedQuery
from releasecal.queries.site_settings import SiteSettings
from releasecal.store import Inputs, Store, api_pages, lease, write
from releasecal.store.api_pages import ReleasePlace
from support.build import NOW, film, publish, release
from support.database import database_url

pytestmark = [pytest.mark.slow, pytest.mark.sqlite("steps of its machine are counted")]

TODAY = NOW.date()
SIZES = (100, 1_000)  # films
MOST = 21
QUERIES = {
    "everything": EVERYTHING,
    "a region": FeedQuery(region=("US",)),
    "two regions": FeedQuery(region=("DE", "US")),
    "a kind": FeedQuery(kind=("theatrical",)),
    "a kind in a region": FeedQuery(kind=("digital",), region=("DE",)),
}


def films(count):
    """Return so many films, of which each third has a release without a day."""
    for at in range(count):
        id_, day = f"film-{at:05}", date(2026, 1, 1) + timedelta(days=at % 700)
        yield film(
            id_,
            release(id_, str(day)),
            release(id_, str(day) if at % 3 else "", region="DE", kind=ReleaseKind.DIGITAL),
        )


@pytest.fixture(scope="module")
def stores(tmp_path_factory):
    made = []
    for count in SIZES:
        store = Store.open(database_url(tmp_path_factory.mktemp("pages") / f"{count}.db"))
        assert lease.acquire(store, "me", now=NOW)
        inputs = Inputs("", events=lambda entry: prerender(entry, SiteSettings()))
        write.save(store, publish(*films(count)), NOTHING, (), inputs=inputs, holder="me")
        made.append(store)
    yield made
    for store in made:
        store.close()


def steps(store, question, *args, **kwargs):
    """Return the answer, and how many times a hundred steps of SQLite's machine it took."""
    count = 0

    def step():
        nonlocal count
        count += 1

    with store.reading() as connection:
        driver = connection.connection.driver_connection
        driver.set_progress_handler(step, 100)
        try:
            return question(connection, *args, **kwargs), count
        finally:
            driver.set_progress_handler(None, 0)


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
@pytest.mark.parametrize("place", ["first", "middle", "without a day"])
def test_a_page_of_releases_takes_no_longer_in_a_larger_catalogue(stores, query, place):
    """Its first page, one in the middle and the last ones: ten times the films, the same work."""
    costs = []
    for store in stores:
        after = {
            "first": None,
            "middle": ReleasePlace(0, date(2026, 2, 1), "film-00031.theatrical.us"),
            "without a day": ReleasePlace(2, date.min, "film-00030.digital.de"),
        }[place]
        found, cost = steps(store, api_pages.releases, query, TODAY, after=after, most=MOST)
        costs.append(cost)
        if place == "without a day" and not found:
            return  # the few without any date are looked through for one of the query
        assert len(found) == MOST

    assert costs[1] <= 1.5 * costs[0] + 20, costs


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
@pytest.mark.parametrize("after", ["", "film-00050"])
def test_a_page_of_films_takes_no_longer_in_a_larger_catalogue(stores, query, after):
    """The first one, and one in the middle."""
    costs = []
    for store in stores:
        found, cost = steps(store, api_pages.film_ids, query, TODAY, after=after, most=MOST)
        costs.append(cost)
        assert len(found) == MOST

    assert costs[1] <= 1.5 * costs[0] + 20, costs
