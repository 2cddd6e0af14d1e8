"""PostgreSQL: what a server and other nodes can do to a database, and what SQLite cannot show."""

import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text, update

from releasecal.core.editions import NOTHING
from releasecal.errors import StoreError, StoreTooNew
from releasecal.queries.feed_query import EVERYTHING
from releasecal.queries.site_settings import SiteSettings
from releasecal.store import (
    ConnectionLimits,
    Inputs,
    RefreshStatus,
    SourceStatus,
    Store,
    answering_queries,
    film_queries,
    last_modified,
    lease,
    ledger_copy,
    newest_edition,
    refresh_status,
    schema,
    source_health,
    write,
)
from releasecal.store.connection import DatabaseLocked
from releasecal.store.migrations import NEWEST, UPGRADES
from support.build import DAY, NOW, opening, publish
from support.live import until
from support.postgresql import DATABASES, PostgreSQL, server

pytestmark = pytest.mark.system

NODES, CONTENDERS = 24, 60
IMPATIENT = ConnectionLimits(patience=timedelta(seconds=1))


@pytest.fixture
def url(tmp_path):
    """Return the address of a database with our tables."""
    yield DATABASES.address(tmp_path)
    DATABASES.give_back(str(tmp_path))


@pytest.fixture
def store(url):
    with closing(Store.open(url, limits=IMPATIENT)) as store:
        yield store


@pytest.fixture
def own_server():
    """Return a server that the test may kill or stop."""
    found = PostgreSQL()
    found.start()
    yield found
    found.stop()


def save(store, edition, before=NOTHING, holder="me", **inputs):
    assert lease.acquire(store, holder, now=NOW)
    write.save(store, edition, before, (), inputs=Inputs("", **inputs), holder=holder)
    lease.release(store, holder)
    return edition


def at_once(count, work):
    """Return what *work* returns for each number below *count*, all begun at the same moment."""
    barrier = threading.Barrier(count)

    def one(number):
        barrier.wait()
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def test_nodes_that_start_together_make_one_schema():
    """Of many nodes on an empty database one makes the tables, and none fails."""
    url = server().create("nodes")

    def start(_):
        with closing(Store.open(url)) as store:
            return store.ask(newest_edition.head).number

    assert at_once(NODES, start) == [0] * NODES
    with closing(Store.open(url)) as store, store.reading() as connection:
        assert connection.execute(select(schema.version.c.version)).scalars().all() == [NEWEST]
    server().drop("nodes")


def test_a_lease_that_many_want_has_one_holder(url):
    """All but one are told that they have not got it; nobody meets an error."""

    def take(number):
        with closing(Store.open(url)) as store:
            return lease.acquire(store, f"node {number}", now=NOW)

    assert sorted(at_once(CONTENDERS, take)) == [False] * (CONTENDERS - 1) + [True]


def test_notes_and_confirmations_of_many_nodes_are_no_errors(url):
    """Nodes that note how a refresh went, and that a source is well, wait for each other."""
    with closing(Store.open(url)) as store:
        save(store, publish(opening("2027")), statuses=(SourceStatus("data"),), at=NOW)

    def note(number):
        with closing(Store.open(url)) as store:
            refresh_status.note(store, RefreshStatus(NOW, NOW, (f"node {number}",)))
            source_health.confirm(store, NOW + DAY, {}, stale_after=DAY)
            return last_modified.last_changed(
                store, "/", "one", edition=1, today=NOW.date(), at_the_latest=NOW
            )

    assert set(at_once(NODES, note)) == {NOW}


def test_a_lease_is_renewed_while_an_edition_is_saved(store):
    """A save that takes long loses no lease, and responses are remembered meanwhile."""
    save(store, publish(opening("2027")))
    lease.acquire(store, "me", now=NOW)

    with store.writing():
        assert lease.renew(store, "me", now=NOW)
        told = {
            last_modified.last_changed(
                store, "/", digest, edition=1, today=NOW.date(), at_the_latest=NOW
            )
            for digest in ("one", "two", "two")
        }
    assert told == {NOW, NOW + timedelta(seconds=1)}


def test_a_second_writer_waits_and_then_is_told(store, url, monkeypatch):
    """Another writer's transaction is waited for, and called by its name when it lasts."""
    monkeypatch.setattr("releasecal.store.connection.LOCK_TIMEOUT", 100)
    with (
        closing(Store.open(url)) as other,
        store.writing(),
        pytest.raises(DatabaseLocked, match="another program has it: try again"),
        other.writing(),
    ):
        pass


def test_a_response_sees_one_edition(store, url):
    """Its queries have the same snapshot, whatever is saved in between."""
    first = save(store, publish(opening("2027")))
    with closing(Store.open(url)) as other, store.reading() as connection:
        head = newest_edition.head(connection)
        save(other, publish(opening("2028"), before=first, now=NOW + DAY), first)
        feed = answering_queries.feed(
            connection, EVERYTHING, path="/", site=SiteSettings(), today=NOW.date()
        )
        assert newest_edition.head(connection) == head
        assert str(feed.undated[0].current.when) == "2027"
    assert store.ask(newest_edition.head).number == head.number + 1


