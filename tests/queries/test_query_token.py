"""Tokens: what is packed is read again, for ever, and what is damaged is refused."""

import base64
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releasecal.queries.feed_query import FeedQuery
from releasecal.queries.query_token import pack, unpack
from support.paths import TOKENS

FILMS = ",".join(f"tmdb-{number * 7919}" for number in range(1, 101))


@given(st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=30, unique=True))
def test_what_is_packed_is_read_again(words):
    """Any query of any scripts, and the token is made of letters that no program changes."""
    query = FeedQuery.parse([("film", ",".join(words) + ",x")], {})
    token = pack(query.canonical)

    assert FeedQuery.parse(unpack(token), {}) == query
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_equal_selections_have_equal_tokens():
    """However they are written."""
    one = FeedQuery.parse([("region", "us,DE"), ("kind", "theatrical")], {})
    other = FeedQuery.parse([("kind", "Theatrical"), ("region", "DE"), ("region", "US")], {})

    assert pack(one.canonical) == pack(other.canonical)


@pytest.mark.parametrize("line", TOKENS.read_text().splitlines())
def test_old_tokens_are_read_for_ever(line):
    """Each token that was ever handed out; the file only grows."""
    token, _, query = line.partition(" ")

    assert urlencode(unpack(token), safe=",", quote_via=quote) == query


def test_a_hundred_films_fit_into_any_address():
    """A token is half as long as what it has."""
    query = f"film={FILMS}&region=DE"

    assert len(pack(query)) < len(query) / 1.7


TOKEN = pack(f"film={FILMS}")
BOMB = base64.urlsafe_b64encode(base64.urlsafe_b64decode(TOKEN[:4]) + b"\x00" * 40).decode()


@pytest.mark.parametrize(
    "token",
    [
        "",
        "A",
        "AQ",
        TOKEN[:-5],
        TOKEN[5:],
        TOKEN.swapcase(),
        f"A{TOKEN}",
        "é" * 20,
        "A" * 9_000,
        BOMB,
    ],
)
def test_a_damaged_token_is_refused(token):
    with pytest.raises(ValueError, match=r"."):
        unpack(token)


@given(st.integers(0, len(TOKEN) - 1), st.sampled_from("AZaz09-_"))
def test_a_changed_letter_is_noticed(at, letter):
    """By the packing or by the checksum, whichever comes first."""
    changed = TOKEN[:at] + letter + TOKEN[at + 1 :]
    if base64.urlsafe_b64decode(changed + "==") != base64.urlsafe_b64decode(TOKEN + "=="):
        with pytest.raises(ValueError, match=r"."):
            unpack(changed)


def test_what_unpacks_to_more_than_any_query_is_refused():
    """A small token of a huge query costs nothing."""
    with pytest.raises(ValueError, match="damaged"):
        unpack(pack("q=" + "a" * 1_000_000))
