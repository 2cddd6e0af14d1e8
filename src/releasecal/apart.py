"""
Apart: making an edition in a process of its own, at low priority, so that no request waits.

In a thread of a server, reading a large catalogue would hold the interpreter for seconds.
A process that has made an edition ends, and gives back the memory that it took.
"""

import multiprocessing
import os
import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace

from releasecal.errors import RefreshDied
from releasecal.making import Attempt, Found, Maker, Report, no_progress
from releasecal.store import Store

_LOWEST = 19  # priority: it has what nobody else wants


class Apart:
    """
    A place where editions are made apart from this process, one at a time.

    The processes come from a server of their own that has all modules loaded and no threads
    (multiprocessing's forkserver); it starts with the first edition and ends with us.
    """

    def __init__(self) -> None:
        """Start nothing yet."""
        self._pool: ProcessPoolExecutor | None = None
        self._lock = threading.Lock()

    def make(self, maker: Maker, store: Store, attempt: Attempt, found: Found) -> Report:
        """
        Make the next edition as `Maker.make` does; nobody is told how far it is.

        Raises:
            RefreshDied: The process ended before it was done.
        """
        quiet = replace(attempt, progress=no_progress)
        try:
            return self._started().submit(_make, maker, store.url, quiet, found).result()
        except BrokenProcessPool as error:
            self.close()
            raise RefreshDied(
                "the process that read the sources was ended before it was done "
                "(is there memory enough? releasecal refresh shows how far it comes)"
            ) from error

    def close(self) -> None:
        """End whatever is there; the next edition starts it again."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool:
            pool.shutdown(wait=False, cancel_futures=True)

    def _started(self) -> ProcessPoolExecutor:
        with self._lock:
            if self._pool is None:
                context = multiprocessing.get_context("forkserver")
                context.set_forkserver_preload([__name__])
                self._pool = ProcessPoolExecutor(
                    1, context, os.nice, (_LOWEST,), max_tasks_per_child=1
                )
            return self._pool


def _make(maker: Maker, url: str, attempt: Attempt, found: Found) -> Report:
    store = Store.open(url)
    try:
        return maker.make(store, attempt, found)
    finally:
        store.close()
