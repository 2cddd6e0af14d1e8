"""SizeLimits: a feed is no larger than calendar programs take, and says what it leaves out."""

import json
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from releasecal.core.editions import NOTHING
from releasecal.core.models import Status
from releasecal.core.revise import Policy
from releasecal.formats import FORMATS, ics
from releasecal.formats.ics import prerender
from releasecal.queries.feed_query import EVERYTHING, FeedQuery
from releasecal.queries.parameters import Limit
from releasecal.queries.site_settings import SiteSettings, SizeLimits
from releasecal.store import Inputs, Store, answering_queries, lease, write
from support.build import DAY, NOW, film, publish, release, revision
from support.conformance import Document, problems, strangers, unfaithful
from support.database import database_url
from support.readers import READERS

TODAY = NOW.date()
POLICY = Policy(event_digests=partial(ics.event_digests, site=SiteSettings()))
NOTICE = "notice.left-out@releasecal"


def on_days(*days, note=""):
    """Make a film for each of *days* after today, called by its number."""
    return [
        film(f"f{at}", release(f"f{at}", str(TODAY + day * DAY), note=note))
        for at, day in enumerate(days)
    ]


def published(films, before=NOTHING, now=NOW):
    return publish(*films, before=before, now=now, policy=POLICY)


@pytest.fixture
def store():
    store = Store.open(database_url())
    yield store
    store.close()


def save(store, edition, before=NOTHING):
    assert lease.acquire(store, "me", now=NOW)
    inputs = Inputs("", events=partial(prerender, site=SiteSettings()))
    write.save(store, edition, before, (), inputs=inputs, holder="me")
    lease.release(store, "me")
    return edition


def select(store, most, octets=1_000_000, *, query=EVERYTHING, today=TODAY, **options):
    site = SiteSettings(limits=SizeLimits(most, octets))
    return store.ask(
        answering_queries.feed, query, path="/calendar", site=site, today=today, **options
    )


def events(document):
    return {event.value("UID"): event for event in Document.take_apart(document).events}


def shown(document):
    """Return the films of *document*, in its order."""
    return [uid.partition(".")[0] for uid in events(document) if uid != NOTICE]


@pytest.mark.parametrize(
    ("most", "expected"),
    [
        (9, ["f4", "f3", "f0", "f1", "f2"]),
        (5, ["f4", "f3", "f0", "f1", "f2"]),
        (4, ["f3", "f0", "f1", "f2"]),
        (3, ["f0", "f1", "f2"]),
        (2, ["f0", "f1"]),
        (1, ["f0"]),
    ],
)
@pytest.mark.parametrize("is_rendered", [False, True])
def test_the_oldest_go_first_then_the_farthest(store, most, expected, is_rendered):
    """What is coming stays, the next before all, and of what is past the latest."""
    save(store, published(on_days(0, 5, 400, -2, -300)))

    document = ics.render(select(store, most, rendered=is_rendered))

    assert shown(document) == expected
    assert (NOTICE in events(document)) == (most < 5)


def test_a_notice_says_how_many_are_missing(store):
    """On the feed's day, free, never ringing, with what would narrow it."""
    save(store, published(on_days(*range(10))))
    query = FeedQuery(alarm=(-DAY,))

    document = ics.render(select(store, 4, query=query))

    notice = events(document)[NOTICE]
    assert notice.text("SUMMARY") == "Film releases: 6 releases left out"
    assert "has 4 of 10 releases, the nearest to today" in notice.text("DESCRIPTION")
    assert "?region=US&kind=theatrical&past=30&future=P1Y" in notice.text("DESCRIPTION")
    assert notice.value("DTSTART") == f"{TODAY:%Y%m%d}"
    assert (notice.value("TRANSP"), notice.parts) == ("TRANSPARENT", ())
    assert problems(document, now=NOW, alarms=True) == []


