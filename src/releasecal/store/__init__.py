"""
The store: editions in SQL, in SQLite by default or in PostgreSQL, through SQLAlchemy Core.

`Store` gives transactions. The modules have the queries, each a function that takes the open
connection: `store.ask(read.head)`, or several in one ``with store.reading() as connection``.
Whatever writes takes the store itself: `write.save(store, …)`, `lease.acquire(store, …)`.
"""

from sqlalchemy import Connection

from releasecal.store.choices import Choices
from releasecal.store.fetch_states import FetchedFile, FetchState
from releasecal.store.known_names import Vocabulary, vocabulary
from releasecal.store.last_good_files import KeptFile
from releasecal.store.lease import LEASE
from releasecal.store.newest_edition import NO_HEAD, Head, PageEntries
from releasecal.store.postgresql import ConnectionLimits
from releasecal.store.refresh_status import WELL, RefreshStatus
from releasecal.store.source_health import SourceState, SourceStatus
from releasecal.store.store import Store
from releasecal.store.write import Inputs

__all__ = [
    "LEASE",
    "NO_HEAD",
    "WELL",
    "Choices",
    "Connection",
    "ConnectionLimits",
    "FetchState",
    "FetchedFile",
    "Head",
    "Inputs",
    "KeptFile",
    "PageEntries",
    "RefreshStatus",
    "SourceState",
    "SourceStatus",
    "Store",
    "Vocabulary",
    "vocabulary",
]
