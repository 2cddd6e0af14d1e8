"""The publisher: the sources become an edition, or the newest edition stays."""

import json
import logging
import os
import random
import signal
import subprocess
import sys
import threading
import time
import traceback
from datetime import UTC, date, datetime, timedelta

import pytest

from releasecal import sources
from releasecal.errors import DataError, RefreshHeld, RefreshRunning, SourceError, StoreError
from releasecal.formats import changes_atom, changes_json, ics
from releasecal.queries.change_query import ChangeQuery
from releasecal.queries.feed_query import EVERYTHING, FeedQuery
from releasecal.queries.site_settings import SiteSettings
from releasecal.refresh import full, lease_keeper
from releasecal.refresh.publisher import Publisher
from releasecal.store import (
    LEASE,
    Store,
    answering_queries,
    change_log,
    lease,
    newest_edition,
    source_health,
)
from support.clock import NOW, Clock
from support.conformance import problems, unfaithful
from support.data_files import FILM, many
from support.database import asked, database_url, rows

pytestmark = pytest.mark.slow

UNTOLD = {"last_failure": [], "source_states": []}
"""The tables that tell what is wrong."""


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    write(folder, "2027-07-14")
    return folder


@pytest.fixture
def publisher(tmp_path, data, clock):
    store = Store.open(database_url(tmp_path / "releasecal.db"))
    yield Publisher(store, [str(data)], SiteSettings(), clock)
    store.close()


def write(folder, when):
    (folder / "films.yaml").write_text(FILM.format(when=when))


def published(publisher):
    feed = publisher.store.ask(
        answering_queries.feed, EVERYTHING, path="/calendar", site=SiteSettings(), today=NOW.date()
    )
    return [str(entry.shown) for entry in feed.entries]


def test_a_refresh_publishes(publisher):
    """The first refresh makes the first edition, and says what is in it."""
    report = publisher.refresh()

    assert (report.edition, report.is_news, report.was_read) == (1, True, True)
    assert report.in_words == "edition 1: 1 added"
    assert published(publisher) == ["2027-07-14"]
    assert publisher.own_status.succeeded == NOW
    json.dumps(report.as_json)


def test_a_move_is_published(publisher, data, clock):
    """An edited file moves the event."""
    clock.now = NOW.replace(year=2026)
    publisher.refresh()
    write(data, "2027-09-30")
    clock.now += timedelta(hours=1)

    report = publisher.refresh()

    assert report.counts == {"delayed": 1}
    assert published(publisher) == ["2027-09-30"]


def test_no_news_writes_no_row(publisher, data, clock):
    """Refreshing twice changes nothing, not a row; a comment is noted, not to be read again."""
    publisher.refresh()
    before = rows(publisher.store)
    clock.now += timedelta(hours=1)

    assert not publisher.refresh().was_read
    (data / "films.yaml").write_text(FILM.format(when="2027-07-14") + "# a comment\n")
    report = publisher.refresh()

    assert (report.was_read, report.is_news) == (True, False)
    assert report.in_words == "edition 1 stays, nothing has changed"
    after = rows(publisher.store)
    for noted in ("refresh_state", "snapshots"):
        assert after.pop(noted) != before.pop(noted)
    assert after == before


def test_an_unchanged_file_is_not_parsed(publisher, data, monkeypatch):
    """Neither after a look at the file's data, nor after a touch, nor after a restart."""
    publisher.refresh()
    reads = []
    monkeypatch.setattr(sources, "read_one", lambda *_, **__: reads.append("parsed"))
    digests = []
    digest = sources.digests
    monkeypatch.setattr(sources, "digests", lambda a: digests.append("hashed") or digest(a))

    publisher.refresh()
    hashed_untouched = len(digests)
    (data / "films.yaml").touch()
    publisher.refresh()
    Publisher(publisher.store, [str(data)], SiteSettings(), publisher.clock).refresh()

    assert reads == []
    assert len(digests) == hashed_untouched + 2


@pytest.mark.sqlite("its statements are counted, without a lock of writers")
def test_a_look_at_what_is_unchanged_is_one_transaction(publisher, clock):
    """It asks for the newest edition and the last outcome in one, and writes nothing."""
    clock.now = datetime.now(UTC) + timedelta(hours=1)  # by which the file has settled
    publisher.refresh()
    publisher.refresh()

    with asked(publisher.store) as statements:
        report = publisher.refresh()

    assert not report.was_read
    assert [each.partition(" ")[0] for each in statements] == ["BEGIN", "SELECT", "SELECT"]


def test_what_changed_just_now_is_hashed_again(publisher, data, clock, monkeypatch):
    """A file younger than a file system's clock can tell is not taken for unchanged."""
    path = data / "films.yaml"
    frozen = sources.stats([str(data)])
    clock.now = datetime.now(UTC)
    monkeypatch.setattr(sources, "stats", lambda _: frozen)
    publisher.refresh()

    path.write_text(FILM.format(when="2027-07-15"))

    assert publisher.refresh().counts == {"delayed": 1}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("films: [\n  {id}}", "films.yaml:2:7: not YAML"),
        (FILM.format(when="2027-02-30"), "films.yaml:5:53: when: no such day: 2027-02-30"),
        ("", "films.yaml: is empty"),
    ],
)
def test_a_broken_file_changes_nothing(publisher, data, text, problem, caplog):
    """The last good edition stays up; the error, the log and the health say where."""
    publisher.refresh()
    before = rows(publisher.store)
    (data / "films.yaml").write_text(text)

    for _ in range(3):
        with pytest.raises(DataError) as caught, caplog.at_level(logging.ERROR):
            publisher.refresh()

    assert problem in str(caught.value)
    assert {**rows(publisher.store), **UNTOLD} == {**before, **UNTOLD}
    assert publisher.own_status.problems == caught.value.problems
    assert publisher.own_status.succeeded == NOW
    assert len(caplog.messages) == len(publisher.own_status.problems)


