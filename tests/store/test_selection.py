"""
Any selection: every event satisfies every parameter, and every entry that does is there.

`wants` says in plain Python, entry by entry, what `releasecal.store.selection` asks SQL for.
A few hundred selections each time the tests run; more by hand:

    RELEASECAL_EXAMPLES=20000 .venv/bin/python -m pytest tests/store/test_selection.py
"""

import json
import os
import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import event as happening

from releasecal.core.durations import Period, offset_text
from releasecal.core.editions import NOTHING
from releasecal.core.languages import LANGUAGES
from releasecal.core.models import Certainty, ReleaseKind, SeriesPlace, Status, Title, Window
from releasecal.core.revise import Policy
from releasecal.formats import FORMATS, ics
from releasecal.formats.ics import prerender
from releasecal.queries.feed_query import EVERYTHING, FeedQuery
from releasecal.queries.parameters import AskedCertainty, Cancelled, Limit, Undated
from releasecal.queries.site_settings import SiteSettings, SizeLimits
from releasecal.store import (
    Inputs,
    Store,
    answering_queries,
    conditions,
    lease,
    reads_along_indexes,
    write,
)
from support.build import DAY, NOW, film, publish, release, revision
from support.conformance import Document, problems
from support.database import database_url

EXAMPLES = int(os.environ.get("RELEASECAL_EXAMPLES", "100"))
TODAY = NOW.date()
WHENS = ["", "2026", "2026-11", "2026-Q4", "2026-10-31", "2026-11-21", "2026-11-22", "2026-11-23"]
WHENS += ["2026-12-22", "2027", "2027-02-28", "2027-11-22", "2027-summer", "2040-01-01"]


KINDS = [ReleaseKind.THEATRICAL, ReleaseKind.DIGITAL, ReleaseKind.TV, ReleaseKind.STREAMING]


def some(*values):
    """Return none of *values* mostly, so that what is asked for is mostly there."""
    few = st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True)
    return st.one_of(*[st.just(())] * 4, few.map(sorted).map(tuple))


revisions = st.builds(
    revision,
    st.sampled_from(WHENS),
    status=st.sampled_from([*[Status.SCHEDULED] * 4, Status.CANCELLED]),
    certainty=st.sampled_from([Certainty.CONFIRMED, Certainty.TENTATIVE, Certainty.ESTIMATED]),
)
films = st.lists(
    st.builds(
        lambda id_, releases, follows, windows, genres, title: film(
            id_,
            *[
                release(id_, told, kind=kind, region=region, channel=channel)
                for kind, region, channel, told in releases
            ],
            follows=follows if follows < id_ else "",
            series=(SeriesPlace("s", "S"),) if id_ < "d" else (),
            windows=windows,
            genres=genres,
            title=title,
            titles=(Title("Die Reise"),) if id_ > "c" else (),
        ),
        st.sampled_from("abcdefgh"),
        st.lists(
            st.tuples(
                st.sampled_from(KINDS),
                st.sampled_from(["US", "DE", "001", "ZZ"]),
                st.sampled_from(["", "Paramount+"]),
                revisions,
            ),
            min_size=1,
            max_size=4,
            unique_by=lambda each: each[:3],
        ),
        st.sampled_from("ab"),
        st.sampled_from([(), (Window(ReleaseKind.STREAMING, days=10),)]),
        st.sampled_from([(), ("Spy",), ("Spy", "Science fiction")]),
        st.sampled_from(["", "Amélie", "AMELIE und die Reise"]),
    ),
    min_size=2,
    max_size=8,
    unique_by=lambda each: each.id,
)
periods = (
    st.none() | st.none() | st.builds(Period, st.integers(0, 40), st.sampled_from([0, 0, 1, 3, 12]))
)
queries = st.builds(
    FeedQuery,
    kind=some("theatrical", "digital", "tv", "sequel", "streaming", "streaming-eligible"),
    region=some("US", "DE", "001", "ZZ"),
    film=some("a", "b", "c"),
    series=some("s"),
    channel=some("paramount-plus"),
    genre=some("spy", "science-fiction"),
    q=some("amelie", "reise", "amelie reise", "film"),
    certainty=st.sampled_from([*[AskedCertainty.ANY] * 3, AskedCertainty.ANNOUNCED]),
    undated=st.sampled_from(Undated),
    cancelled=st.sampled_from(Cancelled),
    past=periods,
    future=periods,
    alarm=some(-DAY, timedelta(hours=9)),
    emoji=st.booleans(),
    lang=st.sampled_from(sorted(LANGUAGES)),
    limit=st.sampled_from([Limit.USUAL, Limit.USUAL, Limit.NONE]),
)


