"""Settings of the site that show in responses."""

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache
from urllib.parse import quote

from releasecal.core.models import ReleaseKey


@dataclass(frozen=True, slots=True)
class SizeLimits:
    """
    How large a feed may be: calendar programs fail on what is larger.

    Attributes:
        events: How many it has at most, notices aside.
        octets: How long it is at most.
        may_be_lifted: Whether ``limit=none`` may ask for all there is.
    """

    events: int = 1_000
    octets: int = 1_000_000
    may_be_lifted: bool = False


@dataclass(frozen=True, slots=True)
class SiteSettings:
    """
    Who publishes: the settings that show in documents.

    Attributes:
        url: Address of the site, without a slash at the end.
        uid_domain: What stands behind the ``@`` of a UID.
        ask_every: Time after which a client should ask again; becomes REFRESH-INTERVAL.
        stale_after: How long the sources may be out of reach before each feed says so.
        limits: How large a feed may be.
    """

    name: str = "Film releases"
    url: str = "http://localhost:8000"
    uid_domain: str = "releasecal"
    ask_every: timedelta = timedelta(hours=12)
    stale_after: timedelta = timedelta(days=7)
    limits: SizeLimits = SizeLimits()

    @property
    def stamp(self) -> str:
        """What of it shows in events."""
        return f"{self.url} {self.uid_domain}"

    def stamped(self, rendering: str) -> "SiteSettings":
        """
        Return it with the stamp that an edition's *rendering* begins with, if it has one.

        What an edition was published with stays until the next one: an address that changed
        in between would be news that no LAST-MODIFIED tells of.
        """
        url, uid_domain, *rest = [*rendering.split(" ", 2), "", ""]
        return replace(self, url=url, uid_domain=uid_domain) if rest[0] else self

    def uid(self, key: ReleaseKey) -> str:
        """Return the UID of a release: the same for ever, whatever is announced of it."""
        return f"{key!s}@{self.uid_domain}"

    def page(self, film: str) -> str:
        """Return the address of a film's page."""
        return f"{self.url}/films/{_quoted(film)}"


_quoted = lru_cache(maxsize=16_384)(quote)
