"""
The notifier: takes the messages of the outbox to their receivers, in one process at a time.

Each target has a thread of its own for as long as a round takes, so that one that hangs delays no
other, and none delays a refresh. The attempt at a message is noted before it is made: if this process
is killed meanwhile, the next one sends the message again, with the same id.
"""

import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from secrets import token_hex
from traceback import format_exception

from releasecal.clock import Clock
from releasecal.notify.news import DeliveryFailed, NewsMessage
from releasecal.notify.news_target import NewsTarget
from releasecal.notify.senders import SENDERS, Send
from releasecal.queries.results import ChangeLog
from releasecal.queries.site_settings import SiteSettings
from releasecal.refresh.back_off import back_off
from releasecal.refresh.lease_keeper import hold
from releasecal.refresh.pushed_feeds import FeedsState, PushedFeeds
from releasecal.store import Store, change_log, newest_edition, outbox
from releasecal.store.outbox import MAX_WAIT, QueuedMessage

FIRST_RETRY = timedelta(seconds=30)
"""Wait after the first attempt at a message, about; it doubles with each further one."""

MAX_RETRY = timedelta(hours=6)
"""Longest wait between two attempts, unless the receiver wants more."""

AT_ONCE = 20
"""Messages that a round sends to one target."""

_MAX_REST = timedelta(hours=1)  # of a target that fails, unless it wants more
_MAX_THREADS = 8
_LEASE = "notify"

_log = logging.getLogger(__name__)


class Notifier:
    """
    Sends the news in *store* to *targets*.

    *senders* are the ways out, by the type of a target.
    """

    def __init__(
        self,
        store: Store,
        targets: Sequence[NewsTarget],
        site: SiteSettings,
        clock: Clock,
        senders: Mapping[str, Send] = SENDERS,
    ) -> None:
        """Send nothing yet, and say which targets this process cannot reach."""
        self.targets = tuple(targets)
        self._store = store
        self._site = site
        self._clock = clock
        self._senders = senders
        self._feeds = PushedFeeds(store, site)
        self._told: FeedsState | None = None  # of the feeds, when their hubs had messages made
        for target in self.targets:
            if target.lacking:
                _log.warning("nothing is sent to %s: it has %s", target.name, target.lacking)

    def round(self) -> int:
        """
        Make messages of the news, and try those that are due; return how many were accepted.

        Raises:
            RefreshRunning: Another process does.
            StoreError: The database cannot be used.
        """
        ready = [target for target in self.targets if not target.lacking]
        names = [target.name for target in ready]
        with self._store.reading(newest=True) as connection:
            state = self._feeds.state(connection, self._clock().date())
            has_news = state != self._told and any(target.feed for target in ready)
            if not ready or not (has_news or outbox.has_work(connection, names, self._clock())):
                return 0
        with hold(self._store, self._clock, _LEASE):
            for target in ready:
                if not target.feed:
                    self._queue(target)
                elif has_news and state:
                    self._queue_feed(target, state)
            self._told = state
            with ThreadPoolExecutor(min(len(ready), _MAX_THREADS), "releasecal-notify") as pool:
                sent = sum(pool.map(self._send_due, ready))
            for name, count in outbox.clear(self._store, self._clock()).items():
                _log.error("messages to %s that nobody took, and are given up: %d", name, count)
            return sent

    def trial(self, name: str) -> tuple[NewsTarget, NewsMessage]:
        """
        Return the target called *name*, and a message for it that tells of nothing.

        Raises:
            KeyError: There is none.
        """
        target = {each.name: each for each in self.targets}[name]
        return target, NewsMessage(f"msg_test_{token_hex(8)}", self._log_of((), target))

    def send(self, target: NewsTarget, message: NewsMessage) -> None:
        """
        Send *message* to *target*, once.

        Raises:
            DeliveryFailed: It was not accepted, as far as we know.
        """
        if target.lacking:
            raise DeliveryFailed(f"{target.name} has {target.lacking}")
        self._senders[target.type](target, message, self._clock)

    def _queue(self, target: NewsTarget) -> None:
        now = self._clock()
        outbox.queue(
            self._store,
            target.name,
            target.query,
            target.changes,
            most=target.most,
            now=now,
            wait=target.wait,
        )

    def _queue_feed(self, target: NewsTarget, state: FeedsState) -> None:
        digest = self._feeds.digest(target.feed, target.query, state)
        outbox.queue_feed(
            self._store,
            target.name,
            outbox.MAX_CHANGE + digest % outbox.MAX_CHANGE,
            edition=state.edition,
            now=self._clock(),
            wait=target.wait,
        )

    def _send_due(self, target: NewsTarget) -> int:
        """Send what is due to *target* until that fails; return the number accepted."""
        sent = 0
        with self._store.reading(newest=True) as connection:
            waiting = outbox.due(connection, target.name, self._clock(), AT_ONCE)
        for queued in waiting:
            due = self._clock() + back_off(FIRST_RETRY, queued.attempts, MAX_RETRY)
            if not outbox.claim(self._store, queued, due):
                return sent  # another process sends, for this one was stopped for long
            try:
                self.send(target, self._message(target, queued))
            except DeliveryFailed as error:
                self._note(queued, error, due)
                return sent
            except Exception as error:  # noqa: BLE001 - a service of others stops no other one
                told = target.hidden_in("".join(format_exception(error)))
                _log.error("a message could not be sent to %s: %s", target.name, told)
                self._note(queued, DeliveryFailed(f"internal error: {type(error).__name__}"), due)
                return sent
            outbox.accepted(self._store, queued, self._clock())
            sent += 1
        return sent

    def _message(self, target: NewsTarget, queued: QueuedMessage) -> NewsMessage:
        log = self._log_of(queued.changes, target)
        return NewsMessage(queued.id, log, queued.edition, queued.count, queued.is_digest)

    def _log_of(self, ids: Sequence[int], target: NewsTarget) -> ChangeLog:
        with self._store.reading(newest=True) as connection:
            site = self._site.kept(newest_edition.head(connection).rendering)
            return change_log.log_of(connection, ids, target.query.lang, site)

    def _note(self, queued: QueuedMessage, error: DeliveryFailed, due: datetime) -> None:
        """Note that the attempt at *queued* failed; its receiver may want to be left alone longer."""
        now = self._clock()
        failures = self._store.ask(outbox.failures, queued.target)
        rests = now + min(back_off(FIRST_RETRY, failures, MAX_RETRY), _MAX_REST)
        wanted = min(error.retry_at or now, now + MAX_WAIT)
        due, rests = max(due, wanted), max(rests, wanted)
        outbox.failed(self._store, queued, str(error), due=due, rests=rests)
        if queued.attempts == 0:  # its next attempts are told by `releasecal notify`
            _log.warning("%s did not take a message: %s (it is tried again)", queued.target, error)
