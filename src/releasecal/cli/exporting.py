"""Commands that publish a site as files: export."""

import os
from pathlib import Path

import click

from releasecal.clock import now, ticks
from releasecal.export.exporter import ExportOptions, export
from releasecal.export.folder import Folder
from releasecal.settings import Settings
from releasecal.wiring import open_publisher, services


@click.command(name="export")
@click.argument("target")
@click.option(
    "--packed", is_flag=True, help="Write a twin in gzip of each file worth it, for nginx."
)
@click.option(
    "--without-ledger", is_flag=True, help="Leave out ledger.jsonl, which releasecal build needs."
)
def export_site(target: str, *, packed: bool, without_ledger: bool) -> None:
    """
    Write the whole site as files into the folder TARGET, for a host that runs nothing.

    Only what has changed is written. The ledger is part of the site unless it is left out: the
    whole history, and the sources as they were last read, for everybody to see.

    \b
    Examples:
      RELEASECAL_PUBLIC_URL=https://films.example releasecal export site
      releasecal refresh && releasecal export --packed /srv/films
    """
    settings = Settings.read(os.environ)
    publisher = open_publisher(settings)
    report = export(
        services(publisher, settings, ""),
        Folder(Path(target)),
        clock=now,
        ticks=ticks,
        options=ExportOptions(has_ledger=not without_ledger, is_packed=packed),
    )
    click.echo(report.in_words)
