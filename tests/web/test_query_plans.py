"""
The plans of every query behind every route, on both databases: no answer grows with the catalogue.

Each route of the site is asked for what it has, and all statements are explained. A database that
reads a whole table, or sorts what it has not looked up, takes longer with each film.
"""

import re
from dataclasses import replace
from typing import NamedTuple

import pytest
from sqlalchemy import event

from releasecal.queries.feed_paths import NamedFeed
from releasecal.queries.feed_query import FeedQuery
from releasecal.queries.query_token import pack
from releasecal.queries.site_settings import SizeLimits
from releasecal.store import conditions, schema
from support.build import film, release
from support.clock import Clock
from support.pages import FALLEN, VARIED, library
from support.site import app_of

pytestmark = pytest.mark.slow

GROWING = {
    table.name
    for table in (
        *(schema.films, schema.entries, schema.events, schema.changes, schema.words),
        *(schema.genres, schema.series, schema.film_index, schema.mentions, schema.other_ids),
        schema.last_modified,
    )
}
"""The tables that have more rows in a larger catalogue."""

_SORT = "USE TEMP B-TREE FOR"

LOOKED_UP = re.compile(
    r"(?:coarse_after>\? AND coarse_after<\?)|"  # within a month
    r"\((?:film|follows|key|rowid|id|what|word|slug|channel|digest|address|other)[=>]\?"
)
"""A search that finds few rows, whatever the catalogue: those may be sorted."""

COUNTED = {
    r"SELECT 1 AS one": "itself: as far as a limit",
    r"NULLS FIRST": "releases whose past is worked out: 5,000 at most",
    r"WITH RECURSIVE": "names to suggest: 5,000 at most",
}
"""The statements whose rows have been counted before, or are as they are read."""

WALKS = {
    "entries_without_date": "the few releases without any date",
    "series_by_title": "a page of the list of series",
    "ix_series_id": "the number of series",
    "film_index_by_title": "a page of the list of films, and its number",
    "film_index_by_letter": "the same",
    "film_index_pkey": "the same",
    "entries_by_slip": "the releases that have slipped, the most first",
    "changes_pkey": "the newest changes, where most of them match",
}
"""The indexes that may be walked along, and for what."""

WHOLE = ("/data.json", "/sitemap", "/undo.ics")
"""The addresses whose answers are the whole catalogue, or up to 20,000 releases of it."""

SELECTIONS = (
    *("", "region=US", "region=DE,US", "kind=theatrical", "kind=streaming,sequel"),
    *("kind=premiere&region=IT", "channel=paramount", "channel=paramount&region=US", "genre=spy"),
    *("genre=action&region=US", "q=seven", "q=seven half,eight", "certainty=announced"),
    *("past=30&future=P1Y", "kind=theatrical&past=5", "cancelled=hide", "cancelled=keep"),
    *("undated=span", "undated=end&region=US", "undated=span&kind=theatrical&past=5"),
    *("film=sevn", "series=sag", "channel=paramont", "genre=spi"),  # which have suggestions
    *("film=seven", "film=seven,eight&region=US&past=5", "series=saga&undated=span"),
)
LOGS = (
    *("", "region=US", "region=DE,US", "kind=theatrical,sequel", "change=delayed,cancelled"),
    *("added=1", "added=1&region=US&kind=theatrical", "film=seven", "series=saga", "since=1"),
    *("since=2026-11-01T00:00:00Z&added=1", "before=7&change=delayed&region=US"),
)
ARGUMENTS = {
    "film_id": "seven",
    "film": "seven",
    "id_": "seven",
    "series_id": "saga",
    "series": "saga",
    "kind": "theatrical",
    "region": "us",
    "release": "theatrical.us",
    "token": pack("kind=theatrical&region=US"),
    "name": "all",
    "number": 1,
    "digest": "0" * 64,
}
PARAMETERS = {
    "/": (*SELECTIONS, *(f"view=month&month=2027-07&{each}" for each in SELECTIONS[:8])),
    "/calendar.ics": SELECTIONS,
    "/calendar.json": (*SELECTIONS, "film=seven&as-of=2026-11-20"),
    "/undo.ics": SELECTIONS,
    "/changes": LOGS,
    "/changes.json": LOGS,
    "/changes.atom": LOGS[:4],
    "/api/v1/releases": (*SELECTIONS, "film=seven&as-of=2026-11-20"),
    "/api/v1/films": SELECTIONS,
    "/api/v1/changes": (*LOGS[:-1], "change=delayed&region=US"),
    "/films": ("", "letter=s", "year=2027", "year=2027&letter=s"),
    "/films/<film_id>": ("", "as-of=2026-11-20"),
    "/series/<series_id>": ("", "as-of=2026-11-20"),
    "/search": ("", "q=seven", "q=seven half", "q=sev"),
    "/slips": ("", "region=US", "kind=theatrical", "kind=theatrical&region=DE,US", "film=seven"),
    "/diff": ("film=seven", "series=saga", "genre=spy"),
    "/follow": ("", "film=seven,eight", "q=seven"),
    "/embed": ("", "region=US", "kind=theatrical", "series=saga&region=US"),
}
"""The queries with which a route is asked; any other one is asked without."""


