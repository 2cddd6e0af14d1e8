"""Answers to queries: the feed, the change log, and a calendar's name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import NamedTuple

from releasecal.core.changes import Change
from releasecal.core.editions import Entry
from releasecal.core.models import Source
from releasecal.queries.change_query import ChangeQuery
from releasecal.queries.feed_query import FeedQuery
from releasecal.queries.parameters import Limit
from releasecal.queries.site import SiteSettings


class ReadyEvent(NamedTuple):
    """
    An event that lies ready.

    Attributes:
        after: The civil day after the last on which it is shown.
        body: As `ics.event` made it.
    """

    after: date
    body: bytes


@dataclass(frozen=True, slots=True)
class Feed:
    """
    What answers a selection.

    Attributes:
        title: The calendar's name, which says what was selected.
        path: Where it is on the site, without a format's ending: ``/calendar``.
        today: The civil day (UTC) it answers for.
        entries: Those with a day to show, by day, then key.
        ready: The events of those, in the same order, where they all lie ready and were asked
            for; *entries* is empty then. The query is plain.
        undated: Those without, by what is known of their date, then key; empty where they
            were not asked for.
        changed: When the answer last changed, at the latest, UTC.
        news: When anything that it may count was last news, UTC; None for *changed*.
        stale_since: When the sources were last read well, UTC, if that is too long ago.
        left_out: How many more entries there would be without its limits.
        left_out_undated: How many more without a day.
    """

    site: SiteSettings
    query: FeedQuery
    title: str
    path: str
    today: date
    entries: tuple[Entry, ...]
    changed: datetime
    undated: tuple[Entry, ...] = ()
    stale_since: datetime | None = None
    ready: tuple[ReadyEvent, ...] | None = None
    news: datetime | None = None
    left_out: int = 0
    left_out_undated: int = 0

    @property
    def most_octets(self) -> int | None:
        """How long a document of it may be; None for as long as it is."""
        return self.site.limits.octets if self.query.limit is Limit.USUAL else None

    def address(self, extension: str) -> str:
        """Return the canonical address of the document with *extension*."""
        query = self.query
        if self.path.startswith("/films/"):  # which selects the film already
            query = replace(query, film=())
        elif self.path.startswith("/series/"):
            query = replace(query, series=())
        asked = f"?{query.canonical}" if query.canonical else ""
        return f"{self.site.url}{self.path}.{extension}{asked}"


def by_nearness(afters: Sequence[date], today: date) -> list[int]:
    """
    Return the places of *afters*, each the day after something ends, the nearest first.

    What is coming is nearer than what is past on the civil day *today*; of what ends on one
    day, that which stands first.
    """
    coming = [at for at, after in enumerate(afters) if after > today]
    past = [at for at, after in enumerate(afters) if after <= today]
    coming.sort(key=lambda at: afters[at])
    past.sort(key=lambda at: -afters[at].toordinal())
    return coming + past


def calendar_name(site: SiteSettings, query: FeedQuery, titles: Mapping[str, str]) -> str:
    """
    Return a calendar's name: the publisher's, then what was selected.

    *titles* has the titles of the films and series selected. Clients show commas,
    semicolons and backslashes badly here, and some cut at 100 characters.
    """
    ids = (*query.film, *query.series)
    kinds = query.language.kinds
    parts = [titles.get(id_, id_) for id_ in ids]
    parts += [", ".join(kinds.get(slug, slug) for slug in query.kind)] if query.kind else []
    parts += [", ".join(query.region)] if query.region else []
    parts += [", ".join(query.channel)] if query.channel else []
    text = " · ".join([site.name, *parts])
    for char, instead in ((", ", " + "), (",", " "), (";", " "), ("\\", " ")):
        text = text.replace(char, instead)
    text = " ".join(text.split())
    return text if len(text) <= 100 else text[:99].rstrip() + "…"


@dataclass(frozen=True, slots=True)
class ChangeRecord:
    """
    A change on record.

    Attributes:
        id: Its number, which later ones exceed, and which it keeps for ever.
        edition: Number of the edition that brought it.
    """

    id: int
    edition: int
    change: Change


@dataclass(frozen=True, slots=True)
class ChangeLog:
    """
    The answer to a query for changes.

    Attributes:
        records: Newest first.
        sources: Those that the changes cite, by id, in the order of the records.
        has_more: Whether there are older ones.
        titles: Of the films, then of the series that *query* names.
        regions: English names of the regions that *query* names.
        published: When the newest edition was published, UTC.
    """

    query: ChangeQuery
    records: tuple[ChangeRecord, ...]
    sources: Mapping[str, Source]
    has_more: bool
    site: SiteSettings
    titles: tuple[str, ...]
    regions: tuple[str, ...]
    published: datetime

    @property
    def title(self) -> str:
        """The name of the log: the publisher's, then everything that *query* names."""
        return " · ".join([f"{self.site.name}: changes", *self.titles, *self.regions])

    @property
    def updated(self) -> datetime:
        """When it last changed, UTC."""
        return self.records[0].change.at if self.records else self.published

    @property
    def older(self) -> str:
        """The query of the changes before these; empty if there are none."""
        return replace(self.query, before=self.records[-1].id).canonical if self.has_more else ""
