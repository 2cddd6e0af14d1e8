"""
The build of an edition: sources → catalogue → edition → store.

It reads the films that have changed, or everything. All its values can be pickled, so that a
child process can do it (`child_process`).
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from hashlib import blake2b
from os import fsencode

from releasecal import __version__, sources
from releasecal.clock import Clock
from releasecal.core.catalogue import Conflict, merge
from releasecal.core.changes import Change
from releasecal.core.dates import timestamp
from releasecal.core.loss_guard import losses
from releasecal.core.mending import mended
from releasecal.core.revise import Policy, revise
from releasecal.errors import Held
from releasecal.formats.ics import look, prerender
from releasecal.queries.site import SiteSettings
from releasecal.refresh.incremental import NextEdition, increment, stored_outlines
from releasecal.store import Head, Inputs, Store, read, write


@dataclass(frozen=True, slots=True)
class Report:
    """
    Outcome of a refresh that went well.

    Attributes:
        edition: Number of the newest edition afterwards.
        published: When that edition was published, UTC.
        is_news: Whether that edition is a new one.
        was_read: Whether anything had to be parsed.
        took: Duration of the refresh.
        changes: Changes that subscribers see, by key.
        conflicts: Releases whose sources name different dates, among those that were read:
            all, or the changed ones. The date of the first source stands.
        notes: Overrides that are not needed any more and facts that are doubtful: none unless
            everything was read, as it is when an override has changed or has ended. Then, at
            every refresh, files that are not read, settings that the process lacks and the
            published edition has, and dates that wait for a person.
    """

    edition: int
    published: datetime
    is_news: bool
    was_read: bool
    took: timedelta
    changes: tuple[Change, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def counts(self) -> Mapping[str, int]:
        """Number of changes by kind, sorted by the kind's name."""
        return dict(sorted(Counter(change.kind.value for change in self.changes).items()))

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
            "problems": [],
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
    def origins(self) -> str:
        """Our version, and a digest of the addresses of all sources in their order."""
        addresses = "\n".join(address for address, _ in self.digests)
        return f"{__version__} {blake2b(fsencode(addresses), digest_size=8).hexdigest()}"

    @property
    def inputs(self) -> str:
        """The origins, and a digest of the contents of all sources."""
        return f"{self.origins} {sources.fingerprint(self.digests)}"


@dataclass(frozen=True, slots=True)
class EditionBuilder:
    """
    Builds editions from the sources at *addresses*.

    Attributes:
        site: Settings that show in events.
        policy: Without rendering and look, which the builder adds.
    """

    addresses: tuple[str, ...]
    site: SiteSettings
    policy: Policy
    clock: Clock

    @property
    def rendering(self) -> str:
        """Text that names all that shapes events' bytes beside their facts."""
        return f"{self.site.stamp} {__version__} {self.policy.keep}"

    @property
    def _full_policy(self) -> Policy:
        looks = partial(look, site=self.site)
        return replace(self.policy, rendering=self.rendering, look=looks)

    def build(self, store: Store, job: RefreshJob) -> Report:
        """
        Build the next edition in *store*, if there is news.

        Raises:
            RefreshRunning: The lease was lost.
            DataError: The sources break the rules; it has every problem.
            SourceError: A source cannot be read.
            Held: Too much would be lost at once (see `losses`).
            StoreError: The database cannot be used.
        """
        request, head = job.request, store.ask(read.head)
        following = self._increment(store, head, job) or self._read_all(store, head, request)
        request.progress("saving", 0, 1)
        # A file that was written while it was read is read again by the next refresh.
        is_same = sources.stats(self.addresses) == request.stats
        inputs = Inputs(
            digest=job.inputs if is_same else "",
            recheck=following.catalogue.recheck if following.is_whole else head.recheck,
            outlines=following.outlines if is_same else {},
            is_whole=following.is_whole or not is_same,
            events=partial(prerender, site=self.site),
        )
        before, edition = following.before, following.edition
        write.save(store, edition, before, following.changes, inputs=inputs, holder=job.holder)
        return Report(
            edition=edition.number,
            published=edition.published,
            is_news=edition.number != before.number,
            was_read=True,
            took=self.clock() - request.started,
            changes=following.changes,
            conflicts=following.catalogue.conflicts,
            notes=following.catalogue.notes,
        )

    def _increment(self, store: Store, head: Head, job: RefreshJob) -> NextEdition | None:
        """Return the next edition from the films that have changed; None needs a whole read."""
        today = job.request.started.date()
        if head.rendering != self.rendering or head.is_due(today):
            return None
        if not head.inputs.startswith(f"{job.origins} "):
            return None  # other sources, or another precedence
        parts = sources.compare(job.digests, stored_outlines(store))
        if parts is None:
            return None
        return increment(store, parts, now=self._now(head), today=today, policy=self._full_policy)

    def _read_all(self, store: Store, head: Head, request: RefreshRequest) -> NextEdition:
        """Return the next edition from all that the sources say."""
        results = sources.read_all(self.addresses, progress=request.progress)
        request.progress("comparing", 0, 1)
        before = store.ask(read.edition)
        readings = [result.reading for result in results]
        catalogue = merge(readings, request.started.date(), published=before.films)
        policy = self._full_policy
        edition, changes = revise(before, catalogue, now=self._now(head), policy=policy)
        known = mended(before, catalogue.renames)
        lost = losses(known, edition, self.addresses, self.clock().date())
        if lost and not request.accept_loss:
            raise Held.because(lost, catalogue.heirs)
        if lost:  # accepted, and all pending changes with it
            pending = {key: replace(each, accepted=True) for key, each in edition.pending.items()}
            edition = replace(edition, pending=pending)
        outlines = {
            (result.reading.address, name): sources.encode_outline(outline)
            for result in results
            for name, outline in result.outlines.items()
        }
        return NextEdition(before, edition, changes, catalogue, outlines, is_whole=True)

    def _now(self, head: Head) -> datetime:
        """Return the time, UTC; if the clock was set back, that of the last midnight shown."""
        return max(self.clock(), head.confirmed or head.published)


Build = Callable[[EditionBuilder, Store, RefreshJob], Report]
"""`EditionBuilder.build`, or a function that has another process do it."""
