"""
The client of a request: its own address, or the one that trusted proxies name.

One client is an address of IPv4 or a network of 64 bits of IPv6, which is the least that a
provider hands out.
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from releasecal.web.http.resource import Environ

Network = IPv4Network | IPv6Network

_PROXIED = frozenset({"HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA"})

_MAX_PROXIES = 10  # in a row; a header may name thousands
_NETWORK = 64  # bits


def client_of(environ: Environ, trusted: Sequence[Network]) -> str:
    """
    Return the name of the client of a request, "" for one that cannot be told.

    Without a proxy in *trusted* the peer is the client. X-Forwarded-For is read from its end, for
    its beginning is the client's to write: the last address that is no trusted proxy's counts.
    An untrusted peer on this machine has no name: it is the operator, or a proxy that no
    setting names.
    """
    client = _address(environ.get("REMOTE_ADDR", ""))
    told = environ.get("HTTP_X_FORWARDED_FOR", "").rsplit(",", _MAX_PROXIES)
    while client and told and _is_among(client, trusted):
        nearer = _address(told.pop())
        if nearer is None:
            break
        client = nearer
    return "" if client is None or client.is_loopback else _name(client)


def may(environ: Environ, allowed: Sequence[Network], trusted: Sequence[Network]) -> bool:
    """
    Whether the client of a request is in one of the *allowed* networks.

    A proxy that no setting names vouches for nobody, on this machine neither: what comes through
    one has a header that says so.
    """
    peer = _address(environ.get("REMOTE_ADDR", ""))
    if peer is None:
        return False
    if _PROXIED.isdisjoint(environ):
        return _is_among(peer, allowed)
    client = _address(client_of(environ, trusted)) if _is_among(peer, trusted) else None
    return client is not None and _is_among(client, allowed)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """Return the address *text*, one of IPv4 as such; None for any other text."""
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_among(address: IPv4Address | IPv6Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)


def _name(address: IPv4Address | IPv6Address) -> str:
    if address.version == 4:
        return str(address)
    return str(ip_network((int(address), _NETWORK), strict=False).network_address)
