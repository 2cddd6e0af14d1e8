"""
Films and their releases: the facts, and what makes a release the same release.

A release is film x kind x region x channel. Its `ReleaseKey` holds nothing that an
announcement can change, so a release keeps its identity through every delay,
retitling and re-ordering.
"""

import unicodedata
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import Self

from releasecal.core.dates import PartialDate

WORLD = "001"
"""The region of a release that opens everywhere at once (UN M49)."""

NICKNAMES = {"uk": "GB", "usa": "US", "world": WORLD, "worldwide": WORLD, "1": WORLD}
"""Regions by what people write instead of a code, in small letters, beside countries' names."""


class ReleaseKind(Enum):
    """
    Ways a film reaches its public, in the order they usually happen.

    One row is all there is to a kind: addresses, titles, categories and colours
    follow. The columns are its name in addresses and data; its CATEGORIES value; how
    a SUMMARY says it; a CSS colour name (RFC 7986 § 5.9); an emoji, of one code point, so
    that none needs a selector to look like one; the name its identity uses.
    """

    PREMIERE = "premiere", "Premiere", "premiere", "goldenrod", "🌟"
    PREVIEW = "preview", "Preview", "previews", "darkkhaki", "👀"
    THEATRICAL_LIMITED = "theatrical-limited", "Limited", "in select cinemas", "indianred", "🎫"
    THEATRICAL = "theatrical", "Theatrical", "in cinemas", "crimson", "🎬"
    RE_RELEASE = "re-release", "Re-release", "back in cinemas", "rosybrown", "🔁"
    DIGITAL = "digital", "Digital", "to rent or buy", "teal", "🛒"
    PHYSICAL = "physical", "Physical", "on disc", "slategray", "📀"
    STREAMING_ELIGIBLE = (
        "streaming-eligible",
        "Streaming-eligible",
        "earliest streaming",
        "cornflowerblue",
        "⏳",
        "streaming",
    )
    STREAMING = "streaming", "Streaming", "streaming", "royalblue", "🍿"
    TV = "tv", "TV", "on TV", "seagreen", "📺"

    category: str
    phrase: str
    color: str
    emoji: str
    identity: str

    def __new__(  # noqa: PLR0913, PLR0917 - a table has columns
        cls,
        slug: str,
        category: str,
        phrase: str,
        color: str,
        emoji: str,
        identity: str = "",
    ) -> Self:
        """Make a row; its value is *slug*, its *identity* the slug unless told otherwise."""
        kind = object.__new__(cls)
        kind._value_ = slug
        kind.category = category
        kind.phrase = phrase
        kind.color = color
        kind.emoji = emoji
        kind.identity = identity or slug
        return kind

    @property
    def slug(self) -> str:
        """Its name in addresses and data files."""
        return str(self.value)

    @property
    def if_derived(self) -> "ReleaseKind":
        """What it is while its date only follows from a window."""
        return ReleaseKind.STREAMING_ELIGIBLE if self is ReleaseKind.STREAMING else self

    @classmethod
    def from_slug(cls, slug: str) -> Self:
        """
        Return the kind called *slug*.

        Raises:
            ValueError: There is none.
        """
        return cls(slug)  # type: ignore[call-arg]  # a look-up; __new__ is for the rows


SEQUEL = "sequel"
"""A role, not a kind: selects the theatrical releases of films that follow another."""


class Status(Enum):
    """What a revision says of a release as a whole."""

    SCHEDULED = "scheduled"
    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"

    is_over: bool
    """Whether there is nothing to wait for any more."""

    def __init__(self, value: str) -> None:
        self.is_over = value != "scheduled"


class Certainty(Enum):
    """How sure a date is."""

    CONFIRMED = "confirmed"
    TENTATIVE = "tentative"
    ESTIMATED = "estimated"
    DERIVED = "derived"


class Bound(Enum):
    """How a window limits the day after it; the value is how a sentence says it."""

    AT_LEAST = "at-least"
    EXACTLY = "exactly"
    ABOUT = "about"

    @property
    def in_words(self) -> str:
        """``at least``, ``exactly`` or ``about``."""
        return self.value.replace("-", " ")


