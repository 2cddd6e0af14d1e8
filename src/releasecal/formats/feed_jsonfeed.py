"""JSON Feed 1.1 (jsonfeed.org): the releases of a feed for feed readers."""

from collections.abc import Mapping
from functools import partial

from releasecal.core.dates import timestamp
from releasecal.formats.calendar_description import page
from releasecal.formats.feed_reader_entries import FeedEntry, attributions, fitted_entries
from releasecal.formats.json_text import json_text
from releasecal.queries.results import Feed

_VERSION = "https://jsonfeed.org/version/1.1"
_COMMA = b",\n"


def render(feed: Feed) -> bytes:
    """Return *feed* as a JSON Feed, UTF-8, the newest change first; equal feeds make equal bytes."""
    site = feed.site
    found = fitted_entries(feed, partial(_item, feed))
    told = "\n".join([*found.notices, *attributions(feed.entries)])
    head = {
        "version": _VERSION,
        "title": feed.title,
        "home_page_url": page(feed.heading),
        "feed_url": feed.address("jsonfeed"),
        **({"description": told} if told else {}),
        "language": feed.query.lang,
        "authors": [{"name": site.name, "url": f"{site.url}/"}],
        "items": [],
    }
    items = b"".join(found.bodies).removesuffix(_COMMA)
    ending = b"[\n%s\n  ]\n}\n" % items if items else b"[]\n}\n"
    return json_text(head).removesuffix(b"[]\n}") + ending


def _item(feed: Feed, told: FeedEntry) -> bytes:
    item: Mapping[str, object] = {
        "id": feed.site.uid(told.uid),
        "url": told.page,
        **({"external_url": told.tickets} if told.tickets else {}),
        "title": told.title,
        "content_text": told.text,
        **({"image": told.poster} if told.poster else {}),
        "date_published": timestamp(told.published),
        "date_modified": timestamp(told.updated),
        "tags": list(told.categories),
    }
    return b"    " + json_text(item).replace(b"\n", b"\n    ") + _COMMA
