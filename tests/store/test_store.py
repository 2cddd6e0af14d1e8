"""The store: editions in SQL, whole or not at all."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from releasecal.core.durations import Period
from releasecal.core.editions import NOTHING
from releasecal.core.models import ReleaseKind, SeriesPlace, Source, Status, Window
from releasecal.core.revise import revise
from releasecal.errors import RefreshRunning, StoreError, StoreTooNew
from releasecal.queries.feed_query import EVERYTHING, FeedQuery
from releasecal.queries.site import SiteSettings
from releasecal.refresh.publisher import Publisher
from releasecal.store import LEASE, NO_HEAD, Inputs, Store
from releasecal.store.connection import UPGRADES
from support.build import DAY, NOW, POLICY, catalogue, film, opening, publish, release, revision
from support.database import rows
from support.paths import UPGRADED

TODAY = NOW.date()
SEVEN = opening(
    "2022-09-30",
    "2026-12-14",
    id_="seven",
    windows=(Window(ReleaseKind.STREAMING, days=45, channel="Paramount+"),),
    series=(SeriesPlace("mi", "Mission: Impossible", 7),),
)
EIGHT = film(
    "eight",
    release("eight", "2027-06-28"),
    release("eight", "2028", kind=ReleaseKind.DIGITAL),
    release("eight", "", kind=ReleaseKind.TV, region="DE"),
    follows="seven",
    series=(SeriesPlace("mi", "Mission: Impossible", 8),),
)
OTHER = opening("2020-01-01", id_="other")


def save(store, edition, before=NOTHING, changes=(), holder="me"):
    assert store.acquire(holder, now=NOW)
    store.save(edition, before, changes, inputs=Inputs("digest"), holder=holder)
    store.release(holder)
    return edition


def select(store, query=EVERYTHING, today=TODAY):
    return store.select(query, path="/calendar", site=SiteSettings(), today=today)


def keys(entries):
    return [str(entry.key) for entry in entries]


def test_an_empty_store_has_published_nothing(store):
    """Before the first edition there is an empty one."""
    assert store.head() == NO_HEAD
    assert store.load() == NOTHING
    assert select(store).entries == ()


def test_what_is_saved_is_loaded(store, url):
    """An edition comes back equal, also after a restart."""
    edition = publish(SEVEN, EIGHT, OTHER, sources=(Source("a", published=date(2022, 3, 25)),))
    save(store, edition)

    assert store.load() == edition
    store.close()
    again = Store.open(url)
    assert again.load() == edition
    assert (again.head().number, again.head().inputs) == (1, "digest")
    again.close()


def test_the_next_edition_replaces_what_differs(store):
    """Only the rows that differ are written; the rest stay as they are."""
    first = save(store, publish(SEVEN, EIGHT, OTHER))
    before = rows(store)

    told = catalogue(replace(SEVEN, releases=(release("seven", "2027-01-01"),)), EIGHT, OTHER)
    second, changes = revise(first, told, now=NOW + DAY, policy=POLICY)
    save(store, second, first, changes)

    assert store.load() == second
    after = rows(store)
    assert len(set(after["entries"]) - set(before["entries"])) == 2
    assert len(set(after["films"]) - set(before["films"])) == 1
    assert len(after["editions"]) == 2
    assert [change.key.kind for change in store.changes(limit=5)] == ["theatrical", "streaming"]


def test_all_or_nothing(store):
    """An edition that cannot be written whole leaves no trace."""
    first = save(store, publish(SEVEN))
    before = rows(store)
    second = publish(SEVEN, OTHER, before=first)
    unwritable = replace(second, films={**second.films, "zz": object()})

    store.acquire("me", now=NOW)
    with pytest.raises(AttributeError):
        store.save(unwritable, first, (), inputs=Inputs(""), holder="me")
    store.release("me")

    assert rows(store) == before
    assert store.load() == first


def test_a_selection_reads_the_edition_it_answers_for(store):
    """Entries come by day, those without a day apart, with the edition's own moment."""
    save(store, publish(SEVEN, EIGHT, OTHER))

    feed = select(store)

    assert keys(feed.entries) == [
        "other.theatrical.us",
        "seven.theatrical.us",
        "seven.streaming.us.paramount-plus",
        "eight.theatrical.us",
    ]
    assert keys(feed.undated) == ["eight.tv.de", "eight.digital.us"]
    assert feed.changed == NOW


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (FeedQuery(kind=("sequel",)), ["eight.theatrical.us"]),
        (FeedQuery(kind=("streaming-eligible",)), ["seven.streaming.us.paramount-plus"]),
        (FeedQuery(kind=("streaming",)), []),
        (FeedQuery(film=("seven",)), ["seven.theatrical.us", "seven.streaming.us.paramount-plus", "eight.theatrical.us"]),
        (FeedQuery(film=("eight",)), ["eight.theatrical.us"]),
        (FeedQuery(series=("mi",), kind=("theatrical",)), ["seven.theatrical.us", "eight.theatrical.us"]),
        (FeedQuery(region=("DE",)), []),
        (FeedQuery(channel=("paramount-plus",)), ["seven.streaming.us.paramount-plus"]),
        (FeedQuery(past=Period(0), future=Period(30)), ["seven.theatrical.us"]),
        (FeedQuery(past=Period(0), future=Period(21)), []),
        (FeedQuery(past=Period(0), future=Period(22)), ["seven.theatrical.us"]),
    ],
)  # fmt: skip
def test_selections(store, query, expected):
    """Each condition limits, and all hold together."""
    save(store, publish(SEVEN, EIGHT, OTHER))

    assert keys(select(store, query).entries) == expected


