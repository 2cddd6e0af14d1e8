"""The store: editions in SQL, whole or not at all."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from releasecal.core.catalogue import Reading, merge
from releasecal.core.durations import Period
from releasecal.core.editions import NOTHING
from releasecal.core.models import ReleaseKind, SeriesPlace, Source, Status, Window
from releasecal.core.revise import revise
from releasecal.core.revising_in_parts import RevisedParts
from releasecal.errors import StoreError, StoreTooNew
from releasecal.queries.feed_query import EVERYTHING, FeedQuery, Undated
from releasecal.queries.site_settings import SiteSettings
from releasecal.store import (
    NO_HEAD,
    Inputs,
    RefreshStatus,
    Store,
    answering_queries,
    change_log,
    edition_difference,
    film_ids,
    film_queries,
    lease,
    newest_edition,
    refresh_status,
    write,
)
from releasecal.store.edition_difference import EditionNews
from releasecal.store.reading_in_parts import PublishedEdition
from support.build import DAY, NOW, POLICY, catalogue, film, opening, publish, release, revision
from support.database import database_url, rows, shape

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


@pytest.mark.sqlite("elsewhere indexes stay during a first edition")
def test_an_edition_of_everything_leaves_all_indexes(store):
    """The indexes that are made anew after a first edition, or another rendering, are the same."""
    schema = shape(store)
    told = catalogue(SEVEN, EIGHT, OTHER)
    policy = replace(POLICY, rendering="one")
    save_in_parts(store, told, policy)
    assert shape(store) == schema
    before = store.ask(newest_edition.edition)
    other = replace(POLICY, rendering="another")
    edition, changes = revise(before, told, now=NOW + DAY, policy=other)
    save(store, edition, before, changes)
    assert shape(store) == schema
    assert store.ask(newest_edition.edition) == edition


def save_in_parts(store, told, policy):
    """Write the next edition in parts of a film, and return its news."""
    assert lease.acquire(store, "me", now=NOW)
    published = PublishedEdition(store)
    parts = RevisedParts(published, told, now=NOW, policy=policy, most=1)
    with closing(EditionNews(store, published.head, policy.rendering)) as news:
        for part in parts:
            news.add(part.before, part.edition, part.changes)
        write.save_news(
            store, parts.edition, published.head, news, inputs=Inputs("digest"), holder="me"
        )
    lease.release(store, "me")
    return news


def test_an_id_is_that_of_the_film_which_has_it_now(store):
    """A film that no source tells of gives up a former id, though another part has the one that took it."""
    renamed = opening("2027-07-14", id_="seven", other_ids=("old",), refs=(("tmdb", "1"),))
    save_in_parts(store, catalogue(renamed), POLICY)
    other = opening("2028-01-01", id_="old", refs=(("tmdb", "2"),))
    published = PublishedEdition(store).films
    save_in_parts(store, merge([Reading((other,))], published=published), POLICY)

    films = store.ask(film_queries.films)
    assert {id_: each.other_ids for id_, each in films.items()} == {"old": (), "seven": ()}


def test_the_first_changes_are_told_and_the_others_counted(store, monkeypatch):
    """All may be hundreds of thousands; the log has them all."""
    monkeypatch.setattr(edition_difference, "MAX_TOLD", 2)
    news = save_in_parts(store, catalogue(SEVEN, EIGHT, OTHER), POLICY)

    written = store.ask(change_log.newest, limit=10)
    assert news.changes == sorted(written, key=lambda change: change.key)[:2]
    assert news.untold.total() == len(written) - 2


def save(store, edition, before=NOTHING, changes=(), holder="me"):
    assert lease.acquire(store, holder, now=NOW)
    write.save(store, edition, before, changes, inputs=Inputs("digest"), holder=holder)
    lease.release(store, holder)
    return edition


def select(store, query=EVERYTHING, today=TODAY):
    return store.ask(
        answering_queries.feed, query, path="/calendar", site=SiteSettings(), today=today
    )


def keys(entries):
    return [str(entry.key) for entry in entries]


def test_an_empty_store_has_published_nothing(store):
    """Before the first edition the store has an empty one."""
    assert store.ask(newest_edition.head) == NO_HEAD
    assert store.ask(newest_edition.edition) == NOTHING
    assert select(store).entries == ()


def test_an_edition_comes_back_equal(store, url):
    """A saved edition is loaded equal, also after a restart."""
    edition = publish(SEVEN, EIGHT, OTHER, sources=(Source("a", published=date(2022, 3, 25)),))
    save(store, edition)

    assert store.ask(newest_edition.edition) == edition
    store.close()
    again = Store.open(url)
    assert again.ask(newest_edition.edition) == edition
    assert (again.ask(newest_edition.head).number, again.ask(newest_edition.head).inputs) == (
        1,
        "digest",
    )
    again.close()


@pytest.mark.parametrize("when", ["2027-H1", "2027-03-late", "2027-03~", "2027-early/2027-07-14"])
def test_a_date_comes_back_as_coarse_as_it_was(store, when):
    """Parts, ranges and what is about a date have their days in the columns that queries use."""
    edition = publish(opening(revision("2027-07-14", seen=NOW), when))
    save(store, edition)

    assert store.ask(newest_edition.edition) == edition
    (entry,) = select(store, FeedQuery(undated=Undated.SPAN)).entries
    assert str(entry.current.when) == when
    row = store.ask(
        lambda connection: connection.execute(
            text("SELECT coarse_first, coarse_after FROM entries")
        ).one()
    )
    assert [*map(str, row)] == [str(entry.current.when.first), str(entry.current.when.after)]


def test_the_next_edition_writes_its_difference_only(store):
    """Only the rows that differ are written; the others stay as they are."""
    first = save(store, publish(SEVEN, EIGHT, OTHER))
    before = rows(store)

    told = catalogue(replace(SEVEN, releases=(release("seven", "2027-01-01"),)), EIGHT, OTHER)
    second, changes = revise(first, told, now=NOW + DAY, policy=POLICY)
    save(store, second, first, changes)

    assert store.ask(newest_edition.edition) == second
    after = rows(store)
    assert len(set(after["entries"]) - set(before["entries"])) == 2
    assert len(set(after["films"]) - set(before["films"])) == 1
    assert len(after["editions"]) == 2
    assert [change.key.kind for change in store.ask(change_log.newest, limit=5)] == [
        "theatrical",
        "streaming",
    ]


def test_a_failed_save_leaves_no_trace(store):
    """An edition that cannot be written whole is not written at all."""
    first = save(store, publish(SEVEN))
    before = rows(store)
    second = publish(SEVEN, OTHER, before=first)
    unwritable = replace(second, films={**second.films, "zz": object()})

    lease.acquire(store, "me", now=NOW)
    with pytest.raises(AttributeError):
        write.save(store, unwritable, first, (), inputs=Inputs(""), holder="me")
    lease.release(store, "me")

    assert rows(store) == before
    assert store.ask(newest_edition.edition) == first


def test_a_feed_has_its_entries_by_day(store):
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
        (FeedQuery(kind=("streaming",)), ["seven.streaming.us.paramount-plus"]),
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
def test_a_feed_meets_all_conditions(store, query, expected):
    """Each condition of a query limits the feed, and all hold together."""
    save(store, publish(SEVEN, EIGHT, OTHER))

    assert keys(select(store, query).entries) == expected


def regional(*pairs):
    """Return a film with a theatrical release for each (region, revision) of *pairs*."""
    return film("film", *(release("film", told, region=region) for region, told in pairs))


@pytest.mark.parametrize(
    ("german", "expected"),
    [
        ((), "film.theatrical.001"),
        ((("DE", "2027-03-04"),), "film.theatrical.de"),
        ((("DE", revision("2027-03-04", status=Status.CANCELLED)),), "film.theatrical.de"),
        ((("US", "2027-03-04"),), "film.theatrical.001"),
    ],
)
def test_a_country_without_a_release_of_its_own_has_the_worldwide_one(store, german, expected):
    """A country's own release, even a cancelled one, stands in the place of the worldwide one."""
    save(store, publish(regional(("001", "2027-03-01"), *german)))

    assert keys(select(store, FeedQuery(region=("DE",))).entries) == [expected]


