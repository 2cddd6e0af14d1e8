"""The ledger as a file: exact, consistent while others write, and nothing of a broken one."""

import gzip
import json
import threading
from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import insert, update

from releasecal.cli import main
from releasecal.errors import StoreError, StoreTooNew
from releasecal.queries.site_settings import SiteSettings
from releasecal.refresh.publisher import Publisher
from releasecal.store import Store, access_tokens, ledger_copy, newest_edition, schema
from releasecal.store.access_tokens import AccessToken
from support.clock import NOW, Clock
from support.data_files import FILM
from support.database import database_settings, database_url, rows
from support.site import app_of

LATER = NOW + timedelta(hours=1)
ADDRESSES = (
    *("/calendar.ics", "/calendar.json", "/changes.atom", "/changes.json", "/undo.ics"),
    *("/calendar.ics?region=US", "/calendar.json?as-of=2026-11-22", "/", "/changes"),
)


class Site:
    """A site on files of its own."""

    def __init__(self, folder, name, clock, data):
        self.store = Store.open(database_url(folder / f"{name}.db"))
        self.publisher = Publisher(self.store, [str(data)], SiteSettings(), clock)

    def responses(self):
        """Return the bytes and validators of all kinds of responses."""
        client = app_of(self.publisher).test_client()
        found = [client.get(address) for address in ADDRESSES]
        return [(each.data, each.headers.get("ETag"), each.last_modified) for each in found]


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def data(tmp_path):
    path = tmp_path / "films.yaml"
    path.write_text(FILM.format(when="2031-01-01"))
    return path


@pytest.fixture
def site(tmp_path, clock, data):
    site = Site(tmp_path, "before", clock, data)
    site.publisher.refresh()
    data.write_text(FILM.format(when="2031-02-02"))
    clock.now += timedelta(days=1)
    site.publisher.refresh()
    site.responses()
    yield site
    site.store.close()


def written(store):
    with store.reading() as connection:
        return list(ledger_copy.lines(ledger_copy.table_rows(connection)))


def restored(site, lines):
    with site.store.writing() as connection:
        return ledger_copy.fill(connection, ledger_copy.rows_of(lines, "ledger.jsonl"))


def test_a_restored_database_goes_on_as_the_first_would_have(tmp_path, clock, data, site):
    """All responses, their validators and all rows are equal, also after the next refresh."""
    other = Site(tmp_path, "after", clock, data)
    restored(other, written(site.store))

    for when in ("2031-03-03", "2031-04-04"):
        assert written(site.store) == written(other.store)
        assert site.responses() == other.responses()
        clock.now += timedelta(days=1)
        data.write_text(FILM.format(when=when))
        assert site.publisher.refresh().as_json == other.publisher.refresh().as_json
    assert written(site.store) == written(other.store)
    other.store.close()


def test_an_exported_ledger_has_no_pictures_and_no_tokens(site):
    """They are not for everybody; with them an export has no news either."""
    poster = {"digest": "ab", "media_type": "image/webp", "octets": 3, "kept": NOW, "failures": 0}
    with site.store.writing() as facts:
        before = ledger_copy.operations_digest(facts)
        facts.execute(insert(schema.posters).values(address="https://a.example", due=NOW, **poster))
        facts.execute(insert(schema.poster_copies).values(digest="ab", data=b"abc"))
        token = {"name": "ci", "scopes": "refresh", "query": "", "created": NOW}
        facts.execute(insert(schema.access_tokens).values(digest="cd", **token))
        names = [
            {name for name, _ in ledger_copy.table_rows(facts, memory=memory)}
            for memory in (True, False)
        ]

        assert names[0] - names[1] == {
            *("last_modified", "posters", "poster_copies", "access_tokens"),
        }
        assert ledger_copy.operations_digest(facts) == before
        facts.execute(update(schema.snapshots).values(digest="another"))
        assert ledger_copy.operations_digest(facts) != before


def test_a_ledger_from_elsewhere_lets_nobody_in(tmp_path, clock, data, site):
    """A backup brings its tokens back; in a file that is published one is damage."""
    token = access_tokens.make()
    access_tokens.add(site.store, token, AccessToken("ci", ["refresh"], NOW))
    other = Site(tmp_path, "after", clock, data)

    with pytest.raises(StoreError, match=r"no row of a releasecal table"):
        ledger_copy.restored(other.store, written(site.store), "ledger.jsonl", is_published=True)
    assert other.store.ask(access_tokens.listed) == []
    ledger_copy.restored(other.store, written(site.store), "ledger.jsonl")

    assert access_tokens.find(other.store, token, "refresh", NOW).name == "ci"
    other.store.close()


def test_a_backup_is_of_one_moment(site, data):
    """Rows that are written meanwhile are not in it, nor half of an edition."""
    with site.store.reading() as connection:
        found = ledger_copy.table_rows(connection)
        first = next(found)
        other = threading.Thread(target=_publish, args=(site, data))
        other.start()
        other.join()
        names = [first, *found]

    assert sum(name == "editions" for name, _ in names) == 2
    assert site.store.ask(newest_edition.head).number == 3


def _publish(site, data):
    data.write_text(FILM.format(when="2031-05-05"))
    site.publisher.refresh()


def test_a_database_with_a_calendar_is_left_alone(site):
    """Nothing is written into it."""
    lines, before = written(site.store), rows(site.store)

    with pytest.raises(StoreError, match="has a calendar already"):
        restored(site, lines)
    assert rows(site.store) == before


