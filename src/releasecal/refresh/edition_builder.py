"""
The build of an edition: sources → catalogue → edition → store.

It reads the films that have changed, or everything. All its values can be pickled, so that a
child process can do it (`child_process`).
"""

import gc
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import field
from datetime import datetime, timedelta
from hashlib import blake2b
from os import fsencode

from releasecal import __version__, sources
from releasecal.clock import Clock
from releasecal.core.catalogue import Conflict
from releasecal.core.changes import Change
from releasecal.core.dates import timestamp
from releasecal.core.revise import Policy
from releasecal.core.value_classes import dataclass, replace
from releasecal.errors import Problem, ReleasecalError
from releasecal.formats.ics import Prerenderer
from releasecal.queries.site_settings import SiteSettings
from releasecal.refresh.full import WholeRead
from releasecal.refresh.incremental import NextEdition, ReadFile, increment
from releasecal.refresh.source_contents import SourceAccess
from releasecal.refresh.source_fallback import SourceReader
from releasecal.store import (
    Head,
    Inputs,
    KeptFile,
    SourceStatus,
    Store,
    last_good_files,
    newest_edition,
    source_health,
    write,
)
from releasecal.store.films_on_disk import RoomAside
from releasecal.store.last_good_files import LastGoodFileDamaged
from releasecal.store.prepared_rows import Scratch


