"""
WebSub (https://www.w3.org/TR/websub): hubs are told which Atom feeds have changed.

A hub has its subscribers read nothing in vain, and pushes what is new. So a feed names a hub only if
the hub is told of each of its changes: the log of all changes, in each language, and the feeds that
`is_pushed` names.
"""

from collections.abc import Sequence
from urllib.parse import urlencode

from releasecal.clock import Clock
from releasecal.core.languages import LANGUAGES
from releasecal.formats.changes_atom import topic
from releasecal.notify.news import NewsMessage
from releasecal.notify.news_target import NewsTarget
from releasecal.notify.webhook import post
from releasecal.queries.change_query import ChangeQuery
from releasecal.queries.site_settings import SiteSettings


def topics(site: SiteSettings, feed: str = "") -> Sequence[str]:
    """Return the addresses of the logs that name a hub, or of the one *feed* by its path."""
    if feed:
        return [f"{site.url}{feed}.atom"]
    return [topic(site, ChangeQuery(lang=code)) for code in LANGUAGES]


def send(target: NewsTarget, message: NewsMessage, clock: Clock) -> None:
    """
    Tell the hub *target* that its feeds have changed; each in a request, as all hubs take it.

    Raises:
        DeliveryFailed: It did not take one of them.
    """
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    for address in topics(message.log.site, target.feed):
        body = urlencode({"hub.mode": "publish", "hub.url": address, "hub.topic": address})
        post(target, body.encode(), headers, clock)
