"""Fuzz: whatever a client sends, the answer is not that the server failed."""

import logging
from collections import Counter

import pytest
from werkzeug.test import run_wsgi_app

from releasecal.queries.site_settings import SiteSettings
from releasecal.refresh.publisher import Publisher
from releasecal.store import Store
from support.clock import Clock
from support.database import database_url
from support.fuzz import DATA, IDS, attempts
from support.site import TOKEN, app_of

EACH = 1_500


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fuzz")
    (folder / "films.yaml").write_text(DATA)
    store = Store.open(database_url(folder / "releasecal.db"))
    publisher = Publisher(store, [str(folder / "films.yaml")], SiteSettings(), Clock())
    publisher.refresh()
    yield app_of(publisher)
    store.close()


@pytest.mark.parametrize("seed", range(4))
def test_no_request_makes_the_server_fail(app, seed, caplog):
    """No request is answered by a 5xx, but for a method in small letters, which does not exist."""
    caplog.set_level(logging.ERROR)
    statuses = Counter()
    for attempt in attempts(seed, EACH, IDS, TOKEN):
        answer, status, _ = run_wsgi_app(app, attempt.environ, buffered=True)
        body = b"".join(answer)
        assert status[:1] in "234", (status, attempt, body[:200], caplog.text[-3_000:])
        statuses[status[:3]] += 1

    assert statuses["200"] > EACH / 10
    assert statuses["304"]
    assert statuses["400"]