def test_names_say_what_was_selected(store):
    """A feed's title has the titles of its films and series."""
    save(store, publish(SEVEN, EIGHT))

    query = FeedQuery(film=("eight",), series=("mi",))
    assert select(store, query).title == "Film releases · Eight · Mission: Impossible"


def test_what_is_over_leaves_in_time(store):
    """A cancelled release is shown until its day has passed, then no more."""
    first = save(store, publish(opening("2026-12-24")))
    told = opening(revision("2026-12-24", status=Status.CANCELLED))
    save(store, publish(told, before=first, now=NOW), first)

    last = date(2026, 12, 24)
    assert keys(select(store, today=last).entries) == ["film.theatrical.us"]
    assert select(store, today=last + timedelta(days=1)).entries == ()


def test_last_modified_covers_what_left(store):
    """When an event leaves, the answer has changed, although no event has."""
    first = save(store, publish(opening("2026-12-24")))
    told = opening(revision("2026-12-24", status=Status.CANCELLED))
    second = save(store, publish(told, before=first, now=NOW), first)

    assert select(store, today=date(2026, 12, 24)).changed == second.published
    assert select(store, today=date(2027, 2, 1)).changed.date() == date(2026, 12, 25)


def test_last_modified_of_a_window_moves_with_the_day(store):
    """What is asked for relative to today may change every day."""
    save(store, publish(SEVEN))

    feed = select(store, FeedQuery(past=Period(1)), today=TODAY + DAY)

    assert feed.changed.date() == TODAY + DAY


dates = st.sampled_from(
    ["", "2026", "2026-11", "2026-11-21", "2026-11-22", "2026-11-23", "2027-11-22"]
)
films = st.lists(
    st.builds(
        lambda id_, when, kind, region, channel, follows: film(
            id_,
            release(id_, when, kind=kind, region=region, channel=channel),
            follows=follows if follows < id_ else "",
            series=(SeriesPlace("s", "S"),) if id_ < "c" else (),
        ),
        st.sampled_from("abcdef"),
        dates,
        st.sampled_from([ReleaseKind.THEATRICAL, ReleaseKind.DIGITAL]),
        st.sampled_from(["US", "DE", "001"]),
        st.sampled_from(["", "Paramount+"]),
        st.sampled_from("ab"),
    ),
    max_size=6,
    unique_by=lambda each: each.id,
)


def some(*values):
    return st.lists(st.sampled_from(values), max_size=2, unique=True).map(sorted).map(tuple)


queries = st.builds(
    FeedQuery,
    kind=some("theatrical", "digital", "sequel"),
    region=some("US", "DE"),
    film=some("a", "b"),
    series=some("s"),
    channel=some("paramount-plus"),
    past=st.none() | st.builds(Period, st.integers(0, 2)),
    future=st.none() | st.builds(Period, st.integers(0, 2)),
)