BROKEN = {
    "cut off": (lambda lines: lines[:-1], "the end of the file is missing"),
    "a line less": (lambda lines: [*lines[:3], *lines[4:]], "it ends after"),
    "half a line": (lambda lines: [*lines[:3], lines[3][:9]], "jsonl:4:1: it is no JSON"),
    "no header": (lambda lines: lines[1:], "this is no ledger"),
    "nothing": (lambda _: [], "this is no ledger"),
    "text": (lambda _: ["hello\n"], "this is no ledger"),
    "more": (lambda lines: [*lines, lines[1]], "it ends after"),
    "no table": (lambda lines: [lines[0], '["x",{}]\n', *lines[1:]], "jsonl:2:1: this is no row"),
    "a lease": (lambda lines: [lines[0], '["lease",{}]\n'], "jsonl:2:1: this is no row"),
    "no row": (lambda lines: [lines[0], "[[],1]\n"], "jsonl:2:1: this is no row"),
    "a number": (lambda lines: [lines[0], "1\n"], "jsonl:2:1: this is no row"),
    "no column": (lambda lines: [lines[0], '["films",{"id":1}]\n'], "jsonl:2:1: this is no row"),
    "older": (lambda lines: ['{"format":"releasecal-ledger","schema":1}\n', *lines[1:]], "version 1"),
}  # fmt: skip


@pytest.mark.parametrize("happens", BROKEN)
def test_nothing_of_a_broken_ledger_is_restored(tmp_path, clock, data, site, happens):
    """The error names the line and the remedy; the database stays empty."""
    spoil, message = BROKEN[happens]
    other = Site(tmp_path, "after", clock, data)

    with pytest.raises(StoreError, match=message) as error:
        restored(other, spoil(written(site.store)))

    assert str(error.value).endswith(")")
    assert other.store.ask(newest_edition.head).number == 0
    assert not rows(other.store)["films"]
    other.store.close()


def test_a_ledger_of_a_newer_version_says_so(tmp_path, clock, data):
    """Its remedy is an upgrade."""
    with pytest.raises(StoreTooNew, match="upgrade releasecal"):
        restored(
            Site(tmp_path, "new", clock, data), ['{"format":"releasecal-ledger","schema":99}\n']
        )


def test_a_ledger_does_not_carry_a_refresh_that_is_running(site):
    """The lease stays with its database."""
    with site.store.writing() as connection:
        connection.execute(insert(schema.lease).values(name="x", holder="y", until=LATER))

    assert {json.loads(line)[0] for line in written(site.store)[1:-1]}.isdisjoint({"lease"})


@pytest.fixture
def run(tmp_path, monkeypatch, data):
    """Return a function that runs a command of the settings of a state folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RELEASECAL_SOURCES", str(data))

    def call(state, *args, status=0):
        monkeypatch.setenv("RELEASECAL_STATE_DIR", str(tmp_path / state))
        for name, text in database_settings(tmp_path / state / "releasecal.db").items():
            monkeypatch.setenv(name, text)
        done = CliRunner().invoke(main, args)
        assert done.exit_code == status, done.output
        return done.output

    return call


@pytest.mark.parametrize("name", ["ledger.jsonl", "ledger.jsonl.gz"])
def test_backup_and_restore_at_the_terminal(tmp_path, run, name):
    """A backup replaces the one before; the restored calendar is the same."""
    run("one", "refresh")
    (tmp_path / name).write_text("the backup of yesterday")
    run("one", "backup", name)
    feed = run("one", "show", "--format", "ics")

    assert "rows restored" in run("two", "restore", name)
    assert run("two", "show", "--format", "ics") == feed
    assert "has a calendar already" in run("two", "restore", name, status=1)
    assert not [*tmp_path.glob("*.new")]


def test_copy_fills_another_database(tmp_path, run):
    """Both have the same calendar afterwards."""
    run("one", "refresh")
    to = database_url(tmp_path / "three" / "releasecal.db")
    (tmp_path / "three").mkdir()
    run("one", "copy", "--from", database_url(tmp_path / "one" / "releasecal.db"), "--to", to)

    assert run("three", "show", "--format", "json") == run("one", "show", "--format", "json")


@pytest.mark.sqlite("its file is gone, and may be in another folder")
def test_a_database_that_is_gone_is_told(run):
    """The error names the setting that would do."""
    gone = run("one", "backup", "-", status=1)
    assert "the file is gone" in gone
    assert "RELEASECAL_STATE_DIR" in gone


def test_files_that_cannot_be_read_or_written_are_told(tmp_path, run):
    """Each error names the file and what would do; a backup that fails leaves nothing."""
    run("one", "refresh")
    assert "no-such" in run("two", "restore", "no-such.jsonl", status=1)
    assert "name another file" in run("one", "backup", "no-such/ledger.jsonl", status=1)
    (tmp_path / "half.jsonl.gz").write_bytes(gzip.compress(b"x" * 10_000)[:-20])
    assert "take another copy" in run("two", "restore", "half.jsonl.gz", status=1)
    (tmp_path / "text.jsonl.gz").write_bytes(b"no gzip")
    assert "take another copy" in run("two", "restore", "text.jsonl.gz", status=1)
    (tmp_path / "latin.jsonl").write_bytes(b"\xe4\n")
    assert "take another copy" in run("two", "restore", "latin.jsonl", status=1)
