"""Elements of Atom (RFC 4287) that all our Atom feeds are made of."""

import re
from datetime import datetime
from xml.etree import ElementTree as ET

from releasecal.core.dates import timestamp
from releasecal.queries.site_settings import SiteSettings

ATOM = "application/atom+xml"
"""The media type."""

_SINCE = 2026  # RFC 4151: a year in which the domain was the publisher's already
_NO_CHARACTER = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # XML 1.0 § 2.2


def new_feed(site: SiteSettings, lang: str, name: str, title: str, updated: datetime) -> ET.Element:
    """Return a feed of *site* in the language *lang*; *name* is the end of its id, for ever."""
    feed = ET.Element("feed", {"xmlns": "http://www.w3.org/2005/Atom", "xml:lang": lang})
    add(feed, "id", f"tag:{site.uid_domain},{_SINCE}:{name}")
    add(feed, "title", title)
    add(feed, "updated", timestamp(updated))
    author = ET.SubElement(feed, "author")
    add(author, "name", site.name)
    add(author, "uri", f"{site.url}/")
    return feed


def add_link(parent: ET.Element, relation: str, address: str, kind: str) -> None:
    """Add a link of a *relation* to the document of the media type *kind* at *address*."""
    ET.SubElement(parent, "link", {"rel": relation, "type": kind, "href": _clean(address)})


def add(parent: ET.Element, tag: str, text: str, **attributes: str) -> None:
    """Add the element *tag* with *text*, without what XML cannot hold."""
    ET.SubElement(parent, tag, attributes).text = _clean(text)


def written(feed: ET.Element) -> bytes:
    """Return *feed* as a document in UTF-8."""
    document: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _clean(text: str) -> str:
    """Return *text* without the characters that XML cannot hold, not even as references."""
    return _NO_CHARACTER.sub("", text)
