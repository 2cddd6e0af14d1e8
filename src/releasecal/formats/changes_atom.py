"""Atom (RFC 4287): what moved, for feed readers."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from xml.etree import ElementTree as ET

from releasecal.core.changes import Change
from releasecal.core.dates import timestamp
from releasecal.core.languages import ENGLISH
from releasecal.core.models import WORLD, Source
from releasecal.queries.site import SiteSettings

CONTENT_TYPE = "application/atom+xml; charset=utf-8"

_SINCE = 2026  # RFC 4151 wants a year in which the domain was the publisher's already
_NO_CHARACTER = re.compile(
    "[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)  # XML 1.0 § 2.2


@dataclass(frozen=True, slots=True)
class Bulletin:
    """
    Changes as they are announced.

    Attributes:
        title: What they are changes of.
        query: Selects them, canonical; empty for all.
        changes: (id, change), newest first; an id belongs to its change for ever.
        sources: Those they cite, by id.
        updated: When something here last changed, UTC.
        older: The query that selects the next ones; empty if there are none.
    """

    site: SiteSettings
    title: str
    query: str
    changes: Sequence[tuple[int, Change]]
    sources: Mapping[str, Source]
    updated: datetime
    older: str = ""


def render(bulletin: Bulletin) -> bytes:
    """Return *bulletin* as an Atom feed, UTF-8; equal ones make equal bytes."""
    site, query = bulletin.site, bulletin.query
    address = f"{site.url}/changes"
    feed = ET.Element("feed", {"xmlns": "http://www.w3.org/2005/Atom", "xml:lang": "en"})
    _add(feed, "id", f"tag:{site.uid_domain},{_SINCE}:changes{_asked(query)}")
    _add(feed, "title", bulletin.title)
    _add(feed, "updated", timestamp(bulletin.updated))
    author = ET.SubElement(feed, "author")
    _add(author, "name", site.name)
    _add(author, "uri", f"{site.url}/")
    _link(feed, "self", f"{address}.atom{_asked(query)}", "application/atom+xml")
    _link(feed, "alternate", f"{address}{_asked(query)}", "text/html")
    if bulletin.older:
        # RFC 5005 § 3: a paged feed
        _link(feed, "next", f"{address}.atom{_asked(bulletin.older)}", "application/atom+xml")
    rights = dict.fromkeys(source.attribution for source in bulletin.sources.values())
    if any(rights):
        _add(feed, "rights", " ".join(filter(None, rights)))
    for id_, change in bulletin.changes:
        _entry(feed, id_, change, bulletin)
    document: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _entry(feed: ET.Element, id_: int, change: Change, bulletin: Bulletin) -> None:
    site = bulletin.site
    entry = ET.SubElement(feed, "entry")
    # The day the change was published stays what it is, whatever else is renamed.
    _add(entry, "id", f"tag:{site.uid_domain},{change.at:%Y-%m-%d}:changes/{id_}")
    _add(entry, "title", f"{change.title} – {_release(change)}: {_words(change)}")
    _add(entry, "published", timestamp(change.at))
    _add(entry, "updated", timestamp(change.at))
    _link(entry, "alternate", site.page(change.key.film), "text/html")
    ET.SubElement(entry, "category", {"term": change.kind.value})
    _add(entry, "content", _content(change, bulletin.sources), type="text")


def _content(change: Change, sources: Mapping[str, Source]) -> str:
    source = sources.get(change.new.source)
    told = f"{change.title}, {_release(change)}. {change.in_words}."
    if source is None:
        return told
    by = f", {source.publisher}" if source.publisher else ""
    return f"{told} Source: {source.title or source.id}{by}."


def _release(change: Change) -> str:
    return change.phrase + (f" ({change.key.region})" if change.key.region != WORLD else "")


def _words(change: Change) -> str:
    """Return what happened, as it stands after a colon."""
    told = change.told(ENGLISH)
    return told[:1].lower() + told[1:]


def _asked(query: str) -> str:
    return f"?{query}" if query else ""


def _link(parent: ET.Element, relation: str, address: str, kind: str) -> None:
    ET.SubElement(parent, "link", {"rel": relation, "type": kind, "href": _clean(address)})


def _add(parent: ET.Element, tag: str, text: str, **attributes: str) -> None:
    ET.SubElement(parent, tag, attributes).text = _clean(text)


def _clean(text: str) -> str:
    """Return *text* without what no XML document may contain, however it is written."""
    return _NO_CHARACTER.sub("", text)
