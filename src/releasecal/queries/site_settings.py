"""Settings of the site that shape responses."""

from datetime import timedelta
from functools import lru_cache
from urllib.parse import quote

from releasecal.core.value_classes import dataclass, replace

LOCAL_PORT = 8000
"""The port of a server whose operator names none."""

LOCAL_URL = f"http://localhost:{LOCAL_PORT}"
"""Address of a site whose operator has set none."""

ACCENT = "#a8112f"
"""Colour of a site whose operator has set none; style.css has it."""

PICTURES = {".svg": "image/svg+xml", ".png": "image/png"}
"""Content types of logos, by the ending of their files."""

_UID_DOMAIN = "releasecal"


@dataclass(frozen=True, slots=True)
class SizeLimits:
    """
    Largest size of a feed; calendar programs fail on larger ones.

    Attributes:
        events: Number of events, without notices.
        octets: Length of the body.
        may_be_lifted: Whether ``limit=none`` may ask for all there is.
    """

    events: int = 1_000
    octets: int = 1_000_000
    may_be_lifted: bool = False


@dataclass(frozen=True, slots=True)
class Operator:
    """
    The person or club that runs the site; what is empty is not shown.

    Attributes:
        contact: Address of a page, or ``mailto:`` and one of mail; so is *report*.
        report: Address for reports of mistakes; empty for *contact*.
    """

    name: str = ""
    contact: str = ""
    imprint: str = ""
    privacy: str = ""
    report: str = ""

    @property
    def for_reports(self) -> str:
        """Address for reports of mistakes; empty if there is none."""
        return self.report or self.contact


@dataclass(frozen=True, slots=True)
class SiteSettings:
    """
    The publisher: name, addresses, limits.

    Attributes:
        public_url: Address that the operator has set, without a slash at the end; None if none.
        uid_domain: Part of a UID behind the ``@``.
        ask_every: Time after which a client should ask again, more than zero; becomes
            REFRESH-INTERVAL.
        stale_after: Time without a good look at the sources after which each feed says so.
        accent: Colour of links and buttons in the light; ``is_readable``.
        logo: Path of a picture in SVG or PNG; empty for none.
        poster_hosts: Names of the hosts whose posters pages show, from copies.
        hubs: Addresses of the hubs of WebSub that are told of changes.
    """

    name: str = "Film releases"
    public_url: str | None = None
    uid_domain: str = _UID_DOMAIN
    ask_every: timedelta = timedelta(hours=12)
    stale_after: timedelta = timedelta(days=7)
    limits: SizeLimits = SizeLimits()
    operator: Operator = Operator()
    accent: str = ACCENT
    logo: str = ""
    poster_hosts: frozenset[str] = frozenset()
    hubs: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        """Address of the site, without a slash at the end: the public one, or `LOCAL_URL`."""
        return LOCAL_URL if self.public_url is None else self.public_url

    @property
    def stamp(self) -> str:
        """The settings that show in events, as an edition records them."""
        return f"{self.url} {self.uid_domain}"

    def stamped(self, rendering: str) -> "SiteSettings":
        """
        Return these settings with the stamp at the beginning of an edition's *rendering*.

        An edition keeps the address it was published with: a new one would change events
        without a new LAST-MODIFIED. A rendering without a stamp changes nothing.
        """
        return _stamped(self, rendering)

    def kept(self, rendering: str) -> "SiteSettings":
        """
        Return these settings; what is not set is taken from the stamp of *rendering*.

        Without its environment a process must not rename every event of a site. An address
        is replaced by another one that is set; a UID domain by one that is not the default.
        """
        stamped = self.stamped(rendering)
        is_named = stamped.url != LOCAL_URL
        return replace(
            self,
            public_url=stamped.url if self.public_url is None and is_named else self.public_url,
            uid_domain=stamped.uid_domain if self.uid_domain == _UID_DOMAIN else self.uid_domain,
        )

    def below(self, path: str) -> "SiteSettings":
        """
        Return these settings as readers have them who find the site below *path*; "" for all.

        Such a path is theirs alone, so no hub is named, which would learn it.
        """
        return replace(self, public_url=f"{self.url}{path}", hubs=()) if path else self

    def uid(self, name: str) -> str:
        """Return the UID that begins with *name*."""
        return f"{name}@{self.uid_domain}"

    def page(self, film: str) -> str:
        """Return the address of a film's page."""
        return f"{self.url}/films/{_quoted(film)}"


def without_stamp(rendering: str) -> str:
    """Return an edition's *rendering* without its stamp: the code, and settings for all of its rows."""
    return " ".join(rendering.split(" ")[2:])


@lru_cache(maxsize=16)
def _stamped(site: SiteSettings, rendering: str) -> SiteSettings:
    """Return what `SiteSettings.stamped` does; kept, for each response asks and editions are few."""
    url, uid_domain, *rest = [*rendering.split(" ", 2), "", ""]
    return replace(site, public_url=url, uid_domain=uid_domain) if rest[0] else site


_quoted = lru_cache(maxsize=16_384)(quote)