@dataclass(frozen=True, slots=True)
class Report:
    """
    Outcome of a refresh that went well.

    Attributes:
        edition: Number of the newest edition afterwards.
        published: When that edition was published, UTC.
        is_news: Whether that edition is a new one.
        was_read: Whether anything had to be parsed.
        is_whole: Whether everything was.
        took: Duration of the refresh.
        changes: Changes that subscribers see, by key; of a whole read the first ten thousand.
        untold: Number of the other changes by kind.
        conflicts: Releases whose sources name different dates, among those that were read:
            all, or the changed ones. The date of the first source stands.
        notes: Wrong rows of tables, which do not count, overrides that are not needed any
            more and facts that are doubtful: none unless everything was read, as it is when an
            override has changed or has ended. Then, at every refresh, files that are not read,
            settings that the process lacks and the published edition has, and dates that wait
            for a person.
        problems: Problems of sources in trouble, which stay as they were last good.
        sources: States of all sources, by precedence.
        failure: Why nothing is published: all sources are in trouble.
    """

    edition: int
    published: datetime
    is_news: bool
    was_read: bool
    took: timedelta
    changes: tuple[Change, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    notes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    sources: tuple[SourceStatus, ...] = ()
    failure: ReleasecalError | None = None
    is_whole: bool = False
    untold: Mapping[str, int] = field(default_factory=dict)

    @property
    def counts(self) -> Mapping[str, int]:
        """Number of changes by kind, sorted by the kind's name."""
        told = Counter(change.kind.value for change in self.changes)
        return dict(sorted((told + Counter(self.untold)).items()))

    @property
    def in_words(self) -> str:
        """The report as one line."""
        if not self.is_news:
            return f"edition {self.edition} stays, nothing has changed"
        what = ", ".join(f"{count} {kind}" for kind, count in self.counts.items())
        return f"edition {self.edition}: {what or 'details changed'}"

    @property
    def as_json(self) -> Mapping[str, object]:
        """The report as plain values for JSON."""
        return {
            "edition": self.edition,
            "published": timestamp(self.published),
            "is_news": self.is_news,
            "counts": dict(self.counts),
            "changes": [
                {
                    "release": str(change.key),
                    "title": change.title,
                    "change": change.kind.value,
                    "in_words": change.in_words,
                }
                for change in self.changes
            ],
            "conflicts": [str(conflict) for conflict in self.conflicts],
            "notes": list(self.notes),
            "problems": list(map(str, self.problems)),
            "sources": [status.as_json for status in self.sources],
            "took_seconds": round(self.took.total_seconds(), 3),
        }


@dataclass(frozen=True, slots=True)
class RefreshRequest:
    """
    Request to refresh.

    Attributes:
        started: When, UTC.
        stats: Sizes and times of the source files at that moment.
        progress: Called with how far the work is.
        accept_loss: Whether to publish an edition that the loss guard would hold.
    """

    started: datetime
    stats: sources.Stats
    progress: sources.Progress
    accept_loss: bool


@dataclass(frozen=True, slots=True)
class RefreshJob:
    """
    Request whose sources have been hashed: all that a build needs.

    Attributes:
        digests: Hashes of all source files.
        holder: Holder of the lease; empty before it is taken.
    """

    request: RefreshRequest
    digests: sources.Digests
    holder: str = ""

    @property
    def version(self) -> str:
        """Our version, and a digest of the addresses of all sources in their order."""
        addresses = "\n".join(contents.address for contents in self.digests)
        return f"{__version__} {blake2b(fsencode(addresses), digest_size=8).hexdigest()}"

    @property
    def inputs(self) -> str:
        """`version`, and a digest of the contents of all sources."""
        return f"{self.version} {sources.fingerprint(self.digests)}"

    @property
    def contents(self) -> str:
        """Our version, and a digest of the contents of all sources wherever they lie; or empty."""
        found = _contents_alone(self.digests)
        return found and f"{__version__} {found}"


@contextmanager
def _uncollected() -> Iterator[None]:
    """
    Keep the garbage collector from looking.

    A large catalogue is millions of objects, none of them garbage, and to find that out over and
    over takes up to a fifth of the time.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@dataclass(frozen=True, slots=True)
class EditionBuilder:
    """
    Builds editions from the sources at *addresses*.

    Attributes:
        site: Settings that show in events.
        policy: Without rendering and event digest, which the builder adds.
        fetched: Those of *addresses* that are ids of sources that are fetched.
    """

    addresses: tuple[str, ...]
    site: SiteSettings
    policy: Policy
    clock: Clock
    fetched: frozenset[str] = frozenset()

    @property
    def access(self) -> SourceAccess:
        """The addresses of all sources, and which of them are fetched."""
        return SourceAccess(self.addresses, self.fetched)

    @property
    def rendering(self) -> str:
        """Text that names all that shapes events' bytes beside their facts."""
        return f"{self.site.stamp} {__version__} {self.policy.keep}"

    def _full_policy(self, renderer: Prerenderer) -> Policy:
        return replace(self.policy, rendering=self.rendering, event_digests=renderer.digests)

    @_uncollected()
    def build(self, store: Store, job: RefreshJob) -> Report:
        """
        Build the next edition in *store*, if there is news.

        Sources in trouble are in it as they were last good; if all are, the report has a failure.

        Raises:
            RefreshRunning: The lease was lost.
            StoreError: The database cannot be used.
        """
        request = job.request
        with closing(Scratch(store.folder)) as shelf:
            reader = SourceReader(
                store,
                self.access,
                job.digests,
                request.progress,
                today=request.started.date(),
                accept_loss=request.accept_loss,
                room=RoomAside(shelf),
            )
            if reader.is_stuck:
                return self._failed(store.ask(newest_edition.head), request, reader)
            return self._built(store, job, reader, shelf)

    def _built(self, store: Store, job: RefreshJob, reader: SourceReader, shelf: Scratch) -> Report:
        """Build the next edition as `build` does; what need not be in memory is put on *shelf*."""
        request, head = job.request, store.ask(newest_edition.head)
        renderer = Prerenderer(self.site, shelf)
        policy = self._full_policy(renderer)
        read_all = WholeRead(
            store,
            reader,
            now=self._now(head),
            today=request.started.date(),
            policy=policy,
            progress=request.progress,
            accept_loss=request.accept_loss,
            events=renderer.events,
            forget=renderer.forget,
            room=RoomAside(shelf),
        )
        following = self._increment(store, head, job, reader, policy) or read_all.next_edition()
        if following is None:
            return self._failed(head, request, reader)
        changes, untold = self._save(store, job, reader, following, renderer)
        before, edition = following.before, following.edition
        return Report(
            edition=edition.number,
            published=edition.published,
            is_news=edition.number != before.number,
            was_read=True,
            is_whole=following.is_whole,
            took=self.clock() - request.started,
            changes=changes,
            untold=untold,
            conflicts=following.catalogue.conflicts,
            notes=following.notes,
            problems=reader.problems,
            sources=store.ask(source_health.find),
        )

    def _save(
        self,
        store: Store,
        job: RefreshJob,
        reader: SourceReader,
        following: NextEdition,
        renderer: Prerenderer,
    ) -> tuple[tuple[Change, ...], Mapping[str, int]]:
        """Write the *following* edition and its inputs; return its changes as `Report` has them."""
        request = job.request
        request.progress("saving", 0, 1)
        # A file that was written while it was read is read again by the next refresh.
        is_same = self.access.stats(store) == request.stats
        head = store.ask(newest_edition.head)
        inputs = Inputs(
            digest=job.inputs if is_same else "",
            contents=job.contents if is_same else "",
            statuses=reader.statuses(is_final=is_same),
            at=self.clock(),
            stale_after=self.site.stale_after,
            recheck=following.catalogue.recheck if following.is_whole else head.recheck,
            files={key: _kept(file, is_same=is_same) for key, file in following.files.items()},
            anew=following.anew or (),
            gone=following.gone,
            events=renderer.events,
        )
        before, edition, changes = following.before, following.edition, following.changes
        if following.news is None:
            write.save(store, edition, before, changes, inputs=inputs, holder=job.holder)
            return changes, {}
        with closing(following.news) as news:
            write.save_news(store, edition, before, news, inputs=inputs, holder=job.holder)
        return tuple(news.changes), news.untold

    def _failed(self, head: Head, request: RefreshRequest, reader: SourceReader) -> Report:
        """Return the report that all sources are in trouble."""
        return Report(
            edition=head.number,
            published=head.published,
            is_news=False,
            was_read=True,
            took=self.clock() - request.started,
            failure=reader.error(),
            sources=reader.statuses(is_final=False),
        )

    def _increment(
        self, store: Store, head: Head, job: RefreshJob, reader: SourceReader, policy: Policy
    ) -> NextEdition | None:
        """Return the next edition from the films that have changed; None needs a whole read."""
        today = job.request.started.date()
        if head.rendering != self.rendering or head.is_due(today):
            return None
        if not head.inputs.startswith(f"{job.version} "):
            return None  # other sources, or another precedence
        parts = reader.parts()
        if parts is None:
            return None
        try:
            return increment(store, reader, parts, now=self._now(head), today=today, policy=policy)
        except LastGoodFileDamaged:  # a whole read may do without
            return None

    def _now(self, head: Head) -> datetime:
        """Return the time, UTC; if the clock was set back, that of the last midnight shown."""
        return max(self.clock(), head.looked or head.published)


def _contents_alone(digests: sources.Digests) -> str:
    """Return one hash over all contents in *digests*, wherever they lie; empty if some are unknown."""
    result = blake2b(digest_size=32)
    for contents in digests:
        if contents.problems or contents.failing:
            return ""
        for name, digest in sorted(contents.files.items()):
            for part in (name.removeprefix(contents.address), digest):
                result.update(blake2b(fsencode(part)).digest())
        result.update(b"%d" % len(contents.files))
    return result.hexdigest()


def _kept(file: ReadFile, *, is_same: bool) -> KeptFile:
    """Return *file* as the store keeps it; if not *is_same*, its digest may be another file's."""
    digest = (
        file.outline.digest if is_same else blake2b(last_good_files.unpack(file.packed)).hexdigest()
    )
    outline = replace(file.outline, digest=digest)
    return KeptFile(digest, sources.encode_outline(outline), file.packed)


Build = Callable[[EditionBuilder, Store, RefreshJob], Report]
"""`EditionBuilder.build`, or a function that has another process do it."""
