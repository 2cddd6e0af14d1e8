"""Our feeds in independent parsers: the same events, on the right days."""

import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from importlib import import_module
from urllib.parse import parse_qsl

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from releasecal.core.dates import PartialDate
from releasecal.core.editions import NOTHING, Edition
from releasecal.core.models import (
    Certainty,
    ReleaseKey,
    ReleaseKind,
    Revision,
    Source,
    Status,
    Window,
)
from releasecal.formats import ics
from releasecal.queries.feed_query import EVERYTHING, FeedQuery
from releasecal.queries.results import Feed, calendar_name
from releasecal.queries.site_settings import SiteSettings
from releasecal.sources.notation.clean_text import clean
from releasecal.store import Inputs, Store, answering_queries, lease, write
from support.build import DAY, NOW, film, publish, release, revision
from support.conformance import problems, strangers, unfaithful
from support.paths import BENCHMARKS
from support.readers import READERS, Reader, ReadEvent, Refused

pytestmark = pytest.mark.sqlite("parsers read the same octets from either")

IMPRINT = SiteSettings(public_url="https://films.example", uid_domain="films.example")


def feed(edition: Edition, title: str = "Film releases", query: FeedQuery = EVERYTHING) -> Feed:
    def is_wanted(key: ReleaseKey) -> bool:
        return not query.film or key.film in query.film

    dated = [
        entry
        for entry in edition.entries.values()
        if entry.shown and entry.shown.is_day and is_wanted(entry.key)
    ]
    dated.sort(key=lambda entry: (entry.shown.first, entry.key))
    return Feed(
        IMPRINT,
        query,
        title,
        "/calendar",
        edition.published.date(),
        tuple(dated),
        edition.published,
    )


PANDEMIC = "COVID-19 pandemic"
DELAYED = film(
    "mi7",
    release("mi7", "2021-07-23", revision("2023-07-14", reason=PANDEMIC, as_of=date(2022, 3, 25))),
    title="Mission: Impossible 7",
    windows=(
        Window(ReleaseKind.STREAMING, 45, channel="Paramount+", disputed=True, note="So far."),
    ),
)
SEQUEL = film("mi8", release("mi8", "2024-06-28"), follows="mi7")
CANCELLED = film(
    "off",
    release("off", "2027-03-05", revision("2027-03-05", status=Status.CANCELLED)),
)
TITLES = {
    "emoji": ("Party 🎉👩‍👩‍👧‍👦 Time 🇺🇸👍🏽 " * 4).strip(),
    "cjk": "千と千尋の神隠し " + "霸王别姬" * 12,
    "rtl": "جدایی نادر از سیمین · עג׳מי",
    "greek-cyrillic": "Το λιβάδι που δακρύζει / Левиафан",
    "combining": unicodedata.normalize("NFC", "Zalgo" + "a\u0323\u0302\u0308" * 20),
    "punctuation": r"""Commas, semicolons; colons: "quotes", 'single', C:\new\New \, \; \\ end""",
    "spaces": ("word  " * 30).strip(),
    "markers": "BEGIN:VEVENT, END:VCALENDAR; X=1:2",
    "looks-like-a-date": "2012",
    "very-long": "The Long " * 60 + "End",
    "one-long-word": "Llanfair" * 50,
}
DAYS = {
    "month-end": ("2026-01-31", date(2026, 2, 1)),
    "year-end": ("2026-12-31", date(2027, 1, 1)),
    "leap-day": ("2028-02-29", date(2028, 3, 1)),
    "before-leap-day": ("2028-02-28", date(2028, 2, 29)),
    "no-leap-day": ("2027-02-28", date(2027, 3, 1)),
    "first-day": ("1970-01-01", date(1970, 1, 2)),
    "last-day": ("2037-12-31", date(2038, 1, 1)),
}
LONG_HISTORY = film(
    "long",
    release(
        "long",
        *(
            revision(f"{2000 + year}-06-{day:02}", reason="a dispute, and then another; so it goes")
            for year in range(30)
            for day in (1, 15)
        ),
    ),
)
MANY = film(
    "many",
    release("many", "2026-05-04", kind=ReleaseKind.PREMIERE, region="IT"),
    release("many", "2026-05-05", kind=ReleaseKind.PREVIEW),
    release("many", revision("2026-05-08", certainty=Certainty.TENTATIVE)),
    release(
        "many", revision("2026-06-23", certainty=Certainty.ESTIMATED), kind=ReleaseKind.DIGITAL
    ),
    release("many", "2026-08-01", kind=ReleaseKind.STREAMING, channel="Canal+; \\ Cie, Ltd."),
    release("many", "2026-05-08", region="001", note="All at once: 40 countries, and more."),
    release("many", "2026-09", kind=ReleaseKind.PHYSICAL),
)
FILMS = (
    DELAYED,
    SEQUEL,
    CANCELLED,
    LONG_HISTORY,
    MANY,
    *(film(id_, release(id_, "2026-12-18"), title=title) for id_, title in TITLES.items()),
    *(film(id_, release(id_, day)) for id_, (day, _) in DAYS.items()),
)
SOURCES = (Source("paper", "News; of, \\ films", "The Paper", published=date(2022, 3, 25)),)
EDITION = publish(*FILMS, sources=SOURCES)
DOCUMENT = ics.render(feed(EDITION))

