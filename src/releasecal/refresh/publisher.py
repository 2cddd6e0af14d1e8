"""
The publisher: sources → merge → revise → store, as one function with one result.

The scheduler, ``POST /refresh`` and ``releasecal refresh`` all call `Publisher.refresh`.
"""

import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from releasecal import sources
from releasecal.clock import Clock
from releasecal.core.changes import ChangeKind
from releasecal.core.dates import timestamp
from releasecal.core.revise import Policy, released
from releasecal.errors import DataError, Held, RefreshRunning, ReleasecalError, StoreError
from releasecal.queries.site import SiteSettings
from releasecal.refresh.build import Attempt, Found, Maker, Report
from releasecal.sources import Progress, no_progress
from releasecal.store import LEASE, WELL, Head, RefreshStatus, Store

__all__ = ["NO_DATABASE", "Progress", "Publisher", "Report", "as_json"]

Make = Callable[[Maker, Store, Attempt, Found], Report]
"""Makes the next edition: `Maker.make`, or something that has it done elsewhere."""

NO_DATABASE = "the database cannot be used (see the log)"
"""What is said of a StoreError: where the database is, is not for everybody."""

_MAX_LOGGED = 50  # lines of one failure

_log = logging.getLogger(__name__)


_POLICY = Policy()


@dataclass(frozen=True, slots=True)
class _Seen:
    """
    What the last refresh saw, so that the next one need not look again.

    Attributes:
        due: When the next pending change counts, UTC; None for never.
    """

    stats: sources.Stats
    edition: int
    error: ReleasecalError | None
    due: datetime | None