def test_the_worldwide_release_is_one_of_its_kind_and_channel(store):
    """An own release of another kind, or on another channel, takes no place."""
    told = film(
        "film",
        release("film", "2027-03-01", region="001"),
        release("film", "2027-03-02", region="DE", kind=ReleaseKind.DIGITAL),
        release("film", "2027-03-03", region="DE", channel="Arte"),
    )
    save(store, publish(told))

    assert keys(select(store, FeedQuery(region=("DE",))).entries) == [
        "film.theatrical.001",
        "film.digital.de",
        "film.theatrical.de.arte",
    ]


def test_the_worldwide_release_answers_until_each_country_has_its_own(store):
    """Of several countries one is enough; and it is back once the own release is withdrawn."""
    both, german = FeedQuery(region=("DE", "US")), FeedQuery(region=("DE",))
    first = save(store, publish(regional(("001", "2027-03-01"), ("DE", "2027-03-04"))))
    own = keys(select(store, both).entries)

    save(store, publish(regional(("001", "2027-03-01")), before=first), first)

    assert own == ["film.theatrical.001", "film.theatrical.de"]
    # The withdrawn one stays on its day for a while.
    assert keys(select(store, german).entries) == own
    assert select(store, german).entries[1].is_withdrawn


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ((), ["film.theatrical.zz"]),
        ((("US", "2027-03-04"),), ["film.theatrical.zz"]),
        ((("DE", "2027-03-04"),), ["film.theatrical.de"]),
        ((("001", "2027-03-04"),), ["film.theatrical.001"]),
    ],
)
def test_a_release_somewhere_answers_where_nothing_better_is_known(store, known, expected):
    """A release of an unknown region is anybody's, until a country or the world has its own."""
    save(store, publish(regional(("ZZ", "2027-03-01"), *known)))

    assert keys(select(store, FeedQuery(region=("DE",))).entries) == expected
    assert len(select(store, FeedQuery()).entries) == len(known) + 1


