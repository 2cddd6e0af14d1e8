"""The tables of the newest schema version; `migrations` has the steps from older ones."""

from releasecal.store.schema.operations import (
    documents,
    freshness,
    lease,
    outlines,
    reading,
    trouble,
)
from releasecal.store.schema.published import (
    EVENTS,
    changes,
    editions,
    entries,
    events,
    films,
    genres,
    mentions,
    metadata,
    pending,
    series,
    sources,
    version,
    words,
)

__all__ = [
    "EVENTS",
    "changes",
    "documents",
    "editions",
    "entries",
    "events",
    "films",
    "freshness",
    "genres",
    "lease",
    "mentions",
    "metadata",
    "outlines",
    "pending",
    "reading",
    "series",
    "sources",
    "trouble",
    "version",
    "words",
]
