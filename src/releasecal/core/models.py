"""
Films and their releases: the facts, and the identity of a release.

A release is film x kind x region x channel. Its `ReleaseKey` holds nothing that an
announcement can change, so a release keeps its identity through every delay,
retitling and re-ordering.
"""

import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from functools import lru_cache
from hashlib import blake2b
from operator import attrgetter
from typing import Any, Self

from releasecal.core.dates import PartialDate
from releasecal.core.days_a_source_lists import Coverage
from releasecal.core.film_facts import Certification, Link, Note, Production, Role
from releasecal.core.value_classes import dataclass, replace

WORLD = "001"
"""The region of a release that opens everywhere at once (UN M49)."""

UNKNOWN = "ZZ"
"""The region of a release whose source names none (Unicode's CLDR): somewhere, not everywhere."""


class ReleaseKind(Enum):
    """
    Ways a film reaches its public, in the order they usually happen.

    One row defines a kind: addresses, titles, categories and colours follow from it. The
    columns are its name in addresses and data; its value in CATEGORIES; its phrase in a
    SUMMARY; a CSS colour name (RFC 7986 § 5.9); an emoji of one code point, which needs no
    variation selector; the name of its identity.
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
        """Make a row whose value is *slug*; *identity* defaults to the slug."""
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
        """The kind of a release whose date follows from a window, until it is announced."""
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
"""A role beside the kinds: the theatrical releases of films that follow another."""


class Status(Enum):
    """States of a release."""

    SCHEDULED = "scheduled"
    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"

    is_over: bool
    """Whether the release is cancelled or withdrawn."""

    def __init__(self, value: str) -> None:
        self.is_over = value != "scheduled"


class Certainty(Enum):
    """Degrees of certainty of a date."""

    CONFIRMED = "confirmed"
    TENTATIVE = "tentative"
    ESTIMATED = "estimated"
    DERIVED = "derived"

    @property
    def is_announced(self) -> bool:
        """Whether such a date is announced, and neither derived nor estimated."""
        return self not in (Certainty.DERIVED, Certainty.ESTIMATED)


class Manner(Enum):
    """Ways in which a date that we publish takes the place of the one before."""

    ANNOUNCED = "announced"
    CORRECTED = "corrected"
    """The day before had passed."""
    TAKEN_OVER = "taken over"
    """The source of the date before has gone, and another one says this."""


class Bound(Enum):
    """Limits that a window sets to the day after it."""

    AT_LEAST = "at-least"
    EXACTLY = "exactly"
    ABOUT = "about"
    AT_MOST = "at-most"

    @property
    def in_words(self) -> str:
        """``at least``, ``exactly``, ``about`` or ``at most``."""
        return self.value.replace("-", " ")


@dataclass(frozen=True, slots=True)
class Source:
    """
    The origin of facts.

    Attributes:
        published: The civil day of its publication.
        attribution: A notice that its terms demand beside the data; may be empty.
        machine: Whether it is a database that can change its mind from day to day, so that
            its changes count only once they have lasted.
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
        when: The date of the release; None for no date.
        as_of: The civil day by which this had been announced.
        seen: When a refresh first found it in force, UTC; None for history that a source
            added afterwards.
        text: The announced wording, if it says more than *when* does.
        delayed: Whether an earlier date preceded it that the source does not give.
        slot_from: Id of the film whose date this one took.
        slot_to: Id of the film that took this date afterwards.
        manner: How it took the place of the revision before it, where we published both.
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
    manner: Manner = Manner.ANNOUNCED

    @property
    def statement(self) -> tuple[PartialDate | None, Status, Certainty]:
        """Date, status and certainty; revisions with equal statements announce the same."""
        return self.when, self.status, self.certainty


@dataclass(frozen=True, slots=True)
class Window:
    """
    A rule from which a release follows: theatrical + 45 days, at least, on Paramount+.

    Attributes:
        to: The kind that follows; streaming is *streaming-eligible* until announced.
        origin: The kind of release from which it counts.
        region: ISO 3166-1 alpha-2, or empty for every region with a release of *origin*.
        days: Days after the origin's first day; None where another length is given.
        weeks: Weeks after it.
        weekends: Whole weekends (Friday to Sunday) in between; it ends on the Monday.
        months: Calendar months after it; at the end of a shorter month if the day is missing.
        valid_from: The first opening day it applies to; None for no bound.
        valid_until: The last opening day it applies to; None for no bound.
        condition: What else it depends on, in words; empty for nothing.
    """

    to: ReleaseKind
    days: int | None = None
    weekends: int | None = None
    weeks: int | None = None
    months: int | None = None
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
    condition: str = ""


