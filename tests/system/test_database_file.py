"""The database file deleted, replaced, cut off or read-only while the server runs, and right again."""

import os
import shutil
import sqlite3
import subprocess
import time
from contextlib import closing, contextmanager
from importlib import import_module
from pathlib import Path

import pytest

from releasecal.errors import StoreError
from releasecal.queries.site_settings import SiteSettings
from releasecal.refresh.publisher import Publisher
from releasecal.store import Store, newest_edition
from support.clock import Clock
from support.data_files import FILM
from support.paths import BENCHMARKS, UPGRADED
from support.site import TOKEN, app_of

pytestmark = pytest.mark.sqlite("the promises are of its file")

BEARER = {"Authorization": f"Bearer {TOKEN}"}
FEED = "/calendar.ics"
PADDING = 500  # releases, so that the file is larger than SQLite's log
SOON = 45  # seconds: a copy may hold the lease of a refresh that ran then, which ends by time


def films(when):
    """Return a data file whose releases are all on the day *when*."""
    more = "".join(
        f"  - {{id: f{number}, title: F, releases: [{{kind: tv, region: US, when: {when}}}]}}\n"
        for number in range(PADDING)
    )
    return FILM.format(when=when) + more


def copied(database, to):
    """Copy *database* with what is in its log, as docs/operations.md says."""
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(to)) as target:
        source.backup(target)


def gone(database):
    database.unlink()


def gone_with_its_log(database):
    for path in database.parent.glob(f"{database.name}*"):
        path.unlink()


def empty(database):
    os.truncate(database, 0)


