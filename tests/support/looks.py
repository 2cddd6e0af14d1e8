"""Looks that go on from the last one in parts, as the fetcher has them from its database."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

from releasecal.sources import snapshot_parts
from releasecal.sources.remote import Client, SourceSettings, kinds
from releasecal.sources.remote.fetched import Fetched, FetchedParts
from releasecal.sources.snapshot_editing import ChangedParts, PartedFile
from releasecal.sources.snapshot_parts import UnpartedError


def look_again(
    settings: SourceSettings,
    before: Fetched | None,
    client: Client,
    opened: Callable[[str], object] = lambda _: None,
) -> Fetched:
    """Return the outcome of a look as `changed_look` does, or else of one at everything."""
    changed = changed_look(settings, before, client, opened)
    return changed or kinds.KINDS[settings.type].fetch(settings, before, client)


def changed_look(
    settings: SourceSettings,
    before: Fetched | None,
    client: Client,
    opened: Callable[[str], object] = lambda _: None,
) -> Fetched | None:
    """
    Return the outcome of a look at changes, whole; None if only a whole look can tell.

    *opened* is called with the name of each part that is opened.
    """
    fetch_changes = kinds.KINDS[settings.type].fetch_changes
    if before is None or fetch_changes is None:
        return None
    files = {settings.id: before.data, f"{settings.id}#~": before.remembered}
    parts = {name: snapshot_parts.split(name, data) for name, data in files.items() if data}

    def parted(name: str, films: int) -> PartedFile:
        def octets(names: Collection[str]) -> Mapping[str, bytes]:
            for each in names:
                opened(each)
            return {each: parts[name][each] for each in names}

        return PartedFile(name, parts[name].keys(), films, octets)

    snapshot, remembered = (
        parted(name, before.films if name == settings.id else 0) if name in parts else None
        for name in files
    )
    known = FetchedParts(snapshot, remembered)
    bare = replace(before, data=b"", remembered=b"")
    try:
        found = fetch_changes(settings, bare, known, client)
    except UnpartedError:  # as `kinds.fetch_changes` has it
        return None
    if found is None or found.change is None:
        return found
    assert (found.data, found.remembered) == (b"", b"")
    after = {
        name: applied(name, parts[name], change)
        for name, change in zip(
            files, (found.change.snapshot, found.change.remembered), strict=True
        )
        if name in parts
    }
    return replace(
        found,
        data=after[settings.id],
        remembered=after.get(f"{settings.id}#~", b""),
        change=None,
    )


def applied(name: str, parts: Mapping[str, bytes], change: ChangedParts | None) -> bytes:
    """Return the file called *name* after a *change* of its *parts*, which are those of a new whole."""
    if change:
        parts = {each: parts[each] for each in parts.keys() - change.gone} | change.parts
    whole = snapshot_parts.join(name, parts)
    assert snapshot_parts.split(name, whole) == parts
    return whole
