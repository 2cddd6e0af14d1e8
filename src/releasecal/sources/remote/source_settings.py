"""Settings of a source that is fetched."""

from collections.abc import Mapping
from dataclasses import field
from datetime import timedelta

from releasecal.core.value_classes import dataclass
from releasecal.sources.remote.secret import NO_SECRET, Secret


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """
    Settings of a source that is fetched.

    Attributes:
        id: A slug: its name in messages, and the id that its facts cite.
        type: Name of its kind.
        address: Where it is; empty for the usual place of the kind.
        regions: Codes of the regions that are kept; empty for all.
        every: Time between two looks; None for the kind's.
        machine: Whether its changes count only once they have lasted; None for the kind's.
        covers: The days that it lists, as in a data file; empty for what the kind knows.
        allow_private: Whether it may lie in a private network, and be read over http.
        contact: How the operator can be reached, an address of mail or web.
        options: All others, for the kind.
        hosts: Names of the hosts that may be asked, after a redirect too; empty for all.
    """

    id: str
    type: str
    address: str = ""
    token: Secret = NO_SECRET
    regions: tuple[str, ...] = ()
    every: timedelta | None = None
    machine: bool | None = None
    covers: str = ""
    allow_private: bool = False
    contact: str = ""
    options: Mapping[str, object] = field(default_factory=dict)
    hosts: frozenset[str] = frozenset()
