"""Freshness: when the sources of a site were last looked at, by all that is known of it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from releasecal.store import FetchState, RefreshStatus
from releasecal.telemetry.counters_of_processes import SUCCEEDED
from releasecal.web.services import Services


def last_success(services: Services, status: RefreshStatus) -> datetime | None:
    """Return the last refresh that went well in any process of this server, UTC."""
    told = services.telemetry.totals()[SUCCEEDED,]
    own = [status.succeeded] if status.succeeded else []
    return max([*own, *([datetime.fromtimestamp(told, UTC)] if told else [])], default=None)


def last_looks(
    status: RefreshStatus,
    fetching: Mapping[str, FetchState],
    succeeded: datetime | None,
) -> Mapping[str, datetime | None]:
    """
    Return the last good look at each source of *status*, UTC, by address.

    *fetching* has the states of what is fetched, by address. A refresh, the last one of which has
    *succeeded* at that moment, looks at all files.
    """
    looks: dict[str, datetime | None] = {}
    for source in status.sources:
        if state := fetching.get(source.address):
            looks[source.address] = state.validated
        else:
            seen = [source.read, succeeded if source.is_ok else None]
            looks[source.address] = max((each for each in seen if each), default=None)
    return looks


def age(now: datetime, moment: datetime) -> timedelta:
    """Return the time since *moment*; none if a clock was set back."""
    return max(now - moment, timedelta())