def test_many_lines_with_one_mistake_are_ten_and_a_count(publisher, data, caplog):
    """In the log, on pages and for `/readyz`, as `check` prints them."""
    many(data, 1_000)
    path = data / "films.yaml"
    path.write_text(path.read_text().replace("2031-07-14", "2031-02-30"))

    with pytest.raises(DataError), caplog.at_level(logging.ERROR):
        publisher.refresh()

    told = [line.removeprefix("refresh failed: ") for line in caplog.messages]
    assert told == list(map(str, publisher.own_status.problems))
    assert len(told) == 11
    assert told[0].startswith(f"{path}:2:")
    assert "no such day: 2031-02-30" in told[0]
    assert "990 more like the 10 before" in told[-1]


def test_a_broken_file_is_parsed_once(publisher, data, monkeypatch):
    """Until it is edited again, its problems are known."""
    write(data, "2027-02-30")
    reads = []
    read = sources.read_one
    monkeypatch.setattr(
        sources, "read_one", lambda *args, **rest: reads.append("parsed") or read(*args, **rest)
    )

    for _ in range(3):
        with pytest.raises(DataError):
            publisher.refresh()
    write(data, "2027-02-03")
    publisher.refresh()

    assert len(reads) == 2
    assert publisher.own_status.problems == ()


def test_a_missing_source_is_no_empty_source(publisher, data):
    """A folder that went away empties nothing."""
    publisher.refresh()
    data.rename(data.with_name("gone"))

    with pytest.raises(SourceError, match="does not exist"):
        publisher.refresh()

    assert published(publisher) == ["2027-07-14"]


def test_follows_is_checked_with_all_else(publisher, data):
    """What leads nowhere is reported with every other problem, not after it."""
    (data / "films.yaml").write_text(
        "films:\n"
        "  - {id: one, title: One, follows: nobody}\n"
        "  - {id: two, title: Two, follows: three}\n"
        "  - {id: three, titel: Three}\n"
    )

    with pytest.raises(DataError) as caught:
        publisher.refresh()

    places = [(problem.place.line, problem.what) for problem in caught.value.problems]
    assert (2, "follows leads nowhere: there is no film 'nobody'") in places
    assert {line for line, _ in places} == {2, 4}


def test_one_at_a_time_in_a_process(publisher, monkeypatch):
    """A second refresh while one runs is told so."""
    started, finish = threading.Event(), threading.Event()
    read = sources.read_one

    def slow(*args, **rest):
        started.set()
        finish.wait(10)
        return read(*args, **rest)

    monkeypatch.setattr(sources, "read_one", slow)
    running = threading.Thread(target=publisher.refresh)
    running.start()
    started.wait(10)
    try:
        with pytest.raises(RefreshRunning):
            publisher.refresh()
    finally:
        finish.set()
        running.join()
    assert publisher.own_status.problems == ()


def test_one_at_a_time_everywhere(publisher, clock):
    """Another process's lease is respected until it runs out, and given back after use."""
    lease.acquire(publisher.store, "another process", now=clock())

    with pytest.raises(RefreshRunning):
        publisher.refresh()
    assert publisher.own_status.problems == ()

    clock.now += LEASE
    assert publisher.refresh().is_news
    assert lease.acquire(publisher.store, "another process", now=clock())


def test_a_long_refresh_keeps_its_lease(publisher, clock, monkeypatch):
    """While it works, nobody else takes over, however long it takes."""
    monkeypatch.setattr(lease_keeper, "LEASE", timedelta(milliseconds=30))
    read = sources.read_one
    others = []

    def slow(*args, **rest):
        for _ in range(5):
            clock.now += LEASE / 2
            time.sleep(0.1)  # for the keeper to notice
            others.append(lease.acquire(publisher.store, "another process", now=clock()))
        return read(*args, **rest)

    monkeypatch.setattr(sources, "read_one", slow)

    assert publisher.refresh().is_news
    assert others == [False] * 5


def test_one_at_a_time_also_after_a_fork(publisher):
    """Processes that were forked from one that had it all prepared exclude each other."""
    taken = []
    for _ in range(2):
        child = os.fork()
        if child == 0:
            lease = lease_keeper.hold(publisher.store, publisher.clock)
            try:
                lease.__enter__()
            except RefreshRunning:
                os._exit(1)
            os._exit(0)  # killed while it held it
        _, status = os.waitpid(child, 0)
        taken.append(os.waitstatus_to_exitcode(status) == 0)

    assert taken == [True, False]


def test_a_lease_that_cannot_be_given_back_spoils_no_success(publisher, monkeypatch, caplog):
    """A lease that cannot be given back ends by time; what was published is published."""

    def broken(*_, **__):
        raise StoreError("the database is locked")

    monkeypatch.setattr("releasecal.store.lease.release", broken)
    monkeypatch.setattr("releasecal.store.source_health.confirm", broken)

    assert publisher.refresh().is_news
    assert publisher.own_status.problems == ()
    assert "could not be given back" in caplog.text


def test_a_lease_that_was_lost_saves_nothing(publisher, clock, monkeypatch):
    """A process that lost its lease while it worked publishes nothing."""
    read_all = sources.read_one

    def stolen(*args, **rest):
        clock.now += 2 * LEASE
        assert lease.acquire(publisher.store, "another process", now=clock())
        return read_all(*args, **rest)

    monkeypatch.setattr(sources, "read_one", stolen)

    with pytest.raises(RefreshRunning):
        publisher.refresh()
    assert publisher.store.ask(newest_edition.head).number == 0


def test_a_failure_keeps_nothing_of_what_was_read(publisher, data):
    """Neither what was read nor the traceback is held on to, however often it is tried."""
    write(data, "2027-02-30")

    depths = []
    for _ in range(4):
        with pytest.raises(DataError) as caught:
            publisher.refresh()
        depths.append(len(traceback.extract_tb(caught.value.__traceback__)))

    assert publisher._last.error.__traceback__ is None
    assert depths[1:] == [depths[1]] * 3


