"""
Content codings: which of them a client takes, and how octets are packed in each.

Levels are set so that a calendar of 1,000 events takes 1 ms (zstd), 8 ms (br) or 10 ms
(gzip), once; the last percents of density would cost many times that.
"""

import re
import zlib
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import NamedTuple

import brotli
from zstandard import ZstdCompressor

IDENTITY = "identity"
"""As it is; a client that says nothing else takes it (RFC 9110 § 12.5.3)."""

_LONGEST = 256  # characters of a header that is worth remembering; browsers send 30
_REMEMBERED = 256  # headers; a few hundred kilobytes at most

# RFC 9110 § 12.4.2 and § 5.6.2; q has three digits there, and more in clients.
_PREFERENCE = re.compile(
    r"[ \t]*(?P<name>[!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*"
    r"(?:;[ \t]*[qQ]=(?P<weight>0(?:\.[0-9]*)?|1(?:\.0*)?)[ \t]*)?"
)


class Wish(NamedTuple):
    """
    What a client would like to get.

    Attributes:
        coding: One of `CODINGS`, or `IDENTITY`.
        takes_plain: Whether it takes the octets as they are, too.
    """

    coding: str
    takes_plain: bool


_PLAIN = Wish(IDENTITY, takes_plain=True)


def negotiate(header: str | None) -> Wish:
    """
    Return what the Accept-Encoding *header* asks for; None for a request without one.

    A client that excludes all we have gets the octets as they are: RFC 9110 § 12.5.3 would
    have us send 406 to nobody (httpwg/http-core#980), and a feed is a feed for everyone.
    """
    if not header:
        return _PLAIN
    return _remembered(header) if len(header) <= _LONGEST else _negotiate(header)


def _negotiate(header: str) -> Wish:
    weights = _weights(header)
    others = weights.get("*", 0.0)
    best = max(CODINGS, key=lambda name: weights.get(name, others))
    weight = weights.get(best, others)
    # Unless it is named or meant by "*", it is acceptable, and liked less than all that is named.
    plain = weights.get(IDENTITY, weights.get("*", 1e-9))
    return Wish(best, takes_plain=plain > 0) if weight > 0 and weight >= plain else _PLAIN


_remembered = lru_cache(_REMEMBERED)(_negotiate)


def _weights(header: str) -> dict[str, float]:
    """Return the weight of each coding in *header*, in lower case; what is malformed is no part."""
    weights: dict[str, float] = {}
    for part in header.split(","):
        said = _PREFERENCE.fullmatch(part)
        if said:
            name = said["name"].lower()
            name = "gzip" if name == "x-gzip" else name  # RFC 9110 § 8.4.1.3
            weights[name] = max(weights.get(name, 0.0), float(said["weight"] or 1))
    return weights


def _zstd(octets: bytes) -> bytes:
    # A window of 2 MiB at this level; RFC 9659 allows 8. What the library returns holds on to
    # as much memory as it might have needed, which is more than there was: a copy does not.
    return bytes(memoryview(ZstdCompressor(level=3).compress(octets)))


def _brotli(octets: bytes) -> bytes:
    packed: bytes = brotli.compress(octets, mode=brotli.MODE_TEXT, quality=5)
    return packed


def _gzip(octets: bytes) -> bytes:
    return zlib.compress(octets, 6, wbits=31)  # with a header, whose time is 0


CODINGS: Mapping[str, Callable[[bytes], bytes]] = {"zstd": _zstd, "br": _brotli, "gzip": _gzip}
"""What we can pack, by the names in Content-Encoding; of what is liked alike, the first."""