@dataclass(frozen=True, slots=True)
class Coverage:
    """
    The days a source lists; of releases on any other day, its silence says nothing.

    Attributes:
        upcoming: It lists what is still to come, and drops a release after its day.
        first: First day it lists; None for no bound.
        after: The day after the last one it lists; None for no bound.
    """

    upcoming: bool = False
    first: date | None = None
    after: date | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """
        Read ``upcoming``, or an interval of EDTF: ``2026-01-01/2026-12-31``, ``2026/..``.

        Raises:
            ValueError: *text* is neither; the message is for people.
        """
        if text == "upcoming":
            return cls(upcoming=True)
        begin, slash, end = text.partition("/")
        if not slash or begin == end == "..":
            raise ValueError(f"neither upcoming nor an interval: {text!r}")
        first = None if begin == ".." else PartialDate.parse(begin).first
        after = None if end == ".." else PartialDate.parse(end).after
        if first and after and first >= after:
            raise ValueError(f"the interval ends before it begins: {text!r}")
        return cls(first=first, after=after)

    def includes(self, when: PartialDate | None, today: date) -> bool:
        """Whether a release announced for *when* would be listed on the civil day *today*."""
        if when is None:
            return False
        first = max([today] * self.upcoming + [self.first or date.min])
        return when.after > first and (self.after is None or when.first < self.after)


@dataclass(frozen=True, slots=True)
class Source:
    """
    Where a fact is from.

    Attributes:
        published: The civil day it appeared.
        attribution: A notice its terms demand beside the data; may be empty.
        machine: Whether it is a database that may change its mind from day to day, so
            that what it says counts only once it has lasted.
        covers: The days it lists; None for all.
    """

    id: str
    title: str = ""
    publisher: str = ""
    url: str = ""
    published: date | None = None
    licence: str = ""
    attribution: str = ""
    machine: bool = False
    covers: Coverage | None = None


@dataclass(frozen=True, slots=True)
class Revision:
    """
    One announcement about a release.

    Attributes:
        when: When it is to happen; None where no date is given.
        as_of: The civil day by which that had been announced.
        seen: When a refresh of ours first found it to be the current one, UTC; None
            for history that a source told afterwards.
        text: The announced wording, where it says more than *when* does.
        delayed: It is known to follow an earlier date that the source does not give.
        slot_from: Id of the film whose date this one took.
        slot_to: Id of the film that took this date afterwards.
    """

    when: PartialDate | None
    as_of: date | None = None
    seen: datetime | None = None
    status: Status = Status.SCHEDULED
    certainty: Certainty = Certainty.CONFIRMED
    reason: str = ""
    source: str = ""
    text: str = ""
    delayed: bool = False
    slot_from: str = ""
    slot_to: str = ""

    @property
    def statement(self) -> tuple[PartialDate | None, Status, Certainty]:
        """What it says; two revisions with equal statements announce the same thing."""
        return self.when, self.status, self.certainty


@dataclass(frozen=True, slots=True)
class Window:
    """
    A rule from which a release follows: theatrical + 45 days, at least, on Paramount+.

    Attributes:
        to: What it leads to; streaming becomes *streaming-eligible* until announced.
        origin: The kind of release it counts from.
        region: ISO 3166-1 alpha-2, or empty for wherever the origin has a release.
        days: Days after the origin's first day; None where *weekends* is given.
        weekends: Whole weekends (Friday to Sunday) in between; it ends on the Monday.
        valid_from: First day of the origin it governs; None for no bound.
        valid_until: Last day of the origin it governs; None for no bound.
    """

    to: ReleaseKind
    days: int | None = None
    weekends: int | None = None
    origin: ReleaseKind = ReleaseKind.THEATRICAL
    channel: str = ""
    region: str = ""
    bound: Bound = Bound.AT_LEAST
    valid_from: date | None = None
    valid_until: date | None = None
    disputed: bool = False
    note: str = ""
    source: str = ""
    as_of: date | None = None

    @property
    def length(self) -> str:
        """``45 days``, ``1 day``, ``3 weekends``."""
        count, unit = (
            (self.weekends, "weekend") if self.weekends is not None else (self.days, "day")
        )
        return f"{count} {unit}" + ("" if count == 1 else "s")


