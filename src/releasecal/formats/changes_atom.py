"""Atom (RFC 4287): the change log for feed readers."""

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from releasecal.core.changes import Change
from releasecal.core.dates import timestamp
from releasecal.core.languages import Language
from releasecal.core.models import UNKNOWN, WORLD
from releasecal.formats.atom_elements import ATOM, add, add_link, new_feed, written
from releasecal.queries.change_query import ChangeQuery
from releasecal.queries.results import ChangeLog, ChangeRecord
from releasecal.queries.site_settings import SiteSettings


def render(log: ChangeLog) -> bytes:
    """Return *log* as an Atom feed, UTF-8; equal logs make equal bytes."""
    site, query = log.site, log.query.canonical
    name = f"changes{_asked(query)}"
    feed = new_feed(site, log.query.lang, name, log.title, log.updated)
    add_link(feed, "self", topic(site, log.query), ATOM)
    add_link(feed, "alternate", f"{site.url}/changes{_asked(query)}", "text/html")
    for hub in hubs(site, log.query):
        ET.SubElement(feed, "link", {"rel": "hub", "href": hub})
    if log.older:
        # RFC 5005 § 3: a paged feed
        add_link(feed, "next", f"{site.url}/changes.atom{_asked(log.older)}", ATOM)
    rights = dict.fromkeys(source.attribution for source in log.sources.values())
    if any(rights):
        add(feed, "rights", " ".join(filter(None, rights)))
    for record in log.records:
        _entry(feed, record, log)
    return written(feed)


def topic(site: SiteSettings, query: ChangeQuery) -> str:
    """Return the address of the feed of *query*, by which a hub of WebSub knows it."""
    return f"{site.url}/changes.atom{_asked(query.canonical)}"


def hubs(site: SiteSettings, query: ChangeQuery) -> Sequence[str]:
    """
    Return the addresses of the hubs that the feed of *query* names.

    These are told of the whole log alone: a feed that names a hub without telling it of its
    changes would be read no more.
    """
    return site.hubs if query == ChangeQuery(lang=query.lang) else ()


def _entry(feed: ET.Element, record: ChangeRecord, log: ChangeLog) -> None:
    site, change = log.site, record.change
    entry = ET.SubElement(feed, "entry")
    # The day on which the change was published stays, even if a domain or a film is renamed.
    add(entry, "id", f"tag:{site.uid_domain},{change.at:%Y-%m-%d}:changes/{record.id}")
    add(entry, "title", headline(change, log))
    add(entry, "published", timestamp(change.at))
    add(entry, "updated", timestamp(change.at))
    add_link(entry, "alternate", site.page(change.key.film), "text/html")
    ET.SubElement(entry, "category", {"term": change.kind.value})
    add(entry, "content", sentences(change, log), type="text")


def headline(change: Change, log: ChangeLog) -> str:
    """Return *change* of *log* as one line: the film, the release, and what has changed."""
    language = log.query.language
    return f"{change.title} – {_release(change, log)}{language.colon}{_words(change, language)}"


def sentences(change: Change, log: ChangeLog) -> str:
    """Return *change* of *log* as sentences, with its source."""
    language = log.query.language
    source, stop = log.sources.get(change.new.source), language.stop
    told = f"{change.title}, {_release(change, log)}{stop} {change.sentence(language)}{stop}"
    if source is None:
        return told
    by = f", {source.publisher}" if source.publisher else ""
    return f"{told} {language.word('Source: ')}{source.title or source.id}{by}{stop}"


def _release(change: Change, log: ChangeLog) -> str:
    """Return the release in words: ``streaming · Paramount+ (US)``."""
    language = log.query.language
    elsewhere = {WORLD: language.word("worldwide"), UNKNOWN: ""}
    place = elsewhere.get(change.key.region, change.key.region)
    way, channel = change.way(language), log.channels.get(change.key.channel, "")
    way = f"{way} · {channel}" if channel else way
    return f"{way} ({place})" if place else way


def _words(change: Change, language: Language) -> str:
    """Return *change* in words for use after a colon: in lower case, unless a date begins it."""
    told = change.clause(language)
    revisions = filter(None, (change.old, change.new))
    if told.startswith(tuple(str(language.date(revision.when)) for revision in revisions)):
        return told
    return told[:1].lower() + told[1:]


def _asked(query: str) -> str:
    return f"?{query}" if query else ""
