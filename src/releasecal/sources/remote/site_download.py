"""A published site: its files over the network, by which another machine goes on."""

from dataclasses import replace
from datetime import timedelta

from releasecal.clock import Clock
from releasecal.errors import FetchFailed
from releasecal.sources.remote.client import Client, Pace
from releasecal.sources.remote.failures import Failure
from releasecal.sources.remote.source_settings import SourceSettings

_LIMIT = 2**31  # octets: the ledger of some hundred thousand films
_PACE = Pace(pause=timedelta(seconds=30), patience=timedelta(minutes=15))
_PASSING = {each.slug for each in Failure if each.is_passing}
_REMEDY = "nothing is written; run it again later"


def published_file(address: str, clock: Clock) -> bytes | None:
    """
    Return the octets at *address*; None if the server says that nothing is there.

    Raises:
        FetchFailed: Nobody knows whether something is there: the server is away, or refuses.
    """
    settings = SourceSettings(address, "site", address=address)
    with Client(settings, clock, _PACE) as client:
        try:
            return client.get(address, limit=_LIMIT).data
        except FetchFailed as error:
            if error.failure == Failure.MISSING.slug:
                return None
            if error.failure in _PASSING:
                told = (replace(each, remedy=_REMEDY) for each in error.problems)
                raise FetchFailed(*told, failure=error.failure) from error
            raise
