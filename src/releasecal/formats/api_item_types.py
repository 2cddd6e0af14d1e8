"""
Answers of the API: each record has the members of an object, in their order.

A page has ``next``, the address of the one behind it, or null if it is the last one.
"""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from releasecal.core.changes import ChangeKind
from releasecal.formats.release_item_types import (
    Address,
    CertaintyName,
    Day,
    Edtf,
    FilmFactsItem,
    Item,
    Kind,
    Moment,
    ReleaseItem,
)

_CHANGES = [kind.value for kind in ChangeKind]

Next = Annotated[str, Meta(description="Address of the page behind this one; null for the last")]
Notices = Annotated[
    tuple[str, ...], Meta(description="Notices that the terms of the sources demand beside it")
]


class FilmItem(FilmFactsItem, frozen=True, kw_only=True):
    """A film; ``feed`` is its calendar."""

    id: str
    url: Address
    feed: Address


class ChangeItem(Item, frozen=True, kw_only=True):
    """A change on record; ``id`` counts up for ever, ``edition`` is the one that published it."""

    id: int
    edition: int
    at: Moment
    release: str
    film: str
    title: str
    kind: Kind
    region: str
    channel: str | None
    change: Annotated[str, Meta(extra_json_schema={"enum": _CHANGES})]
    in_words: str
    old: Edtf | None
    new: Edtf | None
    certainty: CertaintyName
    reason: str | None
    source: str | None
    url: Address


class SourceItem(Item, frozen=True, kw_only=True):
    """A source that dates cite by its id."""

    id: str
    title: str | None
    publisher: str | None
    url: str | None
    published: Day | None
    licence: str | None
    attribution: str | None
    machine: bool


class SelectionItem(Item, frozen=True, kw_only=True):
    """A selection that calendars can be subscribed to, with its address in each format."""

    id: str
    name: str
    parameters: dict[str, str]
    count: Annotated[int, Meta(description="Releases, or films of a genre or series")] | None
    feeds: dict[str, Address]


class ReleasePage(Item, frozen=True, kw_only=True):
    """A page of releases, by day, those without any date last."""

    items: tuple[ReleaseItem, ...]
    next: Next | None
    attribution: Notices | UnsetType = UNSET


class FilmPage(Item, frozen=True, kw_only=True):
    """A page of films, by id."""

    items: tuple[FilmItem, ...]
    next: Next | None


class FilmAnswer(Item, frozen=True, kw_only=True):
    """A film with its releases, the sequel's included, as its calendar has them."""

    film: FilmItem
    releases: tuple[ReleaseItem, ...]
    next: Next | None
    attribution: Notices | UnsetType = UNSET


class ChangePage(Item, frozen=True, kw_only=True):
    """A page of changes, the newest first."""

    items: tuple[ChangeItem, ...]
    next: Next | None
    attribution: Notices | UnsetType = UNSET


class SourcePage(Item, frozen=True, kw_only=True):
    """A page of sources, by id."""

    items: tuple[SourceItem, ...]
    next: Next | None


class SelectionPage(Item, frozen=True, kw_only=True):
    """A page of selections, by id."""

    items: tuple[SelectionItem, ...]
    next: Next | None


class SiteAnswer(Item, frozen=True, kw_only=True):
    """The site, the edition that is up, and the addresses of the API."""

    name: str
    url: Address
    edition: int
    published: Moment
    addresses: dict[str, Address]


class ProblemDetails(Item, frozen=True, kw_only=True):
    """A problem (RFC 9457); ``detail`` says what is wrong and what would do."""

    type: str
    title: str
    status: int
    detail: str
