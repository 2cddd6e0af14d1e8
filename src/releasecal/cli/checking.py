"""Commands about data files as they are: check and schema."""

import json
import os
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from itertools import chain

import click

from releasecal import sources
from releasecal.cli.tables import progress_bar
from releasecal.clock import now
from releasecal.core.catalogue import Reading, merge
from releasecal.core.debounce import debounce, repeats
from releasecal.core.editions import NOTHING, Edition, on_record
from releasecal.core.languages import ENGLISH
from releasecal.core.renaming import with_present_ids
from releasecal.core.revise import published_in
from releasecal.errors import ReleasecalError
from releasecal.refresh.source_contents import SourceAccess
from releasecal.settings import Settings
from releasecal.sources.schema.json_schema import json_schema
from releasecal.store import Store, newest_edition


@click.command()
@click.argument("paths", nargs=-1)
def check(paths: tuple[str, ...]) -> None:
    """
    Say everything that is wrong with the data, and where.

    Each line is file:line:column: what (what would do). Checks PATHS (files or folders, by
    precedence), or what would be served. Notes also tell of a published film that is gone while
    another one has its title, and of dates that wait for a person, for they may be repeats.

    \b
    Examples:
      releasecal check
      releasecal check examples/after-the-article/ data/
    """
    with progress_bar() as progress:
        readings, lacking = _readings(paths, progress)
    addresses = [reading.address for reading in readings]
    published = _published(addresses)
    catalogue = merge(readings, now().date(), published=on_record(published))
    known = published_in(with_present_ids(published, catalogue.renames))
    _, pending = debounce(catalogue, known, now())
    releases = sum(len(film.releases) for film in catalogue.films.values())
    for conflict in catalogue.conflicts:
        click.echo(f"sources differ: {conflict}")
    notes = [*lacking, *sources.unread(addresses), *catalogue.notes, *repeats(pending)]
    left_out = list(chain(*catalogue.left_out.values()))
    for line in (*left_out, *notes):
        click.echo(line)
    films = ENGLISH.say_many("{count} films", len(catalogue.films))
    dated = ENGLISH.say_many("{count} releases", releases)
    wrong = ENGLISH.say_many("{count} things left out", len(left_out))
    verdict = wrong if left_out else "nothing wrong"
    remarks = f", {ENGLISH.say_many('{count} notes', len(notes))}" if notes else ""
    click.echo(f"{films} with {dated}, {verdict}{remarks}")
    if left_out:
        raise click.exceptions.Exit(1)


def _readings(
    paths: Sequence[str], progress: sources.Progress
) -> tuple[Sequence[Reading], Sequence[str]]:
    """Return what *paths*, or all sources, say, and notes about those not fetched yet."""
    if paths:
        return sources.read(paths, progress=progress), []
    settings = Settings.read(os.environ)
    fetched = frozenset(source.id for source in settings.fetched)
    store = Store.existing(settings.database) if fetched else None
    if store is None:
        files = [address for address in settings.addresses if address not in fetched]
        return sources.read(files, progress=progress), [
            f"{address}: not fetched yet" for address in settings.addresses if address in fetched
        ]
    with closing(store):
        access = SourceAccess(settings.addresses, fetched)
        there = {*access.files, *access.looks(store)}
        readable = [address for address in settings.addresses if address in there]
        found = sources.read_each(readable, lambda address: access.read(store, address, progress))
    missing = [f"{id_}: not fetched yet" for id_ in settings.addresses if id_ not in there]
    return [result.reading for result in found], missing


def _published(addresses: Sequence[str]) -> Edition:
    """Return what is published of films that *addresses* told of, or that none tells of."""
    try:
        store = Store.existing(Settings.read(os.environ).database)
        if store is None:  # data can be checked before there is a calendar, or without it
            return NOTHING
        with closing(store):
            edition = store.ask(newest_edition.edition)
    except ReleasecalError:
        return NOTHING
    told = set(addresses)
    films = {
        id_: film
        for id_, film in edition.films.items()
        if not film.told_by or told & set(film.told_by)
    }
    entries = {key: entry for key, entry in edition.entries.items() if key.film in films}
    return replace(edition, films=films, entries=entries)


@click.command()
def schema() -> None:
    """
    Print the JSON Schema of data files, for editors.

    \b
    Example (VS Code with its YAML extension; the first line of the data file names it):
      releasecal schema > releasecal.schema.json
      # yaml-language-server: $schema=releasecal.schema.json
    """
    click.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))
