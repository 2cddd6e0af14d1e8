"""Freshness: when the sources of a site were last looked at, by all that is known of it."""

from collections.abc import Mapping
from datetime import UTC, datetime

from releasecal.store import RefreshStatus, fetch_states
from releasecal.telemetry.process_memory import SUCCEEDED
from releasecal.web.services import Services


def last_success(services: Services, status: RefreshStatus) -> datetime | None:
    """Return the last refresh that went well in any process of this server, UTC."""
    told = services.telemetry.totals()[SUCCEEDED,]
    own = [status.succeeded] if status.succeeded else []
    return max([*own, *([datetime.fromtimestamp(told, UTC)] if told else [])], default=None)


def last_looks(
    services: Services, status: RefreshStatus, succeeded: datetime | None
) -> Mapping[str, datetime | None]:
    """
    Return the last good look at each source of *status*, UTC, by address.

    A refresh, the last one of which has *succeeded* at that moment, looks at all files.

    Raises:
        StoreError: The database cannot be used.
    """
    fetching = services.store.ask(fetch_states.states)
    looks: dict[str, datetime | None] = {}
    for source in status.sources:
        if state := fetching.get(source.address):
            looks[source.address] = state.validated
        else:
            seen = [source.read, succeeded if source.is_ok else None]
            looks[source.address] = max((each for each in seen if each), default=None)
    return looks