def test_a_response_writes_nothing(store):
    """A reading transaction cannot write, and the error says what would do."""
    with (
        pytest.raises(StoreError, match=r"read-only transaction.*\(name the primary server"),
        store.reading() as connection,
    ):
        connection.execute(update(schema.version).values(version=0))


def test_time_does_not_end_in_2038(store):
    """Moments are of eight octets."""
    late = datetime(2100, 1, 1, tzinfo=UTC)
    save(store, publish(opening("2101-02-03"), now=late))

    assert store.ask(newest_edition.head).published == late


def test_texts_have_the_order_of_their_characters(store):
    """The server's own locale, in which "a" is before "B", does not count."""
    titles = ["a", "B", "\u00e4", "Z", "\U0001f600", "\uffe0"]
    films = [opening("2027", id_=f"film-{n}", title=title) for n, title in enumerate(titles)]
    save(store, publish(*films))

    with store.reading() as connection:
        column = schema.films.c.title
        assert connection.execute(select(column).order_by(column)).scalars().all() == sorted(titles)


def test_nothing_is_called_nul(store):
    """A name with a character that no text can have is unknown, like any other."""
    save(store, publish(opening("2027")))

    assert store.ask(film_queries.films, ["film\0", "film"]).keys() == {"film"}
    assert not store.ask(film_queries.has, "\0", column=schema.films.c.id)


def test_the_longest_texts_fit_into_the_indexes(store):
    """Titles of the longest kind, in letters of three octets, can be saved."""
    letters = [chr(0x4E00 + number * 41 % 20_000) for number in range(500)]
    title = "".join(letters)
    save(store, publish(replace(opening("2027"), title=title)))

    assert store.ask(film_queries.titles, ["film"]) == {"film": title}


def test_a_restored_ledger_goes_on(store, tmp_path):
    """The next edition's changes have the next numbers."""
    first = publish(opening("2027"))
    second = publish(opening("2028"), before=first, now=NOW + DAY)
    save(store, first)
    lines = store.ask(
        lambda connection: list(ledger_copy.lines(ledger_copy.table_rows(connection)))
    )
    url = DATABASES.address(tmp_path / "other")
    with closing(Store.open(url)) as other:
        ledger_copy.restored(other, lines, "ledger")
        save(other, second, first)
        assert other.ask(newest_edition.edition).entries == second.entries
    DATABASES.give_back(str(tmp_path / "other"))


class TestUpgrades:
    """A database that nodes of two versions share."""

    @pytest.fixture
    def url(self):
        """Return the address of a database that no other test has afterwards."""
        url = server().create("shared")
        Store.open(url).close()
        yield url
        server().drop("shared")

    ADDED = ("ALTER TABLE films ADD COLUMN extra TEXT DEFAULT 'x' NOT NULL",)
    DROPPED = (
        "ALTER TABLE films DROP COLUMN title",
        f"UPDATE schema_version SET oldest = {NEWEST + 2}",
    )

    def test_an_old_node_goes_on_after_a_step_that_adds(self, url, store):
        """It reads and writes, also through new connections; the newer one reads what it wrote."""
        first = save(store, publish(opening("2027")))
        with closing(Store.open(url, [*UPGRADES, self.ADDED])) as newer:
            store.close()  # its connections; the next ones see the new tables
            second = save(store, publish(opening("2028"), before=first, now=NOW + DAY), first)
            assert newer.ask(newest_edition.edition) == second
            third = save(newer, publish(opening("2029"), before=second, now=NOW + 2 * DAY), second)
            assert store.ask(newest_edition.edition) == third
        with closing(Store.open(url)) as again:
            assert again.ask(newest_edition.edition) == third

    def test_an_old_node_stops_before_a_step_that_takes_away(self, url, store):
        """It says that it is too old, and writes nothing."""
        save(store, publish(opening("2027")))
        Store.open(url, [*UPGRADES, self.ADDED, self.DROPPED]).close()
        store.close()

        with pytest.raises(StoreTooNew, match="upgrade releasecal"):
            store.ask(newest_edition.head)
        with pytest.raises(StoreTooNew):
            Store.open(url)

    def test_an_upgraded_database_has_the_tables_of_a_new_one(self, url):
        """Texts are compared by their characters' numbers, in columns that a step has added, too."""
        columns = text(
            "SELECT table_name, column_name, data_type, is_nullable, collation_name"
            " FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2"
        )
        with closing(Store.open(url)) as store:
            new = store.ask(lambda connection: connection.execute(columns).all())
            with store.writing() as connection:
                connection.execute(text("DROP TABLE choice_counts"))
                connection.execute(text("UPDATE schema_version SET version = 4"))
        with closing(Store.open(url)) as upgraded:
            assert upgraded.ask(lambda connection: connection.execute(columns).all()) == new

    def test_nodes_that_are_upgraded_together_take_each_step_once(self, url):
        """However many are started, with either version."""

        def start(number):
            with closing(
                Store.open(url, [*UPGRADES, self.ADDED] if number % 2 else UPGRADES)
            ) as node:
                return node.ask(newest_edition.head).number

        assert at_once(NODES, start) == [0] * NODES


