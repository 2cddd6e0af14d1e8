"""The keeper of a lease: it renews the lease for as long as the work takes."""

import logging
import os
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from releasecal.clock import Clock
from releasecal.errors import RefreshRunning, StoreError
from releasecal.store import LEASE, Store, lease

_log = logging.getLogger(__name__)


def this_node() -> str:
    """Return the name of this machine."""
    return socket.gethostname()


@contextmanager
def hold(store: Store, clock: Clock, name: str = lease.REFRESH) -> Iterator[str]:
    """
    Hold the lease called *name*, and renew it; if this process dies, it expires.

    It gives the holder's name.

    Raises:
        RefreshRunning: Another process has it.
    """
    # A new name each time: forked processes share every name that was made before.
    holder = f"{this_node()}:{os.getpid()}:{secrets.token_hex(4)}"
    if not lease.acquire(store, holder, now=clock(), name=name):
        raise RefreshRunning("another process is refreshing")
    done = threading.Event()

    def keep() -> None:
        while not done.wait(LEASE.total_seconds() / 3):
            try:
                if not lease.renew(store, holder, now=clock()):
                    _log.warning("the lease was lost; what is read will not be saved")
                    return
            except StoreError as error:  # most likely our own save locks the database
                _log.info("the lease could not be renewed just now: %s", error)

    keeper = threading.Thread(target=keep, name="releasecal-lease", daemon=True)
    keeper.start()
    try:
        yield holder
    finally:
        done.set()
        keeper.join()
        try:
            lease.release(store, holder)
        except StoreError as error:  # it expires; an error from inside is not hidden
            _log.warning("the lease could not be given back: %s", error)