def test_a_derived_release_answers_as_before_once_it_is_announced(store):
    """Under streaming-eligible it stays, and under streaming it was from the beginning."""
    window = (Window(ReleaseKind.STREAMING, days=45),)
    opened = release("film", "2027-03-01")
    first = save(store, publish(film("film", opened, windows=window)))
    asked = [FeedQuery(kind=(kind,)) for kind in ("streaming", "streaming-eligible")]
    derived = [keys(select(store, query).entries) for query in asked]

    announced = release("film", "2027-04-20", kind=ReleaseKind.STREAMING)
    never_derived = release("other", "2027-04-21", kind=ReleaseKind.STREAMING)
    told = (film("film", opened, announced, windows=window), film("other", never_derived))
    save(store, publish(*told, before=first), first)

    assert derived == [["film.streaming.us"]] * 2
    assert [keys(select(store, query).entries) for query in asked] == [
        ["film.streaming.us", "other.streaming.us"],
        ["film.streaming.us"],
    ]


def test_a_feed_is_named_for_its_films_and_series(store):
    """A feed's title has the titles of its films and series."""
    save(store, publish(SEVEN, EIGHT))

    query = FeedQuery(film=("eight",), series=("mi",))
    assert select(store, query).title == "Film releases · Eight · Mission: Impossible"


def test_a_cancelled_release_leaves_after_its_day(store):
    """A cancelled release is shown until its day has passed, then no more."""
    first = save(store, publish(opening("2026-12-24")))
    told = opening(revision("2026-12-24", status=Status.CANCELLED))
    save(store, publish(told, before=first, now=NOW), first)

    last = date(2026, 12, 24)
    assert keys(select(store, today=last).entries) == ["film.theatrical.us"]
    assert select(store, today=last + timedelta(days=1)).entries == ()


def test_an_event_that_leaves_changes_last_modified(store):
    """When an event leaves, the feed has changed, although no event has."""
    first = save(store, publish(opening("2026-12-24")))
    told = opening(revision("2026-12-24", status=Status.CANCELLED))
    second = save(store, publish(told, before=first, now=NOW), first)

    assert select(store, today=date(2026, 12, 24)).changed == second.published
    assert select(store, today=date(2027, 2, 1)).changed.date() == date(2026, 12, 25)


def test_last_modified_of_a_window_moves_with_the_day(store):
    """A feed relative to today may change every day."""
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
        and (not query.region or entry.key.region in (*query.region, "001"))  # its only one
        and (not query.film or {entry.key.film, facts.follows} & {*query.film})
        and (not query.series or {place.id for place in facts.series} & {*query.series})
        and (not query.channel or entry.key.channel in query.channel)
        and (query.past is None or days >= -query.past.days)
        and (query.future is None or days <= query.future.days)
    )


@pytest.mark.slow
@given(films, queries)
@settings(deadline=None)
def test_a_feed_has_exactly_the_entries_that_answer(told, query):
    """Every event satisfies every parameter, and every release that does is there."""
    present = {each.id for each in told}
    told = [each if each.follows in present else replace(each, follows="") for each in told]
    edition = publish(*told)
    store = Store.open(database_url())
    try:
        if edition is not NOTHING:
            save(store, edition)
        found = {entry.key for entry in select(store, query).entries}
        always = replace(query, past=None, future=None)
        whenever = {entry.key for entry in select(store, always).entries}
    finally:
        store.close()

    assert found == {key for key, entry in edition.entries.items() if satisfies(query, entry)}
    # `select` says in Python what the statement says in SQL.
    chosen = query.select(edition.entries.values(), edition.films)
    assert whenever == {entry.key for entry in chosen if not entry.is_off_its_day}


def test_a_newer_database_is_refused(store, url):
    """A database written by a newer releasecal is left alone."""
    store.close()
    newer = Store.open(url)
    with newer._engine.begin() as connection:
        connection.execute(text("update schema_version set version = 99, oldest = 99"))
    newer.close()

    with pytest.raises(StoreTooNew, match="has version 99, this releasecal knows 5"):
        Store.open(url)