def satisfies(query, entry):
    """Say in plain words, not in SQL, whether *entry* is one that *query* asks for."""
    facts, when = entry.facts, entry.current.when
    if when is None or not when.is_day:
        return False
    days = (when.first - TODAY).days
    return (
        (
            not query.kind
            or facts.release.kind.slug in query.kind
            or ("sequel" in query.kind and facts.is_sequel)
        )
        and (not query.region or entry.key.region in query.region)
        and (not query.film or {entry.key.film, facts.follows} & {*query.film})
        and (not query.series or {place.id for place in facts.series} & {*query.series})
        and (not query.channel or entry.key.channel in query.channel)
        and (query.past is None or days >= -query.past.days)
        and (query.future is None or days <= query.future.days)
    )


@pytest.mark.slow
@given(films, queries)
@settings(deadline=None)
def test_a_feed_is_exactly_what_was_asked_for(told, query):
    """Every event satisfies every parameter, and every release that does is there."""
    present = {each.id for each in told}
    told = [each if each.follows in present else replace(each, follows="") for each in told]
    edition = publish(*told)
    store = Store.open("sqlite://")
    try:
        if edition is not NOTHING:
            save(store, edition)
        found = {entry.key for entry in select(store, query).entries}
        always = replace(query, past=None, future=None)
        whenever = {entry.key for entry in select(store, always).entries}
    finally:
        store.close()

    assert found == {key for key, entry in edition.entries.items() if satisfies(query, entry)}
    dated = {key: entry for key, entry in edition.entries.items() if not entry.is_off}
    # `matches` says in Python what the statement says in SQL.
    assert whenever == {key for key, entry in dated.items() if query.matches(entry)}


def test_one_lease_at_a_time(store):
    """Only one may refresh; one that falls silent loses the lease by time."""
    assert store.acquire("me", now=NOW)
    assert not store.acquire("me", now=NOW)
    assert not store.acquire("you", now=NOW + LEASE - timedelta(seconds=1))
    assert store.acquire("you", now=NOW + LEASE)
    store.release("me")
    assert not store.renew("me", now=NOW + LEASE)
    assert not store.acquire("me", now=NOW + LEASE)
    assert store.renew("you", now=NOW + 2 * LEASE)
    assert not store.acquire("me", now=NOW + 2 * LEASE)
    store.release("you")
    assert store.acquire("me", now=NOW)


def test_who_lost_the_lease_saves_nothing(store):
    """A refresh that was thought dead does not overwrite what came after it."""
    edition = publish(SEVEN)
    store.acquire("you", now=NOW)

    with pytest.raises(RefreshRunning):
        store.save(edition, NOTHING, (), inputs=Inputs(""), holder="me")

    assert store.head() == NO_HEAD


def test_an_edition_follows_the_newest_only(store):
    """An edition made from an older one is refused."""
    first = publish(SEVEN)
    save(store, first)
    store.acquire("me", now=NOW)

    with pytest.raises(RefreshRunning):
        store.save(publish(OTHER), NOTHING, (), inputs=Inputs(""), holder="me")


def test_a_newer_database_is_refused(store, url):
    """What a newer releasecal wrote is left alone."""
    store.close()
    newer = Store.open(url)
    with newer._engine.begin() as connection:
        connection.execute(text("update schema_version set version = 99"))
    newer.close()

    with pytest.raises(StoreTooNew, match="has version 99, this releasecal knows 3"):
        Store.open(url)


def test_an_older_database_is_upgraded(store, url):
    """Steps that are missing are taken in order, once, in one transaction."""
    save(store, publish(SEVEN))
    store.close()
    steps = [
        *UPGRADES,
        lambda connection: connection.execute(text("alter table films add column extra text")),
        lambda connection: connection.execute(text("update films set extra = 'x'")),
    ]

    for _ in range(2):
        upgraded = Store.open(url, upgrades=steps)
        assert [row[-1] for row in rows(upgraded)["films"]] == ["x"]
        assert rows(upgraded)["schema_version"] == [(5,)]
        upgraded.close()


def test_a_failed_upgrade_changes_nothing(store, url):
    """A step that fails leaves the database as it was."""
    store.close()
    steps = [
        *UPGRADES,
        lambda connection: connection.execute(text("alter table films add column extra text")),
        lambda connection: connection.execute(text("this is no SQL")),
    ]

    with pytest.raises(StoreError, match="syntax error"):
        Store.open(url, upgrades=steps)

    unchanged = Store.open(url)
    assert rows(unchanged)["schema_version"] == [(3,)]
    unchanged.close()


