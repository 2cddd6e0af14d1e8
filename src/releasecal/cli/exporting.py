"""Commands that publish a site as files: export and build."""

import os
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import click

from releasecal.cli.refreshing import refresh_once
from releasecal.cli.shared_by_commands import CommandFailed
from releasecal.clock import now, ticks
from releasecal.core.languages import ENGLISH
from releasecal.errors import ExportError, RefreshRunning
from releasecal.export import manifest
from releasecal.export.exporter import LEDGER, ExportOptions, export
from releasecal.export.folder import Folder
from releasecal.export.manifest import Manifest
from releasecal.export.target import SiteTarget
from releasecal.refresh.publisher import Publisher
from releasecal.refresh.restored_posters import restore_posters
from releasecal.settings import PREFIX, Settings
from releasecal.sources.remote.files_of_published_site import published_file
from releasecal.store import Store, exported_poster_index, ledger_copy, newest_edition
from releasecal.store.ledger_copy import unpacked
from releasecal.wiring import open_poster_keeper, open_publisher, services

_ROUNDS = 10  # of twenty posters each, before an export
_SCHEMES = ("s3", "gs", "az")

_PACKED = click.option(
    "--packed", is_flag=True, help="Write a twin in gzip of each file worth it, for nginx."
)


@click.command(name="export")
@click.argument("target")
@_PACKED
@click.option(
    "--without-ledger", is_flag=True, help="Leave out ledger.jsonl, which releasecal build needs."
)
def export_site(target: str, *, packed: bool, without_ledger: bool) -> None:
    """
    Write the whole site as files into TARGET, for a host that runs nothing.

    TARGET is a folder, or a bucket (s3://, gs://, az://) whose keys are in the environment, under
    the names that its provider's tools use. Only what has changed is written. The ledger is part of the site unless it is left out: the
    whole history, and the sources as they were last read, for everybody to see.

    \b
    Examples:
      RELEASECAL_PUBLIC_URL=https://films.example releasecal export site
      releasecal refresh && releasecal export --packed /srv/films
      AWS_REGION=eu-central-1 releasecal export s3://films.example
    """
    settings = Settings.read(os.environ)
    options = ExportOptions(has_ledger=not without_ledger, is_packed=packed)
    _export(settings, open_publisher(settings), target, options, Manifest())


@click.command()
@click.argument("target")
@_PACKED
@click.option("--from", "origin", metavar="ADDRESS", help="The site; default: the public address.")
def build(target: str, *, packed: bool, origin: str | None) -> None:
    """
    Build the site on an empty machine: restore it from what is published, refresh, export.

    History, SEQUENCE and dates of change go on as if a server had run all the time. Where
    nothing is published yet, the site begins. If the site cannot be read, or nothing can be
    published, nothing is written (exit status 1).

    \b
    Example:
      RELEASECAL_PUBLIC_URL=https://films.example releasecal build site
    """
    settings = Settings.read(os.environ)
    site = (origin or settings.public_url or "").rstrip("/")
    if not site:
        raise ExportError(
            "nobody has said where the site is "
            "(set RELEASECAL_PUBLIC_URL, such as https://films.example)"
        )
    known = published_file(f"{site}/{manifest.NAME}", now)
    memory = Manifest.parse(known, f"{site}/{manifest.NAME}")
    publisher = open_publisher(settings)
    if publisher.store.ask(newest_edition.head).number == 0:
        _restore(publisher.store, site, is_published=known is not None)
        if exported_poster_index.NAME in memory.files:
            restore_posters(publisher.store, site, settings.poster_hosts, now)
    report = refresh_once(settings, publisher)
    CommandFailed(report.problems).show()
    _export(settings, publisher, target, ExportOptions(is_packed=packed), memory)


def _restore(store: Store, site: str, *, is_published: bool) -> None:
    """Fill *store* with the ledger of *site*, if that *is_published*."""
    address = f"{site}/{LEDGER}"
    data = published_file(address, now)
    if data is None and is_published:
        raise ExportError(
            f"{address}: nothing is there, but a site is (its history would be lost: export it "
            "once from where it was made, or remove its manifest to begin anew)"
        )
    if data is None:
        click.echo(f"nothing is published at {site} yet: the site begins")
        return
    count = ledger_copy.restored(store, unpacked(data, address), address, is_published=True)
    click.echo(ENGLISH.say_many("{count} rows", count) + f" restored from {address}")


def _target(name: str) -> SiteTarget:
    """Return the folder or the bucket with that *name*."""
    scheme, is_address, _ = name.partition("://")
    if not is_address:
        return Folder(Path(name))
    if scheme not in _SCHEMES:
        places = ", ".join(f"{each}://bucket" for each in _SCHEMES)
        raise ExportError(f"{name}: this is no place for a site (a folder, or one of {places})")
    try:
        bucket = import_module("releasecal.export.bucket")
    except ModuleNotFoundError as error:
        raise ExportError(
            f"{name}: buckets need the extra of that name (pip install 'releasecal[buckets]')"
        ) from error
    place: SiteTarget = bucket.Bucket(name, now)
    return place


def _keep_posters(settings: Settings, store: Store) -> None:
    """Take some of the posters that are due; a server beside it takes them otherwise."""
    keeper = open_poster_keeper(settings, store)
    if keeper is None:
        return
    with suppress(RefreshRunning):
        for _ in range(_ROUNDS):
            if keeper.round() == 0:
                break


def _export(
    settings: Settings, publisher: Publisher, target: str, options: ExportOptions, memory: Manifest
) -> None:
    if settings.private:
        raise ExportError(
            f"{PREFIX}PRIVATE: files are for everybody who finds them (turn it off to export them)"
        )
    _keep_posters(settings, publisher.store)
    report = export(
        services(publisher, settings, ""),
        _target(target),
        clock=now,
        ticks=ticks,
        options=options,
        memory=memory,
    )
    click.echo(report.in_words)
