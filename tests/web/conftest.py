"""A site of one film that is in a series, and sites of any catalogue."""

import pytest

from releasecal.queries.site_settings import SiteSettings
from releasecal.refresh.publisher import Publisher
from releasecal.store import Store
from support.browsing import launched
from support.clock import Clock
from support.data_files import DATA
from support.database import database_url
from support.pages import library
from support.site import app_of


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def data(tmp_path):
    path = tmp_path / "films.yaml"
    path.write_text(DATA)
    return path


@pytest.fixture
def publisher(tmp_path, data, clock):
    store = Store.open(database_url(tmp_path / "releasecal.db"))
    publisher = Publisher(store, [str(data)], SiteSettings(), clock)
    publisher.ticks = clock.ticks
    publisher.refresh()
    yield publisher
    store.close()


@pytest.fixture
def client(publisher):
    return app_of(publisher).test_client()


@pytest.fixture
def publish(tmp_path):
    """Return what publishes catalogues and gives (client, publisher)."""
    publishers = []

    def made(*catalogues, **options):
        publisher = library(tmp_path, *catalogues, **options)
        publishers.append(publisher)
        return app_of(publisher).test_client(), publisher

    yield made
    for publisher in publishers:
        publisher.store.close()


@pytest.fixture(scope="session")
def browser():
    """Return the browser of all tests."""
    with launched() as browser:
        yield browser
