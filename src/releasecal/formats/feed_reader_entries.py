"""Entries of a feed for feed readers: its releases, those that changed last first."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import NamedTuple

from releasecal.core.editions import Entry
from releasecal.formats.event_columns import Event
from releasecal.formats.event_properties import entry_events, left_out_notice, stale_notice
from releasecal.formats.size_limit import fit
from releasecal.queries.results import Feed

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MAX_OCTETS_AROUND = 8_000  # of a document without its entries


class FeedEntry(NamedTuple):
    """
    A release for feed readers.

    Attributes:
        uid: Without a domain; the same for ever.
        title: SUMMARY of its event, and *text* DESCRIPTION.
        page: Address of its film's page.
        tickets: Address, or "".
        poster: Address, or "".
        published: When it was first published, UTC.
        updated: When its event last changed, UTC.
        event: Its event.
    """

    uid: str
    title: str
    text: str
    page: str
    tickets: str
    poster: str
    categories: tuple[str, ...]
    published: datetime
    updated: datetime
    event: Event


class FittedEntries(NamedTuple):
    """
    The entries of a feed that it has room for, written down.

    Attributes:
        updated: When one of them last changed or left, UTC.
        notices: What readers have to know: that some are left out, or that the dates are old.
    """

    bodies: Sequence[bytes]
    updated: datetime
    notices: Sequence[str]


def fitted_entries(feed: Feed, write: Callable[[FeedEntry], bytes]) -> FittedEntries:
    """Return the entries of *feed* in the form that *write* gives to each, newest change first."""
    events = entry_events(feed.entries, feed.site, feed.query, feed.today)
    found = sorted(
        map(partial(_feed_entry, feed), feed.entries, events),
        key=lambda each: (-each.updated.timestamp(), each.uid),
    )
    bodies = [write(each) for each in found]
    kept = bodies
    if feed.max_octets is not None:
        parts = [(each.event.after, body) for each, body in zip(found, bodies, strict=True)]
        kept = fit(parts, feed.today, feed.max_octets - _MAX_OCTETS_AROUND)
    notices = [stale_notice(feed, feed.stale_since)] if feed.stale_since else []
    if left_out := feed.left_out + len(bodies) - len(kept):
        notices.append(left_out_notice(feed, len(kept), left_out))
    updated = max(
        [each.updated for each in found] + ([feed.left] if feed.left else []), default=_EPOCH
    )
    return FittedEntries(kept, updated, [notice.summary for notice in notices])


def attributions(entries: Iterable[Entry]) -> Sequence[str]:
    """Return the notices that the terms of the sources of *entries* demand, sorted, each once."""
    sources = (source for entry in entries for source in entry.facts.sources)
    return sorted({source.attribution for source in sources} - {""})


def _feed_entry(feed: Feed, entry: Entry, event: Event) -> FeedEntry:
    texts = {name: value for name, _, value in event.properties if isinstance(value, str)}
    return FeedEntry(
        uid=entry.uid,
        title=event.summary,
        text=texts["DESCRIPTION"],
        page=feed.site.page(entry.key.film),
        tickets=entry.facts.release.tickets,
        poster=entry.facts.poster,
        categories=entry.categories,
        published=entry.created,
        updated=entry.changed(feed.today),
        event=event,
    )