def test_a_bug_is_noted_and_raised(publisher, monkeypatch):
    """The status tells of a bug; its traceback is not lost."""

    def wrong(*_, **__):
        return 1 / 0

    monkeypatch.setattr(full, "merge", wrong)

    with pytest.raises(ZeroDivisionError):
        publisher.refresh()
    assert "ZeroDivisionError" in publisher.own_status.problems[0].what


def test_a_setting_that_shows_makes_an_edition(publisher, data, clock):
    """Where the address in every event changes, every event is newer than before."""
    publisher.refresh()
    clock.now += timedelta(hours=1)
    moved = Publisher(
        publisher.store, [str(data)], SiteSettings(public_url="https://films.example"), clock
    )

    report = moved.refresh()

    assert report.is_news
    (entry,) = publisher.store.ask(newest_edition.edition).entries.values()
    assert entry.revised == clock()
    assert entry.sequence == 0


def test_an_unusable_store_is_an_error(publisher, monkeypatch):
    """A database that fails is told, and known to the health check."""

    def broken():
        raise StoreError("the database is gone")

    monkeypatch.setattr(publisher.store, "reading", broken)

    with pytest.raises(StoreError):
        publisher.refresh()
    (problem,) = publisher.own_status.problems
    assert str(problem) == "the database cannot be used (see the log)"


def test_kill_9_leaves_a_whole_edition(tmp_path):
    """Killed at any moment of its work, it leaves an edition that was complete."""
    count = 3_000
    films = "".join(
        f'{{"id": "film-{i}", "title": "Film", "releases": '
        '[{"kind": "theatrical", "region": "US", "when": "WHEN"}]},'
        for i in range(count)
    ).rstrip(",")
    data = tmp_path / "films.json"
    url = database_url(tmp_path / "state" / "releasecal.db")
    environment = {
        **os.environ,
        "RELEASECAL_SOURCES": str(data),
        "RELEASECAL_DATABASE_URL": url,
    }
    command = [sys.executable, "-m", "releasecal", "refresh"]
    Store.open(url).close()
    chance = random.Random(1)
    hit, found = 0, {()}
    for attempt in range(8):
        data.write_text(f'{{"films": [{films}]}}'.replace("WHEN", f"2031-01-{attempt + 1:02}"))
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        store = Store.open(url)
        while process.poll() is None and not rows(store)["lease"]:
            time.sleep(0.005)
        time.sleep(chance.uniform(0, 1.5))
        process.send_signal(signal.SIGKILL)
        process.wait()
        hit += len(rows(store)["lease"])
        edition = store.ask(newest_edition.edition)
        found.add(tuple(sorted({str(entry.current.when) for entry in edition.entries.values()})))
        assert len(edition.entries) in (0, count)
        assert lease.acquire(store, "next", now=datetime.now(UTC) + 1.5 * LEASE)  # the dead lose it
        lease.release(store, "next")
        store.close()
    assert hit >= 4, "the kills missed the work"
    assert all(len(dates) <= 1 for dates in found)

    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    store = Store.open(url)
    assert {
        str(entry.current.when) for entry in store.ask(newest_edition.edition).entries.values()
    } == {"2031-01-08"}
    store.close()


def test_the_loss_guard_holds(publisher, data, clock):
    """Where half of what is to come would go, the feed stays until somebody agrees."""
    many(data, 20)
    publisher.refresh()
    before = rows(publisher.store)
    many(data, 10)
    clock.now += timedelta(hours=1)

    for _ in range(2):
        with pytest.raises(RefreshHeld, match="10 of its 20 upcoming releases"):
            publisher.refresh()
    assert {**rows(publisher.store), **UNTOLD} == {**before, **UNTOLD}
    assert "--accept-loss" in publisher.own_status.problems[0].remedy

    assert publisher.refresh(accept_loss=True).counts == {"withdrawn": 10}
    assert publisher.own_status.problems == ()
    assert not publisher.refresh().was_read


def test_the_loss_guard_lets_go_by_itself(publisher, data):
    """When the source is whole again, nothing has happened."""
    many(data, 20)
    publisher.refresh()
    many(data, 1)
    with pytest.raises(RefreshHeld):
        publisher.refresh()
    many(data, 20)

    assert not publisher.refresh().is_news
    assert publisher.own_status.problems == ()


@pytest.fixture
def other(tmp_path, data, clock):
    """Give the same publisher in another process: it shares nothing but the database."""
    store = Store.open(database_url(tmp_path / "releasecal.db"))
    yield Publisher(store, [str(data)], SiteSettings(), clock)
    store.close()


def test_what_one_process_finds_wrong_all_know(publisher, other, data):
    """Whoever puts it right does so for all, at once; also where that is no news."""
    publisher.refresh()
    assert other.status.problems == ()

    (data / "films.yaml").write_text("films: soon")
    with pytest.raises(DataError) as caught:
        publisher.refresh()
    assert other.own_status.problems == ()
    assert other.status.problems == caught.value.problems
    assert other.status.failed == NOW
    assert not other.status.is_held

    write(data, "2027-07-14")
    assert not other.refresh().is_news
    assert publisher.status.problems == ()
    assert publisher.status.succeeded == NOW


def test_what_is_held_is_let_through_for_all(publisher, other, data):
    """`releasecal refresh --accept-loss` is another process than the server."""
    many(data, 20)
    publisher.refresh()
    many(data, 10)
    for process in (publisher, other):
        with pytest.raises(RefreshHeld):
            process.refresh()
    assert publisher.status.is_held

    other.refresh(accept_loss=True)

    assert publisher.status.problems == ()
    assert not publisher.status.is_held


