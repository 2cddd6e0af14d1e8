"""
The publisher: refreshes the store from the sources, one refresh at a time, with one result.

The scheduler, ``POST /refresh`` and ``releasecal refresh`` all call `Publisher.refresh`.
"""

import logging
import os
import secrets
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from releasecal import sources
from releasecal.clock import Clock, Ticks, ticks
from releasecal.core.changes import ChangeKind
from releasecal.core.debounce import repeats
from releasecal.core.revise import Policy, released
from releasecal.errors import (
    DataError,
    Held,
    RefreshRunning,
    ReleasecalError,
    StoreError,
    condensed,
)
from releasecal.queries.site import SiteSettings
from releasecal.refresh.build import Build, EditionBuilder, RefreshJob, RefreshRequest, Report
from releasecal.sources import Progress, no_progress
from releasecal.store import (
    LEASE,
    WELL,
    Head,
    RefreshStatus,
    Store,
    lease,
    read,
    refresh_status,
    write,
)

_MAX_LOGGED = 50  # lines of one failure, each mistake at most ten times

_POLICY = Policy()

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _LastRefresh:
    """
    The state of the sources at the last refresh, and its outcome.

    Attributes:
        stats: Sizes and times of the source files.
        edition: Number of the newest edition.
        error: Why the sources could not be published; None if they could.
        due: When the next pending change counts, UTC; None for never.
    """

    stats: sources.Stats
    edition: int
    error: ReleasecalError | None
    due: datetime | None


