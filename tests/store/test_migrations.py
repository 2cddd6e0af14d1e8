"""Migrations: a database of every version becomes one of the newest, in one transaction."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pytest
from sqlalchemy import Column, MetaData, Text

from releasecal.core.models import ReleaseKey
from releasecal.errors import StoreError
from releasecal.queries.feed_query import EVERYTHING, FeedQuery
from releasecal.queries.site_settings import SiteSettings
from releasecal.refresh.publisher import Publisher
from releasecal.store import Store, answering_queries, change_log, newest_edition, schema
from releasecal.store.migrations import OLDEST, UPGRADES
from support.build import NOW
from support.database import database_url, rows, shape
from support.paths import UPGRADED

pytestmark = pytest.mark.sqlite("the older databases are its files")

NEWEST = len(UPGRADES) + 1
OLDER = range(1, NEWEST)
FACTS = """
sources: [{id: tmdb, machine: true}]
films:
  - {id: first, title: First, windows: [{to: streaming, days: 45}],
     releases: [{kind: theatrical, region: US, when: 2027-03-12}]}
  - {id: second, title: Second, follows: first, source: tmdb,
     releases: [{kind: theatrical, region: US, when: 2028-03-04}]}
"""
"""The facts of the older databases."""

EXTRA = ("ALTER TABLE films ADD COLUMN extra TEXT",)


@pytest.fixture
def old(tmp_path):
    """Return a function that writes a database of a version, and its address."""

    def write(version):
        path = tmp_path / f"version-{version}.db"
        dump = (UPGRADED / f"version-{version}.sql").read_text(encoding="utf-8")
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(dump)
        return database_url(path)

    return write


def upgraded(url, upgrades=UPGRADES):
    """Return the shape of the database at *url* once it has been opened."""
    store = Store.open(url, upgrades)
    found = shape(store)
    store.close()
    return found


def test_missing_steps_are_taken_once_and_in_order(url):
    """An upgrade takes all missing steps in order; the next opening takes none."""
    Store.open(url).close()
    fill = ("INSERT INTO sources (id, data) VALUES ('x', '{}')",)

    for _ in range(2):
        store = Store.open(url, [*UPGRADES, EXTRA, fill])
        assert rows(store)["sources"] == [("x", "{}")]
        assert rows(store)["schema_version"] == [(NEWEST + 2, OLDEST)]
        store.close()


def test_a_failed_upgrade_changes_nothing(url):
    """A step that fails leaves the database as it was."""
    Store.open(url).close()

    with pytest.raises(StoreError, match="syntax error"):
        Store.open(url, [*UPGRADES, EXTRA, ("this is no SQL",)])

    unchanged = Store.open(url)
    assert rows(unchanged)["schema_version"] == [(NEWEST, OLDEST)]
    unchanged.close()


@pytest.mark.parametrize("version", OLDER)
def test_a_step_makes_the_schema_of_the_next_version(version, old, url):
    """A step makes exactly the tables and indexes of the next version."""
    newer = upgraded(old(version), UPGRADES[:version])
    with closing(sqlite3.connect(":memory:")) as connection:
        if version + 1 == NEWEST:
            expected = upgraded(url)
        else:
            dump = (UPGRADED / f"version-{version + 1}.sql").read_text(encoding="utf-8")
            connection.executescript(dump)
            expected = shape(connection)

    assert newer == expected


@pytest.mark.parametrize("version", [*OLDER, NEWEST])
def test_every_version_upgrades_to_a_next_one(version, old, url, monkeypatch):
    """A later version may add columns to `entries` and all other tables: older steps stay right."""
    later = MetaData()
    for table in schema.metadata.sorted_tables:
        copy = table.to_metadata(later)
        copy.append_column(Column("extra", Text))
        conditions = {index.name: index.info for index in table.indexes}
        for index in copy.indexes:  # SQLAlchemy copies no notes
            index.info = conditions[index.name]
    step = [f"ALTER TABLE {table} ADD COLUMN extra TEXT" for table in later.tables]
    if version == NEWEST:
        Store.open(url).close()
    monkeypatch.setattr(schema, "metadata", later)

    newer = upgraded(url if version == NEWEST else old(version), [*UPGRADES, step])

    assert newer == upgraded(f"{url}-fresh", [*UPGRADES, step])
    assert {table[-1].name for table in newer.tables.values()} == {"extra"}


@pytest.mark.parametrize("version", OLDER)
def test_an_older_database_keeps_its_facts(version, old, tmp_path, monkeypatch):
    """The facts of an older database stay, octet for octet; the next refresh fills the new tables."""
    store = Store.open(old(version))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data/films.yaml").write_text(FACTS)
    publisher = Publisher(store, ["data"], SiteSettings(), lambda: NOW)

    def events(query=EVERYTHING):
        found = store.ask(
            answering_queries.feed, query, path="/calendar", site=SiteSettings(), today=NOW.date()
        )
        return [
            (str(entry.key), entry.sequence, str(entry.current.when)) for entry in found.entries
        ]

    before = events()
    kinds = [FeedQuery(kind=(kind,)) for kind in ("streaming", "streaming-eligible")]
    derived = [[entry for entry in before if ".streaming." in entry[0]]] * 2
    assert [events(query) for query in kinds] == derived
    assert derived != [[], []]
    assert [change.in_words for change in store.ask(change_log.newest, limit=2)] == [
        "Retitled from Working Title",
        "Moved from 5 Mar 2027 to 12 Mar 2027",
    ]

    report = publisher.refresh()

    # Before version 4 a change waited for a second read; it waits anew, for as long as it takes now.
    since = NOW if version < 4 else datetime(2026, 11, 20, 9, tzinfo=UTC)
    assert report.counts == {}
    assert [each.since for each in store.ask(newest_edition.pending).values()] == [since]
    assert not publisher.refresh().was_read
    assert events()[:2] == before[:2]
    assert rows(store)["schema_version"] == [(NEWEST, OLDEST)]
    # Each of the two films mentions its title, the second one the first film, too.
    assert [len(rows(store)[table]) for table in ("mentions", "snapshots")] == [3, 1]
    assert len(rows(store)["events"]) == 5
    store.close()


@pytest.mark.parametrize("version", OLDER)
def test_an_upgrade_changes_neither_uid_nor_sequence(version, old, tmp_path):
    """Of any event: what the file had before it was opened, it has after, and after a refresh."""
    url = old(version)
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        published = dict(connection.execute('SELECT "key", sequence FROM entries'))
    assert max(published.values()) > 0
    path = tmp_path / "films.yaml"
    path.write_text(FACTS)
    store = Store.open(url)

    def events():
        return {
            each.uid: each.sequence for each in store.ask(newest_edition.edition).entries.values()
        }

    assert events() == published
    Publisher(store, [str(path)], SiteSettings(), lambda: NOW).refresh()
    assert events() == published
    store.close()


@pytest.mark.parametrize("version", OLDER)
def test_a_published_uid_stays_as_it_was(version, old, tmp_path, monkeypatch):
    """UID and SEQUENCE of an older database stay, also those that a new release would not get."""
    url, channel = old(version), "アマゾン"
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        connection.execute(
            "UPDATE entries SET \"key\" = 'second.tv.jp.' || :channel, sequence = 7, region = 'JP',"
            " channel = :channel, facts = json_set(facts, '$.release.key', json_object("
            " 'film', 'second', 'kind', 'tv', 'region', 'JP', 'channel', :channel),"
            " '$.release.kind', 'tv', '$.release.channel', :channel) WHERE \"key\" LIKE 'second.%'",
            {"channel": channel},
        )
        if version >= 4:  # before, the key was the UID
            connection.execute('UPDATE entries SET uids = "key"')
        connection.commit()
        published = connection.execute('SELECT "key", sequence FROM entries ORDER BY 1').fetchall()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "films.yaml").write_text(
        "films:\n"
        "  - {id: first, title: First, windows: [{to: streaming, days: 45}],\n"
        "     releases: [{kind: theatrical, region: US, when: 2027-03-12}]}\n"
        "  - {id: second, title: Second, follows: first, releases: [\n"
        "     {kind: tv, region: JP, channel: アマゾン, when: 2028-03-04},\n"
        "     {kind: tv, region: KR, channel: アマゾン, when: 2028-03-04}]}\n",
        encoding="utf-8",
    )
    store = Store.open(url)
    Publisher(store, ["films.yaml"], SiteSettings(), lambda: NOW).refresh()

    entries = store.ask(newest_edition.edition).entries.values()
    kept = {entry.uid: entry.sequence for entry in entries}
    for uid, sequence in published:
        assert kept.pop(uid) >= sequence
    assert list(kept) == [ReleaseKey("second", "tv", "KR", channel).uid]
    assert next(iter(kept)).isascii()
    related = {entry.uid: entry.facts.related for entry in entries}
    assert related["first.streaming.us"] == ("first.theatrical.us",)
    store.close()


@pytest.mark.parametrize("version", OLDER)
def test_an_id_of_an_older_database_can_be_mended(version, old, tmp_path):
    """A film that an older version published goes on under another id, with UID and SEQUENCE."""
    path = tmp_path / "films.yaml"
    path.write_text(
        "films:\n"
        "  - {id: one, was: [first], title: First, windows: [{to: streaming, days: 45}],\n"
        "     releases: [{kind: theatrical, region: US, when: 2027-03-12}]}\n"
        "  - {id: second, title: Second, follows: first,\n"
        "     releases: [{kind: theatrical, region: US, when: 2028-03-04}]}\n"
    )
    store = Store.open(old(version))
    before = store.ask(newest_edition.edition).entries.values()
    published = {entry.uid: (entry.sequence, entry.created) for entry in before}
    del published["second.theatrical.us"]

    report = Publisher(store, [str(path)], SiteSettings(), lambda: NOW).refresh()

    after = [
        each
        for each in store.ask(newest_edition.edition).entries.values()
        if each.key.film == "one"
    ]
    assert {entry.uid: (entry.sequence, entry.created) for entry in after} == published
    assert {change.key.film for change in report.changes} == {"second"}
    store.close()


@pytest.mark.parametrize("version", OLDER)
def test_related_releases_of_an_older_database_are_uids(version, old):
    """RELATED-TO of an older database names the same events before the next refresh."""
    store = Store.open(old(version))

    related = {
        entry.uid: entry.facts.related
        for entry in store.ask(newest_edition.edition).entries.values()
    }

    assert related["first.streaming.us"] == ("first.theatrical.us",)
    store.close()
