"""Codings: what Accept-Encoding asks for, and that packing loses nothing."""

import gzip

import brotli
import pytest
import zstandard
from hypothesis import example, given
from hypothesis import strategies as st
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

from releasecal.web.http.encodings import CODINGS, IDENTITY, Preference, negotiate


@pytest.mark.parametrize(
    ("header", "wish"),
    [
        (None, ("identity", True)),
        ("", ("identity", True)),
        ("gzip", ("gzip", True)),
        ("gzip, deflate", ("gzip", True)),
        ("gzip, deflate, br, zstd", ("zstd", True)),
        ("gzip;q=1.0, br;q=0.5", ("gzip", True)),
        ("GZip; Q=0.5", ("gzip", True)),
        ("x-gzip", ("gzip", True)),
        ("br;q=0, gzip;q=0.001", ("gzip", True)),
        ("*", ("zstd", True)),
        ("*;q=0", ("identity", True)),
        ("zstd;q=0, *", ("br", True)),
        ("identity", ("identity", True)),
        ("identity, gzip", ("gzip", True)),
        ("identity, gzip;q=0.9", ("identity", True)),
        ("gzip;q=0.1, *;q=0", ("gzip", False)),
        ("gzip, identity;q=0", ("gzip", False)),
        ("identity;q=0", ("identity", True)),  # or 406, which would serve nobody
        ("compress, deflate", ("identity", True)),
        ("gzip;q=2, br;q=-1, zstd;q=soon", ("identity", True)),
        ("gzip;level=9", ("identity", True)),
        (";;,, gzip ,,;q=1", ("gzip", True)),
    ],
)
def test_accept_encoding_selects_a_coding(header, wish):
    """RFC 9110 § 12.5.3, one row a rule."""
    assert negotiate(header) == Preference(*wish)


NAMES = st.sampled_from([*CODINGS, IDENTITY, "*", "deflate", "x-snappy"])
WEIGHTS = st.one_of(
    st.none(), st.integers(0, 1000).map(lambda n: f"{n / 1000:g}"), st.sampled_from(["0", "1.000"])
)


@given(st.dictionaries(NAMES, WEIGHTS), st.sampled_from([",", ", ", " ,\t"]))
@example({"*": "0", "gzip": None}, ",")
@example({"identity": "0.5", "gzip": "0.5"}, ",")
def test_negotiation_agrees_with_werkzeug(weights, comma):
    """The chosen coding has the highest weight that Werkzeug reads from the same header."""
    header = comma.join(name + (f";q={q}" if q else "") for name, q in weights.items())
    accept = parse_accept_header(header, Accept)
    qualities = {coding: accept.quality(coding) for coding in CODINGS}
    plain = accept.quality(IDENTITY)
    is_unnamed = IDENTITY not in weights and "*" not in weights

    wish = negotiate(header)

    best = max(qualities.values())
    if best > 0 and best >= plain:
        first = next(coding for coding in CODINGS if qualities[coding] == best)
        assert wish == Preference(first, accepts_identity=is_unnamed or plain > 0)
    else:
        assert wish == Preference(IDENTITY, accepts_identity=True)


@given(st.text(st.characters(max_codepoint=0xFF), max_size=600))
def test_no_header_is_an_error(header):
    """Any header leads to a coding that there is."""
    assert negotiate(header).coding in {*CODINGS, IDENTITY}


@given(st.binary(max_size=5_000))
def test_codings_lose_nothing(octets):
    """The same octets come out, and the same octets are made each time."""
    unpack = {"gzip": gzip.decompress, "br": brotli.decompress, "zstd": zstandard.decompress}
    for coding, pack in CODINGS.items():
        packed = pack(octets)
        assert unpack[coding](packed) == octets
        assert pack(octets) == packed


def test_gzip_has_no_time():
    """Its header would tell when it was made."""
    assert CODINGS["gzip"](b"x")[4:8] == bytes(4)


def test_a_small_window_will_do():
    """RFC 9659: a reader of zstd on the web has 8 MiB for it."""
    packed = CODINGS["zstd"](bytes(range(256)) * 100_000)

    assert zstandard.get_frame_parameters(packed).window_size <= 8 * 2**20