@pytest.mark.sqlite("another program's tables are in its file")
def test_another_programs_database_is_left_alone(tmp_path):
    """A database of another program is named in an error, not filled with our tables."""
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("create table theirs (x)")

    with pytest.raises(StoreError, match="belongs to another program"):
        Store.open(database_url(path))


@pytest.mark.parametrize(
    "url",
    [
        "postgresql//user:hunter2@h/db",
        "postgresql://user:hunter2@h:x/db",
        "postgresql://h:x/db?user=u&password=hunter2",
        "nosuch://user:hunter2@h/db",
        "nosuch://h/db?password=hunter2",
    ],
)
def test_an_address_of_no_database_is_told_without_its_password(url):
    """One with a slip is an error like any other, and shows the slip alone."""
    with pytest.raises(StoreError, match="cannot open the database") as failed:
        Store.open(url)

    assert "hunter2" not in str(failed.value)


@pytest.mark.sqlite("a file is no database")
def test_a_file_that_is_no_database_is_an_error(tmp_path):
    """A file that is no database, and a folder, are errors that name it."""
    (tmp_path / "text.db").write_text("This is not a database, however long it may be." * 100)

    with pytest.raises(StoreError, match=r"text\.db cannot be used: file is not a database \(move"):
        Store.open(database_url(tmp_path / "text.db"))
    with pytest.raises(StoreError, match=r"unable to open database file \(let this user"):
        Store.open(database_url(tmp_path))


@pytest.mark.parametrize(
    "url", ["nonsense", "mysql+nothing://x", "postgresql+pg8000://me:secret@host/x"]
)
def test_an_address_without_a_driver_is_an_error(url):
    """An address without a driver is an error that shows no password."""
    with pytest.raises(StoreError) as caught:
        Store.open(url)

    assert "cannot open the database" in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.sqlite("a pragma limits its pages")
def test_a_full_database_is_an_error_and_keeps_the_edition(store):
    """On a full disk the edition before stays."""
    first = save(store, publish(SEVEN))
    with store._engine.begin() as connection:
        pages = connection.execute(text("pragma page_count")).scalar_one()
        connection.execute(text(f"pragma max_page_count = {pages}"))
    long_ones = [opening("2027", id_=f"film-{i}", title="x" * 200) for i in range(500)]

    assert lease.acquire(store, "me", now=NOW)
    with pytest.raises(StoreError, match="full"):
        write.save(
            store,
            publish(SEVEN, *long_ones, before=first),
            first,
            (),
            inputs=Inputs(""),
            holder="me",
        )

    assert store.ask(newest_edition.edition) == first


def test_a_transaction_sees_one_edition(store, url):
    """All queries of one response answer from the same edition, whatever is saved meanwhile."""
    first = save(store, publish(SEVEN))
    other = Store.open(url)
    with store.reading() as connection:
        before = newest_edition.head(connection)
        save(other, publish(SEVEN, OTHER, before=first), first)
        assert newest_edition.head(connection) == before
        assert not film_ids.has_film(connection, "other")
    other.close()

    assert store.ask(newest_edition.head).number == before.number + 1
    assert store.ask(film_ids.has_film, "other")


@pytest.mark.sqlite("a server keeps the pages of all its connections in one memory")
def test_the_connection_that_was_used_last_is_used_next(store):
    """Two transactions at a time need a second connection; after that one is enough again."""
    with store.reading() as first, store.reading() as second:
        several = {id(each.connection.driver_connection) for each in (first, second)}
    found = []
    for _ in range(4):
        with store.reading() as connection:
            found.append(id(connection.connection.driver_connection))

    assert len(several) == 2
    assert len(set(found)) == 1


def test_events_are_rendered_before_the_transaction(store, url, monkeypatch):
    """While events are rendered, other processes can write."""
    monkeypatch.setattr("releasecal.store.connection.LOCK_TIMEOUT", 1_000)
    other = Store.open(url)
    rendered = []

    def render(entry):
        refresh_status.note(other, RefreshStatus(NOW, NOW, (str(entry.key),)))  # fails if locked
        rendered.append(entry.key)
        yield date.min, b"BEGIN:VEVENT"

    edition = publish(SEVEN, EIGHT)
    lease.acquire(store, "me", now=NOW)
    write.save(store, edition, NOTHING, (), inputs=Inputs("", events=render), holder="me")
    other.close()

    assert sorted(rendered) == sorted(edition.entries)
    assert len(rows(store)["events"]) == len(rendered)


def test_no_event_is_rendered_for_an_edition_that_stays(store):
    """An unchanged edition renders no event again."""
    edition = save(store, publish(SEVEN))

    def render(_):
        raise AssertionError("an event was rendered")

    lease.acquire(store, "me", now=NOW)
    write.save(store, edition, edition, (), inputs=Inputs("", events=render), holder="me")
