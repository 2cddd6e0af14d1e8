"""Identity: release keys, slugs and kinds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releasecal.core.models import ReleaseKey, ReleaseKind, slugify


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Paramount+", "paramount-plus"),
        ("Disney +", "disney-plus"),
        ("A&E", "a-and-e"),
        ("Кинопоиск HD", "кинопоиск-hd"),
        ("  Amazon.com  Prime ", "amazon-com-prime"),
        ("हिन्दी", "हिन्दी"),
        ("!!!", ""),
    ],
)
def test_a_slug_is_recognisable(name, slug):
    """A channel's slug is one word that people recognise."""
    assert slugify(name) == slug


@given(st.text())
def test_a_slug_is_one_word(name):
    """No slug has a space, a dot or an @, so that it can stand in a UID."""
    slug = slugify(name)

    assert not set(slug) & set(" .@\t\n")
    assert slugify(slug) == slug


def test_a_key_shows_its_parts():
    """A key's text has its parts, and a number for repeats only."""
    assert str(ReleaseKey("mi-7", "theatrical", "US")) == "mi-7.theatrical.us"
    assert (
        str(ReleaseKey("mi-7", "streaming", "US", "paramount-plus", 2))
        == "mi-7.streaming.us.paramount-plus._2"
    )


parts = st.sampled_from(["", "2", "us", "tv", "_2", "a-b", "é", "e", "アマゾン", "アマゾン-e", "x"])
keys = st.builds(
    ReleaseKey,
    parts.filter(str.isascii).filter(bool).map(slugify),
    st.sampled_from(["tv", "theatrical"]),
    st.sampled_from(["US", "DE", "001"]),
    parts.map(slugify),
    st.integers(1, 3),
)


@given(keys, keys)
def test_different_keys_have_different_texts(one, other):
    """Two keys have equal texts in a UID exactly if they are equal."""
    assert (str(one) == str(other)) == (one == other)
    assert (one.uid == other.uid) == (one == other)


@given(keys)
def test_a_new_uid_is_ascii_and_the_key_if_it_can_be(key):
    """Two parsers refuse letters of other scripts in a UID; all other UIDs are as ever."""
    assert key.uid.isascii()
    assert key.uid == str(key) or not key.channel.isascii()


def test_streaming_eligible_is_the_streaming_release():
    """A derived release has the identity of the release that takes its place."""
    assert ReleaseKind.STREAMING_ELIGIBLE.identity == ReleaseKind.STREAMING.identity
    others = set(ReleaseKind) - {ReleaseKind.STREAMING_ELIGIBLE}
    assert {kind.identity for kind in others} == {kind.slug for kind in others}


def test_a_kind_is_found_by_its_slug():
    """The name in an address leads back to the kind."""
    for kind in ReleaseKind:
        assert ReleaseKind.from_slug(kind.slug) is kind
    with pytest.raises(ValueError, match="sequel"):
        ReleaseKind.from_slug("sequel")
