"""Access tokens: given, looked up by their digests, and taken back for all at once."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from releasecal.store import Store, access_tokens, schema
from releasecal.store.access_tokens import AccessToken
from support.build import NOW
from support.database import rows

RECORD = AccessToken("ci", ["refresh"], NOW)
DAY = timedelta(days=1)


@pytest.fixture
def token(store):
    made = access_tokens.make()
    assert access_tokens.add(store, made, RECORD)
    return made


def test_a_token_is_found_until_it_is_revoked(store, token):
    """Its record is what was given; revoked twice it was revoked once."""
    assert access_tokens.find(store, token, "refresh", NOW) == RECORD
    assert store.ask(access_tokens.listed) == [RECORD]

    assert access_tokens.revoke(store, "ci")
    assert access_tokens.find(store, token, "refresh", NOW) is None
    assert not access_tokens.revoke(store, "ci")


def test_tokens_that_do_not_count_are_all_alike(store, token):
    """Unknown, revoked, expired and of another scope: each is none, whatever it looks like."""
    revoked, brief = access_tokens.make(), access_tokens.make()
    access_tokens.add(store, revoked, AccessToken("revoked", ["refresh"], NOW))
    access_tokens.revoke(store, "revoked")
    access_tokens.add(store, brief, AccessToken("brief", ["refresh"], NOW, NOW + DAY))

    assert access_tokens.find(store, brief, "refresh", NOW + DAY - timedelta(seconds=1))
    assert access_tokens.find(store, brief, "refresh", NOW + DAY) is None
    assert access_tokens.find(store, token, "accept-loss", NOW) is None
    for unknown in (revoked, access_tokens.make(), token[:-1], f"{token} ", "", "é", "ci"):
        assert access_tokens.find(store, unknown, "refresh", NOW) is None


def test_the_digest_alone_is_on_disk(store, token):
    """No part of a token is in any row, and its digest is not the token in other clothes."""
    secret = token.removeprefix(access_tokens.PREFIX)

    assert secret not in repr(rows(store))
    assert bytes.fromhex(secret).hex() == secret  # 256 bits
    assert len(secret) == 64
    assert len({access_tokens.make() for _ in range(100)}) == 100


def test_two_tokens_have_two_names(store, token):
    """The second one of a name is none, and changes nothing of the first."""
    other = access_tokens.make()

    assert not access_tokens.add(store, other, RECORD)
    assert access_tokens.find(store, other, "refresh", NOW) is None
    assert access_tokens.find(store, token, "refresh", NOW) == RECORD


@pytest.mark.sqlite("the replica is another file")
def test_another_process_sees_a_revocation_at_once(store, token, url):
    """Nothing of a token is remembered, and no replica is asked, which may be behind."""
    behind = url.replace("releasecal.db", "replica.db")
    Store.open(behind).close()
    other = Store.open(url, replica=behind)

    assert access_tokens.find(other, token, "refresh", NOW)
    access_tokens.revoke(store, "ci")
    assert access_tokens.find(other, token, "refresh", NOW) is None
    other.close()


@pytest.mark.sqlite("the plan is SQLite's")
def test_a_token_is_found_by_its_key(store):
    """One look-up in an index, however many there are: time tells of no other token."""
    query = select(schema.access_tokens).where(schema.access_tokens.c.digest == "x")
    with store.reading() as connection:
        asked = str(query.compile(compile_kwargs={"literal_binds": True}))
        (step,) = connection.execute(text(f"EXPLAIN QUERY PLAN {asked}"))

    assert "USING INDEX" in step.detail
    assert "(digest=?)" in step.detail
