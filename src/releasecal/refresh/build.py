"""
Making an edition: sources → merge → revise → store, from what has changed or from everything.

All that it takes can be handed to another process, so that it may be done there (`apart`).
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from hashlib import blake2b
from os import fsencode

from releasecal import __version__, sources
from releasecal.clock import Clock
from releasecal.core.catalogue import Conflict, merge
from releasecal.core.changes import Change
from releasecal.core.loss_guard import losses
from releasecal.core.revise import Policy, revise
from releasecal.errors import Held
from releasecal.formats.event import ready
from releasecal.formats.ics import look
from releasecal.queries.site import SiteSettings
from releasecal.refresh.incremental import Step, increment, known
from releasecal.store import Head, Inputs, Store

REMEDY = (
    'releasecal refresh --accept-loss, or POST /refresh with {"accept_loss": true}, lets it through'
)
"""What would do where something is held."""


@dataclass(frozen=True, slots=True)
class Report:
    """
    What a refresh came to.

    Attributes:
        edition: Number of the edition that is up afterwards.
        is_news: Whether that edition is a new one.
        was_read: Whether anything had to be parsed.
        changes: What subscribers see change, by key.
        conflicts: Where sources name different dates of what was looked at, which is
            everything or what has changed; the first source's stands.
        notes: Which overrides nobody needs any more, and why; told when everything is
            looked at, as it is when an override has changed or has come to its end.
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
        """How many releases changed in which way, by the change's name, sorted."""
        return dict(sorted(Counter(change.kind.value for change in self.changes).items()))

    @property
    def in_words(self) -> str:
        """The report as one line."""
        if not self.is_news:
            return f"edition {self.edition} stays, nothing has changed"
        what = ", ".join(f"{count} {kind}" for kind, count in self.counts.items())
        return f"edition {self.edition}: {what or 'details changed'}"


@dataclass(frozen=True, slots=True)
class Attempt:
    """
    A refresh that was asked for.

    Attributes:
        started: When, UTC.
        stats: What the files looked like then.
        progress: Told how far it is.
        accept_loss: Whether the brake is to let through what it would hold.
    """

    started: datetime
    stats: sources.Stats
    progress: sources.Progress
    accept_loss: bool


@dataclass(frozen=True, slots=True)
class Found:
    """
    What an attempt has found before anything is read.

    Attributes:
        digests: Of all files.
        holder: Who holds the lease; empty while nobody does.
    """

    digests: sources.Digests
    holder: str = ""

    @property
    def places(self) -> str:
        """A digest of where all is read, in its order, and by which releasecal."""
        addresses = "\n".join(address for address, _ in self.digests)
        return f"{__version__} {blake2b(fsencode(addresses), digest_size=8).hexdigest()}"

    @property
    def inputs(self) -> str:
        """The same, with a digest of all that is there."""
        return f"{self.places} {sources.fingerprint(self.digests)}"


@dataclass(frozen=True, slots=True)
class Maker:
    """
    Makes editions of what the sources at *addresses* say.

    Attributes:
        site: Shows in events.
        policy: Needs no rendering and no look; `making` adds them.
    """

    addresses: tuple[str, ...]
    site: SiteSettings
    policy: Policy
    clock: Clock

    @property
    def rendering(self) -> str:
        """What shapes events' bytes beside their facts."""
        return f"{self.site.stamp} {__version__} {self.policy.keep}"

    @property
    def _how(self) -> Policy:
        looks = partial(look, site=self.site)
        return replace(self.policy, rendering=self.rendering, look=looks)

    def make(self, store: Store, attempt: Attempt, found: Found) -> Report:
        """
        Make the next edition in *store*, if there is news.

        Raises:
            RefreshRunning: The lease was lost.
            DataError: The sources break the rules; it lists every problem.
            SourceError: A source cannot be read.
            Held: Too much would be lost at once (see `losses`).
            StoreError: The database cannot be used.
        """
        head = store.head()
        step = self._increment(store, head, attempt, found) or self._read_all(store, head, attempt)
        attempt.progress("saving", 0, 1)
        # What was written while it was read is read again, whatever it is then.
        is_same = sources.stats(self.addresses) == attempt.stats
        inputs = Inputs(
            digest=found.inputs if is_same else "",
            recheck=step.catalogue.recheck if step.is_whole else head.recheck,
            outlines=step.outlines if is_same else {},
            is_whole=step.is_whole or not is_same,
            events=partial(ready, site=self.site),
        )
        store.save(step.edition, step.before, step.changes, inputs=inputs, holder=found.holder)
        return Report(
            edition=step.edition.number,
            published=step.edition.published,
            is_news=step.edition.number != step.before.number,
            was_read=True,
            took=self.clock() - attempt.started,
            changes=step.changes,
            conflicts=step.catalogue.conflicts,
            notes=step.catalogue.notes,
        )

    def _increment(self, store: Store, head: Head, attempt: Attempt, found: Found) -> Step | None:
        """Return the step to the next edition from what has changed, if that can be told."""
        today = attempt.started.date()
        if head.rendering != self.rendering or head.is_due(today):
            return None
        if not head.inputs.startswith(f"{found.places} "):
            return None  # another source has the precedence, or there are others
        parts = sources.compare(found.digests, known(store))
        if parts is None:
            return None
        return increment(store, parts, now=self._now(head), today=today, policy=self._how)

    def _read_all(self, store: Store, head: Head, attempt: Attempt) -> Step:
        """Return the step to the next edition from all that the sources say."""
        accounts = sources.accounts(self.addresses, progress=attempt.progress)
        catalogue = merge([account.reading for account in accounts], attempt.started.date())
        attempt.progress("comparing", 0, 1)
        before = store.load()
        edition, changes = revise(before, catalogue, now=self._now(head), policy=self._how)
        lost = losses(before, edition, self.addresses, self.clock().date())
        if lost and not attempt.accept_loss:
            raise Held("\n".join(f"held: {reason} ({REMEDY})" for reason in lost))
        if lost:  # and accepted, with all that is pending still
            pending = {key: replace(each, accepted=True) for key, each in edition.pending.items()}
            edition = replace(edition, pending=pending)
        outlines = {
            (account.reading.address, name): sources.encode(outline)
            for account in accounts
            for name, outline in account.outlines.items()
        }
        return Step(before, edition, changes, catalogue, outlines, is_whole=True)

    def _now(self, head: Head) -> datetime:
        """Return the time, UTC; if the clock was set back, that of the last midnight shown."""
        return max(self.clock(), head.confirmed or head.published)