@dataclass(frozen=True, slots=True, order=True)
class ReleaseKey:
    """
    What makes a release the same release, whatever is announced about it.

    Attributes:
        kind: A kind's identity: a streaming-eligible release *is* the streaming one.
        region: ISO 3166-1 alpha-2 or `WORLD`.
        channel: The channel's slug, or empty.
        number: 1, or more for repeats (re-releases of one film in one region).
    """

    film: str
    kind: str
    region: str
    channel: str = ""
    number: int = 1

    def __str__(self) -> str:
        """
        Return the part of the UID before the ``@``; two keys never make the same.

        Dots divide, so no part has one; the number has what no channel's slug has.
        """
        channel = f".{self.channel}" if self.channel else ""
        number = f"._{self.number}" if self.number > 1 else ""
        return f"{self.film}.{self.kind}.{self.region.lower()}{channel}{number}"


@dataclass(frozen=True, slots=True)
class Derivation:
    """Why a derived release is when it is: *window*, counted from *anchor*, a day."""

    window: Window
    anchor: ReleaseKey
    counted_from: PartialDate


@dataclass(frozen=True, slots=True)
class Release:
    """
    A release and what has been announced about it.

    Attributes:
        channel: As shown, ``Paramount+``; its slug is in the key.
        history: Oldest first, never empty; the last one is current.
        derivation: None for an announced release.
        contested: What other sources say that cannot be true beside the current revision,
            in their order.
    """

    key: ReleaseKey
    kind: ReleaseKind
    history: tuple[Revision, ...]
    channel: str = ""
    note: str = ""
    derivation: Derivation | None = None
    contested: tuple[Revision, ...] = ()

    @property
    def current(self) -> Revision:
        """The revision in force."""
        return self.history[-1]


@dataclass(frozen=True, slots=True)
class Title:
    """Another title of a film: a working, former, regional or alias title."""

    title: str
    kind: str = "alias"
    lang: str = ""
    region: str = ""
    since: PartialDate | None = None
    until: PartialDate | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class SeriesPlace:
    """A film's place in a series; *ordinal* counts releases, *story_order* the story."""

    id: str
    title: str
    ordinal: int | None = None
    story_order: int | None = None


@dataclass(frozen=True, slots=True)
class Role:
    """
    Somebody in the cast.

    Attributes:
        role: The character; empty if unknown.
        undisclosed: The role is being kept secret, which is a fact of its own.
    """

    name: str
    role: str = ""
    description: str = ""
    undisclosed: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """Something worth telling about a film that no other field holds."""

    text: str
    source: str = ""
    as_of: date | None = None


@dataclass(frozen=True, slots=True)
class Production:
    """How the making of a film goes; *status* is one of `PRODUCTION_STATUSES`."""

    status: str = ""
    wrapped: PartialDate | None = None
    note: str = ""
    source: str = ""
    as_of: date | None = None


PRODUCTION_STATUSES = (
    "announced",
    "in-development",
    "filming",
    "post-production",
    "finished",
    "cancelled",
)


@dataclass(frozen=True, slots=True)
class Film:
    """
    A film and everything known of it.

    Attributes:
        id: A slug that never changes, however the titles do.
        refs: Ids elsewhere, as (database, id), sorted.
        follows: Id of the film it is a sequel to, or empty.
        source: Source of whatever names none of its own.
        title_source: Source of the title, if that is an override; else empty.
        releases: Announced ones only, each key once, in the order of the data.
        told_by: Addresses of the sources that tell of it now; empty if none does any more.
        told_in: Names of the files there that do, as far as is known; no fact of the film.
    """

    id: str
    title: str
    titles: tuple[Title, ...] = ()
    refs: tuple[tuple[str, str], ...] = ()
    distributor: str = ""
    genres: tuple[str, ...] = ()
    production: Production | None = None
    cast: tuple[Role, ...] = ()
    series: tuple[SeriesPlace, ...] = ()
    follows: str = ""
    notes: tuple[Note, ...] = ()
    releases: tuple[Release, ...] = ()
    windows: tuple[Window, ...] = ()
    source: str = ""
    title_source: str = ""
    as_of: date | None = None
    told_by: tuple[str, ...] = ()
    told_in: tuple[str, ...] = field(default=(), compare=False)


def slugify(name: str) -> str:
    """
    Return *name* as one word for a UID: ``Paramount+`` is ``paramount-plus``.

    Letters of every script stay, since iCalendar is UTF-8; all else becomes single
    hyphens. Empty if *name* has no letter or digit.
    """
    text = unicodedata.normalize("NFKC", name).casefold().replace("+", " plus ")
    text = text.replace("&", " and ")
    spaced = "".join(char if unicodedata.category(char)[0] in "LMN" else " " for char in text)
    return "-".join(spaced.split())
