"""Subscription links of a feed, and the site's address for a visitor."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from types import MappingProxyType
from urllib.parse import quote, urlencode, urlsplit

from flask import request

from releasecal.core.models import slugify
from releasecal.core.value_classes import dataclass, replace
from releasecal.formats import FORMATS
from releasecal.queries.feed_query import FeedQuery
from releasecal.queries.query_token import pack
from releasecal.queries.results import calendar_name
from releasecal.queries.site_settings import SiteSettings
from releasecal.web.http.private_answers import below
from releasecal.web.pages.translations import page_language

_MAX_PLAIN = 80  # characters of a query that is written out in an address
_MAX_NAME = 40  # characters of a name in an address
_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[0-9a-z.-]+)(?::\d{1,5})?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Subscription:
    """
    The ways to subscribe to the feed at *https*, an absolute address.

    Attributes:
        name: Name of the calendar.
        undo: Link to the file that takes a copy out of a calendar again.
        page: Short link to the page that shows the feed to people.
        embed: Address of a frame with its next releases.
    """

    https: str
    name: str
    undo: str = ""
    page: str = ""
    embed: str = ""

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
    def yahoo(self) -> str:
        """Yahoo Calendar, which has no link that adds an address."""
        return "https://calendar.yahoo.com/"

    @property
    def download(self) -> str:
        """Link to a copy, which stays as it is when dates move."""
        return f"{self.https}{'&' if urlsplit(self.https).query else '?'}download=1"

    @property
    def formats(self) -> Sequence[tuple[str, str]]:
        """The same in other formats, for feed readers and programs: (name, address) pairs."""
        path, sign, asked = self.https.partition("?")
        stem = path.removesuffix(".ics")
        return [
            (form.name or form.extension, f"{stem}.{form.extension}{sign}{asked}")
            for form in FORMATS.values()
            if form.extension != "ics"
        ]

    @property
    def is_on_this_machine(self) -> bool:
        """Whether only this machine reaches it."""
        host = urlsplit(self.https).hostname or ""
        return host in ("localhost", "::1") or host.startswith("127.")

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


def subscription(
    site: SiteSettings, query: FeedQuery, titles: Mapping[str, str] = MappingProxyType({})
) -> Subscription:
    """
    Return the ways to subscribe to *query*, in the language of the page.

    *titles* are those of its films and series, by id.
    """
    base = f"{site_address(site)}{below(request.environ)}"
    query = replace(query, as_of=None, lang=page_language().code)
    name = calendar_name(site, query, titles)
    asked = f"?{query.canonical}" if query.canonical else ""
    path = _path(query, name)
    page = f"{base}/{_page(path, query)}#subscribe"
    return Subscription(
        f"{base}/{path}", name, f"{base}/undo.ics{asked}", page, f"{base}/embed{asked}"
    )


def _page(path: str, query: FeedQuery) -> str:
    """Return the path of the page of *query*, whose feed is at *path*."""
    if path.startswith(("films/", "series/")):
        return path.removesuffix(".ics")
    if path.startswith("c/"):
        return path.rpartition("/")[0]
    return f"?{query.canonical}" if query.canonical else ""


def _path(query: FeedQuery, name: str) -> str:
    """Return the path, with its query, of the feed *name* that answers *query*."""
    asked = query.canonical
    spoken = FeedQuery(lang=query.lang)
    rest = f"?{spoken.canonical}" if spoken.canonical else ""
    for id_ in query.film[:1]:
        if query == replace(spoken, film=(id_,)):
            return f"films/{quote(id_)}.ics{rest}"
    for id_ in query.series[:1]:
        if query == replace(spoken, series=(id_,)):
            return f"series/{quote(id_)}.ics{rest}"
    if len(asked) > _MAX_PLAIN:
        return f"c/{pack(asked)}/{_readable(name)}.ics"
    return f"calendar.ics?{asked}" if asked else "calendar.ics"


def _readable(name: str) -> str:
    """Return *name* as a file's name in ASCII, which Thunderbird shows as that of the calendar."""
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return slugify(letters)[:_MAX_NAME].strip("-") or "films"


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
