"""Ways to subscribe to a feed, and the address under which this visitor can."""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import quote, urlencode, urlsplit

from flask import request

from releasecal.queries.site import SiteSettings

_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[0-9a-z.-]+)(?::\d{1,5})?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Subscription:
    """
    The ways to subscribe to the feed at *https*, an absolute address.

    Attributes:
        name: What the calendar is to be called.
    """

    https: str
    name: str

    @property
    def webcal(self) -> str:
        """Opens the subscribe sheet on Apple's systems, and Thunderbird."""
        return "webcal:" + self.https.partition(":")[2]

    @property
    def google(self) -> str:
        """Adds it to Google Calendar on a desktop; Google wants *webcal* inside."""
        return f"https://calendar.google.com/calendar/r?cid={quote(self.webcal, safe='')}"

    @property
    def google_by_hand(self) -> str:
        """Where Google Calendar takes an address that was copied."""
        return "https://calendar.google.com/calendar/u/0/r/settings/addbyurl"

    @property
    def outlook_live(self) -> str:
        """Adds it to Outlook.com."""
        return self._outlook("outlook.live.com")

    @property
    def outlook_office(self) -> str:
        """Adds it to Outlook of Microsoft 365."""
        return self._outlook("outlook.office.com")

    @property
    def download(self) -> str:
        """A copy that does not follow when dates move."""
        return f"{self.https}{'&' if urlsplit(self.https).query else '?'}download=1"

    @property
    def is_private(self) -> bool:
        """Whether only this machine or network reaches it, and Google's does not."""
        host = urlsplit(self.https).hostname or ""
        try:
            return ip_address(host).is_private
        except ValueError:
            return "." not in host or host.endswith((".local", ".lan", ".internal"))

    def _outlook(self, host: str) -> str:
        query = urlencode({"url": self.https, "name": self.name}, quote_via=quote)
        return f"https://{host}/calendar/0/addfromweb?{query}"


def site_address(site: SiteSettings) -> str:
    """
    Return the site's address as this visitor can reach it, without a slash at the end.

    An operator who has set the public address knows it. Otherwise it is where the
    visitor found the page, if that is a host of a home network: any other name in a
    request's Host may be anybody's, and must not reach a page.
    """
    if not is_told(site) and _is_at_home(request.host):
        return f"{request.scheme}://{request.host}"
    return site.url


def is_told(site: SiteSettings) -> bool:
    """Whether the operator has told the site's address, which each visitor then sees."""
    return site.public_url is not None


def _is_at_home(host: str) -> bool:
    """Whether *host*, maybe with a port, is an IP address or a name without dots."""
    form = _HOST.fullmatch(host)
    if form is None:
        return False
    name = form["name"].strip("[]")
    try:
        return bool(ip_address(name))
    except ValueError:
        return "." not in name and ":" not in name