def test_the_same_trouble_is_noted_once(publisher, data, clock):
    """However often it is tried; since when it has failed stays as it was."""
    publisher.refresh()
    (data / "films.yaml").unlink()
    noted = []
    for _ in range(3):
        with pytest.raises(SourceError):
            publisher.refresh()
        noted.append(rows(publisher.store))
        clock.now += timedelta(hours=1)

    assert noted[0] == noted[1] == noted[2]
    assert publisher.status.failed == NOW


def test_what_cannot_be_noted_is_known_here(publisher, data, monkeypatch, caplog):
    """A database that cannot be written leaves us what this process has seen."""
    publisher.refresh()
    (data / "films.yaml").write_text("films: soon")

    def broken(*_):
        raise StoreError("the database is full")

    monkeypatch.setattr("releasecal.store.refresh_status.note", broken)
    with pytest.raises(DataError):
        publisher.refresh()

    assert publisher.status.problems == publisher.own_status.problems != ()
    assert "could not be noted: the database is full" in caplog.text


def test_a_failure_of_the_database_is_over_when_another_process_has_published(
    publisher, other, data
):
    """What only this process knows is told no longer than until the next edition."""
    publisher.refresh()
    with pytest.MonkeyPatch.context() as patch:

        def broken():
            raise StoreError("the database is gone")

        patch.setattr(publisher.store, "writing", lambda **_: broken())
        write(data, "2027-08-14")
        with pytest.raises(StoreError):
            publisher.refresh()
    assert publisher.status.problems != ()

    assert other.refresh().is_news

    assert publisher.status.problems == ()
    assert publisher.status.succeeded == NOW


def test_the_loss_guard_holds_a_machine_as_well(publisher, data, clock):
    """A machine that has lost most of its films withdraws none, however long it says so."""

    def write_machine(count):
        many(data, count)
        text = (data / "films.yaml").read_text().replace("title: F,", "title: F, source: tmdb,")
        (data / "films.yaml").write_text("sources: [{id: tmdb, machine: true}]\n" + text)

    write_machine(20)
    publisher.refresh()
    write_machine(10)
    for _ in range(28):
        assert publisher.refresh().counts == {}
        clock.now += timedelta(days=1)
    for _ in range(2):
        with pytest.raises(RefreshHeld, match="10 of its 20 upcoming releases"):
            publisher.refresh()
    assert len(published(publisher)) == 20


def test_a_clock_set_back_makes_no_event_older(publisher, data, clock):
    """What a midnight changed has been seen: news after that is newer, whatever the clock says."""
    publisher.refresh()
    write(data, "2027-09-30")
    publisher.refresh()
    clock.now += timedelta(days=20)
    publisher.refresh()
    before = ics.render(feed(publisher, clock))
    clock.now -= timedelta(days=15)
    write(data, "2027-10-30")
    publisher.refresh()
    clock.now += timedelta(days=1)

    assert unfaithful(before, ics.render(feed(publisher, clock))) == []


def write_machine(data, when, **facts):
    """Write the export of a machine with one film; *facts* are more fields of its release."""
    release = {"kind": "theatrical", "region": "US", "when": when, **facts}
    film = {"id": "film", "title": "Film", "source": "tmdb", "releases": [release]}
    export = {"sources": [{"id": "tmdb", "machine": True}], "films": [film] if when else []}
    (data / "films.yaml").write_text(json.dumps(export))


def test_what_is_pending_survives_a_restart(publisher, data, clock):
    """A machine's change counts when its time has come, whoever looks then."""
    write_machine(data, "2031-07-14")
    publisher.refresh()
    write_machine(data, "2031-07-15")
    assert publisher.refresh().counts == {}
    assert publisher.store.ask(newest_edition.head).has_pending
    clock.now += timedelta(days=13)
    again = Publisher(publisher.store, [str(data)], SiteSettings(), clock)
    assert not again.refresh().is_news
    assert published(publisher) == ["2031-07-14"]

    clock.now += timedelta(days=1)
    again = Publisher(publisher.store, [str(data)], SiteSettings(), clock)

    assert again.refresh().counts == {"delayed": 1}
    assert not publisher.store.ask(newest_edition.head).has_pending


def test_a_file_that_is_written_once_settles(publisher, data, clock):
    """An export that is rewritten only when it changes is right at each look at it."""
    write_machine(data, "2031-07-14")
    publisher.refresh()
    write_machine(data, "2031-07-15")
    counts = []
    for _ in range(16 * 24):
        counts.append(publisher.refresh().counts)
        clock.now += timedelta(hours=1)

    assert [each for each in counts if each] == [{"delayed": 1}]
    assert counts.index({"delayed": 1}) == 14 * 24


def test_nothing_is_read_before_a_pending_change_is_due(publisher, data, clock):
    """What is pending has its moment; until then a look at unchanged files reads nothing."""
    write_machine(data, "2031-07-14")
    publisher.refresh()
    write_machine(data, "2031-07-15")
    assert publisher.refresh().was_read
    read = []
    for _ in range(15):
        clock.now += timedelta(days=1)
        other = Publisher(publisher.store, [str(data)], SiteSettings(), clock)
        read.append((publisher.refresh().was_read, other.refresh().was_read))

    assert read == [(False, False)] * 13 + [(True, False)] + [(False, False)]


@pytest.mark.parametrize("how", ["chmod", "hard link", "away and back", "touch"])
@pytest.mark.parametrize("change", ["moved", "gone"])
def test_k4_what_leaves_a_file_as_it_is_hastens_nothing(publisher, data, clock, how, change):
    """A mode, a link, a name or a time that changes is no word of a machine."""
    write_machine(data, "2031-07-14")
    publisher.refresh()
    write_machine(data, "2031-07-15" if change == "moved" else None)
    path = data / "films.yaml"

    def disturb(number):
        if how == "chmod":
            path.chmod(0o600 if number % 2 else 0o644)
        elif how == "hard link":
            os.link(path, data.parent / f"backup-{number}")
        elif how == "touch":
            path.touch()
        else:
            path.rename(data.parent / "away")
            (data.parent / "away").rename(path)

    for number in range(6):
        assert publisher.refresh().counts == {}
        clock.now += timedelta(hours=1)
        disturb(number)
    assert published(publisher) == ["2031-07-14"]


