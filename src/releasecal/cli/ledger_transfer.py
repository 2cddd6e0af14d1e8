"""Commands that move the ledger: backup, restore and copy."""

import os

import click

from releasecal.cli.shared_by_commands import must_be_published
from releasecal.clock import now
from releasecal.core.languages import ENGLISH
from releasecal.errors import StoreError
from releasecal.export.exporter import LEDGER
from releasecal.settings import Settings
from releasecal.sources.remote.files_of_published_site import published_file
from releasecal.store import Store, ledger_copy, newest_edition
from releasecal.store.ledger_copy import read_from, unpacked, written_to


@click.command()
@click.argument("file")
def backup(file: str) -> None:
    """
    Write the whole ledger to FILE, as it is at one moment, also while a server runs.

    FILE is JSON Lines, packed if its name ends with .gz; - is standard output. A file of that
    name is replaced once the new one is whole.

    \b
    Examples:
      releasecal backup ledger.jsonl.gz
      releasecal backup - | ssh elsewhere 'cat > ledger.jsonl'
    """
    store = Store.open(Settings.read(os.environ).database, create=False)
    must_be_published(store.ask(newest_edition.head).number)
    with store.reading() as connection:
        written_to(file, ledger_copy.lines(ledger_copy.table_rows(connection)))


@click.command()
@click.argument("file")
def restore(file: str) -> None:
    """
    Make the database of the settings from FILE, which `releasecal backup` or an export wrote.

    FILE can also be the address of such a file, or of an exported site that has one. History,
    UIDs, SEQUENCE and ETags go on as they were. A database that has a calendar is left alone.

    \b
    Examples:
      RELEASECAL_DATABASE_URL=sqlite:///new.db releasecal restore ledger.jsonl.gz
      releasecal restore https://films.example/ledger.jsonl
    """
    store = Store.open(Settings.read(os.environ).database)
    if file.startswith(("https://", "http://")):
        address = file if ".jsonl" in file.rpartition("/")[2] else f"{file.rstrip('/')}/{LEDGER}"
        data = published_file(address, now)
        if data is None:
            raise StoreError(f"{address}: nothing is there (take the address of a ledger)")
        count = ledger_copy.restored(store, unpacked(data, address), address, is_published=True)
    else:
        with read_from(file) as texts:
            count = ledger_copy.restored(store, texts, file)
    click.echo(ENGLISH.say_many("{count} rows", count) + " restored")


@click.command()
@click.option("--from", "origin", required=True, metavar="URL", help="Database to read.")
@click.option("--to", "target", required=True, metavar="URL", help="Database to fill.")
def copy(origin: str, target: str) -> None:
    """
    Copy the whole ledger from one database to another, which has no calendar yet.

    \b
    Example:
      releasecal copy --from sqlite:///state/releasecal.db --to sqlite:///elsewhere.db
    """
    before, after = Store.open(origin, create=False), Store.open(target)
    must_be_published(before.ask(newest_edition.head).number)
    with before.reading() as reading, after.writing() as writing:
        count = ledger_copy.fill(writing, ledger_copy.table_rows(reading))
    click.echo(ENGLISH.say_many("{count} rows", count) + " copied")
