"""Pushes of a data repository: signed ones are published, others and copies are not."""

import json
from concurrent.futures import Future
from datetime import timedelta

import pytest

from releasecal.errors import StoreError
from releasecal.refresh.push_refresher import PushRefresher
from releasecal.refresh.remote_fetcher import Fetcher
from releasecal.web.routes import refresh
from support.data_files import DATA, FILM
from support.push import SECRET, SENDERS, signed
from support.site import TOKEN, app_of

NEWS = DATA + FILM.format(when="2031-09-30").replace("\nfilms:\n", "").replace(
    "id: film", "id: new"
)
BODY = b'{"ref": "refs/heads/main", "commits": []}'


@pytest.fixture
def refresher(publisher, clock):
    return PushRefresher(publisher, Fetcher(publisher.store, [], clock), timedelta())


@pytest.fixture
def client(publisher, refresher):
    return app_of(publisher, push_secret=SECRET, push=refresher.ask).test_client()


@pytest.mark.parametrize("sender", SENDERS)
def test_a_push_publishes(client, data, clock, sender):
    """What it has brought is in the feed once it is answered, with the report of any refresh."""
    data.write_text(NEWS)

    answer = client.post("/refresh", data=BODY, headers=signed(sender, BODY, clock.now))

    assert answer.status_code == 200
    assert answer.json["counts"] == {"added": 1}
    assert b"20310930" in client.get("/calendar.ics").data


@pytest.mark.parametrize("sender", SENDERS)
def test_a_wrong_signature_is_refused_like_no_token(client, data, clock, sender):
    """Octet for octet, and nothing is read; so where no secret is set, or another body comes."""
    data.write_text(NEWS)
    known = {"X-Request-ID": "an-id-of-the-proxy"}
    unknown = client.post("/refresh", headers=known)
    wrong = {**known, **signed(sender, BODY, clock.now, secret="another-secret-of-16")}

    for headers in (wrong, {**wrong, "Authorization": f"Basic {TOKEN}"}):
        answer = client.post("/refresh", data=BODY, headers=headers)
        assert (answer.status_code, answer.data) == (401, unknown.data)
    assert b"20310930" not in client.get("/calendar.ics").data


def test_without_a_secret_no_push_is_taken(publisher, clock):
    """Neither by an empty secret, with which anybody could sign."""
    client = app_of(publisher).test_client()

    for secret in ("", SECRET):
        headers = signed("github", BODY, clock.now, secret=secret)
        assert client.post("/refresh", data=BODY, headers=headers).status_code == 401


@pytest.mark.parametrize(("event", "status"), [("ping", "pong"), ("star", "ignored")])
def test_a_ping_is_answered_and_reads_nothing(client, data, clock, event, status):
    """So is every other event, for a webhook that sends all of them is no mistake."""
    data.write_text(NEWS)

    answer = client.post("/refresh", data=BODY, headers=signed("github", BODY, clock.now, event))

    assert (answer.status_code, answer.json) == (200, {"status": status})
    assert b"20310930" not in client.get("/calendar.ics").data


def test_a_push_is_taken_once(client, data, clock):
    """A copy of it, also with another id, refreshes nothing; the next push does."""
    headers = signed("github", BODY, clock.now)
    client.post("/refresh", data=BODY, headers=headers)
    data.write_text(NEWS)

    for copy in (headers, {**headers, "X-GitHub-Delivery": "another"}):
        answer = client.post("/refresh", data=BODY, headers=copy)
        assert (answer.status_code, answer.json) == (200, {"status": "known"})
    assert b"20310930" not in client.get("/calendar.ics").data
    other = b'{"ref": "refs/heads/other"}'
    client.post("/refresh", data=other, headers=signed("github", other, clock.now))
    assert b"20310930" in client.get("/calendar.ics").data


def test_a_push_that_came_to_nothing_can_be_sent_again(client, data, clock):
    """Its sender reads what is wrong with the data, and may have it delivered once more."""
    headers = signed("github", BODY, clock.now)
    data.write_text("films: [")

    answer = client.post("/refresh", data=BODY, headers=headers)
    assert answer.status_code == 422
    assert "films.yaml:2:1" in answer.json["problems"][0]

    data.write_text(NEWS)
    assert client.post("/refresh", data=BODY, headers=headers).status_code == 200


def test_a_slow_refresh_is_told_as_running(publisher, clock, monkeypatch):
    """The sender would hang up; one that fails later can be sent again."""
    monkeypatch.setattr(refresh, "PATIENCE", 0.01)
    asked = []
    push = lambda: asked.append(Future()) or asked[-1]  # noqa: E731 - short
    client = app_of(publisher, push_secret=SECRET, push=push).test_client()
    headers = signed("github", BODY, clock.now)

    answer = client.post("/refresh", data=BODY, headers=headers)
    assert (answer.status_code, answer.json) == (202, {"status": "running"})
    assert client.post("/refresh", data=BODY, headers=headers).json == {"status": "known"}

    asked[0].set_exception(StoreError("full"))
    assert client.post("/refresh", data=BODY, headers=headers).status_code == 202
    assert len(asked) == 2


def test_a_large_push_is_read_and_a_larger_one_refused(client, clock):
    """A list of many commits is longer than any other body; there is an end to it all the same."""
    for size, status in ((refresh.MAX_PUSH - 100, 200), (refresh.MAX_PUSH + 1, 413)):
        body = json.dumps({"commits": "x" * size}).encode() if status == 200 else b"x" * size
        headers = signed("forgejo", body, clock.now)
        assert client.post("/refresh", data=body, headers=headers).status_code == status


def test_a_secret_of_pushes_is_never_logged(client, clock, caplog):
    """Neither a right nor a wrong one, nor in what is answered."""
    caplog.set_level(0)
    wrong = "another-secret-of-16"

    told = [
        client.post("/refresh", data=BODY, headers=signed("gitlab", BODY, clock.now, secret=each))
        for each in (SECRET, wrong)
    ]

    texts = [caplog.text, *(answer.text for answer in told)]
    assert all(SECRET not in text and wrong not in text for text in texts)


def test_only_the_last_thousand_pushes_are_remembered():
    """Whoever knows the secret cannot fill the memory."""
    deliveries = refresh.Deliveries()

    assert all(deliveries.add(str(number)) for number in range(1_001))
    assert deliveries.add("0")
    assert not deliveries.add("1000")
