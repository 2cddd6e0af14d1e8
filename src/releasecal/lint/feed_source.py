"""Sources of feeds: a file, or an address that is asked through the guarded client."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from releasecal.clock import Clock
from releasecal.errors import FetchFailed, Place, Problem, SourceError
from releasecal.lint.http_rules import ServedFeed, ask
from releasecal.sources.remote.client import MAX_OCTETS, Client
from releasecal.sources.remote.failures import Failure
from releasecal.sources.remote.source_settings import SourceSettings

_ADDRESS = re.compile(r"(?:https?|webcals?)://", re.IGNORECASE)
_YOURSELF = "fetch it yourself, and name the file; --allow-private allows http in your own network"
_ADDRESSES = "an address of a feed begins with https://, http:// or webcal://"
_REMEDIES: Mapping[str, str] = {
    Failure.UNAUTHORIZED.slug: _YOURSELF,
    Failure.FORBIDDEN.slug: _YOURSELF,
    Failure.INSECURE.slug: _YOURSELF,
    Failure.PRIVATE.slug: "--allow-private allows that",
    Failure.CERTIFICATE.slug: "no client loads it: see that the address is right, or renew it",
    Failure.REDIRECTS.slug: "no client follows so many: redirect once",
    Failure.TOO_LARGE.slug: "no client loads so much: offer feeds of a part",
    Failure.MISSING.slug: "see that the address is right",
}


def is_address(name: str) -> bool:
    """Whether *name* is an address, and not a file."""
    return _ADDRESS.match(name) is not None


@contextmanager
def _client(address: str, clock: Clock, *, allow_private: bool) -> Iterator[tuple[Client, str]]:
    """Give a client, and *address* as one of https: clients do that with webcal."""
    address = re.sub("^webcals?:", "https:", address, count=1, flags=re.IGNORECASE)
    settings = SourceSettings(address, "feed", address, allow_private=allow_private)
    with Client(settings, clock) as client:
        try:
            yield client, address
        except FetchFailed as error:
            remedy = _REMEDIES.get(error.failure, "try again later")
            raise SourceError(Problem(Place(address), error.problems[0].what, remedy)) from error


def served(address: str, clock: Clock, *, allow_private: bool) -> ServedFeed:
    """
    Return what the server at *address* answers to six requests.

    Raises:
        SourceError: It does not answer, or may not be asked.
    """
    with _client(address, clock, allow_private=allow_private) as (client, there):
        return ask(client, there)


def octets_of(name: str, clock: Clock, *, allow_private: bool) -> bytes:
    """
    Return the octets of the file or at the address *name*.

    Raises:
        SourceError: It cannot be read.
    """
    if is_address(name):
        with _client(name, clock, allow_private=allow_private) as (client, there):
            return client.get(there).data
    try:
        with Path(name).open("rb") as file:
            octets = file.read(MAX_OCTETS + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        remedy = _ADDRESSES if "://" in name else ""
        raise SourceError(Problem(Place(name), f"cannot be read: {why}", remedy)) from error
    if len(octets) > MAX_OCTETS:
        raise SourceError(Problem(Place(name), "is too large", _REMEDIES[Failure.TOO_LARGE.slug]))
    return octets
