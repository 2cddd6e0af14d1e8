"""Statements that are kept take little memory, whatever queries are asked."""

import gc
import tracemalloc
from itertools import combinations, islice, product

import pytest

from releasecal.core.editions import NOTHING
from releasecal.core.models import ReleaseKind
from releasecal.queries.feed_query import FeedQuery, Undated
from releasecal.queries.parameters import AskedCertainty, Cancelled
from releasecal.queries.site_settings import SiteSettings
from releasecal.store import Inputs, answering_queries, lease, write
from support.build import NOW, opening, publish


def shapes():
    """Yield queries that differ in more than their values."""
    kinds = [kind.slug for kind in list(ReleaseKind)[:6]]
    some = [each for count in (2, 3) for each in combinations(kinds, count)]
    for certainty, undated, cancelled, kind in product(AskedCertainty, Undated, Cancelled, some):
        yield FeedQuery(
            kind=kind, region=("US",), certainty=certainty, undated=undated, cancelled=cancelled
        )


@pytest.mark.slow
def test_many_shapes_of_queries_take_little_memory(store):
    """Whoever asks for one after the other does not fill a worker: 300 take as much as 100."""
    assert lease.acquire(store, "me", now=NOW)
    write.save(store, publish(opening("2027-07-14")), NOTHING, (), inputs=Inputs(""), holder="me")

    def taken_by(queries):
        for query in queries:
            store.ask(
                answering_queries.feed, query, path="/x.ics", site=SiteSettings(), today=NOW.date()
            )
        gc.collect()  # SQLAlchemy's statements are cycles
        return tracemalloc.get_traced_memory()[0]

    queries = shapes()
    tracemalloc.start()
    try:
        full = taken_by(islice(queries, 100))
        after = taken_by(islice(queries, 200))
    finally:
        tracemalloc.stop()
    assert full < 20_000_000
    assert after - full < 3_000_000