@pytest.mark.parametrize(
    ("lang", "words"),
    [("en", "has 0 of 1 release, the nearest"), ("de", "hat 0 von 1 Termin, nämlich was heute")],
)
def test_a_calendar_of_one_counts_in_the_singular(store, lang, words):
    """Where the only release finds no room, the notice has its grammar right, too."""
    save(store, published(on_days(1, note="word " * 600)))

    document = ics.render(select(store, 9, 6_000, query=FeedQuery(lang=lang)))

    assert words in events(document)[NOTICE].text("DESCRIPTION")


@pytest.mark.parametrize(
    ("most", "lang", "title", "text"),
    [
        (1, "en", "2 releases left out", "has 1 of 3 releases, the nearest to today, for"),
        (2, "en", "1 release left out", "has 2 of 3 releases, the nearest to today, for"),
        (1, "de", "2 Termine fehlen hier", "hat 1 von 3 Terminen, nämlich was heute"),
        (2, "de", "1 Termin fehlt hier", "hat 2 von 3 Terminen, nämlich was heute"),
    ],
)
def test_the_notice_counts_in_singular_and_plural(store, most, lang, title, text):
    """In each language."""
    save(store, published(on_days(1, 2, 3)))

    document = ics.render(select(store, most, query=FeedQuery(lang=lang)))

    notice = events(document)[NOTICE]
    assert notice.text("SUMMARY") == f"Film releases: {title}"
    assert text in notice.text("DESCRIPTION")
    assert problems(document, now=NOW) == []


def test_no_body_is_longer_than_the_limit(store):
    """However long each event is; the events that are left are the same as without a limit."""
    save(store, published(on_days(*range(-20, 40), note="word " * 300)))
    whole = ics.render(select(store, 100))

    for octets in (10_000, 20_000, 50_000):
        for is_rendered in (False, True):
            document = ics.render(select(store, 100, octets, rendered=is_rendered))
            assert octets - 8_000 < len(document) <= octets
            assert strangers(without_notice(document), whole) == []
            days = [int(uid[1:]) for uid in shown(document)]
            assert days == list(range(20, 20 + len(days)))  # from today on
            missing = f" {60 - len(days)} releases left out"
            assert missing in events(document)[NOTICE].text("SUMMARY")
            assert problems(document, now=NOW) == []


def without_notice(document):
    """Return *document* without its last event."""
    return document[: document.rindex(b"BEGIN:VEVENT")] + b"END:VCALENDAR\r\n"


def test_json_counts_the_releases_left_out(store):
    """Too many or too long; undated ones are left out after past ones."""
    undated = [film(f"u{at}", release(f"u{at}", f"20{27 + at}")) for at in range(5)]
    save(store, published([*on_days(*range(-20, 40)), *undated]))
    render = FORMATS["json"].render

    few = json.loads(render(select(store, 4)))
    assert [each["film"] for each in few["releases"]] == ["f20", "f21", "f22", "f23"]
    assert [each["film"] for each in few["undated"]] == ["u0", "u1", "u2", "u3"]
    assert few["left_out"] == {"releases": 56, "undated": 1}

    document = render(select(store, 100, 20_000))
    short = json.loads(document)
    assert len(document) <= 20_000
    assert short["releases"][0]["film"] == "f20"
    assert short["undated"] == []
    assert short["left_out"] == {"releases": 60 - len(short["releases"]), "undated": 5}

    longer = json.loads(render(select(store, 100, 50_000)))
    assert len(longer["undated"]) == 5
    assert 0 < int(longer["releases"][0]["film"].removeprefix("f")) < 20

    titled = {each["film"] for each in (*longer["releases"], *longer["undated"])}
    assert {*longer["films"]} == titled

    whole = render(select(store, 100))
    assert json.loads(whole)["left_out"] == {"releases": 0, "undated": 0}
    assert whole == json.dumps(json.loads(whole), ensure_ascii=False, indent=2).encode() + b"\n"