def test_a_machine_of_one_film_cannot_be_emptied_by_an_increment(publisher, data, clock):
    """``films: []`` waits, and then is held as it is for a machine of a hundred films."""
    folder = data.parent / "machines"
    folder.mkdir()
    publisher.addresses = (str(data), str(folder))
    write_machine(folder, "2031-07-14")
    (data / "films.yaml").write_text(FILM.format(when="2031-01-01").replace("id: film", "id: own"))
    publisher.refresh()
    write_machine(folder, None)
    assert publisher.refresh().counts == {}
    for day in range(2, 8):  # a person's edits, which are increments
        (data / "films.yaml").write_text(
            FILM.format(when=f"2031-01-0{day}").replace("id: film", "id: own")
        )
        clock.now += timedelta(days=4)
        assert publisher.refresh().counts == {"delayed": 1}
    clock.now += timedelta(days=5)

    assert [status.state.value for status in publisher.refresh().sources] == ["ok", "held"]
    assert "told of 1 film and tells of none now" in publisher.status.problems[0].what
    assert len(published(publisher)) == 2


def test_a_loss_that_was_accepted_is_asked_about_once(publisher, data, clock):
    """What is lost with it later, because it is further away, goes without asking again."""

    def write_many(numbers):
        films = [
            {
                "id": f"f{number}",
                "title": "F",
                "source": "tmdb",
                "releases": [
                    {"kind": "theatrical", "region": "US", "when": f"203{1 + number % 3}-01-05"}
                ],
            }
            for number in numbers
        ]
        export = {"sources": [{"id": "tmdb", "machine": True}], "films": films}
        (data / "films.yaml").write_text(json.dumps(export))

    write_many(range(9))
    publisher.refresh()
    write_many([0])
    publisher.refresh()
    counts = {}
    held = 0
    for _ in range(40):
        clock.now += timedelta(days=1)
        try:
            counts |= publisher.refresh().counts
        except RefreshHeld:
            held += 1
            counts |= publisher.refresh(accept_loss=True).counts
    assert held == 1
    assert len(published(publisher)) == 9
    assert not publisher.store.ask(newest_edition.head).has_pending


def test_nothing_is_told_as_released_whose_move_is_pending(publisher, data, clock):
    """On its day a film that may have moved is not told of as out, and later once if it is."""
    clock.now = datetime(2031, 7, 13, 23, 55, tzinfo=UTC)
    write_machine(data, "2031-07-14")
    publisher.refresh()
    clock.now = datetime(2031, 7, 14, 0, 5, tzinfo=UTC)
    write_machine(data, "2031-07-16")
    assert publisher.refresh().counts == {}
    clock.now += timedelta(minutes=5)
    assert publisher.refresh().counts == {}

    clock.now += timedelta(minutes=2)
    write_machine(data, "2031-07-14")
    assert publisher.refresh().counts == {"released": 1}
    clock.now += timedelta(days=1)
    assert publisher.refresh().counts == {}


def test_a_move_that_settles_on_the_old_day_is_told_instead(publisher, data, clock):
    """A film that is known to have moved on the morning of its day has not come out."""
    clock.now = datetime(2031, 7, 13, 23, 55, tzinfo=UTC)
    write_machine(data, "2031-07-14")
    publisher.refresh()
    clock.now = datetime(2031, 7, 14, 0, 5, tzinfo=UTC)
    write_machine(data, "2031-07-16")
    publisher.refresh()
    clock.now += timedelta(minutes=15)

    assert publisher.refresh().counts == {"delayed": 1}
    clock.now = datetime(2031, 7, 16, 1, tzinfo=UTC)
    assert publisher.refresh().counts == {"released": 1}


def test_a_film_that_is_no_longer_listed_on_its_day_is_released(publisher, data, clock):
    """A list of what is coming drops a film the evening before; its day makes it come out."""
    clock.now = datetime(2031, 7, 13, 9, tzinfo=UTC)
    write_machine(data, "2031-07-14")
    publisher.refresh()
    write_machine(data, None)
    clock.now = datetime(2031, 7, 13, 21, tzinfo=UTC)
    assert publisher.refresh().counts == {}
    counts = []
    for _ in range(100):
        clock.now += timedelta(hours=1)
        counts.append(publisher.refresh().counts)

    assert [each for each in counts if each] == [{"released": 1}]
    assert published(publisher) == ["2031-07-14"]


def test_an_event_is_tentative_while_its_day_is_checked(publisher, data, clock):
    """In its last week, from the look that brings a change to the one that settles it."""
    clock.now = datetime(2031, 7, 12, 9, tzinfo=UTC)
    write_machine(data, "2031-07-14")
    publisher.refresh()

    def document():
        return ics.render(feed(publisher, clock))

    documents = [document()]
    for when in ("2031-07-15", "2031-07-14"):
        clock.now += timedelta(hours=1)
        write_machine(data, when)
        publisher.refresh()
        documents.append(document())

    statuses = [b"STATUS:TENTATIVE" in each for each in documents]
    assert statuses == [False, True, False]
    assert unfaithful(documents[0], documents[1]) == []
    assert unfaithful(documents[1], documents[2]) == []


def test_freshness_is_noted_once_a_day(publisher, clock):
    """That the sources are in reach is written once a day, however often they are read."""
    publisher.refresh()
    noted = publisher.store.ask(newest_edition.head).confirmed
    clock.now += timedelta(hours=1)
    publisher.refresh()
    assert publisher.store.ask(newest_edition.head).confirmed == noted == NOW

    clock.now += timedelta(days=1)
    publisher.refresh()
    assert publisher.store.ask(newest_edition.head).confirmed == clock.now


