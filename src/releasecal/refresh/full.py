"""Full refreshes: the next edition from all sources, those in trouble as they were last good."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import date, datetime

from releasecal.core.catalogue import Catalogue, merge
from releasecal.core.debounce import Pending
from releasecal.core.editions import Edition, Entry
from releasecal.core.film_storage import Room
from releasecal.core.loss_guard import Loss, LossGuard
from releasecal.core.models import ReleaseKey
from releasecal.core.revise import Policy
from releasecal.core.revising_in_parts import RevisedParts
from releasecal.core.value_classes import dataclass, replace
from releasecal.errors import DataError
from releasecal.refresh.incremental import NextEdition, ReadFile
from releasecal.refresh.source_fallback import SourceReader
from releasecal.sources import Progress, ReadResult, snapshot_parts
from releasecal.store import Store
from releasecal.store.edition_difference import EditionNews
from releasecal.store.edition_rows import Renderings
from releasecal.store.reading_in_parts import PublishedEdition


@dataclass(frozen=True, slots=True)
class WholeRead:
    """
    A read of all sources, and what decides about it.

    Attributes:
        now: UTC.
        today: The civil day on which the sources are read.
        accept_loss: Whether a loss is no trouble.
        events: Returns the renderings of an entry's event.
        forget: Forgets those that nobody has asked for, after each part.
        room: For the films of the catalogue.
    """

    store: Store
    reader: SourceReader
    now: datetime
    today: date
    policy: Policy
    progress: Progress
    accept_loss: bool
    events: Callable[[Entry], Renderings]
    forget: Callable[[], None]
    room: Room

    def next_edition(self) -> NextEdition | None:
        """
        Return the next edition, whose news has to be closed; None if all sources are in trouble.

        Sources that are broken, contradict the others or lose too much are taken as they were
        last good, one after the other, until the rest makes an edition.
        """
        published = PublishedEdition(self.store)
        while not self.reader.is_stuck:
            results = self.reader.results()
            self.reader.check_losses(published.telling, results)
            if self.reader.is_stuck:
                break
            try:
                catalogue = self._merged(published, results)
            except DataError as error:
                self.reader.blame(error.problems, results)
                continue
            declared, files = _declared(results), _files(results, self.reader)
            del results
            self.reader.forget_films()
            news = EditionNews(self.store, published.head, self.policy.rendering, self.events)
            with ExitStack() as stack:
                stack.callback(news.close)
                edition, lost = self._compare(published, catalogue, news)
                if lost and not self.accept_loss:
                    self.reader.hold(lost, catalogue.likely_renames, declared)
                    continue
                stack.pop_all()
            if lost:  # accepted, and all pending changes with it
                edition = replace(edition, pending=_accepted(edition.pending))
            anew = (*self.reader.well,)
            return NextEdition(published.head, edition, (), catalogue, files, anew, news)
        return None

    def _merged(self, published: PublishedEdition, results: Sequence[ReadResult]) -> Catalogue:
        """Return the facts of all *results*; DataError tells that they contradict each other."""
        readings = [each.reading for each in results]
        catalogue = merge(readings, self.today, published=published.films, room=self.room)
        return replace(catalogue, looks=self.reader.looks(_declared(results)))

    def _compare(
        self, published: PublishedEdition, catalogue: Catalogue, news: EditionNews
    ) -> tuple[Edition, Sequence[Loss]]:
        """Return the edition after *published*, without films and entries, and what it would lose."""
        parts = RevisedParts(published, catalogue, now=self.now, policy=self.policy)
        sources = {**published.head.sources, **catalogue.sources}
        guard = LossGuard(self.reader.addresses, dict(sorted(sources.items())), self.today)
        compared = 0
        for part in parts:
            self.progress("comparing", compared, len(parts.films))
            guard.compare(part.known, part.edition)
            news.add(part.before, part.edition, part.changes)
            self.forget()
            compared += len(part.edition.films)
        return parts.edition, guard.losses()


def _accepted(pending: Mapping[ReleaseKey, Pending]) -> Mapping[ReleaseKey, Pending]:
    """Return all *pending* changes as ones that a person has agreed to."""
    return {key: replace(change, accepted=True) for key, change in pending.items()}


def _declared(results: Sequence[ReadResult]) -> Mapping[str, Sequence[str]]:
    """Return the ids of the sources that each address declares."""
    return {
        result.reading.address: [source.id for source in result.reading.sources]
        for result in results
    }


def _files(
    results: Sequence[ReadResult], reader: SourceReader
) -> Mapping[tuple[str, str], ReadFile]:
    """Return the files of the *results* that *reader* has found well, by address and name."""
    return {
        (result.reading.address, name): file
        for result in results
        if result.reading.address in reader.well
        for name, file in _of_one(result, is_fetched=result.reading.address in reader.fetched)
    }


def _of_one(result: ReadResult, *, is_fetched: bool) -> Iterator[tuple[str, ReadFile]]:
    """Yield the files of *result* with their names, what was fetched in its parts."""
    for name, outline in result.outlines.items():
        octets = result.snapshots[name].data
        parts = snapshot_parts.split(name, octets) if is_fetched else {name: octets}
        outlines = snapshot_parts.part_outlines(name, outline, parts)
        yield from ((each, ReadFile.of(outlines[each], data)) for each, data in parts.items())
