"""
The publisher: refreshes the store from the sources, one refresh at a time, with one result.

The scheduler, ``POST /refresh`` and ``releasecal refresh`` all call `Publisher.refresh`.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from copy import copy
from datetime import UTC, datetime, timedelta

from releasecal import sources
from releasecal.clock import Clock, Ticks, ticks
from releasecal.core.changes import ChangeKind
from releasecal.core.debounce import NEVER, repeats
from releasecal.core.revise import Policy, released
from releasecal.core.value_classes import dataclass, replace
from releasecal.errors import (
    RefreshHeld,
    RefreshRunning,
    ReleasecalError,
    SourceError,
    StoreError,
    condensed,
)
from releasecal.queries.site_settings import SiteSettings
from releasecal.refresh.edition_builder import (
    Build,
    EditionBuilder,
    RefreshJob,
    RefreshRequest,
    Report,
)
from releasecal.refresh.lease_keeper import hold, this_node
from releasecal.refresh.source_contents import SourceAccess
from releasecal.sources import Progress, no_progress
from releasecal.store import (
    WELL,
    Head,
    RefreshStatus,
    SourceState,
    SourceStatus,
    Store,
    lease,
    newest_edition,
    outbox,
    refresh_status,
    source_health,
    write,
)

_MAX_TOLD = 1_000  # notes remembered as logged, of parts of the sources
_MAX_LOGGED = 50  # lines of one failure, each mistake at most ten times

_POLICY = Policy()
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _LastRefresh:
    """
    The state of the sources at the last refresh, and its outcome.

    Attributes:
        stats: Sizes and times of the source files.
        edition: Number of the newest edition.
        statuses: States of the sources.
        error: Why nothing could be published; None if something could.
        due: When the next pending change counts, UTC; None for never.
    """

    stats: sources.Stats
    edition: int
    statuses: tuple[SourceStatus, ...]
    error: ReleasecalError | None
    due: datetime | None


class Publisher:
    """
    Publishes the sources at *addresses* as editions in *store*.

    Attributes:
        fetched: Those of *addresses* that are ids of sources that are fetched.
        build: Builds the editions, in this process unless another function is set.
        own_status: Status of the refreshes of this process, readable without the database.
        ticks: Returns seconds that are never set.
        told: Names of the targets that are told of changes from the first refresh on.
        tells_every: Time between two refreshes, which readers are told with each that went well;
            None where there are no readers.
        observe: Called after each refresh with its duration in seconds, and its report or error.
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

        *site* has the settings that show in events; *policy* needs no rendering and no digest,
        which the builder adds.
        """
        self.store = store
        self.addresses = tuple(addresses)
        self.site = site
        self.clock = clock
        self.ticks: Ticks = ticks
        self.own_status = WELL
        self._is_shared = False  # whether our last failure is in the database
        self._edition = 0  # the newest one at the last refresh that could tell
        self._told: dict[str, tuple[str, ...]] = {}  # notes that are in the log, by their sort
        self.build: Build = EditionBuilder.build
        self.fetched: frozenset[str] = frozenset()
        self.told: frozenset[str] = frozenset()
        self.tells_every: timedelta | None = None
        self.observe: Callable[[float, Report | Exception], None] = lambda *_: None
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
        _, status = self.state
        return status

    @property
    def state(self) -> tuple[Head, RefreshStatus]:
        """
        The head of the newest edition, and `status` at the same moment.

        Raises:
            StoreError: The database cannot be used.
        """
        with self.store.reading() as connection:
            head, shared = newest_edition.head(connection), refresh_status.find(connection)
        own = self.own_status
        # Another process has published, or the database is another one, since this one failed.
        is_over = own.edition not in (None, head.number)
        if shared.problems or self._is_shared or is_over:
            return head, replace(shared, succeeded=own.succeeded)
        return head, replace(own, sources=shared.sources)

    @property
    def age(self) -> timedelta | None:
        """Time since the last success of this process, independent of the wall clock."""
        if self._succeeded is None:
            return None
        return timedelta(seconds=self.ticks() - self._succeeded)

    @property
    def builder(self) -> EditionBuilder:
        """Builder of the editions, as `build` takes it."""
        return EditionBuilder(self.addresses, self.site, self._policy, self.clock, self.fetched)

    @property
    def access(self) -> SourceAccess:
        """The addresses of all sources, and which of them are fetched."""
        return self.builder.access

    @property
    def mark(self) -> timedelta:
        """Time for which an event's title says that its release has moved."""
        return self._policy.mark

    def refresh(self, progress: Progress = no_progress, *, accept_loss: bool = False) -> Report:
        """
        Read the sources, and publish the next edition if they have news.

        A source in trouble stays as it was last good, and the report says why; if all are, or
        something else goes wrong, the newest edition stays up. `own_status` tells of both. With
        *accept_loss* an edition is published that the loss guard would hold.

        Raises:
            RefreshRunning: Another refresh is running, here or elsewhere.
            RefreshDied: The child process that built the edition gave no result.
            DataError: All sources are in trouble, and some break the rules.
            SourceError: All are in trouble, and some cannot be read.
            RefreshHeld: All would lose too much at once (see `losses`).
            StoreError: The database cannot be used.
        """
        began = self.ticks()
        try:
            report = self._refresh(progress, accept_loss=accept_loss)
        except Exception as error:
            self.observe(self.ticks() - began, error)
            raise
        self.observe(self.ticks() - began, report)
        return report

    def _refresh(self, progress: Progress, *, accept_loss: bool) -> Report:
        """Do what `refresh` does, unobserved."""
        if not self._running.acquire(blocking=False):
            raise RefreshRunning("a refresh is running already")
        try:
            stats = self.access.stats(self.store)
            request = RefreshRequest(self.clock(), stats, progress, accept_loss)
            with self.store.reading() as connection:  # one, for most looks find nothing else to do
                head = newest_edition.head(connection)
                known = refresh_status.noted(connection)
                has_new_target = outbox.has_new(connection, self.told)
            self._edition = head.number
            notes = self._lasting_notes(head)
            if has_new_target:
                outbox.begin(self.store, self.told)
            report = self._refresh_unless_same(request, head)
            if report.was_read:
                head = self.store.ask(newest_edition.head)
            report = self._publish_released(report, head)
            waiting = self.store.ask(newest_edition.pending) if head.has_pending else {}
            notes += self._noted("repeats", repeats(waiting))
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
        self._note_success(head, report, None if report.was_read else known)
        return replace(report, notes=report.notes + notes)

    def _note_success(self, head: Head, report: Report, known: RefreshStatus | None) -> None:
        """
        Keep the status of *report*, write it for all processes, and confirm its sources.

        *known* is what they know, None if that may have changed.
        """
        self._log_sources(report)
        problems = tuple(each for status in report.sources for each in status.problems)
        if self.own_status.problems and not problems:
            _log.info("refreshing goes well again")
        now = self.clock()
        self.own_status = RefreshStatus(
            succeeded=now,
            failed=now if problems else None,
            problems=problems,
            is_held=any(status.state is SourceState.HELD for status in report.sources),
            sources=report.sources,
        )
        self._succeeded = self.ticks()
        is_other = self._share(self.own_status, known)
        self._is_shared = is_other is not None and bool(problems)
        if is_other and not report.was_read:
            self._last = None  # another process has found them otherwise, and may have ended
        self._confirm(head)
        self._tell_readers(now)

    def _log_sources(self, report: Report) -> None:
        """Log each source of *report* that is in trouble, or out of it, unless it was before."""
        known = {status.address: status.problems for status in self.own_status.sources}
        for status in report.sources:
            if status.problems == known.get(status.address, ()):
                continue
            for problem in status.problems[:_MAX_LOGGED]:
                stays = "its last good state stays" if status.read else "it was never read"
                _log.error(
                    "source %s is %s, %s: %s", status.address, status.state.value, stays, problem
                )
            if not status.problems:
                _log.info("source %s is well again", status.address)

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
            is_held=isinstance(error, RefreshHeld),
            edition=self._edition,
        )
        if problems != self.own_status.problems:  # the same failure is logged once
            for problem in found[:_MAX_LOGGED]:
                _log.error("refresh failed: %s", problem)
            if len(found) > _MAX_LOGGED:
                more = len(found) - _MAX_LOGGED
                _log.error("refresh failed: … and %d more (releasecal check has them)", more)
        self._is_shared = not isinstance(error, StoreError) and self._share(failure) is not None
        self.own_status = failure

    def _share(self, status: RefreshStatus, known: RefreshStatus | None = None) -> bool | None:
        """Write *status* for all processes; return whether it is another, or None if it failed."""
        try:
            return refresh_status.note(self.store, status, known)
        except StoreError as error:
            _log.warning("how the refresh went could not be noted: %s", error)
            return None

    def _tell_readers(self, now: datetime) -> None:
        """Write that a refresh went well at *now*; if that fails, the next one does."""
        if self.tells_every is not None:
            try:
                refresh_status.beat(self.store, now, self.tells_every)
            except StoreError as error:
                _log.warning("readers could not be told: %s", error)

    def _confirm(self, head: Head) -> None:
        """Write once a day which sources are well; if that fails, the next refresh does."""
        try:
            now = self.clock()
            if head.number and (head.confirmed is None or head.confirmed.date() < now.date()):
                looks = self.access.looks(self.store)
                source_health.confirm(self.store, now, looks, stale_after=self.site.stale_after)
        except StoreError as error:
            _log.warning("the day could not be noted: %s", error)

    def _refresh_unless_same(self, request: RefreshRequest, head: Head) -> Report:
        """Refresh, unless no file looks different from the last time: the outcome is the same."""
        last = self._last
        if last and self._is_same(last, request, head):
            if last.error:
                raise copy(last.error)  # its own traceback would grow each time
            return self._unchanged(head, request, last.statuses)
        report = self._refresh_if_changed(head, request)
        failure = report.failure
        self._last = None
        if not isinstance(failure, SourceError):
            self._remember(request, report, failure)
        if failure:
            source_health.note(self.store, report.sources, self.clock())
            self.own_status = replace(self.own_status, sources=report.sources)
            raise copy(failure)
        return report

    def _is_same(self, last: _LastRefresh, request: RefreshRequest, head: Head) -> bool:
        """Whether a refresh would have the outcome of the *last* one."""
        today = request.started.date()
        is_due = (last.due and last.due <= request.started) or head.is_due(today)
        if (last.stats, last.edition) != (request.stats, head.number) or is_due:
            return False
        if any(each.is_open(today, accept_loss=request.accept_loss) for each in last.statuses):
            return False
        # What could not be read may be readable now without showing it.
        files = self.access.files
        hidden = [
            each.address
            for each in last.statuses
            if each.state is SourceState.UNREADABLE and each.address in files
        ]
        return not hidden or all(contents.problems for contents in sources.digests(hidden))

    def _remember(
        self, request: RefreshRequest, report: Report, error: ReleasecalError | None
    ) -> None:
        """Keep the outcome, unless a file could have changed since without showing it."""
        are_conclusive = sources.are_conclusive(request.stats, request.started)
        pending = self._due()
        due = min((each for each in pending if each > request.started), default=None)
        last = _LastRefresh(request.stats, report.edition, report.sources, error, due)
        self._last = last if are_conclusive else None

    def _refresh_if_changed(self, head: Head, request: RefreshRequest) -> Report:
        """Build an edition, unless the newest one was built from the same contents."""
        builder = replace(self.builder, site=self.site.kept(head.rendering))
        job = RefreshJob(request, self.access.digests(self.store))
        statuses = self.store.ask(source_health.find)
        is_same = (head.inputs, head.rendering) == (job.inputs, builder.rendering)
        if head.rendering == builder.rendering and not is_same:  # another machine's paths?
            is_same = job.contents != "" and job.contents == self.store.ask(newest_edition.contents)
        if is_same and not self._is_due(head, request, statuses):
            return self._unchanged(head, request, statuses)
        self._check_age(job)
        if job.digests and all(each.problems for each in job.digests):  # no work for a child
            return builder.build(self.store, job)
        with hold(self.store, self.clock) as holder:
            report = self.build(builder, self.store, replace(job, holder=holder))
        if report.is_news:
            changes = sum(report.counts.values())
            _log.info("published edition %d, changes: %d", report.edition, changes)
        conflicts = tuple(f"sources differ: {conflict}" for conflict in report.conflicts)
        self._noted("read", (*conflicts, *report.notes), is_all=report.is_whole)
        return report

    def _check_age(self, job: RefreshJob) -> None:
        """
        Make sure that the sources are not older than what another machine has published.

        Raises:
            RefreshHeld: They are, and nobody has agreed to that.
        """
        if job.request.accept_loss or not job.contents:
            return
        if self.store.ask(lease.is_overtaken, job.contents, this_node()):
            raise RefreshHeld.because(
                [f"the files on {this_node()} are older than what another machine has published"]
            )

    def _is_due(
        self, head: Head, request: RefreshRequest, statuses: Sequence[SourceStatus]
    ) -> bool:
        """Whether the same contents may make another edition now."""
        today = request.started.date()
        if head.is_due(today) or self._has_due_change(head, request):
            return True
        # A state that belongs to other contents was noted by a refresh that failed.
        return any(
            each.is_open(today, accept_loss=request.accept_loss) or not (each.is_ok or each.refused)
            for each in statuses
        )

    def _has_due_change(self, head: Head, request: RefreshRequest) -> bool:
        """Whether a pending change counts by now, if its source still says so."""
        return head.has_pending and min(self._due(), default=NEVER) <= request.started

    def _due(self) -> Sequence[datetime]:
        """
        Return when each pending change counts, UTC, if its source still says so by then.

        Those are left out that wait for a look at their source.
        """
        pending = self.store.ask(newest_edition.pending).values()
        looks = self.access.looks(self.store) if any(each.paused for each in pending) else {}
        return [
            each.due
            for each in pending
            if not each.paused or looks.get(each.paused, _LONG_AGO) >= each.due
        ]

    def _publish_released(self, report: Report, head: Head) -> Report:
        """Publish, once a day, the changes "released" of the days that have begun since."""
        now = self.clock()
        since = head.told_until
        if since is None or now.date() <= since:
            return report
        now = max(now.replace(microsecond=0), head.published + timedelta(seconds=1))
        with (
            suppress(RefreshRunning),
            hold(self.store, self.clock) as holder,
        ):  # the other process does it
            entries = self.store.ask(newest_edition.came_out, after=since, until=now.date())
            told = {change.key for change in report.changes if change.kind is ChangeKind.RELEASED}
            pending = self.store.ask(newest_edition.pending)
            untold = (entry for entry in entries if entry.key not in {*told, *pending})
            changes = released(untold, since, now.date(), now)
            # What comes out while a change is pending is told once that is settled.
            open_ = {entry.key for entry in entries} - told
            waiting = {
                key: replace(each, withheld=each.withheld or key in open_)
                for key, each in pending.items()
            }
            write.append_changes(self.store, changes, head, at=now, holder=holder, pending=waiting)
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
        return self._noted("lasting", (*sources.unread(self.access.files), *lacking))

    def _noted(self, sort: str, notes: tuple[str, ...], *, is_all: bool = True) -> tuple[str, ...]:
        """Return *notes* of a *sort*, and log those that are new; others hold still if not *is_all*."""
        known = self._told.get(sort, ())
        new = tuple(note for note in dict.fromkeys(notes) if note not in known)
        for note in new:
            _log.warning("%s", note)
        self._told[sort] = notes if is_all else (*known, *new)[-_MAX_TOLD:]
        return notes

    def _unchanged(
        self, head: Head, request: RefreshRequest, statuses: tuple[SourceStatus, ...]
    ) -> Report:
        return Report(
            head.number,
            head.published,
            is_news=False,
            was_read=False,
            took=self.clock() - request.started,
            problems=tuple(each for status in statuses for each in status.problems),
            sources=statuses,
        )