def test_undated_entries_have_an_order_too(store):
    """Coming ones, the soonest first; then without any date; then overdue ones."""
    told = {"a": "2025", "b": "2026-10", "c": "", "d": "2028", "e": "2027"}
    save(store, published([film(id_, release(id_, when)) for id_, when in told.items()]))

    found = [
        {entry.key.film for entry in select(store, most).undated}
        for most in range(1, 1 + len(told))
    ]

    assert found == [{"e"}, {"d", "e"}, {"c", "d", "e"}, {"b", "c", "d", "e"}, {*told}]
    assert select(store, 2).left_out_undated == 3


def test_limit_none_has_everything(store):
    """Whatever the limits."""
    save(store, published(on_days(*range(30), note="word " * 300)))

    document = ics.render(select(store, 3, 10_000, query=FeedQuery(limit=Limit.NONE)))

    assert len(shown(document)) == 30
    assert NOTICE not in events(document)


@pytest.mark.parametrize("reader", READERS)
def test_every_parser_reads_the_notice(store, reader, require):
    """As an event like any other."""
    parser = READERS[reader]
    require(reader, found=parser.is_there(), remedy=parser.remedy)
    save(store, published(on_days(1, 2, 3)))

    read = parser.read(ics.render(select(store, 2)))

    assert [event.uid for event in read][-1] == NOTICE
    assert (read[-1].first, read[-1].after) == (TODAY, TODAY + DAY)


def test_the_notice_moves_with_the_day_and_with_news_only(store):
    """Every midnight, and when what may count has changed; nothing else touches it."""
    first = save(store, published(on_days(1, 2, 3, 4)))
    today, tomorrow = (ics.render(select(store, 2, today=TODAY + at * DAY)) for at in (0, 1))
    assert unfaithful(today, tomorrow) == []

    noon = NOW + timedelta(hours=3)
    cast = [replace(each, notes=()) for each in on_days(1, 2, 3, 4)]
    second = save(store, published(cast, first, noon), first)
    assert ics.render(select(store, 2)) == today

    more = published([*cast, film("g", release("g", "2030-01-01"))], second, noon)
    save(store, more, second)
    changed = ics.render(select(store, 2))
    assert unfaithful(today, changed) == []
    assert " 3 releases left out" in events(changed)[NOTICE].text("SUMMARY")
    assert events(changed)[NOTICE].value("LAST-MODIFIED") == f"{noon:%Y%m%dT%H%M%SZ}"
    assert problems(changed, now=noon) == []


days = st.integers(-3, 30).map(lambda day: str(TODAY + day * DAY))
statuses = st.sampled_from([*[Status.SCHEDULED] * 3, Status.CANCELLED])
tellings = st.lists(
    st.dictionaries(st.sampled_from("abcdef"), st.tuples(days | st.just(""), statuses), min_size=1),
    min_size=2,
    max_size=6,
)


@pytest.mark.slow
@given(tellings, st.integers(1, 3), st.sampled_from(["", "US", "DE"]))
def test_whatever_changes_every_event_says_so(told, most, region):
    """Through editions and days, the notice's bytes change with its LAST-MODIFIED, and so do all."""
    store = Store.open(database_url())
    query = FeedQuery(region=(region,) if region else ())
    edition, before, seen = NOTHING, None, {}
    for number, films in enumerate(told):
        now = NOW + number * timedelta(hours=8)
        made = [
            film(
                id_, release(id_, revision(when, status=status), region="US" if id_ < "c" else "DE")
            )
            for id_, (when, status) in films.items()
        ]
        edition, last = publish(*made, before=edition, now=now, policy=POLICY), edition
        if edition is not last:
            save(store, edition, last)
        document = ics.render(select(store, most, query=query, today=now.date()))
        assert problems(document, now=max(now, edition.published)) == []
        if before:
            assert unfaithful(before, document) == []
        before = document
        for uid, event in events(document).items():
            stamp, source = seen.get(uid, ("", ""))
            assert (event.source != source) == (event.value("LAST-MODIFIED") > stamp)
            seen[uid] = event.value("LAST-MODIFIED"), event.source
    store.close()
