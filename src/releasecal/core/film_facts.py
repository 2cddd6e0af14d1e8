"""Facts about a film beside its releases: who, how long, for whom, where there is more."""

from datetime import date

from releasecal.core.dates import PartialDate
from releasecal.core.value_classes import dataclass


@dataclass(frozen=True, slots=True)
class Role:
    """
    A member of the cast.

    Attributes:
        role: The character; empty if unknown.
        undisclosed: Whether the role is kept secret, which differs from unknown.
        same_as: Addresses that tell the person from namesakes.
    """

    name: str
    role: str = ""
    description: str = ""
    undisclosed: bool = False
    note: str = ""
    same_as: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """A remark about a film that fits no other field."""

    text: str
    source: str = ""
    as_of: date | None = None


@dataclass(frozen=True, slots=True)
class Certification:
    """The age rating of a film in a region: ``PG-13``."""

    region: str
    rating: str


@dataclass(frozen=True, slots=True)
class Link:
    """An address about a film, with a name for it."""

    url: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Production:
    """The production of a film; *status* is one of `PRODUCTION_STATUSES`."""

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
