"""Answers to queries: the feed, the change log, and a calendar's name."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from datetime import date, datetime
from typing import NamedTuple

from releasecal.core.changes import Change
from releasecal.core.editions import Entry
from releasecal.core.graphemes import cut
from releasecal.core.languages import Language
from releasecal.core.models import Film, Source
from releasecal.core.value_classes import dataclass, replace
from releasecal.queries.change_query import ChangeQuery
from releasecal.queries.feed_paths import beside
from releasecal.queries.feed_query import EVERYTHING, FeedQuery
from releasecal.queries.parameters import AskedCertainty, Limit
from releasecal.queries.site_settings import SiteSettings


class AtLeast(int):
    """A number of what was not counted to its end, or a larger one: ``10000+`` as text."""

    def __str__(self) -> str:
        return f"{int(self)}+"

    def __add__(self, other: int) -> "AtLeast":
        return AtLeast(int(self) + other)

    __radd__ = __add__

    def __sub__(self, other: int) -> "AtLeast":
        return AtLeast(int(self) - other)


class Heading(NamedTuple):
    """
    The facts that a calendar tells of itself.

    Attributes:
        title: The calendar's name; see `calendar_name`.
        path: Path of its address, without a format's extension.
        canonical: The canonical query; see `FeedQuery`.
        address: Its canonical address in the calendar's format.
    """

    site: SiteSettings
    language: Language
    title: str
    path: str
    canonical: str
    address: str


class FeedPlace(NamedTuple):
    """
    The place of a feed on its site.

    Attributes:
        below: Path before that of the feed; empty for one that is public.
        is_whole: Whether the address there selects by itself, without a query behind it.
    """

    below: str = ""
    is_whole: bool = False


PUBLIC = FeedPlace()
"""The place of all feeds that anybody may read."""


@dataclass(frozen=True, slots=True)
class Feed:
    """
    The answer to a query for a feed.

    Attributes:
        title: The calendar's name; see `calendar_name`.
        path: Path of its address, without a format's extension: ``/calendar``.
        today: The civil day (UTC) of the answer.
        entries: Those with a day to show, by day, then key.
        rendered: Pre-rendered events instead of *entries*, which is empty then, in the same
            order, as `ics.prerender` made them; None for entries. The query is plain.
        unseen: The civil days after the last ones of those entries that have an empty event, which
            is not among *rendered*.
        undated: Entries without a day, by coarse date, then key; empty if the format shows
            none.
        changed: Last change of the answer, UTC, or a later moment.
        left: Last moment at which an event left it, UTC, or a later one; None for none.
        news: Last change in the selected regions, UTC, as the date of the "left out" notice;
            None if that is *changed*.
        stale_since: Last good look at the sources of its films, UTC, if that is too long ago.
        stale_changed: Last change of the notice about that, UTC, before the day of the answer.
        films: The films of the entries, by id; empty if the format shows none, and as of a day,
            for nobody knows when most of their facts became known.
        left_out: Number of entries with a day that the limits leave out; of very many `AtLeast`.
        left_out_undated: Number of entries without a day that the limits leave out, likewise.
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
    stale_changed: datetime | None = None
    rendered: Sequence[bytes] | None = None
    unseen: Sequence[date] = ()
    left: datetime | None = None
    news: datetime | None = None
    films: Mapping[str, Film] = field(default_factory=dict)
    left_out: int = 0
    left_out_undated: int = 0
    place: FeedPlace = PUBLIC

    @property
    def count(self) -> int:
        """Number of the entries with a day to show, rendered or not."""
        return len(self.entries) + len(self.rendered or ()) + len(self.unseen)

    @property
    def max_octets(self) -> int | None:
        """Largest length of a body; None for no limit."""
        return self.site.limits.octets if self.query.limit is Limit.USUAL else None

    @property
    def heading(self) -> Heading:
        """The facts that its calendar tells of itself."""
        query = self.query
        address = self.address("ics")
        return Heading(self.site, query.language, self.title, self.path, query.canonical, address)

    def address(self, extension: str) -> str:
        """Return its canonical address in the format with *extension*."""
        below, is_whole = self.place
        query = EVERYTHING if is_whole else beside(self.path, self.query)
        canonical = query.canonical
        asked = f"?{canonical}" if canonical else ""
        return f"{self.site.url}{below}{self.path}.{extension}{asked}"


def calendar_name(site: SiteSettings, query: FeedQuery, titles: Mapping[str, str]) -> str:
    """
    Return a calendar's name: the publisher's, then everything that *query* names.

    *titles* has the titles of the films and series selected. Clients show commas,
    semicolons and backslashes badly here, and some cut at 100 characters.
    """
    ids = (*query.film, *query.series)
    kinds = query.language.kinds
    parts = [titles.get(id_, id_) for id_ in ids]
    parts += [", ".join(kinds.get(slug, slug) for slug in query.kind)] if query.kind else []
    parts += [", ".join(query.region)] if query.region else []
    parts += [", ".join(query.channel)] if query.channel else []
    parts += [", ".join(query.genre)] if query.genre else []
    parts += [", ".join(f"“{text}”" for text in query.q)] if query.q else []
    if query.certainty is AskedCertainty.ANNOUNCED:
        parts.append(query.language.word("announced dates only"))
    return joined_name([site.name, *parts])


def joined_name(parts: Iterable[str]) -> str:
    """Return a calendar's name of *parts*, the publisher's name first; see `calendar_name`."""
    text = " · ".join(parts)
    for char, instead in ((", ", " + "), (",", " "), (";", " "), ("\\", " ")):
        text = text.replace(char, instead)
    text = " ".join(text.split())
    return cut(text, 100)


@dataclass(frozen=True, slots=True)
class ChangeRecord:
    """
    A change on record.

    Attributes:
        id: Its number for ever; later changes have higher ones.
        edition: Number of the edition that made it.
        uid: UID of the release's event, without a domain.
    """

    id: int
    edition: int
    change: Change
    uid: str


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
        channels: Names of the channels of the changes, by slug.
    """

    query: ChangeQuery
    records: tuple[ChangeRecord, ...]
    sources: Mapping[str, Source]
    has_more: bool
    site: SiteSettings
    titles: tuple[str, ...]
    regions: tuple[str, ...]
    published: datetime
    channels: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The name of the log: the publisher's, then everything that *query* names."""
        named = (*self.titles, *self.regions, *self.query.kind, *self.query.change)
        name = self.query.language.say("{name}: changes", name=self.site.name)
        return " · ".join([name, *named])

    @property
    def updated(self) -> datetime:
        """Moment of its last change, UTC."""
        return self.records[0].change.at if self.records else self.published

    @property
    def older(self) -> str:
        """The query of the changes before these; empty if there are none."""
        return replace(self.query, before=self.records[-1].id).canonical if self.has_more else ""

    @property
    def older_limits(self) -> Mapping[str, str]:
        """The parameters of that query, by name; empty if there are none."""
        return replace(self.query, before=self.records[-1].id).limits if self.has_more else {}
