"""
Content codings: the choice of one by Accept-Encoding, and the coders.

The levels code a calendar of 1,000 events, once, in 1 ms (zstd), 8 ms (br) or 10 ms (gzip);
the last percents of density would cost many times that.
"""

import re
import zlib
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import NamedTuple

import brotli
from zstandard import ZstdCompressor

IDENTITY = "identity"
"""No coding; acceptable to a client that says nothing else (RFC 9110 § 12.5.3)."""

_LONGEST = 256  # characters of a header that is remembered; browsers send 30
_REMEMBERED = 256  # headers; a few hundred kilobytes at most

# RFC 9110 § 12.4.2 and § 5.6.2; q has three digits there, and more from some clients.
_PREFERENCE = re.compile(
    r"[ \t]*(?P<name>[!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*"
    r"(?:;[ \t]*[qQ]=(?P<weight>0(?:\.[0-9]*)?|1(?:\.0*)?)[ \t]*)?"
)


class Preference(NamedTuple):
    """
    The outcome of content negotiation.

    Attributes:
        coding: One of `CODINGS`, or `IDENTITY`.
        accepts_identity: Whether the client accepts uncoded octets, too.
    """

    coding: str
    accepts_identity: bool


_PLAIN = Preference(IDENTITY, accepts_identity=True)


def negotiate(header: str | None) -> Preference:
    """
    Return the coding that the Accept-Encoding *header* prefers; None is a missing header.

    A client that excludes every coding gets the uncoded octets: by RFC 9110 § 12.5.3 a 406 is
    never needed (httpwg/http-core#980), and a feed has to reach everyone.
    """
    if not header:
        return _PLAIN
    return _remembered(header) if len(header) <= _LONGEST else _negotiate(header)


def _negotiate(header: str) -> Preference:
    weights = _weights(header)
    others = weights.get("*", 0.0)
    best = max(CODINGS, key=lambda name: weights.get(name, others))
    weight = weights.get(best, others)
    # Unless named or covered by "*", it is acceptable, and preferred least.
    plain = weights.get(IDENTITY, weights.get("*", 1e-9))
    return (
        Preference(best, accepts_identity=plain > 0) if weight > 0 and weight >= plain else _PLAIN
    )


_remembered = lru_cache(_REMEMBERED)(_negotiate)


def _weights(header: str) -> dict[str, float]:
    """Return the weights in *header* by coding, in lower case; malformed parts are left out."""
    weights: dict[str, float] = {}
    for part in header.split(","):
        found = _PREFERENCE.fullmatch(part)
        if found:
            name = found["name"].lower()
            name = "gzip" if name == "x-gzip" else name  # RFC 9110 § 8.4.1.3
            weights[name] = max(weights.get(name, 0.0), float(found["weight"] or 1))
    return weights


def _zstd(octets: bytes) -> bytes:
    # A window of 2 MiB at this level; RFC 9659 allows 8. The library's result keeps a buffer of
    # the largest possible size; a copy has its own length.
    return bytes(memoryview(ZstdCompressor(level=3).compress(octets)))


def _brotli(octets: bytes) -> bytes:
    coded: bytes = brotli.compress(octets, mode=brotli.MODE_TEXT, quality=5)
    return coded


def _gzip(octets: bytes) -> bytes:
    return zlib.compress(octets, 6, wbits=31)  # gzip's header, its time 0


CODINGS: Mapping[str, Callable[[bytes], bytes]] = {"zstd": _zstd, "br": _brotli, "gzip": _gzip}
"""Coders by their names in Content-Encoding; of equal weights the first wins."""