each_reader = pytest.mark.parametrize(
    "reader", [pytest.param(reader, id=id_) for id_, reader in READERS.items()]
)


def read(reader: Reader, document: bytes) -> dict[str, ReadEvent]:
    """Return the events that *reader* finds in *document*, by the UID without its domain."""
    return {event.uid.partition("@")[0]: event for event in reader.read(document)}


@pytest.fixture
def installed(require, reader):
    require("the parser", found=reader.is_there(), remedy=reader.remedy)
    return reader


@each_reader
def test_all_parsers_read_the_same(installed):
    """Every parser reads the same events in the same order, texts to the letter."""
    reference = READERS["icalendar"].read(DOCUMENT)
    assert len(reference) == len(feed(EDITION).entries)
    assert installed.read(DOCUMENT) == reference


@each_reader
@pytest.mark.parametrize("id_", DAYS)
def test_a_release_is_on_its_day_only(installed, id_):
    """A release is on its own day only, at the ends of months and years too."""
    day, after = DAYS[id_]
    event = read(installed, DOCUMENT)[f"{id_}.theatrical.us"]
    assert (event.first, event.after) == (date.fromisoformat(day), after)


@each_reader
@pytest.mark.parametrize("id_", [id_ for id_ in TITLES if len(TITLES[id_]) < 200])
def test_any_title_arrives_as_it_was(installed, id_):
    event = read(installed, DOCUMENT)[f"{id_}.theatrical.us"]
    assert event.summary == f"{TITLES[id_]} – in cinemas (US)"


@each_reader
def test_long_texts_are_cut_at_the_limits_of_clients(installed):
    events = read(installed, DOCUMENT)
    assert len(events["very-long.theatrical.us"].summary) <= 255
    assert len(events["one-long-word.theatrical.us"].summary) == 255
    description = events["long.theatrical.us"].description
    assert len(description) <= 3_000
    assert "earlier announcements" in description
    assert description.endswith("\nhttps://films.example/films/long")


