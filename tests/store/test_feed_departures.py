"""A calendar's LAST-MODIFIED: it rises when an event leaves, and never falls."""

import re
from datetime import datetime, timedelta
from functools import partial

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from releasecal.core.durations import Period
from releasecal.core.editions import NOTHING
from releasecal.core.models import UNKNOWN, WORLD, Certainty, ReleaseKind, SeriesPlace, Status
from releasecal.core.revise import Policy, revise
from releasecal.formats import ics
from releasecal.queries.feed_query import FeedQuery
from releasecal.queries.parameters import AskedCertainty, Cancelled, Undated
from releasecal.queries.site_settings import SiteSettings
from releasecal.store import (
    Inputs,
    Store,
    answering_queries,
    feed_departures,
    lease,
    write,
)
from support.build import DAY, NOW, catalogue, film, release, revision
from support.database import database_url

pytestmark = pytest.mark.slow

SITE = SiteSettings()
POLICY = Policy(event_digests=partial(ics.event_digests, site=SITE))
TODAY = NOW.date()
SAGA = (SeriesPlace("saga", "Saga"),)
QUERIES = [
    FeedQuery(),
    FeedQuery(past=Period(3)),
    FeedQuery(future=Period(20), undated=Undated.SPAN),
    FeedQuery(past=Period(0, 1), undated=Undated.END),
    FeedQuery(region=("DE",)),
    FeedQuery(region=("DE",), future=Period(20), cancelled=Cancelled.HIDE),
    FeedQuery(certainty=AskedCertainty.ANNOUNCED),
    FeedQuery(kind=("tv",), cancelled=Cancelled.KEEP),
    FeedQuery(series=("saga",)),
    FeedQuery(genre=("spy",)),
    FeedQuery(q=("long",)),
    FeedQuery(kind=("sequel",)),
    FeedQuery(film=("a",), future=Period(20)),
]
whens = st.one_of(
    st.integers(-40, 60).map(lambda day: str(TODAY + day * DAY)),
    st.sampled_from(["", "2026-12", "2027"]),
)
told = st.fixed_dictionaries(
    {
        "when": whens,
        "status": st.sampled_from([Status.SCHEDULED] * 3 + [Status.CANCELLED]),
        "certainty": st.sampled_from([Certainty.CONFIRMED] * 3 + [Certainty.ESTIMATED]),
        "facts": st.fixed_dictionaries(
            {
                "series": st.sampled_from([(), SAGA]),
                "genres": st.sampled_from([(), ("spy",)]),
                "title": st.sampled_from(["Long", "Short"]),
                "follows": st.sampled_from(["", "a"]),
            }
        ),
    }
)
places = st.sampled_from(
    [
        (id_, region, kind)
        for id_ in "ab"
        for region in ("DE", WORLD, UNKNOWN)
        for kind in (ReleaseKind.THEATRICAL, ReleaseKind.TV)
    ]
)
steps = st.lists(
    st.tuples(st.dictionaries(places, told, max_size=4), st.integers(1, 40)),
    min_size=2,
    max_size=6,
)
LOST = {"when": "2026-11-30", "status": Status.SCHEDULED, "certainty": Certainty.CONFIRMED}
PLAIN = {"series": (), "genres": (), "title": "Long", "follows": ""}


def films(telling):
    """Return the films of *telling*: the facts of each are those of its last release."""
    made = {id_: ([], {}) for id_ in sorted({"a", "b", *(id_ for id_, *_ in telling)})}
    for (id_, region, kind), said in telling.items():
        releases, facts = made[id_]
        current = revision(said["when"], status=said["status"], certainty=said["certainty"])
        releases.append(release(id_, current, region=region, kind=kind))
        facts |= said["facts"] | ({"follows": ""} if id_ == "a" else {})
    return [film(id_, *releases, **facts) for id_, (releases, facts) in made.items()]


