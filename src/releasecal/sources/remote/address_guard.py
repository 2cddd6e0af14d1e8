"""The address guard: which addresses may be asked, by their text and by their number."""

import ipaddress
import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, urlsplit

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: the last 32 bits are of IPv4
_KEYS = re.compile(
    r"(^|[_-])(api|access)?[_-]?(key|token|secret|password|auth|sig)$", re.IGNORECASE
)


_NO_ADDRESS = "not an address", "such as https://films.example/films.yaml"
_TAKE_OUT = "take it out; token_env or token_file holds it"
_PLAIN = (
    "http shows all to everybody on the way",
    "use https; allow_private = true allows http in your own network",
)


class PrivateAddressError(Exception):
    """A name leads into a private network; the message has the address."""


def address_problem(address: str, *, allow_private: bool) -> str:
    """Return the problem of *address* with a remedy in brackets, or ""."""
    refused = refusal(address, allow_private=allow_private)
    return "{} ({})".format(*refused) if refused else ""


def refusal(address: str, *, allow_private: bool) -> tuple[str, str] | None:
    """
    Return the reason why *address* is not asked, and a remedy; None if it may be.

    A user's name, a password or a key in an address would get into logs and messages.
    """
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return _NO_ADDRESS
    is_tidy = address.isprintable() and " " not in address
    if parts.scheme not in ("https", "http") or not host or not is_tidy:
        return _NO_ADDRESS
    if parts.username is not None or parts.password is not None:
        return "a name or password in the address", _TAKE_OUT
    for name, _ in parse_qsl(parts.query, keep_blank_values=True):
        if _KEYS.search(name):
            return f"a key in the address, {name}", _TAKE_OUT
    if parts.scheme == "http" and not (allow_private or names_loopback(host)):
        return _PLAIN
    return None


def names_loopback(host: str) -> bool:
    """Whether *host* is this machine by its very name."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.rstrip(".").lower() == "localhost"


def is_public(address: str) -> bool:
    """Whether the IP *address*, and the one that it may carry inside, is of the open internet."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    return all(each.is_global and not each.is_multicast for each in (ip, *_inside(ip)))


def _inside(ip: _Address) -> Iterable[_Address]:
    """Yield the IPv4 address that *ip* stands for: mapped, 6to4, Teredo, NAT64."""
    if isinstance(ip, ipaddress.IPv6Address):
        carried = [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())]
        yield from (each for each in carried if each)
        if ip in _NAT64:
            yield ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
