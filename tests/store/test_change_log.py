"""The change log: what answers a query for changes, and by which index."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event as happening

from releasecal.core.changes import Change, ChangeKind
from releasecal.core.editions import NOTHING, Edition
from releasecal.core.models import ReleaseKey
from releasecal.queries.change_query import ChangeQuery
from releasecal.queries.site import SiteSettings
from releasecal.store import Inputs, Store, change_log, lease, write
from support.build import DAY, NOW, revision

SITE = SiteSettings()
REGIONS = ["US", "DE", "GB"]
made = st.lists(
    st.tuples(
        st.sampled_from("ab"),
        st.sampled_from(REGIONS),
        st.sampled_from([ChangeKind.ADDED, ChangeKind.DELAYED]),
    ),
    max_size=20,
)
asked = st.builds(
    ChangeQuery,
    film=st.sampled_from([(), (), ("a",)]),
    region=st.lists(st.sampled_from(REGIONS), unique=True).map(tuple),
    before=st.none() | st.integers(1, 20),
    since=st.sampled_from([None, 1, NOW]),
    added=st.booleans(),
)


def change(number, film, region, kind):
    at = NOW + number % 3 * DAY
    key = ReleaseKey(film, "theatrical", region)
    return Change(at, key, kind, f"{number}", revision("2027-01-01"))


def logged(store, changes):
    """Write *changes* in two editions, and return them by id."""
    lease.acquire(store, "me", now=NOW)
    half = len(changes) // 2
    first, second = Edition(1, NOW, ""), Edition(2, NOW + DAY, "")
    write.save(store, first, NOTHING, changes[:half], inputs=Inputs(""), holder="me")
    write.save(store, second, first, changes[half:], inputs=Inputs(""), holder="me")
    return {id_: (1 if id_ <= half else 2, each) for id_, each in enumerate(changes, 1)}


def wants(query, id_, edition, each):
    """Say in plain words, not in SQL, whether *each* is a change that *query* asks for."""
    place = edition if isinstance(query.since, int) else each.at
    return (
        (not query.film or each.key.film in query.film)
        and (not query.region or each.key.region in query.region)
        and (query.before is None or id_ < query.before)
        and (query.since is None or place > query.since)
        and (query.added or each.kind is not ChangeKind.ADDED)
    )


@given(made, st.lists(asked, min_size=1, max_size=5), st.sampled_from([1, 3, 100]))
@settings(deadline=None, max_examples=50)
def test_a_log_has_exactly_the_changes_that_answer(told, queries, most):
    """Every change that answers the query is in the log, newest first, as far as there is room."""
    store = Store.open("sqlite://")
    try:
        known = logged(store, [change(number, *each) for number, each in enumerate(told)])
        for query in queries:
            found = store.ask(change_log.log, query, site=SITE, most=most)
            expected = [
                id_ for id_ in sorted(known, reverse=True) if wants(query, id_, *known[id_])
            ]
            assert [record.id for record in found.records] == expected[:most]
            assert found.has_more == (len(expected) > most)
            assert all(
                known[record.id] == (record.edition, record.change) for record in found.records
            )
    finally:
        store.close()


@pytest.mark.parametrize("regions", [("US",), ("DE", "US"), tuple(REGIONS)])
@pytest.mark.parametrize("options", [{}, {"added": True}, {"since": NOW}, {"before": 9}])
def test_a_region_is_looked_up_in_its_index(store, regions, options):
    """A query by regions finds the newest changes in an index, without sorting all of a region."""
    asked = []
    happening.listen(
        store._engine,
        "before_cursor_execute",
        lambda _, __, said, given, *___: asked.append((said, given)),
    )

    store.ask(change_log.log, ChangeQuery(region=regions, **options), site=SITE, most=5)

    ((said, given),) = [each for each in asked if "FROM changes" in each[0]]
    with store._engine.connect() as connection:
        plan = [
            str(step[-1])
            for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {said}", given)
        ]
    searched = [step for step in plan if "ix_changes_region (region=?" in step]
    assert len(searched) == len(regions), plan
    assert not any("SCAN changes" in step or "TEMP B-TREE" in step for step in plan), plan
