"""Values of fetching: the settings of a source, and the result of a fetch."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import quote

from releasecal.errors import Problem


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A token or key; as text it is ``***``, so no message, log or traceback can show it."""

    text: str = ""

    def __str__(self) -> str:
        return "***" if self.text else ""

    __repr__ = __str__

    def __bool__(self) -> bool:
        return bool(self.text)

    def reveal(self) -> str:
        """Return the secret itself, for the header that needs it."""
        return self.text

    @property
    def bearer(self) -> "Mapping[str, Secret]":
        """The header that shows the secret to a server (RFC 6750 § 2.1); none without one."""
        return {"Authorization": Secret(f"Bearer {self.text}")} if self.text else {}

    def hidden_in(self, text: str) -> str:
        """Return *text*, which others wrote, with ``***`` in the place of the secret."""
        for form in (self.text, quote(self.text, safe="")):
            text = text.replace(form, "***") if form else text
        return text


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
    """

    id: str
    type: str
    address: str = ""
    token: Secret = Secret()
    regions: tuple[str, ...] = ()
    every: timedelta | None = None
    machine: bool | None = None
    covers: str = ""
    allow_private: bool = False
    contact: str = ""
    options: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fetched:
    """
    A snapshot of a source, and how it came about.

    Attributes:
        data: A data file in JSON, one film a line, sorted by id; equal facts, equal octets.
        fetched: When *data* last changed, UTC, whole seconds.
        validated: When it was last found to be so, UTC, whole seconds.
        films: Number of films in it.
        releases: Number of releases in it.
        covers: The days that it lists, as in a data file; empty for all.
        validators: For the next look, by the name of the header that the server sent.
        memory: What the kind needs at its next look, in a form of its own.
        notes: What was left out, and why.
        next_look: The server says that there is nothing new before; None if it does not say.
    """

    data: bytes
    fetched: datetime
    validated: datetime
    films: int
    releases: int
    covers: str = ""
    validators: Mapping[str, str] = field(default_factory=dict)
    memory: bytes = b""
    notes: tuple[Problem, ...] = ()
    next_look: datetime | None = None
