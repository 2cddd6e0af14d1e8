"""
The push refresher: after a push to a repository of data, what is read from there is read anew.

One such refresh runs and one waits; a push that comes while one waits is answered by that one,
which has not looked yet. So a hundred pushes at once are two refreshes, and none is missed.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from datetime import timedelta
from functools import partial
from typing import TypeVar

from releasecal.errors import RefreshRunning, ReleasecalError
from releasecal.refresh.publisher import Publisher
from releasecal.refresh.remote_fetcher import Fetcher

PACE = timedelta(seconds=6)
"""Time from the end of one refresh to the beginning of the next one."""

_FILES = ("file", "ics")  # kinds of sources that a repository can have
_WAIT = 1.0  # seconds between two tries while another process refreshes
_TRIES = 600

T = TypeVar("T")

_log = logging.getLogger(__name__)


class PushRefresher:
    """Refreshes of *publisher* after pushes, which fetch files on the web by *fetcher* first."""

    def __init__(
        self, publisher: Publisher, fetcher: Fetcher, pace: timedelta = PACE, wait: float = _WAIT
    ) -> None:
        self._publisher = publisher
        self._fetcher = fetcher
        self._pace = pace
        self._wait = wait
        self._pause = threading.Event()
        self._running = threading.Lock()
        self._lock = threading.Lock()
        self._waiting: Future[Mapping[str, object]] | None = None

    def ask(self) -> "Future[Mapping[str, object]]":
        """Return the outcome, as JSON has it, of a refresh that begins from now on."""
        with self._lock:
            if self._waiting is None:
                self._waiting = Future()
                threading.Thread(
                    target=self._run, args=(self._waiting,), name="push", daemon=True
                ).start()
            return self._waiting

    def _run(self, asked: "Future[Mapping[str, object]]") -> None:
        with self._running:
            with self._lock:
                self._waiting = None
            try:
                asked.set_result(self._refreshed())
            except ReleasecalError as error:  # logged by the publisher
                asked.set_exception(error)
            except Exception as error:  # noqa: BLE001 - a bug, of which else nobody may hear
                _log.exception("the refresh after a push failed")
                asked.set_exception(error)
            self._pause.wait(self._pace.total_seconds())

    def _refreshed(self) -> Mapping[str, object]:
        for id_, settings in self._fetcher.settings.items():
            if settings.type in _FILES:
                self._patiently(partial(self._fetcher.look, id_))
        return self._patiently(self._publisher.refresh).as_json

    def _patiently(self, act: Callable[[], T]) -> T:
        """
        Return the result of *act*, once no other process does the same.

        One that began before the push may have looked before it, too.

        Raises:
            RefreshRunning: Another process does for ten minutes.
        """
        for _ in range(_TRIES):
            try:
                return act()
            except RefreshRunning:
                self._pause.wait(self._wait)
        return act()
