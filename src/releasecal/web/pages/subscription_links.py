"""Subscription links of a feed, and the site's address for a visitor."""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import quote, urlencode, urlsplit

from flask import request

from releasecal.queries.site_settings import SiteSettings

_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[0-9a-z.-]+)(?::\d{1,5})?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Subscription:
    """
    The ways to subscribe to the feed at *https*, an absolute address.

    Attributes:
        name: Name of the calendar.
        undo: Link to the file that takes a copy out of a calendar again.
    """

    https: str
    name: str
    undo: str = ""

    @property
    def webcal(self) -> str:
        """Link that opens the subscribe sheet on Apple's systems, and Thunderbird."""
        return "webcal:" + self.https.partition(":")[2]

    @property
    def google(self) -> str:
        """Link that adds it to Google Calendar on a desktop; Google wants *webcal* inside."""
        return f"https://calendar.google.com/calendar/r?cid={quote(self.webcal, safe='')}"

    @property
    def google_by_hand(self) -> str:
        """Page of Google Calendar that takes a copied address."""
        return "https://calendar.google.com/calendar/u/0/r/settings/addbyurl"

    @property
    def outlook_live(self) -> str:
        """Link that adds it to Outlook.com."""
        return self._outlook("outlook.live.com")

    @property
    def outlook_office(self) -> str:
        """Link that adds it to Outlook of Microsoft 365."""
        return self._outlook("outlook.office.com")

    @property
    def download(self) -> str:
        """Link to a copy, which stays as it is when dates move."""
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
    Return the site's address for this visitor, without a slash at the end.

    It is the public address if the operator has set one. Otherwise it is the request's Host,
    if that is a host of a home network: another name may be an attacker's and must not
    appear on a page.
    """
    if not has_public_address(site) and _is_at_home(request.host):
        return f"{request.scheme}://{request.host}"
    return site.url


def has_public_address(site: SiteSettings) -> bool:
    """Whether the operator has set the site's public address."""
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