def cut_off(database):
    os.truncate(database, database.stat().st_size // 2)


def replaced_by_nothing(database):
    _replace(database, b"")


def replaced_by_text(database):
    _replace(database, b"This is no database.\n" * 1_000)


def moved_away(database):
    database.parent.rename(database.parent.with_name("away"))


def _replace(database, data):
    new = database.with_suffix(".new")
    new.write_bytes(data)
    new.replace(database)


TROUBLES = {
    gone: "its file is gone",
    gone_with_its_log: "its file is gone",
    empty: "its file ",  # is empty, or was cut off
    cut_off: "its file ",  # is damaged, or was cut off
    replaced_by_nothing: "its file is empty",
    replaced_by_text: "its file is not a database",
    moved_away: "its file is gone",
}
"""What happens to the file, and the cause that /readyz tells."""


class Site:
    """A site of one process on files of its own, and its database's copy."""

    def __init__(self, folder):
        self.data, self.copy = folder / "films.yaml", folder / "copy.db"
        self.database = folder / "state" / "releasecal.db"
        self.data.write_text(films("2031-01-01"))
        self.store = Store.open(f"sqlite:///{self.database}")
        self.publisher = Publisher(self.store, [str(self.data)], SiteSettings(), Clock())
        self.publisher.refresh()
        self.client = app_of(self.publisher).test_client()
        self.known = self.client.get(FEED).data
        copied(self.database, self.copy)
        with closing(sqlite3.connect(self.database)) as connection:
            # What is in the log would heal a file that is cut off.
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert self.problems == []

    @property
    def problems(self):
        return self.client.get("/readyz").json["problems"]

    def restore(self):
        """Put the copy in the place of the file, as docs/operations.md says."""
        away = self.database.parent.with_name("away")
        if away.exists():
            away.rename(self.database.parent)
        new = self.database.with_suffix(".new")
        shutil.copy(self.copy, new)
        new.replace(self.database)

    def check(self):
        """Refresh after news, and find the database whole."""
        self.data.write_text(films("2031-02-02"))
        answer = self.client.post("/refresh", headers=BEARER)
        assert (answer.status_code, answer.json["problems"]) == (200, [])
        assert b"20310202" in self.client.get(FEED).data
        assert self.problems == []
        with closing(sqlite3.connect(self.database)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.fixture
def site(tmp_path):
    site = Site(tmp_path)
    yield site
    site.store.close()


@pytest.mark.parametrize("happens", TROUBLES, ids=lambda happens: happens.__name__)
def test_a_broken_file_is_told_and_a_restored_one_is_used(site, happens):
    """/readyz names the cause, POST has the remedy, known feeds stay, a copy is taken up as it is."""
    happens(site.database)

    for _ in range(2):
        assert TROUBLES[happens] in site.problems[0]
        answer = site.client.post("/refresh", headers=BEARER)
        assert answer.status_code == 503
        assert "cannot be used: " in answer.json["problems"][0]
        assert "refreshing" not in answer.json["problems"][0]
        assert site.client.get(FEED).data == site.known
        assert site.client.get(f"{FEED}?kind=theatrical").status_code == 503

    site.restore()

    assert site.client.get(f"{FEED}?kind=theatrical").status_code == 200
    site.check()


def test_nobody_makes_the_file_anew(site):
    """A database that is lost is not replaced by an empty one: its history would be gone unseen."""
    gone_with_its_log(site.database)

    with pytest.raises(StoreError, match=r"the file is gone \(restore it from a copy"):
        site.publisher.refresh()
    with pytest.raises(StoreError, match="the file is gone"):
        Store.open(site.store.url, create=False)
    assert not site.database.exists()


def test_a_restored_copy_has_nothing_of_the_file_before(site):
    """The log of the replaced file is not played into the copy; the next refresh goes on from it."""
    site.data.write_text(films("2031-03-03"))
    site.publisher.refresh()
    assert site.store.ask(newest_edition.head).number == 2

    site.restore()

    assert site.store.ask(newest_edition.head).number == 1
    assert site.client.get(FEED).data == site.known
    site.check()


def test_a_copy_is_restored_into_the_open_file(site):
    """SQLite's own way to restore needs no other file."""
    site.data.write_text(films("2031-03-03"))
    site.publisher.refresh()

    copied(site.copy, site.database)

    assert site.store.ask(newest_edition.head).number == 1
    assert site.client.get(FEED).data == site.known
    site.check()


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_copy_of_an_older_version_is_upgraded(site, version):
    """A copy that an earlier releasecal made is upgraded where it lies, without a restart."""
    older = site.database.with_suffix(".new")
    with closing(sqlite3.connect(older)) as connection:
        connection.executescript((UPGRADED / f"version-{version}.sql").read_text())
    older.replace(site.database)

    site.publisher.refresh()
    assert site.client.get(f"{FEED}?kind=theatrical").status_code == 200
    site.check()


def test_a_database_without_a_calendar_is_not_filled_as_if_it_were_older(site):
    """An empty database in the place of the file is a loss, not an older version."""
    empty_one = site.database.with_suffix(".new")
    with closing(sqlite3.connect(empty_one)) as connection:
        connection.execute("VACUUM")
        connection.execute("PRAGMA user_version = 1")
    empty_one.replace(site.database)

    for _ in range(3):
        with pytest.raises(StoreError, match="no such table"):
            site.publisher.refresh()
        assert "its file holds no calendar" in site.problems[0]


def test_a_vacuum_is_no_loss(site):
    """A file that its owner makes smaller is noticed, and used on."""
    with closing(sqlite3.connect(site.database)) as connection:
        connection.execute("DELETE FROM events")
        connection.commit()
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with pytest.raises(StoreError, match="cut off"):  # once
        site.store.ask(newest_edition.head)

    assert site.store.ask(newest_edition.head).number == 1


@contextmanager
def immutable(*paths):
    """Forbid to write the files at *paths*, even for root."""
    done = subprocess.run(["chattr", "+i", *paths], check=False, capture_output=True)
    try:
        yield done.returncode == 0
    finally:
        subprocess.run(["chattr", "-i", *paths], check=False, capture_output=True)


@contextmanager
def read_only(*paths):
    """Forbid to write the files at *paths*; give whether that binds this user."""
    modes = [path.stat().st_mode for path in paths]
    if os.geteuid() == 0:
        with immutable(*paths) as is_so:
            yield is_so
        return
    for path in paths:
        path.chmod(0o555 if path.is_dir() else 0o444)
    yield True
    for path, mode in zip(paths, modes, strict=True):
        path.chmod(mode)


def test_a_read_only_file_is_told_and_a_writable_one_is_used(site):
    """Feeds go on, /readyz and POST say it, and writing goes on once it is allowed."""
    site.store.close()  # open connections may write
    site.data.write_text(films("2031-03-03"))
    with read_only(site.database) as is_so:
        if not is_so:
            pytest.skip("this file system has no read-only files for root")
        assert "its file cannot be written" in site.problems[0]
        answer = site.client.post("/refresh", headers=BEARER)
        assert answer.status_code == 503
        assert "let this user write the file" in answer.json["problems"][0]
        assert site.client.get(FEED).data == site.known
        assert site.client.get(f"{FEED}?kind=tv").status_code == 200

    site.check()


# ── A real server ──────────────────────────────────────────────────────────────────────────


@pytest.fixture
def servers():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(BENCHMARKS)
        yield import_module("servers")


def test_a_server_of_two_workers_recovers_without_a_restart(servers, tmp_path):
    """Deleted and restored, three times: told within seconds, answered meanwhile, right afterwards."""
    data, database = tmp_path / "data" / "films.yaml", tmp_path / "state" / "releasecal.db"
    data.parent.mkdir()
    data.write_text(films("2031-01-01"))
    with servers.Releasecal(tmp_path, workers=2, settings={"REFRESH_EVERY": "1s"}) as server:
        server.start()
        for number in range(1, 4):
            each = _until(server, lambda ready: ready.status == 200)
            assert b'"status":"ok"' in each
            known = _known(server)
            copied(database, tmp_path / "copy.db")
            gone(database)
            assert b"its file is gone" in _until(server, lambda ready: ready.status == 503)
            assert server.get(FEED).body == known
            shutil.copy(tmp_path / "copy.db", tmp_path / "new.db")
            Path(tmp_path / "new.db").replace(database)
            data.write_text(films(f"2031-02-{number:02}"))
            day = f"203102{number:02}".encode()
            _until(server, lambda _, day=day: day in server.get(FEED).body)
        _until(server, lambda ready: b'"status":"ok"' in ready.body)
        assert len(server.log.splitlines()) < 60


def _known(server):
    """Return the feed once both workers have it, which takes a second after news."""
    deadline = time.monotonic() + SOON
    while len(bodies := {server.get(FEED).body for _ in range(40)}) > 1:
        assert time.monotonic() < deadline, server.log[-2_000:]
    return bodies.pop()


def _until(server, is_so):
    """Return the body of the first /readyz that is so."""
    deadline = time.monotonic() + SOON
    while not is_so(ready := server.get("/readyz")):
        assert time.monotonic() < deadline, (ready.body, server.log[-2_000:])
        time.sleep(0.1)
    return ready.body