class Publisher:
    """
    Refreshes *store* from the sources at *addresses*; one refresh at a time.

    Attributes:
        make: Makes the editions; here, unless somebody has it done elsewhere.
    """

    def __init__(
        self,
        store: Store,
        addresses: Sequence[str],
        site: SiteSettings,
        clock: Clock,
        policy: Policy = _POLICY,
    ) -> None:
        """
        Publish into *store* as *policy* says, which needs no rendering and no look yet.

        *site* has the settings that shape events' bytes.
        """
        self.store = store
        self.addresses = tuple(addresses)
        self.site = site
        self.clock = clock
        self.own_status = WELL
        self._is_shared = False
        self.make: Make = Maker.make
        self._policy = policy
        self._running = threading.Lock()
        self._seen: _Seen | None = None

    @property
    def status(self) -> RefreshStatus:
        """
        How refreshing goes, in whichever process.

        Raises:
            StoreError: The database cannot be used; `own_status` is what this process knows.
        """
        shared, own = self.store.refresh_status(), self.own_status
        if not shared.problems:
            return RefreshStatus(own.succeeded) if self._is_shared else own
        return replace(shared, succeeded=own.succeeded)

    @property
    def maker(self) -> Maker:
        """What makes the editions, here or elsewhere."""
        return Maker(self.addresses, self.site, self._policy, self.clock)

    @property
    def mark(self) -> timedelta:
        """How long it is said that a release has moved."""
        return self._policy.mark

    def refresh(self, progress: Progress = no_progress, *, accept_loss: bool = False) -> Report:
        """
        Read the sources, and publish the next edition if they have news.

        Whatever goes wrong, the edition that was up stays up, and `own_status` says why. With
        *accept_loss* the brake lets through what it would hold.

        Raises:
            RefreshRunning: Another refresh is under way, here or elsewhere.
            DataError: The sources break the rules; it lists every problem.
            SourceError: A source cannot be read.
            Held: Too much would be lost at once (see `losses`).
            StoreError: The database cannot be used.
        """
        if not self._running.acquire(blocking=False):
            raise RefreshRunning("a refresh is running already")
        try:
            stats = sources.stats(self.addresses)
            attempt = Attempt(self.clock(), stats, progress, accept_loss)
            head = self.store.head()
            report = self._refresh(attempt, head)
            if report.was_read:
                head = self.store.head()
            report = self._turn(report, head)
        except RefreshRunning:
            raise
        except ReleasecalError as error:
            self._note_failure(error, str(error))
            raise
        except Exception as error:  # a bug, which whoever watches over us must hear of, too
            self._note_failure(error, f"internal error, see the log: {error!r}")
            raise
        finally:
            self._running.release()
        if self.own_status.problems:
            _log.info("refreshing goes well again")
        self.own_status = RefreshStatus(succeeded=self.clock())
        self._is_shared = False
        self._share(self.own_status)
        self._confirm(head)
        return report

    def _note_failure(self, error: Exception, text: str) -> None:
        lines = text.splitlines()
        problems = (NO_DATABASE,) if isinstance(error, StoreError) else tuple(lines)
        failure = RefreshStatus(
            self.own_status.succeeded, self.clock(), problems, isinstance(error, Held)
        )
        if problems != self.own_status.problems:  # once, however often it is tried again
            for line in lines[:_MAX_LOGGED]:
                _log.error("refresh failed: %s", line)
            if len(lines) > _MAX_LOGGED:
                more = len(lines) - _MAX_LOGGED
                _log.error("refresh failed: … and %d more (releasecal check has them)", more)
        self._is_shared = not isinstance(error, StoreError) and self._share(failure)
        self.own_status = failure

    def _share(self, status: RefreshStatus) -> bool:
        """Write *status* for other processes; whether that went well."""
        try:
            self.store.note(status)
        except StoreError as error:
            _log.warning("how the refresh went could not be noted: %s", error)
            return False
        return True

    def _confirm(self, head: Head) -> None:
        """Note once a day that the sources are in reach; should that fail, the next one may."""
        try:
            now = self.clock()
            if head.number and (head.confirmed is None or head.confirmed.date() < now.date()):
                self.store.confirm(now, stale_after=self.site.stale_after)
        except StoreError as error:
            _log.warning("the day could not be noted: %s", error)

    def _refresh(self, attempt: Attempt, head: Head) -> Report:
        is_same = self._seen and (self._seen.stats, self._seen.edition) == (
            attempt.stats,
            head.number,
        )
        is_settling = self._seen and self._seen.due and self._seen.due <= attempt.started
        if self._seen and is_same and not is_settling and not head.is_due(attempt.started.date()):
            if self._seen.error is None:
                return self._unchanged(head, attempt)
            if not (attempt.accept_loss and isinstance(self._seen.error, Held)):
                raise copy(self._seen.error)  # or its traceback would grow with each
        try:
            report = self._compare(head, attempt)
        except (DataError, Held) as error:
            # A copy has no traceback, which would keep all that was read.
            self._remember(attempt, head.number, copy(error))
            raise
        self._remember(attempt, report.edition, None)
        return report

    def _remember(self, attempt: Attempt, edition: int, error: ReleasecalError | None) -> None:
        """Keep what was seen, unless a file could have changed since without showing it."""
        is_settled = sources.is_settled(attempt.stats, attempt.started)
        pending = self.store.pending().values()
        due = min((each.due for each in pending if each.due > attempt.started), default=None)
        self._seen = _Seen(attempt.stats, edition, error, due) if is_settled else None

    def _compare(self, head: Head, attempt: Attempt) -> Report:
        """Refresh, unless the same contents made the edition that is up."""
        maker = self.maker
        found = Found(sources.digests(self.addresses))
        is_same = (head.inputs, head.rendering) == (found.inputs, maker.rendering)
        is_due = head.is_due(attempt.started.date()) or self._is_settling(head, attempt)
        if is_same and not is_due:
            return self._unchanged(head, attempt)
        with self._lease() as holder:
            report = self.make(maker, self.store, attempt, replace(found, holder=holder))
        if report.is_news:
            _log.info("published edition %d, changes: %d", report.edition, len(report.changes))
        for conflict in report.conflicts:
            _log.warning("sources differ: %s", conflict)
        for note in report.notes:
            _log.warning("%s", note)
        return report

    def _is_settling(self, head: Head, attempt: Attempt) -> bool:
        """Whether a pending change counts by now, if its source still says so."""
        if not head.is_waiting:
            return False
        due = [each.due for each in self.store.pending().values()]
        return not due or min(due) <= attempt.started  # none: another releasecal wrote them

    def _turn(self, report: Report, head: Head) -> Report:
        """Tell of what has come out since that was last told, which is once a day."""
        now = self.clock()
        since = head.told_until
        if since is None or now.date() <= since:
            return report
        now = max(now.replace(microsecond=0), head.published + timedelta(seconds=1))
        with suppress(RefreshRunning), self._lease() as holder:  # or else another one does it
            entries = self.store.opened(after=since, until=now.date())
            told = {change.key for change in report.changes if change.kind is ChangeKind.RELEASED}
            pending = self.store.pending()
            untold = (entry for entry in entries if entry.key not in {*told, *pending})
            changes = released(untold, since, now.date(), now)
            # What comes out while a change is pending is told once that is settled.
            open_ = {entry.key for entry in entries} - told
            waiting = {
                key: replace(each, withheld=each.withheld or key in open_)
                for key, each in pending.items()
            }
            self.store.turn(changes, head, at=now, holder=holder, pending=waiting)
            if changes:
                _log.info("published edition %d, released: %d", head.number + 1, len(changes))
                report = replace(
                    report,
                    edition=head.number + 1,
                    published=now,
                    is_news=True,
                    changes=report.changes + changes,
                )
        return report

    def _unchanged(self, head: Head, attempt: Attempt) -> Report:
        took = self.clock() - attempt.started
        return Report(head.number, head.published, is_news=False, was_read=False, took=took)

    @contextmanager
    def _lease(self) -> Iterator[str]:
        """Hold the lease for as long as it takes; a holder that dies loses it by time."""
        # Made anew each time: processes that were forked share all that was made before.
        holder = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        if not self.store.acquire(holder, now=self.clock()):
            raise RefreshRunning("another process is refreshing")
        done = threading.Event()

        def keep() -> None:
            while not done.wait(LEASE.total_seconds() / 3):
                try:
                    if not self.store.renew(holder, now=self.clock()):
                        _log.warning("the lease was lost; what is read will not be saved")
                        return
                except StoreError as error:  # our own save has the database, most likely
                    _log.info("the lease could not be renewed just now: %s", error)

        keeper = threading.Thread(target=keep, name="releasecal-lease", daemon=True)
        keeper.start()
        try:
            yield holder
        finally:
            done.set()
            keeper.join()
            try:
                self.store.release(holder)
            except StoreError as error:  # it ends by time, and hides no other error
                _log.warning("the lease could not be given back: %s", error)


def as_json(report: Report) -> Mapping[str, object]:
    """Return *report* as plain values for JSON."""
    return {
        "edition": report.edition,
        "published": timestamp(report.published),
        "is_news": report.is_news,
        "counts": dict(report.counts),
        "changes": [
            {
                "release": str(change.key),
                "title": change.title,
                "change": change.kind.value,
                "in_words": change.in_words,
            }
            for change in report.changes
        ],
        "conflicts": [str(conflict) for conflict in report.conflicts],
        "notes": list(report.notes),
        "problems": [],
        "took_seconds": round(report.took.total_seconds(), 3),
    }
