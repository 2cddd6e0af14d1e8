"""Refresh tokens that an operator has given: what they allow, and their end."""

from datetime import timedelta

import pytest

from releasecal.store import access_tokens
from releasecal.store.access_tokens import AccessToken
from support.database import rows
from support.site import app_of

LOSS = {"accept_loss": True}


@pytest.fixture
def give(publisher, clock):
    """Return what makes a token and gives the headers that bear it."""

    def given(name, *scopes, expires=None):
        made = access_tokens.make()
        ends = clock.now + expires if expires else None
        record = AccessToken(name, scopes or ("refresh",), clock.now, ends)
        assert access_tokens.add(publisher.store, made, record)
        return {"Authorization": f"Bearer {made}"}

    return given


def test_each_token_refreshes(client, give):
    """Several at a time, each by itself."""
    for headers in (give("one"), give("other", expires=timedelta(days=1))):
        assert client.post("/refresh", headers=headers).status_code == 200


def test_a_loss_is_accepted_by_tokens_for_that(client, give):
    """One that may but refresh is refused, with the scope that would do."""
    may_not, may = give("ci"), give("editor", "refresh", "accept-loss")

    refused = client.post("/refresh", headers=may_not, json=LOSS)

    assert refused.status_code == 403
    assert "accept-loss" in refused.json["problems"][0]
    assert client.post("/refresh", headers=may, json=LOSS).status_code == 200


def test_a_token_that_does_not_count_is_as_unknown(client, publisher, clock, give):
    """Unknown, revoked, expired, of another scope: octet for octet one answer."""
    brief, revoked = give("brief", expires=timedelta(hours=1)), give("revoked")
    others = [brief, revoked, give("loss", "accept-loss")]
    known = {"X-Request-ID": "an-id-of-the-proxy"}
    authorization = {"Authorization": f"Bearer {access_tokens.make()}"}
    unknown = client.post("/refresh", headers={**known, **authorization})

    access_tokens.revoke(publisher.store, "revoked")
    clock.now += timedelta(hours=1)

    assert unknown.status_code == 401
    for headers in others:
        answer = client.post("/refresh", headers={**known, **headers})
        assert (answer.status, [*answer.headers], answer.data) == (
            unknown.status,
            [*unknown.headers],
            unknown.data,
        )


def test_a_revoked_token_fails_in_every_process(client, publisher, give):
    """The next request is refused, also by an app that took it just now."""
    other, headers = app_of(publisher).test_client(), give("ci")
    assert other.post("/refresh", headers=headers).status_code == 200

    access_tokens.revoke(publisher.store, "ci")

    assert {each.post("/refresh", headers=headers).status_code for each in (client, other)} == {401}


def test_a_given_token_is_nowhere(client, publisher, give, caplog):
    """Neither in the log nor in an answer nor in the database, taken or refused."""
    caplog.set_level(0)
    headers = give("ci")
    secret = headers["Authorization"].rpartition("_")[2]

    told = [client.post("/refresh", headers=headers).text]
    access_tokens.revoke(publisher.store, "ci")
    told.append(client.post("/refresh", headers=headers).text)

    assert secret not in "".join([caplog.text, *told, repr(rows(publisher.store))])
