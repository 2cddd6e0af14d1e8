"""Atom (RFC 4287): the releases of a feed for feed readers."""

from collections.abc import Sequence
from functools import partial
from urllib.parse import quote
from xml.etree import ElementTree as ET

from releasecal.core.dates import timestamp
from releasecal.formats.atom_elements import ATOM, add, add_link, new_feed, written
from releasecal.formats.calendar_description import page
from releasecal.formats.feed_reader_entries import FeedEntry, attributions, fitted_entries
from releasecal.queries.feed_paths import is_pushed
from releasecal.queries.results import PUBLIC, Feed

_END = b"</feed>\n"


def render(feed: Feed) -> bytes:
    """
    Return *feed* as an Atom feed, UTF-8, the newest change first; equal feeds make equal bytes.

    A release is one entry for ever: a move changes its text and its ``updated``, by which feed
    readers show it again.
    """
    site, heading = feed.site, feed.heading
    found = fitted_entries(feed, partial(_entry, feed))
    asked = f"?{heading.canonical}" if heading.canonical else ""
    name = f"releases{feed.path}{asked}"
    head = new_feed(site, feed.query.lang, name, feed.title, found.updated)
    if found.notices:
        add(head, "subtitle", "\n".join(found.notices))
    add_link(head, "self", feed.address("atom"), ATOM)
    add_link(head, "alternate", page(heading), "text/html")
    add_link(head, "alternate", heading.address, "text/calendar")
    for hub in hubs(feed):
        ET.SubElement(head, "link", {"rel": "hub", "href": hub})
    if rights := attributions(feed.entries):
        add(head, "rights", " ".join(rights))
    return b"".join([written(head).removesuffix(_END), *found.bodies, _END])


def hubs(feed: Feed) -> Sequence[str]:
    """
    Return the addresses of the hubs of WebSub that *feed* names.

    A private feed has an address of its own, which no hub may learn.
    """
    is_public = feed.place == PUBLIC
    return feed.site.hubs if is_public and is_pushed(feed.path, feed.query) else ()


def _entry(feed: Feed, told: FeedEntry) -> bytes:
    entry = ET.Element("entry")
    # The day on which it was first published stays, even if a domain is renamed.
    day = f"{told.published:%Y-%m-%d}"
    add(entry, "id", f"tag:{feed.site.uid_domain},{day}:releases/{quote(told.uid)}")
    add(entry, "title", told.title)
    add(entry, "published", timestamp(told.published))
    add(entry, "updated", timestamp(told.updated))
    add_link(entry, "alternate", told.page, "text/html")
    if told.tickets:
        add_link(entry, "related", told.tickets, "text/html")
    for category in told.categories:
        ET.SubElement(entry, "category", {"term": category})
    add(entry, "content", told.text, type="text")
    made: bytes = ET.tostring(entry, encoding="utf-8")
    return made
