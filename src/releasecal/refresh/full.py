"""Full refreshes: the next edition from all sources, those in trouble as they were last good."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from releasecal.core import first_edition
from releasecal.core.catalogue import merge
from releasecal.core.editions import NOTHING, on_record
from releasecal.core.loss_guard import losses
from releasecal.core.renaming import with_present_ids
from releasecal.core.revise import Policy, revise
from releasecal.errors import DataError
from releasecal.refresh.incremental import NextEdition, ReadFile
from releasecal.refresh.source_fallback import SourceReader
from releasecal.sources import Progress, ReadResult, snapshot_parts
from releasecal.store import Store, read


def read_all(  # noqa: PLR0913 - the sources, the moment, and what else decides
    store: Store,
    reader: SourceReader,
    *,
    now: datetime,
    today: date,
    policy: Policy,
    progress: Progress,
    accept_loss: bool,
) -> NextEdition | None:
    """
    Return the next edition, or None if all sources are in trouble.

    Sources that are broken, contradict the others or lose too much are taken as they were last
    good, one after the other, until the rest makes an edition. *now* is UTC, *today* the civil
    day on which the sources are read. With *accept_loss* a loss is no trouble.
    """
    before = store.ask(read.edition)
    while not reader.is_stuck:
        results = reader.results()
        reader.check_losses(before, results)
        if reader.is_stuck:
            break
        try:
            catalogue = merge(
                [each.reading for each in results], today, published=on_record(before)
            )
        except DataError as error:
            reader.blame(error.problems, results)
            continue
        progress("comparing", 0, 1)
        catalogue = replace(catalogue, looks=reader.looks(_declared(results)))
        files = _files(results, reader)
        if before == NOTHING:
            reader.forget_films()
            edition = first_edition.head(catalogue, now=now, policy=policy)
            parts = first_edition.parts(catalogue, now=now, policy=policy)
            return NextEdition(before, edition, (), catalogue, files, (*reader.well,), parts)
        edition, changes = revise(before, catalogue, now=now, policy=policy)
        known = with_present_ids(before, catalogue.renames)
        lost = losses(known, edition, reader.addresses, today)
        if lost and not accept_loss:
            reader.hold(lost, catalogue.likely_renames, results)
            continue
        if lost:  # accepted, and all pending changes with it
            pending = {key: replace(each, accepted=True) for key, each in edition.pending.items()}
            edition = replace(edition, pending=pending)
        return NextEdition(before, edition, changes, catalogue, files, anew=(*reader.well,))
    return None


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
        octets = result.octets[name]
        parts = snapshot_parts.split(name, octets) if is_fetched else {name: octets}
        outlines = snapshot_parts.part_outlines(name, outline, parts)
        yield from ((each, ReadFile(outlines[each], data)) for each, data in parts.items())
