"""
Tokens: a canonical query packed into letters that survive every program an address passes.

Nothing is stored, so a token works for ever and on every site that knows its films. It begins
with the number of its packing; a later packing gets another number, and the older ones stay.
"""

import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from urllib.parse import parse_qsl

_PACKING = b"\x01"
_MAX_TOKEN = 7_000  # characters: nginx takes lines of 8 KB
_MAX_QUERY = 32_000  # octets
_CHECK = 2  # octets of a checksum

_USUAL = (
    b"001%20,P2W,P6M,P3M,P1M,re-release,preview,premiere,theatrical-limited,physical,tv,sequel,"
    b"digital,streaming-eligible,science-fiction,adventure,animation,documentary,fantasy,family,"
    b"thriller,romance,mystery,history,horror,action,comedy,crime,drama,music,war,paramount-plus,"
    b"apple-tv-plus,disney-plus,netflix,amazon-prime-video,lang=de&lang=en&limit=none&certainty="
    b"announced&cancelled=hide&cancelled=keep&emoji=1&past=0&past=30&past=P1Y&q=,mission-impossible"
    b"-the-2025-2026-2027-2028&undated=end&undated=span&genre=&channel=&series=tmdb-wikidata-q"
    b"AR,AT,AU,BR,CA,CH,CN,DE,ES,FR,GB,IE,IN,IT,JP,KR,MX,NL,NZ,PL,PT,SE,US,ZZ&kind=streaming,"
    b"theatrical&region=US&future=P1Y&film=tmdb-=-P1D,-P7D,PT9H&"
)
"""The dictionary of the packing; it never changes: another one is another packing."""


def pack(query: str) -> str:
    """Return the token of *query*, a canonical one: equal queries have equal tokens."""
    octets = query.encode()
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, zdict=_USUAL)
    packed = packer.compress(octets) + packer.flush()
    return urlsafe_b64encode(_PACKING + _checksum(octets) + packed).rstrip(b"=").decode()


def unpack(token: str) -> list[tuple[str, str]]:
    """
    Return the parameters, (name, value) in their order, of the query that *token* has.

    Raises:
        ValueError: It is damaged, cut off, too long, or none of ours.
    """
    if len(token) > _MAX_TOKEN or not token.isascii():
        raise ValueError("no token")
    octets = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    packing, check = octets[:1], octets[1 : 1 + _CHECK]
    reader = zlib.decompressobj(-15, zdict=_USUAL)
    try:
        query = reader.decompress(octets[1 + _CHECK :], _MAX_QUERY)
    except zlib.error as error:
        raise ValueError("damaged") from error
    if packing != _PACKING or not reader.eof or check != _checksum(query):
        raise ValueError("damaged")
    return parse_qsl(query.decode(), keep_blank_values=True)


def _checksum(octets: bytes) -> bytes:
    return (zlib.crc32(octets) & 0xFFFF).to_bytes(_CHECK, "big")