def feed(publisher, clock):
    return publisher.store.ask(
        answering_queries.feed,
        EVERYTHING,
        path="/calendar",
        site=SiteSettings(),
        today=clock().date(),
    )


def test_stale_data_is_visible(publisher, data, clock):
    """After a week without a good refresh each feed says so; with the next it is gone."""
    publisher.refresh()
    plain = ics.render(feed(publisher, clock))
    data.rename(data.with_name("away"))
    clock.now += timedelta(days=7)
    assert ics.render(feed(publisher, clock)) == plain
    clock.now += timedelta(days=1)
    with pytest.raises(SourceError):
        publisher.refresh()

    stale = feed(publisher, clock)
    document = ics.render(stale)
    assert problems(document) == []
    assert document.count(b"BEGIN:VEVENT") == 2
    assert f"SUMMARY:Film releases: not checked since {NOW.day} Nov 2030".encode() in document
    days = (clock().date() - date(1970, 1, 1)).days  # so that it never falls, outage by outage
    assert f"SEQUENCE:{days}\r\n".encode() in document
    assert stale.changed.date() == clock().date()

    data.with_name("away").rename(data)
    clock.now += timedelta(hours=1)
    publisher.refresh()
    healed = feed(publisher, clock)
    # The calendar's own LAST-MODIFIED moves, for the notice has left it.
    assert ics.render(healed).partition(b"BEGIN:VEVENT")[2] == plain.partition(b"BEGIN:VEVENT")[2]
    assert healed.changed == clock()


OVERRIDE = """
overrides:
  - film: film
    by: Anna
    why: The distributor called
    {until}
    releases: [{{kind: theatrical, region: US, when: {when}}}]
"""


def test_an_override_holds_until_its_day(publisher, data, clock, caplog):
    """It counts at once, ends by itself though no file changes, and then says so, once a look."""
    clock.now = NOW.replace(year=2027, month=1)
    publisher.refresh()
    clock.now += timedelta(hours=1)
    overrides = data / "overrides.yaml"
    overrides.write_text(OVERRIDE.format(when="2027-07-12", until="until: 2027-02-01"))

    report = publisher.refresh()
    assert report.counts == {"brought forward": 1}
    assert report.changes[0].new.reason == "The distributor called"
    assert published(publisher) == ["2027-07-12"]

    clock.now = datetime(2027, 2, 1, 23, 59, tzinfo=UTC)
    assert not publisher.refresh().was_read
    clock.now = datetime(2027, 2, 2, 0, 1, tzinfo=UTC)
    report = publisher.refresh()
    assert (report.counts, report.was_read) == ({"taken over": 1}, True)
    assert published(publisher) == ["2027-07-14"]
    note = f"{overrides}:3:5: override of film by Anna: ended with 2027-02-01 (take it out)"
    assert report.notes == (note,)
    assert note in caplog.messages
    assert report.as_json["notes"] == [note]
    assert not publisher.refresh().was_read


def test_an_override_that_is_wrong_says_where(publisher, data):
    """Its problems have places like all others, and nothing is published."""
    text = OVERRIDE.format(when="2027-07-12", until="till: 2027-02-01").replace(
        "region: US", "region: UK"
    )
    (data / "overrides.yaml").write_text(text + "  - {film: film, by: Anna, why: x}\n")

    with pytest.raises(DataError) as caught:
        publisher.refresh()

    assert [str(each).partition("overrides.yaml:")[2] for each in caught.value.problems] == [
        "6:5: an override has no field 'till' (did you mean until?)",
        "7:43: region: no country has the code 'UK' (write GB)",
        "8:5: an override that changes nothing (give it releases, a title or windows)",
    ]


def test_what_comes_out_is_told_once(publisher, clock):
    """On its day a release is in the log as released, whoever looks and however often."""
    clock.now = datetime(2027, 7, 13, 9, tzinfo=UTC)
    publisher.refresh()
    clock.now = datetime(2027, 7, 14, 0, 5, tzinfo=UTC)
    other = Publisher(publisher.store, publisher.addresses, SiteSettings(), clock)

    reports = [publisher.refresh(), other.refresh(), publisher.refresh()]

    assert [report.counts for report in reports] == [{"released": 1}, {}, {}]
    assert [report.is_news for report in reports] == [True, False, False]
    (released, _) = publisher.store.ask(change_log.newest, limit=5)
    assert released.in_words == "Released 14 Jul 2027"
    assert published(publisher) == ["2027-07-14"]


def test_days_on_which_nobody_looked_are_made_up_for(publisher, data, clock):
    """After a week without a server, all that came out is told, but nothing of before."""
    clock.now = datetime(2027, 7, 20, 9, tzinfo=UTC)
    publisher.refresh()
    assert [change.kind.value for change in publisher.store.ask(change_log.newest, limit=5)] == [
        "added"
    ]
    write(data, "2027-07-25")
    publisher.refresh()
    clock.now = datetime(2027, 8, 1, 9, tzinfo=UTC)

    assert publisher.refresh().counts == {"released": 1}


def test_conflicts_and_slots_are_in_the_log(publisher, data, clock):
    """That sources differ, and that a film took another one's day, is news of its own."""
    clock.now = NOW.replace(year=2026)
    publisher.refresh()
    (data / "films.yaml").write_text(
        FILM.format(when="2027-09-30, slot_from: rival").rstrip()
        + "\n  - {id: rival, title: Rival}\n"
    )
    other = data.parent / "other.yaml"
    other.write_text(FILM.format(when="2028-01-01"))
    publisher.addresses = (*publisher.addresses, str(other))

    report = publisher.refresh()

    assert [change.in_words for change in report.changes] == [
        "Moved from 14 Jul 2027 to 30 Sep 2027",
        "30 Sep 2027 was Rival's",
        "Another source says 1 Jan 2028, 30 Sep 2027 stands",
    ]
    other.write_text(FILM.format(when="2028-01-01") + "# again\n")
    assert publisher.refresh().changes == ()


