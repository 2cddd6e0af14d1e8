"""
Rewritten events: those of entries that differ in nothing else, as all do under another address of the site.

Their facts stay, and with them all columns but two and the ids of their events. To write these takes
a third of the time of new rows, of which each would go into every index as well.
"""

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import Connection

from releasecal.core.editions import Entry
from releasecal.core.value_classes import replace
from releasecal.store import schema
from releasecal.store.edition_rows import Renderings, day_number
from releasecal.store.prepared_rows import PreparedRows, execute_many
from releasecal.store.store import Store

CHANGED = ("event_digest", "revised")
"""The columns of `schema.entries` that differ."""


def differs_at_most_in_event(before: Entry, entry: Entry) -> bool:
    """Whether *entry* is as *before*, or differs from that in the text of its event alone."""
    other = replace(before, event_digest=entry.event_digest, revised=entry.revised)
    return other == entry


class RewrittenEvents:
    """The entries of an edition whose events alone differ from those on record."""

    def __init__(self, store: Store, events: Callable[[Entry], Renderings]) -> None:
        """Begin with none; *events* returns the renderings of an entry."""
        self._rows = PreparedRows(store.dialect, store.folder)
        self._events = events
        self._number = 0

    def __len__(self) -> int:
        """Return the number of entries with events."""
        return self._number

    def close(self) -> None:
        """Forget all."""
        self._rows.close()

    def add(self, entries: Iterable[Entry]) -> None:
        """Add *entries*, and their events."""
        self._rows.add(schema.entries, map(self._row, entries))

    def _row(self, entry: Entry) -> dict[str, Any]:
        key = str(entry.key)
        renderings = enumerate(self._events(entry))
        events = [{"body": body, "id": at, "key": key} for at, (_, body) in renderings]
        day = day_number(entry.shown.first if entry.shown else None)
        self._rows.add_by_day(schema.events, day, events)
        self._number += bool(events)
        return {**{name: getattr(entry, name) for name in CHANGED}, "key": key}

    def write(self, connection: Connection) -> None:
        """Write all; in the order of days, in which events lie in the database."""
        mark = "?" if connection.dialect.positional else "%s"
        setting = ", ".join(f"{name} = {mark}" for name in CHANGED)
        entries = self._rows.values(schema.entries)
        execute_many(connection, f"UPDATE entries SET {setting} WHERE key = {mark}", entries)  # noqa: S608 - our own
        first = f"SELECT event FROM entries WHERE key = {mark}"  # noqa: S608 - our own
        update = f"UPDATE events SET body = {mark} WHERE id = {mark} + ({first})"  # noqa: S608 - our own
        execute_many(connection, update, self._rows.values(schema.events))