class TestOutages:
    """A server that ends, that is stopped, and that is not there."""

    def test_a_server_that_comes_back_is_used_again(self, own_server):
        """While it is away each error says so; then the pool connects anew, without an error."""
        with closing(Store.open(own_server.create("site"), limits=IMPATIENT)) as store:
            save(store, publish(opening("2027")))
            own_server.kill()
            with pytest.raises(StoreError) as away:
                store.ask(newest_edition.head)
            own_server.start()
            assert store.ask(newest_edition.head).number == 1

        assert "(start " in str(away.value)
        assert away.value.cause.startswith("its server")

    def test_a_restart_between_two_questions_is_no_error(self, own_server):
        """Connections that the server has closed are replaced before they are used."""
        with closing(Store.open(own_server.create("site"))) as store:
            store.ask(newest_edition.head)
            own_server.kill()
            own_server.start()
            assert store.ask(newest_edition.head).number == 0

    def test_a_server_that_is_stopped_is_given_up(self, own_server):
        """A server that takes connections and never answers is an error in the time that is set."""
        with closing(Store.open(own_server.create("site"), limits=IMPATIENT)) as store:
            store.ask(newest_edition.head)
            own_server.signal(signal.SIGSTOP)
            try:
                errors = []
                for _ in range(2):  # a connection that was open, and one that is new
                    with pytest.raises(StoreError) as hung:
                        store.ask(newest_edition.head)
                    errors.append(hung.value)
            finally:
                own_server.signal(signal.SIGCONT)
            until(lambda: _answers(store), "an answer")

        assert {error.cause for error in errors} == {"its server does not answer"}

    def test_a_server_that_is_not_there_is_told(self):
        """Refused, unknown and not ours: each says what would do."""
        for address, remedy in (
            ("postgresql://me:secret@127.0.0.1:1/x", "start that server"),
            ("postgresql://me:secret@nowhere.invalid/x", "mend its address"),
            (server().url("nothing"), "create it, or mend its address"),
        ):
            with pytest.raises(StoreError) as error:
                Store.open(address, limits=IMPATIENT)
            assert remedy in str(error.value)
            assert "secret" not in str(error.value)


def _answers(store):
    try:
        return store.ask(newest_edition.head) is not None
    except StoreError:
        return False


class TestReaders:
    """Nodes that cannot write, and a copy of the database that is read in its place."""

    @pytest.fixture
    def reader(self, url, store):
        """Return the store of a user who may read all, and write nothing."""
        save(store, publish(opening("2027")))
        server().execute(
            "DROP ROLE IF EXISTS reader; CREATE ROLE reader LOGIN IN ROLE pg_read_all_data"
        )
        with closing(Store.open(url.replace("releasecal@", "reader@"), limits=IMPATIENT)) as found:
            yield found

    def told(self, store, digest, at):
        return last_modified.last_changed(
            store, "/", digest, edition=1, today=NOW.date(), at_the_latest=at
        )

    def test_a_node_that_cannot_write_remembers_by_itself(self, reader, store):
        """Its Last-Modified stays while a response does; what another node wrote counts first."""
        assert self.told(reader, "one", NOW) == NOW
        assert self.told(reader, "one", NOW + DAY) == NOW
        assert self.told(reader, "two", NOW + DAY) == NOW + DAY
        assert self.told(store, "two", NOW + 2 * DAY) == NOW + 2 * DAY
        assert self.told(reader, "two", NOW + 3 * DAY) == NOW + 2 * DAY

    def test_what_may_not_be_written_is_told(self, reader):
        """With what would do; and no connection is given up for it."""
        with pytest.raises(StoreError, match=r"permission denied.*\(grant this user all"):
            lease.acquire(reader, "me", now=NOW)
        assert reader.ask(newest_edition.head).number == 1

    def test_a_replica_is_read_and_the_database_written(self, url, store, tmp_path):
        """A copy that is behind gives its own edition, and the memory is that of all nodes."""
        first = save(store, publish(opening("2027")))
        behind = DATABASES.address(tmp_path / "replica")
        with closing(Store.open(behind)) as copy:
            save(copy, first)
        save(store, publish(opening("2028"), before=first, now=NOW + DAY), first)

        with closing(Store.open(url, replica=behind)) as node:
            assert node.ask(newest_edition.head).number == 1
            with node.reading(newest=True) as connection:
                assert newest_edition.head(connection).number == 2
            assert self.told(store, "one", NOW) == NOW  # of the edition before: not noted
            assert self.told(node, "one", NOW) == NOW
        DATABASES.give_back(str(tmp_path / "replica"))
