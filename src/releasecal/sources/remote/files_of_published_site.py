"""A published site: its files over the network, by which another machine goes on."""

from dataclasses import replace
from datetime import timedelta

from releasecal.clock import Clock
from releasecal.errors import FetchFailed
from releasecal.sources.remote.client import Client
from releasecal.sources.remote.failures import Failure
from releasecal.sources.remote.pace import Pace
from releasecal.sources.remote.source_settings import SourceSettings

_LIMIT = 2**31  # octets: the ledger of some hundred thousand films
_PACE = Pace(rate=20, pause=timedelta(seconds=30), patience=timedelta(minutes=15))
_PASSING = {each.slug for each in Failure if each.is_passing}
_REMEDY = "nothing is written; run it again later"


class PublishedSite(Client):
    """A client of the site at *address*."""

    def __init__(self, address: str, clock: Clock) -> None:
        """Ask for nothing yet."""
        super().__init__(SourceSettings(address, "site", address=address), clock, _PACE)
        self._address = address.rstrip("/")

    def file(self, path: str = "", *, limit: int = _LIMIT) -> bytes | None:
        """
        Return the octets of at most *limit* at *path*; None if the server says that nothing is there.

        Raises:
            FetchFailed: Nobody knows whether something is there: the server is away, or refuses.
        """
        address = f"{self._address}/{path}" if path else self._address
        try:
            return self.get(address, limit=limit).data
        except FetchFailed as error:
            if error.failure == Failure.MISSING.slug:
                return None
            if error.failure in _PASSING:
                told = (replace(each, remedy=_REMEDY) for each in error.problems)
                raise FetchFailed(*told, failure=error.failure) from error
            raise


def published_file(address: str, clock: Clock) -> bytes | None:
    """
    Return the octets at *address*; None if the server says that nothing is there.

    Raises:
        FetchFailed: Nobody knows whether something is there: the server is away, or refuses.
    """
    with PublishedSite(address, clock) as site:
        return site.file()
