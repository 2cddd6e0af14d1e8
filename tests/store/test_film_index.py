"""The index of films: complete, in order, and looked up without a walk through the catalogue."""

from dataclasses import replace
from datetime import date
from functools import partial

import pytest
from sqlalchemy import event as happening

from releasecal.core.editions import NOTHING
from releasecal.core.models import SeriesPlace, Status, Title
from releasecal.queries.feed_query import FeedQuery
from releasecal.queries.title_words import OTHER
from releasecal.store import Inputs, Store, film_index, lease, slip_queries, write
from support.build import DAY, NOW, film, opening, publish, release, revision
from support.database import database_url

TODAY = NOW.date()
FILMS = (
    opening("2027-07-16", id_="amelie", title="Amélie II"),
    opening(
        "2026-12-18",
        id_="avengers",
        title="Avengers: Doomsday",
        series=(SeriesPlace("a", "Avengers"),),
    ),
    opening(
        "2027-12-17",
        id_="secret",
        title="Avengers: Secret Wars",
        series=(SeriesPlace("a", "Avengers"),),
    ),
    film(
        "many",
        release("many", "2025-01-01"),
        release("many", "2027", region="DE"),
        title="12 Monkeys",
    ),
    opening("", id_="undated", title="東京物語", titles=(Title("Tokyo Story"),)),
)


def stored(*catalogues):
    store, edition = Store.open(database_url()), NOTHING
    for number, films in enumerate(catalogues):
        now = NOW + number * DAY
        following = publish(*films, before=edition, now=now)
        lease.acquire(store, "tests", now=now)
        write.save(store, following, edition, [], inputs=Inputs(str(number)), holder="tests")
        edition = following
    return store


@pytest.fixture
def store():
    store = stored(FILMS)
    yield store
    store.close()


def listed(store, **options):
    asked = {"year": None, "letter": "", "first": 0, "most": 100, **options}
    return [each.id for each in store.ask(film_index.page, **asked)]


def test_films_are_listed_by_title_whatever_their_accents(store):
    assert listed(store) == ["many", "amelie", "avengers", "secret", "undated"]
    assert listed(store, first=1, most=2) == ["amelie", "avengers"]


def test_a_letter_and_a_year_narrow_the_list(store):
    """A film is under each year in which it comes out somewhere."""
    assert listed(store, letter="a") == ["amelie", "avengers", "secret"]
    assert listed(store, letter="0") == ["many"]
    assert listed(store, letter=OTHER) == ["undated"]
    assert listed(store, year=2027) == ["many", "amelie", "secret"]
    assert listed(store, year=2027, letter="a") == ["amelie", "secret"]
    assert store.ask(film_index.count, year=2027, letter="") == 3
    assert store.ask(film_index.letters, None) == ("0", "a", OTHER)
    assert store.ask(film_index.letters, 2026) == ("a",)
    assert store.ask(film_index.years) == (2025, 2026, 2027)


def test_a_film_whose_releases_are_all_withdrawn_leaves_the_list():
    """It stays on record, and its page with it; a list has what there is."""
    gone = opening("", revision("2027-07-16", status=Status.WITHDRAWN), id_="amelie")
    store = stored(FILMS, (gone, *FILMS[1:]))
    assert "amelie" not in listed(store)
    assert listed(store, year=2027) == ["many", "secret"]
    store.close()


def test_a_film_that_moves_into_another_year_is_listed_there():
    moved = replace(FILMS[1], releases=opening("2028-05-05", id_="avengers").releases)
    store = stored(FILMS, (FILMS[0], moved, *FILMS[2:]))
    assert listed(store, year=2026) == []
    assert listed(store, year=2028) == ["avengers"]
    store.close()


