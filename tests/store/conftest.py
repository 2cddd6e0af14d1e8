"""A store in a file of its own."""

import pytest

from releasecal.store import Store
from support.database import database_url


@pytest.fixture
def url(tmp_path):
    return database_url(tmp_path / "state" / "releasecal.db")


@pytest.fixture
def store(url):
    store = Store.open(url)
    yield store
    store.close()
