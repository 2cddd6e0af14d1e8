"""The change log: what answers a query for changes, and by which index."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event as happening

from releasecal.core.changes import Change, ChangeKind
from releasecal.core.editions import NOTHING, Edition
from releasecal.core.models import UNKNOWN, WORLD, ReleaseKey
from releasecal.queries.change_query import ChangeQuery
from releasecal.queries.site_settings import SiteSettings
from releasecal.store import Inputs, Store, change_log, lease, write
from support.build import DAY, NOW, film, publish, release, revision
from support.database import database_url

SITE = SiteSettings()
REGIONS = ["US", "DE", "GB", WORLD]
made = st.lists(
    st.tuples(
        st.sampled_from("ab"),
        st.sampled_from(REGIONS),
        st.sampled_from([ChangeKind.ADDED, ChangeKind.DELAYED, ChangeKind.BROUGHT_FORWARD]),
    ),
    max_size=20,
)
listed = st.dictionaries(
    st.tuples(st.sampled_from("ab"), st.sampled_from(REGIONS)), st.sampled_from(["IMAX", "", None])
)
asked = st.builds(
    ChangeQuery,
    film=st.sampled_from([(), (), ("a",)]),
    region=st.lists(st.sampled_from(REGIONS), unique=True).map(tuple),
    before=st.none() | st.integers(1, 20),
    since=st.sampled_from([None, 1, NOW]),
    added=st.booleans(),
    change=st.lists(
        st.sampled_from(["added", "delayed", "brought-forward"]), unique=True, max_size=2
    ).map(tuple),
)


def change(at, number, film, region, kind):
    key = ReleaseKey(film, "theatrical", region)
    return Change(at, key, kind, f"{number}", revision("2027-01-01"))


def own_releases(listed):
    """Return an edition with a release for each of *listed*, on its channel; None is withdrawn."""
    was = [
        film(id_, release(id_, "2027-01-01", region=region, channel=channel or ""))
        for (id_, region), channel in listed.items()
    ]
    ids = sorted({id_ for id_, _ in listed})
    films = [
        film(id_, *(of for each in was if each.id == id_ for of in each.releases)) for id_ in ids
    ]
    now = [
        replace(
            each,
            releases=tuple(
                of for of in each.releases if listed[each.id, of.key.region] is not None
            ),
        )
        for each in films
    ]
    return publish(*now, before=publish(*films))


def logged(store, changes, listed):
    """Write *changes* in two editions, the second one of what is *listed*; return them by id."""
    lease.acquire(store, "me", now=NOW)
    half = len(changes) // 2
    first = Edition(1, NOW, "")
    second = replace(own_releases(listed), number=2, published=NOW + DAY)
    write.save(store, first, NOTHING, changes[:half], inputs=Inputs(""), holder="me")
    write.save(store, second, first, changes[half:], inputs=Inputs(""), holder="me")
    return {id_: (1 if id_ <= half else 2, each) for id_, each in enumerate(changes, 1)}


def answers_for(key, region, listed):
    """Say whether the release with *key* is the one of its kind and channel in *region*."""
    own = listed.get((key.film, region))
    return key.region == region or (key.region == WORLD and own != key.channel)


def wants(query, id_, edition, each, listed):
    """Say in plain words, not in SQL, whether *each* is a change that *query* asks for."""
    place = edition if isinstance(query.since, int) else each.at
    return (
        (not query.film or each.key.film in query.film)
        and (not query.region or any(answers_for(each.key, code, listed) for code in query.region))
        and (query.before is None or id_ < query.before)
        and (query.since is None or place > query.since)
        and (query.added or "added" in query.change or each.kind is not ChangeKind.ADDED)
        and (not query.change or each.kind.value.replace(" ", "-") in query.change)
    )


@given(made, listed, st.lists(asked, min_size=1, max_size=5), st.sampled_from([1, 3, 100]))
@settings(deadline=None, max_examples=50)
def test_a_log_has_exactly_the_changes_that_answer(told, listed, queries, most):
    """Every change that answers the query is in the log, newest first, as far as there is room."""
    store = Store.open(database_url())
    try:
        half = len(told) // 2  # the changes of an edition have its moment
        made = [
            change(NOW + (number >= half) * DAY, number, *each) for number, each in enumerate(told)
        ]
        known = logged(store, made, listed)
        for query in queries:
            found = store.ask(change_log.log, query, site=SITE, most=most)
            expected = [
                id_ for id_ in sorted(known, reverse=True) if wants(query, id_, *known[id_], listed)
            ]
            assert [record.id for record in found.records] == expected[:most]
            assert found.has_more == (len(expected) > most)
            assert all(
                known[record.id] == (record.edition, record.change) for record in found.records
            )
    finally:
        store.close()


def plan_of(store, query):
    """Return SQLite's plan for finding the changes that answer *query*."""
    asked = []
    happening.listen(
        store._engine,
        "before_cursor_execute",
        lambda _, __, said, given, *___: asked.append((said, given)),
    )
    store.ask(change_log.log, query, site=SITE, most=5)
    ((said, given),) = [each for each in asked if "FROM changes" in each[0]]
    with store._engine.connect() as connection:
        found = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {said}", given)
        return [str(step[-1]) for step in found]


@pytest.mark.sqlite("the plan is SQLite's; test_query_plans.py has PostgreSQL's")
@pytest.mark.parametrize("regions", [(WORLD,), ("US",), ("DE", "US"), tuple(REGIONS)])
@pytest.mark.parametrize("options", [{}, {"added": True}, {"since": NOW}, {"before": 9}])
def test_a_region_is_looked_up_in_its_index(store, regions, options):
    """A query by regions finds the newest changes in an index, without sorting all of a region."""
    plan = plan_of(store, ChangeQuery(region=regions, **options))

    searched = [step for step in plan if " changes_told_by_region (is_told=? AND region=?" in step]
    # The world and unknown regions answer for countries.
    others = {WORLD, UNKNOWN} if {*regions} - {WORLD} else {WORLD}
    told = 2 if "added" in options else 1  # those that are new are apart from all others
    assert len(searched) == told * len({*regions, *others}), plan
    own = [step for step in plan if " own " in step]
    assert all("COVERING INDEX entries_by_film (" in step for step in own), plan
    assert bool(own) is ({*regions} != {WORLD})
    assert not any("SCAN changes" in step for step in plan), plan
    # What was found in each, as much as there is room for, is merged.
    before = {step for step, later in pairwise(plan) if "TEMP B-TREE" in later}
    assert all(step.startswith("SCAN anon") for step in before), plan


@pytest.mark.sqlite("the plan is SQLite's; test_query_plans.py has PostgreSQL's")
def test_what_is_told_of_all_regions_is_found_in_its_index(store):
    """However many new releases stand before it: none of them is read."""
    plan = plan_of(store, ChangeQuery())

    assert any("changes_told" in step for step in plan), plan
    assert not any("TEMP B-TREE FOR ORDER" in step for step in plan[:1]), plan


@pytest.mark.sqlite("the plan is SQLite's; test_query_plans.py has PostgreSQL's")
@pytest.mark.parametrize("region", [(), ("US",)])
def test_a_rare_kind_of_change_is_looked_for_in_the_index_alone(store, region):
    """However many others are newer: their rows are not read."""
    plan = plan_of(store, ChangeQuery(region=region, change=("cancelled", "delayed")))

    index = "changes_told_by_region" if region else "changes_by_kind"
    assert any(f"COVERING INDEX {index} " in step for step in plan), plan
    assert not any("TEMP B-TREE FOR ORDER" in step for step in plan[:1]), plan