@pytest.mark.parametrize("most", [200, 2_900, 3_100])
def test_long_facts_keep_the_rules(most):
    """Notes, reasons and channels of any length leave room for the page's address."""
    told = [revision(day, reason="because " * (most // 8)) for day in ("2026-01-01", "2026-02-01")]
    long = release("long", *told, channel="Channel " * (most // 8), note="n" * most)
    document = ics.render(feed(publish(film("long", long, title="Long " * (most // 5)))))
    # The channel is part of the UID, and that is for ever: sources refuse such channels.
    assert problems(document, but=(19,)) == []


@each_reader
def test_a_delayed_film_tells_its_delay(installed):
    """A delay, the derived date and the sequel are told in words."""
    events = read(installed, DOCUMENT)
    opening = events["mi7.theatrical.us"]
    assert (opening.sequence, opening.status) == (1, "CONFIRMED")
    assert "Moved from 23 Jul 2021 to 14 Jul 2023" in opening.description
    assert opening.modified == NOW
    derived = events["mi7.streaming.us.paramount-plus"]
    assert (derived.first, derived.status) == (date(2023, 8, 28), "TENTATIVE")
    assert derived.categories == ("Streaming-eligible",)
    assert events["mi8.theatrical.us"].categories == ("Theatrical", "Sequel")
    assert events["off.theatrical.us"].status == "CANCELLED"


@each_reader
def test_an_empty_selection_is_an_empty_calendar(installed):
    assert installed.read(ics.render(feed(NOTHING))) == []


@pytest.mark.parametrize("name", ["ical", "ical.js", "libical"])
def test_strict_parsers_refuse_a_broken_feed(require, name):
    """The parsers are strict enough to be worth asking: each refuses a broken feed."""
    reader = READERS[name]
    require("the parser", found=reader.is_there(), remedy=reader.remedy)
    with pytest.raises(Refused):
        reader.read(DOCUMENT.replace(b"DTSTART;VALUE=DATE:2026", b"DTSTART;VALUE=DATE:soon"))


def test_our_feeds_break_no_rule():
    assert problems(DOCUMENT, now=NOW) == []
    assert problems(ics.render(feed(NOTHING)), now=NOW) == []


def test_a_move_follows_the_rules_of_change():
    """A moved date has its UID, a higher SEQUENCE and new stamps; nothing else changes."""
    moved = replace(DELAYED, releases=(release("mi7", "2021-07-23", "2023-07-14", "2023-07-12"),))
    films = [moved, *FILMS[1:]]
    after = ics.render(feed(publish(*films, before=EDITION, now=NOW + DAY, sources=SOURCES)))
    assert unfaithful(DOCUMENT, after) == []
    assert problems(after, now=NOW + DAY) == []
    were, are = read(READERS["icalendar"], DOCUMENT), read(READERS["icalendar"], after)
    assert {uid for uid in are if are[uid] != were[uid]} == {
        "mi7.theatrical.us",
        "mi7.streaming.us.paramount-plus",
    }


@pytest.fixture(scope="module")
def lifelike():
    """Return the document of a catalogue that has the shape of real data."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(BENCHMARKS)
        told = import_module("catalogues").reading(150)
    return ics.render(feed(publish(*told.films, sources=told.sources)))


@each_reader
def test_a_lifelike_catalogue_reads_the_same_everywhere(installed, lifelike):
    events = READERS["icalendar"].read(lifelike)
    assert len(events) > 300
    assert installed.read(lifelike) == events


def test_a_lifelike_catalogue_breaks_no_rule(lifelike):
    assert problems(lifelike, now=NOW) == []


QUERIES = [
    "undated=span",
    "undated=end",
    "cancelled=keep",
    "cancelled=hide",
    "undated=span&cancelled=keep",
    "kind=sequel",
    "kind=theatrical,streaming&region=US",
    "past=365&future=365",
    "past=P1Y&future=P12M",
    "alarm=-P7D,-P1D,PT9H&undated=span",
    "emoji=1&alarm=PT9H&cancelled=keep",
    "lang=de&undated=span",
]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Return a store of two editions: all of our films, and the same after some moves."""
    store = Store.open(f"sqlite:///{tmp_path_factory.mktemp('store') / 'releasecal.sqlite'}")
    lease.acquire(store, "tests", now=NOW)
    write.save(store, EDITION, NOTHING, (), inputs=Inputs("1"), holder="tests")
    moved = replace(DELAYED, releases=(release("mi7", "2021-07-23", "2023-07-14", "2027-01-15"),))
    after = publish(*[moved, *FILMS[2:]], before=EDITION, now=NOW + DAY, sources=SOURCES)
    write.save(store, after, EDITION, (), inputs=Inputs("2"), holder="tests")
    yield store
    store.close()


def answer(store: Store, query: str, today: date) -> bytes:
    query = FeedQuery.parse(parse_qsl(query), {})
    return ics.render(
        store.ask(answering_queries.feed, query, path="/calendar", site=IMPRINT, today=today)
    )


@each_reader
@pytest.mark.parametrize("query", QUERIES)
def test_every_selection_reads_the_same(installed, store, query):
    document = answer(store, query, NOW.date() + DAY)
    reference = READERS["icalendar"].read(document)
    assert reference
    assert installed.read(document) == reference


@pytest.mark.parametrize("days", [1, 15, 16, 60])
@pytest.mark.parametrize("query", ["", *QUERIES])
def test_every_selection_keeps_the_rules(store, query, days):
    """On the day of a change, when a mark ends, when a cancelled release goes, and years later."""
    today = NOW.date() + days * DAY
    told = answer(store, query, today)
    assert problems(told, now=NOW + days * DAY, alarms="alarm" in query) == []
    yesterday = answer(store, query, today - DAY)
    assert unfaithful(yesterday, answer(store, query, today)) == []


def test_a_filtered_feed_has_the_same_events():
    part = ics.render(feed(EDITION, "Only one", FeedQuery(film=("many",))))
    assert READERS["icalendar"].read(part)
    assert strangers(part, DOCUMENT) == []


_chars = st.characters(codec="utf-8", exclude_categories=["Cc"])
_pitfalls = st.sampled_from(
    [*",;:\\'\"^ ", "\\n", "\\,", "👩‍👩‍👧", "🇺🇸", "👍🏽", "e\u0301\u0323", "ß", "\xa0", "\xad"]
)


def _accepted(pieces: Iterable[str]) -> str:
    """Return a text as a source reads it, or an empty one if the source refuses it."""
    try:
        return clean("".join(pieces))
    except ValueError:
        return ""


texts = st.lists(st.one_of(_chars, _pitfalls), max_size=120).map(_accepted)
named = texts.filter(bool)
days = st.dates(date(1970, 1, 1), date(2037, 12, 31))

FAST = [reader for reader in READERS.values() if reader.is_fast and reader.is_there()]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(title=named, reason=texts, note=texts, channel=texts, day=days)
@example("\\", ";", ",", "+", date(1970, 1, 1))
@example("C:\\New", "\\N", "\\n", "\\,", date(2026, 12, 31))
@example("a" * 61 + " " * 20 + "b", "", "", "", date(2028, 2, 29))
@example("é" * 200, "字" * 200, "👩‍👩‍👧‍👦" * 60, "+", date(2037, 12, 31))
def test_any_text_survives_the_round_trip(title, reason, note, channel, day):
    """Any title, reason, note or channel we accept is read back as it was by every parser."""
    told = (
        revision("2020", reason=reason),
        Revision(PartialDate.of_day(day), reason=reason, as_of=date(2020, 1, 1)),
    )
    published = release("film", *told, kind=ReleaseKind.STREAMING, channel=channel, note=note)
    document = ics.render(feed(publish(film("film", published, title=title))))
    assert problems(document, now=NOW, but=(8,)) == []
    reference = None
    for reader in FAST:
        (event,) = reader.read(document)
        reference = reference or event
        assert event == reference
        assert (event.first, event.after) == (day, day + timedelta(days=1))
        if len(title) + len(channel) < 200:
            assert event.summary.startswith(f"{title} – streaming")
        assert (f": {reason}." in event.description) or not reason
        assert note in event.description


@settings(deadline=None, max_examples=50)
@given(titles=st.lists(named, max_size=4))
@example(["Go;"])
@example(["Crouching Tiger, Hidden Dragon", "\\N"])
def test_any_selection_has_a_name_that_survives_clients(titles):
    query = FeedQuery(film=tuple(f"film-{at}" for at in range(len(titles))))
    title = calendar_name(IMPRINT, query, dict(zip(query.film, titles, strict=True)))
    assert problems(ics.render(feed(NOTHING, title, query))) == []


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(named, days), min_size=2, max_size=5), st.randoms(use_true_random=False))
def test_the_order_of_the_data_changes_no_byte(films, chance):
    """A catalogue in another order makes the same bytes."""
    told = [
        film(f"film-{at}", release(f"film-{at}", str(day)), title=title)
        for at, (title, day) in enumerate(films)
    ]
    document = ics.render(feed(publish(*told)))
    chance.shuffle(told)
    assert ics.render(feed(publish(*told))) == document