@dataclass(frozen=True, slots=True, order=True)
class ReleaseKey:
    """
    The identity of a release, which no announcement changes.

    Attributes:
        kind: A kind's identity: a streaming-eligible release *is* the streaming one.
        region: ISO 3166-1 alpha-2, `WORLD` or `UNKNOWN`.
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
        Return the key as one word, different for different keys.

        Dots divide the parts, so no part has one; an underscore, which no channel's slug
        has, begins the number.
        """
        return self._joined(self.channel)

    @property
    def uid(self) -> str:
        """
        The part of a new UID before the ``@``, ASCII, different for different keys.

        Two parsers refuse other letters. A channel that has some ends in an underscore and a
        digest of its slug.
        """
        if self.channel.isascii():
            return self._joined(self.channel)
        letters = unicodedata.normalize("NFKD", self.channel).encode("ascii", "ignore").decode()
        digest = blake2b(self.channel.encode(), digest_size=5).hexdigest()
        return self._joined(f"{letters.strip('-') or 'x'}_{digest}")

    def _joined(self, channel: str) -> str:
        after = f".{channel}" if channel else ""
        number = f"._{self.number}" if self.number > 1 else ""
        return f"{self.film}.{self.kind}.{self.region.lower()}{after}{number}"


in_order = attrgetter("film", "kind", "region", "channel", "number")
"""Sort key of release keys, in the order of `<`; many are sorted in a fifth of the time by it."""


@dataclass(frozen=True, slots=True)
class Derivation:
    """
    The origin of a derived date: *window*, counted from the day of *anchor*.

    Attributes:
        basis: How certain that day is; derived if it follows from a window itself.
    """

    window: Window
    anchor: ReleaseKey
    counted_from: PartialDate
    basis: Certainty = Certainty.CONFIRMED


_DETAILS: Mapping[str, Any] = {
    **dict.fromkeys(("note", "place", "label", "time", "zone", "tickets", "version", "event"), ""),
    "until": None,
}


@dataclass(frozen=True, slots=True)
class Release:
    """
    A release and its announcements.

    Attributes:
        channel: The name as shown, ``Paramount+``; its slug is in the key.
        history: Oldest first, never empty; the last one is in force.
        derivation: None for an announced release.
        refined: The coarser dates of sources with precedence that the current one makes more
            exact, in their order.
        contested: Revisions of other sources that exclude the current one, in the order of
            the sources.
        told_by: Addresses of the sources that tell of it now: of the current date's first, then
            in their order; empty for a derived release.
        was: Keys that it had before, as a source tells; empty once the sources are merged.
        place: Where it happens: a cinema, a city, a festival's hall.
        label: Its name: a festival, a special format.
        time: Its time of day in *zone*, as ``19:30``; the event is all-day in any case.
        zone: Name in the IANA database, ``Europe/Berlin``; empty if none is told.
        tickets: Address at which there are tickets.
        version: Its language version: ``OmU``, ``dubbed``.
        until: The last day of its run.
        event: Id of the event in somebody's calendar that tells of it: a slug for the
            calendar, a hyphen, and a digest of the event's UID.
    """

    key: ReleaseKey
    kind: ReleaseKind
    history: tuple[Revision, ...]
    channel: str = ""
    note: str = ""
    derivation: Derivation | None = None
    refined: tuple[Revision, ...] = ()
    contested: tuple[Revision, ...] = ()
    told_by: tuple[str, ...] = ()
    was: tuple[ReleaseKey, ...] = ()
    place: str = ""
    label: str = ""
    time: str = ""
    zone: str = ""
    tickets: str = ""
    version: str = ""
    until: date | None = None
    event: str = ""

    def with_details(self, *told: Self) -> Self:
        """Return it with each detail beside its date from the first of *told* that has it."""
        found = {
            name: next((value for each in told if (value := getattr(each, name))), default)
            for name, default in _DETAILS.items()
        }
        return replace(self, **found)

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
class Film:
    """
    A film and all facts about it.

    Attributes:
        id: A slug that stays, unlike the titles.
        other_ids: Ids that it had before and, once the sources are merged, those by which some
            of them call it; sorted then.
        refs: Ids elsewhere, as (database, id), sorted.
        follows: Id of the film it is a sequel to, or empty.
        source: Source of the facts that name none of their own.
        title_source: Source of the title, if that is an override; else empty.
        releases: Announced ones only, each key once, in the order of the data.
        told_by: Addresses of the sources that tell of it now; empty if none does any more.
        poster: Address of an image.
        runtime: In minutes; None if it is unknown.
        certifications: Each region once.
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
    other_ids: tuple[str, ...] = ()
    poster: str = ""
    synopsis: str = ""
    runtime: int | None = None
    certifications: tuple[Certification, ...] = ()
    links: tuple[Link, ...] = ()


@lru_cache(maxsize=4_096)  # channels and genres of a large catalogue are few
def slugify(name: str) -> str:
    """
    Return *name* as one word for a key: ``Paramount+`` is ``paramount-plus``.

    Letters of every script stay; other characters become single
    hyphens. The result is empty if *name* has no letter or digit.
    """
    text = unicodedata.normalize("NFKC", name).casefold().replace("+", " plus ")
    text = text.replace("&", " and ")
    spaced = "".join(char if unicodedata.category(char)[0] in "LMN" else " " for char in text)
    return "-".join(spaced.split())