COPIES = 2_000
"""Catalogues with which the tables of a server are filled, so that its planner has a choice to make."""

_FEW = 1_000  # rows that may be sorted, of some twenty times as many

_COPIED = {
    # As many values as a large catalogue has; all other columns are copied as they are.
    **dict.fromkeys(("film", "key", "title", "sort", "address"), "{} || '-' || n"),
    **dict.fromkeys(
        ("first", "coarse_first", "coarse_after", "leaves", "marked_until"), "{} + mod(n, 9000)"
    ),
    "follows": "CASE follows WHEN '' THEN '' ELSE follows || '-' || n END",
    "region": "(ARRAY['US', 'DE', 'FR', 'IT', '001'])[1 + mod(n, 5)]",
    "kind": "(ARRAY['theatrical', 'streaming', 'tv', 'premiere'])[1 + mod(n, 4)]",
    "films.id": "id || '-' || n",
    "series.id": "id || '-' || mod(n, 500)",
    "other_ids.id": "id || '-' || n",
    "events.id": "id + n * 1000",
    "entries.event": "event + n * 1000",
    "changes.id": "id + n * 1000",
    "changes.release_kind": "(ARRAY['theatrical', 'streaming', 'tv'])[1 + mod(n, 3)]",
    "changes.edition": "edition + n",
    "changes.at": "at + n * 3600",
    "changes.kind": "(ARRAY['added', 'delayed', 'cancelled', 'brought forward'])[1 + mod(n, 4)]",
    "changes.is_told": "mod(n, 4) > 0",
    "words.word": "word || mod(n, 700)",
    "genres.slug": "slug || mod(n, 20)",
    "mentions.other": "other || '-' || n",
    "last_modified.address": "address || n",
}


def fill(connection):
    """
    Fill the tables of a server, and count all that is in them: its planner goes by that.

    A sample would be another one each time, also that of a server that counts by itself. The tables
    are written anew, without the room that rows of other tests have left, and marked as visible to
    all, as a server does after a while: only then an index that covers a statement is cheap.
    """
    connection.exec_driver_sql("SET default_statistics_target = 10000")
    for table in schema.metadata.sorted_tables:
        if table.name in GROWING:
            names = [f'"{column.name}"' for column in table.columns]
            found = (
                _COPIED.get(f"{table.name}.{column.name}", _COPIED.get(column.name, "{}"))
                for column in table.columns
            )
            values = (each.format(name) for each, name in zip(found, names, strict=True))
            connection.exec_driver_sql(f"ALTER TABLE {table.name} SET (autovacuum_enabled = false)")
            connection.exec_driver_sql(
                f"INSERT INTO {table.name} ({', '.join(names)}) SELECT {', '.join(values)} "
                f"FROM {table.name}, generate_series(1, {COPIES}) AS n"
            )
            connection.exec_driver_sql(f"VACUUM FULL {table.name}")
            connection.exec_driver_sql(f"VACUUM ANALYZE {table.name}")


