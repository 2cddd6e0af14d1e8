"""
The client of a request: its own address, or the one that trusted proxies name.

One client is an address of IPv4 or a network of 64 bits of IPv6, which is the least that a
provider hands out.
"""

from collections.abc import Sequence
from ipaddress import ip_network

from releasecal.web.http.conditional_requests import Environ
from releasecal.web.http.forwarded import (
    Address,
    Network,
    address_of,
    elements,
    is_among,
    node_address,
)

_PROXIED = frozenset({"HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA"})

_MAX_PROXIES = 10  # in a row; a header may name thousands
_NETWORK = 64  # bits


def client_of(environ: Environ, trusted: Sequence[Network]) -> str:
    """
    Return the name of the client of a request, "" for one that cannot be told.

    Without a proxy in *trusted* the peer is the client. X-Forwarded-For is read from its end, for
    its beginning is the client's to write: the last address that is no trusted proxy's counts.
    An untrusted peer on this machine has no name: it is the operator, or a proxy that no
    setting names. Without X-Forwarded-For, Forwarded (RFC 7239) counts in the same way.
    """
    client = address_of(environ.get("REMOTE_ADDR", ""))
    told = _nodes(environ)
    while client and told and is_among(client, trusted):
        nearer = address_of(told.pop())
        if nearer is None:
            break
        client = nearer
    return "" if client is None or client.is_loopback else _name(client)


def _nodes(environ: Environ) -> list[str]:
    """Return the addresses that proxies tell of, the nearest last."""
    if "HTTP_X_FORWARDED_FOR" in environ or "HTTP_FORWARDED" not in environ:
        found: list[str] = environ.get("HTTP_X_FORWARDED_FOR", "").rsplit(",", _MAX_PROXIES)
        return found
    told = elements(environ["HTTP_FORWARDED"])[-_MAX_PROXIES:]
    return [node_address(each.get("for", "")) for each in told]


def may(environ: Environ, allowed: Sequence[Network], trusted: Sequence[Network]) -> bool:
    """
    Whether the client of a request is in one of the *allowed* networks.

    A proxy that no setting names vouches for nobody, on this machine neither: what comes through
    one has a header that says so.
    """
    peer = address_of(environ.get("REMOTE_ADDR", ""))
    if peer is None:
        return False
    if _PROXIED.isdisjoint(environ):
        return is_among(peer, allowed)
    client = address_of(client_of(environ, trusted)) if is_among(peer, trusted) else None
    return client is not None and is_among(client, allowed)


def _name(address: Address) -> str:
    if address.version == 4:
        return str(address)
    return str(ip_network((int(address), _NETWORK), strict=False).network_address)
