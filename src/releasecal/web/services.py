"""Services: the values and callables that the site needs, handed in by the wiring."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import field
from datetime import datetime, timedelta

from releasecal.core.value_classes import dataclass
from releasecal.queries.feed_paths import NamedFeed
from releasecal.queries.site_settings import SiteSettings
from releasecal.store import Head, RefreshStatus, Store, Vocabulary
from releasecal.telemetry.counters_of_processes import Telemetry
from releasecal.web.http.conditional_requests import Delivery
from releasecal.web.http.forwarded import Network
from releasecal.web.pages.exported_calendars import ExportedGroup


@dataclass(frozen=True, slots=True)
class Services:
    """
    The parts behind the site.

    Attributes:
        clock: Returns the present moment, UTC.
        mark: How long pages mark a release as moved.
        state: Returns the head of the newest edition and, of the same moment, the refresh status
            of all processes; StoreError without a database.
        own_status: Returns that of this process; another object after each refresh here.
        age: Returns the time since the last success of this process; None before the first one.
        refresh: Refreshes now, with the argument True even if the loss guard would hold the
            edition; returns the report for JSON; ReleasecalError if nothing was published.
        token: The bearer token of ``POST /refresh``.
        push_secret: The secret of signed pushes to it; empty if none are taken.
        push: Refreshes after a push, fetches included, and returns the report to come for JSON.
        delivery: How responses are coded and cached.
        capacity: Size of the response cache in octets.
        ticks: Returns seconds that are never set back.
        trusted_proxies: Networks of the proxies whose X-Forwarded-… and Forwarded count.
        telemetry: The counters of this process, and the sums over its server's.
        metrics_from: Networks that may read ``/metrics``.
        feeds: Feeds with an address of their own.
        exported: The calendars of an exported site, whose pages no program answers; empty for a
            site that is served.
        is_private: Whether the site is for holders of a token alone.
        is_example: Whether its films are but the example, which every page says.
        is_beginning: Whether the first edition is being read, so that there is nothing to show.
        writer: Address of the node that refreshes, "" for an unknown one; None if this one does.
    """

    store: Store
    site: SiteSettings
    vocabulary: Vocabulary
    clock: Callable[[], datetime]
    mark: timedelta
    state: Callable[[], tuple[Head, RefreshStatus]]
    own_status: Callable[[], RefreshStatus]
    age: Callable[[], timedelta | None]
    refresh: Callable[[bool], Mapping[str, object]]
    token: str
    delivery: Delivery
    capacity: int
    ticks: Callable[[], float]
    trusted_proxies: Sequence[Network]
    telemetry: Telemetry
    metrics_from: Sequence[Network] = ()
    feeds: Sequence[NamedFeed] = ()
    exported: Sequence[ExportedGroup] = ()
    is_example: bool = False
    is_beginning: bool = False
    is_private: bool = False
    push_secret: str = field(default="", repr=False)
    push: Callable[[], Future[Mapping[str, object]]] = Future  # which nobody ends
    writer: str | None = None

    def status(self) -> RefreshStatus:
        """Return the refresh status of all processes; StoreError without a database."""
        _, status = self.state()
        return status
