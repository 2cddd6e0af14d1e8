"""Secrets: tokens and keys of sources, which no text shows."""

from collections.abc import Mapping
from urllib.parse import quote

from releasecal.core.value_classes import dataclass


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


NO_SECRET = Secret()
"""The secret of a source that needs none."""