class Publisher:
    """
    Publishes the sources at *addresses* as editions in *store*.

    Attributes:
        build: Builds the editions, in this process unless another function is set.
        own_status: Status of the refreshes of this process, readable without the database.
        ticks: Returns seconds that are never set.
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
        Refresh nothing yet.

        *site* has the settings that show in events; *policy* needs no rendering and no look,
        which the builder adds.
        """
        self.store = store
        self.addresses = tuple(addresses)
        self.site = site
        self.clock = clock
        self.ticks: Ticks = ticks
        self.own_status = WELL
        self._is_shared = False  # whether our last failure is in the database
        self._told: dict[str, tuple[str, ...]] = {}  # notes that are in the log, by their sort
        self.build: Build = EditionBuilder.build
        self._policy = policy
        self._running = threading.Lock()
        self._last: _LastRefresh | None = None
        self._succeeded: float | None = None  # ticks

    @property
    def status(self) -> RefreshStatus:
        """
        Status of the refreshes of all processes.

        Raises:
            StoreError: The database cannot be used; there is `own_status` then.
        """
        shared, own = self.store.ask(refresh_status.find), self.own_status
        if not shared.problems:
            return RefreshStatus(own.succeeded) if self._is_shared else own
        return replace(shared, succeeded=own.succeeded)

    @property
    def age(self) -> timedelta | None:
        """Time since the last success of this process, independent of the wall clock."""
        if self._succeeded is None:
            return None
        return timedelta(seconds=self.ticks() - self._succeeded)

    @property
    def builder(self) -> EditionBuilder:
        """Builder of the editions, as `build` takes it."""
        return EditionBuilder(self.addresses, self.site, self._policy, self.clock)

    @property
    def mark(self) -> timedelta:
        """Time for which an event's title says that its release has moved."""
        return self._policy.mark

    def refresh(self, progress: Progress = no_progress, *, accept_loss: bool = False) -> Report:
        """
        Read the sources, and publish the next edition if they have news.

        After an error the newest edition stays up, and `own_status` has the reasons. With
        *accept_loss* an edition is published that the loss guard would hold.

        Raises:
            RefreshRunning: Another refresh is running, here or elsewhere.
            RefreshDied: The child process that built the edition gave no result.
            DataError: The sources break the rules; it has every problem.
            SourceError: A source cannot be read.
            Held: Too much would be lost at once (see `losses`).
            StoreError: The database cannot be used.
        """
        if not self._running.acquire(blocking=False):
            raise RefreshRunning("a refresh is running already")
        try:
            stats = sources.stats(self.addresses)
            request = RefreshRequest(self.clock(), stats, progress, accept_loss)
            head = self.store.ask(read.head)
            notes = self._lasting_notes(head)
            report = self._refresh_unless_same(request, head)
            if report.was_read:
                head = self.store.ask(read.head)
            report = self._publish_released(report, head)
            notes += self._noted("repeats", repeats(self.store.ask(read.pending)))
        except RefreshRunning:
            raise
        except ReleasecalError as error:
            self._note_failure(error)
            raise
        except Exception as error:  # a bug: /readyz has to tell of it, too
            self._note_failure(ReleasecalError(f"internal error, see the log: {error!r}"))
            raise
        finally:
            self._running.release()
        self._note_success(head)
        return replace(report, notes=report.notes + notes)

    def _note_success(self, head: Head) -> None:
        """Keep the status, write it for all processes, and confirm the edition of *head*."""
        if self.own_status.problems:
            _log.info("refreshing goes well again")
        self.own_status = RefreshStatus(succeeded=self.clock())
        self._succeeded = self.ticks()
        self._is_shared = False
        self._share(self.own_status)
        self._confirm(head)

    def _note_failure(self, error: ReleasecalError) -> None:
        """Log the problems of *error*, keep them as the status, and write it for all processes."""
        found = condensed(error.problems, lambda each: each)
        problems = tuple(sources.in_public(each, self.addresses) for each in found)
        if isinstance(error, StoreError):
            problems = (error.public,)
        failure = replace(
            self.own_status,
            failed=self.clock(),
            problems=problems,
            is_held=isinstance(error, Held),
        )
        if problems != self.own_status.problems:  # the same failure is logged once
            for problem in found[:_MAX_LOGGED]:
                _log.error("refresh failed: %s", problem)
            if len(found) > _MAX_LOGGED:
                more = len(found) - _MAX_LOGGED
                _log.error("refresh failed: … and %d more (releasecal check has them)", more)
        self._is_shared = not isinstance(error, StoreError) and self._share(failure)
        self.own_status = failure

    def _share(self, status: RefreshStatus) -> bool:
        """Write *status* for all processes, and return whether that went well."""
        try:
            refresh_status.note(self.store, status)
        except StoreError as error:
            _log.warning("how the refresh went could not be noted: %s", error)
            return False
        return True

    def _confirm(self, head: Head) -> None:
        """Write once a day that the sources are in reach; if that fails, the next refresh does."""
        try:
            now = self.clock()
            if head.number and (head.confirmed is None or head.confirmed.date() < now.date()):
                write.confirm(self.store, now, stale_after=self.site.stale_after)
        except StoreError as error:
            _log.warning("the day could not be noted: %s", error)

    def _refresh_unless_same(self, request: RefreshRequest, head: Head) -> Report:
        """Refresh, unless no file looks different from the last time: the outcome is the same."""
        last = self._last
        is_same = last and (last.stats, last.edition) == (request.stats, head.number)
        is_settling = last and last.due and last.due <= request.started
        if last and is_same and not is_settling and not head.is_due(request.started.date()):
            if last.error is None:
                return self._unchanged(head, request)
            if not (request.accept_loss and isinstance(last.error, Held)):
                raise copy(last.error)  # its own traceback would grow each time
        try:
            report = self._refresh_if_changed(head, request)
        except (DataError, Held) as error:
            # A copy has no traceback, which would keep all that was read.
            self._remember(request, head.number, copy(error))
            raise
        self._remember(request, report.edition, None)
        return report

    def _remember(
        self, request: RefreshRequest, edition: int, error: ReleasecalError | None
    ) -> None:
        """Keep the outcome, unless a file could have changed since without showing it."""
        is_settled = sources.is_settled(request.stats, request.started)
        pending = self.store.ask(read.pending).values()
        due = min((each.due for each in pending if each.due > request.started), default=None)
        self._last = _LastRefresh(request.stats, edition, error, due) if is_settled else None

    def _refresh_if_changed(self, head: Head, request: RefreshRequest) -> Report:
        """Build an edition, unless the newest one was built from the same contents."""
        builder = replace(self.builder, site=self.site.kept(head.rendering))
        job = RefreshJob(request, sources.digests(self.addresses))
        is_same = (head.inputs, head.rendering) == (job.inputs, builder.rendering)
        is_due = head.is_due(request.started.date()) or self._is_settling(head, request)
        if is_same and not is_due:
            return self._unchanged(head, request)
        with self._lease() as holder:
            report = self.build(builder, self.store, replace(job, holder=holder))
        if report.is_news:
            _log.info("published edition %d, changes: %d", report.edition, len(report.changes))
        for conflict in report.conflicts:
            _log.warning("sources differ: %s", conflict)
        for note in report.notes:
            _log.warning("%s", note)
        return report

    def _is_settling(self, head: Head, request: RefreshRequest) -> bool:
        """Whether a pending change counts by now, if its source still says so."""
        if not head.has_pending:
            return False
        due = (each.due for each in self.store.ask(read.pending).values())
        return min(due) <= request.started

    def _publish_released(self, report: Report, head: Head) -> Report:
        """Publish, once a day, the changes "released" of the days that have begun since."""
        now = self.clock()
        since = head.told_until
        if since is None or now.date() <= since:
            return report
        now = max(now.replace(microsecond=0), head.published + timedelta(seconds=1))
        with suppress(RefreshRunning), self._lease() as holder:  # the other process does it
            entries = self.store.ask(read.opened, after=since, until=now.date())
            told = {change.key for change in report.changes if change.kind is ChangeKind.RELEASED}
            pending = self.store.ask(read.pending)
            untold = (entry for entry in entries if entry.key not in {*told, *pending})
            changes = released(untold, since, now.date(), now)
            # What comes out while a change is pending is told once that is settled.
            open_ = {entry.key for entry in entries} - told
            waiting = {
                key: replace(each, withheld=each.withheld or key in open_)
                for key, each in pending.items()
            }
            write.turn(self.store, changes, head, at=now, holder=holder, pending=waiting)
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

    def _lasting_notes(self, head: Head) -> tuple[str, ...]:
        """
        Return the notes that hold for as long as their cause, and log those that are new.

        These are files that are not read, and settings that *head* has and this process lacks.
        """
        kept = self.site.kept(head.rendering)
        pairs = (
            ("RELEASECAL_PUBLIC_URL", self.site.public_url, kept.public_url),
            ("RELEASECAL_UID_DOMAIN", self.site.uid_domain, kept.uid_domain),
        )
        lacking = (
            f"{name} is not set here: {published} stays, as published (set it to change it)"
            for name, own, published in pairs
            if own != published
        )
        return self._noted("lasting", (*sources.unread(self.addresses), *lacking))

    def _noted(self, sort: str, notes: tuple[str, ...]) -> tuple[str, ...]:
        """Return *notes*, all of their *sort*, and log those that are new."""
        for note in notes:
            if note not in self._told.get(sort, ()):
                _log.warning("%s", note)
        self._told[sort] = notes
        return notes

    def _unchanged(self, head: Head, request: RefreshRequest) -> Report:
        took = self.clock() - request.started
        return Report(head.number, head.published, is_news=False, was_read=False, took=took)

    @contextmanager
    def _lease(self) -> Iterator[str]:
        """Hold the lease, and renew it; if this process dies, it expires."""
        # A new name each time: forked processes share every name that was made before.
        holder = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        if not lease.acquire(self.store, holder, now=self.clock()):
            raise RefreshRunning("another process is refreshing")
        done = threading.Event()

        def keep() -> None:
            while not done.wait(LEASE.total_seconds() / 3):
                try:
                    if not lease.renew(self.store, holder, now=self.clock()):
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
                lease.release(self.store, holder)
            except StoreError as error:  # it expires; an error from inside is not hidden
                _log.warning("the lease could not be given back: %s", error)
