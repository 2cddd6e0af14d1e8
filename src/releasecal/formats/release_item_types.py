"""
Releases and films as JSON has them: each record has the members of an object, in their order.

A member that is UNSET is missing. The schemas of the API are made of the same records.
"""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from releasecal.core.models import Bound, Certainty, ReleaseKind, Status

Edtf = Annotated[
    str,
    Meta(
        description="A date in EDTF: a day, a month, a quarter, a season, a year, or a range",
        examples=["2027-07-14", "2027-07", "2027-Q3", "2027-summer", "2027"],
    ),
]
Day = Annotated[str, Meta(extra_json_schema={"format": "date"})]
Moment = Annotated[
    str, Meta(description="A moment, UTC", extra_json_schema={"format": "date-time"})
]
Address = Annotated[str, Meta(extra_json_schema={"format": "uri"})]
_KINDS = [kind.slug for kind in ReleaseKind]
Kind = Annotated[str, Meta(extra_json_schema={"enum": _KINDS})]
_STATUSES = [status.value for status in Status]
StatusName = Annotated[
    str, Meta(description="Whether it will happen", extra_json_schema={"enum": _STATUSES})
]
_CERTAINTIES = [certainty.value for certainty in Certainty]
CertaintyName = Annotated[
    str,
    Meta(
        description="How certain the date is; null without one",
        extra_json_schema={"enum": _CERTAINTIES},
    ),
]
_BOUNDS = [bound.value for bound in Bound]
BoundName = Annotated[str, Meta(extra_json_schema={"enum": _BOUNDS})]


class Item(Struct, frozen=True, kw_only=True):
    """A record: an object of JSON."""


class RevisionItem(Item, frozen=True, kw_only=True):
    """An announcement about a release; ``seen`` is when it was first published here."""

    when: Edtf | None
    as_of: Day | None
    seen: Moment | None
    status: StatusName
    certainty: CertaintyName | None
    reason: str | None
    source: str | None
    slot_from: str | None
    slot_to: str | None
    in_words: str


class ConflictItem(Item, frozen=True, kw_only=True):
    """The statement of another source that contradicts the date in force."""

    when: Edtf | None
    status: StatusName
    certainty: CertaintyName | None
    source: str | None


class WindowItem(Item, frozen=True, kw_only=True, rename={"origin": "from"}):
    """A rule by which one kind of release follows from another one."""

    origin: Kind
    to: Kind
    region: str | None
    channel: str | None
    length: str
    bound: BoundName
    disputed: bool
    note: str | None
    condition: str | UnsetType = UNSET
    source: str | None


class DerivationItem(WindowItem, frozen=True, kw_only=True, rename={"origin": "from"}):
    """The rule that a date follows from, and the date that it is counted from."""

    counted_from: Edtf
    counted_from_certainty: CertaintyName


class ReleaseItem(Item, frozen=True, kw_only=True):
    """
    A release: a film, in one way, in one region, on one channel.

    ``when`` is the date in force, ``shown`` the one of its event, where it stays if it has lost
    its day. ``sequence`` counts its moves; ``uid`` stays for ever.
    """

    uid: str
    film: str
    title: str
    kind: Kind
    categories: tuple[str, ...]
    region: str
    channel: str | None
    place: str | UnsetType = UNSET
    label: str | UnsetType = UNSET
    time: str | UnsetType = UNSET
    zone: str | UnsetType = UNSET
    tickets: Address | UnsetType = UNSET
    version: str | UnsetType = UNSET
    until: Day | UnsetType = UNSET
    when: Edtf | None
    shown: Edtf | None
    status: StatusName
    certainty: CertaintyName | None
    conflicts: tuple[ConflictItem, ...]
    window: DerivationItem | None
    follows: str | None
    sequence: int
    created: Moment
    revised: Moment
    history: tuple[RevisionItem, ...]
    url: Address


class SeriesItem(Item, frozen=True, kw_only=True):
    """A film's place in a series."""

    id: str
    title: str
    ordinal: int | None


class ProductionItem(Item, frozen=True, kw_only=True):
    """The production of a film."""

    status: str | None
    wrapped: Edtf | None
    note: str | None
    source: str | None
    as_of: Day | None


class RoleItem(Item, frozen=True, kw_only=True):
    """A member of the cast; ``undisclosed`` is a role that is kept secret."""

    name: str
    role: str | None
    undisclosed: bool
    description: str | None
    note: str | None
    same_as: tuple[str, ...] | UnsetType = UNSET


class NoteItem(Item, frozen=True, kw_only=True):
    """A remark about a film."""

    text: str
    source: str | None
    as_of: Day | None


class LinkItem(Item, frozen=True, kw_only=True):
    """An address about a film."""

    url: str
    title: str | None


class FilmFactsItem(Item, frozen=True, kw_only=True):
    """The facts of a film that are none of a release, without empty ones."""

    title: str
    distributor: str | UnsetType = UNSET
    genres: tuple[str, ...] | UnsetType = UNSET
    series: tuple[SeriesItem, ...] | UnsetType = UNSET
    refs: dict[str, str] | UnsetType = UNSET
    production: ProductionItem | UnsetType = UNSET
    cast: tuple[RoleItem, ...] | UnsetType = UNSET
    notes: tuple[NoteItem, ...] | UnsetType = UNSET
    windows: tuple[WindowItem, ...] | UnsetType = UNSET
    poster: Address | UnsetType = UNSET
    synopsis: str | UnsetType = UNSET
    runtime: int | UnsetType = UNSET
    certifications: dict[str, str] | UnsetType = UNSET
    links: tuple[LinkItem, ...] | UnsetType = UNSET