def test_notes_and_conflicts_are_logged_when_they_change(publisher, data, caplog):
    """A refresh that reads the same again, as a whole or in part, logs nothing anew."""
    other = data.parent / "other.yaml"
    other.write_text(FILM.format(when="2028-01-01"))
    publisher.addresses = (*publisher.addresses, str(other))

    def logged(when, more):
        caplog.clear()
        other.write_text(FILM.format(when=when) + more)
        assert publisher.refresh().conflicts
        return [line for line in caplog.messages if line.startswith("sources differ: ")]

    (first,) = logged("2028-01-01", "")
    assert "1 Jan 2028" in first
    assert logged("2028-01-01", "    genres: [spy]\n") == []  # read in part
    assert logged("2028-01-01", "sources: [{id: other}]\n") == []  # read as a whole
    (second,) = logged("2028-01-02", "")
    assert "2 Jan 2028" in second


def test_a_repeat_is_in_the_report_and_once_in_the_log(publisher, data, clock, caplog):
    """At each refresh until a person has said what it is, also while nothing else changes."""
    clock.now = datetime(2027, 7, 20, 9, tzinfo=UTC)
    publisher.refresh()
    write(data, "2027-12-25")

    reports = []
    for _ in range(3):
        clock.now += timedelta(days=7)
        reports.append(publisher.refresh())

    assert [report.changes for report in reports] == [()] * 3
    for report in reports:
        (note,) = report.notes
        assert note.startswith("film.theatrical.us: 25 Dec 2027 is more than 90 days after 14 Jul")
    assert [line for line in caplog.messages if "waits for a person" in line] == [note]
    assert published(publisher) == ["2027-07-14"]

    again = "  releases: [{kind: re-release, region: US, when: 2027-12-25}]"
    data.parent.joinpath("again.yaml").write_text("films:\n- id: film\n  title: Film\n" + again)
    publisher.addresses = (*publisher.addresses, str(data.parent / "again.yaml"))
    report = publisher.refresh()
    assert (report.counts, report.notes) == ({"added": 1}, ())


def test_corrections_and_other_sources_are_in_the_log(publisher, data, clock):
    """Each with its kind, in the log of all formats."""
    clock.now = datetime(2027, 7, 20, 9, tzinfo=UTC)
    other = data.parent / "other.yaml"
    other.write_text(
        "sources: [{id: list, title: The List}]\n"
        + FILM.format(when="2027-09-03")
        .replace("id: film", "id: soon")
        .replace("releases", "source: list\n    releases")
    )
    soon = FILM.format(when="2027-08-27").replace("id: film", "id: soon")
    (data / "soon.yaml").write_text(soon)
    publisher.addresses = (*publisher.addresses, str(other))
    publisher.refresh()
    (data / "soon.yaml").write_text("films: []")
    write(data, "2027-07-09")
    clock.now += timedelta(days=1)

    report = publisher.refresh()

    assert {change.kind.value: change.in_words for change in report.changes} == {
        "corrected": "Corrected from 14 Jul 2027 to 9 Jul 2027",
        "taken over": "According to The List: 3 Sep 2027; the source before said 27 Aug 2027",
    }
    log = publisher.store.ask(change_log.log, ChangeQuery(), site=SiteSettings(), most=10)
    for render in (changes_atom.render, changes_json.render):
        told = render(log).decode()
        assert "corrected from 14 Jul 2027 to 9 Jul 2027" in told.replace("Corrected", "corrected")
        assert "ccording to The List: 3 Sep 2027" in told
        assert '"corrected"' in told
        assert '"taken over"' in told


def test_a_new_address_comes_with_the_next_edition(publisher, data, clock):
    """Until a refresh goes well, feeds say what was published: an address is news as well."""
    publisher.refresh()
    (data / "films.yaml").write_text("broken")
    clock.now += timedelta(days=1)
    moved = SiteSettings(public_url="https://films.example", uid_domain="films.example")

    def document(*query):
        feed = publisher.store.ask(
            answering_queries.feed,
            FeedQuery.parse(query, {}),
            path="/calendar",
            site=moved,
            today=clock.now.date(),
        )
        return ics.render(feed)

    for query in ((), (("lang", "de"),)):
        assert b"films.example" not in document(*query)
    other = Publisher(publisher.store, publisher.addresses, moved, clock)
    with pytest.raises(DataError):
        other.refresh()
    assert b"films.example" not in document()
    before = document()
    write(data, "2027-07-14")
    other.refresh()

    assert b"films.example" in document()
    assert unfaithful(before, document()) == []


def test_a_process_without_its_environment_keeps_the_address(publisher, data, clock, caplog):
    """The address and the UIDs stay, and the report and the log say so, once."""
    named = SiteSettings(public_url="https://films.example", uid_domain="films.example")
    Publisher(publisher.store, publisher.addresses, named, clock).refresh()
    write(data, "2027-09-30")
    clock.now += timedelta(hours=1)
    notes = tuple(
        f"{name} is not set here: {kept} stays, as published (set it to change it)"
        for name, kept in (
            ("RELEASECAL_PUBLIC_URL", "https://films.example"),
            ("RELEASECAL_UID_DOMAIN", "films.example"),
        )
    )

    assert publisher.refresh().notes == notes
    assert publisher.refresh().notes == notes

    feed = publisher.store.ask(
        answering_queries.feed, EVERYTHING, path="/calendar", site=SiteSettings(), today=NOW.date()
    )
    assert (feed.site.url, feed.site.uid_domain) == ("https://films.example", "films.example")
    assert [line for line in caplog.messages if "is not set here" in line] == list(notes)