def save(store, edition, before, changes):
    assert lease.acquire(store, "me", now=edition.published)
    inputs = Inputs("", events=partial(ics.prerender, site=SITE))
    write.save(store, edition, before, changes, inputs=inputs, holder="me")
    lease.release(store, "me")


def calendar(store, query, today):
    feed = store.ask(
        answering_queries.feed,
        query,
        path="/calendar",
        site=SITE,
        today=today,
        undated=False,
        rendered=True,
    )
    head, *events = ics.render(feed).decode().split("BEGIN:VEVENT\r\n")
    uids = {re.search(r"^UID:(\S+)", event, re.MULTILINE)[1] for event in events}
    modified = re.search(r"^LAST-MODIFIED:(\S+)", head, re.MULTILINE)
    return uids, modified and datetime.strptime(f"{modified[1]}+0000", "%Y%m%dT%H%M%SZ%z")


def test_an_event_that_leaves_moves_the_calendar(store):
    """At the midnight on which it left."""
    known = films({("a", "DE", ReleaseKind.TV): {**LOST, "facts": PLAIN}})
    edition, changes = revise(NOTHING, catalogue(*known), now=NOW, policy=POLICY)
    save(store, edition, NOTHING, changes)
    query = FeedQuery(past=Period(3))

    before, after = (calendar(store, query, TODAY + day * DAY) for day in (11, 30))

    assert before == ({"a.tv.de@releasecal"}, NOW)
    assert after == (set(), NOW.replace(month=12, day=4, hour=0, minute=0))


@given(steps)
@example(
    [
        ({("a", WORLD, ReleaseKind.TV): {**LOST, "facts": PLAIN}}, 1),
        (
            {
                ("a", WORLD, ReleaseKind.TV): {**LOST, "facts": PLAIN},
                ("a", "DE", ReleaseKind.TV): {**LOST, "when": "", "facts": PLAIN},
            },
            1,
        ),
    ]
)
@settings(max_examples=15)
def test_whatever_leaves_a_calendar_it_says_so(told):
    """By time, by a move, a cancellation, another title, genre, series, or an own release."""
    store = Store.open(database_url())
    edition, now, seen = NOTHING, NOW, {}
    for telling, days in told:
        following, changes = revise(edition, catalogue(*films(telling)), now=now, policy=POLICY)
        if following.number != edition.number:
            save(store, following, edition, changes)
        edition = following
        for later in {0, days // 2}:
            today = (now + later * DAY).date()
            for query in QUERIES:
                uids, modified = calendar(store, query, today)
                before, was = seen.get(query, (set(), None))
                if before - uids:
                    assert was < modified <= now + later * DAY, (query, before - uids)
                assert was is None or modified >= was, query
                seen[query] = uids, modified
        now += days * DAY + timedelta(hours=1)
    store.close()


def test_among_many_changes_the_last_that_was_looked_at_will_do(store, monkeypatch):
    """It is as late as any older one; nothing that left is missed."""
    monkeypatch.setattr(feed_departures, "_MAX_CHANGES", 2)
    key = ("a", "DE", ReleaseKind.TV)
    others = {(id_, "DE", ReleaseKind.TV): {**LOST, "facts": PLAIN} for id_ in "bc"}
    told = [
        {key: {**LOST, "facts": PLAIN}} | others,
        {key: {**LOST, "when": "2027-11-30", "facts": PLAIN}} | others,
        {key: {**LOST, "when": "2027-11-30", "facts": PLAIN}}
        | {other: {**LOST, "when": "2027-11-01", "facts": PLAIN} for other in others},
    ]
    edition, moments = NOTHING, []
    for number, telling in enumerate(told):
        now = NOW + number * timedelta(hours=1)
        last = edition
        edition, changes = revise(last, catalogue(*films(telling)), now=now, policy=POLICY)
        save(store, edition, last, changes)
        moments.append(store.ask(feed_departures.last, FeedQuery(future=Period(20)), TODAY, now))

    assert moments == [None, NOW + timedelta(hours=1), NOW + timedelta(hours=2)]
