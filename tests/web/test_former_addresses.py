"""Former addresses: what had another id goes on to answer under it."""

from datetime import timedelta

import pytest

from support.clock import NOW
from support.data_files import DATA
from support.site import app_of

pytestmark = pytest.mark.slow


@pytest.fixture
def client(publisher, data, clock):
    """Return a client of a site whose film "film" is "new" now."""
    data.write_text(DATA.replace("id: film\n", "id: new\n    was: [film]\n"))
    clock.now += timedelta(hours=1)
    publisher.refresh()
    return app_of(publisher).test_client()


@pytest.mark.parametrize("ending", ["ics", "json"])
@pytest.mark.parametrize("query", ["", "?kind=theatrical", "?film={}", "?download=1"])
def test_a_feed_under_a_former_id_is_the_same(client, ending, query):
    """A calendar program may follow no redirect: the same octets, tags and moments answer."""
    old, new = (client.get(f"/films/{id_}.{ending}{query.format(id_)}") for id_ in ("film", "new"))

    assert (old.status_code, old.data) == (200, new.data)
    own = {"X-Request-ID": ""}
    assert {**old.headers, **own} == {**new.headers, **own}
    again = client.get(f"/films/film.{ending}", headers={"If-None-Match": new.headers["ETag"]})
    assert again.status_code == (200 if "kind" in query else 304)


@pytest.mark.parametrize(
    "address",
    ["/calendar.ics", "/calendar.json", "/undo.ics", "/changes.atom", "/changes.json", "/changes"],
)
def test_a_selection_by_a_former_id_is_the_same(client, address):
    """`film=` takes the former id for the present one."""
    old, new, both = (client.get(f"{address}?film={ids}") for ids in ("film", "new", "new,film"))

    assert (old.status_code, old.data) == (200, new.data)
    assert both.data == new.data


def test_a_page_under_a_former_id_leads_to_the_present_one(client):
    """A page moves for good, as of a day, too; what is kept of it is asked for each time."""
    for query in ("", f"?as-of={NOW:%Y-%m-%d}"):
        answer = client.get(f"/films/film{query}")

        assert answer.status_code == 301
        assert answer.headers["Location"] == f"/films/new{query}"
        assert answer.headers["Cache-Control"] == "no-cache"
        assert client.get(f"/films/film{query}", follow_redirects=True).status_code == 200
    assert client.head("/films/film").headers["Location"] == "/films/new"


def test_an_id_that_no_film_had_is_not_found(client):
    """Nothing else is changed: other ids are unknown, as ever."""
    for address in ("/films/filmer", "/films/filmer.ics"):
        assert client.get(address).status_code == 404
    answer = client.get("/calendar.ics?film=older")
    assert (answer.status_code, "there is no film 'older'" in answer.text) == (400, True)