def test_a_search_finds_what_a_feed_of_those_words_has(store):
    """All words of one text, in any title, the latest film first."""
    for q, found in (
        ("avengers", ["secret", "avengers"]),
        ("wars avengers", ["secret"]),
        ("tokyo", ["undated"]),
        ("amelie,doomsday", ["amelie", "avengers"]),
        ("aveng", []),
    ):
        query = FeedQuery.parse([("q", q)], {})
        assert [each.id for each in store.ask(film_index.search, query.q)] == found
    assert store.ask(film_index.beginnings, "aveng") == ("avengers",)


def test_series_are_listed_with_their_films(store):
    (series,) = store.ask(film_index.series, first=0, most=100)
    assert series == ("a", "Avengers", 2)
    assert store.ask(film_index.series_count) == 1
    assert store.ask(film_index.series_of, ["secret", "amelie"]) == (series,)


def test_the_chief_release_is_the_next_one_or_the_last():
    told = film(
        "film",
        *(
            release("film", when, region=region)
            for region, when in (
                ("US", "2026-12-01"),
                ("DE", "2026-11-24"),
                ("FR", "2020-01-01"),
                ("IT", ""),
            )
        ),
    )
    store = stored((told,))
    for today, region in ((TODAY, "DE"), (date(2026, 11, 25), "US"), (date(2027, 1, 1), "US")):
        entry, count = store.ask(film_index.chief_entries, ["film"], today)["film"]
        assert (entry.key.region, count) == (region, 4)
    store.close()


def test_the_most_postponed_film_comes_first_and_once():
    """A film that slips in several countries is there by its longest slip."""
    told = (
        film(
            "long",
            release("long", "2026-01-01", "2027-01-01"),
            release("long", "2026-01-01", "2026-06-01", region="DE"),
        ),
        opening("2026-01-01", "2026-02-01", id_="short"),
        opening("2027-01-01", "2026-01-01", id_="earlier"),
        opening("2026-01-01", id_="never"),
    )
    store = stored(told)
    found = store.ask(slip_queries.most_slipped, FeedQuery(), 100)
    assert [(each.key.film, each.key.region) for each in found] == [("long", "US"), ("short", "US")]
    in_germany = store.ask(slip_queries.most_slipped, FeedQuery(region=("DE",)), 100)
    assert [each.key.region for each in in_germany] == ["DE"]
    store.close()


TABLES = ("films", "film_index", "words", "entries", "series")
QUERIES = {
    "a page": (film_index.page, {"year": None, "letter": "", "first": 0, "most": 100}),
    "a letter": (film_index.page, {"year": 2027, "letter": "a", "first": 0, "most": 100}),
    "a count": (film_index.count, {"year": 2027, "letter": "a"}),
    "letters": (film_index.letters, {"year": None}),
    "years": (film_index.years, {}),
    "a search": (film_index.search, {"phrases": ["secret wars"]}),
    "beginnings": (film_index.beginnings, {"word": "a"}),
    "slips": (slip_queries.most_slipped, {"query": FeedQuery(), "most": 100}),
    "slips in a region": (
        slip_queries.most_slipped,
        {"query": FeedQuery(region=("DE",)), "most": 100},
    ),
}


@pytest.mark.sqlite("the plan is SQLite's; test_query_plans.py has PostgreSQL's")
@pytest.mark.parametrize("name", QUERIES)
def test_no_query_walks_through_a_table(store, name):
    """Each is a search in an index; what has slipped has one of its own."""
    asked = []
    happening.listen(
        store._engine,
        "before_cursor_execute",
        lambda _, __, said, given, *___: asked.append((said, given)),
    )
    function, options = QUERIES[name]
    store.ask(partial(function, **options))
    with store._engine.connect() as connection:
        plans = [
            str(step[-1])
            for said, given in asked
            if said.startswith("SELECT") and "FROM" in said
            for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {said}", given)
        ]
    walks = [step for step in plans if step.startswith(tuple(f"SCAN {each}" for each in TABLES))]
    assert [step for step in walks if "entries_by_slip" not in step] == [], plans
    assert any(" USING " in step for step in plans)
