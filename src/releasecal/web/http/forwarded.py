"""
Scheme, host and addresses of a request as proxies tell them: X-Forwarded-…, or RFC 7239.

Anybody can write such headers, so they count if the peer is a proxy that a setting names. Of
several values the last one counts, which the nearest proxy has written.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

_MAX = 2_000  # characters of a header; it may name thousands of proxies
_PAIR = re.compile(r"""[\s;,]*([\w-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*))\s*(,|;|$)""", re.ASCII)
_HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[0-9A-Za-z._-]{1,253})(:\d{1,5})?")
_SCHEMES = ("http", "https")


def elements(header: str) -> Sequence[Mapping[str, str]]:
    """Return the elements of the *header* Forwarded (RFC 7239 § 4), names in small letters."""
    found: list[dict[str, str]] = [{}]
    for name, quoted, plain, end in _PAIR.findall(header[-_MAX:]):
        found[-1][name.lower()] = re.sub(r"\\(.)", r"\1", quoted) or plain
        if end == ",":
            found.append({})
    return found


def node_address(node: str) -> str:
    """Return the address in a *node* (RFC 7239 § 6), without brackets and port."""
    if node.startswith("["):
        return node[1:].partition("]")[0]
    return node.partition(":")[0] if node.count(":") == 1 else node


def address_of(text: str) -> Address | None:
    """Return the address *text*, one of IPv4 as such; None for any other text."""
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def is_among(address: Address | None, networks: Sequence[Network]) -> bool:
    """Whether *address* is in one of the *networks*."""
    return address is not None and any(address in network for network in networks)


class ForwardedRequests:
    """WSGI layer that gives *application* requests with the scheme and host that clients see."""

    def __init__(
        self, application: Callable[..., Iterable[bytes]], trusted: Sequence[Network]
    ) -> None:
        self.application = application
        self._trusted = trusted

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answer a request (PEP 3333)."""
        if self._trusted and is_among(address_of(environ.get("REMOTE_ADDR", "")), self._trusted):
            last = elements(environ.get("HTTP_FORWARDED", ""))[-1]
            scheme = _last(environ, "HTTP_X_FORWARDED_PROTO") or last.get("proto", "")
            host = _last(environ, "HTTP_X_FORWARDED_HOST") or last.get("host", "")
            if scheme.lower() in _SCHEMES:
                environ["wsgi.url_scheme"] = scheme.lower()
            if _HOST.fullmatch(host):
                environ["HTTP_HOST"] = host
        return self.application(environ, start_response)


def _last(environ: Mapping[str, Any], name: str) -> str:
    return str(environ.get(name, "")).rpartition(",")[2].strip()