def whole(told):
    """Return *told* without sequels to films that are not there."""
    present = {each.id for each in told}
    return [each if each.follows in present else replace(each, follows="") for each in told]


def editions(tellings):
    """Publish one edition for each of *tellings*, the last of them on `TODAY`."""
    edition = NOTHING
    for ago, told in zip(range(len(tellings) - 1, -1, -1), tellings, strict=True):
        now = NOW - ago * 20 * DAY
        edition = publish(*whole(told), before=edition, now=now, policy=Policy(event_digests=looks))
    return edition


def looks(several):
    return ics.event_digests(several, SiteSettings())


def stored(edition):
    """Return a store of *edition*, with its events rendered."""
    store = Store.open(database_url())
    if edition is not NOTHING:
        assert lease.acquire(store, "me", now=NOW)
        inputs = Inputs("", events=lambda entry: prerender(entry, SiteSettings()))
        write.save(store, edition, NOTHING, (), inputs=inputs, holder="me")
    return store


def shifted(day, months):
    """Return the same day *months* later, or the nearest one before it that there is."""
    index = day.year * 12 + day.month - 1 + months
    for number in range(day.day, 27, -1):
        try:
            return date(index // 12, index % 12 + 1, number)
        except ValueError:
            continue
    return date(index // 12, index % 12 + 1, min(day.day, 28))


def days_of(query, entry, today):
    """Return the first and the last day *entry* is shown on, and whether it is off; or nothing."""
    current = entry.current
    is_over, when = current.status.is_over, current.when
    if when and not when.is_day and not is_over and query.undated is not Undated.HIDE:
        last = when.after - DAY
        return (last if query.undated is Undated.END else when.first), last, False
    if when and when.is_day and not is_over:
        return when.first, when.first, False
    told = [
        past.when.first
        for past in entry.facts.release.history
        if past.seen and past.when and past.when.is_day and not past.status.is_over
    ]
    if is_over and not told and when and when.is_day:
        told = [when.first]  # nobody ever saw it scheduled
    if not told or query.cancelled is Cancelled.HIDE or today >= entry.leaves:
        return None
    return told[-1], told[-1], True


def answers_for(query, entry, edition):
    """Say whether *entry* is of a region that *query* asks for, or stands in for one."""
    if not query.region or entry.key.region in query.region:
        return True
    alike = [
        key
        for key, other in edition.entries.items()
        if (key.film, key.kind) == (entry.key.film, entry.key.kind)
        and other.current.status is not Status.WITHDRAWN
    ]
    if entry.key.region == "001":
        own = {key.region for key in alike if key.channel == entry.key.channel}
        return any(region not in own for region in query.region)
    if entry.key.region == "ZZ":
        own = {key.region for key in alike}
        return "001" not in own and any(region not in own for region in {*query.region} - {"001"})
    return False


def wants(query, entry, today, edition):
    """Say in plain words, not in SQL, whether *entry* is one that *query* asks for."""
    days = days_of(query, entry, today)
    if days is None:
        return False
    first, last, _ = days
    past, future = query.past, query.future
    return (
        meets(query, entry, edition)
        and (past is None or last >= shifted(today, -past.months) - past.days * DAY)
        and (future is None or first <= shifted(today, future.months) + future.days * DAY)
    )


def meets(query, entry, edition):
    """Say in plain words whether *entry* is one that *query* asks for, whatever its days."""
    facts, key = entry.facts, entry.key
    names = {key.kind, "sequel"} if facts.follows else {key.kind}
    if "derived" in [past.certainty.value for past in facts.release.history]:
        names.add(f"{key.kind}-eligible")
    told = edition.films[key.film]
    genres = {genre.lower().replace(" ", "-") for genre in told.genres}
    titles = [told.title, *(other.title for other in told.titles)]
    words = set(" ".join(titles).lower().replace("é", "e").split())
    return (
        (not query.kind or bool(names & {*query.kind}))
        and answers_for(query, entry, edition)
        and (not query.film or bool({key.film, facts.follows} & {*query.film}))
        and (not query.series or "s" in {place.id for place in facts.series})
        and (not query.channel or key.channel in query.channel)
        and (not query.genre or bool(genres & {*query.genre}))
        and (not query.q or any(words >= {*text.split()} for text in query.q))
        and (
            query.certainty is AskedCertainty.ANY
            or entry.current.certainty in (Certainty.CONFIRMED, Certainty.TENTATIVE)
        )
    )


def nearest(query, found, today, most):
    """Return those of *found* that there is room for: the oldest go, then the farthest."""

    def distance(entry):
        _, last, _ = days_of(query, entry, today)
        return last < today, abs((last - today).days), str(entry.key)

    return sorted(found, key=distance)[: most if query.limit is Limit.USUAL else None]


tellings = st.lists(films, min_size=1, max_size=3)


@pytest.mark.slow
@settings(max_examples=EXAMPLES)
@given(
    tellings,
    st.lists(queries, min_size=1, max_size=6),
    st.sampled_from([0, 1, 15, 45]),
    st.sampled_from([1, 2, 100]),
    st.sampled_from([1, 4_000]),
)
@example([[]], [EVERYTHING], 0, 1, 1)
def test_a_feed_has_exactly_the_entries_that_answer(told, asked, later, most, many):
    """In each format and on each day, from entries and from rendered events, *many* films or few."""
    edition, today = editions(told), TODAY + later * DAY
    site = SiteSettings(limits=SizeLimits(events=most))
    store = stored(edition)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(conditions, "_MANY", many)
            patch.setattr(conditions, "_ENOUGH", many)
            for query in asked:
                check(store, edition, query, site, today)
    finally:
        store.close()


def check(store, edition, query, site, today):
    """What answers *query* is what `wants` wants, as far as there is room, nearest first."""
    entries = edition.entries.values()
    assert set(query.select(entries, edition.films)) == {
        e for e in entries if meets(query, e, edition)
    }
    found = [entry for entry in entries if wants(query, entry, today, edition)]
    kept = nearest(query, found, today, site.limits.events)
    feed, lying = (
        store.ask(
            answering_queries.feed,
            query,
            path="/calendar",
            site=site,
            today=today,
            rendered=is_rendered,
        )
        for is_rendered in (False, True)
    )
    assert {entry.key for entry in feed.entries} == {entry.key for entry in kept}
    assert feed.left_out == len(found) - len(kept)
    assert (lying.rendered is not None) == query.is_plain
    document = ics.render(feed)
    assert document == ics.render(lying)
    assert problems(document, alarms=True) == []
    check_events(document, query, kept, feed.left_out, today)
    check_json(feed, kept)


def check_events(document, query, kept, left_out, today):
    """Each event satisfies each parameter, and there is one for each of *kept*."""
    told = {event.value("UID"): event for event in Document.take_apart(document).events}
    notice = told.pop("notice.left-out@releasecal", None)
    assert (notice is None) == (left_out == 0)
    if notice:
        assert re.search(rf"(?<!\d){left_out}(?!\d)", notice.text("SUMMARY"))
        assert notice.value("DTSTART") == f"{today:%Y%m%d}"
        assert notice.parts == ()
    shown = {f"{entry.uid}@releasecal": entry for entry in kept}
    beyond = {uid for uid, entry in shown.items() if days_of(query, entry, today)[1].year > 2037}
    assert {*told} == {*shown} - beyond
    for uid, event in told.items():
        entry = shown[uid]
        first, last, is_off_its_day = days_of(query, entry, today)
        assert event.value("DTSTART") == f"{first:%Y%m%d}"
        assert event.value("DTEND") == f"{last + DAY:%Y%m%d}"
        rings = [alarm.value("TRIGGER") for alarm in event.parts]
        assert rings == ([] if is_off_its_day else [offset_text(offset) for offset in query.alarm])
        assert all(alarm.text("DESCRIPTION") == event.text("SUMMARY") for alarm in event.parts)
        emoji = entry.facts.release.kind.emoji
        assert event.text("SUMMARY").startswith(f"{emoji} ") == query.emoji
        is_kept = query.cancelled is Cancelled.KEEP and is_off_its_day
        assert bool(event.value("STATUS")) == (not is_kept)
        german = re.search(
            "Angesetzt|[Aa]ngekündigt|Abgesagt|Verlegt|Termin|[Bb]erechnet",
            event.text("DESCRIPTION"),
        )
        assert bool(german) == (query.lang == "de")
        assert event.value("CATEGORIES").split(",")[0] == entry.facts.release.kind.category


def check_json(feed, kept):
    """JSON has the same releases, and counts the same that are left out."""
    document = json.loads(FORMATS["json"].render(feed))
    assert {each["uid"] for each in document["releases"]} == {f"{e.uid}@releasecal" for e in kept}
    assert document["left_out"]["releases"] == feed.left_out


@pytest.mark.sqlite("the plan is SQLite's; test_query_plans.py has PostgreSQL's")
@pytest.mark.parametrize(
    "selection",
    [
        *("", "cancelled=hide", "cancelled=keep", "kind=digital"),
        *("genre=spy", "q=tale,a long tale", "certainty=announced"),
    ],
)
@pytest.mark.parametrize("where", ["", "region=US", "region=US,DE", "channel=paramount-plus"])
@pytest.mark.parametrize("undated", ["", "undated=span", "undated=end"])
@pytest.mark.parametrize("most", [1, 100])
def test_a_selection_reads_indexes_alone(selection, where, undated, most):
    """No row of an entry is read to find the keys of a selection, or to count them."""
    days = ["2026", "2026-11", "2026-Q4", "2026-11-21", "2026-11-22", "2026-11-23"]
    told = [
        film(
            id_,
            *[
                release(id_, when, kind=ReleaseKind.DIGITAL, region=region, channel="Paramount+")
                for region in ("US", "001")
            ],
            title="A long tale",
            genres=("Spy",),
        )
        for id_, when in zip("abcdef", days, strict=True)
    ]
    store = stored(publish(*told))
    words = [
        word.split("=") for word in (selection, where, undated, "past=5", "future=P1Y") if word
    ]
    site = SiteSettings(limits=SizeLimits(events=most))
    asked = []
    happening.listen(
        store._engine,
        "before_cursor_execute",
        lambda _, __, said, given, *___: asked.append((said, given)),
    )

    found = store.ask(
        answering_queries.feed,
        FeedQuery.parse(words, {}),
        path="/",
        site=site,
        today=TODAY,
        undated=False,
        rendered=True,
    )

    with store._engine.connect() as connection:
        plans = [
            str(step[-1])
            for said, given in [*asked]
            if "FROM entries" in said and not any(each in said for each in ("facts", "created"))
            for step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {said}", given)
            if "entries" in str(step[-1])
        ]
    store.close()
    assert found.left_out > 0 if most == 1 else found.left_out == 0
    assert len(plans) >= (3 if most == 1 else 1)
    assert all("USING COVERING INDEX entries_by_" in plan for plan in plans), plans


def test_what_a_full_feed_leaves_out_is_counted_as_far_as_it_matters(monkeypatch):
    """Beyond a limit the notice and the JSON say how many there are at least."""
    monkeypatch.setattr(reads_along_indexes, "MAX_COUNTED", 3)
    store = stored(publish(*(film(id_, release(id_, "2026-12-18")) for id_ in "abcdefgh")))
    site = SiteSettings(limits=SizeLimits(events=2))

    def left_out(ids):
        query = FeedQuery(film=tuple(ids))
        feed = store.ask(answering_queries.feed, query, path="/", site=site, today=TODAY)
        (said,) = re.findall(rb"SUMMARY:(.*)\r\n", FORMATS["ics"].render(feed))[-1:]
        return json.loads(FORMATS["json"].render(feed))["left_out"]["releases"], said.decode()

    found = left_out("abcde"), left_out("abcdef")
    store.close()
    assert found == (
        (3, "Film releases: 3 releases left out"),
        (3, "Film releases: 3+ releases left out"),
    )
