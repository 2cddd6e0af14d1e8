"""Builds on empty machines: each begins with what the last one has published, and with nothing else."""

import random
from contextlib import suppress
from datetime import timedelta

from releasecal.errors import ReleasecalError
from releasecal.store import ledger_copy
from support.clock import Clock
from support.exporting import (
    Catalogue,
    client_of,
    exported,
    files,
    manifest_of,
    publisher_of,
    served,
    untrue,
)

BUILDS = 50
PUBLISHED = ("editions", "films", "entries", "changes", "departures", "series", "pending")
"""Tables of what has been published."""


def rows(publisher):
    """Return the rows of what *publisher* has published; `inputs` name files by their folder."""
    with publisher.store.reading() as connection:
        return [row for row in ledger_copy.table_rows(connection) if row[0] in PUBLISHED]


def different(one, other):
    """Return the paths of files of which the folders *one* and *other* have other octets or moments."""
    found = [
        {path: (data, (folder / path).stat().st_mtime) for path, data in files(folder).items()}
        for folder in (one, other)
    ]
    paths = {path for path in found[0] | found[1] if found[0].get(path) != found[1].get(path)}
    return sorted(paths - {"manifest.json"})


def refreshed(publisher):
    """Refresh, which the loss guard may hold; return whether it did not."""
    with suppress(ReleasecalError):
        publisher.refresh()
        return True
    return False


def test_fifty_builds_are_one_server(tmp_path):
    """
    After each of 50 builds every feed has the octets and the Last-Modified of a running server.

    The server has been there all the time; a build has the ledger and the manifest of the last
    site, the data and an empty folder. Their ledgers are equal, too: every revision, every
    SEQUENCE, every change. The whole site is the one that the server exports into a folder that
    stays: every page, every file for hosts, and each moment, of which nginx makes its ETag.
    """
    catalogue, clock = Catalogue(random.Random(5), 8), Clock()
    data = tmp_path / "films.json"
    catalogue.write(data)
    server = publisher_of(tmp_path / "server", data, clock)
    client, site, stays = client_of(server), None, tmp_path / "stays"
    for number in range(BUILDS):
        machine = publisher_of(tmp_path / f"machine-{number}", data, clock)
        if site:
            with (site / "ledger.jsonl").open(encoding="utf-8") as lines:
                ledger_copy.restored(machine.store, lines, "ledger.jsonl")
        is_published = refreshed(server)

        assert refreshed(machine) == is_published, number
        if is_published:
            memory = manifest_of(site) if site else None
            site = tmp_path / f"site-{number}"
            exported(machine, site, memory)
            exported(server, stays)
            assert different(site, stays) == [], number
            there, answers = served(client, site)
            assert there == answers, number
            assert untrue(site) == []
            assert rows(machine) == rows(server), number
        machine.store.close()
        for _ in range(catalogue.dice.randint(0, 2)):
            catalogue.change()
        catalogue.write(data)
        clock.now += timedelta(hours=catalogue.dice.randint(1, 60))
    assert len(files(site)) > 60
    server.store.close()
