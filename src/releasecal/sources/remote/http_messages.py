"""Requests to a source over the network, and the answers to them."""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime

from releasecal.core.value_classes import dataclass
from releasecal.sources.remote.secret import Secret

VALIDATORS = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}
"""Headers of an answer, and the header of a request that has the value of each (RFC 9110 § 13)."""


@dataclass(frozen=True, slots=True)
class Reply:
    """
    An answer.

    Attributes:
        data: Unpacked; empty if *is_same*.
        is_same: Whether it says that nothing has changed (304).
        media_type: In lower case and without parameters; empty if there is none.
        validators: For the next request.
        fresh_until: Until then nothing will change, UTC; None if the server does not say.
        status: Its number, of RFC 9110.
        headers: By name in small letters.
        hops: Status and address of each redirect that led to it.
    """

    data: bytes
    is_same: bool = False
    media_type: str = ""
    validators: Mapping[str, str] = field(default_factory=dict)
    fresh_until: datetime | None = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    hops: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Redirect:
    """An answer that leads to another address."""

    status: int
    address: str


@dataclass(frozen=True, slots=True)
class Request:
    """
    A request.

    Attributes:
        limit: Size of its answer in octets, unpacked, at most.
        method: Of a probe, to which every answer is one; empty for what only data answers.
        content: Body of a POST; None for other methods.
    """

    address: str
    headers: Mapping[str, str]
    secrets: Mapping[str, Secret]
    limit: int
    method: str = ""
    content: bytes | None = None

    @property
    def is_conditional(self) -> bool:
        """Whether "not modified" is an answer to it."""
        return not self.headers.keys().isdisjoint(VALIDATORS.values())