class Step(NamedTuple):
    """
    A step of a plan that reads rows of a table.

    Attributes:
        index: Name of the index that is read; "" for the table itself.
        found: The condition that is looked up, as SQLite has it; "" for all rows.
        is_sorted: Whether all of its rows are sorted afterwards.
    """

    table: str
    index: str
    found: str
    is_sorted: bool


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Return the client of a site, its URL map, and the statements that it executes."""
    streams = film("streams", release("streams", "2027-02-02", channel="Paramount"))
    folder = tmp_path_factory.mktemp("plans")
    publisher = library(folder, (*VARIED, streams), (*FALLEN, streams))
    limits = SizeLimits(events=3)  # so that all is counted that there is no room for
    publisher.site = replace(publisher.site, limits=limits)
    publisher.clock = Clock()
    asked = []

    def note(_, __, said, given, ___, is_many):
        if said.lstrip().startswith(("SELECT", "WITH")) and not is_many:
            asked.append((said, given))

    with publisher.store._engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            fill(connection.execution_options(isolation_level="AUTOCOMMIT"))
    event.listen(publisher.store._engine, "before_cursor_execute", note)
    feeds = [NamedFeed("all", FeedQuery(region=("US",)))]
    app = app_of(publisher, capacity=0, feeds=feeds)
    yield app, publisher.store, asked
    publisher.store.close()


def rules(app):
    """Return the rules of all routes that can be read, without the files of the style."""
    found = {rule.rule for rule in app.url_map.iter_rules() if "GET" in rule.methods}
    return sorted(found - {"/static/<path:filename>"})


def addresses(rule):
    """Return the addresses with which *rule* is asked."""
    path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(ARGUMENTS[found[1]]), rule)
    return [f"{path}?{query}" for query in PARAMETERS.get(rule, ("",))]


@pytest.mark.sqlite("the copies that fill a server are rows, and no films")
def test_every_route_is_asked_for_what_it_has(site):
    """A new route fails here until its arguments have values; each parameter is of some route."""
    app, _, _ = site
    client = app.test_client()
    for rule in set(rules(app)) - {"/posters/<digest>", "/logo"}:  # this site has none
        assert {client.get(address).status_code for address in addresses(rule)} & {200, 302}, rule
    assert set(PARAMETERS) <= set(rules(app))


def plans(site, rule, having=""):
    """Yield (address, statement, steps) of all that is asked of the store for *rule*."""
    app, store, asked = site
    client = app.test_client()
    for address in [each for each in addresses(rule) if having in each]:
        asked.clear()
        client.get(address)
        with store._engine.connect() as connection:
            is_sqlite = connection.dialect.name == "sqlite"
            explained = of_sqlite if is_sqlite else of_postgresql
            for said, given in list(asked):
                yield address, said, list(explained(connection, said, given))


def of_sqlite(connection, said, given):
    """Yield the steps of SQLite's plan."""
    tables = {alias: table for table, alias in re.findall(r"(\w+) AS (\w+)", said)}
    rows = [tuple(row) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {said}", given)]
    is_sorted = {parent for _, parent, _, detail in rows if detail == f"{_SORT} ORDER BY"}
    for _, parent, _, detail in rows:
        read = re.match(r"(?:SCAN|SEARCH) (\w+)(?: USING(?: COVERING)? INDEX (\w+))?", detail)
        if read:
            # A search for the least or the greatest has no condition.
            found = "least" if "(" not in detail else detail[detail.index("(") :]
            found = found if detail.startswith("SEARCH") else ""
            table = tables.get(read[1], read[1])
            yield Step(table, read[2] or "", found, parent in is_sorted)


def of_postgresql(connection, said, given):
    """Yield the steps of PostgreSQL's plan; it reads a whole table only where no index helps."""
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    explained = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {said}", given).scalar_one()
    yield from _nodes(explained[0]["Plan"], is_sorted=True)


def _nodes(node, *, is_sorted):
    """Yield the steps of *node* and those below it: of all of their rows, or as far as a limit."""
    kind = node["Node Type"]
    is_sorted = kind != "Limit" and (is_sorted or kind in ("Sort", "Aggregate", "Hash"))
    if "Relation Name" in node:
        is_long = is_sorted and node["Plan Rows"] > _FEW
        found = node.get("Index Cond", node.get("Recheck Cond", ""))
        below = node.get("Plans", [{}])[0]
        index = node.get("Index Name", below.get("Index Name", ""))
        yield Step(node["Relation Name"], index, found, is_long)
    for each in node.get("Plans", ()):
        yield from _nodes(each, is_sorted=is_sorted)


def faults(steps):
    """Yield the *steps* that read more in a larger catalogue."""
    for step in steps:
        is_walk = not step.found and step.index not in WALKS
        is_long = step.is_sorted and step.index not in WALKS and not LOOKED_UP.search(step.found)
        if step.table in GROWING and (is_walk or is_long):
            yield step


def test_no_query_of_a_route_reads_a_table_or_sorts_it(site):
    """Each is a search in an index, whose order is that of the answer, or finds a few rows."""
    found = growing(site)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("having", ["q=", "genre="])
def test_no_query_for_what_many_films_have_reads_a_table_or_sorts_it(site, monkeypatch, having):
    """Words and genres that many films have are met on a walk, in the order of the answer."""
    monkeypatch.setattr(conditions, "_MANY", 1)
    monkeypatch.setattr(conditions, "_ENOUGH", 1)
    found = growing(site, having)
    assert not found, "\n".join(found)


def growing(site, having=""):
    """Return a line for each step that reads more in a larger catalogue, of addresses *having* that."""
    app, _, _ = site
    found = {
        (rule, *step, said)
        for rule in rules(app)
        if not rule.startswith(WHOLE)
        for address, said, steps in plans(site, rule, having)
        if not any(re.search(each, said) for each in COUNTED)
        for step in faults(steps)
    }
    return [" | ".join(map(str, each)).replace("\n", " ") for each in sorted(found)]