def test_another_programs_database_is_left_alone(tmp_path):
    """A database that is not ours is named, not filled with our tables."""
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("create table theirs (x)")

    with pytest.raises(StoreError, match="belongs to another program"):
        Store.open(f"sqlite:///{path}")


def test_what_is_no_database_is_said(tmp_path):
    """A file that is no database, and a folder, are errors that name it."""
    (tmp_path / "text.db").write_text("This is not a database, however long it may be." * 100)

    with pytest.raises(StoreError, match=r"text\.db cannot be used: file is not a database \(move"):
        Store.open(f"sqlite:///{tmp_path / 'text.db'}")
    with pytest.raises(StoreError, match=r"unable to open database file \(let this user"):
        Store.open(f"sqlite:///{tmp_path}")


@pytest.mark.parametrize("url", ["nonsense", "mysql+nothing://x", "postgresql://me:secret@host/x"])
def test_addresses_that_lead_nowhere(url):
    """An address without a driver is said, and no password with it."""
    with pytest.raises(StoreError) as caught:
        Store.open(url)

    assert "cannot open the database" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_locked_database_is_an_error_and_readers_go_on(url, tmp_path, monkeypatch):
    """Another program that holds the write lock delays writers, never readers."""
    monkeypatch.setattr("releasecal.store.connection.PATIENCE", 50)
    impatient = Store.open(url)
    save(impatient, publish(SEVEN))
    path = tmp_path / "state" / "releasecal.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("begin immediate")

        with pytest.raises(StoreError, match="database is locked"):
            impatient.acquire("me", now=NOW)
        assert len(select(impatient).entries) == 2
    impatient.close()


def test_a_full_database_is_an_error_and_keeps_the_edition(store):
    """Where there is no room, the edition before stays."""
    first = save(store, publish(SEVEN))
    with store._engine.begin() as connection:
        pages = connection.execute(text("pragma page_count")).scalar_one()
        connection.execute(text(f"pragma max_page_count = {pages}"))
    long_ones = [opening("2027", id_=f"film-{i}", title="x" * 200) for i in range(500)]

    assert store.acquire("me", now=NOW)
    with pytest.raises(StoreError, match="full"):
        store.save(
            publish(SEVEN, *long_ones, before=first), first, (), inputs=Inputs(""), holder="me"
        )

    assert store.load() == first


@pytest.mark.parametrize("version", range(1, len(UPGRADES) + 1))
def test_a_database_of_an_older_version_is_upgraded(version, tmp_path, monkeypatch):
    """What an older version wrote stays up octet for octet; the next refresh fills the rest."""
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((UPGRADED / f"version-{version}.sql").read_text(encoding="utf-8"))
    store = Store.open(f"sqlite:///{path}")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data/films.yaml").write_text(
        "sources: [{id: tmdb, machine: true}]\n"
        "films:\n"
        "  - {id: first, title: First, windows: [{to: streaming, days: 45}],\n"
        "     releases: [{kind: theatrical, region: US, when: 2027-03-12}]}\n"
        "  - {id: second, title: Second, follows: first, source: tmdb,\n"
        "     releases: [{kind: theatrical, region: US, when: 2028-03-04}]}\n"
    )
    publisher = Publisher(store, ["data"], SiteSettings(), lambda: NOW)

    def events():
        found = store.select(EVERYTHING, path="/calendar", site=SiteSettings(), today=NOW.date())
        return [
            (str(entry.key), entry.sequence, str(entry.current.when)) for entry in found.entries
        ]

    before = events()
    assert [change.in_words for change in store.changes(limit=2)] == [
        "Retitled from Working Title",
        "Moved from 5 Mar 2027 to 12 Mar 2027",
    ]

    report = publisher.refresh()

    # What waited for a second read waits anew, for as long as it takes now.
    assert report.counts == {}
    assert [each.since for each in store.pending().values()] == [NOW]
    assert not publisher.refresh().was_read
    assert events()[:2] == before[:2]
    assert rows(store)["schema_version"] == [(3,)]
    assert {len(rows(store)[table]) for table in ("mentions", "outlines")} == {1}
    assert len(rows(store)["events"]) == 5
    store.close()
