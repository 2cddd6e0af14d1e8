"""Request ids: taken from whoever gives a sane one, made otherwise, and told where they help."""

import pytest
from werkzeug.test import Client

from releasecal.errors import StoreError
from releasecal.telemetry.request_ids import is_sane
from support.site import TOKEN, app_of


@pytest.fixture
def client(publisher):
    return Client(app_of(publisher).wsgi_app)


@pytest.mark.parametrize(
    "address", ["/calendar.ics", "/", "/healthz", "/nowhere", "/calendar.ics?kind=x", "/data.json"]
)
def test_each_answer_has_its_id(client, address):
    """An id is made for each answer, from the cache or not, and no two have the same."""
    found = [client.get(address).headers.getlist("X-Request-ID") for _ in range(3)]

    assert all(len(ids) == 1 for ids in found)
    assert len({ids[0] for ids in found}) == 3
    assert all(is_sane(ids[0]) for ids in found)


@pytest.mark.parametrize("given", ["proxy-7f3a", "x" * 128])
def test_a_sane_id_is_taken(client, given):
    """The id that a proxy has given comes back."""
    for _ in range(2):
        answer = client.get("/calendar.ics", headers={"X-Request-ID": given})
        assert answer.headers["X-Request-ID"] == given


@pytest.mark.parametrize("given", ["", "a b", "x" * 129, "<script>", "\xe9", 'a"b'])
def test_another_id_is_not_repeated(client, given):
    """What could be anything is replaced by an id of our own."""
    answer = client.get("/calendar.ics", headers={"X-Request-ID": given})

    assert answer.headers["X-Request-ID"] != given
    assert is_sane(answer.headers["X-Request-ID"])


def broken(*_, **__):
    raise StoreError("gone")


@pytest.mark.parametrize("accept", ["text/html", "text/plain"])
def test_an_error_of_the_server_names_its_id(client, publisher, monkeypatch, accept):
    """An answer that the operator has to look up names the id that the log has."""
    monkeypatch.setattr(publisher.store, "_transaction", broken)
    headers = {"X-Request-ID": "look-me-up", "Accept": accept}

    answer = client.get("/films/film", headers=headers)

    assert answer.status_code == 503
    assert "look-me-up" in answer.text


def test_an_error_of_the_client_is_the_same_each_time(client):
    """A mistake in a request explains itself, with equal octets for equal requests."""
    first, second = (client.get("/calendar.ics?kind=x") for _ in range(2))

    assert first.status_code == 400
    assert first.data == second.data


def test_a_refused_refresh_names_its_id(client):
    """The problems that POST /refresh returns come with the id."""
    headers = {"Authorization": f"Bearer {TOKEN}", "X-Request-ID": "push-9"}

    answer = client.post("/refresh", data="nonsense", headers=headers)

    assert (answer.status_code, answer.json["request_id"]) == (400, "push-9")
