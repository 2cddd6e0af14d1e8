"""The store: editions in SQL, SQLite by default, through SQLAlchemy Core."""

from releasecal.store.read import NO_HEAD, Head, Inputs, Timeline
from releasecal.store.refresh_status import WELL, RefreshStatus
from releasecal.store.store import LEASE, Store
from releasecal.store.vocabulary import Vocabulary, vocabulary

__all__ = [
    "LEASE",
    "NO_HEAD",
    "WELL",
    "Head",
    "Inputs",
    "RefreshStatus",
    "Store",
    "Timeline",
    "Vocabulary",
    "vocabulary",
]
