"""A message: the changes that a receiver is told at once, as JSON and as text."""

from datetime import datetime

from releasecal.core.dates import timestamp
from releasecal.core.value_classes import dataclass
from releasecal.errors import ReleasecalError
from releasecal.formats.changes_atom import headline, sentences
from releasecal.formats.item_making import change_item
from releasecal.formats.json_text import json_text
from releasecal.queries.results import ChangeLog

MAX_CHANGES = 100
"""Changes in one message; it has the number of all, and an address with the others."""

_MAX_LINES = 20  # of a digest as text: chats and phones take few


class DeliveryFailed(ReleasecalError):
    """
    A message was not accepted, as far as we know.

    Attributes:
        retry_at: When the receiver wants to be asked again, UTC; None if it does not say.
    """

    def __init__(self, what: str, retry_at: datetime | None = None) -> None:
        super().__init__(what)
        self.retry_at = retry_at


@dataclass(frozen=True, slots=True)
class NewsMessage:
    """
    A message.

    Attributes:
        id: The same each time that it is sent.
        log: The changes that it tells, at most `MAX_CHANGES`; none for a trial.
        edition: Number of the edition that made them.
        count: Number of changes, those that the message leaves out included.
        is_digest: Whether it tells of all changes of its edition at once.
    """

    id: str
    log: ChangeLog
    edition: int = 0
    count: int = 0
    is_digest: bool = False

    @property
    def address(self) -> str:
        """Address of the page with what it tells."""
        site = self.log.site
        if self.is_digest:
            return f"{site.url}/changes?since={self.edition - 1}"
        records = self.log.records
        return site.page(records[0].change.key.film) if records else f"{site.url}/changes"

    @property
    def as_json(self) -> bytes:
        """
        The message as JSON, in the shape that Standard Webhooks advises.

        A change has the fields that it has in ``/changes.json``.
        """
        log, language = self.log, self.log.query.language
        changes = [change_item(record, log.site, language) for record in log.records]
        data: object = {"url": self.address}
        if self.is_digest:
            told = {"edition": self.edition, "count": self.count, "url": self.address}
            data = {**told, "changes": changes}
        elif changes:
            data = changes[0]
        type_ = "changes.digest" if self.is_digest else "change" if changes else "test"
        document = {"type": type_, "timestamp": timestamp(log.updated), "data": data}
        return json_text(document) + b"\n"

    @property
    def title(self) -> str:
        """The message in a line."""
        log = self.log
        if self.is_digest:
            return f"{log.title} ({self.count:,})"
        return headline(log.records[0].change, log) if log.records else log.title

    @property
    def text(self) -> str:
        """The message in sentences, with its address."""
        log = self.log
        told = [record.change for record in log.records]
        if not self.is_digest:
            return "\n\n".join([*(sentences(each, log) for each in told), self.address])
        lines = [f"• {headline(each, log)}" for each in told[:_MAX_LINES]]
        if self.count > len(lines):
            lines.append(f"… (+{self.count - len(lines):,})")
        return "\n".join([*lines, "", self.address])