def test_a_file_that_is_not_read_is_told_at_the_next_refresh(publisher, data, clock, caplog):
    """In the report for as long as it is there, in the log once, also where nothing else changes."""
    publisher.refresh()
    clock.now += timedelta(hours=1)
    (data / "films.yaml.txt").write_text("films: []")
    note = f"{data}/films.yaml.txt: not read: its name ends in .txt (call it films.yaml)"

    reports = [publisher.refresh(), publisher.refresh()]
    (data / "films.yaml.txt").unlink()

    assert [(report.was_read, report.notes) for report in reports] == [(False, (note,))] * 2
    assert caplog.messages.count(note) == 1
    assert publisher.refresh().notes == ()


def test_a_file_that_is_not_read_is_logged_also_where_the_refresh_fails(publisher, data, caplog):
    """It may be the reason: a file of another name in the place of the only one."""
    (data / "films.yaml").rename(data / "films.yaml.txt")

    with pytest.raises(SourceError):
        publisher.refresh()

    assert f"{data}/films.yaml.txt: not read: its name ends in .txt (call it films.yaml)" in (
        caplog.messages
    )


def test_an_address_changes_when_it_is_set(publisher, clock):
    """Another address that is set replaces the published one, also that of this machine."""
    named = SiteSettings(public_url="https://films.example")
    Publisher(publisher.store, publisher.addresses, named, clock).refresh()

    for address in ("https://other.example", "http://localhost:8000"):
        clock.now += timedelta(hours=1)
        other = Publisher(
            publisher.store, publisher.addresses, SiteSettings(public_url=address), clock
        )
        assert other.refresh().notes == ()
        assert publisher.store.ask(newest_edition.head).rendering.startswith(f"{address} ")


def machines_folder(data, films, extra=""):
    """Write an export that has *films*, which are still to come."""
    listed = ", ".join(
        f"{{id: {id_}, title: {id_}, source: tmdb, releases: [{{kind: tv, region: US, when: 2031-03-01}}]}}"
        for id_ in films
    )
    machine = data / "machine.yaml"
    machine.write_text(f"sources: [{{id: tmdb, machine: true}}]\nfilms: [{listed}]\n{extra}")


def test_what_people_edit_hastens_no_machine(publisher, data, clock):
    """A film that an export leaves out goes after its wait, however busy the people are."""
    films = [f"m{number}" for number in range(8)]
    machines_folder(data, films)
    publisher.refresh()
    machines_folder(data, films[1:])
    counts = []
    for number in range(60):
        write(data, f"2031-07-{1 + number % 28:02}")
        counts.append(publisher.refresh().counts)
        clock.now += timedelta(hours=12)

    gone = [number for number, each in enumerate(counts) if "withdrawn" in each]
    lead = datetime(2031, 3, 1, tzinfo=UTC) - NOW
    assert len(gone) == 1
    assert gone[0] * timedelta(hours=12) >= 2 * lead / 10
    assert (gone[0] - 1) * timedelta(hours=12) < 2 * lead / 10


def test_an_override_does_not_hurry_a_machine(publisher, data, clock):
    """A film that one export leaves out stays, although its date is corrected by hand."""
    films = [f"m{number}" for number in range(8)]
    machines_folder(data, films)
    release = "{kind: tv, region: US, when: 2031-03-05}"
    (data / "overrides.yaml").write_text(
        f"overrides: [{{film: m0, by: Anna, why: Knows, releases: [{release}]}}]"
    )
    publisher.refresh()

    machines_folder(data, films[1:])
    assert publisher.refresh().counts == {}
    machines_folder(data, films, extra="# again\n")
    clock.now += timedelta(hours=1)
    assert publisher.refresh().counts == {}
    assert "2031-03-05" in published(publisher)


def test_what_comes_out_on_the_day_it_is_announced_is_told(publisher, data, clock):
    """Also when that day has been told of already; and once."""
    clock.now = datetime(2027, 7, 1, 9, tzinfo=UTC)
    publisher.refresh()
    clock.now += timedelta(hours=1)
    write(data, "2027-07-01")

    assert publisher.refresh().counts == {"brought forward": 1, "released": 1}
    clock.now += timedelta(days=1)
    assert publisher.refresh().counts == {}


def test_a_bad_row_takes_nothing_back(publisher, data, clock):
    """
    What the bad row of a table told stays as it was, and the good rows count.

    Report and database tell of it until the row is mended; whatever else the table does not
    list meanwhile stays, too, for nobody knows what the bad row is about.
    """

    def tell(*rows):
        text = "\n".join(["title,kind,region,when", *rows, ""])
        (data / "list.csv").write_text(text)
        clock.now += timedelta(hours=1)
        return publisher.refresh()

    def left_out():
        return [
            str(each) for one in publisher.store.ask(source_health.find) for each in one.left_out
        ]

    def days():
        return {
            str(entry.key): (str(entry.current.when), entry.current.status.value)
            for entry in publisher.store.ask(newest_edition.edition).entries.values()
        }

    tell("A,theatrical,US,2031-08-06", "B,theatrical,US,2031-08-13", "C,tv,US,2031-09-01")
    before = days()
    bad = f"{data}/list.csv:3:4: when: not a date: 'soon' (try 2026-12-18, 2026-12, 2026-Q4,"

    report = tell("A,theatrical,US,2031-08-07", "B,theatrical,US,soon")
    for number in range(2):
        assert report.notes[0].startswith(bad)
        assert left_out() == [*report.notes]
        assert days() == before | {"a.theatrical.us": ("2031-08-07", "scheduled")}
        (data / "other.yaml").write_text(f"sources: [{{id: x{number}}}]")  # which is news
        clock.now += timedelta(hours=1)
        report = publisher.refresh()

    report = tell("A,theatrical,US,2031-08-07", "B,theatrical,US,2031-08-20")

    assert left_out() == [*report.notes] == []
    assert days() == before | {
        "a.theatrical.us": ("2031-08-07", "scheduled"),
        "b.theatrical.us": ("2031-08-20", "scheduled"),
        "c.tv.us": ("2031-09-01", "withdrawn"),
    }
